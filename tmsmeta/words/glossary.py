"""What the short names of options and models are called in print: figures, tables and reports have no code words.

Names are those of the field, as a methods section has them; the keys are what functions and protocols take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

BETTER = ("higher", "lower")
"""Which direction of an outcome is good for the people in the trials, as functions and protocols take it."""

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

NETWORK_QUANTILES: Mapping[str, str] = {
    "z": "normal quantiles",
    "t(df-1)": "t quantiles on one degree of freedom less than Q has",
    "t(df)": "t quantiles on the degrees of freedom of Q",
}
"""Quantiles of the prediction intervals of a network."""

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

FUNCTIONS: Mapping[str, str] = {
    "glmm and mantel_haenszel work": "a mixed model of the counts and Mantel-Haenszel pooling work",
    "glmm_proportion works": "a mixed model of the proportions works",
    "glmm_rate works": "a mixed model of the rates works",
}
"""What cautions name as functions of the library, for readers who do not call them."""

ABBREVIATIONS: Mapping[str, str] = {
    "CI": "confidence interval",
    "df": "degrees of freedom",
    "I²": "share of the variance of the estimates that is not sampling error",
    "k": "number of studies",
    "P-score": "mean certainty that a treatment is better than another one (0 to 1)",
    "Q": "Cochran's statistic of heterogeneity",
    "τ²": "variance of the true effects between studies",
}
"""Short names that figures print, written out."""


def interval_name(ci: str) -> str:
    """What an interval is called; those from clusters by the name of their sandwich estimator."""
    return INTERVALS.get(ci, f"cluster-robust {ci}")


def in_print(text: str) -> str:
    """A text in which intervals named as options, ``ci='hksj-adhoc'`` or ``ci hksj``, and functions get their names."""
    for name, called in FUNCTIONS.items():
        text = text.replace(name, called)
    if "ci" not in text:
        return text
    text = re.sub(r"\bci=(?:'|&#39;)([\w-]+)(?:'|&#39;)", lambda match: interval_name(match[1]), text)
    return re.sub(r"\bci (z|t|hksj[\w-]*)\b", lambda match: f"interval {interval_name(match[1])}", text)


def without_code(message: str) -> str:
    """A message as people read it who do not call functions: without the options in brackets."""
    return re.sub(r" \([^()]*`[^()]*\)", "", message)


DEFINITIONS: Mapping[str, str] = {
    "risk ratio": (
        "The share of people with the outcome in one group divided by that in the other. 2 means twice as many, "
        "0.5 half as many, 1 no difference."
    ),
    "odds ratio": (
        "As the risk ratio, but of odds: people with the outcome divided by people without it. Farther from 1 than the "
        "risk ratio wherever the outcome is common."
    ),
    "risk difference": "The share of people with the outcome in one group minus that in the other; 0 is no difference.",
    "confidence interval": (
        "The effects that the data are compatible with: intervals made in this way hold the true mean effect in 95 of "
        "100 reviews. A wide one means little evidence."
    ),
    "prediction interval": (
        "Where the effect of one more, similar trial is expected. Wider than the confidence interval, since trials "
        "differ from each other."
    ),
    "tau2": "How far the true effects of trials lie apart: their variance, of logs for ratios. 0 means all alike.",
    "I2": "The share of the spread between trials that is more than chance; it grows with the size of the trials.",
    "weight": "How much a trial counts in the pooled effect: more the more precise it is.",
    "tier": (
        "How a number was verified: A is printed in the trial's own report, later letters are less direct. The letters "
        "of this review are explained where a trial is opened."
    ),
    "P-score": (
        "From 0 to 1: the mean certainty that a treatment does better than another one of the network. It says nothing "
        "of how much better; the effect beside it does."
    ),
    "SUCRA": "As the P-score: 1 for a treatment that is surely best, 0 for one that is surely last.",
    "direct share": (
        "How much of an estimate comes from trials that compare the two treatments with each other; the rest goes "
        "by way of others."
    ),
    "certainty": (
        "How sure one can be of an effect by GRADE: high, moderate, low or very low, after risk of bias, "
        "inconsistency, indirectness, imprecision and publication bias."
    ),
    "baseline risk": "How many people have the outcome without the treatment, to which a relative effect is applied.",
}
"""What terms of the field mean, for readers who are new to it."""
