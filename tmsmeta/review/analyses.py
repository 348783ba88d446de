"""Active treatment against the control: one analysis per outcome and selection, on the measures of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.effects import EffectSizes
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.result import SelectedTrials
from tmsmeta.words.results import Brief, to_plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Analysis(Brief):
    """One outcome in one selection of trials.

    Attributes:
        outcome: the outcome.
        name: name of the selection.
        measure: the main measure, the first of `results`.
        selected: the trials and what was left out, per measure (ratios of tier D join on their own measure only).
        results: the pooled effect per measure, or why there is none.
    """

    outcome: str
    name: str
    measure: str
    selected: Mapping[str, SelectedTrials]
    results: Mapping[str, PooledEffect | NotAssessable]

    def in_short(self) -> str:
        """The result on the main measure."""
        pooled = self.pooled
        said = str(pooled) if isinstance(pooled, NotAssessable) else pooled.result_sentence()
        return f"{self.outcome}, {self.name}: {said}"

    @property
    def chosen(self) -> SelectedTrials:
        """The trials of the main measure."""
        return self.selected[self.measure]

    @property
    def pooled(self) -> PooledEffect | NotAssessable:
        """The result on the main measure."""
        return self.results[self.measure]

    def rows(self) -> list[dict[str, Any]]:
        """One flat row per measure, for a table; empty cells carry their reason in ``note``."""
        return [self._row(measure) for measure in self.results]

    def _row(self, measure: str) -> dict[str, Any]:
        chosen, result = self.selected[measure], self.results[measure]
        row: dict[str, Any] = {
            "outcome": self.outcome,
            "selection": self.name,
            "measure": measure,
            "trials": chosen.k,
            "trials_by_ratio_only": len(chosen.contrasts),
            "patients": chosen.patients,
        }
        names = (
            "estimate",
            "ci_low",
            "ci_high",
            "prediction_low",
            "prediction_high",
            "p_value",
            "tau2",
            "i2",
            "q",
            "q_df",
        )
        if isinstance(result, NotAssessable):
            return row | dict.fromkeys(names) | {"note": str(result)}
        ratio = result.effects.info.is_ratio
        values: dict[str, Any] = {"estimate": result.ratio if ratio else result.estimate}
        values |= _limits("ci", result.ratio_ci if ratio else result.ci)
        values |= _limits("prediction", result.ratio_prediction if ratio else result.prediction)
        values |= {name: getattr(result, name) for name in ("p_value", "tau2", "i2", "q", "q_df")}
        reasons = dict.fromkeys(f"{v.what} {v}" for v in values.values() if isinstance(v, NotAssessable))
        cells = {n: None if isinstance(v, NotAssessable) else v for n, v in values.items()}
        return row | cells | {"note": "; ".join(reasons)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the selection, its trials and what was left out (on the first measure), and every result."""
        return {
            "outcome": self.outcome,
            "selection": self.name,
            "measure": self.measure,
            "trials": self.chosen.k,
            "patients": self.chosen.patients,
            "evidence": self.chosen.to_dict(),
            "results": {measure: to_plain(result) for measure, result in self.results.items()},
        }


def _limits(name: str, value: tuple[float, float] | NotAssessable) -> dict[str, Any]:
    low, high = (value, value) if isinstance(value, NotAssessable) else value
    return {f"{name}_low": low, f"{name}_high": high}


def selected_effects(chosen: SelectedTrials, zero_cells: str = "only0") -> EffectSizes | NotAssessable:
    """Effect sizes of a selection on its measure: trials with counts, then trials known by ratio and interval."""
    if not chosen.k:
        control = chosen.selection.control
        return NotAssessable("pooled effect", f"no trial of this selection compares active treatment with {control}")
    return effects_of(chosen, chosen.selection.measure, zero_cells)


def analyse(
    evidence: Evidence,
    outcome: str = "",
    name: str = "",
    *,
    measures: Sequence[str] = (),
    spec: PoolingSpec | None = None,
) -> Analysis:
    """Pool the trials of one selection of the protocol on each measure.

    Args:
        evidence: the tables and their protocol.
        outcome: an outcome of the review; by default the first one.
        name: name of a selection of the protocol; by default the main one.
        measures: the main measure first; by default those of the protocol.
        spec: how to pool; by default as the protocol says.
    """
    pooling = evidence.protocol.pooling
    wanted = tuple(measures) or tuple(dict.fromkeys((pooling.measure, *pooling.further_measures)))
    model = spec or evidence.protocol.pooling_spec()
    selected: dict[str, SelectedTrials] = {}
    results: dict[str, PooledEffect | NotAssessable] = {}
    for measure in wanted:
        chosen = select(evidence, evidence.selection(outcome, name, measure=measure))
        selected[measure] = chosen
        effects = selected_effects(chosen, pooling.zero_cells)
        results[measure] = effects if isinstance(effects, NotAssessable) else pool_by(effects, model)
    return Analysis(
        outcome=selected[wanted[0]].selection.outcome,
        name=name or evidence.protocol.main_selection,
        measure=wanted[0],
        selected=selected,
        results=results,
    )


def analyses_of(evidence: Evidence, outcome: str, spec: PoolingSpec | None = None) -> list[Analysis]:
    """The main analysis of an outcome and its sensitivity analyses; the main one comes first."""
    names = evidence.protocol.selections_for(outcome)
    return [analyse(evidence, outcome, name, spec=spec) for name in names]


def estimates_table(analyses: list[Analysis]) -> pd.DataFrame:
    """All analyses as one table, a row per outcome, selection and measure."""
    import pandas as pd

    return pd.DataFrame([row for analysis in analyses for row in analysis.rows()])
