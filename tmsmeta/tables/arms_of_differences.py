"""Comparisons given a row per arm: the difference from the first arm, which itself has a blank."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import Issue

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("study", "treatment1", "treatment2", "estimate", "se")


def comparisons(arms: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Issue]]:
    """All comparisons of each study, each indexed by the line of its first arm.

    In a study of three arms and more, the differences from the baseline share its variance, so that the difference of
    two other arms has variance ``se_b^2 + se_c^2 - 2 v`` (Franchini and others, Stat Med 2012;31:1364, with ``v`` the
    variance of the baseline arm, which stands in its row).

    Args:
        arms: study, treatment, estimate (NaN for the baseline), se (of the difference; of the arm for the baseline).
        file: name of the file, for messages.
    """
    import pandas as pd

    found: list[tuple[object, ...]] = []
    lines: list[int] = []
    issues: list[Issue] = []
    for study, rows in arms.groupby("study", sort=False):
        base = rows[rows["estimate"].isna()]
        others = rows[rows["estimate"].notna()]
        fault = _fault(str(study), base, others)
        if fault:
            issues.append(Issue(int(rows.index[0]), "study", str(study), fault, file))
            continue
        for line, arm in others.iterrows():
            found.append((study, arm["treatment"], base["treatment"].iloc[0], arm["estimate"], arm["se"]))
            lines.append(int(str(line)))
        shared = float(base["se"].iloc[0]) ** 2
        for (line, one), (_, other) in combinations(others.iterrows(), 2):
            variance = one["se"] ** 2 + other["se"] ** 2 - 2 * shared
            difference = one["estimate"] - other["estimate"]
            found.append((study, one["treatment"], other["treatment"], difference, np.sqrt(max(variance, 0.0))))
            lines.append(int(str(line)))
    index = pd.Index(lines, dtype="int64", name=arms.index.name)
    return pd.DataFrame(found, columns=list(COLUMNS), index=index), issues


def _fault(study: str, base: pd.DataFrame, others: pd.DataFrame) -> str:
    if len(base) != 1:
        return f"must have one arm without a difference, which is the baseline; {study} has {len(base)}."
    if others.empty:
        return f"has one arm only; {study} needs another."
    if len(others) > 1 and not base["se"].iloc[0] > 0:
        return f"has {1 + len(others)} arms, so the row of the baseline needs the standard error of its own arm."
    return ""
