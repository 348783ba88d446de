"""What the ranking becomes under other nodes, tiers, measures and tau2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, Issue, NotAssessable
from tmsmeta.networks import NetworkMeta, p_scores
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.network_fit import review_network
from tmsmeta.review.network_spec import OBSERVED, ReviewNetworkSpec
from tmsmeta.review.selecting.spec import TIERS
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import to_cell

if TYPE_CHECKING:
    import pandas as pd


TIER_SETS = tuple(TIERS[: last + 1] for last in range(len(TIERS)))
"""Tier A alone, A and B, and so on to all."""


@answerable
def network_sensitivity(
    evidence: Evidence,
    spec: ReviewNetworkSpec | None = None,
    *,
    lumpings: Sequence[str] = (),
    tiers: Sequence[tuple[str, ...]] = TIER_SETS,
    measures: Sequence[str] = ("OR", "RR", "RD"),
    tau2: Sequence[str] = ("FE", "DL", "REML"),
) -> pd.DataFrame:
    """The ranking under every combination of choices.

    Args:
        evidence: the tables and their protocol.
        spec: everything that does not vary; by default the main network of the first outcome.
        lumpings, tiers, measures, tau2: what varies; by default every lumping of the protocol, and tiers from A
            alone to A to E.

    Returns:
        Table with one line per analysis and treatment: ``outcome lumping tiers measure tau2 treatment rank p_score
        estimate ci_low ci_high trials patients direct_share analysed tau2_value inconsistency_p note``; the effect
        is against the reference on the scale of the measure, ``analysed`` counts the trials of the network. An analysis
        that cannot be made has one line with the reason in ``note``.

    Raises:
        InvalidInputError: something else than evidence.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> table = tm.review.network_sensitivity(evidence, tiers=[("A",)], measures=["OR", "RR"], tau2=["DL"])
        >>> print(table[["measure", "treatment", "rank", "trials"]].to_string(index=False))
        measure treatment  rank  trials
             OR      drug     1       3
             OR   placebo     2       3
             RR      drug     1       3
             RR   placebo     2       3
    """
    import pandas as pd

    base = (spec or ReviewNetworkSpec()).filled_in(evidence)
    network = evidence.protocol.network
    lines: list[dict[str, Any]] = []
    for lumping, tier_set, measure in product(lumpings or tuple(network.lumpings) or (base.lumping,), tiers, measures):
        chosen = replace(base, lumping=lumping, tiers=tier_set, measure=measure)
        lines += _lines(chosen, evidence, tau2)
    return pd.DataFrame(lines)


def _lines(spec: ReviewNetworkSpec, evidence: Evidence, methods: Iterable[str]) -> list[dict[str, Any]]:
    head = {
        "outcome": spec.outcome,
        "lumping": spec.lumping,
        "tiers": "".join(spec.tiers),
        "measure": spec.measure,
    }
    try:
        first = review_network(evidence, replace(spec, model=replace(spec.network_spec, tau2="FE")))
    except (DisconnectedNetworkError, InvalidInputError) as fault:
        return [{**head, "tau2": method, "note": str(fault).split("\n")[0]} for method in methods]
    lines = []
    for method in methods:
        net = first.net if method == "FE" else first.net.refit(tau2=method)
        lines += [{**head, "tau2": method, **line} for line in _ranked(net)]
    return lines


def _ranked(net: NetworkMeta) -> list[dict[str, Any]]:
    score, g = p_scores(net), net.data.reference_index
    trials, patients = net.data.trials_of()
    estimate, half = net.effect_matrix[:, g], net.critical * net.se_matrix[:, g]
    share, p = net.direct_share.to_numpy()[:, g], net.q_inconsistency_p
    place = np.argsort(np.argsort(-score, kind="stable")) + 1
    return [
        {
            "treatment": treatment,
            "rank": int(place[t]),
            "p_score": float(score[t]),
            "estimate": float(estimate[t]),
            "ci_low": float(estimate[t] - half[t]),
            "ci_high": float(estimate[t] + half[t]),
            "trials": int(trials[t]),
            "patients": float(patients[t]),
            "direct_share": np.nan if t == g else float(share[t]),
            "analysed": net.k,
            "tau2_value": net.fit.tau2,
            "inconsistency_p": to_cell(p),
            "note": p.reason if isinstance(p, NotAssessable) else "",
        }
        for t, treatment in enumerate(net.treatments)
    ]


@answerable
def rank_stability(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """How much each treatment's place moves over the analyses of :func:`network_sensitivity`.

    Args:
        sensitivity: the table of :func:`network_sensitivity`.

    Returns:
        Table ``lumping treatment analyses times_best best_rank median_rank worst_rank lowest_p_score
        highest_p_score fewest_trials most_trials least_direct most_direct excludes_no_effect``: ranks among the
        treatments present; the last column is the share of analyses whose interval against the reference leaves out "no
        effect".

    Raises:
        InvalidInputError: another table.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> table = tm.review.network_sensitivity(evidence, tiers=[("A",)], measures=["OR", "RR"], tau2=["DL"])
        >>> print(tm.review.rank_stability(table)[["treatment", "analyses", "times_best"]].to_string(index=False))
        treatment  analyses  times_best
             drug         2           2
          placebo         2           0
    """
    if not {"rank", "p_score"} <= set(getattr(sensitivity, "columns", ())):
        message = "must be the table that network_sensitivity() gives."
        raise InvalidInputError(Issue(None, "sensitivity", type(sensitivity).__name__, message))
    known = sensitivity.dropna(subset=["rank"])
    apart = (known["ci_low"] > 0) | (known["ci_high"] < 0)
    grouped = known.assign(best=known["rank"] == 1, apart=apart).groupby(["lumping", "treatment"], sort=False)
    frame = grouped.agg(
        analyses=("rank", "size"),
        times_best=("best", "sum"),
        best_rank=("rank", "min"),
        median_rank=("rank", "median"),
        worst_rank=("rank", "max"),
        lowest_p_score=("p_score", "min"),
        highest_p_score=("p_score", "max"),
        fewest_trials=("trials", "min"),
        most_trials=("trials", "max"),
        least_direct=("direct_share", "min"),
        most_direct=("direct_share", "max"),
        excludes_no_effect=("apart", "mean"),
    )
    ordered: pd.DataFrame = frame.reset_index().sort_values(["lumping", "median_rank"], ignore_index=True)
    return ordered


@answerable
def risk_sensitivity(
    evidence: Evidence,
    spec: ReviewNetworkSpec | None = None,
    *,
    factors: Sequence[float] = (0.5, 0.75, 1.0, 1.25, 1.5),
) -> pd.DataFrame:
    """What hangs on the comparator risk at which printed ratios are converted.

    Every comparator risk is multiplied by each of `factors` in turn; tier D joins.

    Args:
        evidence: the tables and their protocol.
        spec: everything that does not vary; by default the main network of the first outcome.
        factors: what the comparator risks are multiplied by, each above 0.

    Returns:
        Table ``risk_factor treatment rank p_score estimate ci_low ci_high trials patients direct_share analysed
        tau2_value inconsistency_p note``.

    Raises:
        InvalidInputError: something else than evidence, or a factor that is not above 0.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> table = tm.review.risk_sensitivity(tm.read_evidence("my_evidence"), factors=[0.5, 1.0])
        >>> print(table[["risk_factor", "treatment", "rank"]].to_string(index=False))
         risk_factor treatment  rank
                 0.5      drug     1
                 0.5   placebo     2
                 1.0      drug     1
                 1.0   placebo     2
    """
    import pandas as pd

    base = (spec or ReviewNetworkSpec()).filled_in(evidence)
    tiers = tuple(sorted({*base.tiers, "D"}))
    risk = base.comparator_risk if base.comparator_risk is not None else OBSERVED
    lines = []
    for factor in factors:
        chosen = replace(base, tiers=tiers, comparator_risk=risk, risk_factor=factor)
        lines += [{"risk_factor": factor, **line} for line in _ranked(review_network(evidence, chosen).net)]
    return pd.DataFrame(lines)
