# %% [markdown]
# # How do I bring my own data?
#
# Three ways in: a table of trials, the folder of a review, a file of claims. The files of this notebook stand in `notebooks/example`; their numbers are invented.

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
# One row per trial with `study, events_t, n_t, events_c, n_c`, or one row per arm with `study, treatment, events, n`. Columns may have other usual names, and CSV, Excel, Stata and more will do: `read_table` says what it took for what. On the command line: `tmsmeta pool my_trials.csv`.

# %%
folder = Path(tempfile.mkdtemp())
table = folder / "my_trials.csv"
table.write_text("""study,events_t,n_t,events_c,n_c
Alpha 2018,33,60,19,58
Beta 2019,20,41,12,42
Gamma 2020,59,120,41,118
""")
trials = tm.read_table(table)
print(trials.said)
result = tm.pool(effects.from_frame(trials, measure="RR"))
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
# ## The folder of a review
#
# `review.toml` is the protocol, `trials.csv` and `arms.csv` hold the trials; further tables are optional (`data/README.md` tells their columns). The protocol says what is asked and what is compared with what, and whatever it leaves open has a default that the report states. `tmsmeta new my_review --from my_trials.csv` writes such a folder from a table, `tmsmeta check my_review` lists faults.

# %%
print((example / "my_evidence" / "review.toml").read_text())

# %%
review = tm.read_review(example / "my_evidence")
review.evidence.arms[["trial_id", "treatment", "outcome", "events", "n", "tier"]]

# %%
print(review.pool("response").result_sentence())
review.select("response", "adults only").left_out[["label", "reason"]].drop_duplicates()

# %% [markdown]
# Everything that the protocol asks for, as figures, tables, `results.json`, `summary.md` and `report.html`: `tmsmeta run my_evidence --out my_results`, or

# %%
run = review.run()
results = tm.report.write_results(run, folder / "my_results")
print("\n".join(sorted(path.name for path in results.iterdir())))
print(run.subgroups["response"]["population_group"].result_sentence())

# %% [markdown]
# ## A file of claims
#
# One row per quoted figure; `notebooks/example/README.md` tells the columns and the checks. On the command line: `tmsmeta claims my_claims.csv --evidence my_evidence/`.

# %%
ledger = tm.check_claims(example / "my_claims.csv", review.evidence)
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
page.write_text(ledger_report(ledger, review.evidence), encoding="utf-8")
print(f"{page.name}: {len(ledger)} claims")
