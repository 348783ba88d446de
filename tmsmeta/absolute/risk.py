"""Risk per 1,000 with treatment, from a relative effect and a stated baseline risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.absolute.effect import NOT_STATED, PooledLike, RelativeEffect, checked_effect
from tmsmeta.effects.intervals.base import NotebookView
from tmsmeta.errors import NotAssessable
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import level, number
from tmsmeta.words.results import notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

Limits = tuple[float | NotAssessable, float | NotAssessable]


@dataclass(frozen=True, kw_only=True, repr=False)
class AbsoluteRisk(NotebookView):
    """Risks per 1,000 people without and with treatment.

    The baseline risk is taken as known: the limits carry the uncertainty of the relative effect alone.

    Attributes:
        effect: the relative effect it is computed from.
        baseline: people with the outcome per 1,000 without treatment.
        source: where the baseline risk is from, or ``"not stated"``.
        treated: people with the outcome per 1,000 with treatment.
        treated_ci: its limits; a limit at which the risk would leave 0 to 1 is not assessable.
        difference: treated minus baseline, per 1,000.
        difference_ci: its limits.
        better: ``"higher"`` when the outcome is wanted (response), ``"lower"`` when it is not (seizure).
    """

    effect: RelativeEffect
    baseline: float
    source: str
    treated: float | NotAssessable
    treated_ci: Limits
    difference: float | NotAssessable
    difference_ci: Limits
    better: str

    def sentence(self, outcome: str = "have the outcome") -> str:
        """For patients: of 1,000 people, how many `outcome` without and with treatment."""
        start = (
            f"Of 1,000 people, about {number(self.baseline, 0)} {outcome} without the treatment "
            f"(source of this figure: {self.source})"
        )
        if isinstance(self.treated, NotAssessable) or isinstance(self.difference, NotAssessable):
            return f"{start}; how many do with it is {self.treated}."
        interval = f"{level(self.effect.level)} interval"
        around = f" ({interval} {_span(self.treated_ci)})"
        change = _change(self.difference) + _change_span(self.difference_ci)
        return f"{start} and about {number(self.treated, 0)} with it{around}: {change}.{because(self.treated_ci)}"

    def _method(self) -> str:
        return _risk_method(self.effect, self.source)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        names = ("treated", "treated_ci", "difference", "difference_ci")
        return {
            "measure": self.effect.measure,
            "estimate": self.effect.estimate,
            "level": self.effect.level,
            "baseline": self.baseline,
            "source": self.source,
            **{name: to_plain(getattr(self, name)) for name in names},
            "better": self.better,
        }

    def to_frame(self) -> pd.DataFrame:
        """One row, per 1,000; a figure that does not exist is NaN, with the reason under `note`."""
        import pandas as pd

        return pd.DataFrame([self._row()])

    def _row(self) -> dict[str, Any]:
        figures = {
            "treated": self.treated,
            "treated_low": self.treated_ci[0],
            "treated_high": self.treated_ci[1],
            "difference": self.difference,
            "difference_low": self.difference_ci[0],
            "difference_high": self.difference_ci[1],
        }
        cells = {name: to_cell(value) for name, value in figures.items()}
        return {"baseline": self.baseline, **cells, "source": self.source, "note": notes(figures.values())}


@dataclass(frozen=True, kw_only=True, repr=False)
class RiskTable(NotebookView):
    """The same relative effect at several baseline risks.

    Attributes:
        rows: one :class:`AbsoluteRisk` per baseline risk, in the order given.
    """

    rows: tuple[AbsoluteRisk, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per baseline risk, per 1,000."""
        import pandas as pd

        return pd.DataFrame([row._row() for row in self.rows])

    def sentence(self, outcome: str = "have the outcome") -> str:
        """How much the answer depends on the baseline risk, for patients."""
        parts = []
        for row in self.rows:
            change = str(row.difference) if isinstance(row.difference, NotAssessable) else _change(row.difference)
            parts.append(f"{change} where {number(row.baseline, 0)} {outcome} without the treatment")
        return f"Of 1,000 people: {'; '.join(parts)} (source of these figures: {self.rows[0].source})."

    def _method(self) -> str:
        return _risk_method(self.rows[0].effect, self.rows[0].source)


def _risk_method(effect: RelativeEffect, source: str) -> str:
    return (
        f"Risks with treatment follow from {effect.text()} and a stated baseline risk (source: {source}), which was "
        "taken as known: the intervals carry the uncertainty of the relative effect alone."
    )


@answerable
def risk_per_1000(
    pooled: PooledLike | None = None,
    *,
    baseline_risk: float,
    source: str = NOT_STATED,
    better: str = "higher",
    measure: str | None = None,
    estimate: float | None = None,
    ci: Sequence[float] | None = None,
    level: float | None = None,
) -> AbsoluteRisk:
    """People per 1,000 with the outcome, with and without treatment.

    Args:
        pooled: a pooled OR, RR, RD or Peto odds ratio, such as `pool` returns; ratios are on the log scale inside it
            and are turned back here. Left out when plain numbers are given.
        baseline_risk: risk without treatment as a fraction, strictly between 0 and 1.
        source: where the baseline risk is from; it is repeated in every sentence and table.
        better: ``"higher"`` or ``"lower"``: which direction of the outcome is wanted.
        measure: ``"OR"``, ``"RR"``, ``"RD"`` or ``"PETO"`` for plain numbers.
        estimate: the effect as printed: ratios not logged, a risk difference as a fraction.
        ci: its limits, on the same scale.
        level: confidence level of `ci`, 0.95 when left out; a pooled effect knows its own.

    Returns:
        Risks and their difference per 1,000. A risk that would leave 0 to 1 (a risk ratio of 3 at a baseline risk of
        0.4) is not assessable and says why; nothing is clipped.

    Raises:
        InvalidInputError: numbers that cannot be right; every fault is listed.
        UnknownOptionError: a measure or direction that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> risk = tm.risk_per_1000(baseline_risk=0.20, measure="RR", estimate=1.75, ci=(1.25, 2.45))
        >>> f"{risk.treated:.0f} against {risk.baseline:.0f} of 1,000"
        '350 against 200 of 1,000'

    Source: Cochrane Handbook for Systematic Reviews of Interventions, chapter 15 (absolute from relative effects).
    """
    return risk_table(
        pooled,
        baseline_risks=(baseline_risk,),
        source=source,
        better=better,
        measure=measure,
        estimate=estimate,
        ci=ci,
        level=level,
    ).rows[0]


@answerable
def risk_table(
    pooled: PooledLike | None = None,
    *,
    baseline_risks: Sequence[float],
    source: str = NOT_STATED,
    better: str = "higher",
    measure: str | None = None,
    estimate: float | None = None,
    ci: Sequence[float] | None = None,
    level: float | None = None,
) -> RiskTable:
    """:func:`risk_per_1000` at several baseline risks: how far the absolute effect depends on who is treated.

    Args:
        pooled: a pooled OR, RR, RD or Peto odds ratio, as in :func:`risk_per_1000`.
        baseline_risks: risks without treatment, each strictly between 0 and 1.
        source: where the baseline risks are from.
        better: ``"higher"`` or ``"lower"``: which direction of the outcome is wanted.
        measure: ``"OR"``, ``"RR"``, ``"RD"`` or ``"PETO"`` for plain numbers.
        estimate: the effect as printed: ratios not logged, a risk difference as a fraction.
        ci: its limits, on the same scale.
        level: confidence level of `ci`, 0.95 when left out; a pooled effect knows its own.

    Returns:
        A row for each risk, in the order given.

    Raises:
        InvalidInputError: numbers that cannot be right; every fault is listed.
        UnknownOptionError: a measure or direction that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> table = tm.risk_table(baseline_risks=[0.1, 0.2], measure="RR", estimate=1.75, ci=(1.25, 2.45))
        >>> [f"{row.difference:.0f} more of 1,000" for row in table.rows]
        ['75 more of 1,000', '150 more of 1,000']
    """
    effect = checked_effect(
        pooled, baseline_risks, source, better, measure=measure, estimate=estimate, ci=ci, level=level
    )
    return RiskTable(rows=tuple(_absolute(effect, float(value), source, better) for value in baseline_risks))


def _absolute(effect: RelativeEffect, baseline: float, source: str, better: str) -> AbsoluteRisk:
    treated, limits = treated_risk(effect, baseline)
    return AbsoluteRisk(
        effect=effect,
        baseline=1000.0 * baseline,
        source=source,
        treated=_shift(treated, 0.0),
        treated_ci=(_shift(limits[0], 0.0), _shift(limits[1], 0.0)),
        difference=_shift(treated, baseline),
        difference_ci=(_shift(limits[0], baseline), _shift(limits[1], baseline)),
        better=better,
    )


def treated_risk(effect: RelativeEffect, baseline: float) -> tuple[float | NotAssessable, Limits]:
    """Risk with treatment and its limits, as fractions."""
    middle = effect.risk(baseline, effect.estimate, "risk with treatment")
    if isinstance(effect.ci, NotAssessable):
        return middle, (effect.ci, effect.ci)
    low = effect.risk(baseline, effect.ci[0], "lower limit of the risk with treatment")
    return middle, (low, effect.risk(baseline, effect.ci[1], "upper limit of the risk with treatment"))


def _shift(risk: float | NotAssessable, baseline: float) -> float | NotAssessable:
    return risk if isinstance(risk, NotAssessable) else 1000.0 * (risk - baseline)


def because(values: Sequence[float | NotAssessable]) -> str:
    """Why some of the figures do not exist, as a sentence with a leading space; empty when all do."""
    reasons = dict.fromkeys(value.reason for value in values if isinstance(value, NotAssessable))
    return f" Not assessable: {'; '.join(reasons)}." if reasons else ""


def _span(limits: Limits) -> str:
    low, high = ("not assessable" if isinstance(limit, NotAssessable) else number(limit, 0) for limit in limits)
    return f"{low} to {high}"


def _change(difference: float) -> str:
    if f"{abs(difference):.0f}" == "0":
        return "hardly any difference"
    return f"{abs(difference):.0f} {'more' if difference > 0 else 'fewer'}"


def _change_span(limits: Limits) -> str:
    words = ["not assessable" if isinstance(limit, NotAssessable) else _change(limit) for limit in limits]
    return f" ({words[0]} to {words[1]})"
