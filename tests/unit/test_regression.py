"""Meta-regression and subgroups: what is recorded, what is not assessable, how results read."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import NotAssessable, effects
from tmsmeta.models.regression import MetaRegression, RegressionSpec, meta_regression, subgroups
from tmsmeta.report.pairwise_tables import regression_table

YI, VI = [0.3, 0.5, 0.1, 0.9, 0.2, 0.7], [0.1, 0.2, 0.3, 0.15, 0.05, 0.12]
DATA = {"dose": [1.0, 2, 3, 4, 5, 7], "site": list("aabbcc"), "gap": [1, np.nan, 3, 4, 5, 6]}


def studies():
    return effects.generic(YI, vi=VI, measure="RR", study=list("ABCDEF"))


def fit(formula="dose", **choices) -> MetaRegression:
    result = meta_regression(studies(), formula, DATA, **choices)
    assert isinstance(result, MetaRegression)
    return result


def test_the_tilde_may_be_left_out_and_data_may_be_a_frame_with_a_row_index():
    frame = pd.DataFrame(DATA, index=range(2, 8))
    plain, tilde = meta_regression(studies(), "dose + C(site)", frame), fit("~ dose + C(site)")
    np.testing.assert_array_equal(plain.beta, tilde.beta)
    assert tilde.terms == ("Intercept", "dose", "C(site)[T.b]", "C(site)[T.c]")
    assert list(tilde.coefficients.index) == list(tilde.terms)


def test_interactions_and_functions_of_moderators():
    assert fit("dose + I(dose ** 2)").terms == ("Intercept", "dose", "I(dose ** 2)")
    assert fit("0 + C(site)").terms == ("C(site)[a]", "C(site)[b]", "C(site)[c]")
    found = fit("center(dose)").predict({"dose": [3.0]})
    same_point = fit("dose").predict({"dose": [3.0]})
    np.testing.assert_allclose(found["estimate"], same_point["estimate"], rtol=1e-12)


def test_first_category_of_a_categorical_is_the_reference_and_absent_ones_vanish():
    data = pd.DataFrame({"site": pd.Categorical(list("aabbcc"), categories=["c", "x", "a", "b"])})
    found = meta_regression(studies(), "site", data)
    assert found.terms == ("Intercept", "site[T.a]", "site[T.b]")


def test_missing_moderators_are_dropped_only_on_request_and_recorded():
    found = fit("gap", missing="drop")
    assert found.k == 5
    assert [(i.row, i.column) for i in found.left_out] == [("row 2 (B)", "gap")]
    assert found.to_dict()["left_out"][0]["study"] == "row 2 (B)"
    assert found.effects.study.tolist() == list("ACDEF")


def test_rows_without_an_estimate_leave_with_their_data():
    data = effects.binary("OR", [0, 3, 5, 4, 7], [9] * 5, [0, 5, 6, 2, 1], [9] * 5, zero_cells="none")
    found = meta_regression(data, "x", {"x": [np.nan, 1, 2, 3, 5]})
    assert found.k == 4
    assert [i.row for i in found.left_out] == ["study 1"]
    np.testing.assert_array_equal(found.design.x[:, 1], [1, 2, 3, 5])


def test_too_few_studies_are_not_assessable():
    found = meta_regression(studies().subset(np.arange(2)), "dose", {"dose": [1, 2]})
    assert found == NotAssessable("meta-regression", "2 coefficients need at least 3 studies, got 2")


def test_what_a_formula_without_moderators_or_intercept_cannot_give():
    assert isinstance(fit("1").qm, NotAssessable)
    assert fit("1").r2 == NotAssessable("R2", "the formula has no moderator")
    assert fit("0 + dose").r2 == NotAssessable("R2", "the model has no intercept")
    assert isinstance(fit("0 + C(site)").r2, float)


def test_moderators_that_fit_exactly_have_no_hartung_knapp_test():
    flat = effects.generic([0.0] * 4, vi=[0.1] * 4)
    found = meta_regression(flat, "x", {"x": [1.0, 2.0, 3.0, 4.0]}, ci="hksj")
    assert isinstance(found, MetaRegression)
    assert isinstance(found.qm, NotAssessable)
    assert found.coefficients["note"].str.contains("exactly").all()
    json.dumps(found.to_dict(), allow_nan=False)


def test_prediction_says_why_there_is_none():
    two_free = meta_regression(studies().subset(np.arange(3)), "x", {"x": [1.0, 2.0, 4.0]})
    frame = two_free.predict({"x": 2.0})
    assert frame["prediction_low"].isna().all()
    assert frame["note"][0] == "not assessable: t(k-p-1) needs at least 4 studies, got 3"
    common = fit(tau2="FE").predict()
    assert common["note"].str.contains("common-effect").all()
    assert common["study"].tolist() == list("ABCDEF")


def test_prediction_of_the_studies_is_the_fit():
    found = fit("dose + C(site)")
    np.testing.assert_allclose(found.predict()["estimate"], found.fitted, rtol=1e-12)
    np.testing.assert_allclose(found.predict(DATA)["estimate"], found.fitted, rtol=1e-12)


def test_results_are_json_and_words():
    for ci in ("z", "t", "hksj", "hksj-adhoc"):
        found = fit("dose", ci=ci)
        stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert stored["qm_df"] == 1
        assert stored["qm_df_residual"] == (None if ci == "z" else 4)
    assert "regressed on dose" in fit().methods_sentence()
    assert fit().result_sentence().startswith("6 studies, test of moderators: QM = ")
    assert fit(ci="hksj").result_sentence().startswith("6 studies, test of moderators: F = ")
    assert "<table" in fit()._repr_html_()
    assert fit().to_frame()["term"].tolist() == ["Intercept", "dose"]
    assert fit().tau2_interval().tau2[1] > 0
    assert RegressionSpec(formula="dose").to_dict()["tau2"] == "REML"


def test_adhoc_factor_never_narrows():
    wald, adhoc, plain = fit(ci="t"), fit(ci="hksj-adhoc"), fit(ci="hksj")
    assert (adhoc.se >= wald.se * (1 - 1e-12)).all()
    assert (adhoc.se >= plain.se * (1 - 1e-12)).all()


def test_subgroups_keep_the_order_and_say_what_a_single_study_lacks():
    found = subgroups(studies(), ["b", "b", "a", "b", "b", "b"])
    assert list(found.pools) == ["b", "a"]
    assert "one study only in: a" in found.note
    assert isinstance(found.pools["a"].ci, NotAssessable)
    assert found.q_between > 0
    frame = found.to_frame()
    assert frame["subgroup"].tolist() == ["b", "a", "overall"]
    assert frame["k"].tolist() == [5, 1, 6]
    assert frame.loc[1, "note"].startswith("not assessable")
    assert "one study only" in found.result_sentence()


def test_one_study_per_subgroup_leaves_no_degrees_of_freedom_for_f():
    found = subgroups(studies(), list("uvwxyz"))
    wanted = NotAssessable(
        "test between subgroups", "every subgroup holds one study, so nothing varies within subgroups"
    )
    assert (found.test_name, found.statistic, found.p_value) == ("F", wanted, wanted)
    assert (found.df, found.df_residual) == (5, 0)
    assert "test between subgroups" not in found.result_sentence()
    assert "every subgroup holds one study" in found.result_sentence()
    wald = subgroups(studies(), list("uvwxyz"), ci="z")
    assert (wald.test_name, wald.df_residual) == ("chi-square", None)
    assert wald.p_value < 1


def test_a_single_study_beside_several_is_tested_with_their_dispersion():
    found = subgroups(studies(), list("aaaaab"))
    assert (found.test_name, found.df, found.df_residual) == ("F", 1, 4)
    assert 0 < found.p_value < 1
    assert found.note == "one study only in: b"


def test_chi_square_stays_where_the_interval_or_the_profile_uses_it():
    for spec in ({"ci": "z"}, {"profile": "REVMAN2025"}, {"profile": "IQWIG6"}, {"subgroup_test": "chi-square"}):
        found = subgroups(studies(), list("aabbcc"), **spec)
        assert found.test_name == "chi-square"
        assert found.statistic == found.q_between
        assert found.df_residual is None
        assert "finds differences too often" in found.note
        assert "against chi-square" in found.methods_sentence()
    assert subgroups(studies(), list("aabbcc"), ci="z", tau2="FE").note == ""


def test_the_sentence_names_the_f_test():
    found = subgroups(studies(), list("aabbcc"))
    assert "Between subgroups: F = " in found.result_sentence()
    assert " on 2 and 3 df, p = " in found.result_sentence()
    assert "F test of a meta-regression with the subgroup as a factor and one residual tau2" in found.methods_sentence()
    assert str(found.test).startswith(f"{found.statistic:.2f} on 2 and 3 df")


def test_a_difference_owed_to_close_agreement_is_said_to_be_one():
    """The studies within subgroups differ by a thirtieth of their standard errors: F = 800, p = 0.001."""
    found = subgroups(effects.generic([0.50, 0.51, 0.30, 0.31], se=[0.3] * 4, measure="OR"), list("aabb"))
    assert found.p_value < 0.05
    assert "ci='hksj-adhoc' guards against it" in found.note
    assert subgroups(found.overall.effects, list("aabb"), ci="hksj-adhoc").p_value > 0.5


def test_equal_estimates_within_subgroups_have_no_f():
    found = subgroups(effects.generic([0.1, 0.1, 0.3, 0.3], vi=[0.1, 0.2, 0.3, 0.4]), list("aabb"))
    assert found.statistic.reason.startswith("the estimates within each subgroup are all equal")


def test_size_of_the_f_test_between_subgroups():
    """With equal variances F is exact whatever tau2 is; 300 draws, 5 % within 3 errors."""
    rng = np.random.default_rng(5)
    draws = [
        subgroups(effects.generic(y, vi=np.full(6, 0.09)), list("aabbcc")).p_value for y in rng.normal(0, 0.3, (300, 6))
    ]
    assert np.mean(np.array(draws) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_labels_of_subgroups_are_text():
    assert list(subgroups(studies(), [1, 1, 2, 2, "2", 1]).pools) == ["1", "2"]


def test_one_subgroup_has_no_test():
    found = subgroups(studies(), ["x"] * 6)
    assert found.q_between == NotAssessable("test between subgroups", "needs at least 2 subgroups, got 1")
    json.dumps(found.to_dict(), allow_nan=False)


def test_one_study_in_the_common_effect_model_predicts_nothing():
    found = subgroups(studies(), list("aabbbc"), common_tau2=True, tau2="FE", ci="z", prediction="z")
    for pool in found.pools.values():
        assert "common-effect" in str(pool.prediction)
    random = subgroups(studies(), list("aabbbc"), common_tau2=True, tau2="DL", ci="z", prediction="z")
    low, high = random.pools["c"].prediction
    assert high - low == pytest.approx(2 * 1.959963984540054 * np.sqrt(VI[5] + 2 * random.tau2))


def test_common_tau2_needs_a_subgroup_with_two_studies():
    found = subgroups(studies(), list("uvwxyz"), common_tau2=True, ci="z")
    assert found.tau2 == NotAssessable(
        "common tau2", "every subgroup holds one study, so nothing varies within subgroups"
    )
    single = subgroups(studies(), list("aabbbc"), common_tau2=True, ci="z", tau2="DL")
    pool = single.pools["c"]
    assert pool.se == pytest.approx(np.sqrt(VI[5] + single.tau2))
    assert pool.prediction == NotAssessable("prediction interval", "needs at least 3 studies, got 1")


def test_one_study_under_a_common_tau2_has_it_in_its_interval():
    """Two subgroups whose trials differ, and one trial alone: variance 0.05 + tau2, not 0.05."""
    data = effects.generic([0.0, 1.5, 0.2, 1.9, 0.4], vi=np.full(5, 0.05))
    found = subgroups(data, list("aabbc"), common_tau2=True, ci="z", tau2="REML")
    alone = found.pools["c"]
    assert found.tau2 > 1
    assert alone.se == pytest.approx(np.sqrt(0.05 + found.tau2), rel=1e-12)
    assert alone.ci == pytest.approx([0.4 - 1.959963984540054 * alone.se, 0.4 + 1.959963984540054 * alone.se])
    assert alone.statistic == pytest.approx(0.4 / alone.se)


@pytest.mark.parametrize("ci", ["z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6"])
def test_results_of_subgroups_are_json_and_words(ci):
    for common in (False, True):
        found = subgroups(studies(), list("aabbcc"), common_tau2=common, ci=ci)
        stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert set(stored["pools"]) == {"a", "b", "c"}
        assert stored["pool_of_subgroups"]["studies"] == ["a", "b", "c"]
        assert ("one tau2" in found.methods_sentence()) == common
        assert f"Between subgroups: {'Q' if ci == 'z' else 'F'} = " in found.result_sentence()
        assert "<table" in found._repr_html_()


def test_small_coefficients_keep_their_digits_in_the_table() -> None:
    """-0.000796 (-0.002202 to 0.000610) stood as -0.001 (-0.002 to 0.001)."""
    effects = tm.effects.generic([0.1, 0.2, 0.3, 0.4, 0.55], se=[0.03] * 5, measure="OR")
    table = regression_table(tm.meta_regression(effects, "~ dose", {"dose": [1000, 2000, 3000, 4000, 5000]}))
    term, coefficient, se, interval, _ = [column.text(table.frame.to_dict("records")[1]) for column in table.columns]
    assert (term, coefficient, se, interval) == ("dose", "0.00011", "9.5e-6", "0.00009 to 0.00013")
