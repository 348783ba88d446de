"""Whether the comparisons of a multi-arm trial hold together.

A multi-arm trial must give all p(p-1)/2 comparisons: their standard errors are what tells how its comparisons hang
together. They must be able to belong together (the covariance they imply must be positive definite) and the
estimates must add up around each triangle, but for rounding.

Arms that are independent have variances of their own, which the standard errors give back. One below 0 shows that they
are not, or that a standard error is misprinted: the effects can still be estimated, but no longer shared out among
comparisons, see :func:`tmsmeta.networks.evidence_flow`.

What counts as rounding does not depend on the unit of the measure. Printed numbers are whole multiples of a step
(0.001 for three decimals), whatever they are multiplied with afterwards; three of them miss by no more than one and a
half steps. A miss that is small against the standard errors changes no result, and is averaged too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from tmsmeta.errors import Issue
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, Pairs, centred_covariance, square_blocks
from tmsmeta.networks.input.shared_arm import Comparisons, lacking_pairs, shared_arm

NEGLIGIBLE = 0.1
"""A miss of this share of the smallest standard error of a triangle is averaged, whatever the digits."""
_FINEST_STEP = 1e-6
"""Steps below this share of the largest estimate are those of the machine, not of print."""

_LARGEST_LOG = 10.0
"""No ratio is printed whose logarithm is larger."""


def check_multi_arm(
    study: str,
    at: Sequence[int],
    rows: Comparisons,
    tolerance: float | None,
    log: bool,
    issues: list[Issue],
    notes: list[str],
) -> None:
    """Record faults and notes of one trial with more than one comparison, the rows `at`.

    Args:
        tolerance: largest miss, in units of the measure; None to judge it by digits and standard errors.
        log: whether the estimates are logarithms of printed ratios.
    """
    first, second, y, variance = rows.treat1, rows.treat2, rows.y, rows.variance
    seen: dict[frozenset[str], int] = {}
    for r in at:
        pair = frozenset((first[r], second[r]))
        if pair in seen:
            where = f"row {rows.place[r]} ({study})"
            message = f"against {second[r]} stands in row {rows.place[seen[pair]]} too."
            issues.append(Issue(where, "treat1", first[r], message))
        seen.setdefault(pair, r)
    arms = sorted({t for pair in seen for t in pair})
    lacking = lacking_pairs(rows, at)
    base = shared_arm(rows, at)
    more = f", or the variance of its arm {base} (baseline_variance) or a correlation" if base else ""
    issues += [
        Issue(study, "treat1", None, f"has {len(arms)} arms but no comparison of {a} and {b}; give all of them{more}.")
        for a, b in lacking
    ]
    if lacking or len(seen) < len(at):
        return
    position = {t: k for k, t in enumerate(arms)}
    estimate, spread, half = (np.zeros((len(arms), len(arms))) for _ in range(3))
    for r, rounding in zip(at, _rounding(y[list(at)], log), strict=True):
        i, j = position[first[r]], position[second[r]]
        estimate[i, j], estimate[j, i] = y[r], -y[r]
        spread[i, j] = spread[j, i] = variance[r]
        half[i, j] = half[j, i] = rounding
    issues += _loops(study, arms, estimate, half, np.sqrt(spread), tolerance, notes)
    issues += _incompatible(study, arms, spread)


def _loops(
    study: str,
    arms: list[str],
    estimate: Floats,
    half: Floats,
    error: Floats,
    tolerance: float | None,
    notes: list[str],
) -> list[Issue]:
    """Estimates that do not add up around a triangle of arms, more than by their rounding `half`."""
    issues = []
    worst = 0.0
    for i, j, k in combinations(range(len(arms)), 3):
        gap = abs(estimate[i, j] + estimate[j, k] + estimate[k, i])
        smallest = min(error[i, j], error[j, k], error[i, k])
        digits = min(half[i, j] + half[j, k] + half[i, k], smallest)
        allowed = max(digits, NEGLIGIBLE * smallest) if tolerance is None else tolerance
        worst = max(worst, gap)
        # the sum of three decimals misses its decimal value by a few units of the machine
        if gap > allowed + 1e-9 * np.abs(estimate).max():
            limit = f"{allowed:.2g}, by its digits and standard errors" if tolerance is None else f"{tolerance:g}"
            message = (
                f"{arms[i]} against {arms[k]} should equal {arms[i]} against {arms[j]} plus {arms[j]} against "
                f"{arms[k]}, and misses it by {gap:.4g} (allowed: {limit})."
            )
            issues.append(Issue(study, "yi", float(estimate[i, k]), message))
    if not issues and worst > 1e-9 * np.abs(estimate).max():
        notes.append(f"{study}: estimates miss adding up by {worst:.2g} (rounding); they were averaged over its arms.")
    return issues


def _rounding(y: Floats, log: bool) -> Floats:
    """Largest rounding error of each estimate as given, in units of the measure.

    Half a step of the estimates or, for logarithms, of the ratios as printed, whichever is coarser.
    """
    half = np.full(len(y), common_step(y) / 2)
    if not log or np.abs(y).max() > _LARGEST_LOG:
        return half
    return np.maximum(half, common_step(np.exp(y)) / 2 / np.exp(y))


def common_step(values: Floats) -> float:
    """The largest number of which all `values` are whole multiples; 0 where there is none but for the machine."""
    values = np.abs(values)
    largest = float(values.max(initial=0.0))
    step = 0.0
    for value in values.tolist():
        high, low = max(step, value), min(step, value)
        while low > 1e-9 * largest:
            high, low = low, abs(high - round(high / low) * low)
        step = high
    return step if step > _FINEST_STEP * largest else 0.0


def _incompatible(study: str, arms: list[str], spread: Floats) -> list[Issue]:
    """Standard errors that no covariance matrix can have produced, each with those it contradicts."""
    values = np.linalg.eigvalsh(centred_covariance(spread))
    # the smallest eigenvalue belongs to the sum of all arms and is zero by construction
    if values[1] > 1e-10 * values[-1] and values[0] > -1e-10 * values[-1]:
        return []
    error = np.sqrt(spread)
    found = [_broken(study, arms, error, sides) for sides in combinations(range(len(arms)), 3)]
    if broken := [issue for issue in found if issue is not None]:
        return broken
    listed = "; ".join(f"{arms[i]} against {arms[j]} {error[i, j]:.4g}" for i, j in combinations(range(len(arms)), 2))
    message = f"cannot belong together: no variances and covariances of its arms give all of them ({listed})."
    return [Issue(study, "se", None, message)]


def _broken(study: str, arms: list[str], error: Floats, corners: tuple[int, int, int]) -> Issue | None:
    """The fault of three arms whose standard errors break the triangle rule, with all three as suspects."""
    sides = sorted(combinations(corners, 2), key=lambda pair: error[pair])
    short, middle, longest = (float(error[pair]) for pair in sides)
    if longest < (short + middle) * (1 - 1e-9):
        return None
    one, two, most = (f"{arms[i]} against {arms[j]}" for i, j in sides)
    message = (
        f"of {most} cannot belong together with those of {one} ({short:.4g}) and {two} ({middle:.4g}): it must be "
        f"below their sum, {short + middle:.4g}. Any of the three may be the misprint."
    )
    return Issue(study, "se", longest, message)


def negative_arms(
    pairs: Pairs, arms_per_study: Integers, studies: Sequence[str], treatments: Sequence[str]
) -> list[str]:
    """A sentence for every arm of a multi-arm trial whose own variance comes out below 0.

    With p arms the sum S of their variances is that of all differences over p - 1, and the variance of one arm is that
    of its differences less S, over p - 2 (least squares where more than three arms fit no variances exactly).
    """
    said = []
    size = arms_per_study[pairs.study]
    for p in np.unique(size[size > 2]).tolist():
        study, treatment, _, variance = square_blocks(pairs, size == p, p)
        of_arm = variance.sum(axis=2)
        own = (of_arm - of_arm.sum(axis=1, keepdims=True) / (2 * (p - 1))) / (p - 2)
        # an arm without variance is a limit, not a contradiction
        trials, places = np.nonzero(own < -1e-9 * variance.max(axis=(1, 2))[:, None])
        said += [
            f"{studies[study[m]]}: its standard errors imply a variance below 0 ({own[m, a]:.3g}) for the arm "
            f"{treatments[treatment[m, a]]}; check them. Effects are estimated as printed."
            for m, a in zip(trials.tolist(), places.tolist(), strict=True)
        ]
    return said
