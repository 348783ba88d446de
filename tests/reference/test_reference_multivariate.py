"""Joint and multilevel models against metafor's rma.mv and robust.

Tolerances. Both sides maximise the same likelihood; nlminb stops when the likelihood moves by less than its own digits
allow, which leaves variance components 1e-6 and what depends on them 1e-7 apart. Our gradient vanishes to 1e-9 there;
our likelihood may be higher, never lower.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import reference

from tmsmeta import effects
from tmsmeta.models.multivariate import joint, multilevel

SETS = reference("multivariate")
STRUCTURE = {"UN": "unstructured", "CS": "compound", "DIAG": "diagonal"}


def outcomes_of(data):
    """Effects by outcome in the order of the coefficients in R, and the covariance within each study."""
    names = data["order"]
    outcome, trial = np.array(data["outcome"]), np.array(data["trial"])
    yi, vi, whole = np.array(data["yi"]), np.array(data["vi"]), np.array(data["V"])
    sets = {n: effects.generic(yi[outcome == n], vi=vi[outcome == n], study=trial[outcome == n]) for n in names}
    studies = list(dict.fromkeys(str(s) for e in sets.values() for s in e.study))
    within = np.zeros((len(studies), len(names), len(names)))
    for place, study in enumerate(studies):
        for i, a in enumerate(names):
            for j, b in enumerate(names):
                rows = np.flatnonzero((trial.astype(str) == study) & (outcome == a))
                columns = np.flatnonzero((trial.astype(str) == study) & (outcome == b))
                if rows.size and columns.size:
                    within[place, i, j] = whole[rows[0], columns[0]]
    return sets, within


@pytest.mark.parametrize("name", SETS["joint"])
@pytest.mark.parametrize("structure", STRUCTURE)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_joint_models_agree_with_metafor(name, structure, method):
    data = SETS["joint"][name]
    sets, within = outcomes_of(data)
    found = joint(sets, covariance=within, structure=STRUCTURE[structure], method=method, ci="z")
    wanted = data["fits"][f"{method}|{structure}"]
    np.testing.assert_allclose(found.estimate, wanted["b"], rtol=1e-6, atol=1e-7)
    # the standard error of berkey1998 by ML rests on a variance that nlminb leaves 1e-5 short of the maximum
    np.testing.assert_allclose(found.se, wanted["se"], rtol=2e-6)
    np.testing.assert_allclose(found.q, wanted["QE"], rtol=1e-10)
    # the criterion is flat at its maximum: metafor's variances are as good as a likelihood of 1e-10 can tell
    np.testing.assert_allclose(found.tau2, np.broadcast_to(wanted["tau2"], found.tau2.shape), rtol=2e-5, atol=1e-10)
    if structure != "DIAG":
        np.testing.assert_allclose(found.correlation[0, 1], wanted["rho"], rtol=2e-5)
    assert found.log_likelihood >= wanted["ll"] - 1e-9
    assert found.log_likelihood == pytest.approx(wanted["ll"], abs=1e-7)


BETWEEN = reference("between")
PROFILED = [key for key in BETWEEN if key != "versions"]


@pytest.mark.parametrize("key", PROFILED)
def test_intervals_of_the_between_study_matrix_agree_with_metafor(key):
    name, structure, method = key.split("|")
    sets, within = outcomes_of(SETS["joint"][name])
    found = joint(sets, covariance=within, structure=STRUCTURE[structure], method=method, ci="z").between_intervals()
    wanted = list(BETWEEN[key].values())
    assert len(found) == len(wanted)
    for (_, row), limits in zip(found.iterrows(), wanted, strict=True):
        if limits["low_sign"] or limits["high_sign"]:
            continue  # metafor found no limit there
        # uniroot of confint() stops at 1e-4 in absolute terms
        np.testing.assert_allclose([row["low"], row["high"]], [limits["low"], limits["high"]], atol=1.5e-4)


CASES = [
    (n, part) for n, data in SETS["levels"].items() for part in ("fits", "moderated", "correlated") if part in data
]


@pytest.mark.parametrize(("name", "part"), CASES)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_multilevel_models_agree_with_metafor(name, part, method):
    data = SETS["levels"][name]
    e = effects.generic(data["yi"], vi=data["vi"])
    asked = {"method": method, "correlation": 0.6 if part == "correlated" else None}
    if part == "moderated":
        moderator = "year" if "year" in data else "type"
        asked |= {"formula": f"~ {moderator}", "data": {moderator: data[moderator]}}
    wanted = data[part][method]
    found = multilevel(e, data["outer"], ci="z", **asked)
    # year stands beside an intercept at about 2000, which costs both programs three digits
    tolerance = 2e-6 if part == "moderated" else 1e-6
    np.testing.assert_allclose(found.beta, wanted["b"], rtol=tolerance)
    np.testing.assert_allclose(found.se, wanted["se"], rtol=tolerance)
    np.testing.assert_allclose(list(found.variances.values()), wanted["sigma2"], rtol=2e-5)
    np.testing.assert_allclose(found.q, wanted["QE"], rtol=1e-8)
    assert found.log_likelihood >= wanted["ll"] - 1e-9
    assert found.log_likelihood == pytest.approx(wanted["ll"], abs=1e-6)
    for kind, key in (("CR0", "cr0"), ("CR1", "cr1")):
        robust = multilevel(e, data["outer"], ci=kind, **asked)
        np.testing.assert_allclose(robust.se, wanted[key], rtol=tolerance)
        np.testing.assert_allclose(robust.df, wanted["df"])
