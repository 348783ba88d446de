"""The checked input of a network: trials, their arms, and every comparison within a trial."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.measures import MEASURES, Measure
from tmsmeta.errors import check_kind
from tmsmeta.networks.input.independent_contrasts import (
    Floats,
    IndependentContrasts,
    Integers,
    Pairs,
    independent_contrasts,
    sums,
)
from tmsmeta.networks.spec import ZeroRule
from tmsmeta.words.names import counted
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


class Arms(NamedTuple):
    """Every arm of every trial, shape (a,): indices, and counts where they are known (else NaN)."""

    study: Integers
    treatment: Integers
    events: Floats
    n: Floats


class TrialArms(NamedTuple):
    """Arms of single trials where the network holds trials pooled beforehand, by label, shape (a,)."""

    study: tuple[str, ...]
    treatment: tuple[str, ...]
    events: Floats
    n: Floats


class Exclusion(NamedTuple):
    """A trial that is not in the network, with the reason, and its treatments where they are known."""

    study: str
    reason: str
    treatments: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetworkData(Brief):
    """Trials that passed every check, ready for :func:`tmsmeta.networks.fit_network`.

    Attributes:
        treatments: labels, sorted; indices below refer to this order.
        studies: labels in order of appearance.
        measure: key of :data:`tmsmeta.effects.MEASURES`.
        reference: label of the treatment against which effects are stated.
        better: ``higher`` if more of the outcome is good, ``lower`` if less is.
        pairs: every comparison of every trial.
        arms: every arm of every trial.
        excluded: trials left out, with reasons.
        notes: corrections, conversions and other things that were done to the data, as sentences.
        trials_per_study: where each "study" stands for several trials pooled beforehand (Mantel-Haenszel designs),
            how many; None for one each.
        trial_arms: the arms of these trials; None where every study is a trial.
        zero, duplicate_arms, comparator_risk: how they were read, as in :class:`tmsmeta.networks.NetworkSpec`.
    """

    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    measure: str
    reference: str
    better: str
    pairs: Pairs
    arms: Arms
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = field(default=())
    trials_per_study: Integers | None = None
    trial_arms: TrialArms | None = None
    zero: ZeroRule | None = None
    duplicate_arms: str | None = None
    comparator_risk: float | None = None

    def in_short(self) -> str:
        """Trials, treatments, measure and direction."""
        out = f"; {counted(len(self.excluded), 'trial')} left out" if self.excluded else ""
        return (
            f"{counted(len(self.studies), 'trial')} of {len(self.treatments)} treatments "
            f"({', '.join(self.treatments)}), as {self.info.label} against {self.reference}, {self.better} is "
            f"better{out}."
        )

    @property
    def made(self) -> dict[str, Any]:
        """The choices behind the trials, by their names in :class:`tmsmeta.networks.NetworkSpec`."""
        names = ("measure", "reference", "better", "zero", "duplicate_arms", "comparator_risk")
        return {name: getattr(self, name) for name in names}

    @property
    def info(self) -> Measure:
        """The measure with its label, scale and null value."""
        info = MEASURES[self.measure]
        # differences over the SD of the whole trial, or printed ones of any kind, are no Hedges g of two arms
        return replace(info, label="standardised mean difference") if self.measure == "SMD" else info

    @property
    def sign(self) -> float:
        """+1 where large effects are good, -1 where small ones are."""
        return 1.0 if self.better == "higher" else -1.0

    @cached_property
    def reference_index(self) -> int:
        """Position of the reference among the treatments."""
        return self.treatments.index(self.reference)

    @property
    def ground(self) -> Integers:
        """The reference as the one column whose effect is zero."""
        return np.array([self.reference_index], dtype=np.intp)

    @cached_property
    def arms_per_study(self) -> Integers:
        """Number of arms of each trial, shape (number of trials,)."""
        return np.bincount(self.arms.study, minlength=len(self.studies))

    @cached_property
    def trial_counts(self) -> Integers:
        """Number of trials behind each study, shape (number of studies,)."""
        ones = np.ones(len(self.studies), dtype=np.intp)
        return ones if self.trials_per_study is None else self.trials_per_study

    @cached_property
    def rows(self) -> IndependentContrasts:
        """The independent contrasts of all trials."""
        return independent_contrasts(self.pairs, self.arms_per_study, len(self.treatments))

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The connected parts of the network, as treatment labels; one part if it is connected."""
        code = part_codes(len(self.treatments), self.pairs.i, self.pairs.j)
        if not code.any():  # the usual case
            return (self.treatments,)
        groups: dict[int, list[str]] = {}
        for part, label in zip(code.tolist(), self.treatments, strict=True):
            groups.setdefault(part, []).append(label)
        return tuple(tuple(g) for g in sorted(groups.values(), key=len, reverse=True))

    @cached_property
    def designs(self) -> tuple[tuple[int, ...], ...]:
        """The set of treatments of each trial, as sorted indices."""
        sets: list[list[int]] = [[] for _ in self.studies]
        for study, treatment in zip(self.arms.study.tolist(), self.arms.treatment.tolist(), strict=True):
            sets[study].append(treatment)
        return tuple(tuple(sorted(s)) for s in sets)

    def trials_of(self) -> tuple[NDArray[np.int64], Floats]:
        """Trials and patients of each treatment, each of shape (n,); patients NaN where an arm has no n."""
        size = len(self.treatments)
        trials = sums(self.arms.treatment, self.trial_counts[self.arms.study], size).astype(np.int64)
        return trials, sums(self.arms.treatment, self.arms.n, size)

    def trials_frame(self) -> pd.DataFrame:
        """Table of every comparison: ``study treat1 treat2 yi se arms``, treat1 against treat2."""
        import pandas as pd

        names, p = np.array(self.treatments, dtype=object), self.pairs
        return pd.DataFrame(
            {
                "study": np.array(self.studies, dtype=object)[p.study],
                "treat1": names[p.i],
                "treat2": names[p.j],
                "yi": p.y,
                "se": np.sqrt(p.variance),
                "arms": self.arms_per_study[p.study],
            }
        )


def part_codes(treatments: int, i: Integers, j: Integers) -> Integers:
    """The connected part of each of `treatments` nodes, numbered from 0, by the comparisons of `i` and `j`."""
    least = np.arange(treatments)  # of the nodes that each is known to hang together with
    while ((a := least[i]) != (b := least[j])).any():
        np.minimum.at(least, np.maximum(a, b), np.minimum(a, b))
        while ((nearer := least[least]) != least).any():
            least = nearer
    return np.unique(least, return_inverse=True)[1]


def check_data(data: object) -> None:
    """Raise unless these are trials that were put together for a network."""
    check_kind("data", data, NetworkData, "trials, as network_data() gives; a network has them as .data")
