"""In which other columns events and numbers of people are more likely to be, where the chosen ones clash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tmsmeta.tables.grid import Cells
from tmsmeta.tables.header import readings
from tmsmeta.tables.numerals import numbers
from tmsmeta.tables.recipes import Role, user_name
from tmsmeta.tables.recognise import Fit
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    import pandas as pd

_YEARS = (1900, 2100)


def better_columns(cells: Cells, fit: Fit, rows: pd.Index, arm: str) -> str:
    """What to write where there are more events than people in an arm; blank where no other columns fit all rows.

    Args:
        cells: the table as text.
        fit: which column gives which role.
        rows: the rows that are used.
        arm: ``t``, ``c``, or blank for tables with a row per arm or group.
    """
    events, n = ("events", arm), ("n", arm)
    if fit.recipe.wide or events not in fit.columns or n not in fit.columns:
        return ""
    table = {column: numbers(cells.frame[column].loc[rows], whole=True).values for column in cells.columns}
    often = 2 * _clashes(fit.columns, table, arm) >= len(rows)
    ways = [way for way in _exchanges(fit, table, arm) if often and _fits(way, fit, table)]
    if ways:
        either = listed([f"--columns {_written(way)}" for way in ways], "or")
        return f"columns look exchanged, for all rows fit with {either}"
    found = list(_others(fit, table, events, n, often=often))
    if not found:
        return ""
    names = listed([f"`{column}`" for way in found for column in way.values()], "or")
    either = listed([f"--columns {_written(way)}" for way in found], "or")
    return f"all rows fit with {names}, so check which column holds what and write, if that is meant, {either}"


def _clashes(columns: Mapping[Role, str], table: Mapping[str, pd.Series], arm: str) -> int:
    """The number of rows with more events than people in an arm."""
    return int((table[columns["events", arm]] > table[columns["n", arm]]).sum())


def _exchanges(fit: Fit, table: Mapping[str, pd.Series], arm: str) -> Iterator[dict[Role, str]]:
    """Events and n exchanged in every arm that clashes, and the numbers of people of the two arms."""
    arms = ("t", "c") if arm else ("",)
    if any((quantity, a) not in fit.columns for quantity in ("events", "n") for a in arms):
        return
    turned = [a for a in arms if _clashes(fit.columns, table, a)]
    pairs = [(("events", a), ("n", a)) for a in turned]
    yield {one: fit.columns[other] for pair in pairs for one, other in (pair, pair[::-1])}
    if arm:
        yield {("n", "t"): fit.columns["n", "c"], ("n", "c"): fit.columns["n", "t"]}


def _others(
    fit: Fit, table: Mapping[str, pd.Series], events: Role, n: Role, *, often: bool
) -> Iterator[dict[Role, str]]:
    """Columns that are not used and would do, for either role: called so, or, where many rows clash, whole numbers."""
    free = [column for column in table if column not in fit.used]
    for role in (n, events):
        for column in free:
            meant = {reading.quantity for reading in readings(column)}
            if role[0] in meant or (often and role == n and not meant and not _years(table[column])):
                way = {role: column}
                if _fits(way, fit, table):
                    yield way


def _fits(way: dict[Role, str], fit: Fit, table: Mapping[str, pd.Series]) -> bool:
    """Whether all columns hold whole numbers and no row has more events than people, in the arms of `way`."""
    columns = {**fit.columns, **way}
    for arm in {arm for _, arm in way}:
        events, n = table[columns["events", arm]], table[columns["n", arm]]
        if events.isna().any() or n.isna().any() or (events % 1 > 0).any() or (n % 1 > 0).any():
            return False
        if (events > n).any() or (events < 0).any() or (n < 1).any() or (events == n).all():
            return False
    return True


def _years(values: pd.Series) -> bool:
    return bool(values.between(*_YEARS).all())


def _written(way: dict[Role, str]) -> str:
    """The roles as ``--columns`` takes them."""
    written = ",".join(f"{user_name(role)}={column}" for role, column in way.items())
    return f"'{written}'" if any(sign in written for sign in " '()&;") else written
