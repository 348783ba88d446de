"""At a prompt every public result says what came out, on at most 20 lines of 100 characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.networks import simulate_network
from tmsmeta.robustness.sensitivity import p_value_curves
from tmsmeta.robustness.simulation import SimulationCell, SimulationSpec
from tmsmeta.words.results import Brief

COUNTS = ([2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146])
LABELS = [f"A study with a rather long label, number {i}" for i in range(6)]
EFFECTS = tm.effects.binary("OR", *COUNTS, study=LABELS)
POOL = tm.pool(EFFECTS)
MANY = tm.effects.generic(np.linspace(0, 1, 300), se=np.linspace(0.1, 0.5, 300), measure="OR")
ARMS = pd.DataFrame(
    {
        "study": list("AABBCCDDDEE"),
        "treatment": list("xyxzyzxyzxy"),
        "events": [5, 8, 3, 9, 6, 7, 9, 4, 8, 5, 6],
        "n": [50] * 11,
    }
)
NET = tm.network(ARMS, measure="OR", reference="x", better="higher")
EVIDENCE = tm.load_evidence()

RESULTS: dict[str, Callable[[], Any]] = {
    "effects": lambda: EFFECTS,
    "many effects": lambda: MANY,
    "single arms": lambda: tm.effects.proportion("PFT", [3, 5, 0], [20, 30, 11]),
    "pool": lambda: POOL,
    "pool of many": lambda: tm.pool(MANY),
    "Mantel-Haenszel": lambda: tm.mantel_haenszel("OR", *COUNTS),
    "Peto": lambda: tm.peto(*COUNTS),
    "GLMM": lambda: tm.glmm(*COUNTS),
    "beta-binomial": lambda: tm.beta_binomial(COUNTS[0], COUNTS[1]),
    "regression": lambda: tm.meta_regression(EFFECTS, "~ x + I(x ** 2)", {"x": [1, 3, 4, 7, 9, 9.5]}),
    "subgroups": lambda: tm.subgroups(EFFECTS, list("aabbcc")),
    "many subgroups": lambda: tm.subgroups(MANY, [f"subgroup {i // 4}" for i in range(300)]),
    "joint": lambda: tm.joint(_joint_effects()),
    "joint effects": lambda: _joint_effects(),
    "multilevel": lambda: tm.multilevel(EFFECTS, list("aabbcc")),
    "interval of tau2": lambda: tm.pool(MANY).tau2_interval(),
    "Q": lambda: POOL.q_test,
    "multiverse": lambda: tm.multiverse({"all": EFFECTS}),
    "GOSH": lambda: tm.gosh(EFFECTS),
    "curves": lambda: p_value_curves(POOL),
    "bootstrap": lambda: tm.bootstrap(EFFECTS, replicates=50),
    "permutation": lambda: tm.permutation_test(EFFECTS),
    "Egger": lambda: tm.egger(EFFECTS),
    "trim and fill": lambda: tm.trim_and_fill(EFFECTS),
    "selection": lambda: tm.selection_model(MANY),
    "funnel": lambda: tm.funnel(MANY),
    "batch": lambda: tm.pool_batch(np.random.default_rng(1).normal(size=(30, 6)), np.ones((30, 6))),
    "simulation": lambda: tm.simulate([SimulationCell(k=3)], SimulationSpec(replicates=20), n_jobs=1, progress=False),
    "network": lambda: NET,
    "ranking": lambda: tm.rank(NET),
    "league": lambda: tm.league_table(NET),
    "contributions": lambda: tm.contributions(NET),
    "decomposition": lambda: tm.decompose(NET),
    "flow": lambda: tm.evidence_flow(NET),
    "partial order": lambda: tm.partial_order({"one": NET, "other": NET}),
    "graph": lambda: tm.geometry(NET),
    "net heat": lambda: tm.net_heat(NET),
    "network data": lambda: NET.data,
    "network report": lambda: tm.networks.network_report(NET),
    "components": lambda: tm.components(NET, inactive="x"),
    "network regression": lambda: tm.network_regression(NET, {"A": 1, "B": 2, "C": 3, "D": 4, "E": 7}),
    "network simulation": lambda: simulate_network(NET, draws=20),
    "number needed": lambda: tm.nnt(POOL, baseline_risk=0.1),
    "risk": lambda: tm.risk_per_1000(POOL, baseline_risk=0.1),
    "risks": lambda: tm.risk_table(POOL, baseline_risks=[0.1, 0.2]),
    "share": lambda: tm.benefit_share(POOL, threshold=1.2),
    "counts": lambda: tm.counts_from_percent(34.5, 56),
    "counts from ratio": lambda: tm.counts_from_ratio("RR", "2.82", ("1.57", "5.09"), n_t=35, n_c=33),
    "interval": lambda: tm.intervals.wilson(3, 10),
    "percent": lambda: tm.check_percent(34.5, 56),
    "evidence": lambda: EVIDENCE,
    "review": tm.load_review,
    "selection of trials": lambda: tm.select(EVIDENCE, tm.Selection(outcome="remission")),
    "ledger": tm.check_claims,
}


def _joint_effects() -> Any:
    other = tm.effects.binary("OR", *(column[::-1] for column in COUNTS), study=LABELS)
    return tm.joint_effects({"one": EFFECTS, "other": other}, correlation=0.5)


@pytest.mark.parametrize("name", list(RESULTS))
def test_a_result_fits_the_screen_and_says_what_came_out(name: str) -> None:
    result = RESULTS[name]()
    text = repr(result)
    lines = text.splitlines()
    assert isinstance(result, Brief)
    assert type(result).__repr__ is Brief.__repr__
    assert lines[0] == f"{type(result).__name__}:"
    assert 2 <= len(lines) <= 20
    assert max(map(len, lines)) <= 100
    assert re.search(r"\d", text)
    assert "array(" not in text
    assert result._repr_html_().startswith(("<p>", "<table"))


def test_estimate_interval_studies_and_heterogeneity_are_in_the_text_and_the_view() -> None:
    for result in (POOL, tm.mantel_haenszel("OR", *COUNTS)):
        text, view = " ".join(repr(result).split()), result._repr_html_()
        estimate, low, high = result.effects.natural.texts(result.estimate, result.ci)
        assert all(said in text for said in (f"{estimate} (95% CI {low} to {high}", "6 studies", "I2"))
        assert all(said in view for said in (estimate, f"{low} to {high}"))
    fit = tm.meta_regression(EFFECTS, "~ x", {"x": range(6)})
    assert f"x {fit.beta[1]:.3f} (" in " ".join(repr(fit).split())
    assert "Coefficients: Intercept" in " ".join(repr(fit).split())


def test_a_large_result_shows_no_table_in_a_notebook() -> None:
    assert "<table" not in tm.gosh(EFFECTS)._repr_html_()
    assert "<table" in EFFECTS._repr_html_()


def test_a_table_in_a_notebook_counts_people_to_the_last_one() -> None:
    effects = tm.effects.binary("RR", [186, 27], [50634, 16913], [141, 29], [27338, 17854.0])
    shown = effects._repr_html_()
    assert "<td>50634</td>" in shown
    assert "<td>17854</td>" in shown
    assert "e+0" not in shown
