"""What stands in the boxes of a Hasse diagram, and below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures.axes import scale_of
from tmsmeta.figures.network.treatment_words import Labels, effects_against, name_of
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta, PartialOrder


def facts_of(order: PartialOrder, networks: Mapping[str, NetworkMeta] | None, digits: int | None) -> dict[str, str]:
    """Lines below the name of each treatment.

    Raises:
        InvalidInputError: every outcome of the order that `networks` lacks.
    """
    if networks is None:
        scores = order.scores.to_dict()
        return {t: "\n".join(f"{o} {FIGURE.number(scores[o][t], 2)}" for o in order.outcomes) for t in order.treatments}
    missing = [o for o in order.outcomes if o not in networks]
    if missing:
        raise InvalidInputError(
            [Issue(None, "networks", o, "is an outcome of the order and has no network.") for o in missing]
        )
    return {t: "\n".join(_effect(o, networks[o], t, digits) for o in order.outcomes) for t in order.treatments}


def _effect(outcome: str, net: NetworkMeta, treatment: str, digits: int | None) -> str:
    if treatment == net.reference:
        return f"{outcome}: reference"
    scale = scale_of(net.measure, digits=digits)
    estimate, low, high = scale.show(effects_against(net, [treatment])[0]).tolist()
    return f"{outcome}: {net.measure} {scale.effect(estimate, (low, high))}"


_SCORES = {"p_score": "P-scores", "estimate": "effects against the reference, turned so that higher is better"}


def notes_of(order: PartialOrder, labels: Labels, *, scores: bool) -> str:
    """How the diagram reads, and what it lacks."""
    outcomes = " and ".join(order.outcomes) if len(order.outcomes) < 3 else ", ".join(order.outcomes)
    measured = _SCORES[order.by].split(",")[0]
    said = (
        f"A line down: by the {measured}, the upper treatment is at least as good on {outcomes} and better on one. "
        "Treatments that no way down joins cannot be ordered."
    )
    said += f" Numbers: {_SCORES[order.by]}." if scores else ""
    if order.left_out:
        said += f" Left out, since an outcome lacks them: {', '.join(name_of(t, labels) for t in order.left_out)}."
    return said
