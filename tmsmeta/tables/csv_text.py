"""Parse the bytes of a CSV file into text cells with line numbers. Nothing here touches a file or a type."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tmsmeta.errors import Issue

WHOLE_FILE = "file"
"""What stands in ``Issue.column`` when a fault is of the file or row, not of one column."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that make a spreadsheet read a text as a formula; the last four are full-width forms."""
_GUARDED = re.compile(f"'+[{re.escape(''.join(FORMULA_STARTS))}]")


def guarded(text: str) -> str:
    """A text with an apostrophe in front where a spreadsheet would read it as a formula.

    A text that begins with apostrophes before such a sign gets one more, so that :func:`as_meant` undoes it always.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) or _GUARDED.match(text) else text


def as_meant(cell: str) -> str:
    """A cell of a file without the apostrophe that keeps a spreadsheet from reading it as a formula."""
    return cell[1:].strip() if cell.startswith("'") and _GUARDED.match(cell) else cell


@dataclass(frozen=True, slots=True)
class CsvText:
    """A CSV file as text.

    Attributes:
        file: its name, for messages.
        columns: names in the header.
        rows: cells of each record, as many as there are columns, without surrounding blanks and :func:`as_meant`.
        lines: line of the file on which each record starts; the header is line 1.
        issues: what is wrong with the file as a CSV file. Records with a wrong number of cells are not in `rows`.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    issues: tuple[Issue, ...]

    def records(self) -> list[tuple[int, dict[str, str]]]:
        """The records as ``(line, {column: cell})``."""
        return [
            (line, dict(zip(self.columns, row, strict=True))) for line, row in zip(self.lines, self.rows, strict=True)
        ]

    def values(self, column: str) -> frozenset[str]:
        """The different cells of a column; none where there is no such column."""
        if column not in self.columns:
            return frozenset()
        place = self.columns.index(column)
        return frozenset(row[place] for row in self.rows)


def parse_csv(file: str, data: bytes) -> CsvText:
    """Parse comma-separated UTF-8 text; a byte order mark and any line ending are accepted.

    Empty lines are skipped. What is wrong is reported in ``issues`` and never raised.
    """
    text, issue = _decode(file, data)
    if issue is not None:
        return CsvText(file, (), (), (), (issue,))
    issues: list[Issue] = []
    records = [(line, row) for line, row in _records(file, text, issues) if any(row)]
    if not records:
        fault = Issue(None, WHOLE_FILE, None, "has no header; the first line must name the columns.", file)
        return CsvText(file, (), (), (), (*issues, fault))
    (header_line, header), *body = records
    issues += _check_header(file, header_line, header)
    kept = [(line, row) for line, row in body if len(row) == len(header)]
    issues += [_wrong_length(file, line, row, header) for line, row in body if len(row) != len(header)]
    lines, rows = tuple(line for line, _ in kept), tuple(row for _, row in kept)
    return CsvText(file, header, rows, lines, tuple(issues))


def _decode(file: str, data: bytes) -> tuple[str, Issue | None]:
    advice = "save the table as 'CSV UTF-8 (comma separated)'."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = data[error.start : error.end]
        return "", Issue(line, WHOLE_FILE, found, f"must be UTF-8 text; {advice}", file)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return "", Issue(line, WHOLE_FILE, "\0", f"must be plain text, without NUL characters; {advice}", file)
    return text, None


def _records(file: str, text: str, issues: list[Issue]) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for row in reader:
            yield start, tuple(as_meant(cell.strip()) for cell in row)
            start = reader.line_num + 1
    except csv.Error as error:
        message = f"cannot be read from here on ({error}); close every double quote and double it inside a quoted cell."
        issues.append(Issue(start, WHOLE_FILE, None, message, file))


def _check_header(file: str, line: int, header: tuple[str, ...]) -> list[Issue]:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        message = "must be separated by commas, not by semicolons or tabs; save it as 'CSV UTF-8 (comma separated)'."
        return [Issue(line, WHOLE_FILE, header[0], message, file)]
    issues = [
        Issue(line, WHOLE_FILE, None, f"column {place} has no name; name it or delete it.", file)
        for place, name in enumerate(header, start=1)
        if not name
    ]
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    return issues + [Issue(line, name, name, "stands twice in the header; each name once.", file) for name in repeated]


def _wrong_length(file: str, line: int, row: tuple[str, ...], header: tuple[str, ...]) -> Issue:
    message = f"must have {len(header)} cells, as the header has; put a text with commas into double quotes."
    return Issue(line, WHOLE_FILE, f"{len(row)} cells", message, file)
