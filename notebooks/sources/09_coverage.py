# %% [markdown]
# # Do 95% intervals hold 95%? A coverage study
#
# A pooled effect of five trials comes with a 95% interval. Whether it deserves the name can only be seen where the truth is known. Here trials are simulated from binomial counts with a known odds ratio, pooled by several methods, and the share of intervals that hold the truth is counted.
#
# Three papers asked the same question before, and this notebook says where our grid agrees with what their abstracts report:
#
# - IntHout, Ioannidis & Borm, BMC Med Res Methodol 2014;14:25: meta-analyses of 2 to 20 trials, some trials ten times larger than others. Hartung-Knapp error rates at a nominal 5% at most doubled, those of DerSimonian-Laird with normal quantiles could exceed 30%; both were worse with unequal sizes and heterogeneity.
# - Röver, Knapp & Friede, BMC Med Res Methodol 2015;15:99: Hartung-Knapp works well for estimates of comparable precision, exceeds the nominal error with unequal ones, most of all for few studies; the variant that is never narrower than the normal interval is more conservative.
# - Langan and others, Res Synth Methods 2019 (doi 10.1002/jrsm.1316): nine estimators of the between-study variance; DerSimonian-Laird's can be biased.
#
# Every number below is computed by the library when the notebook runs.

# %%
%matplotlib inline
import numpy as np
import pandas as pd
from IPython.display import display

from tmsmeta import figures
from tmsmeta.robustness.simulation import grid, simulate

pd.options.display.float_format = "{:.3f}".format
cells = grid(
    k=[2, 3, 5, 10, 20],
    tau2=[0.0, 0.1, 0.4],
    effect=[0.0, 0.5],
    event_rate=0.2,
    n=(40, 120),
    large=[1.0, 10.0],
)
result = simulate(cells, replicates=5_000, seed=2026, tau2=("DL", "REML", "PM"), ci=("z", "hksj", "hksj-adhoc"), progress=False)
table = result.to_frame()
print(f"{len(cells)} cells, {len(table)} rows, {len(cells) * result.spec.replicates:,} meta-analyses per method")
print(f"largest Monte Carlo standard error of a coverage: {table['coverage_mcse'].max():.4f}")

# %% [markdown]
# ## 1. Coverage against the number of trials
#
# First, trials of one kind (40 to 120 patients per arm); then the same with the first trial ten times larger. Between-trial variance 0.1 and 0.4 on the log odds ratio, no true effect, REML.

# %%
null = table[(table["effect"] == 0) & (table["tau2_estimator"] == "REML")]
varied = null[null["tau2"] > 0]
display(figures.coverage_curves(varied[varied["large"] == 1], title="Trials of one kind"))
display(figures.coverage_curves(varied[varied["large"] == 10], title="First trial ten times larger"))

# %%
null.pivot_table(index=["tau2", "large", "k"], columns="ci", values="coverage")

# %% [markdown]
# ## 2. Where the grid agrees with the papers
#
# Each statement is tested on the table; what does not hold in our grid says so.

# %%
def say(holds, text):
    print(("holds:     " if holds else "NOT HERE:  ") + text)

errors = table[table["effect"] == 0].set_index(["tau2_estimator", "ci"])["type_1_error"]
some = table[(table["effect"] == 0) & (table["tau2"] > 0)]

few = some[(some["ci"] == "z") & (some["k"] <= 5) & (some["tau2_estimator"] == "DL")]
say((few["coverage"] + 2 * few["coverage_mcse"] < 0.95).all(),
    f"with heterogeneity, normal intervals (DL) of 2 to 5 trials cover too little everywhere: {few['coverage'].min():.3f} to {few['coverage'].max():.3f}")

even = some[(some["ci"] == "hksj") & (some["large"] == 1) & (some["tau2_estimator"] == "REML")]
say(((even["coverage"] - 0.95).abs() < 0.015).all(),
    f"Hartung-Knapp (REML) is within 1.5 points of nominal for trials of one kind: {even['coverage'].min():.3f} to {even['coverage'].max():.3f}")

uneven = some[(some["ci"] == "hksj") & (some["large"] == 10) & (some["tau2_estimator"] == "REML")]
say((uneven["coverage"] + 2 * uneven["coverage_mcse"] < 0.95).any(),
    f"with one large trial Hartung-Knapp covers too little in places: {uneven['coverage'].min():.3f} to {uneven['coverage'].max():.3f}")
worst = uneven.loc[uneven["coverage"].idxmin()]
print(f"           its lowest coverage is at k = {worst['k']}, tau2 = {worst['tau2']}")
two_three = uneven[uneven["k"] <= 3]
say((two_three["coverage"] + 2 * two_three["coverage_mcse"] < 0.95).any(),
    f"for 2 and 3 trials of unequal size it is too narrow at times: {two_three['coverage'].min():.3f} to {two_three['coverage'].max():.3f}")

say(errors["DL", "hksj"].max() < 0.10, f"Hartung-Knapp (DL) error rates at most double the nominal 0.05: largest {errors['DL', 'hksj'].max():.3f}")
say(errors["DL", "z"].max() > 0.30, f"normal intervals (DL) err in more than 0.30: largest {errors['DL', 'z'].max():.3f}")

adhoc, plain = (some[(some["ci"] == ci) & (some["tau2_estimator"] == "REML")]["coverage"].to_numpy() for ci in ("hksj-adhoc", "hksj"))
say((adhoc >= plain).all(), "the variant that is never narrower covers at least as much everywhere")
say((some[(some["ci"] == "hksj-adhoc") & (some["k"] <= 3) & (some["large"] == 1)]["coverage"] > 0.97).all(),
    "for 2 and 3 trials of one kind the price is over-coverage (more than 0.97)")

# %% [markdown]
# ## 3. Without heterogeneity, and power
#
# Without heterogeneity an estimate of tau2 can only err upwards, which widens the normal interval: its coverage, in the first table, lies above nominal. The price of Hartung-Knapp for few trials is power, in the second table.

# %%
flat = table[(table["tau2"] == 0) & (table["effect"] == 0) & (table["tau2_estimator"] == "REML") & (table["large"] == 1)]
flat.pivot_table(index="k", columns="ci", values="coverage")

# %%
strong = table[(table["effect"] > 0) & (table["tau2_estimator"] == "REML") & (table["large"] == 1)]
print("power at a true odds ratio of", f"{np.exp(strong['effect'].iloc[0]):.2f}")
strong.pivot_table(index=["tau2", "k"], columns="ci", values="power")

# %% [markdown]
# ## 4. Estimators of the between-trial variance
#
# Bias of tau2 (mean estimate minus truth), trials of one kind, no true effect.

# %%
one_kind = table[(table["effect"] == 0) & (table["ci"] == "z") & (table["large"] == 1)]
one_kind.pivot_table(index=["tau2", "k"], columns="tau2_estimator", values="tau2_bias")

# %%
high = one_kind[(one_kind["tau2"] == 0.4) & (one_kind["k"] == 20)].set_index("tau2_estimator")["tau2_bias"]
say(high["DL"] < high["REML"], f"at tau2 = 0.4 and 20 trials DerSimonian-Laird is biased downwards more than REML: {high['DL']:.3f} against {high['REML']:.3f}")

# %% [markdown]
# ## 5. Prediction intervals
#
# Mean probability that the true effect of one more trial lies in the 95% prediction interval (t with k - 2 degrees of freedom); it does not exist for two trials.

# %%
there = table[(table["effect"] == 0) & (table["tau2_estimator"] == "REML") & (table["ci"] == "hksj") & (table["k"] > 2)]
there.pivot_table(index=["tau2", "k"], columns="large", values="prediction_coverage")

# %% [markdown]
# ## Larger grids
#
# `simulate(cells, folder="results")` keeps one file per cell and goes on where a run was stopped; within `joblib.parallel_config(backend="dask")` the same call runs on a Dask cluster (`pip install tmsmeta[cluster]`). The random numbers of a cell depend on the seed and the cell alone, so neither order nor number of workers changes a result.
