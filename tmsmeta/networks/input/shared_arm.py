"""Multi-arm trials that are known by their comparisons with one arm.

Two estimates against the same arm share its variance v0, so that cov(y_B, y_C) = v0, the estimate of B against C is
y_B - y_C, and its variance v_B + v_C - 2 v0 (Franchini, Dias, Ades, Jansen & Welton, Res Synth Methods 2012;3:142).
Where v0 is not printed, a correlation r of the two estimates gives the covariance r sqrt(v_B v_C); it is 0.5 for arms
with equal variances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.input.labels import find
from tmsmeta.words.names import listed


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Rows of comparisons: y estimates treat1 against treat2.

    Attributes:
        study, treat1, treat2: labels, each of length m.
        y, variance: estimate and variance, shape (m,).
        n1, n2: patients, NaN where unknown, shape (m,).
        place: row of the table, counted from 1; 0 for a comparison that was completed.
    """

    study: list[str]
    treat1: list[str]
    treat2: list[str]
    y: Floats
    variance: Floats
    n1: Floats
    n2: Floats
    place: list[int]

    def by_trial(self) -> dict[str, list[int]]:
        """The rows of each trial, in order of appearance."""
        found: dict[str, list[int]] = {}
        for r, trial in enumerate(self.study):
            found.setdefault(trial, []).append(r)
        return found

    def arms(self) -> dict[tuple[str, str], float]:
        """Patients of each arm (trial, treatment), in order of appearance; NaN where no row tells."""
        arms: dict[tuple[str, str], float] = {}
        for trial, at in self.by_trial().items():
            for r in at:
                for treatment, n in ((self.treat1[r], float(self.n1[r])), (self.treat2[r], float(self.n2[r]))):
                    if np.isnan(arms.get((trial, treatment), np.nan)):
                        arms[trial, treatment] = n
        return arms

    def take(self, at: Sequence[int]) -> Comparisons:
        """The rows `at`."""
        where = np.array(at, dtype=np.intp)
        study, treat1, treat2 = ([column[r] for r in at] for column in (self.study, self.treat1, self.treat2))
        y, variance, n1, n2 = (column[where] for column in (self.y, self.variance, self.n1, self.n2))
        return Comparisons(study, treat1, treat2, y, variance, n1, n2, [self.place[r] for r in at])


def lacking_pairs(rows: Comparisons, at: Sequence[int]) -> list[tuple[str, str]]:
    """Pairs of arms of one trial, rows `at`, that no row compares."""
    seen = {frozenset((rows.treat1[r], rows.treat2[r])) for r in at}
    arms = sorted({t for pair in seen for t in pair})
    return [pair for pair in combinations(arms, 2) if frozenset(pair) not in seen]


def shared_arm(rows: Comparisons, at: Sequence[int]) -> str:
    """The one arm that all rows `at` of a trial compare with; blank where there is none."""
    common = set.intersection(*({rows.treat1[r], rows.treat2[r]} for r in at))
    return next(iter(common)) if len(common) == 1 else ""


def completed(
    rows: Comparisons, baseline_variance: Any, correlation: Any, issues: list[Issue]
) -> tuple[Comparisons, list[str]]:
    """The rows, with those among the other arms of trials known against one arm, and a sentence for each such trial.

    Args:
        rows: the comparisons.
        baseline_variance: variance of the shared arm: a number for all such trials, a mapping by trial, or one value
            for each row of the table, NaN where there is none.
        correlation: of two estimates against the shared arm, given in the same ways; used where no variance is.
        issues: where faults go: values that cannot be, trials that do not exist.
    """
    if baseline_variance is None and correlation is None:
        return rows, []
    trials = rows.by_trial()
    v0 = _by_trial("baseline_variance", baseline_variance, rows, issues)
    r0 = _by_trial("correlation", correlation, rows, issues)
    added: list[tuple[str, str, str, float, float, float, float]] = []
    notes = []
    for trial, at in trials.items():
        base = shared_arm(rows, at) if lacking_pairs(rows, at) else ""
        if not base or not (trial in v0 or trial in r0):
            continue
        new, how = _star(rows, trial, at, base, v0.get(trial), r0.get(trial), issues)
        added += new
        notes.append(f"{trial}: {listed([f'{b} against {c}' for _, b, c, *_ in new])} completed from the comparisons "
                     f"with {base}, by {how}.")  # fmt: skip
    if not added:
        return rows, []
    study, treat1, treat2, *found = (list(column) for column in zip(*added, strict=True))
    y, variance, n1, n2 = (np.array(column, dtype=np.float64) for column in found)
    return Comparisons(
        rows.study + study,
        rows.treat1 + treat1,
        rows.treat2 + treat2,
        np.concatenate([rows.y, y]),
        np.concatenate([rows.variance, variance]),
        np.concatenate([rows.n1, n1]),
        np.concatenate([rows.n2, n2]),
        rows.place + [0] * len(added),
    ), notes


def _star(
    rows: Comparisons,
    trial: str,
    at: Sequence[int],
    base: str,
    v0: float | None,
    r0: float | None,
    issues: list[Issue],
) -> tuple[list[tuple[str, str, str, float, float, float, float]], str]:
    """The comparisons among the arms other than `base`, and by what they were found."""
    arms = []
    for r in at:
        turned = rows.treat1[r] == base
        name, n = (rows.treat2[r], rows.n2[r]) if turned else (rows.treat1[r], rows.n1[r])
        arms.append((name, -rows.y[r] if turned else rows.y[r], rows.variance[r], n))
    smallest = min(float(variance) for _, _, variance, _ in arms)
    if v0 is not None and not 0 < v0 < smallest:
        message = f"must be above 0 and below the variances of the comparisons with {base}, {smallest:.4g} or more."
        issues.append(Issue(trial, "baseline_variance", v0, message))
    if v0 is None and r0 is not None and not 0 <= r0 < 1:
        issues.append(Issue(trial, "correlation", r0, "must be 0 or more and below 1."))
    new = []
    for (b, y_b, v_b, n_b), (c, y_c, v_c, n_c) in combinations(arms, 2):
        shared = v0 if v0 is not None else (r0 or 0.0) * np.sqrt(v_b * v_c)
        new.append((trial, b, c, float(y_b - y_c), float(v_b + v_c - 2 * shared), float(n_b), float(n_c)))
    return new, f"a variance of {v0:.4g} for its arm" if v0 is not None else f"a correlation of {r0:g}"


def _by_trial(name: str, values: Any, rows: Comparisons, issues: list[Issue]) -> dict[str, float]:
    """The value of each trial that has one."""
    trials = list(rows.by_trial())
    if values is None:
        return {}
    if hasattr(values, "to_dict") and _is_keyed(values.index, trials):
        values = values.to_dict()
    if isinstance(values, Mapping):
        found = {key: find(key, trials) for key in values}
        issues += [Issue(str(key), name, values[key], "is for a trial that is not among the comparisons.")
                   for key, trial in found.items() if trial is None]  # fmt: skip
        pairs = [(trial, values[key]) for key, trial in found.items() if trial is not None]
    elif np.ndim(values) == 0:
        pairs = [(trial, values) for trial in trials]
    else:
        given = list(values)
        if len(given) < max(rows.place, default=0):
            message = "must be one number, a mapping by trial, or one value for each comparison."
            raise InvalidInputError(Issue(None, name, len(given), message))
        pairs = [(trial, given[place - 1]) for trial, place in zip(rows.study, rows.place, strict=True)]
    known: dict[str, float] = {}
    for trial, value in pairs:
        number = _number(value)
        if number is None:
            issues.append(Issue(trial, name, value, "must be a number."))
        elif np.isfinite(number) and known.setdefault(trial, number) != number:
            issues.append(Issue(trial, name, value, f"must be the same in every row of the trial, {known[trial]:g}."))
    return known


def _is_keyed(index: Any, trials: Sequence[str]) -> bool:
    """Whether the index of a Series holds trials, rather than counting rows."""
    return type(index).__name__ != "RangeIndex" and any(find(key, trials) for key in index)


def _number(value: Any) -> float | None:
    try:
        return float(np.nan if value is None or value == "" else value)
    except (TypeError, ValueError):
        return None
