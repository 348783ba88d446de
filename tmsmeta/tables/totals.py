"""Tell the rows that sum up others, or print a pooled result, from the rows of studies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_TAIL = r"(?: *[(\[:=,].*| events?| effects?| estimates?| results?| studies| n| sum)*"
_TOTAL = re.compile(
    rf"(?:(?:grand|sub|over|sum|zwischen|pooled|overall|the)?[ -]?totals?"
    rf"|overall|pooled|summary|combined|summe|zwischensumme|gesamt(?:summe|ergebnis)?|insgesamt|sum|σ|∑"
    rf"|total g[ée]n[ée]ral|somme|totale|totaal|suma){_TAIL}"
    r"|(?:random|fixed|common|mixed|re|fe|ce)(?:[ -]?effects?)?[ -]?model\b.*"
    r"|(?:random|fixed|common)[ -]?effects?(?: estimate)?"
    r"|(?:test for )?(?:heterogeneity|overall effect|subgroup differences)\b.*"
    r"|prediction interval\b.*",
    re.IGNORECASE,
)
_WORDS = (
    "tot", "overall", "pooled", "sum", "som", "combined", "gesamt", "σ", "∑", "model", "effect", "heterogeneity",
    "subgroup", "prediction",
)  # fmt: skip
"""One of these is in every name of a total: a table without them is passed over at once."""
_ONLY_WITH_SUMS = re.compile(
    r"|all(?: studies| trials)?|mean|average|total.*|overall.*|pooled.*|.*\btotal", re.IGNORECASE
)
_YEAR = re.compile(r".*\b(?:19|20)[0-9]{2}[a-z]?\)?")
_CERTAIN = 3


def total_rows(labels: pd.Series, counts: pd.DataFrame) -> dict[int, str]:
    """Which rows are totals, each with the reason.

    A row is one where its label says so (``Total (95% CI)``, ``Gesamt``, ``Random effects model``), or where its
    counts are the sums of all rows above while its label is blank or like a total, or where at least three counts are
    sums of at least three rows, whatever its label. ``Total Knee Study 2004`` is a study.

    Args:
        labels: the study of each row as text, indexed by line of the file.
        counts: the columns that add up (events, people, time) as numbers on the same index; NaN where there is none.
    """
    names = labels.tolist()
    text = "\n".join(names).casefold()
    maybe = any(word in text for word in _WORDS)
    totals = {
        int(line): f"is a total by its name, {label!r}"
        for line, label in zip(labels.index, names if maybe else [], strict=False)
        if _TOTAL.fullmatch(label.strip()) and not _YEAR.fullmatch(label.strip())
    }
    while (line := _next_sum(labels, counts, totals)) is not None:
        totals[line] = f"is a total: its {counts.shape[1]} counts are the sums of the rows above"
    return dict(sorted(totals.items()))


def _next_sum(labels: pd.Series, counts: pd.DataFrame, known: dict[int, str]) -> int | None:
    """The first row, not yet known, that is the sum of all studies above it."""
    import numpy as np

    if counts.shape[1] < 2 or len(counts) < 3:
        return None
    values = np.nan_to_num(counts.to_numpy(dtype=float))
    lines = counts.index.to_numpy()
    study = ~np.isin(lines, list(known))
    values[~study] = 0
    above = np.cumsum(values, axis=0) - values
    rows_above: NDArray[np.int64] = np.cumsum(study) - study
    sums = study & (values > 0).any(axis=1) & (values == above).all(axis=1) & (rows_above >= 2)
    for place in np.flatnonzero(sums):
        certain = rows_above[place] >= _CERTAIN and (values[place] > 0).sum() >= _CERTAIN
        if certain or _ONLY_WITH_SUMS.fullmatch(labels.iloc[place].strip()):
            return int(lines[place])
    return None
