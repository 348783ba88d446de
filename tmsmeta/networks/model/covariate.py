"""Network meta-regression on covariates of the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model import sentences
from tmsmeta.networks.model.fit import ColumnFit, fit_columns
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.networks.model.tau2 import closed_form
from tmsmeta.networks.model.trial_covariates import Covariate, trial_covariates
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, heading, listed
from tmsmeta.words.results import Result, notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

INTERACTION = ("shared", "separate")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NetworkRegression(Result):
    """A network whose effects against the reference change with covariates.

    Attributes:
        net: the network without covariates.
        spec: how it was analysed.
        interaction: ``shared``: one slope for every treatment against the reference; ``separate``: one each.
        covariates: the covariates, with their values and categories.
        slope_names: ``all``, or the treatments, once for every column of the covariates.
        slope_columns: the column of each slope: the name of a covariate, or ``name = category``.
        regression: the weighted regression; effects against the reference first, then slopes.
        effect_names: treatments other than the reference.
    """

    net: NetworkMeta
    spec: NetworkSpec
    interaction: str
    covariates: tuple[Covariate, ...]
    slope_names: tuple[str, ...]
    slope_columns: tuple[str, ...]
    regression: ColumnFit
    effect_names: tuple[str, ...]

    @property
    def centre(self) -> float | str | dict[str, float | str]:
        """Where effects are stated: a value of each covariate by name, the baseline of categories; of one, its own."""
        found = {c.name: c.levels[0] if c.levels else float(c.centre[0]) for c in self.covariates}
        return next(iter(found.values())) if len(found) == 1 else found

    @property
    def tau2(self) -> float:
        """Between-study variance that the covariate leaves."""
        return self.regression.tau2

    @property
    def q_slopes(self) -> float | NotAssessable:
        """Wald statistic of all slopes that can be estimated, chi-square under "no change with the covariates"."""
        return self._wald(np.ones(len(self.slope_names), dtype=bool))[0]

    @property
    def q_slopes_df(self) -> int:
        """Number of slopes that can be estimated."""
        return int(self._usable.sum())

    @property
    def q_slopes_p(self) -> float | NotAssessable:
        """p value of :attr:`q_slopes`."""
        q = self.q_slopes
        return q if isinstance(q, NotAssessable) else float(chdtrc(self.q_slopes_df, q))

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Table ``covariate q df p_value note``: Wald test of all slopes of each covariate, given the others."""
        import pandas as pd

        lines = []
        for covariate in self.covariates:
            q, df = self._wald(np.isin(self.slope_columns, covariate.columns))
            p = q if isinstance(q, NotAssessable) else float(chdtrc(df, q))
            lines.append((covariate.name, to_cell(q), df, to_cell(p), notes((q,))))
        return pd.DataFrame(lines, columns=["covariate", "q", "df", "p_value", "note"])

    def _wald(self, chosen: NDArray[np.bool_]) -> tuple[float | NotAssessable, int]:
        """Statistic and degrees of freedom of the chosen slopes that can be estimated."""
        used = chosen & self._usable
        if not used.any():
            return NotAssessable("test of the slopes", "no slope can be estimated"), 0
        start = len(self.effect_names)
        beta = self.regression.coefficients[start:][used]
        c = self.regression.covariance[start:, start:][np.ix_(used, used)]
        return float(beta @ np.linalg.solve(c, beta)), int(used.sum())

    @property
    def _usable(self) -> NDArray[np.bool_]:
        size = len(self.effect_names) + len(self.slope_names)
        return np.asarray(self.regression.estimable(np.eye(size)[len(self.effect_names) :]), dtype=bool)

    @cached_property
    def slopes(self) -> pd.DataFrame:
        """Table ``treatment covariate estimate se ci_low ci_high p_value note``: change of the effect per unit of the
        covariate, or from its baseline category to the one named."""
        start = len(self.effect_names)
        size = start + len(self.slope_names)
        reason = "not assessable: the covariate does not vary between trials of the treatment, or nothing separates it"
        frame = self._frame(list(self.slope_names), np.eye(size)[start:], reason)
        frame.insert(1, "covariate", list(self.slope_columns))
        return frame

    def effects(self, value: Any = None) -> pd.DataFrame:
        """Table ``treatment estimate se ci_low ci_high p_value note``: effects against the reference.

        Args:
            value: of the covariate, a number or a category; of several a mapping of names to values. What is not given
                is at :attr:`centre`.

        Raises:
            InvalidInputError: a value that cannot be, or a name that is no covariate.
        """
        start = len(self.effect_names)
        v = np.eye(start, start + len(self.slope_names))
        each = np.ones((start, 1)) if self.interaction == "shared" else np.eye(start)
        for place, shift in enumerate(self._shift(value)):
            v[:, start + place * each.shape[1] : start + (place + 1) * each.shape[1]] = shift * each
        return self._frame(list(self.effect_names), v, "not assessable: its slope is not")

    def _shift(self, value: Any) -> Floats:
        """How far `value` lies from the centre, one number for each column of the covariates."""
        names = [c.name for c in self.covariates]
        if value is None:
            at: Mapping[Any, Any] = {}
        elif isinstance(value, Mapping):
            at = value
        elif len(names) > 1:
            message = f"must be a mapping for several covariates: {listed(names)}."
            raise InvalidInputError(Issue(None, "value", value, message))
        else:
            at = {names[0]: value}
        strange = [key for key in at if key not in names]
        if strange:
            message = f"must be one of the covariates: {listed(names)}."
            raise InvalidInputError([Issue(None, "value", key, message) for key in strange])
        return np.concatenate(
            [c.at(at[c.name]) - c.centre if c.name in at else np.zeros(len(c.columns)) for c in self.covariates]
        )

    def _frame(self, labels: list[str], combinations: Floats, reason: str) -> pd.DataFrame:
        return self.regression.table("treatment", labels, combinations, self.spec.level, reason)

    def to_frame(self) -> pd.DataFrame:
        """The table of slopes."""
        return self.slopes

    def result_sentence(self) -> str:
        """Every slope with its interval, and the between-study variance that the covariates leave."""
        info = self.net.data.info
        named = [
            column if treatment == "all" else f"{column} for {treatment}"
            for treatment, column in zip(self.slope_names, self.slope_columns, strict=True)
        ]
        slopes = sentences.table_in_words(info, self.slopes.assign(slope=named), "slope") or "none can be estimated"
        start = f"{heading(info.label)} against {self.net.reference}, change per unit of covariate"
        level = numbers.level(self.spec.level)
        return f"{start} ({level} CI): {slopes}. tau2 = {numbers.tau2(self.tau2)}, {counted(self.net.k, 'trial')}."

    def methods_sentence(self) -> str:
        """How the regression was made, for a methods section."""
        names = listed([c.name for c in self.covariates])
        kind = "one slope for all treatments" if self.interaction == "shared" else "a slope for each treatment"
        return (
            f"{self.net.methods_sentence()} Effects against {self.net.reference} were let change with {names}, with "
            f"{kind} (tau2: {self.spec.tau2_label})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "interaction": self.interaction,
            "centre": to_plain(self.centre),
            "covariates": {c.name: list(c.levels) or "number" for c in self.covariates},
            "tau2": self.tau2,
            "q_slopes": to_plain(self.q_slopes),
            "q_slopes_df": self.q_slopes_df,
            "q_slopes_p": to_plain(self.q_slopes_p),
            "tests": to_plain(self.tests),
            "slopes": to_plain(self.slopes),
            "effects": to_plain(self.effects()),
        }


@answerable
def network_regression(
    net: NetworkMeta,
    covariate: Any,
    *,
    interaction: str = "shared",
    centre: Any = None,
    tau2: str | float | None = None,
    by_arm: str = "refuse",
) -> NetworkRegression:
    """Let effects against the reference change with covariates of the trials.

    Args:
        net: a fitted network.
        covariate: values by trial (year, baseline severity, country ...), numbers or categories: a mapping of trials to
            values, or to tuples or mappings of several; a Series whose index holds the trials; a DataFrame with the
            trials in a column ``study`` or in its index and a column for each covariate. Categories enter as
            indicators, the first of them (in order) as baseline. A list is paired by position with the trials of
            `net`.
        interaction: ``shared``, one slope for all treatments against the reference, so that comparisons among the
            others do not change; or ``separate`` slopes.
        centre: where effects are stated, by default at the mean over trials: a number, or the baseline category; of
            several covariates a mapping of names to values.
        tau2: a method or a number, as for a network; by default as in `net`, with DL in the place of ML and REML.
        by_arm: what is done with values that differ between the arms of a trial: ``refuse`` them, or take their
            ``mean``. A mean over arms describes the trial only; it says nothing of patients.

    Returns:
        Effects at the stated value of the covariates, slopes and the test of all slopes.

    Raises:
        InvalidInputError: every trial without a value, label that is no trial, and value that differs between arms.
        UnknownOptionError: an option outside its list.
        ConvergenceError: when ML or REML finds no maximum.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPXPX"), "events": [3, 9, 4, 14, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> model = tm.network_regression(net, {"A": 2008, "B": 2012, "C": 2019})
        >>> f"slope per year {model.slopes['estimate'].iloc[0]:.3f}"
        'slope per year -0.116'

    References:
        Cooper, Sutton, Morris, Ades & Welton, Stat Med 2009;28:1861 (models 1 and 3, fitted here by least squares).
    """
    check_network(net)
    check_option("interaction", interaction, INTERACTION)
    data = net.data
    found = trial_covariates(covariate, data, by_arm=by_arm, centre=centre)
    method = tau2 if tau2 is not None else closed_form(net.spec.tau2)
    others = tuple(t for t in data.treatments if t != data.reference)
    names = ("all",) if interaction == "shared" else others
    columns = [name for c in found for name in c.columns]
    return NetworkRegression(
        net=net,
        spec=NetworkSpec(tau2=method, level=net.spec.level),
        interaction=interaction,
        covariates=found,
        slope_names=names * len(columns),
        slope_columns=tuple(name for name in columns for _ in names),
        regression=fit_columns(_design(data, found, interaction), data.rows.z, data.rows.d, method),
        effect_names=others,
    )


def _design(data: NetworkData, covariates: Sequence[Covariate], interaction: str) -> Floats:
    effects = np.delete(data.rows.dense, data.reference_index, axis=1)
    base = effects.sum(axis=1, keepdims=True) if interaction == "shared" else effects
    centred = np.hstack([c.values - c.centre for c in covariates])[data.rows.study]
    return np.hstack([effects, *(base * column[:, None] for column in centred.T)])
