"""Every figure keeps the width of one and of two journal columns, whatever is drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import pairwise

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from unit.figures import network_cases, pairwise_cases, people_cases
from unit.figures.geometry import check_geometry, contrast, lightness, thin_lines, too_alike

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures import style
from tmsmeta.figures.room import DOUBLE, SINGLE, Width, paper_width

CASES: dict[str, Callable[[Width], Axes | Figure]] = {
    **network_cases.CASES,
    **pairwise_cases.CASES,
    **people_cases.CASES,
}
"""Figures at a width, by name."""


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("name", CASES)
def test_the_figure_keeps_its_width_and_can_be_read(name: str, width: Width) -> None:
    check_geometry(CASES[name](width), width)


FILES = ("save", "to_bytes", "to_svg", "inline_svg", "caption")


@pytest.mark.parametrize("name", [name for name in figures.__all__ if name not in FILES])
def test_every_figure_is_held_against_the_rules(name: str) -> None:
    assert any(
        f"figures.{name}(" in inspect.getsource(cases) for cases in (network_cases, pairwise_cases, people_cases)
    )


def test_widths_are_columns_or_inches() -> None:
    assert [paper_width(w, 4.0) for w in (None, "single", "double", 5)] == [4.0, SINGLE, DOUBLE, 5.0]
    for wrong in ("triple", 0.5, True, "5", float("nan")):
        with pytest.raises(
            tm.InvalidInputError, match="'single' \\(85 mm\\), 'double' \\(170 mm\\) or a number of inches"
        ):
            paper_width(wrong, 4.0)  # type: ignore[arg-type]


def test_the_rules_find_what_breaks_them() -> None:
    figure = Figure(figsize=(SINGLE, 2.0), layout="constrained")
    ax = figure.add_subplot()
    ax.set(xticks=[0, 1], yticks=[0, 1])
    ax.plot([0, 1], [0, 1], lw=0.3)
    assert len(thin_lines(figure)) == 1
    ax.lines[0].set_linewidth(0.5)
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "two")
    with pytest.raises(AssertionError):
        check_geometry(figure, "single")
    ax.texts[1].remove()
    check_geometry(figure, "single")
    with pytest.raises(AssertionError):
        check_geometry(figure, "double")
    assert (round(lightness("white")), round(lightness("black"))) == (100, 0)
    assert contrast("black") == pytest.approx(21)


MEANT = {name: getattr(style, name) for name in ("BLUE", "GREEN", "RED", "ORANGE", "SKY", "PURPLE", "OCHRE", "INK")}


@pytest.mark.parametrize("name", MEANT)
def test_colours_that_carry_meaning_stand_out_from_white(name: str) -> None:
    assert contrast(MEANT[name]) >= 3.0


@pytest.mark.parametrize("colour", [style.INK, style.MUTED])
def test_colours_of_text_can_be_read(colour: str) -> None:
    assert contrast(colour) >= 4.5


def test_a_dark_and_a_light_colour_differ_in_grey() -> None:
    dark, light = (style.BLUE, style.GREEN, style.RED), (style.ORANGE, style.SKY, style.PURPLE, style.OCHRE)
    assert [(a, b) for a in dark for b in light if too_alike([a, b])] == []
    assert [pair for pair in pairwise(s.colour for s in style.SERIES) if too_alike(list(pair))] == []
    assert len({s.line for s in style.SERIES}) == len({s.marker for s in style.SERIES}) == len(style.SERIES)
    assert too_alike([style.DIVERGING[0], style.DIVERGING[-1]]) == []
