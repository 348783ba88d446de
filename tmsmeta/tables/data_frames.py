"""Read tables that are in memory already, and files that pandas reads into one: data frames, Parquet, Stata."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, InvalidInputError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.grid import Cells, Origin, named_cells
from tmsmeta.tables.spreadsheets import cell_text

if TYPE_CHECKING:
    import pandas as pd

NAME = "table"
"""What messages call a table that is no file."""


def memory_cells(source: Any) -> Cells:
    """The cells of a data frame, a record array, a list of records or a mapping of columns.

    Rows are counted from 2, as if a header stood in line 1; a frame whose index is named ``row`` keeps it.

    Raises:
        InvalidInputError: `source` is none of these, or its columns differ in length, or a text holds half of a
            character (a lone surrogate).
    """
    origin = Origin(name=NAME, origin=f"a {type(source).__name__}", data_version=DataVersion.of({}))
    try:
        frame = _frame(source)
        if not len(frame.columns):
            raise InvalidInputError(Issue(None, NAME, type(source).__name__, "has no columns; give a table."))
        return frame_cells(frame, origin, versioned=False)
    except UnicodeEncodeError as error:
        message = "must be a text that UTF-8 can hold; read the file that it comes from with its own encoding."
        found = error.object[max(error.start - 20, 0) : error.end + 20]
        raise InvalidInputError(Issue(None, NAME, ascii(found), message)) from error


def frame_cells(frame: pd.DataFrame, origin: Origin, *, versioned: bool = True) -> Cells:
    """The cells of a data frame; `versioned` says that `origin` has the version of its data already."""
    frame, lines = _indexed(frame)
    names = [_column_name(name) for name in frame.columns]
    cells = [_texts(frame.iloc[:, place]) for place in range(frame.shape[1])]
    if not versioned:
        origin = replace(origin, data_version=_version(names, cells))
    return named_cells(origin, names, cells, lines)


def parquet_cells(data: bytes, origin: Origin) -> Cells:
    """The cells of a Parquet file.

    Raises:
        EvidenceError: pyarrow is not installed, or the file is damaged.
    """
    import pandas as pd

    try:
        import pyarrow
    except ImportError as error:
        message = 'is a Parquet file, which needs pyarrow: pip install "tmsmeta[parquet]".'
        raise EvidenceError(Issue(None, WHOLE_FILE, None, message, origin.name), "The table cannot be read") from error
    try:
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(origin, "Parquet") from error
    return frame_cells(frame, origin)


def stata_cells(data: bytes, origin: Origin) -> Cells:
    """The cells of a Stata file; values with labels are read as their labels.

    Raises:
        EvidenceError: the file is damaged or of a version that pandas does not read.
    """
    import struct

    import pandas as pd

    try:
        frame = pd.read_stata(io.BytesIO(data))
    except (ValueError, KeyError, struct.error) as error:
        raise _damaged(origin, "Stata") from error
    return frame_cells(frame, origin)


def _damaged(origin: Origin, kind: str) -> EvidenceError:
    message = f"cannot be read as a {kind} file; write it again, or export the table as CSV."
    return EvidenceError(Issue(None, WHOLE_FILE, None, message, origin.name), "The table cannot be read")


def _frame(source: Any) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return source
    if hasattr(source, "to_pandas"):
        return pd.DataFrame(source.to_pandas())
    records = isinstance(source, Sequence) and not isinstance(source, (str, bytes)) and len(source) > 0
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return pd.DataFrame.from_records(source)
    if records and all(isinstance(record, Mapping) for record in source):
        return pd.DataFrame.from_records([dict(record) for record in source])
    message = "must be a file, a data frame, a list of records or a mapping of columns."
    raise InvalidInputError(Issue(None, NAME, type(source).__name__, message))


def _from_mapping(columns: Mapping[Any, Any]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    lengths = {str(name): np.size(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        longest = max(lengths.values())
        message = f"must have {longest} values, as the longest column has."
        wrong = {name: size for name, size in lengths.items() if size != longest}
        raise InvalidInputError([Issue(None, name, size, message) for name, size in wrong.items()])
    return pd.DataFrame({name: np.atleast_1d(np.asarray(values, dtype=object)) for name, values in columns.items()})


def _indexed(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """The frame, with a named index as columns, and the line of each row."""
    import pandas as pd

    index = frame.index
    if index.name == "row" and pd.api.types.is_integer_dtype(index.dtype) and index.is_unique:
        return frame, [int(line) for line in index]
    named = [name for name in index.names if name is not None and name not in frame.columns]
    if named:
        frame = frame.reset_index(named)
    return frame, list(range(2, len(frame) + 2))


def _column_name(name: object) -> str:
    """The name as one text; blank where pandas made it up for a column without one."""
    parts = name if isinstance(name, tuple) else (name,)
    texts = [" ".join(cell_text(part).split()) for part in parts]
    return " ".join(text for text in texts if text and not text.startswith("Unnamed: "))


def _texts(column: pd.Series) -> list[str]:
    """The cells as text; floats of 32 bits in the fewest digits that tell them apart, as they were written."""
    import numpy as np

    missing = column.isna().tolist()
    values = column.to_numpy().astype(str).tolist() if column.dtype == np.float32 else column.tolist()
    if column.dtype == np.float32:
        values = [value.removesuffix(".0") for value in values]
    return ["" if gone else cell_text(value) for value, gone in zip(values, missing, strict=True)]


def _version(names: Sequence[str], cells: Sequence[Sequence[str]]) -> DataVersion:
    """The hash of the table as a plain CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*cells, strict=True))
    return DataVersion.of({NAME: text.getvalue().encode()})
