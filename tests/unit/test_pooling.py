"""Pooling: what is not assessable, what is left out, how specs and words behave."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from tmsmeta import InvalidInputError, NotAssessable, PoolingSpec, UnknownOptionError, effects, pool, profiles
from tmsmeta.pooling import INTERVALS

FIVE = effects.binary("RR", [5, 9, 3, 12, 7], [40, 60, 30, 55, 41], [2, 4, 3, 5, 2], [41, 58, 31, 54, 40])


def test_one_study_has_its_own_wald_interval_and_reasons_for_the_rest() -> None:
    one = FIVE.subset(np.array([0]))
    wald = pool(one, ci="z")
    assert wald.estimate == one.yi[0]
    assert wald.ci == pytest.approx(
        (one.yi[0] - 1.959963984540054 * one.se[0], one.yi[0] + 1.959963984540054 * one.se[0])
    )
    assert wald.tau2 == NotAssessable("tau2", "needs at least 2 studies, got 1")
    for ci in INTERVALS[1:]:
        assert isinstance(pool(one, ci=ci).ci, NotAssessable)


def test_two_studies_have_no_prediction_interval_on_k_minus_2() -> None:
    two = FIVE.subset(np.array([0, 1]))
    assert pool(two).prediction == NotAssessable("prediction interval", "needs at least 3 studies, got 2")
    assert isinstance(pool(two, prediction="t(k-1)").prediction, tuple)


def test_not_assessable_never_turns_into_a_number() -> None:
    missing = pool(FIVE.subset(np.array([0]))).ci
    assert not missing
    with pytest.raises(TypeError, match="needs at least 2 studies"):
        float(missing)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not assessable"):
        missing[0]


def test_the_common_effect_model_has_no_prediction_interval() -> None:
    result = pool(FIVE, tau2="FE")
    assert result.tau2 == 0.0
    assert "common-effect" in str(result.prediction)


def test_equal_estimates_give_an_interval_without_width_and_no_test() -> None:
    result = pool(effects.generic([0.4, 0.4, 0.4], vi=[0.1, 0.2, 0.3]))
    assert result.se == pytest.approx(0.0, abs=1e-15)
    assert result.tau2 == 0.0
    assert pool(effects.generic([0.5, 0.5], vi=[1.0, 1.0])).statistic == NotAssessable(
        "test statistic", "all estimates are equal, so the Hartung-Knapp standard error is 0"
    )


def test_studies_without_an_estimate_are_left_out_and_named() -> None:
    es = effects.binary(
        "OR", [0, 5, 9], [20, 40, 60], [0, 2, 4], [20, 41, 58], study=["Z", "A", "B"], zero_cells="none"
    )
    result = pool(es)
    assert result.k == 2
    assert [i.row for i in result.left_out] == ["Z"]
    assert "Z" in result.methods_sentence()


def test_no_study_to_pool_is_an_error_with_the_reason() -> None:
    es = effects.binary("OR", [0], [20], [0], [20], zero_cells="none")
    with pytest.raises(InvalidInputError, match="zero cells without a correction"):
        pool(es)


def test_adhoc_is_never_narrower_than_hksj_or_z() -> None:
    es = effects.generic([0.5, 0.51, 0.49, 0.5], vi=[0.2, 0.3, 0.1, 0.2])
    width = {ci: np.diff(pool(es, ci=ci).ci)[0] for ci in ("z", "hksj", "hksj-adhoc", "hksj-iqwig6")}
    assert width["hksj"] < width["z"] < width["hksj-adhoc"]
    # the Hartung-Knapp interval is narrower than the DerSimonian-Laird one here, so IQWiG's rule corrects it
    assert width["hksj-iqwig6"] == width["hksj-adhoc"]


def test_iqwig_leaves_a_wide_hartung_knapp_interval_alone() -> None:
    # Ad hoc rule: the factor is below 1 here; IQWiG's rule does not act, since t quantiles make the interval wider.
    es = effects.generic([0.1, 0.9], vi=[0.4, 0.4])
    assert pool(es, tau2="PM", ci="hksj-iqwig6").se == pool(es, tau2="PM", ci="hksj").se
    assert pool(es, tau2="PM", ci="hksj-adhoc").se > pool(es, tau2="PM", ci="hksj").se


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"tau2": "REMl"}, r"The `tau2` argument must be one of 'FE', 'DL'.*Got 'REMl'"),
        ({"ci": "wald"}, "The `ci` argument must be one of 'z', 't', 'hksj'"),
        ({"prediction": "t"}, "The `prediction` argument must be one of"),
        ({"hakn": True}, r"There is no argument 'hakn'; it must be one of 'tau2', .*'profile'. Got hakn=True."),
    ],
)
def test_unknown_options_name_what_is_allowed(choices: dict[str, object], message: str) -> None:
    with pytest.raises(UnknownOptionError, match=message):
        pool(FIVE, **choices)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_the_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(InvalidInputError, match="must lie between 0 and 1"):
        PoolingSpec(level=level)


def test_specs_and_results_are_frozen() -> None:
    result = pool(FIVE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.estimate = 0.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        result.effects.yi[0] = 0.0


def test_weights_sum_to_one_and_the_table_says_so() -> None:
    result = pool(FIVE)
    assert result.weights.sum() == pytest.approx(1.0)
    frame = result.to_frame()
    assert list(frame["study"])[-1] == "pooled"
    assert frame["ratio"].iloc[-1] == result.ratio
    assert (frame["ratio_low"].iloc[-1], frame["ratio_high"].iloc[-1]) == result.ratio_ci


def test_the_dictionary_is_json_and_keeps_reasons() -> None:
    text = json.dumps(pool(FIVE.subset(np.array([0, 1]))).to_dict(), allow_nan=False)
    assert json.loads(text)["prediction"] == {"not_assessable": "needs at least 3 studies, got 2"}


def test_sentences_hold_the_choices_and_the_numbers() -> None:
    result = pool(FIVE)
    methods = result.methods_sentence()
    for word in (
        "risk ratio",
        "random-effects",
        "restricted maximum likelihood",
        "Hartung-Knapp",
        "95%",
        "t quantiles on k - 2 degrees",
    ):
        assert word in methods
    assert f"{result.ratio:.2f}" in result.result_sentence()
    html = pool(effects.generic([0.1, 0.2], vi=[0.1, 0.1], study=["<b>", "x"])).methods_sentence()
    assert "2 studies were combined" in html
    assert "<table>" in result._repr_html_()


def test_the_mantel_haenszel_centre_moves_q_only_where_counts_are() -> None:
    spec = dataclasses.replace(profiles.REVMAN5, q_centre="inverse-variance")
    with_counts = pool(FIVE, profile=profiles.REVMAN5)
    assert with_counts.q > pool(FIVE, profile=spec).q  # Q is smallest around the inverse-variance estimate
    bare = effects.generic(FIVE.yi, vi=FIVE.vi, measure="RR")
    assert pool(bare, profile=profiles.REVMAN5).q == pool(bare, profile=spec).q


def test_a_hartung_knapp_interval_narrower_than_wald_is_pointed_out() -> None:
    close = effects.generic([0.5, 0.51, 0.49, 0.5], vi=[0.2, 0.3, 0.1, 0.2])
    assert "narrower than the Wald interval" in pool(close).result_sentence()
    assert "narrower" not in pool(close, ci="hksj-adhoc").result_sentence()
    assert "narrower" not in pool(close, ci="z").result_sentence()
    apart = effects.generic([0.1, 0.9, 0.5, 1.4], vi=[0.02, 0.03, 0.01, 0.02])
    assert "narrower" not in pool(apart).result_sentence()


@pytest.mark.parametrize(("share", "said"), [(0.7, True), (0.89, True), (0.91, False)])
def test_a_tenth_narrower_than_wald_is_pointed_out(share: float, said: bool) -> None:
    """Equal variances v and tau2 = 0: the intervals are as t sqrt(s2 / k) to z sqrt(v / k)."""
    y = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    y *= share * 1.959963984540054 / 2.7764451051977987 / y.std(ddof=1)  # v = 1
    result = pool(effects.generic(y, vi=np.ones(5)))
    assert result.tau2 == 0
    assert result.narrower_than_wald is said


def test_iqwig_corrects_only_what_residuals_below_1_made_narrow() -> None:
    """Its rule asks for a Hartung-Knapp factor below 1, too: here it is 1.8, and the interval narrower than DL's."""
    es = effects.generic(
        [-0.52, 0.08, -0.1, 0.15, 0.56, -0.91, 1.02, 0.79], vi=[0.3, 0.08, 1.37, 0.06, 0.14, 0.94, 0.02, 0.67]
    )
    hksj = pool(es, tau2="FE", ci="hksj")
    assert hksj.se > pool(es, tau2="FE", ci="z").se
    assert np.diff(hksj.ci) < np.diff(pool(es, tau2="DL", ci="z").ci)
    assert pool(es, tau2="FE", ci="hksj-iqwig6").se == hksj.se


def test_the_interval_of_tau2_is_json() -> None:
    found = pool(FIVE).tau2_interval()
    assert not isinstance(found, NotAssessable)
    assert json.loads(json.dumps(found.to_dict()))["tau2"] == list(found.tau2)


def test_trials_without_counts_leave_q_around_the_inverse_variance_estimate() -> None:
    bare = effects.printed_ratio("RR", [2.0], [0.9], [4.4], study=["printed"])
    mixed = pool(effects.combine(FIVE, bare), profile=profiles.REVMAN5)
    spec = dataclasses.replace(profiles.REVMAN5, q_centre="inverse-variance")
    assert mixed.q == pool(effects.combine(FIVE, bare), profile=spec).q
    assert "around the Mantel-Haenszel estimate" not in mixed.methods_sentence()
    assert "around the Mantel-Haenszel estimate" in pool(FIVE, profile=profiles.REVMAN5).methods_sentence()


def sparse(extra: int = 17) -> effects.EffectSizes:
    """28 trials: 12 without any event, `extra` with a zero cell in all, one large, the rest small ones with events."""
    n = np.array([40.0] * 27 + [2000.0])
    events_t = np.array([0.0] * 12 + [1.0] * (extra - 12) + [2.0] * (27 - extra) + [250.0])
    events_c = np.array([0.0] * 12 + [0.0] * (extra - 12) + [2.0] * (27 - extra) + [240.0])
    return effects.binary("OR", events_t, n, events_c, n)


def test_a_narrow_interval_of_sparse_data_names_its_cause_and_the_way_out() -> None:
    found = pool(sparse())
    assert found.narrower_than_wald
    (caution,) = found.cautions
    assert "12 of 28 studies have no event in either arm, and 17 of 28 have a continuity correction" in caution
    assert "glmm and mantel_haenszel work on the counts and need none" in caution
    assert caution in found.result_sentence()
    assert caution in found.to_dict()["notes"]
    assert "agree more closely than their errors" not in found.result_sentence()
    assert pool(sparse(), ci="z").cautions == ()


def test_few_corrections_are_not_made_the_cause() -> None:
    close = effects.combine(
        effects.binary("OR", [0], [400], [0], [400], study=["empty"]),
        effects.generic([0.5] * 5 + [0.51], vi=[0.2] * 6, measure="OR", study=list("abcdef")),
    )
    assert "agree more closely than their errors allow" in pool(close.subset(np.arange(7)), tau2="DL").result_sentence()


def test_the_way_back_from_freeman_tukey_with_a_tiny_study_is_warned_of() -> None:
    """138 of 579,015 had the event, 0.00024; the harmonic mean of the sizes, 7, brings 0 back."""
    events, n = [1, 0, 0, 15, 2, 120], [2, 9, 4, 70_000, 9_000, 500_000]
    found = pool(effects.proportion("PFT", events, n))
    assert found.natural == 0.0
    (caution,) = found.cautions
    logit = pool(effects.proportion("PLO", events, n))
    assert "harmonic mean of the sizes, 6.97, which the smallest study decides (study 1, 2;" in caution
    assert f"Pooled as log odds it is {logit.effects.natural.text(logit.estimate, logit.ci)}" in caution
    assert "0.00024, and glmm_proportion works on the counts" in caution
    assert found.result_sentence().endswith(caution)
    rates = pool(effects.rate("IRFT", events, n)).cautions
    assert "glmm_rate" in rates[0]
    assert "harmonic mean of the person-times" in rates[0]


def test_sizes_of_one_order_need_no_warning_of_the_way_back() -> None:
    assert pool(effects.proportion("PFT", [3, 5, 9, 2], [20, 31, 60, 25])).way_back == ""
    assert pool(effects.proportion("PFT", [30, 500, 90, 2], [200, 3100, 600, 25])).way_back == ""
