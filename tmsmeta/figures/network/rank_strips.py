"""Rank chances of many treatments: a strip of cells for each, with its SUCRA, effect and evidence beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure, FigureBase, SubFigure

from tmsmeta.figures.axes import scale_of
from tmsmeta.figures.network.heat_table import (
    NAME,
    Bar,
    HeatTable,
    draw_heat_table,
    numbers_of,
    wrapped_names,
)
from tmsmeta.figures.network.treatment_words import Labels, effect_text, evidence_of, name_of, sucra_text
from tmsmeta.figures.picture import figure_of
from tmsmeta.figures.room import Width, fewer, room_for
from tmsmeta.figures.style import SMALL
from tmsmeta.figures.table_plot.description import Column, Row
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

_LEAST = 0.005
"""Chances below this are left blank."""
_DARKEST = 0.3
"""Chance from which cells are darkest; a sure rank would else leave all others pale."""
_FORMS = (
    (("sucra", "effect", "trials", "direct"), True, 1),
    (("sucra", "effect", "trials", "direct"), False, 1),
    (("sucra", "effect", "trials", "direct"), False, 5),
    (("sucra", "effect"), False, 5),
    (("effect",), False, 10),
)
"""Columns beside the strips, whether cells have numbers, and how many ranks share one."""
_BEST = (60, 50, 40, 30, 20)


def rank_strips(
    ranking: Ranking, figure: FigureBase | None, labels: Labels, digits: int | None, title: str, width: Width | None
) -> FigureBase:
    """Draw the strips; arguments as of :func:`tmsmeta.figures.rankogram`."""
    assert figure is None or isinstance(figure, (Figure, SubFigure))
    ax = None if figure is None else figure.add_axes((0, 0, 1, 1))
    lines = _lines(ranking, labels, digits)
    sheets = _sheets(ranking, lines, title, room_for(ax, width))
    drawn = draw_heat_table(sheets, ax, width, "Give it more width, or shorter names in `labels`.")
    return figure_of(drawn) if figure is None else figure


def _lines(ranking: Ranking, labels: Labels, digits: int | None) -> list[dict[str, str]]:
    """Texts of each treatment, best first."""
    net, evidence, found = ranking.net, evidence_of(ranking), []
    scale = scale_of(net.measure, digits=digits)
    for row in ranking.frame.to_dict("records"):
        treatment = str(row["treatment"])
        found.append(
            {
                NAME.key: name_of(treatment, labels),
                "sucra": sucra_text(row),
                "effect": "reference" if treatment == net.reference else effect_text(row, scale),
                "trials": evidence[treatment].trials,
                "direct": evidence[treatment].direct,
            }
        )
    return found


def _sheets(ranking: Ranking, lines: list[dict[str, str]], title: str, wide: float) -> Iterator[HeatTable]:
    """The strips with less and less beside them."""
    chances = ranking.rank_probabilities.loc[list(ranking.frame["treatment"])].to_numpy(dtype=float)
    level = FIGURE.level(ranking.net.spec.level)
    heads = {
        "sucra": f"SUCRA\n({level} CI)",
        "effect": f"{ranking.net.measure}\n({level} CI)",
        "trials": "Trials",
        "direct": "Direct\nevidence",
    }
    for most in fewer(len(lines), _BEST):
        kept = lines[:most]
        for keys, numbers, every in _FORMS:
            yield _sheet(ranking, kept, chances[:most], {k: heads[k] for k in keys}, (numbers, every), title, wide)


def _sheet(
    ranking: Ranking,
    lines: list[dict[str, str]],
    chances: np.ndarray,
    heads: Mapping[str, str],
    form: tuple[bool, int],
    title: str,
    wide: float,
) -> HeatTable:
    numbers, every = form
    limit, plain = 0.22 * wide if len(heads) > 1 else 0.25 * wide, [line[NAME.key] for line in lines]
    names = wrapped_names(plain, limit) if len(heads) > 1 else [wrap(name, SMALL, limit) for name in plain]
    most = min(max(float(np.ceil(10 * chances.max())) / 10, 0.1), _DARKEST)
    ticks: dict[str, Any] = {"ticks": (0.0, most / 2, most), "show": lambda v: FIGURE.share(v, 0)}
    beyond = f"; full colour: {FIGURE.share(most, 0)} or more" if chances.max() > most else ""
    return HeatTable(
        right=tuple(Column(key=key, header=head, align="right") for key, head in heads.items()),
        rows=tuple(Row(cells=line | {NAME.key: name}) for line, name in zip(lines, names, strict=True)),
        columns=numbers_of(chances.shape[1], every),
        values=chances,
        cells=[[FIGURE.share(p, 0) if numbers and p >= _LEAST else "" for p in row] for row in chances.tolist()],
        high=most,
        every=every,
        tight=not numbers,
        even=False,
        title=title,
        across="Rank (1 is best)",
        bar=Bar(label=f"Chance of the rank (%){beyond}", **ticks),
        notes=tuple(_notes(ranking, len(lines), heads)),
        least=(0.04 if every < 10 else 0.02, 0.0),
    )


def _notes(ranking: Ranking, shown: int, heads: Mapping[str, str]) -> Iterator[str]:
    net, count = ranking.net, len(ranking.net.treatments)
    versus = inside(net.reference)
    yield (
        f"{net.better.capitalize()} is better. SUCRA: mean chance of a rank or a better one. {net.measure}: "
        f"{net.data.info.label} against {versus}."
    )
    if "direct" in heads:
        yield "Direct evidence: its share in that effect."
    else:
        yield "Trials and shares of direct evidence are left out for lack of room."
    if shown < count:
        yield f"Shown: the {shown} of {count} treatments with the highest SUCRA."
