"""What changed between two versions of a review, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tmsmeta.review.diff.findings import Estimate, Ranking, Standing
from tmsmeta.review.diff.side import Side
from tmsmeta.review.diff.tables import CellChange, RowChange
from tmsmeta.words.results import to_plain


@dataclass(frozen=True, kw_only=True)
class EstimateChange:
    """An estimate that moved, came or went.

    Attributes:
        outcome: its outcome.
        analysis: name of the selection, or subgroup or regression term of the main one.
        measure: its measure.
        old: what it was; None if it is new.
        new: what it is; None if it is gone.
    """

    outcome: str
    analysis: str
    measure: str
    old: Estimate | None
    new: Estimate | None

    @property
    def difference(self) -> float | None:
        """New less old, on the scale of the analysis (logs for ratios)."""
        before, after = (None if e is None else e.estimate for e in (self.old, self.new))
        return None if before is None or after is None else after - before

    @property
    def crossed(self) -> bool:
        """Whether the interval includes no effect now and did not before, or the other way round."""
        before, after = (None if e is None else e.spans_no_effect for e in (self.old, self.new))
        return before is not None and after is not None and before != after

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the difference."""
        spans = {"old": self.old, "new": self.new}
        return {
            "outcome": self.outcome,
            "analysis": self.analysis,
            "measure": self.measure,
            "old": to_plain(self.old),
            "new": to_plain(self.new),
            "difference": self.difference,
            "includes_no_effect": {name: e.spans_no_effect if e else None for name, e in spans.items()},
        }


@dataclass(frozen=True, kw_only=True)
class RankChange:
    """A treatment whose effect, P-score or place moved, or that came or went (None)."""

    treatment: str
    old: Standing | None
    new: Standing | None


@dataclass(frozen=True, kw_only=True)
class NetworkChange:
    """A network that changed, came or went (None).

    Attributes:
        outcome: its outcome.
        lumping: its lumping.
        old: what it was.
        new: what it is.
        ranks: the treatments that moved.
    """

    outcome: str
    lumping: str
    old: Ranking | None
    new: Ranking | None
    ranks: tuple[RankChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values: what the networks are, and the treatments that moved."""
        about = {
            name: None
            if network is None
            else {key: getattr(network, key) for key in ("measure", "reference", "tau2", "reason")}
            for name, network in (("old", self.old), ("new", self.new))
        }
        return {"outcome": self.outcome, "lumping": self.lumping, **about, "ranks": to_plain(self.ranks)}


@dataclass(frozen=True, kw_only=True)
class FindingChange:
    """A verdict on a quoted figure, or on whether a published pool follows, that changed, came or went.

    Attributes:
        name: id of the claim or published result.
        about: the statement, or the scope of the pool.
        old: what was found; None if it is new.
        new: what is found; None if it is gone.
        because: what is found now, in words.
    """

    name: str
    about: str
    old: str | None
    new: str | None
    because: str


@dataclass(frozen=True, kw_only=True)
class UsedChange:
    """Trials that came into an analysis, left it, or have other numbers in it.

    Attributes:
        outcome: its outcome.
        analysis: name of the selection.
        rows: the trials; their cells are compared where tables are not at hand.
    """

    outcome: str
    analysis: str
    rows: tuple[RowChange, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class Changes:
    """All that changed from one version of a review to the next.

    Attributes:
        old: the earlier side.
        new: the later side.
        trials_added: trials that only the later one has.
        trials_removed: trials that only the earlier one has.
        protocol: keys of the protocol that changed; of results, the choices that they state.
        rows: rows of tables that changed; known for two review folders.
        used: trials that came into an analysis or left it.
        estimates: pooled estimates, subgroups and regression terms that moved.
        networks: networks that moved, with ranks and P-scores.
        published: published pools that follow now and did not, or the other way round.
        verdicts: quoted figures whose verdict changed.
        notes: what could not be compared.
    """

    old: Side
    new: Side
    trials_added: tuple[str, ...]
    trials_removed: tuple[str, ...]
    protocol: tuple[CellChange, ...]
    rows: tuple[RowChange, ...]
    used: tuple[UsedChange, ...]
    estimates: tuple[EstimateChange, ...]
    networks: tuple[NetworkChange, ...]
    published: tuple[FindingChange, ...]
    verdicts: tuple[FindingChange, ...]
    notes: tuple[str, ...]

    @property
    def nothing_changed(self) -> bool:
        """Whether both say the same."""
        return not any(
            (
                self.trials_added, self.trials_removed, self.protocol, self.rows, self.used, self.estimates,
                self.networks, self.published, self.verdicts,
            )
        )  # fmt: skip
