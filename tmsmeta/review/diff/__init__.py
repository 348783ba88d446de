"""What changed between two versions of a review: trials, rows, protocol, estimates, ranks, verdicts."""

from tmsmeta.review.diff.comparison import compare
from tmsmeta.review.diff.result import ReviewDiff
from tmsmeta.review.diff.side import Side, read_side, side_of_results, side_of_run

__all__ = ["ReviewDiff", "Side", "compare", "read_side", "side_of_results", "side_of_run"]
