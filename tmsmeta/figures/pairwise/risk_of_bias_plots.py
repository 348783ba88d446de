"""Risk of bias on its own: a traffic-light plot of every study, and a summary of every domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.effects.pairing import table_of
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Box, Card, Dots, Line, Words, draw_card
from tmsmeta.figures.keys import entry
from tmsmeta.figures.pairwise.risk_of_bias import ALL, SYMBOLS, BiasTable, bias_table
from tmsmeta.figures.room import TALLEST, Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.risk_of_bias import shares

if TYPE_CHECKING:
    import pandas as pd

_GAP, _BETWEEN = 0.12, 0.3
_ROW = 1.9
"""Height of a row in letters."""


@styled
def risk_of_bias(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "", width: Width | None = None) -> Axes:
    """Traffic-light plot: a circle for each study and domain, with a sign for the judgement and a key below.

    Args:
        table: one row per study, its label in a column ``study`` or the index; one column per domain, with judgements
            of RoB 1, RoB 2, ROBINS-I, ROBINS-E or QUADAS-2 in any usual spelling. Domains with long names are numbered
            D1, D2, ... and named in the key.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default one column. Names of studies wrap. Many
            studies stand in several blocks side by side where the width allows.

    Returns:
        The axes. Circles are collections with the ``gid`` of their judgement, such as ``low`` or ``some concerns``.

    Raises:
        InvalidInputError: no table of judgements; more studies than a page of this width holds.

    Example:
        >>> import pandas as pd
        >>> import tmsmeta as tm
        >>> judged = {"Randomisation": ["low", "some concerns"], "Missing data": ["high", "low"]}
        >>> table = pd.DataFrame({"study": ["A", "B"], **judged})
        >>> ax = tm.figures.risk_of_bias(table)

    Source: McGuinness & Higgins 2021, Res Syn Meth 12:55-61, for the kind of plot.
    """
    study, bias = _read(table)
    return draw_card(lambda size, wide: _lights(study, bias, title, size, wide), ax, width, style.ONE_COLUMN)


@styled
def risk_of_bias_summary(
    table: pd.DataFrame,
    *,
    weights: Sequence[float] | None = None,
    ax: Axes | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """A bar for each domain: the share of studies, or of their weights, with each judgement.

    Args:
        table: as for :func:`risk_of_bias`.
        weights: a weight for each row of the table, such as those of a pooled effect; by default all studies count
            alike.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default two columns.

    Returns:
        The axes. Parts of bars are rectangles with the ``gid`` of their judgement.

    Raises:
        InvalidInputError: no table of judgements, or weights that are not one positive number for each row.

    Example:
        >>> import pandas as pd
        >>> import tmsmeta as tm
        >>> judged = {"Randomisation": ["low", "some concerns"], "Missing data": ["high", "low"]}
        >>> table = pd.DataFrame({"study": ["A", "B"], **judged})
        >>> ax = tm.figures.risk_of_bias_summary(table, weights=[0.7, 0.3])
    """
    study, bias = _read(table)
    _check_weights(weights, len(study))
    return draw_card(lambda size, wide: _bars(bias, weights, title, size, wide), ax, width, style.TWO_COLUMNS)


def _read(table: Any) -> tuple[list[str], BiasTable]:
    if not hasattr(table, "columns"):
        message = "must be a table with a row for each study and a column of judgements for each domain."
        raise InvalidInputError(Issue(None, "table", type(table).__name__, message))
    frame = table_of("risk_of_bias", table)
    labels = frame["study"] if "study" in frame.columns else frame.index
    study = [str(label) for label in labels]
    if not study:
        raise InvalidInputError(Issue(None, "table", 0, "must have a row for at least one study."))
    return study, bias_table(frame, study)


def _check_weights(weights: Sequence[float] | None, count: int) -> None:
    if weights is None:
        return
    values = np.asarray(weights, dtype=float).ravel() if np.ndim(weights) else np.empty(0)
    if len(values) != count or not np.isfinite(values).all() or (values <= 0).any():
        message = f"must hold one number above 0 for each of the {count} rows of the table."
        raise InvalidInputError(Issue(None, "weights", len(values), message))


def _lights(study: list[str], bias: BiasTable, title: str, size: float, wide: float) -> Card:
    card, step = Card(total_width=wide), _ROW * size / 72
    heads = [text_width(head, size, "bold") for head in bias.headings]
    step = max(step, max(heads) + 0.04)
    graph = step * len(bias.headings)
    top = card.title(title, size, 0.06)
    blocks, names = _blocks(study, size, wide - 2 * MARGIN, graph)
    heights = [max(step, lines_height(name, size) + 0.04) for name in names]
    room = TALLEST - top - _key_height(bias, size, wide) - line_height(size)
    if size > style.SMALL and room // max(heights) * blocks < len(study):
        return _lights(study, bias, title, style.SMALL, wide)
    parts = _split(heights, blocks, room, wide)
    block, lowest = (wide - 2 * MARGIN + _BETWEEN) / blocks, top
    for place, rows in enumerate(parts):
        left = MARGIN + place * block
        at = top + line_height(size) + 0.02
        first = left + max(text_width(name, size) for name in names) + _GAP
        for column, head in enumerate(bias.headings):
            card.add(Words(first + (column + 0.5) * step, top, head, size, "bold", ha="center"))
        for row in rows:
            middle = at + heights[row] / 2
            card.add(Words(left, middle, names[row], size, va="center", gid="study"))
            _row_of_lights(card, bias, row, first, middle, step, size)
            at += heights[row]
        lowest = max(lowest, at)
    card.total_height = _key(card, bias, lowest + 0.06, size) + MARGIN
    return card


def _blocks(study: list[str], size: float, room: float, graph: float) -> tuple[int, list[str]]:
    """How many blocks stand side by side, and the names, wrapped where one block has no room for them."""
    longest = max(text_width(name, size) for name in study)
    blocks = max(1, int((room + _BETWEEN) / (longest + _GAP + graph + _BETWEEN)))
    limit = max(room - _GAP - graph, 0.6)
    return blocks, [wrap(name, size, limit) for name in study]


def _split(heights: list[float], blocks: int, room: float, wide: float) -> list[range]:
    """Rows of each block: as few blocks as hold them.

    Raises:
        InvalidInputError: the page does not hold them.
    """
    per = max(1, int(room / max(heights)))
    needed = -(-len(heights) // per)
    if needed > blocks:
        message = (
            f"must have at most {per * blocks} rows for a page {FIGURE.number(wide * 25.4, 0)} mm wide; draw the rows "
            f"in parts, as table[:{per * blocks}], or take a larger width."
        )
        raise InvalidInputError(Issue(None, "table", len(heights), message))
    each = -(-len(heights) // needed)
    return [range(start, min(start + each, len(heights))) for start in range(0, len(heights), each)]


def _row_of_lights(
    card: Card, bias: BiasTable, row: int, first: float, middle: float, step: float, size: float
) -> None:
    for column, domain in enumerate(bias.domains):
        found = bias.judged[row].get(domain)
        if found is not None:
            _light(card, found, first + (column + 0.5) * step, middle, size)


def _light(card: Card, found: str, x: float, y: float, size: float) -> None:
    symbol = SYMBOLS[found]
    card.add(Dots([x], [y], 1.7 * size / 72, symbol.face, style.MUTED, found))
    card.add(Words(x, y, symbol.letter, size, "bold", symbol.ink, "center", "symbol letter", "center"))


def _key(card: Card, bias: BiasTable, at: float, size: float) -> float:
    """Below the plot: what the signs and the numbers of the domains mean; returns where it ends."""
    x, small, high = MARGIN, min(style.SMALL, size), _ROW * size / 72
    for name in bias.used:
        said = entry(name)
        wide = 2 * size / 72 + text_width(said, small) + 0.2
        if x + wide > card.total_width and x > MARGIN:
            x, at = MARGIN, at + high
        _light(card, name, x + size / 72, at + high / 2, size)
        card.add(Words(x + 2.2 * size / 72, at + high / 2, said, small, va="center"))
        x += wide
    return card.paragraph("; ".join(bias.meanings), small, at + high + 0.04, colour=style.MUTED)


def _key_height(bias: BiasTable, size: float, wide: float) -> float:
    return _key(Card(total_width=wide), bias, 0.0, size) + 2 * MARGIN


def _bars(bias: BiasTable, weights: Sequence[float] | None, title: str, size: float, wide: float) -> Card:
    card, small = Card(total_width=wide), min(style.SMALL, size)
    names = dict(zip(bias.headings, bias.headings, strict=True))
    names |= {text.partition(" ")[0]: text for text in bias.meanings} | {ALL: "Overall"}
    longest = max(text_width(name, size) for name in names.values())
    limit = min(longest, 0.45 * wide)
    shown = [wrap(names[head], size, limit) for head in bias.headings]
    left = MARGIN + max(text_width(name, size) for name in shown) + _GAP
    full = wide - left - MARGIN - 0.15
    at = card.title(title, size, 0.06)
    for name, domain in zip(shown, bias.domains, strict=True):
        high = max(_ROW * size / 72, lines_height(name, size) + 0.05)
        card.add(Words(MARGIN, at + high / 2, name, size, va="center", gid="domain"))
        _bar(card, shares(bias.judged, domain, weights), left, at + 0.02, full, high - 0.04, small)
        at += high
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = left + share * full
        card.add(Line([x, x], [at, at + 0.04]), Words(x, at + 0.06, f"{100 * share:.0f}%", small, ha="center"))
    at += 0.06 + line_height(small)
    what = "studies" if weights is None else "studies by their weights"
    at = card.paragraph(f"Share of {what}", small, at, left=left) + 0.04
    signs_alone = BiasTable((), (), bias.judged)  # the names of the domains stand beside the bars
    card.total_height = _key(card, signs_alone, at, size) + MARGIN
    return card


def _bar(card: Card, found: dict[str, float], left: float, top: float, full: float, high: float, size: float) -> None:
    """The shares of a domain side by side, with sign and percentage in those that have room for them."""
    x = left
    for name, share in found.items():
        symbol, wide = SYMBOLS[name], full * share
        card.add(Box(x, top, wide, high, symbol.face, style.MUTED, name))
        for text in (f"{symbol.letter} {100 * share:.0f}%", symbol.letter):
            if text_width(text, size) + 0.05 < wide:
                middle = (x + wide / 2, top + high / 2)
                card.add(Words(*middle, text, size, "normal", symbol.ink, "center", "share", "center"))
                break
        x += wide
