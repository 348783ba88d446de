"""Models on the counts themselves: Mantel-Haenszel, Peto, generalised linear mixed models, beta-binomial.

None of them needs a continuity correction. Each answers with a frozen result that carries its spec, and says by
``converged`` and ``reason`` whether a fit can be relied upon.
"""

from tmsmeta.models.counts.beta_binomial import beta_binomial, beta_binomial_two_arm
from tmsmeta.models.counts.glmm import glmm, glmm_proportion, glmm_rate
from tmsmeta.models.counts.mantel_haenszel import mantel_haenszel
from tmsmeta.models.counts.peto import peto
from tmsmeta.models.counts.result import (
    BetaBinomialEffect,
    CountsEffect,
    GlmmEffect,
    MantelHaenszelEffect,
    QuadratureCheck,
)
from tmsmeta.models.counts.spec import BetaBinomialSpec, CountsSpec, GlmmSpec, MantelHaenszelSpec, PetoSpec

__all__ = [
    "BetaBinomialEffect",
    "BetaBinomialSpec",
    "CountsEffect",
    "CountsSpec",
    "GlmmEffect",
    "GlmmSpec",
    "MantelHaenszelEffect",
    "MantelHaenszelSpec",
    "PetoSpec",
    "QuadratureCheck",
    "beta_binomial",
    "beta_binomial_two_arm",
    "glmm",
    "glmm_proportion",
    "glmm_rate",
    "mantel_haenszel",
    "peto",
]
