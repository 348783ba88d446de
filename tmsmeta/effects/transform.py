"""From the scale of the analysis back to the scale a reader knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from tmsmeta.effects.measures import MEASURES, Floats, Scale
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.words.arguments import answerable


def inverse_freeman_tukey(value: Any, n: Any) -> Floats:
    """Proportion whose double-arcsine transform (mean of two arcsines) is `value` for a sample of size `n`.

    Values outside the range that 0 and `n` events span give 0 and 1.

    References:
        Miller, Am Stat 1978;32:138. For a pooled value, `n` is the harmonic mean of the study sizes.
    """
    t, size = np.asarray(value, dtype=float), np.asarray(n, dtype=float)
    t_zero = np.arcsin(np.sqrt(1 / (size + 1))) / 2
    t_all = np.pi / 2 - t_zero
    inner = np.clip(t, t_zero, t_all)
    sine, cosine = np.sin(2 * inner), np.cos(2 * inner)
    under_root = np.maximum(1 - (sine + (sine - 1 / sine) / size) ** 2, 0.0)
    p = (1 - np.sign(cosine) * np.sqrt(under_root)) / 2
    return np.where(t <= t_zero, 0.0, np.where(t >= t_all, 1.0, p))


def inverse_freeman_tukey_rate(value: Any, time: Any) -> Floats:
    """Rate whose Freeman-Tukey transform is `value` for person-time `time`; values below that of 0 events give 0.

    Solves y = (sqrt(r) + sqrt(r + 1/t)) / 2 for r, which gives r = (y - 1 / (4 t y))^2 with y above 1 / (2 sqrt t).
    """
    y, t = np.asarray(value, dtype=float), np.asarray(time, dtype=float)
    at_zero = 1 / (2 * np.sqrt(t))
    safe = np.maximum(y, at_zero)
    return np.where(y <= at_zero, 0.0, (safe - 1 / (4 * t * safe)) ** 2)


class WayBack(NamedTuple):
    """How values of one scale are brought back.

    Attributes:
        back: the inverse of the transformation, from values and sizes.
        low, high: the ends of the scale, at which limits that lie beyond are cut.
        size: the input column that the inverse needs, if any.
    """

    back: Callable[[Floats, Any], Floats]
    low: float = -np.inf
    high: float = np.inf
    size: str = ""


SCALES: Mapping[Scale, WayBack] = {
    "identity": WayBack(lambda x, _: x),
    "log": WayBack(lambda x, _: np.exp(x)),
    "logit": WayBack(lambda x, _: np.asarray(expit(x))),
    "arcsine": WayBack(lambda x, _: np.sin(x) ** 2, 0.0, np.pi / 2),
    "square-root": WayBack(lambda x, _: x**2, 0.0),
    "freeman-tukey": WayBack(inverse_freeman_tukey, size="n"),
    "freeman-tukey rate": WayBack(inverse_freeman_tukey_rate, size="time"),
}


def as_floats(name: str, values: Any) -> Floats:
    """Numbers of any shape as a new array.

    Raises:
        InvalidInputError: something else.
    """
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        found = values if isinstance(values, str) else type(values).__name__
        raise InvalidInputError(Issue(None, name, found, "must be numbers.")) from error


@answerable
def back_transform(measure: str, value: Any, *, n: Any = None) -> Floats:
    """Bring `value` from the scale of `measure` back to a ratio, a proportion, a rate or a difference.

    Args:
        measure: any measure.
        value: estimates or limits on the scale of ``yi``, any shape.
        n: for ``PFT`` the sample size, for ``IRFT`` the person-time (harmonic means for pooled values).

    Returns:
        exp for logs, the logistic function for logits, sin^2 for arcsines (limits outside [0, pi/2] are cut there),
        squares for roots, the exact inverse for Freeman-Tukey, and `value` itself on an identity scale. Values beyond
        the bounds of what is measured (a proportion above 1, a rate below 0) are cut there.

    Raises:
        InvalidInputError: ``PFT`` or ``IRFT`` without `n`.
        UnknownOptionError: an unknown measure.

    Example:
        >>> import tmsmeta as tm
        >>> [f"{risk:.3f}" for risk in tm.effects.back_transform("PLO", [-2.0, 0.0])]
        ['0.119', '0.500']
    """
    check_option("measure", measure, MEASURES)
    scale = SCALES[MEASURES[measure].scale]
    if scale.size and n is None:
        raise InvalidInputError(Issue(None, "n", None, f"the way back from {measure} needs the size or person-time."))
    there = scale.back(np.clip(as_floats("value", value), scale.low, scale.high), n)
    return np.asarray(np.clip(there, *MEASURES[measure].bounds))


def natural_columns(measure: str, estimate: Any, low: Any, high: Any, *, n: Any = None) -> dict[str, Floats]:
    """The columns that a table has beside estimates and limits on the scale of the analysis, back-transformed.

    Args:
        measure: any measure.
        estimate, low, high: on the scale of ``yi``, any shape.
        n: as in :func:`back_transform`; a Freeman-Tukey scale without it has no way back.

    Returns:
        ``ratio ratio_low ratio_high``, or ``proportion ...``, or ``rate ...``; nothing for what is only itself, such as
        a difference. A proportion or rate analysed on its own scale is there too, cut at the ends of the scale.
    """
    info = MEASURES[measure]
    if not info.natural_name or (SCALES[info.scale].size and n is None):
        return {}
    values = back_transform(measure, [estimate, low, high], n=n)
    return dict(zip((f"{info.natural_name}{end}" for end in ("", "_low", "_high")), values, strict=True))
