"""Names of version 0.1 for analyses of the shipped review; :class:`~tmsmeta.Review` does the same for any review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.review.evidence import Evidence
from tmsmeta.review.folder import load_evidence
from tmsmeta.review.network_fit import ReviewNetwork, review_network
from tmsmeta.review.network_spec import ReviewNetworkSpec
from tmsmeta.review.other_networks import published_networks
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd

TmsNetworkSpec = ReviewNetworkSpec


@answerable
def tms_network(spec: ReviewNetworkSpec | None = None, evidence: Evidence | None = None) -> ReviewNetwork:
    """The network of the shipped review, or of `evidence`; see :func:`tmsmeta.review.review_network`.

    Args:
        spec: outcome, nodes, tiers, measure and model; by default the main network of the first outcome.
        evidence: by default that of the shipped review.

    Returns:
        The fitted network with its ranking and the names of its nodes.

    Raises:
        DisconnectedNetworkError: when the selected trials do not link all nodes, with the parts.
        InvalidInputError: when no trial is left, or a stated risk cannot be.

    Example:
        >>> import tmsmeta as tm
        >>> network = tm.tms_network()
        >>> network.net.reference, network.net.measure
        ('sham', 'RR')
    """
    return review_network(evidence or load_evidence(), spec)


@answerable
def compare_with_published(spec: ReviewNetworkSpec | None = None, evidence: Evidence | None = None) -> pd.DataFrame:
    """Published effects beside ours; see :func:`tmsmeta.review.published_networks`.

    Args:
        spec: outcome and measure are taken from the review; everything else from here.
        evidence: by default that of the shipped review.

    Returns:
        The table of :func:`tmsmeta.review.published_networks`.

    Raises:
        DisconnectedNetworkError: when the selected trials do not link all nodes, with the parts.
        InvalidInputError: when no trial is left, or a stated risk cannot be.

    Example:
        >>> import tmsmeta as tm
        >>> table = tm.compare_with_published()
        >>> set(table["verdict"]) <= {"same", "compatible", "different", "not comparable"}
        True
    """
    return published_networks(evidence or load_evidence(), spec)


@answerable
def standard_selections(outcome: str, *, measure: str = "", evidence: Evidence | None = None) -> dict[str, Selection]:
    """The main analysis of an outcome and its sensitivity analyses, by name; the main analysis comes first.

    Args:
        outcome: an outcome of the review.
        measure: by default the main one of the protocol.
        evidence: by default the shipped review.

    Returns:
        Selections by their name in the protocol.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import tmsmeta as tm
        >>> selections = tm.review.standard_selections("response", evidence=tm.read_evidence("my_evidence"))
        >>> {name: selection.populations for name, selection in selections.items()}
        {'main': None, 'adults only': ('adult',)}
    """
    source = evidence or load_evidence()
    choices = {"measure": measure} if measure else {}
    return {name: source.selection(outcome, name, **choices) for name in source.protocol.selection_names}
