"""Networks refuse what cannot be right, name every fault with its place, and drop nothing in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tmsmeta import DisconnectedNetworkError, InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.networks import (
    ZeroRule,
    components,
    contributions,
    league_table,
    network,
    network_data,
    network_from_contrasts,
    network_mh,
    network_regression,
    node_split,
    partial_order,
    rank,
)
from tmsmeta.networks.input.multi_arm import common_step

GOOD = {
    "study": ["A", "A", "B", "B"],
    "treatment": ["x", "sham", "x", "sham"],
    "events": [5, 2, 7, 3],
    "n": [20, 20, 30, 30],
}


def arms(**changes):
    return pd.DataFrame({**GOOD, **changes})


def faults(error):
    return [(i.row, i.column) for i in error.value.issues]


def contrasts(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def triangle(**changes):
    """One three-arm trial, t1 against t2 etc., with changed estimates or standard errors."""
    y = {"ab": 0.5, "bc": 0.3, "ac": 0.8} | changes.get("y", {})
    se = {"ab": 0.3, "bc": 0.35, "ac": 0.4} | changes.get("se", {})
    rows = [
        ("T", pair[0], pair[1], y[pair], se[pair]) for pair in ("ab", "bc", "ac") if pair not in changes.get("drop", ())
    ]
    return contrasts([*rows, ("U", "a", "b", 0.4, 0.2)])


def test_every_fault_of_the_arms_is_listed():
    bad = arms(
        study=["A", "A", "B", ""], events=[5, np.nan, 31, -1], n=[20, 20, 30, 0], treatment=["x", "sham", None, "sham"]
    )
    with pytest.raises(InvalidInputError) as error:
        network(bad, measure="OR", reference="sham", better="higher")
    found = set(faults(error))
    assert {(2, "events"), (3, "events"), (4, "events"), (4, "n"), (4, "study"), (3, "treatment")} <= found


def test_missing_columns_are_named():
    with pytest.raises(InvalidInputError) as error:
        network(arms().drop(columns=["n", "events"]), measure="OR", reference="sham", better="higher")
    assert faults(error) == [(None, "events"), (None, "n")]


def test_words_in_the_place_of_counts():
    with pytest.raises(InvalidInputError) as error:
        network(arms(events=[5, "two", 7, 3]), measure="OR", reference="sham", better="higher")
    assert (2, "events") in faults(error)


def test_fractional_counts():
    with pytest.raises(InvalidInputError, match="whole number"):
        network(arms(events=[5, 2.5, 7, 3]), measure="OR", reference="sham", better="higher")


def test_arm_given_twice_is_an_error_or_is_merged():
    twice = pd.concat([arms(), pd.DataFrame({"study": ["A"], "treatment": ["x"], "events": [3], "n": [10]})])
    with pytest.raises(InvalidInputError, match=r"second arm of A"):
        network(twice, measure="OR", reference="sham", better="higher")
    net = network(twice, measure="OR", reference="sham", duplicate_arms="merge", better="higher")
    merged = network(arms(events=[8, 2, 7, 3], n=[30, 20, 30, 30]), measure="OR", reference="sham", better="higher")
    assert net.estimates.equals(merged.estimates)


def test_a_trial_with_one_arm_is_left_out_and_said():
    """A remnant does not stop the network; a label that differs in case only is named as what may be meant."""
    more = [*arms().to_dict("records"), {"study": "b", "treatment": "y", "events": 1, "n": 9}]
    net = network(more, measure="OR", reference="sham", better="higher")
    (left,) = net.data.excluded
    assert left == (
        "b",
        "has one treatment only (y), which compares nothing; if it is the trial 'B', spell it the same",
        ("y",),
    )
    assert net.to_dict()["excluded"][0]["study"] == "b"
    assert "y is not in the network: its only trial, b, was left out." in net.data.notes
    with pytest.raises(InvalidInputError, match="No trial is left") as error:
        network(arms(study=["A", "B", "C", "D"]), measure="OR", reference="sham", better="higher")
    assert [i.row for i in error.value.issues] == ["A", "B", "C", "D"]


def test_unknown_reference_names_the_treatments():
    with pytest.raises(InvalidInputError, match="'sham', 'x'"):
        network(arms(), measure="OR", reference="placebo", better="higher")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("measure", "HR"),
        ("tau2", "PM"),
        ("ci", "hksj"),
        ("better", "up"),
        ("prediction", "t(k-2)"),
        ("duplicate_arms", "x"),
    ],
)
def test_unknown_options_list_what_is_allowed(option, value):
    options = {"measure": "OR", "reference": "sham", "better": "higher", option: value}
    with pytest.raises(UnknownOptionError, match=f"The `{option}` argument must be one of"):
        network(arms(), **options)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_level_out_of_range(level):
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        network(arms(), measure="OR", reference="sham", level=level, better="higher")


@pytest.mark.parametrize("tau2", [-0.1, float("nan"), float("inf")])
def test_tau2_as_a_number_must_be_possible(tau2):
    with pytest.raises(InvalidInputError):
        network(arms(), measure="OR", reference="sham", tau2=tau2, better="higher")


def test_disconnected_network_names_its_parts():
    bad = arms(treatment=["x", "sham", "y", "z"])
    with pytest.raises(DisconnectedNetworkError) as error:
        network(bad, measure="OR", reference="sham", better="higher")
    assert {frozenset(p) for p in error.value.parts} == {frozenset({"x", "sham"}), frozenset({"y", "z"})}


@pytest.mark.parametrize(
    "fit",
    [
        lambda **k: network(arms(), measure="OR", reference="sham", **k),
        lambda **k: network_data(arms(), measure="OR", reference="sham", **k),
        lambda **k: network_mh(arms(), reference="sham", **k),
        lambda **k: network_from_contrasts(["S"], ["a"], ["b"], [0.1], [0.3], reference="a", measure="HR", **k),
    ],
)
def test_the_direction_of_an_outcome_is_asked_for(fit):
    with pytest.raises(InvalidInputError, match="never guessed: 'higher' if more events") as error:
        fit()
    assert faults(error) == [(None, "better")]
    with pytest.raises(UnknownOptionError, match="'higher', 'lower'"):
        fit(better="smaller")
    assert fit(better="lower").better == "lower"


def test_multi_arm_trial_with_a_missing_comparison():
    with pytest.raises(InvalidInputError, match="no comparison of a and c") as error:
        network_from_contrasts(*triangle(drop=("ac",)), reference="a", better="higher")
    assert error.value.issues[0].row == "T"


def test_multi_arm_trial_that_does_not_add_up():
    with pytest.raises(InvalidInputError, match=r"misses it by 0.2") as error:
        network_from_contrasts(*triangle(y={"ac": 1.0}), reference="a", better="higher")
    assert error.value.issues[0].row == "T"


def test_a_misprint_is_refused_in_every_unit_and_rounding_accepted():
    """The miss is judged by the printed step and the standard errors, so no change of unit changes the verdict."""
    for unit in (1.0, 1000.0, 0.001, 2.54, 1 / 7):
        with pytest.raises(InvalidInputError, match="misses it by"):
            scaled(unit, [0.0006, 0.0005, 0.0002], [0.0001] * 3)
        assert "rounding" in scaled(unit, [0.0006, 0.0005, 0.0012], [0.0001] * 3).data.notes[0]
        # three printed decimals that miss by one step, a textbook set
        assert scaled(unit, [-0.085, -0.664, -0.750], [0.516, 0.514, 0.513]).data.notes
        # one decimal, standard errors of twice the step
        assert scaled(unit, [0.3, 0.2, 0.4], [0.2, 0.21, 0.22]).data.notes
        with pytest.raises(InvalidInputError, match="misses it by"):
            scaled(unit, [0.31, 0.2, 0.43], [0.2, 0.21, 0.22])
    net = network_from_contrasts(*triangle(y={"ac": 0.9}), reference="a", better="higher", tolerance=0.2)
    assert net.k == 2
    with pytest.raises(InvalidInputError, match=r"misses it by 0.1 \(allowed: 0.05\)"):
        network_from_contrasts(*triangle(y={"ac": 0.9}), reference="a", better="higher", tolerance=0.05)


def scaled(unit, y, se):
    y, se = [unit * v for v in y], [unit * v for v in se]
    return network_from_contrasts(["s"] * 3, list("ABA"), list("BCC"), y, se, reference="C", better="higher")


@pytest.mark.parametrize("decimals", [1, 2, 3])
@pytest.mark.parametrize("measure", ["MD", "OR"])
def test_no_triangle_is_refused_for_rounding_alone(decimals, measure):
    rng = np.random.default_rng(2)
    for a, b, c in rng.normal(0, 0.6, (200, 3)):
        exact = np.array([a - b, b - c, a - c])
        y = np.round(exact, decimals) if measure == "MD" else np.log(np.round(np.exp(exact), max(decimals, 2)))
        network_from_contrasts(
            ["s"] * 3, list("ABA"), list("BCC"), y, [0.3, 0.31, 0.32], reference="A", better="higher", measure=measure
        )


def test_common_step():
    assert common_step(np.array([-0.085, 0.664, 0.750]) * 2.54) == pytest.approx(0.00254)
    assert common_step(np.array([0.0, 1.5, 4.5])) == pytest.approx(1.5)
    assert common_step(np.array([np.pi, np.e, np.sqrt(2)])) == 0
    assert common_step(np.zeros(3)) == 0


def test_rounding_of_a_multi_arm_trial_is_averaged_and_said():
    net = network_from_contrasts(*triangle(y={"ac": 0.8005}), reference="a", better="higher")
    assert "rounding" in net.data.notes[0]


def test_standard_errors_that_cannot_belong_together():
    with pytest.raises(InvalidInputError, match="cannot belong together") as error:
        network_from_contrasts(*triangle(se={"ac": 0.9}), reference="a", better="higher")
    assert error.value.issues[0].found == pytest.approx(0.9)


@pytest.mark.parametrize(("wrong", "rule"), [(0.42, "0.3833"), (4.2, "0.3833")])
def test_standard_errors_that_cannot_belong_together_name_all_suspects(wrong, rule):
    with pytest.raises(InvalidInputError) as error:
        scaled(1, [0.1, 0.2, 0.3], [0.2132, 0.1701, wrong])
    (issue,) = error.value.issues
    assert (issue.row, issue.found) == ("s", pytest.approx(wrong))
    for part in ("A against C", "B against C (0.1701)", "A against B (0.2132)", rule, "Any of the three"):
        assert part in issue.message


def test_four_arms_whose_standard_errors_fit_in_threes_but_not_together():
    """Three arms in a triangle of sides 1 and a fourth at 0.55 from each: nearer than their centre (0.577)."""
    pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "d"), ("b", "d"), ("c", "d")]
    with pytest.raises(InvalidInputError, match="no variances and covariances of its arms") as error:
        network_from_contrasts(
            ["s"] * 6, *zip(*pairs, strict=True), [0.0] * 6, [1, 1, 1, 0.55, 0.55, 0.55], reference="a", better="higher"
        )
    assert "c against d 0.55" in error.value.issues[0].message


def test_comparison_given_twice_in_a_trial():
    rows = contrasts([("T", "a", "b", 0.1, 0.2), ("T", "b", "a", -0.1, 0.2)])
    with pytest.raises(InvalidInputError, match="stands in row 1 too"):
        network_from_contrasts(*rows, reference="a", better="higher")


@pytest.mark.parametrize(
    "row",
    [("T", "a", "a", 0.1, 0.2), ("T", "a", "b", np.nan, 0.2), ("T", "a", "b", 0.1, 0.0), ("T", "", "b", 0.1, 0.2)],
)
def test_contrasts_that_cannot_be(row):
    with pytest.raises(InvalidInputError):
        network_from_contrasts(*contrasts([("S", "a", "b", 0.2, 0.3), row]), reference="a", better="higher")


def test_columns_of_different_lengths():
    with pytest.raises(InvalidInputError, match="same length"):
        network_from_contrasts(["S"], ["a"], ["b"], [0.1, 0.2], [0.3], reference="a", better="higher")


def test_no_trial_at_all():
    with pytest.raises(InvalidInputError):
        network_from_contrasts([], [], [], [], [], reference="a", better="higher")


def test_trials_without_events_are_left_out_with_their_reason():
    rows = arms(study=["A", "A", "B", "B"], events=[5, 2, 0, 0])
    net = network(rows, measure="RR", reference="sham", better="higher")
    assert [(e.study, "no event" in e.reason) for e in net.data.excluded] == [("B", True)]
    everyone = network(arms(events=[5, 2, 30, 30]), measure="OR", reference="sham", better="higher")
    assert "nothing but events" in everyone.data.excluded[0].reason
    assert network(rows, measure="RD", reference="sham", better="higher").data.excluded == ()


def test_only_trials_without_events():
    with pytest.raises(InvalidInputError, match="No trial is left"):
        network(arms(events=[0, 0, 0, 0]), measure="OR", reference="sham", better="higher")


def test_zero_cells_without_a_correction_leave_out_the_trial():
    rows = arms(events=[5, 0, 7, 3])
    net = network(rows, measure="OR", reference="sham", zero=ZeroRule(apply="none"), better="higher")
    assert [e.study for e in net.data.excluded] == ["A"]
    assert len(network(rows, measure="OR", reference="sham", better="higher").data.studies) == 2


def test_conversion_needs_a_comparator_risk_that_can_be():
    more = pd.DataFrame(
        {"study": ["C"], "treat1": ["x"], "treat2": ["sham"], "yi": [1.0], "se": [0.4], "measure": ["OR"]}
    )
    with pytest.raises(InvalidInputError, match="is needed to bring OR to RR"):
        network(arms(), measure="RR", reference="sham", contrasts=more, better="higher")
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        network(arms(), measure="RR", reference="sham", contrasts=more, comparator_risk=1.2, better="higher")
    with pytest.raises(InvalidInputError, match="only OR and RR can"):
        network(arms(), measure="RD", reference="sham", contrasts=more, comparator_risk=0.2, better="higher")
    with pytest.raises(InvalidInputError, match="risk would reach 1"):
        network(
            arms(),
            measure="OR",
            reference="sham",
            contrasts=more.assign(measure="RR"),
            comparator_risk=0.6,
            better="higher",
        )


def test_a_trial_may_not_enter_twice():
    more = pd.DataFrame({"study": ["A"], "treat1": ["x"], "treat2": ["sham"], "yi": [1.0], "se": [0.4]})
    with pytest.raises(InvalidInputError, match="once only"):
        network(arms(), measure="OR", reference="sham", contrasts=more, better="higher")


def test_what_cannot_be_tested_says_so():
    rows = arms(treatment=["x", "sham", "y", "sham"])
    net = network(rows, measure="OR", reference="sham", better="higher")
    assert isinstance(net.q_inconsistency, NotAssessable)
    assert "cannot be tested: the network is a star around sham" in net.q_inconsistency.reason
    assert isinstance(net.q_p, NotAssessable)
    assert isinstance(net.i2, NotAssessable)
    assert isinstance(net.tau2, NotAssessable)
    assert f"{net.tau2:.4f}".startswith("not assessable: the network has no more comparisons")
    assert isinstance(net.prediction_low, NotAssessable)
    frame = node_split(net)
    assert frame["p_value"].isna().all()
    assert frame["note"].str.startswith("cannot be tested").all()


def test_other_arguments():
    net = network(arms(), measure="OR", reference="sham", better="higher")
    with pytest.raises(UnknownOptionError):
        contributions(net, "paths")
    with pytest.raises(UnknownOptionError):
        node_split(net, method="guess")
    with pytest.raises(InvalidInputError):
        rank(net, margin=-1)
    with pytest.raises(InvalidInputError):
        net.index("nobody")
    with pytest.raises(InvalidInputError):
        league_table(net, names=("a", "b"))
    with pytest.raises(InvalidInputError):
        partial_order({})
    with pytest.raises(InvalidInputError):
        components(net, inactive="drug")
    with pytest.raises(InvalidInputError) as error:
        network_regression(net, {"A": 1.0})
    assert error.value.issues[0].row == "B"


def test_disconnected_trials_can_be_assembled_but_not_fitted():
    data = network_data(arms(treatment=["x", "sham", "y", "z"]), measure="OR", reference="sham", better="higher")
    assert len(data.parts) == 2


def test_mantel_haenszel_says_what_it_leaves_out():
    rows = pd.DataFrame(
        {
            "study": ["A", "A", "A", "B", "B", "C", "C"],
            "treatment": ["x", "y", "sham", "x", "sham", "x", "sham"],
            "events": [3, 0, 2, 1, 4, 0, 0],
            "n": [20, 20, 20, 30, 30, 10, 10],
        }
    )
    net = network_mh(rows, reference="sham", better="higher")
    assert [e.study for e in net.data.excluded] == ["C"]
    assert any("y has too few events" in note for note in net.data.notes)
    assert "y" not in net.treatments
