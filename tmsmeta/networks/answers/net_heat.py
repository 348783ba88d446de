"""The net heat matrix: which design drives which inconsistency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import NotAssessable
from tmsmeta.networks.answers.consistency import design_label, tau2_within
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.model.direct import design_codes, pooled_design
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed
from tmsmeta.words.numbers import number
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetHeat(Brief):
    """Numbers of a net heat plot (Krahn, Binder & König, BMC Med Res Methodol 2013;13:35).

    Rows and columns are design-level contrasts: one for a two-arm design, p - 1 (against its first treatment) for a
    design with p arms, labelled ``a:b`` or ``a:b (a:b:c)``.

    Attributes:
        heat: change of the row's inconsistency when the column's design is given effects of its own. Positive
            (warm): detaching the column reduces the row's inconsistency. The diagonal is the row's own part of Q.
        share: absolute hat values: how much the column's direct estimate moves the row's network estimate.
        q: the row's part of Q between designs (squared standardised residual), summing to ``q_inconsistency``.
        relevant: rows that take part in a loop; the others show no heat.
    """

    heat: pd.DataFrame
    share: pd.DataFrame
    q: pd.Series[float]
    relevant: pd.Series[bool]

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Places of the contrasts with those that heat alike beside each other.

        Hierarchical clustering by complete linkage; the distance of two contrasts is the sum of absolute differences
        between their rows and between their columns of `heat`. Krahn, Binder & König (2013) ask for a clustering of
        the heat matrix; this distance and linkage are those of ``netheat`` in R's netmeta, whose authors they are.
        Within the clusters the contrasts are turned so that neighbours are as alike as they can be (Bar-Joseph,
        Gifford & Jaakkola, Bioinformatics 2001;17:S22), which netmeta does not do: its clusters are the same, their
        order on the page may differ.
        """
        from scipy.cluster.hierarchy import leaves_list, linkage
        from scipy.spatial.distance import pdist

        values = self.heat.to_numpy(dtype=float)
        if len(values) < 3:
            return tuple(range(len(values)))
        apart = pdist(values, "cityblock") + pdist(values.T, "cityblock")
        return tuple(leaves_list(linkage(apart, "complete", optimal_ordering=True)).tolist())

    def in_short(self) -> str:
        """The contrasts that add most to inconsistency."""
        if not len(self.q):
            return "No contrast takes part in a loop."
        largest = [f"{name} {number(float(q))}" for name, q in self.q.astype(float).nlargest(3).items()]
        total = number(float(self.q.sum()))
        return f"{len(self.q)} design contrasts, Q between designs {total}; the largest parts: {listed(largest)}."

    def to_frame(self) -> pd.DataFrame:
        """Long table ``row column heat share``."""
        import pandas as pd

        labels = np.array(self.heat.index, dtype=object)
        size = len(labels)
        return pd.DataFrame(
            {
                "row": np.repeat(labels, size),
                "column": np.tile(labels, size),
                "heat": self.heat.to_numpy().ravel(),
                "share": self.share.to_numpy().ravel(),
            }
        )


@dataclass(frozen=True, eq=False)
class _DesignLevel:
    """One pooled estimate per design contrast: y, block-diagonal V, X against the reference, and the design of each."""

    y: Floats
    v: Floats
    x: Floats
    of: Integers
    labels: list[str]


@answerable
def net_heat(net: NetworkMeta, *, random: bool = False) -> NetHeat | NotAssessable:
    """Net heat matrix of a network.

    Args:
        net: a fitted network.
        random: weight the trials of a design with the between-study variance within designs instead of a common
            effect.

    Returns:
        The matrices, or :class:`NotAssessable` where no loop of designs exists.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> tm.net_heat(net).heat.shape
        (3, 3)
    """
    import pandas as pd

    check_network(net)
    if net.q_inconsistency_df == 0:
        return NotAssessable("net heat", f"cannot be tested: {net.no_loop_reason}")
    tau2 = tau2_within(net.within) if random else 0.0
    level = _design_level(net, 0.0 if isinstance(tau2, NotAssessable) else tau2)
    root = _inverse_root(level.v)
    q = (root @ _residuals(level, root)) ** 2
    heat = np.empty((len(q), len(q)))
    for design in np.unique(level.of):
        left = (root @ _residuals(level, root, int(design))) ** 2
        heat[:, level.of == design] = (q - left)[:, None]
    weighted = np.linalg.solve(level.v, level.x)
    hat = level.x @ np.linalg.solve(level.x.T @ weighted, weighted.T)
    labels = level.labels
    involved = np.abs(np.eye(len(q)) - hat).sum(axis=1) > 1e-9
    return NetHeat(
        heat=pd.DataFrame(heat, index=labels, columns=labels),
        share=pd.DataFrame(np.abs(hat), index=labels, columns=labels),
        q=pd.Series(q, index=labels),
        relevant=pd.Series(involved, index=labels),
    )


def _design_level(net: NetworkMeta, tau2: float) -> _DesignLevel:
    """Pool the trials of each design, then stack the designs."""
    data, rows = net.data, net.data.rows
    designs, code = design_codes(data)
    of = np.repeat(np.arange(len(designs)), [len(design) - 1 for design in designs])
    y, v, x, labels = np.zeros(len(of)), np.zeros((len(of), len(of))), np.zeros((len(of), len(data.treatments))), []
    for at, design in enumerate(designs):
        alone = pooled_design(data, design, np.flatnonzero(code[rows.study] == at), tau2)
        # the columns estimate each later treatment against the first; labels and signs say first against later
        here = np.flatnonzero(of == at)
        y[here] = -alone.coefficients
        v[here[:, None], here] = alone.equations.covariance
        x[here, design[0]] = 1.0
        x[here, design[1:]] = -1.0
        suffix = "" if len(design) == 2 else f" ({design_label(data.treatments, design)})"
        labels += [f"{data.treatments[design[0]]}:{data.treatments[t]}{suffix}" for t in design[1:]]
    return _DesignLevel(y, v, np.delete(x, data.reference_index, axis=1), of, labels)


def _inverse_root(v: Floats) -> Floats:
    values, vectors = np.linalg.eigh(v)
    root: Floats = (vectors / np.sqrt(values)) @ vectors.T
    return root


def _residuals(level: _DesignLevel, root: Floats, detached: int | None = None) -> Floats:
    """Design estimates minus network estimates, with the effects of one design set free where `detached` names it."""
    x = level.x
    if detached is not None:
        x = np.hstack([x, np.eye(len(level.y))[:, level.of == detached]])
    beta = np.linalg.lstsq(root @ x, root @ level.y, rcond=None)[0]
    result: Floats = level.y - x @ beta
    return result
