"""``tmsmeta joint``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.network import Model, of_input
from tmsmeta.cli.options import Input, Output
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.pool import Measure
from tmsmeta.cli.sources import effects_of_input, evidence_of, parts_of
from tmsmeta.errors import InvalidInputError, Issue, check_option

if TYPE_CHECKING:
    from tmsmeta.cli.network import Asked
    from tmsmeta.cli.sources import Source
    from tmsmeta.models.multivariate import JointEffect
    from tmsmeta.networks import JointNetwork
    from tmsmeta.report.answer import Answer, Draw
    from tmsmeta.words.tables import ReaderTable


@dataclass(frozen=True, kw_only=True)
class Together:
    """Which outcomes are pooled together, and how they depend on each other."""

    outcomes: Annotated[str, typer.Option(help="Their names: response,remission; the widest first.")] = ""
    by: Annotated[str, typer.Option(help="Column of your table with the outcome of a row.")] = "outcome"
    nested: Annotated[bool, typer.Option("--nested", help="Each counts a part of those before it.")] = False
    correlation: Annotated[float | None, typer.Option(help="Assumed within trials, if not nested.")] = None
    structure: Annotated[str, typer.Option(help="unstructured compound diagonal")] = "unstructured"
    method: Annotated[str, typer.Option(help="REML ML")] = "REML"
    ci: Annotated[str | None, typer.Option(help="jackson-riley t z; of networks t z")] = None
    level: Annotated[float, typer.Option(help="Confidence level.")] = 0.95
    between: Annotated[float | None, typer.Option(help="Holds the correlation between trials.")] = None
    network: Annotated[bool, typer.Option("--network", help="Rank the treatments over all outcomes.")] = False
    reference: Annotated[str, typer.Option(help="Of a network: what effects are stated against.")] = ""
    better: Annotated[str | None, typer.Option(help="Of a network of your own: higher or lower.")] = None

    def model(self) -> dict[str, Any]:
        """The choices of the model, as its function takes them."""
        made = {"structure": self.structure, "method": self.method, "level": self.level, "ci": self.ci}
        return {n: v for n, v in made.items() if v is not None} | {"between_correlation": self.between}

    def within(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What is known of the dependence within trials, as the function takes it.

        Raises:
            InvalidInputError: neither of the two options, or both.
        """
        if self.nested == (self.correlation is not None):
            message = "or --correlation must say how the outcomes of a trial depend on each other, one of the two."
            raise InvalidInputError(Issue(None, "--nested", None, message))
        return {"nested": names} if self.nested else {"correlation": self.correlation}


def joint(*, given: Input, together: Together, measure: Measure = "", output: Output) -> None:
    """Pool outcomes of the same trials together.

    Example: tmsmeta joint outcomes.csv --outcomes response,remission --nested
    """
    check_output(output, given.read, no_script="has no script for models of several outcomes")
    if not together.network:
        _check_pairwise(together)
    names = _names(given, together)
    if given.file is None and not together.nested and together.correlation is None:
        together = _as_the_protocol_says(given, together)
    within = together.within(names)
    inputs = {name: _each(given, together, name) for name in names}
    answer = (_of_networks if together.network else _of_pairs)(inputs, within, together, measure)
    deliver(answer, output, given.read)


def _check_pairwise(together: Together) -> None:
    faults = [
        Issue(None, f"--{option}", found, "is of a network; add --network or leave it out.")
        for option, found in (("reference", together.reference), ("better", together.better))
        if found
    ]
    if faults:
        raise InvalidInputError(faults)


def _names(given: Input, together: Together) -> tuple[str, ...]:
    """The outcomes that are asked for, by default those of the protocol.

    Raises:
        InvalidInputError: fewer than two, or one twice; --outcome, which names one.
    """
    if given.outcome is not None:
        raise InvalidInputError(Issue(None, "--outcome", given.outcome, "names one; use --outcomes with at least two."))
    names = parts_of(together.outcomes)
    if not names and given.file is None:
        names = evidence_of(given.evidence).protocol.joint.outcomes
    if len(names) < 2 or len(set(names)) < len(names):
        message = "must name at least two outcomes, each once, such as response,remission."
        raise InvalidInputError(Issue(None, "--outcomes", together.outcomes or None, message))
    return names


def _as_the_protocol_says(given: Input, together: Together) -> Together:
    asked = evidence_of(given.evidence).protocol.joint
    return replace(together, nested=asked.nested, correlation=asked.correlation)


def _each(given: Input, together: Together, name: str) -> Input:
    """The input of one outcome: its rows of a table, or its trials of a review."""
    if given.file is None:
        return replace(given, outcome=name)
    return replace(given, rows=[*(given.rows or []), f"{together.by}={name}"])


def _of_pairs(inputs: Mapping[str, Input], within: dict[str, Any], together: Together, measure: str) -> Answer:
    from tmsmeta.models.multivariate import joint as fit
    from tmsmeta.report.joint_tables import joint_table

    sources = {name: effects_of_input(given, measure) for name, given in inputs.items()}
    found = fit({name: source.effects for name, source in sources.items()}, **within, **together.model())

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import borrowing_forest

        return borrowing_forest(found, **size)

    return _answer(found, joint_table(found), sources, {"Each outcome alone and jointly": draw})


def _of_networks(inputs: Mapping[str, Input], within: dict[str, Any], together: Together, measure: str) -> Answer:
    from tmsmeta.networks import joint_network
    from tmsmeta.report.joint_tables import joint_ranking_table

    if together.ci is not None:
        check_option("--ci", together.ci, ("z", "t"))
    model = Model(measure=measure, reference=together.reference, better=together.better)
    asked = {name: of_input(given, model) for name, given in inputs.items()}
    found = joint_network({name: one.report.net for name, one in asked.items()}, **within, **together.model())
    labels = {treatment: label for one in asked.values() for treatment, label in one.labels.items()}

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import two_outcomes

        return two_outcomes(found.by_outcome(), labels=labels, **size)

    table = joint_ranking_table(found, lambda treatment: labels.get(treatment, treatment))
    return _answer(found, table, asked, {"Two outcomes beside each other": draw} if len(inputs) == 2 else {})


def _answer(
    found: JointEffect | JointNetwork,
    table: ReaderTable,
    inputs: Mapping[str, Source | Asked],
    figures: Mapping[str, Draw],
) -> Answer:
    """What came out, with the variances and correlations between trials and how each outcome was read."""
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.joint_tables import between_table
    from tmsmeta.words.results import to_plain

    between = found.between_intervals()
    more = {"between_intervals": to_plain(between), "input": {name: one.plain for name, one in inputs.items()}}
    return Answer(
        title=table.title,
        tables=[table, between_table(between)],
        sentences=[found.result_sentence()],
        methods=[found.methods_sentence()],
        plain=found.to_dict() | more,
        data=tuple(dict.fromkeys(line for one in inputs.values() for line in one.data)),
        figures=figures,
        spec=to_plain(found.spec),
    )
