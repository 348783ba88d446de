"""The numbers of a PRISMA 2020 flow diagram, held against each other.

Page et al. 2021, BMJ 372:n71: the diagram for new reviews, with and without other methods of searching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words.names import listed, meant

NEEDED = ("identified", "screened", "excluded", "sought", "assessed", "studies")
OPTIONAL = ("duplicates", "automation", "other_reasons", "not_retrieved", "reports")
NAMED = ("identified", "excluded_reports", "other_identified", "other_excluded_reports")
"""Keys that may hold a number for each source or reason."""
OTHER = ("other_identified", "other_sought", "other_not_retrieved", "other_assessed", "other_excluded_reports")
KEYS = tuple(dict.fromkeys((*NEEDED, *OPTIONAL, *NAMED, *OTHER)))

Count = int | Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PrismaCounts:
    """Checked numbers, each as a mapping from source or reason to number where one was given, else under ``""``.

    Attributes:
        given: the numbers by key.
    """

    given: Mapping[str, Mapping[str, int]]

    def total(self, key: str) -> int:
        """The sum of a key; 0 where it was not given."""
        return sum(self.given.get(key, {}).values())

    @property
    def other_methods(self) -> bool:
        """Whether records were identified by other methods."""
        return "other_identified" in self.given


def prisma_counts(counts: Mapping[str, Count]) -> PrismaCounts:
    """Check the numbers of a flow diagram.

    Args:
        counts: ``identified`` (a number, or one for each database and register), ``duplicates``, ``automation`` and
            ``other_reasons`` (records removed before screening), ``screened``, ``excluded``, ``sought``,
            ``not_retrieved``, ``assessed``, ``excluded_reports`` (a number, or one for each reason), ``studies`` and
            ``reports`` (included). By other methods: ``other_identified``, ``other_sought``, ``other_not_retrieved``,
            ``other_assessed``, ``other_excluded_reports``.

    Raises:
        InvalidInputError: every key that does not exist or lacks, every value that is no whole number, and every sum
            that does not come out, with what it would be.
    """
    if not hasattr(counts, "keys"):
        message = f"must be a mapping with the keys {', '.join(NEEDED)} and further ones."
        raise InvalidInputError(Issue(None, "counts", type(counts).__name__, message))
    issues = [Issue(None, str(k), counts[k], _unknown(str(k))) for k in counts if k not in KEYS]
    issues += [Issue(None, key, None, "must be given.") for key in NEEDED if key not in counts]
    given: dict[str, dict[str, int]] = {}
    for key in [k for k in KEYS if k in counts]:
        value = counts[key]
        named: dict[str, Any] = dict(value) if isinstance(value, Mapping) and key in NAMED else {"": value}
        faults = [
            Issue(None, f"{key}.{name}" if name else key, found, "must be a whole number, 0 or more.")
            for name, found in named.items()
            if not _whole(found)
        ]
        issues += faults
        if not faults:
            given[key] = {str(name): int(found) for name, found in named.items()}
    checked = PrismaCounts(given=given)
    issues += _sums(checked)
    if issues:
        raise InvalidInputError(issues, "The numbers of the flow diagram have faults")
    return checked


def _unknown(key: str) -> str:
    return f"is not a number of the diagram; its numbers are {listed(KEYS)}.{meant(key, KEYS)}"


def _whole(value: Any) -> bool:
    return not isinstance(value, (bool, str)) and hasattr(value, "__index__") and int(value) >= 0


def _sums(found: PrismaCounts) -> list[Issue]:
    """Boxes that are not what is left of the box before; boxes that were not given or have faults are not held."""
    rules = [
        ("screened", "identified", ("duplicates", "automation", "other_reasons")),
        ("sought", "screened", ("excluded",)),
        ("assessed", "sought", ("not_retrieved",)),
        ("other_assessed", "other_sought", ("other_not_retrieved",)),
    ]
    issues = []
    for key, start, less in rules:
        if key in found.given and start in found.given:
            left = found.total(start) - sum(found.total(name) for name in less)
            if found.total(key) != left:
                taken = " less ".join((start, *(name for name in less if name in found.given)))
                issues.append(Issue(None, key, found.total(key), f"must be {left}, which is {taken}."))
    if "other_sought" in found.given and found.total("other_sought") > found.total("other_identified"):
        message = f"must be at most other_identified, which is {found.total('other_identified')}."
        issues.append(Issue(None, "other_sought", found.total("other_sought"), message))
    return issues + _included(found)


def _included(found: PrismaCounts) -> list[Issue]:
    """Reports are what is left of those assessed, and there are no more studies than reports."""
    if "assessed" not in found.given or "studies" not in found.given:
        return []
    left = found.total("assessed") + found.total("other_assessed")
    left -= found.total("excluded_reports") + found.total("other_excluded_reports")
    issues = []
    if "reports" in found.given and found.total("reports") != left:
        message = f"must be {left}, which is assessed less excluded_reports."
        issues.append(Issue(None, "reports", found.total("reports"), message))
    if found.total("studies") > left:
        message = f"must be at most {left}, the reports that are left: assessed less excluded_reports."
        issues.append(Issue(None, "studies", found.total("studies"), message))
    return issues
