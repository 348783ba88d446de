"""One network, many data sets: all of them fitted together.

Arrays have the data set as first axis (B). They are solved as one stack, so that a bootstrap or a
simulation costs little more than its matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.data import NetworkData, check_data
from tmsmeta.networks.input.independent_contrasts import Floats, centred_covariance, helmert, square_positions
from tmsmeta.networks.model.equations import DenseMatrix
from tmsmeta.networks.model.regression import WeightedRegression
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.networks.model.tau2 import between_study_variance, check_tau2, closed_form
from tmsmeta.words.arguments import answerable

KINDS = ("parametric", "trials")
BLOCK_CELLS = 3_000_000
SINGULAR = 1e-10
"""Smallest eigenvalue of the scaled normal equations below which a resampled network counts as disconnected."""


@dataclass(frozen=True, eq=False)
class BatchFit:
    """Many fits of one network.

    Attributes:
        theta: effects against the reference, shape (B, n); NaN where the data set's network is disconnected.
        covariance: of ``theta``, shape (B, n, n).
        tau2: shape (B,).
        q: shape (B,), with ``q_df`` of the same shape.
        sign: +1 where higher is better, -1 where lower is.
    """

    theta: Floats
    covariance: Floats
    tau2: Floats
    q: Floats
    q_df: Floats
    sign: float

    @cached_property
    def se(self) -> Floats:
        """Standard errors against the reference, shape (B, n)."""
        variance: Floats = np.einsum("bii->bi", self.covariance)
        return np.sqrt(np.maximum(variance, 0.0))

    @cached_property
    def p_scores(self) -> Floats:
        """P-scores, shape (B, n)."""
        spread = np.einsum("bii->bi", self.covariance)
        variance = spread[:, :, None] + spread[:, None, :] - 2 * self.covariance
        index = np.arange(self.theta.shape[1])
        variance[:, index, index] = 1.0
        z = self.sign * (self.theta[:, :, None] - self.theta[:, None, :]) / np.sqrt(np.maximum(variance, 1e-300))
        chance = ndtr(z)
        scores: Floats = (chance.sum(axis=2) - 0.5) / (len(index) - 1)
        return scores

    @cached_property
    def ranks(self) -> Floats:
        """Ranks by effect (1 is best), shape (B, n); NaN where there is no fit."""
        order = np.argsort(-self.sign * self.theta, axis=1)
        ranks = np.empty(order.shape)
        np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1.0, order.shape[1] + 1), order.shape), axis=1)
        ranks[np.isnan(self.theta).any(axis=1)] = np.nan
        return ranks

    @property
    def failed(self) -> int:
        """Data sets without a fit, because their network is disconnected."""
        return int(np.isnan(self.tau2).sum())


@dataclass(frozen=True, eq=False)
class _Stack:
    """Rows of many data sets: x (N, n) if all share it, else (B, N, n); z and d (B, N); count (B, N) of each row."""

    x: Floats
    z: Floats
    d: Floats
    count: Floats

    def take(self, at: NDArray[np.bool_]) -> _Stack:
        """The data sets for which `at`, shape (B,), is true."""
        return _Stack(self.x if self.x.ndim == 2 else self.x[at], self.z[at], self.d[at], self.count[at])


@answerable
def fit_batch(data: NetworkData, y: Floats, variance: Floats, *, tau2: str | float = "DL") -> BatchFit:
    """Fit the network of `data` to many sets of effects.

    Args:
        data: trials, treatments, reference and direction.
        y: effects of every pair of ``data.pairs``, shape (B, m); NaN in all pairs of a trial leaves it out.
        variance: their variances, shape (m,) or (B, m).
        tau2: a method with a closed form (``FE``, ``DL``), or a number.

    Returns:
        Effects, covariances, tau2 and Q of each set; ``failed`` says which sets could not be fitted.

    Raises:
        InvalidInputError: something else than trials, or shapes that do not fit.
        UnknownOptionError: a tau2 method without a closed form.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> data = tm.networks.network_data(arms, measure="OR", reference="P", better="higher")
        >>> effects, variance = np.stack([data.pairs.y, 2 * data.pairs.y]), data.pairs.variance
        >>> tm.networks.fit_batch(data, effects, variance, tau2="FE").theta.shape
        (2, 3)
    """
    check_data(data)
    check_tau2(tau2, closed=True)
    y = np.atleast_2d(np.asarray(y, dtype=np.float64))
    wanted = np.asarray(variance, dtype=np.float64)
    pairs = len(data.pairs.y)
    if y.ndim != 2 or y.shape[1] != pairs:
        raise InvalidInputError(Issue(None, "y", y.shape, f"must have {pairs} columns, one for each pair."))
    if wanted.size and wanted.shape not in ((), (1,), (pairs,), (1, pairs), y.shape):
        raise InvalidInputError(Issue(None, "variance", wanted.shape, f"must have {pairs} columns, as `y` has."))
    spread = np.broadcast_to(wanted, y.shape) if wanted.size else y
    cells = max(1, BLOCK_CELLS // (len(data.rows.z) * len(data.treatments)))
    parts = [
        _fit(_stack(data, y[at : at + cells], spread[at : at + cells]), data, tau2) for at in range(0, len(y), cells)
    ]
    return joined(parts)


@answerable
def bootstrap_network(
    net: NetworkMeta, *, draws: int = 2_000, kind: str = "parametric", tau2: str | float | None = None, seed: int = 1
) -> BatchFit:
    """Refit a network to resampled data.

    Args:
        net: a fitted network.
        draws: number of data sets.
        kind: ``parametric`` draws every trial anew from the fitted model (effects, tau2, sampling variances);
            ``trials`` draws trials with replacement.
        tau2: how tau2 is estimated in each; by default as in `net`, with DL in the place of ML and REML.
        seed: of the draws.

    Returns:
        Effects, covariances, tau2 and Q of each data set.

    Raises:
        InvalidInputError: something else than a fitted network, or fewer than 1 draw.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> tm.networks.bootstrap_network(net, draws=100).theta.shape
        (100, 3)
    """
    check_network(net)
    check_option("kind", kind, KINDS)
    if draws < 1:
        raise InvalidInputError(Issue(None, "draws", draws, "must be at least 1."))
    method = tau2 if tau2 is not None else closed_form(net.spec.tau2)
    check_tau2(method, closed=True)
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK_CELLS // (len(net.data.rows.z) * len(net.treatments)))
    sizes = [min(step, draws - at) for at in range(0, draws, step)]
    return joined([_fit(_resampled(net, size, kind, rng), net.data, method) for size in sizes])


def _resampled(net: NetworkMeta, size: int, kind: str, rng: np.random.Generator) -> _Stack:
    rows = net.data.rows
    shape = (size, len(rows.z))
    d = np.broadcast_to(rows.d, shape)
    if kind == "parametric":
        z = rows.dense @ net.theta + rng.standard_normal(shape) * np.sqrt(rows.d + net.fit.tau2)
        return _Stack(rows.dense, z, d, np.ones(shape))
    studies = len(net.data.studies)
    drawn = rng.multinomial(studies, np.full(studies, 1 / studies), size=size)
    return _Stack(rows.dense, np.broadcast_to(rows.z, shape), d, drawn[:, rows.study].astype(np.float64))


def _stack(data: NetworkData, y: Floats, variance: Floats) -> _Stack:
    """Independent contrasts of each trial, for many data sets.

    As in :class:`tmsmeta.networks.input.independent_contrasts.IndependentContrasts`.
    """
    pairs, n = data.pairs, len(data.treatments)
    size = data.arms_per_study[pairs.study]
    x, z, d = [], [], []
    two = np.flatnonzero(size == 2)
    if len(two):
        plain = np.zeros((len(two), n))
        plain[np.arange(len(two)), pairs.i[two]], plain[np.arange(len(two)), pairs.j[two]] = 1.0, -1.0
        x.append(np.broadcast_to(plain, (len(y), *plain.shape)))
        z.append(y[:, two])
        d.append(variance[:, two])
    for p in np.unique(size[size > 2]).tolist():
        for part, column in zip((x, z, d), _multi_arm(data, y, variance, size == p, int(p)), strict=True):
            part.append(column)
    all_z = np.concatenate(z, axis=1)
    seen = np.isfinite(all_z)
    # one design for all where there are only two-arm trials
    design = x[0][0] if len(x) == 1 and len(two) else np.concatenate(x, axis=1)
    return _Stack(
        design, np.where(seen, all_z, 0.0), np.where(seen, np.concatenate(d, axis=1), 1.0), seen.astype(float)
    )


def _multi_arm(
    data: NetworkData, y: Floats, variance: Floats, mask: NDArray[np.bool_], p: int
) -> tuple[Floats, Floats, Floats]:
    at, _, treatment, at_i, at_j = square_positions(data.pairs, mask, p)
    trial = np.arange(len(at))[:, None]
    effects, spread = np.zeros((len(y), len(at), p, p)), np.zeros((len(y), len(at), p, p))
    effects[:, trial, at_i, at_j], effects[:, trial, at_j, at_i] = y[:, at], -y[:, at]
    spread[:, trial, at_i, at_j] = spread[:, trial, at_j, at_i] = variance[:, at]
    absent = ~np.isfinite(effects).all(axis=(2, 3)) | ~np.isfinite(spread).all(axis=(2, 3))
    spread[absent] = 1.0 - np.eye(p)
    basis = helmert(p)
    values, vectors = np.linalg.eigh(basis @ centred_covariance(spread) @ basis.T)
    contrast = np.sqrt(2.0) * np.swapaxes(vectors, -1, -2) @ basis
    z = np.einsum("bmrp,bmp->bmr", contrast, effects.sum(axis=3) / p)
    z[absent] = np.nan
    x = np.zeros((len(y), len(at), p - 1, len(data.treatments)))
    np.put_along_axis(x, np.broadcast_to(treatment[None, :, None, :], contrast.shape), contrast, axis=3)
    shape = (len(y), len(at) * (p - 1))
    return x.reshape(*shape, -1), z.reshape(shape), 2 * values.reshape(shape)


def _fit(stack: _Stack, data: NetworkData, tau2: str | float) -> BatchFit:
    linked = _linked(stack)
    found = stack if linked.all() else stack.take(linked)
    regression = WeightedRegression(DenseMatrix(found.x, data.ground), found.z, found.d, found.count)
    common = regression.at(0.0)
    variance = np.broadcast_to(between_study_variance(regression, common, tau2), common.q.shape)
    at = regression.at(variance) if variance.any() else common
    columns = (at.coefficients, at.equations.covariance, variance, common.q)
    theta, covariance, estimated, q = (_with_gaps(column, linked) for column in columns)
    df = stack.count.sum(axis=1) - (len(data.treatments) - 1)
    return BatchFit(theta, covariance, estimated, q, df, data.sign)


def _with_gaps(values: Floats, linked: NDArray[np.bool_]) -> Floats:
    full = np.full((len(linked), *values.shape[1:]), np.nan)
    full[linked] = values
    return full


def _linked(stack: _Stack) -> NDArray[np.bool_]:
    """Which data sets link all treatments: the second-smallest eigenvalue of the unweighted Laplacian is not zero."""
    seen = stack.count > 0
    if seen.all():
        return np.ones(len(seen), dtype=bool)
    values = np.linalg.eigvalsh(DenseMatrix(stack.x).gram(seen.astype(np.float64)))
    linked: NDArray[np.bool_] = values[:, 1] > SINGULAR * values[:, -1]
    return linked


def joined(parts: list[BatchFit]) -> BatchFit:
    """Several stacks of fits as one."""
    if len(parts) == 1:
        return parts[0]
    return BatchFit(
        theta=np.concatenate([p.theta for p in parts]),
        covariance=np.concatenate([p.covariance for p in parts]),
        tau2=np.concatenate([p.tau2 for p in parts]),
        q=np.concatenate([p.q for p in parts]),
        q_df=np.concatenate([p.q_df for p in parts]),
        sign=parts[0].sign,
    )
