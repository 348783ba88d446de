# %% [markdown]
# # Do 85 % stay well at 24 weeks?
#
# An article says that about 85 % stay well at 24 weeks "after rTMS alone" and cites Noda 2025. The summary of that trial prints counts.

# %%
import pandas as pd

import tmsmeta as tm
from tmsmeta.effects.intervals import clopper_pearson, wilson

pd.options.display.width = 160
pd.options.display.max_colwidth = 90
review = tm.load_review()
evidence, finding = review.evidence, review.ledger()["C11"]

# %% [markdown]
# ## What was counted, and in whom

# %%
row = evidence.cohorts.set_index("cohort_id").loc["noda2025_maintr"]
row[["design", "measure", "sample", "events", "n", "note"]].to_frame("Noda 2025")

# %% [markdown]
# Both arms are counted together, one of them took lithium, all took venlafaxine, and all had responded before. "After rTMS alone" is not what was studied.
#
# ## The percentage and how exact it is
#
# Two intervals: the exact one never covers less often than it says, the score interval is shorter and right on average.

# %%
for interval in (clopper_pearson(row["events"], row["n"]), wilson(row["events"], row["n"])):
    print(interval.sentence())

# %% [markdown]
# ## The verdict

# %%
print(finding.verdict, "-", finding.headline)
print(finding.patient)
print(finding.statistician)

# %% [markdown]
# ## What other studies found
#
# A pooled analysis followed responders for longer.

# %%
durability = evidence.cohorts[evidence.cohorts["measure"] == "sustained response"]
durability[["label", "sample", "percent_printed", "printed_low", "printed_high"]]
