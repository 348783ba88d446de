"""Figures that show themselves at the end of a notebook cell, and say in words what they show."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from tmsmeta.errors import OutputError, check_kind
from tmsmeta.words.glossary import in_print

_NAMES = {
    "forest": "Forest plot",
    "forest_pages": "Forest plot",
    "claim_pages": "Claim panel",
    "gosh_plot": "GOSH plot",
    "findings_table": "Summary of findings",
    "prisma_flow": "PRISMA 2020 flow diagram",
    "labbe_plot": "L'Abbé plot",
    "doi_plot": "Doi plot",
    "sunset_plot": "Sunset funnel plot",
    "hasse": "Hasse diagram",
    "league_heat": "League table",
    "rank_effect": "Ranks and effects",
    "rank_heat": "Ranks on several outcomes",
    "two_outcomes": "Treatments on two outcomes",
    "not_assessable_panel": "Not assessable",
    "patient_summary": "Summary for patients",
}


class About(NamedTuple):
    """What a figure shows, in words: a title, and a description that states the result."""

    title: str
    description: str

    @property
    def alt(self) -> str:
        """Both in one text, for readers who do not see the picture."""
        return f"{self.title}. {self.description}" if self.description else f"{self.title}."


def about(draw: Callable[..., Any], given: dict[str, Any]) -> About:
    """Title and description of what `draw` makes of the arguments `given`."""
    name = draw.__name__.replace("_pages", "_forest") if draw.__name__ not in _NAMES else draw.__name__
    usual = _NAMES.get(name, name.replace("_", " ").capitalize())
    return About(str(given.get("title") or usual), _result_in_words(next(iter(given.values()), None)))


def _result_in_words(result: Any) -> str:
    """What came out, as a result says it itself, or each of several by name; empty for tables and lists."""
    if isinstance(result, Mapping):
        return " ".join(f"{key}: {said}" for key, value in result.items() if (said := _result_in_words(value)))
    for name in ("result_sentence", "in_short"):
        if hasattr(result, name):
            return in_print(str(getattr(result, name)()))
    return ""


class _Shown:
    """The views that notebooks ask for; none of them needs pyplot."""

    def _repr_png_(self) -> bytes:
        buffer, figure = io.BytesIO(), figure_of(cast("Axes | Figure", self))
        with matplotlib.rc_context(cast(Any, dict(getattr(figure, "settings", {})))):
            figure.savefig(buffer, format="png", dpi=_SCREEN)
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        drawn = cast("Axes | Figure", self)
        told, wide = about_of(drawn), figure_of(drawn).get_size_inches()[0]
        data = b64encode(self._repr_png_()).decode("ascii")
        image = f'<img src="data:image/png;base64,{data}" alt="{escape(told.alt)}" width="{wide * 96:.0f}"/>'
        return f'<figure title="{escape(told.title)}">{image}</figure>'


class PictureAxes(_Shown, Axes):
    """Axes that show their figure at the end of a notebook cell."""


class Picture(_Shown, Figure):
    """A figure that shows itself at the end of a notebook cell, and whose axes do.

    Attributes:
        about: what it shows, in words.
        settings: those of matplotlib under which it was drawn.
    """

    about = About("Figure", "")
    settings: Mapping[str, Any] = MappingProxyType({})

    def draw(self, renderer: Any) -> None:
        """As of matplotlib, with letters as wide as they were measured, whoever asks for the picture."""
        with matplotlib.rc_context({"text.hinting": self.settings.get("text.hinting", "none")}):
            super().draw(renderer)

    def add_subplot(self, *args: Any, **kwargs: Any) -> Axes:
        """As of matplotlib, with axes that show themselves."""
        made: Axes = super().add_subplot(*args, **_with_class(kwargs))
        return made

    def add_axes(self, *args: Any, **kwargs: Any) -> Axes:
        """As of matplotlib, with axes that show themselves."""
        return super().add_axes(*args, **_with_class(kwargs))


_SCREEN = 192
"""Dots per inch on screens: two for each of theirs."""


def _with_class(kwargs: dict[str, Any]) -> dict[str, Any]:
    plain = not {"projection", "polar", "axes_class"} & set(kwargs)
    return kwargs | {"axes_class": PictureAxes} if plain else kwargs


def figure_of(drawn: Axes | Figure) -> Figure:
    """The figure of `drawn`, whether that is the figure itself, a part of it or an axes in it.

    Raises:
        InvalidInputError: something else.
        OutputError: an axes that belongs to no figure.
    """
    check_kind("figure", drawn, (Axes, FigureBase), "what a figure function gave, or another figure of matplotlib")
    if isinstance(drawn, Figure):
        return drawn
    figure = drawn.figure
    if figure is None:
        raise OutputError("The axes belongs to no figure, so there is nothing to write.")
    return figure.figure  # of a part of a figure the whole; get_figure(root=True) needs matplotlib 3.10


def about_of(drawn: Axes | Figure) -> About:
    """What a figure shows, in words; only what is known of figures that are not ours."""
    figure = figure_of(drawn)
    return figure.about if isinstance(figure, Picture) else Picture.about
