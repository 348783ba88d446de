"""A quoted ratio of one treatment against another, against the network of trials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.checks.pooled import published_ratio, ratio_agrees, ratio_verdict
from tmsmeta.review.claims.checks.ranking import (
    fitted_networks,
    measure_faults,
    measure_of,
    network_ratio_of,
    network_spec,
    treatment_faults,
)
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.review.claims.question import Case, Check
from tmsmeta.words.names import inside

NETWORK_RATIO_RULE = (
    "A network is fitted for each outcome (the main selection and measure of the review unless the claim names another "
    "measure; with contrasts among the keys also trials known by ratio only), and gives the ratio of the one treatment "
    "against the other. With a quoted ratio: reproduced when it lies in every interval, holds only under the outcomes "
    "where it does, else differs. Without one the claim is that the first does better: reproduced when every interval "
    "keeps to the side of 1 that is better for people, holds only under the outcomes for which it does, differs when "
    "none does. Printed ratios stand beside it."
)


def network_ratio(case: Case) -> Finding:
    """Whether a network of the trials gives the quoted ratio of two treatments."""
    pair = case.option("node", ""), case.option("against", "")
    networks = fitted_networks(case, pair)
    fitted = {found.spec.outcome: network_ratio_of(case, found, *pair) for found in networks.fitted}
    figures = [_judged(case, outcome, fitted.get(outcome), pair) for outcome in case.outcomes()]
    published = case.rows("published")
    rows = [*networks.rows, *(row.evidence(used=False) for row in published)]
    specs = [network_spec(case, outcome).to_dict() for outcome in case.outcomes()]
    finding = partial(case.finding, rows=rows, spec={"node": pair[0], "against": pair[1], "networks": specs})
    others = [published_ratio(case, row) for row in published]
    return ratio_verdict(case, measure_of(case), figures, others, list(networks.faults), finding)


def _judged(case: Case, outcome: str, figure: Recomputed | None, pair: tuple[str, str]) -> Recomputed:
    if figure is None or figure.low is None or figure.high is None:
        node, against = (case.treatment(name) for name in pair)
        label = f"{case.outcome(outcome)}, {node} against {inside(against)}"
        return Recomputed(label=label, value=NotAssessable("ratio", "no network has both"), unit="ratio")
    return replace(figure, agrees=ratio_agrees(case, outcome, figure.low, figure.high))


def _faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.outcomes():
        yield "evidence", "must name an outcome of arms, as arms:OUTCOME, for network_ratio."
    yield from treatment_faults(case, "node")
    yield from treatment_faults(case, "against")
    if case.option("node", "") == case.option("against", ""):
        yield "parameters", "must name two different treatments as node and against."
    yield from measure_faults(case)


CHECKS = (Check(name="network_ratio", rule=NETWORK_RATIO_RULE, run=network_ratio, faults=_faults),)
