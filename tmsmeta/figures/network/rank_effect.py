"""Rank beside effect: a P-score never stands without the effect, its interval and the evidence behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.sheets import draw_sheets
from tmsmeta.figures.network.treatment_words import Labels, better_words, effect_heading, evidence_of, favours, name_of
from tmsmeta.figures.room import Width, fewer
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Looks, Mark, Row, Sheet
from tmsmeta.figures.table_plot.marks import limits_of_marks
from tmsmeta.words.names import counted, inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta, Ranking


@styled
def rank_effect(
    ranking: Ranking,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    rank_interval: bool = True,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw the P-score of every treatment against its effect, with intervals of both and the evidence beside them.

    What does not fit is dropped in this order: patients, direct evidence, trials, P-scores and effects in numbers,
    room for long names, the last treatments; a note says how many.

    Args:
        ranking: what ``rank`` returned.
        ax: the axes to use; graph and table fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        rank_interval: whether the interval of SUCRA is drawn as a thin vertical line.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes: x is the effect against the reference, y the P-score. Points carry the gid ``points`` (filled: some
        direct evidence against the reference; open: indirect alone), intervals ``whiskers``.

    Raises:
        InvalidInputError: a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.rank_effect(tm.rank(net))
    """
    scale = scale_of(ranking.net.measure, digits=digits)
    rows = _rows(ranking, scale, labels, rank_interval)
    notes = _notes(ranking, labels, rank_interval)
    advice = "Give it more width, or shorter names in `labels`."
    return draw_sheets(_sheets(ranking.net, rows, scale, labels, notes, title), ax, width, advice)


_FORMS = (
    (("effect", "p_score", "trials", "patients", "direct"), 1.9),
    (("effect", "p_score", "trials", "patients", "direct"), 1.4),
    (("effect", "p_score", "trials", "direct"), 1.4),
    (("effect", "p_score", "trials"), 1.4),
    (("effect",), 1.2),
    ((), 1.2),
    ((), 0.8),
)
"""Columns beside the names, and widths of the names in inches, from the fullest to the barest table."""
_MOST = (55, 45, 35, 25)


def _sheets(
    net: NetworkMeta, rows: tuple[Row, ...], scale: EffectScale, labels: Labels, notes: tuple[str, ...], title: str
) -> Iterator[Sheet]:
    """The picture with less and less in it."""
    versus = inside(name_of(net.reference, labels))
    heads = {
        "effect": effect_heading(scale, net.spec.level, versus),
        "p_score": "P-score",
        "trials": "Trials",
        "patients": "Patients",
        "direct": "Direct\nevidence",
    }
    limits = limits_of_marks(scale, rows)
    for most in fewer(len(rows), _MOST):
        left = len(rows) - most
        said = f"The last {counted(left, 'treatment')} in this order are left out for lack of room."
        for keys, limit in _FORMS:
            yield Sheet(
                right=(
                    Column(key="name", header="Treatment", limit=limit),
                    *(Column(key=key, header=heads[key], align="right") for key in keys),
                ),
                rows=rows[:most],
                scale=scale,
                limits=limits,
                graph_header="" if keys else f"Against {versus}",
                null=scale.null,
                favours=favours(net, labels),
                upright="P-score (rank)",
                notes=(*notes, *([said] if left else [])),
                looks=Looks(header_rules=False),
                title=title,
            )


def _rows(ranking: Ranking, scale: EffectScale, labels: Labels, rank_interval: bool) -> tuple[Row, ...]:
    evidence, found = evidence_of(ranking), []
    for row in ranking.frame.to_dict("records"):
        known, score = evidence[str(row["treatment"])], float(row["p_score"])
        estimate, low, high = scale.show([row["estimate"], row["ci_low"], row["ci_high"]]).tolist()
        reference = row["treatment"] == row["reference"]
        ends = (None, None) if reference else (low, high)
        colour = style.MUTED if reference else style.BLUE if row["direct_share"] > 0 else style.PAPER
        mark = Mark(
            shape="point",
            estimate=estimate,
            low=ends[0],
            high=ends[1],
            colour=colour,
            upright=(float(row["sucra_low"]), float(row["sucra_high"])) if rank_interval else None,
        )
        cells = {
            "name": name_of(str(row["treatment"]), labels),
            "effect": "reference" if reference else scale.effect(estimate, (low, high)),
            "p_score": FIGURE.number(score, 2),
            "trials": known.trials,
            "patients": known.patients,
            "direct": known.direct,
        }
        found.append(Row(cells=cells, marks=(mark,), at=score))
    return tuple(found)


def _notes(ranking: Ranking, labels: Labels, rank_interval: bool) -> tuple[str, ...]:
    net = ranking.net
    level = FIGURE.level(net.spec.level)
    versus = inside(name_of(net.reference, labels))
    lines = f"{better_words(net)} Horizontal lines: {level} interval of the effect."
    if rank_interval:
        lines += f" Vertical lines: {level} interval of the P-score (SUCRA) over networks estimated anew."
    return (
        lines,
        f"Direct evidence: its share in the effect against {versus}; open circles rest on indirect evidence alone.",
    )
