"""How a review and its results are cited: as text and as BibTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tmsmeta.provenance import escape_tex
from tmsmeta.report.sources import day_in_words
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence


def citation(evidence: Evidence) -> str:
    """Authors, title, last search, version of the data and of the program, in one sentence each."""
    from tmsmeta import __version__

    protocol = evidence.protocol
    parts = [
        listed(list(protocol.authors)),
        _title(evidence),
        f"Last search on {day_in_words(str(protocol.searched))}" if protocol.searched else "",
        f"Evidence {evidence.data_version.short}, computed with tmsmeta {__version__}",
    ]
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def citation_bibtex(evidence: Evidence) -> str:
    """The same as an entry for BibTeX."""
    from tmsmeta import __version__

    protocol = evidence.protocol
    fields = {
        "author": " and ".join(f"{{{escape_tex(name)}}}" for name in protocol.authors),
        "title": f"{{{escape_tex(_title(evidence))}}}",
        "year": str(protocol.searched)[:4] if protocol.searched else "",
        "note": escape_tex(f"Evidence {evidence.data_version.short}, computed with tmsmeta {__version__}"),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    key = re.sub(r"[^a-z0-9]+", "-", _title(evidence).casefold()).strip("-")[:40].strip("-") or "review"
    return f"@misc{{{key},\n{lines}\n}}\n"


def _title(evidence: Evidence) -> str:
    return evidence.protocol.heading or "A review"
