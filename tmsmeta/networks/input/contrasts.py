"""Comparisons (study, treat1, treat2, estimate, standard error), two-arm and multi-arm, checked trial by trial.

A multi-arm trial must give all p(p-1)/2 comparisons: their standard errors are what tells how its comparisons hang
together. They must be able to belong together (the covariance they imply must be positive definite) and the
estimates must add up around each triangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from tmsmeta.effects.checks import same_order
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.from_labels import LabelledTrials, numbers, same_length, text_labels
from tmsmeta.networks.input.independent_contrasts import Floats, centred_covariance

TOLERANCE = 0.001
"""How far the estimates of a multi-arm trial may miss adding up, in units of the measure: rounding in print."""


def trials_from_contrasts(
    study: Any,
    treat1: Any,
    treat2: Any,
    yi: Any,
    se: Any,
    *,
    n1: Any = None,
    n2: Any = None,
    tolerance: float = TOLERANCE,
) -> LabelledTrials:
    """Trials known by their comparisons.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        study: trial of each comparison, shape (m,).
        treat1, treat2: its treatments, shape (m,).
        yi: estimate of treat1 against treat2, ratios on the log scale, shape (m,).
        se: its standard error, shape (m,).
        n1, n2: patients of both arms where known, shape (m,), else NaN.
        tolerance: how far the estimates of a multi-arm trial may miss adding up; within it they are averaged.

    Raises:
        InvalidInputError: every fault: missing values, standard errors not above 0, a treatment against itself, a
            comparison given twice, a multi-arm trial with a comparison missing, estimates that do not add up, or
            standard errors that cannot belong together.
    """
    columns = {"study": study, "treat1": treat1, "treat2": treat2, "yi": yi, "se": se}
    same_order({**columns, "n1": n1, "n2": n2})
    same_length(columns)
    issues: list[Issue] = []
    studies, first, second = (text_labels(name, columns[name], issues) for name in ("study", "treat1", "treat2"))
    y, error = numbers("yi", yi, issues), numbers("se", se, issues)
    issues += [Issue(r + 1, "se", float(error[r]), "must be above 0.") for r in np.flatnonzero(error <= 0).tolist()]
    issues += [
        Issue(r, "treat2", b, "must differ from `treat1`.")
        for r, (a, b) in enumerate(zip(first, second, strict=True), start=1)
        if a == b and a
    ]
    if issues:
        raise InvalidInputError(issues)
    rows_of: dict[str, list[int]] = {}
    for r, s in enumerate(studies):
        rows_of.setdefault(s, []).append(r)
    notes: list[str] = []
    variance = error * error
    for s, rows in rows_of.items():
        if len(rows) > 1:
            _check_multi_arm(s, rows, first, second, y, variance, tolerance, issues, notes)
    if issues:
        raise InvalidInputError(issues, "Multi-arm trials that do not hold together")
    arm_study, arm_treatment, arm_n = _arms(rows_of, first, second, n1, n2)
    return LabelledTrials(
        study=studies,
        treat1=first,
        treat2=second,
        y=y,
        variance=variance,
        arm_study=arm_study,
        arm_treatment=arm_treatment,
        arm_events=np.full(len(arm_study), np.nan),
        arm_n=arm_n,
        notes=tuple(notes),
    )


def _arms(
    rows_of: dict[str, list[int]], first: Sequence[str], second: Sequence[str], n1: Any, n2: Any
) -> tuple[list[str], list[str], Floats]:
    """Trial, treatment and patients of each arm, in order of appearance."""
    arms: dict[tuple[str, str], int] = {}
    for s, rows in rows_of.items():
        for r in rows:
            arms.setdefault((s, first[r]), 2 * r)
            arms.setdefault((s, second[r]), 2 * r + 1)
    unknown = np.full(len(first), np.nan)
    sizes = np.column_stack([unknown if n is None else np.array(n, dtype=np.float64) for n in (n1, n2)])
    return [s for s, _ in arms], [t for _, t in arms], sizes.ravel()[list(arms.values())]


def _check_multi_arm(
    study: str,
    rows: list[int],
    first: Sequence[str],
    second: Sequence[str],
    y: Floats,
    variance: Floats,
    tolerance: float,
    issues: list[Issue],
    notes: list[str],
) -> None:
    """Record faults and notes of one trial with more than one comparison."""
    seen: dict[frozenset[str], int] = {}
    for r in rows:
        pair = frozenset((first[r], second[r]))
        if pair in seen:
            where = f"row {r + 1} ({study})"
            issues.append(Issue(where, "treat1", first[r], f"against {second[r]} stands in row {seen[pair] + 1} too."))
        seen.setdefault(pair, r)
    arms = sorted({t for pair in seen for t in pair})
    lacking = [pair for pair in combinations(arms, 2) if frozenset(pair) not in seen]
    issues += [
        Issue(study, "treat1", None, f"has {len(arms)} arms but no comparison of {a} and {b}; give all of them.")
        for a, b in lacking
    ]
    if lacking or len(seen) < len(rows):
        return
    at = {t: k for k, t in enumerate(arms)}
    estimate, spread = np.zeros((len(arms), len(arms))), np.zeros((len(arms), len(arms)))
    for r in rows:
        i, j = at[first[r]], at[second[r]]
        estimate[i, j], estimate[j, i] = y[r], -y[r]
        spread[i, j] = spread[j, i] = variance[r]
    issues += _loops(study, arms, estimate, tolerance, notes)
    issues += _incompatible(study, arms, spread)


def _loops(study: str, arms: list[str], estimate: Floats, tolerance: float, notes: list[str]) -> list[Issue]:
    """Estimates that do not add up around a triangle of arms."""
    issues = []
    worst = 0.0
    for i, j, k in combinations(range(len(arms)), 3):
        gap = abs(estimate[i, j] + estimate[j, k] + estimate[k, i])
        worst = max(worst, gap)
        if gap > tolerance:
            message = (
                f"{arms[i]} against {arms[k]} should equal {arms[i]} against {arms[j]} plus {arms[j]} against "
                f"{arms[k]}, and misses it by {gap:.4g} (allowed: {tolerance:g})."
            )
            issues.append(Issue(study, "yi", float(estimate[i, k]), message))
    if not issues and worst > 1e-9:
        notes.append(f"{study}: estimates miss adding up by {worst:.2g} (rounding); they were averaged over its arms.")
    return issues


def _incompatible(study: str, arms: list[str], spread: Floats) -> list[Issue]:
    """Standard errors that no covariance matrix can have produced."""
    values = np.linalg.eigvalsh(centred_covariance(spread))
    # the smallest eigenvalue belongs to the sum of all arms and is zero by construction
    if values[1] > 1e-10 * values[-1] and values[0] > -1e-10 * values[-1]:
        return []
    error = np.sqrt(spread)
    worst, found = -np.inf, (0, 1)
    for i, j in combinations(range(len(arms)), 2):
        detours = [error[i, k] + error[k, j] for k in range(len(arms)) if k not in (i, j)]
        excess = max(
            error[i, j] - min(detours),
            np.max(np.abs([error[i, k] - error[k, j] for k in range(len(arms)) if k not in (i, j)])) - error[i, j],
        )
        if excess > worst:
            worst, found = excess, (i, j)
    a, b = found
    message = f"of {arms[a]} against {arms[b]} cannot belong together with the trial's other standard errors."
    return [Issue(study, "se", float(error[a, b]), message)]
