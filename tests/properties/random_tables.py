"""Random tables of every measure, drawn by the family that the package's table of measures gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from tmsmeta import effects
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import NotAssessable

Columns = tuple[list[Any], ...]
CONTRASTS = [name for name, measure in MEASURES.items() if measure.contrast]

_whole = st.integers(1, 80)
_arm = _whole.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
_rate = st.tuples(st.integers(0, 60), st.integers(1, 4000).map(lambda days: days / 4))
_mean = st.tuples(st.integers(1, 400), st.integers(1, 200), st.integers(2, 90)).map(
    lambda m: (m[0] / 8, m[1] / 8, m[2])
)
_given = st.tuples(st.integers(-300, 300), st.integers(-400, 100)).map(lambda g: (g[0] / 100, 10 ** (g[1] / 100)))
_CELLS: Mapping[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "binary": st.tuples(_arm, _arm).map(lambda arms: arms[0] + arms[1]),
    "proportion": _arm,
    "rate": _rate,
    "rate ratio": st.tuples(_rate, _rate).map(lambda arms: arms[0] + arms[1]),
    "continuous": st.tuples(_mean, _mean).map(lambda arms: arms[0] + arms[1]),
    "given": _given,
}
_MAKERS: Mapping[str, Callable[..., effects.EffectSizes]] = {
    "binary": effects.binary,
    "proportion": effects.proportion,
    "rate": effects.rate,
    "rate ratio": effects.rate_ratio,
    "continuous": effects.continuous,
}


def columns(measure: str, least: int = 1, most: int = 9) -> st.SearchStrategy[Columns]:
    """Columns of the cells that the measure is made of, one row per study."""
    rows = st.lists(_CELLS[MEASURES[measure].family], min_size=least, max_size=most)
    return rows.map(lambda table: tuple(list(column) for column in zip(*table, strict=True)))


def made(measure: str, cells: Columns) -> effects.EffectSizes:
    """The effects of such columns; studies are s0, s1 ..."""
    study = [f"s{i}" for i in range(len(cells[0]))]
    if MEASURES[measure].family == "given":
        return effects.generic(cells[0], vi=cells[1], measure=measure, study=study)
    return _MAKERS[MEASURES[measure].family](measure, *cells, study=study)


def swapped(measure: str, cells: Columns) -> Columns:
    """The same studies with treated and comparator exchanged."""
    if MEASURES[measure].family == "given":
        return [-y for y in cells[0]], cells[1]
    half = len(cells) // 2
    return cells[half:] + cells[:half]


class Turned(NamedTuple):
    """Numbers of an answer: those that change sign with the effects, and those that do not."""

    odd: tuple[Any, ...]
    even: tuple[Any, ...]


def plain(value: Any) -> np.ndarray:
    """Numbers as an array, with infinity-free NaN where there is none and a reason stands instead."""
    if isinstance(value, NotAssessable) or value is None:
        return np.array(np.nan)
    if isinstance(value, tuple | list):
        return np.array([plain(v) for v in value], dtype=float)
    return np.asarray(value, dtype=float)


def agree(found: Turned, wanted: Turned, sign: int, rtol: float, size: float) -> None:
    """Assert that two answers are the same but for the sign of what turns; `size` is the scale of the effects."""
    for one, other in zip(found.odd, wanted.odd, strict=True):
        np.testing.assert_allclose(plain(one), sign * plain(other), rtol=rtol, atol=rtol * size)
    for one, other in zip(found.even, wanted.even, strict=True):
        np.testing.assert_allclose(plain(one), plain(other), rtol=rtol, atol=rtol * size)
