"""Multi-arm trials: arms whose variance cannot be, and what is called indirect evidence."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta import NotAssessable
from tmsmeta.figures import contribution_map, node_split_forest
from tmsmeta.networks import contributions, evidence_flow, hat_matrix, linkage, network_from_contrasts, node_split


@pytest.fixture
def negative():
    """Trial S10 has variances 0.0455, 0.0289 and 0.1398: (0.0455 + 0.0289 - 0.1398) / 2 = -0.0327 for the arm b."""
    rows = [
        ("S7", "a", "Control", -1.318, 0.290),
        ("S9", "b", "Control", -0.834, 0.221),
        ("S11", "c", "Control", -1.5, 0.3),
        ("S10", "b", "c", 1.2587150, 0.2132226),
        ("S10", "b", "Control", -0.6531304, 0.1700709),
        ("S10", "c", "Control", -1.9118454, 0.3739463),
    ]
    columns = zip(*rows, strict=True)
    return network_from_contrasts(*columns, reference="Control", measure="SMD", tau2="FE", better="lower")


def test_an_arm_with_a_negative_variance_is_named(negative):
    (note,) = negative.data.notes
    assert note.startswith("S10: its standard errors imply a variance below 0 (-0.0327) for the arm b")
    assert negative.to_dict()["notes"] == [note]
    again = negative.data.trials_frame().query("study != 'S10'")
    clean = network_from_contrasts(
        *(again[c] for c in ("study", "treat1", "treat2", "yi", "se")), reference="Control", better="lower"
    )
    assert clean.data.notes == ()


def test_shares_of_evidence_that_follow_negative_weights_are_not_assessable(negative):
    for found in (contributions(negative), contributions(negative, "shortestpath"), hat_matrix(negative)):
        assert isinstance(found, NotAssessable)
        assert "S10" in found.reason
    assert isinstance(evidence_flow(negative), NotAssessable)
    assert isinstance(linkage(negative, "b", "c").paths, NotAssessable)
    assert "not assessable: the standard errors of S10" in linkage(negative, "b", "c").sentence()
    assert "S10" in contribution_map(contributions(negative)).texts[0].get_text().replace("\n", " ")
    plt.close("all")
    # variance between trials that outweighs the negative arm makes every weight positive
    assert contributions(negative.refit(tau2=0.1)).share.min() >= 0
    # the share of direct evidence is a ratio of two variances and stays one
    share = negative.direct_share.to_numpy()
    assert 0 <= share.min() <= share.max() <= 1


@pytest.fixture
def within():
    """Treatment 4 stands in one trial only, of three arms."""
    rows = [
        ("a", "1", "2", 0.3, 0.1),
        ("b", "1", "2", 0.5, 0.1),
        ("c", "1", "2", 0.1, 0.1414),
        ("c", "1", "4", 0.6, 0.1414),
        ("c", "2", "4", 0.5, 0.1414),
    ]
    return network_from_contrasts(*zip(*rows, strict=True), reference="1", tau2="FE", better="higher")


@pytest.mark.parametrize("method", ["back-calculation", "side-splitting"])
def test_indirect_evidence_from_within_a_multi_arm_trial_is_marked(within, method):
    splits = node_split(within, method=method).set_index(["treat1", "treat2"])["note"]
    for pair in (("4", "1"), ("2", "4")):
        assert splits[pair] == (
            "the indirect side rests on c too, which compares the two directly: no independent loop"
        )
    axes = node_split_forest(node_split(within, method=method), within)
    assert any("4 vs 1: the indirect side" in t.get_text().replace("\n", " ") for t in axes.figure.findobj(plt.Text))
    plt.close("all")


def test_several_multi_arm_trials_are_plural_in_the_note(within):
    more = [("d", "1", "2", 0.2, 0.2), ("d", "1", "4", 0.6, 0.2), ("d", "2", "4", 0.4, 0.2)]
    frame = within.data.trials_frame()
    rows = [*frame[["study", "treat1", "treat2", "yi", "se"]].itertuples(index=False, name=None), *more]
    net = network_from_contrasts(*zip(*rows, strict=True), reference="1", tau2="FE", better="higher")
    notes = node_split(net).set_index(["treat1", "treat2"])["note"]
    assert notes[("4", "1")] == (
        "the indirect side rests on c and d too, which compare the two directly: no independent loop"
    )


def test_an_independent_loop_is_not_marked(within):
    """A trial of 2 against 4 and one of 1 against 4 close loops of their own."""
    frame = within.data.trials_frame()
    more = [("d", "2", "4", 0.4, 0.2), ("e", "1", "4", 0.5, 0.2)]
    rows = [*frame[["study", "treat1", "treat2", "yi", "se"]].itertuples(index=False, name=None), *more]
    net = network_from_contrasts(*zip(*rows, strict=True), reference="1", tau2="FE", better="higher")
    assert set(node_split(net)["note"]) == {""}


def test_direct_trials_are_counted_once(within):
    wanted = np.array([[0, 3, 1], [3, 0, 1], [1, 1, 0]])
    np.testing.assert_array_equal(within.direct_trials, wanted)
    assert dict(zip(*[tm.league_table(within).frame[c] for c in ("row", "trials")], strict=True))["4"] == 1


def test_one_trial_is_singular_in_the_note_of_the_forest():
    net = network_from_contrasts(["s"], ["a"], ["b"], [0.3], [0.1], reference="b", better="higher")
    axes = tm.figures.network_forest(net)
    said = " ".join(t.get_text() for t in axes.figure.findobj(plt.Text))
    assert "1 trial;" in said
    assert "1 trials" not in said
    plt.close("all")
