"""A table with a graph in it: what forest plots, claim panels, network forests and heat tables are made of.

This module holds what is to be drawn; :mod:`tmsmeta.figures.table_plot.layout` finds the places, and
:mod:`tmsmeta.figures.table_plot.draw` draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tmsmeta.figures.axes import EffectScale
from tmsmeta.figures.style import BLUE, INK

Align = Literal["left", "right", "center", "decimal"]


class Symbol(NamedTuple):
    """A coloured circle with a letter in it."""

    letter: str
    face: str
    ink: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of text, or of symbols.

    Attributes:
        key: names the cells of a row that stand in it.
        header: its heading; may have several lines.
        align: of cells and heading; ``decimal`` sets numbers by their decimal points, words and heading to the right.
        group: heading above neighbouring columns that share it.
        limit: widest it may be in inches; longer text is wrapped.
        symbols: whether it holds symbols in place of text.
    """

    key: str
    header: str = ""
    align: Align = "left"
    group: str = ""
    limit: float | None = None
    symbols: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the graph shows in one row, in axis values.

    Attributes:
        shape: ``square``, ``point``, ``diamond`` or ``bar``.
        estimate: its centre (None for a bar).
        low, high: ends of the interval, None where there is none.
        weight: area of a square as a share of the largest, 0 to 1.
        colour: None for the colour of the sheet.
        shift: away from the middle of the row, in rows.
        upright: ends of a vertical interval, on the upright axis.
        thick: height of a bar, in rows.
    """

    shape: Literal["square", "point", "diamond", "bar"]
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    weight: float = 1.0
    colour: str | None = None
    shift: float = 0.0
    upright: tuple[float, float] | None = None
    thick: float = 0.22


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        cells: text by column key.
        marks: what the graph shows.
        symbols: symbols by column key.
        span: text across all columns left of the graph, wrapped.
        about: what `span` is about, where it is told below the table: the name of a subgroup.
        bold: whether the text is bold.
        quiet: whether the text is small and grey.
        rule: whether a thin line stands above it.
        gap: white space above it, in rows.
        at: where its marks stand on the upright axis of a sheet that has one.
    """

    cells: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    span: str = ""
    about: str = ""
    bold: bool = False
    quiet: bool = False
    rule: bool = False
    gap: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What differs between the house styles of journals.

    Attributes:
        square, diamond, bar: face colours.
        edge: edge colour of the diamond.
        stripes: whether every other study has a grey ground.
        favours_on_top: whether the direction labels stand above the graph.
        header_rules: whether lines stand above and below the headings.
    """

    square: str = BLUE
    diamond: str = BLUE
    bar: str = INK
    edge: str = INK
    stripes: bool = False
    favours_on_top: bool = False
    header_rules: bool = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns and rows with room for a graph between them.

    Attributes:
        left, right: columns on either side of the graph.
        rows: from top to bottom.
        notes: sentences below, over the full width.
        looks: house style.
        title: heading.
        subtitle: sentence below the title.
    """

    left: tuple[Column, ...] = ()
    right: tuple[Column, ...] = ()
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    looks: Looks = field(default_factory=Looks)
    title: str = ""
    subtitle: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet(Table):
    """A table whose graph is an axis of effects, with the marks of each row.

    Attributes:
        scale: of the graph.
        limits: of the graph, in axis values; intervals beyond end in arrows.
        graph_header: heading of the graph.
        pooled: place of a dashed line, e.g. the pooled estimate.
        null: place of the solid line.
        favours: labels left and right of the solid line.
        drop: columns that may be left out where the paper is narrow, in this order: a name and the keys of each step.
        upright: name of an upright axis from 0 to 1. Marks then stand at the `at` of their rows, and each row of the
            table as near to its marks as there is room, tied to them by a line.
    """

    scale: EffectScale
    limits: tuple[float, float]
    graph_header: str = ""
    pooled: float | None = None
    null: float | None = None
    favours: tuple[str, str] | None = None
    drop: tuple[tuple[str, tuple[str, ...]], ...] = ()
    upright: str = ""
