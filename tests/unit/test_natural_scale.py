"""Everything that a reader sees is on the scale a reader knows: proportions and rates, never their logs or logits."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta.cli.text_forest import forest_lines

EVENTS = [11, 4, 4, 9, 9, 8, 87, 40, 39, 33, 11, 13, 33, 4, 109]
N = [11, 4, 5, 9, 9, 8, 98, 48, 58, 58, 13, 14, 37, 5, 115]
RATES = ([4, 0, 12, 7], [1200, 300, 5000, 800])


def single_arm(measure: str) -> tm.EffectSizes:
    if measure.startswith("IR"):
        return tm.effects.rate(measure, *RATES)
    return tm.effects.proportion(measure, EVENTS, N)


def numbers_in(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+\.\d+", text)]


@pytest.mark.parametrize("measure", ["PR", "PLN", "PLO", "PAS", "PFT", "IR", "IRLN", "IRS", "IRFT"])
def test_prediction_interval_and_estimate_share_a_scale(measure: str) -> None:
    """Log odds of 0.06 to 3.50 stood beside a proportion of 0.856 as its prediction interval."""
    pooled = tm.pool(single_arm(measure))
    size = pooled.effects.natural.size
    wanted = tm.effects.back_transform(measure, np.array(pooled.prediction), n=size)
    said = numbers_in(pooled.result_sentence().partition("prediction interval")[2])[:2]
    np.testing.assert_allclose(said, wanted, atol=6e-4)
    lowest, highest = pooled.effects.info.bounds
    assert lowest <= min(wanted)
    assert max(wanted) <= highest
    assert pooled.natural_prediction == pytest.approx(tuple(wanted))
    html = pooled._repr_html_()
    assert f"{said[0]:.3f}" in html
    assert "log odds" not in html.lower()


@pytest.mark.parametrize(
    ("measure", "value", "bound"),
    [
        ("PLN", 0.2, 1.0),
        ("PR", 1.07, 1.0),
        ("PR", -0.02, 0.0),
        ("IR", -0.3, 0.0),
        ("RD", -1.2, -1.0),
        ("PAS", 1.9, 1.0),
    ],
)
def test_values_beyond_the_scale_are_cut_at_its_end(measure: str, value: float, bound: float) -> None:
    assert float(tm.effects.back_transform(measure, value)) == bound


def test_subgroups_speak_of_proportions() -> None:
    x = [2, 3, 3, 4, 1, 0, 29, 13, 4, 7, 4, 1, 7, 2, 1]
    effects = tm.effects.proportion("PLO", x, np.repeat([25, 19, 101, 32, 50], 3))
    found = tm.subgroups(effects, ["minor", "major", "deadly"] * 5)
    sentence = found.result_sentence()
    minor = tm.effects.back_transform("PLO", np.array([found.pools["minor"].estimate, *found.pools["minor"].ci]))
    assert sentence.startswith("Pooled proportion by subgroup: minor {:.3f} ({:.3f} to {:.3f}; 5".format(*minor))
    frame = found.to_frame()
    np.testing.assert_allclose(frame["proportion"], 1 / (1 + np.exp(-frame["estimate"])))
    assert "per 1,000" in found.result_sentence(per=1000)


@pytest.mark.parametrize(("measure", "name"), [("PLO", "proportion"), ("PFT", "proportion"), ("IRS", "rate")])
def test_tables_have_columns_on_the_scale_a_reader_knows(measure: str, name: str) -> None:
    effects = single_arm(measure)
    pooled = tm.pool(effects)
    last = pooled.to_frame().iloc[-1]
    assert last[name] == pytest.approx(pooled.natural)
    assert (last[f"{name}_low"], last[f"{name}_high"]) == pytest.approx(pooled.natural_ci)
    assert {name, f"{name}_low", f"{name}_high"} <= set(tm.leave_one_out(effects)) & set(tm.cumulative(effects))
    fit = tm.meta_regression(effects, "~ x", {"x": np.arange(effects.k)})
    predicted, size = fit.predict({"x": [1.0, 3.0]}), effects.natural.size
    for column, log_column in ((name, "estimate"), (f"{name}_prediction_high", "prediction_high")):
        np.testing.assert_allclose(predicted[column], tm.effects.back_transform(measure, predicted[log_column], n=size))
    text = forest_lines(pooled)[-1][3]
    np.testing.assert_allclose(numbers_in(text)[:1], [pooled.natural], atol=6e-4)


def test_a_rare_proportion_keeps_its_digits_and_may_be_given_per_100_000() -> None:
    cases, total = [30, 24, 41, 28], [130_000, 110_000, 190_000, 125_000]
    pooled = tm.pool(tm.effects.proportion("PLO", cases, total), ci="z")
    shares = [pooled.natural, *pooled.natural_ci]
    assert "that is a proportion of {:.5f} ({:.5f} to {:.5f})".format(*shares) in pooled.result_sentence()
    many = [1e5 * x for x in shares]
    assert "a proportion of {:.1f} per 100,000 ({:.1f} to {:.1f})".format(*many) in pooled.result_sentence(per=1e5)
    glmm = tm.glmm_proportion(cases, total)
    assert f"pooled proportion per 100,000 of 4 studies is {1e5 * glmm.natural:.1f} (" in glmm.result_sentence(per=1e5)
    with pytest.raises(tm.InvalidInputError, match="proportions and rates"):
        tm.pool(tm.effects.binary("RD", [3, 4], [30, 30], [2, 2], [30, 30])).result_sentence(per=1000)


def test_selection_and_filling_speak_of_proportions() -> None:
    effects = tm.effects.proportion("PLO", [3, 5, 9, 2, 12, 7], [20, 30, 25, 11, 40, 33])
    filled = tm.trim_and_fill(effects)
    assert "pooled proportion 0." in filled.result_sentence()


def test_the_range_of_a_multiverse_is_given_in_ratios_and_proportions() -> None:
    effects = tm.effects.proportion("PLO", [3, 5, 9, 2, 12, 7], [20, 30, 25, 11, 40, 33])
    assert "from proportion 0.2" in tm.multiverse({"all": effects}).sentence()


@pytest.mark.parametrize(("measure", "column"), [("PR", "proportion"), ("IR", "rate")])
def test_tables_of_measures_on_their_own_scale_stay_within_it(measure: str, column: str) -> None:
    if measure == "PR":
        e = tm.effects.proportion("PR", [11, 4, 39, 8, 87], [11, 4, 40, 9, 98])
    else:
        e = tm.effects.rate("IR", [4, 1, 12, 7, 2], [1200, 300, 5000, 800, 4000])
    low, high = e.info.bounds
    fitted = tm.meta_regression(e, "~ x", {"x": [1, 2, 3, 4, 5]}).predict({"x": [-20, 30]})
    assert ((fitted["ci_low"] < low) | (fitted["ci_high"] > high)).any()
    for frame in (fitted, tm.leave_one_out(e), e.to_frame()):
        shown = frame[[column, f"{column}_low", f"{column}_high"]]
        assert ((shown >= low) & (shown <= high)).all(axis=None)


def test_a_rate_below_that_of_no_event_is_exactly_zero() -> None:
    assert tm.effects.back_transform("IRFT", [-1.0, 0.0, 0.01], n=1500.0).tolist() == [0.0, 0.0, 0.0]
