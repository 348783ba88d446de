"""Inverse-variance pooling: the spec that asks, the result that answers, and the fit between them."""

from tmsmeta.pooling.fit import estimable_rows, hartung_knapp_factor, pool, pool_by, quantile
from tmsmeta.pooling.result import PooledEffect
from tmsmeta.pooling.spec import CHOICES, INTERVALS, PREDICTIONS, Interval, PoolingSpec, Prediction

__all__ = [
    "CHOICES",
    "INTERVALS",
    "PREDICTIONS",
    "Interval",
    "PooledEffect",
    "PoolingSpec",
    "Prediction",
    "estimable_rows",
    "hartung_knapp_factor",
    "pool",
    "pool_by",
    "quantile",
]
