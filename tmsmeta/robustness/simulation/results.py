"""What a simulation gives: one row per cell, estimator and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.robustness.simulation.spec import SimulationSpec
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class SimulationResult(Brief):
    """Coverage, bias, power and type I error over a grid.

    Attributes:
        rows: one mapping per cell, estimator and interval, in the order of the cells; see :meth:`to_frame`.
        spec: what was done in every cell.
        resumed: number of cells whose results were read from the folder instead of simulated.
        refused: number of cells simulated again because their file in the folder is of other versions, or was changed.
    """

    rows: Sequence[Mapping[str, Any]]
    spec: SimulationSpec
    resumed: int
    refused: int = 0

    def in_short(self) -> str:
        """How much was simulated."""
        resumed = f", {self.resumed} cells read from the folder" if self.resumed else ""
        why = "files of other versions, or changed since"
        refused = f", {self.refused} simulated again ({why})" if self.refused else ""
        rows = f"{len(self.rows):,} rows, one per cell, estimator and interval{resumed}{refused}"
        return f"{rows}; to_frame() gives coverage, bias and power."

    def to_frame(self) -> pd.DataFrame:
        """One row per cell, estimator and interval.

        Columns: the truth (``k tau2 effect event_rate n imbalance large``), ``cut`` (share of trials whose risk was cut
        at 1), the method (``tau2_estimator ci``), ``usable`` (meta-analyses of two and more trials with an estimate),
        ``coverage bias rmse empirical_se mean_se width rejection type_1_error power tau2_bias`` (with Monte Carlo
        standard errors ``coverage_mcse bias_mcse rejection_mcse``), ``tau2_zero`` (share with tau2 = 0) and
        ``prediction_coverage``. Effects are logs. Missing where it does not apply: ``power`` without an effect,
        ``type_1_error`` with one, ``prediction_coverage`` where no interval exists.
        """
        import pandas as pd

        frame = pd.DataFrame([dict(row) for row in self.rows])
        frame["n"] = [f"{low} to {high}" for low, high in frame["n"]]
        numeric = ("type_1_error", "power", "prediction_coverage")
        return frame.astype({name: float for name in numeric if name in frame.columns})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"spec": self.spec.to_dict(), "rows": [dict(row) for row in self.rows]}
