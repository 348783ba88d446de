"""Claim panel: each quoted figure against the recomputed one in a band for its unit, with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Card, Dots, Line, Words, check_height, draw_card
from tmsmeta.figures.claim_bands import Band, Span, UnitAxis, axis_of, bands_of, quoted_span, recomputed_span
from tmsmeta.figures.room import TALLEST, Width, page_title, paper_width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.review.claims.model import VERDICT_KINDS, Finding, Verdict
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import minus_signs


class Look(NamedTuple):
    """Colours of the disc of a verdict and of the sign on it."""

    face: str
    ink: str


VERDICT_LOOKS: Mapping[Verdict, Look] = {
    "cannot be recomputed": Look(style.PAPER, style.INK),
    "reproduced": Look("#a5cdbb", style.INK),
    "holds only under": Look(style.OCHRE, style.INK),
    "differs": Look(style.RED, style.PAPER),
    "misattributed": Look("#2a0a30", style.PAPER),
}
"""From light to dark in steps of 20 in lightness; the sign and the words name a verdict too."""

_NARROW = 5.0
"""Inches below which a claim is a block of lines in place of cells."""
_SHARES = {"claim": 0.27, "quoted": 0.12, "recomputed": 0.20, "verdict": 0.15, "graph": 0.26}
_NARROW_SHARES = {"block": 0.63, "graph": 0.37}
_HEADINGS = {"claim": "Claim", "quoted": "Quoted", "recomputed": "Recomputed", "verdict": "Verdict"}
_SIGN, _GAP, _PAD, _RIM = 0.17, 0.08, 0.035, 0.14  # inches: disc, between cells, above a row, beside an axis
_SHIFT = 0.065
"""Inches of the recomputed figure above, and of the quoted one below, the middle of a row."""
_LEAST = 0.26
"""Inches of the lowest row."""
_NOTE = (
    "Filled dot and line: recomputed figure and its interval; line alone: range. Open diamond or bar below it: quoted "
    "figure or range; an arrow leads on where no end is quoted, or beyond the axis."
)


@styled
def claim_panel(
    findings: Iterable[Finding],
    *,
    ax: Axes | None = None,
    title: str = "",
    size: float | None = None,
    width: Width | None = None,
) -> Axes:
    """One row a claim, in a band for each unit: what is quoted, what the evidence gives, and the verdict.

    Every band has an axis of its unit: from zero, in whole years, or on a log scale for ratios and for positive figures
    far apart. A claim stands in the band of its quoted figure; where none is quoted, in that of the recomputed one.
    What cannot be drawn (no figure, or one of another unit) is said in the row. Below 5 inches of width a claim is a
    block of lines.

    Args:
        findings: a ``Ledger``, or some of its findings.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading.
        size: font size in points, by default 7.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, for a page of a journal: a higher panel is an
            error. By default two columns, as high as it needs.

    Returns:
        The axes, in inches from the upper left corner. Artists are named by ``gid``: ``recomputed``,
        ``recomputed interval``, ``quoted``, ``quoted range``, ``verdict``, ``tick``.

    Raises:
        InvalidInputError: no finding, a width that is none, an `ax` too small, or a panel higher than a page
            (:func:`claim_pages` draws it on several).

    Example:
        >>> import tmsmeta as tm
        >>> ax = tm.figures.claim_panel(tm.check_claims("my_claims.csv", tm.read_evidence("my_evidence")))
    """
    bands = _bands(findings)
    count = sum(len(band.findings) for band in bands)

    def plan(points: float, wide: float) -> Card:
        made = _Pen(bands, wide, size or min(style.SMALL, points), title)
        card = made.card(made.parts())
        advice = "take fewer findings or a larger width, or claim_pages, which draws several pages"
        return card if width is None else check_height(card, "findings", count, advice)

    return draw_card(plan, ax, width, style.TWO_COLUMNS)


@styled
def claim_pages(
    findings: Iterable[Finding], *, title: str = "", size: float | None = None, width: Width | None = "double"
) -> tuple[Axes, ...]:
    """Draw a claim panel on as many pages as it needs, none higher than the text on a page of A4 (247 mm).

    A band that goes on has its unit and its axis on every page.

    Args:
        findings: a ``Ledger``, or some of its findings.
        title: heading.
        size: font size in points, by default 7.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches.

    Returns:
        The axes of each page.

    Raises:
        InvalidInputError: no finding, a width that is none, or a claim higher than a page.

    Example:
        >>> import tmsmeta as tm
        >>> ledger = tm.check_claims("my_claims.csv", tm.read_evidence("my_evidence"))
        >>> len(tm.figures.claim_pages(ledger, title="A leaflet, checked"))
        1
    """
    pen = _Pen(_bands(findings), paper_width(width, style.TWO_COLUMNS), size or style.SMALL, title)
    pages = pen.pages()
    return tuple(draw_card(_drawn(pen, parts, number, len(pages)), None, width, style.TWO_COLUMNS)
                 for number, parts in enumerate(pages, 1))  # fmt: skip


def _bands(findings: Iterable[Finding]) -> list[Band]:
    bands = bands_of(findings)
    if not bands:
        raise InvalidInputError(Issue(None, "findings", 0, "must hold at least one finding."))
    return bands


class _Part(NamedTuple):
    """Claims of a band that stand on one page; `goes_on` where earlier ones stand on the page before."""

    band: Band
    findings: tuple[Finding, ...]
    goes_on: bool = False


def _drawn(pen: _Pen, parts: Sequence[_Part], number: int, count: int) -> Callable[[float, float], Card]:
    title = page_title(pen.title, number, count)
    return lambda _, __: check_height(
        pen.card(parts, title), "findings", len(parts), "take a larger width or smaller text"
    )


@dataclass(frozen=True)
class _Pen:
    """Places claims on paper of a width, at a font size."""

    bands: Sequence[Band]
    wide: float
    size: float
    title: str

    def parts(self) -> list[_Part]:
        """Everything on one page."""
        return [_Part(band, band.findings) for band in self.bands]

    def pages(self) -> list[list[_Part]]:
        """The parts of each page; a band begins on a page only with a claim below it."""
        room = TALLEST - self.card([], page_title(self.title, 99, 99)).total_height
        pages: list[list[_Part]] = [[]]
        left = room
        for band in self.bands:
            begun = False
            for finding in band.findings:
                needed = self._height(finding) + (0.0 if begun and pages[-1] else self._around)
                if needed > left and pages[-1]:
                    pages.append([])
                    left, needed = room, self._height(finding) + self._around
                if pages[-1] and pages[-1][-1].band is band:
                    last = pages[-1].pop()
                    pages[-1].append(last._replace(findings=(*last.findings, finding)))
                else:
                    pages[-1].append(_Part(band, (finding,), begun))
                left, begun = left - needed, True
        return pages

    def card(self, parts: Sequence[_Part], title: str | None = None) -> Card:
        """The page of these parts."""
        card = Card(total_width=self.wide)
        at = card.paragraph(self.title if title is None else title, self.size + 1, MARGIN, weight="bold") + 0.02
        at = self._head(card, at)
        for part in parts:
            at = self._band(card, part, at)
        at = card.paragraph(_NOTE, self.size, at + 0.04, colour=style.MUTED)
        card.total_height = at + MARGIN
        return card

    @property
    def _places(self) -> dict[str, tuple[float, float]]:
        """Left edge and width of the cells in inches."""
        shares = _NARROW_SHARES if self.wide < _NARROW else _SHARES
        left = MARGIN + _SIGN + _GAP / 2
        room = self.wide - left - MARGIN - _GAP * (len(shares) - 1)
        found = {}
        for key, share in shares.items():
            found[key] = (left, share * room)
            left += share * room + _GAP
        return found

    @property
    def _around(self) -> float:
        """Height of the heading and of the axis of a band."""
        return 2 * line_height(self.size) + 0.12

    def _head(self, card: Card, at: float) -> float:
        shown = {key: place for key, place in self._places.items() if key in _HEADINGS}
        for key, (left, _) in shown.items():
            card.add(Words(left, at, _HEADINGS[key], self.size, "bold", gid="heading"))
        return at + (line_height(self.size) if shown else 0.0)

    def _band(self, card: Card, part: _Part, at: float) -> float:
        """Heading, rows and axis of a band; returns where they end."""
        (left, wide), band = self._places["graph"], part.band
        axis, start = axis_of(band, wide - 2 * _RIM), left + _RIM
        card.add(Line([MARGIN, self.wide - MARGIN], [at + 0.04, at + 0.04]))
        name = heading(band.unit) + (" (continued)" if part.goes_on else "")
        card.add(Words(MARGIN, at + 0.06, wrap(name, self.size, start - MARGIN, "bold"), self.size, "bold", gid="unit"))
        at += 0.07 + line_height(self.size)
        heights = [self._height(finding) for finding in part.findings]
        end = at + sum(heights)
        for tick in axis.ticks(self.size):
            x = start + axis.at(tick)
            card.add(Line([x, x], [at, end], style.FAINT, 0.5, gid="grid"), Line([x, x], [end, end + 0.03], gid="tick"))
            card.add(Words(x, end + 0.035, axis.tick(tick), self.size, ha="center", gid="tick label"))
        card.add(Line([start, start + axis.length], [end, end]))
        for finding, high in zip(part.findings, heights, strict=True):
            self._row(card, finding, at, _Graph(card, axis, start))
            at += high
        return end + 0.05 + line_height(self.size)

    def _cells(self, finding: Finding) -> dict[str, list[tuple[str, str]]]:
        """Wrapped paragraphs and their weight, by cell."""
        claim, verdict = f"{finding.claim.claim_id} {finding.claim.statement}", str(finding.verdict)
        verdict += " conditions" if verdict == "holds only under" else ""
        quoted, recomputed = minus_signs(finding.claim.quoted() or "no figure"), minus_signs(_recomputed(finding))
        cells: dict[str, list[tuple[str, str]]]
        cells = {"claim": [(claim, "normal")], "quoted": [(quoted, "normal")], "recomputed": [(recomputed, "normal")],
                 "verdict": [(verdict, "bold")]}  # fmt: skip
        if self.wide < _NARROW:
            figures = f"Quoted: {quoted}. Recomputed: {recomputed}"
            cells = {"block": [(claim, "normal"), (figures, "normal"), (verdict, "bold")]}
        places = self._places
        return {
            key: [(wrap(text, self.size, places[key][1], weight), weight) for text, weight in paragraphs]
            for key, paragraphs in cells.items()
        }

    def _height(self, finding: Finding) -> float:
        cells = self._cells(finding).values()
        text = max(sum(lines_height(text, self.size) for text, _ in paragraphs) for paragraphs in cells)
        return max(text, _LEAST) + 2 * _PAD

    def _row(self, card: Card, finding: Finding, at: float, graph: _Graph) -> None:
        look, x, y = VERDICT_LOOKS[finding.verdict], MARGIN + _SIGN / 2, at + _PAD + line_height(self.size) / 2 + 0.01
        card.add(Dots([x], [y], _SIGN - 0.01, look.face, style.INK, gid="verdict"))
        sign = VERDICT_KINDS[finding.verdict].sign
        card.add(Words(x, y, sign, self.size, "bold", look.ink, "center", "verdict sign", "center"))
        for key, paragraphs in self._cells(finding).items():
            down = at + _PAD
            for text, weight in paragraphs:
                card.add(Words(self._places[key][0], down, text, self.size, weight, gid=f"cell {key}"))
                down += lines_height(text, self.size)
        graph.recomputed(recomputed_span(finding), at + _PAD + _LEAST / 2 - _SHIFT)
        graph.quoted(quoted_span(finding), at + _PAD + _LEAST / 2 + _SHIFT)


class _Graph(NamedTuple):
    """Draws figures along an axis that begins at `start` inches."""

    card: Card
    axis: UnitAxis
    start: float

    def recomputed(self, span: Span | None, y: float) -> None:
        """A dot with its interval, or a line alone for a range."""
        if span is None:
            return
        if span.low != span.high:
            self._line(span, y, 1.2, style.BLUE, "recomputed interval")
        if span.middle is not None:
            self.card.add(Dots([self.x(span.middle)], [y], 0.065, style.BLUE, style.BLUE, gid="recomputed"))

    def quoted(self, span: Span | None, y: float) -> None:
        """A diamond, a bar for a range, or an arrow from its one end."""
        if span is None:
            return
        if span.middle is not None:
            self.card.add(Dots([self.x(span.middle)], [y], 0.07, style.PAPER, style.INK, "quoted", 0.8, "D"))
        elif span.low is not None and span.high is not None:
            left, right = self.x(span.low), self.x(span.high)
            corners = [left, right, right, left, left], [y - 0.03, y - 0.03, y + 0.03, y + 0.03, y - 0.03]
            self.card.add(Line(*corners, line=0.8, gid="quoted range"))
        else:
            end = span.low if span.low is not None else span.high
            assert end is not None  # a quote without either end is no span
            self.card.add(Line([self.x(end)] * 2, [y - 0.035, y + 0.035], line=0.9))
            self._line(span, y, 0.9, style.INK, "quoted range")

    def x(self, value: float) -> float:
        """Its place on the paper in inches."""
        return self.start + self.axis.at(value)

    def _line(self, span: Span, y: float, thick: float, colour: str, gid: str) -> None:
        """A line between two ends; an arrow where one is open, unless the unit ends there, or beyond the axis."""
        low = self.axis.low if span.low is None else span.low
        high = min(self.axis.high, self.axis.most) if span.high is None else span.high
        left, right = self.x(low), self.x(high)
        self.card.add(Line([left, right], [y, y], colour, thick, gid=gid))
        if (span.high is None and self.axis.high < self.axis.most) or high > self.axis.high:
            self.card.add(Line([left, right], [y, y], colour, thick, arrow=True, gid="beyond"))
        if (span.low is None and self.axis.low != 0.0) or low < self.axis.low:
            self.card.add(Line([right, left], [y, y], colour, thick, arrow=True, gid="beyond"))


def _recomputed(finding: Finding) -> str:
    """The recomputed figure in words; where it cannot be drawn beside the quoted one, why."""
    main = finding.main
    missing = finding.headline if finding.verdict == "cannot be recomputed" else ""
    if main is None:
        return f"none; {missing}" if missing else "no figure"
    if recomputed_span(finding) is not None:
        return main.text()
    other = "" if isinstance(main.value, NotAssessable) else " (another unit)"
    return "; ".join(filter(None, (main.text() + other, missing)))
