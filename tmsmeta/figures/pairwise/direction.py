"""The words left and right of no effect: whom an effect on that side favours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.errors import check_option
from tmsmeta.words.names import heading, inside

if TYPE_CHECKING:
    from tmsmeta.effects.base import EffectSizes

BETTER = ("higher", "lower", None)


def arm_names(effects: EffectSizes, treated: str, comparator: str) -> tuple[str, str]:
    """Names of the arms: as given, else those that the effects carry, else Treated and Comparator."""
    own = heading(effects.treated), heading(effects.comparator)
    return treated or own[0] or "Treated", comparator or own[1] or "Comparator"


def direction(favours: tuple[str, str] | None, better: str | None, arms: tuple[str, str]) -> tuple[str, str] | None:
    """Labels left and right of no effect; positive effects mean more of the outcome with treatment.

    Raises:
        UnknownOptionError: a direction that is none.
    """
    check_option("better", better, BETTER)
    if favours is not None or better is None:
        return favours
    left, right = arms[::-1] if better == "higher" else arms
    return f"← Favours {inside(left)}", f"Favours {inside(right)} →"
