"""Claim panel: each quoted figure against the recomputed one, with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, snap
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Looks, Mark, Row, Sheet, Symbol
from tmsmeta.figures.table_plot.draw import draw_sheet
from tmsmeta.review.claims.model import VERDICT_KINDS, Finding, Verdict

_COLOURS: Mapping[Verdict, tuple[str, str]] = {
    "reproduced": ("#9fd8c4", "#000000"),
    "holds only under": ("#f2dd7e", "#000000"),
    "differs": ("#d1690e", "#000000"),
    "misattributed": ("#7a2f83", "#ffffff"),
    "cannot be recomputed": ("#ffffff", "#000000"),
}
VERDICT_SYMBOLS: Mapping[str, Symbol] = {
    verdict: Symbol(VERDICT_KINDS[verdict].letter, *colours) for verdict, colours in _COLOURS.items()
}
"""The letter and the words name a verdict; the colours darken from reproduced to misattributed."""

_WIDEST = 20.0
"""Ratios beyond this, or below its inverse, end in arrows."""
_NO_RATIO = ("year",)
"""Units without a true zero, of which multiples mean nothing."""
_SCALE = EffectScale(measure="GEN", label="Quoted and recomputed,\nrecomputed = 1", log=True, null=1.0)


@styled
def claim_panel(
    findings: Iterable[Finding],
    *,
    ax: Axes | None = None,
    title: str = "",
    size: float | None = None,
    width: float | None = None,
) -> Axes:
    """One line a claim: what is quoted, what the evidence gives, and the verdict.

    All figures are divided by the recomputed one, so that claims in different units share one logarithmic axis: a
    dot at 1 with the interval of the recomputed figure (a range has no dot), and below it the quoted figure as a
    diamond (a bar for a quoted range). Claims whose quoted and recomputed figures have no common unit, and years,
    have their line in words only.

    Args:
        findings: a ``Ledger``, or some of its findings.
        ax: the place to use; without it a new figure is made.
        title: above everything.
        size: font size in points.
        width: width of a new figure in inches, by default two columns; it grows where the text needs more.

    Raises:
        InvalidInputError: no finding, or an `ax` too small.
    """
    listed = list(findings)
    if not listed:
        raise InvalidInputError(Issue(None, "findings", 0, "must hold at least one finding."))
    rows = tuple(_row(finding) for finding in listed)
    sheet = Sheet(
        left=(
            Column(key="claim", header="Claim"),
            Column(key="statement", header="What is said", limit=1.9),
            Column(key="quoted", header="Quoted", limit=0.95),
        ),
        right=(
            Column(key="recomputed", header="Recomputed", limit=1.35),
            Column(key="symbol", symbols=True),
            Column(key="verdict", header="Verdict", limit=1.05),
        ),
        rows=rows,
        scale=_SCALE,
        limits=_limits(rows),
        graph_header=_SCALE.label,
        null=1.0,
        notes=(
            "Dot and line: recomputed figure and its interval; line alone: range. Open diamond or bar: quoted figure.",
        ),
        looks=Looks(square=style.BLUE, diamond=style.INK, stripes=True),
        title=title,
    )
    return draw_sheet(sheet, ax=ax, size=size or style.SMALL, wide=width)


def _row(finding: Finding) -> Row:
    main = finding.main
    cells = {
        "claim": finding.claim.claim_id,
        "statement": finding.claim.statement,
        "quoted": finding.claim.quoted() or "no figure",
        "recomputed": "nothing" if main is None else main.text(),
        "verdict": finding.verdict,
    }
    return Row(cells=cells, marks=_marks(finding), symbols={"symbol": VERDICT_SYMBOLS[finding.verdict]})


def _marks(finding: Finding) -> tuple[Mark, ...]:
    """The two figures of a claim as multiples of the recomputed one; none where they cannot be compared."""
    claim, main = finding.claim, finding.main
    quoted = [float(end.value) for end in (claim.low, claim.high) if end is not None]
    if main is None or isinstance(main.value, NotAssessable) or not quoted or main.unit != claim.unit:
        return ()
    if claim.unit in _NO_RATIO:
        return ()
    value = main.value
    if value <= 0 or min(quoted) <= 0:
        return ()
    known = main.low is not None and main.high is not None and main.low > 0
    low, high = (float(main.low or 0) / value, float(main.high or 0) / value) if known else (None, None)
    middle = None if known and main.kind == "range" else 1.0
    recomputed = Mark(shape="point", estimate=middle, low=low, high=high, shift=-0.16)
    ends = [q / value for q in quoted]
    colour = style.INK
    if ends[0] == ends[-1]:
        return recomputed, Mark(shape="diamond", estimate=ends[0], colour=colour, shift=0.22)
    return recomputed, Mark(shape="bar", low=ends[0], high=ends[-1], colour=colour, shift=0.22)


def _limits(rows: Iterable[Row]) -> tuple[float, float]:
    """Limits that hold every figure of the panel, as far as they lie within :data:`_WIDEST` of 1."""
    marks = [m for row in rows for m in row.marks]
    values = [v for m in marks for v in (m.low, m.high, m.estimate) if v is not None]
    low = float(np.clip(min(values, default=0.5), 1 / _WIDEST, 0.8))
    high = float(np.clip(max(values, default=2.0), 1.25, _WIDEST))
    return snap(low / 1.05, high * 1.05, log=True, give=0.2)
