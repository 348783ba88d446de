# %% [markdown]
# # What remission can learn from response
#
# Seventeen trials count who responds, eight count who remits. Whoever remits has responded: the second count is a part of the first. A trial that reports response alone therefore still says something about remission. This notebook pools both outcomes in one model and shows what each gains.

# %%
%matplotlib inline
import numpy as np
import pandas as pd

import tmsmeta as tm
from tmsmeta import figures

pd.options.display.width = 160
pd.options.display.precision = 3
review = tm.load_review()
effects = {outcome: review.effects(outcome) for outcome in ("response", "remission")}
{outcome: e.k for outcome, e in effects.items()}

# %% [markdown]
# ## How two counts of the same people go together
#
# Of $n$ people in an arm, $r$ respond and $m$ of these remit. The three groups (remitted, responded only, neither) follow a multinomial distribution, so the covariance of the two proportions is $p_m (1 - p_r) / n$. On the log scale that a risk ratio uses it becomes $1/r - 1/n$: exactly the variance of the log risk of response. Nothing has to be assumed.

# %%
together = tm.joint_effects(effects, nested=("response", "remission"))
table = together.to_frame()
table[table["correlation with remission"].notna() | table["correlation with response"].notna()]

# %% [markdown]
# One trial by hand: the covariance from its counts, and the one that the library uses.

# %%
both = next(i for i in range(together.k) if together.reported[i].all())
label = together.study[both]
row = list(effects["response"].study).index(label)
counts = {name: float(column[row]) for name, column in effects["response"].inputs.items()}
by_hand = 1 / counts["events_t"] - 1 / counts["n_t"] + 1 / counts["events_c"] - 1 / counts["n_c"]
print(label, counts)
print(f"by hand {by_hand:.6f}, library {together.covariance[both, 0, 1]:.6f}")

# %% [markdown]
# ## One model of both

# %%
found = tm.joint(together)
print(found.result_sentence())
print(found.methods_sentence())
found.to_frame()

# %%
figures.borrowing_forest(found).figure

# %% [markdown]
# "Information from other outcomes" is the borrowing of strength of Jackson and colleagues (2017): how much smaller the variance of an outcome is than from its own trials alone, at the same between-trial variance. The estimates themselves move too, since the trials without remission counts now have a say.

# %%
figures.joint_regions(found).figure

# %% [markdown]
# ## How much hangs on the correlation between trials?
#
# The covariance within a trial follows from its counts. The correlation between trials (do trials with a larger effect on response also have a larger effect on remission?) must be estimated, and the few trials that count both say little about it. So we hold it at several values and look.

# %%
rows = []
for rho in (-0.5, 0.0, 0.3, 0.6, 0.9):
    held = tm.joint(together, between_correlation=rho)
    ratios = np.exp([held.estimate, held.ci_low, held.ci_high])
    for j, outcome in enumerate(held.outcomes):
        rows.append({"correlation": rho, "outcome": outcome, "ratio": ratios[0, j], "low": ratios[1, j],
                     "high": ratios[2, j], "log-likelihood": held.log_likelihood})
pd.DataFrame(rows).pivot(index="correlation", columns="outcome")

# %% [markdown]
# The log-likelihood hardly changes from one value to the next: the data cannot tell these correlations apart. What a patient would be told does not depend on it.

# %%
review.run().joint.sensitivity()
