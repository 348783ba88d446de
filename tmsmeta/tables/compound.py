"""Cells that hold several numbers, as in papers: ``11/35``, ``2.82 (1.57 to 5.09)``, ``5.2 (1.1)``, ``11 (31%)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tmsmeta.tables.grid import Cells
from tmsmeta.tables.header import readings
from tmsmeta.tables.missing import is_missing

if TYPE_CHECKING:
    import pandas as pd

_LOOKED_AT = 50
_NUMBER = r"([-+−]?\d+(?:\.\d+)?)"
_TO = r"\s*(?:to|bis|à|,|;|–|—|-)\s*"
_EVENTS_OF_N = re.compile(r"(\d+)\s*(?:/|of|von)\s*(\d+)(?:\s*\(.*\))?")
_EVENTS_PERCENT = re.compile(r"(\d+)\s*\(\s*\d+(?:\.\d+)?\s*%\s*\)")
_WITH_LIMITS = re.compile(rf"{_NUMBER}\s*[\[(]\s*{_NUMBER}{_TO}{_NUMBER}\s*[\])]")
_LIMITS = re.compile(rf"[\[(]?\s*{_NUMBER}{_TO}{_NUMBER}\s*[\])]?")
_MEAN_SD = re.compile(rf"{_NUMBER}\s*(?:\(\s*|±\s*|\+/-\s*){_NUMBER}\s*\)?")
_INTERVAL = re.compile(r"\b(ci|confidence interval|ki)\b", re.IGNORECASE)
_OF = re.compile(r"\b(events?|cases|deaths|responders|n|r|x) *(/|of) *(n|total)\b", re.IGNORECASE)
_AFTER = re.compile(r"\s*[,;]?\s*[\[(][^\])]*[\])]\s*|\s*,.*$")


def apart(cells: Cells) -> Cells:
    """The table with a column for each number of such cells; what was taken apart is said."""
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    said = []
    for column in cells.columns:
        parts = _parts(column, cells.frame[column])
        if parts is None or any(name in cells.columns and name != column for name in parts):
            columns[column] = cells.frame[column]
            continue
        columns |= parts
        said.append(f"`{column}` taken apart into {', '.join(parts)}")
    if not said:
        return cells
    frame = pd.DataFrame(columns, index=cells.frame.index)
    return replace(cells, columns=tuple(columns), frame=frame, said=(*cells.said, *said))


def _parts(column: str, cells: pd.Series) -> dict[str, pd.Series] | None:
    """The columns that a column gives; None where its cells hold one number or text."""
    filled = [cell for cell in cells.head(_LOOKED_AT).tolist() if not is_missing(cell)]
    if not filled or not any(char in filled[0] for char in "/([–—-±tofv"):
        return None
    bare = _AFTER.sub(" ", column).strip() or column
    stated = " ".join(re.findall(r"\d+(?:\.\d+)?\s*%", column)) or "95%"
    spread = "se" if re.search(r"\bse\b|standard error", column, re.IGNORECASE) else "sd"
    group = re.sub(r"\b(mean|m|sd|se|and)\b", " ", bare, flags=re.IGNORECASE).strip(" ,;()±")
    arm = _OF.sub(" ", bare).strip()
    for pattern, names, fits in (
        (_EVENTS_OF_N, (f"{arm} events".strip(), f"{arm} n".strip()), not re.search(r"\bOR\b|\bRR\b", column)),
        (_EVENTS_PERCENT, (f"{bare} events",), True),
        (_WITH_LIMITS, (bare, f"lower {stated} CI", f"upper {stated} CI"), _names_an_effect(bare) or _interval(column)),
        (_LIMITS, (f"lower {stated} CI", f"upper {stated} CI"), _interval(column)),
        (
            _MEAN_SD,
            (f"{group} mean".strip(), f"{group} {spread}".strip()),
            re.search(r"\bmean|\bm\b|\bsd\b", column, re.IGNORECASE),
        ),
    ):
        if fits and all(pattern.fullmatch(cell) for cell in filled) and _throughout(pattern, cells):
            return _split(cells, pattern, names)
    return None


def _throughout(pattern: re.Pattern[str], cells: pd.Series) -> bool:
    return all(pattern.fullmatch(cell) or is_missing(cell) for cell in cells.tolist())


def _names_an_effect(column: str) -> bool:
    return any(reading.quantity == "estimate" for reading in readings(column))


def _interval(column: str) -> bool:
    return _INTERVAL.search(column) is not None


def _split(cells: pd.Series, pattern: re.Pattern[str], names: Sequence[str]) -> dict[str, pd.Series]:
    import pandas as pd

    matches = [pattern.fullmatch(cell) for cell in cells.tolist()]
    groups = range(1, 1 + len(names))
    return {
        name: pd.Series([m[g].replace("−", "-") if m else "" for m in matches], index=cells.index, dtype=str)
        for name, g in zip(names, groups, strict=True)
    }
