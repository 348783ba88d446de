"""Network meta-analysis written out: dense matrices, one contrast after the other, nothing clever."""

from __future__ import annotations

import itertools

import numpy as np


def naive_gls(arms, reference, tau2):
    """Basic contrasts of each trial against its first arm, their covariance, and generalised least squares.

    `arms` maps trial -> {treatment: (effect, variance)}. Returns treatments, theta, covariance, Q at this tau2 and
    the trace of P T, with T the between-study structure (1 on the diagonal, 0.5 off it).
    """
    treatments = sorted({t for trial in arms.values() for t in trial})
    others = [t for t in treatments if t != reference]
    y, x, v, structure = [], [], [], []
    for trial in arms.values():
        (first, (base, base_var)), *rest = sorted(trial.items())
        size = len(rest)
        v.append(np.diag([var for _, (_, var) in rest]) + base_var)
        structure.append(np.full((size, size), 0.5) + 0.5 * np.eye(size))
        for t, (effect, _) in rest:
            y.append(effect - base)
            x.append([float(o == t) - float(o == first) for o in others])
    y, x, v, structure = np.array(y), np.array(x), block(v), block(structure)
    w = np.linalg.inv(v + tau2 * structure)
    cov = np.linalg.inv(x.T @ w @ x)
    theta = cov @ x.T @ w @ y
    residual = y - x @ theta
    trace = np.trace((w - w @ x @ cov @ x.T @ w) @ structure)
    return others, theta, cov, residual @ w @ residual, len(y) - len(others), trace


def naive_log_likelihood(arms, reference, tau2, restricted=True):
    """(Restricted) log-likelihood of tau2 up to a constant, from the same matrices."""
    treatments = sorted({t for trial in arms.values() for t in trial})
    others = [t for t in treatments if t != reference]
    y, x, v = [], [], []
    for trial in arms.values():
        (first, (base, base_var)), *rest = sorted(trial.items())
        size = len(rest)
        v.append(
            np.diag([var for _, (_, var) in rest]) + base_var + tau2 * (np.full((size, size), 0.5) + 0.5 * np.eye(size))
        )
        for t, (effect, _) in rest:
            y.append(effect - base)
            x.append([float(o == t) - float(o == first) for o in others])
    y, x, v = np.array(y), np.array(x), block(v)
    w = np.linalg.inv(v)
    information = x.T @ w @ x
    theta = np.linalg.solve(information, x.T @ w @ y)
    r = y - x @ theta
    value = -np.linalg.slogdet(v)[1] - r @ w @ r
    return (value - restricted * np.linalg.slogdet(information)[1]) / 2


def block(matrices):
    """Block-diagonal matrix."""
    size = sum(len(m) for m in matrices)
    full, start = np.zeros((size, size)), 0
    for m in matrices:
        full[start : start + len(m), start : start + len(m)] = m
        start += len(m)
    return full


def naive_walk_shares(flow, source, sink):
    """Share of each edge by listing every path: `flow` maps (u, v) -> positive flow from u to v."""
    share = dict.fromkeys(flow, 0.0)

    def follow(node, path, chance):
        if node == sink:
            for edge in path:
                share[edge] += chance / len(path)
            return
        out = {e: f for e, f in flow.items() if e[0] == node}
        for edge, f in out.items():
            follow(edge[1], [*path, edge], chance * f / sum(out.values()))

    follow(source, [], 1.0)
    return share


def naive_p_score(theta, se, better):
    """Mean over the others of the normal chance to be better, with the error function of the standard library."""
    from math import erf, sqrt

    n, sign = len(theta), 1 if better == "higher" else -1
    return [
        np.mean([0.5 * (1 + erf(sign * (theta[i] - theta[j]) / se[i][j] / sqrt(2))) for j in range(n) if j != i])
        for i in range(n)
    ]


def naive_side_split(arms, reference, tau2, a, b):
    """Direct minus indirect of a against b: a column of +-1/2 for trials with both arms, by full regression."""
    treatments = sorted({t for trial in arms.values() for t in trial})
    others = [t for t in treatments if t != reference]
    y, x, v = [], [], []
    for trial in arms.values():
        (first, (base, base_var)), *rest = sorted(trial.items())
        size, both = len(rest), a in trial and b in trial
        half = {a: 0.5, b: -0.5} if both else {}
        v.append(
            np.diag([var for _, (_, var) in rest]) + base_var + tau2 * (np.full((size, size), 0.5) + 0.5 * np.eye(size))
        )
        for t, (effect, _) in rest:
            y.append(effect - base)
            x.append([*(float(o == t) - float(o == first) for o in others), half.get(t, 0.0) - half.get(first, 0.0)])
    w, x, y = np.linalg.inv(block(v)), np.array(x), np.array(y)
    cov = np.linalg.inv(x.T @ w @ x)
    beta = cov @ x.T @ w @ y
    return beta[-1], np.sqrt(cov[-1, -1])


def random_arms(rng, treatments, trials, multi=0.3):
    """A connected network with multi-arm trials: arm-level effects and variances."""
    names = [f"t{k}" for k in range(treatments)]
    arms = {}
    for k in range(trials):
        if k < treatments - 1:
            members = [names[k], names[k + 1]]
            extra = [n for n in names if n not in members]
            if rng.random() < multi and extra:
                members += list(rng.choice(extra, size=min(len(extra), rng.integers(1, 3)), replace=False))
        else:
            size = min(treatments, 2 if rng.random() > multi else int(rng.integers(3, 5)))
            members = list(rng.choice(names, size=size, replace=False))
        arms[f"s{k}"] = {str(t): (float(rng.normal()), float(rng.uniform(0.02, 0.5))) for t in members}
    return arms


def as_contrasts(arms):
    """Columns study, treat1, treat2, yi, se of every pair of arms."""
    rows = [
        (s, a, b, trial[a][0] - trial[b][0], np.sqrt(trial[a][1] + trial[b][1]))
        for s, trial in arms.items()
        for a, b in itertools.combinations(trial, 2)
    ]
    return [list(column) for column in zip(*rows, strict=True)]
