"""Absolute effects: risk per 1,000 people, number needed to treat, share of settings that benefit.

A relative effect says how much a risk changes, not what it changes to. Every function here therefore asks for the
baseline risk and for its source, and repeats both in its sentences.
"""

from tmsmeta.absolute.effect import RelativeEffect
from tmsmeta.absolute.needed import NumberNeeded, Stretch, nnt
from tmsmeta.absolute.risk import AbsoluteRisk, RiskTable, risk_per_1000, risk_table
from tmsmeta.absolute.share import BenefitShare, benefit_share

__all__ = [
    "AbsoluteRisk",
    "BenefitShare",
    "NumberNeeded",
    "RelativeEffect",
    "RiskTable",
    "Stretch",
    "benefit_share",
    "nnt",
    "risk_per_1000",
    "risk_table",
]
