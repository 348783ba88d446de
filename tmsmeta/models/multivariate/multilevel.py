"""Several effects per study: random effects in two, three or more levels, with any known sampling covariance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, stdtr

from tmsmeta.effects.base import EffectSizes, Floats, check_effects
from tmsmeta.effects.pairing import row_values
from tmsmeta.effects.transform import as_floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.climb import climb
from tmsmeta.models.multivariate.correlated_groups import CorrelatedGroups, buckets
from tmsmeta.models.multivariate.likelihood import Criterion
from tmsmeta.models.multivariate.multilevel_result import Multilevel, MultilevelSpec
from tmsmeta.models.multivariate.nested_groups import NestedGroups
from tmsmeta.models.multivariate.spec import NOTHING
from tmsmeta.models.regression.design import Design, build_design
from tmsmeta.pooling import quantile
from tmsmeta.pooling.robust import Clusters, Robust, RobustName, Sandwich, rows_of, stacks_of
from tmsmeta.words.arguments import answerable

_SHOWN = 6  # effects of a group whose covariance a message still prints


@answerable
def multilevel(
    effects: EffectSizes,
    by: Any,
    *,
    by_effect: bool = True,
    formula: str = "1",
    data: Any = None,
    correlation: float | None = None,
    covariance: Any = None,
    method: Criterion = "REML",
    ci: str = "CR2",
    level: float = 0.95,
) -> Multilevel:
    """Pool several effects per study: random effects of nested groups, and of the effects within them.

    Args:
        effects: k rows; labels may repeat.
        by: the groups of each row: one column (sequence, Series), or a mapping or DataFrame of several, the outermost
            first. ``effects.study`` groups the effects of one study. Inner groups are told apart within their outer
            one.
        by_effect: whether every effect has a random effect of its own; False leaves out that level.
        formula, data: moderators, as in :func:`tmsmeta.meta_regression`.
        correlation: assumed among the sampling errors of one outermost group.
        covariance: of all sampling errors, shape (k, k); 0 between outermost groups.
        method: ``REML`` or ``ML``.
        ci: ``z``, ``t``, ``CR0``, ``CR1`` or ``CR2``; see :class:`MultilevelSpec`.
        level: confidence level.

    Returns:
        The pooled effect, or the coefficients, with robust intervals, and one variance for each level.

    Raises:
        InvalidInputError: groups that do not match the rows; a level in which every group has one effect, beside a
            random effect of each effect; a covariance of another shape; fewer groups than coefficients.
        UnknownOptionError: an option outside its list.
        ConvergenceError: no maximum found.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.generic([0.7, 0.6, 0.1, 0.5, 0.3], se=[0.2, 0.2, 0.15, 0.3, 0.25], measure="SMD")
        >>> result = tm.multilevel(effects, ["A", "A", "B", "C", "C"], correlation=0.5)
        >>> f"{result.estimate:.2f} ({result.low[0]:.2f} to {result.high[0]:.2f})"
        '0.36 (-0.42 to 1.14)'

    References:
        Konstantopoulos, Res Synth Methods 2011;2:61 (three levels); Hedges, Tipton & Johnson, Res Synth Methods
        2010;1:39 (robust); Pustejovsky & Tipton, J Bus Econ Stat 2018;36:672 (CR2).
    """
    check_effects(effects)
    columns = _columns(effects, by)
    spec = MultilevelSpec(
        levels=tuple(columns),
        by_effect=by_effect,
        formula=formula,
        method=method,
        ci=ci,
        level=level,
        correlation=correlation,
    )
    design = build_design(effects, formula, {} if data is None else data, drop_missing=False)
    kept = effects.subset(design.kept)
    columns = {name: [str(column[i]) for i in design.kept] for name, column in columns.items()}
    within = _covariance(covariance, effects, design, next(iter(columns.values())), correlation)
    codes = _nested_codes(columns)
    return _fit(kept, design, spec, codes, within, effects.not_estimable)


def _columns(effects: EffectSizes, by: Any) -> dict[str, list[Any]]:
    named = {name: by[name] for name in by.columns} if hasattr(by, "columns") else by
    if not isinstance(named, Mapping):
        name = getattr(by, "name", None)
        named = {str(name) if name else "group": by}
    if not named:
        raise InvalidInputError(Issue(None, "by", None, "must name at least one grouping of the effects."))
    return {str(name): row_values(str(name), column, effects, "group") for name, column in named.items()}


def _nested_codes(columns: Mapping[str, list[str]]) -> list[NDArray[np.intp]]:
    """Codes of the groups of each level, outermost first; an inner group belongs to one outer group."""
    codes: list[NDArray[np.intp]] = []
    for column in columns.values():
        own = np.unique(np.array(column), return_inverse=True)[1]
        if codes:
            own = np.unique(np.column_stack([codes[-1], own]), axis=0, return_inverse=True)[1]
        codes.append(np.ravel(own).astype(np.intp))
    return codes


def _covariance(
    covariance: Any, effects: EffectSizes, design: Design, group: list[str], correlation: float | None
) -> list[Floats] | None:
    """Sampling covariance of each outermost group, or None where the errors are independent."""
    if covariance is None and correlation is None:
        return None
    kept = design.kept
    names, codes = np.unique(np.array(group), return_inverse=True)
    outer = np.ravel(codes).astype(np.intp)
    if covariance is None:
        return _correlated(np.sqrt(effects.vi[kept]), rows_of(outer), float(correlation or 0.0))
    if correlation is not None:
        message = "is given beside a covariance; leave one of the two out."
        raise InvalidInputError(Issue(None, "correlation", correlation, message))
    whole = as_floats("covariance", covariance)
    if whole.shape != (effects.k, effects.k):
        message = f"must have the shape ({effects.k}, {effects.k})."
        raise InvalidInputError(Issue(None, "covariance", whole.shape, message))
    whole = whole[np.ix_(kept, kept)]
    if not np.allclose(np.diag(whole), effects.vi[kept], rtol=1e-6, atol=0.0):
        message = "must have the variances of the effects on its diagonal; are its rows in another order?"
        raise InvalidInputError(Issue(None, "covariance", None, message))
    if np.any(whole[outer[:, None] != outer[None, :]]):
        message = "must be 0 between the outermost groups; name a coarser grouping first."
        raise InvalidInputError(Issue(None, "covariance", None, message))
    within = [whole[np.ix_(rows, rows)] for rows in rows_of(outer)]
    issues = []
    for name, block in zip(names.tolist(), within, strict=True):
        if not np.allclose(block, block.T, atol=1e-8 * np.abs(block).max()) or np.linalg.eigvalsh(block)[0] <= 0:
            message = "must be symmetric and positive definite, or no sampling errors can have it."
            issues.append(
                Issue(f"group {name}", "covariance", block.tolist() if len(block) < _SHOWN else None, message)
            )
    if issues:
        raise InvalidInputError(issues)
    return within


def _correlated(sd: Floats, groups: list[NDArray[np.intp]], correlation: float) -> list[Floats]:
    """Sampling covariance of each group whose errors all correlate alike."""
    largest = max(len(rows) for rows in groups)
    if largest > 1 and correlation <= -1 / (largest - 1):
        lowest = f"must be above {-1 / (largest - 1):.3g}"
        message = f"{lowest}: the {largest} effects of one group have no positive definite covariance otherwise."
        raise InvalidInputError(Issue(None, "correlation", correlation, message))
    made = []
    for rows in groups:
        block = correlation * np.outer(sd[rows], sd[rows])
        np.fill_diagonal(block, sd[rows] ** 2)
        made.append(block)
    return made


def _fit(
    effects: EffectSizes,
    design: Design,
    spec: MultilevelSpec,
    codes: list[NDArray[np.intp]],
    within: list[Floats] | None,
    left_out: tuple[Issue, ...],
) -> Multilevel:
    _check_groups(codes, spec, design.x.shape[1], effects.k)
    scale = float(np.sqrt(np.median(effects.vi)))
    centre = float(np.average(effects.yi, weights=1 / effects.vi))
    # Columns without a unit and at right angles: moderators that are nearly equal cost no digits of the search.
    basis, triangle = np.linalg.qr(design.x)
    basis, back = basis * np.sqrt(effects.k), np.linalg.inv(triangle) * np.sqrt(effects.k)
    has_constant = np.abs(basis @ basis.sum(axis=0) / effects.k - 1).max() < 1e-9
    shift = centre if has_constant else 0.0
    columns = np.column_stack([basis, (effects.yi - shift) / scale])
    model = _model(columns, effects.vi / scale**2, codes, spec, within, scale)
    theta = climb(_downhill(model, spec.method, columns), np.full(model.levels, 0.5), "the multilevel model")
    # what the search leaves of a variance whose best value is 0
    variances = np.where(theta**2 < NOTHING, 0.0, theta**2)
    sums = model.sums(variances)
    p = len(back)
    bread = np.linalg.inv(sums.products[:p, :p])
    unit_beta = bread @ sums.products[:p, p]
    unit_beta = unit_beta * scale + basis.T @ np.full(effects.k, shift) / effects.k
    beta, residuals = back @ unit_beta, effects.yi - basis @ unit_beta
    ordered = variances[::-1] if not spec.by_effect else np.concatenate([variances[1:][::-1], variances[:1]])
    covariance, df = _uncertainty(
        effects,
        Turned(basis, np.asarray(bread * scale**2, dtype=float), back),
        residuals,
        codes,
        ordered * scale**2,
        spec,
        within,
    )
    se = np.sqrt(np.diag(covariance))
    statistic = np.divide(beta, se, where=se > 0, out=np.full(p, np.nan))
    tail = ndtr(-np.abs(statistic)) if spec.ci == "z" else stdtr(df, -np.abs(statistic))
    reach = se * np.array([quantile("z" if spec.ci == "z" else "t", spec.level, n) for n in df])
    common = model.sums(np.zeros(model.levels)).products
    q = max(0.0, float(common[p, p] - common[:p, p] @ np.linalg.solve(common[:p, :p], common[:p, p])))
    names = [*spec.levels, *(["effect"] if spec.by_effect else [])]
    return Multilevel(
        terms=design.terms,
        beta=beta,
        covariance=covariance,
        df=df,
        statistic=statistic,
        p_value=2 * tail,
        low=beta - reach,
        high=beta + reach,
        variances=dict(zip(names, (ordered * scale**2).tolist(), strict=True)),
        log_likelihood=_log_likelihood(sums.products, sums.log_determinant, columns, spec.method)
        - (effects.k - (p if spec.method == "REML" else 0)) * np.log(scale),
        q=q,
        q_df=effects.k - p,
        q_p=float(chdtrc(effects.k - p, q)),
        k=effects.k,
        groups={name: int(code.max()) + 1 for name, code in zip(spec.levels, codes, strict=True)},
        effects=effects,
        spec=spec,
        left_out=left_out,
    )


def _check_groups(codes: list[NDArray[np.intp]], spec: MultilevelSpec, p: int, k: int) -> None:
    issues = []
    counts = [int(code.max()) + 1 for code in codes]
    for name, n, below in zip(spec.levels, counts, [*counts[1:], k if spec.by_effect else 0], strict=True):
        if n == below:
            message = (
                "has one member in each group, so that its variance cannot be told from the one of the level below."
            )
            issues.append(Issue(None, name, n, message))
    if counts[0] <= p:
        message = f"must have more groups than the {p} coefficients."
        issues.append(Issue(None, spec.levels[0], counts[0], message))
    if issues:
        raise InvalidInputError(issues)


def _model(
    columns: Floats,
    v: Floats,
    codes: list[NDArray[np.intp]],
    spec: MultilevelSpec,
    within: list[Floats] | None,
    scale: float,
) -> NestedGroups | CorrelatedGroups:
    if within is not None:
        levels = [np.arange(len(v))] if spec.by_effect else []
        levels += codes[::-1]
        blocks = [block / scale**2 for block in within]
        return CorrelatedGroups(buckets(columns, blocks, rows_of(codes[0]), levels), len(levels))
    order = np.lexsort(codes[::-1])
    starts, members = [], np.arange(len(v))
    for code in codes[::-1]:
        inside = code[order][members]
        first = np.flatnonzero(np.concatenate([[True], np.diff(inside) != 0]))
        starts.append(first)
        members = members[first]
    return NestedGroups(np.ascontiguousarray(columns[order].T), v[order], tuple(starts), spec.by_effect)


def _log_likelihood(products: Floats, log_determinant: float, columns: Floats, criterion: Criterion) -> float:
    p = len(products) - 1
    information = products[:p, :p]
    beta = np.linalg.solve(information, products[:p, p])
    squares = products[p, p] - products[:p, p] @ beta
    value, count = -0.5 * (log_determinant + squares), len(columns)
    if criterion == "REML":
        count -= p
        cross = np.linalg.slogdet(columns[:, :p].T @ columns[:, :p])[1]
        value += 0.5 * float(cross - np.linalg.slogdet(information)[1])
    return float(value - 0.5 * count * np.log(2 * np.pi))


def _downhill(model: NestedGroups | CorrelatedGroups, criterion: Criterion, columns: Floats) -> Any:
    """Negative log-likelihood and its gradient by the standard deviations of the levels, innermost first.

    Per hundred effects where there are more: the value grows with the effects, and rounding then hides the falls that a
    quasi-Newton search looks for near the maximum.
    """
    size = max(1.0, len(columns) / 100)

    def downhill(theta: Floats) -> tuple[float, Floats]:
        sums = model.sums(theta**2)
        p = len(sums.products) - 1
        inverse = np.linalg.inv(sums.products[:p, :p])
        z = np.append(-inverse @ sums.products[:p, p], 1.0)
        slope = sums.determinant_slopes + np.einsum("i,qij,j->q", z, sums.product_slopes, z)
        if criterion == "REML":
            slope = slope + np.einsum("ij,qji->q", inverse, sums.product_slopes[:, :p, :p])
        value = -_log_likelihood(sums.products, sums.log_determinant, columns, criterion)
        return value / size, theta * slope / size

    return downhill


class Turned(NamedTuple):
    """A design (k, p) at right angles, its (X' W X)^-1, and what turns its coefficients into those asked for."""

    x: Floats
    bread: Floats
    back: Floats


def _uncertainty(
    effects: EffectSizes,
    design: Turned,
    residuals: Floats,
    codes: list[NDArray[np.intp]],
    variances: Floats,
    spec: MultilevelSpec,
    within: list[Floats] | None,
) -> Robust:
    """Covariance of the coefficients and their degrees of freedom, model-based or robust."""
    p = len(design.bread)
    if spec.ci in ("z", "t"):
        return Robust(
            design.back @ design.bread @ design.back.T, np.full(p, np.inf if spec.ci == "z" else float(effects.k - p))
        )
    kind: RobustName = spec.ci  # type: ignore[assignment]

    def clusters() -> Iterator[Clusters]:
        for rows in stacks_of(codes[0]):
            unit = np.eye(rows.shape[1])
            known = effects.vi[rows][:, :, None] * unit
            if within is not None:
                known = np.array([within[place] for place in codes[0][rows[:, 0]].tolist()])
            for code, variance in zip(codes, variances, strict=False):
                known += variance * (code[rows][:, :, None] == code[rows][:, None, :])
            yield Clusters(design.x[rows], residuals[rows], known + (variances[-1] * unit if spec.by_effect else 0.0))

    return Sandwich.of(clusters(), design.bread, kind, turn=design.back).errors
