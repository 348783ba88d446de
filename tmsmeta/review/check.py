"""Check a review folder, one of its files, or a table of one's own, and list every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.review.claims.ledger import claims_faults
from tmsmeta.review.dictionary import TABLES
from tmsmeta.review.evidence import NOTHING_TO_ANALYSE, Evidence
from tmsmeta.review.folder import Parsed, check_path, contents_of, not_a_folder
from tmsmeta.review.protocol_faults import FILE as PROTOCOL
from tmsmeta.tables.read import read_table
from tmsmeta.words.arguments import answerable


@answerable
def check_evidence(path: str | Path) -> tuple[Issue, ...]:
    """Every fault of a review folder, or of one of its files; none if it is in order and can be run.

    Args:
        path: the folder; a file of it such as ``data/arms.csv``, which is checked together with the tables it
            stands beside while only its own faults are reported; or a single table of counts, see :func:`read_table`.

    Returns:
        The faults, each with its file, row, column and value.

    Raises:
        InvalidInputError: something else than a path.
        OutputError: the system refuses to read a file.

    Example:
        >>> import tmsmeta as tm
        >>> tm.check_evidence("my_evidence")
        ()
    """
    check_path(path)
    place = Path(path)
    if place.is_file() and place.stem in TABLES and (place.parent / "trials.csv").is_file():
        return tuple(issue for issue in check_evidence(place.parent) if issue.file == place.name)
    if place.is_file():
        return _table_faults(place)
    if not place.is_dir():
        return (not_a_folder(path),)
    contents = contents_of(place)
    parsed = Parsed.of(contents)
    issues = parsed.all_issues([child.name for child in place.iterdir()])
    if issues:
        return tuple(issues)
    evidence = parsed.evidence(DataVersion.of(contents), str(path))
    asked = unanswered(evidence) if PROTOCOL in contents else []
    return (*asked, *claims_faults(evidence))


def _table_faults(path: Path) -> tuple[Issue, ...]:
    """The faults of a single table."""
    try:
        read_table(path)
    except InvalidInputError as error:
        return error.issues
    return ()


def unanswered(evidence: Evidence) -> list[Issue]:
    """What a run of the review would still have to ask: the comparator, and which direction of an outcome is better."""
    if not evidence.outcome_names:
        return [NOTHING_TO_ANALYSE]
    issues: list[Issue] = []
    asked: list[Callable[[], object]] = [lambda: evidence.control]
    for ask in asked + [partial(evidence.better, outcome) for outcome in evidence.outcome_names]:
        try:
            ask()
        except InvalidInputError as error:
            issues += error.issues
    return issues


def contents_issues(contents: Mapping[str, bytes]) -> list[Issue]:
    """Every fault of a folder that is not written yet, given as the bytes of each file by name."""
    return Parsed.of(contents).all_issues(list(contents))
