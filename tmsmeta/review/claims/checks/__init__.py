"""The checks, one function each, and the table that names them.

A check looks at what a claim says, at the rows its keys name and at its parameters; never at its id. Each states its
decision rule as text, which every finding repeats. The modules are imported when a check is first used, since they
bring pooling and networks with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tmsmeta.review.claims.question import Check


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check by its name."""
    from tmsmeta.review.claims.checks import arithmetic, contrasts, pooled, ranking, samples, sourced, steps

    modules = (pooled, contrasts, sourced, samples, ranking, steps, arithmetic)
    return {check.name: check for module in modules for check in module.CHECKS}
