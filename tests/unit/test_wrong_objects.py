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

OF_EVIDENCE: dict[str, Callable[[Any], object]] = {
    "review_network": tm.review.review_network,
    "network_sensitivity": tm.review.network_sensitivity,
    "risk_sensitivity": tm.review.risk_sensitivity,
    "published_networks": tm.review.published_networks,
    "evidence_multiverse": tm.evidence_multiverse,
    "select": lambda it: tm.select(it, tm.Selection(outcome="response")),
    "select_arms": lambda it: tm.select_arms(it, tm.Selection(outcome="response")),
    "claims_of": tm.claims.claims_of,
    "read_claims": lambda it: tm.read_claims("claims.csv", it),
    "check_claims": lambda it: tm.check_claims([], it),
}
OF_ANOTHER_KIND: dict[str, tuple[Callable[[Any], object], str]] = {
    "combine": (lambda it: tm.effects.combine(EFFECTS, it), "must be effect sizes"),
    "intersect": (lambda it: tm.reconstruct.intersect(it, it), "must be a reconstruction"),
    "moves": (lambda it: tm.profiles.moves(tm.pool(EFFECTS), it), "`b`: must be a pooled effect"),
    "radial": (tm.sensitivity.radial, "must be a pooled effect"),
    "p_value_curves": (tm.sensitivity.p_value_curves, "must be a pooled effect"),
    "simulate": (lambda it: tm.simulate([it]), "must be simulation cells"),
    "leverage": (tm.networks.leverage, "must be a fitted network"),
    "linkage": (lambda it: tm.networks.linkage(it, "A", "B"), "must be a fitted network"),
    "p_scores": (tm.networks.p_scores, "must be a fitted network"),
    "bootstrap_network": (tm.networks.bootstrap_network, "must be a fitted network"),
    "simulate_network": (tm.networks.simulate_network, "must be a fitted network"),
    "fit_network": (tm.networks.fit_network, "must be trials, as network_data"),
    "fit_batch": (lambda it: tm.networks.fit_batch(it, [[1.0]], [1.0]), "must be trials, as network_data"),
    "pseudo_limits": (tm.networks.pseudo_limits, "must be the table that comparison_adjusted_funnel"),
    "rank_stability": (tm.review.rank_stability, "must be the table that network_sensitivity"),
    "select": (lambda it: tm.select(tm.load_evidence(), it), "`selection`: must be a selection"),
    "check": (lambda it: tm.claims.check(it, tm.load_evidence()), "`claim`: must be a claim"),
    "check_claims": (lambda it: tm.check_claims([it]), "`claim`: must be a claim"),
    "html_report": (tm.report.html_report, "must be the run of a review"),
    "write_results": (lambda it: tm.report.write_results(it, "results"), "must be the run of a review"),
    "write_exports": (lambda it: tm.report.write_exports(it, "exports"), "must be a review"),
    "ledger_report": (lambda it: tm.report.ledger_report(it, tm.load_evidence()), "must be a ledger"),
    "save": (lambda it: tm.figures.save(it, "figure"), "must be what a figure function gave"),
    "to_svg": (lambda it: tm.figures.to_svg(it, title="A figure"), "must be what a figure function gave"),
    "inline_svg": (lambda it: tm.figures.inline_svg(it, title="A figure"), "must be an SVG file"),
    "coverage_curves": (tm.figures.coverage_curves, "must be the table that"),
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


@pytest.mark.parametrize("name", OF_EVIDENCE)
def test_functions_of_evidence(name: str) -> None:
    for it in wrong(tm.load_review()):
        with pytest.raises(tm.InvalidInputError, match=r"`evidence`: must be evidence.*Got '"):
            OF_EVIDENCE[name](it)


@pytest.mark.parametrize("name", OF_ANOTHER_KIND)
def test_functions_of_another_kind_of_object(name: str) -> None:
    ask, message = OF_ANOTHER_KIND[name]
    for it in wrong():
        with pytest.raises(tm.InvalidInputError, match=message):
            ask(it)


@pytest.mark.parametrize("read", [tm.read_evidence, tm.check_evidence, tm.read_review])
def test_a_number_in_the_place_of_a_path(read: Callable[[Any], object]) -> None:
    with pytest.raises(tm.InvalidInputError, match="`path`: must be the path of a folder or a file"):
        read(5)


def test_an_estimator_that_does_not_exist() -> None:
    model = tm.heterogeneity.InterceptModel(EFFECTS.yi, EFFECTS.vi)
    with pytest.raises(tm.UnknownOptionError, match="Got 'XX'"):
        tm.heterogeneity.estimate_tau2(model, "XX")
