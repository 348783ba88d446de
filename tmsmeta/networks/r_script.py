"""The R script of a network: netmeta, netmetabin for the Mantel-Haenszel method, metafor for ML and REML.

Calls are those of netmeta 2.5-0 and later (its manual pages, read on 2026-11-28).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Protocol

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.spec import ARM_MEASURES, NetworkSpec
from tmsmeta.words.names import counted
from tmsmeta.words.numbers import Number
from tmsmeta.words.r_script import Row, RScript, call, data_frame, number, text, vector


class Network(Protocol):
    """What a script reads of a fitted network, so that the network can know its script and not the reverse."""

    @property
    def data(self) -> NetworkData: ...
    @property
    def spec(self) -> NetworkSpec: ...
    @property
    def treatments(self) -> tuple[str, ...]: ...
    @property
    def reference(self) -> str: ...
    @property
    def k(self) -> int: ...
    @property
    def tau2(self) -> Number: ...
    @property
    def q(self) -> float: ...
    @property
    def q_df(self) -> int: ...
    @property
    def q_p(self) -> Number: ...
    @property
    def i2(self) -> Number: ...
    @property
    def q_heterogeneity(self) -> Number: ...
    @property
    def q_inconsistency(self) -> Number: ...
    @property
    def effect_matrix(self) -> Floats: ...
    @property
    def se_matrix(self) -> Floats: ...
    @property
    def quantile(self) -> Number: ...
    @property
    def prediction_half_width(self) -> Floats | NotAssessable: ...


_SM = {"AS": "ASD", "PETO": "OR", "SMDH": "SMD", "GEN": ""}
"""The names of netmeta for measures, where they are not ours."""

_LIKELIHOOD = """
# tau2: rma.mv of metafor has the likelihood of a network with its multi-arm trials
at <- function(d, a, b) {
    i <- which(d$treat1 == a & d$treat2 == b)
    if (length(i) == 1) return(c(d$TE[i], d$seTE[i]))
    i <- which(d$treat1 == b & d$treat2 == a)
    c(-d$TE[i], d$seTE[i])
}
basic <- lapply(split(as.data.frame(p), p$studlab), function(d) {
    d$treat1 <- as.character(d$treat1)
    d$treat2 <- as.character(d$treat2)
    arms <- unique(c(d$treat1, d$treat2))
    against_first <- sapply(arms[-1], function(a) at(d, a, arms[1]))
    between <- function(i, j) if (i == j) 0 else at(d, arms[i + 1], arms[j + 1])[2]^2
    m <- seq_along(arms[-1])
    v <- against_first[2, ]^2
    list(y = against_first[1, ], v = (outer(v, v, "+") - outer(m, m, Vectorize(between))) / 2, arm = m,
         study = rep(d$studlab[1], length(m)),
         x = t(sapply(arms[-1], function(a) (others == a) - (others == arms[1]))))
})
x <- do.call(rbind, lapply(basic, function(b) matrix(b$x, ncol = length(others))))
y <- unlist(lapply(basic, function(b) b$y))
arm <- factor(unlist(lapply(basic, function(b) b$arm)))
study <- unlist(lapply(basic, function(b) b$study))
v <- metafor::bldiag(lapply(basic, function(b) b$v))
""".strip().splitlines()


def network_in_r(net: Network) -> str:
    """The script for a network."""
    if net.data.trial_arms is not None:
        return _mantel_haenszel(net)
    notes, code = _trials(net)
    spec = net.spec
    likelihood = spec.tau2 in ("ML", "REML") and net.q_df > 0
    common = spec.tau2 == "FE" or (net.q_df <= 0 and isinstance(spec.tau2, str))
    preset = None
    if likelihood:
        notes.append(
            f"{spec.tau2}: some versions of netmeta report a tau2 away from the maximum of the likelihood, so that it "
            "comes from metafor here, and netmeta takes it as given."
        )
        code += ["", f"others <- {vector([t for t in net.treatments if t != net.reference])}", *_LIKELIHOOD]
        code.append(_multivariate(str(spec.tau2)))
        preset = "sqrt(mv$tau2)"
    elif not isinstance(spec.tau2, str):
        preset = f"sqrt({number(spec.tau2)})"
    if spec.ci == "t":
        notes.append(
            "netmeta has no t intervals: the limits are its estimates and standard errors with the t quantile of the "
            "degrees of freedom of Q."
        )
    fit = call(
        "netmeta", "TE", "seTE", "treat1", "treat2", "studlab", data="p", sm=text(_sm(net)),
        common="TRUE" if common else "FALSE", random="FALSE" if common else "TRUE",
        **{"reference.group": text(net.reference), "method.tau": None if preset or common else text(spec.tau2),
           "tau.preset": preset, "level.ma": number(spec.level), "tol.multiarm": _tolerance(net.data)},
    )  # fmt: skip
    which = "common" if common else "random"
    tau2 = Row("tau2", net.tau2, "mv$tau2" if likelihood else "net$tau^2")
    return RScript(
        title=_title(net),
        packages=("metafor", "netmeta") if likelihood else ("netmeta",),
        notes=notes,
        code=[*code, "", f"net <- {fit}"],
        rows=[*([] if common or not isinstance(spec.tau2, str) else [tau2]), *_q_rows(net), *_effects(net, which)],
    ).text()


def _title(net: Network) -> str:
    return f"a network of {counted(net.k, 'trial')} of {len(net.treatments)} treatments ({net.data.info.label})"


def _sm(net: Network) -> str:
    return _SM.get(net.data.measure, net.data.measure)


def _said(net: Network) -> list[str]:
    out = [f"Left out: {exclusion.study}: {exclusion.reason}." for exclusion in net.data.excluded]
    return [*out, *net.data.notes]


def _trials(net: Network) -> tuple[list[str], list[str]]:
    """Notes, and code that makes ``p``, the comparisons of all trials: from counts where netmeta reads them so."""
    data, notes = net.data, _said(net)
    why = _no_pairwise(data)
    if not why:
        arms = data.arms
        code = _arms(
            [data.studies[s] for s in arms.study], [data.treatments[t] for t in arms.treatment], arms.events, arms.n
        )
        add = (
            "0" if data.zero is not None and data.zero.apply == "none" else number(data.zero.add if data.zero else 0.5)
        )
        return notes, [*code, _pairwise(_sm(net), add)]
    notes.append(why)
    frame = data.trials_frame()
    columns: dict[str, Any] = {
        "studlab": frame["study"].tolist(), "treat1": frame["treat1"].tolist(), "treat2": frame["treat2"].tolist(),
        "TE": frame["yi"].to_numpy(), "seTE": frame["se"].to_numpy(),
    }  # fmt: skip
    return notes, data_frame("p", columns)


def _arms(study: list[str], treatment: list[str], events: Floats, n: Floats) -> list[str]:
    return data_frame("arms", {"study": study, "treatment": treatment, "events": events, "n": n})


def _pairwise(sm: str, add: str) -> str:
    made = call(
        "pairwise", treat="treatment", event="events", n="n", studlab="study", data="arms", sm=text(sm), incr=add
    )
    return f"p <- {made}"


def _no_pairwise(data: NetworkData) -> str:
    """Why the counts do not go through netmeta's pairwise(); blank where they do."""
    given = "TE and seTE are treat1 against treat2 (ratios logged)"
    if data.measure not in ARM_MEASURES or not np.isfinite(data.arms.events).all():
        return f"{given}: estimates and standard errors of the trials."
    rule = data.zero
    if rule is not None and (rule.apply == "all" or (rule.convention != "netmeta" and data.measure in ("RR", "RD"))):
        return f"{given}, computed from the counts by tmsmeta: pairwise() has no equal of this rule for zero cells."
    for count in (data.arms.events == 0, data.arms.events == data.arms.n):
        several = np.bincount(data.arms.study[count], minlength=len(data.studies)) > 1
        if several.any():
            return (
                f"{given}, computed from the counts by tmsmeta: netmeta leaves out trials with two arms without events."
            )
    return ""


def _tolerance(data: NetworkData) -> str | None:
    """How far the estimates of a multi-arm trial miss adding up, where netmeta would refuse it."""
    worst, p = 0.0, data.pairs
    for study in np.flatnonzero(data.arms_per_study > 2).tolist():
        rows = np.flatnonzero(p.study == study)
        found = {(int(p.i[r]), int(p.j[r])): float(p.y[r]) for r in rows}
        arms = sorted({t for pair in found for t in pair})
        for a, b, c in combinations(arms, 3):
            worst = max(worst, abs(found[a, b] + found[b, c] - found[a, c]))
    return number(1.01 * worst) if worst > 0.0009 else None


def _multivariate(method: str) -> str:
    fit = call(
        "metafor::rma.mv", "y", "v", mods="x", intercept="FALSE", random="~ arm | study", struct='"CS"', rho="0.5",
        method=text(method), control=call("list", **{"rel.tol": "1e-10"}),
    )  # fmt: skip
    return f"mv <- {fit}"


def _q_rows(net: Network) -> list[Row]:
    return [
        Row("Q", net.q, "net$Q"),
        Row("degrees of freedom of Q", float(net.q_df), "net$df.Q"),
        Row("p value of Q", net.q_p, "net$pval.Q"),
        Row("I2 in percent", net.i2, "100 * net$I2"),
        Row("Q within designs", net.q_heterogeneity, "net$Q.heterogeneity"),
        Row("Q between designs", net.q_inconsistency, "net$Q.inconsistency"),
    ]


def _effects(net: Network, which: str) -> list[Row]:
    """Each effect against the reference with its intervals."""
    spec, rows = net.spec, []
    base, tail = net.treatments.index(net.reference), number(0.5 + spec.level / 2)
    quantile = f"qnorm({tail})" if spec.ci == "z" else f"qt({tail}, net$df.Q)"
    further = (
        f"qnorm({tail})" if spec.prediction == "z" else f"qt({tail}, net$df.Q{' - 1' * ('-1' in spec.prediction)})"
    )
    half = net.prediction_half_width
    for at, treatment in enumerate(net.treatments):
        if at == base:
            continue
        cell = f"[{text(treatment)}, {text(net.reference)}]"
        te, se = f"net$TE.{which}{cell}", f"net$seTE.{which}{cell}"
        name = f"{treatment} against {net.reference}"
        estimate, error = float(net.effect_matrix[at, base]), float(net.se_matrix[at, base])
        rows += [Row(name, estimate, te), Row(f"{name}, standard error", error, se)]
        if not isinstance(net.quantile, NotAssessable):
            reach = net.quantile * error
            rows.append(Row(f"{name}, lower limit", estimate - reach, f"{te} - {quantile} * {se}"))
            rows.append(Row(f"{name}, upper limit", estimate + reach, f"{te} + {quantile} * {se}"))
        if which == "random" and not isinstance(half, NotAssessable):
            reach, code = float(half[at, base]), f"{further} * sqrt({se}^2 + net$tau^2)"
            rows.append(Row(f"{name}, lower prediction limit", estimate - reach, f"{te} - {code}"))
            rows.append(Row(f"{name}, upper prediction limit", estimate + reach, f"{te} + {code}"))
    return rows


def _mantel_haenszel(net: Network) -> str:
    arms = net.data.trial_arms
    assert arms is not None
    notes = _said(net)
    if (net.data.arms_per_study > 2).any():
        notes.append(
            "Designs with three or more arms: netmetabin and tmsmeta estimate the covariance of odds ratios that share "
            "an arm by different formulas, so that effects may differ in later digits."
        )
    fit = call("netmetabin", "p", method='"MH"', **{"cc.pooled": "FALSE", "reference.group": text(net.reference)})
    return RScript(
        title=f"{_title(net)} by the Mantel-Haenszel method",
        packages=("netmeta",),
        notes=notes,
        code=[
            *_arms(list(arms.study), list(arms.treatment), arms.events, arms.n), _pairwise("OR", "0.5"),
            "", f"net <- {fit}",
        ],
        rows=[Row("Q between designs", net.q_inconsistency, "net$Q.inconsistency"), *_effects(net, "common")],
    ).text()  # fmt: skip
