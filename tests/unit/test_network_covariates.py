"""Network regression: covariates in every usual form, several at once, categories, and what is refused."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest

from tmsmeta import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.networks import network_from_contrasts, network_regression

PAIRS = [("a", "r"), ("b", "r"), ("a", "b")] * 5
K = len(PAIRS)
RNG = np.random.default_rng(8)
Y, SE, X, Z = RNG.normal(size=K), RNG.uniform(0.2, 0.5, size=K), RNG.normal(size=K), RNG.normal(size=K)
STUDY = [f"s{i}" for i in range(K)]
COUNTRY = ["US", "UK", "DE"] * 2 + ["UK", "DE", "US"] * 3
TABLE = pd.DataFrame({"study": STUDY, "x": X, "z": Z, "country": COUNTRY})


@pytest.fixture
def net():
    return network_from_contrasts(STUDY, *zip(*PAIRS, strict=True), Y, SE, reference="r", tau2=0.05, better="higher")


def by_hand(columns, interaction="shared"):
    """Least squares on the effects of a and b and on slopes of these columns of the trials."""
    effect = np.array([[float(p == t) - float(q == t) for t in "ab"] for p, q in PAIRS])
    base = effect.sum(axis=1, keepdims=True) if interaction == "shared" else effect
    design = np.hstack([effect, *(base * np.asarray(c, dtype=float)[:, None] for c in columns)])
    w = 1 / (SE**2 + 0.05)
    covariance = np.linalg.inv(design.T @ (w[:, None] * design))
    return covariance @ design.T @ (w * Y), np.sqrt(covariance.diagonal()), covariance


@pytest.mark.parametrize("interaction", ["shared", "separate"])
def test_several_covariates_against_their_definition(net, interaction):
    found = network_regression(net, TABLE[["study", "x", "z"]], interaction=interaction, centre={"x": 0.0, "z": 0.0})
    beta, se, _ = by_hand([X, Z], interaction)
    np.testing.assert_allclose(found.slopes["estimate"], beta[2:], rtol=1e-9)
    np.testing.assert_allclose(found.slopes["se"], se[2:], rtol=1e-9)
    np.testing.assert_allclose(found.effects()["estimate"], beta[:2], rtol=1e-9)
    each = 1 if interaction == "shared" else 2
    assert list(found.slopes["covariate"]) == ["x"] * each + ["z"] * each
    at = found.effects({"x": 2.0, "z": -1.0})["estimate"]
    wanted = beta[:2] + 2 * beta[2 : 2 + each] - beta[2 + each :]
    np.testing.assert_allclose(at, wanted, rtol=1e-9)
    assert found.centre == {"x": 0.0, "z": 0.0}
    assert json.dumps(found.to_dict())


def test_categories_are_indicators_against_the_first(net):
    found = network_regression(net, TABLE.set_index("study")["country"])
    uk, us = (np.array([c == name for c in COUNTRY]) for name in ("UK", "US"))
    beta, se, covariance = by_hand([uk, us])
    assert list(found.slopes["covariate"]) == ["country = UK", "country = US"]
    np.testing.assert_allclose(found.slopes["estimate"], beta[2:], rtol=1e-9)
    np.testing.assert_allclose(found.slopes["se"], se[2:], rtol=1e-9)
    assert found.centre == "DE"
    np.testing.assert_allclose(found.effects("us")["estimate"], beta[:2] + beta[3], rtol=1e-9)
    # a joint test on 2 degrees of freedom
    line = found.tests.iloc[0]
    assert line["q"] == pytest.approx(beta[2:] @ np.linalg.solve(covariance[2:, 2:], beta[2:]), rel=1e-9)
    assert (line["covariate"], line["df"], found.q_slopes_df) == ("country", 2, 2)
    other = network_regression(net, TABLE.set_index("study")["country"], centre="US")
    assert list(other.slopes["covariate"]) == ["country = DE", "country = UK"]
    with pytest.raises(InvalidInputError, match="must be one of its categories: 'DE', 'UK', 'US'"):
        found.effects("FR")


@pytest.mark.parametrize(
    "covariate",
    [
        dict(zip(STUDY, X, strict=True)),
        pd.Series(X, index=STUDY)[::-1],
        TABLE[["study", "x"]].sample(frac=1, random_state=1),
        TABLE[["study", "x"]].to_dict("records"),
        TABLE[["study", "x"]].to_dict("list"),
        TABLE.set_index("study")[["x"]],
        {"x": pd.Series(X, index=STUDY)},
        list(X),
        dict(zip([s.upper() for s in STUDY], X, strict=True)),
    ],
)
def test_one_covariate_in_every_usual_form(net, covariate):
    wanted = network_regression(net, dict(zip(STUDY, X, strict=True))).slopes["estimate"]
    np.testing.assert_allclose(network_regression(net, covariate).slopes["estimate"], wanted, rtol=1e-12)


def test_tuples_are_several_covariates(net):
    found = network_regression(net, dict(zip(STUDY, zip(X, COUNTRY, strict=True), strict=True)), centre={"x1": 0})
    assert [c.name for c in found.covariates] == ["x1", "x2"]
    beta, *_ = by_hand([X, np.array(COUNTRY) == "UK", np.array(COUNTRY) == "US"])
    np.testing.assert_allclose(found.slopes["estimate"], beta[2:], rtol=1e-9)


def test_values_by_arm_are_refused_unless_their_mean_is_asked_for(net):
    twice = [*STUDY, *STUDY]
    same = pd.Series([*X, *X], index=twice)
    wanted = network_regression(net, dict(zip(STUDY, X, strict=True))).slopes["estimate"]
    np.testing.assert_allclose(network_regression(net, same).slopes["estimate"], wanted)
    by_arm = pd.Series([*(X - 1), *(X + 1)], index=twice, name="age")
    with pytest.raises(InvalidInputError, match=r"differs between the arms of the trial.*by_arm='mean'") as error:
        network_regression(net, by_arm)
    assert [i.row for i in error.value.issues] == STUDY
    np.testing.assert_allclose(network_regression(net, by_arm, by_arm="mean").slopes["estimate"], wanted)
    arms = pd.DataFrame({"study": twice, "treatment": ["a"] * K + ["r"] * K, "age": by_arm.to_numpy()})
    np.testing.assert_allclose(network_regression(net, arms, by_arm="mean").slopes["estimate"], wanted)
    with pytest.raises(InvalidInputError, match="categories have no mean"):
        network_regression(net, pd.Series(["x"] * K + ["y"] * K, index=twice), by_arm="mean")
    with pytest.raises(UnknownOptionError, match="'refuse', 'mean'"):
        network_regression(net, by_arm, by_arm="sum")


def test_a_constant_covariate_has_no_slope(net):
    for value in (1.0, "high"):
        found = network_regression(net, dict.fromkeys(STUDY, value))
        assert isinstance(found.q_slopes, NotAssessable)
        np.testing.assert_allclose(found.effects()["estimate"], by_hand([])[0], rtol=1e-9)
    assert found.slopes.empty
    assert network_regression(net, dict.fromkeys(STUDY, 1.0)).slopes["note"][0].startswith("not assessable")


@pytest.mark.parametrize(
    ("covariate", "message"),
    [
        (dict(zip(STUDY[1:], X[1:], strict=True)), "s0.*needs a value"),
        ({**dict(zip(STUDY, X, strict=True)), "s99": 1.0}, "is no trial of the network"),
        ({**dict(zip(STUDY, X, strict=True)), "s3": float("inf")}, "s3.*needs a finite number"),
        ({**dict(zip(STUDY, X, strict=True)), "s3": None}, "s3.*needs a value"),
        (dict.fromkeys(STUDY, datetime.date(2001, 2, 3)), "is a date; give a number, such as the year"),
        (list(X[:-1]), "hold one value for each of the 15 trials"),
        (pd.concat([TABLE, TABLE[["x"]]], axis=1), "must be the name of one column only"),
        ({**dict(zip(STUDY, zip(X, Z, strict=True), strict=True)), "s2": (1.0,)}, "s2.*has no x2"),
    ],
)
def test_covariates_that_cannot_be(net, covariate, message):
    with pytest.raises(InvalidInputError, match=message):
        network_regression(net, covariate)


def test_names_that_are_no_covariate(net):
    found = network_regression(net, TABLE[["study", "x", "z"]])
    for ask in (lambda: found.effects(2.0), lambda: found.effects({"y": 1.0})):
        with pytest.raises(InvalidInputError, match="x and z"):
            ask()
    with pytest.raises(InvalidInputError, match="must be one of the covariates: x and z"):
        network_regression(net, TABLE[["study", "x", "z"]], centre={"y": 1.0})


def test_a_regression_says_itself_in_a_few_lines(net):
    found = network_regression(net, TABLE[["study", "x", "country"]])
    said = repr(found)
    assert len(said.splitlines()) <= 20
    for part in ("x ", "country = UK", "tau2 = "):
        assert part in said
    assert "x and country, with one slope for all treatments" in found.methods_sentence()


def test_the_trials_are_keys_under_any_name(net):
    shuffled = TABLE[["study", "x"]].sample(frac=1, random_state=3).rename(columns={"study": "Trial"})
    wanted = network_regression(net, dict(zip(STUDY, X, strict=True))).to_frame()["estimate"].to_numpy()
    for covariate in (shuffled, shuffled.to_dict("list")):
        found = network_regression(net, covariate).to_frame()["estimate"].to_numpy()
        np.testing.assert_allclose(found, wanted)
