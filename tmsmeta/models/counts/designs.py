"""How each model writes its linear predictors, and when its likelihood has no maximum."""

from __future__ import annotations

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.cells import BinomialCells, HypergeometricCells, PoissonCells
from tmsmeta.models.counts.quadrature import MixedModel, Parameters
from tmsmeta.models.counts.spec import GlmmModel
from tmsmeta.models.counts.tables import TwoArms

# The treatment effect lies half above and half below the middle of the two arms, in the fixed and in the random part
# (metafor: coding=1/2), so that both arms are equally variable.
_CODING = (0.5, -0.5)


def two_arm_model(model: GlmmModel, arms: TwoArms) -> tuple[MixedModel, Parameters]:
    """The model and where its fit begins. Studies without contrast must have been left out."""
    k = len(arms.study)
    crude = np.log((arms.events + 0.5) / (arms.total - arms.events + 0.5))
    none = np.zeros(1)
    if model == "CM.EL":
        cells = HypergeometricCells(arms.events_t, arms.n_t, arms.events_c, arms.n_c)
        return _intercept(cells, np.zeros(k)), Parameters(None, none, none)
    if model == "CM.AL":
        shares = BinomialCells(arms.events_t[:, None], arms.events[:, None])
        return _intercept(shares, np.log(arms.n_t / arms.n_c)), Parameters(None, none, none)
    both = BinomialCells(np.column_stack([arms.events_t, arms.events_c]), np.column_stack([arms.n_t, arms.n_c]))
    arm = np.tile(np.array(_CODING), (k, 1))[..., None]
    ones, offset = np.ones((k, 2)), np.zeros((k, 2))
    if model == "UM.FS":
        return MixedModel(cells=both, offset=offset, fixed=arm, loading=arm, own=ones), Parameters(crude, none, none)
    design = np.concatenate([ones[..., None], arm], axis=2)
    start = Parameters(None, np.array([float(crude.mean()), 0.0]), np.zeros(2))
    return MixedModel(cells=both, offset=offset, fixed=design, loading=design), start


def proportion_model(events: Floats, n: Floats) -> tuple[MixedModel, Parameters]:
    """Binomial events with normal logits."""
    start = np.log((events.sum() + 0.5) / ((n - events).sum() + 0.5))
    cells = BinomialCells(events[:, None], n[:, None])
    return _intercept(cells, np.zeros(len(n))), Parameters(None, np.array([start]), np.zeros(1))


def rate_model(events: Floats, time: Floats) -> tuple[MixedModel, Parameters]:
    """Poisson events with normal log rates."""
    start = np.log((events.sum() + 0.5) / time.sum())
    return _intercept(PoissonCells(events[:, None]), np.log(time)), Parameters(None, np.array([start]), np.zeros(1))


def _intercept(cells: BinomialCells | PoissonCells | HypergeometricCells, offset: Floats) -> MixedModel:
    ones = np.ones((len(offset), 1, 1))
    return MixedModel(cells=cells, offset=offset[:, None], fixed=ones, loading=ones)


def without_effect_variance(model: MixedModel) -> MixedModel:
    """The same model with tau2 = 0, where another random effect remains."""
    return MixedModel(
        cells=model.cells, offset=model.offset, fixed=model.fixed, loading=model.loading[..., :-1], own=model.own
    )


def infinite_two_arm(model: GlmmModel, arms: TwoArms) -> NotAssessable | None:
    """Why the estimate is infinite whatever the variances are, or None."""
    if model == "UM.RS":
        return extreme_arm(arms)
    # the binomial approximation knows no limits but none and all events of the study
    approximate = model == "CM.AL"
    bottom = np.zeros_like(arms.events) if approximate else np.maximum(0.0, arms.events - arms.n_c)
    top = arms.events if approximate else np.minimum(arms.events, arms.n_t)
    for bound, extreme in ((bottom, "fewest"), (top, "most")):
        if (arms.events_t == bound).all():
            which = f"the treated arm of every study has the {extreme} events its margins allow"
            return NotAssessable("odds ratio", f"{which}: the estimate is infinite")
    return None


def extreme_arm(arms: TwoArms) -> NotAssessable | None:
    for name, events, n in (("treated", arms.events_t, arms.n_t), ("comparator", arms.events_c, arms.n_c)):
        if not events.any() or (events == n).all():
            which = "only" if events.any() else "no"
            return NotAssessable("odds ratio", f"all {name} arms have {which} events: the estimate is infinite")
    return None


def infinite_proportion(events: Floats, n: Floats) -> NotAssessable | None:
    """Why the pooled logit is infinite, or None."""
    if events.any() and (events < n).any():
        return None
    which = "only" if events.any() else "no"
    return NotAssessable("logit", f"all studies have {which} events: the estimate is infinite")


def infinite_rate(events: Floats) -> NotAssessable | None:
    """Why the pooled log rate is infinite, or None."""
    return None if events.any() else NotAssessable("log rate", "no study has any event: the estimate is infinite")
