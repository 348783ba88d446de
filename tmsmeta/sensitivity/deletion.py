"""Leave-one-out and cumulative meta-analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.checks import columns
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PoolingSpec
from tmsmeta.regression.spec import pooling_spec
from tmsmeta.sensitivity.refits import Refits, estimable_rows, refit_each

if TYPE_CHECKING:
    import pandas as pd


def leave_one_out(effects: EffectSizes, *, profile: PoolingSpec | None = None, **spec: Any) -> pd.DataFrame:
    """Pool k times, each time without one study.

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        profile: a complete spec; it replaces all other choices.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        One row per study left out (``study``), with what the others give: ``study estimate se ci_low ci_high tau2 q
        i2 p_value k note``. Scales are those of :func:`~tmsmeta.pool`; i2 in percent. NaN where a number is not
        assessable; ``note`` says why.

    Raises:
        InvalidInputError: if no study has an estimate.
        UnknownOptionError: an option outside its list.

    References:
        Viechtbauer & Cheung, Res Synth Methods 2010;1:112.
    """
    kept = estimable_rows(effects)
    choices = pooling_spec(profile, spec)
    return _frame(kept, refit_each(kept, choices, ~np.eye(kept.k, dtype=bool)))


def cumulative(
    effects: EffectSizes, order: Any = None, *, profile: PoolingSpec | None = None, **spec: Any
) -> pd.DataFrame:
    """Pool the first study, the first two, and so on.

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        order: values to sort the studies by, in ascending order, such as years; shape (k,), aligned with `effects`.
            Ties keep the order given. ``None``: the order given.
        profile, **spec: as in :func:`leave_one_out`.

    Returns:
        One row per study added (``study``), with what it and those before it give; columns as in
        :func:`leave_one_out`. The first row is the first study by itself.

    Raises:
        InvalidInputError: if no study has an estimate, or `order` is missing for a study.
        UnknownOptionError: an option outside its list.

    References:
        Lau et al., N Engl J Med 1992;327:248.
    """
    choices = pooling_spec(profile, spec)
    if order is not None:
        effects = effects.subset(_sorted(effects, order))
    kept = estimable_rows(effects)
    return _frame(kept, refit_each(kept, choices, np.tri(kept.k, dtype=bool)))


def _sorted(effects: EffectSizes, order: Any) -> np.ndarray[Any, np.dtype[np.intp]]:
    values = columns({"order": order})["order"]
    if len(values) != effects.k:
        message = f"must hold one value per row of `effects`, that is {effects.k}."
        raise InvalidInputError(Issue(None, "order", len(values), message))
    missing = [
        Issue(f"row {i + 1} ({effects.study[i]})", "order", None, "must not be missing.")
        for i in np.flatnonzero(np.isnan(values))
    ]
    if missing:
        raise InvalidInputError(missing)
    return values.argsort(kind="stable")


def _frame(effects: EffectSizes, found: Refits) -> pd.DataFrame:
    import pandas as pd

    names = ("estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2", "p_value", "k")
    text = pd.StringDtype(na_value=np.nan)  # what pandas takes for texts; said, it need not look
    study, note = (pd.array(np.array(texts, dtype=object), dtype=text) for texts in (effects.study, found.note))
    columns = {"study": study, **{name: getattr(found, name) for name in names}, "note": note}
    return pd.DataFrame(columns, index=pd.RangeIndex(effects.k), copy=False)
