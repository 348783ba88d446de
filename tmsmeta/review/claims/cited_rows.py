"""Rows of the evidence as checks see them: cells without gaps, a phrase that says what the row says, its source."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tmsmeta.review.claims.cited_figures import IN_CLAIM, Parameter
from tmsmeta.review.claims.model import Claim, EvidenceRow, Key
from tmsmeta.review.dictionary import KEY_COLUMNS
from tmsmeta.review.evidence import Evidence
from tmsmeta.tables.row_rules import split_list
from tmsmeta.words.names import inside

if TYPE_CHECKING:
    import pandas as pd


_WITH_A_PLACE = frozenset(
    (*KEY_COLUMNS.values(), "label", "review", "doi", "design", "scope", "sample", "comparison", "scale", "outcome",
     "measure", "what", "unit", "note", "seen_in", "url")
)  # fmt: skip
"""Columns of text that have a place of their own in what is said of a row."""


@dataclass(frozen=True)
class Row:
    """One row of the evidence.

    Attributes:
        table: its table.
        line: line of the file.
        key: its name, such as ``rates:lerner2019``.
        cells: cells by column; None where blank.
        raters: names of rating scales by who fills them in, as the protocol has them.
    """

    table: str
    line: int
    key: str
    cells: Mapping[str, Any]
    raters: Mapping[str, tuple[str, ...]]

    def number(self, column: str) -> float | None:
        """The number in a column; None where blank."""
        value = self.cells.get(column)
        return None if value is None else float(value)

    def text(self, column: str) -> str:
        """The text in a column; empty where blank."""
        return str(self.cells.get(column) or "")

    @property
    def year(self) -> int | None:
        """Year of publication."""
        value = self.number("year")
        return None if value is None else int(value)

    @property
    def label(self) -> str:
        """Name of the survey, cohort or review, with its year."""
        name = self.text("label") or self.text("review") or self.key
        return name if self.year is None or str(self.year) in name else f"{name} {self.year}"

    @property
    def further(self) -> str:
        """What stands in further columns of text, those that a review added among them, such as a device or a dose."""
        return ", ".join(v for name, v in self.cells.items() if isinstance(v, str) and name not in _WITH_A_PLACE)

    @property
    def rated_by(self) -> frozenset[str]:
        """Who fills in the scales of the row; empty where the protocol knows none of them."""
        scale = self.text("scale")
        return frozenset(rater for rater, names in self.raters.items() if any(name in scale for name in names))

    @property
    def about(self) -> str:
        """Design, sample, population, comparison and scale in words: what a figure of the row holds for."""
        parts = [*(self.text(name) for name in ("design", "sample", "scope", "comparison")), self.further]
        if scale := self.text("scale"):
            who = " and ".join(sorted(self.rated_by))
            parts.append(f"rated on {scale} ({who})" if who else f"rated on {scale}")
        return ", ".join(part for part in parts if part)

    def evidence(self, *, used: bool = True, note: str = "") -> EvidenceRow:
        """The row for a finding."""
        remarks = "; ".join(part for part in (note, self.text("note")) if part)
        return EvidenceRow(
            table=self.table, lines=(self.line,), key=self.key, label=self.label, says=_SAYS[self.table](self),
            sources=((f"{self.label}, {self.text('seen_in')}", self.text("url")),), used=used, note=remarks,
        )  # fmt: skip


def rows_of(evidence: Evidence, keys: tuple[Key, ...], *tables: str) -> list[Row]:
    """The rows that the keys of these tables name, in the order of the keys."""
    found = []
    for key in keys:
        if key.table in tables and key.table in KEY_COLUMNS:
            row = named_row(evidence, key)
            if row is not None:
                found.append(row)
    return found


def named_row(evidence: Evidence, key: Key) -> Row | None:
    """The row with this name, or None."""
    column, raters = KEY_COLUMNS[key.table], evidence.protocol.claims.raters
    for line, cells in evidence.rows(key.table):
        if cells[column] == key.name:
            return Row(key.table, line, str(key), _cells(cells), raters)
    return None


def _cells(record: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if _blank(value) else value for name, value in record.items()}


def _blank(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value == "" or (isinstance(value, float) and math.isnan(value))


def percent_of(row: Row, percent: str = "percent_printed", events: str = "events", n: str = "n") -> float | None:
    """The percentage of a row: from its counts where they are known, else as printed."""
    count, total = row.number(events), row.number(n)
    if count is not None and total:
        return float(Fraction(int(count) * 100, int(total)))
    return row.number(percent)


def _rate_says(row: Row) -> str:
    parts = []
    events, exposure = row.number("events"), row.number("exposure")
    if events is not None and exposure is not None:
        parts.append(f"{events:,.0f} {row.text('what')} in {exposure:,.0f} {row.text('unit')}")
    rate, low, high = (row.number(name) for name in ("printed_rate", "printed_low", "printed_high"))
    if rate is not None:
        limits = f" ({low:g} to {high:g})" if low is not None and high is not None else ""
        parts.append(f"printed {rate:g}{limits} per {row.number('per'):,.0f} {row.text('unit')}")
    return f"{row.further}: {'; '.join(parts)}" if row.further else "; ".join(parts)


def _cohort_says(row: Row) -> str:
    parts = []
    events, n, percent = (row.number(name) for name in ("events", "n", "percent_printed"))
    if events is not None and n is not None:
        parts.append(f"{events:,.0f} of {n:,.0f}")
    elif n is not None:
        parts.append(f"{n:,.0f} patients")
    if percent is not None:
        parts.append(f"{percent:g}%")
    low, high = row.number("printed_low"), row.number("printed_high")
    if low is not None and high is not None:
        parts.append(f"printed {low:g} to {high:g}%")
    return f"{row.text('measure')} ({row.about}): {', '.join(parts) or 'no figure'}"


def _published_says(row: Row) -> str:
    parts = []
    estimate, low, high = (row.number(name) for name in ("estimate", "ci_low", "ci_high"))
    if estimate is not None:
        limits = f" ({low:g} to {high:g})" if low is not None and high is not None else ""
        parts.append(f"{row.text('measure')} {estimate:g}{limits}")
    for percent, events, n, arm in (
        ("percent_t", "events_t", "n_t", "active"),
        ("percent_c", "events_c", "n_c", "comparator"),
    ):
        value, count, total = row.number(percent), row.number(events), row.number(n)
        if value is not None:
            counts = f" ({count:,.0f} of {total:,.0f})" if count is not None and total is not None else ""
            parts.append(f"{arm} {value:g}%{counts}")
    size = [
        f"{row.number('k'):,.0f} trials" if row.number("k") else "",
        f"{row.number('n'):,.0f} patients" if row.number("n") else "",
    ]
    of = ", ".join(part for part in size if part)
    return f"{row.text('outcome')}, {row.text('comparison')}: {', '.join(parts) or 'no figure'}" + (
        f" ({of})" if of else ""
    )


_SAYS: Mapping[str, Callable[[Row], str]] = {
    "rates": _rate_says,
    "cohorts": _cohort_says,
    "published": _published_says,
}


def trial_rows(
    evidence: Evidence, table: pd.DataFrame, says: Callable[[Mapping[Any, Any]], str], key: str
) -> list[EvidenceRow]:
    """Trials of a selection (one row per trial or arm) as rows of a finding, with their tier and sources.

    Args:
        evidence: for the addresses of the sources.
        table: a table of :func:`tmsmeta.review.selecting.apply` or of its relatives.
        says: the figures of a row in words.
        key: key of the evidence they answer to, such as ``arms:remission``.
    """
    urls = dict(zip(evidence.sources["source_id"], evidence.sources["url"], strict=True))
    return [
        EvidenceRow(
            table=key.partition(":")[0],
            lines=tuple(int(line) for line in split_list(str(record["rows"]))),
            key=key,
            label=str(record["study"]),
            says=says(record),
            tier=str(record["tier"]),
            flags=str(record["flags"]).replace(";", ", "),
            sources=tuple((name, str(urls.get(name, ""))) for name in split_list(str(record["source_ids"]))),
            note=str(record.get("note") or ""),
        )
        for record in table.to_dict("records")
    ]


def contrast_says(evidence: Evidence, record: Mapping[Any, Any]) -> str:
    """The ratio of a trial that is known by it alone, in words."""
    treat1, treat2 = (evidence.treatment_label(record[name]) for name in ("treat1", "treat2"))
    limits = f"{record['ci_low']:g} to {record['ci_high']:g}"
    return f"{treat1} against {inside(treat2)}: {record['measure']} {record['estimate']:g} ({limits})"


def parameter_row(parameter: Parameter, claim: Claim) -> EvidenceRow:
    """A parameter of the claim, with the text its figure was read in, as a row of a finding."""
    place = parameter.place
    if place in IN_CLAIM:
        text = claim.statement if place == "statement" else claim.shown
        return EvidenceRow(
            table="claims", lines=() if claim.row is None else (claim.row,), key=f"{IN_CLAIM[place]} of the claim",
            label=parameter.name, says=parameter.words, note=text,
        )  # fmt: skip
    return EvidenceRow(table="claims", lines=(), key=place or "choice", label=parameter.name, says=parameter.words)
