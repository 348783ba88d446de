"""Radial (Galbraith) plot: the effect of a study is where its ray from the origin meets an arc of effects."""

from __future__ import annotations

from math import atan, hypot, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import keys
from tmsmeta.figures.axes import EffectScale, effect_ticks, scale_for, set_ticks
from tmsmeta.figures.label_placement import name_studies
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, FAINT, INK, MUTED, ORANGE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.names import counted
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.pooling import PooledEffect

_BAND = 2.0  # standard errors, as in Galbraith's paper
_SHAPE = 0.9  # height of the plot by its width
_NAMES = 0.3  # of the paper that a line of a name may take
_STEEPEST = 0.95  # of the height that the arc takes


class _Arc(NamedTuple):
    """A circle around the origin on paper, measured in units of precision.

    Attributes:
        radius: of the circle.
        up: height of one standard error.
        reach: standard errors above and below that the plot shows.
    """

    radius: float
    up: float
    reach: float

    def at(self, slope: float, beyond: float = 0.0) -> tuple[float, float]:
        """Where the ray of a slope meets the circle, or one whose radius is larger by a share of it."""
        x = self.radius * (1 + beyond) / hypot(1.0, slope * self.up)
        return x, slope * x

    @property
    def steepest(self) -> float:
        """The slope whose ray meets the circle at the edge of the plot."""
        edge = _STEEPEST * self.reach
        inside = self.radius**2 - (edge * self.up) ** 2
        return edge / sqrt(max(inside, 0.05 * self.radius**2))


@styled
def radial_plot(
    table: pd.DataFrame, result: PooledEffect, *, ax: Axes | None = None, width: Width | None = None, title: str = ""
) -> Axes:
    """Draw a radial (Galbraith) plot: the ray from the origin through a study meets the arc at its effect.

    Rays are turned so that the pooled effect is the horizontal one; a study's height is its distance from the pooled
    effect in standard errors. The arc has the scale that readers know (a ratio, a proportion), with the interval of
    the pooled effect on it. Studies outside the band of two standard errors are named.

    Args:
        table: from ``tmsmeta.robustness.sensitivity.radial``.
        result: the pooled effect.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        title: heading.

    Returns:
        The axes: x is 1 over the standard error, y the distance from the pooled effect in standard errors.

    Raises:
        InvalidInputError: something else than a radial table and its pooled effect, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> pooled = tm.pool(trials)
        >>> ax = tm.figures.radial_plot(tm.sensitivity.radial(pooled), pooled)

    References:
        Galbraith, Technometrics 1988;30:271; J Am Stat Assoc 1994;89:1232 (turned rays, arc).
    """
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, _SHAPE * (inches - 1.2) + 0.5)
    x, z = table["x"].to_numpy(dtype=float), table["residual"].to_numpy(dtype=float)
    arc = _arc(x, z)
    scale = scale_for(result.effects)
    height = np.linspace(-_BAND, _BAND, 41)
    edge = np.sqrt(arc.radius**2 - (arc.up * height) ** 2)
    drawn.fill_betweenx(height, 0, edge, color=FAINT, alpha=0.6, lw=0, zorder=0, gid="band")
    drawn.plot([0, arc.radius], [0, 0], color=ORANGE, lw=1.4, zorder=2, gid="pooled ray")
    drawn.scatter(x, z, s=24, color=BLUE, zorder=3, gid="studies")
    _draw_arc(drawn, arc, result, scale)
    _frame(drawn, arc)
    far = np.flatnonzero(np.abs(z) > _BAND)
    names = [wrap(str(name), SMALL, _NAMES * inches) for name in table["study"].iloc[far]]
    handles = [
        keys.dot("Studies", BLUE),
        keys.line(f"Pooled effect {scale.told(result.estimate)}", ORANGE, weight=1.4),
        *_interval(drawn, arc, result),
        *_no_effect(drawn, arc, result),
        keys.shade(f"within {_BAND:g} standard errors", FAINT),
    ]
    outside = counted(len(far), "study lies", "studies lie") if len(far) else "No study lies"
    words = f"{outside} outside the band. The ray from 0 through a study meets the arc at its effect."
    keys.key_below(drawn, handles, words=words, own=ax is None)
    if title:
        drawn.set_title(title)
    if names:
        name_studies(drawn, x[far], z[far], names, np.argsort(-np.abs(z[far]), kind="stable").tolist())
    return drawn


def _arc(x: np.ndarray, z: np.ndarray) -> _Arc:
    """The circle that holds every study."""
    reach = 1.15 * max(_BAND, float(np.abs(z).max()))
    across = float(x.max())
    up = _SHAPE * across / (2 * reach)
    return _Arc(radius=1.08 * float(np.hypot(x, up * z).max()), up=up, reach=reach)


def _draw_arc(ax: Axes, arc: _Arc, result: PooledEffect, scale: EffectScale) -> None:
    """The arc with its ticks and name."""
    slopes = np.linspace(-arc.steepest, arc.steepest, 201)
    ax.plot(*np.array([arc.at(s) for s in slopes]).T, color=INK, lw=0.8, zorder=2, gid="arc")
    low, high = result.estimate - arc.steepest, result.estimate + arc.steepest
    places, shown = effect_ticks(scale, low, high, 9)
    room = max((text_width(scale.tick(v), SMALL) for v in shown), default=0.0)
    for place, value in zip(places, shown, strict=True):
        slope = place - result.estimate
        ends = np.array([arc.at(slope), arc.at(slope, 0.015)])
        ax.plot(*ends.T, color=INK, lw=0.6, zorder=2)
        ax.annotate(
            scale.tick(value), arc.at(slope), xytext=_outward(arc, slope, 6.0), textcoords="offset points", ha="left",
            va="center", fontsize=SMALL, gid="arc tick", annotation_clip=False,
        )  # fmt: skip
    ax.annotate(
        scale.label, (arc.radius, 0.0), xytext=(72 * room + 12, 0), textcoords="offset points", ha="left", va="center",
        rotation=90, annotation_clip=False, gid="arc label",
    )  # fmt: skip


def _outward(arc: _Arc, slope: float, points: float) -> tuple[float, float]:
    angle = atan(slope * arc.up)
    return points * np.cos(angle), points * np.sin(angle)


def _interval(ax: Axes, arc: _Arc, result: PooledEffect) -> list[Any]:
    """The interval of the pooled effect, as a thick part of the arc."""
    if isinstance(result.ci, NotAssessable):
        return []
    low, high = (float(np.clip(end - result.estimate, -arc.steepest, arc.steepest)) for end in result.ci)
    ends = np.array([arc.at(s) for s in np.linspace(low, high, 41)])
    ax.plot(*ends.T, color=ORANGE, lw=3.0, solid_capstyle="butt", zorder=2.5, gid="pooled interval")
    return [keys.line(f"its {FIGURE.level(result.spec.level)} interval", ORANGE, weight=3.0)]


def _no_effect(ax: Axes, arc: _Arc, result: PooledEffect) -> list[Any]:
    """The ray of no effect, where the plot shows it."""
    slope = result.effects.info.null - result.estimate
    if not abs(slope) <= arc.steepest:
        return []
    ax.plot(*np.array([(0.0, 0.0), arc.at(slope)]).T, color=MUTED, lw=0.8, ls=DASHES, zorder=1, gid="no effect")
    return [keys.line("no effect", MUTED, style=DASHES, weight=0.8)]


def _frame(ax: Axes, arc: _Arc) -> None:
    """Axes whose inches keep the arc a circle in any place."""
    ax.set_xlim(0, 1.02 * arc.radius)
    ax.set_ylim(-arc.reach, arc.reach)
    ax.set_aspect(arc.up, adjustable="box", anchor="W")
    set_ticks(ax, linear_ticks(0, arc.radius, 6))
    set_ticks(ax, [t for t in linear_ticks(-arc.reach, arc.reach, 9) if abs(t) <= arc.reach], which="y")
    ax.set_xlabel("Precision, 1 / √(v + τ²)")
    ax.set_ylabel("Standard errors\nfrom the pooled effect")
