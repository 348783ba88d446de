"""Figures for readers who count people, of several sizes and with long and non-Latin names."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.room import Width

MORE = tm.risk_per_1000(
    baseline_risk=0.141, source="55 of 389 in the control arms", measure="RR", estimate=2.65, ci=(1.97, 3.57)
)
RARE = tm.risk_per_1000(
    baseline_risk=0.014, source="a register", measure="RR", estimate=0.5, ci=(0.3, 0.8), better="lower"
)
NO_FIGURE = tm.risk_per_1000(baseline_risk=0.6, source="assumed", measure="RR", estimate=2.5, ci=(2, 3))
LONG = "Стимуляция с очень длинным названием and a name that does not end"

CASES: dict[str, Callable[[Width], Axes | Figure]] = {
    "icon array": lambda w: figures.icon_array(MORE, outcome="respond", title="Response", width=w),
    "icon array of a rare outcome": lambda w: figures.icon_array(RARE, outcome="fall", width=w),
    "icon array without a figure": lambda w: figures.icon_array(NO_FIGURE, width=w),
    "icon array, long names": lambda w: figures.icon_array(MORE, treated=LONG, comparator=LONG, title=LONG, width=w),
    "patient summary": lambda w: figures.patient_summary(
        {"respond": MORE, "fall": RARE, "sleep": NO_FIGURE}, title="What the trials say", treated=LONG, width=w
    ),
    "patient summary of sentences": lambda w: figures.patient_summary(["One sentence. " * 12, LONG], width=w),
}
