"""Between-study correlations, and what of a between-study covariance lies at its boundary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.words.names import listed

_SINGULAR = 1e-6
_ZERO = 1e-3  # of a typical standard error


def correlations(between: Floats, names: Sequence[str], typical: Floats, *, told: bool) -> Floats | NotAssessable:
    """Correlations of a between-study matrix, shape (p, p), or why there are none.

    Args:
        between: the matrix.
        names: of the outcomes.
        typical: a typical standard error of each outcome, beside which a standard deviation counts as 0, shape (p,).
        told: whether they are held, or any study has two outcomes, without which the likelihood is flat in them.
    """
    sd = np.sqrt(between.diagonal())
    zero = [name for name, s, t in zip(names, sd, typical, strict=True) if s <= _ZERO * t]
    if zero:
        return NotAssessable("between-study correlation", f"the between-study variance of {listed(zero)} is 0")
    if not told:
        return NotAssessable("between-study correlation", "no study has two outcomes")
    return between / np.outer(sd, sd)


def boundary_in_words(correlation: Floats | NotAssessable, held: bool) -> str:
    """What lies at the boundary; empty if nothing does, or where the correlation is `held`."""
    if isinstance(correlation, NotAssessable):
        return correlation.reason
    if held or np.linalg.eigvalsh(correlation)[0] > _SINGULAR:
        return ""
    if len(correlation) == 2:
        return f"the between-study correlation is at its limit, {correlation[0, 1]:+.0f}"
    return "the between-study correlations are at their limit: the matrix is singular"
