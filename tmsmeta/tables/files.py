"""Read any file or data frame into one table of text cells; nothing here knows what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.file_kinds import kind_of
from tmsmeta.tables.grid import Cells, Origin
from tmsmeta.tables.open import file_bytes
from tmsmeta.tables.text_files import text_cells

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Source = str | Path | pd.DataFrame | np.ndarray | Mapping[str, Any] | Sequence[Mapping[str, Any]]

__all__ = ["Cells", "read_cells"]


def read_cells(source: Source, *, sheet: str | None = None) -> Cells:
    """Read a table as text.

    Args:
        source: a file: text with any usual separator and encoding (CSV, TSV, TXT), a spreadsheet (XLSX, XLS, XLSB,
            ODS), a review of RevMan 5 (RM5), Stata, or Parquet where pyarrow is installed; told by its content, not
            by its name. Or a data frame, record array, list of records or mapping of columns.
        sheet: which sheet of a spreadsheet, or which outcome of a review.

    Returns:
        Its cells. What is wrong with the file as a table stands in ``issues``.

    Raises:
        EvidenceError: there is no such file, it is no table, or it holds several and `sheet` does not say which.
        InvalidInputError: what is given is neither a file nor a table.
        OutputError: the system refuses to read the file.
    """
    if not isinstance(source, (str, Path)):
        from tmsmeta.tables.data_frames import memory_cells

        return memory_cells(source)
    place = Path(source)
    if not place.is_file():
        raise _refused(str(source), "is not a file; give a table that can be read.")
    data = file_bytes(place)
    kind, reason = kind_of(data, place.name)
    if reason:
        raise _refused(place.name, reason)
    origin = Origin(name=place.name, origin=str(source), data_version=DataVersion.of({place.name: data}))
    if sheet is not None and kind not in ("spreadsheet", "revman"):
        raise _refused(place.name, "has no sheets; leave out sheet= (--sheet).", sheet)
    if kind == "text":
        return text_cells(data, origin)
    if kind == "spreadsheet":
        from tmsmeta.tables.spreadsheets import spreadsheet_cells

        return spreadsheet_cells(data, origin, sheet)
    if kind == "revman":
        from tmsmeta.tables.revman import revman_cells

        return revman_cells(data, origin, sheet)
    from tmsmeta.tables.data_frames import parquet_cells, stata_cells

    return parquet_cells(data, origin) if kind == "parquet" else stata_cells(data, origin)


def _refused(name: str, message: str, found: object = None) -> EvidenceError:
    return EvidenceError(Issue(None, WHOLE_FILE, found, message, name), "The table cannot be read")
