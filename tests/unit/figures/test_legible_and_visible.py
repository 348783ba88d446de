"""Bounds of figures: text that is too small to read is refused, and a pooled interval is not cut away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from figure_helpers import named, outside, overlapping, texts
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.text_extent import width, wrap

SMALLEST = 4.0
"""Points; the cells of tables, whose names have 4.5."""
COMFORT = 5.0
"""Points that the numbers of a figure have which chooses its own size."""


def network_of(count: int) -> tm.NetworkMeta:
    names = [f"Treatment {i}" for i in range(count)]
    rng = np.random.default_rng(count)
    rows = [
        (f"trial {i} {other}", name, int(rng.integers(5, 40)), 60)
        for i in range(1, count)
        for other in {0, max(i - 2, 0)}
        for name in (names[i], names[other])
    ]
    frame = pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])
    return tm.network(frame, measure="OR", reference=names[0], better="higher")


@pytest.fixture(scope="module")
def small() -> tm.NetworkMeta:
    return network_of(5)


DRAWN: dict[str, Callable[[tm.NetworkMeta, Axes], Axes]] = {
    "league": lambda net, ax: figures.league_heat(tm.league_table(net), ax=ax),
    "contributions": lambda net, ax: figures.contribution_map(tm.contributions(net), ax=ax),
    "net heat": lambda net, ax: figures.net_heat_map(tm.net_heat(net), ax=ax),
    "hasse": lambda net, ax: figures.hasse(tm.networks.partial_order({"a": net, "b": net.refit(tau2="FE")}), ax=ax),
    "network forest": lambda net, ax: figures.network_forest(net, ax=ax),
    "rank and effect": lambda net, ax: figures.rank_effect(tm.rank(net), ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_place_too_small_for_legible_text_is_refused(name: str, small: tm.NetworkMeta) -> None:
    """The place shrinks until the figure is refused; the last one that was drawn can still be read."""
    sizes: list[float] = []
    refused = ""
    for inches in np.arange(9.0, 1.0, -0.25):
        figure = Figure(figsize=(inches, inches))
        try:
            drawn = DRAWN[name](small, figure.add_axes((0.0, 0.0, 1.0, 1.0)))
        except tm.InvalidInputError as error:
            refused = str(error)
            break
        sizes = [t.get_fontsize() for t in texts(drawn)]
    assert "must be at least" in refused
    assert min(sizes) >= SMALLEST


def test_a_large_table_grows_instead_of_shrinking_its_numbers() -> None:
    net = network_of(26)
    drawn = figures.league_heat(tm.league_table(net))
    assert min(t.get_fontsize() for t in texts(drawn)) >= COMFORT


@pytest.mark.parametrize("prediction", [True, False])
def test_the_pooled_interval_is_visible_where_it_goes_beyond_all_studies(prediction: bool) -> None:
    """Three precise studies that differ: the interval of their mean (t with 2 df) is wider than all of them."""
    effects = tm.effects.generic([-1.0, 0.0, 1.0], se=[0.01, 0.01, 0.01], measure="MD")
    result = tm.pool(effects)
    assert isinstance(result.ci, tuple)
    assert result.ci[1] - 1.0 > 0.6  # of a spread of 2, beyond every study
    axes = figures.forest(result, prediction=prediction)
    low, high = axes.get_xlim()
    assert low <= result.ci[0] < result.ci[1] <= high
    (diamond,) = named(axes, "diamond")
    ends = diamond.get_xy()[:, 0]
    assert [ends.min(), ends.max()] == pytest.approx(result.ci)


@pytest.mark.parametrize(
    "text", ["Q 62.69 (df 5), p = 0.788", "Favours control →", "I² = 86.4%", "← Favours sham", "t = −3.07"]
)
@pytest.mark.parametrize("limit", [0.3, 0.5, 0.7, 0.9, 1.2])
def test_lines_do_not_break_between_a_sign_and_what_it_belongs_to(text: str, limit: float) -> None:
    """Labels ended in an arrow alone, and "p" stood on another line than "= 0.788"."""
    lines = wrap(text, 7.0, limit).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    if limit >= 0.7:  # where the pieces that belong together fit
        assert not [line for line in lines if line.strip() in ("→", "←", "Q", "p", "I²", "t")]
        assert not [line for line in lines if line.startswith(("=", "→")) or line.endswith(("=", "←"))]


@pytest.mark.parametrize("layout", ["tmsmeta", "revman", "bmj", "jama"])
@pytest.mark.parametrize("k", [1, 2, 12, 80])
def test_no_text_of_a_forest_overlaps_or_leaves_the_figure(layout: str, k: int) -> None:
    rng = np.random.default_rng(k)
    n = rng.integers(10, 200, (k, 2))
    events = rng.binomial(n, [0.4, 0.2])
    names = [f"Trial {i} of a group with a long name, {1980 + i}" for i in range(k)]
    effects = tm.effects.binary("RR", events[:, 0], n[:, 0], events[:, 1], n[:, 1], study=names)
    drawn = figures.forest(tm.pool(effects), layout=layout, better="lower")
    assert overlapping(drawn) == []
    assert outside(drawn) == []
    assert min(t.get_fontsize() for t in texts(drawn)) >= 7.0


def test_a_word_too_wide_for_its_place_breaks_after_its_hyphen() -> None:
    limit = width("theta-burst-s", 7.0)
    assert wrap("theta-burst-stimulation", 7.0, limit) == "theta-burst-\nstimulation"
    assert wrap("on/off", 7.0, width("on/o", 7.0)) == "on/\noff"
    assert wrap("Électroconvulsivothérapie", 7.0, limit).count("\n") >= 1
