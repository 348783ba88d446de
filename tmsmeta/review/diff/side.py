"""One side of a comparison: a review that is run, or the results that a run wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, InvalidInputError, Issue
from tmsmeta.review.protocol_faults import FILE as PROTOCOL
from tmsmeta.review.run import SCHEMA_VERSION
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.open import file_bytes

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.run import ReviewRun

RESULTS = "results.json"
PARTS = ("analyses", "networks", "claims", "published", "data", "environment")
"""What every version of the results holds."""
HEADING = "The two cannot be compared"


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One side of a comparison.

    Attributes:
        name: how messages call it: its folder.
        results: what ``results.json`` holds.
        evidence: tables and protocol; None where only results are at hand.
    """

    name: str
    results: Mapping[str, Any]
    evidence: Evidence | None

    def __str__(self) -> str:
        data = str(self.results["data"]["sha256"])[:12]
        what = "review" if self.evidence else "results"
        return f"{self.name} ({what}, data {data}, tmsmeta {self.results['environment'].get('tmsmeta', 'unknown')})"

    def to_dict(self) -> dict[str, Any]:
        """Name, kind and versions, ready for JSON."""
        return {
            "name": self.name,
            "kind": "review" if self.evidence else "results",
            "title": self.results.get("title", ""),
            "data": self.results["data"]["sha256"],
            "tmsmeta": self.results["environment"].get("tmsmeta", ""),
            "schema_version": self.results["schema_version"],
        }


def side_of_run(run: ReviewRun, name: str = "") -> Side:
    """A review that was run."""
    return Side(name=name or run.evidence.origin, results=run.to_dict(), evidence=run.evidence)


def side_of_results(results: Mapping[str, Any], name: str = RESULTS) -> Side:
    """The content of a ``results.json``.

    Raises:
        InvalidInputError: it is of a version that is not known, or lacks what every version has.
    """
    version = results.get("schema_version")
    if version not in range(1, SCHEMA_VERSION + 1):
        known = " and ".join(str(number) for number in range(1, SCHEMA_VERSION + 1))
        message = f"must be of a version that can be read ({known}); run the review again."
        raise InvalidInputError(Issue(None, "schema_version", version, message, name), HEADING)
    missing = [part for part in PARTS if part not in results]
    if missing:
        faults = [Issue(None, part, None, "is missing; run the review again.", name) for part in missing]
        raise InvalidInputError(faults, HEADING)
    return Side(name=name, results=results, evidence=None)


def read_side(folder: str | Path) -> Side:
    """Read one side: a review folder is run, of a result folder ``results.json`` is read.

    Raises:
        EvidenceError: the folder holds neither, or has faults.
        InvalidInputError: its results cannot be understood.
        OutputError: the system refuses to read a file.
    """
    from tmsmeta.review.review import read_review

    place = Path(folder)
    if (place / PROTOCOL).is_file():
        return side_of_run(read_review(place).run(), str(folder))
    if not (place / RESULTS).is_file():
        what = "a review folder (with review.toml) or a folder that tmsmeta run wrote (with results.json)"
        raise EvidenceError(Issue(None, WHOLE_FILE, None, f"must be {what}.", str(folder)), HEADING)
    name = str(place / RESULTS)
    try:
        found = json.loads(file_bytes(place / RESULTS).decode("utf-8"))
    except ValueError as error:
        raise EvidenceError(Issue(None, WHOLE_FILE, None, f"cannot be read as JSON: {error}.", name), HEADING) from None
    if not isinstance(found, dict):
        raise EvidenceError(Issue(None, WHOLE_FILE, None, "must hold the results of a run.", name), HEADING)
    side = side_of_results(found, name)
    return Side(name=str(folder), results=side.results, evidence=None)
