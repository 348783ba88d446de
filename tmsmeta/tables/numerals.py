"""Turn text cells into numbers, or say of each cell that is none what it is and what would be right.

One table of number formats for every reader. What could mean two numbers is never chosen between: ``1,234`` is 1234 in
a column of whole numbers, and a fault elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue
from tmsmeta.tables.missing import is_missing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_SIGNS = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "‒": "-",
        "﹣": "-",
        "－": "-",
        "\u00a0": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u202f": " ",
        "’": "'",
    }
)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_PLAIN_CHARACTERS = re.compile(r"[0-9.+-]*")
_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([ ',])[0-9]{3})(?:\1[0-9]{3})*(\.[0-9]+)?")
_POINTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_MARKED = re.compile(r"([-+.0-9]+) *([*†‡§¶#]+|[abc])")
_WHAT_IT_IS = (
    (re.compile(r"#(REF|DIV/0|VALUE|NAME\?|NUM|NULL)!?.*"), "is the error of a spreadsheet formula; mend it there"),
    (re.compile(r"[<>≤≥].*"), "must be a number; this is only a bound"),
    (re.compile(r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?"), "must be a number with a decimal point, not a comma"),
    (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*"),
        "must be a number; this is a date, as spreadsheets make of 3/4 or 3-4",
    ),
    (re.compile(r"[0-9]+ */ *[0-9]+"), "must be one number; put events and number of people into columns of their own"),
    (re.compile(r"[-+.0-9]+ *[([±].*[0-9].*"), "must be one number; put what follows it into a column of its own"),
    (re.compile(r"[-+.0-9]+ *([*†‡§¶]+|[a-z])"), "must be a number; put the footnote into a column of its own"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column of text cells as numbers.

    Attributes:
        values: the numbers, ``float64``, on the index of the cells; NaN where a cell holds none.
        missing: whether a cell says that it holds no value; see :data:`tmsmeta.tables.missing.MISSING`.
        unread: cells that are neither a number nor missing: line, text, and what is wrong where that is special.
        file: name of the file, for messages.
        percent: whether every number was written with a percent sign.
        said: what was taken off the numbers, as sentences.
    """

    values: pd.Series
    missing: pd.Series
    unread: tuple[tuple[int, str, str], ...] = ()
    file: str | None = None
    percent: bool = False
    said: tuple[str, ...] = ()

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Cells that are neither a number nor missing, with what would be right."""
        column = str(self.values.name)
        return tuple(
            Issue(line, column, text, message or f"{_advice(text)}.", self.file) for line, text, message in self.unread
        )


def numbers(cells: pd.Series, *, whole: bool = False, marked: bool = False, file: str | None = None) -> Numbers:
    """The cells of one column as numbers.

    Args:
        cells: text, indexed by line of the file; its name is the column, for messages.
        marked: whether marks of footnotes behind a number (``12*``, ``12a``) are taken off, on record, where they
            stand in the lesser part of the cells; elsewhere, and in other columns, they may belong to a label.
        whole: whether the column counts something, so that the comma in ``1,234`` can only stand between thousands.
            Whether the numbers are whole is not checked.
        file: name of the file, for messages.
    """
    column, texts = str(cells.name), cells.tolist()
    thousands = _points_between_thousands(texts) if whole else []
    if not thousands and (plain := _all_plain(texts)) is not None:
        return _numbers_of(cells, plain, plain != plain)
    said = list[str]()
    if marked and (bare := _without_marks(texts)):
        said.append(f"footnote marks in `{column}` taken off ({', '.join(list(bare)[:3])})")
        texts = [bare.get(text, text) for text in texts]
    values = [_plain(text) for text in texts]
    missing = [value is None and is_missing(text) for text, value in zip(texts, values, strict=True)]
    signs: set[str] = set()
    unread, percents = list[tuple[int, str, str]](), 0
    for place in thousands:
        values[place] = float(texts[place].replace(".", ""))
        message = (
            f"looks like {values[place]:.0f} with a point between thousands, and reads as {texts[place]}, which is no "
            "whole number; write whole numbers without points."
        )
        unread.append((int(cells.index[place]), texts[place], message))
    lines = cells.index.tolist()
    for place in [place for place, value in enumerate(values) if value is None and not missing[place]]:
        read = _written(texts[place], whole)
        if read is None:
            unread.append((lines[place], texts[place], ""))
            continue
        values[place], taken = read
        signs |= taken
        percents += "percent signs" in taken
    said += [f"{sign} in `{column}` taken off" for sign in sorted(signs)]
    percent = 0 < percents == len(values) - values.count(None)
    return _numbers_of(cells, values, missing, unread=tuple(unread), file=file, percent=percent, said=tuple(said))


def _without_marks(texts: list[str]) -> dict[str, str]:
    """The cells that are a number with the mark of a footnote, and their numbers; none where most cells have one."""
    found = {text: match[1] for text in texts if (match := _MARKED.fullmatch(text)) and _NUMBER.fullmatch(match[1])}
    filled = [text for text in texts if not is_missing(text)]
    return found if 2 * sum(text in found for text in filled) <= len(filled) else {}


def _numbers_of(
    cells: pd.Series,
    values: Sequence[float | None] | NDArray[np.float64],
    missing: Sequence[bool] | NDArray[np.bool_],
    **more: Any,
) -> Numbers:
    import pandas as pd

    return Numbers(
        values=pd.Series(values, index=cells.index, name=cells.name, dtype="float64"),
        missing=pd.Series(missing, index=cells.index, dtype=bool),
        **more,
    )


def _points_between_thousands(texts: list[str]) -> list[int]:
    """Where cells such as ``1.035`` stand beside whole numbers alone; ``12.000`` throughout is 12."""
    if "." not in "".join(texts):
        return []
    filled = [place for place, text in enumerate(texts) if text and not is_missing(text)]
    pointed = [place for place in filled if _POINTS.fullmatch(texts[place]) and texts[place].count(".") == 1]
    if len(pointed) == len(filled) and all(texts[place].endswith(".000") for place in pointed):
        return []
    others = set(filled) - set(pointed)
    return pointed if all(texts[place].lstrip("+-").isdigit() for place in others) else []


def _all_plain(texts: list[str]) -> NDArray[np.float64] | None:
    """The numbers of a column of plain numbers and blanks, in one go; None for any other column."""
    import numpy as np

    if not _PLAIN_CHARACTERS.fullmatch("".join(texts)):
        return None
    try:
        if "" in texts:
            return np.array([float(text) if text else np.nan for text in texts], dtype=float)
        return np.fromiter(map(float, texts), dtype=float, count=len(texts))
    except ValueError:
        return None


def is_number(cell: str) -> bool:
    """Whether a cell can be read as a number, whatever its separators."""
    return bool(cell) and (_plain(cell) is not None or _written(cell, True) is not None or _decimal_comma(cell))


def _decimal_comma(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9.' ]*,[0-9]+([eE][+-]?[0-9]+)? *%?", cell.translate(_SIGNS).strip()) is not None


def _plain(cell: str) -> float | None:
    """The number in a cell that Python reads as it stands; ``1_000``, ``inf`` and ``nan`` are none."""
    if cell[:1].isalpha():
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if _NUMBER.fullmatch(cell.strip()) and value - value == 0 else None


def _written(cell: str, whole: bool) -> tuple[float, set[str]] | None:
    """The number in a cell with typographic signs, and what was taken off; None where there is none, or two."""
    if cell[:1].isalpha():
        return None
    text, taken = cell.translate(_SIGNS).strip(), set()
    if text.startswith("'"):
        text = text[1:]
        taken.add("apostrophes")
    if text.endswith("%"):
        text = text[:-1].rstrip()
        taken.add("percent signs")
    if text[:2] in ("- ", "+ "):
        text = text[0] + text[2:]
    if text.count(".") > 1 and _POINTS.fullmatch(text):
        text = text.replace(".", "")
        taken.add("separators of thousands")
    if groups := _GROUPS.fullmatch(text):
        comma, several, decimals = groups[1] == ",", text.count(",") > 1, groups[2] is not None
        if comma and not (whole or several or decimals):
            return None
        text = text.replace(groups[1], "")
        taken.add("separators of thousands")
    value = _plain(text)
    return None if value is None else (value, taken)


def _advice(cell: str) -> str:
    text = cell.translate(_SIGNS).strip()
    if _GROUPS.fullmatch(text):
        thousand, decimal = text.replace(",", ""), text.replace(",", ".")
        return f"can mean {thousand} or {decimal}; write the number without a comma, or with a decimal point"
    for pattern, advice in _WHAT_IT_IS:
        if pattern.fullmatch(text):
            return advice
    return "must be a number with a decimal point, such as 0.5"
