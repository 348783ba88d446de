"""The measures, and the object that holds one estimate and variance per study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import Issue, NotAssessable, check_option
from tmsmeta.words import numbers
from tmsmeta.words.numbers import Number, Pair

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Scale = Literal["identity", "log", "logit", "arcsine", "freeman-tukey", "square-root", "freeman-tukey rate"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One effect measure.

    Attributes:
        name: short name, as in metafor.
        label: in words, without the scale.
        scale: the scale of ``yi``; see :func:`tmsmeta.effects.back_transform` for the way back.
        contrast: True for treated against comparator, False for a single arm.
        null: the value of "no effect" on the scale of ``yi`` (NaN for a single arm, which has none).
        digits: decimals of estimate and limits in text, on the scale a reader knows (ratios not logged).
    """

    name: str
    label: str
    scale: Scale = "identity"
    contrast: bool = True
    null: float = 0.0
    digits: int = 2

    @property
    def is_ratio(self) -> bool:
        """Whether the exponential of ``yi`` is a ratio of treated to comparator."""
        return self.contrast and self.scale == "log"

    def text(self, value: Number) -> str:
        """An estimate as text; a ratio is given as such, not logged."""
        return numbers.effect(value, self.digits, log=self.is_ratio)

    def limits_text(self, limits: Pair) -> str:
        """An interval as text, e.g. ``"1.57 to 5.09"``; a limit that differs from no effect shows that it does."""
        null = (1.0 if self.is_ratio else self.null) if self.contrast else None
        return numbers.interval(limits, self.digits, log=self.is_ratio, null=null)


def _arm(name: str, label: str, scale: Scale = "identity", digits: int = 2) -> Measure:
    return Measure(name=name, label=label, scale=scale, contrast=False, null=float("nan"), digits=digits)


MEASURES: Mapping[str, Measure] = {
    m.name: m
    for m in (
        Measure(name="OR", label="odds ratio", scale="log"),
        Measure(name="RR", label="risk ratio", scale="log"),
        Measure(name="RD", label="risk difference", digits=3),
        Measure(name="AS", label="arcsine difference", digits=3),
        Measure(name="PETO", label="Peto odds ratio", scale="log"),
        _arm("PR", "proportion", digits=3),
        _arm("PLN", "log proportion", "log"),
        _arm("PLO", "log odds", "logit"),
        _arm("PAS", "arcsine proportion", "arcsine", digits=3),
        _arm("PFT", "Freeman-Tukey double arcsine proportion", "freeman-tukey", digits=3),
        _arm("IR", "incidence rate", digits=3),
        _arm("IRLN", "log incidence rate", "log"),
        _arm("IRS", "square-root incidence rate", "square-root"),
        _arm("IRFT", "Freeman-Tukey incidence rate", "freeman-tukey rate"),
        Measure(name="IRR", label="incidence rate ratio", scale="log"),
        Measure(name="IRD", label="incidence rate difference", digits=3),
        Measure(name="MD", label="mean difference"),
        Measure(name="SMD", label="standardised mean difference (Hedges g)"),
        Measure(name="SMDH", label="standardised mean difference, unequal variances"),
        Measure(name="ROM", label="ratio of means", scale="log"),
        Measure(name="HR", label="hazard ratio", scale="log"),
        Measure(name="GEN", label="effect"),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A continuity correction that was applied to one study.

    Attributes:
        row: its place among the studies, counted from 1; labels may repeat.
        study: its label.
        added_t: what was added to each cell of the treated arm (or to the events of a single arm).
        added_c: what was added to each cell of the comparator arm (0 for a single arm).
        reason: the rule that asked for it.
    """

    row: int
    study: str
    added_t: float
    added_c: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class EffectSizes:
    """One effect size per study.

    Attributes:
        measure: name of the measure, a key of :data:`MEASURES`.
        yi: estimates, shape (k,), treated against comparator; ratios on the log scale; NaN where not estimable.
        vi: sampling variances, shape (k,), on the scale of ``yi`` squared; NaN where not estimable.
        study: labels, shape (k,).
        inputs: the columns that were given (counts, means, ...), each of shape (k,), for figures and tests on counts.
        corrections: every continuity correction applied.
        not_estimable: studies without an estimate, each with the reason.
    """

    measure: str
    yi: Floats
    vi: Floats
    study: NDArray[np.str_]
    inputs: Mapping[str, Floats] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    not_estimable: tuple[Issue, ...] = ()

    def __post_init__(self) -> None:
        check_option("measure", self.measure, list(MEASURES))
        for array in (self.yi, self.vi, self.study, *self.inputs.values()):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.yi)

    @property
    def k(self) -> int:
        """Number of rows, estimable or not."""
        return len(self.yi)

    @cached_property
    def se(self) -> Floats:
        """Standard errors, shape (k,), on the scale of ``yi``."""
        return np.sqrt(self.vi)

    @cached_property
    def estimable(self) -> NDArray[np.bool_]:
        """Which rows have an estimate and a variance, shape (k,)."""
        return np.isfinite(self.yi) & np.isfinite(self.vi)

    @property
    def info(self) -> Measure:
        """The measure with its label, scale and null value."""
        return MEASURES[self.measure]

    def subset(self, keep: NDArray[Any]) -> EffectSizes:
        """The rows `keep` (a boolean mask or row indices, in the order wanted), with their records."""
        study = self.study[keep]
        places = np.arange(self.k)[keep].tolist()
        by_row = {c.row: c for c in self.corrections}
        unknown = set(study[~self.estimable[keep]].tolist())
        return EffectSizes(
            measure=self.measure,
            yi=self.yi[keep],
            vi=self.vi[keep],
            study=study,
            inputs={name: column[keep] for name, column in self.inputs.items()},
            corrections=tuple(
                replace(by_row[place + 1], row=row) for row, place in enumerate(places, start=1) if place + 1 in by_row
            ),
            not_estimable=tuple(i for i in self.not_estimable if i.row in unknown),
        )

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Table with study, inputs, yi, vi, se and Wald limits; ratios also as ratio, ratio_low, ratio_high.

        ``note`` holds the correction applied or the reason why there is no estimate.
        """
        import pandas as pd
        from scipy.special import ndtri

        z = float(ndtri(0.5 + level / 2))
        low, high = self.yi - z * self.se, self.yi + z * self.se
        frame = pd.DataFrame({"study": self.study, **self.inputs, "yi": self.yi, "vi": self.vi, "se": self.se})
        frame["ci_low"], frame["ci_high"] = low, high
        if self.info.is_ratio:
            frame["ratio"], frame["ratio_low"], frame["ratio_high"] = np.exp(self.yi), np.exp(low), np.exp(high)
        added = {c.row: f"{c.added_t:g} and {c.added_c:g} added ({c.reason})" for c in self.corrections}
        reasons = {str(i.row): i.message for i in self.not_estimable}
        frame["note"] = [
            added.get(row, "") if known else reasons.get(name, "")
            for row, (name, known) in enumerate(zip(self.study.tolist(), self.estimable, strict=True), start=1)
        ]
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; ``None`` where a study has no estimate."""

        def plain(values: Floats) -> list[float | None]:
            return [float(x) if np.isfinite(x) else None for x in values]

        return {
            "measure": self.measure,
            "study": self.study.tolist(),
            "yi": plain(self.yi),
            "vi": plain(self.vi),
            "inputs": {name: plain(column) for name, column in self.inputs.items()},
            "corrections": [
                {"row": c.row, "study": c.study, "added_t": c.added_t, "added_c": c.added_c, "reason": c.reason}
                for c in self.corrections
            ],
            "not_estimable": [{"study": i.row, "reason": i.message} for i in self.not_estimable],
        }

    def require_inputs(self, what: str, *names: str) -> tuple[Floats, ...] | NotAssessable:
        """The input columns `names`, or why `what` cannot be computed without them."""
        missing = [n for n in names if n not in self.inputs]
        if missing:
            reason = f"needs the columns {', '.join(names)}, and these effects carry no {', '.join(missing)}"
            return NotAssessable(what, reason)
        return tuple(self.inputs[n] for n in names)
