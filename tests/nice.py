"""Results printed in the Technical Support Documents of NICE, and ours from the same data (``reference/nice.json``).

The documents print means, standard deviations and 95 % limits of posterior distributions, drawn by Markov chains.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from conftest import reference

import tmsmeta as tm
from tmsmeta.networks import network_mh


class Printed(NamedTuple):
    """One printed effect and ours.

    Attributes:
        example: of which data.
        model: ``fixed`` or ``random``.
        comparison: in words.
        method: how ours was estimated.
        theirs: mean, standard deviation, lower and upper limit as printed.
        ours: estimate, standard error, lower and upper limit.
        rounding: half a unit of the last digit of each printed number.
    """

    example: str
    model: str
    comparison: str
    method: str
    theirs: tuple[float, float, float, float]
    ours: tuple[float, float, float, float]
    rounding: tuple[float, float, float, float]

    @property
    def off(self) -> float:
        """The largest difference beyond rounding, in printed standard deviations."""
        gaps = np.abs(np.subtract(self.theirs, self.ours)) - self.rounding
        return float(max(gaps.max(), 0.0) / self.theirs[1])


COLUMNS = ("mean", "sd", "low", "high")
PAIRWISE = {
    "blocker": ("events_t", "n_t", "events_c", "n_c"),
    "dietary_fat": ("events_t", "time_t", "events_c", "time_c"),
}


@cache
def printed() -> list[Printed]:
    """Every printed effect beside ours."""
    return [row for name in reference("nice") for row in _rows(name)]


def arms_of(example: str) -> pd.DataFrame:
    """The arms of a network as :func:`tmsmeta.network` takes them."""
    arms = pd.DataFrame(reference("nice")[example]["data"]["arms"])
    return arms.assign(sd=arms["se"] * np.sqrt(arms["n"])).drop(columns="se") if "se" in arms else arms


def binomial_maximum(arms: pd.DataFrame, first: str) -> pd.Series:
    """Log odds ratios against the first treatment at the maximum of the fixed-effect binomial likelihood, naively.

    That of the first treatment itself is 0.
    """
    dummies = pd.get_dummies(arms["treatment"], dtype=float).drop(columns=first)
    x = np.column_stack([pd.get_dummies(arms["study"], dtype=float), dummies])
    events, n = arms["events"].to_numpy(float), arms["n"].to_numpy(float)
    beta = np.zeros(x.shape[1])
    for _ in range(50):  # Newton's steps
        risk = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve(x.T @ (x * (n * risk * (1 - risk))[:, None]), x.T @ (events - n * risk))
    return pd.Series([0.0, *beta[-dummies.shape[1] :]], index=[first, *dummies.columns])


def _rows(example: str) -> Iterator[Printed]:
    given = reference("nice")[example]
    rounding = tuple(0.5 * 10.0 ** -given["digits"][column] for column in COLUMNS)
    for model in ("fixed", "random"):
        effects = given["printed"].get(model, ())
        fit, method = (_network if "arms" in given["data"] else _pair)(example, model) if effects else (None, "")
        for effect in effects:
            comparison = (
                f"{effect['treatment']} against {effect['comparator']}" if "comparator" in effect else "all trials"
            )
            theirs = tuple(effect[column] for column in COLUMNS)
            yield Printed(example, model, comparison, method, theirs, _ours(fit, effect), rounding)


def _network(example: str, model: str) -> tuple[Any, str]:
    arms, measure = arms_of(example), reference("nice")[example]["measure"]
    first = str(arms["treatment"].iloc[0])
    if measure == "OR" and model == "fixed":
        return network_mh(arms, reference=first, better="lower"), "Mantel-Haenszel network"
    net = tm.network(arms, measure=measure, reference=first, better="lower", tau2="REML")
    return (net.common, "common-effect network") if model == "fixed" else (net, "network, REML")


def _pair(example: str, model: str) -> tuple[Any, str]:
    given = reference("nice")[example]
    counts = [given["data"][column] for column in PAIRWISE[example]]
    if given["measure"] == "IRR":
        tau2 = "FE" if model == "fixed" else "REML"
        method = "inverse variance" if model == "fixed" else "inverse variance, REML"
        return tm.pool(tm.effects.rate_ratio("IRR", *counts), tau2=tau2, ci="z"), method
    if model == "fixed":
        return tm.mantel_haenszel("OR", *counts), "Mantel-Haenszel"
    return tm.glmm(*counts), "binomial likelihood (UM.FS)"


def _ours(fit: Any, effect: dict[str, Any]) -> tuple[float, float, float, float]:
    if "comparator" not in effect:
        return fit.estimate, fit.se, *fit.ci
    pair = effect["treatment"], effect["comparator"]
    estimate, se = fit.estimates.loc[pair], fit.se.loc[pair]
    half = 1.959963984540054 * se
    return estimate, se, estimate - half, estimate + half
