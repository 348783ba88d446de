# %% [markdown]
# # Which kind of magnetic stimulation ranks best, and how far can the ranking be trusted?
#
# Patients read that one kind of transcranial magnetic stimulation "ranks first" or is "as good as" another. Such sentences come from network meta-analyses, which compare treatments that were never compared in one trial. This notebook builds the network from the trials whose numbers could be seen, ranks its treatments, and then asks what the ranking hangs on.
#
# Every number below is worked out by the library from the shipped evidence; none is typed in.

# %%
%matplotlib inline
import numpy as np
import pandas as pd
from IPython.display import HTML, display

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.review import network_sensitivity, published_networks, rank_stability, risk_sensitivity

pd.options.display.width = 160
pd.options.display.max_columns = 16
pd.options.display.float_format = "{:.2f}".format
pd.options.display.max_colwidth = 200
review = tm.load_review()
print(review.protocol.question)

# %% [markdown]
# ## 1. The network of response
#
# The question is about three kinds of stimulation, so the main network has them as its nodes: rTMS, iTBS and deep TMS, against sham. Main selection: one time point per trial, arms of the same node merged, tiers A to C, adults (with late-life, vascular and veteran groups). The measure is the one of the pairwise analyses, the risk ratio, with random effects; more response is better. Finer nodes and other choices follow in section 6, as sensitivity analyses.

# %%
response = review.network("response")
print(response.spec.sentence())
print(response.net.methods_sentence())
figures.network_graph(response.net, labels=response.labels).figure

# %% [markdown]
# The graph is the first answer. Deep TMS touches the others through sham only, and one trial joins rTMS and iTBS. In words:

# %%
for sentence in response.statements():
    print("-", sentence)

# %% [markdown]
# ## 2. The ranking, with what stands behind each place
#
# A rank never stands alone: effect, interval, trials, patients and the share of direct evidence come with it. P-score and SUCRA are the same number here (the P-score is the SUCRA of the normal distribution of the estimates). `rank_low` and `rank_high` hold the middle 95 % of ranks.

# %%
columns = ["treatment", "p_score", "mean_rank", "rank_low", "rank_high", "ratio", "ratio_low", "ratio_high", "trials", "patients", "direct_share", "p_best"]
response.ranking.frame[columns]

# %%
figures.network_forest(response.ranking, labels=response.labels).figure

# %%
figures.rank_effect(response.ranking, labels=response.labels).figure

# %% [markdown]
# How likely is each rank? Wide rows mean that the data do not fix the place.

# %%
figures.rankogram(response.ranking, labels=response.labels)

# %% [markdown]
# How likely is each treatment to be the best by a margin that matters, a risk ratio of 1.1 over every other? The margin is a choice; it is stated, and the chance of "none of them" is what is left.

# %%
with_margin = tm.rank(response.net, margin=float(np.log(1.1)))
with_margin.frame[["treatment", "p_best", "p_best_beyond", "p_score", "trials", "ratio", "ratio_low", "ratio_high", "direct_share"]]

# %% [markdown]
# ## 3. Can direct and indirect evidence contradict each other?
#
# Only a closed loop of independent trials can show a contradiction. Where there is none, the honest answer is "cannot be tested", which is not the same as "no inconsistency".

# %%
print(response.consistency.sentence())
tm.node_split(response.net, show="direct")[["treat1", "treat2", "k", "direct", "direct_se", "direct_share", "note"]]

# %% [markdown]
# One trial compares deep TMS with rTMS head to head. It is known by its printed odds ratio only (tier D), so it stays out of the main analysis. As a sensitivity analysis it is let in, converted at the risks that the comparators have in the trials at hand; it closes a second loop:

# %%
with_ratios = review.network("response", tiers=("A", "B", "C", "D"), comparator_risk="observed")
print(with_ratios.consistency.sentence())
tm.node_split(with_ratios.net, show="both")[["treat1", "treat2", "k", "direct", "direct_se", "indirect", "indirect_se", "difference", "p_value", "direct_share"]]

# %%
display(figures.node_split_forest(tm.node_split(with_ratios.net, show="both"), with_ratios.net, labels=with_ratios.labels).figure)
display(figures.net_heat_map(tm.net_heat(with_ratios.net), labels=with_ratios.labels).figure)

# %% [markdown]
# ## 4. League tables
#
# Every pair, response above the diagonal and remission below it. Each cell reads row against column.

# %%
both = {outcome: review.network(outcome) for outcome in review.outcomes}
league = tm.league_table(both["response"].net, both["remission"].net, names=("response", "remission"))
HTML(league.to_html())

# %%
figures.league_heat(league, labels={**both["response"].labels, **both["remission"].labels}).figure

# %% [markdown]
# ## 5. Where the evidence comes from
#
# The share of every direct comparison in every network estimate, by a random walk along the evidence flow.

# %%
found = tm.contributions(response.net)
display(found.matrix)
found.measures

# %%
figures.contribution_map(found, labels=response.labels).figure

# %% [markdown]
# ## 6. What the ranking becomes under other choices
#
# Everything in this section is a sensitivity analysis. First the nodes: each kind of rTMS, accelerated iTBS and each coil by itself.

# %%
fine = review.network("response", lumping="fine")
figures.network_graph(fine.net, labels=fine.labels).figure

# %%
fine.ranking.frame[columns]

# %%
for sentence in fine.statements():
    print("-", sentence)

# %% [markdown]
# Then every combination of nodes, five sets of tiers, three measures and three estimates of the between-study variance. `times_best` counts first places.

# %%
sensitivity = network_sensitivity(review.evidence)
rank_stability(sensitivity)

# %%
rank_stability(network_sensitivity(review.evidence, both["remission"].spec))

# %% [markdown]
# Trials that print a ratio on another measure can join only through a comparator risk. Here the risks seen in the trials are multiplied by the factor in the first column, and all tiers down to D take part.

# %%
moved = risk_sensitivity(review.evidence)
moved.pivot(index="treatment", columns="risk_factor", values=["rank", "estimate"])

# %% [markdown]
# ## 7. Small trials
#
# Trial effects around the mean of their comparison. Old, small trials of rTMS against sham with large effects would lift everything that is linked to sham through them. The order of treatments is from older to newer ones: a trial on the right favours the newer side of its comparison more than the others do.

# %%
funnel = tm.comparison_adjusted_funnel(response.net, order=["sham", "rTMS", "Deep TMS", "iTBS"])
funnel.sort_values("se", ascending=False).head(8)

# %%
figures.adjusted_funnel(funnel, response.net, labels=response.labels).figure

# %% [markdown]
# ## 8. Beside the published networks
#
# Published reviews name single treatments, so nothing is merged here. `same`: each estimate lies in the other's interval (with a point estimate only, it lies in ours); `compatible`: the intervals overlap. `why` says how much evidence stands on either side.

# %%
beside = published_networks(review.evidence)
display(beside["verdict"].value_counts().to_frame())
beside[["result_id", "treatment", "measure", "published", "published_low", "published_high", "ours", "ours_low", "ours_high", "our_trials", "verdict"]]

# %%
for line in beside.itertuples():
    print(f"- {line.review} {line.year}, {line.treatment}: {line.verdict}. {line.why}")

# %% [markdown]
# ## 9. Response and remission together
#
# A treatment stands above another only if it is at least as good in both outcomes and better in one. Pairs that neither outcome settles stay unordered, which is a result too.

# %%
order = tm.partial_order({name: found.net for name, found in both.items()})
print("No order between:", "; ".join(f"{a} and {b}" for a, b in order.incomparable) or "none")
print("Not in both networks:", ", ".join(order.left_out))
order.to_frame()

# %%
figures.hasse(order, networks={name: found.net for name, found in both.items()}, labels=both["response"].labels).figure

# %%
figures.two_outcomes({name: found.net for name, found in both.items()}, labels=both["response"].labels).figure

# %% [markdown]
# ## 10. If our estimates were the truth, how often would the right treatment come first?
#
# Trials with the same arms and sizes are simulated from the estimates, as odds ratios since these keep every risk between 0 and 1, and analysed as above. `p_best` is how often each treatment takes the first place, `coverage` how often its interval holds the truth.

# %%
simulated = tm.networks.simulate_network(review.network("response", measure="OR").net, draws=2000, reference_risk=0.15, seed=1)
simulated.to_frame()

# %% [markdown]
# ## 11. What can be said

# %%
frame, best = response.ranking.frame, response.ranking.frame.iloc[0]
stable = rank_stability(sensitivity).query("lumping == 'coarse'").set_index("treatment")
print(
    f"First by P-score: {response.label(best.treatment)}, risk ratio {best.ratio:.1f} "
    f"({best.ratio_low:.1f} to {best.ratio_high:.1f}) against sham, trials: {best.trials}, patients on it: {best.patients:.0f}."
)
low, high = stable.loc[best.treatment, ["best_rank", "worst_rank"]]
print(f"Its place runs from {low:.0f} to {high:.0f} over the analyses that have it; its 95 % rank limits here are {best.rank_low:.0f} to {best.rank_high:.0f}.")
link = tm.networks.linkage(response.net, "iTBS", "rTMS")
pair = response.net.to_frame().query("treat1 == 'iTBS' and treat2 == 'rTMS'").iloc[0]
print(link.sentence(response.labels))
print(f"iTBS against rTMS: risk ratio {np.exp(pair.estimate):.2f} ({np.exp(pair.ci_low):.2f} to {np.exp(pair.ci_high):.2f}).")
active = frame[frame["treatment"] != "sham"]
apart = active[(active["ratio_low"] > 1) | (active["ratio_high"] < 1)]
print(f"Intervals against sham that leave out no effect: {len(apart)} of {len(active)} active kinds.")
print(response.consistency.sentence())

# %% [markdown]
# In the trials whose numbers could be seen, all three kinds of stimulation do better than sham. Which of the three does best they do not settle. iTBS comes first in most analyses of response, but against rTMS its risk ratio is close to 1, and nearly all of that comparison is one large trial. Deep TMS hangs on one trial: it stands behind the other two in response, before them in remission, and comes first in response too once the trial that is known by its ratio only is let in. With finer nodes the first place belongs to a kind of stimulation that one small trial stands for; its interval and its rank limits say how little that place means.
