"""The findings of a review, or of a run of one, summed up."""

from __future__ import annotations

from tmsmeta.errors import InvalidInputError
from tmsmeta.review.analyses import analyse
from tmsmeta.review.evidence import NOTHING_TO_ANALYSE, evidence_of
from tmsmeta.review.findings import SummaryOfFindings, findings_of
from tmsmeta.review.review import Review
from tmsmeta.review.run import ReviewRun, main_networks
from tmsmeta.words.arguments import answerable


@answerable
def summary_of_findings(review: Review | ReviewRun) -> SummaryOfFindings:
    """Every outcome of a review on one line: absolute and relative effect, trials, people, certainty, plain words.

    An outcome has a line for all active treatment against the control and, where the review has a main network, one
    for each of its treatments against the reference. Absolute effects are per 1,000 people at the risk with the
    control: ``outcomes.NAME.baseline_risk`` of the protocol with its ``baseline_source``, or else all events over all
    people in the control arms of the trials of the main analysis; the source is always stated. Certainty is read from
    ``certainty.csv``; without it, it is "not rated". Rows of ``rates.csv`` follow: events counted without a comparison.

    Args:
        review: a review, as :func:`tmsmeta.load_review` gives, or what its ``run()`` gives.

    Returns:
        The table, with ``to_frame()``, ``to_html()``, ``to_markdown()``, ``to_latex()`` and ``to_dict()``.

    Raises:
        InvalidInputError: neither a review nor a run of one; or a review without an outcome.

    Example:
        >>> import tmsmeta as tm
        >>> summary = tm.summary_of_findings(tm.read_review("my_evidence"))
        >>> len(summary.findings), summary.control
        (1, 'Placebo')

    Source: Cochrane Handbook for Systematic Reviews of Interventions, chapter 14 (summary of findings tables).
    """
    if isinstance(review, ReviewRun):
        return review.summary_of_findings()
    evidence = evidence_of(review)
    if not evidence.outcome_names:
        raise InvalidInputError(NOTHING_TO_ANALYSE, "The findings cannot be summed up")
    return findings_of(evidence, {o: analyse(evidence, o) for o in evidence.outcome_names}, main_networks(evidence))
