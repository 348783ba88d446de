"""Comparisons (study, treat1, treat2, estimate, standard error), two-arm and multi-arm, checked trial by trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tmsmeta.effects.checks import one_column, same_order
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.cells import blank, kept_rows, numbers, same_length
from tmsmeta.networks.input.data import Exclusion
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.input.labels import coded, one_spelling, text_labels
from tmsmeta.networks.input.multi_arm import check_multi_arm
from tmsmeta.networks.input.shared_arm import Comparisons, completed, lacking_pairs

_OWN_SD = " (an SD for each pair of arms does this; give means by arm, which takes one SD for each trial)"
_HINTS = {"SMD": _OWN_SD, "SMDH": _OWN_SD}
NAMES = ("study", "treat1", "treat2", "yi", "se")


@dataclass(frozen=True, kw_only=True)
class ContrastRules:
    """How comparisons are read.

    Attributes:
        tolerance: how far the estimates of a multi-arm trial may miss adding up, in units of the measure; within it
            they are averaged. None: as the printed digits and the standard errors allow, see
            :mod:`tmsmeta.networks.input.multi_arm`.
        measure: of the estimates; logarithms are judged by the digits of the ratios.
        missing: ``refuse`` rows with a missing value, or ``drop`` them.
        baseline_variance, correlation: of multi-arm trials known against one comparator, see
            :mod:`tmsmeta.networks.input.shared_arm`.
    """

    tolerance: float | None = None
    measure: str = "GEN"
    missing: str = "refuse"
    baseline_variance: Any = None
    correlation: Any = None


def trials_from_contrasts(
    study: Any,
    treat1: Any,
    treat2: Any,
    yi: Any,
    se: Any,
    *,
    n1: Any = None,
    n2: Any = None,
    rules: ContrastRules | None = None,
) -> LabelledTrials:
    """Trials known by their comparisons.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        study: trial of each comparison, shape (m,).
        treat1, treat2: its treatments, shape (m,).
        yi: estimate of treat1 against treat2, ratios on the log scale, shape (m,).
        se: its standard error, shape (m,).
        n1, n2: patients of both arms where known, shape (m,), else NaN.
        rules: how they are read.

    Raises:
        InvalidInputError: every fault: missing values, standard errors not above 0, a treatment against itself, a
            comparison given twice, a multi-arm trial with a comparison missing, estimates that do not add up, or
            standard errors that cannot belong together.
    """
    how = rules or ContrastRules()
    _check_columns({"study": study, "treat1": treat1, "treat2": treat2, "yi": yi, "se": se}, {"n1": n1, "n2": n2})
    given = dict(zip(NAMES, (study, treat1, treat2, yi, se), strict=True))
    same_order({**given, "n1": n1, "n2": n2})
    columns = {name: list(one_column(name, values)) for name, values in given.items()}
    sizes = {name: list(one_column(name, n)) for name, n in (("n1", n1), ("n2", n2)) if n is not None}
    same_length({**columns, **sizes})
    issues: list[Issue] = []
    rows, notes, excluded = _rows(columns, sizes, how.missing, issues)
    if issues:
        raise InvalidInputError(issues)
    rows, said = completed(rows, how.baseline_variance, how.correlation, issues)
    if issues:  # what these complete would only be found wrong for a second time
        raise InvalidInputError(issues)
    rows, lost = _without_gaps(rows, excluded)
    notes += said
    log = MEASURES[how.measure].is_ratio
    for trial, at in rows.by_trial().items():
        if len(at) > 1:
            check_multi_arm(trial, at, rows, how.tolerance, log, issues, notes)
    if issues:
        raise InvalidInputError(issues, "Multi-arm trials that do not hold together" + _HINTS.get(how.measure, ""))
    arms = rows.arms()
    studies, study_of = coded([*(trial for trial, _ in arms), *rows.study])
    treatments, treatment_of = coded([*(treatment for _, treatment in arms), *rows.treat1, *rows.treat2])
    arm_treatment, treat1, treat2 = np.split(treatment_of, [len(arms), len(arms) + len(rows.y)])
    return LabelledTrials(
        studies=studies,
        treatments=treatments,
        study=study_of[len(arms) :],
        treat1=treat1,
        treat2=treat2,
        y=rows.y,
        variance=rows.variance,
        arm_study=study_of[: len(arms)],
        arm_treatment=arm_treatment,
        arm_events=np.full(len(arms), np.nan),
        arm_n=np.array(list(arms.values())),
        excluded=tuple(lost),
        notes=tuple(notes),
    )


def _rows(
    columns: dict[str, list[Any]], sizes: dict[str, list[Any]], missing: str, issues: list[Issue]
) -> tuple[Comparisons, list[str], dict[str, str]]:
    """Checked rows, sentences on what was done to them, and why trials lack rows."""
    keep, reasons = kept_rows({name: blank(values) for name, values in columns.items()}, missing, issues)
    place = np.flatnonzero(keep) + 1
    everyone = text_labels(columns["study"])

    def kept(values: list[Any]) -> list[Any]:
        return [values[row - 1] for row in place.tolist()]

    labels = [text_labels(kept(columns[name])) for name in ("treat1", "treat2")]
    to, notes = one_spelling(Counter(label for column in labels for label in column))
    first, second = ([to.get(label, label) for label in column] for column in labels)
    y, error = (numbers(name, kept(columns[name]), issues, place) for name in ("yi", "se"))
    issues += [
        Issue(int(place[r]), "se", float(error[r]), "must be above 0.") for r in np.flatnonzero(error <= 0).tolist()
    ]
    issues += [
        Issue(row, "treat2", b, "must differ from `treat1`.")
        for row, a, b in zip(place.tolist(), first, second, strict=True)
        if a == b and a
    ]
    n1, n2 = (
        _sizes(name, kept(sizes[name]), issues) if name in sizes else np.full(len(y), np.nan) for name in ("n1", "n2")
    )
    notes += [f"Row {row + 1} ({everyone[row] or 'no trial'}) was left out: {why}." for row, why in reasons.items()]
    lacking: dict[str, str] = {}
    for row, why in reasons.items():
        lacking.setdefault(everyone[row], f"{why} in row {row + 1}")
    rows = Comparisons(kept(everyone), first, second, y, error * error, n1, n2, place.tolist())
    return rows, notes, lacking


def _sizes(name: str, values: list[Any], issues: list[Issue]) -> Floats:
    found = numbers(name, values, issues)
    issues += [Issue(r + 1, name, float(found[r]), "must be at least 1.") for r in np.flatnonzero(found < 1).tolist()]
    return found


def _without_gaps(rows: Comparisons, lacking: dict[str, str]) -> tuple[Comparisons, list[Exclusion]]:
    """Without the trials that lost all rows, or a comparison that their other arms need."""
    here = rows.by_trial()
    lost = [Exclusion(trial, why) for trial, why in lacking.items() if trial and trial not in here]
    gone = {trial for trial in lacking if trial in here and lacking_pairs(rows, here[trial])}
    arms = rows.arms()
    lost += [
        Exclusion(
            trial, f"{lacking[trial]}, and its other arms need the comparison", tuple(t for s, t in arms if s == trial)
        )
        for trial in lacking
        if trial in gone
    ]
    return rows.take([r for r, trial in enumerate(rows.study) if trial not in gone]), lost


def _check_columns(needed: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raise for what is no column: a single value, or nothing where something is needed."""
    given = {**needed, **{name: values for name, values in known.items() if values is not None}}
    issues = [
        Issue(None, name, type(values).__name__, "must be a column, with a value for each comparison.")
        for name, values in given.items()
        if not isinstance(values, Iterable)
    ]
    if issues:
        raise InvalidInputError(issues)
