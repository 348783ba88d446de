"""Effects straight from a table, whatever its shape and the names of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.generic import generic, printed_ratio
from tmsmeta.effects.means import continuous
from tmsmeta.effects.measures import MEASURES, of_family
from tmsmeta.effects.one_arm import proportion, rate
from tmsmeta.effects.two_arm import binary, rate_ratio
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.tables.data_table import DataTable
from tmsmeta.tables.shapes import BY_ARM, COLUMNS, WORDS, Shape
from tmsmeta.words.arguments import answerable

DEFAULT_MEASURE: Mapping[Shape, str] = {
    "two arms": "RR",
    "two means": "MD",
    "two rates": "IRR",
    "ratio": "RR",
    "estimate": "GEN",
    "proportions": "PLO",
    "rates": "IRLN",
}
"""The measure of each shape, where neither the header nor the call names one."""

_MAKERS: Mapping[Shape, Callable[..., EffectSizes]] = {
    "two arms": binary,
    "two means": continuous,
    "two rates": rate_ratio,
    "proportions": proportion,
    "rates": rate,
}
_FAMILIES: Mapping[Shape, tuple[Any, ...]] = {
    "two arms": ("binary",),
    "two means": ("continuous",),
    "two rates": ("rate ratio",),
    "proportions": ("proportion",),
    "rates": ("rate",),
}


@answerable
def from_frame(
    table: Any,
    measure: str | None = None,
    *,
    control: str | None = None,
    treated: str | None = None,
    columns: Mapping[str, str] | None = None,
    missing: str = "refuse",
    shape: Shape | None = None,
    scale: str | None = None,
    level: float = 0.95,
    decimals: int | None = None,
    **choices: Any,
) -> EffectSizes:
    """Effects of a table: a DataFrame, or what :func:`tmsmeta.read_table` gives.

    Args:
        table: any shape; arms and comparisons are put against a comparator, and sums of arms are said in ``notes``.
        measure: an effect measure; by default the one that the header names, else ``RR`` for counts, ``MD`` for means,
            ``IRR`` for rates of two arms, ``PLO`` for proportions, ``IRLN`` for rates.
        control: the comparator, where the table has a row per arm; where its rows hold both arms and nothing names
            them, what the comparator is called. See :meth:`DataTable.against`.
        treated: what the treated arms are called; of several treatments of the table, the one that is compared.
        columns, missing, shape, scale, level: as in :func:`tmsmeta.read_table`, for a DataFrame.
        decimals: how many decimals ratios were printed with; see :func:`tmsmeta.effects.printed_ratio`.
        **choices: of the function that computes the effects, such as ``zero_cells`` of :func:`tmsmeta.effects.binary`.

    Returns:
        A row per study, in the order of the table, with ``comparator``, ``treated`` and ``notes``.

    Raises:
        InvalidInputError: as in :func:`tmsmeta.read_table` and :meth:`DataTable.against`; a measure that is not one of
            this kind of table.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import pandas as pd
        >>> import tmsmeta as tm
        >>> counts = {"events_t": [12, 8], "n_t": [60, 52], "events_c": [6, 5], "n_c": [61, 50]}
        >>> effects = tm.effects.from_frame(pd.DataFrame({"study": ["A", "B"], **counts}), "RR")
        >>> [f"{ratio:.2f}" for ratio in tm.effects.back_transform("RR", effects.yi)]
        ['2.03', '1.54']
    """
    if not isinstance(table, DataTable):
        from tmsmeta.tables.read import read_table

        how: dict[str, Any] = {"columns": columns, "missing": missing, "shape": shape, "scale": scale, "level": level}
        table = read_table(table, measure=measure, **how)
    if table.shape in BY_ARM or table.shape == "contrasts" or control is not None or treated is not None:
        table = table.against(control, treated)
    notes = list(table.notes)
    if measure is None and table.measure is None and table.shape == "ratio":
        notes.append("The ratios were taken for risk ratios (RR), as nothing names their measure.")
    chosen = measure or table.measure or DEFAULT_MEASURE.get(table.shape, "GEN")
    made = _made(table, chosen, decimals, choices)
    told = " ".join(notes)
    dropped = [
        f"row {row}{f' ({study})' if study else ''}, {reason}"
        for row, study, reason in _rows(table)
        if reason not in told
    ]
    left_out = [f"Left out: {'; '.join(dropped)}."] if dropped else []
    comparator, treated = _name(table, "c"), _name(table, "t")
    return replace(made, comparator=comparator, treated=treated, notes=(*left_out, *notes, *made.notes))


def _rows(table: DataTable) -> list[tuple[Any, str, str]]:
    """The rows left out when the table was read."""
    listed = table.left_out[["row", "study", "reason"]].itertuples(index=False)
    return [(row, study, reason) for row, study, reason in listed if row == row and row is not None]


def _name(table: DataTable, arm: str) -> str:
    """What an arm is called: by the table as a whole, or in each of its rows."""
    known = table.comparator if arm == "c" else table.treated
    names = table.frame[f"treatment_{arm}"].unique().tolist() if f"treatment_{arm}" in table.frame else []
    return known or (str(names[0]) if len(names) == 1 else "")


def _made(table: DataTable, measure: str, decimals: int | None, choices: Mapping[str, Any]) -> EffectSizes:
    frame = table.frame
    if decimals is not None and table.shape != "ratio":
        message = f"is for printed ratios with limits; this table holds {WORDS[table.shape]}. Leave it out."
        raise InvalidInputError(Issue(None, "decimals", decimals, message))
    if table.shape in _MAKERS:
        check_option("measure", measure, of_family(*_FAMILIES[table.shape]))
        numbers = [frame[column].to_numpy() for column in COLUMNS[table.shape][1:]]
        return _MAKERS[table.shape](measure, *numbers, study=frame["study"].to_numpy(), **choices)
    if choices:
        message = f"{'is' if len(choices) == 1 else 'are'} for counts; this table holds {WORDS[table.shape]}."
        raise InvalidInputError(Issue(None, ", ".join(choices), None, message))
    study = frame["study"].to_numpy()
    if table.shape == "ratio":
        printed = (frame["ratio"].to_numpy(), frame["ci_low"].to_numpy(), frame["ci_high"].to_numpy())
        return printed_ratio(measure, *printed, level=table.level, decimals=decimals, study=study)
    check_option("measure", measure, MEASURES)
    return generic(frame["estimate"].to_numpy(), se=frame["se"].to_numpy(), measure=measure, study=study)
