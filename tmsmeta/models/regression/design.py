"""From a formula and a table of moderators to a design matrix, with every fault named."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats, check_effects
from tmsmeta.effects.dates import Unit, as_numbers, unit_of
from tmsmeta.effects.pairing import KEY, paired_table, table_of
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.regression.formula import ParsedFormula, parsed_formula
from tmsmeta.pooling.heterogeneity.weighted_regression import independent

if TYPE_CHECKING:
    import pandas as pd

_ONE_THREAD = Lock()


@dataclass(frozen=True, kw_only=True)
class Design:
    """A design matrix, and how to build the same columns for new studies.

    Attributes:
        x: one row per study kept, one column per coefficient, shape (k, p).
        terms: name of each column, shape (p,).
        kept: rows of the effects that `x` belongs to, shape (k,).
        dropped: studies left out for a missing moderator, each with the columns.
        columns: the columns of the data that the formula reads, and
        factors: those among them that it takes as categories by ``C()``, and
        units: those that are dates or durations, which are numbers of these units in the design.
        levels: for columns that hold categories, the ones that were seen.
        encoder: what turns new data into the same columns; from formulaic.
    """

    x: Floats
    terms: tuple[str, ...]
    kept: NDArray[np.intp]
    dropped: tuple[Issue, ...]
    columns: tuple[str, ...]
    levels: Mapping[str, tuple[Any, ...]]
    encoder: Any
    factors: frozenset[str] = frozenset()
    units: Mapping[str, Unit] = field(default_factory=dict)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Those of `columns` that are numbers, dates or durations and enter as such."""
        state = self.encoder.encoder_state
        coded = {str(factor) for factor, (_, found) in state.items() if "categories" in found}
        return tuple(c for c in self.columns if c not in self.levels and c not in self.factors and c not in coded)

    def rows_for(self, new_data: Any) -> tuple[Floats, Any]:
        """Design matrix of new studies, shape (rows, p), and their labels where there is a column ``study``.

        Raises:
            InvalidInputError: columns that are absent, missing values, or categories that no study had.
        """
        from formulaic.errors import DataMismatchWarning

        table = table_of("new_data", new_data).reset_index(drop=True)
        if not self.columns:  # an intercept alone is the same in every row
            return np.repeat(self.x[:1], len(table) if len(table.columns) else 1, axis=0), table.get(KEY)
        absent = [Issue(None, c, None, "is needed by the formula, and `new_data` lacks it.") for c in self.columns]
        if faults := [i for i in absent if i.column not in table.columns]:
            raise InvalidInputError(faults)
        table = _in_units(table, {name: unit for name, unit in self.units.items() if unit_of(table[name])})
        if faults := _missing(table, self.columns) + self._unseen(table):
            raise InvalidInputError(faults)
        with _ONE_THREAD, warnings.catch_warnings():  # filters of warnings are those of all threads
            warnings.simplefilter("error", DataMismatchWarning)
            try:
                matrix = _evaluate(self.encoder, _as_read(table, self.columns, self.factors))
            except DataMismatchWarning as error:
                message = f"must hold no categories but those of the studies: {self._categories()}."
                raise InvalidInputError(Issue(None, "new_data", None, message)) from error
        return np.asarray(matrix, dtype=float), table.get(KEY)

    def _categories(self) -> str:
        """The categories that each factor of the formula knows, in words."""
        known = {str(f): state.get("categories") for f, (_, state) in self.encoder.encoder_state.items()}
        return "; ".join(f"{f} has {', '.join(map(str, c))}" for f, c in known.items() if c)

    def _unseen(self, table: pd.DataFrame) -> list[Issue]:
        return [
            Issue(row, column, value, f"must be one of the categories seen: {', '.join(map(repr, seen))}.")
            for column, seen in self.levels.items()
            for row, value in enumerate(table[column], start=1)
            if value not in seen
        ]


def build_design(effects: EffectSizes, formula: str, data: Any, *, drop_missing: bool) -> Design:
    """The design matrix of the studies that have an estimate.

    Args:
        effects: k rows, of which those without an estimate are left out.
        formula: right-hand side, such as ``"~ dose + C(country)"``; the tilde may be left out.
        data: moderators, paired with `effects` as in :func:`~tmsmeta.effects.pairing.paired_table`.
        drop_missing: leave out studies with a missing moderator instead of raising.

    Raises:
        InvalidInputError: a formula that cannot be read or has a left-hand side, columns that are absent, rows that
            differ in number, missing or infinite moderators, columns that depend on one another.
    """
    check_effects(effects)
    parsed = parsed_formula(formula)
    table = paired_table("data", data, effects.study.tolist())
    columns = parsed.names
    absent = [name for name in columns if name not in table.columns]
    if absent:
        have = ", ".join(map(str, table.columns))
        raise InvalidInputError(
            [Issue(None, name, None, f"is no column of `data`, which has: {have}.") for name in absent]
        )

    found = {name: unit_of(table[name]) for name in columns if name not in parsed.factors}
    units = {name: unit for name, unit in found.items() if unit is not None}
    table = _in_units(table, units)
    candidates = np.flatnonzero(effects.estimable)
    missing = _missing(table.iloc[candidates], columns, effects.study)
    if missing and not drop_missing:
        raise InvalidInputError(missing, "Moderators are missing (use `missing`='drop' to leave these studies out)")
    lacking = {issue.row for issue in missing}
    kept = np.array([i for i in candidates.tolist() if _row_label(effects.study, i) not in lacking], dtype=np.intp)
    return replace(_encode(parsed, table, kept, tuple(missing), effects.study), units=units)


def _encode(
    parsed: ParsedFormula,
    table: pd.DataFrame,
    kept: NDArray[np.intp],
    dropped: tuple[Issue, ...],
    study: NDArray[np.str_],
) -> Design:
    used = _as_read(table.iloc[kept].reset_index(drop=True), parsed.names, parsed.factors)
    for name in parsed.names:
        if hasattr(used[name], "cat"):
            used[name] = used[name].cat.remove_unused_categories()
    matrix = _evaluate(parsed.recipe, used)
    x = np.asarray(matrix, dtype=float)
    terms = tuple(parsed.shown(str(c)) for c in matrix.columns)
    silent = [str(term) for term, slots in matrix.model_spec.term_indices.items() if not slots and str(term) != "0"]
    if silent:
        message = "has one category only, so it tells no study from another."
        raise InvalidInputError([Issue(None, term, None, message) for term in silent])
    infinite = [
        Issue(str(study[kept[i]]), terms[j], float(x[i, j]), "must be a finite number.")
        for i, j in np.argwhere(~np.isfinite(x))
    ]
    if infinite:
        raise InvalidInputError(infinite)
    _check_rank(x, terms)
    levels = {
        name: tuple(dict.fromkeys(used[name].tolist()))
        for name in parsed.names
        if used[name].dtype.kind not in "iufb" and not hasattr(used[name].dtype, "tz")
    }
    return Design(
        x=x,
        terms=terms,
        kept=kept,
        dropped=dropped,
        columns=parsed.names,
        levels=levels,
        encoder=matrix.model_spec,
        factors=parsed.factors,
    )


def _in_units(table: pd.DataFrame, units: Mapping[str, Unit]) -> pd.DataFrame:
    """The table with dates and durations as numbers."""
    return table.assign(**{name: as_numbers(table[name], unit) for name, unit in units.items()}) if units else table


def _as_read(table: pd.DataFrame, names: Sequence[str], factors: Collection[str]) -> pd.DataFrame:
    """The columns that a formula reads; whole numbers as decimals, whose powers neither overflow nor need be whole."""
    if not names:
        return table.assign(_row=0)[["_row"]]
    used = table if [*table.columns] == [*names] else table[[*names]]
    whole = [name for name in names if used[name].dtype.kind in "iu" and name not in factors]
    return used.astype(dict.fromkeys(whole, float)) if whole else used


def _evaluate(recipe: Any, table: pd.DataFrame) -> Any:
    """Columns of the formula for a table; `recipe` is a parsed formula or the encoder of an earlier one."""
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            return recipe.get_model_matrix(table, context={"sqrt": np.sqrt}, na_action="ignore")
    except FormulaicError as error:
        raise InvalidInputError(Issue(None, "formula", None, f"cannot be evaluated: {error}")) from error


def _row_label(study: Sequence[str] | NDArray[np.str_], index: int) -> str:
    return f"row {index + 1} ({study[index]})"


def _missing(table: pd.DataFrame, columns: Sequence[str], study: NDArray[np.str_] | None = None) -> list[Issue]:
    """Missing and infinite values by column and row; the index of the table is the row counted from 0."""
    faults = []
    for column in columns:
        values = table[column]
        bad = values.isna().to_numpy()
        if values.dtype.kind == "f":
            bad = bad | ~np.isfinite(values.to_numpy())
        for i in np.flatnonzero(bad).tolist():
            row = int(table.index[i])
            label = row + 1 if study is None else _row_label(study, row)
            found = values.iloc[i]
            found = found.item() if isinstance(found, np.generic) else found
            faults.append(Issue(label, column, found, "must not be missing or infinite."))
    return faults


def _check_rank(x: Floats, terms: tuple[str, ...]) -> None:
    """Raise for columns that are linear combinations of those before them, whatever their scale."""
    if x.shape[0] < x.shape[1] or independent(x):
        return  # too few studies are reported with the fit
    faults = []
    kept: list[int] = []
    for j, term in enumerate(terms):
        if independent(x[:, [*kept, j]]):
            kept.append(j)
        else:
            message = (
                "is a linear combination of the columns before it, to nine digits at least; leave out one of the "
                "moderators involved, or count one that hardly varies for its size from its mean."
            )
            faults.append(Issue(None, term, None, message))
    if faults:
        raise InvalidInputError(faults, "The coefficients cannot be told apart")
