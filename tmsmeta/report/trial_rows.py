"""The trials of an analysis as rows of the page, each with the rows of the evidence behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import file_name
from tmsmeta.report.interval_rows import Scale
from tmsmeta.tables.row_rules import split_list
from tmsmeta.words.numbers import count, percent, plain

if TYPE_CHECKING:
    from tmsmeta.report.sources import SourceView
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.evidence import Evidence

Sources = Mapping[str, "SourceView"]


def trial_rows(analysis: Analysis, pooled: PooledEffect, origins: Origins) -> dict[str, Any]:
    """The rows of a forest plot for any screen: trials, the pooled effect, the scale they share."""
    lines = {str(line["study"]): line for line in pooled.to_frame().to_dict("records")}
    names = pooled.effects.columns
    numbers = {study: _numbers(line, names) for study, line in lines.items()}
    studies = [study for study, (value, _) in numbers.items() if value == value]
    summary = next(reversed(lines))
    scale = Scale.of(
        [numbers[study][0] for study in studies],
        [end for study in studies for end in numbers[study][1] or ()],
        logarithmic=pooled.effects.info.is_ratio,
    )
    rows: list[dict[str, Any]] = []
    for table, frame in (("arms", analysis.chosen.trials), ("contrasts", analysis.chosen.contrasts)):
        for record in frame.to_dict("records"):
            line = lines.get(str(record["study"]))
            row = _row(record, _anchor(analysis.outcome, len(rows) + 1))
            rows.append(row | _estimate(line, pooled, scale) | {"behind": behind(origins, table, record)})
    return {
        "rows": rows,
        "pooled": _estimate(lines[summary], pooled, scale),
        "ticks": scale.ticks(),
        "null": scale.place(scale.null),
    }


def _anchor(outcome: str, number: int) -> str:
    return f"trial-{file_name(outcome)}-{number}"


def _numbers(line: Mapping[Any, Any], names: tuple[str, str, str]) -> tuple[float, tuple[float, float] | None]:
    value, low, high = (float(line[name]) for name in names)
    return value, None if low != low or high != high else (low, high)


def _row(record: Mapping[Any, Any], anchor: str) -> dict[str, Any]:
    known = "events_t" in record
    return {
        "study": str(record["study"]),
        "anchor": anchor,
        "active": f"{plain(record['events_t'])}/{plain(record['n_t'])}" if known else "",
        "control": f"{plain(record['events_c'])}/{plain(record['n_c'])}" if known else "",
        "tier": str(record["tier"]),
    }


def _estimate(line: Mapping[Any, Any] | None, pooled: PooledEffect, scale: Scale) -> dict[str, Any]:
    """Mark, text and weight of one line of the forest plot; blank for a trial that does not enter."""
    if line is None:
        return {"mark": None, "text": "not pooled", "weight": ""}
    value, limits = _numbers(line, pooled.effects.columns)
    weight = float(line["weight"]) if line["weight"] == line["weight"] else None
    return {
        "mark": scale.mark(value, limits, weight),
        "text": shown_text(pooled, value, limits),
        "weight": "" if weight is None else percent(100 * weight),
    }


def shown_text(pooled: PooledEffect, value: float, limits: tuple[float, float] | None) -> str:
    """An estimate and its limits, both on the scale that readers know."""
    if value != value:
        return "no estimate"
    shown, *ends = pooled.effects.natural.texts_of(value, limits)
    return f"{shown} ({' to '.join(ends)})" if ends else shown


@dataclass(frozen=True)
class Origins:
    """What turns rows of the evidence into words.

    Attributes:
        evidence: the tables.
        sources: the sources by id.
        tiers: what each tier means.
        flags: what each flag means.
        tables: the rows of each table by line.
    """

    evidence: Evidence
    sources: Sources
    tiers: Mapping[str, str]
    flags: Mapping[str, str]
    tables: Mapping[str, Mapping[int, Mapping[str, Any]]]

    @classmethod
    def of(cls, evidence: Evidence, sources: Sources) -> Origins:
        """Those of a review."""
        return cls(
            evidence=evidence,
            sources=sources,
            tiers=dict(zip(evidence.tiers["tier"], evidence.tiers["meaning"], strict=True)),
            flags=dict(zip(evidence.flags["flag"], evidence.flags["meaning"], strict=True)),
            tables={table: dict(evidence.rows(table)) for table in ("arms", "contrasts")},
        )


def behind(origins: Origins, table: str, record: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The rows of the evidence that a trial of an analysis rests on, in words."""
    rows = origins.tables[table]
    wanted = [int(line) for line in re.findall(r"\d+", str(record["rows"]))]
    return [_origin(origins, table, line, rows[line]) for line in wanted if line in rows]


def _origin(origins: Origins, table: str, line: int, cells: Mapping[str, Any]) -> dict[str, Any]:
    tier, says = str(cells["tier"]), _counts if table == "arms" else _ratio
    flags = [origins.flags.get(flag) or flag.replace("_", " ") for flag in split_list(cells["flags"])]
    return {
        "says": says(origins.evidence, cells),
        "where": f"{table}.csv, line {line}",
        "locator": str(cells["locator"] or ""),
        "source": origins.sources.get(str(cells["source_id"])),
        "tier": tier,
        "tier_meaning": origins.tiers.get(tier, ""),
        "when": str(cells.get("timepoint") or ""),
        "definition": str(cells.get("definition") or ""),
        "notes": [*flags, *([str(cells["note"])] if cells["note"] else [])],
    }


def _counts(evidence: Evidence, cells: Mapping[str, Any]) -> str:
    printed = cells.get("percent_printed")
    share = "" if printed is None or printed != printed else f" (printed: {plain(float(printed))}%)"
    treatment = evidence.treatment_label(str(cells["treatment"]))
    return f"{treatment}: {_number(cells['events'])} of {_number(cells['n'])}{share}"


def _ratio(evidence: Evidence, cells: Mapping[str, Any]) -> str:
    names = (evidence.treatment_label(str(cells[name])) for name in ("treat1", "treat2"))
    limits = f"{plain(float(cells['ci_low']))} to {plain(float(cells['ci_high']))}"
    return f"{' against '.join(names)}: {cells['measure']} {plain(float(cells['estimate']))} ({limits}), as printed"


def _number(cell: Any) -> str:
    return "not printed" if cell is None or cell != cell else count(float(cell))
