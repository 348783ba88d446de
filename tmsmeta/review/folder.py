"""Read an evidence folder. Files are touched here only; parsing and checking are pure functions elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import EvidenceError, Issue, check_kind
from tmsmeta.provenance import DataVersion
from tmsmeta.review.dictionary import REQUIRED_TABLES, TABLES, Rules, rules_with
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.protocol_faults import FILE as PROTOCOL
from tmsmeta.review.protocol_faults import once
from tmsmeta.review.protocol_reader import parse_protocol
from tmsmeta.review.shipped import known_version, shipped_folder
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText, parse_csv
from tmsmeta.tables.open import file_bytes
from tmsmeta.tables.to_frame import typed_table
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import near

DICTIONARY = "dictionary.csv"

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd


@answerable
def read_evidence(path: str | Path, *, protocol_needed: bool = False) -> Evidence:
    """Read and validate a folder of evidence.

    Args:
        path: folder with ``trials.csv`` and ``arms.csv``. The other tables of the data dictionary are optional, but
            a table that another one refers to must be there (``sources.csv`` where rows name a ``source_id``).
            ``review.toml`` says how they are analysed; without it every choice has its default.
        protocol_needed: whether a folder without ``review.toml`` is a fault.

    Returns:
        All tables, the protocol and the version of the data.

    Raises:
        EvidenceError: with every fault of every file.
        InvalidInputError: something else than a path.
        OutputError: the system refuses to read a file.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> len(evidence.trials), len(evidence.arms), evidence.outcome_names
        (3, 6, ('response',))
    """
    folder = _folder(path)
    if protocol_needed and not (folder / PROTOCOL).is_file():
        raise EvidenceError(_no_protocol(path), "The review cannot be read")
    return _read(folder, str(path))


def load_evidence() -> Evidence:
    """The evidence that comes with tmsmeta, read and validated.

    Returns:
        All tables, the protocol and the version of the data; the same object on every call.

    Raises:
        EvidenceError: the shipped files were changed and now have faults.
        OutputError: the shipped files are not there.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.load_evidence()
        >>> evidence.outcome_names, evidence.control
        (('response', 'remission'), 'sham')
    """
    return _load_shipped()


@cache
def _load_shipped() -> Evidence:
    return _read(shipped_folder(), "shipped with tmsmeta")


def load_claims() -> pd.DataFrame:
    """The quoted figures that come with tmsmeta: one row per claim, columns as in the data dictionary.

    Returns:
        The table, a copy.

    Raises:
        EvidenceError: the shipped files were changed and now have faults.
        OutputError: the shipped files are not there.

    Example:
        >>> import tmsmeta as tm
        >>> list(tm.load_claims().columns[:3])
        ['claim_id', 'document_id', 'statement']
    """
    return load_evidence().claims.copy()


def _folder(path: str | Path) -> Path:
    check_path(path)
    if not Path(path).is_dir():
        raise EvidenceError(not_a_folder(path), "The evidence cannot be read")
    return Path(path)


def check_path(path: object) -> None:
    """Raise unless this can be the place of a file or folder."""
    check_kind("path", path, (str, PathLike), "the path of a folder or a file")


def not_a_folder(path: str | Path) -> Issue:
    """That there is no folder at `path`, and what is needed."""
    needed = " and ".join(f"{table}.csv" for table in REQUIRED_TABLES)
    return Issue(None, WHOLE_FILE, None, f"is not a folder; give a folder with {needed}.", str(path))


def _no_protocol(path: str | Path) -> Issue:
    message = f"is missing; at the least it names the comparator. `tmsmeta new {path}` writes one to start from."
    return Issue(None, WHOLE_FILE, None, message, PROTOCOL)


def contents_of(folder: Traversable) -> dict[str, bytes]:
    """The files of a review folder that are read, by name."""
    files = {name: folder / name for name in (*(f"{table}.csv" for table in TABLES), DICTIONARY, PROTOCOL)}
    return {name: file_bytes(file) for name, file in files.items() if file.is_file()}


@dataclass(frozen=True)
class Parsed:
    """The files of a folder, parsed.

    Attributes:
        tables: the tables by name.
        rules: what their columns allow.
        protocol: what ``review.toml`` says.
        issues: faults of protocol and dictionary.
    """

    tables: dict[str, CsvText]
    rules: Rules
    protocol: Protocol
    issues: list[Issue]

    @classmethod
    def of(cls, contents: Mapping[str, bytes]) -> Parsed:
        """The files given as ``{name: bytes}``, see :func:`contents_of`."""
        tables = {t: parse_csv(f"{t}.csv", contents[f"{t}.csv"]) for t in TABLES if f"{t}.csv" in contents}
        own = parse_csv(DICTIONARY, contents[DICTIONARY]) if DICTIONARY in contents else None
        rules, issues = rules_with(own)
        protocol, faults = parse_protocol(contents[PROTOCOL]) if PROTOCOL in contents else (Protocol(), [])
        return cls(tables, rules, protocol, [*faults, *issues])

    def evidence(self, version: DataVersion, origin: str) -> Evidence:
        """The tables with their types; they must have no fault."""
        tables = {table: typed_table(self.tables.get(table), self.rules[table]) for table in TABLES}
        return Evidence(**tables, protocol=self.protocol, data_version=version, origin=origin)

    def all_issues(self, names: list[str]) -> list[Issue]:
        """Every fault; `names` are those of all files in the folder."""
        # The shipped review is known by its hash and needs no checks, which take long to import.
        from tmsmeta.review.checks.protocol_names import protocol_issues
        from tmsmeta.review.checks.whole_folder import flag_effects, folder_issues

        issues = [*self.issues, *_missing_files(self.tables, names)]
        issues += protocol_issues(self.protocol, self.tables, flag_effects(self.tables.get("flags")))
        return once([*issues, *folder_issues(self.tables, self.rules)])


def _missing_files(tables: Mapping[str, CsvText], names: list[str]) -> list[Issue]:
    issues = []
    known = {*(f"{table}.csv" for table in TABLES), DICTIONARY}
    spare = [name for name in names if name.endswith(".csv") and name not in known]
    for table in TABLES:
        like = near(f"{table}.csv", spare, cutoff=0.8)
        if table in tables or (table not in REQUIRED_TABLES and not like):
            continue
        hint = f" Is {like} meant?" if like else ""
        issues.append(Issue(None, WHOLE_FILE, None, f"is missing.{hint}", f"{table}.csv"))
    return issues


def _read(folder: Traversable, origin: str) -> Evidence:
    contents = contents_of(folder)
    parsed, version = Parsed.of(contents), DataVersion.of(contents)
    if version.sha256 != known_version():
        issues = parsed.all_issues([child.name for child in folder.iterdir()])
        if issues:
            raise EvidenceError(issues, f"The evidence in {origin} has faults")
    return parsed.evidence(version, origin)
