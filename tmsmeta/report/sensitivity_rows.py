"""The analyses of an outcome beside each other, a forest plot for each measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import file_name
from tmsmeta.report.interval_rows import Scale
from tmsmeta.report.rows import shown_numbers
from tmsmeta.words.names import counted
from tmsmeta.words.numbers import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tmsmeta.review.analyses import Analysis


def sensitivity_panels(chosen: Sequence[Analysis]) -> list[dict[str, Any]]:
    """One panel for each measure, the main measure first; in each a row for each selection, the main one first."""
    measures = dict.fromkeys(measure for analysis in chosen for measure in analysis.results)
    return [_panel(chosen, measure) for measure in measures]


def _panel(chosen: Sequence[Analysis], measure: str) -> dict[str, Any]:
    rows = [_row(analysis, measure) for analysis in chosen if measure in analysis.results]
    known = [row for row in rows if row["limits"] or row["value"] is not None]
    fitted = next((r for a in chosen if isinstance(r := a.results.get(measure), PooledEffect)), None)
    label = fitted.effects.natural.label if fitted else measure
    panel = {"measure": measure, "label": label, "rows": rows, "ticks": [], "null": None}
    panel["anchor"] = f"measure-{file_name(chosen[0].outcome)}-{file_name(measure)}"
    if fitted is None or not known:
        return panel
    ends = [end for row in known for end in row["limits"] or ()]
    scale = Scale.of([row["value"] for row in known], ends, logarithmic=fitted.effects.info.is_ratio)
    for row in known:
        row["mark"] = scale.mark(row["value"], row["limits"])
    return panel | {"ticks": scale.ticks(), "null": scale.place(scale.null)}


def _row(analysis: Analysis, measure: str) -> dict[str, Any]:
    selected, result = analysis.selected[measure], analysis.results[measure]
    unknown = len(selected.contrasts)
    people = f"{selected.patients:,} people"
    if unknown:
        people += f", and {counted(unknown, 'trial')} of unknown size"
    row: dict[str, Any] = {
        "name": analysis.name,
        "size": f"{counted(selected.k, 'trial')}, {people}",
        "value": None,
        "limits": None,
        "mark": None,
        "notes": [],
    }
    if isinstance(result, NotAssessable):
        return row | {"text": str(result), "prediction": "", "spread": ""}
    natural = result.effects.natural
    shown, limits, prediction = shown_numbers(result)
    known = not isinstance(result.ci, NotAssessable)
    spread = [
        "" if isinstance(result.tau2, NotAssessable) else f"tau2 {number(result.tau2, 3)}",
        "" if isinstance(result.i2, NotAssessable) else f"I2 {percent(result.i2, 0)}",
    ]
    return row | {
        "value": float(natural.value(result.estimate)),
        "limits": None if isinstance(result.ci, NotAssessable) else natural.limits(result.ci),
        "text": f"{shown} ({limits})" if known else f"{shown}; interval {limits}",
        "prediction": "" if isinstance(result.prediction, NotAssessable) else prediction,
        "spread": ", ".join(filter(None, spread)),
        "notes": list(result.cautions),
    }
