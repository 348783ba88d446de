"""The checks, one function each.

A check looks at what a claim says, at the rows its keys name and at its parameters; never at its id. Each states its
decision rule as text, which every finding repeats. The modules are imported when a check is first used, since they
bring pooling and networks with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from tmsmeta.review.claim_kinds import CLAIM_KINDS
from tmsmeta.review.claims.question import Check


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check by its name."""
    modules = [import_module(f"{__name__}.{module}") for module in dict.fromkeys(CLAIM_KINDS.values())]
    return {check.name: check for module in modules for check in module.CHECKS}
