"""A protocol in sentences, each with whether ``review.toml`` states it or it is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tmsmeta.errors import InvalidInputError
from tmsmeta.networks import NetworkSpec
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.network_spec import ReviewNetworkSpec
from tmsmeta.review.protocol import Comparison, Network, Pooling
from tmsmeta.words.glossary import NETWORK_QUANTILES, QUANTILES, ZERO_CELLS, interval_name
from tmsmeta.words.names import inside, listed

_PREDICTION = {**QUANTILES, **NETWORK_QUANTILES}


def protocol_sentences(evidence: Evidence) -> list[str]:
    """What the protocol states, and what it leaves open with the default that was used instead."""
    protocol = evidence.protocol
    comparison, pooling = protocol.comparison, protocol.pooling
    searched = f"Last search: {protocol.searched}." if protocol.searched else "No day of a last search is stated."
    return [
        *([protocol.question] if protocol.question else []),
        *([f"Authors: {listed(protocol.authors)}."] if protocol.authors else []),
        searched,
        f"Control: {inside(evidence.treatment_label(evidence.control))}{_mark(comparison, Comparison(), 'control')}. "
        f"{_active(evidence)}",
        f"Outcomes: {_outcomes(evidence)}{_default(not protocol.outcomes)}.",
        f"Selections: {listed(protocol.selection_names)}{_default(not protocol.selections)}; "
        f"the main one: {evidence.selection().describe()}.",
        f"Main measure: {pooling.measure}{_mark(pooling, Pooling(), 'measure')}; further measures: "
        f"{listed(pooling.further_measures) or 'none'}{_mark(pooling, Pooling(), 'further_measures')}; zero cells: "
        f"{_corrected(pooling.zero_cells)}{_mark(pooling, Pooling(), 'zero_cells')}.",
        _pooling_model(evidence),
        _network(evidence),
    ]


def _default(is_default: bool) -> str:
    return " (default)" if is_default else ""


def _mark(given: object, default: object, name: str) -> str:
    return _default(getattr(given, name) == getattr(default, name))


def _active(evidence: Evidence) -> str:
    if not evidence.protocol.comparison.active:
        return "Active treatment: every other treatment (default)."
    names = [inside(evidence.treatment_label(node)) for node in evidence.nodes if evidence.is_active(node)]
    return f"Active treatment: {listed(list(dict.fromkeys(names)))}."


def _corrected(zero_cells: str) -> str:
    return "no correction" if zero_cells == "none" else f"a correction of {ZERO_CELLS[zero_cells]}"


def _outcomes(evidence: Evidence) -> str:
    return listed([f"{outcome} ({_direction(evidence, outcome)})" for outcome in evidence.outcome_names])


def _direction(evidence: Evidence, outcome: str) -> str:
    try:
        return f"{evidence.better(outcome)} is better"
    except InvalidInputError:
        return "no direction stated"


def _pooling_model(evidence: Evidence) -> str:
    pooling, spec = evidence.protocol.pooling, evidence.protocol.pooling_spec()
    if pooling.profile:
        return f"Pooling by the profile {pooling.profile.upper()}."
    names = ("tau2", "ci", "level", "prediction")
    return f"Pooling: {_choices({name: getattr(spec, name) for name in names}, pooling.model)}."


def _network(evidence: Evidence) -> str:
    network = evidence.protocol.network
    chosen = ReviewNetworkSpec().filled_in(evidence)
    model = NetworkSpec(**network.model)
    names = ("tau2", "ci", "level", "prediction")
    nodes = "every treatment a node of its own" if not network.lumpings else f"nodes merged as {chosen.lumping}"
    others = list(network.lumpings)[1:]
    sensitivity = f"; as sensitivity analyses: {listed(others)}" if others else ""
    return (
        f"Network: reference {chosen.reference}{_mark(network, Network(), 'reference')}; measure {chosen.measure}"
        f"{_mark(network, Network(), 'measure')}; {nodes}{_default(not network.lumpings)}{sensitivity}; "
        f"{_choices({name: getattr(model, name) for name in names}, network.model)}."
    )


def _choices(values: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    return ", ".join(f"{_choice(name, value)}{_default(name not in given)}" for name, value in values.items())


def _choice(name: str, value: Any) -> str:
    if name == "tau2":
        return f"tau2 {value}"
    if name == "ci":
        return f"interval {interval_name(value)}"
    if name == "level":
        return f"level {value:.4g}"
    return "no prediction interval" if value == "none" else f"prediction by {_PREDICTION[value]}"
