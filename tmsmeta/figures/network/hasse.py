"""Hasse diagram: which treatments are better on every outcome, and which cannot be ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.label_placement import spread_out
from tmsmeta.figures.network.hasse_words import facts_of, notes_of
from tmsmeta.figures.network.name_list import NameList
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import (
    DOUBLE,
    Room,
    Width,
    fits_page,
    half_points,
    largest_fit,
    paper_width,
    room_of,
    too_small,
)
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.figures.text_extent import width as text_width

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta, PartialOrder

_MARGIN, _PAD, _BETWEEN, _DROP, _LANE = 0.08, 0.06, 0.16, 0.42, 0.2
_SWEEPS = 24
Item = tuple[str, int]
"""A treatment, or a station (treatment below, level) of a line that passes a level."""


@styled
def hasse(
    order: PartialOrder | NotAssessable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    networks: Mapping[str, NetworkMeta] | None = None,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw treatments in levels, joined to the next ones that are no better on any outcome.

    What does not fit is dropped in this order: effects or scores, names (numbers in the boxes and a list below take
    their place).

    Args:
        order: what ``partial_order`` returned.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        networks: the networks of the order, by outcome; boxes then show the effects against the reference with their
            intervals below the names, and otherwise the scores that make the order.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; without it as wide as the diagram,
            170 mm at most.

    Returns:
        The axes, in inches. Boxes carry the gid ``node:<treatment>``, lines ``edge:<better>|<worse>``.

    Raises:
        InvalidInputError: an outcome that `networks` lacks, or a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> other = tm.network(arms | {"events": [5, 6, 7, 4, 9, 4]}, measure="OR", reference="P", better="lower")
        >>> ax = tm.figures.hasse(tm.partial_order({"response": net, "dropout": other}))
    """
    if isinstance(order, NotAssessable):
        return not_assessable_panel(order, ax=ax, title=title)
    facts, scored = facts_of(order, networks, digits), networks is None

    def plan_at(size: float, form: _Form, paper: float = 0.0) -> _Plan:
        shown = facts if form.facts else dict.fromkeys(order.treatments, "")
        said = notes_of(order, labels, scores=scored and form.facts)
        said += "" if form.facts else f" {'Scores' if scored else 'Effects'} are left out for lack of room."
        return _Plan(order, shown, labels, said, title, size, form, paper)

    if ax is None:
        plan = _for_page(plan_at, width)
        figure = style.new_figure(plan.total_width, plan.total_height, constrained=False)
        drawn = figure.add_axes((0, 0, 1, 1))
    else:
        drawn = ax
        plan = _within(plan_at, room_of(ax))
    room = room_of(drawn)
    left, up = (room.width - plan.total_width) / 2, (room.height - plan.total_height) / 2
    drawn.set_xlim(-left, room.width - left)
    drawn.set_ylim(plan.total_height + up, -up)
    drawn.set_axis_off()
    _draw(drawn, plan)
    return drawn


class _Form(NamedTuple):
    """How much a box holds.

    Attributes:
        name: names in lines of at most so many inches; numbers where it is 0.
        facts: whether effects or scores stand below them.
        drop: height between levels.
    """

    name: float
    facts: bool
    drop: float = _DROP

    @property
    def gaps(self) -> tuple[float, float]:
        """Between boxes, and width of a line that passes a level."""
        return (_BETWEEN, _LANE) if self.name else (0.07, 0.045)


_FORMS = (
    _Form(1.45, True),
    _Form(1.1, True),
    _Form(1.45, False),
    _Form(1.0, False),
    _Form(0.0, False, 0.3),
    _Form(0.0, False, 0.1),
)


def _for_page(plan_at: Callable[..., _Plan], asked: Width | None) -> _Plan:
    """The fullest plan for a page."""
    paper = paper_width(asked, DOUBLE)
    for form in _FORMS:
        plan = plan_at(style.SMALL, form, 0.0 if asked is None else paper)
        if fits_page(plan, paper):
            return plan
    wider = "more width, such as width='double'," if paper < plan.diagram_width <= DOUBLE else "more width,"
    advice = f"Give it {wider} or order fewer treatments."
    raise too_small("diagram", (plan.diagram_width, plan.total_height), paper, advice)


def _within(plan_at: Callable[..., _Plan], room: Room) -> _Plan:
    """The fullest plan for a place at the usual size of text, else the barest at a smaller one."""
    for form in _FORMS:
        plan = plan_at(style.SMALL, form)
        if plan.total_width <= room.width and plan.total_height <= room.height:
            return plan
    return largest_fit(room, half_points(style.SMALL), lambda size, _: plan_at(size, _FORMS[-1]))


@dataclass(frozen=True)
class _Plan:
    """Places of boxes and lines in inches from the top left, at one font size."""

    order: PartialOrder
    facts: Mapping[str, str]
    labels: Labels
    notes: str
    title: str
    size: float
    form: _Form
    paper: float

    @cached_property
    def ranked(self) -> list[str]:
        """Treatments in the order of their numbers: level by level, from left to right."""
        return [item[0] for layer in self.layers for item in layer if self._is_box(item)]

    @cached_property
    def names(self) -> dict[str, str]:
        """Names in lines that fit a box, or the widest number that may stand in their place."""
        if not self.form.name:
            return dict.fromkeys(self.order.treatments, str(len(self.order.treatments)))
        limit = self.form.name * self.size / style.SMALL
        return {t: wrap(name_of(t, self.labels), self.size, limit, "bold") for t in self.order.treatments}

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What stands in the boxes."""
        return self.names if self.form.name else {t: str(k) for k, t in enumerate(self.ranked, start=1)}

    @cached_property
    def listed(self) -> NameList:
        """Names that numbers stand for."""
        names = () if self.form.name else tuple(name_of(t, self.labels) for t in self.ranked)
        return NameList(names, self.total_width - 2 * _MARGIN, self.size)

    @cached_property
    def box(self) -> tuple[float, float]:
        """Width and height of a box."""
        wide = max(text_width(n, self.size, "bold") for n in self.names.values())
        wide = max(wide, *(text_width(f, self.size) for f in self.facts.values()))
        high = max(
            lines_height(self.names[t], self.size) + lines_height(self.facts[t], self.size)
            for t in self.order.treatments
        )
        return wide + 2 * _PAD, high + (2 if self.form.name else 1) * _PAD

    @cached_property
    def routes(self) -> list[list[Item]]:
        """Each line of the diagram as stations, one per level."""
        level = {t: k for k, group in enumerate(self.order.levels) for t in group}
        found = []
        for better, worse in self.order.edges:
            between = [(f"{better}|{worse}", k) for k in range(level[better] + 1, level[worse])]
            found.append([(better, level[better]), *between, (worse, level[worse])])
        return found

    def _is_box(self, item: Item) -> bool:
        return item[0] in self.names

    @cached_property
    def layers(self) -> list[list[Item]]:
        """Boxes and passing lines of each level, ordered so that few lines cross (barycentre sweeps)."""
        found: list[list[Item]] = [[(t, k) for t in group] for k, group in enumerate(self.order.levels)]
        for route in self.routes:
            for item in route[1:-1]:
                found[item[1]].append(item)
        best, fewest = found, self._crossings(found)
        for sweep in range(_SWEEPS):
            downwards = sweep % 2 == 0
            found = [list(layer) for layer in found]
            for k in range(1, len(found)) if downwards else range(len(found) - 2, -1, -1):
                fixed = {item: i for i, item in enumerate(found[k - 1 if downwards else k + 1])}
                found[k] = self._by_barycentre(found[k], fixed)
            crossings = self._crossings(found)
            if crossings < fewest:
                best, fewest = found, crossings
        return best

    @cached_property
    def neighbours(self) -> dict[Item, list[Item]]:
        """Items joined to each item, above and below."""
        found: dict[Item, list[Item]] = {}
        for route in self.routes:
            for a, b in pairwise(route):
                found.setdefault(a, []).append(b)
                found.setdefault(b, []).append(a)
        return found

    def _by_barycentre(self, layer: list[Item], fixed: Mapping[Item, int]) -> list[Item]:
        def middle(at: int) -> tuple[float, int]:
            places = [fixed[n] for n in self.neighbours.get(layer[at], []) if n in fixed]
            return (sum(places) / len(places) if places else float(at)), at

        return [layer[at] for at in sorted(range(len(layer)), key=middle)]

    def _crossings(self, layers: list[list[Item]]) -> int:
        place = {item: i for layer in layers for i, item in enumerate(layer)}
        steps = [(a[1], place[a], place[b]) for route in self.routes for a, b in pairwise(route)]
        return sum(
            1
            for i, (level, a, b) in enumerate(steps)
            for other, c, d in steps[i + 1 :]
            if level == other and (a - c) * (b - d) < 0
        )

    @cached_property
    def across(self) -> dict[Item, float]:
        """Middle of every box and passing line from the left edge."""
        x: dict[Item, float] = {}
        for layer in self.layers:
            x |= dict(zip(layer, self._centred(layer), strict=True))
        for sweep in range(_SWEEPS):
            for layer in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                wanted = [self._middle_of_neighbours(item, x) for item in layer]
                x |= dict(zip(layer, spread_out(wanted, self._gaps(layer), -np.inf, np.inf), strict=True))
        least = min(x[item] - self._half(item) for item in x)
        return {item: place - least + _MARGIN for item, place in x.items()}

    def _middle_of_neighbours(self, item: Item, x: Mapping[Item, float]) -> float:
        near = self.neighbours.get(item, [])
        return sum(x[n] for n in near) / len(near) if near else x[item]

    def _centred(self, layer: Sequence[Item]) -> list[float]:
        places, total = [0.0], 0.0
        for gap in self._gaps(layer):
            total += gap
            places.append(total)
        return [p - total / 2 for p in places]

    def _half(self, item: Item) -> float:
        return self.box[0] / 2 if self._is_box(item) else self.form.gaps[1] / 2

    def _gaps(self, layer: Sequence[Item]) -> list[float]:
        return [self._half(a) + self._half(b) + self.form.gaps[0] for a, b in pairwise(layer)]

    @cached_property
    def diagram_width(self) -> float:
        return max(x + self._half(item) for item, x in self.across.items()) + _MARGIN

    @property
    def total_width(self) -> float:
        """Width of everything; at least one column, for the notes, or the page."""
        return max(self.diagram_width, self.paper or style.ONE_COLUMN)

    @property
    def shift(self) -> float:
        """Room left of a diagram narrower than the notes."""
        return (self.total_width - self.diagram_width) / 2

    def top_of(self, level: int) -> float:
        """Upper edge of the boxes of a level."""
        start = _MARGIN + (lines_height(self.title, self.size + 1) + 0.08 if self.title else 0.0)
        return start + level * (self.box[1] + self.form.drop)

    @property
    def list_top(self) -> float:
        """Upper edge of the list of names."""
        return self.top_of(len(self.order.levels) - 1) + self.box[1] + 0.12

    @property
    def notes_top(self) -> float:
        """Upper edge of the notes."""
        return self.list_top + (self.listed.height + 0.08 if self.listed.names else 0.0)

    @property
    def notes_text(self) -> str:
        """The notes in lines of the full width."""
        return wrap(self.notes, self.size, self.total_width - 2 * _MARGIN)

    @property
    def total_height(self) -> float:
        """Height of everything."""
        return self.notes_top + lines_height(self.notes_text, self.size) + _MARGIN


def _draw(ax: Axes, plan: _Plan) -> None:
    wide, high = plan.box
    for (better, worse), route in zip(plan.order.edges, plan.routes, strict=True):
        x, y = [], []
        for i, item in enumerate(route):
            at, top = plan.across[item] + plan.shift, plan.top_of(item[1])
            ends = [top + high] if i == 0 else [top] if i == len(route) - 1 else [top, top + high]
            x += [at] * len(ends)
            y += ends
        ax.plot(x, y, color=style.MUTED, lw=1.0, solid_joinstyle="round", zorder=1, gid=f"edge:{better}|{worse}")
    for level, group in enumerate(plan.order.levels):
        for treatment in group:
            x0, top = plan.across[treatment, level] + plan.shift, plan.top_of(level)
            shape = "round,pad=0,rounding_size=0.05"
            ax.add_patch(
                FancyBboxPatch((x0 - wide / 2, top), wide, high, boxstyle=shape, facecolor=style.STRIPE,
                               edgecolor=style.BLUE, linewidth=0.8, zorder=2, gid=f"node:{treatment}")
            )  # fmt: skip
            name, facts = plan.words[treatment], plan.facts[treatment]
            used = lines_height(name, plan.size) + lines_height(facts, plan.size)
            first = top + (high - used) / 2
            look: dict[str, Any] = {"ha": "center", "va": "top", "linespacing": 1.12, "zorder": 3, "clip_on": False}
            ax.text(x0, first, name, fontsize=plan.size, fontweight="bold", gid="name", **look)
            if facts:
                ax.text(x0, first + lines_height(name, plan.size), facts, fontsize=plan.size, gid="facts", **look)
    left, top = _MARGIN, plan.list_top
    plan.listed.draw(lambda x, down, text, **look: ax.text(left + x, top + down, text, fontsize=plan.size, **look))
    look = {"ha": "left", "va": "top", "linespacing": 1.1, "clip_on": False}
    ax.text(_MARGIN, plan.notes_top, plan.notes_text, fontsize=plan.size, color=style.MUTED, gid="notes", **look)
    if plan.title:
        ax.text(_MARGIN, _MARGIN, plan.title, fontsize=plan.size + 1, fontweight="bold", gid="title", **look)
