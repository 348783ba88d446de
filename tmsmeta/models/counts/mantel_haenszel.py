"""The Mantel-Haenszel method, with its tests of no effect and of homogeneity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from tmsmeta.effects.base import EffectSizes, ZeroCellRule
from tmsmeta.effects.measures import Floats, Table
from tmsmeta.effects.missing import Missing
from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.models.counts.result import MantelHaenszelEffect, q_fields, wald
from tmsmeta.models.counts.spec import Correction, DoubleZero, MantelHaenszelMeasure, MantelHaenszelSpec
from tmsmeta.models.counts.tables import TwoArms, left_out, own_effects, two_arms
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT, chi_square_test, i2_h2
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import Number
from tmsmeta.words.results import HypothesisTest

_NO_EFFECT = "every study has an odds ratio of 1"


class Pooled(NamedTuple):
    """Estimate, standard error or why there is none, and unscaled weight of each study."""

    estimate: float
    se: float | NotAssessable
    weights: Floats


def _odds_ratio(t: Table) -> Pooled | NotAssessable:
    """Variance of Robins, Breslow & Greenland, Biometrics 1986;42:311."""
    size = t.a + t.b + t.c + t.d
    r, s = t.a * t.d / size, t.b * t.c / size
    p, q = (t.a + t.d) / size, (t.b + t.c) / size
    top, bottom = float(r.sum()), float(s.sum())
    if top == 0 or bottom == 0:
        return _degenerate("odds ratio", top, bottom)
    variance = (p @ r / top**2 + (p @ s + q @ r) / (top * bottom) + q @ s / bottom**2) / 2
    return Pooled(float(np.log(top / bottom)), float(np.sqrt(variance)), s)


def _risk_ratio(t: Table) -> Pooled | NotAssessable:
    """Variance of Greenland & Robins, Biometrics 1985;41:55."""
    n_t, n_c = t.a + t.b, t.c + t.d
    size = n_t + n_c
    r, s = t.a * n_c / size, t.c * n_t / size
    top, bottom = float(r.sum()), float(s.sum())
    if top == 0 or bottom == 0:
        return _degenerate("risk ratio", top, bottom)
    spread = float(((n_t * n_c * (t.a + t.c) - t.a * t.c * size) / size**2).sum())
    se = _root(spread / (top * bottom), "every patient has the event, so the variance of the risk ratio is 0")
    return Pooled(float(np.log(top / bottom)), se, s)


def _risk_difference(t: Table) -> Pooled | NotAssessable:
    """Variance of Sato, Biometrics 1989;45:1323, right both for few large and for many sparse studies."""
    n_t, n_c = t.a + t.b, t.c + t.d
    size = n_t + n_c
    weight = n_t * n_c / size
    total = float(weight.sum())
    # two sums in one order: differences that are all 1 give 1, not 1 and a rounding error
    estimate = float((weight * (t.a / n_t - t.c / n_c)).sum()) / total
    p = (n_t**2 * t.c - n_c**2 * t.a + n_t * n_c * (n_c - n_t) / 2) / size**2
    q = (t.a * t.d + t.b * t.c) / (2 * size)
    variance = (estimate * float(p.sum()) + float(q.sum())) / total**2
    reason = "no arm has both events and non-events, so the variance of the risk difference is 0"
    return Pooled(estimate, _root(variance, reason), weight)


def _root(variance: float, reason: str) -> float | NotAssessable:
    """A standard error; a variance of 0 would claim certainty, and is withheld with the reason."""
    return float(np.sqrt(variance)) if variance > 0 else NotAssessable("standard error", reason)


def _degenerate(what: str, top: float, bottom: float) -> NotAssessable:
    if top == 0 and bottom == 0:
        return NotAssessable(what, "no study tells one arm from the other")
    end = "0" if top == 0 else "infinite"
    return NotAssessable(what, f"no study has events and non-events on the sides it needs: the estimate is {end}")


FORMULAS: Mapping[str, Callable[[Table], Pooled | NotAssessable]] = {
    "OR": _odds_ratio,
    "RR": _risk_ratio,
    "RD": _risk_difference,
}


@answerable
def mantel_haenszel(
    measure: MantelHaenszelMeasure,
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    *,
    correction: Correction | float | None = None,
    add: float = 0.5,
    double_zero: DoubleZero = "keep",
    level: float = 0.95,
    study: Any = None,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
) -> MantelHaenszelEffect:
    """Pool by the method of Mantel and Haenszel, which assumes one common effect and bears zero cells.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``OR``, ``RR`` (log scale) or ``RD``. Positive means more events in the treated arm.
        events_t, n_t: events and patients of the treated arm, shape (k,).
        events_c, n_c: the same for the comparator arm.
        correction: None, the exact method without any correction; or which studies have `add` added to each of their
            four cells: ``only0`` those with a zero cell, ``if0all`` all if any has one, ``all``. A number x is short
            for ``correction="only0", add=x``.
        add: what the correction adds to each cell.
        double_zero: ``keep`` or ``drop`` studies without any event, or with only events, in both arms. Kept without a
            correction they count in a risk difference, and add nothing to an odds ratio.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        allow_fractional: accept counts that are not whole numbers, as from an arm divided over comparisons.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The estimate with its normal interval; where no arm has both events and non-events (risk difference), or every
        patient has the event (risk ratio), the estimate alone, its standard error withheld. ``weights`` are those of
        the study ratios or differences. ``q`` sums the squared distances of the study estimates (with 0.5 added where
        a cell is zero; without double-zero studies) from the pooled one, by inverse variance; it is a description of
        spread as in R metafor. The tests ``cmh``, ``breslow_day`` and ``tarone`` come with the odds ratio, on the
        cells as pooled.

    Raises:
        InvalidInputError: counts that are negative, fractional (unless allowed), not finite, above n; n = 0; lengths
            that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 9], [60, 52, 25, 44], [6, 5, 0, 4], [61, 50, 24, 45]
        >>> pooled = tm.mantel_haenszel("RR", events_t, n_t, events_c, n_c)
        >>> f"{pooled.ratio:.2f} ({pooled.ratio_ci[0]:.2f} to {pooled.ratio_ci[1]:.2f})"
        '2.13 (1.20 to 3.79)'

    References:
        Mantel & Haenszel, J Natl Cancer Inst 1959;22:719. Robins, Breslow & Greenland, Biometrics 1986;42:311 (OR).
        Greenland & Robins, Biometrics 1985;41:55 (RR). Sato, Biometrics 1989;45:1323 (RD).
        Breslow & Day, Statistical Methods in Cancer Research I, 1980; Tarone, Biometrika 1985;72:91.
    """
    rule: Correction | None = "only0"
    if isinstance(correction, (int, float)):
        add = float(correction)
    else:
        rule = correction
    spec = MantelHaenszelSpec(measure=measure, correction=rule, add=add, double_zero=double_zero, level=level)
    arms = two_arms(events_t, n_t, events_c, n_c, study, missing, allow_fractional=allow_fractional)
    return _pool(arms, spec)


def _pool(arms: TwoArms, spec: MantelHaenszelSpec) -> MantelHaenszelEffect:
    dropped = arms.no_contrast & (spec.double_zero == "drop")
    out = left_out(arms, dropped)
    if dropped.all():
        raise InvalidInputError(out, "No study is left to pool")
    used = arms.subset(~dropped)
    effects = own_effects(spec.measure, used)
    table = _corrected(used, spec)
    pooled = FORMULAS[spec.measure](table)
    estimate: Number = pooled if isinstance(pooled, NotAssessable) else pooled.estimate
    se: Number = pooled if isinstance(pooled, NotAssessable) else pooled.se
    return MantelHaenszelEffect(
        model="MH",
        **common_effect("the Mantel-Haenszel method", estimate, se, spec.level, *_q(effects, estimate)),
        k=len(used.study),
        weights=pooled if isinstance(pooled, NotAssessable) else pooled.weights / pooled.weights.sum(),
        converged=not isinstance(pooled, NotAssessable),
        reason=next((number.reason for number in (estimate, se) if isinstance(number, NotAssessable)), ""),
        spec=spec,
        effects=effects,
        left_out=out,
        k_informative=int(effects.estimable.sum()),
        **_tests(table, estimate, spec.measure),
    )


def _corrected(arms: TwoArms, spec: MantelHaenszelSpec) -> Table:
    t = Table(arms.events_t, arms.n_t - arms.events_t, arms.events_c, arms.n_c - arms.events_c)
    if spec.correction is None:
        return t
    has_zero = (t.a == 0) | (t.b == 0) | (t.c == 0) | (t.d == 0)
    added = spec.add * ZeroCellRule(zero_cells=spec.correction, add=spec.add).rows(has_zero)
    return Table(*(cell + added for cell in t))


def _q(effects: EffectSizes, estimate: Number) -> tuple[Number, int]:
    """Squared distances of the study estimates from the pooled one by inverse variance, and degrees of freedom."""
    ok = effects.estimable
    df = int(ok.sum()) - 1
    if isinstance(estimate, NotAssessable):
        return NotAssessable("Q", estimate.reason), max(df, 0)
    return float(((effects.yi[ok] - estimate) ** 2 / effects.vi[ok]).sum()), max(df, 0)


def common_effect(method: str, estimate: Number, se: Number, level: float, q: Number, df: int) -> dict[str, Any]:
    """What a method that assumes one common effect answers: estimate, interval, test, and Q with I2 and H2 from it."""
    found: dict[str, Any] = {
        "estimate": estimate,
        "se": se,
        **wald(estimate, se, level)._asdict(),
        "tau2": 0.0,
        "tau2_se": NotAssessable("standard error of tau2", f"{method} assumes one common effect"),
        "log_likelihood": NotAssessable("log likelihood", f"{method} has none"),
    }
    if isinstance(q, NotAssessable) or df < 1:
        reason = q.reason if isinstance(q, NotAssessable) else "needs at least 2 studies with an estimate of their own"
        names = (("i2", "I2"), ("h2", "H2"), ("q_p", "test of heterogeneity"))
        return found | {"q": q, "q_df": df, **{name: NotAssessable(what, reason) for name, what in names}}
    i2, h2 = i2_h2("Q", q, df, 0.0, 0.0)
    return found | {**q_fields(chi_square_test(ONE_EFFECT, q, df)), "i2": i2, "h2": h2}


def _tests(t: Table, estimate: Number, measure: str) -> dict[str, Any]:
    names = ("cmh", "cmh_corrected", "breslow_day", "tarone")
    reason = "belongs to the odds ratio" if measure != "OR" else ""
    n_t, events, size = t.a + t.b, t.a + t.c, t.a + t.b + t.c + t.d
    informative = (events > 0) & (events < size)
    if not reason and not informative.any():
        reason = "no study has both events and non-events"
    if reason:
        return {name: NotAssessable(f"{name} test", reason) for name in names}
    t = Table(*(cell[informative] for cell in t))
    n_t, events, size = n_t[informative], events[informative], size[informative]
    excess = abs(float((t.a - n_t * events / size).sum()))
    variance = float((n_t * (size - n_t) * events * (size - events) / (size**2 * (size - 1))).sum())
    plain, corrected = excess**2 / variance, max(excess - 0.5, 0.0) ** 2 / variance
    return {
        "cmh": chi_square_test(_NO_EFFECT, plain, 1),
        "cmh_corrected": chi_square_test(_NO_EFFECT, corrected, 1),
        **_homogeneity(t, estimate),
    }


def _homogeneity(t: Table, estimate: Number) -> dict[str, HypothesisTest | NotAssessable]:
    """Breslow-Day and Tarone: distance of the treated events from those expected under the pooled odds ratio."""
    df = len(t.a) - 1
    reason = estimate.reason if isinstance(estimate, NotAssessable) else "needs at least 2 informative studies"
    if isinstance(estimate, NotAssessable) or df < 1:
        return {name: NotAssessable(f"{name} test", reason) for name in ("breslow_day", "tarone")}
    expected = expected_events(t, float(np.exp(estimate)))
    n_t, n_c, events = t.a + t.b, t.c + t.d, t.a + t.c
    variance = 1 / (1 / expected + 1 / (n_t - expected) + 1 / (events - expected) + 1 / (n_c - events + expected))
    distance = t.a - expected
    breslow_day = float((distance**2 / variance).sum())
    tarone = breslow_day - float(distance.sum()) ** 2 / float(variance.sum())
    return {
        "breslow_day": chi_square_test(ONE_EFFECT, breslow_day, df),
        "tarone": chi_square_test(ONE_EFFECT, tarone, df),
    }


def expected_events(t: Table, odds_ratio: float) -> Floats:
    """Treated events that the margins of each table and a common odds ratio imply: the root within the margins.

    With x treated events, x (n_c - m + x) = odds_ratio (n_t - x) (m - x) for m events in all. The root is written with
    the sum that does not cancel.
    """
    n_t, n_c, events = t.a + t.b, t.c + t.d, t.a + t.c
    square = 1 - odds_ratio
    linear = n_c - events + odds_ratio * (n_t + events)
    constant = -odds_ratio * n_t * events
    root = np.sqrt(linear**2 - 4 * square * constant)
    return -2 * constant / (linear + root)
