"""The network as a graph: areas of nodes by patients, widths of edges by trials, fields for multi-arm trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.keys import entry
from tmsmeta.figures.network.graph_key import Group, Key, Sign
from tmsmeta.figures.network.graph_layout import (
    SMALLEST_NODE,
    Circle,
    Placed,
    Points,
    arrangements,
    count_spots,
    stretches,
)
from tmsmeta.figures.network.treatment_words import patients_text
from tmsmeta.figures.room import SINGLE, TALLEST, Width, paper_width, room_of
from tmsmeta.figures.style import INK, MUTED, PAPER, SERIES, SMALL, styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.words.names import counted
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import log_ticks

if TYPE_CHECKING:
    from tmsmeta.networks import ComponentMeta, NetworkGraph, NetworkMeta

Edge = tuple[str, str]
_MARGIN, _LEAST_RADIUS = 0.06, 0.3
_WIDEST_EDGE, _THINNEST_EDGE = 7.0, 0.7  # points
_NUMBERED_EDGES, _FIELDS = 20, 8
_FILLED = 3
"""Classes whose nodes differ by colours that a grey print tells apart; the next ones have open nodes."""
_EDGE, _FIELD = "#878787", "#d5e5f2"


@styled
def network_graph(
    network: NetworkMeta | ComponentMeta | NetworkGraph,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, str] | None = None,
    classes: Mapping[str, str] | None = None,
    shares: Mapping[Edge, Mapping[str, float]] | None = None,
    multi_arm: bool = True,
    order: tuple[str, ...] | None = None,
    reference: str | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw treatments on a circle, joined where trials compare them.

    The area of a node is in proportion to its patients (to its trials where no patients are known), the width of an
    edge grows with its trials; a key says how. Edges bend inwards where they would pass behind a node that is not
    theirs. Trials with three or more arms shade the field between their treatments.

    What does not fit is dropped in this order: the number of trials on each edge (beyond 20 edges, the width says
    it), shaded fields (beyond 8 sets of treatments), names beside the nodes (numbers with a list below take their
    place), trials and patients in that list.

    Args:
        network: a fitted network or component model, or its :class:`~tmsmeta.networks.NetworkGraph`.
        ax: the axes to use; a new figure without it, as high as the names need.
        labels: names of the treatments to print.
        classes: the class of each treatment, such as drugs and devices; nodes of a class have a colour of their own
            and stand beside each other. Treatments without one are ``other``.
        shares: for an edge (treat1, treat2 in either order) the share of its trials in each category, such as tiers
            or risk-of-bias judgements; edges are drawn in stretches of these lengths.
        multi_arm: whether trials with three or more arms are shaded.
        order: treatments in the order around the circle, clockwise from the top; by default the reference comes
            first, then the rest from most to fewest patients.
        reference: treatment at the top of the default order; by default that of the network.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes, in inches from the centre of the circle. Edges carry the gid ``edge:<treat1>|<treat2>``, nodes
        ``node:<treatment>``, names ``label:<treatment>`` and shaded fields ``arms:<treatments>``.

    Raises:
        InvalidInputError: an `order` or `classes` with other treatments than the network, or too little room.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.network_graph(net)
    """
    from tmsmeta.networks import NetworkGraph, geometry

    graph = network if isinstance(network, NetworkGraph) else geometry(network)
    first = reference if reference is not None or isinstance(network, NetworkGraph) else network.reference
    _check(graph, order, classes)
    drawing = _Drawing(
        graph, tuple(order or _order(graph, first, classes or {})), labels or {}, classes or {}, shares or {}, multi_arm
    )
    room = None if ax is None else room_of(ax)
    wide = paper_width(width, style.TWO_COLUMNS) if room is None else room.width
    sheet = _fit(drawing, wide, TALLEST if room is None else room.height, title)
    if ax is None:
        ax = style.new_figure(wide, sheet.height, constrained=False).add_axes((0, 0, 1, 1))
        room = room_of(ax)
    assert room is not None
    top = sheet.top + (room.height - sheet.height) / 2
    ax.set_xlim(-room.width / 2, room.width / 2)
    ax.set_ylim(top - room.height, top)
    ax.set_axis_off()
    drawing.draw(ax, sheet)
    return ax


def _check(graph: NetworkGraph, order: Sequence[str] | None, classes: Mapping[str, str] | None) -> None:
    known = [str(t) for t in graph.nodes["treatment"]]
    message = f"is no treatment of the network: {', '.join(known)}."
    issues = [Issue(None, "classes", t, message) for t in classes or {} if t not in known]
    if order is not None and sorted(order) != sorted(known):
        issues.append(Issue(None, "order", ", ".join(order), f"must hold each treatment once: {', '.join(known)}."))
    if issues:
        raise InvalidInputError(issues)


def _order(graph: NetworkGraph, first: str | None, classes: Mapping[str, str]) -> tuple[str, ...]:
    """The reference, then the treatments class by class, those with most patients first."""
    sizes = dict(zip(graph.nodes["treatment"].astype(str), _sizes(graph).tolist(), strict=True))
    ranked = sorted(sizes, key=lambda t: (t != first, -sizes[t], t))
    groups = list(dict.fromkeys(classes.get(t, "") for t in ranked))
    return tuple(sorted(ranked, key=lambda t: groups.index(classes.get(t, ""))))


def _patients_known(graph: NetworkGraph) -> bool:
    patients = graph.nodes["patients"].to_numpy(dtype=float)
    return bool(np.isfinite(patients).all() and patients.sum() > 0)


def _sizes(graph: NetworkGraph) -> Points:
    column = "patients" if _patients_known(graph) else "trials"
    return graph.nodes[column].to_numpy(dtype=float)


@dataclass(frozen=True)
class _Sheet:
    """One way to place everything, in inches."""

    placed: Placed
    key: Key
    title: str
    notes: str

    @property
    def top(self) -> float:
        """Height above the centre of the circle."""
        return self.placed.up + _MARGIN + (lines_height(self.title, style.TEXT) + 0.06 if self.title else 0.0)

    @property
    def height(self) -> float:
        """Height of everything."""
        notes = lines_height(self.notes, SMALL) + 0.03 if self.notes else 0.0
        return self.top - self.placed.up + self.placed.total_height + 0.12 + self.key.height + notes + _MARGIN


def _fit(drawing: _Drawing, wide: float, high: float, title: str) -> _Sheet:
    """The fullest arrangement that fits."""
    inner = wide - 2 * _MARGIN
    heading = wrap(title, style.TEXT, inner, "bold")
    other = 2 * _MARGIN + lines_height(heading, style.TEXT) + 0.5
    need = 0.0
    for placed in arrangements(drawing.names, drawing.facts, drawing.weights, inner, high - other):
        sheet = _Sheet(placed, Key(drawing.key(placed.circle), inner), heading, drawing.notes(inner))
        if sheet.height <= high + 1e-6 and placed.circle.radius > _LEAST_RADIUS:
            return sheet
        need = sheet.height
    found = f"{wide:.1f} by {high:.1f} inches for {len(drawing.order)} treatments"
    message = (
        f"must be at least {max(need, SINGLE):.1f} inches high and {SINGLE:.1f} wide; take a larger place, or shorter "
        "names in `labels`."
    )
    raise InvalidInputError(Issue(None, "width" if high == TALLEST else "ax", found, message))


@dataclass(frozen=True)
class _Drawing:
    """What is drawn, apart from where."""

    graph: NetworkGraph
    order: tuple[str, ...]
    labels: Mapping[str, str]
    classes: Mapping[str, str]
    shares: Mapping[Edge, Mapping[str, float]]
    multi_arm: bool

    @cached_property
    def names(self) -> list[str]:
        return [self.labels.get(t, t) for t in self.order]

    @cached_property
    def facts(self) -> list[str]:
        """Trials and patients of each treatment."""
        found = {}
        for row in self.graph.nodes.to_dict("records"):
            patients = f", n = {patients_text(row['patients'])}" if np.isfinite(row["patients"]) else ""
            found[str(row["treatment"])] = f"{counted(int(row['trials']), 'trial')}{patients}"
        return [found[t] for t in self.order]

    @cached_property
    def weights(self) -> Points:
        sizes = dict(zip(self.graph.nodes["treatment"].astype(str), _sizes(self.graph).tolist(), strict=True))
        return np.array([sizes[t] for t in self.order])

    @cached_property
    def edges(self) -> list[tuple[str, str, int]]:
        table = self.graph.edges
        columns = (table["treat1"].astype(str), table["treat2"].astype(str), table["trials"].astype(int))
        return list(zip(*(c.tolist() for c in columns), strict=True))

    @cached_property
    def fields(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The multi-arm designs to shade."""
        found = self.graph.multi_arm_designs if self.multi_arm else ()
        return found if len(found) <= _FIELDS else ()

    @cached_property
    def groups(self) -> list[str]:
        """Classes in the order around the circle."""
        return list(dict.fromkeys(self.classes.get(t, "other") for t in self.order)) if self.classes else []

    @cached_property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(c for parts in self.shares.values() for c in parts))

    def thick(self, trials: float, circle: Circle) -> float:
        """Width of an edge in points, so that the edges of the busiest node part well before the middle."""
        most = max((count for _, _, count in self.edges), default=1)
        busiest = int(self.graph.nodes["degree"].max()) if len(self.edges) else 1
        widest = min(_WIDEST_EDGE, max(0.4 * 72 * circle.between(busiest), 2 * _THINNEST_EDGE))
        return _THINNEST_EDGE + (widest - _THINNEST_EDGE) * (trials - 1) / max(most - 1, 1)

    def look(self, treatment: str) -> Sign:
        """Colours of a node: those of its class, filled for the first classes, open for the next."""
        if not self.groups:
            return Sign("", style.BLUE, PAPER, thick=0.7)
        name = self.classes.get(treatment, "other")
        turn, at = divmod(self.groups.index(name), _FILLED)
        colour = SERIES[(at + _FILLED * (turn // 2)) % len(SERIES)].colour
        return Sign(name, PAPER, colour, thick=1.6) if turn % 2 else Sign(name, colour, PAPER, thick=0.7)

    def key(self, circle: Circle) -> list[Group]:
        """Signs for areas, widths, classes, categories and fields."""
        sizes = _round_sizes(self.weights.tolist())
        trials = _round_sizes([count for _, _, count in self.edges], whole=True)
        what = "Patients" if _patients_known(self.graph) else "Trials of a treatment"
        face = _EDGE if self.groups else style.BLUE  # no class is grey
        node = [Sign(FIGURE.count(v), face, face, max(circle.unit * v**0.5, SMALLEST_NODE)) for v in sizes]
        found = [Group(what, node)] if node else []
        if trials:
            lines = [Sign(FIGURE.count(v), _EDGE, thick=self.thick(v, circle)) for v in trials]
            found.append(Group("Trials that compare two treatments", lines))
        if self.fields:
            found.append(Group("", [Sign("Trials with three or more arms", _FIELD, _EDGE, field=True)]))
        if self.groups:
            looks = {self.look(t).text: self.look(t) for t in self.order}
            found.append(Group("", [replace(looks[name], text=entry(name), radius=0.05) for name in self.groups]))
        if self.categories:
            colours = [SERIES[i % len(SERIES)].colour for i in range(len(self.categories))]
            found.append(
                Group("", [Sign(entry(c), o, thick=4.0) for c, o in zip(self.categories, colours, strict=True)])
            )
        return found

    def notes(self, wide: float) -> str:
        """What is not shown."""
        hidden = len(self.graph.multi_arm_designs) if self.multi_arm and not self.fields else 0
        said = f"{counted(self.graph.multi_arm, 'trial')} with three or more arms not shaded." if hidden else ""
        return wrap(said, SMALL, wide)

    def draw(self, ax: Axes, sheet: _Sheet) -> None:
        """Everything, from back to front."""
        placed = sheet.placed
        place = {t: placed.circle.centres[k] for k, t in enumerate(self.order)}
        for treatments, _ in self.fields:
            corners = [place[t] for t in self.order if t in treatments]
            ax.add_patch(
                Polygon(corners, closed=True, facecolor=_FIELD, edgecolor=_FIELD, alpha=0.6, linewidth=0.5, zorder=0.5,
                        gid=f"arms:{'|'.join(treatments)}")
            )  # fmt: skip
        self._draw_edges(ax, placed.circle)
        for k, treatment in enumerate(self.order):
            sign, spot, points = self.look(treatment), placed.circle.centres[k], 72 * float(placed.circle.nodes[k])
            ax.scatter(
                [spot[0]], [spot[1]], s=(2 * points) ** 2, c=[sign.face], edgecolors=sign.edge,
                linewidths=sign.thick if points > 4 * sign.thick else 0.5, zorder=3, gid=f"node:{treatment}",
            )  # fmt: skip
        self._draw_names(ax, placed)
        self._draw_list(ax, sheet)
        below = -(sheet.placed.total_height - sheet.placed.up) - 0.12
        left = -sheet.key.wide / 2
        sheet.key.draw(ax, left, below)
        look: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.1}
        if sheet.notes:
            under = below - sheet.key.height - 0.03
            ax.text(left, under, sheet.notes, fontsize=SMALL, color=MUTED, gid="notes", **look)
        if sheet.title:
            ax.text(left, sheet.top - _MARGIN, sheet.title, fontsize=style.TEXT, fontweight="bold", gid="title", **look)

    def _draw_edges(self, ax: Axes, circle: Circle) -> None:
        at = {t: k for k, t in enumerate(self.order)}
        lines = [circle.route(at[a], at[b], self.thick(count, circle) / 72) for a, b, count in self.edges]
        for (a, b, count), line in zip(self.edges, lines, strict=True):
            look: dict[str, Any] = {"lw": self.thick(count, circle), "solid_capstyle": "butt", "zorder": 1}
            parts = self.shares.get((a, b), self.shares.get((b, a), {}))
            for name, stretch in stretches(line, parts):
                colour = SERIES[self.categories.index(name) % len(SERIES)].colour
                ax.plot(*stretch.T, color=colour, gid=f"edge:{a}|{b}:{name}", **look)
            if not parts:
                ax.plot(*line.T, color=_EDGE, gid=f"edge:{a}|{b}", **look)
        if len(self.edges) <= _NUMBERED_EDGES:
            texts = [str(count) for _, _, count in self.edges]
            box = {"boxstyle": "round,pad=0.12", "facecolor": PAPER, "edgecolor": "none"}
            for spot, text in zip(count_spots(circle, lines, texts), texts, strict=True):
                ax.text(float(spot[0]), float(spot[1]), text, ha="center", va="center", fontsize=SMALL, color=INK,
                        bbox=box, zorder=2, gid="count")  # fmt: skip

    def _draw_names(self, ax: Axes, placed: Placed) -> None:
        for treatment, label in zip(self.order, placed.labels, strict=True):
            if label.tie:
                (x0, y0), (x1, y1) = label.tie
                ax.plot([x0, x1], [y0, y1], color=MUTED, lw=0.5, zorder=1.5, gid="leader")
            ax.text(*label.at, label.text, ha=label.align, va="center", multialignment=label.align, fontsize=SMALL,
                    linespacing=1.1, gid=f"label:{treatment}")  # fmt: skip

    def _draw_list(self, ax: Axes, sheet: _Sheet) -> None:
        """The names that the numbers stand for."""
        left, top = -sheet.key.wide / 2, -sheet.placed.down - 0.12
        sheet.placed.listed.draw(
            lambda x, down, text, **look: ax.text(left + x, top - down, text, fontsize=SMALL, **look),
            [f"name:{treatment}" for treatment in self.order],
        )


def _round_sizes(values: Sequence[float], *, whole: bool = False) -> list[float]:
    """Up to three round values between the least and the largest, for a key."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high <= 0:
        return []
    if high < 2 * low and not whole:  # a middle-sized node tells it all
        return log_ticks(low, high, 4)[-1:] or [high]
    if not low < high:
        return [high]
    ticks = [v for v in log_ticks(max(low, high / 400), high, 6) if not whole or v == int(v)]
    return sorted({ticks[0], ticks[len(ticks) // 2], ticks[-1]}) if ticks else [high]
