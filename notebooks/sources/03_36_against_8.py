# %% [markdown]
# # 36 % remission against 8 %: can both be right?
#
# An article for patients says that about 36 % remit with active stimulation and about 8 % with sham, and cites a review (Vida 2023). The review prints neither percentage in the text that could be seen. It prints a pooled risk ratio.

# %%
%matplotlib inline
import pandas as pd

import tmsmeta as tm
from tmsmeta import figures

pd.options.display.width = 160
pd.options.display.max_colwidth = 80
review = tm.load_review()
ledger = review.ledger()

# %% [markdown]
# ## The two percentages as a ratio
#
# The quoted percentages, whatever their decimals were, give a ratio between the two limits below. The review's own ratio lies outside.

# %%
ratio = ledger["C03"]
print(ratio.claim.statement, "-", ratio.verdict)
for figure in ratio.recomputed:
    print(f"{figure.label}: {figure.text()}")
print(ratio.patient)

# %% [markdown]
# ## What the trials at hand count with active stimulation
#
# The arms of the treatment that the review pooled (high frequency, left), each with its own count.

# %%
active = ledger["C01"]
pd.DataFrame([{"trial": row.label, "counts": row.says, "tier": row.tier} for row in active.rows if row.used])

# %% [markdown]
# A model for counts (binomial within a trial, normal between trials on the logit scale) gives one percentage with its interval. The quoted 36 % lies above it.

# %%
print(active.verdict, "-", active.headline)
for figure in active.recomputed:
    print(f"{figure.label}: {figure.text()}")

# %% [markdown]
# ## And with sham
#
# Sham arms differ so much between trials that the interval is wide; 8 % lies inside, so on its own it is plausible.

# %%
sham = ledger["C02"]
print(sham.verdict, "-", sham.headline)
for figure in sham.recomputed:
    print(f"{figure.label}: {figure.text()}")

# %% [markdown]
# ## Why the two percentages must not be divided by each other
#
# A trial compares patients who were assigned by chance. Percentages pooled arm by arm mix trials: one with many remissions in both arms adds to both averages, and what chance had made comparable is lost. The ratio within each trial, pooled afterwards, keeps it.

# %%
within = review.pool("remission")
print(within.result_sentence())
print(ratio.headline)

# %%
figures.forest(
    within, treated="Active TMS", comparator="Sham", better="higher",
    title="Remission: the ratio within each trial",
).figure
