"""Tables of network analyses, for readers and machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.report.pairwise_tables import p_text
from tmsmeta.report.rows import ranking_head, ranking_lines
from tmsmeta.words import numbers
from tmsmeta.words.names import counted, heading, inside
from tmsmeta.words.tables import Column, ReaderTable, value

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import ComponentMeta, Contributions, LeagueTable, NetHeat, NetworkMeta, Ranking

Label = Callable[[str], str]
_EVIDENCE_FIRST = (0, 1, 2, 3, 5, 6, 7, 4)  # SUCRA, which hardly differs from P-scores, last


def _measure(net: NetworkMeta) -> str:
    return f"{heading(net.data.info.label)}, {len(net.treatments)} treatments, {counted(net.k, 'trial')}"


def ranking_table(ranking: Ranking, label: Label) -> ReaderTable:
    """Treatments from best to worst, each with its effect against the reference and the evidence behind it."""
    net = ranking.net
    head, lines = ranking_head(ranking, label), ranking_lines(ranking, label)
    by_name = {str(t): line for t, line in zip(ranking.frame["treatment"], lines, strict=True)}

    def column(place: int) -> Column:
        return Column(label=head[place], text=lambda row: by_name[row["treatment"]][place], right=place > 0)

    return ReaderTable(
        name="ranking",
        title=f"{_measure(net)}: ranking against {inside(label(net.reference))}, best first",
        frame=ranking.frame,
        columns=[column(place) for place in _EVIDENCE_FIRST],
    )


def league_square(league: LeagueTable, label: Label) -> ReaderTable:
    """Every pair of treatments: a square for readers, one row per pair for machines."""
    net, frame = league.above, league.frame
    names = _shown(frame, "estimate", "ci")
    cells = {(str(row["row"]), str(row["column"])): _with_limits(net, row, names) for row in frame.to_dict("records")}
    return ReaderTable(
        name="league",
        title=f"League table: {league.header}",
        frame=frame,
        **_square(list(league.treatments), list(league.treatments), cells, label),
    )


def _square(rows: list[str], columns: list[str], cells: Mapping[tuple[str, str], str], label: Label) -> dict[str, Any]:
    """Columns and arrangement of a table with one cell per pair; a pair that has none is blank."""
    import pandas as pd

    table = [[label(row), *(cells.get((row, column), "") for column in columns)] for row in rows]
    places = [str(place) for place in range(len(columns) + 1)]
    head = ["", *(label(column) for column in columns)]
    shown = [
        Column(label=name, text=_cell(place), right=place != "0") for place, name in zip(places, head, strict=True)
    ]
    return {"columns": shown, "arranged": pd.DataFrame(table, columns=places)}


def _cell(place: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda row: str(row[place])


def _shown(frame: pd.DataFrame, estimate: str, limits: str) -> tuple[str, str, str]:
    if "ratio" in frame:
        return "ratio", "ratio_low", "ratio_high"
    return estimate, f"{limits}_low", f"{limits}_high"


def _with_limits(net: NetworkMeta | ComponentMeta, row: Mapping[Any, Any], names: tuple[str, str, str]) -> str:
    """``"1.84 (1.60 to 2.11)"``, the estimate alone where there are no limits, blank without an estimate."""
    estimate, low, high = (float(row[name]) for name in names)
    if estimate != estimate:
        return ""
    return net.data.info.text(estimate, None if low != low else (low, high))


_KINDS = ("direct", "indirect", "network")


def split_table(splits: pd.DataFrame, net: NetworkMeta, label: Label) -> ReaderTable:
    """Direct against indirect evidence, one row per comparison."""
    frame = splits.copy()
    ratio = net.data.info.is_ratio
    for kind in _KINDS if ratio else ():
        for end in ("", "_low", "_high"):
            frame[f"{kind}_ratio{end}"] = np.exp(frame[kind + end].to_numpy(dtype=float))

    def pair(row: Mapping[Any, Any]) -> str:
        return f"{label(row['treat1'])} v {inside(label(row['treat2']))}"

    def shown(kind: str) -> Column:
        stem = f"{kind}_ratio" if ratio else kind
        names = (stem, f"{stem}_low", f"{stem}_high")
        return Column(label=kind, text=lambda row: _with_limits(net, row, names))

    columns = [
        Column(label="comparison", text=pair, right=False),
        value("k", "trials", numbers.count),
        *(shown(kind) for kind in _KINDS),
        value("p_value", "p of the difference", p_text),
    ]
    notes = [f"{pair(row)}: {row['note']}." for row in frame.to_dict("records") if row["note"]]
    level = numbers.level(net.spec.level)
    title = f"{_measure(net)}: direct against indirect evidence ({level} CI)"
    return ReaderTable(name="node_splits", title=title, frame=frame, columns=columns, notes=tuple(notes))


def contribution_table(found: Contributions, net: NetworkMeta) -> ReaderTable:
    """The share of each direct comparison in each network estimate: in percent for readers, as fractions in files."""
    matrix = found.matrix
    shares = {
        (str(row), str(column)): numbers.percent(100 * share)
        for row, line in matrix.to_dict("index").items()
        for column, share in line.items()
    }
    frame = matrix.rename_axis("estimate").reset_index()
    square = _square(list(map(str, matrix.index)), list(map(str, matrix.columns)), shares, str)
    title = f"{_measure(net)}: contributions of direct comparisons (columns) to network estimates (rows)"
    return ReaderTable(name="contributions", title=title, frame=frame, **square)


def heat_table(heat: NetHeat, net: NetworkMeta) -> ReaderTable:
    """The net heat matrix: a square for readers, one row per pair of design contrasts for machines."""
    frame = heat.to_frame()
    cells = {
        (str(r), str(c)): numbers.number(h) for r, c, h in frame[["row", "column", "heat"]].itertuples(index=False)
    }
    labels = list(map(str, heat.heat.index))
    title = f"{_measure(net)}: net heat, change in the inconsistency of the row without the design of the column"
    return ReaderTable(name="net_heat", title=title, frame=frame, **_square(labels, labels, cells, str))
