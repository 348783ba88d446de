"""Arms with a mean, a standard deviation and a size to comparisons with their exact covariance."""

from __future__ import annotations

import numpy as np

from tmsmeta.errors import Issue
from tmsmeta.networks.input.arm_table import (
    ArmKind,
    ArmTable,
    Columns,
    faults_where,
    labelled,
    pair_indices,
)
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, sums


def mean_trials(table: ArmTable, measure: str) -> LabelledTrials:
    """Comparisons of the arms of each trial, as ``MD``, ``SMD`` or ``ROM``.

    * MD: the variances of the means add up, each sd^2 / n.
    * SMD: d = (mean_i - mean_j) / s with one standard deviation s pooled over all N patients in all arms of the trial,
      and variance 1/n_i + 1/n_j + d^2 / (2 N), so that the differences add up and their covariances are those of a
      common s (Gleser & Olkin, in Cooper, Hedges & Valentine, Handbook of Research Synthesis, 2009, chapter 19).
      There is no small-sample factor, which differs between pairs if each has its own degrees of freedom.
    * ROM: log ratio of means, whose variances sd^2 / (n mean^2) add up; all means of a trial must have one sign.
    """
    mean, sd, n = (table.columns[name] for name in ("mean", "sd", "n"))
    size = len(table.studies)
    reasons: dict[int, str] = {}
    no_spread = sums(table.of, sd == 0, size)
    if measure == "ROM":
        positive, arms = sums(table.of, mean > 0, size), np.bincount(table.of, minlength=size)
        bad = (sums(table.of, mean == 0, size) > 0) | ((positive > 0) & (positive < arms))
        reasons |= dict.fromkeys(np.flatnonzero(bad).tolist(), "means that are 0 or of both signs have no ratio")
    few = no_spread > 1 if measure != "SMD" else sums(table.of, sd > 0, size) == 0
    for s in np.flatnonzero(few).tolist():
        reasons.setdefault(s, "standard deviations of 0 leave a comparison without variance")
    keep = np.array([s not in reasons for s in range(size)], dtype=bool)
    first, second = pairs = pair_indices(table.of, keep)
    if measure == "SMD":
        d, variance = _standardised(table, pairs)
        note = "Means were standardised by one SD pooled over all arms of the trial, without a small-sample factor."
        return labelled(table, pairs, d, variance, reasons, (note,), independent=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.log(np.abs(mean)) if measure == "ROM" else mean
        spread = sd**2 / n / (mean**2 if measure == "ROM" else 1.0)
    return labelled(table, pairs, effect[first] - effect[second], spread[first] + spread[second], reasons)


def _standardised(table: ArmTable, pairs: tuple[Integers, Integers]) -> tuple[Floats, Floats]:
    """Standardised differences and their variances."""
    mean, sd, n = (table.columns[name] for name in ("mean", "sd", "n"))
    (first, second), of = pairs, table.of
    total = sums(of, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt(sums(of, (n - 1) * sd**2) / sums(of, n - 1))
    d = (mean[first] - mean[second]) / pooled[of[first]]
    return d, 1 / n[first] + 1 / n[second] + d**2 / (2 * total[of[first]])


def _mean_faults(columns: Columns, rows: Integers) -> list[Issue]:
    sd, n = columns["sd"], columns["n"]
    return [
        *faults_where(rows, sd < 0, "sd", sd, "must not be negative."),
        *faults_where(rows, n < 2, "n", n, "must be at least 2."),
        *faults_where(rows, np.isfinite(n) & (n % 1 != 0), "n", n, "must be a whole number."),
    ]


def _as_one_group(columns: Columns, to: Integers) -> Columns:
    """Mean and SD of groups taken as one; the SD holds what is within and between them (Cochrane Handbook 6.5.2.10)."""
    mean, sd, n = (columns[name] for name in ("mean", "sd", "n"))
    size = sums(to, n)
    middle = sums(to, n * mean) / size
    squares = sums(to, (n - 1) * sd**2 + n * (mean - middle[to]) ** 2)
    return {"mean": middle, "sd": np.sqrt(squares / (size - 1)), "n": size}


MEANS = ArmKind(("mean", "sd", "n"), _mean_faults, _as_one_group)
"""A mean, a standard deviation and patients in each arm."""
