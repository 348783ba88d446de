"""The spec of a selection: which rows of the evidence an analysis uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tmsmeta.effects.measures import of_family
from tmsmeta.errors import InvalidInputError, Issue, check_option

TIERS = ("A", "B", "C", "D", "E")
"""Verification tiers, from counts in the trial's own report to flagged rows; ``tiers.csv`` says what each means."""
MULTI_ARM = ("combine", "split")

Lumping = Literal["none", "family"] | Mapping[str, str] | tuple[tuple[str, str], ...]
Main = Literal["main"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which trials, rows and time points an analysis uses. The default is the main analysis of the first outcome.

    What a selection leaves open is filled in from the evidence and its protocol when it is used; results carry the
    filled-in selection.

    Attributes:
        outcome: outcome counted; by default the first one of the review.
        measure: measure the analysis will use, by default the main one. Ratios of tier D join only on their own
            measure.
        tiers: verification tiers; ``"main"`` stands for those that ``tiers.csv`` marks (A to C where there is none).
            With ``"D"`` the printed ratios join of trials without arm rows of the main tiers.
        populations: population groups, ``"main"`` for those that ``populations.csv`` marks (all where there is none),
            or ``"all"`` or None for all.
        control: the comparator node; by default that of the protocol.
        nodes: treatments to keep (names of nodes, or of lumps), or None for all.
        lump: ``"none"``; ``"family"`` merges nodes of one family of the treatments table; or a mapping from node to
            the name it is merged under. The control is never lumped.
        multi_arm: how a trial with several active treatments keeps its comparator from counting twice.
            ``"combine"``: the active arms are summed against the one comparator. ``"split"``: the events and n of the
            comparator are divided equally over the comparisons, as exact fractions.
        exclude_flags: rows with any of these flags are left out.
        exclude_trials: trials left out by name.
        time_point: when the outcome is counted, in words; by default what the protocol says.

    Always so: one time point per trial, the main one; arms of one node merged; alternative versions of a trial never
    pooled with it.

    Raises:
        UnknownOptionError: a measure, tier, lumping or way with multi-arm trials that does not exist.
        InvalidInputError: no tier, or no population group, or the control among `nodes`.
    """

    outcome: str = ""
    measure: str = ""
    tiers: Main | tuple[str, ...] = "main"
    populations: Literal["main", "all"] | tuple[str, ...] | None = "main"
    control: str = ""
    nodes: tuple[str, ...] | None = None
    lump: Lumping = "none"
    multi_arm: Literal["combine", "split"] = "combine"
    exclude_flags: tuple[str, ...] = ()
    exclude_trials: tuple[str, ...] = ()
    time_point: str = ""

    def __post_init__(self) -> None:
        for name in ("tiers", "populations", "nodes", "exclude_flags", "exclude_trials"):
            _to_tuple(self, name)
        if self.populations == "all":
            object.__setattr__(self, "populations", None)
        for tier in () if self.tiers == "main" else self.tiers:
            check_option("tiers", tier, TIERS)
        if self.measure:
            check_option("measure", self.measure, of_family("binary"))
        check_option("multi_arm", self.multi_arm, MULTI_ARM)
        if isinstance(self.lump, str):
            check_option("lump", self.lump, ("none", "family"))
        else:
            object.__setattr__(self, "lump", tuple(sorted(dict(self.lump).items())))
        issues = [
            Issue(None, name, (), "must name at least one value, or be None for all.")
            for name in ("tiers", "populations", "nodes")
            if getattr(self, name) == ()
        ]
        if self.nodes is not None and self.control in self.nodes:
            issues.append(Issue(None, "nodes", self.control, "must name treatments other than the control."))
        if issues:
            raise InvalidInputError(issues, "Invalid selection")

    def describe(self) -> str:
        """The selection in one sentence, for methods sections."""
        parts = [f"{self.outcome} at {self.time_point}" if self.time_point else self.outcome]
        parts += [_named("tiers", self.tiers), _named("population groups", self.populations)]
        if self.nodes is not None:
            parts.append(f"treatments {', '.join(self.nodes)}")
        if self.lump != "none":
            merged = {} if isinstance(self.lump, str) else dict(self.lump)
            names = ", ".join(f"{node} as {name}" for node, name in merged.items())
            parts.append(f"nodes merged: {names}" if names else "nodes of one family merged")
        parts.append(_MULTI_ARM_WORDS[self.multi_arm])
        if self.exclude_flags:
            parts.append(f"without rows flagged {', '.join(self.exclude_flags)}")
        if self.exclude_trials:
            parts.append(f"without {', '.join(self.exclude_trials)}")
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain values."""
        return {
            "outcome": self.outcome,
            "measure": self.measure,
            "tiers": _plain(self.tiers),
            "populations": _plain(self.populations),
            "control": self.control,
            "nodes": None if self.nodes is None else list(self.nodes),
            "lump": self.lump if isinstance(self.lump, str) else dict(self.lump),
            "multi_arm": self.multi_arm,
            "exclude_flags": list(self.exclude_flags),
            "exclude_trials": list(self.exclude_trials),
            "time_point": self.time_point,
        }


def _named(what: str, names: tuple[str, ...] | str | None) -> str:
    if names is None:
        return f"all {what}"
    return f"main {what}" if isinstance(names, str) else f"{what} {', '.join(names)}"


def _plain(names: tuple[str, ...] | str | None) -> list[str] | str | None:
    return list(names) if isinstance(names, tuple) else names


_MULTI_ARM_WORDS = {
    "combine": "several active arms of a trial summed against its one comparator",
    "split": "the comparator of a multi-arm trial divided over its comparisons",
}


def _to_tuple(spec: Selection, name: str) -> None:
    """Accept any sequence of names, and refuse a bare text, whose letters would be taken for names."""
    value = getattr(spec, name)
    if value == "main" or (name == "populations" and value == "all"):
        return
    if isinstance(value, str):
        raise InvalidInputError(Issue(None, name, value, f"must be a sequence of names, such as ({value!r},)."))
    if value is not None:
        object.__setattr__(spec, name, tuple(value))
