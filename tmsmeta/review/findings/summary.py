"""The summary of findings as an object: a table for readers and for machines, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import NotAssessable
from tmsmeta.provenance import software_sentence
from tmsmeta.review.certainty import Certainty
from tmsmeta.review.findings.event_rate import EventRate
from tmsmeta.review.findings.finding import PER, Finding, span
from tmsmeta.words.names import heading, inside
from tmsmeta.words.numbers import level
from tmsmeta.words.results import Result, to_plain
from tmsmeta.words.table_text import html_table, tex_table, titled_markdown
from tmsmeta.words.tables import ReaderTable, words

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("outcome", "baseline", "treated", "difference", "effect", "size", "certainty", "sentence")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SummaryOfFindings(Result):
    """Every outcome of a review on one line.

    Attributes:
        title: of the table.
        control: name of the control.
        findings: per outcome all active treatment against the control, then the treatments of the main network.
        rates: events that were counted without a comparison.
        methods: how the trials were pooled, and the networks fitted, in sentences.
        data: version of the evidence.
    """

    title: str
    control: str
    findings: tuple[Finding, ...]
    rates: tuple[EventRate, ...]
    methods: tuple[str, ...]
    data: str

    def to_frame(self) -> pd.DataFrame:
        """A row per finding and rate at full precision, NaN where there is no number.

        Columns: ``kind`` (``pairwise``, ``network`` or ``rate``), ``outcome label treatment control``; per 1,000
        people ``baseline_per_1000 treated_per_1000 treated_low treated_high difference_per_1000 difference_low
        difference_high`` with ``baseline_source``; ``measure estimate ci_low ci_high level`` (ratios not logged, risk
        differences as fractions, rates per the units that ``measure`` names); ``trials people certainty
        certainty_reasons sentence note``.
        """
        import pandas as pd

        return pd.DataFrame([finding.row() for finding in self.findings] + [rate.row() for rate in self.rates])

    def to_table(self, *, certainty: bool = True) -> ReaderTable:
        """The table as it is read: whole people of 1,000, intervals beside their estimates, notes below.

        Args:
            certainty: whether to say of every finding how it was rated.

        Returns:
            The table, to be written in any format.
        """
        import pandas as pd

        rows = [dict(zip(_COLUMNS, _cells(f, certainty=certainty), strict=True)) for f in self.findings]
        rows += [dict(zip(_COLUMNS, _rate_cells(r), strict=True)) for r in self.rates]
        heads = (
            "Outcome",
            f"With {inside(self.control)}, of {PER:,} people",
            f"With treatment, of {PER:,} people",
            "Difference",
            "Relative effect",
            "Trials (people)",
            "Certainty",
            "In plain words",
        )
        wraps = {"outcome": 0.12, "certainty": 0.1, "sentence": 0.25}
        return ReaderTable(
            name="summary_of_findings",
            title=self.title,
            frame=self.to_frame(),
            columns=[
                words(name, head, wraps.get(name, 0.0))
                for name, head in zip(_COLUMNS, heads, strict=True)
                if certainty or name != "certainty"
            ],
            notes=self.notes(),
            arranged=pd.DataFrame(rows, columns=list(_COLUMNS)),
        )

    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the numbers: baseline risks with sources, intervals, abbreviations, certainty."""
        said = [*self._baselines(), *self._abbreviations()]
        if any(finding.node for finding in self.findings):
            said.append(
                "Network: from the network meta-analysis of all comparisons; trials are those with an arm of the "
                "treatment, people those in these arms."
            )
        if any(isinstance(finding.risk, NotAssessable) for finding in self.findings):
            reasons = dict.fromkeys(f.risk.reason for f in self.findings if isinstance(f.risk, NotAssessable))
            said.append(f"Numbers of people that cannot be given: {'; '.join(reasons)}.")
        said += self._certainties()
        return (*said, f"Data version {self.data}.")

    def _baselines(self) -> list[str]:
        known = [(f, f.risk) for f in self.findings if not isinstance(f.risk, NotAssessable)]
        if not known:
            return []
        sources = dict.fromkeys(f"{inside(f.title)}: {risk.source}" for f, risk in known)
        return [
            f"Risks with {inside(self.control)}, and where they are from: {'; '.join(sources)}. They are taken as "
            "known: the intervals carry the uncertainty of the relative effect alone. Differences are those of the "
            "whole numbers shown."
        ]

    def _abbreviations(self) -> list[str]:
        used = dict.fromkeys(f.effect.measure for f in self.findings if not isinstance(f.effect, NotAssessable))
        named = [f"{name}: {MEASURES[name].label}" for name in used]
        return [f"CI: confidence interval; {'; '.join(named)}."] if named else []

    def _certainties(self) -> list[str]:
        rated = [(f, f.certainty) for f in self.findings if isinstance(f.certainty, Certainty)]
        if not rated:
            return ["Certainty of the evidence: nobody has rated it in this review (it has no certainty.csv)."]
        said = [
            f"{heading(f.title)}, {inside(f.treatment)}: {c.level} certainty"
            f"{f' ({inside(c.reasons)})' if c.reasons else ''}, rated by {c.rated_by}.{f' {c.note}' if c.note else ''}"
            for f, c in rated
        ]
        return [*said, "Where no certainty is given, nobody has rated it."] if len(rated) < len(self.findings) else said

    def to_html(self) -> str:
        """The table as HTML that a word processor keeps; every text is escaped."""
        return html_table(self.to_table())

    def to_markdown(self) -> str:
        """The table as Markdown, with its title and notes."""
        return titled_markdown(self.to_table())

    def to_latex(self) -> str:
        """The table as LaTeX; needs the package booktabs."""
        return tex_table(self.to_table())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "title": self.title,
            "control": self.control,
            "findings": [finding.to_dict() for finding in self.findings],
            "rates": [rate.to_dict() for rate in self.rates],
            "notes": to_plain(self.notes()),
        }

    def result_sentence(self) -> str:
        """The findings of the pairwise analyses in plain words."""
        said = [f"{f.title}: {f.sentence}" for f in self.findings if not f.node]
        return " ".join(said) or "No outcome was analysed."

    def methods_sentence(self) -> str:
        """How the numbers were made."""
        absolute = (
            f"Absolute effects are given per {PER:,} people at a stated risk with {inside(self.control)}, which was "
            "taken as known. Certainty is as rated in the review, by GRADE; nothing was rated here."
        )
        return " ".join([*self.methods, absolute, software_sentence()])

    def _repr_html_(self) -> str:
        return self.to_html()


def _cells(finding: Finding, *, certainty: bool) -> tuple[str, ...]:
    baseline, difference = finding.baseline, finding.difference
    low, high = finding.treated_limits
    around = "" if _unknown(low, high) else f" ({low:,} to {high:,})"
    change = ""
    if not isinstance(difference, NotAssessable):
        more = "as many" if difference == 0 else f"{abs(difference):,} {'more' if difference > 0 else 'fewer'}"
        ends = finding.difference_limits
        change = more + (f" ({span(*ends)})" if not _unknown(*ends) else "")  # type: ignore[arg-type]
    return (
        f"{finding.title}: {inside(finding.treatment)}{' (network)' if finding.node else ''}",
        "" if isinstance(baseline, NotAssessable) else f"{baseline:,}",
        "" if isinstance(finding.treated, NotAssessable) else f"{finding.treated:,}{around}",
        change,
        _effect_text(finding),
        f"{finding.trials:,}" + ("" if _unknown(people := finding.participants) else f" ({people:,})"),
        _certainty_text(finding),
        finding.sentence if certainty else finding.statement,
    )


def _rate_cells(rate: EventRate) -> tuple[str, ...]:
    group = f": {rate.group}" if rate.group else ""
    return (
        f"{heading(rate.event)}{group}",
        "",
        rate.rate_text,
        "",
        "not compared",
        rate.study,
        "not rated",
        rate.sentence,
    )


def _unknown(*values: object) -> bool:
    return any(isinstance(value, NotAssessable) for value in values)


def _effect_text(finding: Finding) -> str:
    effect = finding.effect
    if isinstance(effect, NotAssessable):
        return str(effect)
    limits = None if isinstance(effect.ci, NotAssessable) else effect.ci
    shown, *ends = MEASURES[effect.measure].texts(effect.estimate, limits)
    return f"{effect.measure} {shown}" + (f" ({level(effect.level)} CI {' to '.join(ends)})" if ends else "")


def _certainty_text(finding: Finding) -> str:
    found = finding.certainty
    reasons = found.reasons if isinstance(found, Certainty) else ""
    return f"{finding.certainty_text}{f': {inside(reasons)}' if reasons else ''}"
