"""Ranks over several outcomes: treatments by outcomes, coloured by P-score."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.figures.axes import scale_of
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_heat_table, name_rows, wrapped_names
from tmsmeta.figures.network.treatment_words import Labels, effect_text, name_of, patients_text, share_text
from tmsmeta.figures.room import Width, fewer, room_for
from tmsmeta.figures.style import styled
from tmsmeta.words.names import counted, inside
from tmsmeta.words.numbers import DASH, FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

_BEST = (60, 50, 40, 30, 20, 12)
"""Treatments that are drawn where there is no room for all."""


@styled
def rank_heat(
    rankings: Mapping[str, Ranking],
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    sort: str | None = None,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw the P-scores of all treatments on several outcomes, each with its effect and the evidence behind it.

    The rank-heat plot of Veroniki, Straus, Fyraridis & Tricco (J Clin Epidemiol 2016;76:193) with its rings laid out
    as columns of a table: names and numbers stay level, and treatments are in order. What does not fit is dropped in
    this order: trials and direct share, effects, treatments with the lowest P-scores; a note says what is missing.

    Args:
        rankings: what ``rank`` returned, by the name of the outcome, such as ``{"Response": ..., "Dropout": ...}``.
            Networks may hold different treatments.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        sort: outcome whose P-scores give the order of the treatments, best first; by default the first. Treatments
            that it lacks come last.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; without it as wide as the table,
            170 mm at most.

    Returns:
        The axes; x counts outcomes, y treatments from the top left. Cells carry the gid ``cell:<row>:<column>``.

    Raises:
        InvalidInputError: no ranking, or a width or an `ax` too small.
        UnknownOptionError: `sort` that is no outcome.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> other = tm.network(arms | {"events": [5, 6, 7, 4, 9, 4]}, measure="OR", reference="P", better="lower")
        >>> ax = tm.figures.rank_heat({"response": tm.rank(net), "dropout": tm.rank(other)})
    """
    if not rankings:
        raise InvalidInputError(Issue(None, "rankings", "none", "must hold one ranking at least, by its outcome."))
    outcomes = tuple(rankings)
    check_option("sort", sort or outcomes[0], outcomes)
    first = sort or outcomes[0]
    lines = {
        outcome: {str(row["treatment"]): row for row in ranking.frame.to_dict("records")}
        for outcome, ranking in rankings.items()
    }
    heat = _Heat(rankings, lines, _order(lines, (first, *(o for o in outcomes if o != first))), first, labels, digits)
    advice = "Give it more width, or leave outcomes out."
    return draw_heat_table(heat.sheets(title, room_for(ax, width)), ax, width, advice)


Line = Mapping[Hashable, Any]


def _order(lines: Mapping[str, Mapping[str, Line]], outcomes: tuple[str, ...]) -> tuple[str, ...]:
    """Treatments by the first outcome, then those that only later ones know, by these."""
    found: dict[str, None] = {}
    for outcome in outcomes:
        rows = lines[outcome]
        found |= dict.fromkeys(sorted(rows, key=lambda t: (-float(rows[t]["p_score"]), t)))
    return tuple(found)


@dataclass(frozen=True)
class _Heat:
    """What is drawn.

    Attributes:
        rankings: by outcome.
        lines: of their tables, by outcome and treatment.
        order: treatments, best first.
        first: outcome that gives the order.
    """

    rankings: Mapping[str, Ranking]
    lines: Mapping[str, Mapping[str, Line]]
    order: tuple[str, ...]
    first: str
    labels: Labels
    digits: int | None

    def sheets(self, title: str, wide: float) -> Iterator[HeatTable]:
        """The table with less and less in it."""
        for most in fewer(len(self.order), _BEST):
            kept = self.order[:most]
            for form in ("all", "effect", "stacked", "score"):
                yield self._sheet(kept, form, title, wide)
            yield replace(self._sheet(kept, "score", title, wide), turned=True)

    def _sheet(self, kept: tuple[str, ...], form: str, title: str, wide: float) -> HeatTable:
        values = [
            [float(self.lines[o][t]["p_score"]) if t in self.lines[o] else np.nan for o in self.lines] for t in kept
        ]
        return HeatTable(
            rows=name_rows([name_of(t, self.labels) for t in kept], (0.36 if form == "score" else 0.28) * wide),
            columns=wrapped_names(list(self.lines), max(0.6 * wide / len(self.lines), 0.6)),
            values=np.array(values),
            cells=[[self._cell(o, t, form) for o in self.lines] for t in kept],
            even=False,
            tight=form == "score",
            title=title,
            notes=tuple(self._notes(kept, form)),
            bar=Bar(
                label="P-score: mean chance of being better than another treatment",
                ticks=(0.0, 0.25, 0.5, 0.75, 1.0),
            ),
        )

    def _cell(self, outcome: str, treatment: str, form: str) -> str:
        """P-score, with effect, interval and evidence as `form` has it."""
        line = self.lines[outcome].get(treatment)
        if line is None:
            return DASH
        score = FIGURE.number(float(line["p_score"]), 2)
        if form == "score":
            return score
        net = self.rankings[outcome].net
        known = f"{counted(int(line['trials']), 'trial')}, n = {patients_text(line['patients'])}"
        if treatment == net.reference:
            return f"{score}\nreference" + (f"\n{known}" if form == "all" else "")
        effect = f"{net.measure} {effect_text(line, scale_of(net.measure, digits=self.digits))}"
        if form == "stacked":
            return f"{score}\n{effect.replace(' (', chr(10)).rstrip(')')}"
        more = f"\n{known}, {share_text(line['direct_share'])} direct" if form == "all" else ""
        return f"{score}\n{effect}{more}"

    def _notes(self, kept: tuple[str, ...], form: str) -> Iterator[str]:
        versus = " or ".join(sorted({inside(name_of(r.net.reference, self.labels)) for r in self.rankings.values()}))
        level = " or ".join(sorted({FIGURE.level(r.net.spec.level) for r in self.rankings.values()}))
        if form == "score":
            yield "Effects, their intervals and the trials behind them are left out for lack of room."
        else:
            measures = {r.net.measure: r.net.data.info.label for r in self.rankings.values()}
            words = "; ".join(f"{name}: {label}" for name, label in measures.items())
            yield f"Below each P-score the effect against {versus} with its {level} interval. {words}."
        if form in ("effect", "stacked"):
            yield "Trials and shares of direct evidence are left out for lack of room."
        if form == "all":
            yield "Direct: share of direct evidence in the effect."
        if len(kept) < len(self.order):
            shown = f"the {len(kept)} of {len(self.order)} treatments with the highest P-scores"
            yield f"Shown: {shown} on {inside(self.first)}."
        elif len(self.lines) > 1:
            yield f"Sorted by {inside(self.first)}."
        if any(t not in rows for t in kept for rows in self.lines.values()):
            yield f"{DASH}: the outcome has no trial of it."
