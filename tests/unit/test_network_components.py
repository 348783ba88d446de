"""Component models beside networks: league tables, graphs, and what they say of themselves."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import tmsmeta as tm
from tmsmeta.errors import NotAssessable
from tmsmeta.networks import components, league_table, network, network_data

ROWS = [("1", "A", 9, 40), ("1", "P", 4, 40), ("2", "A+B", 12, 40), ("2", "A", 8, 40), ("3", "A+B", 14, 50),
        ("3", "B", 9, 50), ("4", "B", 9, 50), ("4", "P", 6, 50)]  # fmt: skip
OPTIONS = {"measure": "OR", "reference": "P", "better": "higher"}


def frame(rows=ROWS):
    return pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])


@pytest.fixture
def model():
    return components(network(frame(), **OPTIONS), inactive="P")


def test_the_league_table_of_a_component_model_holds_its_effects(model):
    table = league_table(model).frame.set_index(["row", "column"])
    for pair in (("A+B", "P"), ("A", "B"), ("P", "A")):
        estimate, se = model.effect(*pair)
        assert table.loc[pair, "estimate"] == pytest.approx(estimate)
        assert table.loc[pair, "se"] == pytest.approx(se)
    # the sum of the parts, by construction
    assert table.loc[("A+B", "P"), "estimate"] == pytest.approx(
        table.loc[("A", "P"), "estimate"] + table.loc[("B", "P"), "estimate"]
    )
    assert table.loc[("A", "P"), "trials"] == 1
    assert 0 < table.loc[("A", "P"), "direct_share"] < 1
    assert table.loc[("A", "B"), "direct_share"] == 0
    assert "odds ratio with 95% confidence interval" in league_table(model).header
    assert league_table(model).treatments[0] == "A+B"


def test_a_component_model_without_combinations_has_the_league_of_its_network():
    net = network(frame([r for r in ROWS if r[0] in "14"]), **OPTIONS)
    mine, whole = league_table(components(net, inactive="P")), league_table(net)
    assert mine.treatments == whole.treatments
    for name in ("estimate", "se", "direct_share", "trials"):
        np.testing.assert_allclose(mine.frame[name], whole.frame[name], atol=1e-12)


def test_what_the_trials_do_not_separate_is_not_assessable_in_the_league():
    data = network_data(
        frame([("1", "A", 9, 40), ("1", "P", 4, 40), ("2", "B+C", 12, 40), ("2", "B", 8, 40)]), **OPTIONS
    )
    table = league_table(components(data, inactive="P"))
    assert table.treatments == ("A", "B", "B+C", "P")
    assert table.text_matrix().loc["B", "P"] == "not assessable"
    assert "not assessable" not in table.text_matrix().loc["A", "P"]


def test_additivity_costs_what_it_adds_to_q(model):
    """Q of the additive model is that of the network and the difference, and so are the degrees of freedom."""
    net = network(frame(), **OPTIONS)
    assert model.q == pytest.approx(net.q + model.q_difference, rel=1e-12)
    assert model.q_df == net.q_df + model.q_difference_df
    assert model.q_p == pytest.approx(chi2.sf(model.q, model.q_df), rel=1e-12)
    assert model.q_difference_p == pytest.approx(chi2.sf(model.q_difference, model.q_difference_df), rel=1e-12)
    tight = components(network(frame([r for r in ROWS if r[0] in "14"]), **OPTIONS), inactive="P")
    assert tight.q_df == 0
    assert tight.q_p == NotAssessable("Q test", "0 degrees of freedom")


def test_component_models_are_drawn(model):
    for axes in (tm.figures.network_graph(model), tm.figures.league_heat(league_table(model))):
        assert axes.figure is not None
    plt.close("all")


def test_a_component_model_says_itself_in_a_few_lines(model):
    said = " ".join(repr(model).split())
    assert len(repr(model).splitlines()) <= 20
    assert "Odds ratio of adding each component (95% CI): A " in said
    assert "Additivity: Q = " in said
    assert "P was taken to have no effect" in model.methods_sentence()
