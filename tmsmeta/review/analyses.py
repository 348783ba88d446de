"""Active treatment against sham: one analysis per outcome and selection, on three measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tmsmeta.effects import EffectSizes
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.review import Evidence, SelectedTrials, Selection, standard_selections
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.words.results import to_plain

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("response", "remission")
MEASURES = ("RR", "OR", "RD")
#: What the main analyses use: REML, Hartung-Knapp, prediction with k - 2 degrees of freedom.
MAIN_SPEC = PoolingSpec()


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """One outcome in one selection of trials.

    Attributes:
        outcome: ``response`` or ``remission``, or another of the evidence.
        name: name of the selection.
        selected: the trials and what was left out, per measure (ratios of tier D join on their own measure only).
        results: the pooled effect per measure, or why there is none.
    """

    outcome: str
    name: str
    selected: Mapping[str, SelectedTrials]
    results: Mapping[str, PooledEffect | NotAssessable]

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
        first = next(iter(self.selected.values()))
        return {
            "outcome": self.outcome,
            "selection": self.name,
            "trials": self._row(next(iter(self.results)))["trials"],
            "patients": first.patients,
            "evidence": first.to_dict(),
            "results": to_plain(self.results),
        }


def _limits(name: str, value: tuple[float, float] | NotAssessable) -> dict[str, Any]:
    low, high = (value, value) if isinstance(value, NotAssessable) else value
    return {f"{name}_low": low, f"{name}_high": high}


def selected_effects(chosen: SelectedTrials) -> EffectSizes | NotAssessable:
    """Effect sizes of a selection on its measure: trials with counts, then trials known by ratio and interval."""
    if not chosen.k:
        return NotAssessable("pooled effect", "no trial of this selection compares active treatment with sham")
    return effects_of(chosen, chosen.selection.measure)


def analyse(
    evidence: Evidence,
    selection: Selection,
    *,
    name: str = "",
    measures: tuple[str, ...] = MEASURES,
    spec: PoolingSpec = MAIN_SPEC,
) -> Analysis:
    """Pool the trials of one selection on each measure.

    Args:
        evidence: the tables.
        selection: which trials; its ``measure`` is replaced by each of `measures` in turn.
        name: name of the selection in tables.
        measures: effect measures.
        spec: how to pool.
    """
    selected: dict[str, SelectedTrials] = {}
    results: dict[str, PooledEffect | NotAssessable] = {}
    for measure in measures:
        chosen = select(evidence, replace(selection, measure=measure))
        selected[measure] = chosen
        effects = selected_effects(chosen)
        results[measure] = effects if isinstance(effects, NotAssessable) else pool_by(effects, spec)
    return Analysis(outcome=selection.outcome, name=name, selected=selected, results=results)


def standard_analyses(evidence: Evidence, outcome: str, spec: PoolingSpec = MAIN_SPEC) -> list[Analysis]:
    """The main analysis of an outcome and its sensitivity analyses; the main one comes first."""
    chosen = standard_selections(outcome)
    return [analyse(evidence, selection, name=name, spec=spec) for name, selection in chosen.items()]


def estimates_table(analyses: list[Analysis]) -> pd.DataFrame:
    """All analyses as one table, a row per outcome, selection and measure."""
    import pandas as pd

    return pd.DataFrame([row for analysis in analyses for row in analysis.rows()])
