"""The evidence: read it, check it, choose from it. The tables are described in ``data/dictionary.csv``."""

from tmsmeta.evidence.model import Evidence
from tmsmeta.evidence.read import check_evidence, load_claims, load_evidence, read_evidence
from tmsmeta.evidence.select import select, select_arms
from tmsmeta.evidence.selected import SelectedArms, SelectedTrials
from tmsmeta.evidence.selection import Selection, standard_selections
from tmsmeta.evidence.table import StudyTable, TwoByTwo, read_table

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
