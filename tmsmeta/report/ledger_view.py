"""What the page shows of each claim, as plain values for the templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tmsmeta.errors import NotAssessable
from tmsmeta.report.claim_figure import ClaimFigure, claim_figure
from tmsmeta.report.sources import SourceView, web_address
from tmsmeta.review.claims import VERDICTS, EvidenceRow, Finding, Ledger
from tmsmeta.review.claims.because import because
from tmsmeta.review.claims.model import VERDICT_KINDS
from tmsmeta.review.same_question import OtherFigure


@dataclass(frozen=True)
class Link:
    """A source with its address where it has one that a browser may open."""

    name: str
    url: str

    @property
    def href(self) -> str:
        """The web address; empty where there is none, so that no other kind of link gets onto the page."""
        return web_address(self.url)


@dataclass(frozen=True)
class RowView:
    """A row of the evidence as the page shows it."""

    row: EvidenceRow
    known: Mapping[str, SourceView]

    @property
    def place(self) -> str:
        """Where it stands, for those who look it up."""
        lines = ", ".join(str(line) for line in self.row.lines)
        return f"{self.row.table}.csv, line {lines}" if lines else self.row.key

    @property
    def links(self) -> list[Link]:
        """Its sources, by what they are where the table of sources has them."""
        return [Link(self.known[n].name if n in self.known else n, url) for n, url in self.row.sources]


@dataclass(frozen=True)
class ClaimView:
    """A claim as the page shows it.

    Attributes:
        finding: the finding.
        anchor: id of its element.
        document: title of the document.
        figure: its figure, where there is something to draw.
        known: the sources of the review by id.
        beside: figures of it that answer what a main analysis answers, with what differs.
    """

    finding: Finding
    anchor: str
    document: str
    figure: ClaimFigure | None
    known: Mapping[str, SourceView]
    beside: Sequence[OtherFigure]

    @property
    def because(self) -> str:
        """Why the verdict is what it is, as a sentence."""
        return because(self.finding)

    @property
    def symbol(self) -> str:
        """The sign of its verdict."""
        return VERDICT_KINDS[self.finding.verdict].sign

    @property
    def verdict_class(self) -> str:
        """Name of its verdict in the style sheet."""
        return f"v-{self.finding.verdict.replace(' ', '-')}"

    @property
    def verdict_order(self) -> int:
        """Place of its verdict in the ledger's order."""
        return list(VERDICTS).index(self.finding.verdict)

    @property
    def recomputed(self) -> str:
        """The figure that the verdict rests on, in words."""
        main = self.finding.main
        return "" if main is None or self.finding.verdict == "cannot be recomputed" else main.text()

    @property
    def quoted_order(self) -> str:
        """The quoted figure as a number, for sorting; empty where none is quoted."""
        low = self.finding.claim.low or self.finding.claim.high
        return "" if low is None else f"{float(low.value):.12g}"

    @property
    def recomputed_order(self) -> str:
        """The recomputed figure as a number, for sorting."""
        main = self.finding.main
        if main is None or isinstance(main.value, NotAssessable) or not self.recomputed:
            return ""
        return f"{main.value:.12g}"

    @property
    def rows(self) -> list[RowView]:
        """Its rows: first those used."""
        return [RowView(row, self.known) for row in sorted(self.finding.rows, key=lambda row: not row.used)]

    @property
    def search_text(self) -> str:
        """What the search looks through."""
        claim = self.finding.claim
        words = (claim.claim_id, claim.statement, claim.quantity, claim.cited_source, self.document,
                 self.finding.verdict, self.finding.headline, self.finding.patient)  # fmt: skip
        return " ".join(words).casefold()


def claim_views(
    ledger: Ledger, sources: Mapping[str, SourceView], beside: Sequence[OtherFigure] = ()
) -> list[ClaimView]:
    """Every claim, in the order of the ledger."""
    return [
        ClaimView(
            finding=finding,
            anchor=_anchor(finding.claim.claim_id, number),
            document=_document(ledger, finding),
            figure=claim_figure(finding),
            known=sources,
            beside=[figure for figure in beside if figure.claim_id == finding.claim.claim_id],
        )
        for number, finding in enumerate(ledger, start=1)
    ]


def _anchor(claim_id: str, number: int) -> str:
    return f"claim-{claim_id}" if re.fullmatch(r"[A-Za-z0-9_-]+", claim_id) else f"claim-row-{number}"


def _document(ledger: Ledger, finding: Finding) -> str:
    name = finding.claim.document_id
    return ledger.documents.get(name) or name


def documents(views: list[ClaimView]) -> list[tuple[str, str]]:
    """Documents as pairs of id and title, each once, in order."""
    return list(dict.fromkeys((view.finding.claim.document_id, view.document) for view in views))
