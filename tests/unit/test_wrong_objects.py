"""A result, a table or a text where another object is wanted is a typed error that says what would be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import tmsmeta as tm

EFFECTS = tm.effects.generic([0.1, 0.2, 0.3], se=[0.1, 0.1, 0.2], study=["A", "B", "C"])
OF_EFFECTS: dict[str, Callable[[Any], object]] = {
    "pool": tm.pool,
    "subgroups": lambda it: tm.subgroups(it, ["a", "a", "b"]),
    "meta_regression": lambda it: tm.meta_regression(it, "~ x", {"x": [1, 2, 3]}),
    "location_scale": lambda it: tm.location_scale(it, "~ x", "~ x", {"x": [1, 2, 3]}),
    "multilevel": lambda it: tm.multilevel(it, ["a", "a", "b"]),
    "leave_one_out": tm.leave_one_out,
    "leave_k_out": lambda it: tm.leave_k_out(it, 1),
    "cumulative": tm.cumulative,
    "influence": tm.influence,
    "baujat": tm.baujat,
    "gosh": tm.gosh,
    "bootstrap": tm.bootstrap,
    "permutation_test": tm.permutation_test,
    "profile_likelihood": tm.profile_likelihood,
    "egger": tm.egger,
    "begg": tm.begg,
    "thompson_sharp": tm.thompson_sharp,
    "selection_model": tm.selection_model,
    "funnel": tm.funnel,
    "trim_and_fill": tm.trim_and_fill,
}
OF_NETWORKS: dict[str, Callable[[Any], object]] = {
    "components": tm.components,
    "contributions": tm.contributions,
    "decompose": tm.decompose,
    "evidence_flow": tm.evidence_flow,
    "geometry": tm.geometry,
    "league_table": tm.league_table,
    "net_heat": tm.net_heat,
    "network_regression": lambda it: tm.network_regression(it, {"A": 1.0}),
    "node_split": tm.node_split,
    "partial_order": lambda it: tm.partial_order({"response": it}),
    "rank": tm.rank,
    "comparison_adjusted_funnel": tm.comparison_adjusted_funnel,
}
OF_POOLED: dict[str, Callable[[Any], object]] = {
    "nnt": lambda it: tm.nnt(it, baseline_risk=0.2),
    "risk_per_1000": lambda it: tm.risk_per_1000(it, baseline_risk=0.2),
    "benefit_share": lambda it: tm.benefit_share(it, threshold=1.0),
}


@pytest.fixture
def net() -> tm.NetworkMeta:
    arms = pd.DataFrame({"study": list("AABB"), "treatment": list("PXPY"), "events": [3, 9, 4, 8], "n": [30] * 4})
    return tm.network(arms, measure="OR", reference="P", better="lower")


def wrong(*more: object) -> list[object]:
    return [pd.DataFrame({"yi": [0.1, 0.2]}), "text", 5, *more]


@pytest.mark.parametrize("name", OF_EFFECTS)
def test_functions_of_effects(name: str, net: tm.NetworkMeta) -> None:
    for it in wrong(tm.pool(EFFECTS), net):
        with pytest.raises(tm.InvalidInputError, match=r"`effects`: must be effect sizes.*Got '"):
            OF_EFFECTS[name](it)


@pytest.mark.parametrize("name", OF_NETWORKS)
def test_functions_of_networks(name: str) -> None:
    for it in wrong(tm.pool(EFFECTS), EFFECTS):
        with pytest.raises(tm.InvalidInputError, match=r"must be a fitted network.*Got '"):
            OF_NETWORKS[name](it)


@pytest.mark.parametrize("name", ["contributions", "decompose", "net_heat", "node_split"])
def test_a_component_model_has_no_answers_of_a_network(name: str, net: tm.NetworkMeta) -> None:
    with pytest.raises(tm.InvalidInputError, match="Got 'ComponentMeta'"):
        OF_NETWORKS[name](tm.components(net, inactive="P"))


@pytest.mark.parametrize("name", OF_POOLED)
def test_functions_of_a_pooled_effect(name: str, net: tm.NetworkMeta) -> None:
    for it in wrong(net, EFFECTS):
        with pytest.raises(tm.InvalidInputError, match="`pooled`: must be a pooled effect"):
            OF_POOLED[name](it)


@pytest.mark.parametrize("test", [tm.harbord, tm.peters, tm.deeks])
def test_counts_that_are_no_counts(test: Callable[..., object]) -> None:
    with pytest.raises(tm.InvalidInputError, match="events_t"):
        test(["a", "b", "c"], [10, 10, 10], [1, 2, 3], [10, 10, 10])


def test_a_column_in_the_place_of_the_measure() -> None:
    column = pd.Series([1, 2, 3])
    with pytest.raises(tm.UnknownOptionError, match=r"`measure` argument must be one of 'OR', .*Got 'Series'"):
        tm.mantel_haenszel(column, column, column, column, column)  # type: ignore[arg-type]
