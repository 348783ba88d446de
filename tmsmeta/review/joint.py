"""Outcomes of the main analysis pooled together, where the protocol asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

from tmsmeta.effects import EffectSizes
from tmsmeta.errors import ConvergenceError, InvalidInputError, NotAssessable
from tmsmeta.models.multivariate import JointEffect, JointEffects, JointSpec, joint_effects
from tmsmeta.models.multivariate.fit import fit_joint
from tmsmeta.models.multivariate.likelihood import Criterion
from tmsmeta.models.multivariate.spec import JointInterval
from tmsmeta.pooling import PooledEffect, PoolingSpec
from tmsmeta.review.protocol import Joint
from tmsmeta.words.names import heading, listed
from tmsmeta.words.numbers import number, percent
from tmsmeta.words.results import to_plain

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.analyses import Analysis

WHAT = "joint analysis"


@dataclass(frozen=True, kw_only=True, eq=False)
class JointAnalysis:
    """Several outcomes in one model, beside each of them alone.

    Attributes:
        joint: all outcomes together.
        alone: each outcome pooled from its own trials, as in the main analysis but by the criterion of `joint`.
        held: the joint model with the between-study correlation held at a value, by that value.
    """

    joint: JointEffect
    alone: Mapping[str, PooledEffect]
    held: Mapping[float, JointEffect | NotAssessable]

    def to_frame(self) -> pd.DataFrame:
        """One row per outcome and model: ``outcome model k estimate ci_low ci_high tau2 borrowing`` (ratios logged)."""
        import pandas as pd

        frames = [self.joint.to_frame().assign(model="jointly")]
        for value, found in self.held.items():
            if isinstance(found, JointEffect):
                frames.append(found.to_frame().assign(model=f"between-study correlation {value:g}"))
        names = ["outcome", "model", "k", "estimate", "ci_low", "ci_high", "tau2", "borrowing"]
        return pd.concat([self._alone(), *frames], ignore_index=True)[names]

    def _alone(self) -> pd.DataFrame:
        import pandas as pd

        limits = {name: p.ci if isinstance(p.ci, tuple) else (float("nan"),) * 2 for name, p in self.alone.items()}
        rows = [
            {
                "outcome": name,
                "model": "alone",
                "k": pooled.k,
                "estimate": pooled.estimate,
                "ci_low": limits[name][0],
                "ci_high": limits[name][1],
                "tau2": float("nan") if isinstance(pooled.tau2, NotAssessable) else pooled.tau2,
                "borrowing": 0.0,
            }
            for name, pooled in self.alone.items()
        ]
        return pd.DataFrame(rows)

    def gains(self) -> list[str]:
        """What each outcome gains from the others, a sentence each."""
        sentences = []
        for j, name in enumerate(self.joint.outcomes):
            info = self.alone[name].effects.info
            before = self.alone[name].ci
            after = (float(self.joint.ci_low[j]), float(self.joint.ci_high[j]))
            width = "" if isinstance(before, NotAssessable) else self._width(before, after)
            both = (float(self.joint.estimate[j]), self.alone[name].estimate)
            jointly, alone = (info.text(_shown(info.is_ratio, value)) for value in both)
            sentences.append(
                f"{heading(name)}: {info.label} {jointly} jointly, {alone} alone; "
                f"{percent(float(self.joint.borrowing[j]), 0)} of its information comes from the other outcomes{width}."
            )
        return sentences

    @staticmethod
    def _width(before: tuple[float, float], after: tuple[float, float]) -> str:
        change = 100 * ((after[1] - after[0]) / (before[1] - before[0]) - 1)
        way = "narrower" if change < 0 else "wider"
        return f", and its interval is {percent(abs(change), 0)} {way}"

    def sensitivity(self) -> str:
        """How the estimates move with the between-study correlation; empty where nothing was tried."""
        found = {value: held for value, held in self.held.items() if isinstance(held, JointEffect)}
        if not found:
            return ""
        texts = []
        for j, name in enumerate(self.joint.outcomes):
            info = self.alone[name].effects.info
            values = [_shown(info.is_ratio, held.estimate[j]) for held in found.values()]
            low, high = info.text(min(values)), info.text(max(values))
            texts.append(f"{name} {low}" if low == high else f"{name} {low} to {high}")
        held_at = listed([number(value, 1) for value in found])
        return f"With the between-study correlation held at {held_at}: {listed(texts)}."

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the joint model, each outcome alone, and the sensitivity analyses."""
        return {
            "joint": self.joint.to_dict(),
            "alone": {name: pooled.to_dict() for name, pooled in self.alone.items()},
            "held": [{"correlation": value, "result": to_plain(found)} for value, found in self.held.items()],
            "sentences": [*self.gains(), *([self.sensitivity()] if self.sensitivity() else [])],
        }


def _shown(ratio: bool, value: float) -> float:
    return exp(value) if ratio else float(value)


def joint_of(asked: Joint, analyses: Sequence[Analysis], spec: PoolingSpec) -> JointAnalysis | NotAssessable:
    """The outcomes that the protocol names, from their main analyses."""
    if not asked.outcomes:
        return NotAssessable(WHAT, "the protocol names no outcomes for it")
    effects: dict[str, EffectSizes] = {}
    for outcome in asked.outcomes:
        main = next((a for a in analyses if a.outcome == outcome), None)
        if main is None or isinstance(main.pooled, NotAssessable):
            return NotAssessable(WHAT, f"{outcome} has no pooled effect in this run")
        effects[outcome] = main.pooled.effects
    within: dict[str, Any] = {"nested": asked.outcomes} if asked.nested else {"correlation": asked.correlation or 0.0}
    try:
        together = joint_effects(effects, **within)
        joint = fit_joint(together, _spec(spec))
    except (InvalidInputError, ConvergenceError) as error:
        issues = getattr(error, "issues", None)
        return NotAssessable(WHAT, "; ".join(map(str, issues)) if issues else str(error))
    return JointAnalysis(
        joint=joint, alone=joint.separate(), held={value: _held(together, spec, value) for value in asked.between}
    )


def _held(together: JointEffects, spec: PoolingSpec, value: float) -> JointEffect | NotAssessable:
    try:
        return fit_joint(together, _spec(spec, value))
    except ConvergenceError as error:
        return NotAssessable(WHAT, str(error))


def _spec(spec: PoolingSpec, held: float | None = None) -> JointSpec:
    """The choices of the pooling as far as a likelihood of several outcomes has them."""
    ci: JointInterval = "z" if spec.ci == "z" else "t" if spec.ci == "t" else "jackson-riley"
    method: Criterion = "ML" if spec.tau2 == "ML" else "REML"
    return JointSpec(method=method, ci=ci, level=spec.level, between_correlation=held)
