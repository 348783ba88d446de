"""Network meta-regression on one covariate of the trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.fit import ColumnFit, fit_columns
from tmsmeta.networks.model.result import NetworkMeta
from tmsmeta.networks.model.tau2 import closed_form
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.words.results import to_plain

if TYPE_CHECKING:
    import pandas as pd

INTERACTION = ("shared", "separate")


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkRegression:
    """A network whose effects against the reference change with a covariate.

    Attributes:
        net: the network without the covariate.
        spec: how it was analysed.
        interaction: ``shared``: one slope for every treatment against the reference; ``separate``: one each.
        centre: value of the covariate at which the effects are stated.
        slope_names: ``all``, or the treatments.
        regression: the weighted regression; effects against the reference first, then slopes.
        effect_names: treatments other than the reference.
    """

    net: NetworkMeta
    spec: NetworkSpec
    interaction: str
    centre: float
    slope_names: tuple[str, ...]
    regression: ColumnFit
    effect_names: tuple[str, ...]

    @property
    def tau2(self) -> float:
        """Between-study variance that the covariate leaves."""
        return self.regression.tau2

    @property
    def q_slopes(self) -> float | NotAssessable:
        """Wald statistic of all slopes that can be estimated, chi-square under "no change with the covariate"."""
        used = self._usable
        if not used.any():
            return NotAssessable("test of the slopes", "no slope can be estimated")
        beta = self.regression.coefficients[len(self.effect_names) :][used]
        c = self.regression.covariance[len(self.effect_names) :, len(self.effect_names) :][np.ix_(used, used)]
        return float(beta @ np.linalg.solve(c, beta))

    @property
    def q_slopes_df(self) -> int:
        """Number of slopes that can be estimated."""
        return int(self._usable.sum())

    @property
    def q_slopes_p(self) -> float | NotAssessable:
        """p value of :attr:`q_slopes`."""
        q = self.q_slopes
        return q if isinstance(q, NotAssessable) else float(chdtrc(self.q_slopes_df, q))

    @property
    def _usable(self) -> Any:
        size = len(self.effect_names) + len(self.slope_names)
        return self.regression.estimable(np.eye(size)[len(self.effect_names) :])

    @cached_property
    def slopes(self) -> pd.DataFrame:
        """Table ``treatment estimate se ci_low ci_high p_value note``: change of the effect per unit of covariate."""
        start = len(self.effect_names)
        size = start + len(self.slope_names)
        reason = "not assessable: the covariate does not vary between trials of the treatment, or nothing separates it"
        return self._frame(list(self.slope_names), np.eye(size)[start:], reason)

    def effects(self, value: float | None = None) -> pd.DataFrame:
        """Table ``treatment estimate se ci_low ci_high p_value note``: effects against the reference at `value`
        of the covariate, by default at :attr:`centre`."""
        start = len(self.effect_names)
        v = np.eye(start, start + len(self.slope_names))
        if value is not None:
            v[:, start:] = (value - self.centre) * (
                1.0 if self.interaction == "shared" else np.eye(start, len(self.slope_names))
            )
        return self._frame(list(self.effect_names), v, "not assessable: its slope is not")

    def _frame(self, labels: list[str], combinations: Floats, reason: str) -> pd.DataFrame:
        return self.regression.table("treatment", labels, combinations, self.spec.level, reason)

    def to_frame(self) -> pd.DataFrame:
        """The table of slopes."""
        return self.slopes

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "interaction": self.interaction,
            "centre": self.centre,
            "tau2": self.tau2,
            "q_slopes": to_plain(self.q_slopes),
            "q_slopes_df": self.q_slopes_df,
            "q_slopes_p": to_plain(self.q_slopes_p),
            "slopes": to_plain(self.slopes),
            "effects": to_plain(self.effects()),
        }


def network_regression(
    net: NetworkMeta,
    covariate: Mapping[str, float],
    *,
    interaction: str = "shared",
    centre: float | None = None,
    tau2: str | float | None = None,
) -> NetworkRegression:
    """Let effects against the reference change with one covariate of the trials.

    Args:
        net: a fitted network.
        covariate: value for every trial, by its label (year, baseline severity, pulses, ...).
        interaction: ``shared``, one slope for all treatments against the reference, so that comparisons among the
            others do not change; or ``separate`` slopes.
        centre: covariate value at which effects are stated; by default the mean over trials.
        tau2: a method or a number, as for a network; by default as in `net`, with DL in the place of ML and REML.

    Raises:
        InvalidInputError: every trial without a finite value.
        UnknownOptionError: an option outside its list.
        ConvergenceError: when ML or REML finds no maximum.

    References:
        Cooper, Sutton, Morris, Ades & Welton, Stat Med 2009;28:1861 (models 1 and 3, fitted here by least squares).
    """
    check_option("interaction", interaction, INTERACTION)
    data = net.data
    values = np.array([float(covariate.get(s, np.nan)) for s in data.studies])
    bad = np.flatnonzero(~np.isfinite(values)).tolist()
    if bad:
        raise InvalidInputError([Issue(data.studies[s], "covariate", None, "needs a finite number.") for s in bad])
    middle = float(values.mean()) if centre is None else float(centre)
    method = tau2 if tau2 is not None else closed_form(net.spec.tau2)
    others = tuple(t for t in data.treatments if t != data.reference)
    spec = NetworkSpec(tau2=method, level=net.spec.level)
    x = _design(data, values - middle, interaction)
    return NetworkRegression(
        net=net,
        spec=spec,
        interaction=interaction,
        centre=middle,
        slope_names=("all",) if interaction == "shared" else others,
        regression=fit_columns(x, data.rows.z, data.rows.d, method),
        effect_names=others,
    )


def _design(data: NetworkData, centred: Floats, interaction: str) -> Floats:
    effects = np.delete(data.rows.dense, data.reference_index, axis=1)
    slopes = effects * centred[data.rows.study][:, None]
    if interaction == "shared":
        slopes = slopes.sum(axis=1, keepdims=True)
    return np.hstack([effects, slopes])
