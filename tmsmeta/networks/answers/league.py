"""League tables, with their orientation in the header and in the object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.networks.answers.ranking import p_scores
from tmsmeta.networks.model.components import ComponentMeta
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

ORDER = ("p_score", "label")
ORIENTATION = "row against column"
Comparing = NetworkMeta | ComponentMeta
"""What compares every pair of treatments."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class LeagueTable(Brief):
    """Every pair of treatments, one outcome or two.

    Attributes:
        treatments: in the order of rows and columns.
        above: network shown above the diagonal (and below it too, if there is only one).
        below: network shown below the diagonal, or None.
        names: names of the outcomes, one or two.
        orientation: how a cell reads: always ``row against column``, in both triangles.
    """

    treatments: tuple[str, ...]
    above: Comparing
    below: Comparing | None
    names: tuple[str, ...]
    orientation: str = ORIENTATION

    def in_short(self) -> str:
        """What the table shows."""
        return f"{len(self.treatments)} treatments. {self.header}"

    @property
    def header(self) -> str:
        """What the table shows and how to read it, in a sentence."""
        nets = (self.above,) if self.below is None else (self.above, self.below)
        parts = [
            f"{name}{place}: {net.data.info.label} with {numbers.level(net.spec.level)} confidence interval"
            for name, net, place in zip(self.names, nets, ("", "") if self.below is None else _PLACES, strict=False)
        ]
        directions = {net.better for net in nets}
        unknown = "".join(f" {net.quantile}." for net in nets if isinstance(net.quantile, NotAssessable))
        good = f" {directions.pop().capitalize()} is better." if len(directions) == 1 else ""
        return f"{'; '.join(parts)}. Each cell: {self.orientation}.{good}{unknown}"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Long form: ``row column estimate ci_low ci_high se trials direct_share outcome``, row against column.

        On the scale of the measure (ratios logged); ratios also as ``ratio ratio_low ratio_high``.
        """
        return _long(self)

    @cached_property
    def direct(self) -> pd.DataFrame | NotAssessable:
        """Direct evidence alone: ``row column estimate ci_low ci_high trials``, row against column, both ways.

        At the tau2, level and quantile of the network; only the pairs that trials compare.
        """
        if self.below is not None:
            return NotAssessable("direct evidence", "the table holds two outcomes")
        if not isinstance(self.above, NetworkMeta):
            return NotAssessable("direct evidence", "a component model has no estimates of single comparisons")
        return _direct(self.above)

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Cells as text, with two decimals or more, ratios as ratios; treatments on the diagonal."""
        return self.text_matrix()

    def text_matrix(self, digits: int = 2) -> pd.DataFrame:
        """Cells as text with at least `digits` decimals; a treatment that an outcome lacks leaves its cells empty."""
        import pandas as pd

        n, at = len(self.treatments), {t: k for k, t in enumerate(self.treatments)}
        cells = np.full((n, n), "", dtype=object)
        cells[np.arange(n), np.arange(n)] = self.treatments
        ratio = "ratio" in self.frame
        columns = ("ratio", "ratio_low", "ratio_high") if ratio else ("estimate", "ci_low", "ci_high")
        for row, column, *values in self.frame[["row", "column", *columns]].itertuples(index=False):
            cells[at[row], at[column]] = _cell_text(values, digits, ratio=ratio)
        return pd.DataFrame(cells, index=list(self.treatments), columns=list(self.treatments))

    def to_frame(self) -> pd.DataFrame:
        """The long form."""
        return self.frame

    def to_csv(self) -> str:
        """The long form as CSV text, with full precision; a name that a spreadsheet would run gets an apostrophe."""
        from tmsmeta.tables.csv_write import csv_text

        return csv_text(self.frame)

    def to_text(self, digits: int = 2) -> str:
        """The table as aligned text under its header."""
        cells = self.text_matrix(digits).to_numpy()
        width = [max(len(str(c)) for c in column) for column in cells.T]
        lines = ["  ".join(str(c).ljust(w) for c, w in zip(row, width, strict=True)).rstrip() for row in cells]
        return "\n".join([self.header, "", *lines]) + "\n"

    def to_html(self, digits: int = 2) -> str:
        """The table as an HTML table, with the header as its caption."""
        cells = self.text_matrix(digits).to_numpy()
        head = "".join(f'<th scope="col">{escape(t)}</th>' for t in self.treatments)
        body = "".join(_html_row(r, label, cells[r].tolist()) for r, label in enumerate(self.treatments))
        return (
            f'<table class="league"><caption>{escape(self.header)}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>\n"
        )


def _cell_text(values: Sequence[float], digits: int, *, ratio: bool) -> str:
    """Estimate and interval; every cell of a table has decimals of its own, at least `digits`."""
    missing = NotAssessable("interval", "it has no degrees of freedom")
    value, low, high = values
    if np.isnan(value):
        return "not assessable"
    limits = missing if np.isnan(low) else (low, high)
    shown, *ends = numbers.estimate(value, limits, digits, log=ratio, null=1.0 if ratio else 0.0)
    return f"{shown} ({' to '.join(ends) if len(ends) == 2 else 'not assessable'})"


_PLACES = (" (above the diagonal)", " (below the diagonal)")


@answerable
def league_table(
    net: Comparing,
    below: Comparing | None = None,
    *,
    names: tuple[str, ...] | None = None,
    order: str = "p_score",
) -> LeagueTable:
    """League table of one network, or of two outcomes in one table.

    Args:
        net: the network or component model; with `below`, the one above the diagonal (say response).
        below: the network below the diagonal (say remission); may hold other treatments.
        names: of the outcomes, one or two.
        order: treatments by ``p_score`` of `net` (best first), or by ``label``; a component model that cannot tell all
            treatments apart is in the order of labels.

    Returns:
        The estimates of all pairs, row against column, with their limits.

    Raises:
        InvalidInputError: a number of names that does not fit, or two networks on a ratio and a difference.
        UnknownOptionError: `order` outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> print(tm.league_table(net).to_text(), end="")
        effect: odds ratio with 95% confidence interval. Each cell: row against column. Higher is better.
        <BLANKLINE>
        Y                    1.26 (0.48 to 3.30)  4.22 (1.48 to 12.06)
        0.79 (0.30 to 2.07)  X                    3.35 (1.12 to 9.98)
        0.24 (0.08 to 0.68)  0.30 (0.10 to 0.89)  P
    """
    check_network(net, ComponentMeta)
    if below is not None:
        check_network(below, ComponentMeta, argument="below")
    check_option("order", order, ORDER)
    expected = 1 if below is None else 2
    default = ("effect",) if below is None else ("first outcome", "second outcome")
    chosen = names or default
    if len(chosen) != expected:
        raise InvalidInputError(Issue(None, "names", chosen, f"must hold {expected} for this table."))
    if below is not None and below.data.info.is_ratio != net.data.info.is_ratio:
        raise InvalidInputError(Issue(None, "below", below.measure, f"cannot share a table with {net.measure}."))
    labels = list(net.treatments)
    if order == "p_score" and not np.isnan(net.effect_matrix).any():
        labels = [labels[t] for t in np.argsort(-p_scores(net), kind="stable").tolist()]
    if below is not None:
        labels += [t for t in below.treatments if t not in labels]
    return LeagueTable(treatments=tuple(labels), above=net, below=below, names=chosen)


def _long(table: LeagueTable) -> pd.DataFrame:
    import pandas as pd

    if table.below is None:
        frame = _pairs(table.above, table.treatments, table.names[0], "both")
    else:
        frame = pd.concat(
            [
                _pairs(table.above, table.treatments, table.names[0], "above"),
                _pairs(table.below, table.treatments, table.names[1], "below"),
            ],
            ignore_index=True,
        )
    if table.above.data.info.is_ratio:
        for name, column in (("ratio", "estimate"), ("ratio_low", "ci_low"), ("ratio_high", "ci_high")):
            frame[name] = np.exp(frame[column])
    return frame


def _pairs(net: Comparing, order: tuple[str, ...], name: str, side: str) -> pd.DataFrame:
    import pandas as pd

    known = [t for t in order if t in net.treatments]
    index, labels = np.array([net.index(t) for t in known]), np.array(known, dtype=object)
    n = len(known)
    r, c = np.nonzero(~np.eye(n, dtype=bool))
    keep = np.ones(len(r), dtype=bool) if side == "both" else (r < c) if side == "above" else (r > c)
    r, c = r[keep], c[keep]
    i, j = index[r], index[c]
    estimate, half = net.effect_matrix[i, j], net.critical * net.se_matrix[i, j]
    return pd.DataFrame(
        {
            "row": labels[r],
            "column": labels[c],
            "estimate": estimate,
            "ci_low": estimate - half,
            "ci_high": estimate + half,
            "se": net.se_matrix[i, j],
            "trials": net.direct_trials[i, j],
            "direct_share": net.direct_share.to_numpy()[i, j],
            "outcome": name,
        }
    )


def _direct(net: NetworkMeta) -> pd.DataFrame:
    import pandas as pd

    names, found = np.array(net.treatments, dtype=object), net.direct
    half = net.critical * np.sqrt(found.variance)
    both = [
        {
            "row": names[i],
            "column": names[j],
            "estimate": estimate,
            "ci_low": estimate - half,
            "ci_high": estimate + half,
            "trials": net.direct_trials[i, j],
        }
        for i, j, estimate in ((found.i, found.j, found.estimate), (found.j, found.i, -found.estimate))
    ]
    return pd.concat([pd.DataFrame(side) for side in both], ignore_index=True)


def _html_row(row: int, label: str, cells: list[str]) -> str:
    inner = "".join(
        f'<td class="diagonal">{escape(cell)}</td>' if column == row else f"<td>{escape(cell)}</td>"
        for column, cell in enumerate(cells)
    )
    return f'<tr><th scope="row">{escape(label)}</th>{inner}</tr>'
