"""Comparisons (study, treat1, treat2, estimate, standard error), two-arm and multi-arm, checked trial by trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tmsmeta.effects.checks import same_order
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.from_labels import LabelledTrials, numbers, same_length, text_labels
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.input.multi_arm import check_multi_arm


def trials_from_contrasts(
    study: Any,
    treat1: Any,
    treat2: Any,
    yi: Any,
    se: Any,
    *,
    n1: Any = None,
    n2: Any = None,
    tolerance: float | None = None,
    log: bool = False,
) -> LabelledTrials:
    """Trials known by their comparisons.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        study: trial of each comparison, shape (m,).
        treat1, treat2: its treatments, shape (m,).
        yi: estimate of treat1 against treat2, ratios on the log scale, shape (m,).
        se: its standard error, shape (m,).
        n1, n2: patients of both arms where known, shape (m,), else NaN.
        tolerance: how far the estimates of a multi-arm trial may miss adding up, in units of the measure; within it
            they are averaged. By default as the printed digits and the standard errors allow, see
            :mod:`tmsmeta.networks.input.multi_arm`.
        log: whether the estimates are logarithms of printed ratios.

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
            check_multi_arm(s, rows, first, second, y, variance, tolerance, log, issues, notes)
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
