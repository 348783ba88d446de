"""Sets of effects of one measure, one below the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tmsmeta.effects.base import EffectSizes, check_effects
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words.arguments import answerable


@answerable
def combine(*sets: EffectSizes) -> EffectSizes:
    """Put sets of effects on the same measure one below the other, such as trials with counts and trials without.

    Inputs that one set lacks become NaN in its rows.

    Args:
        *sets: sets of effects of one measure, in the order in which their rows are wanted.

    Returns:
        One row per study of all sets. What the arms are called stays where all sets agree on it.

    Raises:
        InvalidInputError: no set, or something else; different measures; a study label that stands in two sets.

    Example:
        >>> import tmsmeta as tm
        >>> counted = tm.effects.binary("RR", [12, 8], [60, 52], [6, 5], [61, 50], study=["A", "B"])
        >>> printed = tm.effects.printed_ratio("RR", [1.80], [1.02], [3.18], study=["C"])
        >>> effects = tm.effects.combine(counted, printed)
        >>> [str(label) for label in effects.study], effects.k
        (['A', 'B', 'C'], 3)
    """
    if not sets:
        raise InvalidInputError(Issue(None, "sets", 0, "must hold at least one set of effects."))
    for effects in sets:
        check_effects(effects)
    measures = list(dict.fromkeys(s.measure for s in sets))
    if len(measures) > 1:
        message = "must be the same in all sets; convert first, or pool them apart."
        raise InvalidInputError(Issue(None, "measure", ", ".join(measures), message))
    study = np.concatenate([s.study for s in sets])
    labels, counts = np.unique(study, return_counts=True)
    twice = [str(label) for label in labels[counts > 1]]
    if twice and len(sets) > 1:
        raise InvalidInputError([Issue(label, "study", None, "stands in the sets more than once.") for label in twice])
    rules = {s.zero_rule for s in sets if s.zero_rule is not None}
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
        zero_rule=rules.pop() if len(rules) == 1 else None,
        comparator=_same(s.comparator for s in sets),
        treated=_same(s.treated for s in sets),
        notes=tuple(dict.fromkeys(note for s in sets for note in s.notes)),
        variance_formula="; ".join(dict.fromkeys(s.variance_formula for s in sets if s.variance_formula)),
    )


def _same(names: Iterable[str]) -> str:
    """The name that all sets have; blank where they differ."""
    different = set(names)
    return different.pop() if len(different) == 1 else ""
