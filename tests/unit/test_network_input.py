"""What goes into a network: labels, missing values, means and rates by arm, trials known against one arm."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import DisconnectedNetworkError, InvalidInputError, UnknownOptionError
from tmsmeta.networks import (
    comparison_adjusted_funnel,
    components,
    linkage,
    network,
    network_from_contrasts,
    network_mh,
)

ROWS = [
    ("A", "P", 3, 30), ("A", "X", 9, 30),
    ("B", "P", 4, 30), ("B", "Y", 8, 30),
    ("C", "X", 7, 30), ("C", "Y", 9, 30),
]  # fmt: skip


def frame(rows=ROWS, columns=("study", "treatment", "events", "n")):
    return pd.DataFrame(rows, columns=list(columns))


def fit(rows, **options):
    return network(rows, **({"measure": "OR", "reference": "P", "better": "higher"} | options))


# one spelling of each label, everywhere


def test_treatments_that_differ_in_case_blanks_or_hyphens_are_one():
    plain = fit(frame())
    spelled = frame().assign(treatment=["P", "X ray", "p", "Y", "X-ray", "Y"])
    net = fit(spelled)
    assert net.treatments == ("P", "X ray", "Y")
    np.testing.assert_allclose(net.effect_matrix, plain.effect_matrix)
    assert "'p' was taken for the treatment 'P'." in net.data.notes
    assert "'X-ray' was taken for the treatment 'X ray'." in net.data.notes
    assert net.to_dict()["notes"] == list(net.data.notes)


def test_spellings_are_one_between_arms_and_contrasts_too():
    more = pd.DataFrame({"study": ["D"], "treat1": ["x"], "treat2": ["p"], "yi": [0.4], "se": [0.3]})
    net = fit(frame(), contrasts=more)
    assert net.treatments == ("P", "X", "Y")
    assert len(net.data.notes) == 2


def test_numbers_are_labels_and_sort_by_value():
    of = {"P": 1, "X": 2, "Y": 10}
    net = fit(frame().assign(treatment=[of[t] for t in frame()["treatment"]]), reference=1)
    assert (net.treatments, net.reference) == (("1", "2", "10"), "1")
    assert net.index(10.0) == net.index("10") == 2
    assert linkage(net, 10, 1).treat1 == "10"
    assert tm.contributions(net, comparisons=[(2, 10)]).flow.labels == ["2:10"]
    assert set(comparison_adjusted_funnel(net, order=[10, 1, 2])["treat2"]) == {"10", "1"}


@pytest.mark.parametrize("reference", ["p", " P", "P"])
def test_the_reference_is_found_in_any_case(reference):
    assert fit(frame(), reference=reference).reference == "P"


def test_an_unknown_label_names_the_one_that_may_be_meant():
    rows = frame().replace({"treatment": {"P": "Placebo"}})
    with pytest.raises(InvalidInputError, match="Is 'Placebo' meant"):
        fit(rows, reference="Plazebo")
    with pytest.raises(InvalidInputError, match="must be one of the treatments: 'Placebo', 'X', 'Y'"):
        fit(rows, reference="placebo").index("Z")


def test_the_inactive_component_is_found_in_any_case():
    rows = [("1", "A", 9, 40), ("1", "P", 4, 40), ("2", "A+B", 12, 40), ("2", "A", 8, 40)]
    assert components(fit(frame(rows)), inactive="p").inactive == "P"


# tables of every usual kind


@pytest.mark.parametrize(
    "table",
    [frame().to_records(index=False), frame().to_dict("records"), frame().to_dict("list"), frame().astype(object)],
)
def test_tables_of_every_usual_kind(table):
    np.testing.assert_array_equal(fit(table).theta, fit(frame()).theta)


def test_two_columns_of_one_name_are_a_fault_in_words():
    with pytest.raises(InvalidInputError, match=r"arms.events.*must be the name of one column only"):
        fit(pd.concat([frame(), frame()[["events"]]], axis=1))
    with pytest.raises(InvalidInputError, match=r"is a column that the arms need. Is 'event' meant"):
        fit(frame().rename(columns={"events": "event"}))


# missing values


def test_missing_values_are_refused_or_dropped_and_said():
    gaps = frame().astype({"events": object})
    gaps.loc[5, "events"] = "NA"
    with pytest.raises(InvalidInputError, match="must not be missing or empty; missing='drop'") as error:
        fit(gaps)
    assert [(i.row, i.column) for i in error.value.issues] == [(6, "events")]
    net = fit(gaps, missing="drop")
    assert net.data.studies == ("A", "B")
    assert [e.study for e in net.data.excluded] == ["C"]
    assert "Row 6 (C) was left out: events is missing." in net.data.notes
    said = json.dumps(net.to_dict())
    assert "events is missing" in said
    assert "has one treatment only" in said
    assert "C (has one treatment only" in net.methods_sentence()
    with pytest.raises(UnknownOptionError, match="'refuse', 'drop'"):
        fit(gaps, missing="ignore")
    with pytest.raises(InvalidInputError, match="must be a finite number"):
        fit(gaps.replace({"events": {"NA": "two"}}), missing="drop")
    assert network_mh(gaps, reference="P", better="higher", missing="drop").k == 2


def test_missing_values_of_contrasts():
    rows = [("a", "A", "B", 0.3, 0.1), ("b", "A", "B", None, 0.2), ("c", "A", "B", 0.1, 0.14),
            ("c", "A", "C", 0.6, 0.14), ("c", "B", "C", 0.5, np.nan), ("d", "A", "C", 0.2, 0.1)]  # fmt: skip
    columns = list(zip(*rows, strict=True))
    with pytest.raises(InvalidInputError) as error:
        network_from_contrasts(*columns, reference="A", better="higher")
    assert [(i.row, i.column) for i in error.value.issues] == [(2, "yi"), (5, "se")]
    net = network_from_contrasts(*columns, reference="A", better="higher", missing="drop")
    assert net.data.studies == ("a", "d")
    assert {e.study: e.reason for e in net.data.excluded} == {
        "b": "yi is missing in row 2",
        "c": "se is missing in row 5, and its other arms need the comparison",
    }


# what was done is said


def test_a_disconnection_names_the_trial_that_was_left_out():
    rows = [*ROWS, ("D", "Y", 0, 20), ("D", "Z", 0, 20), ("E", "Z", 4, 20), ("E", "W", 6, 20)]
    with pytest.raises(
        DisconnectedNetworkError, match=r"D \(Y and Z\) would link them, but was left out: no event"
    ) as error:
        fit(frame(rows))
    assert len(error.value.parts) == 2
    assert len(error.value.left_out) == 1


def test_a_reference_that_went_with_its_trial_is_said_to_have():
    rows = [*ROWS, ("D", "Y", 0, 20), ("D", "Z", 0, 20)]
    assert "Z is not in the network: its only trial, D, was left out." in fit(frame(rows)).data.notes
    with pytest.raises(InvalidInputError, match="Its only trials were left out \\(D: no event in any arm"):
        fit(frame(rows), reference="Z")


def test_arms_put_together_are_named():
    rows = [*ROWS, ("A", "X", 2, 10)]
    net = fit(frame(rows), duplicate_arms="merge")
    assert "A: 2 arms of X were added up." in net.data.notes
    assert net.data.arms.events.sum() == sum(row[2] for row in rows)


def test_a_trial_whose_arms_merge_to_one_is_left_out():
    rows = [*ROWS, ("D", "X", 2, 10), ("D", "X", 3, 10)]
    assert fit(frame(rows), duplicate_arms="merge").data.excluded[0].study == "D"


# means and rates by arm

MEANS = pd.DataFrame(
    [("T", "Placebo", -1.2, 2.0, 20), ("T", "Orlistat", -3.4, 2.6, 25), ("T", "Sibutramine", -5.0, 2.3, 22),
     ("U", "Placebo", -0.8, 2.2, 40), ("U", "Orlistat", -2.9, 2.1, 38),
     ("V", "Orlistat", -3.0, 1.9, 30), ("V", "Sibutramine", -4.1, 2.5, 31)],
    columns=["study", "treatment", "mean", "sd", "n"],
)  # fmt: skip


def dense_gls(arms, measure):
    """Effects against Placebo under a common effect, by generalised least squares on contrasts with each first arm.

    cov(d_b, d_c) is v_1 for mean differences; for standardised ones 1/n_1 + d_b d_c / (2 N).
    """
    names = sorted(set(arms["treatment"]) - {"Placebo"})
    y, blocks, x = [], [], []
    for _, t in arms.groupby("study"):
        m, s, n = (t[c].to_numpy(dtype=float) for c in ("mean", "sd", "n"))
        label = t["treatment"].tolist()
        if measure == "MD":
            d, v = m[1:] - m[0], s**2 / n
            block = np.diag(v[1:]) + v[0]
        else:
            d = (m[1:] - m[0]) / np.sqrt(((n - 1) * s**2).sum() / (n - 1).sum())
            block = np.diag(1 / n[1:]) + 1 / n[0] + np.outer(d, d) / (2 * n.sum())
        y += d.tolist()
        blocks.append(block)
        x += [[float(name == b) - float(name == label[0]) for name in names] for b in label[1:]]
    from scipy.linalg import block_diag

    w, x, y = np.linalg.inv(block_diag(*blocks)), np.array(x), np.array(y)
    covariance = np.linalg.inv(x.T @ w @ x)
    beta = covariance @ x.T @ w @ y
    return beta, np.sqrt(covariance.diagonal()), float((y - x @ beta) @ w @ (y - x @ beta))


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_means_by_arm_against_dense_least_squares(measure):
    net = network(MEANS, measure=measure, reference="Placebo", tau2="FE", better="lower")
    beta, se, q = dense_gls(MEANS, measure)
    at = [net.index("Orlistat"), net.index("Sibutramine")]
    np.testing.assert_allclose(net.theta[at], beta, rtol=1e-12)
    np.testing.assert_allclose(net.se_matrix[at, net.index("Placebo")], se, rtol=1e-12)
    assert net.q == pytest.approx(q, rel=1e-10)
    assert net.data.trials_of()[1].sum() == MEANS["n"].sum()
    assert net.spec.zero is None
    assert np.isnan(net.data.arms.events).all()


def test_standardised_differences_of_a_trial_add_up():
    """d_ij = (m_i - m_j) / s with s pooled over the trial, variance 1/n_i + 1/n_j + d_ij^2 / (2 N)."""
    t = MEANS[MEANS["study"] == "T"]
    net = network(t, measure="SMD", reference="Placebo", better="lower")
    s = np.sqrt((19 * 4.0 + 24 * 2.6**2 + 21 * 2.3**2) / 64)
    for (_, a), (_, b) in combinations(t.iterrows(), 2):
        d = (a["mean"] - b["mean"]) / s
        assert net.estimates.loc[a["treatment"], b["treatment"]] == pytest.approx(d, rel=1e-12)
        wanted = np.sqrt(1 / a["n"] + 1 / b["n"] + d**2 / (2 * 67))
        assert net.se.loc[a["treatment"], b["treatment"]] == pytest.approx(wanted, rel=1e-12)
    assert "one SD pooled over all arms" in net.data.notes[0]
    assert "Hedges" not in net.result_sentence() + net.methods_sentence()


def test_standardised_differences_with_an_sd_for_each_pair_are_told_from_a_misprint():
    t = MEANS[MEANS["study"] == "T"]
    pairs = list(combinations(t.itertuples(index=False), 2))
    effects = tm.effects.continuous("SMD", *([p[i][k] for p in pairs] for i in (0, 1) for k in (2, 3, 4)))
    labels = [[p[i].treatment for p in pairs] for i in (0, 1)]
    with pytest.raises(InvalidInputError, match="an SD for each pair of arms does this; give means by arm"):
        network_from_contrasts(
            ["T"] * 3, *labels, effects.yi, effects.se, reference="Placebo", measure="SMD", better="lower"
        )


def test_ratio_of_means_and_rates_against_their_pairwise_effects():
    two = MEANS[MEANS["study"] == "U"]
    (m_c, m_t), (s_c, s_t), (n_c, n_t) = (two[c] for c in ("mean", "sd", "n"))
    pair = tm.effects.continuous("ROM", [m_t], [s_t], [n_t], [m_c], [s_c], [n_c])
    net = network(two, measure="ROM", reference="Placebo", better="lower")
    assert net.estimates.loc["Orlistat", "Placebo"] == pytest.approx(pair.yi[0])
    assert net.se.loc["Orlistat", "Placebo"] == pytest.approx(pair.se[0])
    assert net.data.info.is_ratio
    rates = frame([("A", "P", 12, 310.5), ("A", "X", 7, 290.0), ("B", "P", 0, 50.0), ("B", "X", 2, 51.0)],
                  ("study", "treatment", "events", "time"))  # fmt: skip
    for measure in ("IRR", "IRD"):
        net = network(rates, measure=measure, reference="P", better="lower", tau2="FE")
        pair = tm.effects.rate_ratio(measure, [7, 2], [290.0, 51.0], [12, 0], [310.5, 50.0])
        pooled = tm.pool(pair, tau2="FE", ci="z")
        assert net.estimates.loc["X", "P"] == pytest.approx(pooled.estimate)
        assert net.se.loc["X", "P"] == pytest.approx(pooled.se)


def test_arms_of_means_put_together_are_one_group():
    """Raw values of two arms taken as one have the mean and SD of the merged arm."""
    rng = np.random.default_rng(3)
    values = [rng.normal(0, 1, 12), rng.normal(2, 1.5, 20), rng.normal(1, 1, 15)]
    rows = [("T", t, v.mean(), v.std(ddof=1), len(v)) for t, v in zip(["X", "X", "P"], values, strict=True)]
    both = np.concatenate(values[:2])
    one = [("T", "X", both.mean(), both.std(ddof=1), 32), rows[2]]
    first, second = (
        network(frame(r, MEANS.columns), measure="MD", reference="P", better="lower", duplicate_arms="merge")
        for r in (rows, one)
    )
    np.testing.assert_allclose(first.effect_matrix, second.effect_matrix)
    np.testing.assert_allclose(first.se_matrix, second.se_matrix)


def test_faults_of_means_are_listed_and_hopeless_trials_left_out():
    bad = MEANS.assign(sd=[-1, 2, 2, 0, 0, 2, 2], n=[20, 1, 22, 40, 38, 30.5, 31])
    with pytest.raises(InvalidInputError) as error:
        network(bad, measure="MD", reference="Placebo", better="lower")
    assert {(i.row, i.column) for i in error.value.issues} == {(1, "sd"), (2, "n"), (6, "n")}
    flat = MEANS.assign(sd=[2, 2, 2, 0, 0, 2, 2])
    for measure in ("MD", "SMD"):
        net = network(flat, measure=measure, reference="Placebo", better="lower")
        assert [e.study for e in net.data.excluded] == ["U"]
    signs = MEANS.assign(mean=[1, 2, 3, -1, 1, 2, 3])
    assert "no ratio" in network(signs, measure="ROM", reference="Placebo", better="lower").data.excluded[0].reason


# multi-arm trials known against one arm


def star_of(arms):
    """The comparisons of each trial with its first arm, and the variance of that arm."""
    rows, v0 = [], {}
    for study, t in arms.groupby("study"):
        first, v = t.iloc[0], t["sd"] ** 2 / t["n"]
        v0[study] = v.iloc[0]
        rows += [(study, b["treatment"], first["treatment"], b["mean"] - first["mean"], np.sqrt(v.iloc[0] + v[k]))
                 for k, b in t.iloc[1:].iterrows()]  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)], v0


@pytest.mark.parametrize("given", ["mapping", "series", "rows"])
def test_comparisons_with_one_arm_and_its_variance_give_the_network_of_the_arms(given):
    columns, v0 = star_of(MEANS)
    values = {"mapping": v0, "series": pd.Series(v0), "rows": [v0[s] for s in columns[0]]}[given]
    options = {"measure": "MD", "reference": "Placebo", "better": "lower", "tau2": "FE"}
    net = network_from_contrasts(*columns, baseline_variance=values, **options)
    wanted = network(MEANS, **options)
    np.testing.assert_allclose(net.effect_matrix, wanted.effect_matrix, rtol=1e-12)
    np.testing.assert_allclose(net.se_matrix, wanted.se_matrix, rtol=1e-12)
    assert net.q == pytest.approx(wanted.q)
    assert "T: Orlistat against Sibutramine completed from the comparisons with Placebo" in net.data.notes[0]


def test_a_correlation_takes_the_place_of_the_variance():
    rows = [
        ("YY", "B", "Placebo", -0.375, 0.15),
        ("YY", "C", "Placebo", -0.434, 0.17),
        ("XX", "A", "Placebo", -0.31, 0.15),
    ]
    columns = list(zip(*rows, strict=True))
    options = {"reference": "Placebo", "measure": "HR", "better": "lower"}
    with pytest.raises(
        InvalidInputError, match=r"no comparison of B and C; give all of them, or the variance of its arm"
    ):
        network_from_contrasts(*columns, **options)
    net = network_from_contrasts(*columns, correlation=0.5, **options)
    # sqrt(0.15^2 + 0.17^2 - 2 x 0.5 x 0.15 x 0.17), by hand
    assert net.se.loc["B", "C"] == pytest.approx(np.sqrt(0.0259), rel=1e-12)
    assert net.estimates.loc["B", "C"] == pytest.approx(0.059)
    table = pd.DataFrame(rows, columns=["study", "treat1", "treat2", "yi", "se"])
    of_table = network(None, contrasts=table.assign(correlation=[0.5, 0.5, np.nan]), **options)
    np.testing.assert_allclose(of_table.se_matrix, net.se_matrix)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"baseline_variance": 0.0225}, "below the variances of the comparisons"),
        ({"baseline_variance": -0.1}, "must be above 0"),
        ({"correlation": 1.0}, "0 or more and below 1"),
        ({"correlation": {"ZZ": 0.5}}, "not among the comparisons"),
        ({"baseline_variance": [0.01, 0.02]}, "must be the same in every row of the trial"),
        ({"baseline_variance": {"YY": "small"}}, "must be a number"),
    ],
)
def test_variances_and_correlations_that_cannot_be(given, message):
    rows = [("YY", "B", "P", -0.375, 0.15), ("YY", "C", "P", -0.434, 0.17)]
    with pytest.raises(InvalidInputError, match=message):
        network_from_contrasts(*zip(*rows, strict=True), reference="P", better="lower", **given)


@pytest.mark.parametrize(
    ("given", "column"),
    [({"baseline_variance": 0.03}, "baseline_variance"), ({"correlation": 1.0}, "correlation")],
)
def test_a_shared_variance_that_cannot_be_is_the_only_fault(given, column):
    """What it would have completed was found wrong as well, with a standard error of nan."""
    with pytest.raises(InvalidInputError, match="1 fault") as caught:
        network_from_contrasts(
            ["Y", "Y", "X"], ["B", "C", "A"], ["P", "P", "P"], [-0.375, -0.434, -0.31], [0.15, 0.17, 0.15],
            reference="P", measure="HR", better="lower", **given,
        )  # fmt: skip
    assert [issue.column for issue in caught.value.issues] == [column]
