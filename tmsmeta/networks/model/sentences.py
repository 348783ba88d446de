"""A fitted network in sentences: how it was made, and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tmsmeta.effects.base import Floats
from tmsmeta.effects.measures import Measure
from tmsmeta.effects.natural import Natural
from tmsmeta.errors import NotAssessable
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.words import numbers
from tmsmeta.words.names import counted, heading, listed

if TYPE_CHECKING:
    import pandas as pd

_MOST_LEFT_OUT = 5
"""So many trials that were left out are named in a sentence."""


class FittedNetwork(Protocol):
    """What a sentence reads of a fitted network, so that the network can know its sentences and not the reverse."""

    @property
    def data(self) -> NetworkData: ...
    @property
    def spec(self) -> NetworkSpec: ...
    @property
    def k(self) -> int: ...
    @property
    def treatments(self) -> Sequence[str]: ...
    @property
    def reference(self) -> str: ...
    @property
    def quantile(self) -> float | NotAssessable: ...
    @property
    def q_df(self) -> int: ...
    @property
    def tau2(self) -> float | NotAssessable: ...
    @property
    def effect_matrix(self) -> Floats: ...
    @property
    def se_matrix(self) -> Floats: ...


def methods_sentence(net: FittedNetwork) -> str:
    """How the network was made, by its spec."""
    spec = net.spec
    model = "common-effect" if spec.tau2 == "FE" else f"random-effects (tau2: {spec.tau2_label})"
    multi = int(net.data.trial_counts[net.data.arms_per_study > 2].sum())
    trials = counted(net.k, "trial")
    said = [
        f"{trials} of {len(net.treatments)} treatments ({multi} with more than two arms) were combined in "
        f"a frequentist {model} network meta-analysis of the {net.data.info.label} by generalised least squares, "
        f"{_intervals(net)}; reference {spec.reference}; {spec.better} is better."
    ]
    if spec.zero is not None:
        said.append(spec.zero.methods_sentence())
    if spec.duplicate_arms == "merge":
        said.append("Arms of one trial with the same treatment were added up.")
    if spec.comparator_risk is not None:
        risk = numbers.percent(100 * spec.comparator_risk)
        said.append(f"Ratios printed on another scale were converted at a comparator risk of {risk}.")
    if net.data.excluded:
        out = [f"{e.study} ({e.reason})" for e in net.data.excluded]
        some = out[:_MOST_LEFT_OUT]
        more = [counted(len(out) - len(some), "more trial")] if len(out) > len(some) else []
        said.append(f"Left out: {listed([*some, *more])}.")
    return " ".join(said)


def _intervals(net: FittedNetwork) -> str:
    level = numbers.level(net.spec.level)
    if isinstance(net.quantile, NotAssessable):
        return f"without {level} confidence intervals ({net.quantile.reason})"
    distribution = "normal" if net.spec.ci == "z" else f"t (df {net.q_df})"
    return f"with {level} confidence intervals from {distribution} quantiles"


def effect_in_words(net: FittedNetwork, treatment: int) -> str:
    """Effect against the reference, and its interval: ``"1.84 (1.60 to 2.11)"``; ratios are not logged."""
    natural, against = Natural(info=net.data.info), net.data.reference_index
    estimate, quantile = float(net.effect_matrix[treatment, against]), net.quantile
    if isinstance(quantile, NotAssessable):
        return natural.text(estimate, quantile)
    half = quantile * float(net.se_matrix[treatment, against])
    return natural.text(estimate, (estimate - half, estimate + half))


def result_sentence(net: FittedNetwork) -> str:
    """Every effect against the reference, and how much trials vary."""
    effects = [
        f"{label} {effect_in_words(net, at)}" for at, label in enumerate(net.treatments) if label != net.reference
    ]
    tau2 = f"tau2 {net.tau2}" if isinstance(net.tau2, NotAssessable) else f"tau2 = {numbers.tau2(net.tau2)}"
    start = f"{heading(net.data.info.label)} against {net.reference} ({numbers.level(net.spec.level)} CI)"
    return f"{start}: {'; '.join(effects)}. {tau2}, {counted(net.k, 'trial')}."


def components_sentence(info: Measure, components: pd.DataFrame, level: float, additivity: str) -> str:
    """The effect of adding each component, and what is said of their `additivity`."""
    effects = table_in_words(info, components, "component")
    return f"{heading(info.label)} of adding each component ({numbers.level(level)} CI): {effects}. {additivity}."


def table_in_words(info: Measure, table: pd.DataFrame, name: str) -> str:
    """Rows of a table ``name estimate ci_low ci_high note`` with their intervals; ratios are not logged."""
    natural, said = Natural(info=info), []
    for row in table.to_dict("records"):
        known = row["estimate"] == row["estimate"]
        text = natural.text(row["estimate"], (row["ci_low"], row["ci_high"])) if known else row["note"]
        said.append(f"{row[name]} {text}")
    return "; ".join(said)
