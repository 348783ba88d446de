"""Leave-one-out and cumulative meta-analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.checks import place
from tmsmeta.effects.dates import as_numbers, unit_of
from tmsmeta.effects.pairing import row_values
from tmsmeta.effects.transform import natural_columns
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import estimable_rows
from tmsmeta.pooling.spec import PoolingSpec, Profile, pooling_spec
from tmsmeta.robustness.sensitivity.subsets import Masks, refit_each
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd


@answerable
def leave_one_out(effects: EffectSizes, *, profile: Profile | None = None, **spec: Any) -> pd.DataFrame:
    """Pool k times, each time without one study.

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        One row per study left out (``study``), with what the others give: ``study estimate se ci_low ci_high tau2 q
        i2 p_value k note``. Scales are those of :func:`~tmsmeta.pool`; i2 in percent. Ratios also as ``ratio ratio_low
        ratio_high``, proportions and rates on another scale likewise as ``proportion`` or ``rate``. NaN
        where a number is not assessable; ``note`` says why.

    Raises:
        InvalidInputError: if no study has an estimate.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> table = tm.leave_one_out(trials, tau2="FE", ci="z")
        >>> print(table[["study", "estimate", "ci_low", "ci_high", "k"]].round(2).to_string(index=False))
        study  estimate  ci_low  ci_high  k
            A      0.40    0.19     0.62  3
            B      0.75    0.49     1.00  3
            C      0.47    0.27     0.67  3
            D      0.34    0.12     0.56  3

    References:
        Viechtbauer & Cheung, Res Synth Methods 2010;1:112.
    """
    choices = pooling_spec(profile, spec)
    kept = estimable_rows(effects, choices)
    return _frame(kept, choices, ~np.eye(kept.k, dtype=bool))


@answerable
def cumulative(effects: EffectSizes, order: Any = None, *, profile: Profile | None = None, **spec: Any) -> pd.DataFrame:
    """Pool the first study, the first two, and so on.

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        order: values to sort the studies by, in ascending order, one per row of `effects`. A mapping by study, or a
            Series or one-column table whose index or column ``study`` holds the study labels, is paired by these; a
            list, an array or a Series with a default or row index by position. Numbers, such as years; durations; or
            dates: ISO texts (``"2001-05-30"``, ``"2001-05"``), :class:`datetime.date` and :class:`datetime.datetime`,
            pandas or numpy dates. A date without a time zone counts as UTC. Ties keep the order given. ``None``: the
            order given.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        One row per study added (``study``), with what it and those before it give; columns as in
        :func:`leave_one_out`. The first row is the first study by itself.

    Raises:
        InvalidInputError: if no study has an estimate, or `order` is missing for a study, or neither numbers only nor
            dates only.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> table = tm.cumulative(trials, {"A": 2012, "B": 2019, "C": 2008, "D": 2015}, tau2="FE", ci="z")
        >>> print(table[["study", "estimate", "k"]].round(2).to_string(index=False))
        study  estimate  k
            C      0.50  1
            A      0.64  2
            D      0.75  3
            B      0.47  4

    References:
        Lau et al., N Engl J Med 1992;327:248.
    """
    choices = pooling_spec(profile, spec)
    if order is not None:
        effects = in_order(effects, order)
    kept = estimable_rows(effects, choices)
    return _frame(kept, choices, np.tri(kept.k, dtype=bool))


def in_order(effects: EffectSizes, order: Any) -> EffectSizes:
    """The rows of `effects` in ascending order of `order`, as :func:`cumulative` takes it; ties keep their order."""
    values = row_values("order", order, effects)
    keys = _sort_keys(values)
    wrong = np.flatnonzero(keys.isna()).tolist()
    if wrong:
        message = "must hold numbers only, or dates only: ISO texts such as '2001-05-30', or date objects."
        raise InvalidInputError([Issue(place(i + 1, effects.study), "order", values[i], message) for i in wrong])
    return effects.subset(np.asarray(keys.argsort(kind="stable"), dtype=np.intp))


def _sort_keys(values: Sequence[Any]) -> pd.Series[Any]:
    """Numbers, or dates or durations where no value is a number; missing where a value is not of that kind."""
    import pandas as pd

    numbers = pd.Series([_as_number(value) for value in values])
    if not numbers.isna().any() or any(isinstance(value, Real) for value in values):
        return numbers
    given = pd.Series(values, dtype=object)
    return as_numbers(given, unit_of(given) or "years")


def _as_number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def _frame(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> pd.DataFrame:
    import pandas as pd

    found = refit_each(effects, spec, masks)
    names = ("estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2", "p_value", "k")
    texts = pd.array(np.array([*effects.study.tolist(), *found.note], dtype=object), dtype=_labels(names).dtype)
    columns = {"study": texts[: effects.k], **{name: getattr(found, name) for name in names}}
    # the size of the way back is the harmonic mean over the studies of the row
    size = None if effects.sizes is None else found.k / (masks @ (1 / effects.sizes))
    columns |= natural_columns(effects.measure, found.estimate, found.ci_low, found.ci_high, n=size)
    columns["note"] = texts[effects.k :]
    frame = pd.DataFrame(dict(enumerate(columns.values())), index=pd.RangeIndex(effects.k), copy=False)
    frame.columns = _labels(tuple(columns)).copy()
    return frame


@cache
def _labels(names: tuple[str, ...]) -> Any:
    """Texts as pandas keeps them, which takes long to make and look at."""
    import pandas as pd

    return pd.Index(names)
