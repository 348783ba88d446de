# %% [markdown]
# # The multiverse of the remission estimate: how much hangs on choices that nobody can prove right?
#
# Between a set of trials and one pooled number stand many choices: which trials count as verified, which patients belong together, what to do with an arm without any event, which measure, which estimator, which interval. Each can be defended. This notebook makes all of them at once, looks at the span of the results, and asks which choice moves the estimate most.
#
# Every number below is worked out by the library from the shipped evidence; none is typed in.

# %%
%matplotlib inline
import numpy as np
import pandas as pd
from IPython.display import display

import tmsmeta as tm
from tmsmeta import figures

pd.options.display.float_format = "{:.3f}".format
pd.options.display.max_columns = 30
review = tm.load_review()

# %% [markdown]
# ## 1. The main analysis
#
# One time point per trial, tiers A to C, adults (with late-life, vascular and veteran groups), risk ratio, REML with a Hartung-Knapp interval.

# %%
main = review.effects("remission")
pooled = review.pool("remission")
print(f"{pooled.k} trials, {review.select('remission').patients} patients: risk ratio {pooled.ratio:.2f} "
      f"({pooled.ratio_ci[0]:.2f} to {pooled.ratio_ci[1]:.2f}), I2 {pooled.i2:.0f}%")

# %% [markdown]
# ## 2. Every combination
#
# Tiers of verification, population groups, the rule for zero cells, the measure, five estimators of the between-trial variance and three intervals. The tiers: A alone, A to C, and A to D (printed ratios join where the trial has no counts, on their own measure).

# %%
wide, main_groups = "with bipolar, mixed and first-episode", review.evidence.main_populations
universe = tm.evidence_multiverse(
    review.evidence,
    outcomes=("remission",),
    tiers={"A": ("A",), "A to C": ("A", "B", "C"), "A to D": ("A", "B", "C", "D")},
    populations={"main groups": main_groups, wide: review.select("remission", wide).selection.populations},
    measures=("RR", "OR", "RD"),
    tau2=("DL", "REML", "PM", "ML", "SJ"),
    ci=("z", "hksj", "hksj-adhoc"),
)
for factor, levels in universe.factors.items():
    print(f"{factor}: {', '.join(levels)}")
print(len(universe), "combinations")

# %%
print(universe.sentence("ratio"))
print()
print(universe.sentence("RD"))

# %% [markdown]
# ## 3. The specification curve
#
# Above, every pooled ratio with its 95% interval, the smallest first; blue where the interval does not contain the value of no effect. Below, the choices behind each.

# %%
curve = universe.curve("ratio")
display(figures.specification_curve(universe, scale="ratio"))

# %% [markdown]
# ## 4. Which choice moves the result?
#
# The main effect of a choice is the difference between the means of the estimate over all combinations, at its lowest and at its highest level. On the log scale for ratios. The measure comes with a warning: a risk ratio and an odds ratio of the same data are different numbers by definition.

# %%
universe.influence("estimate", "ratio")

# %%
by_statistic = universe.influence("statistic", "ratio")
print("The same for the estimate divided by its standard error, which can be compared across measures:")
by_statistic

# %%
lost = curve[~curve["excludes_null"]]
print(f"{len(lost)} of {len(curve)} intervals on the ratio scale contain the value of no effect.")
for factor in universe.factors if len(lost) else []:
    share = 1 - curve.groupby(factor, sort=False)["excludes_null"].mean()
    print(f"  {factor}: " + ", ".join(f"{level} {100 * value:.0f}%" for level, value in share.items()))
sizes = curve.groupby(["tiers", "population"], sort=False)["k"].agg(["min", "max"])
print("Trials pooled (fewer where a trial with a zero cell is left out):")
sizes

# %% [markdown]
# ## 5. And which trial?
#
# The choices above keep or drop trials by rule. All subsets of the main trials show whether a single one pulls the estimate; `shift` is the median log risk ratio of the subsets with the trial minus that of those without it.

# %%
cloud = tm.gosh(main)
print(f"{len(cloud):,} subsets of {cloud.effects.k} trials, all of them: {cloud.complete}")
cloud.by_study().sort_values("shift", key=abs, ascending=False)

# %%
table = cloud.by_study()
mover = table.loc[table["shift"].abs().idxmax(), "study"]
display(figures.gosh_plot(cloud, study=mover).figure)

# %%
without = tm.pool(main.subset(main.study != mover))
print(f"All {pooled.k} trials: risk ratio {pooled.ratio:.2f}, I2 {pooled.i2:.0f}%. "
      f"Without {mover}: risk ratio {without.ratio:.2f} ({without.ratio_ci[0]:.2f} to {without.ratio_ci[1]:.2f}), I2 {without.i2:.0f}%.")

# %%
pairs = tm.leave_k_out(main, 2)
ends = pairs.loc[[pairs["estimate"].idxmin(), pairs["estimate"].idxmax()]]
ends.assign(ratio=np.exp(ends["estimate"]), low=np.exp(ends["ci_low"]), high=np.exp(ends["ci_high"]))[["without", "ratio", "low", "high", "i2"]]

# %% [markdown]
# ## 6. Without the normal distribution
#
# Few trials, some of them small: do intervals and p value hang on the normal approximation? The bootstrap draws new data sets, the permutation test flips signs in every possible way.

# %%
boot = tm.bootstrap(main, method="nonparametric", seed=1)
limits = boot.intervals()
limits = limits[(limits["statistic"] == "estimate") & (limits["note"] == "")]
limits.assign(ratio=np.exp(limits["estimate"]), low=np.exp(limits["ci_low"]), high=np.exp(limits["ci_high"]))[["kind", "ratio", "low", "high"]]

# %%
exact = tm.permutation_test(main)
print(f"p = {exact.p_value[0]:.4f} over all {exact.arrangements} sign patterns; the t test of the main analysis says p = {pooled.p_value:.4f}.")

# %% [markdown]
# ## What to take from it
#
# The span of the specification curve, not one of its points, is what a reader should be told: its two ends and the choice that moves the estimate most are in the sentences of section 2. All combinations rest on the same few trials, so their agreement is no independent confirmation, and the share of intervals that do not contain the value of no effect is a description, not a p value.
