"""Trials of several networks side by side: contrasts of every outcome, with their covariance within each trial.

The effects of the arms of a trial on an outcome are known up to a constant, so each outcome of a trial gives the
contrasts of its arms against its first one. Outcomes may have different arms, or a trial may have one outcome only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.multivariate import nested_covariance
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, centred_covariance


@dataclass(frozen=True, eq=False)
class Side:
    """One outcome of one trial.

    Attributes:
        arms: treatment of each arm, the first one is what the others are compared with.
        y: the others against the first, shape (arms - 1,).
        covariance: of `y`, shape (arms - 1, arms - 1).
        variances: of single arms, shape (arms,); of two arms, whose sum alone is known, half each.
        events, n: counts, NaN where unknown, shape (arms,); `added` stands in both cells of the arm.
    """

    arms: tuple[str, ...]
    y: Floats
    covariance: Floats
    variances: Floats
    events: Floats
    n: Floats
    added: Floats

    @property
    def contrasts(self) -> Floats:
        """From effects of arms to `y`, shape (arms - 1, arms)."""
        size = len(self.arms)
        return np.column_stack([-np.ones(size - 1), np.eye(size - 1)])


def sides(data: NetworkData) -> dict[str, Side]:
    """Each trial of a network."""
    added = _added(data)
    found = {}
    of_arm, of_pair = (np.argsort(codes, kind="stable") for codes in (data.arms.study, data.pairs.study))
    arm_edges = np.searchsorted(data.arms.study[of_arm], np.arange(len(data.studies) + 1))
    pair_edges = np.searchsorted(data.pairs.study[of_pair], np.arange(len(data.studies) + 1))
    for s, label in enumerate(data.studies):
        arms = of_arm[arm_edges[s] : arm_edges[s + 1]]
        pairs = of_pair[pair_edges[s] : pair_edges[s + 1]]
        treatments = data.arms.treatment[arms]
        place = {int(t): k for k, t in enumerate(treatments)}
        y, spread = np.zeros(len(arms)), np.zeros((len(arms), len(arms)))
        for r in pairs:
            i, j = place[int(data.pairs.i[r])], place[int(data.pairs.j[r])]
            spread[i, j] = spread[j, i] = data.pairs.variance[r]
            if 0 in (i, j):
                y[max(i, j)] = data.pairs.y[r] if j == 0 else -data.pairs.y[r]
        centred = centred_covariance(spread[None])[0]
        contrast = np.column_stack([-np.ones(len(arms) - 1), np.eye(len(arms) - 1)])
        found[label] = Side(
            arms=tuple(data.treatments[t] for t in treatments),
            y=y[1:],
            covariance=contrast @ centred @ contrast.T,
            variances=_single_arms(spread),
            events=data.arms.events[arms],
            n=data.arms.n[arms],
            added=added[arms],
        )
    return found


def _single_arms(spread: Floats) -> Floats:
    """Variances of arms that add up to those of the differences: v_a = (sum of row a - total / (2 p - 2)) / (p - 2)."""
    p = len(spread)
    if p == 2:
        return np.full(2, spread[0, 1] / 2)
    row = spread.sum(axis=1)
    return np.maximum((row - row.sum() / (2 * (p - 1))) / (p - 2), 0.0)


def _added(data: NetworkData) -> Floats:
    """What the rule for zero cells added to the events of each arm."""
    rule, arms = data.zero, data.arms
    if rule is None or MEASURES[data.measure].defined_at_zero or rule.apply == "none":
        return np.zeros(len(arms.study))
    touched = np.isin(arms.study, arms.study[(arms.events == 0) | (arms.events == arms.n)])
    return np.where(touched | (rule.apply == "all"), rule.add, 0.0)


def cross_covariance(
    wider: Side, narrower: Side, measures: tuple[str, str], names: tuple[str, str], study: str, issues: list[Issue]
) -> Floats | None:
    """Covariance of the contrasts of two outcomes of one trial from nested counts; None where counts are not known.

    Arms that only one outcome has add nothing. Faults go to `issues`.
    """
    shared = [(wider.arms.index(t), narrower.arms.index(t)) for t in wider.arms if t in narrower.arms]
    scales = tuple(MEASURES[m].arm_scale for m in measures)
    if None in scales or any(not np.isfinite([wider.events[i], narrower.events[j]]).all() for i, j in shared):
        return None
    middle = np.zeros((len(wider.arms), len(narrower.arms)))
    for i, j in shared:
        a, m, b, o = wider.events[i], wider.n[i], narrower.events[j], narrower.n[j]
        where = f"{study}, {wider.arms[i]}"
        if b > a:
            message = f"must be at most the {a:g} of {names[0]!r}, of which they are a part."
            issues.append(Issue(where, f"events of {names[1]}", float(b), message))
        if m != o:
            message = f"must be the {m:g} patients of {names[0]!r}: nested counts come from the same patients."
            issues.append(Issue(where, f"n of {names[1]}", float(o), message))
        counts = (a + wider.added[i], b + narrower.added[j], m + 2 * wider.added[i], o + 2 * narrower.added[j])
        if counts[0] > 0 and counts[1] > 0:
            middle[i, j] = nested_covariance(scales, *np.array(counts)[:, None])[0]  # type: ignore[arg-type]
    return wider.contrasts @ middle @ narrower.contrasts.T


def assumed_covariance(first: Side, second: Side, correlation: float) -> Floats:
    """The same where the estimates of the arms correlate by `correlation` between the outcomes."""
    middle = np.zeros((len(first.arms), len(second.arms)))
    for i, treatment in enumerate(first.arms):
        if treatment in second.arms:
            j = second.arms.index(treatment)
            middle[i, j] = correlation * np.sqrt(first.variances[i] * second.variances[j])
    return first.contrasts @ middle @ second.contrasts.T


def covariance_within(
    trials: Mapping[str, Mapping[str, Side]],
    measures: Mapping[str, str],
    nested: Sequence[str],
    correlation: float | None,
) -> dict[str, Floats]:
    """Covariance of all contrasts of each trial, outcome by outcome.

    Args:
        trials: the outcomes of each trial.
        measures: of each outcome.
        nested: outcomes, the widest first; empty where `correlation` stands for all.
        correlation: of the estimates of an arm where counts do not tell it.

    Raises:
        InvalidInputError: counts that are not nested; a trial whose covariance is not known, or is not one.
    """
    issues: list[Issue] = []
    found = {}
    for study, own in trials.items():
        names, faults = list(own), len(issues)
        start = np.concatenate([[0], np.cumsum([len(side.y) for side in own.values()])])
        whole = np.zeros((start[-1], start[-1]))
        for i, a in enumerate(names):
            whole[start[i] : start[i + 1], start[i] : start[i + 1]] = own[a].covariance
            for j in range(i + 1, len(names)):
                block = _cross(own, (a, names[j]), measures, nested, correlation, study, issues)
                whole[start[i] : start[i + 1], start[j] : start[j + 1]] = block
                whole[start[j] : start[j + 1], start[i] : start[i + 1]] = block.T
        if len(issues) == faults and np.linalg.eigvalsh(whole)[0] <= 1e-9 * whole.diagonal().max():
            message = "has a covariance that no sampling errors can have; are the outcomes of the same patients?"
            issues.append(Issue(study, "correlation" if not nested else "nested", None, message))
        found[study] = whole
    if issues:
        raise InvalidInputError(issues, "The outcomes cannot be joined")
    return found


def _cross(
    own: Mapping[str, Side],
    pair: tuple[str, str],
    measures: Mapping[str, str],
    nested: Sequence[str],
    correlation: float | None,
    study: str,
    issues: list[Issue],
) -> Floats:
    first, second = pair
    if nested:
        swap = list(nested).index(first) > list(nested).index(second)
        wide, narrow = (second, first) if swap else (first, second)
        block = cross_covariance(
            own[wide], own[narrow], (measures[wide], measures[narrow]), (wide, narrow), study, issues
        )
        if block is not None:
            return block.T if swap else block
    if correlation is None:
        message = "has no counts of both outcomes; give `correlation` for such trials, or leave it out of one network."
        issues.append(Issue(study, "nested", None, message))
        return np.zeros((len(own[first].y), len(own[second].y)))
    return assumed_covariance(own[first], own[second], correlation)
