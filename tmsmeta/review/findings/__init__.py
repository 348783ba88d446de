"""Summary of findings: every outcome of a review on one line, and the events that were counted without a comparison."""

from tmsmeta.review.findings.build import findings_of
from tmsmeta.review.findings.event_rate import EventRate
from tmsmeta.review.findings.finding import Finding
from tmsmeta.review.findings.summary import SummaryOfFindings

__all__ = ["EventRate", "Finding", "SummaryOfFindings", "findings_of"]
