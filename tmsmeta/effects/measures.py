"""The measures: one row each, with everything that the rest of the library asks of them.

To add one: write its formula, from the cells of its family to estimates and variances, give it a row in
:data:`MEASURES`, and say in ``measure_words`` what a reader must know of it. The effect functions, pooling, sentences,
tables, figures, networks and the documentation read the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from tmsmeta.effects.measure_words import WORDS
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words import numbers
from tmsmeta.words.methods import Method
from tmsmeta.words.numbers import Number, Pair

Floats = NDArray[np.float64]
Scale = Literal["identity", "log", "logit", "arcsine", "freeman-tukey", "square-root", "freeman-tukey rate"]
Family = Literal["binary", "proportion", "rate", "rate ratio", "continuous", "given"]
Shown = Literal["ratio", "percent", "per time", "number"]
Estimates = tuple[Floats, Floats]


@dataclass(frozen=True, kw_only=True)
class Measure(Method):
    """One effect measure: short name as in metafor, label without the scale, and in LaTeX estimate and variance.

    Attributes:
        family: the data it is made of: ``binary``, events of n in two arms; ``proportion``, events of n in one arm;
            ``rate``, events in person-time in one arm; ``rate ratio``, the same in two arms; ``continuous``, means in
            two arms; ``given``, none: it comes as an estimate.
        scale: the scale of ``yi``; see :func:`tmsmeta.effects.back_transform` for the way back.
        formula: estimates and variances from the cells of its family: a :class:`Table`, events and n, events and time,
            events and time of both arms, or :class:`Arms`. None where the estimate is given.
        arm: for two arms of events, the measure of a single arm in which the arms differ by this effect.
        one_step: estimated from the whole table, not as a difference between its arms (Peto).
        defined_at_zero: whether the formula needs no correction of zero cells, so that none is ever applied.
        digits: decimals of estimate and limits in text, on the scale a reader knows (ratios not logged).
    """

    family: Family
    scale: Scale = "identity"
    formula: Callable[..., Estimates] | None = None
    arm: str = ""
    one_step: bool = False
    defined_at_zero: bool = False
    digits: int = 2

    @property
    def contrast(self) -> bool:
        """True for treated against comparator, False for a single arm."""
        return self.family not in ("proportion", "rate")

    @property
    def null(self) -> float:
        """The value of "no effect" on the scale of ``yi`` (NaN for a single arm, which has none)."""
        return 0.0 if self.contrast else float("nan")

    @property
    def is_ratio(self) -> bool:
        """Whether the exponential of ``yi`` is a ratio of treated to comparator."""
        return self.contrast and self.scale == "log"

    @property
    def natural_name(self) -> str:
        """What an effect is on the scale a reader knows, as a column of a table; empty where it is only itself."""
        if self.is_ratio:
            return "ratio"
        return self.family if self.family in ("proportion", "rate") else ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the scale a reader knows: no proportion above 1, no rate below 0."""
        if self.is_ratio or self.family == "rate":
            return 0.0, np.inf
        if self.family == "proportion":
            return 0.0, 1.0
        end = {"RD": 1.0, "AS": np.pi / 2}.get(self.name, np.inf)
        return -end, end

    def texts(self, value: Number, limits: Pair | None = None) -> tuple[str, ...]:
        """An estimate and its limits as text, values on the scale a reader knows; as :meth:`Numerals.estimate`."""
        null = (1.0 if self.is_ratio else self.null) if self.contrast else None
        return numbers.estimate(value, limits, self.digits, log=self.is_ratio, null=null)

    def text(self, value: Number, limits: Pair | None = None) -> str:
        """``"2.82 (1.57 to 5.09)"``; a ratio is given as such, not logged, and without `limits` stands alone."""
        shown, *ends = self.texts(value, limits)
        return f"{shown} ({' to '.join(ends)})" if ends else shown

    @property
    def shown(self) -> Shown:
        """What a reader is shown: a ratio, a percentage, a number per unit of time, or the number as it is."""
        if self.is_ratio:
            return "ratio"
        if self.family == "proportion":
            return "percent"
        return "per time" if self.family in ("rate", "rate ratio") else "number"

    @property
    def arm_formula(self) -> Callable[[Floats, Floats], Estimates] | None:
        """Estimate and variance of one arm from its events and n, whose difference between arms is this effect."""
        return None if self.one_step or not self.arm else MEASURES[self.arm].formula

    @property
    def arm_scale(self) -> Scale | None:
        """The scale of a single arm's risk on which the effect is a difference; None where there is none."""
        return MEASURES[self.arm].scale if self.arm else None


class Table(NamedTuple):
    """The four cells of each study: a events and b non-events treated, c and d in the comparator arm."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


class Arms(NamedTuple):
    """Means, standard deviations and sizes of both arms."""

    mean_t: Floats
    sd_t: Floats
    n_t: Floats
    mean_c: Floats
    sd_c: Floats
    n_c: Floats


def _log_odds_ratio(t: Table) -> Estimates:
    # products of whole numbers are exact, so equal odds give exactly 0
    return np.log(t.a * t.d / (t.b * t.c)), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d


def _log_risk_ratio(t: Table) -> Estimates:
    n_t, n_c = t.a + t.b, t.c + t.d
    # b / (a n) is 1/a - 1/n without the loss of digits when nearly everybody has the event
    return np.log(t.a * n_c / (t.c * n_t)), t.b / (t.a * n_t) + t.d / (t.c * n_c)


def _risk_difference(t: Table) -> Estimates:
    n_t, n_c = t.a + t.b, t.c + t.d
    return t.a / n_t - t.c / n_c, t.a * t.b / n_t**3 + t.c * t.d / n_c**3


def _arcsine_difference(t: Table) -> Estimates:
    n_t, n_c = t.a + t.b, t.c + t.d
    return np.arcsin(np.sqrt(t.a / n_t)) - np.arcsin(np.sqrt(t.c / n_c)), 1 / (4 * n_t) + 1 / (4 * n_c)


def _peto(t: Table) -> Estimates:
    n_t, n_c, events = t.a + t.b, t.c + t.d, t.a + t.c
    total = n_t + n_c
    variance = n_t * n_c * events * (total - events) / (total**2 * (total - 1))
    return (t.a - n_t * events / total) / variance, 1 / variance


def _risk(x: Floats, n: Floats) -> Estimates:
    return x / n, x * (n - x) / n**3


def _log_risk(x: Floats, n: Floats) -> Estimates:
    return np.log(x / n), (n - x) / (x * n)


def _log_odds(x: Floats, n: Floats) -> Estimates:
    return np.log(x) - np.log(n - x), 1 / x + 1 / (n - x)


def _arcsine(x: Floats, n: Floats) -> Estimates:
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n)


def _freeman_tukey(x: Floats, n: Floats) -> Estimates:
    both = np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))
    return both / 2, 1 / (4 * n + 2)


def _rate(x: Floats, t: Floats) -> Estimates:
    return x / t, x / t**2


def _log_rate(x: Floats, t: Floats) -> Estimates:
    return np.log(x / t), 1 / x


def _root_rate(x: Floats, t: Floats) -> Estimates:
    return np.sqrt(x / t), 1 / (4 * t)


def _freeman_tukey_rate(x: Floats, t: Floats) -> Estimates:
    return (np.sqrt(x / t) + np.sqrt((x + 1) / t)) / 2, 1 / (4 * t)


def _log_rate_ratio(x_t: Floats, t_t: Floats, x_c: Floats, t_c: Floats) -> Estimates:
    return np.log(x_t / t_t) - np.log(x_c / t_c), 1 / x_t + 1 / x_c


def _rate_difference(x_t: Floats, t_t: Floats, x_c: Floats, t_c: Floats) -> Estimates:
    return x_t / t_t - x_c / t_c, x_t / t_t**2 + x_c / t_c**2


def small_sample_factor(df: Floats) -> Floats:
    """Hedges' exact factor J(df) that removes the bias of a standardised mean difference (Hedges 1981)."""
    return np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)


def _mean_difference(a: Arms) -> Estimates:
    return a.mean_t - a.mean_c, a.sd_t**2 / a.n_t + a.sd_c**2 / a.n_c


def _hedges_g(a: Arms) -> Estimates:
    df = a.n_t + a.n_c - 2
    pooled_sd = np.sqrt(((a.n_t - 1) * a.sd_t**2 + (a.n_c - 1) * a.sd_c**2) / df)
    g = small_sample_factor(df) * (a.mean_t - a.mean_c) / pooled_sd
    return g, 1 / a.n_t + 1 / a.n_c + g**2 / (2 * (a.n_t + a.n_c))


def _unequal_variances(a: Arms) -> Estimates:
    df = a.n_t + a.n_c - 2
    mean_variance = (a.sd_t**2 + a.sd_c**2) / 2
    factor = small_sample_factor(df)
    d = factor * (a.mean_t - a.mean_c) / np.sqrt(mean_variance)
    from_sd = d**2 * (a.sd_t**4 / (a.n_t - 1) + a.sd_c**4 / (a.n_c - 1)) / (8 * mean_variance**2)
    from_means = (a.sd_t**2 / (a.n_t - 1) + a.sd_c**2 / (a.n_c - 1)) / mean_variance
    # Bonett 2008, eq. 8, with the unbiased d in place of the population value, as in Hedges' g; metafor from 4.6-0.
    return d, from_sd + from_means


def _log_ratio_of_means(a: Arms) -> Estimates:
    variance = a.sd_t**2 / (a.n_t * a.mean_t**2) + a.sd_c**2 / (a.n_c * a.mean_c**2)
    return np.log(a.mean_t / a.mean_c), variance


def _measure(name: str, **more: Any) -> Measure:
    return Measure(**vars(WORDS[name]), **more)


MEASURES: Mapping[str, Measure] = {
    m.name: m
    for m in (
        _measure("OR", family="binary", scale="log", formula=_log_odds_ratio, arm="PLO"),
        _measure("RR", family="binary", scale="log", formula=_log_risk_ratio, arm="PLN"),
        _measure("RD", family="binary", formula=_risk_difference, arm="PR", digits=3),
        _measure("AS", family="binary", formula=_arcsine_difference, arm="PAS", defined_at_zero=True, digits=3),
        _measure("PETO", family="binary", scale="log", formula=_peto, arm="PLO", one_step=True),
        _measure("PR", family="proportion", formula=_risk, digits=3),
        _measure("PLN", family="proportion", scale="log", formula=_log_risk),
        _measure("PLO", family="proportion", scale="logit", formula=_log_odds),
        _measure("PAS", family="proportion", scale="arcsine", formula=_arcsine, defined_at_zero=True, digits=3),
        _measure(
            "PFT", family="proportion", scale="freeman-tukey", formula=_freeman_tukey, defined_at_zero=True, digits=3
        ),
        _measure("IR", family="rate", formula=_rate, digits=3),
        _measure("IRLN", family="rate", scale="log", formula=_log_rate),
        _measure("IRS", family="rate", scale="square-root", formula=_root_rate, defined_at_zero=True),
        _measure("IRFT", family="rate", scale="freeman-tukey rate", formula=_freeman_tukey_rate, defined_at_zero=True),
        _measure("IRR", family="rate ratio", scale="log", formula=_log_rate_ratio),
        _measure("IRD", family="rate ratio", formula=_rate_difference, digits=3),
        _measure("MD", family="continuous", formula=_mean_difference),
        _measure("SMD", family="continuous", formula=_hedges_g),
        _measure("SMDH", family="continuous", formula=_unequal_variances),
        _measure("ROM", family="continuous", scale="log", formula=_log_ratio_of_means),
        _measure("HR", family="given", scale="log"),
        _measure("GEN", family="given"),
    )
}
"""The effect measures that ``measure=`` takes; each holds its formula, source, assumptions and scale."""


def estimates(measure: str, *cells: Any) -> Estimates:
    """Estimates and variances of a measure from the cells of its family; not finite where there are none.

    Raises:
        InvalidInputError: for a measure without a formula.
    """
    formula = MEASURES[measure].formula
    if formula is None:
        message = "has no formula in the table of measures; give its estimates to effects.generic."
        raise InvalidInputError(Issue(None, "measure", measure, message))
    with np.errstate(divide="ignore", invalid="ignore"):
        return formula(*cells)


def of_family(*families: Family) -> tuple[str, ...]:
    """Names of the measures of these families, in the order of the table."""
    return tuple(name for name, measure in MEASURES.items() if measure.family in families)


def of_two_risks(*scales: Scale) -> tuple[str, ...]:
    """Names of the measures that are a difference of two risks on one of these scales, in the order of the table."""
    return tuple(name for name, measure in MEASURES.items() if measure.arm_scale in scales)
