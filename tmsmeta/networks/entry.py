"""The two ways into a network: arms with counts, and comparisons with standard errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import check_option
from tmsmeta.networks.input.arms import trials_from_arms
from tmsmeta.networks.input.contrasts import ContrastRules, trials_from_contrasts
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.data_table import network_table
from tmsmeta.networks.input.from_labels import LabelledTrials, assemble
from tmsmeta.networks.input.ratio_conversion import trials_on_measure
from tmsmeta.networks.model.result import NetworkMeta, fit_network
from tmsmeta.networks.spec import CONTRAST_MEASURES, NetworkSpec, ZeroRule, check_better
from tmsmeta.words.arguments import answerable


@answerable
def network(
    arms: Any,
    *,
    measure: str,
    reference: str | float,
    tau2: str | float = "DL",
    better: str | None = None,
    contrasts: Any = None,
    comparator_risk: float | None = None,
    ci: str = "z",
    level: float = 0.95,
    prediction: str = "t(df-1)",
    zero: ZeroRule | None = None,
    duplicate_arms: str = "error",
    missing: str = "refuse",
) -> NetworkMeta:
    """Network meta-analysis of trial arms, with or without trials known only by their comparisons.

    Args:
        arms: table with one row per arm (DataFrame, mapping of columns, record array or list of mappings): ``study``,
            ``treatment``, and counts (``events``, ``n``), means (``mean``, ``sd``, ``n``) or rates (``events``,
            ``time``); or any table that names its treatments (a file, a DataFrame with other names of columns, what
            :func:`tmsmeta.read_table` gives): arms, numbered arms, two arms per row, comparisons. Treatments whose
            names differ in case, blanks or hyphens only are one, which is said.
        measure: of counts ``OR``, ``RR`` (log scale), ``RD`` or ``AS``; of means ``MD``, ``SMD`` (one SD pooled over
            all arms of a trial, without a small-sample factor) or ``ROM`` (log scale); of rates ``IRR`` (log scale)
            or ``IRD``.
        reference: the treatment against which effects are stated.
        tau2: ``FE``, ``DL``, ``ML``, ``REML``, or the between-study variance as a number.
        better: ``higher`` if more events or larger values are good (response), ``lower`` if they are bad (death). It
            must be stated: every ranking follows it, and no measure tells.
        contrasts: further trials, one row per comparison: ``study``, ``treat1``, ``treat2``, ``yi`` (treat1 against
            treat2, ratios logged), ``se``, and optionally ``n1``, ``n2``, ``measure``, ``comparator_risk``,
            ``baseline_variance`` and ``correlation`` (both as in :func:`network_from_contrasts`).
        comparator_risk: risk in the arm of treat2, for comparisons that are printed as odds ratio and enter as risk
            ratio or the other way round. A column of that name in `contrasts` goes first.
        ci: ``z``, or ``t`` with the degrees of freedom of Q.
        level: confidence level.
        prediction: ``t(df-1)``, ``t(df)`` or ``z``.
        zero: what is done about zero cells; by default 0.5 is added to the arms of a trial with one.
        duplicate_arms: ``error``, or ``merge`` to put arms of one trial with the same treatment together.
        missing: ``refuse`` rows with a missing value, all of them listed, or ``drop`` them. A trial that is left with
            one arm is left out.

    Returns:
        The fitted network. Trials left out stand in ``.data.excluded`` with the reason; rows left out, arms put
        together, corrections and treatments lost with their trials in ``.data.notes``.

    Raises:
        InvalidInputError: every fault of the tables; a direction that is not stated.
        DisconnectedNetworkError: treatments that no chain of trials links, with the parts, and the trials that were
            left out and would link them.
        UnknownOptionError: an option outside its list.
        ConvergenceError: when ML or REML finds no maximum.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> {name: f"{log_ratio:.2f}" for name, log_ratio in zip(net.treatments, net.theta)}
        {'P': '0.00', 'X': '1.21', 'Y': '1.44'}

    References:
        Rücker, Res Synth Methods 2012;3:312; Rücker & Schwarzer, Stat Med 2014;33:4353; multi-arm covariance:
        Higgins & Whitehead, Stat Med 1996;15:2733; tau2 by moments: Jackson, White & Riley, Stat Med 2012;31:3805.
    """
    spec = NetworkSpec(better=check_better(better), tau2=tau2, ci=ci, level=level, prediction=prediction)
    data = network_data(
        arms,
        measure=measure,
        reference=reference,
        better=better,
        contrasts=contrasts,
        comparator_risk=comparator_risk,
        zero=zero,
        duplicate_arms=duplicate_arms,
        missing=missing,
    )
    return fit_network(data, spec)


@answerable
def network_from_contrasts(
    study: Any,
    treat1: Any,
    treat2: Any,
    yi: Any,
    se: Any,
    *,
    reference: str | float,
    measure: str = "GEN",
    tau2: str | float = "DL",
    better: str | None = None,
    ci: str = "z",
    level: float = 0.95,
    prediction: str = "t(df-1)",
    n1: Any = None,
    n2: Any = None,
    tolerance: float | None = None,
    baseline_variance: Any = None,
    correlation: Any = None,
    missing: str = "refuse",
) -> NetworkMeta:
    """Network meta-analysis of comparisons; a trial with p arms gives all p(p-1)/2 of them, or those with one arm.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        study: trial of each comparison, shape (m,).
        treat1, treat2: its treatments, shape (m,).
        yi: estimate of treat1 against treat2, shape (m,), ratios on the log scale.
        se: its standard error, shape (m,).
        reference, tau2, better, ci, level, prediction: as in :func:`network`.
        measure: any contrast measure, e.g. ``MD``; ``GEN`` if it has no name here.
        n1, n2: patients of both arms where known.
        tolerance: how far the estimates of a multi-arm trial may miss adding up, in units of the measure. By default
            the printed digits and the standard errors decide, in any unit alike: rounding is averaged and said in
            ``.data.notes``, a misprint refused.
        baseline_variance: variance v0 of the shared arm of multi-arm trials that are known by their comparisons with
            one arm (of its mean, log odds, log hazard ...): one number, a mapping by trial, or shape (m,), NaN where
            there is none. The variance of b against c is then v_b + v_c - 2 v0.
        correlation: of two such estimates, where v0 is not printed (0.5 if arms are alike), given in the same ways.
        missing: ``refuse`` rows with a missing value, or ``drop`` them; a multi-arm trial that then lacks a comparison
            is left out.

    Returns:
        The fitted network, as of :func:`network`.

    Raises:
        InvalidInputError: every fault of the tables; a direction that is not stated; a multi-arm trial with a missing
            or inconsistent comparison, or with standard errors that cannot belong together, named with the comparison.
        DisconnectedNetworkError: treatments that no chain of trials links, with the parts.
        UnknownOptionError: an option outside its list.
        ConvergenceError: when ML or REML finds no maximum.

    Example:
        >>> import tmsmeta as tm
        >>> study, treat1, treat2 = list("ABC"), list("XYY"), list("PPX")
        >>> net = tm.network_from_contrasts(
        ...     study, treat1, treat2, [1.2, 1.4, 0.3], [0.5, 0.4, 0.5], measure="OR", reference="P", better="higher"
        ... )
        >>> {name: f"{log_ratio:.2f}" for name, log_ratio in zip(net.treatments, net.theta)}
        {'P': '0.00', 'X': '1.16', 'Y': '1.42'}
    """
    check_option("measure", measure, CONTRAST_MEASURES)
    spec = NetworkSpec(better=check_better(better), tau2=tau2, ci=ci, level=level, prediction=prediction)
    rules = ContrastRules(
        tolerance=tolerance,
        measure=measure,
        missing=missing,
        baseline_variance=baseline_variance,
        correlation=correlation,
    )
    trials = trials_from_contrasts(study, treat1, treat2, yi, se, n1=n1, n2=n2, rules=rules)
    return fit_network(assemble([trials], measure=measure, reference=reference, better=better), spec)


@answerable
def network_data(
    arms: Any = None,
    *,
    measure: str,
    reference: str | float,
    better: str | None = None,
    contrasts: Any = None,
    comparator_risk: float | None = None,
    zero: ZeroRule | None = None,
    duplicate_arms: str = "error",
    missing: str = "refuse",
) -> NetworkData:
    """Check and assemble trials without fitting, connected or not; arguments as in :func:`network`.

    Args:
        arms, measure, reference, better, contrasts, comparator_risk, zero, duplicate_arms, missing: as in
            :func:`network`; either `arms` or `contrasts` may be left out.

    Returns:
        Trials, treatments and comparisons, with what was left out and why.

    Raises:
        InvalidInputError: every fault of the tables; a direction that is not stated.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABB"), "treatment": list("PXYZ"), "events": [3, 9, 4, 11], "n": [30] * 4}
        >>> data = tm.networks.network_data(arms, measure="OR", reference="P", better="higher")
        >>> data.studies, data.parts
        (('A', 'B'), (('P', 'X'), ('Y', 'Z')))
    """
    check_better(better)
    parts: list[LabelledTrials] = []
    table = network_table(arms, measure=measure, missing=missing)
    if table.contrasts is not None:
        rules = ContrastRules(measure=measure, missing=missing)
        check_option("measure", measure, CONTRAST_MEASURES)
        parts.append(trials_from_contrasts(**{str(c): table.contrasts[c] for c in table.contrasts}, rules=rules))
    if table.arms is not None:
        parts.append(
            trials_from_arms(table.arms, measure=measure, zero=zero, duplicate_arms=duplicate_arms, missing=missing)
        )
    if contrasts is not None:
        check_option("measure", measure, CONTRAST_MEASURES)
        parts.append(trials_on_measure(contrasts, measure=measure, comparator_risk=comparator_risk, missing=missing))
    counted = table.arms is not None
    data = assemble(
        parts,
        measure=measure,
        reference=reference,
        better=better,
        zero=zero or ZeroRule() if counted and _may_lack_events(measure) else None,
        duplicate_arms=duplicate_arms if counted else None,
        comparator_risk=comparator_risk,
    )
    return replace(data, notes=(*table.notes, *data.notes)) if table.notes else data


def _may_lack_events(measure: str) -> bool:
    """Whether arms without events need a rule."""
    return MEASURES[measure].family != "continuous" and not MEASURES[measure].defined_at_zero
