"""Location-scale model: moderators of the between-study variance beside those of the effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from scipy.special import chdtrc, ndtr, stdtr

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import Issue, NotAssessable, check_level, check_option
from tmsmeta.models.climb import climb, curvature
from tmsmeta.models.regression.design import Design, build_design
from tmsmeta.pooling import quantile
from tmsmeta.pooling.heterogeneity.likelihood import Criterion
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed, studies
from tmsmeta.words.numbers import level as level_text
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import HypothesisTest, Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

_INTERVALS = ("z", "t")
_ZERO = 1e-6  # of a typical sampling variance: what a search leaves of a variance of 0


@dataclass(frozen=True, kw_only=True)
class LocationScaleSpec:
    """Every choice of a location-scale model. Validated when built.

    Attributes:
        formula: moderators of the effect.
        scale: moderators of the log of the between-study variance.
        method: ``REML`` or ``ML``.
        ci: ``z``, or ``t`` with k - p degrees of freedom for the effect and k - q for the variance.
        level: confidence level.
    """

    formula: str
    scale: str
    method: Criterion = "REML"
    ci: str = "z"
    level: float = 0.95

    def __post_init__(self) -> None:
        check_option("method", self.method, get_args(Criterion))
        check_option("ci", self.ci, _INTERVALS)
        check_level(self.level)


@dataclass(frozen=True, kw_only=True)
class Coefficients:
    """Coefficients with their tests, each of shape (n,), and their covariance (n, n)."""

    terms: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats

    @property
    def se(self) -> Floats:
        """Standard errors, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        names = ("terms", "estimate", "se", "statistic", "p_value", "low", "high")
        return {name: to_plain(getattr(self, name)) for name in names}


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class LocationScale(Result):
    """Moderators of the effect and of its between-study variance.

    Attributes:
        location: coefficients of the effect, on the scale of the measure.
        scale: coefficients of log tau2: exp(coefficient) is the factor of the variance per unit of the moderator.
        tau2: between-study variance of each study by the model, shape (k,).
        scale_test: likelihood-ratio test of all scale moderators against one common variance.
        log_likelihood: at the estimate, restricted with REML.
        k: number of studies.
        effects: the studies used.
        spec: the choices.
        left_out: studies not used, each with the reason.
    """

    location: Coefficients
    scale: Coefficients
    tau2: Floats
    scale_test: HypothesisTest | NotAssessable
    log_likelihood: float
    k: int
    effects: EffectSizes
    spec: LocationScaleSpec
    left_out: tuple[Issue, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient: ``part term estimate se statistic p_value low high``."""
        import pandas as pd

        frames = []
        for part in ("location", "scale"):
            c = getattr(self, part)
            columns = {"estimate": c.estimate, "se": c.se, "statistic": c.statistic, "p_value": c.p_value}
            frames.append(pd.DataFrame({"part": part, "term": c.terms, **columns, "low": c.low, "high": c.high}))
        return pd.concat(frames, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "measure": self.effects.measure,
            **self.plain_fields(without=("effects", "spec", "left_out", "scale_test")),
            "scale_test": to_plain(self.scale_test),
            "studies": self.effects.study.tolist(),
            "left_out": to_plain(self.left_out),
            "spec": to_plain(self.spec),
        }

    def result_sentence(self) -> str:
        """What came out, in sentences for a results section."""
        effect, variance = (_in_words(c, self.spec.level) for c in (self.location, self.scale))
        note = f" Note: {self.boundary}." if self.boundary else ""
        return (
            f"{studies(self.k)}. Effect ({self.effects.info.label}): {effect}. Log of the between-study variance: "
            f"{variance}; test of its moderators: {self.scale_test}.{note}"
        )

    @property
    def boundary(self) -> str:
        """Where the between-study variance is 0, in words; empty if it is nowhere."""
        none = int((self.tau2 < _ZERO * np.median(self.effects.vi)).sum())
        if not none:
            return ""
        return (
            f"the between-study variance of {studies(none)} is 0, whose log has no lower end: the coefficients of the "
            "log are where the search stopped, and their intervals tell nothing; the likelihood-ratio test does"
        )

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        how = "Wald tests" if self.spec.ci == "z" else "t tests"
        return (
            f"The {self.effects.info.label} was modelled on {_plain(self.spec.formula)}, and the log of its "
            f"between-study variance on {_plain(self.spec.scale)} (location-scale model by {self.spec.method}; "
            f"Viechtbauer and López-López 2022), with {level_text(self.spec.level)} intervals and {how}; the "
            f"moderators of the variance were tested by the likelihood ratio. {closing('', self.left_out)}"
        )


def _plain(formula: str) -> str:
    words = formula.strip().lstrip("~").strip()
    return "nothing but an intercept" if words == "1" else words


def _in_words(c: Coefficients, level: float) -> str:
    rows = zip(c.terms, c.estimate.tolist(), c.low.tolist(), c.high.tolist(), c.p_value.tolist(), strict=True)
    return listed(
        [
            f"{term} {number(b, 3)} ({level_text(level)} CI {number(low, 3)} to {number(high, 3)}; {p_value(p)})"
            for term, b, low, high, p in rows
        ]
    )


@answerable
def location_scale(
    effects: EffectSizes,
    formula: str,
    scale: str,
    data: Any,
    *,
    method: Criterion = "REML",
    ci: str = "z",
    level: float = 0.95,
) -> LocationScale | NotAssessable:
    """Model the effect and the between-study variance on moderators: y_i ~ N(x_i b, v_i + exp(z_i a)).

    Args:
        effects: k rows; those without an estimate are left out, together with their values in `data`.
        formula: moderators of the effect, as in :func:`tmsmeta.meta_regression`; ``"1"`` for none.
        scale: moderators of log tau2; ``"1"`` for one common variance.
        data: the moderators, keyed by study where it has keys, as in :func:`tmsmeta.meta_regression`.
        method: ``REML`` or ``ML``.
        ci: ``z`` or ``t``.
        level: confidence level.

    Returns:
        The model, or the reason why there is none: too few studies, or a variance that the likelihood drives to 0.

    Raises:
        InvalidInputError: as :func:`tmsmeta.meta_regression`, for either formula.
        UnknownOptionError: an option outside its list.
        ConvergenceError: no maximum found.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, -0.2, 0.4], se=[0.1, 0.12, 0.1, 0.2, 0.1, 0.15])
        >>> fit = tm.location_scale(trials, "1", "~ dose", {"dose": [10, 5, 8, 12, 3, 6]})
        >>> f"effect {fit.location.estimate[0]:.2f}, slope of log tau2 {fit.scale.estimate[1]:.2f}"
        'effect 0.63, slope of log tau2 -0.82'

    References:
        Viechtbauer & López-López, Res Synth Methods 2022;13:697.
    """
    spec = LocationScaleSpec(formula=formula, scale=scale, method=method, ci=ci, level=level)
    where, spread = (build_design(effects, f, data, drop_missing=False) for f in (formula, scale))
    kept = effects.subset(where.kept)
    p, q = where.x.shape[1], spread.x.shape[1]
    if kept.k <= p + q:
        return NotAssessable("location-scale model", f"{p + q} coefficients need more studies, got {kept.k}")
    return _fit(kept, where, spread, spec, effects.not_estimable)


def _fit(
    effects: EffectSizes, where: Design, spread: Design, spec: LocationScaleSpec, left_out: tuple[Issue, ...]
) -> LocationScale | NotAssessable:
    unit = float(np.median(effects.vi))
    # Columns without a unit and at right angles to one another, or steps of the search would have to differ by powers,
    # and moderators that are nearly equal would cost digits.
    (x, to_location), (z, back) = (_at_right_angles(design.x) for design in (where, spread))
    problem = _Problem(effects.yi / np.sqrt(unit), effects.vi / unit, x, z, spec.method)
    start = np.linalg.lstsq(problem.z, np.full(effects.k, -0.5), rcond=None)[0].astype(np.float64)
    gamma = climb(problem.downhill, start, "the location-scale model")
    if problem.tau2(gamma).max() < _ZERO:
        return NotAssessable("location-scale model", "the between-study variance is 0, whose log has no moderators")
    beta, covariance = problem.location(gamma)
    shift = np.log(unit) * np.linalg.lstsq(spread.x, np.ones(effects.k), rcond=None)[0]
    k, p = where.x.shape
    return LocationScale(
        location=_coefficients(
            where.terms,
            to_location @ beta * np.sqrt(unit),
            to_location @ covariance @ to_location.T * unit,
            spec,
            k - p,
        ),
        scale=_coefficients(
            spread.terms,
            back @ gamma + shift,
            back @ np.linalg.inv(curvature(problem.downhill, gamma)) @ back.T,
            spec,
            k - len(gamma),
        ),
        tau2=problem.tau2(gamma) * unit,
        scale_test=_scale_test(problem, gamma, spread.terms),
        log_likelihood=-problem.downhill(gamma)[0]
        - 0.5 * (k - (p if spec.method == "REML" else 0)) * float(np.log(unit)),
        k=k,
        effects=effects,
        spec=spec,
        left_out=left_out,
    )


def _at_right_angles(x: Floats) -> tuple[Floats, Floats]:
    """Columns at right angles that span those of x (k, p), of mean square 1, and the matrix (p, p) that leads back."""
    basis, triangle = np.linalg.qr(x)
    return basis * np.sqrt(len(x)), np.linalg.inv(triangle) * np.sqrt(len(x))


def _coefficients(
    terms: tuple[str, ...], estimate: Floats, covariance: Floats, spec: LocationScaleSpec, df: int
) -> Coefficients:
    se = np.sqrt(np.diag(covariance))
    statistic = estimate / se
    reach = quantile(spec.ci, spec.level, df) * se
    tail = ndtr(-np.abs(statistic)) if spec.ci == "z" else stdtr(df, -np.abs(statistic))
    return Coefficients(
        terms=terms,
        estimate=estimate,
        covariance=covariance,
        statistic=statistic,
        p_value=2 * tail,
        low=estimate - reach,
        high=estimate + reach,
    )


def _scale_test(problem: _Problem, alpha: Floats, terms: tuple[str, ...]) -> HypothesisTest | NotAssessable:
    """Likelihood-ratio test against one variance for all studies."""
    what = "test of the moderators of the variance"
    if "Intercept" not in terms:
        return NotAssessable(what, "the scale formula has no intercept")
    df = len(terms) - 1
    if not df:
        return NotAssessable(what, "the scale formula has no moderator")
    common = problem.with_scale(np.ones((len(problem.y), 1)))
    start = climb(common.downhill, np.array([-0.5]), "the location-scale model")
    ratio = max(0.0, 2 * (common.downhill(start)[0] - problem.downhill(alpha)[0]))
    null = "the between-study variance is the same in all studies"
    return HypothesisTest(null=null, statistic=ratio, df=df, p_value=float(chdtrc(df, ratio)))


@dataclass(frozen=True, eq=False)
class _Problem:
    """The likelihood of the scale coefficients, the location at its best."""

    y: Floats
    v: Floats
    x: Floats
    z: Floats
    method: Criterion

    def with_scale(self, z: Floats) -> _Problem:
        return _Problem(self.y, self.v, self.x, z, self.method)

    def tau2(self, alpha: Floats) -> Floats:
        """Between-study variances, shape (k,); bounded, so that no step of a search can overflow."""
        return np.exp(np.clip(self.z @ alpha, -60.0, 60.0))

    def location(self, alpha: Floats) -> tuple[Floats, Floats]:
        """Coefficients of the effect and their covariance."""
        w = 1 / (self.v + self.tau2(alpha))
        covariance = np.asarray(np.linalg.inv(self.x.T @ (w[:, None] * self.x)), dtype=np.float64)
        return covariance @ (self.x.T @ (w * self.y)), covariance

    def downhill(self, alpha: Floats) -> tuple[float, Floats]:
        """Negative log-likelihood and its gradient by the scale coefficients."""
        tau2 = self.tau2(alpha)
        w = 1 / (self.v + tau2)
        beta, covariance = self.location(alpha)
        r = self.y - self.x @ beta
        value = 0.5 * float(-np.log(w).sum() + w @ r**2)
        slope = w - w * w * r * r
        count = len(self.y)
        if self.method == "REML":
            count -= self.x.shape[1]
            cross = np.linalg.slogdet(self.x.T @ self.x)[1]
            value += 0.5 * float(-np.linalg.slogdet(covariance)[1] - cross)
            slope = slope - w * w * np.einsum("ij,jk,ik->i", self.x, covariance, self.x)
        return value + 0.5 * count * float(np.log(2 * np.pi)), 0.5 * self.z.T @ (slope * tau2)
