"""The summary of findings as the page shows it: where nobody has rated the evidence, that is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable

if TYPE_CHECKING:
    from tmsmeta.review.findings import SummaryOfFindings

_UNRATED = (
    "Nobody has rated the certainty of this evidence, and the program rates nothing. Ratings by GRADE, with their "
    "reasons, go into the file certainty.csv in the folder of the review, and then stand here in every line."
)


def findings_view(found: SummaryOfFindings) -> dict[str, Any]:
    """Title, head, rows and notes; the column of certainty only where something is rated."""
    rated = not all(isinstance(finding.certainty, NotAssessable) for finding in found.findings)
    table = found.to_table(certainty=rated)
    unrated = "" if rated else _UNRATED
    return {"title": table.title, "head": table.head, "rows": table.rows, "notes": table.notes, "unrated": unrated}
