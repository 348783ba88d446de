"""Coordinates of the Baujat and the L'Abbe plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from scipy.special import expit, logit

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.measures import MEASURES, Floats, of_two_risks
from tmsmeta.effects.transform import as_floats
from tmsmeta.effects.two_arm import binary
from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.pooling import estimable_rows
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.robustness.sensitivity.subsets import refit_each
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("events_t", "n_t", "events_c", "n_c")


@answerable
def baujat(effects: EffectSizes, *, profile: Profile | None = None, **spec: Any) -> pd.DataFrame:
    """What each study adds to the heterogeneity, and what it does to the pooled effect.

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ... ``tau2="FE"`` gives the
            coordinates of the paper, whose x values add up to Cochran's Q; other estimators use their own weights for
            both axes.

    Returns:
        One row per study: ``study x y note stands_out``. x is (y_i - m)^2 / (v_i + tau2); y is (m - m(i))^2 / s(i)^2,
        with m(i) and s(i) the estimate and standard error without the study. NaN where not assessable; ``note`` says
        why. ``stands_out`` is True where x or y is more than twice its mean over the studies.

    Raises:
        InvalidInputError: if no study has an estimate.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> print(tm.baujat(trials, tau2="FE")[["study", "x", "y"]].round(2).to_string(index=False))
        study    x    y
            A 1.28 0.08
            B 6.21 6.85
            C 0.01 0.00
            D 4.54 0.46

    References:
        Baujat et al., Stat Med 2002;21:2641.
    """
    import pandas as pd

    choices = pooling_spec(profile, spec)
    kept = estimable_rows(effects, choices)
    without = refit_each(kept, choices, ~np.eye(kept.k, dtype=bool))
    everything = refit_each(kept, choices, np.ones((1, kept.k), dtype=bool))
    shift = everything.estimate - without.estimate
    usable = np.isfinite(without.se) & (without.se > 0)
    y = np.divide(shift**2, without.se**2, where=usable, out=np.full(kept.k, np.nan))
    x = (kept.yi - everything.estimate) ** 2 / (kept.vi + everything.tau2)
    found = pd.DataFrame({"study": kept.study.astype(object), "x": x, "y": y, "note": without.note})
    return found.assign(stands_out=(found[["x", "y"]] > 2 * found[["x", "y"]].mean()).any(axis=1))


@overload
def labbe(events_t: EffectSizes, /) -> pd.DataFrame | NotAssessable: ...
@overload
def labbe(events_t: Any, n_t: Any, events_c: Any, n_c: Any, *, study: Any = None) -> pd.DataFrame: ...
@answerable
def labbe(
    events_t: Any, n_t: Any = None, events_c: Any = None, n_c: Any = None, *, study: Any = None
) -> pd.DataFrame | NotAssessable:
    """Risk with treatment against risk with the comparator, study by study.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events_t: effects that carry counts (from :func:`tmsmeta.effects.binary`), or the events of the treated arm,
            shape (k,).
        n_t, events_c, n_c: the other three counts, shape (k,), where counts are given.
        study: labels, shape (k,), none of them missing, where counts are given.

    Returns:
        One row per study with counts: ``study risk_c risk_t n_c n_t``; risks as fractions, straight from the counts
        without any correction. Or the reason why there is none: the effects carry no counts.

    Raises:
        InvalidInputError: counts that are negative, fractional, above n; lengths that differ.

    Example:
        >>> import tmsmeta as tm
        >>> table = tm.labbe([12, 8], [60, 52], [6, 5], [61, 50], study=["A", "B"])
        >>> print(table[["study", "risk_c", "risk_t"]].round(3).to_string(index=False))
        study  risk_c  risk_t
            A   0.098   0.200
            B   0.100   0.154

    References:
        L'Abbe, Detsky & O'Rourke, Ann Intern Med 1987;107:224.
    """
    import pandas as pd

    if isinstance(events_t, EffectSizes):
        effects = events_t
    else:
        effects = binary("RD", events_t, n_t, events_c, n_c, study=study, zero_cells="none")
    counts = effects.require_inputs("L'Abbe plot", *COUNTS)
    if isinstance(counts, NotAssessable):
        return counts
    known = np.isfinite(counts).all(axis=0)
    x_t, size_t, x_c, size_c = (column[known] for column in counts)
    return pd.DataFrame(
        {
            "study": effects.study[known].astype(object),
            "risk_c": x_c / size_c,
            "risk_t": x_t / size_t,
            "n_c": size_c,
            "n_t": size_t,
        }
    )


@answerable
def labbe_curve(measure: str, estimate: float, risk_c: Any) -> Floats:
    """Risk with treatment that a pooled effect implies at each comparator risk: the line of a L'Abbe plot.

    Args:
        measure: ``OR``, ``RR``, ``RD``, ``AS`` or ``PETO``.
        estimate: the pooled effect, on the log scale for ratios.
        risk_c: comparator risks between 0 and 1, shape (n,).

    Returns:
        Risks with treatment, shape (n,); NaN where the effect would lead outside 0 to 1.

    Raises:
        InvalidInputError: risks that are no numbers.
        UnknownOptionError: a measure that is no contrast of two risks.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> risks = tm.sensitivity.labbe_curve("RR", np.log(2), np.array([0.1, 0.2, 0.6]))
        >>> [f"{risk:.2f}" for risk in risks]
        ['0.20', '0.40', 'nan']
    """
    check_option("measure", measure, of_two_risks("logit", "log", "identity", "arcsine"))
    risk = as_floats("risk_c", risk_c)
    scale = MEASURES[measure].arm_scale
    if scale == "logit":
        with np.errstate(divide="ignore"):
            curve: Floats = expit(logit(risk) + estimate)
        return curve
    if scale == "arcsine":
        angle = np.arcsin(np.sqrt(risk)) + estimate
        return np.where((angle >= 0) & (angle <= np.pi / 2), np.sin(angle) ** 2, np.nan)
    curve = risk * np.exp(estimate) if scale == "log" else risk + estimate
    return np.where((curve >= 0) & (curve <= 1), curve, np.nan)
