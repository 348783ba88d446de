"""Where the effects of an analysis come from: a table of one's own, or the evidence of a review."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tmsmeta.cli.console import note
from tmsmeta.cli.options import Arms, Input, option_name
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.words.glossary import BETTER

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from tmsmeta.effects import EffectSizes
    from tmsmeta.pooling import PoolingSpec
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.selecting.result import SelectedTrials
    from tmsmeta.tables.data_table import DataTable

_OF_TABLES = ("sheet", "columns", "rows", "shape", "missing", "scale", "control")
_OF_EVIDENCE = ("evidence", "outcome", "tiers")


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Effects, with what is known about where they come from.

    Attributes:
        effects: one row per study.
        studies: further columns of the studies, in the order of the effects.
        data: sentences on how the input was read and what was left out.
        plain: the same as plain values, for JSON.
        left_out: study and reason of what never became an effect, as plain values.
        forest: what a forest plot shows beside the effects.
        better: the direction in which the outcome is good, ``higher`` or ``lower``; None where nothing says.
        stated: how the protocol of a review pools; None for a table of one's own.
    """

    effects: EffectSizes
    studies: pd.DataFrame
    data: tuple[str, ...]
    plain: dict[str, Any]
    left_out: tuple[dict[str, Any], ...] = ()
    forest: dict[str, Any] = field(default_factory=dict)
    better: str | None = None
    stated: PoolingSpec | None = None

    def told(self, result: dict[str, Any]) -> dict[str, Any]:
        """`result` as plain values, with how the input was read, and with what was left out when it was read."""
        direction = {} if self.better is None else {"better": self.better}
        return result | direction | {"left_out": [*self.left_out, *result.get("left_out", ())], "input": self.plain}

    @property
    def direction(self) -> list[str]:
        """Which effects favour the treated arm, in one sentence; none where nothing says what is better."""
        from tmsmeta.pooling.sentences import direction_sentence

        return [] if self.better is None else [direction_sentence(self.effects, self.better)]


def check_input(given: Input, *, table: Mapping[str, object]) -> None:
    """Raise for options that do not apply to the input: they may not be ignored.

    Args:
        given: the options.
        table: further options, by field name, that apply to tables of one's own alone.

    Raises:
        InvalidInputError: options of reviews beside a table of one's own, or the other way round.
    """
    own = given.file is not None
    named = {name: getattr(given, name) for name in (_OF_EVIDENCE if own else _OF_TABLES)}
    if not own:
        named |= table
    of = f"a table of your own ({given.file})" if own else "the evidence of a review"
    faults = [
        Issue(None, option_name(name), _shown(value), f"does not apply to {of}; leave it out.")
        for name, value in named.items()
        if value not in (None, [])
    ]
    if faults:
        raise InvalidInputError(faults)


def _shown(value: object) -> object:
    return (
        ",".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, (int, float))
        else str(value)
    )


def pairs(given: Sequence[str] | None, option: str, example: str) -> dict[str, str] | None:
    """``["events_t=ai,n_t=n1i"]`` as a mapping; a comma inside a name or a value is part of it.

    Raises:
        InvalidInputError: a part without an equals sign.
    """
    if not given:
        return None
    parts = [part for text in given for part in re.split(r",(?=[^=,]+=)", text)]
    found = [part.partition("=") for part in parts]
    faults = [
        Issue(None, option, part, f"must give pairs, such as {example}.")
        for part, (name, sign, value) in zip(parts, found, strict=True)
        if not (name.strip() and sign and value.strip())
    ]
    if faults:
        raise InvalidInputError(faults)
    return {name.strip(): value.strip() for name, _, value in found}


def own_table(given: Input, file: Path, measure: str = "") -> DataTable:
    """The table of one's own, checked; the measure decides where it has counts and means, or n and time."""
    from tmsmeta.tables.read import read_table

    return read_table(
        file,
        sheet=given.sheet,
        columns=pairs(given.columns, "--columns", "events_t=ai,n_t=n1i"),
        rows=pairs(given.rows, "--rows", "outcome=response"),
        shape=given.shape,  # type: ignore[arg-type]  # an unknown shape is refused there
        measure=measure or None,
        missing=given.missing or "drop",
        scale=given.scale,
    )


def say_how_read(table: DataTable) -> None:
    """How the table was read, on stderr."""
    for sentence in sentences_of(table):
        note(sentence)


def sentences_of(table: DataTable) -> tuple[str, ...]:
    """How a table was read, what was left out of it, and what looks odd in it."""
    out = table.left_out.to_dict("records")
    return (
        f"{table.origin}: {table.said}.",
        *(f"Left out: {_place(r)}: {r['reason']}" for r in out),
        *(f"Note: {remark}" for remark in table.notes if not remark.startswith("Left out: ")),
        *(f"Warning: {issue}" for issue in table.warnings),
    )


def _place(row: Mapping[Any, Any]) -> str:
    """The line and the study of a row that was left out, as far as they are known."""
    line = "" if row["row"] is None or row["row"] != row["row"] else f"row {row['row']:g}"
    return ", ".join(part for part in (line, str(row["study"])) if part)


def table_as_plain(table: DataTable) -> dict[str, Any]:
    """The same for JSON."""
    from tmsmeta.words.results import to_plain

    names = ("origin", "shape", "mapping", "kept", "measure", "log", "level", "dialect", "said", "notes")
    read = {name: to_plain(getattr(table, name)) for name in names}
    more = {"left_out": table.left_out, "data_version": table.data_version}
    return {**read, **to_plain(more), "warnings": [str(issue) for issue in table.warnings]}


def effects_of_input(
    given: Input, measure: str, zero_cells: str | None = None, decimals: int | None = None, arms: Arms | None = None
) -> Source:
    """The effects of the input, whichever it is.

    Raises:
        InvalidInputError, EvidenceError, UnknownOptionError: options that do not fit, faults of the table.
    """
    arms = arms or Arms()
    check_input(given, table={"decimals": decimals, "treated": arms.treated, "better": arms.better})
    if arms.better is not None:
        check_option("--better", arms.better, BETTER)
    if given.file is not None:
        return _own(given, given.file, measure, zero_cells, decimals, arms)
    return _of_review(given, measure, zero_cells)


def _own(given: Input, file: Path, measure: str, zero_cells: str | None, decimals: int | None, arms: Arms) -> Source:
    from tmsmeta.effects import from_frame
    from tmsmeta.tables.shapes import BY_ARM

    table = own_table(given, file, measure)
    if table.shape in (*BY_ARM, "contrasts") or given.control is not None or arms.treated is not None:
        table = table.against(given.control, arms.treated)
    say_how_read(table)
    options: dict[str, Any] = {"zero_cells": zero_cells, "decimals": decimals}
    effects = from_frame(table, measure or None, **{n: v for n, v in options.items() if v is not None})
    if arms.better is not None and not effects.info.contrast:
        message = "is a direction of comparisons; this table holds single arms. Leave it out."
        raise InvalidInputError(Issue(None, "--better", arms.better, message))
    plain = table_as_plain(table)
    left_out = tuple({"study": row["study"], "reason": row["reason"]} for row in plain["left_out"])
    return Source(
        effects=effects,
        studies=table.frame,
        data=sentences_of(table),
        plain=plain,
        left_out=left_out,
        forest={} if arms.better is None else {"better": arms.better},
        better=arms.better,
    )


def column_of(source: Source, name: str, option: str) -> list[Any]:
    """A column of the studies, in the order of the effects.

    Raises:
        InvalidInputError: there is no such column.
    """
    if name not in source.studies:
        from tmsmeta.words.names import meant

        columns = [str(column) for column in source.studies.columns]
        message = f"must be one of the columns {', '.join(columns)}.{meant(name, columns)}"
        raise InvalidInputError(Issue(None, option, name, message))
    return list(source.studies[name])


def clusters_of_input(source: Source, cluster: str | None, robust: str | None, ci: str | None) -> dict[str, Any]:
    """The arguments of pool, subgroups and meta_regression about clusters; none where no column was named.

    Raises:
        InvalidInputError: no such column; ``--ci`` beside it, or ``--robust`` without it.
    """
    if cluster is None and robust is None:
        return {}
    if cluster is None:
        message = "needs --cluster, the column that says which rows belong together."
        raise InvalidInputError(Issue(None, "--robust", robust, message))
    if ci is not None:
        message = "stands beside --cluster, whose robust errors have an interval of their own; leave it out."
        raise InvalidInputError(Issue(None, "--ci", ci, message))
    own = cluster == "study" and cluster not in source.studies
    return {"cluster": "study" if own else column_of(source, cluster, "--cluster"), "robust": robust}


def evidence_of(folder: Path | None) -> Evidence:
    """The evidence of a folder, or the shipped one."""
    from tmsmeta.review.folder import load_evidence, read_evidence

    return load_evidence() if folder is None else read_evidence(folder)


def parts_of(text: str) -> tuple[str, ...]:
    """``"A, B"`` as ``("A", "B")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def tiers_of(given: Input) -> tuple[str, ...]:
    """The tiers that were asked for."""
    return parts_of(given.tiers or "")


def _of_review(given: Input, measure: str, zero_cells: str | None) -> Source:
    from dataclasses import replace

    from tmsmeta.review.moderators import studies_of
    from tmsmeta.review.selecting.effects import effects_of
    from tmsmeta.tables.csv_write import plain_records

    evidence = evidence_of(given.evidence)
    chosen = _selected(given, measure, evidence)
    effects = effects_of(chosen, chosen.selection.measure, zero_cells or evidence.protocol.pooling.zero_cells)
    studies = studies_of(chosen)
    return Source(
        effects=replace(effects, treated=evidence.active_label, comparator=evidence.control_label),
        studies=studies,
        data=chosen.notes,
        plain={"evidence": chosen.data_version.to_dict(), "left_out": plain_records(chosen.left_out)},
        forest={
            "tier": dict(zip(studies["study"], studies["tier"], strict=True)),
            "better": evidence.better(chosen.selection.outcome),
            "title": evidence.outcome_title(chosen.selection.outcome),
        },
        better=evidence.better(chosen.selection.outcome),
        stated=evidence.protocol.pooling_spec(),
    )


def _selected(given: Input, measure: str, evidence: Evidence) -> SelectedTrials:
    """The trials of the evidence that were asked for."""
    from tmsmeta.review.selecting.apply import select

    outcome = given.outcome or ""
    if outcome:
        check_option("outcome", outcome, sorted(evidence.outcome_names))
    wanted: dict[str, Any] = {"measure": measure, "tiers": tiers_of(given)}
    selection = evidence.selection(outcome, **{name: value for name, value in wanted.items() if value})
    chosen = select(evidence, selection)
    if not chosen.k:
        message = f"no trial of these tiers compares active treatment with {selection.control} on {selection.outcome}."
        raise InvalidInputError(Issue(None, "tiers", ",".join(selection.tiers), message))
    return chosen
