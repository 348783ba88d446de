"""Simulated networks: what the analysis does on data of known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.networks.input.arms import arm_formula
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.model.many import BLOCK_CELLS, BatchFit, fit_batch, joined
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class NetworkSimulation(Brief):
    """What a network analysis does on data of known truth.

    Attributes:
        treatments: labels.
        truth: true effects against the reference, shape (n,), on the scale of the measure.
        fits: the fits, one for each simulated data set.
        critical: quantile of the intervals.
    """

    treatments: tuple[str, ...]
    truth: Floats
    fits: BatchFit
    critical: float

    def in_short(self) -> str:
        """How much was simulated."""
        networks = f"{len(self.fits.tau2):,} simulated networks of {len(self.treatments)} treatments"
        return f"{networks}; to_frame() gives bias and coverage."

    def to_frame(self) -> pd.DataFrame:
        """Table ``treatment truth mean bias empirical_se mean_se coverage coverage_mcse p_best draws``.

        ``coverage`` is the share of intervals that hold the truth, ``coverage_mcse`` its Monte Carlo standard error,
        ``p_best`` how often the treatment had the best estimate; data sets without a fit are left out of all.
        """
        import pandas as pd

        ok = ~np.isnan(self.fits.tau2)
        theta, se = self.fits.theta[ok], self.fits.se[ok]
        inside = (np.abs(theta - self.truth) <= self.critical * se).mean(axis=0)
        draws = int(ok.sum())
        frame = pd.DataFrame(
            {
                "treatment": list(self.treatments),
                "truth": self.truth,
                "mean": theta.mean(axis=0),
                "bias": theta.mean(axis=0) - self.truth,
                "empirical_se": theta.std(axis=0, ddof=1) if draws > 1 else np.nan,
                "mean_se": se.mean(axis=0),
                "coverage": inside,
                "coverage_mcse": np.sqrt(inside * (1 - inside) / draws),
                "p_best": (self.fits.ranks[ok] == 1).mean(axis=0),
                "draws": draws,
            }
        )
        varying: pd.DataFrame = frame.loc[se.max(axis=0) > 0].reset_index(drop=True)
        return varying


@answerable
def simulate_network(
    net: NetworkMeta,
    *,
    truth: Mapping[str, float] | None = None,
    tau2: float | None = None,
    reference_risk: float = 0.2,
    estimator: str | float = "DL",
    draws: int = 2_000,
    seed: int = 1,
) -> NetworkSimulation:
    """Simulate counts for the arms of a network of odds ratios and analyse each data set as a network.

    Every trial keeps its arms and their sizes. Its reference log odds are those of `reference_risk`; true log odds
    ratios of its arms vary between trials with variance `tau2` for every comparison; events are binomial. Trials with
    a zero cell get 0.5 in all cells, trials without events (or nothing else) drop out.

    Args:
        net: a network of odds ratios from arms, whose trials are copied.
        truth: true log odds ratio of each treatment against the reference, 0 where none is given; by default the
            estimates of `net`.
        tau2: true between-study variance; by default that of `net`.
        reference_risk: risk with the reference treatment, between 0 and 1.
        estimator: tau2 of the analysis: a method with a closed form (``FE``, ``DL``) or a number.
        draws: number of data sets.
        seed: of the draws.

    Returns:
        The fits of all data sets beside the truth; ``to_frame()`` gives bias, coverage and ranks by treatment.

    Raises:
        InvalidInputError: something else than a network of odds ratios from counts, or an argument out of range.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> result = tm.networks.simulate_network(net, draws=100)
        >>> list(result.to_frame()["treatment"])
        ['X', 'Y']
    """
    check_network(net)
    data = net.data
    n = data.arms.n
    faults = []
    if net.measure != "OR" or np.isnan(n).any():
        faults.append(Issue(None, "net", net.measure, "must be a network of odds ratios with the size of every arm."))
    if isinstance(net.quantile, NotAssessable):
        faults.append(Issue(None, "net", net.spec.ci, f"has no intervals to simulate: {net.quantile.reason}."))
    if not 0 < reference_risk < 1:
        faults.append(Issue(None, "reference_risk", reference_risk, "must lie between 0 and 1."))
    if tau2 is not None and not tau2 >= 0:
        faults.append(Issue(None, "tau2", tau2, "must be 0 or more."))
    if draws < 1:
        faults.append(Issue(None, "draws", draws, "must be at least 1."))
    if faults:
        raise InvalidInputError(faults)
    theta = net.theta
    if truth is not None:
        theta = np.zeros(len(net.treatments))
        theta[[net.index(treatment) for treatment in truth]] = list(truth.values())
    variance = net.fit.tau2 if tau2 is None else tau2
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK_CELLS // (len(data.rows.z) * len(data.treatments)))
    first, second = _arms_of_pairs(data)
    fits = []
    for at in range(0, draws, step):
        effect, spread = _simulated_arms(data, theta, variance, reference_risk, min(step, draws - at), rng)
        y, v = effect[:, first] - effect[:, second], spread[:, first] + spread[:, second]
        fits.append(fit_batch(data, y, v, tau2=estimator))
    return NetworkSimulation(net.treatments, theta, joined(fits), net.critical)


def _arms_of_pairs(data: NetworkData) -> tuple[Integers, Integers]:
    """Index of the arm of treatment i and of treatment j for each pair."""
    size = len(data.treatments)
    key = data.arms.study * size + data.arms.treatment
    order = np.argsort(key)
    found = [order[np.searchsorted(key[order], data.pairs.study * size + t)] for t in (data.pairs.i, data.pairs.j)]
    return found[0], found[1]


def _simulated_arms(
    data: NetworkData, theta: Floats, tau2: float, risk: float, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Log odds and variances of every arm, shape (size, arms); NaN in trials without information."""
    arms, studies = data.arms, len(data.studies)
    logit = np.log(risk / (1 - risk)) + theta[arms.treatment]
    # independent deviations with half the variance: their differences have tau2 and correlation 0.5
    noisy = logit + rng.standard_normal((size, len(logit))) * np.sqrt(tau2 / 2)
    events = rng.binomial(arms.n.astype(np.int64), 1 / (1 + np.exp(-noisy))).astype(np.float64)
    member = np.zeros((len(logit), studies))
    member[np.arange(len(logit)), arms.study] = 1.0
    none, only = events == 0, events == arms.n
    touched = ((none | only) @ member)[:, arms.study] > 0
    a = events + 0.5 * touched
    b = arms.n - events + 0.5 * touched
    useless = (((none @ member) == data.arms_per_study) | ((only @ member) == data.arms_per_study))[:, arms.study]
    effect, variance = arm_formula("OR")(a, a + b)
    effect[useless] = variance[useless] = np.nan
    return effect, variance
