"""Several sets of effect sizes as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue


def combine(*sets: EffectSizes) -> EffectSizes:
    """Put sets of effects on the same measure one below the other, such as trials with counts and trials without.

    Inputs that one set lacks become NaN in its rows.

    Raises:
        InvalidInputError: no set; different measures; a study label that stands in two sets.
    """
    if not sets:
        raise InvalidInputError(Issue(None, "sets", 0, "must hold at least one set of effects."))
    measures = list(dict.fromkeys(s.measure for s in sets))
    if len(measures) > 1:
        message = "must be the same in all sets; convert first, or pool them apart."
        raise InvalidInputError(Issue(None, "measure", ", ".join(measures), message))
    study = np.concatenate([s.study for s in sets])
    labels, counts = np.unique(study, return_counts=True)
    twice = [str(label) for label in labels[counts > 1]]
    if twice and len(sets) > 1:
        raise InvalidInputError([Issue(label, "study", None, "stands in the sets more than once.") for label in twice])
    names = list(dict.fromkeys(name for s in sets for name in s.inputs))
    return EffectSizes(
        measure=measures[0],
        yi=np.concatenate([s.yi for s in sets]),
        vi=np.concatenate([s.vi for s in sets]),
        study=study,
        inputs={n: np.concatenate([s.inputs.get(n, np.full(s.k, np.nan)) for s in sets]) for n in names},
        corrections=tuple(
            replace(c, row=c.row + sum(part.k for part in sets[:i])) for i, s in enumerate(sets) for c in s.corrections
        ),
        not_estimable=tuple(i for s in sets for i in s.not_estimable),
    )
