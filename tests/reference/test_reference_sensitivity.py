"""Leave-one-out, cumulative analysis, influence diagnostics and Baujat coordinates against metafor.

Tolerances: 1e-8 relative, the accuracy asked for. The iterative estimators of metafor stop when tau2 moves by less
than 1e-12 in absolute terms; on risk and arcsine differences tau2 is about 1e-3 to 1e-5, so everything that depends on
it is compared to 1e-7 there (1e-6 on one data set), and tau2 itself to 5e-12 absolute.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import numbers, reference, same

from tmsmeta import effects
from tmsmeta.robustness.sensitivity import baujat, cumulative, influence, leave_one_out

DATASETS = ["bcg", "nielweise2007", "hine1989", "collins1985b_pre", "li2007"]
CASES = [(name, m) for name in DATASETS for m in ("RR", "OR", "RD", "AS", "PETO")]
CI = {"z": "z", "knha": "hksj"}
# differences of nearly equal estimates (DFFITS, DFBETAS, Cook's distance, Baujat's y) lose what they cancel
CANCELLED = 1e-11


def studies(name, measure):
    block = reference(f"pairwise_{name}")["measures"][measure]
    yi, vi = numbers(block["yi"]), numbers(block["vi"])
    ok = np.isfinite(yi) & np.isfinite(vi)
    return effects.generic(yi[ok], vi=vi[ok]), block


def tolerance(name, measure):
    """1e-8; more where metafor's absolute threshold stops its search for a tau2 of about 1e-5 early."""
    if (name, measure) == ("nielweise2007", "RD"):
        return 1e-6  # tau2 of the reference is 3.7e-7 off the root in 40-digit arithmetic, ours 2e-14
    return 1e-7 if measure in ("RD", "AS") else 1e-8


@pytest.mark.parametrize(("name", "measure"), CASES)
def test_leave_one_out(name, measure):
    data, block = studies(name, measure)
    found, wanted, rtol = leave_one_out(data, ci="z"), block["leave1out"], tolerance(name, measure)
    same(found["estimate"], wanted["est"], rtol)
    same(found["se"], wanted["se"], rtol)
    same(found["q"], wanted["Q"], 1e-10)
    same(found["tau2"], wanted["tau2"], rtol, atol=5e-12)
    same(found["i2"], wanted["I2"], rtol, atol=1e-6)
    assert (found["note"] == "").all()


@pytest.mark.parametrize(("name", "measure"), CASES)
def test_cumulative(name, measure):
    data, block = studies(name, measure)
    found, wanted, rtol = cumulative(data, ci="z"), block["cumul"], tolerance(name, measure)
    # metafor's REML search did not converge in two rows of nielweise2007, which it leaves blank
    there = np.isfinite(numbers(wanted["est"]))
    assert there.sum() >= data.k - 2
    same(found["estimate"][there], numbers(wanted["est"])[there], rtol)
    same(found["se"][there], numbers(wanted["se"])[there], rtol)
    same(found["tau2"][there], numbers(wanted["tau2"])[there], rtol, atol=5e-12)
    assert found["estimate"].notna().all()
    assert found["k"].tolist() == list(range(1, data.k + 1))


@pytest.mark.parametrize(("name", "measure"), CASES)
def test_influence(name, measure):
    data, block = studies(name, measure)
    found, wanted = influence(data, ci="z"), block["influence"]
    rtol = tolerance(name, measure)
    for ours, theirs in {"rstudent": "rstudent", "cov_ratio": "covr", "hat": "hat"}.items():
        same(found[ours], wanted[theirs], rtol, what=ours)
    for ours, theirs in {"dffits": "dffits", "cooks_distance": "cook"}.items():
        same(found[ours], wanted[theirs], rtol, what=ours, atol=1e-9 if rtol > 1e-8 else CANCELLED)


@pytest.mark.parametrize("key", [f"{m}.{t}" for m in ("FE", "DL", "REML", "PM") for t in ("z", "knha")])
@pytest.mark.parametrize("measure", ["RR", "OR"])
@pytest.mark.parametrize("name", DATASETS)
def test_diagnostics_of_other_estimators_and_hartung_knapp(name, measure, key):
    block = reference(f"sensitivity_{name}")["measures"][measure]
    data = effects.generic(block["yi"], vi=block["vi"])
    tau2, test = key.split(".")
    wanted = block["influence"][key]
    found = influence(data, tau2=tau2, ci=CI[test])
    columns = {
        "rstudent": "rstudent",
        "dffits": "dffits",
        "cooks_distance": "cook",
        "cov_ratio": "covr",
        "q_deleted": "q_del",
        "hat": "hat",
        "weight": "hat",
        "dfbetas": "dfbs",
    }
    for ours, theirs in columns.items():
        same(found[ours], wanted[theirs], 1e-8, what=f"{key} {ours}", atol=CANCELLED)
    same(found["tau2_deleted"], wanted["tau2_del"], 1e-8, atol=5e-12)
    assert found["influential"].tolist() == list(wanted["inf"])
    coordinates = baujat(data, tau2=tau2, ci=CI[test])
    same(coordinates["x"], wanted["baujat_x"], 1e-8, atol=CANCELLED)
    same(coordinates["y"], wanted["baujat_y"], 1e-8, atol=CANCELLED)
    left_out = leave_one_out(data, tau2=tau2, ci=CI[test])
    limits = {"estimate": "est", "se": "se", "ci_low": "ci_lb", "ci_high": "ci_ub", "p_value": "pval", "i2": "I2"}
    for ours, theirs in limits.items():
        same(left_out[ours], wanted["leave1out"][theirs], 1e-8, what=f"{key} {ours}", atol=1e-10)
