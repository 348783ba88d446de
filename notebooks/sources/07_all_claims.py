# %% [markdown]
# # All claims in one ledger
#
# Five documents quote 32 figures. Each is recomputed from the rows of evidence it rests on, by a rule that is stated and does not know which claim it judges. `tmsmeta claims` prints the same.

# %%
import pandas as pd

import tmsmeta as tm
from tmsmeta.review.claims import VERDICTS

pd.options.display.width = 200
pd.options.display.max_colwidth = 100
pd.options.display.max_rows = 40
ledger = tm.load_review().ledger()
print(ledger.summary())

# %% [markdown]
# ## What the verdicts mean

# %%
for verdict, meaning in VERDICTS.items():
    print(f"{verdict}: {meaning}.")

# %% [markdown]
# ## The ledger

# %%
table = ledger.to_frame()
table[["claim_id", "document_id", "statement", "verdict", "headline"]]

# %% [markdown]
# ## By document

# %%
pd.crosstab(table["document_id"], table["verdict"])[[v for v in VERDICTS if v in set(table["verdict"])]]

# %% [markdown]
# ## In plain words

# %%
for finding in ledger:
    print(f"{finding.claim.claim_id} [{finding.verdict}] {finding.claim.statement}")
    print(f"    {finding.patient}")

# %% [markdown]
# ## How one verdict was reached
#
# Every finding carries its rule, its rows with their sources, and the choices behind its figures.

# %%
finding = ledger["C13"]
print(finding.rule)
for row in finding.rows:
    print(f"- {row.label}: {row.says} ({row.table}.csv, line {row.lines[0]})")

# %% [markdown]
# ## What is missing
#
# The list to take to a library.

# %%
for finding in ledger:
    for item in finding.missing:
        print(f"{finding.claim.claim_id}: {item}")
