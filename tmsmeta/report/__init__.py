"""The report: one self-contained page for readers, and the schema of the results for programs."""

from tmsmeta.report.page import html_report, ledger_report
from tmsmeta.report.schema import results_schema

__all__ = ["html_report", "ledger_report", "results_schema"]
