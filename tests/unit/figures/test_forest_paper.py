"""Forest plots on paper: the width asked for, pages of A4, and numbers below each other by their decimal points."""

from __future__ import annotations

import re
from pathlib import Path

import figure_helpers as helpers
import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from unit.figures.geometry import check_geometry, hidden_lines

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.errors import FigureWarning
from tmsmeta.figures.room import DOUBLE, TALLEST
from tmsmeta.figures.style import settings
from tmsmeta.figures.table_plot.aligned import Aligned, pieces
from tmsmeta.figures.text_extent import width


def pooled(k: int) -> tm.PooledEffect:
    """Trials, every third with a long name, one of them without events."""
    rng = np.random.default_rng(k)
    n = rng.integers(10, 200, (k, 2))
    events = rng.binomial(n, [0.4, 0.2])
    events[2:3] = 0
    names = [f"Trial {i} of a group with a long name, {1980 + i}" if i % 3 == 0 else f"Name {i}" for i in range(k)]
    return tm.pool(tm.effects.binary("RR", events[:, 0], n[:, 0], events[:, 1], n[:, 1], study=names))


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("layout", ["tmsmeta", "revman", "bmj", "jama"])
@pytest.mark.parametrize("k", [1, 2, 12])
def test_every_layout_keeps_the_width(k: int, layout: str, width: str) -> None:
    result = pooled(k)
    check_geometry(figures.forest(result, layout=layout, better="lower", width=width), width)  # type: ignore[arg-type]


def test_what_narrow_paper_has_no_room_for_is_named() -> None:
    more = {"Dose": [f"{i} mg" for i in range(12)]}
    text = helpers.written(figures.forest(pooled(12), extra_columns=more, width="single")).replace("\n", " ")
    assert "Left out at this width: Dose, weights and arms." in text
    wide = helpers.written(figures.forest(pooled(12), extra_columns=more, width=12.0))
    assert "Left out" not in wide
    with pytest.raises(tm.InvalidInputError, match=r"at least 3\.\d inches.*shorter names or a wider figure"):
        figures.forest(pooled(12), width=2.2)


@pytest.mark.parametrize("width", ["single", "double"])
def test_eighty_trials_come_on_pages(width: str, tmp_path: Path) -> None:
    result = pooled(80)
    with pytest.warns(FigureWarning, match=r"more than the 247 mm .*forest_pages"):
        figures.forest(result, width=width)  # type: ignore[arg-type]
    pages = figures.forest_pages(result, width=width, better="lower", title="Response")  # type: ignore[arg-type]
    assert len(pages) > 1
    for page in pages:
        check_geometry(page, width)  # type: ignore[arg-type]
        assert helpers.figure_of(page).get_size_inches()[1] <= TALLEST
        assert page.get_xlim() == pages[0].get_xlim()
    names = [name.replace("\n", " ") for page in pages for name in helpers.cells(page, "study")]
    assert names[:80] == [name.replace("\n", " ") for name in result.effects.study]
    assert "page 1 of" in helpers.written(pages[0])
    written = figures.save(pages, tmp_path / "forest", ("svg",))
    assert [path.name for path in written] == [f"forest-{i}.svg" for i in range(1, len(pages) + 1)]


def _analyses(effects: tm.EffectSizes) -> dict[str, tm.PooledEffect]:
    return {f"Without trial {i}": tm.pool(effects.subset(np.arange(i, effects.k)), ci="z") for i in range(70)}


SERIES = {
    "leave one out": lambda e, **k: figures.leave_one_out_pages(tm.leave_one_out(e), tm.pool(e), **k),
    "cumulative": lambda e, **k: figures.cumulative_pages(tm.cumulative(e), tm.pool(e), **k),
    "sensitivity": lambda e, **k: figures.sensitivity_pages(_analyses(e), **k),
}


@pytest.mark.parametrize("name", SERIES)
def test_forests_of_eighty_lines_come_on_pages_too(name: str) -> None:
    """Their rows had to be drawn in parts."""
    drawn = SERIES[name](pooled(80).effects, width="single", better="lower")
    assert len(drawn) > 1
    for page in drawn:
        check_geometry(page, "single")
        assert helpers.figure_of(page).get_size_inches()[1] <= TALLEST
        assert page.get_xlim() == drawn[0].get_xlim()
    rows = [cell for page in drawn for cell in helpers.cells(page, "study")]
    assert len(rows) == {"leave one out": 81, "cumulative": 80, "sensitivity": 70}[name]


def test_forests_that_are_too_high_name_what_draws_pages() -> None:
    effects = pooled(80).effects
    with pytest.warns(FigureWarning) as told:
        figures.cumulative_forest(tm.cumulative(effects), tm.pool(effects), width="double")
    named = re.findall(r"\w+_pages", str(told[0].message))
    assert set(named) == {name for name in figures.__all__ if name.endswith("_pages")} - {"claim_pages"}


def test_a_row_that_is_higher_than_a_page_is_refused() -> None:
    with pytest.raises(tm.InvalidInputError, match=r"a row of \d+ mm, higher than a page \(247 mm of text\)"):
        figures.sensitivity_pages({"word " * 2000: pooled(3)})


def test_a_few_trials_are_one_page() -> None:
    (page,) = figures.forest_pages(pooled(12))
    assert "page" not in helpers.written(page)


def _points(axes: Axes, gid: str) -> list[float]:
    """Place of the decimal point of each number of a sub-column, in points."""
    helpers.figure_of(axes).draw_without_rendering()
    found = []
    for text in (t for t in axes.texts if t.get_gid() == gid and t.get_fontweight() == "normal"):
        box, shown = text.get_window_extent(), text.get_text().rstrip(")")
        share = (shown.index(".") + 0.5) / len(text.get_text())
        found.append((box.x0 + share * box.width) * 72 / helpers.figure_of(axes).dpi)
    return found


@pytest.mark.parametrize("layout", ["tmsmeta", "revman", "bmj", "jama"])
def test_estimates_and_limits_stand_by_their_decimal_points(layout: str) -> None:
    effects = tm.effects.generic([-0.075, -1.25, 12.5], se=[0.017857, 0.5, 4.0], measure="MD", study=list("abc"))
    axes = figures.forest(tm.pool(effects), layout=layout)
    assert "(−0.110 to −0.040)" in helpers.cells(axes, "effect")[0]
    for gid in ("cell effect", "cell effect 2", "cell effect 4"):
        places = _points(axes, gid)
        assert len(places) >= 3
        assert np.ptp(places) < 4.0  # a letter; numbers set to the left or right differ by 10 and more


def test_bounds_end_with_their_column_and_set_no_other_numbers_apart() -> None:
    usual = [("1.94 (0.97 to 3.87)", "normal"), ("0.50 (0.41 to 0.61)", "normal")]
    far = ("9.70 (<0.01 to >1000)", "normal")
    plain, with_bounds = Aligned.of(usual, 7.0), Aligned.of([*usual, far], 7.0)
    letter = width("0", 7.0)
    assert with_bounds.width < plain.width + 4 * letter  # below each other by their points: nearly six
    right = [place + width(piece, 7.0) for _, place, piece in with_bounds.places(*far[:1], 7.0, "normal")]
    assert right == pytest.approx(list(with_bounds.ends))
    alone = Aligned.of([far], 7.0)
    assert alone.places(far[0], 7.0, "normal")[0][1] == pytest.approx(0.0)


def test_words_and_numbers_are_told_apart() -> None:
    assert pieces("0.50 (0.41 to 0.61)") == ("0.50", "(0.41", "to", "0.61)")
    assert pieces("(1.2 to >1000)") == ("", "(1.2", "to", ">1000)")
    assert pieces("12.3 (4.5)") == ("12.3", "(4.5)")
    assert pieces("1,304") == ("1,304",)
    assert pieces("545/1,304") == ("545/1,304",)
    assert pieces("not estimable") == pieces("0.50 (no interval)") == ()


def test_the_check_finds_a_square_over_the_line() -> None:
    axes = figures.forest(tm.pool(tm.effects.generic([-0.69, -0.7], se=[0.1, 0.1], measure="OR", study=list("ab"))))
    assert hidden_lines(axes) == []
    (squares,) = helpers.named(axes, "squares")
    squares.set_sizes([90_000.0, 90_000.0])  # type: ignore[attr-defined]
    assert len(hidden_lines(axes)) == 2


def test_small_text_is_as_wide_on_a_screen_as_in_print() -> None:
    """Hinting to whole pixels made a line of 7 points 6% longer at 110 dots per inch: notes were cut."""
    widths = []
    for dpi in (100, 1200):
        with matplotlib.rc_context(dict(settings())):  # type: ignore[arg-type]
            figure = Figure(figsize=(8, 1), dpi=dpi)
            text = figure.text(0, 0, "random effects, inverse variance, restricted maximum likelihood", fontsize=7)
            widths.append(text.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / dpi)
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


@pytest.mark.parametrize("layout", ["tmsmeta", "bmj", "jama"])
def test_a_usual_forest_takes_two_columns_without_being_asked(layout: str) -> None:
    assert helpers.figure_of(figures.forest(pooled(12), layout=layout)).get_size_inches()[0] <= DOUBLE + 1e-9
