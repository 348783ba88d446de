# %% [markdown]
# # One pooled estimate, step by step
#
# For students: from the counts of the trials to one ratio. Every step is computed twice, by plain arithmetic on the page and by the library, and the two stand side by side. A cell that says `True` found them equal.

# %%
%matplotlib inline
import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

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
# With $a$ of $n_t$ patients in remission with treatment and $c$ of $n_c$ with sham, the risk ratio is $\frac{a/n_t}{c/n_c}$. Ratios are averaged as logarithms, because doubling and halving are then equally far from 1:
#
# $$y = \log\frac{a/n_t}{c/n_c}, \qquad v = \frac1a - \frac1{n_t} + \frac1c - \frac1{n_c}$$
#
# The variance $v$ says how exact a trial is: few events make it large. Where an arm has no event, 0.5 is added to every cell of that trial first (so 1 to both $n$).

# %%
a, n_t, c, n_c = (trials[name].to_numpy(dtype=float) for name in ("events_t", "n_t", "events_c", "n_c"))
zero = (a == 0) | (c == 0) | (a == n_t) | (c == n_c)
a, c, n_t, n_c = a + 0.5 * zero, c + 0.5 * zero, n_t + zero, n_c + zero
y = np.log((a / n_t) / (c / n_c))
v = 1 / a - 1 / n_t + 1 / c - 1 / n_c

sizes = effects.binary(
    "RR", trials["events_t"], trials["n_t"], trials["events_c"], trials["n_c"], study=trials["study"]
)
print(np.allclose(y, sizes.yi), np.allclose(v, sizes.vi))
pd.DataFrame({"study": sizes.study, "y by hand": y, "yi": sizes.yi, "v by hand": v, "vi": sizes.vi, "ratio": np.exp(y)})

# %% [markdown]
# ## Step 2: weights, if all trials had one true effect
#
# Each trial weighs the inverse of its variance, and the average is
#
# $$\hat\theta = \frac{\sum w_i y_i}{\sum w_i}, \qquad w_i = \frac1{v_i}$$
#
# One large trial with many events can carry most of it.

# %%
w = 1 / v
theta = (w * y).sum() / w.sum()
common = tm.pool(sizes, tau2="FE", ci="z")
print(f"ratio by hand {np.exp(theta):.4f}, by the library {common.ratio:.4f}")
print(common.result_sentence())
pd.DataFrame({"study": sizes.study, "w = 1/v": w, "share by hand": w / w.sum(), "share": common.weights})

# %% [markdown]
# ## Step 3: do the trials agree?
#
# Cochran's Q adds up how far each trial lies from the average, in units of its own error. By chance alone it would be about its degrees of freedom, $k - 1$. I2 is the share of the spread that chance does not explain:
#
# $$Q = \sum w_i (y_i - \hat\theta)^2, \qquad I^2 = \max\left(0, \frac{Q - (k-1)}{Q}\right)$$

# %%
k = len(y)
terms = w * (y - theta) ** 2
q = terms.sum()
print(f"Q by hand {q:.4f}, by the library {common.q:.4f}, on {common.q_df} degrees of freedom (p = {common.q_p:.3f})")
print(f"I2 by hand {100 * max(0, (q - (k - 1)) / q):.2f}%, by the library {common.i2:.2f}%")
pd.DataFrame({"study": sizes.study, "y - average": y - theta, "part of Q": terms})

# %% [markdown]
# ## Step 4: tau2, the spread of true effects
#
# If true effects differ between trials, their variance is called tau2. What Q has above its degrees of freedom gives the estimate of DerSimonian and Laird:
#
# $$\hat\tau^2 = \max\left(0, \frac{Q - (k-1)}{\sum w_i - \sum w_i^2 / \sum w_i}\right)$$
#
# REML, the default of the library, asks for the tau2 that makes the weighted squared distances fit their expectation, and finds it by repeating one formula until it stands still (with $w_i = 1/(v_i + \tau^2)$ and the average taken with these weights):
#
# $$\tau^2 \leftarrow \max\left(0, \frac{\sum w_i^2\left((y_i - \hat\theta)^2 - v_i\right)}{\sum w_i^2} + \frac1{\sum w_i}\right)$$

# %%
dl = max(0.0, (q - (k - 1)) / (w.sum() - (w**2).sum() / w.sum()))
reml = dl
for step in range(200):
    u = 1 / (v + reml)
    centre = (u * y).sum() / u.sum()
    reml = max(0.0, (u**2 * ((y - centre) ** 2 - v)).sum() / (u**2).sum() + 1 / u.sum())
print(f"DL: by hand {dl:.6f}, by the library {tm.pool(sizes, tau2='DL').tau2:.6f}")
print(f"REML: by hand {reml:.6f}, by the library {tm.pool(sizes, tau2='REML').tau2:.6f}")

# %% [markdown]
# There are more ways, which differ most when trials are few:

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
# tau2 is added to the variance of every trial, $w_i^* = 1/(v_i + \hat\tau^2)$, so large and small trials become more alike: small trials gain weight. The average is taken as in step 2, with these weights.

# %%
w_star = 1 / (v + reml)
mu = (w_star * y).sum() / w_star.sum()
random = tm.pool(sizes, tau2="REML", ci="z")
print(f"ratio by hand {np.exp(mu):.4f}, by the library {random.ratio:.4f}")
pd.DataFrame({
    "study": sizes.study, "common effect": w / w.sum(), "random effects by hand": w_star / w_star.sum(),
    "random effects": random.weights,
})

# %% [markdown]
# ## Step 6: how exact is the average?
#
# The Wald interval takes the errors of the trials at their word: its standard error is $1/\sqrt{\sum w_i^*}$, its quantile that of the normal distribution (1.96).
#
# Hartung, Knapp, Sidik and Jonkman look at how far the trials really lie from the average. They multiply the variance by
#
# $$h = \frac1{k-1} \sum w_i^* (y_i - \hat\mu)^2$$
#
# and use the quantile of a t distribution on $k - 1$ degrees of freedom, which is larger than 1.96.

# %%
se_wald = np.sqrt(1 / w_star.sum())
h = (w_star * (y - mu) ** 2).sum() / (k - 1)
se_hksj = np.sqrt(h) * se_wald
z, t = norm.ppf(0.975), student.ppf(0.975, k - 1)

hksj = tm.pool(sizes)
pd.DataFrame([
    {"interval": "Wald", "se": se_wald, "quantile": z, "half width": z * se_wald,
     "low by hand": np.exp(mu - z * se_wald), "high by hand": np.exp(mu + z * se_wald),
     "low": random.ratio_ci[0], "high": random.ratio_ci[1]},
    {"interval": "Hartung-Knapp", "se": se_hksj, "quantile": t, "half width": t * se_hksj,
     "low by hand": np.exp(mu - t * se_hksj), "high by hand": np.exp(mu + t * se_hksj),
     "low": hksj.ratio_ci[0], "high": hksj.ratio_ci[1]},
])

# %% [markdown]
# ### Why is Hartung-Knapp narrower than Wald here?
#
# It is usually the wider of the two, as its quantile is larger. But $h$ compares two things: how far the trials lie from the average, and how far $v_i + \hat\tau^2$ lets them lie. It is 1 where both agree, which is just how Paule and Mandel choose their tau2. REML answers another question and finds more: with that tau2 the model expects more scatter than these trials show, so $h$ is below 1. The Wald interval pays for the larger tau2 in full; Hartung-Knapp takes the part back that is not seen. It is narrower than Wald as soon as $\sqrt h$ shrinks it by more than the quantile widens it.

# %%
pm = tm.pool(sizes, tau2="PM")
w_pm = 1 / (v + pm.tau2)
mu_pm = (w_pm * y).sum() / w_pm.sum()
h_pm = (w_pm * (y - mu_pm) ** 2).sum() / (k - 1)
print(f"tau2 by REML {reml:.3f}: h = {h:.3f}; by Paule-Mandel {pm.tau2:.3f}: h = {h_pm:.3f}")
print(f"root of h {np.sqrt(h):.3f}; quantiles {t:.3f} / {z:.3f} = {t / z:.3f}")
print(f"Hartung-Knapp against Wald: {np.sqrt(h):.3f} x {t / z:.3f} = {t * se_hksj / (z * se_wald):.3f} times the width")

# %% [markdown]
# With few trials $h$ is itself uncertain, and a small one may be chance; an interval that leans on it can promise more than the trials know. The safeguard never lets $h$ fall below 1 (`ci="hksj-adhoc"`; Röver, Knapp & Friede 2015): the interval then has the standard error of Wald with the quantile of t.

# %%
guarded = tm.pool(sizes, ci="hksj-adhoc")
se_guarded = max(1.0, np.sqrt(h)) * se_wald
print(f"by hand {np.exp(mu - t * se_guarded):.3f} to {np.exp(mu + t * se_guarded):.3f}")
print(f"by the library {guarded.ratio_ci[0]:.3f} to {guarded.ratio_ci[1]:.3f}")
print(hksj.result_sentence())

# %% [markdown]
# ## Step 7: what a prediction interval means
#
# The interval above is about the average effect. A patient meets one clinic, not the average: the prediction interval says where the true effect in a new, comparable setting may lie. It adds the spread of true effects to the error of the average, with a quantile on $k - 2$ degrees of freedom:
#
# $$\hat\mu \pm t_{k-2} \sqrt{\hat\tau^2 + \mathrm{se}^2}$$

# %%
reach = student.ppf(0.975, k - 2) * np.sqrt(reml + se_hksj**2)
low, high = hksj.ratio_prediction
print(f"by hand {np.exp(mu - reach):.3f} to {np.exp(mu + reach):.3f}; by the library {low:.3f} to {high:.3f}")
interval = hksj.tau2_interval()
interval

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
tm.leave_one_out(sizes)[["study", "ratio", "ratio_low", "ratio_high", "tau2", "i2"]]

# %% [markdown]
# And the sentence for the methods section, written from the choices:

# %%
print(hksj.methods_sentence())
