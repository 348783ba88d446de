"""The object that holds one estimate and variance per study, and the rule for zero cells that it was made by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.measures import MEASURES, Floats, Measure
from tmsmeta.effects.natural import Natural, harmonic_mean
from tmsmeta.effects.transform import SCALES, back_transform, natural_columns
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_kind, check_option
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import ZERO_CELLS
from tmsmeta.words.names import studies
from tmsmeta.words.results import Brief, to_plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ArmCorrection",
    "Correction",
    "EffectSizes",
    "Floats",
    "ZeroCellRule",
    "ZeroCells",
    "check_effects",
    "effect_sizes",
]

ZeroCells = Literal["none", "only0", "if0all", "all"]
ArmCorrection = Literal["constant", "treatment-arm"]
_ZERO_CELLS, _CORRECTIONS = get_args(ZeroCells), get_args(ArmCorrection)


@dataclass(frozen=True, kw_only=True)
class ZeroCellRule:
    """What is done about zero cells. Validated when built; the effects carry it.

    Attributes:
        zero_cells: which studies receive a correction: ``none``; ``only0``, those with a zero cell; ``if0all``, all of
            them if any has one; ``all``.
        add: what is added to each cell.
        correction: ``constant``, or ``treatment-arm`` (in proportion to the reciprocal of the other arm's size).
        drop_double_zero: whether studies with no event, or only events, in both arms are left out.
    """

    zero_cells: ZeroCells = "only0"
    add: float = 0.5
    correction: ArmCorrection = "constant"
    drop_double_zero: bool = False

    def __post_init__(self) -> None:
        check_option("zero_cells", self.zero_cells, _ZERO_CELLS)
        check_option("correction", self.correction, _CORRECTIONS)
        number = isinstance(self.add, (int, float, np.integer, np.floating)) and not isinstance(self.add, bool)
        if not (number and 0 <= self.add < np.inf):
            raise InvalidInputError(Issue(None, "add", self.add, "must be a finite number, 0 or more."))

    def rows(self, has_zero: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which studies receive the correction, given which have a zero cell; both of shape (k,)."""
        if self.zero_cells == "none":
            return np.zeros_like(has_zero)
        if self.zero_cells == "only0":
            return has_zero
        return np.full_like(has_zero, self.zero_cells == "all" or bool(has_zero.any()))

    def words(self) -> str:
        """The rule as it would be asked for, e.g. ``zero_cells='only0', add=0.5``."""
        default = ZeroCellRule()
        shown = {"zero_cells": self.zero_cells, "add": float(self.add)}
        shown |= {
            name: getattr(self, name)
            for name in ("correction", "drop_double_zero")
            if getattr(self, name) != getattr(default, name)
        }
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


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


@dataclass(frozen=True, kw_only=True, repr=False)
class EffectSizes(Brief):
    """One effect size per study.

    Attributes:
        measure: name of the measure, a key of :data:`MEASURES`.
        yi: estimates, shape (k,), treated against comparator; ratios on the log scale; NaN where not estimable.
        vi: sampling variances, shape (k,), on the scale of ``yi`` squared; NaN where not estimable.
        study: labels, shape (k,).
        inputs: the columns that were given (counts, means, ...), each of shape (k,), for figures and tests on counts.
        corrections: every continuity correction applied.
        not_estimable: studies without an estimate, each with the reason.
        zero_rule: the rule for zero cells that was asked for; None where there are no counts, or several rules.
        comparator, treated: what the arms are called; blank where unknown, or where they differ between studies.
        notes: what was done before: arms added up, rows and studies left out; full sentences.
        variance_formula: where a measure has several formulas for its variance, which one this is, in words.
        cluster: which rows depend on each other, a label for each, shape (k,); None where they are taken as
            independent.
    """

    measure: str
    yi: Floats
    vi: Floats
    study: NDArray[np.str_]
    inputs: Mapping[str, Floats] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    not_estimable: tuple[Issue, ...] = ()
    zero_rule: ZeroCellRule | None = None
    comparator: str = ""
    treated: str = ""
    notes: tuple[str, ...] = ()
    variance_formula: str = ""
    cluster: NDArray[np.str_] | None = None

    def in_short(self) -> str:
        """The studies, their measure and the range of their estimates."""
        natural, known = self.natural, self.estimable
        text = f"{studies(self.k)} as {self.info.label}"
        if not known.all():
            text += f", {int(known.sum())} with an estimate"
        if self.corrections:
            text += f", {len(self.corrections)} with a continuity correction"
        if not known.any():
            return f"{text}."
        shown = back_transform(self.measure, self.yi, n=self.sizes) if natural.transformed else self.yi
        low, high = (natural.texts_of(float(end(shown[known])), None)[0] for end in (np.min, np.max))
        return f"{text}; {natural.label} from {low} to {high}."

    def __post_init__(self) -> None:
        check_option("measure", self.measure, MEASURES)
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

    @property
    def sizes(self) -> Floats | None:
        """Sizes or person-times, shape (k,), that the way back from a Freeman-Tukey scale needs; None for others."""
        return self.inputs.get(SCALES[self.info.scale].size)

    @property
    def natural(self) -> Natural:
        """The scale on which a reader is shown a pool of these effects."""
        sizes = self.sizes  # unknown in rows that were dropped
        return Natural(info=self.info, size=None if sizes is None else harmonic_mean(sizes[np.isfinite(sizes)]))

    @property
    def columns(self) -> tuple[str, str, str]:
        """Columns of :meth:`to_frame` that a reader is shown: estimate and limits on the scale a reader knows."""
        name = self.info.natural_name
        if not name or not self.natural.transformed:
            return "yi", "ci_low", "ci_high"
        return name, f"{name}_low", f"{name}_high"

    def reasons(self) -> dict[int, Issue]:
        """Why a row has no estimate, by its place from 0; labels may repeat."""
        rows = (~self.estimable).nonzero()[0].tolist()
        names = [str(name) for name in self.study[rows]]
        if names == [str(issue.row) for issue in self.not_estimable]:
            return dict(zip(rows, self.not_estimable, strict=True))
        by_label = {str(issue.row): issue for issue in self.not_estimable}
        return {row: by_label[name] for row, name in zip(rows, names, strict=True) if name in by_label}

    @answerable
    def subset(self, keep: NDArray[Any]) -> EffectSizes:
        """The rows `keep` (a boolean mask or row indices, in the order wanted), with their records.

        Args:
            keep: a boolean mask of shape (k,), or row indices in the order wanted.

        Returns:
            The rows with their records.

        Example:
            >>> import tmsmeta as tm
            >>> trials = tm.effects.generic([0.7, 0.1, 0.5], se=[0.2, 0.1, 0.3], study=["A", "B", "C"])
            >>> [str(label) for label in trials.subset(trials.se < 0.25).study]
            ['A', 'B']
        """
        if getattr(keep, "ndim", 1) > 1:
            message = "must say for each row whether it is kept, or name the places of rows."
            raise InvalidInputError(Issue(None, "keep", type(keep).__name__, message))
        if keep is self.estimable and keep.all():
            return self
        study = self.study[keep]
        places = np.arange(self.k)[keep].tolist()
        by_row = {c.row: c for c in self.corrections}
        reasons = self.reasons()
        return replace(
            self,
            yi=self.yi[keep],
            vi=self.vi[keep],
            study=study,
            inputs={name: column[keep] for name, column in self.inputs.items()},
            cluster=None if self.cluster is None else self.cluster[keep],
            corrections=tuple(
                replace(by_row[place + 1], row=row) for row, place in enumerate(places, start=1) if place + 1 in by_row
            ),
            not_estimable=tuple(reasons[place] for place in places if place in reasons),
        )

    @answerable
    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Table with study, inputs, yi, vi, se and Wald limits; ratios also as ratio, ratio_low, ratio_high.

        Proportions and rates on another scale than their own also as ``proportion`` or ``rate``, with ``_low`` and
        ``_high``.

        ``note`` holds the correction applied or the reason why there is no estimate.
        """
        import pandas as pd
        from scipy.special import ndtri

        z = float(ndtri(0.5 + level / 2))
        low, high = self.yi - z * self.se, self.yi + z * self.se
        frame = pd.DataFrame({"study": self.study, **self.inputs, "yi": self.yi, "vi": self.vi, "se": self.se})
        frame["ci_low"], frame["ci_high"] = low, high
        for name, column in natural_columns(self.measure, self.yi, low, high, n=self.sizes).items():
            frame[name] = column
        added = {c.row: f"{c.added_t:g} and {c.added_c:g} added (to {ZERO_CELLS[c.reason]})" for c in self.corrections}
        reasons = self.reasons()
        frame["note"] = [
            reasons[row].message if row in reasons else added.get(row + 1, "") if known else ""
            for row, known in enumerate(self.estimable.tolist())
        ]
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; ``None`` where a study has no estimate."""
        return {
            "measure": self.measure,
            "study": self.study.tolist(),
            "yi": _estimates(self.yi),
            "vi": _estimates(self.vi),
            "inputs": {name: _estimates(column) for name, column in self.inputs.items()},
            "corrections": to_plain(self.corrections),
            "not_estimable": to_plain(self.not_estimable),
            "zero_rule": to_plain(self.zero_rule),
            "comparator": self.comparator,
            "treated": self.treated,
            "notes": list(self.notes),
            "variance_formula": self.variance_formula,
            **({} if self.cluster is None else {"cluster": self.cluster.tolist()}),
        }

    @answerable
    def require_inputs(self, what: str, *names: str) -> tuple[Floats, ...] | NotAssessable:
        """The input columns `names`, or why `what` cannot be computed without them.

        Args:
            what: what is to be computed, for the reason.
            *names: columns of ``inputs``.

        Returns:
            The columns, or the reason.
        """
        missing = [n for n in names if n not in self.inputs]
        if missing:
            reason = f"needs the columns {', '.join(names)}, and these effects carry no {', '.join(missing)}"
            return NotAssessable(what, reason)
        return tuple(self.inputs[n] for n in names)


def effect_sizes(
    measure: str,
    estimates: tuple[Floats, Floats],
    given: Mapping[str, Floats],
    study: NDArray[np.str_],
    reason: str | Sequence[str],
    rule: ZeroCellRule | None = None,
    added: tuple[Floats, Floats] | None = None,
) -> EffectSizes:
    """Effects from what a formula gave, with a record of each correction and of each study without an estimate.

    Args:
        measure: key of :data:`MEASURES`.
        estimates: estimates and variances, shape (k,) each; a row of which either is missing, infinite, or a variance
            that is not positive, has no estimate.
        given: the columns given.
        study: labels.
        reason: why a study has no estimate; or one reason for each study, shape (k,).
        rule: for counts, the rule for zero cells.
        added: for counts, what it added to the cells of both arms, shape (k,) each.
    """
    yi, vi = estimates[0], np.where(estimates[1] > 0, estimates[1], np.nan)
    known = np.isfinite(yi) & np.isfinite(vi)
    reasons = [reason] * len(study) if isinstance(reason, str) else reason
    corrections: tuple[Correction, ...] = ()
    if rule is not None and added is not None:
        add_t, add_c = added
        corrections = tuple(
            Correction(
                row=i + 1,
                study=str(study[i]),
                added_t=float(add_t[i]),
                added_c=float(add_c[i]),
                reason=rule.zero_cells,
            )
            for i in (known & (add_t + add_c > 0)).nonzero()[0].tolist()
        )
    return EffectSizes(
        measure=measure,
        yi=np.where(known, yi, np.nan),
        vi=np.where(known, vi, np.nan),
        study=study,
        inputs=given,
        corrections=corrections,
        not_estimable=tuple(
            Issue(str(study[i]), "yi", None, reasons[i], inputs=row_of(given, i))
            for i in (~known).nonzero()[0].tolist()
        ),
        zero_rule=rule,
    )


def row_of(columns: Mapping[str, Floats], row: int) -> tuple[tuple[str, float], ...]:
    """The numbers of one row with the names of their columns, as a record of a study that is left out keeps them."""
    return tuple((name, float(column[row])) for name, column in columns.items())


def check_effects(effects: object) -> None:
    """Raise unless these are effect sizes, as every function of effects must be given."""
    what = "effect sizes, such as effects.binary(...) or effects.generic(yi, vi=vi) give; a result has them as .effects"
    check_kind("effects", effects, EffectSizes, what)


def _estimates(values: Floats) -> Any:
    """A column for JSON: None where a study has no number, infinite ones included."""
    return to_plain(np.where(np.isfinite(values), values, np.nan))
