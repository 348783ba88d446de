"""Read an evidence folder. Files are touched here only; parsing and checking are pure functions elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.review.checks.whole_folder import folder_issues
from tmsmeta.review.dictionary import REQUIRED_TABLES, TABLES, column_rules
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.shipped import shipped_folder
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText, parse_csv
from tmsmeta.tables.open import file_bytes
from tmsmeta.tables.study_table import table_issues
from tmsmeta.tables.to_frame import typed_table

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd


def read_evidence(path: str | Path) -> Evidence:
    """Read and validate a folder of evidence.

    Args:
        path: folder with ``trials.csv`` and ``arms.csv``. The other tables of the data dictionary are optional, but
            a table that another one refers to must be there (``sources.csv`` where rows name a ``source_id``).

    Raises:
        EvidenceError: with every fault of every file.
        OutputError: the system refuses to read a file.
    """
    return _read(_folder(path), str(path))


def load_evidence() -> Evidence:
    """The evidence that comes with tmsmeta, read and validated.

    Raises:
        EvidenceError: the shipped files were changed and now have faults.
        OutputError: the shipped files are not there.
    """
    return _load_shipped()


@cache
def _load_shipped() -> Evidence:
    return _read(shipped_folder(), "shipped with tmsmeta")


def load_claims() -> pd.DataFrame:
    """The quoted figures that come with tmsmeta: one row per claim, columns as in the data dictionary."""
    return load_evidence().claims.copy()


def check_evidence(path: str | Path) -> tuple[Issue, ...]:
    """Every fault of an evidence folder, or of one of its files; none if it is in order.

    Args:
        path: the folder; a file of it such as ``data/arms.csv``, which is checked together with the tables it
            stands beside while only its own faults are reported; or a single table of counts, see :func:`read_table`.
    """
    place = Path(path)
    if place.is_file() and place.stem in TABLES and (place.parent / "trials.csv").is_file():
        return tuple(issue for issue in check_evidence(place.parent) if issue.file == place.name)
    if place.is_file():
        return tuple(table_issues(parse_csv(place.name, file_bytes(place))))
    if not place.is_dir():
        return (_not_a_folder(path),)
    try:
        return tuple(_issues(_contents(place), [child.name for child in place.iterdir()])[1])
    except EvidenceError as error:
        return error.issues


def _folder(path: str | Path) -> Path:
    if not Path(path).is_dir():
        raise EvidenceError(_not_a_folder(path), "The evidence cannot be read")
    return Path(path)


def _not_a_folder(path: str | Path) -> Issue:
    needed = " and ".join(f"{table}.csv" for table in REQUIRED_TABLES)
    return Issue(None, WHOLE_FILE, None, f"is not a folder; give a folder with {needed}.", str(path))


def _contents(folder: Traversable) -> dict[str, bytes]:
    files = {table: folder / f"{table}.csv" for table in TABLES}
    return {table: file_bytes(file) for table, file in files.items() if file.is_file()}


def _issues(contents: Mapping[str, bytes], names: list[str]) -> tuple[dict[str, CsvText], list[Issue]]:
    texts = {table: parse_csv(f"{table}.csv", data) for table, data in contents.items()}
    return texts, [*_missing_files(contents, names), *folder_issues(texts)]


def _missing_files(contents: Mapping[str, bytes], names: list[str]) -> list[Issue]:
    issues = []
    spare = [
        name for name in names if name.endswith(".csv") and name.removesuffix(".csv") not in (*TABLES, "dictionary")
    ]
    for table in TABLES:
        near = difflib.get_close_matches(f"{table}.csv", spare, n=1, cutoff=0.8)
        if table in contents or (table not in REQUIRED_TABLES and not near):
            continue
        hint = f" Is {near[0]} meant?" if near else ""
        issues.append(Issue(None, WHOLE_FILE, None, f"is missing.{hint}", f"{table}.csv"))
    return issues


def _read(folder: Traversable, origin: str) -> Evidence:
    contents = _contents(folder)
    texts, issues = _issues(contents, [child.name for child in folder.iterdir()])
    if issues:
        raise EvidenceError(issues, f"The evidence in {origin} has faults")
    rules = column_rules()
    tables = {table: typed_table(texts.get(table), rules[table]) for table in TABLES}
    version = DataVersion.of({f"{table}.csv": data for table, data in contents.items()})
    return Evidence(**tables, data_version=version, origin=origin)
