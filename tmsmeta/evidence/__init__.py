"""The evidence: read it, check it, choose from it. The tables are described in ``data/dictionary.csv``."""

from tmsmeta.evidence.model import Evidence
from tmsmeta.evidence.read import check_evidence, load_claims, load_evidence, read_evidence
from tmsmeta.evidence.select import SelectedArms, SelectedTrials, select, select_arms
from tmsmeta.evidence.selection import Selection, standard_selections

__all__ = [
    "Evidence",
    "SelectedArms",
    "SelectedTrials",
    "Selection",
    "check_evidence",
    "load_claims",
    "load_evidence",
    "read_evidence",
    "select",
    "select_arms",
    "standard_selections",
]
