"""Named specs that repeat the conventions of other programs, and the difference between two results in words.

:mod:`tmsmeta.pooling.spec` says where the conventions of each were read. Use one with
``pool(effects, profile=profiles.REVMAN5)``, or by its name; change one of its choices with ``dataclasses.replace``.
A profile settles how studies are pooled, and which studies: effects that were made by another rule for zero cells than
its own are made again from their counts, and the result says so.
"""

from __future__ import annotations

from tmsmeta.pooling.differences import explain_difference
from tmsmeta.pooling.spec import IQWIG6, META, METAFOR, PROFILES, REVMAN5, REVMAN2025
from tmsmeta.pooling.steps import Move, moves

__all__ = ["IQWIG6", "META", "METAFOR", "PROFILES", "REVMAN5", "REVMAN2025", "Move", "explain_difference", "moves"]
