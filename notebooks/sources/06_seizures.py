# %% [markdown]
# # 0.8 seizures in 10,000 sessions: whose number is it?
#
# A seizure is the gravest risk of magnetic stimulation, and a rare one. Three figures are quoted; each should be found in a survey.

# %%
import pandas as pd

import tmsmeta as tm
from tmsmeta.effects.intervals import garwood, rate_ratio_exact
from tmsmeta.effects.reconstruct import events_from_rate

pd.options.display.width = 160
pd.options.display.max_colwidth = 80
review = tm.load_review()
evidence, ledger = review.evidence, review.ledger()
rates = evidence.rates.set_index("rate_id")
rates[["label", "device", "events", "exposure", "unit", "printed_rate", "printed_low", "printed_high", "per"]]

# %% [markdown]
# ## Two surveys, two rates
#
# Events in a number of sessions follow a Poisson distribution; its exact interval says what rates go with the counts.

# %%
lerner, taylor = rates.loc["lerner2019"], rates.loc["taylor2021_sessions"]
for survey in (lerner, taylor):
    print(f"{survey['label']}: {garwood(survey['events'], survey['exposure'], per=10_000).sentence()}")
print(rate_ratio_exact(lerner["events"], lerner["exposure"], taylor["events"], taylor["exposure"]).sentence())

# %% [markdown]
# The interval of their ratio excludes 1: the two surveys do not estimate one rate. Which of them is quoted, and under which name, matters.

# %%
for claim_id in ("C15", "C16", "C17"):
    finding = ledger[claim_id]
    print(f"{claim_id} {finding.claim.statement!r}, cited: {finding.claim.cited_source}")
    print(f"    {finding.verdict}: {finding.patient}")

# %% [markdown]
# ## Deep TMS has a rate of its own
#
# The survey prints rates with intervals for the H-coil and for figure-8 coils, without the counts. Rate and exact interval depend on the number of events alone, so the counts can be found again.

# %%
for name in ("taylor2021_hcoil", "taylor2021_figure8"):
    row = rates.loc[name]
    printed = [f"{row[column]:g}" for column in ("printed_rate", "printed_low", "printed_high")]
    print(f"{row['device']}: {events_from_rate(printed[0], printed[1:], per=int(row['per'])).sentence(most=2)}")

# %%
contrast = ledger["C18"]
print(contrast.verdict, "-", contrast.headline)
print(contrast.main.text(), "from", contrast.main.counts)
print(contrast.patient)
