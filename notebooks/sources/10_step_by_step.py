# %% [markdown]
# # One pooled estimate, step by step
#
# For students: from the counts of eight trials to one ratio, with every weight on the page. Nothing is computed in this notebook; each step asks the library for one more thing.

# %%
%matplotlib inline
import pandas as pd

import tmsmeta as tm
from tmsmeta import effects, figures, profiles
from tmsmeta.pooling.heterogeneity import ESTIMATORS

pd.options.display.width = 160
pd.options.display.precision = 3
evidence = tm.load_evidence()
trials = tm.select(evidence, tm.Selection(outcome="remission")).trials
trials[["study", "events_t", "n_t", "events_c", "n_c"]]

# %% [markdown]
# ## Step 1: one number per trial
#
# The risk ratio compares the shares of patients in remission. Ratios are averaged as logarithms (`yi`), because doubling and halving are then equally far from 1. The variance (`vi`) says how exact a trial is: few events make it large.

# %%
sizes = effects.binary(
    "RR", trials["events_t"], trials["n_t"], trials["events_c"], trials["n_c"], study=trials["study"]
)
sizes.to_frame()[["study", "yi", "vi", "ratio", "ratio_low", "ratio_high"]]

# %% [markdown]
# ## Step 2: weights, if all trials had one true effect
#
# Each trial weighs the inverse of its variance. One large trial with many events can carry most of the average.

# %%
common = tm.pool(sizes, tau2="FE", ci="z")
print(common.result_sentence())
common.to_frame()[["study", "ratio", "weight"]]

# %% [markdown]
# ## Step 3: do the trials agree?
#
# Cochran's Q adds up how far each trial lies from the average, in units of its own error. By chance alone it would be about its degrees of freedom. I2 is the share of the spread that chance does not explain, in percent.

# %%
print(f"Q = {common.q:.2f} on {common.q_df} degrees of freedom, p = {common.q_p:.3f}")

# %% [markdown]
# ## Step 4: tau2, the spread of true effects
#
# If true effects differ between trials, their variance is called tau2. It has to be estimated, and there are several ways, which differ most when trials are few.

# %%
rows = []
for name in ESTIMATORS:
    result = tm.pool(sizes, tau2=name, ci="z")
    rows.append({"estimator": name, "tau2": result.tau2, "i2": result.i2, "ratio": result.ratio,
                 "low": result.ratio_ci[0], "high": result.ratio_ci[1]})
pd.DataFrame(rows)

# %% [markdown]
# ## Step 5: what tau2 does to the weights
#
# tau2 is added to the variance of every trial, so large and small trials become more alike. Small trials gain weight.

# %%
random = tm.pool(sizes, tau2="REML", ci="z")
pd.DataFrame({
    "study": sizes.study, "common effect": common.weights, "random effects": random.weights,
})

# %% [markdown]
# ## Step 6: how exact is the average?
#
# The Wald interval treats tau2 as known. With few trials it is too narrow. Hartung, Knapp, Sidik and Jonkman take the spread that is seen and a t distribution.

# %%
hksj = tm.pool(sizes)
for name, result in (("Wald", random), ("Hartung-Knapp", hksj)):
    low, high = result.ratio_ci
    print(f"{name}: {result.ratio:.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
# ## Step 7: what a prediction interval means
#
# The interval above is about the average effect. A patient meets one clinic, not the average: the prediction interval says where the effect of a further, similar trial would lie.

# %%
low, high = hksj.ratio_prediction
print(f"average {hksj.ratio:.2f}; a further trial between {low:.2f} and {high:.2f} (95%)")
interval = hksj.tau2_interval()
print(f"tau2 {hksj.tau2:.3f}, 95% interval {interval.tau2[0]:.3f} to {interval.tau2[1]:.3f}")

# %% [markdown]
# ## Step 8: the whole on one page

# %%
figures.forest(
    hksj, treated="Active TMS", comparator="Sham", better="higher", title="Remission at the end of the course"
).figure

# %% [markdown]
# ## Step 9: why two programs differ
#
# Programs make these choices by default, and not the same ones. Each profile repeats the conventions of one of them.

# %%
results = {name: tm.pool(sizes, profile=profile) for name, profile in profiles.PROFILES.items()}
pd.DataFrame([
    {"profile": name, "ratio": r.ratio, "low": r.ratio_ci[0], "high": r.ratio_ci[1], "tau2": r.tau2, "i2": r.i2}
    for name, r in results.items()
])

# %%
print(tm.explain_difference(results["REVMAN5"], results["REVMAN2025"]))

# %% [markdown]
# ## Step 10: does one trial decide?
#
# The same average, each time without one trial.

# %%
tm.leave_one_out(sizes)[["study", "estimate", "ci_low", "ci_high", "tau2", "i2"]]

# %% [markdown]
# These are logarithms: 0 is a ratio of 1. And the sentence for the methods section, written from the choices:

# %%
print(hksj.methods_sentence())
