"""What to simulate: one cell of the grid, and the methods to try on every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product
from typing import Any, Literal, get_args

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue, check_names, check_option
from tmsmeta.pooling import PREDICTIONS
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.provenance import json_hash

Drawn = Literal["OR", "RR"]
SimulatedZeroCells = Literal["only0", "all", "none"]
INTERVALS = ("z", "t", "hksj", "hksj-adhoc")


@dataclass(frozen=True, kw_only=True)
class SimulationCell:
    """The truth behind one cell of the grid.

    The true effect of a trial is drawn from a normal distribution around `effect` with variance `tau2`, on the log
    scale. Its comparator arm has as many patients as a uniform draw from `n` says, its treated arm `imbalance` times
    as many, and events are binomial in both. `event_rate` is the risk in the comparator arm.

    Attributes:
        k: number of trials.
        tau2: between-trial variance of the true effects.
        effect: mean true effect, log odds ratio or log risk ratio.
        event_rate: risk with the comparator, between 0 and 1.
        n: smallest and largest size of a comparator arm.
        imbalance: patients treated per patient in the comparator arm.
        large: how many times larger than the others the first trial is; 1 for trials of one kind.
    """

    k: int
    tau2: float = 0.0
    effect: float = 0.0
    event_rate: float = 0.2
    n: tuple[int, int] = (20, 100)
    imbalance: float = 1.0
    large: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", tuple(int(x) for x in self.n))
        checks = (
            ("k", self.k, self.k >= 2, "must be at least 2."),
            ("tau2", self.tau2, self.tau2 >= 0, "must not be negative."),
            ("effect", self.effect, np.isfinite(self.effect), "must be finite."),
            ("event_rate", self.event_rate, 0 < self.event_rate < 1, "must lie between 0 and 1."),
            ("n", self.n, len(self.n) == 2 and 1 <= self.n[0] <= self.n[-1], "must be the smallest and largest size."),
            ("imbalance", self.imbalance, self.imbalance > 0, "must be above 0."),
            ("large", self.large, self.large > 0, "must be above 0."),
        )
        faults = [Issue(None, name, found, message) for name, found, good, message in checks if not good]
        if faults:
            raise InvalidInputError(faults, "Invalid simulation cell")

    @property
    def key(self) -> str:
        """A short name that depends on the content alone."""
        return json_hash(asdict(self))[:32]

    def seed(self, seed: int) -> np.random.SeedSequence:
        """Random numbers of this cell; the same whatever other cells there are and in whatever order they run."""
        words = np.frombuffer(bytes.fromhex(self.key), dtype=">u4")
        return np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words))


@dataclass(frozen=True, kw_only=True)
class SimulationSpec:
    """What is done with the trials of every cell.

    Attributes:
        replicates: simulated meta-analyses per cell.
        seed: seed of all random numbers.
        measure: ``OR`` or ``RR``. With RR, a treated risk above 1 is cut to 1 and the share of trials is reported.
        zero_cells: ``only0``: 0.5 added to the cells of trials with a zero cell; ``all``: to all trials; ``none``:
            such trials are left out.
        tau2: estimators to try.
        ci: intervals to try: ``z t hksj hksj-adhoc``.
        level: confidence level.
        prediction: quantile of the prediction interval.
    """

    replicates: int = 10_000
    seed: int = 0
    measure: Drawn = "OR"
    zero_cells: SimulatedZeroCells = "only0"
    tau2: tuple[str, ...] = ("DL", "REML", "PM")
    ci: tuple[str, ...] = ("z", "hksj", "hksj-adhoc")
    level: float = 0.95
    prediction: str = "t(k-2)"

    def __post_init__(self) -> None:
        object.__setattr__(self, "tau2", tuple(self.tau2))
        object.__setattr__(self, "ci", tuple(self.ci))
        check_option("measure", self.measure, get_args(Drawn))
        check_option("zero_cells", self.zero_cells, get_args(SimulatedZeroCells))
        check_option("prediction", self.prediction, PREDICTIONS)
        for name in self.tau2:
            check_option("tau2", name, ESTIMATORS)
        for name in self.ci:
            check_option("ci", name, INTERVALS)
        checks = (
            ("replicates", self.replicates, isinstance(self.replicates, int) and self.replicates > 0, "above 0"),
            ("seed", self.seed, isinstance(self.seed, int) and self.seed >= 0, "a whole number, 0 or more"),
            ("level", self.level, 0 < self.level < 1, "between 0 and 1"),
        )
        faults = [Issue(None, name, found, f"must be {message}.") for name, found, good, message in checks if not good]
        if faults:
            raise InvalidInputError(faults, "Invalid simulation")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    def file_name(self, cell: SimulationCell) -> str:
        """Name of the file that keeps the results of `cell` under this spec."""
        return f"cell-{json_hash([asdict(cell), asdict(self)])[:32]}.json"


def grid(**factors: Any) -> list[SimulationCell]:
    """Every combination of the values given for the fields of :class:`SimulationCell`.

    A list is a set of values to cross; anything else, a tuple included, is one value for all cells.

    >>> [cell.k for cell in grid(k=[2, 5], tau2=[0.0, 0.1])]
    [2, 2, 5, 5]
    """
    check_names(factors, [f.name for f in fields(SimulationCell)])
    levels: list[Sequence[Any]] = [value if isinstance(value, list) else [value] for value in factors.values()]
    return [SimulationCell(**dict(zip(factors, choice, strict=True))) for choice in product(*levels)]
