"""Check the cells of one table against the data dictionary, with pandera in lazy mode: every fault at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue
from tmsmeta.tables.columns import ColumnRule
from tmsmeta.words.names import meant, near

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
_PATTERNS = {
    # 12.0 is a whole number as spreadsheets and pandas write it in a column with blanks.
    "count": (r"[0-9]{1,15}(\.0+)?", "must be a whole number, 0 or more"),
    "year": (r"(19|20)[0-9]{2}(\.0+)?|2100", "must be a year from 1900 to 2100"),
    "number": (_NUMBER, "must be a number with a decimal point, such as 0.5"),
    "positive": (_NUMBER, "must be a number above 0, with a decimal point"),
    "percent": (r"[0-9]+(\.[0-9]*)?|\.[0-9]+", "must be a percentage from 0 to 100, with a decimal point"),
    "date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "must be a day of the calendar as YYYY-MM-DD"),
    "key": (r"[^;:\n\r\t\x00-\x1f]+", "must be a name on one line, without ; or :"),
    "key part": (r"[^;:\n\r\t\x00-\x1f]+", "must be a name on one line, without ; or :"),
}
_UNIQUE = "must stand only once in this file"
_FILLED = "must be filled in"


def cell_issues(
    file: str,
    frame: pd.DataFrame,
    rules: Sequence[ColumnRule],
    *,
    together: Sequence[str] = (),
    sourced: bool = False,
    strict: bool = True,
) -> list[Issue]:
    """Faults of columns and cells of one table.

    Args:
        file: its name, for messages.
        frame: its cells as text, indexed by line of the file.
        rules: what its columns allow.
        together: columns that together name a row, so that no two rows may agree in all of them.
        sourced: whether the folder has ``sources.csv``, so that each number must name its source.
        strict: whether columns without a rule are faults.
    """
    import pandera.errors
    import pandera.pandas as pa

    columns = {
        rule.column: pa.Column(checks=_cell_checks(rule, sourced), required=_column_required(rule, sourced))
        for rule in rules
    }
    naming = [column for column in together if column in frame.columns]
    checks = [_row_unique(naming)] if naming else []
    try:
        pa.DataFrameSchema(columns, checks=checks, strict=strict).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return _issues_of(file, frame, rules, naming, errors.failure_cases)
    return []


def _column_required(rule: ColumnRule, sourced: bool) -> bool:
    return rule.presence in ("yes", "blank") or (rule.presence == "sourced" and sourced)


def _cell_checks(rule: ColumnRule, sourced: bool) -> list[pa.Check]:
    checks = []
    if rule.presence == "yes" or (rule.presence == "sourced" and sourced):
        checks.append(_check(lambda cells: cells != "", _FILLED))
    if rule.kind in _PATTERNS:
        pattern, message = _PATTERNS[rule.kind]
        or_blank = " or blank" if rule.presence in ("blank", "optional") else ""
        checks.append(_check(_matches(re.compile(pattern), rule.kind), f"{message}{or_blank}"))
    if rule.kind in ("key", "unique text"):
        checks.append(_check(lambda cells: (cells == "") | ~cells.duplicated(), _UNIQUE))
    if rule.kind == "choice":
        options = rule.options
        checks.append(_check(lambda cells: (cells == "") | cells.isin(options), f"must be one of {', '.join(options)}"))
    return checks


def _check(passes: Callable[[pd.Series[str]], pd.Series[bool]], message: str) -> pa.Check:
    import pandera.pandas as pa

    return pa.Check(passes, error=message)


def _matches(pattern: re.Pattern[str], kind: str) -> Callable[[pd.Series[str]], pd.Series[bool]]:
    def good(cell: str) -> bool:
        if cell == "":
            return True
        if not pattern.fullmatch(cell):
            return False
        if kind == "positive":
            return 0 < float(cell) < float("inf")
        if kind == "date":
            return _is_day(cell)
        return kind != "percent" or float(cell) <= 100

    return lambda cells: cells.map(good).astype(bool)


def _is_day(cell: str) -> bool:
    """Whether the calendar has this day: no 31 November."""
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _row_unique(naming: Sequence[str]) -> pa.Check:
    import pandera.pandas as pa

    with_others = f"together with {', '.join(naming[1:])} " if naming[1:] else ""
    return pa.Check(lambda frame: ~frame.duplicated(list(naming)), error=f"{with_others}{_UNIQUE}")


def _issues_of(
    file: str, frame: pd.DataFrame, rules: Sequence[ColumnRule], naming: Sequence[str], failures: pd.DataFrame
) -> list[Issue]:
    """Translate pandera's failure cases; a failed row check is reported once per row, not once per column."""
    issues: dict[tuple[Any, ...], Issue] = {}
    options = {rule.column: rule.options for rule in rules if rule.kind == "choice"}
    for case in failures.to_dict("records"):
        column, check, found = case["column"], str(case["check"]), case["failure_case"]
        if check == "column_in_schema":
            issue = Issue(1, str(found), str(found), _unknown_column(str(found), [rule.column for rule in rules]), file)
        elif check == "column_in_dataframe":
            issue = Issue(1, str(found), None, "is missing; the header must name this column.", file)
        else:
            row = int(case["index"])
            if case["schema_context"] == "DataFrameSchema":
                column, found = naming[0], frame.at[row, naming[0]]
            hint = meant(str(found), options.get(str(column), ()))
            issue = Issue(row, str(column), None if check == _FILLED else found, f"{check}.{hint}", file)
        issues.setdefault((issue.row, issue.column, issue.message), issue)
    return list(issues.values())


def _unknown_column(found: str, known: Sequence[str]) -> str:
    name = near(found, known)
    hint = f" Is it meant to be `{name}`?" if name else ""
    return (
        f"is not a column of this table; its columns are {', '.join(known)}.{hint} "
        "A column of your own needs a row in dictionary.csv."
    )
