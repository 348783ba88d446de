"""The kinds of claims: name of each check, and the module of ``claims/checks`` that holds it."""

from __future__ import annotations

from collections.abc import Mapping

CLAIM_KINDS: Mapping[str, str] = {
    "count": "samples",
    "cumulative_product": "steps",
    "exact_proportion": "sourced",
    "exact_rate": "sourced",
    "feasible_denominators": "arithmetic",
    "network_rank": "ranking",
    "network_ratio": "network_ratios",
    "not_recomputable": "arithmetic",
    "pooled_proportion": "percentages",
    "pooled_ratio": "pooled",
    "pooled_statistic": "heterogeneity",
    "product": "arithmetic",
    "range_of_samples": "samples",
    "rate_contrast": "contrasts",
    "ratio_consistency": "consistency",
    "ratio_of_printed": "contrasts",
    "threshold": "arithmetic",
    "trend": "steps",
}
CHECK_NAMES = tuple(CLAIM_KINDS)
"""Names that the column ``check`` of ``claims.csv`` allows."""
BY_ROUNDING = ("exact_rate", "exact_proportion", "count", "threshold")
"""Checks that ask whether a figure rounds to the quoted one, not whether it lies in an interval."""
