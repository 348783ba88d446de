"""Mantel-Haenszel network meta-analysis: odds ratios of sparse events, without continuity corrections.

First the trials of each design are pooled by the Mantel-Haenszel method, then the designs by generalised least
squares under a common effect (Efthimiou et al., Stat Med 2019;38:2992). Designs with more than two arms use the
generalised estimator of Mickey & Elashoff (Biometrics 1985;41:623), the mean of the two-arm log odds ratios over all
ways from one arm to the other.

Covariances. With x events and y non-events of arm i in a trial of size N, C_ij = sum of x_i y_j / N and
L_ij = log(C_ij / C_ji). Under independent binomials x_i y_j - psi_ij x_j y_i has mean zero, and the expectation of the
product for pairs that share arm i leaves x_i y_j y_h + psi_ij psi_ih x_j x_h y_i, all terms of higher order cancelling.
Hence cov(L_ij, L_ih) = sum of x_i y_j y_h / (N^2 C_ij C_ih) + sum of x_j x_h y_i / (N^2 C_ji C_hi), and zero for pairs
without a common arm. Variances are those of Robins, Breslow & Greenland (Biometrics 1986;42:311), so that a network
of two treatments is the pairwise method. For multi-arm designs netmeta takes the covariances of Greenland (Biometrics
1989;45:183) instead, which may differ slightly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tmsmeta.networks.input.arm_table import ArmTable, read_arms
from tmsmeta.networks.input.arms import COUNTS
from tmsmeta.networks.input.data import Exclusion, TrialArms
from tmsmeta.networks.input.from_labels import LabelledTrials, assemble
from tmsmeta.networks.input.independent_contrasts import Floats, pairs_of
from tmsmeta.networks.input.labels import coded
from tmsmeta.networks.model.result import NetworkMeta, fit_network
from tmsmeta.networks.spec import NetworkSpec, check_better
from tmsmeta.words.arguments import answerable


@dataclass(frozen=True, eq=False)
class _Design:
    """Trials of one set of treatments: events and sizes, shape (trials, arms)."""

    treatments: tuple[str, ...]
    trials: list[str]
    events: Floats
    n: Floats


@answerable
def network_mh(
    arms: Any,
    *,
    reference: str | float,
    better: str | None = None,
    level: float = 0.95,
    duplicate_arms: str = "error",
    missing: str = "refuse",
) -> NetworkMeta:
    """Mantel-Haenszel network meta-analysis of odds ratios under a common effect.

    Args:
        arms: table with one row per arm: ``study``, ``treatment``, ``events``, ``n``.
        reference: the treatment against which effects are stated.
        better: ``higher`` if more events are good, ``lower`` if fewer are; it must be stated.
        level: confidence level.
        duplicate_arms: ``error``, or ``merge``.
        missing: ``refuse`` rows with a missing value, or ``drop`` them, which is said.

    Returns:
        A network whose "studies" are designs, each with the number of its trials; measure ``OR`` on the log scale.
        Its Q measures inconsistency between designs only. Trials and arms without information stand in
        ``.data.excluded`` and ``.data.notes``.

    Raises:
        InvalidInputError: every fault of the table, or no design left.
        DisconnectedNetworkError: treatments that no design links.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [0, 2, 1, 4, 1, 3], "n": [30] * 6}
        >>> net = tm.network_mh(arms, reference="P", better="lower")
        >>> {name: f"{log_ratio:.2f}" for name, log_ratio in zip(net.treatments, net.theta)}
        {'P': '0.00', 'X': '0.33', 'Y': '1.50'}
    """
    check_better(better)
    table = read_arms(arms, COUNTS, duplicate_arms=duplicate_arms, missing=missing)
    designs, excluded = _by_design(table)
    useful, uninformative, dropped = _all_informative(designs)
    notes = ["Trials were pooled within designs by the Mantel-Haenszel method; Q is that between designs."]
    notes += [*table.notes, *dropped]
    spec = NetworkSpec(tau2="FE", level=level)
    data = assemble(
        [_pooled(useful, [*table.excluded, *excluded, *uninformative], notes)],
        measure="OR",
        reference=reference,
        better=better,
        trials_per_study=np.array([len(design.trials) for design in useful], dtype=np.intp),
        trial_arms=_trial_arms(useful),
        duplicate_arms=duplicate_arms,
    )
    return fit_network(data, spec)


def _by_design(table: ArmTable) -> tuple[list[_Design], list[Exclusion]]:
    """Trials grouped by their treatments; those without any event, or nothing else, are excluded."""
    groups: dict[tuple[str, ...], list[tuple[str, Floats, Floats]]] = {}
    excluded = []
    by_name = np.argsort(np.argsort(table.treatments))[table.treatment]
    arms = np.split(np.lexsort((by_name, table.of)), np.cumsum(np.bincount(table.of)))
    for s, (study, at) in enumerate(zip(table.studies, arms, strict=False)):
        events, n = table.columns["events"][at], table.columns["n"][at]
        if not events.any() or (events == n).all():
            what = "no event" if not events.any() else "nothing but events"
            excluded.append(
                Exclusion(study, f"{what} in any arm, which tells nothing about an odds ratio", table.of_study(s))
            )
            continue
        groups.setdefault(tuple(table.treatments[t] for t in table.treatment[at]), []).append((study, events, n))
    designs = [
        _Design(treatments, [g[0] for g in group], np.array([g[1] for g in group]), np.array([g[2] for g in group]))
        for treatments, group in groups.items()
    ]
    return designs, excluded


def _all_informative(designs: list[_Design]) -> tuple[list[_Design], list[Exclusion], list[str]]:
    """Designs that can be pooled, trials that cannot, and notes; designs that lose an arm join those without it."""
    reason = "no pair of arms has events and non-events to compare in the trials of this design"
    found: dict[tuple[str, ...], _Design] = {}
    excluded: list[Exclusion] = []
    notes: list[str] = []
    for design in designs:
        left, said = _informative(design)
        notes += said
        if left is None:
            excluded += [Exclusion(trial, reason, design.treatments) for trial in design.trials]
            continue
        other = found.get(left.treatments)
        found[left.treatments] = left if other is None else _together(other, left)
    return list(found.values()), excluded, notes


def _together(a: _Design, b: _Design) -> _Design:
    return _Design(a.treatments, [*a.trials, *b.trials], np.vstack([a.events, b.events]), np.vstack([a.n, b.n]))


def _informative(design: _Design) -> tuple[_Design | None, list[str]]:
    """The design without arms that no other arm can be compared with, and a sentence for each such arm."""
    notes: list[str] = []
    keep = list(range(len(design.treatments)))
    while len(keep) > 1:
        c = _counts(design.events[:, keep], design.n[:, keep])
        empty = (c == 0) & ~np.eye(len(keep), dtype=bool)
        missing = (empty | empty.T).sum(axis=1)
        if not missing.any():
            at = np.array(keep)
            names = tuple(design.treatments[k] for k in keep)
            return _Design(names, design.trials, design.events[:, at], design.n[:, at]), notes
        worst = keep.pop(int(np.argmax(missing)))
        label = ":".join(design.treatments)
        notes.append(f"Design {label}: {design.treatments[worst]} has too few events to compare and was left out.")
    return None, notes


def _counts(events: Floats, n: Floats) -> Floats:
    """C_ij of all pairs of arms, shape (p, p)."""
    c: Floats = np.einsum("ki,kj,k->ij", events, n - events, 1 / n.sum(axis=1))
    return c


def _pooled(designs: list[_Design], excluded: list[Exclusion], notes: list[str]) -> LabelledTrials:
    """Every design as one study."""
    sizes = [len(design.treatments) for design in designs]
    treatments, arm = coded([name for design in designs for name in design.treatments])
    study = np.repeat(np.arange(len(designs)), sizes)
    y, variance, first, second = [np.zeros(0)], [np.zeros(0)], [study[:0]], [study[:0]]
    for design, start in zip(designs, np.cumsum(sizes) - sizes, strict=True):
        log_or, spread = generalised_mantel_haenszel(design.events, design.n)
        i, j = pairs_of(len(design.treatments))
        y.append(log_or[i, j])
        variance.append(spread[i, j])
        first.append(start + i)
        second.append(start + j)
    one, other = np.concatenate(first), np.concatenate(second)
    return LabelledTrials(
        studies=[" : ".join(design.treatments) for design in designs],
        treatments=treatments,
        study=study[one],
        treat1=arm[one],
        treat2=arm[other],
        y=np.concatenate(y),
        variance=np.concatenate(variance),
        arm_study=study,
        arm_treatment=arm,
        arm_events=np.concatenate([np.zeros(0), *(design.events.sum(axis=0) for design in designs)]),
        arm_n=np.concatenate([np.zeros(0), *(design.n.sum(axis=0) for design in designs)]),
        excluded=tuple(excluded),
        notes=tuple(notes),
    )


def generalised_mantel_haenszel(events: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Log odds ratios of all pairs of arms, consistent with each other, and their variances.

    Args:
        events, n: shape (trials, p); every pair of arms needs events in either against non-events in the other.

    Returns:
        Matrices (p, p), row against column.
    """
    p = events.shape[1]
    pairs = list(combinations(range(p), 2))
    c = _counts(events, n)
    raw = np.array([np.log(c[i, j] / c[j, i]) for i, j in pairs])
    # each arm's mean log odds ratio against the p - 1 others and itself: a linear map of the raw ones
    to_arm = np.zeros((p, len(pairs)))
    for k, (i, j) in enumerate(pairs):
        to_arm[i, k], to_arm[j, k] = 1 / p, -1 / p
    effect, spread = to_arm @ raw, to_arm @ _covariance(events, n, pairs, c) @ to_arm.T
    variance = spread.diagonal()[:, None] + spread.diagonal()[None, :] - 2 * spread
    return effect[:, None] - effect[None, :], variance


def _covariance(x: Floats, n: Floats, pairs: Sequence[tuple[int, int]], c: Floats) -> Floats:
    """Covariance of the raw log odds ratios of all pairs."""
    y, square = n - x, n.sum(axis=1) ** 2
    full = np.zeros((len(pairs), len(pairs)))
    for a, (i, j) in enumerate(pairs):
        full[a, a] = _rbg(x[:, [i, j]], n[:, [i, j]], n.sum(axis=1))
        for b in range(a + 1, len(pairs)):
            shared = {i, j} & set(pairs[b])
            if not shared:
                continue
            s = shared.pop()
            u, h = (j if s == i else i), (pairs[b][1] if s == pairs[b][0] else pairs[b][0])
            # L from the shared arm to u and to h; turning one of the two turns the sign
            turned = (s != i) != (s != pairs[b][0])
            value = (x[:, s] * y[:, u] * y[:, h] / square).sum() / (c[s, u] * c[s, h])
            value += (x[:, u] * x[:, h] * y[:, s] / square).sum() / (c[u, s] * c[h, s])
            full[a, b] = full[b, a] = -value if turned else value
    return full


def _rbg(x: Floats, n: Floats, total: Floats) -> float:
    """Robins-Breslow-Greenland variance of a log odds ratio, in trials of size `total`."""
    y = n - x
    r, s = x[:, 0] * y[:, 1] / total, x[:, 1] * y[:, 0] / total
    p, q = (x[:, 0] + y[:, 1]) / total, (x[:, 1] + y[:, 0]) / total
    up, down = r.sum(), s.sum()
    return float((p @ r) / (2 * up**2) + (p @ s + q @ r) / (2 * up * down) + (q @ s) / (2 * down**2))


def _trial_arms(designs: list[_Design]) -> TrialArms:
    """The arms of the trials behind the designs."""
    return TrialArms(
        study=tuple(trial for d in designs for trial in d.trials for _ in d.treatments),
        treatment=tuple(treatment for d in designs for _ in d.trials for treatment in d.treatments),
        events=np.concatenate([d.events.ravel() for d in designs] or [np.zeros(0)]),
        n=np.concatenate([d.n.ravel() for d in designs] or [np.zeros(0)]),
    )
