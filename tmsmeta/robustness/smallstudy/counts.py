"""Tests of asymmetry that work on the counts of 2x2 tables: Harbord, Peters, Deeks.

All three look at the odds ratio, whatever measure is being pooled: Harbord through its efficient score, Peters and
Deeks through its logarithm, with 0.5 added to every cell of a study that has a zero cell. Studies with no event, or
only events, in both arms say nothing about it and are left out, and so are studies of which the counts are not known.
"""

from __future__ import annotations

from typing import Any, NamedTuple, overload

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.two_arm import binary
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.pooling.sentences import correction_sentence
from tmsmeta.robustness.smallstudy.dispersion_line import line_test
from tmsmeta.robustness.smallstudy.result import AsymmetryTest
from tmsmeta.words.arguments import answerable

COUNTS = ("events_t", "n_t", "events_c", "n_c")


class _Tables(NamedTuple):
    """Counts and log odds ratios of the studies that have one, and the studies left out."""

    events_t: Floats
    n_t: Floats
    events_c: Floats
    n_c: Floats
    effects: EffectSizes
    left_out: tuple[Issue, ...]

    @property
    def n(self) -> Floats:
        return self.n_t + self.n_c

    @property
    def events(self) -> Floats:
        return self.events_t + self.events_c


@overload
def harbord(events_t: EffectSizes, /) -> AsymmetryTest | NotAssessable: ...
@overload
def harbord(
    events_t: Any, n_t: Any, events_c: Any, n_c: Any, *, study: Any = None
) -> AsymmetryTest | NotAssessable: ...
@answerable
def harbord(
    events_t: Any, n_t: Any = None, events_c: Any = None, n_c: Any = None, *, study: Any = None
) -> AsymmetryTest | NotAssessable:
    """Harbord's test: the efficient score of the log odds ratio against its information.

    Regression of Z / V on 1 / sqrt(V), weighted by V, with Z the score and V its variance under the hypergeometric
    distribution; t with k - 2 degrees of freedom. The score needs no continuity correction.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events_t: effects that carry counts (from :func:`tmsmeta.effects.binary`, any measure), or the events of the
            treated arm, shape (k,).
        n_t, events_c, n_c: the other three counts, shape (k,), where counts are given.
        study: labels, shape (k,), none of them missing, where counts are given.

    Returns:
        The test, or why there is none: no counts, or fewer than three studies with information.

    Raises:
        InvalidInputError: counts that are negative, fractional, above n; lengths that differ.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 19], [60, 52, 25, 144], [6, 5, 1, 14], [61, 50, 24, 145]
        >>> f"p = {tm.harbord(events_t, n_t, events_c, n_c).p_value:.3f}"
        'p = 0.252'

    References:
        Harbord, Egger & Sterne, Stat Med 2006;25:3443.
    """
    test = "Harbord's test"
    tables = _tables(test, events_t, n_t, events_c, n_c, study)
    if isinstance(tables, NotAssessable):
        return tables
    score = tables.events_t - tables.events * tables.n_t / tables.n
    variance = tables.n_t * tables.n_c * tables.events * (tables.n - tables.events) / (tables.n**2 * (tables.n - 1))
    method = "regression of the efficient score of the log odds ratio, weighted by its information"
    return line_test(
        test,
        score / variance,
        variance**-0.5,
        variance,
        effects=tables.effects,
        method=method,
        left_out=tables.left_out,
    )


@overload
def peters(events_t: EffectSizes, /) -> AsymmetryTest | NotAssessable: ...
@overload
def peters(events_t: Any, n_t: Any, events_c: Any, n_c: Any, *, study: Any = None) -> AsymmetryTest | NotAssessable: ...
@answerable
def peters(
    events_t: Any, n_t: Any = None, events_c: Any = None, n_c: Any = None, *, study: Any = None
) -> AsymmetryTest | NotAssessable:
    """Peters' test: the log odds ratio against the reciprocal of the sample size.

    Weighted by (1 / events + 1 / non-events)^-1 over both arms; t with k - 2 degrees of freedom.

    Args:
        events_t: effects that carry counts (from :func:`tmsmeta.effects.binary`, any measure), or the events of the
            treated arm, shape (k,).
        n_t, events_c, n_c: the other three counts, shape (k,), where counts are given.
        study: labels, shape (k,), none of them missing, where counts are given.

    Returns:
        The test, or why there is none: no counts, or fewer than three studies with information.

    Raises:
        InvalidInputError: counts that are negative, fractional, above n; lengths that differ.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 19], [60, 52, 25, 144], [6, 5, 1, 14], [61, 50, 24, 145]
        >>> f"p = {tm.peters(events_t, n_t, events_c, n_c).p_value:.3f}"
        'p = 0.176'

    References:
        Peters et al., JAMA 2006;295:676.
    """
    test = "Peters' test"
    tables = _tables(test, events_t, n_t, events_c, n_c, study)
    if isinstance(tables, NotAssessable):
        return tables
    weights = tables.events * (tables.n - tables.events) / tables.n
    method = "regression of the log odds ratio on 1 / n, weighted by the total events and non-events"
    return _of_log_or(test, tables, 1 / tables.n, weights, method)


@overload
def deeks(events_t: EffectSizes, /) -> AsymmetryTest | NotAssessable: ...
@overload
def deeks(events_t: Any, n_t: Any, events_c: Any, n_c: Any, *, study: Any = None) -> AsymmetryTest | NotAssessable: ...
@answerable
def deeks(
    events_t: Any, n_t: Any = None, events_c: Any = None, n_c: Any = None, *, study: Any = None
) -> AsymmetryTest | NotAssessable:
    """Deeks' test: the log odds ratio against 1 / sqrt(effective sample size).

    The effective sample size is 4 n_t n_c / (n_t + n_c), and the weight; t with k - 2 degrees of freedom.

    Args:
        events_t: effects that carry counts (from :func:`tmsmeta.effects.binary`, any measure), or the events of the
            treated arm, shape (k,).
        n_t, events_c, n_c: the other three counts, shape (k,), where counts are given.
        study: labels, shape (k,), none of them missing, where counts are given.

    Returns:
        The test, or why there is none: no counts, or fewer than three studies with information.

    Raises:
        InvalidInputError: counts that are negative, fractional, above n; lengths that differ.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 19], [60, 52, 25, 144], [6, 5, 1, 14], [61, 50, 24, 145]
        >>> f"p = {tm.deeks(events_t, n_t, events_c, n_c).p_value:.3f}"
        'p = 0.130'

    References:
        Deeks, Macaskill & Irwig, J Clin Epidemiol 2005;58:882.
    """
    test = "Deeks' test"
    tables = _tables(test, events_t, n_t, events_c, n_c, study)
    if isinstance(tables, NotAssessable):
        return tables
    size = 4 * tables.n_t * tables.n_c / tables.n
    method = "regression of the log odds ratio on 1 / sqrt(effective sample size), weighted by the latter"
    return _of_log_or(test, tables, size**-0.5, size, method)


def _of_log_or(test: str, tables: _Tables, x: Floats, weights: Floats, method: str) -> AsymmetryTest | NotAssessable:
    """The test of the slope of the log odds ratio on `x`."""
    return line_test(
        test,
        tables.effects.yi,
        x,
        weights,
        effects=tables.effects,
        method=method,
        corrections=correction_sentence(tables.effects),
        left_out=tables.left_out,
    )


def _tables(test: str, events_t: Any, n_t: Any, events_c: Any, n_c: Any, study: Any) -> _Tables | NotAssessable:
    if isinstance(events_t, EffectSizes):
        counts = events_t.require_inputs(test, *COUNTS)
        if isinstance(counts, NotAssessable):
            return counts
        study = events_t.study
    else:
        counts = (events_t, n_t, events_c, n_c)
    if isinstance(events_t, EffectSizes) and not np.isfinite(counts).all(axis=0).any():
        return NotAssessable(test, "no study has counts")
    effects = binary(
        "OR",
        *counts,
        study=study,
        drop_double_zero=True,
        allow_fractional=isinstance(events_t, EffectSizes),
        missing="drop" if isinstance(events_t, EffectSizes) else "refuse",
    )
    kept = effects.subset(effects.estimable)
    columns = {name: kept.inputs[name] for name in COUNTS}
    return _Tables(**columns, effects=kept, left_out=effects.not_estimable)
