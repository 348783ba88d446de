"""The R scripts of meta-regressions and subgroups: metafor's rma with moderators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.r_script import effects_in_r
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.models.regression.design import Design
from tmsmeta.models.regression.spec import RegressionSpec
from tmsmeta.pooling import PoolingSpec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.r_script import TESTS, Pool, control, fitted, made_robust, packages
from tmsmeta.words.names import counted, listed, studies
from tmsmeta.words.numbers import Number
from tmsmeta.words.r_script import Row, RScript, call, comment, left_out, number, text, vector


class Regression(Protocol):
    """What a script reads of a meta-regression."""

    @property
    def terms(self) -> Sequence[str]: ...
    @property
    def beta(self) -> Floats: ...
    @property
    def se(self) -> Floats: ...
    @property
    def p_value(self) -> Floats: ...
    @property
    def low(self) -> Floats: ...
    @property
    def high(self) -> Floats: ...
    @property
    def tau2(self) -> float: ...
    @property
    def tau2_se(self) -> Number: ...
    @property
    def i2(self) -> float: ...
    @property
    def h2(self) -> float: ...
    @property
    def r2(self) -> Number: ...
    @property
    def qm(self) -> Number: ...
    @property
    def qm_p(self) -> Number: ...
    @property
    def qe(self) -> float: ...
    @property
    def qe_p(self) -> Number: ...
    @property
    def k(self) -> int: ...
    @property
    def p(self) -> int: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def spec(self) -> RegressionSpec: ...
    @property
    def effects(self) -> EffectSizes: ...
    @property
    def design(self) -> Design: ...
    @property
    def left_out(self) -> tuple[Issue, ...]: ...


class Groups(Protocol):
    """What a script reads of subgroups."""

    @property
    def pools(self) -> Mapping[str, Pool]: ...
    @property
    def q_between(self) -> Number: ...
    @property
    def test_name(self) -> str: ...
    @property
    def statistic(self) -> Number: ...
    @property
    def df(self) -> int: ...
    @property
    def p_value(self) -> Number: ...
    @property
    def common_tau2(self) -> bool: ...
    @property
    def tau2(self) -> Number: ...
    @property
    def overall(self) -> Pool: ...
    @property
    def spec(self) -> PoolingSpec: ...
    @property
    def left_out(self) -> tuple[Issue, ...]: ...


def regression_in_r(result: Regression) -> str:
    """The script for a meta-regression. Its design matrix stands in the script, whatever the formula made of it."""
    data = effects_in_r(result.effects)
    columns = [f"    {vector(result.design.x[:, j], indent='    ')}" for j in range(result.p)]
    names = vector([str(term) for term in result.terms], indent="")
    note = (
        f"Formula: {result.spec.formula.strip()}. The columns that it makes are in x ({listed(result.terms)}); metafor "
        "takes its intercept from the column of ones."
    )
    return RScript(
        title=f"a meta-regression of {studies(result.k)} on {result.p} coefficients",
        packages=packages(result.spec.ci),
        notes=[*left_out(result.left_out), *data.notes, note],
        code=[
            *data.code, "", "x <- cbind(", ",\n".join(columns), ")", f"colnames(x) <- {names}", "",
            f"fit <- {_rma(result, 'x')}", *made_robust(result.effects.cluster, result.spec.ci),
            *_without_moderators(result),
        ],
        rows=_regression_rows(result),
    ).text()  # fmt: skip


def _rma(result: Regression, mods: str | None) -> str:
    spec = result.spec
    return call(
        "rma", "yi", "vi", mods=mods, intercept="FALSE" if mods else None, data="dat", method=text(spec.tau2),
        test=text(TESTS[spec.ci]), level=number(100 * spec.level),
        control=control(result.tau2) if ESTIMATORS[spec.tau2].random else None,
    )  # fmt: skip


def _explains(result: Regression) -> bool:
    return ESTIMATORS[result.spec.tau2].random and not isinstance(result.r2, NotAssessable)


def _without_moderators(result: Regression) -> list[str]:
    return [f"null <- {_rma(result, None)}  # for R2"] if _explains(result) else []


def _regression_rows(result: Regression) -> list[Row]:
    rows: list[Row] = []
    columns = (
        ("", result.beta, "beta"),
        (", standard error", result.se, "se"),
        (", p value", result.p_value, "pval"),
        (", lower limit", result.low, "ci.lb"),
        (", upper limit", result.high, "ci.ub"),
    )
    for j, term in enumerate(result.terms):
        rows += [Row(f"{term}{what}", float(v[j]), f"fit${r}[{j + 1}]") for what, v, r in columns if np.isfinite(v[j])]
    likelihood = "REML" if ESTIMATORS[result.spec.tau2].likelihood == "REML" else "ML"
    rows += [
        Row("tau2", result.tau2, "fit$tau2"),
        Row("standard error of tau2", result.tau2_se, "fit$se.tau2"),
        Row("I2 in percent", result.i2, "fit$I2"),
        Row("H2", result.h2, "fit$H2"),
        Row("QM", result.qm, "fit$QM"),
        Row("p value of QM", result.qm_p, "fit$QMp"),
        Row("QE", result.qe, "fit$QE"),
        Row("p value of QE", result.qe_p, "fit$QEp"),
        Row("log likelihood", result.log_likelihood, f'fit$fit.stats["ll", "{likelihood}"]'),
    ]
    if _explains(result):
        rows.append(
            Row("R2 in percent", result.r2, "if (null$tau2 > 0) max(0, 100 * (1 - fit$tau2 / null$tau2)) else 0")
        )
    return rows


_SHOWN = ("estimate", "standard error", "interval, lower limit", "interval, upper limit", "tau2")


def subgroups_in_r(result: Groups) -> str:
    """The script for subgroups: one pool each, and the test between them."""
    notes, code, fits = left_out(result.left_out), [], []
    rows: list[Row] = []
    held = "tau2" if result.common_tau2 and not isinstance(result.tau2, NotAssessable) else None
    for place, (label, pool) in enumerate(result.pools.items(), start=1):
        data = effects_in_r(pool.effects)
        part = fitted(pool, data, frame=f"group{place}", tau2=held)
        notes += [f"{label}: {note}" for note in (*data.notes, *part.notes)]
        code += [*comment(f"Subgroup {label}"), *data.code, f"group{place} <- dat", ""]
        fits += [*part.code, f"fit{place} <- fit"]
        rows += [Row(f"{label}: {r.quantity}", r.ours, _of(r.r, place)) for r in part.rows if r.quantity in _SHOWN]
    tested_by_f = result.test_name == "F" and not isinstance(result.statistic, NotAssessable)
    if held or tested_by_f:
        code += _factor(result)
    if held:
        code.append("tau2 <- all$tau2")
        rows.append(Row("tau2 of all subgroups", result.tau2, "tau2"))
    rows.append(Row("Q between subgroups", result.q_between, "q"))
    if tested_by_f:
        rows.append(Row("F between subgroups", result.statistic, "all$QM"))
    rows.append(Row("p value between subgroups", result.p_value, "all$QMp" if tested_by_f else "p"))
    return RScript(
        title=f"{counted(len(result.pools), 'subgroup')} of {studies(result.overall.k)}",
        packages=packages(result.spec.ci),
        notes=notes,
        code=[*code, *fits, "", *_between(result, held)],
        rows=rows,
    ).text()


def _of(code: str, place: int) -> str:
    return code.replace("fit$", f"fit{place}$")


def _factor(result: Groups) -> list[str]:
    """Code of the regression with the subgroup as a factor, which gives the common tau2 and the F test."""
    groups = [f"    data.frame(yi = group{j}$yi, vi = group{j}$vi, subgroup = {j})" for j in _places(result)]
    fit = call(
        "rma", "yi", "vi", mods="~ factor(subgroup)", data="all", method=text(result.spec.tau2),
        test=text(TESTS[result.spec.ci]), control=control(result.tau2) if ESTIMATORS[result.spec.tau2].random else None,
    )  # fmt: skip
    rows = [pool.effects.cluster for pool in result.pools.values() if pool.effects.cluster is not None]
    robust = made_robust(np.concatenate(rows), result.spec.ci, "all") if rows else []
    return ["all <- rbind(", ",\n".join(groups), ")", f"all <- {fit}", *robust]


def _places(result: Groups) -> range:
    return range(1, len(result.pools) + 1)


def _own_error(pool: Pool, j: int, held: str | None) -> str:
    """The plain standard error of a group without an adjusted one: a single study, or a single cluster."""
    if pool.k == 1:
        return f"sqrt(group{j}$vi + {held or 0})"
    return f"sqrt(1 / sum(1 / (group{j}$vi + {held or f'fit{j}$tau2'})))"


def _between(result: Groups, held: str | None) -> list[str]:
    """Code of the test between subgroups; a single study without a Hartung-Knapp error enters with its own."""
    errors = [
        _own_error(pool, j, held) if isinstance(pool.se, NotAssessable) else f"fit{j}$se"
        for j, pool in enumerate(result.pools.values(), start=1)
    ]
    return [
        f"estimate <- c({', '.join(f'fit{j}$beta[1]' for j in _places(result))})",
        f"se <- c({', '.join(errors)})",
        "w <- 1 / se^2",
        "q <- sum(w * (estimate - sum(w * estimate) / sum(w))^2)",
        f"p <- pchisq(q, {result.df}, lower.tail = FALSE)",
    ]
