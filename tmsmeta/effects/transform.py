"""From the scale of the analysis back to the scale a reader knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from tmsmeta.effects.base import MEASURES, Floats
from tmsmeta.errors import InvalidInputError, Issue, check_option


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
    result: Floats = np.where(t <= t_zero, 0.0, np.where(t >= t_all, 1.0, p))
    return result


def inverse_freeman_tukey_rate(value: Any, time: Any) -> Floats:
    """Rate whose Freeman-Tukey transform is `value` for person-time `time`; values below that of 0 events give 0.

    Solves y = (sqrt(r) + sqrt(r + 1/t)) / 2 for r, which gives r = (y - 1 / (4 t y))^2 with y above 1 / (2 sqrt t).
    """
    y, t = np.asarray(value, dtype=float), np.asarray(time, dtype=float)
    at_zero = 1 / (2 * np.sqrt(t))
    safe = np.maximum(y, at_zero)
    result: Floats = (safe - 1 / (4 * t * safe)) ** 2
    return result


def back_transform(measure: str, value: Any, *, n: Any = None) -> Floats:
    """Bring `value` from the scale of `measure` back to a ratio, a proportion, a rate or a difference.

    Args:
        measure: any measure.
        value: estimates or limits on the scale of ``yi``, any shape.
        n: for ``PFT`` the sample size, for ``IRFT`` the person-time (harmonic means for pooled values).

    Returns:
        exp for logs, the logistic function for logits, sin^2 for arcsines (limits outside [0, pi/2] are cut there),
        squares for roots, the exact inverse for Freeman-Tukey, and `value` itself on an identity scale.

    Raises:
        InvalidInputError: ``PFT`` or ``IRFT`` without `n`.
        UnknownOptionError: an unknown measure.
    """
    check_option("measure", measure, list(MEASURES))
    x = np.asarray(value, dtype=float)
    scale = MEASURES[measure].scale
    if scale in ("freeman-tukey", "freeman-tukey rate") and n is None:
        raise InvalidInputError(Issue(None, "n", None, f"the way back from {measure} needs the size or person-time."))
    result: Floats
    match scale:
        case "log":
            result = np.exp(x)
        case "logit":
            result = expit(x)
        case "arcsine":
            result = np.sin(np.clip(x, 0.0, np.pi / 2)) ** 2
        case "square-root":
            result = np.maximum(x, 0.0) ** 2
        case "freeman-tukey":
            result = inverse_freeman_tukey(x, n)
        case "freeman-tukey rate":
            result = inverse_freeman_tukey_rate(x, n)
        case _:
            result = x
    return result
