# %% [markdown]
# # How do I bring my own data?
#
# Three ways in: a table of trials, a folder of evidence, a file of claims. The files of this notebook stand in `notebooks/example`; their numbers are invented.

# %%
%matplotlib inline
import tempfile
from pathlib import Path

import pandas as pd

import tmsmeta as tm
from tmsmeta import effects, figures
from tmsmeta.report import ledger_report

pd.options.display.width = 160
pd.options.display.precision = 3
example = Path("example")

# %% [markdown]
# ## A table of trials
#
# One row per trial with `study, events_t, n_t, events_c, n_c`, or one row per arm with `study, treatment, events, n`. On the command line: `tmsmeta pool my_trials.csv`.

# %%
folder = Path(tempfile.mkdtemp())
table = folder / "my_trials.csv"
table.write_text("""study,events_t,n_t,events_c,n_c
Alpha 2018,33,60,19,58
Beta 2019,20,41,12,42
Gamma 2020,59,120,41,118
""")
trials = tm.read_table(table).two_by_two().frame
result = tm.pool(effects.binary("RR", trials["events_t"], trials["n_t"], trials["events_c"], trials["n_c"], study=trials["study"]))
print(result.result_sentence())

# %%
figures.forest(result, better="higher", title="My trials").figure

# %% [markdown]
# ## Faults are listed all at once
#
# A file with several faults names each with its line and column.

# %%
table.write_text("""study,events_t,n_t,events_c,n_c
Alpha 2018,70,60,19,58
Beta 2019,twenty,41,12,42
Beta 2019,59,120,-1,118
""")
try:
    tm.read_table(table)
except tm.EvidenceError as error:
    for issue in error.issues:
        print(issue)

# %% [markdown]
# ## A folder of evidence
#
# `trials.csv` and `arms.csv` are needed; the data dictionary (`data/README.md`) tells the columns. `tmsmeta check my_evidence` lists faults.

# %%
mine = tm.read_evidence(example / "my_evidence")
print(mine)
mine.arms[["trial_id", "treatment", "outcome", "events", "n", "tier"]]

# %% [markdown]
# ## A file of claims
#
# One row per quoted figure; `notebooks/example/README.md` tells the columns and the checks. On the command line: `tmsmeta claims my_claims.csv --evidence my_evidence/`.

# %%
ledger = tm.check_claims(example / "my_claims.csv", mine)
print(ledger.summary())
for finding in ledger:
    print(f"{finding.claim.claim_id} [{finding.verdict}] {finding.claim.statement}")
    print(f"    {finding.patient}")

# %% [markdown]
# ## A page for readers
#
# The ledger as one HTML file, complete in itself. Whatever stands in the files is shown as text and never runs.

# %%
page = folder / "my_claims.html"
page.write_text(ledger_report(ledger, mine), encoding="utf-8")
print(f"{page.name}: {len(ledger)} claims")
