"""The R scripts of leave-one-out, cumulative and influence analyses: metafor's functions on the same studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.r_script import effects_in_r
from tmsmeta.pooling import PooledEffect, pool_by
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.r_script import centred, fitted, packages, rma
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.pooling.spec import PoolingSpec, Profile, pooling_spec
from tmsmeta.robustness.sensitivity.deletion import cumulative, in_order, leave_one_out
from tmsmeta.robustness.sensitivity.influence import influence
from tmsmeta.words.names import listed, studies
from tmsmeta.words.r_script import Row, RScript, left_out, number
from tmsmeta.words.results import to_cell

if TYPE_CHECKING:
    import pandas as pd

_SERIES = {
    "estimate": "estimate",
    "se": "se",
    "ci_low": "ci.lb",
    "ci_high": "ci.ub",
    "p_value": "pval",
    "tau2": "tau2",
    "q": "Q",
    "i2": "I2",
}
"""Our columns of a series of pools, and the names that leave1out and cumul give them."""

_INFLUENCE = {
    "rstudent": "inf$rstudent",
    "dffits": "inf$dffits",
    "cooks_distance": "inf$cook.d",
    "cov_ratio": "inf$cov.r",
    "tau2_deleted": "inf$tau2.del",
    "q_deleted": "inf$QE.del",
    "hat": "inf$hat",
    "dfbetas": "dfbs[[1]]",
}
"""Our deletion diagnostics, and where metafor's influence() keeps them."""

_OF_INTERVAL = ("se", "ci_low", "ci_high", "p_value", "rstudent", "dffits", "cooks_distance", "cov_ratio", "dfbetas")


def leave_one_out_in_r(effects: EffectSizes, *, profile: Profile | None = None, **spec: Any) -> str:
    """The script for :func:`~tmsmeta.leave_one_out`, by metafor's ``leave1out``; arguments are the same."""
    choices = pooling_spec(profile, spec)
    frame = leave_one_out(effects, profile=choices)
    return _series_in_r(pool_by(effects, choices), frame, "leave1out", "-i", "without")


def cumulative_in_r(effects: EffectSizes, order: Any = None, *, profile: Profile | None = None, **spec: Any) -> str:
    """The script for :func:`~tmsmeta.cumulative`, by metafor's ``cumul``; arguments are the same."""
    choices = pooling_spec(profile, spec)
    ordered = effects if order is None else in_order(effects, order)
    frame = cumulative(ordered, profile=choices)
    return _series_in_r(pool_by(ordered, choices), frame, "cumul", "seq_len(i)", "up to")


def influence_in_r(effects: EffectSizes, *, profile: Profile | None = None, **spec: Any) -> str:
    """The script for :func:`~tmsmeta.influence`, by metafor's ``influence``; arguments are the same."""
    choices = pooling_spec(profile, spec)
    result, names, notes = pool_by(effects, choices), dict(_INFLUENCE), list[str]()
    if centred(result):
        names = {}
        notes.append(
            "influence() of metafor cannot take Q around the Mantel-Haenszel estimate; no equal of it is here."
        )
    elif _own_interval(choices):
        names = {name: r for name, r in names.items() if name not in _OF_INTERVAL}
        notes.append(f"influence() of metafor has no interval of this kind; {listed(list(names))} do not depend on it.")
    frame = influence(effects, profile=choices)
    code = [f"infl <- influence({_plain(result, frame['tau2_deleted'])})"] if names and result.k > 1 else []
    rows = _rows(frame, lambda i: {name: f"infl${r}[{i}]" for name, r in names.items()}, "without") if code else []
    return _script(result, "influence diagnostics", notes, code, rows)


def _own_interval(spec: PoolingSpec) -> bool:
    """Whether the interval is none of rma's own."""
    return spec.ci in ROBUST or spec.ci == "hksj-iqwig6"


def _plain(result: PooledEffect, tau2: pd.Series) -> str:
    """The call of rma that metafor's functions go on from; its iterations end where the largest `tau2` stands still."""
    known = [value for value in (to_cell(result.tau2), *tau2) if value == value]
    return rma(result.spec, data="dat", tau2=None, size=max(known) if known else result.tau2)


def _series_in_r(result: PooledEffect, frame: pd.DataFrame, function: str, members: str, word: str) -> str:
    """The script for pools of changing studies: by metafor's function where it takes the spec, else one by one."""
    if result.k == 1:
        return _script(result, _TITLES[function], ["A single study makes no series of pools."], [], [])
    spec, notes, least = result.spec, list[str](), 1
    names = [name for name in _SERIES if name != "tau2" or ESTIMATORS[spec.tau2].random]
    code = [f"series <- {function}({_plain(result, frame['tau2'])})"]
    if spec.ci in ROBUST:
        names = [name for name in names if name not in _OF_INTERVAL]
        notes.append(f"{function}() of metafor takes no cluster-robust fit; what depends on it is not compared.")
    elif centred(result) or _own_interval(spec):
        code, least = _one_by_one(result, members), 2
        notes.append(f"{function}() of metafor has no such setting; the script pools the studies anew each time.")
    by_q = spec.i2 == "Q" or not ESTIMATORS[spec.tau2].random

    def of_row(i: int) -> dict[str, str]:
        found = {name: f"series${_SERIES[name]}[{i}]" for name in names}
        df = number(frame["k"].iloc[i - 1] - 1)
        return found | ({"i2": f"100 * max(0, 1 - {df} / series$Q[{i}])"} if by_q else {})

    return _script(result, _TITLES[function], notes, code, _rows(frame[frame["k"] >= least], of_row, word))


_TITLES = {"leave1out": "a leave-one-out analysis", "cumul": "a cumulative meta-analysis"}


def _one_by_one(result: PooledEffect, members: str) -> list[str]:
    """Code that pools the studies of each row of a series, as the whole was pooled; none for single studies."""
    inner = fitted(result, effects_in_r(result.effects))
    q = next(row.r for row in inner.rows if row.quantity == "Q")
    values = "estimate = fit$beta[1], se = fit$se, ci.lb = fit$ci.lb, ci.ub = fit$ci.ub, pval = fit$pval"
    return [
        "refit <- function(dat) {",
        f"    if (nrow(dat) < 2L) return(c({', '.join(f'{name} = NA' for name in _SERIES.values())}))",
        *(f"    {line}" for line in inner.code),
        f"    c({values}, tau2 = fit$tau2, Q = {q}, I2 = fit$I2)",
        "}",
        f"each <- lapply(seq_len(nrow(dat)), function(i) refit(dat[{members}, ]))",
        "series <- as.data.frame(do.call(rbind, each))",
    ]


def _rows(frame: pd.DataFrame, of_row: Callable[[int], Mapping[str, str]], word: str) -> list[Row]:
    """The numbers of a table by study beside the R code of each; those that are missing here are left out."""
    found = []
    for place, record in zip(frame.index, frame.to_dict("records"), strict=True):
        for name, r in of_row(place + 1).items():
            ours = float(record[name])
            if np.isfinite(ours):
                found.append(Row(f"{word} {record['study']}: {name}", ours, r))
    return found


def _script(result: PooledEffect, what: str, notes: list[str], code: list[str], rows: list[Row]) -> str:
    """The script of an analysis, with the pool of all studies before it."""
    data = effects_in_r(result.effects)
    whole = fitted(result, data)
    shown = [row for row in whole.rows if row.quantity in _SHOWN]
    return RScript(
        title=f"{what} of {studies(result.k)}",
        packages=packages(result.spec.ci),
        notes=[*left_out(result.left_out), *data.notes, *whole.notes, *notes],
        code=[*data.code, "", *whole.code, *code],
        rows=[*(row._replace(quantity=f"all studies: {row.quantity}") for row in shown), *rows],
    ).text()


_SHOWN = ("estimate", "standard error", "interval, lower limit", "interval, upper limit", "tau2", "Q")
