"""What a selection gives: the chosen tables, what was left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.provenance import DataVersion
from tmsmeta.review.flags import FlagEffects
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.tables.csv_write import plain_records
from tmsmeta.words.names import counted
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

TRIAL_COLUMNS = (
    "study",
    "trial_id",
    "label",
    "year",
    "population_group",
    "treatment",
    "control",
    "events_t",
    "n_t",
    "events_c",
    "n_c",
    "timepoint",
    "definition",
    "tier",
    "flags",
    "source_ids",
    "locators",
    "arms_t",
    "arms_c",
    "rows",
    "note",
)
ARM_COLUMNS = (
    "study",
    "treatment",
    "events",
    "n",
    "trial_id",
    "year",
    "population_group",
    "timepoint",
    "definition",
    "tier",
    "flags",
    "source_ids",
    "locators",
    "arms",
    "rows",
)
CONTRAST_COLUMNS = (
    "study",
    "trial_id",
    "label",
    "year",
    "population_group",
    "treat1",
    "treat2",
    "measure",
    "estimate",
    "ci_low",
    "ci_high",
    "subset",
    "tier",
    "flags",
    "source_ids",
    "locators",
    "rows",
    "note",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SelectedTrials(Brief):
    """Two-arm tables of active treatment against the control, ready for :func:`tmsmeta.effects.binary`.

    In every table ``source_ids``, ``flags`` and ``rows`` hold names with semicolons between them, ``locators`` texts
    with `` | `` between them; ``rows`` are lines of the CSV file. Columns of ``trials.csv`` that the review's own
    dictionary describes follow at the end.

    Attributes:
        selection: the spec.
        trials: one row per comparison: study, trial_id, label, year, events_t, n_t, events_c, n_c, tier (the worst
            of its rows), flags, source_ids, locators, nodes merged (``treatment``, with + between them), time point.
            With ``multi_arm="split"`` the counts of a divided comparator are fractions, written out in ``note``.
        contrasts: trials that enter by printed ratio and 95% interval (tier D), on the measure of the selection. A
            ratio printed as control against active treatment is turned round (its reciprocal), which ``note`` says.
        left_out: every trial and row not used, with the reasons in words.
        notes: what a reader must know about rows that are used (arms merged, time points off the end of course).
        data_version: version of the evidence.
    """

    selection: Selection
    trials: pd.DataFrame
    contrasts: pd.DataFrame
    left_out: pd.DataFrame
    notes: tuple[str, ...]
    data_version: DataVersion

    def in_short(self) -> str:
        """How many trials were chosen and left out."""
        by_ratio = f", {len(self.contrasts)} known by ratio only" if len(self.contrasts) else ""
        outcome = self.selection.outcome or "the main outcome"
        return (
            f"{counted(self.k, 'trial')} of {outcome} with {self.patients} patients{by_ratio}; "
            f"{counted(len(self.left_out), 'row')} left out, with reasons."
        )

    @property
    def k(self) -> int:
        """Number of trials, by counts or by ratio."""
        return int(self.trials["trial_id"].nunique() + self.contrasts["trial_id"].nunique())

    @property
    def patients(self) -> int:
        """Patients analysed in the trials known by counts; those of tier D are not known."""
        return int(self.trials["n_t"].sum() + self.trials["n_c"].sum() + 0.5)

    def to_dict(self) -> dict[str, Any]:
        """Spec, rows, reasons and data version as plain values."""
        return {
            "selection": self.selection.to_dict(),
            "trials": plain_records(self.trials),
            "contrasts": plain_records(self.contrasts),
            "left_out": plain_records(self.left_out),
            "notes": list(self.notes),
            "data_version": self.data_version.to_dict(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class SelectedArms:
    """Arm-level table of a network, ready for :func:`tmsmeta.network`.

    Attributes:
        selection: the spec.
        arms: one row per study and treatment node: study, treatment, events, n, then trial_id, year, tier (the worst
            of the merged rows), flags, source_ids, locators, rows.
        contrasts: trials that enter by printed ratio and 95% interval (tier D): study, treat1, treat2, measure,
            estimate, ci_low, ci_high, tier and sources.
        left_out: every trial and row not used, with the reasons in words.
        notes: what a reader must know about rows that are used.
        data_version: version of the evidence.
        flag_effects: what the flags of the rows change.
    """

    selection: Selection
    arms: pd.DataFrame
    contrasts: pd.DataFrame
    left_out: pd.DataFrame
    notes: tuple[str, ...]
    data_version: DataVersion
    flag_effects: FlagEffects

    def to_dict(self) -> dict[str, Any]:
        """Spec, rows, reasons and data version as plain values."""
        return {
            "selection": self.selection.to_dict(),
            "arms": plain_records(self.arms),
            "contrasts": plain_records(self.contrasts),
            "left_out": plain_records(self.left_out),
            "notes": list(self.notes),
            "data_version": self.data_version.to_dict(),
        }
