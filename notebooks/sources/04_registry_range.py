# %% [markdown]
# # What does "58 to 83 % respond in routine practice" mix?
#
# A registry (Sackeim 2020) prints ranges: 58 to 83 % respond, 28 to 62 % remit. An article quotes them as "clinician-rated" and speaks of tens of thousands of patients.

# %%
import pandas as pd

import tmsmeta as tm

pd.options.display.width = 180
pd.options.display.max_columns = 12
pd.options.display.max_colwidth = 60
review = tm.load_review()
evidence, ledger = review.evidence, review.ledger()

# %% [markdown]
# ## The rows behind the range
#
# The registry's range runs over two scales, one filled in by clinicians (CGI-S) and one by patients (PHQ-9), and over two samples. One of the samples, the completers, is partly defined by having responded.

# %%
routine = evidence.cohorts[evidence.cohorts["cohort_id"].str.contains("sackeim|carpenter2012|griffiths")]
routine[["cohort_id", "measure", "scale", "sample", "percent_printed", "printed_low", "printed_high"]]

# %% [markdown]
# ## Response

# %%
response = ledger["C05"]
print(response.verdict)
print(response.patient)
print(response.statistician)

# %% [markdown]
# ## Remission

# %%
remission = ledger["C06"]
print(remission.verdict)
print(remission.patient)

# %% [markdown]
# ## How many patients

# %%
patients = ledger["C07"]
print(patients.verdict, "-", patients.headline)
for figure in patients.recomputed:
    print(f"{figure.label}: {figure.text()}")

# %% [markdown]
# ## Against sham it looks different
#
# Other documents quote "about 50 to 60 %" and "about 30 to 40 %". These match open-label ratings. In trials with sham the percentages of the active arms are lower, because patients, raters and expectations differ.

# %%
for claim_id in ("C28", "C29", "C31"):
    finding = ledger[claim_id]
    print(f"{claim_id} {finding.claim.statement}: {finding.verdict}")
    for figure in finding.recomputed:
        print(f"    {figure.label}: {figure.text()} ({'inside' if figure.agrees else 'outside'})")
