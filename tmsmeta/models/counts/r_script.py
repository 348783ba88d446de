"""The R scripts of models on counts: metafor's rma.mh, rma.peto and rma.glmm."""

from __future__ import annotations

from typing import Protocol

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.r_script import FAMILIES, said
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.spec import CountsSpec, GlmmSpec, MantelHaenszelSpec
from tmsmeta.pooling.r_script import ratio_rows
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import Number
from tmsmeta.words.r_script import Pooled, Row, RScript, call, data_frame, interval_rows, left_out, number, text
from tmsmeta.words.results import HypothesisTest


class Counted(Pooled, Protocol):
    """What a script reads of a pooled effect from counts."""

    @property
    def model(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def measure(self) -> str: ...
    @property
    def converged(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def spec(self) -> CountsSpec: ...
    @property
    def effects(self) -> EffectSizes: ...


class MantelHaenszel(Counted, Protocol):
    """The same, with its tests."""

    @property
    def cmh_corrected(self) -> HypothesisTest | NotAssessable: ...
    @property
    def breslow_day(self) -> HypothesisTest | NotAssessable: ...
    @property
    def tarone(self) -> HypothesisTest | NotAssessable: ...
    @property
    def spec(self) -> MantelHaenszelSpec: ...


class Mixed(Counted, Protocol):
    """The same, with the variance of the study intercepts."""

    @property
    def sigma2(self) -> Number: ...
    @property
    def spec(self) -> GlmmSpec: ...


_OPTIMISER = (
    "R's search ends where the likelihood still changes in its seventh to ninth digit, so the two agree to about four "
    "digits of the estimate, and to fewer of tau2 where the likelihood is flat. lme4 says so in a warning."
)
_LAPLACE = (
    "tmsmeta integrated over both random effects by quadrature. lme4 has quadrature for one random effect only: what "
    "stands here is its nearest, the Laplace approximation (nAGQ = 1), which gives other numbers."
)


def _script(
    result: Counted, fit: str, rows: list[Row], notes: list[str], packages: tuple[str, ...] = ("metafor",)
) -> str:
    columns = {name: result.effects.inputs[name] for name in FAMILIES[result.effects.info.family].arguments}
    common = [
        Row("estimate", result.estimate, "fit$beta[1]"),
        Row("standard error", result.se, "fit$se"),
        *interval_rows("interval", result.ci, "fit$ci.lb", "fit$ci.ub"),
        Row("test statistic", result.statistic, "fit$zval"),
        Row("p value", result.p_value, "fit$pval"),
    ]
    ratio = ratio_rows(result.ratio, result.ratio_ci) if result.effects.info.is_ratio else []
    return RScript(
        title=f"a pooled {result.label} of {studies(result.k)} ({result.model})",
        packages=packages,
        notes=[*said(result.effects), *left_out(result.left_out), *notes],
        code=[*data_frame("dat", {"study": result.effects.study.tolist(), **columns}), "", f"fit <- {fit}"],
        rows=[*common, *rows, *ratio],
    ).text()


def _arguments(result: Counted) -> dict[str, str]:
    named = FAMILIES[result.effects.info.family].arguments
    return {r: ours for ours, r in named.items()} | {"data": "dat", "level": number(100 * result.spec.level)}


def _q_rows(result: Counted) -> list[Row]:
    return [
        Row("Q", result.q, "fit$QE"),
        Row("p value of Q", result.q_p, "fit$QEp"),
        Row("I2 in percent", result.i2, "fit$I2"),
        Row("H2", result.h2, "fit$H2"),
    ]


def mantel_haenszel_in_r(result: MantelHaenszel) -> str:
    """The script for a Mantel-Haenszel estimate."""
    spec = result.spec
    fit = call(
        "rma.mh", measure=text(spec.measure), **_arguments(result),
        add=f"c(0.5, {number(spec.add if spec.correction else 0)})", to=f'c("only0", "{spec.correction or "none"}")',
        drop00="c(TRUE, FALSE)",
    )  # fmt: skip
    notes = [
        "add, to and drop00 have two values: the first for the studies' own estimates, which only Q, I2 and H2 use, "
        "the second for the pooled estimate."
    ]
    rows = _q_rows(result)
    if spec.measure == "OR" and spec.correction is None:
        for name, found, r in (
            ("Cochran-Mantel-Haenszel test, corrected", result.cmh_corrected, "MH"),
            ("Tarone's test", result.tarone, "TA"),
            ("Breslow-Day test", result.breslow_day, "BD"),
        ):
            if found:
                rows += [Row(name, found.statistic, f"fit${r}"), Row(f"{name}, p value", found.p_value, f"fit${r}p")]
    return _script(result, fit, rows, notes)


def peto_in_r(result: Counted) -> str:
    """The script for Peto's method."""
    fit = call("rma.peto", **_arguments(result), add="c(0, 0)", to='c("none", "none")')
    return _script(result, fit, _q_rows(result), [])


def glmm_in_r(result: Mixed) -> str:
    """The script for a generalised linear mixed model."""
    spec = result.spec
    two_arms = result.effects.info.contrast
    notes, packages, more = [_OPTIMISER], ("metafor", "lme4"), {}
    if spec.model == "UM.RS":
        more = {"nAGQ": "1"}
        notes += [_LAPLACE] if spec.integration == "quadrature" else []
    elif spec.model == "CM.EL":
        packages = ("metafor", "BiasedUrn")
    else:
        more = {"nAGQ": "25"}
    fit = call(
        "rma.glmm", measure=text(result.measure), **_arguments(result), model=text(spec.model) if two_arms else None,
        test=text(spec.ci), **more,
    )  # fmt: skip
    rows = [Row("tau2", result.tau2, "fit$tau2"), Row("I2 in percent", result.i2, "fit$I2")]
    if spec.model == "UM.RS":
        rows.append(Row("variance of the intercepts", result.sigma2, "fit$sigma2"))
    if not result.converged:
        notes.append(f"The fit of tmsmeta did not converge: {result.reason}.")
    return _script(result, fit, rows, notes, packages)
