"""What a forest plot shows: its pools, the studies in their order as given, and the user's columns beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.pairing import paired
from tmsmeta.errors import Issue, check_option
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.names import heading, inside

if TYPE_CHECKING:
    from tmsmeta.effects.base import EffectSizes
    from tmsmeta.figures.pairwise.forest_data import Pool
    from tmsmeta.models.regression import Subgroups
    from tmsmeta.pooling import PooledEffect

_DIRECTIONS = (*BETTER, None)


@dataclass(frozen=True)
class Parts:
    """The pools to show: named subgroups, if there are any, and the overall effect."""

    pools: Mapping[str, PooledEffect]
    overall: Pool
    test: Subgroups | None

    @property
    def pooled_rows(self) -> bool:
        """Whether the overall effect pools the very studies that are shown, rather than the subgroups or others."""
        shown = Counter(s for p in self.pools.values() for s in p.effects.study.tolist())
        return not self.pools or shown == Counter(self.overall.effects.study.tolist())

    @property
    def rows(self) -> EffectSizes:
        """The studies in the order in which they were given, which values without keys follow."""
        return self.overall.effects if self.test is None or self.pooled_rows else self.test.overall.effects

    @property
    def left_out(self) -> list[str]:
        """Labels of the studies without an estimate, whose values follow those of `rows`."""
        issues = (*self.overall.left_out, *(() if self.test is None else self.test.left_out))
        return list(dict.fromkeys(str(issue.row) for issue in issues))

    @property
    def ungrouped(self) -> list[Issue]:
        """Studies without an estimate whose subgroup is not known to the pools that are shown."""
        placed = {issue.row for pool in self.pools.values() for issue in pool.left_out}
        return [] if self.test is None else [i for i in self.test.left_out if i.row not in placed]


def parts_of(result: Pool | Subgroups, subgroups: Subgroups | None, overall: PooledEffect | None) -> Parts:
    """The pools of a forest plot, from its arguments."""
    from tmsmeta.models.regression import Subgroups

    if not isinstance(result, Subgroups):
        return Parts({} if subgroups is None else subgroups.pools, result, subgroups)
    grouped = subgroups if subgroups is not None else result
    return Parts(grouped.pools, overall if overall is not None else result.overall, grouped)


def extra_columns_of(
    labels: Sequence[str], also: Sequence[str], extra: Mapping[str, Any] | None, tier: Any
) -> Mapping[str, Sequence[Any]]:
    """The columns ``extra_columns`` and ``tier`` by heading, in the order of `labels` and then of `also`."""
    found = {} if tier is None else {"Tier": paired("tier", tier, labels, also=also)}
    return found | {name: paired(f"extra_columns.{name}", v, labels, also=also) for name, v in (extra or {}).items()}


def direction_labels(
    favours: tuple[str, str] | None, better: str | None, treated: str, comparator: str
) -> tuple[str, str] | None:
    """Labels left and right of no effect; positive effects mean more of the outcome with treatment.

    Raises:
        UnknownOptionError: `better` is neither ``higher`` nor ``lower``.
    """
    check_option("better", better, _DIRECTIONS)
    if favours is not None or better is None:
        return favours
    left, right = (comparator, treated) if better == "higher" else (treated, comparator)
    return f"← Favours {inside(left)}", f"Favours {inside(right)} →"


def arm_names(effects: EffectSizes, treated: str = "", comparator: str = "") -> tuple[str, str]:
    """What the treated and the comparator arm are called: as given, or as the effects carry it."""
    own = heading(effects.treated), heading(effects.comparator)
    return treated or own[0] or "Treated", comparator or own[1] or "Comparator"
