"""A review as an object: its tables and protocol, and the analyses that they ask for."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, UnknownOptionError, check_names
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.pooling import PooledEffect, pool_by
from tmsmeta.pooling.spec import CHOICES, pooling_spec
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.folder import load_evidence, read_evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.result import SelectedTrials
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tmsmeta.effects import EffectSizes
    from tmsmeta.review.claims import Ledger
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.protocol import Protocol
    from tmsmeta.review.run import Drawable, ReviewRun


@dataclass(frozen=True, eq=False, repr=False)
class Review(Brief):
    """A review: its tables, its protocol, and what follows from them.

    Attributes:
        evidence: the checked tables, with the protocol.
    """

    evidence: Evidence

    def in_short(self) -> str:
        """Title, outcomes and the size of the tables."""
        title = self.protocol.title or self.evidence.origin
        return f"{title}: outcomes {', '.join(self.outcomes)}; {self.evidence.in_short()}"

    @property
    def protocol(self) -> Protocol:
        """What ``review.toml`` says."""
        return self.evidence.protocol

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, the main one first."""
        return self.evidence.outcome_names

    @answerable
    def select(self, outcome: str = "", selection: str = "", **choices: Any) -> SelectedTrials:
        """The trials of an outcome, and what was left out and why.

        Args:
            outcome: by default the first one.
            selection: name of a selection of the protocol; by default the main one.
            **choices: fields of :class:`~tmsmeta.Selection` that differ from it, such as ``tiers=("A",)``.

        Returns:
            A row per trial with its counts, printed ratios apart, and the rows left out with their reasons.

        Raises:
            UnknownOptionError: a name that protocol and tables do not have.

        Example:
            >>> import tmsmeta as tm
            >>> tm.read_review("my_evidence").select("response", tiers=("A",)).k
            3
        """
        return select(self.evidence, self.evidence.selection(outcome, selection, **choices))

    @answerable
    def effects(self, outcome: str = "", selection: str = "", **choices: Any) -> EffectSizes:
        """The effect sizes of the trials of an outcome, ratios on the log scale.

        Args:
            outcome: by default the first one.
            selection: name of a selection of the protocol; by default the main one.
            **choices: fields of :class:`~tmsmeta.Selection` that differ from it, such as ``tiers=("A",)``.

        Returns:
            One row per trial.

        Raises:
            InvalidInputError: no trial of the selection can be used.

        Example:
            >>> import tmsmeta as tm
            >>> tm.read_review("my_evidence").effects("response").k
            3
        """
        chosen = self.select(outcome, selection, **choices)
        return effects_of(chosen, chosen.selection.measure, self.protocol.pooling.zero_cells)

    @answerable
    def pool(self, outcome: str = "", selection: str = "", *, measure: str = "", **choices: Any) -> PooledEffect:
        """Active treatment against control, pooled as the protocol says.

        Args:
            outcome: by default the first one.
            selection: name of a selection of the protocol; by default the main one.
            measure: by default the main measure of the protocol.
            **choices: fields of :class:`~tmsmeta.PoolingSpec` that differ from the protocol, such as ``ci="z"``, or a
                ``profile`` in its place.

        Returns:
            The pooled effect.

        Raises:
            InvalidInputError: no trial of the selection can be used.
            UnknownOptionError: a name or choice that does not exist.

        Example:
            >>> import tmsmeta as tm
            >>> pooled = tm.read_review("my_evidence").pool("response", ci="z")
            >>> f"{pooled.ratio:.2f} ({pooled.ratio_ci[0]:.2f} to {pooled.ratio_ci[1]:.2f})"
            '1.53 (1.22 to 1.92)'
        """
        check_names(choices, CHOICES)
        spec = self.protocol.pooling_spec()
        if (profile := choices.pop("profile", None)) is not None:
            spec = pooling_spec(profile, choices)
        elif choices:
            spec = replace(spec, **choices)
        return pool_by(self.effects(outcome, selection, measure=measure), spec)

    @answerable
    def network(self, outcome: str = "", **choices: Any) -> ReviewNetwork:
        """The network of an outcome with its ranking.

        Args:
            outcome: by default the first one.
            **choices: fields of :class:`~tmsmeta.review.network_spec.ReviewNetworkSpec`, such as ``lumping="fine"`` or
                ``measure="OR"``.

        Returns:
            The fitted network with its ranking, the names of its nodes, and ``report()``.

        Raises:
            DisconnectedNetworkError: the trials do not link all treatments; with the parts.
            InvalidInputError: no trial is left.
            UnknownOptionError: a lumping that the protocol does not have.

        Example:
            >>> import tmsmeta as tm
            >>> tm.read_review("my_evidence").network("response", measure="OR").net.treatments
            ('drug', 'placebo')
        """
        from tmsmeta.review.network_fit import review_network
        from tmsmeta.review.network_spec import ReviewNetworkSpec

        _check_network_choices(choices, [field.name for field in fields(ReviewNetworkSpec) if field.name != "outcome"])
        return review_network(self.evidence, ReviewNetworkSpec(outcome=outcome, **choices))

    def ledger(self) -> Ledger:
        """Every quoted figure of ``claims.csv`` with its verdict.

        Raises:
            InvalidInputError: the review quotes no figure.
        """
        from tmsmeta.review.run import ledger_of

        found = ledger_of(self.evidence)
        if isinstance(found, NotAssessable):
            raise InvalidInputError(Issue(None, "claims", None, f"cannot be checked: {found.reason}.", "claims.csv"))
        return found

    @answerable
    def run(
        self,
        *,
        outcomes: tuple[str, ...] = (),
        step: Callable[[str], None] = lambda _: None,
        shown: Callable[[Drawable], object] = lambda _: None,
    ) -> ReviewRun:
        """Everything that the protocol asks for; :func:`tmsmeta.report.write_results` puts it into a folder.

        Args:
            outcomes: which outcomes to analyse; by default all of the protocol.
            step: called with the name of each part as it begins.
            shown: called with each result that has a figure as soon as it is there, so that it can be drawn meanwhile.

        Returns:
            All results, each with its methods sentence.

        Example:
            >>> import tmsmeta as tm
            >>> tm.read_review("my_evidence").run().outcomes
            ('response',)
        """
        from tmsmeta.review.run import run

        return run(self.evidence, outcomes=outcomes, step=step, shown=shown)


def _check_network_choices(choices: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise for a choice that does not exist, or that is one of the model."""
    of_model = {field.name for field in fields(NetworkSpec)}
    for name, value in choices.items():
        if name in of_model and name not in names:
            message = f"`{name}` is a choice of the model: give model=tm.NetworkSpec({name}={value!r})."
            raise UnknownOptionError(name, value, names, message)
    check_names(choices, names)


def load_review() -> Review:
    """The review that comes with tmsmeta.

    Returns:
        The review, whose ``run()`` makes all its analyses.

    Raises:
        EvidenceError: the shipped files were changed and now have faults.
        OutputError: the shipped files are not there.

    Example:
        >>> import tmsmeta as tm
        >>> tm.load_review().outcomes
        ('response', 'remission')
    """
    return Review(load_evidence())


@answerable
def read_review(folder: str | Path) -> Review:
    """Read and check the folder of a review.

    Args:
        folder: with ``review.toml``, ``trials.csv`` and ``arms.csv``; ``tmsmeta new`` writes one.

    Returns:
        The review, whose ``run()`` makes all its analyses.

    Raises:
        EvidenceError: with every fault of protocol and tables.
        OutputError: the system refuses to read a file.

    Example:
        >>> import tmsmeta as tm
        >>> review = tm.read_review("my_evidence")
        >>> f"{review.pool('response').ratio:.2f}"
        '1.53'
    """
    return Review(read_evidence(folder, protocol_needed=True))
