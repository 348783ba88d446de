"""Meta-regression and subgroups against metafor and meta.

Tolerance of meta-regression: 1e-8 relative. Both sides solve the same equations; with year as a moderator (about 1960,
next to an intercept) some ten digits survive the linear algebra of either program, and p values lose one more.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import reference, same

from tmsmeta import NotAssessable, effects
from tmsmeta.models.regression import meta_regression, subgroups
from tmsmeta.pooling.heterogeneity import InterceptModel
from tmsmeta.pooling.heterogeneity.likelihood import log_likelihood

BCG = reference("metareg_bcg")
FORMULAS = {"ablat": "~ ablat", "ablat+year": "ablat + year", "alloc": "~ C(alloc)"}
CI = {"z": "z", "knha": "hksj"}


def bcg():
    return effects.generic(BCG["data"]["yi"], vi=BCG["data"]["vi"], measure="RR")


@pytest.mark.parametrize("key", BCG["fits"])
def test_meta_regression_agrees_with_metafor(key):
    moderators, tau2, test = key.rsplit(".", 2)
    columns = {name: BCG["data"][name] for name in ("ablat", "year", "alloc")}
    found = meta_regression(bcg(), FORMULAS[moderators], columns, tau2=tau2, ci=CI[test])
    table, wanted = found.coefficients, BCG["fits"][key]
    pairs = {
        "b": table["estimate"],
        "se": table["se"],
        "stat": table["statistic"],
        "pval": table["p_value"],
        "ci_lb": table["low"],
        "ci_ub": table["high"],
        "tau2": found.tau2,
        "I2": found.i2,
        "H2": found.h2,
        "Q": found.qe,
        "Qp": found.qe_p,
        "QM": found.qm,
        "QMp": found.qm_p,
        "R2": found.r2,
        "loglik": found.log_likelihood,
    }
    for name, value in pairs.items():
        same(value, wanted[name], 1e-8, what=f"{key} {name}")
    if tau2 == "FE":
        assert isinstance(found.tau2_se, NotAssessable)
    else:
        same(found.tau2_se, wanted["se_tau2"], 1e-8, what=f"{key} se_tau2")


def test_subgroups_agree_with_meta():
    """Package meta stops its REML search early, so its tau2 is good to six digits; ours has the higher likelihood.

    The second subgroup holds two studies, where REML has a closed form, and agrees to the last digits.
    """
    wanted = reference("subgroup_bcg")
    found = subgroups(bcg(), BCG["data"]["alloc"], tau2="REML", ci="z")
    assert list(found.pools) == wanted["levels"]
    pools = list(found.pools.values())
    same([p.estimate for p in pools], wanted["TE"], 1e-6)
    same([p.se for p in pools], wanted["se"], 2e-6)
    same([p.tau2 for p in pools], wanted["tau2"], 1e-5)
    same(found.q_between, wanted["Qb"], 1e-6)
    same(found.p_value, wanted["p"], 1e-6)
    assert found.df == wanted["df"]
    same(pools[1].estimate, wanted["TE"][1], 1e-12)
    for pool, tau2 in zip(pools, wanted["tau2"], strict=True):
        model = InterceptModel(pool.effects.yi, pool.effects.vi)
        assert pool.log_likelihood >= log_likelihood(model, tau2, "REML") - 1e-13


BETWEEN = reference("subgroup_f")
INTERVALS = {"knha": "hksj", "adhoc": "hksj-adhoc", "t": "t"}


@pytest.mark.parametrize("common", [False, True])
@pytest.mark.parametrize("row", BETWEEN["results"], ids=lambda r: f"{r['set']}-{r['tau2']}-{r['test']}")
def test_f_between_subgroups_agrees_with_metafor(row, common):
    """rma(yi, vi, mods = ~ factor(group), test = ...) of metafor 3.8-1 (make_subgroup_f.R).

    1e-9 relative; 1e-7 for the iterative estimators, whose tau2 metafor gives to 1e-12 absolute.
    """
    data = BETWEEN["sets"][row["set"]]
    tau2 = "FE" if row["tau2"] == "EE" else row["tau2"]
    given = effects.generic(data["yi"], vi=data["vi"])
    found = subgroups(given, data["group"], tau2=tau2, ci=INTERVALS[row["test"]], common_tau2=common)
    tolerance = 1e-9 if tau2 in ("DL", "FE") else 1e-7
    assert found.test_name == "F"
    same(found.statistic, row["F"], tolerance)
    same(found.p_value, row["p"], tolerance)
    assert [found.df, found.df_residual] == row["df"]


def test_common_tau2_is_that_of_the_factor():
    """The subgroup means of the model with a factor are metafor's coefficients: first level, then differences."""
    wanted = BCG["fits"]["alloc.REML.z"]
    found = subgroups(bcg(), BCG["data"]["alloc"], common_tau2=True, ci="z")
    first, *others = wanted["b"]
    means = {"alternate": first, "random": first + others[0], "systematic": first + others[1]}
    same([found.pools[name].estimate for name in means], list(means.values()), 1e-9)
    same(found.tau2, wanted["tau2"], 1e-9)
    same(found.pools["alternate"].se, wanted["se"][0], 1e-9)
    # with one tau2 the test between is the Wald test of the factor
    same(found.q_between, wanted["QM"], 1e-9)
    same(found.p_value, wanted["QMp"], 1e-9)


def test_prediction_agrees_with_metafor():
    """predict(rma(yi, vi, mods = ~ ablat, data = bcg), newmods = c(10, 40)) of metafor 3.8-1, REML to 1e-12.

    The script stands in make_sensitivity.R; the limits there use the normal and the t(k-p) quantile.
    """
    wanted = reference("sensitivity_bcg")["predict"]
    for test, prediction in (("z", "z"), ("knha", "t(k-p)")):
        fit = meta_regression(bcg(), "ablat", {"ablat": BCG["data"]["ablat"]}, ci=CI[test], prediction=prediction)
        found = fit.predict({"ablat": [10, 40]})
        names = {"estimate": "pred", "se": "se", "ci_low": "ci_lb", "ci_high": "ci_ub"}
        names |= {"prediction_low": "pi_lb", "prediction_high": "pi_ub"}
        for ours, theirs in names.items():
            same(found[ours], wanted[test][theirs], 1e-8, what=f"{test} {ours}")
    np.testing.assert_allclose(found["ratio"], np.exp(found["estimate"]), rtol=1e-15)
