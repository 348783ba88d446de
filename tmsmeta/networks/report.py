"""One object with everything a network analysis has to say, for the command line and for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.networks.answers.consistency import Decomposition, decompose
from tmsmeta.networks.answers.graph import NetworkGraph, geometry
from tmsmeta.networks.answers.league import LeagueTable, league_table
from tmsmeta.networks.answers.node_split import node_split
from tmsmeta.networks.answers.ranking import Ranking, rank
from tmsmeta.networks.answers.support import supports
from tmsmeta.networks.model.result import NetworkMeta
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.results import Brief, to_plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetworkReport(Brief):
    """A network analysis, ready to print.

    Attributes:
        net: the fitted network.
        graph: its shape.
        ranking: treatments from best to worst, each with its effect and evidence.
        league: every pair.
        consistency: Q within and between designs.
        splits: direct against indirect evidence of every comparison with trials of its own.
        statements: sentences on what the network hangs on.
    """

    net: NetworkMeta
    graph: NetworkGraph
    ranking: Ranking
    league: LeagueTable
    consistency: Decomposition
    splits: pd.DataFrame
    statements: tuple[str, ...]

    def in_short(self) -> str:
        """The effects and their consistency."""
        return f"{self.net.result_sentence()} {self.consistency.sentence()}"

    def to_text(self) -> str:
        """Plain text, for a terminal."""
        net = self.net
        blocks = [
            net.methods_sentence(),
            self.heterogeneity_sentence(),
            self.consistency.sentence(),
            f"Ranking ({net.better} is better; effects against {net.reference}):",
            self._ranks().to_string(index=False),
            self.league.to_text(),
            *self.statements,
            *(f"Left out: {e.study}: {e.reason}." for e in net.data.excluded),
            *net.data.notes,
        ]
        return "\n\n".join(blocks) + "\n"

    def _ranks(self) -> pd.DataFrame:
        """The ranking as text."""
        info, names = self.net.data.info, _effect_columns(self.net)
        columns = ["treatment", "p_score", *names, "trials", "patients", "direct_share"]
        shown = self.ranking.frame[columns].astype(object)
        for at, line in enumerate(self.ranking.frame.to_dict("records")):
            value, low, high = (float(line[name]) for name in names)
            texts = info.texts(value, None if low != low else (low, high))
            shown.loc[shown.index[at], names] = [*texts, "", ""][:3]
            for name in ("p_score", "direct_share"):
                shown.loc[shown.index[at], name] = "" if line[name] != line[name] else numbers.number(float(line[name]))
            shown.loc[shown.index[at], "patients"] = numbers.count(float(line["patients"])).replace(",", "")
        return shown

    def heterogeneity_sentence(self) -> str:
        """How much trials vary, or why that cannot be told."""
        return _heterogeneity(self.net)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "network": self.net.to_dict(),
            "graph": self.graph.to_dict(),
            "ranking": self.ranking.to_dict(),
            "league": {"header": self.league.header, "cells": to_plain(self.league.frame)},
            "consistency": self.consistency.to_dict(),
            "node_splits": to_plain(self.splits),
            "statements": list(self.statements),
        }


@answerable
def network_report(
    net: NetworkMeta, *, statements: tuple[str, ...] | None = None, ranking: Ranking | None = None
) -> NetworkReport:
    """Rank, compare and test a network in one call.

    Args:
        net: a fitted network.
        statements: sentences to print; by default one for each treatment, on what it hangs on.
        ranking: of the network, where it is made already.

    Returns:
        Shape, ranking, league table, consistency and node splits, with ``to_text()``.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> report = tm.networks.network_report(tm.network(arms, measure="OR", reference="P", better="higher"))
        >>> print(report.heterogeneity_sentence())
        tau2 = 0.000; Q = 0.09 on 1 degree of freedom, p = 0.762; I2 = 0%.
    """
    said = statements if statements is not None else tuple(supports(net)["statement"])
    return NetworkReport(
        net=net,
        graph=geometry(net),
        ranking=ranking or rank(net),
        league=league_table(net),
        consistency=decompose(net),
        splits=node_split(net, show="direct"),
        statements=said,
    )


def _effect_columns(net: NetworkMeta) -> list[str]:
    return ["ratio", "ratio_low", "ratio_high"] if net.data.info.is_ratio else ["estimate", "ci_low", "ci_high"]


def _heterogeneity(net: NetworkMeta) -> str:
    if isinstance(net.i2, NotAssessable):
        return f"Heterogeneity cannot be estimated: {net.i2.reason}."
    return (
        f"tau2 = {numbers.tau2(net.tau2)}; Q = {numbers.number(net.q)} on {counted(net.q_df, 'degree')} of freedom, "
        f"{numbers.p_value(net.q_p)}; "
        f"I2 = {numbers.percent(net.i2, 0)}."
    )
