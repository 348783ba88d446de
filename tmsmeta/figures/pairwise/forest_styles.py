"""House styles of forest plots: which columns stand where, and in which words heterogeneity is told.

The styles resemble the forest plots of RevMan, BMJ and JAMA; they are not made by these publishers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.table_plot.description import Looks
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.figures.pairwise.forest_data import Pool

Part = Literal["study", "tier", "extra", "arms", "effect", "weight", "bias"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One house style.

    Attributes:
        left, right: parts of the table on either side of the graph, in order.
        split_arms: whether events and total stand in columns of their own.
        study, pooled, subtotal: words; `pooled` may hold ``{model}`` and ``{level}``.
        heterogeneity, overall_test, subgroup_test: sentences with named gaps; an empty one is not shown.
        chi_square: name of the statistic of `subgroup_test` where it is not F.
        interval: second line of the heading of the effect; ``{method}`` is such as "IV, Random, ".
        symbol: of the p value, with or without its leading zero.
        looks: colours and lines.
    """

    left: tuple[Part, ...]
    right: tuple[Part, ...]
    heterogeneity: str
    overall_test: str
    subgroup_test: str
    looks: Looks
    chi_square: str = "χ²"
    split_arms: bool = False
    study: str = "Study"
    pooled: str = "{model}"
    subtotal: str = "Subtotal"
    interval: str = "({level} CI)"
    symbol: str = "p"
    leading_zero: bool = True

    def p(self, value: float | NotAssessable) -> str:
        """A p value in the words of this style."""
        if isinstance(value, NotAssessable):
            return f"{self.symbol} not assessable"
        return FIGURE.p_value(value, symbol=self.symbol, leading_zero=self.leading_zero)


LAYOUTS: Mapping[str, Layout] = {
    "tmsmeta": Layout(
        left=("study", "tier", "extra", "arms"),
        right=("effect", "weight", "bias"),
        heterogeneity="Heterogeneity: I² {i2}, τ² {tau2}, Q {q} (df {df}), {p}",
        overall_test="Test of no effect: {name} = {statistic}, {p}",
        subgroup_test="Test between subgroups: {name} {q} (df {df}), {p}",
        chi_square="Q",
        looks=Looks(square=style.BLUE, diamond=style.ORANGE, bar=style.INK),
    ),
    "revman": Layout(
        left=("study", "tier", "extra", "arms", "weight", "effect"),
        right=("bias",),
        heterogeneity="Heterogeneity: Tau² = {tau2}; Chi² = {q}, df = {df} ({p}); I² = {i2}",
        overall_test="Test for overall effect: {name} = {statistic} ({p})",
        subgroup_test="Test for subgroup differences: {name} = {q}, df = {df} ({p})",
        chi_square="Chi²",
        looks=Looks(square="#2b5fa8", diamond="#000000", bar="#000000", edge="#000000"),
        split_arms=True,
        study="Study or subgroup",
        interval="{method}{level} CI",
        pooled="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        symbol="P",
    ),
    "bmj": Layout(
        left=("study", "tier", "extra", "arms"),
        right=("weight", "effect", "bias"),
        heterogeneity="Test for heterogeneity: τ²={tau2}, χ²={q}, df={df}, {p}, I²={i2}",
        overall_test="Test for overall effect: {name}={statistic}, {p}",
        subgroup_test="Test for subgroup differences: {name}={q}, df={df}, {p}",
        looks=Looks(square="#2a6ebb", diamond="#2a6ebb", bar="#2a6ebb", edge="#2a6ebb", stripes=True),
        pooled="Overall: {model_lower}",
        subtotal="Subtotal",
        symbol="P",
    ),
    "jama": Layout(
        left=("study", "tier", "extra", "arms", "effect"),
        right=("weight", "bias"),
        heterogeneity="Heterogeneity: χ² = {q}, df = {df} ({p}), I² = {i2}",
        overall_test="Test for overall effect: {name} = {statistic} ({p})",
        subgroup_test="Test for subgroup differences: {name} = {q}, df = {df} ({p})",
        looks=Looks(square="#1f3a5f", diamond=style.SKY, bar="#1f3a5f", edge="#1f3a5f", favours_on_top=True),
        study="Source",
        pooled="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        symbol="P",
        leading_zero=False,
    ),
}


def heterogeneity_sentence(layout: Layout, result: Pool) -> str:
    """Heterogeneity in the words of `layout`, or why there is none to speak of."""
    if isinstance(result.i2, NotAssessable):
        return f"Heterogeneity: not assessable ({result.i2.reason})"
    return layout.heterogeneity.format(
        i2=f"{FIGURE.number(result.i2, 1)}%",
        tau2="not assessable" if isinstance(result.tau2, NotAssessable) else FIGURE.tau2(result.tau2),
        q=FIGURE.number(result.q, 2),
        df=result.q_df,
        p=layout.p(result.q_p),
    )


def overall_sentence(layout: Layout, result: Pool) -> str:
    """The test of no effect in the words of `layout`; empty for a single arm, which has no value of no effect."""
    if not result.effects.info.contrast:
        return ""
    if isinstance(result.statistic, NotAssessable):
        return f"Test of no effect: not assessable ({result.statistic.reason})"
    name = "z" if getattr(result.spec, "ci", "z") == "z" else "t"
    return layout.overall_test.format(
        name=name.upper() if layout.symbol == "P" and name == "z" else name,
        statistic=FIGURE.number(result.statistic, 2),
        p=layout.p(result.p_value),
    )
