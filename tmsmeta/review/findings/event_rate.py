"""One line of a summary of findings: an event that was counted without a comparison, such as a harm in a survey."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tmsmeta.effects.intervals.one_sample import garwood
from tmsmeta.errors import NotAssessable
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import effect as short
from tmsmeta.words.results import notes, to_cell, to_plain

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class EventRate:
    """A rate of ``rates.csv``.

    Attributes:
        event: what was counted.
        group: device or group that the rate is about; blank where the table does not say.
        study: who counted, with the year.
        events: how many, or why that is not known.
        exposure: sessions or patients in which they were counted, or why that is not known.
        unit: ``"sessions"`` or ``"patients"``.
        per: the rate is per so many of them.
        rate: from the counts where they are known, else as printed.
        low: its lower 95% limit: exact (Garwood) from the counts, else as printed.
        high: its upper 95% limit.
        url: where it was read.
    """

    event: str
    group: str
    study: str
    events: int | NotAssessable
    exposure: int | NotAssessable
    unit: str
    per: int
    rate: float | NotAssessable
    low: float | NotAssessable
    high: float | NotAssessable
    url: str

    @property
    def rate_text(self) -> str:
        """``"0.31 per 10,000 sessions (95% CI 0.18 to 0.48)"``."""
        if isinstance(self.rate, NotAssessable):
            return str(self.rate)
        known = not isinstance(self.low, NotAssessable) and not isinstance(self.high, NotAssessable)
        around = f" (95% CI {short(self.low)} to {short(self.high)})" if known else ""
        return f"{short(self.rate)} per {self.per:,} {self.unit}{around}"

    @property
    def sentence(self) -> str:
        """The rate in plain words, and that nothing was compared."""
        counts = ""
        if not isinstance(self.events, NotAssessable) and not isinstance(self.exposure, NotAssessable):
            counts = f"{self.events:,} in {self.exposure:,} {self.unit}, "
        group = f", {self.group}" if self.group else ""
        return f"{heading(self.event)}{group}: {counts}{self.rate_text}; {self.study}, without a comparison group."

    def row(self) -> dict[str, Any]:
        """A flat row with the columns of a finding; its numbers are per ``per`` of its unit."""
        patients = self.unit == "patients" and not isinstance(self.exposure, NotAssessable)
        return {
            "kind": "rate",
            "outcome": self.event,
            "label": heading(self.event),
            "treatment": self.group,
            "control": "",
            "measure": f"rate per {self.per:,} {self.unit}",
            "estimate": to_cell(self.rate),
            "ci_low": to_cell(self.low),
            "ci_high": to_cell(self.high),
            "level": LEVEL,
            "people": to_cell(self.exposure) if patients else math.nan,
            "certainty": "not rated",
            "certainty_reasons": "",
            "baseline_source": "",
            "sentence": self.sentence,
            "note": notes((self.events, self.exposure, self.rate, self.low, self.high)),
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        names = ("event", "group", "study", "events", "exposure", "unit", "per", "rate", "low", "high", "url")
        return {**{name: to_plain(getattr(self, name)) for name in names}, "sentence": self.sentence}


def event_rate(cells: Mapping[str, Any]) -> EventRate:
    """A row of ``rates.csv``: computed from its counts where it has them, else as printed."""
    events, exposure = _count(cells, "events"), _count(cells, "exposure")
    per = int(cells["per"])
    if isinstance(events, NotAssessable) or isinstance(exposure, NotAssessable):
        rate, low, high = (_printed(cells, name) for name in ("printed_rate", "printed_low", "printed_high"))
    else:
        found = garwood(events, exposure, per=per, level=LEVEL)
        rate, low, high = found.estimate, found.low, found.high
    year = "" if _missing(cells.get("year")) else f" {int(cells['year'])}"
    label = str(cells["label"])
    return EventRate(
        event=str(cells["what"]),
        group=str(cells.get("device") or ""),
        study=label if year.strip() in label else f"{label}{year}",
        events=events,
        exposure=exposure,
        unit=str(cells["unit"]),
        per=per,
        rate=rate,
        low=low,
        high=high,
        url=str(cells["url"]),
    )


def _missing(value: Any) -> bool:
    return value is None or value != value


def _count(cells: Mapping[str, Any], name: str) -> int | NotAssessable:
    value = cells.get(name)
    return NotAssessable(name, "not printed") if _missing(value) else int(value)  # type: ignore[arg-type]


def _printed(cells: Mapping[str, Any], name: str) -> float | NotAssessable:
    value = cells.get(name)
    what = {"printed_rate": "rate", "printed_low": "lower limit", "printed_high": "upper limit"}[name]
    return NotAssessable(what, "not printed") if _missing(value) else float(value)  # type: ignore[arg-type]
