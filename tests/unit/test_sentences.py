"""The sentences say what was done, and nothing that was not."""

import pytest

from tmsmeta import (
    __version__,
    benefit_share,
    effects,
    glmm,
    intervals,
    mantel_haenszel,
    meta_regression,
    nnt,
    pool,
    reconstruct,
    risk_per_1000,
    risk_table,
    smallstudy,
    subgroups,
)

PAIR = ([0, 9], [30, 30], [3, 4], [30, 30])


def test_a_common_effect_model_is_not_said_to_have_tau2() -> None:
    result = pool(effects.binary("OR", *PAIR), tau2="FE", ci="z")
    assert "tau2" not in result.methods_sentence() + result.result_sentence()
    assert "I2 was derived from Cochran's Q" in result.methods_sentence()
    assert "prediction interval" not in result.result_sentence()


def test_one_study_is_not_said_to_be_combined() -> None:
    methods = pool(effects.generic([0.1], vi=[0.1])).methods_sentence()
    assert "nothing was combined" in methods
    assert "We used" not in methods
    assert "measure was the effect" not in methods


def test_software_and_version_are_named() -> None:
    for result in (pool(effects.binary("OR", *PAIR)), mantel_haenszel("OR", *PAIR), glmm(*PAIR)):
        assert f"Computed with tmsmeta {__version__}." in result.methods_sentence()


def test_corrections_of_single_arms_and_of_rates_are_told_as_they_were_made() -> None:
    arm = pool(effects.proportion("PLO", [0, 9], [30, 30])).methods_sentence()
    assert "0.5 added to the events" in arm
    rates = pool(effects.rate_ratio("IRR", [0, 9], [30, 30], [3, 4], [30, 30])).methods_sentence()
    assert "0.5 per arm" in rates
    assert "0.5 per cell" in pool(effects.binary("OR", *PAIR)).methods_sentence()


def test_what_was_left_out_ends_with_one_full_stop() -> None:
    methods = pool(effects.binary("OR", [0, 3, 9], [30, 9, 30], [3, 0, 4], [30, 9, 30], zero_cells="none"), ci="z")
    assert ".;" not in methods.methods_sentence()
    assert ".." not in methods.methods_sentence()


@pytest.mark.parametrize("measure", ["PLN", "PLO", "PAS", "PFT"])
def test_a_single_arm_is_given_as_a_proportion_and_without_a_p_value(measure: str) -> None:
    sentence = pool(effects.proportion(measure, [20, 20, 20], [100, 100, 100]), ci="z").result_sentence()
    assert "that is a proportion of 0.200 (0.15" in sentence
    assert "p = " not in sentence.split("Heterogeneity")[0]
    assert "p < " not in sentence.split("Heterogeneity")[0]


def test_an_interval_without_width_is_said_to_have_none() -> None:
    equal = effects.generic([0.4, 0.4, 0.4], vi=[0.1, 0.2, 0.3], measure="RR")
    reason = "all estimates are equal, so the 95% CI has no width"
    both = f"3 studies: pooled risk ratio 1.49 ({reason} and there is no p value); prediction interval without width."
    assert pool(equal).result_sentence().startswith(both)
    arm = pool(effects.proportion("PLO", [2, 2, 2], [8, 8, 8])).result_sentence()
    assert f"({reason}), that is a proportion of 0.250; prediction interval without width." in arm
    assert "95% CI 0.94 to 2.36" in pool(equal, ci="z").result_sentence()  # exp(0.4 -+ 1.96 / sqrt(1/.1 + 1/.2 + 1/.3))


def test_a_rate_on_the_root_scale_is_given_as_a_rate() -> None:
    for measure in ("IRLN", "IRS", "IRFT"):
        sentence = pool(effects.rate(measure, [20, 20], [100, 100]), ci="z").result_sentence()
        assert "that is an incidence rate of 0.200" in sentence


def test_figures_keep_a_last_digit_that_is_zero() -> None:
    sentence = mantel_haenszel("RR", [10], [100], [5], [100]).result_sentence()
    assert "risk ratio of 1 study is 2.00 (" in sentence


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_equal_arms_of_any_size_give_exactly_no_effect(measure: str) -> None:
    found = effects.binary(measure, [2, 10, 7], [20, 70, 70], [1, 1, 1], [10, 7, 10])
    assert found.yi.tolist() == [0.0, 0.0, 0.0]
    assert pool(found).estimate == 0.0


def _told() -> list[tuple[str, bool]]:
    """Methods sentences of everything that is not a pool, and whether a continuity correction went into it."""
    corrected = effects.binary("OR", [0, 9, 7, 4, 12, 8], [30, 30, 33, 28, 50, 41], [3, 4, 2, 1, 6, 5], [30] * 6)
    pooled = pool(corrected)
    on_effects = (smallstudy.egger, smallstudy.begg, smallstudy.thompson_sharp, smallstudy.peters, smallstudy.deeks)
    found: list[tuple[object, bool]] = [(test(corrected), True) for test in on_effects]
    found += [
        (smallstudy.harbord(corrected), False),
        (smallstudy.trim_and_fill(corrected, side="left"), True),
        (smallstudy.selection_model(corrected, steps=0.5), True),
        (meta_regression(corrected, "~ dose", {"dose": [1, 2, 3, 4, 5, 6]}), True),
        (subgroups(corrected, list("aabbcc")), True),
        (nnt(pooled, baseline_risk=0.1, source="a registry"), False),
        (risk_per_1000(pooled, baseline_risk=0.1, source="a registry"), False),
        (risk_table(pooled, baseline_risks=[0.1, 0.2], source="a registry"), False),
        (benefit_share(measure="OR", estimate=1.3, tau2=0.1, threshold=1.1), False),
        (benefit_share(measure="OR", estimate=1.3, tau2=0.1, se=0.1, k=9, threshold=1.1, distribution="t"), False),
        (intervals.wilson(3, 20), False),
        (reconstruct.counts_from_percent("12.5", 16), False),
        (reconstruct.check_percent("12.4", 16), False),
    ]
    return [(result.methods_sentence(), correction) for result, correction in found]  # type: ignore[attr-defined]


def test_every_result_tells_its_corrections_and_its_software() -> None:
    for sentence, correction in _told():
        assert sentence.endswith(f" Computed with tmsmeta {__version__}."), sentence
        assert ("A continuity correction (0.5 per cell) was applied to 1 study" in sentence) == correction, sentence
        assert ".." not in sentence.replace("...", "")


def test_studies_left_out_are_listed_with_the_reason() -> None:
    counts = [4, 0, 7, 5, 12], [30, 30, 33, 28, 50], [3, 4, 2, 1, 6], [30] * 5
    some = effects.binary("OR", *counts, study=list("abcde"), zero_cells="none")
    regressed = meta_regression(some, "~ dose", {"dose": [1, 2, 3, 4, 5]})
    for result in (smallstudy.egger(some), subgroups(some, list("xxxyy")), regressed):
        assert "Left out: b: zero cells" in result.methods_sentence()


def test_results_in_one_sentence_have_it_under_both_names() -> None:
    found = nnt(pool(effects.binary("OR", *PAIR)), baseline_risk=0.1, source="a registry")
    assert found.result_sentence() == found.sentence()
    assert "a registry" in found.methods_sentence()
