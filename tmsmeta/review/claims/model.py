"""What a claim says, and what was found: the objects of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_figures import Parameter
from tmsmeta.review.claims.numbers import as_printed, digits, show, with_unit
from tmsmeta.tables.printed import Printed
from tmsmeta.words.results import to_plain

Verdict = Literal["reproduced", "differs", "misattributed", "holds only under", "cannot be recomputed"]
"""What an audit can find of a quoted figure; :data:`VERDICTS` says what each means."""


@dataclass(frozen=True, slots=True)
class VerdictKind:
    """What there is to know of a verdict.

    Attributes:
        meaning: what it says.
        sign: its sign on the page and in figures, so that it is never told by colour alone.
    """

    meaning: str
    sign: str


VERDICT_KINDS: Mapping[Verdict, VerdictKind] = {
    "reproduced": VerdictKind(
        "the evidence gives the quoted figure, or bears the statement out", "✓"
    ),
    "differs": VerdictKind(
        "the evidence gives another figure; by how much and in which direction is stated",
        "≠",
    ),
    "misattributed": VerdictKind(
        "the cited source says otherwise, and the figure is that of another source", "⇄"
    ),
    "holds only under": VerdictKind(
        "it holds for the population, scale, sample or assumption that is named, not in general",
        "◐",
    ),
    "cannot be recomputed": VerdictKind(
        "what would be needed was not seen; what is missing is stated", "?"
    ),
}  # fmt: skip
"""The five verdicts in the order of a ledger."""

VERDICTS: Mapping[Verdict, str] = {verdict: kind.meaning for verdict, kind in VERDICT_KINDS.items()}
"""What each verdict means."""

Direction = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the evidence, such as ``rates:lerner2019`` or ``arms:remission``.

    Attributes:
        table: table of the evidence.
        name: row of that table, an outcome, or ``"all"``.
    """

    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.table}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One quoted figure, and how it is to be checked.

    Attributes:
        claim_id: name of the claim. No check looks at it.
        document_id: document that makes the claim.
        statement: what the document says.
        quantity: what the figure measures.
        low: quoted figure or lower end of its range, with its decimals; None where none is quoted.
        high: upper end; None for an open range ("more than 100").
        unit: unit of the figure.
        cited_source: source that the document names.
        check: name of the check, a key of :data:`tmsmeta.review.claims.CHECKS`.
        keys: rows of the evidence that the check rests on.
        parameters: figures and choices the check needs beyond the rows, each with its source.
        shown: what was found in the sources by hand.
        row: line of the claims file.
        file: name of that file.
    """

    claim_id: str
    document_id: str
    statement: str
    quantity: str
    low: Printed | None
    high: Printed | None
    unit: str
    cited_source: str
    check: str
    keys: tuple[Key, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    shown: str = ""
    row: int | None = None
    file: str = "claims.csv"

    @property
    def is_point(self) -> bool:
        """Whether one figure is quoted, not a range."""
        return self.low is not None and self.high is not None and self.low.value == self.high.value

    def quoted(self) -> str:
        """The quoted figure in words, with its unit; empty where none is quoted."""
        low, high = (None if end is None else as_printed(end, self.unit) for end in (self.low, self.high))
        if low is not None and high is not None:
            return with_unit(low if self.is_point else f"{low} to {high}", self.unit, one=low == high == "1")
        if low is not None:
            return f"at least {with_unit(low, self.unit)}"
        return "" if high is None else f"at most {with_unit(high, self.unit)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "claim_id": self.claim_id,
            "document_id": self.document_id,
            "statement": self.statement,
            "quantity": self.quantity,
            "quoted_low": None if self.low is None else float(self.low.value),
            "quoted_high": None if self.high is None else float(self.high.value),
            "unit": self.unit,
            "cited_source": self.cited_source,
            "check": self.check,
            "evidence": [str(key) for key in self.keys],
            "parameters": [parameter.to_dict() for parameter in self.parameters],
        }


@dataclass(frozen=True, kw_only=True)
class EvidenceRow:
    """A row of the evidence that a finding rests on.

    Attributes:
        table: table it stands in, without ``.csv``.
        lines: lines of the file; empty for a figure from the claims file itself.
        key: its name, such as ``rates:lerner2019``.
        label: trial, review, survey or cohort.
        says: its figures in words.
        tier: verification tier, where the table has one.
        flags: what to know about it.
        sources: where it was read: pairs of name and address (empty where there is none).
        used: whether it entered the figure that the verdict rests on.
        note: a remark, or why it was not used.
    """

    table: str
    lines: tuple[int, ...]
    key: str
    label: str
    says: str
    tier: str = ""
    flags: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    used: bool = True
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "table": self.table,
            "lines": list(self.lines),
            "key": self.key,
            "label": self.label,
            "says": self.says,
            "tier": self.tier,
            "flags": self.flags,
            "sources": [{"name": name, "url": url} for name, url in self.sources],
            "used": self.used,
            "note": self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """A figure that the evidence gives, on the unit of the claim.

    Attributes:
        label: what it is, such as ``"Lerner survey 2019"``.
        value: the figure, or why there is none.
        low: lower limit of its interval or range; None where there is none.
        high: upper limit.
        unit: unit of the figure.
        kind: what the limits are: ``"interval"`` (of confidence), ``"range"`` (printed or by arithmetic) or empty.
        method: how it was computed.
        agrees: whether the claim agrees with it; None where that is not asked or cannot be told.
        counts: the counts it was computed from, in words.
        interval_note: why there is no interval, where one would be expected.
        level: confidence level of an interval.
    """

    label: str
    value: float | NotAssessable
    low: float | None = None
    high: float | None = None
    unit: str = ""
    kind: Literal["interval", "range", ""] = ""
    method: str = ""
    agrees: bool | None = None
    counts: str = ""
    interval_note: str = ""
    level: float = 0.95

    def text(self) -> str:
        """Figure and limits in words."""
        if isinstance(self.value, NotAssessable):
            return str(self.value)
        if self.low is None or self.high is None:
            return show(self.value, self.unit)
        if self.kind == "range":
            if self.low == self.high:
                return show(self.low, self.unit)
            return f"{digits(self.low, self.unit)} to {show(self.high, self.unit)}"
        limits = f"{100 * self.level:g}% interval {digits(self.low, self.unit)} to {digits(self.high, self.unit)}"
        return f"{show(self.value, self.unit)} ({limits})"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        value = {"not_assessable": self.value.reason} if isinstance(self.value, NotAssessable) else self.value
        return {
            "label": self.label,
            "value": value if isinstance(value, dict) else to_plain(value),
            "low": to_plain(self.low),
            "high": to_plain(self.high),
            "unit": self.unit,
            "limits": self.kind,
            "method": self.method,
            "agrees": self.agrees,
            "counts": self.counts,
            "note": self.interval_note,
        }


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far a quoted figure is from the recomputed one.

    Attributes:
        amount: quoted minus recomputed, in the unit of the claim.
        relative: quoted divided by recomputed; not assessable where the recomputed figure is 0.
        unit: unit of the amount.
    """

    amount: float
    relative: float | NotAssessable
    unit: str

    @property
    def direction(self) -> Direction:
        """Whether the quoted figure is higher or lower than the recomputed one."""
        return "higher" if self.amount > 0 else "lower"

    def text(self) -> str:
        """By how much the quoted figure is off, and in which direction."""
        unit = "percentage points" if self.unit == "percent" else self.unit
        factor = ""
        if not isinstance(self.relative, NotAssessable) and self.relative > 0:
            times = self.relative if self.relative >= 1 else 1 / self.relative
            factor = f" ({times:.2g} times as {'high' if self.relative >= 1 else 'low'})" if times >= 1.5 else ""
        return f"{show(abs(self.amount), unit)} {self.direction} than recomputed{factor}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        relative = self.relative
        return {
            "amount": self.amount,
            "relative": {"not_assessable": relative.reason} if isinstance(relative, NotAssessable) else relative,
            "direction": self.direction,
            "unit": self.unit,
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The verdict on one claim, with everything it rests on.

    Attributes:
        claim: the claim.
        verdict: one of :data:`VERDICTS`.
        headline: the verdict in one line, with amount, condition or what is missing.
        patient: one sentence in plain words.
        statistician: one sentence with figures, intervals and method.
        recomputed: what the evidence gives; the verdict rests on the first.
        difference: how far the quoted figure is off, for a claim that differs.
        conditions: under what it holds, for one that holds only under conditions.
        missing: what was not seen and would be needed.
        rows: rows of the evidence.
        rule: how the verdict was decided.
        spec: choices behind the recomputed figures, as plain values.
    """

    claim: Claim
    verdict: Verdict
    headline: str
    patient: str
    statistician: str
    recomputed: tuple[Recomputed, ...] = ()
    difference: Difference | None = None
    conditions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rows: tuple[EvidenceRow, ...] = ()
    rule: str = ""
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> Recomputed | None:
        """The recomputed figure that the verdict rests on, if there is one."""
        return self.recomputed[0] if self.recomputed else None

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Where the rows were read: pairs of name and web address, each once."""
        return tuple(dict.fromkeys(source for row in self.rows for source in row.sources))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self.claim.to_dict(),
            "verdict": self.verdict,
            "headline": self.headline,
            "patient": self.patient,
            "statistician": self.statistician,
            "recomputed": [figure.to_dict() for figure in self.recomputed],
            "difference": None if self.difference is None else self.difference.to_dict(),
            "conditions": list(self.conditions),
            "missing": list(self.missing),
            "rows": [row.to_dict() for row in self.rows],
            "sources": [{"name": name, "url": url} for name, url in self.sources],
            "rule": self.rule,
            "spec": self.spec,
        }
