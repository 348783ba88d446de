"""Rules within one table: what a row, or rows of one trial, must satisfy beyond the type of each cell.

Every rule takes the cells as text, skips what the cell checks already refuse, and returns its faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import pairwise

from tmsmeta.errors import Issue
from tmsmeta.review.certainty import certainty_faults
from tmsmeta.review.flags import ROUNDINGS, FlagEffects
from tmsmeta.tables.csv_text import CsvText
from tmsmeta.tables.printed_percent import Rounding, prints_percent, prints_rate
from tmsmeta.tables.row_rules import Record, RowRule, at_most, from_one, number_in, whole_in


def row_issues(table: str, text: CsvText, flags: FlagEffects) -> list[Issue]:
    """Faults of single rows of `table`, given what its flags admit."""
    rules = _rules(flags).get(table, ())
    return [issue for line, record in text.records() for rule in rules for issue in rule(text.file, line, record)]


def _in_order(*names: str) -> RowRule:
    """Rule: the columns rise from left to right wherever they are filled: low limit, estimate, high limit."""

    def rule(file: str, line: int, record: Record) -> Iterator[Issue]:
        filled = [(name, value) for name in names if (value := number_in(record, name)) is not None]
        for (first, below), (second, above) in pairwise(filled):
            if below > above:
                message = f"must be at most `{second}`, which is {record[second]}."
                yield Issue(line, first, record[first], message, file)

    return rule


def _both_or_neither(first: str, second: str) -> RowRule:
    """Rule: an interval has two limits or none."""

    def rule(file: str, line: int, record: Record) -> Iterator[Issue]:
        if (record.get(first, "") == "") != (record.get(second, "") == ""):
            blank = first if record.get(first, "") == "" else second
            other = second if blank == first else first
            yield Issue(line, blank, None, f"must be filled in where `{other}` is.", file)

    return rule


def _percent_fits(
    flags: FlagEffects, events: str, n: str, percent: str, roundings: tuple[Rounding, ...] = ()
) -> RowRule:
    """Rule: events of n can be printed as the percentage beside them, given what the flags of the row admit."""

    def rule(file: str, line: int, record: Record) -> Iterator[Issue]:
        count, total, printed = whole_in(record, events), whole_in(record, n), record.get(percent, "")
        effects = flags.found(record.get("flags", ""))
        if count is None or not total or count > total or number_in(record, percent) is None:
            return
        if "percent not checked" in effects:
            return
        admitted = ("rounded", *roundings, *(rounding for effect, rounding in ROUNDINGS.items() if effect in effects))
        try:
            fits = any(prints_percent(count, total, printed, rounding) for rounding in admitted)
        except ValueError:
            return
        if not fits:
            message = (
                f"cannot be printed from `{events}` of `{n}`: {count} of {total} is {100 * count / total:.4g}%. "
                f"Correct the row, or flag it ({flags.named(*ROUNDINGS, 'percent not checked')})."
            )
            yield Issue(line, percent, printed, message, file)

    return rule


def _rate_fits(file: str, line: int, record: Record) -> Iterator[Issue]:
    events, exposure, per = (whole_in(record, name) for name in ("events", "exposure", "per"))
    printed = record.get("printed_rate", "")
    if events is None or not exposure or not per or number_in(record, "printed_rate") is None:
        return
    try:
        fits = prints_rate(events, exposure, per, printed)
    except ValueError:
        return
    if not fits:
        rate = events * per / exposure
        message = f"cannot be printed from `events` in `exposure`: {events} in {exposure} is {rate:.4g} per {per}."
        yield Issue(line, "printed_rate", printed, message, file)


def _two_treatments(file: str, line: int, record: Record) -> Iterator[Issue]:
    if record.get("treat1") and record.get("treat1") == record.get("treat2"):
        yield Issue(line, "treat2", record["treat2"], "must be another treatment than `treat1`.", file)


@cache
def _rules(flags: FlagEffects) -> Mapping[str, tuple[RowRule, ...]]:
    """The rules of each table."""
    percent_fits = partial(_percent_fits, flags)
    return {
        "arms": (
            from_one("n"),
            at_most("events", "n"),
            at_most("n", "n_randomised"),
            percent_fits("events", "n", "percent_printed"),
        ),
        "contrasts": (_two_treatments, _in_order("ci_low", "estimate", "ci_high")),
        "published": (
            _in_order("ci_low", "estimate", "ci_high"),
            _both_or_neither("ci_low", "ci_high"),
            at_most("events_t", "n_t"),
            at_most("events_c", "n_c"),
            # Reviews round or cut off, and their rows carry no flags.
            percent_fits("events_t", "n_t", "percent_t", ("truncated",)),
            percent_fits("events_c", "n_c", "percent_c", ("truncated",)),
        ),
        "rates": (
            from_one("per"),
            at_most("events", "exposure"),
            _in_order("printed_low", "printed_rate", "printed_high"),
            _rate_fits,
        ),
        "cohorts": (
            at_most("events", "n"),
            _in_order("printed_low", "percent_printed", "printed_high"),
            percent_fits("events", "n", "percent_printed"),
        ),
        "claims": (_in_order("quoted_low", "quoted_high"),),
        "certainty": (certainty_faults,),
    }
