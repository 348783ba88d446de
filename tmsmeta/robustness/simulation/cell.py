"""One cell of the grid: draw the trials, pool them by every method, and compare with the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtr

from tmsmeta.effects.base import Floats
from tmsmeta.effects.measures import Table, estimates
from tmsmeta.pooling import PoolingSpec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.many.fit import BLOCK, pool_columns
from tmsmeta.pooling.many.result import PooledColumns, PooledRows
from tmsmeta.robustness.simulation.spec import SimulationCell, SimulationSpec


class Trials(NamedTuple):
    """Counts of simulated meta-analyses, each of shape (k, n), and the share of trials whose risk was cut at 1."""

    events_t: Floats
    n_t: Floats
    events_c: Floats
    n_c: Floats
    cut: float


def draw(cell: SimulationCell, measure: str, count: int, rng: np.random.Generator) -> Trials:
    """Counts of `count` meta-analyses."""
    shape = (cell.k, count)
    n_c = rng.integers(cell.n[0], cell.n[1] + 1, shape).astype(float)
    n_c[0] = np.maximum(np.rint(n_c[0] * cell.large), 1.0)
    n_t = np.maximum(np.rint(n_c * cell.imbalance), 1.0)
    theta = cell.effect + np.sqrt(cell.tau2) * rng.standard_normal(shape)
    if measure == "OR":
        risk, cut = expit(logit(cell.event_rate) + theta), 0.0
    else:
        risk = cell.event_rate * np.exp(theta)
        cut = float((risk > 1.0).mean())
        risk = np.minimum(risk, 1.0)
    events_t = rng.binomial(n_t.astype(np.int64), risk).astype(float)
    events_c = rng.binomial(n_c.astype(np.int64), cell.event_rate).astype(float)
    return Trials(events_t, n_t, events_c, n_c, cut)


def effect_sizes(trials: Trials, measure: str, zero_cells: str) -> tuple[Floats, Floats]:
    """Estimates and variances, NaN where a trial has none; what :func:`tmsmeta.effects.binary` gives for each trial."""
    cells = [trials.events_t, trials.n_t - trials.events_t, trials.events_c, trials.n_c - trials.events_c]
    if zero_cells != "none":
        zero = (cells[0] == 0) | (cells[1] == 0) | (cells[2] == 0) | (cells[3] == 0)
        add = np.where(zero, 0.5, 0.0) if zero_cells == "only0" else 0.5
        cells = [cell + add for cell in cells]
    yi, vi = estimates(measure, Table(*cells))
    usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    return np.where(usable, yi, np.nan), np.where(usable, vi, np.nan)


def run_cell(cell: SimulationCell, spec: SimulationSpec) -> dict[str, Any]:
    """Simulate one cell: the cell, the spec, and one row of results per estimator and interval."""
    rng = np.random.default_rng(cell.seed(spec.seed))
    fits: dict[str, list[PooledColumns]] = {name: [] for name in spec.tau2}
    cut, done = 0.0, 0
    size = max(1, BLOCK // cell.k)
    asked = {name: _base_spec(spec, name) for name in spec.tau2}
    while done < spec.replicates:
        count = min(size, spec.replicates - done)
        trials = draw(cell, spec.measure, count, rng)
        yi, vi = effect_sizes(trials, spec.measure, spec.zero_cells)
        for name in spec.tau2:
            fits[name].append(pool_columns(yi, vi, asked[name]))
        cut += trials.cut * count
        done += count
    shared = asdict(cell) | {"n": list(cell.n), "cut": cut / spec.replicates}
    rows = [
        shared | {"tau2_estimator": name, "ci": found.spec.ci} | _compare(found, cell, spec)
        for name in spec.tau2
        for found in _intervals(PooledRows.join(fits[name], asked[name]), spec)
    ]
    return {"cell": asdict(cell), "spec": spec.to_dict(), "rows": rows}


def _base_spec(spec: SimulationSpec, tau2: str) -> PoolingSpec:
    """The Hartung-Knapp interval, from whose factor those of the other intervals follow."""
    return PoolingSpec(tau2=tau2, ci="hksj", level=spec.level, prediction=spec.prediction)  # type: ignore[arg-type]


def _intervals(rows: PooledRows, spec: SimulationSpec) -> Iterator[PooledRows]:
    """The same fits with each interval of the spec."""
    for ci in spec.ci:
        asked = replace(rows.spec, ci=ci)  # type: ignore[arg-type]
        if ci == "hksj":
            factor = rows.factor
        elif ci == "hksj-adhoc":
            factor = np.maximum(rows.factor, 1.0)
        else:
            factor = np.ones(len(rows))
        yield replace(rows, spec=asked, factor=factor)


def _compare(rows: PooledRows, cell: SimulationCell, spec: SimulationSpec) -> dict[str, Any]:
    """How the pooled effects relate to the truth; Monte Carlo standard errors end in ``_mcse``."""
    usable = rows.k > 1
    count = int(usable.sum())
    if not count:
        return {"usable": 0}
    error = rows.estimate[usable] - cell.effect
    low, high = rows.ci_low[usable], rows.ci_high[usable]
    covered = (low <= cell.effect) & (cell.effect <= high)
    rejected = float(((low > 0.0) | (high < 0.0)).mean())
    spread = float(error.std(ddof=1)) if count > 1 else 0.0
    tau2 = rows.tau2[usable]
    null = cell.effect == 0.0
    return {
        "usable": count,
        "coverage": float(covered.mean()),
        "coverage_mcse": _share_mcse(float(covered.mean()), count),
        "bias": float(error.mean()),
        "bias_mcse": spread / count**0.5,
        "rmse": float(np.sqrt((error**2).mean())),
        "empirical_se": spread,
        "mean_se": float(rows.se[usable].mean()),
        "width": float((high - low).mean()),
        "rejection": rejected,
        "rejection_mcse": _share_mcse(rejected, count),
        "type_1_error": rejected if null else None,
        "power": None if null else rejected,
        "tau2_bias": float(tau2.mean()) - cell.tau2,
        "tau2_zero": float((tau2 == 0.0).mean()),
        "prediction_coverage": _prediction_coverage(rows, usable, cell),
    }


def _share_mcse(share: float, count: int) -> float:
    return float((share * (1.0 - share) / count) ** 0.5)


def _prediction_coverage(rows: PooledRows, usable: Any, cell: SimulationCell) -> float | None:
    """Mean probability that the true effect of one more trial lies in the prediction interval."""
    if not ESTIMATORS[rows.spec.tau2].random:
        return None
    there = usable & ~np.isnan(rows.prediction_low)
    if not there.any():
        return None
    low, high = rows.prediction_low[there] - cell.effect, rows.prediction_high[there] - cell.effect
    if cell.tau2 == 0.0:
        return float(((low <= 0.0) & (high >= 0.0)).mean())
    tau = cell.tau2**0.5
    return float((ndtr(high / tau) - ndtr(low / tau)).mean())
