"""The evidence as an object: its tables, their version, and the sources behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.provenance import DataVersion, Source

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Validated evidence tables. The columns and their units stand in ``data/dictionary.csv``.

    Each table is a DataFrame whose index, named ``row``, is the line of the CSV file (the header is line 1).
    Whole numbers are ``Int64`` and other numbers ``float64``, missing where the cell is blank; text is ``str``, empty
    where blank. Columns ``percent_decimals``, ``quoted_low_decimals`` and ``quoted_high_decimals`` keep how many
    decimals were printed in ``percent_printed``, ``quoted_low`` and ``quoted_high``. An optional table that the folder
    lacks has its columns and no rows. Treat the tables as read-only:
    :func:`tmsmeta.review.selecting.apply` returns new ones.

    Attributes:
        trials: one row per trial.
        arms: one row per trial, arm and outcome: events of n.
        contrasts: one row per trial and comparison known by ratio and interval only (tier D).
        published: pooled results of reviews.
        rates: event rates.
        cohorts: single-arm figures.
        claims: quoted figures and how each is checked.
        documents: the documents that quote them.
        sources: where numbers were read.
        gaps: numbers known to be missing.
        treatments: glossary of treatment nodes.
        populations: glossary of population groups.
        outcomes: glossary of outcomes, with the direction that is better for patients.
        flags: glossary of flags.
        tiers: glossary of verification tiers.
        data_version: hash of every file read.
        origin: folder the tables were read from.
    """

    trials: pd.DataFrame
    arms: pd.DataFrame
    contrasts: pd.DataFrame
    published: pd.DataFrame
    rates: pd.DataFrame
    cohorts: pd.DataFrame
    claims: pd.DataFrame
    documents: pd.DataFrame
    sources: pd.DataFrame
    gaps: pd.DataFrame
    treatments: pd.DataFrame
    populations: pd.DataFrame
    outcomes: pd.DataFrame
    flags: pd.DataFrame
    tiers: pd.DataFrame
    data_version: DataVersion
    origin: str

    def __repr__(self) -> str:
        return (
            f"Evidence({len(self.trials)} trials, {len(self.arms)} arm rows, {len(self.contrasts)} contrasts; "
            f"data {self.data_version.short})"
        )

    def source(self, source_id: str) -> Source:
        """The source with this id.

        Raises:
            InvalidInputError: no source has it.
        """
        found = self.sources[self.sources["source_id"] == source_id]
        if found.empty:
            raise InvalidInputError(Issue(None, "source_id", source_id, "must be an id of the sources table."))
        row = found.iloc[0]
        return Source(source_id=source_id, kind=row["kind"], url=row["url"], seen_on=row["seen_on"])

    def all_sources(self) -> tuple[Source, ...]:
        """Every source, in the order of the table."""
        return tuple(self.source(source_id) for source_id in self.sources["source_id"])

    def treatment_label(self, treatment: str) -> str:
        """Name of a treatment node for tables and figures; the node itself where the glossary lacks it."""
        return self._treatment_cell(treatment, "label")

    def treatment_family(self, treatment: str) -> str:
        """Family of a treatment node in the glossary; the node itself where the glossary lacks it."""
        return self._treatment_cell(treatment, "family")

    def _treatment_cell(self, treatment: str, column: str) -> str:
        found = self.treatments.loc[self.treatments["treatment"] == treatment, column]
        return str(found.iloc[0]) if len(found) else treatment

    def better(self, outcome: str) -> str:
        """Whether more events of `outcome` are good (``"higher"``) or bad (``"lower"``) for patients.

        Raises:
            InvalidInputError: the glossary of outcomes lacks it, so the direction must be stated by the caller.
        """
        found = self.outcomes.loc[self.outcomes["outcome"] == outcome, "better"]
        if found.empty:
            message = "has no direction in the table `outcomes`; state which direction is better."
            raise InvalidInputError(Issue(None, "outcome", outcome, message))
        return str(found.iloc[0])
