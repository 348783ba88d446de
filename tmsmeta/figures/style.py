"""How every figure looks: fonts, sizes, colours. Global matplotlib settings are neither read nor changed.

Colours are dark (L* to 36) or light (L* from 56), so that a pair of one dark and one light differs by 20 in lightness,
which a grey print and readers with red-green or blue-yellow blindness keep; all that carry meaning have a contrast of
3:1 on white. Where several series share a plot, line style and marker differ too.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from tmsmeta.errors import FigureWarning
from tmsmeta.figures.accepts import check_arguments
from tmsmeta.figures.fonts import FONT, found_for, missing_from
from tmsmeta.figures.picture import Picture, about, figure_of
from tmsmeta.figures.room import DOUBLE, SINGLE, SMALLEST_TEXT
from tmsmeta.words.arguments import answerable
from tmsmeta.words.signs import printable

P = ParamSpec("P")
R = TypeVar("R")

ONE_COLUMN, TWO_COLUMNS = SINGLE, DOUBLE
"""Widths of one and of two journal columns in inches."""
TEXT, SMALL = 8.0, SMALLEST_TEXT
"""Font sizes in points: body; axes, notes and labels in crowded places."""
RESOLUTION = 300
"""Dots per inch of saved PNG files."""

INK = "#1a1a1a"
MUTED = "#595959"
RULE = "#a6a6a6"
FAINT = "#dcdcdc"
STRIPE = "#f1f4f7"
PAPER = "#ffffff"
BLUE, GREEN, RED = "#0b4f8a", "#0e5f49", "#9b1f1f"
"""Dark colours: L* 33 to 36."""
ORANGE, SKY, PURPLE, OCHRE = "#d9730f", "#5b96c6", "#b673be", "#a98a14"
"""Light colours: L* 58 to 60."""
DASHES = (0, (4, 2))
"""Of a line that says where something would be: no effect, a limit, a cut-off."""


class Series(NamedTuple):
    """How one of several series in the same plot is drawn."""

    colour: str
    line: str | tuple[int, tuple[int, ...]]
    marker: str


SERIES = (
    Series(BLUE, "-", "o"),
    Series(ORANGE, "--", "s"),
    Series(INK, "-.", "^"),
    Series(PURPLE, ":", "D"),
    Series(GREEN, (0, (5, 1, 1, 1, 1, 1)), "v"),
    Series(SKY, (0, (3, 1)), "P"),
    Series(RED, (0, (1, 1)), "X"),
    Series(OCHRE, (0, (8, 2)), "h"),
)
"""Dark and light by turns: neighbours differ in lightness, all of them in line and marker."""
SEQUENTIAL = ("#ffffff", "#cfe1f0", "#8ab6da", "#3f82ba", BLUE, "#062f54")
DIVERGING = ("#c4741a", "#e2a35c", "#f3d3ad", "#fafafa", "#a9cbe6", "#3f82ba", "#083e6d")
"""The poles differ by 30 in lightness, so that a grey print tells them apart."""

_MACHINE = ("backend", "interactive", "toolbar", "timezone", "keymap.", "animation.", "webagg.", "tk.", "macosx.")
_SETTINGS: Mapping[str, Any] = {
    "font.family": FONT,
    "font.size": TEXT,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.titlesize": TEXT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "text.hinting": "none",  # letters moved to whole pixels make lines of small text longer than their room
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.size": 0.0,
    "ytick.minor.size": 0.0,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "patch.linewidth": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "figure.dpi": 120,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "tmsmeta",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "path.simplify": False,
}


@lru_cache(maxsize=1)
def settings() -> Mapping[str, Any]:
    """Every matplotlib setting that shapes a picture: its defaults, and ours on top, whatever the user has set."""
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_MACHINE) and not key.startswith("_")
    }
    return defaults | dict(_SETTINGS)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run `draw` under our settings, and leave the user's as they were; refuse what the figure does not draw."""
    signature = inspect.signature(draw)

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        check_arguments(draw, given)
        with matplotlib.rc_context(cast(Any, dict(settings()))), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")  # one message of ours says it
            drawn = draw(*args, **kwargs)
        pages = drawn if isinstance(drawn, tuple) else (drawn,)
        figures = [figure_of(page) for page in pages if isinstance(page, (Axes, Figure))]
        for figure in figures:
            if isinstance(figure, Picture):
                figure.about = about(draw, given)
        _set_fonts(figures)
        return drawn

    return answerable(inside)


def _set_fonts(figures: Sequence[Figure]) -> None:
    """Letters that the usual font lacks come from others; one message names those that no font has."""
    texts = [t for figure in figures for t in figure.findobj(Text) if isinstance(t, Text)]
    for text in texts:
        text.set_text(printable(text.get_text()))  # an SVG file with a control sign is none
        families = found_for(text.get_text()).families
        if len(families) > 1:
            text.set_fontfamily(list(families))
    missing = missing_from(text.get_text() for text in texts)
    if missing:
        message = (
            f"No font on this machine has {' '.join(missing)}; PNG, TIFF, PDF and EPS files show boxes in their place. "
            "Install a font that has them, such as one of the Noto fonts; SVG files use the fonts of their reader."
        )
        warnings.warn(message, FigureWarning, stacklevel=3)


def new_figure(width: float, height: float, *, constrained: bool = True) -> Figure:
    """An empty figure of `width` by `height` inches that no window and no global state knows of."""
    figure = Picture(figsize=(width, height), layout="constrained" if constrained else None)
    figure.settings = settings()
    FigureCanvasAgg(figure)
    return figure


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """`ax`, or the only axes of a new figure of `width` by `height` inches."""
    return ax if ax is not None else new_figure(width, height).add_subplot()
