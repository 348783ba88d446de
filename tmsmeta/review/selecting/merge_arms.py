"""Merge rows of one trial, and keep with the sum everything that says where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tmsmeta.review.evidence import Evidence
from tmsmeta.review.flags import SAID
from tmsmeta.review.selecting.reasons import Candidate


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


def turned_round(candidate: Candidate) -> Candidate:
    """A printed ratio with its two treatments swapped: its reciprocal, with the limits swapped, and a note on it."""
    cells = candidate.cells
    estimate, low, high = (float(cells[name]) for name in ("estimate", "ci_low", "ci_high"))
    said = f"turned round from {cells['treat1']} vs {cells['treat2']} {estimate:g} ({low:g} to {high:g})"
    swapped = {
        "treat1": cells["treat2"],
        "treat2": cells["treat1"],
        "estimate": 1 / estimate,
        "ci_low": 1 / high,
        "ci_high": 1 / low,
        "note": "; ".join(text for text in (cells["note"], said) if text),
    }
    return replace(candidate, cells={**cells, **swapped})


def row_notes(evidence: Evidence, arms: Iterable[MergedArm], time_point: str) -> list[str]:
    """What must be said of rows that are used: what their flags say, and that no count at the main time was seen."""
    words = {"best of several visits": f"best of several visits, as no count at {time_point} was seen"}
    notes = []
    for row in (row for arm in arms for row in arm.rows):
        for effect, flag in evidence.flag_effects.found(row.cells.get("flags", "")).items():
            said = words.get(effect) or (evidence.flag_meanings.get(flag) if effect in SAID else None)
            if said:
                notes.append(f"{row.trial['label']}: {said} ({row.cells['timepoint']}).")
    return notes
