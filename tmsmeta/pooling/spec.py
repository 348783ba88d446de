"""The choices of an inverse-variance pooling."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from tmsmeta.effects.base import ZeroCellRule
from tmsmeta.errors import InvalidInputError, Issue, UnknownOptionError, check_level, check_names, check_option
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.statistics import I2Definition
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.words.names import meant

Interval = Literal["z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6", "CR0", "CR1", "CR2"]
Prediction = Literal["z", "t(k-1)", "t(k-2)", "none"]
PredictionSE = Literal["model", "wald"]
SubgroupTest = Literal["as interval", "chi-square"]
QCentre = Literal["inverse-variance", "mantel-haenszel"]
INTERVALS: tuple[Interval, ...] = ("z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6")
"""Those of any effects; the others of :data:`Interval` need clusters."""
PREDICTIONS: tuple[Prediction, ...] = get_args(Prediction)
_ALLOWED: Mapping[str, Collection[str]] = {
    "tau2": ESTIMATORS,
    "ci": get_args(Interval),
    "prediction": PREDICTIONS,
    "prediction_se": get_args(PredictionSE),
    "i2": get_args(I2Definition),
    "q_centre": get_args(QCentre),
    "subgroup_test": get_args(SubgroupTest),
}


@dataclass(frozen=True, kw_only=True)
class PoolingSpec:
    """Every choice of an inverse-variance pooling. Validated when built; the result carries it.

    Attributes:
        tau2: estimator of the between-study variance, a key of :data:`tmsmeta.pooling.heterogeneity.ESTIMATORS`.
        ci: interval of the pooled effect: ``z`` (Wald), ``t`` (Wald standard error, t with k - 1 df), ``hksj``
            (Hartung-Knapp-Sidik-Jonkman: standard error from the weighted residuals, t with k - 1 df),
            ``hksj-adhoc`` (the same, its standard error never below that of ``z``), ``hksj-iqwig6`` (the same, but
            only where the ``hksj`` interval is narrower than the Wald interval with DerSimonian-Laird's tau2), or
            cluster-robust, for effects with clusters: ``CR0``, ``CR1`` (t with m - 1 df for m clusters) or ``CR2``
            (Satterthwaite df).
        level: confidence level of all intervals.
        prediction: quantile of the prediction interval: ``z``, ``t(k-1)``, ``t(k-2)``, or ``none`` for no interval.
        prediction_se: standard error of the pooled effect inside the prediction interval: ``model``, the one that
            `ci` uses, or ``wald``, the one without the Hartung-Knapp factor.
        i2: ``tau2``: I2 and H2 from tau2 and the typical variance (metafor); ``Q``: from Cochran's Q (RevMan, meta).
        q_centre: what Cochran's Q is taken around: the ``inverse-variance`` estimate, or the ``mantel-haenszel``
            estimate where the effects carry 2x2 counts on OR, RR or RD (RevMan's "M-H, Random"); it enters the
            estimators that start from Q.
        subgroup_test: test between subgroups: ``as interval``, F where `ci` uses t quantiles and chi-square with ``z``;
            or ``chi-square`` whatever `ci` is.
        zero_rule: the rule for zero cells that OR, RR and RD must have been made by; those made by another one are made
            again from their counts, and the result says so. Studies without events leave ratios only, whatever
            ``drop_double_zero`` says, since their risk difference exists. None: the effects are pooled as they are.
        name: name of the profile this spec is, if any.
    """

    tau2: str = "REML"
    ci: Interval = "hksj"
    level: float = 0.95
    prediction: Prediction = "t(k-2)"
    prediction_se: PredictionSE = "model"
    i2: I2Definition = "tau2"
    q_centre: QCentre = "inverse-variance"
    subgroup_test: SubgroupTest = "as interval"
    zero_rule: ZeroCellRule | None = None
    name: str = ""

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            check_option(name, getattr(self, name), allowed)
        check_level(self.level)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


Profile = PoolingSpec | str
"""A complete spec, or the name of one of :data:`PROFILES`."""

CHOICES = (*(field.name for field in fields(PoolingSpec)), "profile")
"""Keywords of the functions that take the choices of a pooling."""

_KEEP = ZeroCellRule(zero_cells="only0", add=0.5, drop_double_zero=False)
_DROP = ZeroCellRule(zero_cells="only0", add=0.5, drop_double_zero=True)

#: R metafor 3.8-1, ``rma()`` with its defaults (compared with that program in ``tests/reference``): 0.5 added to the
#: four cells of studies with a zero cell, double-zero studies included (``add=1/2, to="only0", drop00=FALSE``).
METAFOR = PoolingSpec(name="METAFOR", tau2="REML", ci="z", prediction="z", i2="tau2", zero_rule=_KEEP)

#: R meta 6.2-1, ``metagen()`` with its defaults: I2 from Q, prediction by Higgins, Thompson & Spiegelhalter with the
#: Wald standard error and k - 2 degrees of freedom. With counts it is ``metabin(method="Inverse", RR.Cochrane=TRUE)``:
#: 0.5 added to the cells of studies with a zero cell (``incr=0.5, method.incr="only0"``), studies with no or only
#: events in both arms left out of ratios (``allstudies=FALSE``). Its default, ``RR.Cochrane=FALSE``, adds half as much
#: to the sizes of the arms of a risk ratio.
META = PoolingSpec(name="META", tau2="REML", ci="z", prediction="t(k-2)", prediction_se="wald", i2="Q", zero_rule=_DROP)

#: Review Manager 5: DerSimonian-Laird, Wald intervals, I2 from Q, no prediction interval, and Q around the
#: Mantel-Haenszel estimate where counts are given ("M-H, Random"; Deeks & Higgins, Statistical algorithms in Review
#: Manager 5, 2010). 0.5 is added to the four cells of studies with a zero cell (Cochrane Handbook 5.1, 9.4.4), and
#: studies with no or only events in both arms leave OR and RR (Handbook 5.1, 16.9.3). Weights are those of inverse
#: variance with tau2, in "M-H, Random" too. With estimates and intervals only it is the generic inverse-variance
#: method.
REVMAN5 = PoolingSpec(
    name="REVMAN5",
    tau2="DL",
    ci="z",
    prediction="none",
    prediction_se="wald",
    i2="Q",
    q_centre="mantel-haenszel",
    zero_rule=_DROP,
)

#: RevMan since January 2025, as Cochrane announced it: REML, Hartung-Knapp-Sidik-Jonkman, I2 from tau2, prediction
#: intervals by t. The announcement does not print the degrees of freedom of the latter; k - 1, those of the
#: interval itself, are our reading. The test between subgroups is printed as chi-square, whatever the interval. Zero
#: cells are those of Review Manager 5: the announcement changes the random-effects methods only.
REVMAN2025 = PoolingSpec(
    name="REVMAN2025",
    tau2="REML",
    ci="hksj",
    prediction="t(k-1)",
    i2="tau2",
    subgroup_test="chi-square",
    zero_rule=_DROP,
)

#: IQWiG General Methods 6: Paule-Mandel and Hartung-Knapp, whose variance is corrected where its interval is narrower
#: than the Wald interval with DerSimonian-Laird's tau2 (as ``adhoc.hakn.ci = "IQWiG6"`` of R meta is described); the
#: test between subgroups is that program's, Q against chi-square, and so are zero cells, for which the General Methods
#: name no correction.
IQWIG6 = PoolingSpec(
    name="IQWIG6",
    tau2="PM",
    ci="hksj-iqwig6",
    prediction="t(k-2)",
    prediction_se="wald",
    i2="Q",
    subgroup_test="chi-square",
    zero_rule=_DROP,
)

PROFILES: Mapping[str, PoolingSpec] = {p.name: p for p in (METAFOR, META, REVMAN5, REVMAN2025, IQWIG6)}
"""The conventions of other programs by the name that ``profile=`` takes, in any case."""


def pooling_spec(profile: Profile | None, choices: Mapping[str, Any], **defaults: Any) -> PoolingSpec:
    """The spec that `profile` and `choices` ask for together; the one place where the two meet.

    Args:
        profile: a complete spec, the name of one of :data:`PROFILES` in any case, or None.
        choices: fields of :class:`PoolingSpec`; None leaves a field to the profile, or to its default without one.
        **defaults: defaults of the function that asks, where they are not those of :class:`PoolingSpec`.

    Raises:
        InvalidInputError: a choice that contradicts the profile, or a value out of range.
        UnknownOptionError: for a choice that :class:`PoolingSpec` does not have, or a profile that does not exist.
    """
    check_names(choices, CHOICES)
    given = {name: value for name, value in choices.items() if value is not None}
    if profile is None:
        return PoolingSpec(**(defaults | given))
    spec = named_profile(profile)
    issues = [
        Issue(
            None,
            name,
            value,
            f"contradicts {wanted!r} of {spec.name or 'the profile'}; leave one of the two out, or change the profile "
            f"with dataclasses.replace({f'profiles.{spec.name}' if spec.name else 'profile'}, {name}={value!r}).",
        )
        for name, (value, wanted) in contradictions(spec, given).items()
    ]
    if issues:
        raise InvalidInputError(issues, "The choices and the profile cannot both be followed")
    return spec


def spec_without_counts(profile: Profile | None, choices: Mapping[str, Any], **defaults: Any) -> PoolingSpec:
    """As :func:`pooling_spec`, for what works on estimates and variances alone.

    Raises:
        InvalidInputError: also for Q around the Mantel-Haenszel estimate, which needs the counts of every data set,
            and for cluster-robust intervals.
    """
    spec = pooling_spec(profile, choices, **defaults)
    if spec.q_centre != "inverse-variance":
        message = "needs the counts of every data set, and here are only estimates; use 'inverse-variance' or pool()."
        raise InvalidInputError(Issue(None, "q_centre", spec.q_centre, message))
    if spec.ci in ROBUST:
        message = f"needs the clusters of every data set; use {', '.join(INTERVALS)}."
        raise InvalidInputError(Issue(None, "ci", spec.ci, message))
    return spec


def named_profile(profile: object) -> PoolingSpec:
    """The spec itself, or the one of :data:`PROFILES` that has this name, in any case.

    Raises:
        InvalidInputError: for what is neither a spec nor a name.
        UnknownOptionError: for a name that no profile has.
    """
    if isinstance(profile, PoolingSpec):
        return profile
    if not isinstance(profile, str):
        message = "must be a PoolingSpec, such as profiles.REVMAN5, or its name."
        raise InvalidInputError(Issue(None, "profile", profile, message))
    found = PROFILES.get(profile.strip().upper())
    if found is None:
        message = f"The `profile` argument must be one of {', '.join(map(repr, PROFILES))}. Got {profile!r}."
        raise UnknownOptionError("profile", profile, list(PROFILES), message + meant(profile.strip().upper(), PROFILES))
    return found


def contradictions(profile: PoolingSpec, given: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The choices that differ from those of the profile, each with both values; a choice that agrees is none.

    Raises:
        InvalidInputError, UnknownOptionError: for a value that no spec could have.
    """
    asked = replace(profile, **given)
    pairs = {name: (getattr(asked, name), getattr(profile, name)) for name in given}
    return {name: (value, wanted) for name, (value, wanted) in pairs.items() if value != wanted}
