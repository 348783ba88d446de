"""Covariates of trials in any usual form, to one table with a row per trial and numbers for columns.

Values find their trial by its label: a mapping of trials to values, or to tuples or mappings of several; a Series whose
index holds the trials; a table with the trials in a column ``study`` or in its index; a mapping of columns, each in one
of these forms. A list is paired by position with the trials of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.pairing import KEY, key_column, table_of
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.cells import lacks
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.input.labels import find, sort_key, text_of
from tmsmeta.words.names import listed, meant

if TYPE_CHECKING:
    import pandas as pd

BY_ARM = ("refuse", "mean")
_DATES = "Mm"


@dataclass(frozen=True, eq=False, kw_only=True)
class Covariate:
    """One covariate of the trials.

    Attributes:
        name: what it is called.
        levels: the categories, the first of which is the baseline; empty for numbers.
        columns: names of its columns: its own, or ``name = level`` for every category but the baseline.
        values: one row per trial and one column each, shape (trials, columns).
        centre: value at which effects are stated, shape (columns,): 0 at the baseline category.
    """

    name: str
    levels: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    centre: Floats

    def at(self, value: Any) -> Floats:
        """The columns at a `value` of the covariate, shape (columns,).

        Raises:
            InvalidInputError: no number, or no category of it.
        """
        if self.levels:
            level = find(value, self.levels)
            if level is None:
                allowed = ", ".join(repr(name) for name in self.levels)
                raise InvalidInputError(Issue(None, self.name, value, f"must be one of its categories: {allowed}."))
            return np.array([float(level == name) for name in self.levels[1:]])
        return np.array([_finite(self.name, value)])


def trial_covariates(
    covariate: Any, data: NetworkData, *, by_arm: str = "refuse", centre: Any = None
) -> tuple[Covariate, ...]:
    """The covariates of the trials of a network.

    Args:
        covariate: values by trial, see above.
        data: the trials.
        by_arm: what is done where the arms of a trial have different values: ``refuse``, or ``mean`` for their mean.
        centre: value at which effects are stated, or a mapping of names to values; by default the mean over trials.

    Raises:
        InvalidInputError: every trial without a value, label that is no trial, value that differs between the arms of
            a trial, date or column without a number or category; a centre of a covariate that does not exist.
        UnknownOptionError: `by_arm` outside its list.
    """
    check_option("by_arm", by_arm, BY_ARM)
    issues: list[Issue] = []
    columns = _columns(covariate, data, issues)
    found = {name: _one_each(name, rows, data, by_arm, issues) for name, rows in columns.items()}
    if issues:
        raise InvalidInputError(issues)
    centres = _centres(centre, tuple(found))
    return tuple(_coded(name, values, data, centres.get(name)) for name, values in found.items())


Rows = list[tuple[str, Any]]
"""Trial and value, one for each row of the input."""


def _columns(covariate: Any, data: NetworkData, issues: list[Issue]) -> dict[str, Rows]:
    """Rows of each covariate, with the trials as the network spells them."""
    if isinstance(covariate, Mapping) and not covariate:
        raise InvalidInputError(Issue(None, "covariate", {}, "holds no value; give one for each trial."))
    if isinstance(covariate, Mapping) and not _holds_trials(covariate, data):
        if key_column(covariate, data.studies) or not all(_is_keyed(values) for values in covariate.values()):
            return _of_table(table_of("covariate", covariate), data, issues)
        return {str(name): _of_pairs(str(name), _pairs(values), data, issues) for name, values in covariate.items()}
    if hasattr(covariate, "columns") or (
        isinstance(covariate, (list, tuple)) and covariate and isinstance(covariate[0], Mapping)
    ):
        return _of_table(table_of("covariate", covariate), data, issues)
    if _is_keyed(covariate):
        name = str(getattr(covariate, "name", None) or "covariate")
        return _spread(name, _of_pairs(name, _pairs(covariate), data, issues), issues)
    return {"covariate": _by_position("covariate", covariate, data)}


def _is_keyed(values: Any) -> bool:
    return isinstance(values, Mapping) or (hasattr(values, "to_dict") and hasattr(values, "index"))


def _holds_trials(mapping: Mapping[Any, Any], data: NetworkData) -> bool:
    return any(find(key, data.studies) is not None for key in mapping)


def _pairs(values: Any) -> Rows:
    """Keys and values; of an index with several levels the one called study, or the first, holds the trials."""
    if isinstance(values, Mapping):
        return [(key, value) for key, value in values.items()]
    level = KEY if KEY in values.index.names else 0
    return list(zip(values.index.get_level_values(level).tolist(), values.tolist(), strict=True))


def _by_position(name: str, values: Any, data: NetworkData) -> Rows:
    given = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    if len(given) != len(data.studies):
        message = f"must be keyed by trial, or hold one value for each of the {len(data.studies)} trials in order."
        raise InvalidInputError(Issue(None, name, len(given), message))
    return list(zip(data.studies, given, strict=True))


def _of_table(table: pd.DataFrame, data: NetworkData, issues: list[Issue]) -> dict[str, Rows]:
    """Columns of a table; a column ``treatment`` beside ``study`` says that rows are arms."""
    table = table.rename(columns={key_column(table, data.studies): KEY})
    keyed = KEY in table.columns
    names = [c for c in table.columns if c != KEY and not (keyed and c == "treatment")]
    if not names:
        raise InvalidInputError(Issue(None, "covariate", list(map(str, table.columns)), "has no column of values."))
    found = {}
    for name in names:
        values = table[name]
        if keyed:
            rows = list(zip(table[KEY].tolist(), values.tolist(), strict=True))
        elif type(table.index).__name__ == "RangeIndex" and not any(find(k, data.studies) for k in table.index):
            rows = _by_position(str(name), values.tolist(), data)
        else:
            rows = _pairs(values)
        found[str(name)] = _of_pairs(str(name), rows, data, issues)
    return found


def _of_pairs(name: str, pairs: Rows, data: NetworkData, issues: list[Issue]) -> Rows:
    """Pairs of trial and value; those of trials that were left out are dropped, unknown ones are faults."""
    out = [e.study for e in data.excluded]
    rows = []
    for key, value in pairs:
        trial = find(key, data.studies)
        if trial is not None:
            rows.append((trial, value))
        elif find(key, out) is None:
            message = f"is no trial of the network.{meant(text_of(key), data.studies)}"
            issues.append(Issue(str(key), name, None, message))
    return rows


def _spread(name: str, rows: Rows, issues: list[Issue]) -> dict[str, Rows]:
    """Several covariates where the values are tuples or mappings: ``x1``, ``x2`` ..., or their own names."""
    if not any(isinstance(value, (tuple, list, Mapping, np.ndarray)) for _, value in rows):
        return {name: rows}
    named = [(trial, _named(value)) for trial, value in rows]
    wanted = list(dict.fromkeys(key for _, values in named for key in values))
    issues += [
        Issue(trial, name, None, f"has no {listed([k for k in wanted if k not in values])}; every trial needs all.")
        for trial, values in named
        if set(values) != set(wanted)
    ]
    return {key: [(trial, values.get(key)) for trial, values in named] for key in wanted}


def _named(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    parts = list(value) if isinstance(value, (tuple, list, np.ndarray)) else [value]
    return {f"x{k}": item for k, item in enumerate(parts, start=1)}


def _one_each(name: str, rows: Rows, data: NetworkData, by_arm: str, issues: list[Issue]) -> list[Any]:
    """One value for every trial of the network, in its order."""
    of_trial: dict[str, list[Any]] = {}
    for trial, value in rows:
        of_trial.setdefault(trial, []).append(value)
    found = []
    for trial in data.studies:
        values = of_trial.get(trial, [])
        if not values or any(lacks(value) for value in values):
            issues.append(Issue(trial, name, None, "needs a value, a finite number or a category."))
        elif len({text_of(value) for value in values}) > 1:
            if by_arm == "refuse" or not all(_is_number(value) for value in values):
                issues.append(_differs(trial, name, values))
            values = [np.mean([float(v) if _is_number(v) else np.nan for v in values])]
        found.append(values[0] if values else None)
    return found


def _differs(trial: str, name: str, values: Sequence[Any]) -> Issue:
    numbers = all(_is_number(value) for value in values)
    advice = "by_arm='mean' takes their mean" if numbers else "categories have no mean, so give one for the trial"
    message = f"differs between the arms of the trial, and a covariate here belongs to the whole trial; {advice}."
    return Issue(trial, name, listed([text_of(v) for v in values]), message)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating, np.bool_)) and not isinstance(value, str)


def _coded(name: str, values: list[Any], data: NetworkData, centre: Any) -> Covariate:
    """A covariate as numbers: itself, less its centre, or an indicator for every category but the first."""
    if all(_is_number(value) for value in values):
        numbers = np.array(values, dtype=np.float64)
        bad = np.flatnonzero(~np.isfinite(numbers)).tolist()
        if bad:
            raise InvalidInputError([Issue(data.studies[s], name, values[s], "needs a finite number.") for s in bad])
        middle = float(numbers.mean()) if centre is None else _finite(name, centre)
        return Covariate(name=name, levels=(), columns=(name,), values=numbers[:, None], centre=np.array([middle]))
    dates = [
        s for s, v in enumerate(values) if hasattr(v, "isoformat") or getattr(v, "dtype", np.dtype(int)).kind in _DATES
    ]
    if dates:
        message = "is a date; give a number, such as the year or the days since the first trial."
        raise InvalidInputError([Issue(data.studies[s], name, str(values[s]), message) for s in dates])
    texts = [text_of(value) for value in values]
    levels = tuple(sorted(dict.fromkeys(texts), key=sort_key))
    if centre is not None:
        first = find(centre, levels)
        if first is None:
            allowed = ", ".join(repr(level) for level in levels)
            raise InvalidInputError(Issue(None, "centre", centre, f"must be one of the categories: {allowed}."))
        levels = (first, *(level for level in levels if level != first))
    values_of = np.array([[float(text == level) for level in levels[1:]] for text in texts])
    return Covariate(
        name=name,
        levels=levels,
        columns=tuple(f"{name} = {level}" for level in levels[1:]),
        values=values_of.reshape(len(texts), len(levels) - 1),
        centre=np.zeros(len(levels) - 1),
    )


def _centres(centre: Any, names: Sequence[str]) -> dict[str, Any]:
    """The centre of each covariate that has one."""
    if centre is None:
        return {}
    if not isinstance(centre, Mapping):
        if len(names) > 1:
            message = f"must be a mapping for several covariates: {listed(names)}."
            raise InvalidInputError(Issue(None, "centre", centre, message))
        return {names[0]: centre}
    strange = [key for key in centre if key not in names]
    if strange:
        message = f"must be one of the covariates: {listed(names)}."
        raise InvalidInputError([Issue(None, "centre", key, message) for key in strange])
    return dict(centre)


def _finite(name: str, value: Any) -> float:
    if not _is_number(value) or not np.isfinite(value):
        raise InvalidInputError(Issue(None, name, value, "must be a finite number."))
    return float(value)
