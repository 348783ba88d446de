"""Our network beside the published ones: same, different, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError
from tmsmeta.networks import sums
from tmsmeta.review import Evidence, load_evidence
from tmsmeta.review.networks_build import SHAM, TmsNetwork, tms_network
from tmsmeta.review.networks_spec import LUMPINGS, TmsNetworkSpec

if TYPE_CHECKING:
    import pandas as pd

REVIEWS = ("Brunoni (network)", "Mutz", "Mutz (network)", "Li H (network)", "Li J (network)")
MERGED = "theta burst together"


def compare_with_published(spec: TmsNetworkSpec | None = None, evidence: Evidence | None = None) -> pd.DataFrame:
    """Each published effect against sham beside ours, on the review's measure.

    Args:
        spec: outcome is taken from the review; everything else from here. A review that lumps all theta burst is
            compared with a network that does.
        evidence: by default the evidence that comes with the package.

    Returns:
        Table ``result_id review year treatment outcome measure published published_low published_high ours ours_low
        ours_high our_trials our_direct_trials direct_share verdict why``; ratios, not logged. ``verdict`` is ``same``
        (each estimate lies in the other's interval; with a point estimate only: it lies in ours), ``compatible``
        (intervals overlap), ``different`` (they do not) or ``not comparable``.
    """
    import pandas as pd

    base, source = spec or TmsNetworkSpec(), evidence or load_evidence()
    published = source.published
    rows = published[published["review"].isin(REVIEWS) & published["measure"].isin(("OR", "RR"))]
    fitted: dict[TmsNetworkSpec, TmsNetwork | str] = {}
    return pd.DataFrame([_line(row, base, source, fitted) for row in rows.to_dict("records")])


def _line(
    row: dict[Any, Any], base: TmsNetworkSpec, evidence: Evidence, fitted: dict[TmsNetworkSpec, TmsNetwork | str]
) -> dict[str, Any]:
    treatment = str(row["comparison"]).removesuffix(f" vs {SHAM}")
    lumping = MERGED if treatment in LUMPINGS[MERGED].values() else base.lumping
    spec = replace(base, outcome=row["outcome"], measure=row["measure"], lumping=lumping)
    ours = fitted.setdefault(spec, _try(spec, evidence)) if spec not in fitted else fitted[spec]
    line = {
        "result_id": row["result_id"],
        "review": row["review"],
        "year": row["year"],
        "treatment": treatment,
        "outcome": row["outcome"],
        "measure": row["measure"],
        "published": row["estimate"],
        "published_low": row["ci_low"],
        "published_high": row["ci_high"],
    }
    if isinstance(ours, str) or treatment not in ours.net.treatments:
        reason = ours if isinstance(ours, str) else f"no trial of {treatment} is in the selected evidence"
        return {**line, "verdict": "not comparable", "why": reason}
    return {**line, **_set_beside(line, ours, treatment, row)}


def _try(spec: TmsNetworkSpec, evidence: Evidence) -> TmsNetwork | str:
    try:
        return tms_network(spec, evidence)
    except (DisconnectedNetworkError, InvalidInputError) as fault:
        return str(fault).split("\n")[0]


def _set_beside(line: dict[str, Any], ours: TmsNetwork, treatment: str, row: dict[Any, Any]) -> dict[str, Any]:
    net = ours.net
    at, sham = net.index(treatment), net.index(SHAM)
    centre, half = net.effect_matrix[at, sham], net.critical * net.se_matrix[at, sham]
    low, value, high = (float(np.exp(x)) for x in (centre - half, centre, centre + half))
    trials = int(net.data.trials_of()[0][at])
    edges = ours.graph.edges
    direct = edges[edges["treat1"].isin((treatment, SHAM)) & edges["treat2"].isin((treatment, SHAM))]
    count = int(direct["trials"].sum())
    patients = _patients(ours, treatment)
    return {
        "ours": value,
        "ours_low": low,
        "ours_high": high,
        "our_trials": trials,
        "our_direct_trials": count,
        "direct_share": float(net.direct_share.to_numpy()[at, sham]),
        "verdict": verdict(line, value, low, high),
        "why": _why(line, row, (trials, patients, count), (value, low, high)),
    }


def verdict(line: dict[str, Any], value: float, low: float, high: float) -> str:
    """Whether our ratio, with its limits, agrees with the published one of `line`."""
    theirs, their_low, their_high = (_number(line[c]) for c in ("published", "published_low", "published_high"))
    inside = low <= theirs <= high
    if np.isnan(their_low):
        return "same" if inside else "different"
    if inside and their_low <= value <= their_high:
        return "same"
    return "compatible" if low <= their_high and their_low <= high else "different"


def _patients(ours: TmsNetwork, treatment: str) -> str:
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
    word = "trial" if trials == 1 else "trials"
    size = _number(row["k"])
    theirs = "the review states no number of trials" if np.isnan(size) else f"the review has {size:.0f} in all"
    parts = [f"Ours rests on {trials} {word} of {line['treatment']} ({patients}) whose numbers could be seen; {theirs}"]
    if direct == 0:
        parts.append("none of ours compares it with sham, so our estimate is indirect")
    elif direct < trials:
        parts.append(f"{direct} of ours against sham")
    their_low = _number(line["published_low"])
    if np.isnan(their_low):
        parts.append("the review's interval was not seen")
    else:
        width = np.log(high / low) / np.log(_number(line["published_high"]) / their_low)
        wider = "wider" if width > 1 else "narrower"
        parts.append(f"our interval is {max(width, 1 / width):.1f} times {wider} on the log scale")
    larger = "larger" if value > _number(line["published"]) else "smaller"
    ratio = value / _number(line["published"])
    parts.append(f"our {line['measure']} is {max(ratio, 1 / ratio):.2f} times {larger}")
    return "; ".join(parts) + "."


def _number(value: Any) -> float:
    return float("nan") if value is None or value != value else float(value)
