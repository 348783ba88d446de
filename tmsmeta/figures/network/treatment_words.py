"""Treatments in words: their names, the direction of their effects, and what evidence stands behind them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta, Ranking

Labels = Mapping[str, str] | None


class Evidence(NamedTuple):
    """What one treatment rests on, as text for a table.

    Attributes:
        trials, patients: their numbers; ``unknown`` where a trial does not state its patients.
        direct: share of direct evidence in the effect against the reference; empty for the reference itself.
    """

    trials: str
    patients: str
    direct: str


def name_of(treatment: str, labels: Labels) -> str:
    """The name to print for a treatment."""
    return (labels or {}).get(treatment, treatment)


def effect_heading(scale: EffectScale, level: float, versus: str = "") -> str:
    """Heading of a column of effects with their intervals, against `versus` where one treatment is that of all."""
    against = f"\n{wrap(f'against {versus}', style.TEXT, 1.25, 'bold')}" if versus else ""
    return f"{wrap(scale.label, style.TEXT, 1.25, 'bold')}{against}\n({FIGURE.level(level)} CI)"


def favours(net: NetworkMeta, labels: Labels = None, first: str = "treatment") -> tuple[str, str]:
    """Direction labels left and right of no effect, for `first` against the reference of `net`."""
    treated, reference = f"Favours {first}", f"Favours {inside(name_of(net.reference, labels))}"
    left, right = (reference, treated) if net.better == "higher" else (treated, reference)
    return f"← {left}", f"{right} →"


def better_words(net: NetworkMeta) -> str:
    """The declared direction of the outcome, as a sentence."""
    return f"{net.better.capitalize()} values of the outcome are better."


def evidence_of(ranking: Ranking) -> dict[str, Evidence]:
    """Trials, patients and direct share of each treatment."""
    found = {}
    for row in ranking.frame.to_dict("records"):
        found[str(row["treatment"])] = Evidence(
            FIGURE.count(row["trials"]),
            patients_text(row["patients"]),
            "" if row["treatment"] == row["reference"] else share_text(row["direct_share"]),
        )
    return found


def effect_text(row: Mapping[Hashable, Any], scale: EffectScale) -> str:
    """The effect with its interval in a row of a ranking."""
    estimate, low, high = scale.show([row["estimate"], row["ci_low"], row["ci_high"]]).tolist()
    return scale.effect(estimate, (low, high))


def sucra_text(row: Mapping[Hashable, Any]) -> str:
    """SUCRA with its interval in a row of a ranking."""
    own = [float(row[c]) for c in ("sucra", "sucra_low", "sucra_high")]
    sucra, low, high = FIGURE.estimate(own[0], (own[1], own[2]))
    return f"{sucra} ({low} to {high})"


def effects_against(net: NetworkMeta, treatments: Sequence[str]) -> np.ndarray:
    """Effect and interval of each treatment against the reference, on the scale of the analysis, shape (k, 3)."""
    at, against = [net.index(t) for t in treatments], net.data.reference_index
    estimate, half = net.effect_matrix[at, against], net.critical * net.se_matrix[at, against]
    return np.column_stack([estimate, estimate - half, estimate + half])


def patients_text(patients: float) -> str:
    """A number of patients, or that it is unknown."""
    return FIGURE.count(patients) if np.isfinite(patients) else "unknown"


def share_text(share: float) -> str:
    """A share from 0 to 1 as whole percent; small ones that are not nothing are not called 0."""
    if not np.isfinite(share):
        return ""
    return "<1%" if 0 < share < 0.005 else f"{FIGURE.share(share, 0)}%"
