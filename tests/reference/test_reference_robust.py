"""Cluster-robust pools and meta-regressions against metafor's robust() and clubSandwich.

Tolerance: rma leaves tau2 at 1e-12 of its scale; what is compared is smooth in it.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import reference

from tmsmeta import effects, meta_regression, pool, subgroups

DATA, WANTED = reference("multivariate")["levels"], reference("robust")
NAMES = list(DATA)
CLOSE = {"rtol": 1e-6}


def rows(name):
    data = DATA[name]
    return effects.generic(data["yi"], vi=data["vi"]), [str(label) for label in data["outer"]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("part", "tau2"), [("pool", "REML"), ("DL", "DL")])
def test_pools_agree_with_metafor_and_club_sandwich(name, part, tau2):
    e, outer = rows(name)
    wanted = WANTED[name][part]
    found = {kind: pool(e, tau2=tau2, cluster=outer, robust=kind) for kind in ("CR0", "CR1", "CR2")}
    for kind, one in found.items():
        np.testing.assert_allclose([one.estimate, one.se], [wanted["b"], wanted[kind]], **CLOSE)
    np.testing.assert_allclose(
        [*found["CR1"].ci, found["CR1"].df], [wanted["low"], wanted["high"], wanted["df"]], **CLOSE
    )
    np.testing.assert_allclose([found["CR1"].p_value], wanted["p"], rtol=1e-5)
    np.testing.assert_allclose([found["CR2"].df, found["CR2"].p_value], [wanted["CR2_df"], wanted["CR2_p"]], rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_regressions_agree_with_metafor_and_club_sandwich(name):
    e, outer = rows(name)
    place = [f"p{(i + 1) % 3}" for i in range(e.k)]
    wanted = WANTED[name]["regression"]
    for kind in ("CR0", "CR1", "CR2"):
        found = meta_regression(e, "~ C(place)", {"place": place}, cluster=outer, robust=kind)
        np.testing.assert_allclose(found.beta, wanted["b"], **CLOSE)
        np.testing.assert_allclose(found.se, wanted[kind], **CLOSE)
        if kind == "CR1":
            np.testing.assert_allclose(found.p_value, wanted["p"], rtol=1e-5)
            np.testing.assert_allclose([found.qm, found.qm_p], [wanted["QM"], wanted["QMp"]], rtol=1e-5)
        if kind == "CR2":
            np.testing.assert_allclose(found.df, wanted["CR2_df"], **CLOSE)
            np.testing.assert_allclose(found.p_value, wanted["CR2_p"], rtol=1e-5)
            test = [found.qm, found.qm_df_residual, found.qm_p]
            np.testing.assert_allclose(test, [wanted["F"], wanted["F_df"], wanted["F_p"]], rtol=1e-5)
            # the test between subgroups with one tau2 is that of the regression on them
            groups = subgroups(e, place, common_tau2=True, cluster=outer)
            np.testing.assert_allclose([groups.statistic, groups.df_residual, groups.p_value], test, rtol=1e-8)
