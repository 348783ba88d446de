"""Tests of asymmetry, trim and fill and the selection model against metafor and meta.

Closed formulas agree to 1e-10 and better. Trim and fill refits with metafor's default threshold, about seven digits, so
its REML results are compared to 2e-5; those by FE and DL, which do not iterate, to 1e-10. The selection model is
compared through its likelihood, which must not be lower than metafor's, and to 1e-4 in its parameters, since BFGS stops
where the likelihood is flat.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import numbers, reference, same

from tmsmeta import NotAssessable, effects
from tmsmeta.pooling.heterogeneity import DesignModel
from tmsmeta.pooling.heterogeneity.likelihood import log_likelihood
from tmsmeta.robustness.smallstudy import begg, deeks, egger, harbord, peters, selection_model, trim_and_fill

DATASETS = ["bcg", "nielweise2007", "hine1989", "collins1985b_pre", "li2007"]
MEASURES = ["RR", "OR", "RD", "AS", "PETO"]
CLOSED = 1e-10
ON_COUNTS = {"Harbord": harbord, "Peters": peters, "Deeks": deeks}


def studies(block):
    yi, vi = numbers(block["yi"]), numbers(block["vi"])
    ok = np.isfinite(yi) & np.isfinite(vi)
    return effects.generic(yi[ok], vi=vi[ok])


def counts(name):
    data = reference(f"pairwise_{name}")["data"]
    return data["ai"], data["n1i"], data["ci"], data["n2i"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", DATASETS)
def test_egger_and_begg(name, measure):
    block = reference(f"pairwise_{name}")["measures"][measure]
    line, rank = egger(studies(block)), begg(studies(block))
    same(line.statistic, block["egger"]["stat"], CLOSED)
    same(line.p_value, block["egger"]["pval"], CLOSED)
    same(line.intercept, block["egger"]["est"], CLOSED)
    same(rank.estimate, block["begg"]["tau"], CLOSED, atol=1e-14)
    same(rank.p_value, block["begg"]["pval"], CLOSED)


@pytest.mark.parametrize("test", ON_COUNTS)
@pytest.mark.parametrize("name", DATASETS)
def test_tests_on_counts(name, test):
    wanted = reference(f"pairwise_{name}")["metabias"][test]
    events_t, n_t, events_c, n_c = counts(name)
    from_counts = ON_COUNTS[test](events_t, n_t, events_c, n_c)
    from_effects = ON_COUNTS[test](effects.binary("RD", events_t, n_t, events_c, n_c))
    for found in (from_counts, from_effects):
        same(found.statistic, wanted["stat"], CLOSED)
        same(found.p_value, wanted["pval"], CLOSED)
        same(found.estimate, wanted["bias"], CLOSED)


@pytest.mark.parametrize("name", DATASETS)
def test_egger_of_package_meta(name):
    """meta leaves out studies without events, or with only events, in both arms."""
    wanted = reference(f"pairwise_{name}")["metabias"]["Egger"]
    found = egger(effects.binary("OR", *counts(name), drop_double_zero=True))
    same(found.statistic, wanted["stat"], CLOSED)
    same(found.p_value, wanted["pval"], CLOSED)
    same(found.estimate, wanted["bias"], CLOSED)


@pytest.mark.parametrize("key", [f"{m}.{t}" for m in ("DL", "REML", "ML") for t in ("z", "t", "knha")])
@pytest.mark.parametrize("measure", ["RR", "OR"])
@pytest.mark.parametrize("name", DATASETS)
def test_mixed_effects_egger(name, measure, key):
    block = reference(f"sensitivity_{name}")["measures"][measure]
    wanted = block["regtest_rma"][key]
    tau2, test = key.split(".")
    data = studies(block)
    found = egger(data, "mixed", tau2=tau2, ci={"knha": "hksj"}.get(test, test))
    if (name, measure, tau2) == ("li2007", "OR", "ML"):
        # the likelihood has a maximum at 0, where metafor stays, and a higher one at 0.0108
        model = DesignModel(data.yi, data.vi, np.column_stack([np.ones(data.k), data.se]))
        ours, theirs = (log_likelihood(model, t, "ML") for t in (found.tau2, wanted["tau2"]))
        assert wanted["tau2"] == 0
        assert ours - theirs == pytest.approx(0.00768, abs=1e-5)
        return
    same(found.statistic, wanted["stat"], 1e-8)
    same(found.p_value, wanted["pval"], 1e-8)
    same(found.intercept, wanted["limit"], 1e-8)
    same(found.estimate, wanted["bias"], 1e-8)
    same(found.se, wanted["se"], 1e-8)
    same(found.tau2, wanted["tau2"], 1e-8, atol=5e-12)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", DATASETS)
def test_trim_and_fill(name, measure):
    block = reference(f"pairwise_{name}")["measures"][measure]
    found, wanted = trim_and_fill(studies(block), tau2="DL", ci="z"), block["trimfill_DL"]
    assert (found.k0, found.side) == (wanted["k0"], wanted["side"])
    same(found.pooled.estimate, wanted["b"], CLOSED)
    same(found.pooled.se, wanted["se"], CLOSED)
    same(found.pooled.tau2, wanted["tau2"], CLOSED, atol=1e-16)


@pytest.mark.parametrize("measure", ["RR", "OR"])
@pytest.mark.parametrize("name", DATASETS)
def test_trim_and_fill_by_either_estimator_on_either_side(name, measure):
    block = reference(f"sensitivity_{name}")["measures"][measure]
    for key, wanted in block["trimfill"].items():
        tau2, estimator, side = key.split(".")
        given = None if side == "auto" else side
        found = trim_and_fill(studies(block), side=given, estimator=estimator, tau2=tau2, ci="z")
        assert found.k0 == wanted["k0"], key
        if given is None:
            assert found.side == wanted["side"], key
            continue
        rtol = 2e-5 if tau2 == "REML" else CLOSED
        same(found.pooled.estimate, wanted["b"], rtol, what=key)
        same(found.pooled.se, wanted["se"], rtol, what=key)
        same(
            np.sort(found.filled.yi[found.is_filled]),
            np.sort(np.atleast_1d(wanted["yi_fill"])),
            rtol,
            what=key,
            atol=1e-6,
        )


SELECTION = reference("selmodel")["sets"]


@pytest.mark.parametrize(("name", "key"), [(n, key) for n, s in SELECTION.items() for key in s["fits"]])
def test_selection_model(name, key):
    data = effects.generic(SELECTION[name]["yi"], vi=SELECTION[name]["vi"])
    wanted = SELECTION[name]["fits"][key]
    if "error" in wanted:
        direction, steps, method = key.split("|")
        found = selection_model(data, [float(s) for s in steps.split("_")], direction, tau2=method)
        assert isinstance(found, NotAssessable) or found.converged
        return
    weights = wanted["given"] or None
    steps = np.atleast_1d(wanted["steps"])
    found = selection_model(data, steps, wanted["alternative"], tau2=wanted["method"], weights=weights)
    assert found.converged
    assert found.log_likelihood >= wanted["ll"] - 1e-11 * abs(wanted["ll"])
    # where metafor's fit is further from the maximum its parameters are, too, by about the square root of that
    slack = 1e-4 + 3 * np.sqrt(max(0.0, found.log_likelihood - wanted["ll"]))
    same(found.estimate, wanted["b"], slack)
    same(found.se, wanted["se"], slack)
    same(found.tau2, wanted["tau2"], slack, atol=1e-9)
    same(found.weights, wanted["delta"], slack)
    if weights is None:
        same(found.weights_se[1:], numbers(wanted["se_delta"])[1:], slack)
        same(found.lrt, wanted["LRT"], 1e-6, atol=1e-8)
        assert found.lrt_df == wanted["LRTdf"]
        same(found.lrt_p, wanted["LRTp"], 1e-6)
    if wanted["se_tau2"] is not None:
        same(found.tau2_se, wanted["se_tau2"], slack)
    else:
        assert isinstance(found.tau2_se, NotAssessable)
