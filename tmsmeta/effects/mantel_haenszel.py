"""The Mantel-Haenszel point estimate of 2x2 tables, which pooling uses as a centre and `counts` as a model."""

from __future__ import annotations

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import NotAssessable

MEASURES = ("OR", "RR", "RD")


def mantel_haenszel_estimate(effects: EffectSizes) -> float | NotAssessable:
    """Mantel-Haenszel estimate on the scale of the measure (logs for OR and RR), from the counts the effects carry.

    Studies that received a continuity correction enter with it, as RevMan has it.

    Returns:
        The estimate, or why there is none: a measure other than OR, RR, RD; no counts in some study; a numerator
        or denominator of 0.

    References:
        Mantel & Haenszel, J Natl Cancer Inst 1959;22:719; Greenland & Robins, Biometrics 1985;41:55.
    """
    what = "Mantel-Haenszel estimate"
    if effects.measure not in MEASURES:
        return NotAssessable(what, f"exists for {', '.join(MEASURES)}, not for {effects.measure}")
    inputs = effects.require_inputs(what, "events_t", "n_t", "events_c", "n_c")
    if isinstance(inputs, NotAssessable):
        return inputs
    bare = int(np.isnan(inputs).any(axis=0).sum())
    if bare:
        return NotAssessable(what, f"needs the counts of every study, and {bare} of {effects.k} have none")
    add_t, add_c = np.zeros(effects.k), np.zeros(effects.k)
    for record in effects.corrections:
        add_t[record.row - 1], add_c[record.row - 1] = record.added_t, record.added_c
    a, c = inputs[0] + add_t, inputs[2] + add_c
    n_t, n_c = inputs[1] + 2 * add_t, inputs[3] + 2 * add_c
    total = n_t + n_c
    if effects.measure == "RD":
        weight = n_t * n_c / total
        return float((weight * (a / n_t - c / n_c)).sum() / weight.sum())
    if effects.measure == "OR":
        over, under = (a * (n_c - c) / total).sum(), ((n_t - a) * c / total).sum()
    else:
        over, under = (a * n_c / total).sum(), (c * n_t / total).sum()
    if over == 0 or under == 0:
        return NotAssessable(what, "one arm has no events in any study")
    return float(np.log(over) - np.log(under))
