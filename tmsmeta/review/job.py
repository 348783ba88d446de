"""The main job: pool the shipped trials, check the quoted figures, write tables and figures.

``run`` computes and returns an object; ``write`` puts it into a folder, whole or not at all.
"""

from tmsmeta.review.analyses import Analysis, analyse, estimates_table, standard_analyses
from tmsmeta.review.published import PublishedCheck, ahrq_2011
from tmsmeta.review.remission import RemissionClaim, remission_claim
from tmsmeta.review.run import Reproduction, run

__all__ = [
    "Analysis",
    "PublishedCheck",
    "RemissionClaim",
    "Reproduction",
    "ahrq_2011",
    "analyse",
    "estimates_table",
    "remission_claim",
    "run",
    "standard_analyses",
]
