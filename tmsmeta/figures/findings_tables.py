"""The summary of findings as a figure: a table over two columns, or a block for each outcome on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Card, Line, Words, check_height, draw_card
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.words.numbers import minus_signs

if TYPE_CHECKING:
    from tmsmeta.review import SummaryOfFindings

_NARROW = 5.0
"""Inches below which the columns have no room and every outcome is a block."""
_SHARES = (0.2, 0.1, 0.15, 0.17, 0.15, 0.11, 0.12)
_GAP, _PAD = 0.08, 0.05


@styled
def findings_table(
    summary: SummaryOfFindings, *, ax: Axes | None = None, title: str = "", width: Width | None = None
) -> Axes:
    """Every outcome on one line: people of 1,000, relative effect, trials, people and certainty; notes below.

    Below 5 inches of width every outcome is a block of lines in place of a row. The sentences in plain words are in the
    table itself (``to_html()``, ``to_markdown()``).

    Args:
        summary: from :func:`tmsmeta.summary_of_findings`.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading; by default that of the table.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default two columns.

    Returns:
        The axes.

    Raises:
        InvalidInputError: not a summary of findings; a table higher than a page; a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> ax = tm.figures.findings_table(tm.summary_of_findings(tm.read_review("my_evidence")))
    """
    table = summary.to_table()
    heading, rows = title or table.title, [[minus_signs(cell) for cell in row] for row in table.rows]
    return draw_card(
        lambda size, wide: check_height(
            (_blocks if wide < _NARROW else _columns)(heading, table.head, rows, table.notes, size, wide),
            "summary",
            len(rows),
            "take a larger width, or a review with fewer outcomes",
        ),
        ax,
        width,
        style.TWO_COLUMNS,
    )


def _columns(
    title: str, head: list[str], rows: list[list[str]], notes: tuple[str, ...], size: float, wide: float
) -> Card:
    card, small = Card(total_width=wide), min(style.SMALL, size)
    room = wide - 2 * MARGIN - _GAP * (len(_SHARES) - 1)
    widths = [room * share for share in _SHARES]
    lefts = [MARGIN + sum(widths[:i]) + _GAP * i for i in range(len(widths))]
    at = card.paragraph(title, size + 1, MARGIN, weight="bold") + 0.06
    _rule(card, at)
    at = _row(card, head, lefts, widths, at + _PAD, small, "bold") + _PAD
    _rule(card, at)
    for cells in rows:
        at = _row(card, cells, lefts, widths, at + _PAD, small) + _PAD
    _rule(card, at)
    return _noted(card, notes, at + _PAD, small)


def _row(
    card: Card,
    cells: list[str],
    lefts: list[float],
    widths: list[float],
    at: float,
    size: float,
    weight: str = "normal",
) -> float:
    """The cells of a line; a cell runs on over empty ones right of it. Returns where the line ends."""
    end = at
    for i, left in enumerate(lefts):
        if cells[i]:
            over = next((j for j in range(i + 1, len(lefts)) if cells[j]), len(lefts))
            room = lefts[over - 1] + widths[over - 1] - left if i else widths[i]
            shown = wrap(cells[i], size, room, weight)
            card.add(Words(left, at, shown, size, weight))
            end = max(end, at + lines_height(shown, size))
    return end


def _blocks(
    title: str, head: list[str], rows: list[list[str]], notes: tuple[str, ...], size: float, wide: float
) -> Card:
    card, small = Card(total_width=wide), min(style.SMALL, size)
    at = card.paragraph(title, size + 1, MARGIN, weight="bold") + 0.06
    for cells in rows:
        _rule(card, at)
        behind = f"{head[5]}: {cells[5]}" if cells[1] else cells[5]
        beside = text_width(cells[0], size, "bold") + _GAP + text_width(behind, small) < wide - 2 * MARGIN
        if beside:
            card.add(Words(wide - MARGIN, at + _PAD, behind, small, ha="right"))
        at = card.paragraph(cells[0], size, at + _PAD, weight="bold")
        for text in _block(head, cells, "" if beside else behind):
            at = card.paragraph(text, small, at)
        at += _PAD / 2
    _rule(card, at)
    return _noted(card, notes, at + _PAD, small)


def _block(head: list[str], cells: list[str], behind: str) -> list[str]:
    """A row in lines: people, then the effect, what stands behind it where its name leaves no room, and certainty."""
    _, baseline, treated, difference, effect, _, certainty, _ = cells
    people = f"{head[1]}: {baseline}; with treatment: {treated}; difference: {difference}" if baseline else treated
    return [people, "; ".join(filter(None, (effect, behind, f"certainty: {certainty}")))]


def _rule(card: Card, at: float) -> None:
    card.add(Line([MARGIN, card.total_width - MARGIN], [at, at]))


def _noted(card: Card, notes: tuple[str, ...], at: float, size: float) -> Card:
    for note in notes:
        at = card.paragraph(note, size, at + 0.02, colour=style.MUTED)
    card.total_height = at + MARGIN
    return card
