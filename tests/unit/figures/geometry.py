"""What a journal asks of every figure: its width, no text that overlaps, is cut or too small, no line too thin."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
from figure_helpers import outside, overlapping, texts
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from tmsmeta import figures
from tmsmeta.figures.room import DOUBLE, SINGLE, SMALLEST_TEXT, THINNEST_LINE, Width

_DPI = 100
_SLACK = 1e-6


def check_geometry(drawn: Axes | Figure, width: Width | None) -> None:
    """Every rule at once; `width` as the figure was asked for, None where it chose its own."""
    figure = drawn if isinstance(drawn, Figure) else drawn.figure.figure  # type: ignore[union-attr]
    if width is not None:
        inches = {"single": SINGLE, "double": DOUBLE}.get(str(width)) or float(width)
        assert abs(figure.get_size_inches()[0] - inches) < _SLACK
        saved = Image.open(io.BytesIO(figures.to_bytes(figure, "png", dpi=_DPI)))
        assert saved.width == int(inches * _DPI)
    for axes in figure.axes:
        assert hidden_lines(axes) == []
    assert outside(figure) == []
    assert overlapping(figure) == []
    assert [(t.get_text(), t.get_fontsize()) for t in texts(figure) if t.get_fontsize() < SMALLEST_TEXT - _SLACK] == []
    assert thin_lines(figure) == []


def hidden_lines(axes: Axes) -> list[str]:
    """Squares of a forest that cross the line of no effect though their intervals do not."""
    found = {a.get_gid(): a for a in axes.findobj() if a.get_gid() in ("squares", "whiskers", "no effect")}
    if len(found) < 3:
        return []
    dots, squares, lines = axes.figure.dpi / 72, found["squares"], found["whiskers"]
    null = axes.transData.transform((found["no effect"].get_xdata()[0], 0.0))[0]  # type: ignore[attr-defined]
    intervals = {float(s[0][1]): axes.transData.transform(s)[:, 0] for s in lines.get_segments()}  # type: ignore[attr-defined]
    centres = zip(squares.get_offsets(), squares.get_sizes(), strict=True)  # type: ignore[attr-defined]
    crossing = []
    for (x, y), area in centres:
        middle, half = axes.transData.transform((x, y))[0], np.sqrt(area) / 2 * dots
        ends = intervals.get(float(y))
        free = ends is not None and not ends[0] <= null <= ends[1]
        crossing += [f"square at {x:.3g}"] if free and middle - half < null < middle + half else []
    return crossing


def thin_lines(figure: Figure) -> list[str]:
    """Visible lines and edges below the thinnest width."""
    found = []
    for artist in figure.findobj(lambda a: isinstance(a, (Line2D, Collection, Patch)) and a.get_visible()):
        if isinstance(artist, Line2D):
            widths = [artist.get_linewidth()] if artist.get_linestyle() not in ("None", "", " ") else []
        else:
            widths = [float(w) for w in np.atleast_1d(artist.get_linewidth())]
        found += [f"{artist}: {w}" for w in widths if 0 < w < THINNEST_LINE - _SLACK]
    return found


def _linear(colour: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2)."""
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def lightness(colour: str) -> float:
    """CIE L* of a colour, 0 to 100: what is left of it in a grey print."""
    y = luminance(colour)
    return 116 * np.cbrt(y) - 16 if y > 216 / 24389 else y * 24389 / 27


def contrast(one: str, other: str = "white") -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def too_alike(colours: list[str], apart: float = 20.0) -> list[tuple[str, str]]:
    """Pairs of colours that a grey print cannot tell apart."""
    return [(a, b) for a, b in combinations(colours, 2) if abs(lightness(a) - lightness(b)) < apart]
