"""The R scripts of small-study effects: metafor's tests of asymmetry and its trim and fill on the same studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.r_script import effects_in_r
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.models.regression.spec import RegressionSpec
from tmsmeta.pooling import PooledEffect
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.r_script import TESTS, control, rma
from tmsmeta.words.numbers import Number
from tmsmeta.words.r_script import Row, RScript, call, data_frame, interval_rows, left_out, number, text

_NO_EQUAL = "The LFK index and the power of the studies have no function in metafor; they are not compared."


class Asymmetry(Protocol):
    """What a script reads of a test of asymmetry."""

    @property
    def test(self) -> str: ...
    @property
    def statistic(self) -> float: ...
    @property
    def p_value(self) -> float: ...
    @property
    def estimate(self) -> float: ...
    @property
    def se(self) -> Number: ...
    @property
    def intercept(self) -> Number: ...
    @property
    def intercept_se(self) -> Number: ...
    @property
    def tau2(self) -> Number: ...
    @property
    def k(self) -> int: ...
    @property
    def effects(self) -> EffectSizes: ...
    @property
    def spec(self) -> RegressionSpec | None: ...
    @property
    def left_out(self) -> tuple[Issue, ...]: ...


class Filled(Protocol):
    """What a script reads of trim and fill."""

    @property
    def k0(self) -> int: ...
    @property
    def side(self) -> str: ...
    @property
    def side_given(self) -> bool: ...
    @property
    def estimator(self) -> str: ...
    @property
    def pooled(self) -> PooledEffect: ...
    @property
    def original(self) -> PooledEffect: ...


Tests = Sequence[Asymmetry | NotAssessable]


class _Part(NamedTuple):
    """One of several analyses in a script: its data, its code, what to say of it, and its numbers."""

    data: list[str]
    code: list[str]
    notes: list[str]
    rows: list[Row]


def small_study_in_r(tests: Tests, filled: Filled | NotAssessable | None = None) -> str:
    """One script for tests of asymmetry and for trim and fill.

    Args:
        tests: what :func:`~tmsmeta.egger`, :func:`~tmsmeta.begg`, ... answer; the script says why one is missing.
        filled: what :func:`~tmsmeta.trim_and_fill` answers.
    """
    made = [test for test in tests if not isinstance(test, NotAssessable)]
    parts = [_test_part(test) for test in made]
    if filled is not None and not isinstance(filled, NotAssessable):
        parts.append(_filled_part(filled))
    missing = [f"{answer.what}: {answer}." for answer in (*tests, filled) if isinstance(answer, NotAssessable)]
    notes = [note for test in made for note in left_out(test.left_out)]
    notes += [note for part in parts for note in part.notes]
    code, last = list[str](), list[str]()
    for part in parts:
        code += [*([] if part.data == last else ["", *part.data]), "", *part.code]
        last = part.data
    return RScript(
        title=" and ".join(["asymmetry of the funnel plot"] * bool(tests) + ["trim and fill"] * (filled is not None)),
        packages=("metafor",),
        notes=[*dict.fromkeys(notes), *missing, *([_NO_EQUAL] if tests and filled is not None else [])],
        code=code[1:],
        rows=[row for part in parts for row in part.rows],
    ).text()


def _test_part(test: Asymmetry) -> _Part:
    if test.spec is not None:
        return _mixed(test)
    own = {"Egger": _egger, "Begg": _begg, "Harbord": _on_counts, "Peters": _on_counts, "Deeks": _on_counts}
    return next(part for name, part in own.items() if test.test.startswith(name))(test)


def _rows(test: Asymmetry, **code: str) -> list[Row]:
    """The numbers of a test, those for which there is R code."""
    return [Row(f"{test.test}: {name}", getattr(test, name), r) for name, r in code.items()]


def _egger(test: Asymmetry) -> _Part:
    data = effects_in_r(test.effects)
    code = [
        'egger <- regtest(yi, vi, data = dat, model = "lm", ret.fit = TRUE)',
        "line <- coef(summary(egger$fit))",
    ]
    rows = _rows(
        test, statistic="egger$zval", p_value="egger$pval", estimate="line[2, 1]", se="line[2, 2]",
        intercept="line[1, 1]", intercept_se="line[1, 2]",
    )  # fmt: skip
    return _Part(data.code, code, data.notes, rows)


def _mixed(test: Asymmetry) -> _Part:
    data, spec = effects_in_r(test.effects), test.spec
    assert spec is not None
    fit = call(
        "rma", "yi", "vi", data="dat", method=text(spec.tau2), test=text(TESTS[spec.ci]),
        control=control(test.tau2) if ESTIMATORS[spec.tau2].random else None,
    )  # fmt: skip
    code = [f'egger <- regtest({fit}, model = "rma", ret.fit = TRUE)']
    rows = _rows(
        test, statistic="egger$zval", p_value="egger$pval", estimate="egger$fit$beta[2]", se="egger$fit$se[2]",
        intercept="egger$fit$beta[1]", intercept_se="egger$fit$se[1]", tau2="egger$fit$tau2",
    )  # fmt: skip
    return _Part(data.code, code, data.notes, rows)


def _begg(test: Asymmetry) -> _Part:
    data = effects_in_r(test.effects)
    code = [
        "begg <- ranktest(yi, vi, data = dat)",
        "# ranktest() has no statistic; the deviates that it correlates with the variances give it",
        "pooled <- 1 / sum(1 / dat$vi)",
        "deviates <- (dat$yi - pooled * sum(dat$yi / dat$vi)) / sqrt(dat$vi - pooled)",
        'z <- cor.test(deviates, dat$vi, method = "kendall", exact = FALSE)$statistic',
    ]
    rows = _rows(test, k="nrow(dat)", estimate="begg$tau", statistic="z", p_value="begg$pval")
    return _Part(data.code, code, data.notes, rows)


COUNTS = ("events_t", "n_t", "events_c", "n_c")
_LINES = {
    "Harbord": ("score / information", "1 / sqrt(information)", "information"),
    "Peters": ("log_or", "1 / n", "events * (n - events) / n"),
    "Deeks": ("log_or", "1 / sqrt(effective)", "effective"),
}
"""The regression of each test on counts in R: what is regressed, on what, with which weights."""


def _on_counts(test: Asymmetry) -> _Part:
    counts = {name: test.effects.inputs[name] for name in COUNTS}
    name = next(name for name in _LINES if test.test.startswith(name))
    y, x, w = _LINES[name]
    data = [
        *data_frame("counts", {"study": test.effects.study.tolist(), **counts}),
        'counts <- escalc("OR", ai = events_t, n1i = n_t, ci = events_c, n2i = n_c, data = counts)',
        "log_or <- as.numeric(counts$yi)",
        "n <- counts$n_t + counts$n_c",
        "events <- counts$events_t + counts$events_c",
        "score <- counts$events_t - events * counts$n_t / n",
        "information <- counts$n_t * counts$n_c * events * (n - events) / (n^2 * (n - 1))",
        "effective <- 4 * counts$n_t * counts$n_c / n",
    ]
    fit = f"{name.lower()} <- coef(summary(lm({y} ~ I({x}), weights = {w})))"
    note = "The tests on counts (Harbord, Peters, Deeks) are regressions of R itself; metafor has no function for them."
    cells = {"estimate": "2, 1", "se": "2, 2", "statistic": "2, 3", "p_value": "2, 4"}
    cells |= {"intercept": "1, 1", "intercept_se": "1, 2"}
    rows = _rows(test, **{quantity: f"{name.lower()}[{cell}]" for quantity, cell in cells.items()})
    return _Part(data, [fit], [note], rows)


def _filled_part(filled: Filled) -> _Part:
    spec = filled.original.spec
    data = effects_in_r(filled.original.effects)
    notes = list(data.notes)
    rma_of = rma(spec, data="dat", tau2=None, size=filled.pooled.tau2)
    settings = {"side": text(filled.side), "estimator": text(filled.estimator), "test": text(TESTS[spec.ci])}
    held = None if spec.tau2 == "FE" else control(filled.pooled.tau2)
    pooled = filled.pooled
    rows = [
        Row("trim and fill: studies filled in", float(filled.k0), "filled$k0"),
        Row("trim and fill: estimate", pooled.estimate, "filled$beta[1]"),
        Row("trim and fill: tau2", pooled.tau2, "filled$tau2"),
        Row("trim and fill: Q", pooled.q, "filled$QE"),
    ]
    if spec.ci == "hksj-iqwig6":
        notes.append("trimfill() of metafor has no interval of this kind; what depends on it is not compared.")
    else:
        rows.append(Row("trim and fill: standard error", pooled.se, "filled$se"))
        rows += interval_rows("trim and fill: interval", pooled.ci, "filled$ci.lb", "filled$ci.ub")
    code = [
        f"fit <- {rma_of}",
        f"filled <- {call('trimfill', 'fit', level=number(100 * spec.level), control=held, **settings)}",
    ]
    if not filled.side_given:
        notes.append("The side where trim and fill looks for studies is stated here; it follows from the slope.")
    return _Part(data.code, code, notes, rows)
