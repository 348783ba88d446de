"""How certain the evidence on an outcome is: ratings by GRADE that somebody made, read from ``certainty.csv``.

Nothing here rates anything. Evidence from randomised trials starts at high certainty; every domain may lower it by one
to three levels, and few reasons raise it (Guyatt et al. 2011, J Clin Epidemiol 64:401-406).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.tables.row_rules import Record, whole_in
from tmsmeta.words.names import counted, heading

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("very low", "low", "moderate", "high")
"""Levels of certainty, the lowest first."""

_CONCERNS: Mapping[str, int] = {"not serious": 0, "serious": 1, "very serious": 2, "extremely serious": 3}
_BIAS: Mapping[str, int] = {"undetected": 0, "strongly suspected": 1}
DOMAINS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "risk_of_bias": ("risk of bias", _CONCERNS),
    "inconsistency": ("inconsistency", _CONCERNS),
    "indirectness": ("indirectness", _CONCERNS),
    "imprecision": ("imprecision", _CONCERNS),
    "publication_bias": ("publication bias", _BIAS),
}
"""Domains of GRADE: column, name, and by how many levels each judgement lowers the certainty."""

ALLOWED: Mapping[str, tuple[str, ...]] = {column: tuple(levels) for column, (_, levels) in DOMAINS.items()}
"""The judgements that a domain allows."""

MOST_RAISED = 2
NOT_RATED = NotAssessable("certainty", "not rated")


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One domain of a rating.

    Attributes:
        name: such as ``"risk of bias"``.
        judgement: such as ``"serious"``; blank where the domain was not rated.
        reason: why.
    """

    name: str
    judgement: str
    reason: str

    @property
    def lowers(self) -> bool:
        """Whether it lowers the certainty."""
        return self.judgement not in ("", "not serious", "undetected")


@dataclass(frozen=True, kw_only=True)
class Certainty:
    """A rating of the certainty of evidence.

    Attributes:
        level: ``"high"``, ``"moderate"``, ``"low"`` or ``"very low"``.
        domains: the five domains of GRADE, in their usual order.
        raised: levels by which it was raised.
        raised_reason: why.
        rated_by: who rated it and where the rating stands.
        note: a remark.
    """

    level: str
    domains: tuple[Domain, ...]
    raised: int
    raised_reason: str
    rated_by: str
    note: str

    @property
    def reasons(self) -> str:
        """Why it is not high, in words; blank where nothing lowers or raises it."""
        said = [f"{d.judgement} {d.name}: {d.reason}" for d in self.domains if d.lowers]
        said += [f"raised by {counted(self.raised, 'level')}: {self.raised_reason}"] if self.raised else []
        return heading("; ".join(said))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "level": self.level,
            "domains": {d.name: {"judgement": d.judgement or "not rated", "reason": d.reason} for d in self.domains},
            "raised": self.raised,
            "raised_reason": self.raised_reason,
            "rated_by": self.rated_by,
            "note": self.note,
        }


def certainty_of(table: pd.DataFrame, outcome: str, treatment: str = "") -> Certainty | NotAssessable:
    """The rating of an outcome, or that it was not rated.

    Args:
        table: ``certainty.csv`` of the review.
        outcome: key of the outcome.
        treatment: node of the network; blank for all active treatment against the control.
    """
    treatments = table.get("treatment", "")
    found = table[(table["outcome"] == outcome) & (treatments == treatment)]
    if found.empty:
        return NOT_RATED
    row: dict[Any, Any] = found.iloc[0].to_dict()
    return Certainty(
        level=row["certainty"],
        domains=tuple(
            Domain(name=name, judgement=row[column], reason=row.get(f"{column}_reason", ""))
            for column, (name, _) in DOMAINS.items()
        ),
        raised=0 if row.get("raised") is None or row["raised"] != row["raised"] else int(row["raised"]),
        raised_reason=row.get("raised_reason", ""),
        rated_by=row["rated_by"],
        note=row.get("note", ""),
    )


def certainty_faults(file: str, line: int, record: Record) -> Iterator[Issue]:
    """Faults of one row of ``certainty.csv``: a reason is missing, or the domains add up to another level."""
    for column, (name, levels) in DOMAINS.items():
        if levels.get(record.get(column, ""), 0) and not record.get(f"{column}_reason", "").strip():
            message = f"must say why {name} is {record[column]}."
            yield Issue(line, f"{column}_reason", None, message, file)
    raised = whole_in(record, "raised") or 0
    if raised > MOST_RAISED:
        yield Issue(line, "raised", record["raised"], f"must be {MOST_RAISED} levels at most.", file)
    elif raised and not record.get("raised_reason", "").strip():
        yield Issue(line, "raised_reason", None, "must say why the certainty is raised.", file)
    yield from _level_fault(file, line, record, raised)


def _level_fault(file: str, line: int, record: Record, raised: int) -> Iterator[Issue]:
    judged = [levels.get(record.get(column, "")) for column, (_, levels) in DOMAINS.items()]
    stated, lowered = record.get("certainty", ""), sum(levels for levels in judged if levels)
    if stated not in LEVELS or record.get("note", "").strip():
        return
    added_up = LEVELS[min(max(len(LEVELS) - 1 - lowered + raised, 0), len(LEVELS) - 1)]
    above = LEVELS.index(stated) > LEVELS.index(added_up)
    if above or (None not in judged and stated != added_up):
        added = f" and {counted(raised, 'level')} are added" if raised else ""
        message = (
            f"must be {added_up}, as the domains take {counted(lowered, 'level')} off high{added}; or say in `note` "
            "why it differs."
        )
        yield Issue(line, "certainty", stated, message, file)
