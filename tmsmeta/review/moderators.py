"""The main analysis split by a column of the trials, and regressed on columns of the trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tmsmeta.errors import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.models.regression import MetaRegression, Subgroups, meta_regression, subgroups
from tmsmeta.models.regression.spec import RegressionInterval
from tmsmeta.pooling import PooledEffect, PoolingSpec
from tmsmeta.review.analyses import Analysis

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.selecting.result import SelectedTrials

T = TypeVar("T")


def studies_of(chosen: SelectedTrials) -> pd.DataFrame:
    """The trials of a selection in the order of their effects: those with counts, then those known by a ratio."""
    import pandas as pd

    both = [chosen.trials, chosen.contrasts] if len(chosen.contrasts) else [chosen.trials]
    return pd.concat(both, ignore_index=True)


def trial_data(analysis: Analysis) -> pd.DataFrame:
    """The trials of the main measure in the order of their effects, indexed by study."""
    return studies_of(analysis.chosen).set_index("study", drop=False)


def subgroups_of(analysis: Analysis, columns: Sequence[str], spec: PoolingSpec) -> dict[str, Subgroups | NotAssessable]:
    """The main analysis split by each of `columns`."""
    return {c: _each(analysis, "subgroups", partial(_split, analysis, c, spec)) for c in columns}


def _split(analysis: Analysis, column: str, spec: PoolingSpec, pooled: PooledEffect) -> Subgroups | NotAssessable:
    labels = trial_data(analysis)[column].astype(str).loc[list(pooled.effects.study)]
    if labels.nunique() < 2:
        return NotAssessable("subgroups", f"all trials have the same {column} ({labels.iloc[0]})")
    return subgroups(pooled.effects, labels.to_numpy(), profile=spec)


def regressions_of(
    analysis: Analysis, formulas: Sequence[str], spec: PoolingSpec
) -> dict[str, MetaRegression | NotAssessable]:
    """The main analysis regressed on each of `formulas`; trials without a moderator are left out and listed."""
    return {f: _each(analysis, "meta-regression", partial(_regressed, analysis, f, spec)) for f in formulas}


def _regressed(
    analysis: Analysis, formula: str, spec: PoolingSpec, pooled: PooledEffect
) -> MetaRegression | NotAssessable:
    data = trial_data(analysis).loc[list(pooled.effects.study)]
    return meta_regression(
        pooled.effects, formula, data.reset_index(drop=True), tau2=spec.tau2, ci=_interval(spec), level=spec.level,
        missing="drop",
    )  # fmt: skip


def _interval(spec: PoolingSpec) -> RegressionInterval:
    """The interval of a regression beside a pooling: with the Hartung-Knapp factor where that has it."""
    return "hksj" if spec.ci == "hksj-iqwig6" else spec.ci


def _each(analysis: Analysis, what: str, compute: Callable[[PooledEffect], T | NotAssessable]) -> T | NotAssessable:
    if isinstance(analysis.pooled, NotAssessable):
        return NotAssessable(what, analysis.pooled.reason)
    try:
        return compute(analysis.pooled)
    except (InvalidInputError, UnknownOptionError) as error:
        first = getattr(error, "issues", None)
        return NotAssessable(what, "; ".join(str(issue) for issue in first) if first else str(error))
