"""Absolute effects: what is computed, what is refused, what is said."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tmsmeta import effects, pool
from tmsmeta.absolute import benefit_share, nnt, risk_per_1000, risk_table
from tmsmeta.absolute.people import people_of, readable_per
from tmsmeta.errors import InvalidInputError, NotAssessable

BCG_LIKE = ([12, 11, 3, 5, 4], [40, 55, 32, 40, 30], [3, 6, 2, 3, 1], [40, 53, 30, 40, 31])


def test_risk_from_each_measure_by_hand() -> None:
    assert risk_per_1000(measure="RR", estimate=2.25, baseline_risk=0.1).treated == pytest.approx(225.0, rel=1e-14)
    assert risk_per_1000(measure="RD", estimate=-0.04, baseline_risk=0.1).treated == pytest.approx(60.0, rel=1e-14)
    odds = 3.0 * 0.1 / 0.9
    for measure in ("OR", "PETO"):
        found = risk_per_1000(measure=measure, estimate=3.0, baseline_risk=0.1)
        assert found.treated == pytest.approx(1000 * odds / (1 + odds), rel=1e-14)


def test_a_pooled_effect_and_its_printed_ratio_give_the_same_risks() -> None:
    for measure in ("RR", "OR", "RD"):
        pooled = pool(effects.binary(measure, *BCG_LIKE))
        printed = (pooled.estimate, pooled.ci) if measure == "RD" else (pooled.ratio, pooled.ratio_ci)
        first = risk_per_1000(pooled, baseline_risk=0.1, source="sham arms")
        second = risk_per_1000(measure=measure, estimate=printed[0], ci=printed[1], baseline_risk=0.1)  # type: ignore[arg-type]
        assert first.treated == pytest.approx(second.treated, rel=1e-12)
        assert first.difference_ci == pytest.approx(second.difference_ci, rel=1e-12)
        assert first.effect.level == 0.95
        number = nnt(pooled, baseline_risk=0.1)
        assert number.value == pytest.approx(1000 / abs(first.difference), rel=1e-12)  # type: ignore[arg-type]


def test_a_risk_above_one_is_refused_with_its_reason_and_never_cut_off() -> None:
    found = risk_per_1000(measure="RR", estimate=5.0, ci=(2.0, 12.0), baseline_risk=0.1)
    assert found.treated == pytest.approx(500.0)
    assert isinstance(found.treated_ci[1], NotAssessable)
    assert "risk above 1 (1.2)" in found.treated_ci[1].reason
    assert "Not assessable: RR 12 at a baseline risk of 0.1" in found.sentence()
    row = found.to_frame().iloc[0]
    assert math.isnan(row["treated_high"])
    assert "above 1" in row["note"]
    assert isinstance(risk_per_1000(measure="RR", estimate=12.0, baseline_risk=0.1).treated, NotAssessable)
    below = risk_per_1000(measure="RD", estimate=-0.2, baseline_risk=0.1)
    assert isinstance(below.treated, NotAssessable)
    assert "below 0" in below.treated.reason
    assert isinstance(nnt(measure="RR", estimate=12.0, ci=(2, 20), baseline_risk=0.1).value, NotAssessable)


def test_one_limit_beyond_a_risk_leaves_the_other_end() -> None:
    found = nnt(measure="RR", estimate=5.0, ci=(2.0, 12.0), baseline_risk=0.1)
    assert [stretch.kind for stretch in found.interval] == ["NNTB"]
    assert isinstance(found.interval[0].low, NotAssessable)
    assert found.interval[0].high == pytest.approx(10.0)
    crossing = nnt(measure="RR", estimate=2.0, ci=(0.5, 12.0), baseline_risk=0.1)
    assert crossing.interval_text() == "NNTB not assessable to infinity to NNTH 20.0"
    both = nnt(measure="RR", estimate=1.9, ci=(1.8, 2.5), baseline_risk=0.6)
    assert both.interval == ()
    assert both.interval_text() == "not assessable"


@pytest.mark.parametrize(
    ("better", "kind", "text"),
    [
        ("higher", "NNTB", "NNTB 12.5 to infinity to NNTH 50.0"),
        ("lower", "NNTH", "NNTB 50.0 to infinity to NNTH 12.5"),
    ],
)
def test_direction_is_followed(better: str, kind: str, text: str) -> None:
    found = nnt(measure="RR", estimate=1.2, ci=(0.8, 1.8), baseline_risk=0.1, better=better)
    assert (found.kind, found.interval_text(), found.crosses_no_effect) == (kind, text, True)
    assert "one more who" in found.sentence()
    assert found.value == pytest.approx(50.0)


def test_intervals_on_one_side() -> None:
    benefit = nnt(measure="RD", estimate=0.1, ci=(0.05, 0.25), baseline_risk=0.2)
    assert benefit.interval_text() == "NNTB 4.0 to 20.0"
    harm = nnt(measure="RD", estimate=0.1, ci=(0.05, 0.25), baseline_risk=0.2, better="lower")
    assert (harm.kind, harm.interval_text()) == ("NNTH", "NNTH 4.0 to 20.0")
    touching = nnt(measure="RD", estimate=0.1, ci=(0.0, 0.25), baseline_risk=0.2)
    assert touching.interval_text() == "NNTB 4.0 to infinity"
    nothing = nnt(measure="RR", estimate=1.0, ci=(0.5, 2.0), baseline_risk=0.2)
    assert (nothing.kind, nothing.value) == ("", math.inf)
    assert "infinite" in nothing.sentence()


def test_the_source_of_the_baseline_risk_is_always_said() -> None:
    assert "source of this figure: not stated" in nnt(measure="RR", estimate=2, baseline_risk=0.1).sentence()
    found = risk_per_1000(measure="RR", estimate=2, ci=(1.5, 3), baseline_risk=0.1, source="sham arms of 13 trials")
    assert found.sentence("respond") == (
        "Of 1,000 people, about 100 respond without the treatment (source of this figure: sham arms of 13 trials) "
        "and about 200 with it (95% interval 150 to 300): 100 more (50 more to 200 more)."
    )
    assert found.to_frame().loc[0, "source"] == "sham arms of 13 trials"


def test_table_over_baseline_risks() -> None:
    found = risk_table(
        measure="RR", estimate=2.0, ci=(1.5, 3.0), baseline_risks=[0.05, 0.1, 0.4], source="three reviews"
    )
    frame = found.to_frame()
    np.testing.assert_allclose(frame["difference"], [50.0, 100.0, 400.0], rtol=1e-12)
    assert math.isnan(frame.loc[2, "treated_high"])
    assert "50 more where 50" in found.sentence()
    assert len(json.loads(json.dumps(found.to_dict()))["rows"]) == 3


def test_results_are_json() -> None:
    found = nnt(measure="RR", estimate=1.2, ci=(0.8, 12.0), baseline_risk=0.1).to_dict()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["interval"][0]["high"] == "infinity"
    assert "above 1" in again["interval"][0]["low"]["not_assessable"]
    json.dumps(risk_per_1000(measure="RR", estimate=12, baseline_risk=0.1).to_dict(), allow_nan=False)
    json.dumps(benefit_share(measure="RR", estimate=2, tau2=0.0, threshold=1.2).to_dict(), allow_nan=False)


def test_share_of_settings_with_a_benefit() -> None:
    found = benefit_share(measure="RR", estimate=2.0, tau2=0.25, threshold=1.0)
    assert found.share == pytest.approx(0.9171714809983016, rel=1e-12)  # Phi(2 ln 2), by mpmath
    lower = benefit_share(measure="RR", estimate=2.0, tau2=0.25, threshold=1.0, better="lower")
    assert lower.share == pytest.approx(1 - 0.9171714809983016, rel=1e-12)
    assert isinstance(found.ci, NotAssessable)
    assert "have a true RR above 1 (" in found.sentence()


def test_share_of_a_measure_without_a_name_speaks_of_an_effect() -> None:
    assert "have a true effect above 0.2 (" in benefit_share(estimate=0.3, tau2=0.04, threshold=0.2).sentence()


def test_share_without_heterogeneity_gives_its_reason() -> None:
    found = benefit_share(measure="RR", estimate=2.0, tau2=0.0, threshold=1.25)
    assert isinstance(found.share, NotAssessable)
    assert "tau2 is 0" in found.share.reason
    assert "beyond the threshold" in found.sentence()
    assert "tau2 is 0" in found.to_frame().loc[0, "note"]


EFFECT = {"estimate": 0.5, "tau2": 0.04, "se": 0.1, "tau2_se": 0.02, "k": 9, "threshold": 0.3}
NONE_SHARED = [
    ({"tau2": 0.0}, "share one effect, which is beyond the threshold"),
    ({"tau2": 0.0, "threshold": 0.5}, "which is not beyond the threshold"),  # at it
    ({"tau2": 0.0, "threshold": 0.6}, "which is not beyond the threshold"),
    ({"tau2": 0.0, "better": "lower"}, "which is not beyond the threshold"),
    ({"tau2": 0.0, "better": "lower", "threshold": 0.6}, "which is beyond the threshold"),
    ({"distribution": "t", "k": 2}, "needs 3 studies, got 2"),
    ({"distribution": "t", "k": None}, "needs the standard error and the number of studies"),
    ({"distribution": "t", "se": None}, "needs the standard error and the number of studies"),
]
NO_LIMITS = [
    ({"distribution": "t"}, "already contains the uncertainty"),
    ({"se": None}, "standard errors of the estimate and of tau2"),
    ({"tau2_se": None}, "standard errors of the estimate and of tau2"),
    ({"threshold": 0.29}, "not trusted for a share outside 0.15 to 0.85"),  # 1.05 tau away: a share of 85.3%
    ({"threshold": 0.71}, "not trusted for a share outside 0.15 to 0.85"),
]


@pytest.mark.parametrize(("changes", "reason"), NONE_SHARED)
def test_why_there_is_no_share(changes, reason) -> None:
    found = benefit_share(**EFFECT | changes)
    assert isinstance(found.share, NotAssessable)
    assert reason in found.share.reason
    assert found.ci == NotAssessable("interval of the share", "there is no share")


@pytest.mark.parametrize(("changes", "reason"), NO_LIMITS)
def test_why_a_share_has_no_interval(changes, reason) -> None:
    found = benefit_share(**EFFECT | changes)
    assert isinstance(found.share, float)
    assert isinstance(found.ci, NotAssessable)
    assert reason in found.ci.reason


def test_three_studies_and_a_share_that_is_not_extreme_are_enough() -> None:
    assert isinstance(benefit_share(**EFFECT | {"distribution": "t", "k": 3}).share, float)
    for threshold in (0.294, 0.706):  # 1.03 tau away: shares of 84.8 and 15.2%
        assert isinstance(benefit_share(**EFFECT | {"threshold": threshold}).ci, tuple)


def test_share_from_a_pooled_effect_and_its_t_form() -> None:
    effect = effects.generic([0.1, 0.9, 0.4, 1.5, -0.2], se=[0.2, 0.2, 0.3, 0.25, 0.2], measure="RR")
    pooled = pool(effect)
    numbers = {"measure": "RR", "estimate": math.exp(pooled.estimate), "tau2": pooled.tau2, "se": pooled.se, "k": 5}
    for distribution in ("normal", "t"):
        first = benefit_share(pooled, threshold=1.25, distribution=distribution)
        second = benefit_share(threshold=1.25, distribution=distribution, **numbers)  # type: ignore[arg-type]
        assert first.share == pytest.approx(second.share, rel=1e-12)
    # The t form is the prediction distribution: its share beyond a prediction limit is half of the error.
    assert not isinstance(pooled.prediction, NotAssessable)
    limit = math.exp(pooled.prediction[0])
    assert benefit_share(pooled, threshold=limit, distribution="t").share == pytest.approx(0.975, rel=1e-9)
    alone = benefit_share(measure="RR", estimate=2.0, tau2=0.25, threshold=1.0, distribution="t")
    assert isinstance(alone.share, NotAssessable)


def test_share_interval_by_numerical_differentiation() -> None:
    def share(mean: float, tau2: float) -> float:
        found = benefit_share(measure="SMD", estimate=mean, tau2=tau2, threshold=0.2)
        assert not isinstance(found.share, NotAssessable)
        return found.share

    mean, tau2, se, tau2_se, h = 0.35, 0.09, 0.08, 0.04, 1e-5
    by_mean = (share(mean + h, tau2) - share(mean - h, tau2)) / (2 * h)
    by_tau2 = (share(mean, tau2 + h) - share(mean, tau2 - h)) / (2 * h)
    wanted = 1.959963984540054 * math.hypot(by_mean * se, by_tau2 * tau2_se)
    found = benefit_share(measure="SMD", estimate=mean, tau2=tau2, se=se, tau2_se=tau2_se, threshold=0.2)
    assert not isinstance(found.ci, NotAssessable)
    # Central differences with h = 1e-5 are right to about h squared.
    assert found.ci[1] - found.share == pytest.approx(wanted, rel=1e-6)  # type: ignore[operator]
    assert found.share - found.ci[0] == pytest.approx(wanted, rel=1e-6)  # type: ignore[operator]
    wide = benefit_share(measure="SMD", estimate=mean, tau2=tau2, se=0.2, tau2_se=tau2_se, threshold=0.2)
    assert isinstance(wide.ci, tuple)
    assert 0.0 < wide.ci[0] < wide.ci[1] == 1.0
    assert benefit_share(
        measure="SMD", estimate=mean, tau2=tau2, se=0.6, tau2_se=tau2_se, threshold=0.2, better="lower"
    ).ci == (0.0, 1.0)


def test_the_sentence_says_benefit_and_harm_in_words() -> None:
    benefit = nnt(measure="RD", estimate=0.1, ci=(0.05, 0.25), baseline_risk=0.2).sentence("responds")
    assert "10.0 people need to be treated for one more who responds (a benefit; 95% interval 4.0 to 20.0)" in benefit
    crossing = nnt(measure="RR", estimate=1.2, ci=(0.8, 1.8), baseline_risk=0.1, better="lower").sentence()
    words = "a harm; 95% interval from a benefit for one in 50.0 through no effect to a harm for one in 12.5"
    assert words in crossing
    assert "NNT" not in benefit + crossing


@pytest.mark.parametrize(
    ("baseline", "per", "untreated", "treated"),
    [(0.1, 100, 10, 20), (0.025, 100, 2, 5), (0.0249, 1000, 25, 50), (0.0024, 1000, 2, 5), (0.5, 100, 50, 100)],
)
def test_risks_as_whole_people(baseline: float, per: int, untreated: int, treated: int) -> None:
    """Of 100 while both risks are at least 2.5 of them, else of 1,000."""
    risk = risk_per_1000(measure="RR", estimate=2.0, ci=(1.0, 2.0), baseline_risk=baseline)
    people = people_of(risk)
    assert (people.per, people.baseline, people.treated) == (per, untreated, treated)
    assert people.limits == (untreated, treated)
    assert people.more == treated - untreated
    assert people_of(risk, 1000).baseline == round(1000 * baseline)


def test_an_effect_without_interval_leaves_people_without_limits() -> None:
    people = people_of(risk_per_1000(measure="RR", estimate=2.0, baseline_risk=0.1))
    assert (people.baseline, people.treated) == (10, 20)
    assert isinstance(people.limits, NotAssessable)
    with pytest.raises(InvalidInputError, match="must be 100 or 1000 people"):
        people_of(risk_per_1000(measure="RR", estimate=2.0, baseline_risk=0.1), 50)


@pytest.mark.parametrize(
    ("baseline", "per"), [(0.1, 100), (0.0249, 1000), (0.00249, 10_000), (0.000249, 100_000), (0.0000249, 100_000)]
)
def test_of_how_many_people_a_risk_is_told(baseline: float, per: int) -> None:
    """The smaller of the two risks decides, and 100,000 people are the most; a risk without a treated one is known."""
    assert readable_per(risk_per_1000(measure="RR", estimate=2.0, baseline_risk=baseline)) == per
    assert readable_per(risk_per_1000(measure="RR", estimate=0.5, baseline_risk=2 * baseline)) == per
    assert readable_per(risk_per_1000(measure="RD", estimate=-0.9, baseline_risk=baseline)) == per


def test_people_keep_the_reason_of_the_limit_that_there_is_none_of() -> None:
    upper = risk_per_1000(measure="RR", estimate=5.0, ci=(2.0, 12.0), baseline_risk=0.1)
    assert people_of(upper).limits == upper.treated_ci[1]
    lower = risk_per_1000(measure="RD", estimate=0.1, ci=(-0.5, 0.2), baseline_risk=0.3)
    assert people_of(lower).limits == lower.treated_ci[0]
    none = risk_per_1000(measure="RR", estimate=12.0, ci=(2.0, 20.0), baseline_risk=0.1)
    assert people_of(none).treated == people_of(none).more == none.treated


def test_a_risk_of_exactly_none_or_all_is_a_risk() -> None:
    assert risk_per_1000(measure="RD", estimate=-0.25, baseline_risk=0.25).treated == 0.0
    assert risk_per_1000(measure="RR", estimate=2.0, baseline_risk=0.5).treated == 1000.0


def test_the_level_is_that_of_the_pooled_effect_or_95() -> None:
    narrow = pool(effects.binary("RR", *BCG_LIKE), level=0.9)
    assert risk_per_1000(narrow, baseline_risk=0.1).effect.level == 0.9
    assert risk_per_1000(narrow, baseline_risk=0.1, level=0.9).effect.level == 0.9
    assert risk_per_1000(measure="RR", estimate=2.0, baseline_risk=0.1).effect.level == 0.95
    own = SimpleNamespace(estimate=0.5, ci=(0.1, 0.9), effects=SimpleNamespace(measure="RR"))  # says no level
    assert risk_per_1000(own, baseline_risk=0.1).effect.level == 0.95
    assert risk_per_1000(own, baseline_risk=0.1, level=0.9).effect.level == 0.9
    given = nnt(measure="RR", estimate=2.0, ci=(1.5, 3.0), baseline_risk=0.1, level=0.8)
    assert (given.effect.level, "80% interval" in given.sentence()) == (0.8, True)
    assert benefit_share(**EFFECT).level == 0.95
    z = {0.8: 1.2815515655446004, 0.95: 1.959963984540054}
    widths = [np.ptp(benefit_share(**EFFECT | {"threshold": 0.5, "level": level}).ci) for level in z]
    assert widths[0] / widths[1] == pytest.approx(z[0.8] / z[0.95], rel=1e-12)


@pytest.mark.parametrize(
    "numbers",
    [
        {"measure": "RD", "estimate": 1.0, "ci": (-1.0, 1.0)},
        {"measure": "RD", "estimate": 0.1, "ci": (0.1, 0.2)},
        {"measure": "RR", "estimate": 1e-9, "ci": (1e-9, 1e-9)},
        {"measure": "OR", "estimate": 1.0, "ci": None, "level": 0.999},
    ],
)
def test_numbers_at_the_border_are_taken(numbers) -> None:
    assert risk_per_1000(**numbers, baseline_risk=0.1).effect.estimate == numbers["estimate"]


def test_why_there_is_no_share_comes_from_the_pooled_effect() -> None:
    one = pool(effects.binary("RR", [12], [20], [1], [10]))
    assert benefit_share(one, threshold=1.0).share.reason == f"tau2 is {one.tau2}"
    assert benefit_share(estimate=0.3, tau2=0.04, se=0.0, tau2_se=0.0, k=1, threshold=0.3).ci == (0.5, 0.5)


def test_the_frame_of_a_number_needed_has_its_stretches() -> None:
    frame = nnt(measure="RR", estimate=1.2, ci=(0.8, 1.8), baseline_risk=0.1, source="sham arms").to_frame()
    assert frame["part"].tolist() == ["estimate", "interval", "interval"]
    assert frame["kind"].tolist() == ["NNTB", "NNTB", "NNTH"]
    np.testing.assert_allclose(frame["low"], [50.0, 12.5, 50.0])
    np.testing.assert_allclose(frame["high"], [50.0, math.inf, math.inf])
    assert set(frame["source"]) == {"sham arms"}
    assert frame["baseline_risk"].tolist() == [0.1] * 3


RR2 = {"measure": "RR", "estimate": 2.0, "ci": (1.5, 3.0), "source": "sham arms"}
RESULTS = {
    "risk": lambda **more: risk_per_1000(**RR2, baseline_risk=0.1, **more),
    "table": lambda **more: risk_table(**RR2, baseline_risks=[0.1, 0.2], **more),
    "number": lambda **more: nnt(**RR2, baseline_risk=0.1, **more),
}


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_method_names_the_effect_its_baseline_and_the_source(name: str, better: str) -> None:
    found = RESULTS[name](better=better)
    said = found.methods_sentence()
    assert "RR 2.00 (1.50 to 3.00)" in said
    assert "source: sham arms" in said
    assert ("100 per 1,000" in said) == (name == "number")
    assert found.result_sentence() == found.sentence()
    plain = found.to_dict()
    assert (plain["rows"][0] if name == "table" else plain)["better"] == better
    assert "None" not in said + found.sentence() + json.dumps(plain) + found._repr_html_()


@pytest.mark.parametrize("distribution", ["normal", "t"])
@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_method_of_a_share_says_its_side_its_scale_and_its_distribution(distribution: str, better: str) -> None:
    ratio = benefit_share(**EFFECT | {"measure": "RR", "distribution": distribution, "better": better})
    plain = benefit_share(**EFFECT | {"measure": "SMD", "distribution": distribution, "better": better})
    side = "above" if better == "higher" else "below"
    for found, name in ((ratio, "RR"), (plain, "SMD")):
        said = found.methods_sentence()
        assert f"{side} 0.3" in said
        assert f"true {name}" in said
        assert ("t distribution with k - 2" in said) == (distribution == "t")
        assert f"{side} 0.3" in found.sentence()
        row = found.to_frame().iloc[0]
        assert (row["measure"], row["threshold"], row["better"], row["distribution"]) == (
            name, 0.3, better, distribution,
        )  # fmt: skip
        assert row["share"] == found.share
        low, high = found.ci if isinstance(found.ci, tuple) else (math.nan, math.nan)
        np.testing.assert_equal((row["ci_low"], row["ci_high"]), (low, high))
        assert bool(row["note"]) == isinstance(found.ci, NotAssessable)
    assert ("log scale" in ratio.methods_sentence()) == (distribution == "normal")
    assert "log scale" not in plain.methods_sentence()


def test_sentences_of_changes_say_more_fewer_and_hardly_any() -> None:
    found = risk_table(measure="RD", estimate=-0.02, ci=(-0.03, 0.0004), baseline_risks=[0.1, 0.5])
    assert found.sentence() == (
        "Of 1,000 people: 20 fewer where 100 have the outcome without the treatment; 20 fewer where 500 have the "
        "outcome without the treatment (source of these figures: not stated)."
    )
    assert (
        found.rows[0]
        .sentence()
        .endswith("and about 80 with it (95% interval 70 to 100): 20 fewer (30 fewer to hardly any difference).")
    )
    half = risk_per_1000(measure="RD", estimate=0.0006, baseline_risk=0.1).sentence()
    assert "1 more (not assessable to not assessable)" in half


def test_a_table_of_risks_has_every_number_in_its_column() -> None:
    found = risk_table(**RR2 | {"estimate": 1.2, "ci": (0.8, 1.9)}, baseline_risks=[0.1, 0.4])
    for table in (found.to_frame(), pd.concat([row.to_frame() for row in found.rows], ignore_index=True)):
        for at, baseline in enumerate((100.0, 400.0)):
            row = table.iloc[at]
            assert row["baseline"] == pytest.approx(baseline)
            for name, ratio in (("", 1.2), ("_low", 0.8), ("_high", 1.9)):
                assert row[f"treated{name}"] == pytest.approx(ratio * baseline)
                assert row[f"difference{name}"] == pytest.approx((ratio - 1) * baseline)
            assert (row["source"], row["note"]) == ("sham arms", "")
    plain = found.rows[1].to_dict()
    assert plain["treated_ci"] == pytest.approx([320.0, 760.0])
    assert plain["difference_ci"] == pytest.approx([-80.0, 360.0])
    assert (plain["measure"], plain["estimate"], plain["level"], plain["baseline"]) == ("RR", 1.2, 0.95, 400.0)


def test_a_number_needed_that_there_is_none_of_is_said_with_its_reason() -> None:
    found = nnt(measure="RR", estimate=12.0, ci=(2.0, 20.0), baseline_risk=0.1)
    assert found.kind == ""
    assert found.sentence().startswith(f"The number needed to treat is {found.value}, at a baseline risk of 100 per")
    assert "gives a risk above 1 (1.2)" in found.sentence()
    assert found.interval_text() == "NNTB not assessable to 10.0"
    same = nnt(measure="RR", estimate=1.0, ci=(0.5, 2.0), baseline_risk=0.1).sentence()
    assert same.startswith(
        "The estimate is no effect, so the number needed to treat is infinite, at a baseline risk of"
    )
    assert nnt(measure="RR", estimate=1.2, baseline_risk=0.1).interval_text() == "not assessable"
    assert "95% interval not assessable" in nnt(measure="RR", estimate=1.2, baseline_risk=0.1).sentence()


@pytest.mark.parametrize("per", [100, 1000])
def test_people_are_the_nearest_whole_number_of_a_risk(per: int) -> None:
    for baseline, ratio in ((0.8, 1.2), (0.994, 1.005), (0.5, 0.25), (0.123, 4.0)):
        people = people_of(risk_per_1000(measure="RR", estimate=ratio, baseline_risk=baseline), per)
        assert abs(people.baseline - per * baseline) <= 0.5 + 1e-9
        assert abs(people.treated - per * baseline * ratio) <= 0.5 + 1e-9
        assert people.per == per


def test_a_table_of_one_risk_has_a_method_too() -> None:
    one = risk_table(**RR2, baseline_risks=[0.1])
    assert one.methods_sentence() == risk_per_1000(**RR2, baseline_risk=0.1).methods_sentence()
