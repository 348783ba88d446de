"""What the short names of options and models are called in print: figures, tables and reports have no code words.

Names are those of the field, as a methods section has them; the keys are what functions and protocols take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

INTERVALS: Mapping[str, str] = {
    "z": "Wald",
    "t": "Wald with t quantiles",
    "hksj": "Hartung-Knapp",
    "hksj-adhoc": "Hartung-Knapp, never narrower than Wald",
    "hksj-iqwig6": "Hartung-Knapp, widened where narrower than DerSimonian-Laird",
}
"""Confidence intervals of a pooled effect."""

QUANTILES: Mapping[str, str] = {
    "z": "normal quantiles",
    "t(k-1)": "t quantiles on k - 1 degrees of freedom",
    "t(k-2)": "t quantiles on k - 2 degrees of freedom",
}
"""Quantiles of a prediction interval."""

ZERO_CELLS: Mapping[str, str] = {
    "none": "no study",
    "only0": "studies with a zero cell",
    "if0all": "all studies if one has a zero cell",
    "all": "all studies",
}
"""Which studies receive a continuity correction."""

MIXED_MODELS: Mapping[str, str] = {
    "UM.FS": "logistic mixed model with fixed study effects and random treatment effects",
    "UM.RS": "logistic mixed model with independent random study and treatment effects",
    "CM.AL": "conditional logistic mixed model with the binomial approximation to the likelihood",
    "CM.EL": "conditional logistic mixed model with the exact noncentral hypergeometric likelihood",
    "PLO": "binomial-normal model on the logit scale",
    "IRLN": "Poisson-normal model on the log scale",
}
"""Generalised linear mixed models of counts."""


def interval_name(ci: str) -> str:
    """What an interval is called; those from clusters by the name of their sandwich estimator."""
    return INTERVALS.get(ci, f"cluster-robust {ci}")


def without_code(message: str) -> str:
    """A message as people read it who do not call functions: without the options in brackets."""
    return re.sub(r" \([^()]*`[^()]*\)", "", message)
