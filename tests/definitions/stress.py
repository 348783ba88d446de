"""Numbers at the edge of what doubles hold, against 50 digits: right to 1e-6, or refused with a reason.

    PYTHONPATH=. python tests/definitions/stress.py --times 40 --out tests/definitions/stress.csv

Each area draws tables by seed, asks the package, and asks the definitions of ``definitions.tau2`` and the normal
equations of weighted least squares in mpmath. "Right" is an error of at most 1e-6 of the number or of its standard
error, and of tau2 at most 1e-6 of tau2 and the smallest variance together, since it only ever stands in their sum.
Maxima of likelihoods and roots are not searched again: the score must change its sign within 1e-6 of the value found,
and no value of a wide grid may be higher.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import mpmath as mp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from definitions import tau2 as defined

import tmsmeta as tm
from tmsmeta.errors import NotAssessable, TmsmetaError
from tmsmeta.networks.input import independent_contrasts
from tmsmeta.pooling.many.batch import pool_batch

NEAR = mp.mpf("1e-6")
SIZES = (1, 2, 3, 5, 10, 30, 100, 1000, 10_000)
SPREADS = (0.0, 1e-6, 1e-3, 1.0, 1e3, 1e6)
CLOSED = ("FE", "DL", "HE", "HS", "SJ")
SOUGHT = ("PM", "EB", "ML", "REML")

Row = list[mp.mpf]
Answer = tuple[str, str]
"""``right``, ``refused`` or ``wrong``; what is wrong, or the type of the refusal."""


class Case(NamedTuple):
    """What was tried, and a call that says how it went."""

    what: str
    ask: Callable[[], str]
    """Returns what is wrong, empty if nothing; raises what the package raises."""


def answer(case: Case) -> Answer:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            wrong = case.ask()
    except TmsmetaError as refusal:
        return "refused", type(refusal).__name__
    except (ArithmeticError, ValueError, TypeError, IndexError, RuntimeError) as fault:  # LinAlgError is a ValueError
        return "wrong", f"{case.what}: {type(fault).__name__}: {fault}"
    return ("wrong", f"{case.what}: {wrong}") if wrong else ("right", "")


def apart(found: float, wanted: mp.mpf, room: mp.mpf) -> bool:
    """Whether a number is farther from the definition than 1e-6 of the number itself or of `room`."""
    return not abs(mp.mpf(float(found)) - wanted) <= NEAR * max(abs(wanted), abs(room))


def least_squares(y: Row, w: Row, x: list[Row]) -> tuple[Row, list[Row]]:
    """Coefficients and their covariance by the normal equations."""
    p = len(x[0])
    normal = mp.matrix(p, p)
    right = mp.matrix(p, 1)
    for yi, wi, xi in zip(y, w, x, strict=True):
        for a in range(p):
            right[a] += wi * xi[a] * yi
            for b in range(p):
                normal[a, b] += wi * xi[a] * xi[b]
    covariance = normal**-1
    beta = covariance * right
    return [beta[a] for a in range(p)], [[covariance[a, b] for b in range(p)] for a in range(p)]


def table(rng: np.random.Generator, k: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Effects of k studies, variances over twelve orders of magnitude."""
    v = 10 ** rng.uniform(-6, 6, k)
    return rng.normal(0.3, np.sqrt(v + spread)), v


def wrong_tau2(name: str, y: Row, v: Row, found: float, scale: mp.mpf) -> str:
    """What is wrong with an estimate of tau2, by its definition."""
    value = mp.mpf(float(found))
    if name in CLOSED:
        wanted = defined.DEFINITIONS[name](y, v)
        return f"{name} {found!r} not {mp.nstr(wanted, 12)}" if apart(found, wanted, wanted + scale) else ""
    step = NEAR * (value + scale)

    def slope(at: mp.mpf) -> mp.mpf:
        if name in ("PM", "EB"):
            return defined.q(y, v, at) - (len(y) - 1)
        return defined.score(y, v, at, name == "REML")

    if slope(value + step) > 0 or (value > step and slope(value - step) < 0):
        return f"{name} {found!r} is no root"
    if name in ("ML", "REML"):
        return _higher(name, y, v, value)
    return ""


def _higher(name: str, y: Row, v: Row, value: mp.mpf) -> str:
    """Whether a value of a grid over thirty orders of magnitude has a higher likelihood; first by doubles."""
    yi, vi = np.array(y, dtype=float), np.array(v, dtype=float)
    grid = np.concatenate([[0.0], 10 ** np.linspace(-16, 14, 400)])
    heights = []
    for at in grid:
        w = 1 / (vi + at)
        r = yi - (w * yi).sum() / w.sum()
        heights.append((np.log(w).sum() - (w * r * r).sum() - (np.log(w.sum()) if name == "REML" else 0.0)) / 2)
    best = mp.mpf(float(grid[int(np.argmax(heights))]))
    gain = defined.log_likelihood(y, v, best, name == "REML") - defined.log_likelihood(y, v, value, name == "REML")
    return f"{name} {mp.nstr(value, 12)}: {mp.nstr(best, 6)} is higher by {mp.nstr(gain, 3)}" if gain > 1e-9 else ""


def wrong_pool(y: Row, v: Row, tau2: float, estimate: float, se: float) -> str:
    """What is wrong with a pooled effect and its Wald standard error at this tau2."""
    w = [1 / (vi + mp.mpf(float(tau2))) for vi in v]
    wanted, wanted_se = defined.mean(y, w), 1 / mp.sqrt(mp.fsum(w))
    if apart(estimate, wanted, wanted_se):
        return f"estimate {estimate!r} not {mp.nstr(wanted, 12)}"
    return f"se {se!r} not {mp.nstr(wanted_se, 12)}" if apart(se, wanted_se, mp.mpf(0)) else ""


def pooling(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """One pool per estimator, by the route of single analyses."""
    k = int(rng.choice(SIZES if full else SIZES[:6]))
    spread = float(rng.choice(SPREADS))
    y, v = table(rng, k, spread)
    exact_y, exact_v = defined.to_mp(y), defined.to_mp(v)
    for name in (*CLOSED, *SOUGHT):

        def ask(name: str = name) -> str:
            found = tm.pool(tm.effects.generic(y, vi=v), tau2=name, ci="z")
            if isinstance(found.tau2, NotAssessable):
                return "" if k == 1 else f"no tau2 of {k} studies: {found.tau2}"
            wrong = wrong_tau2(name, exact_y, exact_v, found.tau2, min(exact_v))
            # Q of one study is 0, of which 50 digits leave something
            if not wrong and apart(found.q, defined.q(exact_y, exact_v, mp.mpf(0)), mp.mpf("1e-30")):
                wrong = f"Q {found.q!r}"
            return wrong or wrong_pool(exact_y, exact_v, found.tau2, found.estimate, found.se)

        yield Case(f"k {k}, spread {spread:g}, {name}", ask)


def batches(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Many pools at once, with numpy and with the compiled kernel."""
    k, rows = int(rng.choice((2, 3, 5, 10, 30))), 12 if full else 4
    spread = float(rng.choice(SPREADS))
    drawn = [table(rng, k, spread) for _ in range(rows)]
    y, v = np.array([d[0] for d in drawn]), np.array([d[1] for d in drawn])
    for engine, names in (("numpy", ("DL", "PM", "ML", "REML")), ("numba", ("ML", "REML"))):
        for name in names:

            def ask(engine: str = engine, name: str = name) -> str:
                found = pool_batch(y, v, tau2=name, ci="z", engine=engine)
                for i in range(rows):
                    yi, vi = defined.to_mp(y[i]), defined.to_mp(v[i])
                    wrong = wrong_tau2(name, yi, vi, found.tau2[i], min(vi))
                    wrong = wrong or wrong_pool(yi, vi, found.tau2[i], found.estimate[i], found.se[i])
                    if wrong:
                        return f"row {i}: {wrong}"
                return ""

            yield Case(f"{engine}, k {k}, spread {spread:g}, {name}", ask)


def moderators(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Two moderators, the second equal to the first but for noise of 1e-1 to 1e-16."""
    k, noise = int(rng.choice((5, 12, 60))), float(10.0 ** rng.integers(-16, 0))
    v = 10 ** rng.uniform(-3, 3, k)
    dose = rng.normal(0, 1, k) * 10.0 ** rng.integers(-3, 4) + float(rng.choice((0.0, 1e3)))
    data = {"dose": dose, "other": dose + noise * np.abs(dose).max() * rng.normal(0, 1, k)}
    y = rng.normal(0.2 * dose / np.abs(dose).max(), np.sqrt(v + 0.1))
    for name in ("FE", "DL", "REML"):

        def ask(name: str = name) -> str:
            found = tm.meta_regression(tm.effects.generic(y, vi=v), "dose + other", data, tau2=name, ci="z")
            w = [1 / (mp.mpf(float(vi)) + mp.mpf(float(found.tau2))) for vi in v]
            return _coefficients(found.beta, found.covariance, *least_squares(defined.to_mp(y), w, rows_of(data)))

        yield Case(f"k {k}, noise {noise:g}, {name}", ask)
    if k < 12:
        return
    for model in ("location-scale", "multilevel"):

        def ask_others(model: str = model) -> str:
            effects = tm.effects.generic(y, vi=v)
            if model == "multilevel":
                nested = tm.multilevel(effects, range(k), by_effect=False, formula="dose + other", data=data, ci="z")
                between, values, covariances = [*nested.variances.values()] * k, nested.beta, nested.covariance
            else:
                scaled = tm.location_scale(effects, "dose + other", "1", data)
                if isinstance(scaled, NotAssessable):
                    raise TmsmetaError(str(scaled))
                between, values, covariances = [*scaled.tau2], scaled.location.estimate, scaled.location.covariance
            w = [1 / (mp.mpf(float(vi)) + mp.mpf(float(t))) for vi, t in zip(v, between, strict=True)]
            return _coefficients(values, covariances, *least_squares(defined.to_mp(y), w, rows_of(data)))

        yield Case(f"k {k}, noise {noise:g}, {model}", ask_others)


def robust(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Cluster-robust errors with two moderators, the second equal to the first but for noise of 1e-1 to 1e-12."""
    m, noise = int(rng.choice((6, 12))), float(10.0 ** rng.integers(-12, 0))
    cluster = np.repeat(np.arange(m), rng.integers(1, 4, m))
    k = len(cluster)
    v = 10 ** rng.uniform(-1, 1, k)
    dose = rng.normal(0, 1, k)
    data = {"dose": dose, "other": dose + noise * rng.normal(0, 1, k)}
    y = rng.normal(0.2 * dose, np.sqrt(v + 0.1))
    for kind, model in (("CR0", "regression"), ("CR2", "regression"), ("CR2", "multilevel")):

        def ask(kind: str = kind, model: str = model) -> str:
            effects = tm.effects.generic(y, vi=v)
            if model == "multilevel":
                found = tm.multilevel(effects, cluster, formula="dose + other", data=data, ci=kind)
                shared, alone = found.variances.values()
            else:
                found = tm.meta_regression(effects, "dose + other", data, tau2="DL", cluster=cluster, robust=kind)
                shared, alone = 0.0, found.tau2
            blocks = []
            for rows in (np.flatnonzero(cluster == c) for c in range(m)):
                block = mp.diag([mp.mpf(float(v[i])) + mp.mpf(float(alone)) for i in rows])
                blocks.append((rows.tolist(), block + mp.mpf(float(shared)) * mp.ones(len(rows), len(rows))))
            beta, covariance, df = sandwich(defined.to_mp(y), rows_of(data), blocks, kind)
            wrong = _coefficients(found.beta, found.covariance, beta, covariance)
            far = [i for i, n in enumerate(df) if kind == "CR2" and apart(found.df[i], n, mp.mpf(0))]
            return wrong or "".join(f"df {i} {found.df[i]!r} not {mp.nstr(df[i], 12)}" for i in far)

        yield Case(f"{m} clusters, noise {noise:g}, {model}, {kind}", ask)


def sandwich(y: Row, x: list[Row], blocks: list[tuple[list[int], mp.matrix]], kind: str) -> tuple[Row, list[Row], Row]:
    """Coefficients, their robust covariance and Satterthwaite's degrees of freedom, by the formulas as printed.

    Pustejovsky and Tipton (2018), equations 5, 7 and 11, with k x k matrices.
    """
    k, p, m = len(y), len(x[0]), len(blocks)
    design, working, weight = mp.matrix(x), mp.zeros(k, k), mp.zeros(k, k)
    for rows, block in blocks:
        inverse = block**-1
        for a, i in enumerate(rows):
            for b, j in enumerate(rows):
                working[i, j], weight[i, j] = block[a, b], inverse[a, b]
    bread = (design.T * weight * design) ** -1
    beta = bread * (design.T * weight * mp.matrix(y))
    residuals, hat = mp.matrix(y) - design * beta, design * bread * design.T * weight
    meat, sides = mp.zeros(p, p), []
    for rows, block in blocks:
        own = mp.matrix([[design[i, j] for j in range(p)] for i in rows])
        adjusted = own.T * block**-1
        if kind == "CR2":
            root = mp.cholesky(block)
            values, vectors = mp.eigsy(root.T * (block - own * bread * own.T) * root)
            usable = [1 / mp.sqrt(value) if value > mp.mpf("1e-30") * max(values) else mp.mpf(0) for value in values]
            adjusted = adjusted * root * vectors * mp.diag(usable) * vectors.T * root.T
        score = adjusted * mp.matrix([residuals[i] for i in rows])
        meat += score * score.T
        left = mp.matrix([[mp.mpf(i == j) - hat[i, j] for j in range(k)] for i in rows])
        sides.append(bread * adjusted * left)
    covariance = bread * meat * bread
    root, df = mp.cholesky(working), []
    for c in range(p):
        parts = mp.matrix([[*(side[c, :] * root)] for side in sides])
        inner = parts * parts.T
        squares = mp.fsum(inner[a, b] ** 2 for a in range(m) for b in range(m))
        df.append(mp.fsum(inner[a, a] for a in range(m)) ** 2 / squares)
    return [*beta], [[covariance[a, b] for b in range(p)] for a in range(p)], df


def rows_of(data: dict[str, np.ndarray]) -> list[Row]:
    """The design of an intercept and two moderators."""
    pairs = zip(data["dose"], data["other"], strict=True)
    return [[mp.mpf(1), mp.mpf(float(a)), mp.mpf(float(b))] for a, b in pairs]


def _coefficients(found: np.ndarray, found_covariance: np.ndarray, beta: Row, covariance: list[Row]) -> str:
    for i, value in enumerate(beta):
        se = mp.sqrt(covariance[i][i])
        if apart(found[i], value, se):
            return f"coefficient {i} {found[i]!r} not {mp.nstr(value, 12)} (se {mp.nstr(se, 3)})"
        if apart(np.sqrt(found_covariance[i, i]), se, mp.mpf(0)):
            return f"se {i} {np.sqrt(found_covariance[i, i])!r} not {mp.nstr(se, 12)}"
    return ""


def networks(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Two dense groups of treatments that one trial links, its variance up to 1e12 times that of the others."""
    half = int(rng.choice((2, 4, 8)))
    names = [f"t{i:02}" for i in range(2 * half)]
    weak = float(10.0 ** rng.integers(0, 13))
    pairs = [(a + s, b + s) for s in (0, half) for a in range(half) for b in range(a + 1, half)] * 2 + [(0, half)]
    v = 10 ** rng.uniform(-2, 2, len(pairs))
    v[-1] = weak
    y = np.array([0.1 * (a - b) for a, b in pairs]) + rng.normal(0, np.sqrt(v))
    for tau2, cells in (("FE", None), ("DL", None), (0.3, None), ("FE", 0), ("DL", 0)):

        def ask(tau2: Any = tau2, cells: int | None = cells) -> str:
            with patch.object(
                independent_contrasts, "DENSE_CELLS", independent_contrasts.DENSE_CELLS if cells is None else cells
            ):
                net = tm.network_from_contrasts(
                [f"s{i}" for i in range(len(pairs))], [names[a] for a, _ in pairs], [names[b] for _, b in pairs], y,
                np.sqrt(v), reference=names[0], better="higher", tau2=tau2,
            )  # fmt: skip
            exact_v = [mp.mpf(float(s)) ** 2 + mp.mpf(float(net.tau2)) for s in np.sqrt(v)]
            rows = [[mp.mpf((a == t) - (b == t)) for t in range(1, len(names))] for a, b in pairs]
            beta, covariance = least_squares(defined.to_mp(y), [1 / x for x in exact_v], rows)
            net_se = np.sqrt(np.diag(net.covariance))
            order = [net.treatments.index(name) for name in names[1:]]
            for t, at in enumerate(order):
                se = mp.sqrt(covariance[t][t])
                if apart(net.theta[at], beta[t], se) or apart(net_se[at], se, mp.mpf(0)):
                    return f"{names[t + 1]} {net.theta[at]!r} ({net_se[at]!r}) not {beta[t]} ({se})"
            a, b = names[1], names[half + 1] if half > 1 else names[half]
            found = float(net.se.loc[a, b])
            i, j = names.index(a) - 1, names.index(b) - 1
            se = mp.sqrt(covariance[i][i] + covariance[j][j] - 2 * covariance[i][j])
            return f"{a} against {b}: se {found!r}" if apart(found, se, mp.mpf(0)) else ""

        yield Case(
            f"{2 * half} treatments, weakest variance {weak:g}, {tau2}, {'dense' if cells is None else 'sparse'}", ask
        )


def correlations(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Two outcomes whose sampling errors correlate by 1 minus 1e-1 to 1e-15, either sign."""
    k, miss = int(rng.choice((3, 8, 20))), float(10.0 ** rng.integers(-15, 0))
    rho = float(rng.choice((-1, 1))) * (1 - miss)
    se = 10 ** rng.uniform(-1.5, 1, (k, 2))
    shared = rng.normal(size=k)
    y = 0.3 + se * np.column_stack([shared, np.sign(rho) * shared + np.sqrt(miss) * rng.normal(size=k)])
    study = [f"s{i}" for i in range(k)]

    def ask() -> str:
        sets = {f"o{j}": tm.effects.generic(y[:, j], vi=se[:, j] ** 2, study=study) for j in (0, 1)}
        found = tm.joint(sets, correlation=rho, ci="z")
        within = tm.joint_effects(sets, correlation=rho).covariance
        normal, right = mp.matrix(2, 2), mp.matrix(2, 1)
        for i in range(k):
            whole = mp.matrix(2, 2)
            for a in range(2):
                for b in range(2):
                    whole[a, b] = mp.mpf(float(within[i, a, b])) + mp.mpf(float(found.between[a, b]))
            inverse = whole**-1
            normal += inverse
            right += inverse * mp.matrix([mp.mpf(float(value)) for value in y[i]])
        covariance = normal**-1
        beta = covariance * right
        rows = [[covariance[a, b] for b in range(2)] for a in range(2)]
        return _coefficients(found.estimate, found.covariance, [beta[0], beta[1]], rows)

    yield Case(f"k {k}, correlation {rho!r}", ask)


def separation(rng: np.random.Generator, full: bool) -> Iterator[Case]:
    """Arms without events or with nothing but events: the exact conditional score at the common effect found."""
    k = int(rng.choice((1, 2, 5)))
    n = np.array(rng.choice((3, 20, 200, 5000), (k, 2)))
    events = rng.binomial(n, rng.choice((0.0, 0.001, 0.05, 0.3, 1.0), (1, 2)))
    for model in ("CM.EL", "CM.AL", "UM.FS"):

        def ask(model: str = model) -> str:
            found = tm.glmm(events[:, 0], n[:, 0], events[:, 1], n[:, 1], model=model)
            if isinstance(found.estimate, NotAssessable) or not found.converged:
                raise TmsmetaError(str(found.reason))
            values = (found.estimate, found.se, found.tau2)
            if not all(np.isfinite(float(x)) for x in values if not isinstance(x, NotAssessable)):
                return f"not finite: {values}"
            if model == "UM.FS" or isinstance(found.tau2, NotAssessable) or found.tau2 > 0:
                return ""
            step = NEAR * max(abs(found.estimate), 1)
            at = mp.mpf(float(found.estimate))
            exact = model == "CM.EL"
            if _score(events, n, at - step, exact) < 0 or _score(events, n, at + step, exact) > 0:
                return f"{found.estimate!r} is no maximum"
            return ""

        yield Case(f"{model}, events {events.tolist()} of {n.tolist()}", ask)


def _score(events: np.ndarray, n: np.ndarray, theta: mp.mpf, exact: bool) -> mp.mpf:
    """Observed minus expected treated events, given all events of each study, at one log odds ratio."""
    total = mp.mpf(0)
    for (a, c), (n1, n2) in zip(events.tolist(), n.tolist(), strict=True):
        m = a + c
        if exact:
            ways = [(x, mp.binomial(n1, x) * mp.binomial(n2, m - x) * mp.exp(theta * x))
                    for x in range(max(0, m - n2), min(n1, m) + 1)]  # fmt: skip
            total += a - mp.fsum(x * h for x, h in ways) / mp.fsum(h for _, h in ways)
        elif 0 < m < n1 + n2:
            odds = mp.exp(theta) * n1 / n2
            total += a - m * odds / (1 + odds)
    return total


AREAS: dict[str, Callable[[np.random.Generator, bool], Iterator[Case]]] = {
    "pools of 1 to 10,000 studies, variances over 12 orders, tau² 0 to 10⁶": pooling,
    "the same in batches, with numpy and compiled": batches,
    "two moderators equal but for 10⁻¹ to 10⁻¹⁶": moderators,
    "networks of two parts that one trial of variance 1 to 10¹² links": networks,
    "two outcomes, correlated by 1 less 10⁻¹ to 10⁻¹⁵": correlations,
    "mixed models of counts, arms with no events or nothing else": separation,
    "cluster-robust errors of two moderators equal but for 10⁻¹ to 10⁻¹²": robust,
}


def run(times: int, full: bool = True, seed: int = 18, only: int | None = None) -> dict[str, Counter[str]]:
    """Per area how often the answer was right, refused or wrong; what was wrong stands under its own text."""
    counts: dict[str, Counter[str]] = {}
    for number, (area, cases) in enumerate(AREAS.items()):
        if only not in (None, number):
            continue
        counts[area] = Counter()
        for draw in range(times):
            for case in cases(np.random.default_rng([seed, number, draw]), full):
                verdict, why = answer(case)
                counts[area][verdict] += 1
                if why:
                    counts[area][f"{verdict}: {why}"] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=40, help="tables per area")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--area", type=int, help="only this one, counted from 0")
    parser.add_argument("--quick", action="store_true", help="no pool of more than 30 studies")
    parser.add_argument("--out", type=Path, help="a CSV file of counts")
    chosen = parser.parse_args()
    began = time.process_time()
    counts = run(chosen.times, not chosen.quick, chosen.seed, chosen.area)
    for area, found in counts.items():
        print(area, dict(found))
    print(f"{time.process_time() - began:.0f} s of the processor")
    if chosen.out:
        with chosen.out.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(("area", "right", "refused", "wrong"))
            out.writerows(
                (area, *(found[verdict] for verdict in ("right", "refused", "wrong"))) for area, found in counts.items()
            )


if __name__ == "__main__":
    main()
