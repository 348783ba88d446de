"""Marginal likelihood of a study with normal random effects, by adaptive Gauss-Hermite quadrature, with derivatives.

The linear predictor of every cell is linear in all parameters for given standard normal random effects z:
offset + own intercept + fixed part + sum over r of loading_r * scale_r * z_r, where scale_r is a standard deviation.
The score is then the posterior mean of the complete-data score (Fisher's identity), and the Hessian follows from the
posterior second moments (Louis, J R Stat Soc B 1982;44:226), by the same nodes.

Nodes are centred at the mode of each study's integrand and scaled by its curvature (Pinheiro & Bates, J Comput Graph
Stat 1995;4:12). With one node this is the Laplace approximation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.models.counts.cells import Cells

_MODE_STEPS = 200


@dataclass(frozen=True, kw_only=True)
class MixedModel:
    """A generalised linear mixed model that falls apart into independent studies.

    Attributes:
        cells: the likelihood of the counts, k studies with c cells each.
        offset: known part of the linear predictor, shape (k, c).
        fixed: design of the p coefficients, shape (k, c, p); the pooled effect is the last of them.
        loading: design of the r random effects, shape (k, c, r); the treatment effect is the last of them.
        own: loading of an intercept that each study has for itself, shape (k, c), or None.
    """

    cells: Cells
    offset: Floats
    fixed: Floats
    loading: Floats
    own: Floats | None = None


class Parameters(NamedTuple):
    """Own intercepts (k,) or None, coefficients (p,), and standard deviations of the random effects (r,)."""

    own: Floats | None
    beta: Floats
    scale: Floats


class Integral(NamedTuple):
    """Per study: log likelihood (k,), score (k, q), Hessian (k, q, q), and the mode of the random effects (k, r).

    The q parameters are the own intercept (if any), the coefficients, and the standard deviations.
    """

    log_likelihood: Floats
    score: Floats
    hessian: Floats
    mode: Floats


@lru_cache(maxsize=32)
def nodes_and_weights(n: int, r: int) -> tuple[Floats, Floats]:
    """Nodes (r, n^r) of the r-dimensional Gauss-Hermite rule, and log weights with the factor exp(x^2), (n^r,)."""
    x, w = np.polynomial.hermite.hermgauss(n)
    log_w = np.log(w) + x**2
    grid = np.array(list(product(x, repeat=r))).T
    log_weight = np.array([sum(t) for t in product(log_w, repeat=r)])
    return grid, log_weight


def fixed_part(model: MixedModel, at: Parameters) -> Floats:
    """Linear predictors without the random effects, shape (k, c)."""
    eta: Floats = model.offset + model.fixed @ at.beta
    return eta if at.own is None or model.own is None else eta + model.own * at.own[:, None]


def find_mode(
    model: MixedModel, base: Floats, spread: Floats, start: Floats, small: float = 1e-8
) -> tuple[Floats, Floats]:
    """Mode of each study's integrand, shape (k, r), and its negative curvature there, shape (k, r, r).

    The integrand is log-concave with curvature of at least 1, so damped Newton steps reach its only mode. They end
    after a step below `small`, which leaves an error of about its square.
    """
    z = start
    value, slope, curvature = _integrand(model, base, spread, z)
    for _ in range(_MODE_STEPS):
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        # a step that promises less than rounding can show is taken as it is
        matters = (step * slope).sum(axis=1) > 1e-9 * (1 + np.abs(value))
        factor = np.ones(len(z))
        while True:
            new = z + factor[:, None] * step
            new_value, new_slope, new_curvature = _integrand(model, base, spread, new)
            worse = matters & ~(new_value >= value)
            if not worse.any() or factor.min() < 1e-10:
                break
            factor = np.where(worse, factor / 2, factor)
        z, value, slope, curvature = new, new_value, new_slope, new_curvature
        if np.abs(step).max() <= small:
            break
    return z, curvature


def _integrand(model: MixedModel, base: Floats, spread: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    eta = base + np.einsum("kcr,kr->kc", spread, z)
    terms = model.cells.terms(eta[..., None])
    value = terms.value[..., 0].sum(axis=1) - (z**2).sum(axis=1) / 2
    slope = np.einsum("kc,kcr->kr", terms.first[..., 0], spread) - z
    curvature = np.eye(z.shape[1]) - np.einsum("kc,kcr,kcs->krs", terms.second[..., 0], spread, spread)
    return value, slope, curvature


def integrate(model: MixedModel, at: Parameters, nodes: int, start: Floats | None = None) -> Integral:
    """Marginal log likelihood of each study, with score and Hessian.

    Args:
        model: the model.
        at: parameters; standard deviations may be 0 or negative (the likelihood is even in each of them).
        nodes: nodes per random effect. Score and Hessian are those of the integral, so they belong to the log
            likelihood returned only as closely as the rule is exact.
        start: where the search for the modes begins, shape (k, r).
    """
    r = len(at.scale)
    base, spread = fixed_part(model, at), model.loading * at.scale
    # full quadrature bears a centre that is a little off, a single node does not
    small = 1e-8 if nodes == 1 else 1e-4
    mode, curvature = find_mode(model, base, spread, np.zeros((len(base), r)) if start is None else start, small)
    x, log_w = nodes_and_weights(nodes, r)
    root = np.linalg.cholesky(np.linalg.inv(curvature))
    z = mode[..., None] + np.sqrt(2.0) * (root @ x)
    terms = model.cells.terms(base[..., None] + np.einsum("kcr,krm->kcm", spread, z))
    exponent = terms.value.sum(axis=1) - (z**2).sum(axis=1) / 2 + log_w
    top = exponent.max(axis=1, keepdims=True)
    weight = np.exp(exponent - top)
    total = weight.sum(axis=1, keepdims=True)
    log_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    value = top[:, 0] + np.log(total[:, 0]) + log_det - r / 2 * np.log(np.pi)
    score, hessian = _derivatives(_designs(model, z), terms.first, terms.second, weight / total)
    return Integral(value, score, hessian, mode)


def laplace(model: MixedModel, at: Parameters, start: Floats) -> tuple[float, Floats]:
    """Total log likelihood by the Laplace approximation, and the modes; the same as `integrate` with one node."""
    base, spread = fixed_part(model, at), model.loading * at.scale
    mode, curvature = find_mode(model, base, spread, start)
    peak, _, curvature = _integrand(model, base, spread, mode)
    return float((peak - np.linalg.slogdet(curvature)[1] / 2).sum()), mode


def _designs(model: MixedModel, z: Floats) -> Floats:
    """Derivative of the linear predictors in the q parameters, shape (k, c, q, m)."""
    m = z.shape[2]
    constant = model.fixed if model.own is None else np.concatenate([model.own[..., None], model.fixed], axis=2)
    repeated = np.broadcast_to(constant[..., None], (*constant.shape, m))
    return np.concatenate([repeated, model.loading[..., None] * z[:, None]], axis=2)


def _derivatives(design: Floats, first: Floats, second: Floats, posterior: Floats) -> tuple[Floats, Floats]:
    complete = (first[:, :, None, :] * design).sum(axis=1)
    weighted = complete * posterior[:, None, :]
    score = weighted.sum(axis=2)
    bent = design * (second * posterior[:, None, :])[:, :, None, :]
    k, _, q, _ = design.shape
    flat, other = (np.moveaxis(a, 2, 1).reshape(k, q, -1) for a in (bent, design))
    hessian = flat @ np.swapaxes(other, 1, 2) + weighted @ np.swapaxes(complete, 1, 2)
    return score, hessian - score[:, :, None] * score[:, None, :]
