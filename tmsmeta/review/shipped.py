"""Find the evidence that comes with the package, installed or in a checkout, and record that it was checked.

``make data`` runs this module after a change of ``data/`` or of the keys of a protocol.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import EvidenceError, OutputError
from tmsmeta.review.protocol_reader import SCHEMA_ID, json_schema

CHECKED = "shipped.sha256"

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from tmsmeta.provenance import DataVersion


def shipped_folder() -> Traversable:
    """The folder of the shipped evidence: ``tmsmeta/_data`` when installed, ``data`` in a checkout.

    Raises:
        OutputError: neither folder is there, so the installation is damaged.
    """
    package = resources.files("tmsmeta")
    installed = package / "_data"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / "data"
    if checkout.is_dir():
        return checkout
    raise OutputError(f"The shipped evidence is neither at {installed} nor at {checkout}. Install tmsmeta again.")


def known_version() -> str:
    """Hash of the shipped folder when it was last checked, from the file that :func:`record` writes.

    A folder with this hash is known to have no fault, so that reading it does not check it again.
    """
    return (resources.files("tmsmeta.review") / CHECKED).read_text(encoding="ascii").strip()


def record(folder: Path, into: Path) -> DataVersion:
    """Check every file of a folder; if there is no fault, write its hash and the schema of a protocol.

    Args:
        folder: the folder of a review.
        into: folder to write ``shipped.sha256`` and ``review.schema.json`` to.

    Raises:
        EvidenceError: with every fault; nothing is written.
    """
    from tmsmeta.review.folder import check_evidence, read_evidence

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
