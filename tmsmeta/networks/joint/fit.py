"""Network meta-analysis of several outcomes of the same trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from tmsmeta.effects.transform import as_floats
from tmsmeta.errors import InvalidInputError, Issue, check_kind, check_option
from tmsmeta.models.multivariate.fit import maximise
from tmsmeta.models.multivariate.likelihood import Blocks, Criterion, fit_at
from tmsmeta.models.multivariate.spec import JointSpec, names_alike
from tmsmeta.models.multivariate.structure import Structure, StructureName
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.joint.result import JointNetwork
from tmsmeta.networks.joint.within import Side, covariance_within, sides
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed


@answerable
def joint_network(
    networks: Mapping[str, NetworkMeta],
    *,
    nested: Sequence[str] | None = None,
    correlation: float | None = None,
    structure: StructureName = "unstructured",
    method: Criterion = "REML",
    ci: str = "z",
    level: float = 0.95,
    between_correlation: float | None = None,
) -> JointNetwork:
    """Fit networks of several outcomes of the same trials together, so that each outcome informs the others.

    Effects are consistent within each outcome. A treatment's effects on the p outcomes vary between trials with one
    covariance G for every comparison, of which two comparisons of a trial that share an arm have half (Higgins &
    Whitehead 1996, extended to several outcomes).

    Args:
        networks: at least two fitted networks by the name of their outcome, with the same reference. Trials are paired
            by label and arms by treatment; a trial may have one outcome only, or arms that an outcome lacks.
        nested: the names of all outcomes, each a subset of the one before (of those who respond, some remit): the
            covariance within arms then follows from the counts, see
            :func:`tmsmeta.models.multivariate.nested_covariance`.
        correlation: assumed between the estimates of an arm on two outcomes; beside `nested` for the trials without
            counts.
        structure: of G, ``unstructured``, ``compound`` or ``diagonal``.
        method: ``REML`` or ``ML``.
        ci: ``z``, or ``t`` with the number of contrasts minus that of coefficients as degrees of freedom.
        level: confidence level.
        between_correlation: value at which the between-study correlation is held instead of estimated.

    Returns:
        The networks of all outcomes with the covariance of their estimates, beside what each gives alone.

    Raises:
        InvalidInputError: fewer than two networks, other references, networks of trials pooled beforehand, neither
            `nested` nor `correlation`, counts that are not nested, trials without counts.
        UnknownOptionError: an option outside its list.
        ConvergenceError: no maximum found.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [6, 9, 7, 17, 9, 15], "n": [30] * 6}
        >>> response = tm.network(arms, measure="RR", reference="P", better="higher")
        >>> remission = tm.network(arms | {"events": [3, 7, 4, 9, 6, 9]}, measure="RR", reference="P", better="higher")
        >>> both = {"response": response, "remission": remission}
        >>> tm.joint_network(both, nested=["response", "remission"], structure="compound").outcomes
        ('response', 'remission')

    References:
        Efthimiou, Mavridis, Cipriani, Leucht, Bagos & Salanti, Stat Med 2014;33:2275 (correlated outcomes in networks);
        Achana et al., BMC Med Res Methodol 2014;14:92; Higgins & Whitehead, Stat Med 1996;15:2733 (multi-arm trials).
    """
    check_option("ci", ci, ("z", "t"))
    spec = JointSpec(
        structure=structure, method=method, ci="z" if ci == "z" else "t", level=level,
        between_correlation=between_correlation,
    )  # fmt: skip
    _check_networks(networks)
    order = _check_within(tuple(networks), nested, correlation)
    trials: dict[str, dict[str, Side]] = {}
    for name, net in networks.items():
        for label, side in sides(net.data).items():
            trials.setdefault(label, {})[name] = side
    measures = {name: net.measure for name, net in networks.items()}
    within = covariance_within(trials, measures, order, correlation)
    data = _blocks(networks, trials, within)
    start = np.array([float(net.fit.tau2) for net in networks.values()])
    found = maximise(data, Structure(structure, len(networks), between_correlation), method, start)
    alone = fit_at(_apart(data, trials), np.diag(np.diag(found.between)), "ML")
    common = fit_at(data, np.zeros((len(networks), len(networks))), "ML")
    return JointNetwork(
        networks=dict(networks),
        beta=found.fit.beta,
        covariance=found.fit.covariance,
        between=found.between,
        q=common.weighted_squares,
        q_df=data.observed - len(found.fit.beta),
        log_likelihood=found.fit.log_likelihood,
        alone=np.diag(alone.covariance).copy(),
        within=_words(order, correlation),
        shared=sum(len(own) > 1 for own in trials.values()),
        k=len(trials),
        blocks=data,
        spec=spec,
    )


def _check_networks(networks: Any) -> None:
    check_kind("networks", networks, Mapping, "a mapping of the names of outcomes to their networks")
    for net in networks.values():
        check_network(net, argument="networks")
    issues = []
    if len(networks) < 2:
        issues.append(Issue(None, "networks", len(networks), "must be at least two, by the name of their outcome."))
    references = list(dict.fromkeys(net.reference for net in networks.values()))
    if len(references) > 1:
        issues.append(Issue(None, "networks", listed(references), "must have the same reference."))
    issues += [
        Issue(None, str(name), None, "holds trials that were pooled beforehand; fit its trials with network().")
        for name, net in networks.items()
        if net.data.trials_per_study is not None
    ]
    if issues:
        raise InvalidInputError(issues)


def _check_within(names: tuple[str, ...], nested: Sequence[str] | None, correlation: float | None) -> tuple[str, ...]:
    issues = names_alike("networks", names)
    if nested is None and correlation is None:
        message = "or `correlation` must say how the outcomes depend on each other within a trial."
        issues.append(Issue(None, "nested", None, message))
    if nested is not None and sorted(nested) != sorted(names):
        message = f"must name each outcome once, the widest first: {', '.join(names)}."
        issues.append(Issue(None, "nested", ", ".join(nested), message))
    if correlation is not None and not -1 < float(as_floats("correlation", correlation)) < 1:
        issues.append(Issue(None, "correlation", correlation, "must lie between -1 and 1."))
    if issues:
        raise InvalidInputError(issues)
    return tuple(nested or ())


def _blocks(
    networks: Mapping[str, NetworkMeta], trials: Mapping[str, Mapping[str, Side]], within: Mapping[str, Floats]
) -> Blocks:
    """The trials as a padded batch: a row per contrast of an outcome, a unit per arm."""
    names = list(networks)
    column: dict[tuple[str, str], int] = {}
    for name, net in networks.items():
        for treatment in net.treatments:
            if treatment != net.reference:
                column[name, treatment] = len(column)
    arms = {label: list(dict.fromkeys(t for side in own.values() for t in side.arms)) for label, own in trials.items()}
    k, n, units = len(trials), max(map(len, within.values())), max(map(len, arms.values()))
    y, x, known = np.zeros((k, n)), np.zeros((k, n, len(column))), np.zeros((k, n), dtype=bool)
    covariance, loading = np.tile(np.eye(n), (k, 1, 1)), np.zeros((k, units, n, len(names)))
    for i, (label, own) in enumerate(trials.items()):
        size = len(within[label])
        covariance[i, :size, :size], known[i, :size] = within[label], True
        start = 0
        for name, side in own.items():
            rows = slice(start, start + len(side.y))
            y[i, rows] = side.y
            for a, treatment in enumerate(side.arms):
                share = side.contrasts[:, a]
                loading[i, arms[label].index(treatment), rows, names.index(name)] = share / np.sqrt(2)
                if (name, treatment) in column:
                    x[i, rows, column[name, treatment]] = share
            start = rows.stop
    both = (known[:, :, None] & known[:, None, :]).astype(float)
    return Blocks(y=y, x=x, within=covariance, present=both, observed=int(known.sum()), loading=loading)


def _apart(data: Blocks, trials: Mapping[str, Mapping[str, Side]]) -> Blocks:
    """The same trials with outcomes that do not depend on each other within them."""
    within = data.within.copy()
    for i, own in enumerate(trials.values()):
        start = np.concatenate([[0], np.cumsum([len(side.y) for side in own.values()])])
        for a, b in pairwise(start.tolist()):
            within[i, a:b, b:] = within[i, b:, a:b] = 0.0
    return replace(data, within=within)


def _words(nested: tuple[str, ...], correlation: float | None) -> str:
    assumed = "" if correlation is None else f"with a correlation of {correlation:g} assumed in every arm"
    if not nested:
        return assumed
    return f"from the nested counts{f' ({assumed} without counts)' if assumed else ''}"
