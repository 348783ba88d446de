"""How often tests between subgroups call no difference a difference: the size of four candidates by simulation.

Usage: python benchmarks/subgroup_test.py [--draws 20000] [--seed 1] [--through-subgroups 400]

Estimates are normal around one effect with variance v + tau2; v is 0.09 in all studies, or varies between them
log-normally with a standard deviation of 0.5. tau2 is 0, 0.09 or 0.36, estimated by REML. The nominal level is 5 %.

F             the meta-regression on the subgroup, one residual tau2, Hartung-Knapp dispersion, k - p df: what
              ``subgroups`` uses with Hartung-Knapp intervals.
F own tau2    the same around subgroup estimates with a tau2 each, their dispersion pooled.
Welch         Welch's test of subgroup estimates and their Hartung-Knapp standard errors.
chi-square    the same standard errors against chi-square (``subgroup_test="chi-square"``).
z             the model of F with Wald standard errors against chi-square (``ci="z"``, one tau2).

The first table computes the formulas for many draws at once. The second calls ``subgroups`` itself, as a check of the
first. The standard error of the percentages is printed below. What came out is in README.md.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, f

from tmsmeta import effects, subgroups

Floats = NDArray[np.float64]
DESIGNS = ((2, 2), (3, 3), (2, 2, 2), (5, 5), (10, 10), (2, 10), (1, 5))
TAU2 = (0.0, 0.09, 0.36)
V = 0.09


class Fit:
    """REML with one tau2 for all columns of `y`, shape (draws, k), and a mean per group; by Fisher scoring."""

    def __init__(self, y: Floats, v: Floats, group: NDArray[np.int_]) -> None:
        members = (group[:, None] == np.arange(group.max() + 1)).astype(float)
        tau2 = y.var(axis=1)
        for _ in range(500):
            w = 1 / (v + tau2[:, None])
            total = w @ members
            residual = y - ((w * y) @ members / total)[:, group]
            share = (w**2) @ members / total
            trace_p = w.sum(axis=1) - share.sum(axis=1)
            trace_pp = (w**2).sum(axis=1) - 2 * ((w**3) @ members / total).sum(axis=1) + (share**2).sum(axis=1)
            step = (((w * residual) ** 2).sum(axis=1) - trace_p) / trace_pp
            moved = np.maximum(0.0, tau2 + step)
            done = np.abs(moved - tau2).max() < 1e-9
            tau2 = moved
            if done:
                break
        w = 1 / (v + tau2[:, None])
        self.total = w @ members
        self.mean = (w * y) @ members / self.total
        self.squares = (w * (y - self.mean[:, group]) ** 2) @ members


def spread(weights: Floats, means: Floats) -> Floats:
    """Weighted squares of subgroup means around their common mean, shape (draws,)."""
    centre = (weights * means).sum(axis=1) / weights.sum(axis=1)
    q: Floats = (weights * (means - centre[:, None]) ** 2).sum(axis=1)
    return q


def p_values(y: Floats, v: Floats, sizes: tuple[int, ...]) -> dict[str, Floats]:
    """p values of the candidates; those that need two studies in each subgroup are left out where one has not."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    g, k, m = len(sizes), len(group), np.array(sizes, dtype=float)
    one = Fit(y, v, group)
    q = spread(one.total, one.mean)
    found = {"F": f.sf(q / (g - 1) / (one.squares.sum(axis=1) / (k - g)), g - 1, k - g), "z": chi2.sf(q, g - 1)}
    if min(sizes) < 2:
        return found
    own = [Fit(y[:, group == j], v[:, group == j], np.zeros(sizes[j], dtype=int)) for j in range(g)]
    total, mean, squares = (np.column_stack([getattr(o, n)[:, 0] for o in own]) for n in ("total", "mean", "squares"))
    q = spread(total, mean)
    found["F own tau2"] = f.sf(q / (g - 1) / (squares.sum(axis=1) / (k - g)), g - 1, k - g)
    weights = total * (m - 1) / squares
    q = spread(weights, mean)
    found["chi-square"] = chi2.sf(q, g - 1)
    lam = ((1 - weights / weights.sum(axis=1)[:, None]) ** 2 / (m - 1)).sum(axis=1)
    found["Welch"] = f.sf(q / (g - 1) / (1 + 2 * (g - 2) / (g**2 - 1) * lam), g - 1, (g**2 - 1) / (3 * lam))
    return found


def draw(
    rng: np.random.Generator, sizes: tuple[int, ...], tau2: float, varied: bool, draws: int
) -> tuple[Floats, Floats]:
    """Estimates and variances without any difference between subgroups, shape (draws, k) each."""
    shape = (draws, sum(sizes))
    v = V * np.exp(rng.normal(0.0, 0.5, shape)) if varied else np.full(shape, V)
    return rng.normal(size=shape) * np.sqrt(v + tau2), v


def through_subgroups(rng: np.random.Generator, sizes: tuple[int, ...], tau2: float, draws: int) -> float:
    """Percentage of p values below 5 % that ``subgroups`` itself answers with its default interval."""
    labels = [str(j) for j, size in enumerate(sizes) for _ in range(size)]
    data = zip(*draw(rng, sizes, tau2, True, draws), strict=True)
    return 100 * float(np.mean([subgroups(effects.generic(y, vi=v), labels).p_value < 0.05 for y, v in data]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--through-subgroups", type=int, default=400)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    names = ("F", "F own tau2", "Welch", "chi-square", "z")
    print("| subgroups of | variances | tau2 | " + " | ".join(names) + " |")
    print("|---|---|---:|" + "---:|" * len(names))
    for varied in (False, True):
        for sizes in DESIGNS:
            for tau2 in TAU2:
                with np.errstate(divide="ignore", invalid="ignore"):
                    found = p_values(*draw(rng, sizes, tau2, varied, asked.draws), sizes)
                cells = [f"{100 * np.mean(found[n] < 0.05):.1f}" if n in found else "-" for n in names]
                words = f"| {', '.join(map(str, sizes))} | {'varied' if varied else 'equal'} | {tau2:g} | "
                print(words + " | ".join(cells) + " |", flush=True)
    print(f"\nStandard error of 5.0 with {asked.draws} draws: {100 * np.sqrt(0.05 * 0.95 / asked.draws):.2f}.\n")
    print(f"`subgroups` itself, {asked.through_subgroups} draws each, varied variances:")
    for sizes in DESIGNS[:5]:
        hits = [f"{through_subgroups(rng, sizes, tau2, asked.through_subgroups):.1f}" for tau2 in TAU2[:2]]
        print(f"  {', '.join(map(str, sizes))}: {' and '.join(hits)} % with tau2 = 0 and 0.09")


if __name__ == "__main__":
    main()
