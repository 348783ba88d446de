"""A new measure is one function and one row in the table; everything else finds it there."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta import EffectSizes, UnknownOptionError, absolute, effects, pool
from tmsmeta.effects.measures import MEASURES, Estimates, Measure, Table, of_family, of_two_risks
from tmsmeta.effects.transform import back_transform
from tmsmeta.figures.axes import scale_of
from tmsmeta.figures.pairwise.forest import forest
from tmsmeta.robustness.sensitivity import labbe_curve

COUNTS = ([5.0, 9, 0, 12, 7], [40.0, 60, 30, 55, 41], [2.0, 4, 3, 5, 2], [41.0, 58, 31, 54, 40])


def survival_ratio(t: Table) -> Estimates:
    """Log ratio of the shares without an event: the risk ratio of the other outcome."""
    n_t, n_c = t.a + t.b, t.c + t.d
    return np.log(t.b * n_c / (t.d * n_t)), t.a / (t.b * n_t) + t.c / (t.d * n_c)


@pytest.fixture(autouse=True)
def _in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Measure(name="SR", label="survival ratio", family="binary", scale="log", formula=survival_ratio, digits=4)
    monkeypatch.setitem(MEASURES, "SR", row)  # type: ignore[arg-type]


def _studies(**rule: object) -> EffectSizes:
    return effects.binary("SR", *COUNTS, **rule)  # type: ignore[arg-type]


def test_the_effect_function_finds_it_and_corrects_zero_cells() -> None:
    found = _studies()
    assert [c.row for c in found.corrections] == [3]
    np.testing.assert_allclose(found.yi[0], np.log(35 * 41 / (39 * 40)), rtol=1e-15)
    with pytest.raises(UnknownOptionError, match="'PETO', 'SR'"):
        effects.binary("XX", *COUNTS)


def test_a_measure_defined_at_zero_is_never_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Measure(name="SR", label="s", family="binary", scale="log", formula=survival_ratio, defined_at_zero=True)
    monkeypatch.setitem(MEASURES, "SR", row)  # type: ignore[arg-type]
    found = _studies(zero_cells="all")
    assert not found.corrections
    assert found.estimable.all()


def test_pool_and_its_sentence_find_it() -> None:
    result = pool(_studies())
    assert result.ratio == pytest.approx(np.exp(result.estimate))
    assert f"pooled survival ratio {result.ratio:.4f}" in result.result_sentence()
    assert "survival ratio" in result.methods_sentence()


def test_the_way_back_and_the_forest_scale_find_it() -> None:
    assert back_transform("SR", np.log(0.8)) == pytest.approx(0.8)
    scale = scale_of("SR")
    assert (scale.label, scale.log, scale.null) == ("Survival ratio", True, 1.0)
    axes = forest(pool(_studies()))
    assert any("Survival ratio" in text.get_text() for ax in axes.figure.axes for text in ax.texts)


def test_without_a_scale_of_the_single_risk_it_leads_to_no_risk_with_treatment() -> None:
    assert "SR" not in of_two_risks("logit", "log", "identity", "arcsine")
    with pytest.raises(UnknownOptionError, match="'PETO'"):
        absolute.risk_per_1000(measure="SR", estimate=0.9, baseline_risk=0.2)
    with pytest.raises(UnknownOptionError):
        labbe_curve("SR", 0.1, [0.2])


def test_every_contrast_of_two_risks_is_the_difference_of_its_arms() -> None:
    x_t, n_t, x_c, n_c = (np.array(column)[[0, 1, 3, 4]] for column in COUNTS)
    for name in of_family("binary"):
        formula = MEASURES[name].arm_formula
        if formula is None:
            continue
        found = effects.binary(name, x_t, n_t, x_c, n_c)
        (effect_t, variance_t), (effect_c, variance_c) = formula(x_t, n_t), formula(x_c, n_c)
        np.testing.assert_allclose(effect_t - effect_c, found.yi, rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(variance_t + variance_c, found.vi, rtol=1e-12, err_msg=name)
    with_arms = [name for name in of_family("binary") if MEASURES[name].arm_formula is not None]
    assert with_arms == ["OR", "RR", "RD", "AS"]
