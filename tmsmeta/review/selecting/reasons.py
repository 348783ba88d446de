"""Which rows of the evidence a selection may use, and why it may not use the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import check_option
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.tables.row_rules import split_list

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT_COLUMNS = (
    "table",
    "row",
    "trial_id",
    "label",
    "arm",
    "treatment",
    "timepoint",
    "tier",
    "flags",
    "source_id",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the evidence under a selection.

    Attributes:
        table: ``"arms"``, ``"contrasts"``, ``"gaps"`` or ``"trials"``.
        row: line of the file.
        cells: the row.
        trial: the trial's row (label, year, group), blank where the trial is not in the table of trials.
        reasons: why it is not used; none yet for a row that may be used.
    """

    table: str
    row: int
    cells: Mapping[str, Any]
    trial: Mapping[str, Any]
    reasons: tuple[str, ...] = field(default=())

    @property
    def trial_id(self) -> str:
        """Trial the row belongs to."""
        return str(self.cells["trial_id"])

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags of the row."""
        return split_list(self.cells.get("flags", ""))

    def without(self, *reasons: str) -> Candidate:
        """The same row with further reasons not to use it."""
        return Candidate(self.table, self.row, self.cells, self.trial, (*self.reasons, *reasons))


def check_against(evidence: Evidence, selection: Selection) -> None:
    """Refuse a selection that names an outcome, group, trial or treatment the evidence does not have.

    Raises:
        UnknownOptionError: with the names there are.
    """
    check_option("outcome", selection.outcome, evidence.named_outcomes)
    for group in selection.populations or ():
        check_option("populations", group, evidence.named_populations)
    for trial in selection.exclude_trials:
        check_option("exclude_trials", trial, sorted(evidence.trials["trial_id"]))
    for flag in selection.exclude_flags:
        check_option("exclude_flags", flag, sorted(known_flags_of(evidence)))
    if selection.nodes:
        nodes = all_nodes(evidence)
        names = sorted({*nodes, *(lumped(evidence, selection, name) for name in nodes)})
        for node in selection.nodes:
            check_option("nodes", node, names)


def known_flags_of(evidence: Evidence) -> set[str]:
    """Flags of the glossary and of the rows."""
    used = {
        flag for table in (evidence.arms, evidence.contrasts) for cell in table["flags"] for flag in split_list(cell)
    }
    return used | evidence.flag_effects.names


def all_nodes(evidence: Evidence) -> set[str]:
    """Every treatment node that a row or the glossary names."""
    contrasts = evidence.contrasts
    return {*evidence.arms["treatment"], *contrasts["treat1"], *contrasts["treat2"], *evidence.treatments["treatment"]}


def lumped(evidence: Evidence, selection: Selection, node: str) -> str:
    """The name under which the selection merges a node."""
    if node == selection.control or selection.lump == "none":
        return node
    if selection.lump == "family":
        return evidence.treatment_family(node)
    return dict(selection.lump).get(node, node)


def arm_candidates(evidence: Evidence, selection: Selection) -> list[Candidate]:
    """The arm rows of the outcome, each with the reasons not to use it."""
    candidates = _candidates(evidence, "arms", selection.outcome)
    version = evidence.flag_effects.version
    main = {c.trial_id for c in candidates if version(c.cells["flags"]) == "main"}
    assessed = []
    for candidate in candidates:
        reasons = row_reasons(candidate, selection)
        reasons += _version_reasons(candidate, version(candidate.cells["flags"]), main, selection)
        reasons += _node_reasons(evidence, selection, candidate.cells["treatment"])
        assessed.append(candidate.without(*reasons))
    return assessed


def contrast_candidates(evidence: Evidence, selection: Selection, arms: Collection[Candidate]) -> list[Candidate]:
    """The ratios of the outcome that are known without counts, each with the reasons not to use it.

    A ratio joins only where the trial has no main arm rows for the outcome, and only on its own measure.
    """
    counted: dict[str, str] = {}
    version = evidence.flag_effects.version
    for arm in arms:
        is_main = version(arm.cells["flags"]) == "main" and arm.cells["tier"] in evidence.main_tiers
        if is_main or not arm.reasons:
            counted[arm.trial_id] = max(counted.get(arm.trial_id, "A"), arm.cells["tier"])
    assessed = []
    for candidate in _candidates(evidence, "contrasts", selection.outcome):
        reasons = row_reasons(candidate, selection)
        if candidate.trial_id in counted:
            reasons.append(f"the trial has arm counts (tier {counted[candidate.trial_id]})")
        if candidate.cells["measure"] != selection.measure:
            reasons.append(f"printed as {candidate.cells['measure']}, while the analysis is on {selection.measure}")
        for node in {candidate.cells["treat1"], candidate.cells["treat2"]}:
            reasons += _node_reasons(evidence, selection, node)
        assessed.append(candidate.without(*reasons))
    return assessed


def _candidates(evidence: Evidence, table: str, outcome: str) -> list[Candidate]:
    trials = evidence.trials_by_id
    rows = evidence.rows_of(table, outcome)
    return [Candidate(table, row, cells, trials.get(cells["trial_id"], {})) for row, cells in rows]


def row_reasons(candidate: Candidate, selection: Selection) -> list[str]:
    """Why population, tier, flags or name keep a row out."""
    reasons = []
    group, tier = candidate.trial.get("population_group", ""), candidate.cells["tier"]
    if candidate.trial_id in selection.exclude_trials:
        reasons.append("trial excluded by name")
    if selection.populations is not None and group not in selection.populations:
        reasons.append(f"population group {group} not selected")
    if tier not in selection.tiers:
        why = f" (flagged: {', '.join(candidate.flags)})" if tier == "E" and candidate.flags else ""
        reasons.append(f"tier {tier} not selected{why}")
    excluded = [flag for flag in candidate.flags if flag in selection.exclude_flags]
    return reasons + [f"flag {flag} excluded" for flag in excluded]


def _version_reasons(candidate: Candidate, version: str, main: Collection[str], selection: Selection) -> list[str]:
    if version == "later time point":
        return [f"later time point ({candidate.cells['timepoint']}); the analysis uses {selection.time_point}"]
    if version == "alternative version":
        return ["alternative version of a trial that is present already, never pooled with it"]
    if version == "best of several visits" and candidate.trial_id in main:
        return [f"best of several visits; the analysis uses {selection.time_point}"]
    return []


def _node_reasons(evidence: Evidence, selection: Selection, node: str) -> list[str]:
    if selection.nodes is None or node == selection.control:
        return []
    if node in selection.nodes or lumped(evidence, selection, node) in selection.nodes:
        return []
    return [f"treatment {node} not selected"]


def left_out_table(candidates: Collection[Candidate]) -> pd.DataFrame:
    """The rows not used, each with every reason, in the order of trial, table and row."""
    import pandas as pd

    records = [
        {
            "table": c.table,
            "row": c.row,
            "trial_id": c.trial_id,
            "label": c.trial.get("label") or c.cells.get("label", ""),
            "arm": c.cells.get("arm", ""),
            "treatment": c.cells.get("treatment") or _comparison(c.cells),
            "timepoint": c.cells.get("timepoint", ""),
            "tier": c.cells.get("tier", ""),
            "flags": c.cells.get("flags", ""),
            "source_id": c.cells.get("source_id", ""),
            "reason": "; ".join(c.reasons),
        }
        for c in sorted(candidates, key=lambda c: (c.trial_id, c.table, c.row))
        if c.reasons
    ]
    return pd.DataFrame(records, columns=list(LEFT_OUT_COLUMNS))


def _comparison(cells: Mapping[str, Any]) -> str:
    if "treat1" in cells:
        return f"{cells['treat1']} vs {cells['treat2']}"
    return str(cells.get("treatments", ""))


def absent_candidates(evidence: Evidence, outcome: str, present: Collection[str]) -> list[Candidate]:
    """Trials without any row for the outcome, and gaps of trials that are not used.

    Args:
        evidence: the evidence.
        outcome: the outcome.
        present: trials that have arm rows or ratios for it, used or not.
    """
    gaps = [c for c in _candidates(evidence, "gaps", outcome) if c.trial_id not in present]
    absent = [c.without(f"gap: {c.cells['missing']} not seen (seen: {c.cells['seen'] or 'nothing'})") for c in gaps]
    named = {c.trial_id for c in gaps} | set(present)
    for row, cells in evidence.rows("trials"):
        if cells["trial_id"] not in named:
            candidate = Candidate("trials", row, cells, cells)
            absent.append(candidate.without(f"no numbers on {outcome} in the evidence"))
    return absent
