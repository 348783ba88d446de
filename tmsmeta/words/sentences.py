"""What the sentences of all results share."""

from __future__ import annotations

from collections.abc import Iterable

from tmsmeta.errors import Issue
from tmsmeta.provenance import software_sentence


def closing(corrections: str, left_out: Iterable[Issue]) -> str:
    """How methods sentences end: the corrections, the studies left out with their reasons, and the software."""
    listed = "; ".join(f"{issue.row}: {issue.message.rstrip('.')}" for issue in left_out)
    return " ".join(filter(None, [corrections, f"Left out: {listed}." if listed else "", software_sentence()]))
