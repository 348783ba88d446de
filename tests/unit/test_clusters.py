"""`cluster=`: which rows belong together, what follows from it, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tmsmeta import (
    InvalidInputError,
    NotAssessable,
    UnknownOptionError,
    effects,
    leave_one_out,
    meta_regression,
    multilevel,
    pool,
    pool_batch,
    subgroups,
)
from tmsmeta.models.multivariate.nested_groups import NestedGroups
from tmsmeta.pooling import robust
from tmsmeta.pooling.profiles import METAFOR

LABELS = list("aabbbcddeeffffgh")
RNG = np.random.default_rng(4)
YI, VI = RNG.normal(0.3, 0.5, 16), RNG.uniform(0.02, 0.2, 16)
EFFECTS = effects.generic(YI, vi=VI, study=LABELS)


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_a_clustered_pool_is_the_multilevel_model_with_the_same_working_covariance(kind):
    """Held at tau2 = 0 for both: a common effect, and groups whose variance is estimated at 0."""
    equal = effects.generic(np.tile([0.1, -0.1], 8) + 0.3, vi=np.full(16, 0.5), study=LABELS)
    found = pool(equal, tau2="FE", cluster="study", robust=kind)
    same = multilevel(equal, equal.study, by_effect=False, ci=kind)
    assert same.variances["group"] < 1e-9
    np.testing.assert_allclose([found.estimate, found.se, found.df], [same.beta[0], same.se[0], same.df[0]], rtol=1e-6)


def test_clusters_are_found_by_study_by_series_by_list_and_by_name():
    numbers = {label: i // 2 for i, label in enumerate(dict.fromkeys(LABELS))}
    wanted = pool(EFFECTS, cluster=[numbers[label] for label in LABELS])
    assert wanted.clusters == 4
    for cluster in (numbers, pd.Series(numbers).sample(frac=1, random_state=1)):
        assert pool(EFFECTS, cluster=cluster).ci == wanted.ci
    assert pool(EFFECTS, cluster="study").ci == pool(EFFECTS, cluster=EFFECTS.study).ci


def test_rows_without_an_estimate_leave_their_cluster():
    yi, vi = np.append(YI, np.nan), np.append(VI, 0.1)
    more = effects.generic(yi, vi=vi, study=[*LABELS, "h"], missing="drop")
    assert pool(more, cluster="study").ci == pool(EFFECTS, cluster="study").ci


def test_clusters_stay_with_subsets_and_deletions():
    clustered = pool(EFFECTS, cluster="study").effects
    assert clustered.subset(np.arange(5)).cluster.tolist() == LABELS[:5]
    table = leave_one_out(clustered, ci="CR2")
    keep = np.arange(16) != 3
    assert table["ci_low"][3] == pool(clustered.subset(keep), ci="CR2").ci[0]


def test_one_row_per_cluster_with_cr1_is_the_heteroscedastic_error_and_the_estimate_never_moves():
    found = pool(EFFECTS, cluster=range(16), robust="CR1", tau2="FE")
    w = 1 / VI
    scores = w * (YI - w @ YI / w.sum())
    assert found.se == pytest.approx(np.sqrt(scores @ scores * 16 / 15) / w.sum(), rel=1e-12)
    assert found.estimate == pool(EFFECTS, tau2="FE").estimate


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_the_effects_does_not_matter(factor):
    scaled = effects.generic(YI * factor, vi=VI * factor**2, study=LABELS)
    a, b = pool(EFFECTS, cluster="study"), pool(scaled, cluster="study")
    np.testing.assert_allclose(np.array([*b.ci, b.se]) / factor, [*a.ci, a.se], rtol=1e-7)
    assert b.df == pytest.approx(a.df, rel=1e-8)


def test_what_a_clustered_result_says():
    found = pool(EFFECTS, cluster="study")
    assert "16 estimates from 8 clusters" in found.result_sentence()
    assert "Satterthwaite" in found.methods_sentence()
    assert "come from 8 clusters" in found.methods_sentence()
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["clusters"] == 8
    assert plain["df"] == found.df
    assert plain["spec"]["ci"] == "CR2"
    assert "clusters" not in pool(EFFECTS).to_dict()
    assert pool(EFFECTS, cluster="study", profile=METAFOR).spec.name == ""
    few = pool(EFFECTS.subset(np.arange(5)), cluster="study")
    assert "degrees of freedom; below 4" in few.result_sentence()


def test_prediction_intervals_count_clusters():
    found = pool(EFFECTS, cluster=[0] * 8 + [1] * 8)
    assert isinstance(found.prediction, NotAssessable)
    assert found.prediction.reason == "needs at least 3 clusters, got 2"


def test_a_single_cluster_has_no_robust_error():
    found = pool(EFFECTS, cluster=["all"] * 16)
    for value in (found.se, found.ci, found.statistic, found.p_value, found.prediction):
        assert isinstance(value, NotAssessable)
        assert "2 clusters" in value.reason
    found.result_sentence(), found.to_frame(), json.dumps(found.to_dict()), repr(found), found._repr_html_()


def test_estimates_that_do_not_differ_have_no_robust_error():
    found = pool(effects.generic(np.full(6, 0.2), vi=np.full(6, 0.1)), cluster=[0, 0, 1, 1, 2, 2])
    assert isinstance(found.ci, NotAssessable)
    assert "add up to 0" in found.ci.reason


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"robust": "CR2"}, "`robust`: needs `cluster`"),
        ({"ci": "CR2"}, "`ci`: needs the clusters of the rows"),
        ({"cluster": "study", "ci": "hksj"}, "an interval of their own; leave it out. Got 'hksj'"),
        ({"cluster": "study", "ci": "CR1", "robust": "CR2"}, "leave it out. Got 'CR1'"),
        ({"cluster": [1, 2]}, "one cluster per row of `effects`, that is 16"),
        ({"cluster": ["a", None] * 8}, "`cluster`"),
        ({"cluster": {"a": 1}}, "has no cluster; every study needs one"),
    ],
)
def test_clusters_that_do_not_fit_are_refused(choices, said):
    for ask in (
        lambda: pool(EFFECTS, **choices),
        lambda: subgroups(EFFECTS, LABELS, **choices),
        lambda: meta_regression(EFFECTS, "~ x", {"x": range(16)}, **choices),
    ):
        with pytest.raises(InvalidInputError) as caught:
            ask()
        assert said in str(caught.value)


def test_other_kinds_and_places_without_clusters_are_refused():
    with pytest.raises(UnknownOptionError, match="'CR0', 'CR1', 'CR2'"):
        pool(EFFECTS, cluster="study", robust="CR3")
    with pytest.raises(InvalidInputError, match="clusters of every data set"):
        pool_batch(np.ones((2, 3)), np.ones((2, 3)), ci="CR2")


def test_a_coefficient_that_one_cluster_decides_has_no_error():
    one = [1.0 if label == "c" else 0.0 for label in LABELS]
    found = meta_regression(EFFECTS, "~ x", {"x": one}, cluster="study", robust="CR1")
    row = found.coefficients.loc["x"]
    assert np.isfinite(row["estimate"])
    assert found.coefficients.loc["Intercept", "p_value"] < 1
    assert isinstance(found.qm, NotAssessable) or row["se"] > 0
    too_many = meta_regression(EFFECTS, "~ C(s)", {"s": LABELS}, cluster="study")
    assert isinstance(too_many, NotAssessable)
    assert "9 clusters, got 8" in too_many.reason


def test_predictions_have_the_degrees_of_freedom_of_their_combination():
    x = np.arange(16.0)
    found = meta_regression(EFFECTS, "~ x", {"x": x}, cluster="study")
    shifted = meta_regression(EFFECTS, "~ x", {"x": x - 7}, cluster="study")
    at = found.predict({"x": [7.0]}).iloc[0]
    np.testing.assert_allclose([at["ci_low"], at["ci_high"]], [shifted.low[0], shifted.high[0]], rtol=1e-9)


def test_rows_of_one_study_are_recognised_and_told_where_to_go():
    for sentence in (
        pool(EFFECTS).result_sentence(),
        subgroups(EFFECTS, ["x", "y"] * 8).result_sentence(),
        meta_regression(EFFECTS, "~ x", {"x": range(16)}).result_sentence(),
    ):
        assert "13 of the 16 rows come from 5 studies with several rows (a, b, d and others)" in sentence
        assert "cluster='study'" in sentence
        assert "multilevel(effects, effects.study)" in sentence
    assert "13 of the 16" in pool(EFFECTS).to_dict()["notes"][-1]
    assert "several rows" not in pool(EFFECTS, cluster="study").result_sentence()
    assert "several rows" not in pool(effects.generic(YI, vi=VI)).result_sentence()


def test_one_control_group_behind_several_comparisons_is_recognised():
    labels = ["Smith 2010a", "Smith 2010b", "Lee 2011 (10 Hz)", "Lee 2012", "Smith 2010c"]
    one = effects.binary("OR", [5, 7, 9, 4, 3], [20] * 5, [3, 3, 3, 3, 4], [20] * 5, study=labels)
    sentence = pool(one).result_sentence()
    assert "2 of the 5 rows come from 1 study with several rows (Smith 2010)" in sentence
    assert "the very same comparator arm" in sentence
    assert "several rows" not in pool(one, cluster=["s", "s", "l", "m", "s"]).result_sentence()
    # equal counts of different trials are chance
    apart = effects.binary("OR", [5, 7], [20, 20], [3, 3], [20, 20], study=["Smith 2010", "Lee 2010"])
    assert "several rows" not in pool(apart).result_sentence()


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_how_many_clusters_are_worked_on_at_once_does_not_matter(kind, monkeypatch):
    """Clusters of equal size are stacked; a stack of one each must give the same, in whatever order the rows stand."""
    together = pool(EFFECTS, cluster="study", robust=kind)
    nested = multilevel(EFFECTS, LABELS, ci=kind, correlation=0.4)
    monkeypatch.setattr(robust, "_STACK", 1)
    order = np.random.default_rng(1).permutation(16)
    mixed = effects.generic(YI[order], vi=VI[order], study=[LABELS[i] for i in order])
    one = pool(mixed, cluster="study", robust=kind)
    np.testing.assert_allclose([one.se, one.df], [together.se, together.df], rtol=1e-12)
    alone = multilevel(mixed, mixed.study, ci=kind, correlation=0.4)
    np.testing.assert_allclose([alone.se, alone.df], [nested.se, nested.df], rtol=1e-9)


def test_the_rows_of_a_stack_are_those_of_its_clusters():
    codes = np.array([2, 0, 1, 0, 3, 2, 3, 3])
    stacks = [rows.tolist() for rows in robust.stacks_of(codes)]
    assert stacks == [[[2]], [[1, 3], [0, 5]], [[4, 6, 7]]]


def test_many_effects_are_not_climbed_for_digits_that_rounding_hides(monkeypatch):
    """Rounding of a likelihood that grows with the effects made the search try 115 points; 30 do."""
    calls = []
    sums = NestedGroups.sums
    monkeypatch.setattr(NestedGroups, "sums", lambda self, at: calls.append(at) or sums(self, at))
    rng = np.random.default_rng(5)
    study = np.arange(30_000) // 3
    vi = rng.uniform(0.02, 0.2, 30_000)
    yi = rng.normal(0, 0.3, 2501)[study // 4] + rng.normal(0, 0.2, 10_001)[study] + rng.normal(0, np.sqrt(vi))
    multilevel(effects.generic(yi, vi=vi), {"group": study // 4, "study": study}, ci="z")
    assert len(calls) < 50
