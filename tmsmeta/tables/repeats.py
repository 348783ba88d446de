"""Studies that stand in several rows: a question where these are outcomes, a warning where each can be a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.tables.header import pieces
from tmsmeta.tables.header_words import OUTCOMES
from tmsmeta.tables.numerals import numbers
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.tables.derive import Derived

_NAMED = 5


def repeated_studies(made: Derived) -> None:
    """Add what is to be said of labels that stand in several rows; the arms of a study may repeat its label.

    Several outcomes or time points of one study are a fault, as their rows hold the same patients. Other rows, such
    as two studies of one author, or subgroups, stay rows of their own, with a warning.
    """
    frame = made.frame
    if "study" not in frame:
        return
    arms = [c for c in ("treatment", "treatment1", "treatment2") if c in frame]
    again = frame.duplicated(["study", *arms])
    if not again.any():
        return
    apart = _telling_apart(made, frame[frame.duplicated(["study", *arms], keep=False)])
    outcomes = bool(OUTCOMES & set(pieces(apart)))
    if arms and not outcomes:
        return  # whoever pairs the arms says which of them stands twice
    names = frame.loc[again, "study"].drop_duplicates().tolist()
    line = int(frame.index[again][0])
    told = f"{', '.join(names[:_NAMED])}{', ...' if len(names) > _NAMED else ''}"
    if outcomes:
        what = f"together with {listed(arms)} " if arms else ""
        message = f"{what}must stand only once ({told}). {_choice(made, apart)}, or give each its own label."
        made.issues.append(Issue(line, made.spelled("study"), names[0], message, made.cells.name))
        return
    message = (
        f"stands in several rows ({told}), each of which is taken as a study of its own. If such rows share patients, "
        "the result is too sure of itself: give each arm of a study a row of its own (columns study, treatment ...), "
        "leave one of the rows out, or take cluster='study' (--cluster study) or tm.multilevel. If they are different "
        f"studies, give them different labels.{f' {_choice(made, apart)}.' if apart else ''}"
    )
    made.notes.append(f"Rows with the label of another row were taken as studies of their own: {told}.")
    made.warnings.append(Issue(line, made.spelled("study"), names[0], message, made.cells.name))


def _choice(made: Derived, apart: str) -> str:
    """How the rows of one value of a column are taken."""
    value = next(v for v in made.cells.frame[apart] if v)
    return (
        f"`{apart}` tells these rows apart: take those of one of its values with rows={{{apart!r}: {value!r}}} "
        f"(--rows {apart}={value})"
    )


def _telling_apart(made: Derived, rows: pd.DataFrame) -> str:
    """A column of text, not used, that differs between rows of one study: an outcome, a time point, a subgroup."""
    used = {*made.fit.columns.values(), *(made.labels.columns if made.labels else ())}
    free = [c for c in made.cells.columns if c not in used]
    cells = made.cells.frame.loc[rows.index.unique(), free]
    studies = rows["study"].groupby(level=0).first()
    found = []
    for column in free:
        varied = cells[column].groupby(studies).nunique()
        few = cells[column].nunique() * 2 <= len(cells)
        if len(varied) and (varied > 1).all() and few:
            found.append(column)
    by_name = [column for column in found if OUTCOMES & set(pieces(column))]
    texts = [column for column in found if numbers(cells[column]).unread]
    return next(iter((*by_name, *texts)), "")
