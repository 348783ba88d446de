"""Rules that keep a trial from being counted twice, and its arms comparable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tmsmeta.errors import Issue
from tmsmeta.review.flags import VERSIONS, FlagEffects
from tmsmeta.tables.csv_text import CsvText
from tmsmeta.tables.row_rules import Record

Row = tuple[int, Record]
_FILE = "arms.csv"


def _advice(flags: FlagEffects) -> str:
    return f"or flag the row that is not for the main analysis ({flags.named(*VERSIONS)})"


def once_issues(tables: Mapping[str, CsvText], flags: FlagEffects) -> list[Issue]:
    """Faults of arms that repeat, or that cannot be compared, in the tables of one folder."""
    arms = tables["arms"].records()
    needed = {"trial_id", "arm", "outcome"}
    if not needed <= set(tables["arms"].columns):
        return []
    groups = _grouped(arms, ("trial_id", "outcome"))
    issues = [issue for rows in groups.values() for issue in _repeated_arms(rows, flags)]
    issues += [issue for rows in groups.values() for issue in (*_unlike_arms(rows, flags), *_alone(rows))]
    if {"treatment", "n", "events"} <= set(tables["arms"].columns):
        issues += _same_trial_twice(tables["trials"], arms, flags)
    return issues


def _grouped(rows: Iterable[Row], columns: tuple[str, ...]) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for line, record in rows:
        groups[tuple(record[column] for column in columns)].append((line, record))
    return groups


def _repeated_arms(rows: list[Row], flags: FlagEffects) -> Iterator[Issue]:
    """An arm has one main row per outcome, and one row per time point in each other version."""
    first: dict[tuple[str, str, str], int] = {}
    for line, record in rows:
        version = flags.version(record.get("flags", ""))
        timepoint = "" if version == "main" else record.get("timepoint", "")
        earlier = first.setdefault((record["arm"], version, timepoint), line)
        if earlier != line:
            message = (
                f"stands for {record['outcome']} of {record['trial_id']} in row {earlier} already; "
                f"an arm counts once: delete one, {_advice(flags)}."
            )
            yield Issue(line, "arm", record["arm"], message, _FILE)


def _unlike_arms(rows: list[Row], flags: FlagEffects) -> Iterator[Issue]:
    """Arms of one trial and outcome share time point and definition within each version."""
    versions: dict[str, list[Row]] = defaultdict(list)
    for line, record in rows:
        versions[flags.version(record.get("flags", ""))].append((line, record))
    for version, members in versions.items():
        for block in _blocks(version, members):
            for column in ("timepoint", "definition"):
                yield from _unlike(block, column, flags)


def _blocks(version: str, rows: list[Row]) -> list[list[Row]]:
    """Rows that must be alike: all main rows; in other versions, rows of one time point, lone arms together."""
    if version == "main":
        return [rows]
    by_time = list(_grouped(rows, ("timepoint",)).values()) if all("timepoint" in r for _, r in rows) else [rows]
    lone = [block[0] for block in by_time if len(block) == 1]
    return [block for block in by_time if len(block) > 1] + ([lone] if lone else [])


def _unlike(rows: list[Row], column: str, flags: FlagEffects) -> Iterator[Issue]:
    (first_line, first), *others = rows
    for line, record in others:
        if record.get(column, "") != first.get(column, ""):
            message = (
                f"must be {first.get(column, '')!r} as in row {first_line}: the arms of one trial and outcome share "
                f"the {column}; correct it, {_advice(flags)}."
            )
            yield Issue(line, column, record.get(column, ""), message, _FILE)


def _alone(rows: list[Row]) -> Iterator[Issue]:
    """An arm without another arm of its trial for the same outcome compares with nothing."""
    if len({record["arm"] for _, record in rows}) == 1:
        line, record = rows[0]
        message = (
            f"is the only arm of {record['trial_id']} with rows on {record['outcome']}; the arms of a trial share "
            "their outcomes: add the other arm, or move what was seen to gaps.csv or cohorts.csv."
        )
        yield Issue(line, "arm", record["arm"], message, _FILE)


def _same_trial_twice(trials: CsvText, arms: Iterable[Row], flags: FlagEffects) -> Iterator[Issue]:
    """Two trial ids with the same counts and one DOI, registry number or place in a source are one trial."""
    grouped = {key: _main(rows, flags) for key, rows in _grouped(arms, ("trial_id", "outcome")).items()}
    blocks = {key: rows for key, rows in grouped.items() if rows}
    numbers = {record.get("trial_id", ""): record for _, record in trials.records()}
    seen: dict[tuple[object, ...], tuple[str, int]] = {}
    for (trial, outcome), rows in blocks.items():
        line = rows[0][0]
        for column, mark in _marks(rows, numbers.get(trial, {})):
            key = (outcome, column, mark, _counts(rows))
            earlier, earlier_line = seen.setdefault(key, (trial, line))
            if earlier != trial:
                message = (
                    f"has the counts of {earlier} (row {earlier_line}) and the same {column}: one trial must not be "
                    "counted twice. Keep one trial_id; if they are two trials, let the locators tell them apart."
                )
                yield Issue(line, "trial_id", trial, message, _FILE)
                break


def _main(rows: list[Row], flags: FlagEffects) -> list[Row]:
    return [(line, record) for line, record in rows if flags.version(record.get("flags", "")) == "main"]


def _counts(rows: list[Row]) -> tuple[tuple[str, str, str], ...]:
    return tuple(sorted((record["treatment"], record["n"], record["events"]) for _, record in rows))


def _marks(rows: list[Row], trial: Record) -> Iterator[tuple[str, object]]:
    """What can show that two ids stand for one trial."""
    for column in ("doi", "registry"):
        if trial.get(column):
            yield column, trial[column].lower()
    places = {(record.get("source_id", ""), record.get("locator", "")) for _, record in rows}
    if all(source and locator for source, locator in places):
        yield "source and locator", frozenset(places)
