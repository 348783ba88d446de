"""Permutation tests of the pooled effect and of the coefficients of a meta-regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice, permutations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.regression.design import build_design
from tmsmeta.models.regression.fit import INTERCEPT
from tmsmeta.pooling import PoolingSpec, estimable_rows
from tmsmeta.pooling.many.designs import coefficient_statistics
from tmsmeta.pooling.many.fit import BLOCK, pool_columns
from tmsmeta.pooling.many.result import PooledRows
from tmsmeta.pooling.spec import Profile, spec_without_counts
from tmsmeta.pooling.zero_cells import by_rule
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

_EXACT_STUDIES, _RANDOM_SIGNS = 21, 100_000
_EXACT_ORDERS, _RANDOM_ORDERS = 7, 1_000
_TIE = 1e-9  # statistics closer than this, relatively, count as equal: a mirrored data set gives the same value


@dataclass(frozen=True, kw_only=True, repr=False)
class PermutationTest(Brief):
    """Permutation p values.

    Attributes:
        terms: what was tested: ``("pooled effect",)`` or the coefficients.
        statistic: observed estimate divided by its standard error, one per term.
        p_value: share of arrangements whose statistic is at least as large in absolute value, one per term; the
            smallest p value that this number of arrangements can give is ``1 / arrangements`` (exact, two mirrored
            arrangements count as one) or ``1 / (arrangements + 1)``.
        arrangements: number of arrangements looked at.
        exact: True if these are all there are.
        seed: seed of the draws, None if `exact`.
    """

    terms: tuple[str, ...]
    statistic: tuple[float, ...]
    p_value: tuple[float, ...]
    arrangements: int
    exact: bool
    seed: int | None

    def in_short(self) -> str:
        """The p value of each term."""
        tests = zip(self.terms, self.statistic, self.p_value, strict=True)
        terms = "; ".join(f"{term}: statistic {number(value)}, {p_value(p)}" for term, value, p in tests)
        return f"{terms} ({self.arrangements:,} arrangements, {'all there are' if self.exact else 'drawn at random'})."

    def to_frame(self) -> pd.DataFrame:
        """One row per term: ``term statistic p_value arrangements exact``."""
        import pandas as pd

        frame = pd.DataFrame({"term": self.terms, "statistic": self.statistic, "p_value": self.p_value})
        return frame.assign(arrangements=self.arrangements, exact=self.exact)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


@answerable
def permutation_test(
    effects: EffectSizes,
    formula: str | None = None,
    data: Any = None,
    *,
    arrangements: int | None = None,
    seed: int = 0,
    profile: Profile | None = None,
    **spec: Any,
) -> PermutationTest:
    """Test the pooled effect by flipping signs, or moderators by shuffling them over the studies.

    Without effect, and with estimates that scatter symmetrically, every sign of every estimate is as likely as the
    other one. Without influence of the moderators every assignment of their rows to studies is. The model is fitted
    to each arrangement, with tau2 estimated anew, and the statistics are compared.

    Args:
        effects: k studies; those without an estimate are left out first.
        formula: right-hand side of a meta-regression, such as ``"~ dose"``; None tests the pooled effect.
        data: the moderators, one row per row of `effects`, paired by study labels where it has them as in
            :func:`~tmsmeta.meta_regression`, else by position.
        arrangements: None for all of them where there are at most 2^20 sign patterns (21 studies; mirrored ones count
            once) or 5,040 orders of the studies (7 studies), and otherwise 100,000 random sign patterns or 1,000
            random orders; a number asks for that many random ones.
        seed: seed of the random arrangements.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`; ``tau2`` and ``ci`` decide the statistic.

    Returns:
        The statistic and p value of each term; ``exact`` where all arrangements were made.

    Raises:
        InvalidInputError: too few studies, a formula or data that do not fit, `arrangements` not above 0.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.3], se=[0.2, 0.15, 0.3, 0.2, 0.1])
        >>> test = tm.permutation_test(trials, tau2="DL")
        >>> test.arrangements, test.exact, f"p = {test.p_value[0]:.4f}"
        (16, True, 'p = 0.0625')

    References:
        Follmann & Proschan, Biometrics 1999;55:732 (pooled effect).
        Higgins & Thompson, Stat Med 2004;23:1663 (meta-regression).
    """
    choices = spec_without_counts(profile, spec)
    if arrangements is not None and not (isinstance(arrangements, int) and arrangements > 0):
        message = "must be a whole number above 0, or None."
        raise InvalidInputError(Issue(None, "arrangements", arrangements, message))
    if formula is None:
        return _test_pooled(estimable_rows(effects, choices), choices, arrangements, seed)
    return _test_moderators(by_rule(effects, choices), formula, data, choices, arrangements, seed)


def _test_pooled(effects: EffectSizes, spec: PoolingSpec, arrangements: int | None, seed: int) -> PermutationTest:
    if effects.k < 2:
        raise InvalidInputError(Issue(None, "effects", effects.k, "must hold at least 2 studies with an estimate."))
    exact = arrangements is None and effects.k <= _EXACT_STUDIES
    count = 2 ** (effects.k - 1) if exact else arrangements or _RANDOM_SIGNS
    rng = np.random.default_rng(seed)
    observed = _statistic(effects.yi[:, None], effects.vi, spec)[0]
    as_large = 0
    for start, stop in _spans(count, effects.k):
        signs = _all_signs(start, stop, effects.k) if exact else _random_signs(rng, stop - start, effects.k)
        found = _statistic(signs * effects.yi[:, None], effects.vi, spec)
        as_large += int((np.abs(found) >= abs(observed) * (1 - _TIE)).sum())
    p_value = as_large / count if exact else (as_large + 1) / (count + 1)
    return PermutationTest(
        terms=("pooled effect",),
        statistic=(float(observed),),
        p_value=(p_value,),
        arrangements=count,
        exact=exact,
        seed=None if exact else seed,
    )


def _statistic(y: Floats, v: Floats, spec: PoolingSpec) -> Floats:
    """Estimate divided by standard error of every column; infinite where the standard error is 0."""
    block = pool_columns(y, np.broadcast_to(v[:, None], y.shape), spec)
    found = PooledRows.join([block], spec).statistic
    return np.where(np.isnan(found), np.inf, found)


def _spans(count: int, k: int) -> Iterator[tuple[int, int]]:
    size = max(1, BLOCK // k)
    return ((start, min(start + size, count)) for start in range(0, count, size))


def _all_signs(start: int, stop: int, k: int) -> Floats:
    """Sign patterns number `start` to `stop`, shape (k, n); the first study keeps its sign."""
    codes = np.arange(start, stop)
    signs = np.ones((k, stop - start))
    for study in range(1, k):
        signs[study] -= 2.0 * ((codes >> (study - 1)) & 1)
    return signs


def _random_signs(rng: np.random.Generator, count: int, k: int) -> Floats:
    return 1.0 - 2.0 * rng.integers(0, 2, (k, count)).astype(float)


def _test_moderators(
    effects: EffectSizes, formula: str, data: Any, spec: PoolingSpec, arrangements: int | None, seed: int
) -> PermutationTest:
    design = build_design(effects, formula, data, drop_missing=False)
    kept, x = effects.subset(design.kept), design.x / np.sqrt((design.x * design.x).sum(axis=0))
    tested = [j for j, term in enumerate(design.terms) if term != INTERCEPT]
    faults = []
    if not tested:
        faults.append(Issue(None, "formula", formula, "must hold a moderator."))
    if kept.k <= x.shape[1]:
        message = f"must hold at least {x.shape[1] + 1} studies for {x.shape[1]} coefficients."
        faults.append(Issue(None, "effects", kept.k, message))
    if faults:
        raise InvalidInputError(faults)
    exact = arrangements is None and kept.k <= _EXACT_ORDERS
    count = factorial(kept.k) if exact else arrangements or _RANDOM_ORDERS
    rng = np.random.default_rng(seed)
    orders = iter(permutations(range(kept.k))) if exact else (rng.permutation(kept.k) for _ in range(count))
    observed = coefficient_statistics(kept.yi, kept.vi, x[None], spec)[0, tested]
    as_large = np.zeros(len(tested), dtype=int)
    for start, stop in _spans(count, kept.k):
        block = np.array(list(islice(orders, stop - start)))
        found = coefficient_statistics(kept.yi, kept.vi, x[block], spec)[:, tested]
        as_large += (np.abs(found) >= np.abs(observed) * (1 - _TIE)).sum(axis=0)
    p_values = as_large / count if exact else (as_large + 1) / (count + 1)
    return PermutationTest(
        terms=tuple(design.terms[j] for j in tested),
        statistic=tuple(observed.tolist()),
        p_value=tuple(p_values.tolist()),
        arrangements=count,
        exact=exact,
        seed=None if exact else seed,
    )
