"""Networks of several outcomes fitted together, where the protocol asks for a joint analysis and the review has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import ConvergenceError, InvalidInputError, NotAssessable
from tmsmeta.models.multivariate.likelihood import Criterion
from tmsmeta.networks import JointNetwork, joint_network
from tmsmeta.pooling import PoolingSpec
from tmsmeta.review.network_fit import ReviewNetwork
from tmsmeta.review.protocol import Joint
from tmsmeta.words.names import counted, heading, listed
from tmsmeta.words.numbers import level, number, percent
from tmsmeta.words.results import to_plain

if TYPE_CHECKING:
    import pandas as pd

WHAT = "ranking over several outcomes"


@dataclass(frozen=True, kw_only=True, eq=False)
class JointNetworkAnalysis:
    """The main networks of several outcomes in one model.

    Attributes:
        joint: the networks fitted together.
        labels: names of the treatments for text.
        held: the same with the between-study correlation held at a value, by that value.
    """

    joint: JointNetwork
    labels: Mapping[str, str]
    held: Mapping[float, JointNetwork | NotAssessable]

    @property
    def ranking(self) -> pd.DataFrame:
        """Treatments over all outcomes, as :meth:`tmsmeta.networks.JointNetwork.ranking` gives them."""
        return self.joint.ranking()

    @cached_property
    def between(self) -> pd.DataFrame:
        """Profile likelihood intervals of the between-study variances and correlation."""
        return self.joint.between_intervals()

    @cached_property
    def _first(self) -> dict[float, str]:
        """The treatment that stands first, by the value at which the correlation is held."""
        return {v: str(h.ranking()["treatment"].iloc[0]) for v, h in self.held.items() if isinstance(h, JointNetwork)}

    def label(self, treatment: str) -> str:
        """Name of a treatment for text."""
        return self.labels.get(treatment, treatment)

    def sentences(self) -> list[str]:
        """What the outcomes gain from each other, what is best over all of them, and how sure the tie is."""
        joint = self.joint
        gain = joint.to_frame().groupby("outcome", sort=False)["borrowing"].agg(["min", "max"])
        gains = [
            f"{name} {percent(float(row['min']), 0)} to {percent(float(row['max']), 0)}"
            for name, row in gain.iterrows()
        ]
        tie = f"{counted(joint.k, 'trial')}, {joint.shared} of them with several outcomes. Of the information on the "
        said = [f"{tie}effects, the other outcomes give: {listed(gains)}.", self._best(), *self._ties()]
        return [*said, *([f"Note: {joint.boundary}."] if joint.boundary else []), *self._sensitivity()]

    def _best(self) -> str:
        first = self.ranking.iloc[0]
        scores = listed([f"{number(float(first[f'p_score {name}']))} on {name}" for name in self.joint.outcomes])
        text = f"Highest mean P-score: {self.label(str(first['treatment']))} ({scores})"
        if "both" not in first:
            return f"{text}."
        chance = percent(100 * float(first["both"]), 0)
        return (
            f"{text}; its chance to be better than another treatment on both outcomes at once is {chance} on average."
        )

    def _ties(self) -> list[str]:
        """The between-study correlations with their intervals."""
        return [
            f"{heading(str(row['parameter']))} between trials: {number(float(row['estimate']))} "
            f"({level(self.joint.spec.level)} interval {number(float(row['low']))} to {number(float(row['high']))})"
            f"{'; ' if row['note'] else ''}{row['note']}."
            for row in self.between.to_dict("records")
            if str(row["parameter"]).startswith("correlation") and row["low"] == row["low"]
        ]

    def _sensitivity(self) -> list[str]:
        """Which treatment stands first when the correlation is held; nothing where nothing was tried."""
        found = self._first
        if not found:
            return []
        names = list(dict.fromkeys(found.values()))
        if len(names) == 1:
            first = f"{self.label(names[0])} stands first"
        else:
            first = f"first stand {listed([f'{self.label(name)} ({number(v, 1)})' for v, name in found.items()])}"
        return [f"With the between-study correlation held at {listed([number(v, 1) for v in found])}, {first}."]

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the joint networks, intervals of the between-study matrix, and the sensitivity analyses."""
        return {
            "joint": self.joint.to_dict(),
            "between_intervals": to_plain(self.between),
            "held": [{"correlation": value, "result": to_plain(found)} for value, found in self.held.items()],
            "sentences": self.sentences(),
        }


def joint_network_of(
    asked: Joint, networks: Mapping[str, ReviewNetwork | NotAssessable], spec: PoolingSpec
) -> JointNetworkAnalysis | NotAssessable:
    """The main networks of the outcomes that the protocol names, fitted together.

    Args:
        asked: the section of the protocol.
        networks: main network of each outcome.
        spec: how trials are pooled; its estimator decides between REML and ML.
    """
    if not asked.outcomes:
        return NotAssessable(WHAT, "the protocol names no outcomes that are pooled together")
    own = {outcome: networks.get(outcome) for outcome in asked.outcomes}
    found = {name: net for name, net in own.items() if isinstance(net, ReviewNetwork)}
    if len(found) < len(own):
        reasons = {name: net.reason for name, net in own.items() if isinstance(net, NotAssessable)}
        missing = [f"{name}: {reasons.get(name, 'it has none')}" for name in own if name not in found]
        return NotAssessable(WHAT, f"needs a network of every outcome; {'; '.join(missing)}")
    choices: dict[str, Any] = {"nested": asked.outcomes} if asked.nested else {"correlation": asked.correlation or 0.0}
    method: Criterion = "ML" if spec.tau2 == "ML" else "REML"
    choices |= {"method": method, "level": spec.level, "ci": next(iter(found.values())).net.spec.ci}
    joint = _fitted(found, choices)
    if isinstance(joint, NotAssessable):
        return joint
    held = {value: _fitted(found, choices | {"between_correlation": value}) for value in asked.between}
    labels = {treatment: name for net in found.values() for treatment, name in net.labels.items()}
    return JointNetworkAnalysis(joint=joint, labels=labels, held=held)


def _fitted(networks: Mapping[str, ReviewNetwork], choices: Mapping[str, Any]) -> JointNetwork | NotAssessable:
    try:
        return joint_network({name: found.net for name, found in networks.items()}, **choices)
    except InvalidInputError as error:
        return NotAssessable(WHAT, "; ".join(map(str, error.issues)))
    except ConvergenceError as error:
        return NotAssessable(WHAT, str(error))
