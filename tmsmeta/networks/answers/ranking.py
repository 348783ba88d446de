"""Ranking: P-scores, SUCRA, rank probabilities, and how sure a rank is. No rank without its effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.components import ComponentMeta
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.networks.model.sentences import effect_in_words
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.results import Result, to_plain

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 20_000
SUCRA_DRAWS = 2_000
BLOCK_CELLS = 2_000_000


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Ranking(Result):
    """Treatments from best to worst, each with its effect and the evidence behind it.

    P-score and SUCRA are equal here: the P-score is the SUCRA of the normal distribution of the estimates, without
    simulation (Rücker & Schwarzer, BMC Med Res Methodol 2015;15:58). What needs the joint distribution of all
    ranks (median rank, rank limits, chance of being best, SUCRA limits) comes from `draws` draws of it.

    Attributes:
        net: the network; its ``better`` gives the direction.
        margin: an effect that matters, on the scale of the measure; P-scores count only differences beyond it.
        p_score: share of the other treatments that are worse by more than `margin`, in expectation, shape (n,).
        draws: number of draws; a chance p has Monte Carlo error sqrt(p (1 - p) / draws).
        seed: of the draws.
    """

    net: NetworkMeta
    margin: float
    p_score: Floats
    draws: int
    seed: int

    @cached_property
    def _simulated(self) -> tuple[Floats, Floats]:
        return _simulate(self.net, self.margin, self.draws, self.seed)

    @property
    def probabilities(self) -> Floats:
        """Chance of each rank (column 0 is the best), shape (n, n), by simulation."""
        return self._simulated[0]

    @property
    def p_best_beyond(self) -> Floats:
        """Chance to be better than every other treatment by more than the margin, shape (n,), by simulation."""
        return self._simulated[1]

    @cached_property
    def sucra_limits(self) -> Floats:
        """Lower and upper limit of SUCRA over networks estimated anew, shape (2, n), by simulation."""
        return _sucra_limits(self.net, min(self.draws, SUCRA_DRAWS), self.seed)

    @property
    def sucra(self) -> Floats:
        """Surface under the cumulative ranking curve, shape (n,)."""
        return p_scores(self.net)

    @property
    def mean_rank(self) -> Floats:
        """Expected rank, shape (n,), 1 being the best; n - (n - 1) SUCRA."""
        n = len(self.p_score)
        return n - (n - 1) * self.sucra

    @property
    def best(self) -> str:
        """The treatment with the highest P-score."""
        return self.net.treatments[int(np.argmax(self.p_score))]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One line per treatment, best first.

        Columns: ``treatment p_score sucra mean_rank estimate ci_low ci_high trials patients direct_share`` (effect
        against the reference, on the scale of the measure; direct share of that effect, 0 to 1), then ``se
        median_rank rank_low rank_high p_best p_best_beyond sucra_low sucra_high reference note``, and for ratios
        ``ratio ratio_low ratio_high``.
        """
        return _frame(self)

    @cached_property
    def rank_probabilities(self) -> pd.DataFrame:
        """Chance of each rank: treatments as rows, ranks 1 to n as columns."""
        import pandas as pd

        ranks = np.arange(1, len(self.p_score) + 1)
        return pd.DataFrame(self.probabilities, index=list(self.net.treatments), columns=ranks)

    @cached_property
    def cumulative_probabilities(self) -> pd.DataFrame:
        """Chance of each rank or a better one: treatments as rows, ranks 1 to n as columns."""
        return self.rank_probabilities.cumsum(axis=1)

    @answerable
    def rank_quantile(self, share: float) -> Floats:
        """Smallest rank reached with at least the chance `share`, shape (n,)."""
        reached = np.cumsum(self.probabilities, axis=1) >= share - 1e-12
        result: Floats = np.argmax(reached, axis=1) + 1.0
        return result

    def to_frame(self) -> pd.DataFrame:
        """The same as :attr:`frame`."""
        return self.frame

    def result_sentence(self) -> str:
        """Treatments from best to worst, each with its effect and the evidence behind it."""
        net, trials = self.net, self.net.data.trials_of()[0]
        share = share_against_reference(net)
        said = []
        for t in np.argsort(-self.p_score, kind="stable").tolist():
            behind = counted(int(trials[t]), "trial")
            if t != net.data.reference_index:
                direct = numbers.percent(100 * float(share[t]), 0)
                behind = f"{net.data.info.label} {effect_in_words(net, t)}, {behind}, {direct} direct"
            said.append(f"{net.treatments[t]} {numbers.number(float(self.p_score[t]))} ({behind})")
        return f"P-scores, best first, with effects against {net.reference}: {'; '.join(said)}."

    def methods_sentence(self) -> str:
        """How the ranking was made, for a methods section."""
        beyond = f", counting differences beyond {self.margin:g} on the scale of the analysis" if self.margin else ""
        return (
            f"{self.net.methods_sentence()} Treatments were ranked by P-scores{beyond}; chances of single ranks come "
            f"from {self.draws:,} draws of the joint distribution of the effects (seed {self.seed})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "better": self.net.better,
            "margin": self.margin,
            "draws": self.draws,
            "seed": self.seed,
            "ranking": to_plain(self.frame),
        }


@answerable
def rank(net: NetworkMeta, *, margin: float = 0.0, draws: int = DRAWS, seed: int = 1) -> Ranking:
    """Rank the treatments in the direction of the network's ``better``.

    Args:
        net: a fitted network.
        margin: the smallest difference that matters, on the scale of the measure and not negative (0.1 on the log
            scale is a ratio of 1.105). With a margin, P-scores count only differences beyond it and no longer average
            0.5 (on minimally important differences in ranking see Curteis, Wigle, Michaels & Nikolakopoulou, BMC Med
            Res Methodol 2025, doi:10.1186/s12874-025-02499-0).
        draws: draws from the joint distribution of the effects, for what has no closed form.
        seed: of the draws.

    Returns:
        P-scores, and the chance of each rank from the draws.

    Raises:
        InvalidInputError: a negative margin or fewer than 1 draw.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> {name: f"{score:.2f}" for name, score in zip(net.treatments, tm.rank(net).p_score)}
        {'P': '0.01', 'X': '0.65', 'Y': '0.84'}
    """
    check_network(net, ComponentMeta)
    faults = [] if np.isfinite(margin) and margin >= 0 else [Issue(None, "margin", margin, "must be 0 or more.")]
    if draws < 1:
        faults.append(Issue(None, "draws", draws, "must be at least 1."))
    if faults:
        raise InvalidInputError(faults)
    return Ranking(net=net, margin=margin, p_score=p_scores(net, margin), draws=draws, seed=seed)


@answerable
def p_scores(net: NetworkMeta | ComponentMeta, margin: float = 0.0) -> Floats:
    """Mean chance of each treatment to be better than another by more than `margin`, shape (n,).

    Args:
        net: a fitted network or component model.
        margin: the smallest difference that matters, on the scale of the measure.

    Returns:
        P-scores, 0 to 1, in the order of ``net.treatments``.

    Raises:
        InvalidInputError: something else than a fitted network or component model.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> [f"{score:.2f}" for score in tm.networks.p_scores(net)]
        ['0.01', '0.65', '0.84']
    """
    check_network(net, ComponentMeta)
    theta = net.effect_matrix[:, net.data.reference_index]
    return _mean_of_others(ndtr(_standardised(net, theta, margin)))


def _standardised(net: NetworkMeta | ComponentMeta, theta: Floats, margin: float = 0.0) -> Floats:
    """(Difference in the good direction - margin) / standard error, shape (..., n, n)."""
    good = net.data.sign * (theta[..., :, None] - theta[..., None, :]) - margin
    # equal by construction, as one treatment with itself: the difference is 0 without error
    se = np.where(net.se_matrix > 0, net.se_matrix, 1.0)
    ratio: Floats = good / se
    return ratio


def _mean_of_others(chance: Floats) -> Floats:
    n = chance.shape[-1]
    own = np.einsum("...ii->...i", chance)
    mean: Floats = (chance.sum(axis=-1) - own) / (n - 1)
    return mean


def draws_of_effects(net: NetworkMeta, draws: int, seed: int) -> Iterator[Floats]:
    """Draws from the joint normal distribution of the effects against the reference, in blocks of shape (b, n)."""
    n = len(net.treatments)
    values, vectors = np.linalg.eigh(net.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK_CELLS // (n * n))
    for start in range(0, draws, step):
        yield net.theta + rng.standard_normal((min(step, draws - start), n)) @ root.T


def _simulate(net: NetworkMeta, margin: float, draws: int, seed: int) -> tuple[Floats, Floats]:
    n = len(net.treatments)
    counts, beyond = np.zeros((n, n)), np.zeros(n)
    for theta in draws_of_effects(net, draws, seed):
        good = net.data.sign * theta
        order = np.argsort(-good, axis=1)
        place = np.argsort(order, axis=1)
        counts += np.bincount((np.arange(n) * n + place).ravel(), minlength=n * n).reshape(n, n)
        lead = good[np.arange(len(good)), order[:, 0]] - good[np.arange(len(good)), order[:, 1]]
        beyond += np.bincount(order[lead > margin, 0], minlength=n)
    return counts / draws, beyond / draws


def _sucra_limits(net: NetworkMeta, draws: int, seed: int) -> Floats:
    sucras = [_mean_of_others(ndtr(_standardised(net, theta))) for theta in draws_of_effects(net, draws, seed)]
    tail = (1 - net.spec.level) / 2
    return np.quantile(np.concatenate(sucras), [tail, 1 - tail], axis=0)


def _frame(ranking: Ranking) -> pd.DataFrame:
    import pandas as pd

    net = ranking.net
    g = net.data.reference_index
    estimate, se = net.effect_matrix[:, g], net.se_matrix[:, g]
    trials, patients = net.data.trials_of()
    tail = (1 - net.spec.level) / 2
    frame = pd.DataFrame(
        {
            "treatment": list(net.treatments),
            "p_score": ranking.p_score,
            "sucra": ranking.sucra,
            "mean_rank": ranking.mean_rank,
            "estimate": estimate,
            "ci_low": estimate - net.critical * se,
            "ci_high": estimate + net.critical * se,
            "trials": trials,
            "patients": patients,
            "direct_share": share_against_reference(net),
            "se": se,
            "median_rank": ranking.rank_quantile(0.5),
            "rank_low": ranking.rank_quantile(tail),
            "rank_high": ranking.rank_quantile(1 - tail),
            "p_best": ranking.probabilities[:, 0],
            "p_best_beyond": ranking.p_best_beyond,
            "sucra_low": ranking.sucra_limits[0],
            "sucra_high": ranking.sucra_limits[1],
            "reference": net.reference,
            "note": [_note(net, t, patients[t]) for t in range(len(trials))],
        }
    )
    if net.data.info.is_ratio:
        for name, column in (("ratio", "estimate"), ("ratio_low", "ci_low"), ("ratio_high", "ci_high")):
            frame[name] = np.exp(frame[column])
    return frame.sort_values("p_score", ascending=False, kind="stable").reset_index(drop=True)


def share_against_reference(net: NetworkMeta) -> Floats:
    """Share of direct evidence in the effect of each treatment against the reference; NaN for the reference itself."""
    g = net.data.reference_index
    share = net.direct_share.to_numpy()[:, g].copy()
    share[g] = np.nan
    return share


def _note(net: NetworkMeta, treatment: int, patients: float) -> str:
    said = []
    if treatment == net.data.reference_index:
        said.append("the reference itself: no effect against it, no direct share")
    elif isinstance(net.quantile, NotAssessable):
        said.append(str(net.quantile))
    if np.isnan(patients):
        said.append("patients unknown for at least one trial")
    return "; ".join(said)
