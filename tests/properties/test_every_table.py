"""What must hold for every measure, estimator, interval and function of effects, as the package's tables list them.

A measure, an estimator or an interval that is added to its table is tested here without a line; a public function of
effects must be added to :data:`ANSWERS`, or to :data:`ELSEWHERE` with the reason.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from conftest import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.random_tables import CONTRASTS, Columns, Turned, agree, columns, made, swapped

import tmsmeta as tm
from tmsmeta.effects import EffectSizes
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import ConvergenceError, NotAssessable
from tmsmeta.pooling import INTERVALS, PREDICTIONS
from tmsmeta.pooling.heterogeneity import ESTIMATORS

LIKELIHOOD = [name for name, e in ESTIMATORS.items() if name == e.likelihood or not e.random]
"""Estimators to which a study without information is none; those of moments count it in their degrees of freedom."""
orders = st.randoms(use_true_random=False)


def size_of(effects: EffectSizes) -> float:
    """The scale on which digits of estimates count."""
    present = effects.estimable
    return float(np.abs(effects.yi[present]).max() + effects.se[present].max())


def shuffled(effects: EffectSizes, random: Any) -> EffectSizes:
    rows = list(range(effects.k))
    random.shuffle(rows)
    return effects.subset(np.array(rows))


def label(effects: EffectSizes) -> np.ndarray:
    """The number in the label of each study: a moderator and a group that travel with the study."""
    return np.array([float(name[1:]) for name in effects.study])


def by_study(frame: Any, odd: tuple[str, ...], even: tuple[str, ...]) -> Turned:
    """Columns of a table with a row per study, in the order of their labels."""
    frame = frame.sort_values("study")
    return Turned(tuple(frame[c].to_numpy() for c in odd), tuple(frame[c].to_numpy() for c in even))


def pooled(effects: EffectSizes, **spec: Any) -> Turned:
    found = tm.pool(effects, **spec)
    middle = _middle(found.ci), _middle(found.prediction)
    widths = _width(found.ci), _width(found.prediction)
    return Turned((found.estimate, *middle), (found.se, *widths, found.tau2, found.q, found.q_p, found.i2, found.h2))


def _middle(limits: Any) -> Any:
    return limits if isinstance(limits, NotAssessable) else sum(limits) / 2


def _width(limits: Any) -> Any:
    return limits if isinstance(limits, NotAssessable) else limits[1] - limits[0]


def _batch(effects: EffectSizes) -> Turned:
    found = tm.pool_batch(effects.yi[None], effects.vi[None])
    return Turned((found.estimate,), (found.se, found.tau2, found.q, found.ci_high - found.ci_low))


def _regression(effects: EffectSizes) -> Turned:
    found = tm.meta_regression(effects, "x", {"x": label(effects)})
    if isinstance(found, NotAssessable):
        return Turned((), ())
    return Turned((found.beta,), (found.covariance, found.tau2, found.i2, found.qm, found.qe))


def _subgroups(effects: EffectSizes) -> Turned:
    found = tm.subgroups(effects, ["odd" if x % 2 else "even" for x in label(effects)], ci="z")
    pools = [found.pools[name] for name in sorted(found.pools)]
    return Turned((tuple(p.estimate for p in pools),), (found.q_between, tuple(p.tau2 for p in pools)))


def _profile(effects: EffectSizes) -> Turned:
    found = tm.profile_likelihood(effects)
    return Turned((), () if isinstance(found, NotAssessable) else (found.estimate, found.low, found.high))


def _asymmetry(test: Callable[[EffectSizes], Any]) -> Callable[[EffectSizes], Turned]:
    def answer(effects: EffectSizes) -> Turned:
        found = test(effects)
        if isinstance(found, NotAssessable):
            return Turned((), ())
        return Turned((found.estimate, found.statistic), (found.p_value,))

    return answer


def _filled(effects: EffectSizes) -> Turned:
    found = tm.trim_and_fill(effects, tau2="DL", ci="z")
    if isinstance(found, NotAssessable):
        return Turned((), ())
    return Turned((found.pooled.estimate,), (found.k0, found.pooled.se))


def _power(effects: EffectSizes) -> Turned:
    found = tm.study_power(effects)
    if isinstance(found, NotAssessable):
        return Turned((), ())
    return Turned((found.assumed,), (np.sort(found.power), found.median_power, found.observed, found.expected))


def _multilevel(effects: EffectSizes) -> Turned:
    found = tm.multilevel(effects, effects.study, by_effect=False, ci="z")
    return Turned((found.beta,), (found.covariance,))


ANSWERS: Mapping[str, Callable[[EffectSizes], Turned]] = {
    "pool": pooled,
    "pool_batch": _batch,
    "profile_likelihood": _profile,
    "meta_regression": _regression,
    "subgroups": _subgroups,
    "multilevel": _multilevel,
    "leave_one_out": lambda e: by_study(tm.leave_one_out(e, ci="z"), ("estimate",), ("se", "tau2", "q", "i2")),
    "influence": lambda e: by_study(
        tm.influence(e, ci="z"), ("rstudent", "dffits", "dfbetas"), ("cooks_distance", "hat", "tau2_deleted")
    ),
    "baujat": lambda e: by_study(tm.baujat(e), (), ("x", "y")),
    "egger": _asymmetry(tm.egger),
    "begg": _asymmetry(tm.begg),
    "thompson_sharp": _asymmetry(tm.thompson_sharp),
    "trim_and_fill": _filled,
    "study_power": _power,
}
ELSEWHERE = {
    "bootstrap": "draws studies by their place in the table",
    "cumulative": "the order is the question",
    "funnel": "draws around the pooled effect, which is compared here",
    "gosh": "pools every subset by pool_batch, which is compared here",
    "leave_k_out": "pools subsets by pool_batch, which is compared here",
    "lfk_index": "ties in rank are broken by the table, as its authors do",
    "location_scale": "its likelihood may have several maxima; tests/definitions compare it with a naive one",
    "permutation_test": "draws signs by the place in the table",
    "selection_model": "weights one side of the effects only, on purpose",
}
"""Public functions of effects for which order or sign may matter, and why."""


def test_every_public_function_of_effects_is_listed() -> None:
    takes = set()
    for name in dir(tm):
        value = getattr(tm, name)
        if inspect.isfunction(value) and next(iter(inspect.signature(value).parameters), "") == "effects":
            takes.add(name)
    takes -= {"joint", "joint_effects"}  # of several outcomes: test_joint_with_zero_correlation
    assert takes | {"pool_batch"} == set(ANSWERS) | set(ELSEWHERE)


@pytest.mark.parametrize("measure", CONTRASTS)
@examples(6)
@given(st.data())
def test_swapping_arms_flips_the_sign(measure: str, data: Any) -> None:
    cells = data.draw(columns(measure))
    here, there = made(measure, cells), made(measure, swapped(measure, cells))
    np.testing.assert_allclose(there.yi, -here.yi, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(there.vi, here.vi, rtol=1e-12)
    assume(here.estimable.any())
    spec = {
        "tau2": data.draw(st.sampled_from(list(ESTIMATORS))),
        "ci": data.draw(st.sampled_from(INTERVALS)),
        "prediction": data.draw(st.sampled_from(PREDICTIONS)),
    }
    agree(pooled(there, **spec), pooled(here, **spec), -1, 1e-7, size_of(here))


@pytest.mark.parametrize("measure", MEASURES)
@examples(4)
@given(st.data(), orders)
def test_the_order_of_rows_changes_nothing(measure: str, data: Any, random: Any) -> None:
    cells = data.draw(columns(measure))
    rows = list(range(len(cells[0])))
    random.shuffle(rows)
    here, there = made(measure, cells), made(measure, tuple([column[i] for i in rows] for column in cells))
    np.testing.assert_array_equal(there.yi, here.yi[rows])
    np.testing.assert_array_equal(there.vi, here.vi[rows])
    assume(here.estimable.any())
    spec = {"tau2": data.draw(st.sampled_from(list(ESTIMATORS))), "ci": data.draw(st.sampled_from(INTERVALS))}
    agree(pooled(there, **spec), pooled(here, **spec), 1, 1e-6, size_of(here))


given_effects = columns("GEN", 4, 9).map(lambda cells: made("GEN", cells))


@pytest.mark.parametrize("name", ANSWERS)
@examples(4)
@given(given_effects, orders)
def test_functions_of_effects_turn_with_the_sign_and_not_with_the_order(
    name: str, effects: EffectSizes, random: Any
) -> None:
    assume(len(set(effects.yi)) > 2)
    mirrored = tm.effects.generic(-effects.yi, vi=effects.vi, study=effects.study)
    here, size = ANSWERS[name](effects), size_of(effects)
    agree(ANSWERS[name](mirrored), here, -1, 1e-6, size)
    agree(ANSWERS[name](shuffled(effects, random)), here, 1, 1e-6, size)


@pytest.mark.parametrize("tau2", ESTIMATORS)
@examples(8)
@given(given_effects, st.sampled_from(INTERVALS), st.floats(0.01, 100))
def test_scaling_effects_and_variances_scales_the_answer(
    tau2: str, effects: EffectSizes, ci: str, scale: float
) -> None:
    here = tm.pool(effects, tau2=tau2, ci=ci)
    there = tm.pool(tm.effects.generic(scale * effects.yi, vi=scale**2 * effects.vi), tau2=tau2, ci=ci)
    size = size_of(effects)
    one = Turned(
        (there.estimate / scale, _middle(there.ci) / scale),
        (there.se / scale, there.tau2 / scale**2, there.q, there.i2),
    )
    agree(one, Turned((here.estimate, _middle(here.ci)), (here.se, here.tau2, here.q, here.i2)), 1, 1e-6, size)
    np.testing.assert_allclose(there.weights, here.weights, rtol=1e-6, atol=1e-6)


@examples(8)
@given(given_effects, st.floats(0.01, 100))
def test_scaling_variances_alone_scales_the_common_effect(effects: EffectSizes, scale: float) -> None:
    for tau2 in (name for name, e in ESTIMATORS.items() if not e.random):
        here = tm.pool(effects, tau2=tau2, ci="z")
        there = tm.pool(tm.effects.generic(effects.yi, vi=scale * effects.vi), tau2=tau2, ci="z")
        np.testing.assert_allclose(there.estimate, here.estimate, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose([there.se**2 / scale, there.q * scale], [here.se**2, here.q], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tau2", LIKELIHOOD)
@examples(10)
@given(given_effects, st.floats(-3, 3))
def test_a_study_of_huge_variance_changes_nothing(tau2: str, effects: EffectSizes, value: float) -> None:
    more = tm.effects.generic([*effects.yi, value], vi=[*effects.vi, 1e12])
    here, there = tm.pool(effects, tau2=tau2, ci="z"), tm.pool(more, tau2=tau2, ci="z")
    np.testing.assert_allclose(
        [there.estimate, there.se, there.tau2, there.q],
        [here.estimate, here.se, here.tau2, here.q],
        rtol=1e-6,
        atol=1e-7,
    )


@pytest.mark.parametrize("tau2", ESTIMATORS)
@examples(8)
@given(columns("GEN", 2, 9), st.integers(-300, 300))
def test_equal_effects_have_no_variance_between_them(tau2: str, cells: Columns, value: int) -> None:
    same = value / 100
    found = tm.pool(tm.effects.generic([same] * len(cells[0]), vi=cells[1]), tau2=tau2, ci="z")
    assert found.tau2 == pytest.approx(0, abs=1e-12 * min(cells[1]))
    assert found.q == pytest.approx(0, abs=1e-12)
    assert found.estimate == pytest.approx(same, rel=1e-12)


@examples(10)
@given(st.data())
def test_joint_with_zero_correlation_is_each_outcome_alone(data: Any) -> None:
    outcomes = {
        name: made("GEN", data.draw(columns("GEN", 3, 7))) for name in data.draw(st.sampled_from(["ab", "abc"]))
    }
    for method in ("REML", "ML"):
        try:
            found = tm.joint(outcomes, correlation=0.0, structure="diagonal", method=method, ci="z")
        except ConvergenceError:
            assume(False)
        for i, effects in enumerate(outcomes.values()):
            alone = tm.pool(effects, tau2=method, ci="z")
            wanted = [alone.estimate, alone.se, alone.tau2]
            here = [found.estimate[i], found.se[i], found.between[i, i]]
            np.testing.assert_allclose(here, wanted, rtol=1e-4, atol=1e-5 * size_of(effects))
