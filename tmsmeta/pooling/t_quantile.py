"""Quantiles of Student's t."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaincinv

from tmsmeta.effects.base import Floats


def t_quantile(df: Any, level: float) -> Floats:
    """The value that \\|t\\| with `df` degrees of freedom exceeds with probability 1 - `level`; shape of `df`.

    t^2 / (df + t^2) has a beta distribution. ``stdtrit`` of scipy 1.12 to 1.14 inverts with an error of up to 4e-8,
    ``betaincinv`` to rounding in these and later versions; of its two tails the smaller keeps its digits.
    """
    df = np.asarray(df, dtype=float)
    if level < 0.5:
        share = betaincinv(0.5, df / 2, level)
        return np.asarray(np.sqrt(df * share / (1 - share)))
    rest = betaincinv(df / 2, 0.5, 1 - level)
    return np.asarray(np.sqrt(df * (1 - rest) / rest))
