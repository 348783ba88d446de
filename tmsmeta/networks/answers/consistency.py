"""Heterogeneity within designs, inconsistency between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from tmsmeta.errors import NotAssessable
from tmsmeta.networks.input.data import NetworkData, part_codes
from tmsmeta.networks.model.direct import DesignTest, design_codes, within_designs
from tmsmeta.networks.model.regression import of_network
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.results import Brief, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class QPart:
    """One part of Q.

    Attributes:
        what: its name.
        q: the statistic, or why there is none.
        df: degrees of freedom.
        p_value: upper tail of chi-square, or why there is none.
    """

    what: str
    q: float | NotAssessable
    df: int
    p_value: float | NotAssessable

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"what": self.what, "q": to_plain(self.q), "df": self.df, "p_value": to_plain(self.p_value)}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Decomposition(Brief):
    """Q of a network, taken apart by design (Krahn, Binder & König, BMC Med Res Methodol 2013;13:35).

    Attributes:
        total: Q of the whole network.
        within: heterogeneity within designs.
        between: inconsistency between designs, with a common effect inside each.
        random: the same under the full design-by-treatment interaction model with random effects: weights from
            ``tau2_within``.
        tau2_within: between-study variance within designs by the method of moments.
        net: the network.
    """

    total: QPart
    within: QPart
    between: QPart
    random: QPart
    tau2_within: float | NotAssessable
    net: NetworkMeta

    def in_short(self) -> str:
        """Inconsistency between designs."""
        return self.sentence()

    @cached_property
    def designs(self) -> pd.DataFrame:
        """Table ``design trials q df p_value note``: heterogeneity of each design, named by its treatments."""
        return _designs_frame(self.net)

    @cached_property
    def detached(self) -> pd.DataFrame:
        """Table ``design q df p_value note``: inconsistency that is left when a design is given effects of its own."""
        return _detached_frame(self.net)

    def to_frame(self) -> pd.DataFrame:
        """Table ``source q df p_value note`` of total, within, between, and between with random effects."""
        import pandas as pd

        parts = (self.total, self.within, self.between, self.random)
        return pd.DataFrame([_line("source", p) for p in parts])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        parts = {"total": self.total, "within": self.within, "between": self.between, "random": self.random}
        return {**{name: p.to_dict() for name, p in parts.items()}, "tau2_within": to_plain(self.tau2_within)}

    def sentence(self) -> str:
        """What the tests say, in words; a network without a loop reads "cannot be tested"."""
        if isinstance(self.between.q, NotAssessable):
            return f"Inconsistency {self.between.q.reason}."
        return (
            f"Inconsistency between designs: Q = {numbers.number(self.between.q)} on "
            f"{counted(self.between.df, 'degree')} of freedom, {numbers.p_value(self.between.p_value)}; "
            f"with random effects within designs Q = {numbers.number(self.random.q)}, "
            f"{numbers.p_value(self.random.p_value)}."
        )


@answerable
def decompose(net: NetworkMeta) -> Decomposition:
    """Split Q into heterogeneity within designs and inconsistency between designs.

    Without a loop of designs the inconsistency is :class:`NotAssessable`, reason "cannot be tested: ...".

    Args:
        net: a fitted network.

    Returns:
        Q in all, within each design and between designs, with degrees of freedom and p values.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> parts = tm.decompose(net)
        >>> f"between designs: Q {parts.between.q:.2f} on {parts.between.df} df"
        'between designs: Q 0.09 on 1 df'

    References:
        Krahn et al. 2013 (above); random effects: Higgins et al., Res Synth Methods 2012;3:98, and Jackson et al.,
        Stat Med 2014;33:3639.
    """
    check_network(net)
    inner = net.within
    between_q, df = net.q_inconsistency, net.q_inconsistency_df
    tau2 = tau2_within(inner)
    random_q: float | NotAssessable = between_q
    if not isinstance(between_q, NotAssessable):
        at = 0.0 if isinstance(tau2, NotAssessable) else tau2
        random_q = q_between(net.data, at)
    return Decomposition(
        total=_part("total", net.q, net.q_df),
        within=_part("within designs", net.q_heterogeneity, inner.df),
        between=_part("between designs", between_q, df),
        random=_part("between designs, random effects within", random_q, df),
        tau2_within=tau2,
        net=net,
    )


def q_between(data: NetworkData, tau2: float) -> float:
    """Q between designs at weights 1 / (d + tau2)."""
    return max(0.0, float(of_network(data.rows, data.ground).at(tau2).q) - within_designs(data, tau2).q)


def tau2_within(inner: DesignTest) -> float | NotAssessable:
    """Between-study variance within designs by the method of moments."""
    if inner.df == 0:
        return NotAssessable("tau2 within designs", "no two trials compare the same set of treatments")
    return max(0.0, (inner.q - inner.df) / inner.moment)


def _part(what: str, q: float | NotAssessable, df: int) -> QPart:
    p: float | NotAssessable
    if isinstance(q, NotAssessable):
        p = q
    else:
        p = float(chdtrc(df, q)) if df > 0 else NotAssessable(what, "0 degrees of freedom")
    return QPart(what=what, q=q, df=df, p_value=p)


def _line(name: str, part: QPart) -> dict[str, Any]:
    missing = [v for v in (part.q, part.p_value) if isinstance(v, NotAssessable)]
    number = [to_cell(v) for v in (part.q, part.p_value)]
    note = str(missing[0]) if missing else ""
    return {name: part.what, "q": number[0], "df": part.df, "p_value": number[1], "note": note}


def design_label(treatments: tuple[str, ...], design: tuple[int, ...]) -> str:
    """Treatments of a design, joined by colons."""
    return ":".join(treatments[t] for t in design)


def _designs_frame(net: NetworkMeta) -> pd.DataFrame:
    import pandas as pd

    inner = net.within
    lines = []
    for at, design in enumerate(inner.designs):
        q, df = float(inner.q_by_design[at]), int(inner.df_by_design[at])
        known = q if df else NotAssessable("heterogeneity", "one trial only")
        line = _line("design", _part(design_label(net.treatments, design), known, df))
        lines.append({"design": line["design"], "trials": int(inner.trials[at]), **line})
    return pd.DataFrame(lines)


def _detached_frame(net: NetworkMeta) -> pd.DataFrame:
    import pandas as pd

    inner, lines = net.within, []
    for at, design in enumerate(inner.designs):
        q, df = _without(net, at, inner)
        left = q if df else NotAssessable("inconsistency", "no loop of designs is left")
        lines.append(_line("design", _part(design_label(net.treatments, design), left, df)))
    return pd.DataFrame(lines)


def _without(net: NetworkMeta, design: int, inner: DesignTest) -> tuple[float, int]:
    """Inconsistency, and its degrees of freedom, of the network without the trials of one design."""
    data, rows = net.data, net.data.rows
    _, code = design_codes(data)
    keep = code[data.pairs.study] != design
    part = part_codes(len(data.treatments), data.pairs.i[keep], data.pairs.j[keep])
    grounds = np.unique(part, return_index=True)[1]
    rest = of_network(rows.take(code[rows.study] != design), grounds)
    df = int(rest.df) - (inner.df - int(inner.df_by_design[design]))
    return max(0.0, float(rest.at(0.0).q) - (inner.q - float(inner.q_by_design[design]))), df
