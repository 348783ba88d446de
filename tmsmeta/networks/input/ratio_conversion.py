"""From one ratio to another at a stated risk, so that a trial printed as odds ratio can join risk ratios.

With risk p in the comparator, RR = OR / (1 - p + p OR), and OR = RR (1 - p) / (1 - p RR) (Zhang & Yu, JAMA
1998;280:1690). Standard errors follow by the delta method, with the stated risk taken as known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tmsmeta.effects.pairing import table_of
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.cells import numbers, required
from tmsmeta.networks.input.contrasts import ContrastRules, trials_from_contrasts
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.input.labels import text_labels

CONTRAST_COLUMNS = ("study", "treat1", "treat2", "yi", "se")


def or_to_rr(log_or: Floats, risk: Floats) -> tuple[Floats, Floats]:
    """Log risk ratio, and its derivative by the log odds ratio, at comparator risk `risk`."""
    denominator = 1 - risk + risk * np.exp(log_or)
    return log_or - np.log(denominator), (1 - risk) / denominator


def rr_to_or(log_rr: Floats, risk: Floats) -> tuple[Floats, Floats]:
    """Log odds ratio, and its derivative by the log risk ratio; NaN where the other arm's risk would reach 1."""
    other = risk * np.exp(log_rr)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.where(other < 1, 1 - other, np.nan)
        return log_rr + np.log(1 - risk) - np.log(left), 1 / left


def trials_on_measure(
    contrasts: Any, *, measure: str, comparator_risk: float | None, missing: str = "refuse"
) -> LabelledTrials:
    """Comparisons of a table, each converted to `measure` where its own ``measure`` differs.

    Raises:
        InvalidInputError: missing columns, a measure that has no conversion, a conversion without a comparator risk,
            a risk outside 0 to 1, a converted multi-arm trial (its comparisons have more than one comparator), and
            all faults of :func:`trials_from_contrasts`.
    """
    contrasts = required("contrasts", table_of("contrasts", contrasts), CONTRAST_COLUMNS)
    issues: list[Issue] = []
    study = text_labels(contrasts["study"])
    y, se = numbers("yi", contrasts["yi"], issues), numbers("se", contrasts["se"], issues)
    own = [str(m) for m in contrasts["measure"]] if "measure" in contrasts else [measure] * len(study)
    risk = _risks(contrasts, comparator_risk, len(study))
    issues += _conversion_faults(study, own, measure, risk)
    if issues:
        raise InvalidInputError(issues)
    known = np.isfinite(y)
    y, se, notes = _converted(study, own, measure, y, se, risk)
    message = "is too high for the comparison: the other arm's risk would reach 1. State a lower one."
    unfit = [
        Issue(study[r], "comparator_risk", float(risk[r]), message)
        for r in np.flatnonzero(known & ~np.isfinite(y)).tolist()
    ]
    if unfit:
        raise InvalidInputError(unfit)
    n1, n2 = (contrasts.get(c) for c in ("n1", "n2"))
    rules = ContrastRules(
        measure=measure,
        missing=missing,
        baseline_variance=contrasts.get("baseline_variance"),
        correlation=contrasts.get("correlation"),
    )
    trials = trials_from_contrasts(study, contrasts["treat1"], contrasts["treat2"], y, se, n1=n1, n2=n2, rules=rules)
    return replace(trials, notes=(*notes, *trials.notes))


def _risks(contrasts: Any, comparator_risk: float | None, size: int) -> Floats:
    stated = np.full(size, np.nan if comparator_risk is None else float(comparator_risk))
    if "comparator_risk" not in contrasts:
        return stated
    given = np.array(contrasts["comparator_risk"], dtype=np.float64)
    return np.where(np.isfinite(given), given, stated)


def _conversion_faults(study: list[str], own: list[str], measure: str, risk: Floats) -> list[Issue]:
    issues = []
    for r, (label, found) in enumerate(zip(study, own, strict=True)):
        if found == measure:
            continue
        if {found, measure} != {"OR", "RR"}:
            issues.append(Issue(label, "measure", found, f"cannot be converted to {measure}; only OR and RR can."))
        elif not np.isfinite(risk[r]):
            issues.append(Issue(label, "comparator_risk", None, f"is needed to bring {found} to {measure}."))
        elif not 0 < risk[r] < 1:
            issues.append(Issue(label, "comparator_risk", float(risk[r]), "must lie between 0 and 1."))
        elif study.count(label) > 1:
            issues.append(Issue(label, "measure", found, "cannot be converted for a trial with more than two arms."))
    return issues


def _converted(
    study: list[str], own: list[str], measure: str, y: Floats, se: Floats, risk: Floats
) -> tuple[Floats, Floats, tuple[str, ...]]:
    at = np.array([found != measure for found in own], dtype=bool)
    if not at.any():
        return y, se, ()
    new, slope = (or_to_rr if measure == "RR" else rr_to_or)(y[at], risk[at])
    y, se = y.copy(), se.copy()
    y[at], se[at] = new, se[at] * slope
    other = "OR" if measure == "RR" else "RR"
    notes = tuple(
        f"{study[r]}: {other} brought to {measure} at a comparator risk of {100 * risk[r]:g} %."
        for r in np.flatnonzero(at).tolist()
    )
    return y, se, notes
