"""What the results of a review say, by name, so that two can be set side by side. Any version of them is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SAME = 1e-12
"""Numbers that differ by less than this, relative to their size, are the same number."""

FURTHER = ("subgroup ", "regression ")
"""How analyses begin that split or regress a main analysis."""

Plain = Mapping[str, Any]


def same(a: Any, b: Any, unit: float = 0.0) -> bool:
    """Whether two values are the same; numbers but for :data:`SAME`, relative to the larger one, or to `unit`."""
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= SAME * max(abs(a), abs(b), unit)
    return bool(a == b)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimate on the scale of the analysis, logs for ratios.

    Attributes:
        estimate: the estimate; None where there is none.
        low: its lower limit.
        high: its upper limit.
        is_ratio: whether it is the logarithm of a ratio.
        tau2: between-study variance.
        trials: number of trials.
        reason: why something is absent.
    """

    estimate: float | None
    low: float | None
    high: float | None
    is_ratio: bool = False
    tau2: float | None = None
    trials: int | None = None
    reason: str = ""

    @property
    def spans_no_effect(self) -> bool | None:
        """Whether the interval includes no effect; None without an interval."""
        return None if self.low is None or self.high is None else self.low <= 0 <= self.high

    def equals(self, other: Estimate) -> bool:
        """Whether both are the same, but for the rounding of last digits."""
        width = max(e.high - e.low if e.low is not None and e.high is not None else 0.0 for e in (self, other))
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("estimate", "low", "high"))
        return (
            all(same(a, b, width) for a, b in pairs)
            and same(self.tau2, other.tau2, width**2)
            and (self.trials, self.reason) == (other.trials, other.reason)
        )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A treatment in a ranking.

    Attributes:
        place: 1 is best.
        p_score: its P-score.
        effect: its estimate against the reference.
    """

    place: int
    p_score: float
    effect: Estimate

    def equals(self, other: Standing) -> bool:
        """Whether both are the same, but for the rounding of last digits."""
        return (
            self.place == other.place
            and same(self.p_score, other.p_score, 1.0)
            and self.effect.equals(other.effect)
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A network and its ranking.

    Attributes:
        measure: its measure.
        reference: what effects are stated against.
        tau2: between-study variance.
        standings: the treatments by name.
        reason: why there is no network.
    """

    measure: str = ""
    reference: str = ""
    tau2: float | None = None
    standings: Mapping[str, Standing]
    reason: str = ""


def estimates(results: Plain) -> dict[tuple[str, str, str], Estimate]:
    """Every estimate by outcome, analysis and measure."""
    return dict(_estimates(results))


def _estimates(results: Plain) -> Iterator[tuple[tuple[str, str, str], Estimate]]:
    for analysis in results["analyses"]:
        for measure, result in analysis["results"].items():
            yield (analysis["outcome"], analysis["selection"], measure), _pooled(result)
    for outcome, columns in results.get("subgroups", {}).items():
        for column, split in columns.items():
            for group, pooled in split.get("pools", {}).items():
                yield (outcome, f"subgroup {column}: {group}", pooled["measure"]), _pooled(pooled)
    for outcome, formulas in results.get("regressions", {}).items():
        for formula, fit in formulas.items():
            for number, term in enumerate(fit.get("terms", ())):
                value = Estimate(estimate=fit["beta"][number], low=fit["low"][number], high=fit["high"][number])
                yield (outcome, f"regression {formula}, {term}", fit["measure"]), value


def _pooled(result: Plain) -> Estimate:
    if "not_assessable" in result:
        return Estimate(estimate=None, low=None, high=None, reason=result["not_assessable"])
    limits, tau2 = result["ci"], result["tau2"]
    known = isinstance(limits, list)
    return Estimate(
        estimate=result["estimate"],
        low=limits[0] if known else None,
        high=limits[1] if known else None,
        is_ratio=isinstance(result.get("ratio"), float),
        tau2=None if isinstance(tau2, dict) else tau2,
        trials=result["k"],
        reason="" if known else limits["not_assessable"],
    )


def rankings(results: Plain) -> dict[tuple[str, str], Ranking]:
    """Every network by outcome and lumping."""
    found: dict[tuple[str, str], Ranking] = {}
    for outcome, network in results["networks"].items():
        found[outcome, _lumping(network)] = _ranking(network)
    for outcome, others in results.get("other_lumpings", {}).items():
        found |= {(outcome, name): _ranking(network) for name, network in others.items()}
    return found


def _lumping(network: Plain) -> str:
    return str(network["spec"]["lumping"]) if "spec" in network else "main"


def _ranking(network: Plain) -> Ranking:
    if "not_assessable" in network:
        return Ranking(standings={}, reason=network["not_assessable"])
    rows = network["ranking"]["ranking"]
    fit = network["network"]
    standings = {
        row["treatment"]: Standing(
            place=place,
            p_score=row["p_score"],
            effect=Estimate(
                estimate=row["estimate"], low=row["ci_low"], high=row["ci_high"],
                is_ratio=isinstance(row.get("ratio"), float), trials=row["trials"],
            ),
        )
        for place, row in enumerate(rows, start=1)
    }  # fmt: skip
    tau2 = None if isinstance(fit["tau2"], dict) else fit["tau2"]
    return Ranking(measure=fit["measure"], reference=fit["reference"], tau2=tau2, standings=standings)


def verdicts(results: Plain) -> dict[str, Plain]:
    """Every quoted figure by its id."""
    claims = results["claims"]
    return {claim["claim_id"]: claim for claim in claims} if isinstance(claims, list) else {}


def published(results: Plain) -> dict[str, Plain]:
    """Every published pool that was recomputed, by its id."""
    checks = results["published"]
    return {check["result_id"]: check for check in checks} if isinstance(checks, list) else {}


def used(results: Plain) -> dict[tuple[str, str], dict[str, Plain]]:
    """The trials of every analysis, by outcome and selection, then by name."""
    return {
        (analysis["outcome"], analysis["selection"]): {
            str(row["study"]): row for table in ("trials", "contrasts") for row in analysis["evidence"][table]
        }
        for analysis in results["analyses"]
    }


def choices(results: Plain) -> dict[str, Any]:
    """What results say of their choices, by name: pooling, selections, nodes of the main networks."""
    found = {f"pooling: {name}": value for name, value in results["spec"].items()}
    for analysis in results["analyses"]:
        where = f"selection {analysis['selection']} of {analysis['outcome']}"
        found |= {f"{where}: {name}": value for name, value in analysis["evidence"]["selection"].items()}
    for outcome, network in results["networks"].items():
        found[f"nodes of the main network of {outcome}"] = _lumping(network)
    return found
