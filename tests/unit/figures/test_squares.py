"""Squares of forest plots: small enough that every interval and every line can be seen."""

from __future__ import annotations

import figure_helpers as helpers
import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.typing import NDArray

import tmsmeta as tm
from tmsmeta.figures import forest


def _effects(k: int, spread: float = 0.3) -> tm.EffectSizes:
    """`k` studies around an odds ratio of 0.5; every third is as precise as a registry."""
    rng = np.random.default_rng(k)
    se = np.where(np.arange(k) % 3 == 0, 0.1, rng.uniform(0.2, 0.9, k))
    return tm.effects.generic(
        np.log(0.5) + rng.normal(0, spread, k), se=se, measure="OR", study=[f"S{i}" for i in range(k)]
    )


def _boxes(axes: Axes) -> NDArray[np.float64]:
    """Left end, right end and side of each square on paper, in points."""
    helpers.figure_of(axes).draw_without_rendering()
    (squares,) = helpers.named(axes, "squares")
    sides = np.sqrt(np.asarray(squares.get_sizes()))  # type: ignore[attr-defined]
    middles = axes.transData.transform(np.asarray(squares.get_offsets()))[:, 0]  # type: ignore[attr-defined]
    middles = middles * 72 / helpers.figure_of(axes).dpi
    return np.column_stack([middles - sides / 2, middles + sides / 2, sides])


def _on_paper(axes: Axes, x: float) -> float:
    return float(axes.transData.transform((x, 0.0))[0]) * 72 / helpers.figure_of(axes).dpi


@pytest.mark.parametrize("k", [1, 2, 12, 80])
@pytest.mark.parametrize("size", [7.0, 8.0])
def test_no_square_crosses_the_line_of_no_effect_unless_its_interval_does(k: int, size: float) -> None:
    """The square of 0.50 (0.41 to 0.61) reached 1.4."""
    result = tm.pool(_effects(k))
    axes = forest(result, size=size)
    boxes, line = _boxes(axes), _on_paper(axes, 1.0)
    low, high = result.effects.yi - 1.96 * result.effects.se, result.effects.yi + 1.96 * result.effects.se
    crosses = (boxes[:, 0] < line) & (line < boxes[:, 1])
    assert not (crosses & ~((low < 0) & (high > 0))).any()


@pytest.mark.parametrize("k", [2, 12, 80])
def test_squares_take_less_than_half_a_row(k: int) -> None:
    axes = forest(tm.pool(_effects(k)))
    rows = [t.get_position()[1] for t in axes.texts if t.get_gid() == "cell study"][:2]
    height = abs(axes.transData.transform((1.0, rows[1]))[1] - axes.transData.transform((1.0, rows[0]))[1])
    assert _boxes(axes)[:, 2].max() <= 0.451 * height * 72 / helpers.figure_of(axes).dpi


def test_an_interval_inside_its_square_is_drawn_in_white_from_limit_to_limit() -> None:
    effects = tm.effects.generic([0.5, -1.5, 1.8], se=[0.001, 0.5, 0.6], measure="MD", study=list("abc"))
    axes = forest(tm.pool(effects))
    (inner,) = helpers.named(axes, "inner whiskers")
    first = inner.get_segments()[0]  # type: ignore[attr-defined]
    np.testing.assert_allclose(first[:, 0], [0.5 - 1.959964 * 0.001, 0.5 + 1.959964 * 0.001], rtol=1e-6)
    assert inner.get_colors()[0].tolist() == [1.0, 1.0, 1.0, 1.0]  # type: ignore[attr-defined]
    (squares,) = helpers.named(axes, "squares")
    assert inner.get_zorder() > squares.get_zorder()  # type: ignore[attr-defined]


def test_a_square_at_the_edge_is_whole_and_an_estimate_beyond_it_is_an_arrow() -> None:
    effects = tm.effects.generic([0.0, 0.98, 2.0], se=[0.3, 0.3, 0.3], measure="MD", study=list("abc"))
    axes = forest(tm.pool(effects), xlim=(-1.0, 1.0))
    (squares,) = helpers.named(axes, "squares")
    assert len(squares.get_offsets()) == 2  # type: ignore[attr-defined]
    assert not squares.get_clip_on()  # type: ignore[attr-defined]
    (arrows,) = helpers.named(axes, "clipped high")
    assert {float(y) for _, y in arrows.get_offsets()} >= {1.5, 2.5}  # type: ignore[attr-defined]


def test_a_precise_study_beside_no_effect_shrinks_and_the_others_stay_in_sight() -> None:
    effects = tm.effects.generic(
        [-0.004, -0.7, -0.3, -0.9], se=[0.001, 0.3, 0.4, 0.3], measure="OR", study=list("abcd")
    )
    axes = forest(tm.pool(effects, tau2="FE"), xlim=(0.2, 2.0))
    boxes = _boxes(axes)
    assert boxes[0, 1] <= _on_paper(axes, 1.0)
