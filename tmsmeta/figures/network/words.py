"""What several network figures share: names, directions, limits of the effect axis, and the empty frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.figures.table_plot.description import Row
    from tmsmeta.networks import NetworkMeta, Ranking

Labels = Mapping[str, str] | None


class Evidence(NamedTuple):
    """What one treatment rests on, as text for a table.

    Attributes:
        trials, patients: their numbers; ``unknown`` where a trial does not state its patients.
        direct: share of direct evidence in the effect against the reference; empty for the reference itself.
    """

    trials: str
    patients: str
    direct: str


def name_of(treatment: str, labels: Labels) -> str:
    """The name to print for a treatment."""
    return (labels or {}).get(treatment, treatment)


def effect_heading(scale: EffectScale, level: float) -> str:
    """Heading of a column of effects with their intervals."""
    return f"{wrap(scale.label, style.TEXT, 1.25, 'bold')}\n({FIGURE.level(level)} CI)"


def favours(net: NetworkMeta, labels: Labels = None, first: str = "treatment") -> tuple[str, str]:
    """Direction labels left and right of no effect, for `first` against the reference of `net`."""
    treated, reference = f"Favours {first}", f"Favours {inside(name_of(net.reference, labels))}"
    left, right = (reference, treated) if net.better == "higher" else (treated, reference)
    return f"← {left}", f"{right} →"


def better_words(net: NetworkMeta) -> str:
    """The declared direction of the outcome, as a sentence."""
    return f"{net.better.capitalize()} values of the outcome are better."


def evidence_of(ranking: Ranking) -> dict[str, Evidence]:
    """Trials, patients and direct share of each treatment."""
    found = {}
    for row in ranking.frame.to_dict("records"):
        found[str(row["treatment"])] = Evidence(
            FIGURE.count(row["trials"]),
            patients_text(row["patients"]),
            "" if row["treatment"] == row["reference"] else share_text(row["direct_share"]),
        )
    return found


def effects_against(net: NetworkMeta, treatments: Sequence[str]) -> np.ndarray:
    """Effect and interval of each treatment against the reference, on the scale of the analysis, shape (k, 3)."""
    at, against = [net.index(t) for t in treatments], net.data.reference_index
    estimate, half = net.effect_matrix[at, against], net.critical * net.se_matrix[at, against]
    return np.column_stack([estimate, estimate - half, estimate + half])


def patients_text(patients: float) -> str:
    """A number of patients, or that it is unknown."""
    return FIGURE.count(patients) if np.isfinite(patients) else "unknown"


def share_text(share: float) -> str:
    """A share from 0 to 1 as whole percent; small ones that are not nothing are not called 0."""
    if not np.isfinite(share):
        return ""
    return "<1%" if 0 < share < 0.005 else f"{FIGURE.share(share, 0)}%"


def axis_limits(
    scale: EffectScale, estimates: Sequence[float], lows: Sequence[float], highs: Sequence[float], reach: float = 1.0
) -> tuple[float, float]:
    """Limits of an effect axis that show every estimate, and intervals up to `reach` spreads of the estimates beyond.

    All values are axis values. Wider intervals are cut; the figure marks them with an arrow.
    """
    move = np.log if scale.log else np.asarray

    def on_axis(values: Sequence[float]) -> np.ndarray:
        array = np.asarray(values, dtype=float)
        return np.asarray(move(array[np.isfinite(array) & ((array > 0) | (not scale.log))]), dtype=float)

    core = on_axis([*estimates, *([] if scale.null is None else [scale.null])])
    low, high = (float(core.min()), float(core.max())) if core.size else (-1.0, 1.0)
    left, right = on_axis(lows), on_axis(highs)
    widths = np.sort(np.concatenate([right, -left])) if left.size == right.size else np.array([])
    typical = float(np.median(right - left)) if widths.size and left.size else 0.0
    spread = max(high - low, typical, 1e-6)
    bottom = min([low, *np.maximum(left, low - reach * spread).tolist()])
    top = max([high, *np.minimum(right, high + reach * spread).tolist()])
    pad = 0.04 * (top - bottom)
    bottom, top = bottom - pad, top + pad
    return (float(np.exp(bottom)), float(np.exp(top))) if scale.log else (bottom, top)


def limits_of_marks(scale: EffectScale, rows: Iterable[Row], reach: float = 1.0) -> tuple[float, float]:
    """:func:`axis_limits` for everything that the rows of a table show."""
    marks = [m for row in rows for m in row.marks]
    estimates, lows, highs = (
        [v for v in values if v is not None] for values in ([m.estimate for m in marks], [m.low for m in marks],
                                                           [m.high for m in marks])
    )  # fmt: skip
    return axis_limits(scale, estimates, lows, highs, reach)


def notice(reason: NotAssessable | str, ax: Axes | None, title: str = "") -> Axes:
    """An empty frame with the reason why there is no figure, in a sentence."""
    drawn = style.axes_or_new(ax, style.ONE_COLUMN * 1.3, 1.3)
    inches = drawn.get_window_extent().width / drawn.figure.dpi
    text = f"{_capital(reason.what)}: {reason.reason}." if isinstance(reason, NotAssessable) else reason
    drawn.set_xticks([])
    drawn.set_yticks([])
    for spine in drawn.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    shown = wrap(text, style.TEXT, max(0.8 * inches, 1.0))
    drawn.text(0.5, 0.5, shown, transform=drawn.transAxes, ha="center", va="center", color=style.MUTED, gid="notice")
    if title:
        drawn.set_title(title)
    return drawn


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def shrink_beside(ax: Axes, legend: Legend) -> None:
    """Narrow `ax` until a legend right of it stays inside the former area; a layout engine does that by itself."""
    parent = ax.figure
    if not isinstance(parent, Figure) or parent.get_layout_engine() is not None:
        return
    parent.draw_without_rendering()
    box = ax.get_position()
    over = legend.get_window_extent().x1 / parent.bbox.width - box.x1
    if over > 0:
        ax.set_position((box.x0, box.y0, max(box.width - over, 0.1 * box.width), box.height))
