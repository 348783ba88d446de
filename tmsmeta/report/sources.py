"""Sources as people cite them, for the page: by what they are and whose numbers they give, never by their ids."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tmsmeta.review.export import trials_by_source
from tmsmeta.tables.to_frame import records
from tmsmeta.words.names import heading, listed

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence

CITED = ("author", "title", "journal", "year")
"""Columns of a review's own by which a source is cited, in this order."""
_MOST_NAMED = 4


def web_address(text: str) -> str:
    """`text` where it is one web address; empty for anything else, so that no other kind of link gets onto the page."""
    return text if re.fullmatch(r"https?://[^\s\"<>]+", text) else ""


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """A source as the page shows it.

    Attributes:
        source_id: its id in the tables.
        anchor: id of its element.
        name: author, title, journal and year where the tables have them; else what it is and whose numbers it gives.
        url: where it was read; an address, or words.
        doi: where the tables have it.
        read: when it was read, in words.
    """

    source_id: str
    anchor: str
    name: str
    url: str
    doi: str
    read: str

    @property
    def href(self) -> str:
        """The address that its name leads to: of the DOI, or where it was read."""
        return f"https://doi.org/{self.doi}" if re.fullmatch(r"10\.\d{4,9}/[^\s\"<>]+", self.doi) else self.read_at

    @property
    def read_at(self) -> str:
        """The web address at which it was read; empty where that is none, or several."""
        return web_address(self.url)

    @property
    def host(self) -> str:
        """Whose pages these are."""
        return urlsplit(self.read_at).netloc.removeprefix("www.")


def source_views(evidence: Evidence) -> list[SourceView]:
    """Every source, in the order of the table."""
    trials = trials_by_source(evidence)
    return [
        _view(cells, number, trials.get(cells["source_id"], ()))
        for number, (_, cells) in enumerate(records(evidence.sources), start=1)
    ]


def _view(cells: Mapping[str, Any], number: int, trials: tuple[str, ...]) -> SourceView:
    cited = [str(cells[name]) for name in CITED if name in cells and _known(cells[name])]
    return SourceView(
        source_id=str(cells["source_id"]),
        anchor=f"source-{number}",
        name=". ".join(cited) if cells.get("title") else _described(str(cells["kind"]), trials),
        url=str(cells["url"]),
        doi=str(cells["doi"]) if "doi" in cells and _known(cells["doi"]) else "",
        read=day_in_words(str(cells["seen_on"])),
    )


def _known(cell: Any) -> bool:
    return cell is not None and cell == cell and cell != ""


def _described(kind: str, trials: tuple[str, ...]) -> str:
    """What a source is and whose numbers it gives: "Trial abstract of Klein 1999"."""
    named = list(trials[:_MOST_NAMED])
    if len(trials) > _MOST_NAMED:
        named.append(f"{len(trials) - _MOST_NAMED} more trials")
    return f"{heading(kind) or 'Source'}{f' of {listed(named)}' if named else ''}"


def day_in_words(day: str) -> str:
    """``"22 November 2026"``; the text itself where it is no day."""
    try:
        found = datetime.date.fromisoformat(day)
    except ValueError:
        return day
    months = (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    )
    return f"{found.day} {months[found.month - 1]} {found.year}"
