"""What a check works on: one claim, the evidence, and the ways to ask both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_figures import Parameter
from tmsmeta.review.claims.cited_rows import Row, rows_of
from tmsmeta.review.claims.model import Claim, Difference, EvidenceRow, Finding, Recomputed, Verdict
from tmsmeta.review.claims.numbers import nearest_quoted, prints_as, show, within
from tmsmeta.review.evidence import Evidence
from tmsmeta.tables.printed import Printed
from tmsmeta.words.names import inside


@dataclass(frozen=True)
class Case:
    """A claim before its check.

    Attributes:
        claim: the claim.
        evidence: where its keys point to.
        rule: the decision rule of its check, which the finding repeats.
    """

    claim: Claim
    evidence: Evidence
    rule: str

    def rows(self, *tables: str) -> list[Row]:
        """Rows of the evidence that the keys of these tables name."""
        return rows_of(self.evidence, self.claim.keys, *tables)

    def outcomes(self, table: str = "arms") -> list[str]:
        """Outcomes that the keys of ``arms`` or ``contrasts`` name, in their order."""
        return [key.name for key in self.claim.keys if key.table == table]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, if the claim has it."""
        return next((p for p in self.claim.parameters if p.name == name), None)

    def option(self, name: str, default: str) -> str:
        """A choice given as a word."""
        found = self.parameter(name)
        return default if found is None else found.text

    @property
    def measure(self) -> str:
        """Measure on which trials are pooled: that of the claim, or else the main one of the review."""
        return self.option("measure", self.evidence.protocol.pooling.measure)

    @property
    def every_kind(self) -> str:
        """How a sentence names all active treatments together."""
        comparison = self.evidence.protocol.comparison
        several = "every active treatment" if len(self.active) > 1 and not comparison.label else ""
        return comparison.every_kind or several or inside(self.evidence.active_label)

    @property
    def active(self) -> tuple[str, ...]:
        """Active treatments of the trials at hand that are known by counts."""
        evidence = self.evidence
        return tuple(node for node in dict.fromkeys(evidence.arms["treatment"]) if evidence.is_active(node))

    @property
    def values(self) -> tuple[Parameter, ...]:
        """The parameters that are numbers."""
        return tuple(p for p in self.claim.parameters if p.is_number)

    @property
    def point(self) -> Printed | None:
        """The quoted figure where one figure is quoted, else None."""
        return self.claim.low if self.claim.is_point else None

    @property
    def has_quote(self) -> bool:
        """Whether the claim quotes a figure at all."""
        return self.claim.low is not None or self.claim.high is not None

    def agrees(self, value: float) -> bool:
        """Whether a figure agrees with the quoted one: rounds to it, or lies in the quoted range or bound."""
        if self.point is not None:
            return prints_as(value, self.point)
        return within(value, self.claim.low, self.claim.high)

    def difference(self, found: Recomputed) -> Difference | None:
        """How far the quoted figure is from a recomputed one; from the nearest end where either is a range."""
        if isinstance(found.value, NotAssessable):
            return None
        value = found.value
        if found.kind == "range" and found.low is not None and found.high is not None and self.point is not None:
            value = min(max(float(self.point.value), found.low), found.high)
        quoted = nearest_quoted(value, self.claim.low, self.claim.high)
        if quoted is None or quoted == value:
            return None
        relative: float | NotAssessable = quoted / value if value else NotAssessable("ratio", "the evidence gives 0")
        return Difference(amount=quoted - value, relative=relative, unit=self.claim.unit)

    def comparison(self, row: Row) -> str:
        """What a review compared, with the labels of the treatments."""
        treated, _, comparator = row.text("comparison").partition(" vs ")
        label = self.treatment(treated.strip())
        return f"{label} against {inside(self.treatment(comparator.strip()))}" if comparator else label

    def treatment(self, node: str) -> str:
        """Name of a treatment, which may be one that only a review has."""
        label = self.evidence.protocol.published.labels.get(node) or self.evidence.treatment_label(node)
        return label.replace("_", " ") if label == node else label

    def outcome(self, name: str) -> str:
        """Name of an outcome inside a sentence."""
        return inside(self.evidence.outcome_label(name))

    def is_cited(self, row: Row) -> bool:
        """Whether the claim names the source of this row."""
        return any(names(citation, row.label, row.year) for citation in citations(self.claim.cited_source))

    def finding(
        self,
        verdict: Verdict,
        headline: str,
        patient: str,
        statistician: str,
        *,
        recomputed: Iterable[Recomputed] = (),
        difference: Difference | None = None,
        conditions: Sequence[str] = (),
        missing: Sequence[str] = (),
        rows: Iterable[EvidenceRow] = (),
        spec: dict[str, Any] | None = None,
    ) -> Finding:
        """The finding on this claim."""
        return Finding(
            claim=self.claim, verdict=verdict, headline=headline, patient=patient, statistician=statistician,
            recomputed=tuple(recomputed), difference=difference, conditions=tuple(conditions),
            missing=tuple(missing), rows=tuple(rows), rule=self.rule, spec={"check": self.claim.check, **(spec or {})},
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Check:
    """One way to check a claim.

    Attributes:
        name: name that claims use.
        rule: how the verdict follows from the evidence, in words; every finding repeats it.
        run: computes the finding.
        faults: what is missing or wrong in a claim that asks for this check, as sentences; none if it can run.
    """

    name: str
    rule: str
    run: Callable[[Case], Finding]
    faults: Callable[[Case], Iterator[tuple[str, str]]]


def citations(cited: str) -> list[tuple[str, int | None]]:
    """Names and years of the sources that a claim cites: ``"Stultz 2020; Taylor 2021"`` gives two."""
    found = []
    for part in cited.split(";"):
        match = re.match(r"\s*([^\W\d_][\w'’*.-]*)", part)
        year = re.search(r"\b(?:19|20)\d{2}\b", part)
        if match:
            found.append((match[1], int(year[0]) if year else None))
    return found


def names(citation: tuple[str, int | None], label: str, year: int | None) -> bool:
    """Whether a citation names a source: its first word stands in the label, and the years agree.

    A citation without a year must begin as the label begins.
    """
    name, cited_year = citation
    words = re.findall(r"[\w'’*.-]+", label.casefold())
    if cited_year is None:
        return bool(words) and words[0] == name.casefold()
    return name.casefold() in words and cited_year == year


def better_side(better: str, low: float, high: float, null: float) -> int:
    """1 when an interval lies on the better side of no difference, -1 on the worse, 0 when it includes it.

    Args:
        better: ``"higher"`` or ``"lower"``, see :meth:`Evidence.better`.
        low, high: the limits.
        null: no difference on their scale: 1 for a ratio, 0 for its logarithm.
    """
    side = 1 if low > null else -1 if high < null else 0
    return side if better == "higher" else -side


def times(measure: str, value: float) -> str:
    """A ratio in plain words: ``"2.25 times as often"``, or for a ratio of odds ``"odds 2.25 times as high"``."""
    return f"{show(value, '')} times as often" if measure == "RR" else f"odds {show(value, '')} times as high"


def named(figures: Iterable[Recomputed]) -> str:
    """Figures with their labels in a row: ``"Lerner survey 2019 0.75, Taylor survey 2021 0.31"``."""
    return "; ".join(f"{figure.label}: {figure.text()}" for figure in figures)
