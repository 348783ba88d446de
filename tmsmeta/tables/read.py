"""Read a table of one's own: any file or data frame, any usual names of columns, to one checked table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, Issue, check_level, check_option
from tmsmeta.tables.choose import choose
from tmsmeta.tables.compound import apart
from tmsmeta.tables.data_table import DataTable
from tmsmeta.tables.derive import Derived, derived, row_faults
from tmsmeta.tables.effect_columns import SCALES
from tmsmeta.tables.files import Cells, read_cells
from tmsmeta.tables.header import fold
from tmsmeta.tables.header_words import DIALECTS
from tmsmeta.tables.missing import missing_cells
from tmsmeta.tables.numerals import numbers
from tmsmeta.tables.plausible import plausibility
from tmsmeta.tables.recipes import Role, name_of, user_name
from tmsmeta.tables.recognise import NAMES, Fit, fits
from tmsmeta.tables.repeats import repeated_studies
from tmsmeta.tables.row_choice import chosen_rows
from tmsmeta.tables.shapes import COLUMNS, SHAPES, TEXT, WORDS, Shape
from tmsmeta.tables.treatments import one_spelling, spelling_warnings
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed, near

if TYPE_CHECKING:
    import pandas as pd

MISSING_OPTIONS = ("refuse", "drop")
TOTALS_OPTIONS = ("leave out", "keep")
_LOOKED_AT = 100


@answerable
def read_table(
    source: str | Path | Any,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    rows: Mapping[str, str] | None = None,
    shape: Shape | None = None,
    measure: str | None = None,
    missing: str = "refuse",
    totals: str = "leave out",
    scale: str | None = None,
    level: float = 0.95,
) -> DataTable:
    """Read and check a table of studies, whatever its columns are called.

    What was taken for what stands in ``said``; other columns are kept.

    Args:
        source: a file, or a pandas DataFrame.
        sheet: which sheet of a spreadsheet.
        columns: which column gives what, where the header does not say it or the guess is wrong:
            ``{"events_t": "ai", "n_t": "n1i"}``.
        rows: which rows are wanted, by the value of a column, of a table that holds several outcomes or comparisons:
            ``{"outcome": "response"}``.
        shape: the shape of the table, one of :data:`tmsmeta.tables.shapes.SHAPES`, where two fit.
        measure: the effect measure that is wanted, which decides where the table has counts and means, or n and time.
        missing: ``"refuse"`` lists rows in which something needed is blank; ``"drop"`` leaves them out, on record.
        totals: ``"leave out"`` rows that are totals, or ``"keep"`` them.
        scale: ``"log"`` if estimates are logs (or differences), ``"natural"`` if they are ratios, where nothing tells.
        level: level of the intervals, where the header names none.

    Returns:
        The table, with standard names of columns, what was taken for what, and the rows left out.

    Raises:
        EvidenceError: the file is not there, or has faults; all of them with row, column, value and what is allowed.
        InvalidInputError: two readings fit equally well, or the scale of the estimates cannot be told.
        OutputError: the system refuses to read the file.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import pandas as pd
        >>> import tmsmeta as tm
        >>> frame = pd.DataFrame({"Trial": ["A", "B"], "ai": [12, 8], "n1i": [60, 52], "ci": [6, 5], "n2i": [61, 50]})
        >>> table = tm.read_table(frame)
        >>> table.shape, list(table.frame["events_t"])
        ('two arms', [12, 8])
    """
    check_option("missing", missing, MISSING_OPTIONS)
    check_option("totals", totals, TOTALS_OPTIONS)
    check_option("scale", scale, (None, *SCALES))
    check_option("shape", shape, (None, *SHAPES))
    check_level(level)
    cells = read_cells(source, sheet=sheet)
    if cells.issues:
        raise EvidenceError(cells.issues, f"{cells.name} has faults")
    if rows:
        cells = chosen_rows(cells, rows)
    if not columns:
        cells = apart(cells)
    fit, why = _fit(cells, _given(cells, columns or {}), shape, measure)
    made = derived(cells, fit, missing=missing, totals=totals, scale=scale, level=level)  # type: ignore[arg-type]
    made.said += why
    row_faults(made)
    repeated_studies(made)
    if made.issues:
        order = sorted(made.issues, key=lambda issue: issue.row if isinstance(issue.row, int) else 0)
        raise EvidenceError(order, f"{cells.name} has faults")
    return _table(made)


def _given(cells: Cells, columns: Mapping[str, str]) -> dict[Role, str]:
    """The columns that are given, by role."""
    if not columns:
        return {}
    roles = {user_name(role): role for fit in fits(cells.frame, {}) for role in _all_roles(fit)}
    roles |= {name_of(role): role for role in roles.values()} | {"ratio": ("estimate", "")}
    issues = []
    for role, column in columns.items():
        if role not in roles:
            hint = near(role, list(roles))
            message = f"is no role of a column.{f' Is {hint!r} meant?' if hint else ''}"
            issues.append(Issue(None, "columns", role, message))
        elif column not in cells.columns:
            hint = near(column, list(cells.columns))
            message = f"is not a column of {cells.name}.{f' Is {hint!r} meant?' if hint else ''}"
            issues.append(Issue(None, "columns", column, message))
    if issues:
        raise EvidenceError(issues, "The columns given do not fit the table")
    return {roles[role]: column for role, column in columns.items()}


def _all_roles(fit: Fit) -> tuple[Role, ...]:
    numbered = [(q, str(i)) for q, arm in fit.recipe.roles if arm == "#" for i in range(1, 10)]
    return (*fit.recipe.roles, *fit.recipe.optional, *numbered)


def _fit(
    cells: Cells, given: Mapping[Role, str], shape: Shape | None, measure: str | None
) -> tuple[Fit, tuple[str, ...]]:
    wanted = "estimate" if shape == "ratio" else shape
    found = [fit for fit in fits(cells.frame, given) if wanted is None or fit.recipe.shape == wanted]
    if not found:
        message = "name roles that do not belong to one shape; a table has one."
        raise EvidenceError(Issue(None, "columns", listed([name_of(r) for r in given]), message))
    return choose(cells, found, measure, asked=shape is not None)


def _table(made: Derived) -> DataTable:
    import pandas as pd

    made.frame = made.frame.rename(columns={"treatment1": "treat1", "treatment2": "treat2"})
    frame, spellings = one_spelling(made.frame)
    wanted = [*COLUMNS[made.shape], *(c for c in ("treatment_t", "treatment_c", "n1", "n2") if c in frame)]
    canonical = {c: frame[c] if c in TEXT or not _whole(c) else frame[c].astype("int64") for c in wanted}
    labelled = made.labels.columns if made.labels else ()
    used = {*made.fit.columns.values(), *labelled}
    if len(labelled) > 1:
        used -= set(labelled)  # a year in a label is still a year
    kept = [c for c in made.cells.columns if c not in used]
    others = {_own_name(c, canonical): _number_or_text(made.cells.frame[c].reindex(frame.index)) for c in kept}
    mapping = {user_name(role): column for role, column in made.fit.columns.items()}
    if "study" in mapping:
        mapping["study"] = ", ".join(labelled)
    return DataTable(
        shape=made.shape,
        frame=pd.DataFrame({**canonical, **others}, index=frame.index),
        mapping=mapping,
        kept=tuple(kept),
        data_version=made.cells.data_version,
        origin=made.cells.origin,
        left_out=pd.DataFrame(made.left_out, columns=["row", "study", "reason"]),
        measure=made.measure,
        log=made.log,
        dialect=_dialect(made.fit),
        level=made.level,
        warnings=(*made.warnings, *spelling_warnings(spellings, made.cells.name), *plausibility(made, frame)),
        spellings=spellings,
        said=_said(made, mapping, kept),
        notes=tuple(made.notes),
    )


def _dialect(fit: Fit) -> str | None:
    """The program that most of the columns with numbers are named by; None where there is none."""
    used = [fold(column) for (quantity, _), column in fit.columns.items() if quantity not in NAMES]
    known = {name: sum(column in spelled for column in used) for name, spelled in DIALECTS.items()}
    best = max(known, key=lambda name: known[name])
    return best if 2 * known[best] > len(used) else None


def _whole(column: str) -> bool:
    return column.partition("_")[0] in ("events", "n")


def _own_name(column: str, taken: Mapping[str, Any]) -> str:
    return f"{column} (as given)" if column in taken else column


def _number_or_text(cells: pd.Series) -> pd.Series:
    blank = missing_cells(cells)
    filled = cells[~blank]
    if filled.empty or numbers(filled.head(_LOOKED_AT)).unread:
        return cells.where(~blank, "")
    read = numbers(cells)
    return cells.where(~blank, "") if read.unread else read.values


def _said(made: Derived, mapping: Mapping[str, str], kept: list[str]) -> str:
    """The sentence that says what was taken for what."""
    taken = ", ".join(f"{role} = `{column}`" for role, column in mapping.items())
    parts = [f"read as {WORDS[made.shape]}: {taken}", *dict.fromkeys((*made.cells.said, *made.said))]
    if kept:
        parts.append(f"other columns kept: {', '.join(kept)}")
    return "; ".join(parts)
