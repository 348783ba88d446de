"""Our network beside the published ones: same, different, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError
from tmsmeta.networks import sums
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.network_fit import RATIOS, ReviewNetwork, review_network
from tmsmeta.review.network_spec import NOTHING_MERGED, ReviewNetworkSpec
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, inside

if TYPE_CHECKING:
    import pandas as pd


@answerable
def published_networks(evidence: Evidence, spec: ReviewNetworkSpec | None = None) -> pd.DataFrame:
    """Each published network effect beside ours, on the review's measure.

    The protocol names the reviews, and the lumping under which a treatment of theirs is found. A comparison is read
    as ``treatment vs comparator``; one without comparator is against the reference.

    Args:
        evidence: the tables and their protocol.
        spec: outcome and measure are taken from the review, the lumping from the protocol where it names one for the
            treatment; everything else from here. Without a lumping nothing is merged, as reviews name single
            treatments.

    Returns:
        Table ``result_id review year treatment comparator outcome measure published published_low published_high ours
        ours_low ours_high our_trials our_direct_trials direct_share verdict why``; ratios, not logged. ``verdict`` is
        ``same`` (each estimate lies in the other's interval; with a point estimate only: it lies in ours),
        ``compatible`` (intervals overlap), ``different`` (they do not) or ``not comparable``.

    Raises:
        DisconnectedNetworkError: when the selected trials do not link all nodes, with the parts.
        InvalidInputError: when no trial is left, or a stated risk cannot be.

    Example:
        >>> import tmsmeta as tm
        >>> table = tm.review.published_networks(tm.load_evidence())
        >>> set(table["verdict"]) <= {"same", "compatible", "different", "not comparable"}
        True
    """
    import pandas as pd

    asked = spec or ReviewNetworkSpec()
    base = replace(asked, lumping=asked.lumping or NOTHING_MERGED).filled_in(evidence)
    published, reviews = evidence.published, {rule.review: rule for rule in evidence.protocol.published.networks}
    rows = published[published["review"].isin(reviews) & published["measure"].isin(RATIOS)]
    fitted: dict[ReviewNetworkSpec, ReviewNetwork | str] = {}
    return pd.DataFrame(
        [_line(row, reviews[row["review"]].lumpings, base, evidence, fitted) for row in rows.to_dict("records")]
    )


def _line(
    row: dict[Any, Any],
    lumpings: Mapping[str, str],
    base: ReviewNetworkSpec,
    evidence: Evidence,
    fitted: dict[ReviewNetworkSpec, ReviewNetwork | str],
) -> dict[str, Any]:
    treatment, _, against = str(row["comparison"]).partition(" vs ")
    comparator = against or base.reference
    lumping = lumpings.get(treatment, base.lumping)
    spec = replace(base, outcome=row["outcome"], measure=row["measure"], lumping=lumping)
    if spec not in fitted:
        fitted[spec] = _try(spec, evidence)
    ours = fitted[spec]
    line = {
        "result_id": row["result_id"],
        "review": row["review"],
        "year": row["year"],
        "treatment": treatment,
        "comparator": comparator,
        "outcome": row["outcome"],
        "measure": row["measure"],
        "published": row["estimate"],
        "published_low": row["ci_low"],
        "published_high": row["ci_high"],
    }
    if isinstance(ours, str):
        return {**line, "verdict": "not comparable", "why": ours}
    if unseen := [name for name in (treatment, comparator) if name not in ours.net.treatments]:
        reason = f"no trial of {ours.label(unseen[0])} is in the selected evidence"
        return {**line, "verdict": "not comparable", "why": reason}
    return {**line, **_set_beside(line, ours, row)}


def _try(spec: ReviewNetworkSpec, evidence: Evidence) -> ReviewNetwork | str:
    try:
        return review_network(evidence, spec)
    except (DisconnectedNetworkError, InvalidInputError) as fault:
        return str(fault).split("\n")[0]


def _set_beside(line: dict[str, Any], ours: ReviewNetwork, row: dict[Any, Any]) -> dict[str, Any]:
    net = ours.net
    treatment, comparator = line["treatment"], line["comparator"]
    at, beside = net.index(treatment), net.index(comparator)
    centre, half = net.effect_matrix[at, beside], net.critical * net.se_matrix[at, beside]
    low, value, high = (float(np.exp(x)) for x in (centre - half, centre, centre + half))
    trials = int(net.data.trials_of()[0][at])
    edges = ours.graph.edges
    direct = edges[edges["treat1"].isin((treatment, comparator)) & edges["treat2"].isin((treatment, comparator))]
    count = int(direct["trials"].sum())
    patients = _patients(ours, treatment)
    return {
        "ours": value,
        "ours_low": low,
        "ours_high": high,
        "our_trials": trials,
        "our_direct_trials": count,
        "direct_share": float(net.direct_share.to_numpy()[at, beside]),
        "verdict": verdict(line, value, low, high),
        "why": _why(line | _labels(line, ours), row, (trials, patients, count), (value, low, high)),
    }


def _labels(line: dict[str, Any], ours: ReviewNetwork) -> dict[str, str]:
    """Treatment and comparator as text names them."""
    return {name: inside(ours.label(line[name])) for name in ("treatment", "comparator")}


def verdict(line: dict[str, Any], value: float, low: float, high: float) -> str:
    """Whether our ratio, with its limits, agrees with the published one of `line`."""
    theirs, their_low, their_high = (_number(line[c]) for c in ("published", "published_low", "published_high"))
    inside = low <= theirs <= high
    if np.isnan(their_low):
        return "same" if inside else "different"
    if inside and their_low <= value <= their_high:
        return "same"
    return "compatible" if low <= their_high and their_low <= high else "different"


def _patients(ours: ReviewNetwork, treatment: str) -> str:
    """Patients of the treatment, and the usual size of its trials, in words."""
    data, at = ours.net.data, ours.net.index(treatment)
    n = float(data.trials_of()[1][at])
    if np.isnan(n):
        return "patients unknown for some"
    trials = data.arms.study[data.arms.treatment == at]
    median = float(np.median(sums(data.arms.study, data.arms.n, len(data.studies))[trials]))
    return (
        f"{n:.0f} patients" if len(trials) == 1 else f"{n:.0f} patients, half of the trials with {median:.0f} or fewer"
    )


def _why(
    line: dict[str, Any], row: dict[Any, Any], evidence: tuple[int, str, int], estimate: tuple[float, float, float]
) -> str:
    """What is known about the difference: size of the evidence, route of the estimate, what was printed."""
    (trials, patients, direct), (value, low, high) = evidence, estimate
    size = _number(row["k"])
    theirs = "the review states no number of trials" if np.isnan(size) else f"the review has {size:.0f} in all"
    parts = [
        f"Ours rests on {counted(trials, 'trial')} of {line['treatment']} ({patients}) "
        f"whose numbers could be seen; {theirs}"
    ]
    if direct == 0:
        parts.append(f"none of ours compares it with {line['comparator']}, so our estimate is indirect")
    elif direct < trials:
        parts.append(f"{direct} of ours against {line['comparator']}")
    their_low = _number(line["published_low"])
    if np.isnan(their_low):
        parts.append("the review's interval was not seen")
    else:
        width = np.log(high / low) / np.log(_number(line["published_high"]) / their_low)
        parts.append(f"our interval is {_times(width, 1, ('wider', 'narrower'), 'as wide')} on the log scale")
    ratio = value / _number(line["published"])
    parts.append(f"our {line['measure']} is {_times(ratio, 2, ('larger', 'smaller'), 'the same')}")
    return "; ".join(parts) + "."


def _times(ratio: float, digits: int, words: tuple[str, str], same: str) -> str:
    """``"1.2 times wider"``; `same` where the ratio rounds to 1."""
    shown = f"{max(ratio, 1 / ratio):.{digits}f}"
    return same if float(shown) == 1 else f"{shown} times {words[0] if ratio > 1 else words[1]}"


def _number(value: Any) -> float:
    return float("nan") if value is None or value != value else float(value)
