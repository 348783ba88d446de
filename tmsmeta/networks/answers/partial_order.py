"""Partial order of treatments over several outcomes: who is at least as good in everything, and better in something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue, check_kind, check_option
from tmsmeta.networks.answers.ranking import p_scores
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

BY = ("p_score", "estimate")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PartialOrder(Brief):
    """A Hasse diagram in numbers (Carlsen & Bruggemann 2014; Rücker & Schwarzer, Res Synth Methods 2017;8:526).

    Attributes:
        treatments: those that every outcome knows, sorted.
        outcomes: names of the outcomes.
        scores: table of treatments (rows) and outcomes (columns); higher is better.
        dominates: table of booleans; row is at least as good as column in all outcomes and better in one.
        edges: (better, worse) pairs with nobody in between: the lines of the Hasse diagram.
        levels: treatments by height: the first level is dominated by nobody.
        left_out: treatments that at least one outcome lacks.
        by: what the scores are: ``p_score`` or ``estimate``.
    """

    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    scores: pd.DataFrame
    dominates: pd.DataFrame
    edges: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...]
    by: str = "p_score"

    def in_short(self) -> str:
        """The levels, best first."""
        order = " > ".join(", ".join(level) for level in self.levels)
        return f"{len(self.treatments)} treatments by {self.by} on {', '.join(self.outcomes)}: {order}."

    @property
    def incomparable(self) -> tuple[tuple[str, str], ...]:
        """Pairs of which neither dominates the other."""
        d = self.dominates.to_numpy()
        i, j = np.triu_indices(len(self.treatments), 1)
        open_pair = ~(d[i, j] | d[j, i])
        names = self.treatments
        return tuple((names[a], names[b]) for a, b in zip(i[open_pair].tolist(), j[open_pair].tolist(), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Table ``treatment level`` with the score of each outcome."""
        level = {t: k for k, group in enumerate(self.levels, start=1) for t in group}
        frame = self.scores.copy()
        frame.insert(0, "level", [level[t] for t in self.treatments])
        return frame.rename_axis("treatment").reset_index().sort_values(["level", "treatment"], ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "by": self.by,
            "outcomes": list(self.outcomes),
            "levels": [list(level) for level in self.levels],
            "edges": [list(edge) for edge in self.edges],
            "incomparable": [list(pair) for pair in self.incomparable],
            "left_out": list(self.left_out),
        }


@answerable
def partial_order(networks: Mapping[str, NetworkMeta], *, by: str = "p_score") -> PartialOrder:
    """Order the treatments that all `networks` (outcome name to network) share.

    Args:
        networks: each with its own direction ``better``, by the name of its outcome.
        by: ``p_score``, or ``estimate`` (effect against the network's reference, turned so that higher is better).

    Returns:
        Which treatment is no worse than which other on every outcome and better on one, and levels of it.

    Raises:
        InvalidInputError: no network, or fewer than two treatments in common.
        UnknownOptionError: `by` outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> response = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> dropout = tm.network(arms | {"events": [5, 6, 7, 4, 9, 4]}, measure="OR", reference="P", better="lower")
        >>> tm.partial_order({"response": response, "dropout": dropout}).levels
        (('Y',), ('P', 'X'))
    """
    import pandas as pd

    check_option("by", by, BY)
    check_kind("networks", networks, Mapping, "a mapping of the names of outcomes to their networks")
    for net in networks.values():
        check_network(net, argument="networks")
    common = set.intersection(*(set(n.treatments) for n in networks.values())) if networks else set()
    if len(common) < 2:
        raise InvalidInputError(Issue(None, "networks", len(common), "must share at least two treatments."))
    everyone = {t for n in networks.values() for t in n.treatments}
    names = tuple(sorted(common))
    score = np.column_stack([_score(n, by)[[n.index(t) for t in names]] for n in networks.values()])
    worse_somewhere = np.any(score[:, None, :] < score[None, :, :], axis=2)
    above: NDArray[np.bool_] = ~worse_somewhere & worse_somewhere.T
    between = (above[:, :, None] & above[None, :, :]).any(axis=1)
    better, worse = np.nonzero(above & ~between)
    return PartialOrder(
        treatments=names,
        outcomes=tuple(networks),
        scores=pd.DataFrame(score, index=list(names), columns=list(networks)),
        dominates=pd.DataFrame(above, index=list(names), columns=list(names)),
        edges=tuple((names[a], names[b]) for a, b in zip(better.tolist(), worse.tolist(), strict=True)),
        levels=_levels(names, above),
        left_out=tuple(sorted(everyone - common)),
        by=by,
    )


def _score(net: NetworkMeta, by: str) -> Floats:
    return p_scores(net) if by == "p_score" else net.data.sign * net.theta


def _levels(names: tuple[str, ...], above: NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    left = np.ones(len(names), dtype=bool)
    levels = []
    while left.any():
        top = left & ~above[left].any(axis=0)
        levels.append(tuple(names[t] for t in np.flatnonzero(top).tolist()))
        left &= ~top
    return tuple(levels)
