"""The R script of a pooled effect: the same pool by metafor's rma."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.mantel_haenszel import mantel_haenszel_estimate
from tmsmeta.effects.r_script import REffects, effects_in_r
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.clusters import count_clusters
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, estimate_tau2
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import Number, Pair
from tmsmeta.words.r_script import Pooled, Row, RScript, call, interval_rows, left_out, number, text, vector


class Pool(Pooled, Protocol):
    """What a script reads of an effect pooled by inverse variance."""

    @property
    def estimate(self) -> float: ...
    @property
    def tau2_se(self) -> Number: ...
    @property
    def q(self) -> float: ...
    @property
    def prediction(self) -> Pair: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def model(self) -> InterceptModel: ...
    @property
    def spec(self) -> PoolingSpec: ...
    @property
    def effects(self) -> EffectSizes: ...


TESTS = {"z": "z", "t": "t", "hksj": "knha", "hksj-adhoc": "adhoc", "hksj-iqwig6": "knha"}
TESTS |= {"CR0": "t", "CR1": "t", "CR2": "t"}
"""The ``test`` of metafor for each of our intervals; those over clusters go on to ``robust()``."""

_ADJUST = {"CR0": {"adjust": "FALSE"}, "CR1": {"adjust": "TRUE"}, "CR2": {"clubSandwich": "TRUE"}}


def made_robust(cluster: NDArray[np.str_] | None, ci: str, fit: str = "fit") -> list[str]:
    """Code that turns `fit` into its cluster-robust version; none for other intervals or a single cluster."""
    if ci not in _ADJUST or cluster is None or len(set(cluster.tolist())) < 2:
        return []
    labels = vector([str(label) for label in cluster], indent="")
    return [f"{fit} <- robust({fit}, cluster = {labels}, {', '.join(f'{n} = {v}' for n, v in _ADJUST[ci].items())})"]


def packages(ci: str) -> tuple[str, ...]:
    """What a script with this interval loads."""
    return ("metafor", "clubSandwich") if ci == "CR2" else ("metafor",)


def control(tau2: Number) -> str | None:
    """Settings under which R's iterations end where they stand still, for a tau2 of this size."""
    size = floor(log10(tau2)) if isinstance(tau2, float) and tau2 > 0 else 0
    small, large = f"1e{size - 12}", f"1e{max(size, 0) + 2}"
    return call("list", threshold=small, tol=small, maxiter="10000", **{"tau2.max": large})


def rma(spec: PoolingSpec, *, data: str, tau2: str | None, size: Number, method: str = "", test: str = "") -> str:
    """The call of rma for a spec, with tau2 estimated or, as R code, held."""
    return call(
        "rma", "yi", "vi", data=data, method=text(method or spec.tau2), tau2=tau2, test=text(test or TESTS[spec.ci]),
        level=number(100 * spec.level), control=None if spec.tau2 == "FE" or tau2 else control(size),
    )  # fmt: skip


def pooled_in_r(result: Pool) -> str:
    """The script for a pool of studies."""
    data = effects_in_r(result.effects)
    fit = fitted(result, data)
    return RScript(
        title=f"a pooled {result.effects.info.label} of {studies(result.k)}",
        packages=packages(result.spec.ci),
        notes=[*left_out(result.left_out), *data.notes, *fit.notes],
        code=[*data.code, "", *fit.code],
        rows=fit.rows,
    ).text()


@dataclass(frozen=True)
class Fitted:
    """One pool in R: notes, code that makes ``fit``, and the numbers to compare."""

    notes: list[str]
    code: list[str]
    rows: list[Row]


def fitted(result: Pool, data: REffects, *, frame: str = "dat", tau2: str | None = None) -> Fitted:
    """The pool of the studies in an R data frame.

    Args:
        result: the pool.
        data: its studies in R.
        frame: the data frame with their ``yi`` and ``vi``.
        tau2: R code of a tau2 that comes from elsewhere.
    """
    if result.k == 1:
        return _single(result, frame, tau2)
    notes, code = [], []
    moved = centred(result)
    if moved:
        notes.append("Q is taken around the Mantel-Haenszel estimate, as RevMan 5 has it; rma has no such option.")
        code += _around_mantel_haenszel(result, data, frame)
    held = tau2 or _held(result)
    if held and not tau2:
        notes.append("tau2 was not estimated from these studies alone; it is held at the value it was given.")
    if moved and not held:
        held = _MOMENTS.get(result.spec.tau2)
        if held:
            code.append(held)
            held = "tau2"
    made, said = _fit(result, frame, held)
    rows = _rows(result, frame, "q" if moved else "fit$QE")
    if held and not moved:
        rows = [row for row in rows if row.quantity not in ("tau2", "standard error of tau2")]
    return Fitted(notes + said, code + made, rows)


def centred(result: Pool) -> bool:
    """Whether Q, and tau2 that follows from it, was taken around the Mantel-Haenszel estimate."""
    if result.spec.q_centre == "inverse-variance":
        return False
    return not isinstance(mantel_haenszel_estimate(result.effects), NotAssessable)


_MOMENTS = {
    "DL": "tau2 <- max(0, (q - df) / (sum(w) - sum(w^2) / sum(w)))",
    "HS": "tau2 <- max(0, (q - df - 1) / sum(w))",
}
"""Estimators that start from Q, in R."""


def _around_mantel_haenszel(result: Pool, data: REffects, frame: str) -> list[str]:
    zero = {"add": f"c(0.5, {data.add})", "to": f'c("only0", {data.to})', "drop00": "c(TRUE, FALSE)"}
    pooled = call("rma.mh", measure=text(result.effects.measure), **data.arguments, data=frame, **zero)
    return [
        f"centre <- suppressWarnings({pooled})$beta[1]",
        f"w <- 1 / {frame}$vi",
        f"q <- sum(w * ({frame}$yi - centre)^2)",
        f"df <- nrow({frame}) - 1",
    ]


def _held(result: Pool) -> str | None:
    """tau2 as given, where the estimator of the spec says another one."""
    if isinstance(result.tau2, NotAssessable) or result.spec.q_centre != "inverse-variance":
        return None
    own = estimate_tau2(result.model, result.spec.tau2).tau2
    return None if np.isclose(own, result.tau2, rtol=1e-9, atol=0) else number(result.tau2)


def _fit(result: Pool, frame: str, held: str | None) -> tuple[list[str], list[str]]:
    """Code that makes ``fit``, and what to say about it."""
    spec = result.spec
    code = [f"fit <- {rma(spec, data=frame, tau2=held, size=result.tau2)}"]
    if spec.ci != "hksj-iqwig6":
        return [*code, *made_robust(result.effects.cluster, spec.ci)], []
    adhoc = rma(spec, data=frame, tau2=held, size=result.tau2, test="adhoc")
    wald = rma(spec, data=frame, tau2=None, size=result.tau2, method="DL", test="z")
    code += [
        f"wald <- {wald}",
        f"if (fit$ci.ub - fit$ci.lb < wald$ci.ub - wald$ci.lb) fit <- {adhoc}",
    ]
    return code, [
        "The interval is that of IQWiG's General Methods 6, in two steps: Hartung-Knapp, or its ad hoc correction "
        "where the first is narrower than the Wald interval with DerSimonian-Laird's tau2."
    ]


def _single(result: Pool, frame: str, tau2: str | None) -> Fitted:
    """One study: its own estimate, with tau2 from elsewhere in its variance where there is one."""
    variance = "vi" if tau2 is None or result.spec.ci != "z" else f"vi + {tau2}"
    fit = call("rma", "yi", variance, data=frame, method='"FE"', level=number(100 * result.spec.level))
    low, high = interval_rows("interval", result.ci, "fit$ci.lb", "fit$ci.ub")
    rows = [
        Row("estimate", result.estimate, "fit$beta[1]"),
        Row("standard error", result.se, "fit$se"),
        low,
        high,
        Row("test statistic", result.statistic, "fit$zval"),
        Row("p value", result.p_value, "fit$pval"),
    ]
    return Fitted(["A single study is not pooled: the numbers are its own."], [f"fit <- {fit}"], rows)


def _rows(result: Pool, frame: str, q: str) -> list[Row]:
    spec, df = result.spec, result.k - 1
    low, high = _prediction(spec, frame, count_clusters(result.effects) if spec.ci in ROBUST else result.k)
    by_q = spec.i2 == "Q" or not ESTIMATORS[spec.tau2].random
    likelihood = "REML" if ESTIMATORS[spec.tau2].likelihood == "REML" else "ML"
    rows = [
        Row("estimate", result.estimate, "fit$beta[1]"),
        Row("standard error", result.se, "fit$se"),
        *interval_rows("interval", result.ci, "fit$ci.lb", "fit$ci.ub"),
        Row("test statistic", result.statistic, "fit$zval"),
        Row("p value", result.p_value, "fit$pval"),
        Row("tau2", result.tau2, "fit$tau2"),
        Row("standard error of tau2", result.tau2_se, "fit$se.tau2"),
        Row("I2 in percent", result.i2, f"100 * max(0, 1 - {df} / {q})" if by_q else "fit$I2"),
        Row("H2", result.h2, f"{q} / {df}" if by_q else "fit$H2"),
        Row("Q", result.q, q),
        Row("p value of Q", result.q_p, f"pchisq({q}, {df}, lower.tail = FALSE)"),
        *interval_rows("prediction interval", result.prediction, low, high),
        Row("log likelihood", result.log_likelihood, f'fit$fit.stats["ll", "{likelihood}"]'),
    ]
    return rows + ratio_rows(result.ratio, result.ratio_ci) if result.effects.info.is_ratio else rows


def ratio_rows(ratio: Number, limits: Pair) -> list[Row]:
    """A pooled ratio and its limits, not logged."""
    return [
        Row("ratio", ratio, "exp(fit$beta[1])"),
        *interval_rows("interval of the ratio", limits, "exp(fit$ci.lb)", "exp(fit$ci.ub)"),
    ]


def _prediction(spec: PoolingSpec, frame: str, k: int) -> tuple[str, str]:
    """R code of the prediction limits: predict() where it has the same quantile and standard error."""
    adjusted = spec.ci.startswith("hksj")
    same_quantile = spec.ci not in ROBUST and spec.prediction == ("z" if spec.ci == "z" else "t(k-1)")
    if same_quantile and (spec.prediction_se == "model" or not adjusted):
        return "predict(fit)$pi.lb", "predict(fit)$pi.ub"
    tail = number(0.5 + spec.level / 2)
    quantile = (
        f"qnorm({tail})" if spec.prediction == "z" else f"qt({tail}, {k - 2 if '2' in spec.prediction else k - 1})"
    )
    wald = (adjusted or spec.ci in ROBUST) and spec.prediction_se == "wald"
    variance = f"1 / sum(1 / ({frame}$vi + fit$tau2))" if wald else "fit$se^2"
    half = f"{quantile} * sqrt(fit$tau2 + {variance})"
    return f"fit$beta[1] - {half}", f"fit$beta[1] + {half}"
