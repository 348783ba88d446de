"""``make data``: check the shipped folder, and record its hash and the schema of a protocol in the package."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tmsmeta.errors import EvidenceError
from tmsmeta.provenance import DataVersion
from tmsmeta.review.check import check_evidence
from tmsmeta.review.folder import read_evidence
from tmsmeta.review.protocol_schema import SCHEMA_ID, json_schema
from tmsmeta.review.shipped import CHECKED


def record(folder: Path, into: Path) -> DataVersion:
    """Check every file of a folder; if there is no fault, write its hash and the schema of a protocol.

    Args:
        folder: the folder of a review.
        into: folder to write ``shipped.sha256`` and ``review.schema.json`` to.

    Raises:
        EvidenceError: with every fault; nothing is written.
    """
    if issues := check_evidence(folder):
        raise EvidenceError(issues, f"The evidence in {folder} has faults")
    version = read_evidence(folder).data_version
    (into / CHECKED).write_text(version.sha256 + "\n", encoding="ascii")
    schema = json.dumps(json_schema(), indent=1, ensure_ascii=False)
    (into / SCHEMA_ID).write_text(schema + "\n", encoding="utf-8")
    return version


def main() -> int:
    """Record the data of the checkout; returns the exit code."""
    here = Path(__file__).resolve()
    try:
        version = record(here.parents[2] / "data", here.parent)
    except EvidenceError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"data/ has no fault; its version {version.short} is recorded in {CHECKED}, the protocol's keys in {SCHEMA_ID}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
