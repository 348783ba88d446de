"""Forest plot of a network: every treatment against the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.sheets import draw_sheets
from tmsmeta.figures.network.treatment_words import (
    Labels,
    better_words,
    effect_heading,
    effects_against,
    favours,
    name_of,
    patients_text,
    share_text,
)
from tmsmeta.figures.room import Width, fewer
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.marks import limits_of_marks
from tmsmeta.words.names import counted, inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta, Ranking

SORT = ("effect", "p_score", "label", "patients")
_BAR = "#878787"
"""Grey of prediction intervals: 3.6:1 on white."""


@styled
def network_forest(
    result: NetworkMeta | Ranking,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    sort: str | None = None,
    prediction: bool = True,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw the effect of every treatment against the reference of the network.

    The axis shows all confidence intervals; longer prediction intervals end in arrows. What does not fit is dropped in
    this order: patients, direct evidence, trials, room for long names, P-scores, the last treatments; a note says how
    many.

    Args:
        result: a fitted network, or its ranking, which adds a column of P-scores.
        ax: the axes to use; table and graph fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        sort: ``effect`` (best first), ``p_score`` (the default with a ranking), ``label`` or ``patients``.
        prediction: whether prediction intervals are drawn as thin bars below the intervals.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes of the graph, on a log scale for ratios. Points carry the gid ``points``, intervals ``whiskers``.

    Raises:
        UnknownOptionError: an unknown `sort`, or ``p_score`` without a ranking.
        InvalidInputError: a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.network_forest(tm.rank(net))
    """
    from tmsmeta.networks import Ranking

    ranking, net = (result, result.net) if isinstance(result, Ranking) else (None, result)
    allowed = SORT if ranking is not None else tuple(s for s in SORT if s != "p_score")
    chosen = sort or ("p_score" if ranking is not None else "effect")
    check_option("sort", chosen, allowed)
    scale = scale_of(net.measure, digits=digits)
    lines = _sorted(_lines(net, ranking, scale), chosen, net, labels)
    shown = prediction and not isinstance(net.prediction_half_width, NotAssessable)
    advice = "Give it more width, or shorter names in `labels`."
    return draw_sheets(_sheets(net, ranking, lines, scale, labels, shown, prediction, title), ax, width, advice)


_FORMS = (
    (("trials", "patients", "direct"), 2.2),
    (("trials", "patients", "direct"), 1.5),
    (("trials", "direct"), 1.5),
    (("trials",), 1.5),
    ((), 1.1),
    ((), 0.8),
    (None, 0.8),
)
"""Columns left of the graph, and widths of the names in inches, from the fullest to the barest table; None: no
P-scores either."""
_MOST = (55, 45, 35, 25)


def _sheets(
    net: NetworkMeta,
    ranking: Ranking | None,
    lines: list[_Line],
    scale: EffectScale,
    labels: Labels,
    shown: bool,
    prediction: bool,
    title: str,
) -> Iterator[Sheet]:
    """The forest with less and less in it."""
    reference = name_of(net.reference, labels)
    heads = {"trials": "Trials", "patients": "Patients", "direct": "Direct\nevidence"}
    last = Row(cells={"name": f"{reference} (reference)", **_reference(net)}, quiet=True)
    rows = [Row(cells=line.cells(scale, labels), marks=line.mark(shown)) for line in lines]
    limits = limits_of_marks(scale, [Row(marks=line.mark(False)) for line in lines])
    effect = effect_heading(scale, net.spec.level, inside(reference))
    for most in fewer(len(lines), _MOST):
        for keys, limit in _FORMS:
            scored = ranking is not None and keys is not None
            yield Sheet(
                left=(
                    Column(key="name", header="Treatment", limit=limit),
                    *(Column(key=key, header=heads[key], align="right") for key in keys or ()),
                ),
                right=(
                    Column(key="effect", header=effect, align="right"),
                    *([Column(key="p_score", header="P-score", align="right")] if scored else []),
                ),
                rows=(*rows[:most], last),
                scale=scale,
                limits=limits,
                null=scale.null,
                favours=favours(net, labels),
                notes=tuple(_notes(net, ranking if scored else None, prediction, labels, len(lines) - most)),
                title=title,
            )


class _Line(NamedTuple):
    """One treatment against the reference; effects in axis values."""

    treatment: str
    effect: tuple[float, float, float]
    prediction: tuple[float, float] | None
    trials: float
    patients: float
    direct: float
    p_score: float | None

    def mark(self, prediction: bool) -> tuple[Mark, ...]:
        """The point with its interval, and the prediction interval below where that is shown."""
        estimate, low, high = self.effect
        colour = style.BLUE if self.direct > 0 else style.PAPER
        shift = -0.08 if prediction else 0.0
        point = Mark(shape="point", estimate=estimate, low=low, high=high, colour=colour, shift=shift)
        if not prediction or self.prediction is None:
            return (point,)
        low, high = self.prediction
        return point, Mark(shape="bar", low=low, high=high, colour=_BAR, shift=0.24, thick=0.1)

    def cells(self, scale: EffectScale, labels: Labels) -> dict[str, str]:
        """Its texts by column."""
        estimate, low, high = self.effect
        return {
            "name": name_of(self.treatment, labels),
            "trials": FIGURE.count(self.trials),
            "patients": patients_text(self.patients),
            "direct": share_text(self.direct),
            "effect": scale.effect(estimate, (low, high)),
            "p_score": "" if self.p_score is None else FIGURE.number(self.p_score, 2),
        }


def _lines(net: NetworkMeta, ranking: Ranking | None, scale: EffectScale) -> list[_Line]:
    """One line per treatment but the reference, with the numbers of the result object."""
    g = net.reference
    counts = _counts(net)
    score = {} if ranking is None else dict(zip(net.treatments, ranking.p_score.tolist(), strict=True))
    half = net.prediction_half_width
    treated = [t for t in net.treatments if t != g]
    low, high = (None, None) if isinstance(half, NotAssessable) else (net.prediction_low[g], net.prediction_high[g])
    found = []
    for t, values in zip(treated, effects_against(net, treated), strict=True):
        estimate, ends = scale.show(values).tolist(), None
        if low is not None and high is not None:
            ends = scale.show([low[t], high[t]]).tolist()
        found.append(
            _Line(
                treatment=t,
                effect=(estimate[0], estimate[1], estimate[2]),
                prediction=None if ends is None else (ends[0], ends[1]),
                trials=counts[t][0],
                patients=counts[t][1],
                direct=float(net.direct_share[g][t]),
                p_score=score.get(t),
            )
        )
    return found


def _sorted(lines: list[_Line], key: str, net: NetworkMeta, labels: Labels) -> list[_Line]:
    """`lines` by a key of :data:`SORT`; what is unknown comes last."""
    if key == "label":
        return sorted(lines, key=lambda line: name_of(line.treatment, labels).casefold())
    falling = key != "effect" or net.better == "higher"
    values = {
        line.treatment: {"effect": line.effect[0], "p_score": line.p_score, "patients": line.patients}[key]
        for line in lines
    }

    def place(line: _Line) -> float:
        value = values[line.treatment]
        if value is None or not np.isfinite(value):
            return -np.inf if falling else np.inf
        return value

    return sorted(lines, key=place, reverse=falling)


def _reference(net: NetworkMeta) -> dict[str, str]:
    trials, patients = _counts(net)[net.reference]
    return {"trials": FIGURE.count(trials), "patients": patients_text(patients)}


def _counts(net: NetworkMeta) -> dict[str, tuple[int, float]]:
    """Trials and patients of each treatment."""
    trials, patients = net.data.trials_of()
    return dict(zip(net.treatments, zip(trials.tolist(), patients.tolist(), strict=True), strict=True))


def _notes(net: NetworkMeta, ranking: Ranking | None, prediction: bool, labels: Labels, left: int) -> list[str]:
    versus = inside(name_of(net.reference, labels))
    tau2 = "not assessable" if isinstance(net.tau2, NotAssessable) else FIGURE.tau2(net.tau2)
    notes = [
        f"{counted(net.k, 'trial')}; τ² {tau2}. Direct evidence: its share in the effect against {versus}; open "
        "circles rest on indirect evidence alone."
    ]
    half = net.prediction_half_width
    if prediction:
        level = FIGURE.level(net.spec.level)
        notes.append(
            f"Prediction interval: not assessable ({half.reason})."
            if isinstance(half, NotAssessable)
            else f"Grey bars: {level} prediction intervals; arrows: they go on beyond the axis."
        )
    if left:
        notes.append(f"The last {counted(left, 'treatment')} in this order are left out for lack of room.")
    if ranking is not None:
        notes.append(f"{better_words(net)} P-score: mean chance of being better than another treatment.")
    return notes
