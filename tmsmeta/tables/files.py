"""Read any file or data frame into one table of text cells; nothing here knows what the columns mean."""

from __future__ import annotations

from pathlib import Path

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.grid import Cells, Origin
from tmsmeta.tables.open import file_bytes
from tmsmeta.tables.text_files import text_cells

__all__ = ["Cells", "read_cells"]


def read_cells(source: str | Path, *, sheet: str | None = None) -> Cells:
    """Read a table as text.

    Args:
        source: a text file with any usual separator and encoding.
        sheet: which sheet of a spreadsheet.

    Returns:
        Its cells. What is wrong with the file as a table stands in ``issues``.

    Raises:
        EvidenceError: there is no such file.
        OutputError: the system refuses to read it.
    """
    place = Path(source)
    if not place.is_file():
        message = "is not a file; give a table that can be read."
        raise EvidenceError(Issue(None, WHOLE_FILE, None, message, str(source)), "The table cannot be read")
    data = file_bytes(place)
    origin = Origin(name=place.name, origin=str(source), data_version=DataVersion.of({place.name: data}))
    return text_cells(data, origin)
