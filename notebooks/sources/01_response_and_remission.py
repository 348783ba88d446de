# %% [markdown]
# # Does magnetic stimulation help more often than sham?
#
# Documents for patients say that transcranial magnetic stimulation (TMS) raises response (the score at least halved) and remission (almost no symptoms left). Both can be counted in trials that compare it with sham stimulation. This notebook pools the trials whose counts could be seen.

# %%
%matplotlib inline
import pandas as pd

import tmsmeta as tm
from tmsmeta import figures

pd.options.display.width = 160
pd.options.display.max_columns = 12
pd.options.display.max_colwidth = 100
pd.options.display.precision = 3
review = tm.load_review()
print(review.protocol.question)

# %% [markdown]
# ## Which trials
#
# The main analysis takes one time point per trial, the end of the course, merges arms of the same kind, and uses counts of tiers A to C. Nothing is left out in silence: every row that is not used has its reason.

# %%
chosen = review.select("response")
print(chosen.selection.describe())
print(f"{chosen.k} trials, {chosen.patients} patients")
chosen.trials[["study", "treatment", "events_t", "n_t", "events_c", "n_c", "tier"]]

# %%
chosen.left_out.drop_duplicates("trial_id")[["label", "reason"]]

# %% [markdown]
# ## Response
#
# The effect of each trial is its risk ratio: how many times as often patients respond with stimulation as with sham.

# %%
response = review.pool("response")
print(response.result_sentence())
print(response.methods_sentence())

# %%
figures.forest(
    response, treated="Active TMS", comparator="Sham", better="higher",
    tier=dict(zip(chosen.trials["study"], chosen.trials["tier"])), title="Response at the end of the course",
).figure

# %% [markdown]
# ## Remission

# %%
remission = review.pool("remission")
print(remission.result_sentence())
figures.forest(
    remission, treated="Active TMS", comparator="Sham", better="higher", title="Remission at the end of the course"
).figure

# %% [markdown]
# The prediction interval says where the true effect in a new, comparable setting may lie; what one trial there would find is spread further by chance. Where it reaches below 1, treatment may do nothing in such a setting, although the average is above 1.
#
# ## What hangs on the choice of trials
#
# The same question with stricter or wider selections: those that the protocol of the review names.

# %%
run = review.run()
table = pd.DataFrame([row for analysis in run.analyses for row in analysis.rows()])
table.loc[
    table["measure"] == "RR",
    ["outcome", "selection", "trials", "patients", "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"],
]

# %% [markdown]
# ## A published pool, repeated
#
# The review of the AHRQ (2011) prints the ratio of every trial, so its pools can be computed again. Two of them follow only if the estimates of the subgroups are pooled, not the trials.

# %%
for check in run.published:
    print(f"{check.scope}: {check.sentence}")
