"""``tmsmeta claims``, ``check`` and ``export``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tmsmeta.cli.console import FAULT, print_json, say, show_table
from tmsmeta.cli.sources import evidence_of

if TYPE_CHECKING:
    from tmsmeta.review.claims import Ledger


def claims(file: Path | None, evidence_folder: Path | None, as_json: bool) -> None:
    """Check claims of the evidence, or of a file of one's own."""
    from tmsmeta.review.claims import check_claims

    ledger = check_claims(file, evidence_of(evidence_folder))
    if as_json:
        print_json(ledger.to_dict())
    else:
        show_ledger(ledger)


def show_ledger(ledger: Ledger) -> None:
    """The ledger as a table: claim, verdict, and why."""
    rows = [
        [str(r["claim_id"]), str(r["statement"]), str(r["verdict"]), str(r["headline"])]
        for r in ledger.to_frame().to_dict("records")
    ]
    show_table("Quoted figures", ["claim", "statement", "verdict", "what we find"], rows)
    say(ledger.summary())


def check(file: Path, as_json: bool) -> None:
    """List every fault; exit code 2 if there is one."""
    from tmsmeta.review.check import check_evidence

    issues = check_evidence(file)
    if as_json:
        names = ("file", "row", "column", "found", "message")
        print_json([{name: _plain(getattr(issue, name)) for name in names} for issue in issues])
    elif not issues:
        say(f"{file}: no fault found.{_without_protocol(file)}")
    else:
        print(f"tmsmeta: {file}: {len(issues)} {'fault' if len(issues) == 1 else 'faults'}.", file=sys.stderr)
        for issue in issues:
            print(f"  - {issue}", file=sys.stderr)
    if issues:
        raise typer.Exit(FAULT)


def _without_protocol(file: Path) -> str:
    from tmsmeta.review.protocol_faults import FILE as PROTOCOL

    if not file.is_dir() or (file / PROTOCOL).is_file():
        return ""
    return f" It has no {PROTOCOL}, which says what is asked: tmsmeta run needs one."


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float)) or value is None else str(value)


def export(out: Path, evidence_folder: Path | None, as_json: bool) -> None:
    """Write every format into a folder, whole or not at all."""
    from tmsmeta.report.exports import write_exports

    written = write_exports(evidence_of(evidence_folder), out)
    if as_json:
        print_json([str(path) for path in written])
    else:
        say(f"Written to {out}: {', '.join(path.name for path in written)}.")
