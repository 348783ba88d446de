"""Merge rows of one trial, and keep with the sum everything that says where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tmsmeta.review.selecting.reasons import Candidate

_TIMING_WORDS = {
    "one_month_after_course": "counted one month after the course, the only time point that was seen",
    "best_ever_timepoint": "best of several visits, as no count at the end of the course was seen",
}


@dataclass(frozen=True, slots=True)
class MergedArm:
    """Rows of one trial and treatment node, summed.

    Attributes:
        node: treatment node.
        rows: the rows.
        events: events in all of them.
        n: patients in all of them.
    """

    node: str
    rows: tuple[Candidate, ...]
    events: int
    n: int

    @property
    def names(self) -> str:
        """Names of the arms, with semicolons between them."""
        return ";".join(row.cells["arm"] for row in self.rows)


def merge(node: str, rows: Sequence[Candidate]) -> MergedArm:
    """Sum the events and patients of `rows`."""
    events, n = (sum(int(row.cells[name]) for row in rows) for name in ("events", "n"))
    return MergedArm(node, tuple(rows), events, n)


def trial_key(trial: Mapping[str, Any]) -> tuple[int, str]:
    """Order of trials: by year, unknown years last, then by label."""
    year = trial.get("year")
    return (int(year) if isinstance(year, int) else 9999, str(trial.get("label", "")))


def carried(rows: Sequence[Candidate]) -> dict[str, Any]:
    """What a selected row keeps of the rows it is made of; its tier is the worst of theirs."""
    trial = rows[0].trial
    return {
        "trial_id": rows[0].trial_id,
        "label": trial.get("label", ""),
        "year": trial.get("year"),
        "population_group": trial.get("population_group", ""),
        "timepoint": _joined(" | ", (row.cells.get("timepoint", "") for row in rows)),
        "definition": _joined(" | ", (row.cells.get("definition", "") for row in rows)),
        "tier": max(row.cells["tier"] for row in rows),
        "flags": ";".join(sorted({flag for row in rows for flag in row.flags})),
        "source_ids": _joined(";", (row.cells["source_id"] for row in rows)),
        "locators": _joined(" | ", (row.cells["locator"] for row in rows)),
        "rows": ";".join(str(row.row) for row in sorted(rows, key=lambda row: row.row)),
    }


def _joined(separator: str, texts: Iterable[str]) -> str:
    return separator.join(dict.fromkeys(text for text in texts if text))


def contrast_record(candidate: Candidate, treat1: str, treat2: str) -> dict[str, Any]:
    """A printed ratio as a selected row, under the names of its merged nodes."""
    cells = candidate.cells
    return {
        **carried([candidate]),
        "study": candidate.trial.get("label", ""),
        "treat1": treat1,
        "treat2": treat2,
        **{name: cells[name] for name in ("measure", "estimate", "ci_low", "ci_high", "subset", "note")},
    }


def timing_notes(arms: Iterable[MergedArm]) -> list[str]:
    """Sentences on rows that are used although they were not counted at the end of the course."""
    return [
        f"{row.trial['label']}: {words} ({row.cells['timepoint']})."
        for arm in arms
        for row in arm.rows
        for flag, words in _TIMING_WORDS.items()
        if flag in row.flags
    ]
