"""From a table of any kind to what a network is made of: arms, or comparisons with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.data_table import DataTable
from tmsmeta.tables.read import read_table
from tmsmeta.tables.shapes import WORDS

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = {"events", "n", "mean", "sd", "time"}
_ARMS = ("arms", "mean arms", "rate arms", "two arms", "two means", "two rates")


@dataclass(frozen=True, eq=False)
class NetworkTable:
    """What a table gives a network.

    Attributes:
        arms: a row per arm, or None.
        contrasts: study, treat1, treat2, yi (ratios logged), se, and n1, n2 where known; or None.
        notes: what was left out and taken together when the table was read, as sentences.
    """

    arms: Any = None
    contrasts: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()


def network_table(given: Any, *, measure: str, missing: str) -> NetworkTable:
    """The arms or comparisons of a table; a table of arms that has the names of columns already is left as it is.

    Args:
        given: a :class:`DataTable`, a file, a DataFrame with any usual names of columns, or arms as
            :func:`tmsmeta.network` describes them.
        measure: the effect measure that is wanted.
        missing: ``refuse`` or ``drop``.

    Raises:
        InvalidInputError: the table names no treatments; its estimates are on another measure.
    """
    if isinstance(given, (str, Path)) or (_is_frame(given) and not _canonical(given)):
        given = read_table(given, measure=measure, missing=missing)
    if not isinstance(given, DataTable):
        return NetworkTable(arms=given)
    notes = [f"Row {row} was left out: {why}." for row, _, why in given.left_out.itertuples(index=False)]
    notes += [f"{issue.found!r} {issue.message}" for issue in given.warnings if issue.column == "treatment"]
    if given.shape in _ARMS and ((given.shape.endswith("arms") and "two" not in given.shape) or _named(given)):
        return NetworkTable(arms=given.arms(), notes=tuple(notes))
    if given.shape == "contrasts" or (given.shape in ("ratio", "estimate") and _named(given)):
        return NetworkTable(contrasts=_contrasts(given, measure), notes=tuple(notes))
    message = (
        f"holds {WORDS[given.shape]}, and no column names the treatments. A network needs treatment (a row per arm), "
        "treat1 and treat2 (a row per comparison), or treatment_t and treatment_c."
    )
    raise InvalidInputError(Issue(None, "table", given.origin, message))


def _is_frame(given: Any) -> bool:
    return hasattr(given, "columns") and hasattr(given, "iloc")


def _canonical(frame: Any) -> bool:
    """Whether a table has the names of columns that arms have here, or is none that can be read otherwise."""
    columns = set(frame.columns.tolist())
    return {"study", "treatment"} <= columns and (len(columns) == 2 or not _NUMBERS.isdisjoint(columns))


def _named(table: DataTable) -> bool:
    return {"treatment_t", "treatment_c"} <= set(table.frame.columns)


def _contrasts(table: DataTable, measure: str) -> pd.DataFrame:
    """Study, treat1, treat2, yi, se."""
    frame = table.frame.rename(columns={"treatment_t": "treat1", "treatment_c": "treat2", "estimate": "yi"})
    if table.measure not in (None, measure) and measure != "GEN":
        message = f"must be {table.measure}, which the table says its estimates are."
        raise InvalidInputError(Issue(None, "measure", measure, message))
    if table.shape == "ratio":
        if not MEASURES[measure].is_ratio:
            raise InvalidInputError(Issue(None, "measure", measure, "must be a ratio, as the estimates are ratios."))
        width = np.log(frame["ci_high"]) - np.log(frame["ci_low"])
        z = NormalDist().inv_cdf(0.5 + table.level / 2)
        frame = frame.assign(yi=np.log(frame["ratio"]), se=width / (2 * z))
    wanted = ["study", "treat1", "treat2", "yi", "se", *(c for c in ("n1", "n2") if c in frame)]
    return frame[wanted].reset_index(drop=True)
