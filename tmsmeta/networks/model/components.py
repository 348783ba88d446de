"""Additive component model: the effect of a combination is the sum of the effects of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, ndtri

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.input.labels import the_treatment
from tmsmeta.networks.model import sentences
from tmsmeta.networks.model.direct import DirectEvidence, direct_evidence
from tmsmeta.networks.model.fit import ColumnFit, fit_columns
from tmsmeta.networks.model.of_network import OfNetwork
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.networks.model.tau2 import closed_form
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.results import Result, to_plain

if TYPE_CHECKING:
    import pandas as pd

NOT_IDENTIFIED = "not assessable: the trials do not separate it from other components"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ComponentMeta(OfNetwork, Result):
    """A fitted additive component model (Rücker, Petropoulou & Schwarzer, Biom J 2020;62:808).

    Attributes:
        data: the trials; they need not form one connected network.
        spec: how they were analysed.
        names: components, sorted; the inactive one is left out, its effect is zero.
        inactive: the component without effect, or None.
        coding: shape (treatments, components): which component is in which treatment.
        regression: the weighted regression.
        q_difference: what additivity costs compared with the network of whole treatments, with ``q_difference_df``;
            not assessable where that network is disconnected.
    """

    data: NetworkData
    spec: NetworkSpec
    names: tuple[str, ...]
    inactive: str | None
    coding: Floats
    regression: ColumnFit
    q_difference: float | NotAssessable
    q_difference_df: int

    @property
    def tau2(self) -> float:
        """Between-study variance of the additive model."""
        return self.regression.tau2

    @property
    def q(self) -> float:
        """Q of the additive model, at tau2 = 0."""
        return self.regression.q

    @property
    def q_df(self) -> int:
        """Degrees of freedom of :attr:`q`."""
        return self.regression.q_df

    @property
    def q_p(self) -> float | NotAssessable:
        """p value of :attr:`q`."""
        return float(chdtrc(self.q_df, self.q)) if self.q_df > 0 else NotAssessable("Q test", "0 degrees of freedom")

    @property
    def q_difference_p(self) -> float | NotAssessable:
        """p value of :attr:`q_difference`: small values speak against additivity."""
        q = self.q_difference
        return q if isinstance(q, NotAssessable) else float(chdtrc(self.q_difference_df, q))

    @property
    def quantile(self) -> float:
        """Quantile of the confidence intervals, of the normal distribution."""
        return float(ndtri(0.5 + self.spec.level / 2))

    @property
    def critical(self) -> float:
        """The same as :attr:`quantile`, for the cells of tables."""
        return self.quantile

    def index(self, treatment: object) -> int:
        """Position of `treatment` in the matrices.

        Raises:
            InvalidInputError: an unknown label.
        """
        return self.treatments.index(the_treatment("treatment", treatment, self.treatments))

    @cached_property
    def _pairs(self) -> tuple[Floats, Floats]:
        size = len(self.treatments)
        against = (self.coding[:, None, :] - self.coding[None, :, :]).reshape(size * size, -1)
        estimate, se = self.regression.contrasts(against)
        return estimate.reshape(size, size), se.reshape(size, size)

    @property
    def effect_matrix(self) -> Floats:
        """Effects of treatments, row against column, shape (n, n); NaN where the trials do not identify them."""
        return self._pairs[0]

    @property
    def se_matrix(self) -> Floats:
        """Standard errors of :attr:`effect_matrix`."""
        return self._pairs[1]

    @cached_property
    def direct(self) -> DirectEvidence:
        """Direct evidence of every comparison that has trials of its own, at the tau2 of the model."""
        return direct_evidence(self.data, self.tau2)

    @cached_property
    def direct_trials(self) -> Integers:
        """Number of trials with both arms of each comparison, shape (n, n)."""
        return self.direct.trials_matrix(len(self.treatments))

    @cached_property
    def direct_share(self) -> pd.DataFrame:
        """Share of direct evidence in each estimate of the model, 0 to 1; NaN where there is no estimate."""
        import pandas as pd

        share, treatments = self.direct.share(self.se_matrix**2), list(self.data.treatments)
        return pd.DataFrame(share, index=treatments, columns=treatments)

    @cached_property
    def components(self) -> pd.DataFrame:
        """Table ``component estimate se ci_low ci_high p_value trials note``: effect of adding each component."""
        frame = self._frame("component", list(self.names), np.eye(len(self.names)))
        arms = self.data.arms
        frame["trials"] = [
            len(np.unique(arms.study[self.coding[arms.treatment, c] > 0])) for c in range(len(self.names))
        ]
        return frame

    @cached_property
    def combinations(self) -> pd.DataFrame:
        """Table ``treatment estimate se ci_low ci_high p_value note``: each treatment against the reference."""
        against = self.coding - self.coding[self.data.reference_index]
        return self._frame("treatment", list(self.data.treatments), against)

    def effect(self, treatment: str, comparator: str) -> tuple[float, float] | NotAssessable:
        """Estimate and standard error of any sum of components against another, e.g. ``("A + B", "C")``."""
        index = {name: c for c, name in enumerate(self.names)}
        v = np.zeros((1, len(self.names)))
        for label, sign in ((treatment, 1.0), (comparator, -1.0)):
            for part in _parts(label, "+"):
                if part != self.inactive:
                    if part not in index:
                        allowed = ", ".join(self.names)
                        raise InvalidInputError(Issue(None, "treatment", part, f"must be made of {allowed}."))
                    v[0, index[part]] += sign
        estimate, se = self.regression.contrasts(v)
        if np.isnan(estimate[0]):
            return NotAssessable(f"{treatment} against {comparator}", NOT_IDENTIFIED.split(": ")[1])
        return float(estimate[0]), float(se[0])

    def _frame(self, column: str, labels: list[str], combinations: Floats) -> pd.DataFrame:
        return self.regression.table(column, labels, combinations, self.spec.level, NOT_IDENTIFIED)

    def to_frame(self) -> pd.DataFrame:
        """The table of components."""
        return self.components

    def result_sentence(self) -> str:
        """The effect of adding each component, and whether the sum holds."""
        return sentences.components_sentence(self.data.info, self.components, self.spec.level, self._additivity())

    def _additivity(self) -> str:
        if isinstance(self.q_difference, NotAssessable):
            return f"Additivity cannot be tested: {self.q_difference.reason}"
        p = numbers.p_value(self.q_difference_p)
        q, degrees = numbers.number(self.q_difference), counted(self.q_difference_df, "degree")
        return f"Additivity: Q = {q} on {degrees} of freedom, {p}"

    def methods_sentence(self) -> str:
        """How the model was made, for a methods section."""
        without = f"; {self.inactive} was taken to have no effect" if self.inactive else ""
        return (
            f"The effect of a combination was modelled as the sum of the effects of its components{without} "
            f"({counted(int(self.data.trial_counts.sum()), 'trial')}, {self.data.info.label}, tau2: "
            f"{self.spec.tau2_label}, {numbers.level(self.spec.level)} confidence intervals from normal quantiles)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "inactive": self.inactive,
            "tau2": self.tau2,
            "q": self.q,
            "q_df": self.q_df,
            "q_p": to_plain(self.q_p),
            "q_difference": to_plain(self.q_difference),
            "q_difference_df": self.q_difference_df,
            "q_difference_p": to_plain(self.q_difference_p),
            "components": to_plain(self.components),
            "combinations": to_plain(self.combinations),
        }


@answerable
def components(
    net: NetworkMeta | NetworkData,
    *,
    inactive: str | None = None,
    separator: str = "+",
    tau2: str | float | None = None,
    level: float | None = None,
) -> ComponentMeta:
    """Fit the additive component model.

    Args:
        net: a fitted network, or trials from :func:`tmsmeta.networks.network_data`, whose network may be
            disconnected as long as its parts share components.
        inactive: a component without effect (placebo, sham, no treatment).
        separator: stands between the components of a treatment, as in ``iTBS + drug``.
        tau2: a method or a number, as for a network; by default as in `net`, with DL in the place of ML and REML.
        level: confidence level; by default as in `net`.

    Returns:
        Effects of components and combinations. What the trials cannot separate is NaN, with the reason in ``note``.

    Raises:
        InvalidInputError: something else than a network; an `inactive` component that no treatment holds.
        UnknownOptionError: an option outside its list.
        ConvergenceError: when ML or REML finds no maximum.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": ["P", "X", "P", "X+Y", "X", "X+Y"]}
        >>> arms |= {"events": [3, 9, 4, 14, 8, 13], "n": [30] * 6}
        >>> model = tm.components(tm.network(arms, measure="OR", reference="P", better="higher"), inactive="P")
        >>> print(model.components[["component", "estimate"]].round(2).to_string(index=False))
        component  estimate
                X      1.20
                Y      0.66
    """
    if not isinstance(net, NetworkData):
        check_network(net)
    data = net.data if isinstance(net, NetworkMeta) else net
    base = net.spec if isinstance(net, NetworkMeta) else NetworkSpec()
    method = tau2 if tau2 is not None else closed_form(base.tau2)
    spec = NetworkSpec(tau2=method, level=level if level is not None else base.level)
    names, inactive, coding = code_components(data.treatments, inactive, separator)
    rows = data.rows
    regression = fit_columns(rows.dense @ coding, rows.z, rows.d, spec.tau2)
    whole = fit_columns(rows.dense, rows.z, rows.d, "FE")
    connected = len(data.parts) == 1
    df = regression.q_df - whole.q_df
    cost: float | NotAssessable = max(0.0, regression.q - whole.q)
    if not connected:
        cost = NotAssessable("test of additivity", f"the network falls into {len(data.parts)} parts")
    elif df == 0:
        cost = NotAssessable("test of additivity", "the components describe the treatments without a restriction")
    return ComponentMeta(
        data=data,
        spec=spec,
        names=names,
        inactive=inactive,
        coding=coding,
        regression=regression,
        q_difference=cost,
        q_difference_df=df,
    )


def code_components(
    treatments: Sequence[str], inactive: str | None, separator: str
) -> tuple[tuple[str, ...], str | None, Floats]:
    """Components in order, the inactive one as it is spelled, and the 0/1 table of treatments by components.

    The inactive component has no column.
    """
    parts = [_parts(t, separator) for t in treatments]
    everything = {p for group in parts for p in group}
    if inactive is not None:
        inactive = the_treatment("inactive", inactive, sorted(everything), what="components")
    names = tuple(sorted(everything - {inactive}))
    at = {name: c for c, name in enumerate(names)}
    coding = np.zeros((len(treatments), len(names)))
    for t, group in enumerate(parts):
        for p in group:
            if p != inactive:
                coding[t, at[p]] = 1.0
    return names, inactive, coding


def _parts(label: str, separator: str) -> list[str]:
    return [part.strip() for part in label.split(separator) if part.strip()]
