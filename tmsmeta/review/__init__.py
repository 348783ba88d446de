"""The evidence: read it, check it, choose from it. The tables are described in ``data/dictionary.csv``."""

from tmsmeta.review.evidence import Evidence
from tmsmeta.review.folder import check_evidence, load_claims, load_evidence, read_evidence
from tmsmeta.review.selecting.apply import select, select_arms
from tmsmeta.review.selecting.result import SelectedArms, SelectedTrials
from tmsmeta.review.selecting.spec import Selection, standard_selections
from tmsmeta.tables.study_table import StudyTable, TwoByTwo, read_table

__all__ = [
    "Evidence",
    "SelectedArms",
    "SelectedTrials",
    "Selection",
    "StudyTable",
    "TwoByTwo",
    "check_evidence",
    "load_claims",
    "load_evidence",
    "read_evidence",
    "read_table",
    "select",
    "select_arms",
    "standard_selections",
]
