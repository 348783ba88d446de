"""A checked table of studies, of whatever file and names of columns, in one of a few known shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.against import (
    LeftOut,
    against_one,
    check_columns_of_arms,
    comparator_of,
    left_out_sentence,
    one_treated,
    paired,
)
from tmsmeta.tables.shapes import BY_ARM, COLUMNS, WORDS, Shape
from tmsmeta.tables.treatments import TREATMENTS
from tmsmeta.words.arguments import answerable
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
        names = [c for c in TREATMENTS if c in self.frame]
        listed = [str(name) for row in self.frame[names].to_numpy() for name in row if name != ""]
        return tuple(dict.fromkeys(listed))

    @answerable
    def against(self, control: str | None = None, treated: str | None = None) -> DataTable:
        """The arms as treated against comparator, a row per study; several active arms of a study are added up.

        Args:
            control: the comparator, in any case. By default the one treatment that is named as a comparator (placebo,
                usual care ...; see :data:`tmsmeta.tables.controls.CONTROL_NAMES`). No other is ever taken. Where the
                rows hold both arms and nothing names them, this is what the comparator is called.
            treated: one of the other treatments, which alone is then compared; any other text is what the treated arms
                are called.

        Returns:
            A table of the shape with two arms per row, with ``comparator``, ``treated`` and what was done in ``notes``
            and ``left_out``. A table that has them already is returned as it is, if `control` agrees. Comparisons of
            two treatments become estimates against the comparator.

        Raises:
            InvalidInputError: the comparator is not given and not named as one, or is not in the table; a study with
                several comparisons with it, which are not independent; a table of single groups, which has no arms; a
                name that is nearly a treatment of the table, or that the columns of the other arm have.

        Example:
            >>> import pandas as pd
            >>> import tmsmeta as tm
            >>> arms = {"study": list("AABB"), "treatment": ["drug", "placebo", "drug", "placebo"]}
            >>> arms |= {"events": [12, 6, 8, 5], "n": [60, 61, 52, 50]}
            >>> table = tm.read_table(pd.DataFrame(arms)).against("placebo")
            >>> table.frame["events_t"].tolist(), table.comparator
            ([12, 8], 'placebo')
        """
        if self.shape != "contrasts" and self.shape not in BY_ARM:
            return self._named(control, treated)
        comparator = comparator_of(self.treatments, control)
        active = [name for name in self.treatments if name != comparator]
        alone = one_treated(active, treated, comparator)
        shape: Shape = BY_ARM.get(self.shape, "estimate")
        if self.shape == "contrasts":
            made = against_one(self.frame, comparator, alone)
        else:
            made = paired(self.frame, self.shape, comparator, alone)
        return replace(
            self._without(made.left_out),
            shape=shape,
            frame=made.frame,
            comparator=made.comparator,
            treated=alone or treated or made.treated,
            notes=(*self.notes, *made.notes),
        )

    def _without(self, gone: Sequence[LeftOut]) -> DataTable:
        """The same with further rows that are not used: line, study, reason."""
        import pandas as pd

        out = pd.DataFrame(list(gone), columns=["row", "study", "reason"])
        return replace(self, left_out=pd.concat([self.left_out, out]) if len(self.left_out) else out)

    def _named(self, control: str | None, treated: str | None) -> DataTable:
        """Rows that hold both arms: these are named, or their names agree with what was asked for."""
        if self.shape in ("proportions", "rates"):
            message = f"holds {WORDS[self.shape]}; a comparator needs arms."
            raise InvalidInputError(Issue(None, "table", self.origin, message))
        found = self._in_rows("treatment_c")
        if control is not None and any(alike(name) != alike(control) for name in found):
            message = f"cannot be chosen, as the rows hold both arms already and their comparator is {listed(found)}."
            raise InvalidInputError(Issue(None, "control", control, message))
        check_columns_of_arms(self.mapping, {"treated": treated, "control": control})
        active = self._in_rows("treatment_t")
        comparator = self.comparator or (found[0] if len(found) == 1 else control or "")
        alone = one_treated(active, treated, comparator)
        kept = self._with_one_treatment(alone) if len(active) > 1 and alone else self
        return replace(kept, comparator=comparator, treated=alone or treated or self.treated)

    def _in_rows(self, column: str) -> tuple[str, ...]:
        """The treatments that a column names, in the order of the rows."""
        return tuple(dict.fromkeys(map(str, self.frame.get(column, ()))))

    def _with_one_treatment(self, treated: str) -> DataTable:
        """The rows of one treatment; the others are left out, with their line."""
        other = self.frame[self.frame["treatment_t"] != treated]
        gone = [
            (int(str(line)), str(study), f"{name}, and {treated} was asked for")
            for line, study, name in zip(other.index, other["study"], other["treatment_t"], strict=True)
        ]
        notes = (*self.notes, *left_out_sentence(gone))
        return replace(self._without(gone), frame=self.frame.drop(index=other.index), notes=notes)

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
