"""Plots with a point for each study: Baujat, L'Abbe and radial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures.axes import Which, linear_ticks, padded, scale_of, set_ticks
from tmsmeta.figures.label_placement import place_labels
from tmsmeta.figures.style import BLUE, INK, MUTED, ORANGE, RULE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.pooling import PooledEffect

_SIDE = 0.6 * TWO_COLUMNS


@styled
def baujat_plot(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw each study by what it adds to heterogeneity and by how far it moves the pooled effect.

    Args:
        table: from :func:`tmsmeta.baujat`.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.2 * _SIDE, _SIDE)
    shown = table[np.isfinite(table["x"]) & np.isfinite(table["y"])]
    x, y = shown["x"].to_numpy(dtype=float), shown["y"].to_numpy(dtype=float)
    drawn.scatter(x, y, s=24, color=BLUE, zorder=3, clip_on=False, gid="studies")
    drawn.set_xlim(0, 1.12 * max(float(x.max(initial=0.0)), 1e-6))
    drawn.set_ylim(0, 1.12 * max(float(y.max(initial=0.0)), 1e-6))
    set_ticks(drawn, linear_ticks(*drawn.get_xlim(), 8))
    set_ticks(drawn, linear_ticks(*drawn.get_ylim(), 8), which="y")
    drawn.set_xlabel("Contribution to heterogeneity")
    drawn.set_ylabel("Influence on the pooled effect")
    order = np.argsort(-(x / max(x.max(initial=0.0), 1e-12) + y / max(y.max(initial=0.0), 1e-12)), kind="stable")
    if title:
        drawn.set_title(title)
    _name(drawn, x, y, shown["study"].astype(str).tolist(), order.tolist())
    return drawn


@styled
def labbe_plot(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    curve: pd.DataFrame | None = None,
    treated: str = "treatment",
    comparator: str = "control",
    title: str = "",
) -> Axes:
    """Draw risk with treatment against risk with control, a bubble a study with its area by patients.

    Args:
        table: from :func:`tmsmeta.labbe`.
        ax: the axes to use; a new figure without it.
        curve: from ``tmsmeta.robustness.sensitivity.labbe_curve``: where a constant effect would lie.
        treated, comparator: names of the arms.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.05 * _SIDE, _SIDE)
    x, y = table["risk_c"].to_numpy(dtype=float), table["risk_t"].to_numpy(dtype=float)
    patients = (table["n_c"] + table["n_t"]).to_numpy(dtype=float)
    drawn.plot([0, 1], [0, 1], color=RULE, lw=0.9, ls=(0, (4, 2)), zorder=1, gid="no effect")
    drawn.text(
        0.97,
        0.985,
        "no effect",
        ha="right",
        va="bottom",
        rotation=45,
        rotation_mode="anchor",
        fontsize=SMALL,
        color=MUTED,
    )
    drawn.annotate(
        f"area: patients, {int(table['n_c'].add(table['n_t']).min())} to {int(table['n_c'].add(table['n_t']).max())}",
        (1, 0),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=MUTED,
    )
    if curve is not None:
        drawn.plot(curve["risk_c"], curve["risk_t"], color=ORANGE, lw=1.4, zorder=2, label="pooled effect", gid="curve")
        drawn.legend(loc="lower right", bbox_to_anchor=(1.0, 0.04))
    size = 260 * patients / patients.max()
    drawn.scatter(x, y, s=size, color=BLUE, alpha=0.55, edgecolors=BLUE, lw=0.8, zorder=3, gid="studies")
    axes: tuple[tuple[Which, str], ...] = (("x", comparator), ("y", treated))
    for which, words in axes:
        set_ticks(drawn, [0, 0.2, 0.4, 0.6, 0.8, 1], lambda v: FIGURE.share(v, 0), which=which)
        getattr(drawn, f"set_{which}label")(f"Events with {words} (%)")
        getattr(drawn, f"set_{which}lim")(-0.02, 1.02)
    drawn.set_aspect("equal")
    if title:
        drawn.set_title(title)
    return drawn


@styled
def radial_plot(table: pd.DataFrame, result: PooledEffect, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw a radial (Galbraith) plot: a study's effect is the slope of its ray from the origin.

    Args:
        table: from ``tmsmeta.robustness.sensitivity.radial``.
        result: the pooled effect, whose ray is drawn with the band of 2 to both sides.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.2 * _SIDE, _SIDE)
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    end = 1.08 * float(x.max())
    ray = np.array([0.0, end])
    drawn.fill_between(ray, result.estimate * ray - 2, result.estimate * ray + 2, color="#e9e9e9", lw=0, zorder=0)
    drawn.plot(ray, result.estimate * ray, color=ORANGE, lw=1.4, zorder=2, gid="pooled ray")
    drawn.axhline(0, color=INK, lw=0.6, zorder=1)
    drawn.scatter(x, y, s=24, color=BLUE, zorder=3, gid="studies")
    drawn.set_xlim(0, end)
    drawn.set_ylim(*padded(min(float(y.min()), -2.2), max(float(y.max()), result.estimate * end + 2.2)))
    set_ticks(drawn, linear_ticks(0, end, 7))
    set_ticks(drawn, linear_ticks(*drawn.get_ylim(), 8), which="y")
    drawn.set_xlabel("Precision, 1 / √(v + τ²)")
    label = scale_of(result.effects.measure).label
    drawn.set_ylabel(f"{f'Log {label.lower()}' if result.effects.info.is_ratio else label} × precision")
    if title:
        drawn.set_title(title)
    far = np.argsort(-np.abs(y - result.estimate * x), kind="stable")
    _name(drawn, x, y, table["study"].astype(str).tolist(), far.tolist())
    return drawn


def _name(ax: Axes, x: np.ndarray, y: np.ndarray, names: list[str], order: list[int]) -> None:
    """Names where there is room; how many are missing is said below the axis, whose room is kept from the start."""
    words = ax.get_xlabel()
    ax.set_xlabel(f"{words}\n ")
    missing = place_labels(ax, np.column_stack([x, y]), names, order=order, every=False)
    if missing:
        ax.set_xlabel(f"{words}\n({len(missing)} of {len(names)} studies are not named for lack of room)")


@styled
def not_assessable_panel(reason: NotAssessable, *, ax: Axes | None = None, title: str = "") -> Axes:
    """An empty frame that says why there is nothing to draw."""
    drawn = axes_or_new(ax, _SIDE, 0.5 * _SIDE)
    drawn.set_axis_off()
    text = f"The {reason.what} is not assessable:\n{reason.reason}"
    drawn.text(0.5, 0.5, text, ha="center", va="center", transform=drawn.transAxes, color=MUTED, wrap=True)
    if title:
        drawn.set_title(title)
    return drawn
