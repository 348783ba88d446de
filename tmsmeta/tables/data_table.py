"""A checked table of studies, of whatever file and names of columns, in one of a few known shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.against import against_one, comparator_of, paired
from tmsmeta.tables.shapes import BY_ARM, COLUMNS, WORDS, Shape
from tmsmeta.words.names import alike, listed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class DataTable:
    """A checked table, as :func:`read_table` gives it.

    Attributes:
        shape: one of :data:`tmsmeta.tables.shapes.SHAPES`.
        frame: the canonical columns of the shape (:data:`tmsmeta.tables.shapes.COLUMNS`), then the other columns of the
            file under their own names; indexed by line of the file, the header being line 1. Counts are ``int64``,
            other numbers ``float64``; columns kept are ``float64`` where every filled cell is a number, else text.
            Estimates of ratios are logs, except in the shape ``ratio``, whose numbers are as printed.
        mapping: the column of the file, as spelled, that gives each role.
        kept: the other columns of the file.
        measure: the effect measure that the header names, or None.
        log: whether estimates are logs; None where nothing says so.
        level: level of the intervals.
        left_out: rows and studies that are not used: row, study, reason.
        warnings: what looks wrong; no number is changed for it.
        spellings: all spellings of each treatment that had several, by the commonest, which `frame` has.
        dialect: the program whose names of columns these are, or None.
        data_version: hash of the file.
        origin: where it was read.
        said: how the table was read, as a sentence.
        comparator, treated: what the arms are called; blank where unknown.
        notes: what was done beyond reading: arms added up, studies left out.
    """

    shape: Shape
    frame: pd.DataFrame
    mapping: Mapping[str, str]
    kept: tuple[str, ...]
    data_version: DataVersion
    origin: str
    left_out: pd.DataFrame
    measure: str | None = None
    log: bool | None = None
    level: float = 0.95
    warnings: tuple[Issue, ...] = ()
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dialect: str | None = None
    said: str = ""
    comparator: str = ""
    treated: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns of the shape."""
        return COLUMNS[self.shape]

    @property
    def treatments(self) -> tuple[str, ...]:
        """All treatments in the order of the table; none where the table names none."""
        names = [c for c in ("treatment", "treatment_t", "treatment_c", "treat1", "treat2") if c in self.frame]
        listed = [str(name) for row in self.frame[names].to_numpy() for name in row if name != ""]
        return tuple(dict.fromkeys(listed))

    def against(self, control: str | None = None) -> DataTable:
        """The arms as treated against comparator, a row per study; several active arms of a study are added up.

        Args:
            control: the comparator, in any case. By default the one treatment that is named as a comparator (placebo,
                usual care ...; see :data:`tmsmeta.tables.controls.CONTROL_NAMES`). No other is ever taken.

        Returns:
            A table of the shape with two arms per row, with ``comparator``, ``treated`` and what was done in ``notes``
            and ``left_out``. A table that has them already is returned as it is, if `control` agrees. Comparisons of
            two treatments become estimates against the comparator.

        Raises:
            InvalidInputError: the comparator is not given and not named as one, or is not in the table; a study with
                several comparisons with it, which are not independent; a table of single groups, which has no arms.
        """
        import pandas as pd

        if self.shape == "contrasts":
            return self._compared_with(comparator_of(self.treatments, control))
        if self.shape not in BY_ARM:
            self._own_comparator(control)
            return self
        made = paired(self.frame, self.shape, comparator_of(self.treatments, control))
        out = pd.DataFrame([(None, *gone) for gone in made.left_out], columns=["row", "study", "reason"])
        return replace(
            self,
            shape=BY_ARM[self.shape],
            frame=made.frame,
            comparator=made.comparator,
            treated=made.treated,
            left_out=pd.concat([self.left_out, out]) if len(self.left_out) else out,
            notes=(*self.notes, *made.notes),
        )

    def _compared_with(self, control: str) -> DataTable:
        """The comparisons with one treatment, turned so that it is the comparator; others are left out."""
        import pandas as pd

        made = against_one(self.frame, control)
        out = pd.DataFrame(made.left_out, columns=["row", "study", "reason"])
        return replace(
            self,
            shape="estimate",
            frame=made.frame,
            comparator=control,
            treated=made.treated,
            left_out=pd.concat([self.left_out, out]) if len(self.left_out) else out,
            notes=(*self.notes, *made.notes),
        )

    def _own_comparator(self, control: str | None) -> None:
        """Refuse a comparator that is not the one that the rows hold already."""
        if self.shape in ("proportions", "rates"):
            message = f"holds {WORDS[self.shape]}; a comparator needs arms."
            raise InvalidInputError(Issue(None, "table", self.origin, message))
        found = tuple(dict.fromkeys(map(str, self.frame.get("treatment_c", ()))))
        if control is not None and (not found or any(alike(name) != alike(control) for name in found)):
            what = f"their comparator is {listed(found)}" if found else "no column names the treatments"
            message = f"cannot be chosen, as the rows of this table hold both arms already and {what}."
            raise InvalidInputError(Issue(None, "control", control, message))

    def arms(self) -> pd.DataFrame:
        """The table with one row per arm: ``study``, ``treatment`` and the numbers of an arm.

        Two arms per row give their treatments in ``treatment_t`` and ``treatment_c``, or else ``"treated"`` and
        ``"comparator"``.

        Raises:
            InvalidInputError: a table without arms.
        """
        import pandas as pd

        if self.shape in BY_ARM:
            return self.frame[list(self.columns)].reset_index(drop=True)
        shape = next((by_arm for by_arm, pair in BY_ARM.items() if pair == self.shape), None)
        if shape is None:
            message = f"holds {WORDS[self.shape]}; this needs arms, with events and n or with means."
            raise InvalidInputError(Issue(None, "table", self.origin, message))
        halves = []
        for suffix, name in (("t", "treated"), ("c", "comparator")):
            numbers = COLUMNS[shape][2:]
            half = self.frame[["study", *(f"{c}_{suffix}" for c in numbers)]].set_axis(["study", *numbers], axis=1)
            half.insert(1, "treatment", self.frame.get(f"treatment_{suffix}", name))
            halves.append(half)
        arms = pd.concat(halves).sort_index(kind="stable")
        # pairs of a trial with several arms repeat the arm that they share
        return (arms.drop_duplicates() if "treatment_t" in self.frame else arms).reset_index(drop=True)
