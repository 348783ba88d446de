"""Rows without a value: refused, or left out and put back into the result with the reason why they have no estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.checks import columns, labels, same_order
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.words.names import alike, listed

Missing = Literal["refuse", "drop"]
_MISSING = get_args(Missing)


@dataclass(frozen=True)
class Rows:
    """The columns of k rows, and which of them are complete.

    Attributes:
        given: the columns, shape (k,) each, NaN where a value is missing.
        study: labels, shape (k,).
        kept: which rows are computed with, shape (k,): all of them, unless rows are dropped.
        gone: a record of each row that is dropped, with the reason.
        arms: what the treated and the comparator arm are called, blank where unknown.
    """

    given: Mapping[str, Floats]
    study: NDArray[np.str_]
    kept: NDArray[np.bool_]
    gone: tuple[Issue, ...]
    arms: tuple[str, str] = ("", "")

    @property
    def complete(self) -> tuple[dict[str, Floats], NDArray[np.str_]]:
        """Columns and labels of the rows that are computed with."""
        if not self.gone:
            return dict(self.given), self.study
        return {name: column[self.kept] for name, column in self.given.items()}, self.study[self.kept]

    def put_back(self, effects: EffectSizes) -> EffectSizes:
        """`effects` of the complete rows, with the dropped ones back in their places, without an estimate."""
        if any(self.arms):
            effects = replace(effects, treated=self.arms[0], comparator=self.arms[1])
        if not self.gone:
            return effects
        places = np.flatnonzero(self.kept)
        issues = dict(zip(np.flatnonzero(~self.kept).tolist(), self.gone, strict=True))
        issues |= {int(places[row]): issue for row, issue in effects.reasons().items()}
        return replace(
            effects,
            yi=self._spread(effects.yi),
            vi=self._spread(effects.vi),
            study=self.study,
            inputs={name: np.array(self.given[name]) for name in effects.inputs},
            corrections=tuple(replace(c, row=int(places[c.row - 1]) + 1) for c in effects.corrections),
            not_estimable=tuple(issues[row] for row in sorted(issues)),
        )

    def _spread(self, values: Floats) -> Floats:
        spread = np.full(len(self.study), np.nan)
        spread[self.kept] = values
        return spread


def study_rows(
    given: Mapping[str, Any], study: Any, missing: Missing = "refuse", arms: tuple[str, str] = ("", "")
) -> Rows:
    """The arguments as float columns of shape (k,), paired by position, with the study labels.

    Args:
        given: the arguments by name.
        study: labels, or None.
        missing: ``drop`` takes rows with a missing value out; ``refuse`` leaves NaN in them, which the checks that
            follow refuse. Missing are None, NaN, pandas' NA and NaT, and the texts of
            :data:`tmsmeta.tables.missing.MISSING`.
        arms: what the treated and the comparator arm are called.

    Raises:
        InvalidInputError: as in :func:`same_order`, :func:`columns` and :func:`labels`; no complete row is left; names
            of arms that are no texts, or the same.
        UnknownOptionError: `missing` is neither.
    """
    check_option("missing", missing, _MISSING)
    check_arms(*arms)
    same_order({**given, "study": study})
    arrays = columns(given)
    names = labels(study, len(next(iter(arrays.values()))))
    if missing == "refuse":
        return Rows(arrays, names, np.ones(len(names), dtype=bool), (), arms)
    blank = {name: np.isnan(values) for name, values in arrays.items()}
    gone = np.logical_or.reduce(list(blank.values()))
    issues = tuple(_reason(str(names[i]), [name for name in blank if blank[name][i]]) for i in np.flatnonzero(gone))
    if gone.all():
        raise InvalidInputError(issues, "No row is complete")
    return Rows(arrays, names, ~gone, issues, arms)


def _reason(study: str, names: list[str]) -> Issue:
    return Issue(study, names[0], None, f"{listed(names)} {'is' if len(names) == 1 else 'are'} missing.")


def check_arms(treated: object, comparator: object) -> None:
    """Raise unless these can be the names of two arms; a blank one is unknown.

    Raises:
        InvalidInputError: a name that is no text; one name for both.
    """
    given = {"treated": treated, "comparator": comparator}
    faults = [
        Issue(None, name, value, "must be a text, the name of an arm.")
        for name, value in given.items()
        if not isinstance(value, str)
    ]
    if not faults and treated and alike(treated) == alike(comparator):
        faults.append(Issue(None, "treated", treated, "is the name of the comparator too; the arms need two names."))
    if faults:
        raise InvalidInputError(faults)
