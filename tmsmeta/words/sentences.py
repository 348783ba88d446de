"""What the sentences of all results share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tmsmeta.errors import Issue
from tmsmeta.provenance import software_sentence


def closing(corrections: str, left_out: Iterable[Issue]) -> str:
    """How methods sentences end: the corrections, the studies left out with their reasons, and the software."""
    listed = "; ".join(f"{issue.row}: {issue.message.rstrip('.')}" for issue in left_out)
    return " ".join(filter(None, [corrections, f"Left out: {listed}." if listed else "", software_sentence()]))


def joined_methods(sentences: Sequence[str]) -> list[str]:
    """Methods of several results, with the software named once, at the end."""
    software = software_sentence()
    return [text.removesuffix(software).rstrip() for text in sentences[:-1]] + list(sentences[-1:])
