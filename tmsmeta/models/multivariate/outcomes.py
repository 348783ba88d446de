"""Several outcomes of the same trials, with the covariance that they have within each trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.measures import Scale
from tmsmeta.effects.transform import as_floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.multivariate.spec import names_alike
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed, studies
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

_SINGULAR = 1e-12  # of a correlation matrix: what rounding leaves of 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class JointEffects(Brief):
    """Estimates of p outcomes in k studies; NaN where a study does not have the outcome.

    Attributes:
        outcomes: names of the outcomes, in the order of the columns.
        measure: the measure of each, keys of :data:`tmsmeta.effects.MEASURES`.
        study: labels, shape (k,).
        yi: estimates on the scale of their measures (ratios on the log scale), shape (k, p).
        covariance: covariance of the sampling errors within each study, shape (k, p, p).
        within: how the covariances were found, in words.
        left_out: studies without an estimate of any outcome.
    """

    outcomes: tuple[str, ...]
    measure: tuple[str, ...]
    study: tuple[str, ...]
    yi: Floats
    covariance: Floats
    within: str
    left_out: tuple[Issue, ...] = ()

    def in_short(self) -> str:
        """Studies and outcomes."""
        reported = [f"{name} in {int(n)}" for name, n in zip(self.outcomes, self.reported.sum(axis=0), strict=True)]
        return f"{studies(self.k)} with {self.p} outcomes: {', '.join(reported)}."

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    @property
    def p(self) -> int:
        """Number of outcomes."""
        return len(self.outcomes)

    @cached_property
    def reported(self) -> Any:
        """Which study has which outcome, shape (k, p)."""
        return np.isfinite(self.yi)

    def to_frame(self) -> pd.DataFrame:
        """One row per study and outcome: ``study outcome estimate se``, and the correlation with each other outcome."""
        import pandas as pd

        rows = []
        sd = np.sqrt(np.einsum("kpp->kp", self.covariance))
        for i, study in enumerate(self.study):
            for j in np.flatnonzero(self.reported[i]).tolist():
                row: dict[str, Any] = {"study": study, "outcome": self.outcomes[j]}
                row |= {"estimate": self.yi[i, j], "se": sd[i, j]}
                for other, name in enumerate(self.outcomes):
                    known = self.reported[i, other] and other != j
                    share = self.covariance[i, j, other] / (sd[i, j] * sd[i, other]) if known else np.nan
                    row[f"correlation with {name}"] = share
                rows.append(row)
        return pd.DataFrame(rows)


@answerable
def joint_effects(
    effects: Mapping[str, EffectSizes],
    *,
    nested: Sequence[str] | None = None,
    correlation: Any = None,
    patient_correlation: Any = None,
    covariance: Any = None,
) -> JointEffects:
    """Put the outcomes of the same trials side by side, with their covariance within each trial.

    Exactly one of the four says where the covariance comes from. Studies are paired by their labels; a study may lack
    outcomes.

    Args:
        effects: for each outcome its effects, of one measure each; labels stand once in each.
        nested: the names of all outcomes, each a subset of the one before: of those who respond, some remit. The
            covariance then follows from the counts (see :func:`nested_covariance`).
        correlation: of the estimates within a study: one number, or one per pair of outcomes as a symmetric (p, p)
            matrix.
        patient_correlation: of the outcomes among patients, for mean differences (MD) with standard deviations: one
            number or a (p, p) matrix; arms of n patients give cov = r s_1 s_2 / n.
        covariance: matrices of the sampling errors, shape (k, p, p), for the studies in the order of the first outcome
            that has all of them.

    Returns:
        The estimates, shape (k, p), NaN where a study lacks an outcome, and their covariances, shape (k, p, p).

    Raises:
        InvalidInputError: fewer than two outcomes, none or several of the four, labels that repeat, counts that are
            not nested or come from other patients, a correlation outside -1 to 1, a matrix that no sampling errors
            can have.

    Example:
        >>> import tmsmeta as tm
        >>> response = tm.effects.binary("RR", [22, 18], [60, 52], [9, 8], [61, 50], study=["A", "B"])
        >>> remission = tm.effects.binary("RR", [12, 8], [60, 52], [6, 5], [61, 50], study=["A", "B"])
        >>> sides = tm.joint_effects({"response": response, "remission": remission}, nested=["response", "remission"])
        >>> sides.covariance.shape, f"{sides.covariance[0, 0, 1]:.4f}"
        ((2, 2, 2), '0.1235')
    """
    _check_effects(effects)
    effects = {str(name): e for name, e in effects.items()}
    names = tuple(effects)
    labels = tuple(dict.fromkeys(str(s) for e in effects.values() for s in e.study))
    given = {
        "nested": nested,
        "correlation": correlation,
        "patient_correlation": patient_correlation,
        "covariance": covariance,
    }
    stated = [name for name, value in given.items() if value is not None]
    if len(stated) != 1:
        message = "exactly one of nested, correlation, patient_correlation and covariance must be given."
        raise InvalidInputError(Issue(None, "within", listed(stated) or None, message))
    yi, vi = _side_by_side(effects, labels)
    if covariance is not None:
        within, words = _given(covariance, yi, vi), "as given"
    elif nested is not None:
        within, words = _nested(effects, tuple(nested), labels), "from the nested counts"
    elif patient_correlation is not None:
        matrix = _correlations("patient_correlation", patient_correlation, len(names))
        within, words = _means(effects, matrix, labels), f"with {_in_words(matrix)} among patients"
    else:
        matrix = _correlations("correlation", correlation, len(names))
        sd = np.sqrt(vi)
        within, words = sd[:, :, None] * sd[:, None, :] * matrix, f"with {_in_words(matrix)} assumed"
    within[:, range(len(names)), range(len(names))] = vi
    _check_definite(within, np.isfinite(yi), labels)
    some = np.isfinite(yi).sum(axis=1) > 0
    without = [label for label, has in zip(labels, some, strict=True) if not has]
    return JointEffects(
        outcomes=names,
        measure=tuple(e.measure for e in effects.values()),
        study=tuple(label for label, has in zip(labels, some, strict=True) if has),
        yi=yi[some],
        covariance=within[some],
        within=words,
        left_out=tuple(Issue(label, "yi", None, "no outcome has an estimate.") for label in without),
    )


@answerable
def nested_covariance(
    scales: tuple[Scale, Scale], outer: Floats, inner: Floats, n: Floats, others: Floats | None = None
) -> Floats:
    """Covariance within an arm of two proportions of which one counts a subset of the other.

    Of n patients `outer` have the wider outcome and `inner` of them the narrower one. The counts are multinomial, so
    cov(outer / n, inner / n) = p_inner (1 - p_outer) / n; on another scale g it is multiplied by both derivatives
    g'(p) (delta method). Two log odds give 1 / (n p_outer (1 - p_inner)), two log risks 1 / outer - 1 / n, which is
    the variance of the wider outcome itself. Where counts were corrected for zero cells, that is the correlation of
    the counts times the standard errors that the two estimates have: two estimates never correlate by more than 1.

    Args:
        scales: scale of the estimate of the wider and of the narrower outcome.
        outer, inner: counts, corrected where the estimates are, shape (k,).
        n: patients, with what was added to both cells of the wider outcome, shape (k,).
        others: the same of the narrower outcome, where something else was added to it.

    Returns:
        The covariances, shape (k,), in the product of the units of both scales.

    Raises:
        InvalidInputError: a scale that counts have no covariance on.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> outer, inner, n = np.array([22.0]), np.array([12.0]), np.array([60.0])
        >>> f"{tm.multivariate.nested_covariance(('log', 'log'), outer, inner, n)[0]:.4f}"
        '0.0288'
    """
    others = n if others is None else others
    if not np.shape(outer) == np.shape(inner) == np.shape(n) == np.shape(others):
        shapes = ", ".join(str(np.shape(it)) for it in (outer, inner, n, others))
        raise InvalidInputError(Issue(None, "outer, inner, n, others", shapes, "must all have the same shape."))
    p, q = outer / n, inner / others
    share = np.divide(q * (1 - p), p * (1 - q), where=q < p, out=np.ones_like(p))
    return np.sqrt(share / (n * others)) * _spread(scales[0], p) * _spread(scales[1], q)


def _spread(scale: Scale, p: Floats) -> Floats:
    """Standard error of the risk p on the scale, of one patient: its derivative times sqrt(p (1 - p))."""
    if scale == "identity":
        return np.sqrt(p * (1 - p))
    if scale == "log":
        return np.sqrt((1 - p) / p)
    if scale == "logit":
        return 1 / np.sqrt(p * (1 - p))
    if scale == "arcsine":
        return np.full_like(p, 0.5)
    message = "has no covariance of nested counts here; use OR, RR, RD or AS (two arms), PR, PLN, PLO or PAS (one)."
    raise InvalidInputError(Issue(None, "measure", scale, message))


def _check_effects(effects: Any) -> None:
    if not isinstance(effects, Mapping) or len(effects) < 2:
        found = list(effects) if isinstance(effects, Mapping) else type(effects).__name__
        message = "must map at least two names of outcomes to their effects, such as {'death': ..., 'stroke': ...}."
        raise InvalidInputError(Issue(None, "effects", found, message))
    issues = names_alike("effects", effects)
    for name, e in effects.items():
        if not isinstance(e, EffectSizes):
            issues.append(Issue(None, str(name), type(e).__name__, "must be effect sizes, as effects.binary() gives."))
            continue
        labels, counts = np.unique(e.study, return_counts=True)
        message = "stands more than once; several effects of one study need tm.multilevel()."
        issues += [Issue(str(label), str(name), None, message) for label in labels[counts > 1]]
    if issues:
        raise InvalidInputError(issues)


def _side_by_side(effects: Mapping[str, EffectSizes], labels: tuple[str, ...]) -> tuple[Floats, Floats]:
    place = {label: i for i, label in enumerate(labels)}
    yi = np.full((len(labels), len(effects)), np.nan)
    vi = yi.copy()
    for j, e in enumerate(effects.values()):
        rows = [place[str(s)] for s in e.study]
        yi[rows, j], vi[rows, j] = np.where(e.estimable, e.yi, np.nan), np.where(e.estimable, e.vi, np.nan)
    return yi, vi


def _nested(effects: Mapping[str, EffectSizes], order: tuple[str, ...], labels: tuple[str, ...]) -> Floats:
    """Covariances of all pairs of outcomes from counts, NaN where an outcome is missing."""
    if sorted(order) != sorted(effects):
        message = f"must name each outcome once, the widest first: {', '.join(effects)}."
        raise InvalidInputError(Issue(None, "nested", ", ".join(order), message))
    names = list(effects)
    within = np.full((len(labels), len(names), len(names)), np.nan)
    issues: list[Issue] = []
    for wider, narrower in combinations(order, 2):
        rows, found = _pair_covariance(effects[wider], effects[narrower], (wider, narrower), labels, issues)
        i, j = names.index(wider), names.index(narrower)
        within[rows, i, j] = within[rows, j, i] = found
    if issues:
        raise InvalidInputError(issues, "The outcomes are not nested")
    return within


def _pair_covariance(
    wider: EffectSizes, narrower: EffectSizes, names: tuple[str, str], labels: tuple[str, ...], issues: list[Issue]
) -> tuple[list[int], Floats]:
    """Rows of `labels` that have both outcomes, and the covariance of their estimates, summed over the arms."""
    of_wider = {str(s): i for i, s in enumerate(wider.study) if wider.estimable[i]}
    of_narrower = {str(s): i for i, s in enumerate(narrower.study) if narrower.estimable[i]}
    both = [row for row, label in enumerate(labels) if label in of_wider and label in of_narrower]
    first = np.array([of_wider[labels[row]] for row in both], dtype=np.intp)
    second = np.array([of_narrower[labels[row]] for row in both], dtype=np.intp)
    total, told_apart = np.zeros(len(both)), np.zeros(len(both), dtype=bool)
    for arm in _arms(wider, narrower, names):
        events, n = f"events{arm}", f"n{arm}"
        a, m = wider.inputs[events][first], wider.inputs[n][first]
        b, o = narrower.inputs[events][second], narrower.inputs[n][second]
        for row, x, y, patients, others in zip(both, a, b, m, o, strict=True):
            if not np.isfinite([x, y, patients, others]).all():
                message = "is not known for both outcomes; leave the study out of one of them."
                issues.append(Issue(labels[row], events, None, message))
            if y > x:
                message = f"must be at most the {x:g} of {names[0]!r}, of which they are a part."
                issues.append(Issue(labels[row], f"{events} of {names[1]}", y, message))
            if patients != others:
                message = (
                    f"must be the {patients:g} patients of {names[0]!r}: nested counts come from the same patients."
                )
                issues.append(Issue(labels[row], f"{n} of {names[1]}", others, message))
        add_a, add_b = _added(wider, arm)[first], _added(narrower, arm)[second]
        scales = (_arm_scale(wider), _arm_scale(narrower))
        total += nested_covariance(scales, a + add_a, b + add_b, m + 2 * add_a, o + 2 * add_b)
        told_apart |= a != b
    message = (
        f"counts the same patients as {names[0]!r} in every arm and tells nothing more; leave the study out of it."
    )
    issues += [Issue(labels[both[at]], names[1], None, message) for at in np.flatnonzero(~told_apart).tolist()]
    return both, total


def _arms(wider: EffectSizes, narrower: EffectSizes, names: tuple[str, str]) -> tuple[str, ...]:
    """Suffixes of the arms whose counts both effects carry."""
    for arms in (("_t", "_c"), ("",)):
        columns = [f"{what}{arm}" for arm in arms for what in ("events", "n")]
        if all(column in e.inputs for e in (wider, narrower) for column in columns):
            return arms
    message = "must both carry counts (events of n); use `correlation` for estimates without counts."
    raise InvalidInputError(Issue(None, "nested", listed(names), message))


def _arm_scale(effects: EffectSizes) -> Scale:
    info = effects.info
    scale = info.arm_scale if info.contrast else info.scale
    if scale is None or info.one_step:
        message = "has no covariance of nested counts; use OR, RR, RD or AS."
        raise InvalidInputError(Issue(None, "measure", effects.measure, message))
    return scale


def _added(effects: EffectSizes, arm: str) -> Floats:
    added = np.zeros(effects.k)
    for correction in effects.corrections:
        added[correction.row - 1] = correction.added_c if arm == "_c" else correction.added_t
    return added


def _means(effects: Mapping[str, EffectSizes], matrix: Floats, labels: tuple[str, ...]) -> Floats:
    needed = ("sd_t", "n_t", "sd_c", "n_c")
    sizes = {}
    for name, e in effects.items():
        if e.measure != "MD" or any(column not in e.inputs for column in needed):
            message = "must be mean differences (MD) with standard deviations; use `correlation` for other estimates."
            raise InvalidInputError(Issue(None, name, e.measure, message))
        sizes[name] = {str(s): [e.inputs[c][i] for c in needed] for i, s in enumerate(e.study)}
    p = len(sizes)
    within, issues = np.full((len(labels), p, p), np.nan), []
    for row, label in enumerate(labels):
        for (i, a), (j, b) in combinations(enumerate(sizes), 2):
            if label not in sizes[a] or label not in sizes[b]:
                continue
            (sd_t, n_t, sd_c, n_c), (other_t, m_t, other_c, m_c) = sizes[a][label], sizes[b][label]
            if (n_t, n_c) != (m_t, m_c):
                found = f"{m_t:g} and {m_c:g}"
                issues.append(Issue(label, f"n of {b}", found, f"must be the {n_t:g} and {n_c:g} patients of {a!r}."))
                continue
            value = matrix[i, j] * (sd_t * other_t / n_t + sd_c * other_c / n_c)
            within[row, i, j] = within[row, j, i] = value
    if issues:
        raise InvalidInputError(issues)
    return within


def _given(covariance: Any, yi: Floats, vi: Floats) -> Floats:
    within, known = as_floats("covariance", covariance), np.isfinite(yi)
    k, p = yi.shape
    if within.shape != (k, p, p):
        message = f"must have the shape ({k}, {p}, {p}): studies, outcomes, outcomes."
        raise InvalidInputError(Issue(None, "covariance", within.shape, message))
    both = known[:, :, None] & known[:, None, :]
    if not np.isfinite(within[both]).all() or not np.allclose(within[both], within.transpose(0, 2, 1)[both]):
        message = "must be symmetric and finite wherever a study has both outcomes."
        raise InvalidInputError(Issue(None, "covariance", None, message))
    if not np.allclose(np.einsum("kpp->kp", within)[known], vi[known], rtol=1e-6, atol=0.0):
        message = "must have the variances of the effects on its diagonals; are its studies in another order?"
        raise InvalidInputError(Issue(None, "covariance", None, message))
    return within


def _correlations(argument: str, value: Any, p: int) -> Floats:
    given = as_floats(argument, value)
    matrix = np.full((p, p), given) if given.ndim == 0 else given.copy()
    if matrix.shape != (p, p) or not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
        message = f"must be one number, or a symmetric matrix of shape ({p}, {p})."
        raise InvalidInputError(Issue(None, argument, given.tolist(), message))
    np.fill_diagonal(matrix, 1.0)
    if np.abs(matrix).max() > 1 or np.linalg.eigvalsh(matrix)[0] < -1e-12:
        message = "must be correlations from -1 to 1 that can belong together."
        raise InvalidInputError(Issue(None, argument, given.tolist(), message))
    return matrix


def _in_words(matrix: Floats) -> str:
    values = sorted({f"{matrix[i, j]:g}" for i, j in combinations(range(len(matrix)), 2)})
    return f"{'a correlation' if len(values) == 1 else 'correlations'} of {listed(values)}"


def _check_definite(within: Floats, reported: Any, labels: tuple[str, ...]) -> None:
    issues = []
    for row, label in enumerate(labels):
        block = within[row][np.ix_(reported[row], reported[row])]
        sd = np.sqrt(np.maximum(block.diagonal(), np.finfo(float).tiny))
        if len(block) and np.linalg.eigvalsh(block / np.outer(sd, sd))[0] <= _SINGULAR:
            message = "the sampling errors of its outcomes would have a negative variance or correlate by 1 or more."
            issues.append(Issue(label, "covariance", block.tolist(), message))
    if issues:
        raise InvalidInputError(issues)
