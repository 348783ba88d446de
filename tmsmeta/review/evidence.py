"""The evidence as an object: its tables and protocol, their version, and the sources behind them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue, check_kind, check_names, check_option
from tmsmeta.provenance import DataVersion, Source
from tmsmeta.review.dictionary import column_rules
from tmsmeta.review.flags import FlagEffects
from tmsmeta.review.protocol import Outcome, Protocol
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.to_frame import records
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import heading, inside
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

NOTHING_TO_ANALYSE = Issue(
    None, WHOLE_FILE, None, "holds no row, so there is no outcome to analyse; fill it in.", "arms.csv"
)
"""What a review without numbers lacks."""


_READ_BY_ROW = ("trials", "arms", "contrasts", "gaps", "published", "cohorts", "rates")
"""Tables whose rows are looked up one by one."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evidence(Brief):
    """Validated evidence tables, and what the protocol of their folder says about them.

    The columns and their units stand in ``tmsmeta/review/dictionary.csv`` and, for columns of the folder's own, in the
    ``dictionary.csv`` of the folder.

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
        certainty: how certain the evidence on an outcome is, as somebody rated it.
        protocol: what ``review.toml`` says; the defaults where the folder has none.
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
    certainty: pd.DataFrame
    protocol: Protocol
    data_version: DataVersion
    origin: str

    def in_short(self) -> str:
        """The size of the tables and the version of the data."""
        return (
            f"{len(self.trials)} trials, {len(self.arms)} arm rows, {len(self.contrasts)} contrasts; "
            f"data {self.data_version.short}"
        )

    @answerable
    def source(self, source_id: str) -> Source:
        """The source with this id.

        Raises:
            InvalidInputError: no source has it.
        """
        if source_id not in self._sources:
            raise InvalidInputError(Issue(None, "source_id", source_id, "must be an id of the sources table."))
        return self._sources[source_id]

    def all_sources(self) -> tuple[Source, ...]:
        """Every source, in the order of the table."""
        return tuple(self._sources.values())

    @cached_property
    def _sources(self) -> dict[str, Source]:
        columns = ("source_id", "kind", "url", "seen_on")
        return {c["source_id"]: Source(**{name: c[name] for name in columns}) for _, c in records(self.sources)}

    @answerable
    def treatment_label(self, treatment: str) -> str:
        """Name of a treatment for tables and figures: of the glossary, of the protocol, or else the node itself."""
        known = self._glossary.get(treatment, {}).get("label") or self.protocol.published.labels.get(treatment)
        return str(known or treatment)

    @answerable
    def treatment_family(self, treatment: str) -> str:
        """Family of a treatment node in the glossary; the node itself where the glossary lacks it."""
        return self._treatment_cell(treatment, "family") or treatment

    def _treatment_cell(self, treatment: str, column: str) -> str:
        return str(self._glossary.get(treatment, {}).get(column, treatment))

    @cached_property
    def _glossary(self) -> dict[str, dict[str, Any]]:
        rows = records(self.treatments)
        return {cells["treatment"]: cells for _, cells in rows}

    @cached_property
    def _rows(self) -> dict[str, list[tuple[int, dict[str, Any]]]]:
        return {table: records(getattr(self, table)) for table in _READ_BY_ROW}

    @cached_property
    def trials_by_id(self) -> dict[str, dict[str, Any]]:
        """The rows of the trials by ``trial_id``; treat them as read-only."""
        return {cells["trial_id"]: cells for _, cells in self._rows["trials"]}

    @answerable
    def rows(self, table: str) -> list[tuple[int, dict[str, Any]]]:
        """The rows of a table with their lines; treat them as read-only."""
        return self._rows[table]

    @answerable
    def rows_of(self, table: str, outcome: str) -> list[tuple[int, dict[str, Any]]]:
        """The rows on an outcome in ``arms``, ``contrasts`` or ``gaps`` with their lines; treat them as read-only.

        Args:
            table: one of the three.
            outcome: an outcome of the review.

        Returns:
            The line in the file and the cells by column, of each row.
        """
        return [(line, cells) for line, cells in self.rows(table) if cells["outcome"] == outcome]

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Every treatment node that a row names."""
        contrasts = self.contrasts
        return tuple(sorted({*self.arms["treatment"], *contrasts["treat1"], *contrasts["treat2"]}))

    @cached_property
    def own_trial_columns(self) -> tuple[str, ...]:
        """Columns of trials that the review's own dictionary describes, such as a moderator."""
        shared = {rule.column for rule in column_rules()["trials"]}
        return tuple(name for name in self.trials.columns if name not in shared)

    @cached_property
    def control(self) -> str:
        """The comparator node.

        Raises:
            InvalidInputError: the protocol names none, and not exactly one treatment is called a control.
        """
        stated = self.protocol.comparison.control
        if stated:
            return stated
        called = [node for node in self.nodes if is_control_name(node) or is_control_name(self.treatment_label(node))]
        if len(called) == 1:
            return called[0]
        message = (
            f"must be stated in review.toml, as it cannot be told which of {', '.join(self.nodes)} is the comparator."
        )
        raise InvalidInputError(Issue(None, "comparison.control", None, message, "review.toml"))

    @answerable
    def is_active(self, node: str) -> bool:
        """Whether a node counts as active treatment by the protocol."""
        active = self.protocol.comparison.active
        if not active:
            return node != self.control
        return node in active or self.treatment_family(node) in active

    @property
    def active_label(self) -> str:
        """What active arms are called together; the name of the treatment where there is just one."""
        active = [node for node in self.nodes if self.is_active(node)]
        only = self.treatment_label(active[0]) if len(active) == 1 else "Active treatment"
        return self.protocol.comparison.label or heading(only.replace("_", " "))

    @property
    def control_label(self) -> str:
        """What the control is called."""
        return self.protocol.comparison.control_label or heading(self.treatment_label(self.control).replace("_", " "))

    @property
    def comparison(self) -> str:
        """Active treatment against the control, for headings and sentences."""
        return f"{self.active_label} against {inside(self.control_label)}"

    @cached_property
    def outcome_names(self) -> tuple[str, ...]:
        """Outcomes of the review, the main one first: those of the protocol, or else all that rows name."""
        used = dict.fromkeys([*self.arms["outcome"], *self.contrasts["outcome"]])
        glossary = [name for name in self.outcomes["outcome"] if name in used]
        return tuple(self.protocol.outcomes) or tuple(dict.fromkeys([*glossary, *used]))

    @answerable
    def outcome_rule(self, outcome: str) -> Outcome:
        """What the protocol says about an outcome."""
        return self.protocol.outcomes.get(outcome) or Outcome()

    @answerable
    def outcome_label(self, outcome: str) -> str:
        """Name of an outcome for tables and figures."""
        return (
            self.outcome_rule(outcome).label or self._outcome_labels.get(outcome) or heading(outcome.replace("_", " "))
        )

    @cached_property
    def named_outcomes(self) -> tuple[str, ...]:
        """Every outcome that a row of arms or contrasts names, sorted."""
        return tuple(sorted({*self.arms["outcome"], *self.contrasts["outcome"]}))

    @cached_property
    def named_populations(self) -> tuple[str, ...]:
        """Every population group of trials and glossary, sorted."""
        return tuple(sorted({*self.trials["population_group"], *self.populations["population_group"]}))

    @cached_property
    def flag_meanings(self) -> dict[str, str]:
        """What the flags of the glossary mean."""
        return dict(zip(self.flags["flag"], self.flags["meaning"], strict=True))

    @cached_property
    def _outcome_labels(self) -> dict[str, str]:
        """Names of outcomes in the glossary, the first one where there are several."""
        named = zip(self.outcomes["outcome"], self.outcomes["label"], strict=True)
        return {outcome: str(label) for outcome, label in reversed([*named])}

    @answerable
    def people_who(self, outcome: str) -> str:
        """What people with an outcome do, after their number: "respond"; "have the outcome (death)" if not stated."""
        name = inside(self.outcome_label(outcome))
        return self.outcome_rule(outcome).people or ("have the outcome" + (f" ({name})" if name != "outcome" else ""))

    @answerable
    def time_point(self, outcome: str) -> str:
        """When an outcome is counted, in words."""
        return self.outcome_rule(outcome).time_point or self.protocol.time_point

    @answerable
    def outcome_title(self, outcome: str) -> str:
        """An outcome with its time point where the protocol states one: "Response at the end of the course"."""
        stated = self.time_point(outcome)
        label = self.outcome_label(outcome)
        return label if stated == Protocol.time_point else f"{label} at {stated}"

    @answerable
    def better(self, outcome: str) -> str:
        """Whether more events of `outcome` are good (``"higher"``) or bad (``"lower"``) for patients.

        Raises:
            InvalidInputError: neither protocol nor glossary say so; a direction is never guessed.
        """
        if stated := self.outcome_rule(outcome).better:
            return stated
        found = self.outcomes.loc[self.outcomes["outcome"] == outcome, "better"]
        if found.empty:
            message = (
                "has no direction; state which is better in the table `outcomes`, or in review.toml as "
                f'outcomes.{outcome}.better = "higher" or "lower".'
            )
            raise InvalidInputError(Issue(None, "outcome", outcome, message))
        return str(found.iloc[0])

    @cached_property
    def main_tiers(self) -> tuple[str, ...]:
        """Tiers of the main analysis: those that ``tiers.csv`` marks, or A to C."""
        return self._marked("tiers", "tier") if len(self.tiers) else ("A", "B", "C")

    @cached_property
    def main_populations(self) -> tuple[str, ...] | None:
        """Population groups of the main analysis: those that ``populations.csv`` marks, or None for all."""
        return self._marked("populations", "population_group") if len(self.populations) else None

    def _marked(self, table: str, column: str) -> tuple[str, ...]:
        frame: pd.DataFrame = getattr(self, table)
        return tuple(frame.loc[frame["main_analysis"] == "yes", column])

    @cached_property
    def flag_effects(self) -> FlagEffects:
        """What each flag changes."""
        return FlagEffects.of(zip(self.flags["flag"], self.flags["effect"], strict=True))

    @answerable
    def selection(self, outcome: str = "", name: str = "", **choices: Any) -> Selection:
        """A selection of the protocol, filled in.

        Args:
            outcome: an outcome; by default the first one.
            name: name of the selection in the protocol; by default the main one.
            **choices: fields of :class:`~tmsmeta.Selection` that differ from it.

        Returns:
            The selection, with nothing left open.

        Raises:
            UnknownOptionError: no such outcome or selection.

        Example:
            >>> import tmsmeta as tm
            >>> tm.read_evidence("my_evidence").selection("response", "adults only").populations
            ('adult',)
        """
        check_names(choices, [field.name for field in fields(Selection) if field.name != "outcome"])
        protocol = self.protocol
        if name:
            check_option("selection", name, protocol.selection_names)
        given = protocol.selection_choices(name or protocol.main_selection) | choices
        return self.filled_in(Selection(outcome=outcome, **given))

    @answerable
    def filled_in(self, selection: Selection) -> Selection:
        """The selection with everything it leaves open as protocol and tables say."""
        outcome = selection.outcome or next(iter(self.outcome_names), "")
        return replace(
            selection,
            outcome=outcome,
            measure=selection.measure or self.protocol.pooling.measure,
            tiers=self.main_tiers if selection.tiers == "main" else selection.tiers,
            populations=self.main_populations if selection.populations == "main" else selection.populations,
            control=selection.control or self.control,
            time_point=selection.time_point or self.time_point(outcome),
        )


def evidence_of(review: object) -> Evidence:
    """The evidence of a review, or of a run of one.

    Raises:
        InvalidInputError: for anything else.
    """
    evidence = getattr(review, "evidence", None)
    if isinstance(evidence, Evidence):
        return evidence
    message = "must be a review, as load_review() and read_review() give, or what its run() gives."
    raise InvalidInputError(Issue(None, "review", type(review).__name__, message))


def check_is_evidence(evidence: object) -> None:
    """Raise unless these are the tables of a review, as every function of evidence must be given."""
    what = "evidence, as load_evidence() and read_evidence() give; a review has it as .evidence"
    check_kind("evidence", evidence, Evidence, what)
