from .exports import write_exports as write_exports
from .page import html_report as html_report
from .page import ledger_report as ledger_report
from .schema import results_schema as results_schema
from .write import write_results as write_results
