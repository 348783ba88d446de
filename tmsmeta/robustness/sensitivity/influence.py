"""Influence diagnostics: what each study does to the pooled effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.pooling import estimable_rows
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.robustness.sensitivity.subsets import Refits, refit_each
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd


@answerable
def influence(effects: EffectSizes, *, profile: Profile | None = None, **spec: Any) -> pd.DataFrame:
    """Deletion diagnostics of each of k studies.

    With the estimate m, its standard error s and tau2 of all studies, m(i), s(i) and tau2(i) of all but study i, and
    f(i)^2 the Hartung-Knapp factor of the latter (1 unless `ci` asks for it):

    - ``rstudent``: (y_i - m(i)) / sqrt(f(i)^2 (v_i + tau2(i)) + s(i)^2)
    - ``dffits``: (m - m(i)) / sqrt(f(i)^2 hat_i (v_i + tau2(i)))
    - ``cooks_distance``: ((m - m(i)) / s)^2
    - ``cov_ratio``: (s(i) / s)^2
    - ``dfbetas``: (m - m(i)) / sqrt(f(i)^2 / sum of 1 / (v + tau2(i)) over all k studies)
    - ``hat``: the share of study i in the weights, which is its leverage; ``weight`` is the same number as a fraction
    - ``tau2_deleted``, ``q_deleted``: tau2 and Cochran's Q without the study

    Args:
        effects: k rows; those without an estimate are left out first and get no row.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        One row per study: ``study rstudent dffits cooks_distance cov_ratio tau2_deleted q_deleted hat weight dfbetas
        influential note``. ``influential`` is True where \\|dffits\\| > 3 sqrt(1 / (k - 1)), the chi-square
        probability (1 df) below Cook's distance exceeds one half, hat > 3 / k, or \\|dfbetas\\| > 1
        (:func:`influence_cutoffs`). NaN where a number
        is not assessable; ``note`` says why.

    Raises:
        InvalidInputError: if no study has an estimate.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> table = tm.influence(trials, tau2="DL", ci="z")
        >>> print(table[["study", "rstudent", "cooks_distance", "influential"]].round(2).to_string(index=False))
        study  rstudent  cooks_distance  influential
            A      0.39            0.06        False
            B     -3.27            1.02         True
            C     -0.09            0.00        False
            D      1.19            0.41        False

    References:
        Viechtbauer & Cheung, Res Synth Methods 2010;1:112.
    """
    import pandas as pd

    choices = pooling_spec(profile, spec)
    kept = estimable_rows(effects, choices)
    without = refit_each(kept, choices, ~np.eye(kept.k, dtype=bool))
    everything = refit_each(kept, choices, np.ones((1, kept.k), dtype=bool))
    hat = _weights(kept, everything)
    columns = _diagnostics(kept, everything, without, hat)
    flag = _influential(kept.k, columns, hat)
    return pd.DataFrame(
        {
            "study": kept.study.astype(object),
            "rstudent": columns["rstudent"],
            "dffits": columns["dffits"],
            "cooks_distance": columns["cooks_distance"],
            "cov_ratio": columns["cov_ratio"],
            "tau2_deleted": without.tau2,
            "q_deleted": without.q,
            "hat": hat,
            "weight": hat,
            "dfbetas": columns["dfbetas"],
            "influential": flag,
            "note": _notes(kept.k, without.note, columns["rstudent"]),
        }
    )


def _weights(effects: EffectSizes, everything: Refits) -> Floats:
    w = 1 / (effects.vi + everything.tau2[0])
    return w / w.sum()


def _diagnostics(effects: EffectSizes, everything: Refits, without: Refits, hat: Floats) -> dict[str, Floats]:
    shift = everything.estimate - without.estimate
    total = effects.vi + without.tau2
    factor2 = (without.se / without.wald_se) ** 2
    all_weights = (1 / (effects.vi[None, :] + without.tau2[:, None])).sum(axis=1)
    variance, deleted = everything.se**2, without.se**2
    return {
        "rstudent": _ratio(effects.yi - without.estimate, np.sqrt(factor2 * total + deleted)),
        "dffits": _ratio(shift, np.sqrt(factor2 * hat * total)),
        "cooks_distance": _ratio(shift**2, np.broadcast_to(variance, shift.shape)),
        "cov_ratio": _ratio(deleted, np.broadcast_to(variance, shift.shape)),
        "dfbetas": _ratio(shift, np.sqrt(factor2 / all_weights)),
    }


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, NaN where the denominator is 0 or missing."""
    usable = np.isfinite(bottom) & (bottom > 0)
    return np.divide(top, bottom, where=usable, out=np.full(top.shape, np.nan))


@answerable
def influence_cutoffs(k: int) -> dict[str, float]:
    """Values of `k` studies beyond which one of them is influential, by the column of :func:`influence`.

    ``dffits`` and ``dfbetas`` are meant without their sign. Cook's distance is the median of chi-square with 1 df. None
    for a single study, which nothing can be compared with.

    Args:
        k: number of studies, 1 or more.

    Returns:
        The values by ``dffits``, ``cooks_distance``, ``hat`` and ``dfbetas``.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import tmsmeta as tm
        >>> {name: round(value, 3) for name, value in tm.sensitivity.influence_cutoffs(10).items()}
        {'dffits': 1.0, 'cooks_distance': 0.455, 'hat': 0.3, 'dfbetas': 1.0}

    References:
        Viechtbauer & Cheung, Res Synth Methods 2010;1:112.
    """
    if k < 2:
        return {}
    return {
        "dffits": 3 * float(np.sqrt(1 / (k - 1))),
        "cooks_distance": float(chdtri(1, 0.5)),
        "hat": 3 / k,
        "dfbetas": 1.0,
    }


def _influential(k: int, columns: dict[str, Floats], hat: Floats) -> NDArray[np.bool_]:
    values = columns | {"hat": hat}
    flag: NDArray[np.bool_] = np.zeros(k, dtype=bool)
    with np.errstate(invalid="ignore"):
        for name, most in influence_cutoffs(k).items():
            flag |= np.abs(values[name]) > most
    return flag


def _notes(k: int, notes: list[str], rstudent: Floats) -> list[str]:
    reason = "the Hartung-Knapp standard error is 0, since the estimates are all equal"
    return [note or ("" if np.isfinite(r) else reason) for note, r in zip(notes, rstudent, strict=True)]
