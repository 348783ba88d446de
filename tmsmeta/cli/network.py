"""``tmsmeta network``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.options import Input, Level, Output
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.sources import (
    check_input,
    evidence_of,
    own_table,
    pairs,
    parts_of,
    say_how_read,
    sentences_of,
    table_as_plain,
    tiers_of,
)
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkReport
    from tmsmeta.report.answer import Answer, Draw
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.tables.data_table import DataTable
    from tmsmeta.words.tables import ReaderTable


@dataclass(frozen=True, kw_only=True)
class Model:
    """The choices of a network."""

    measure: Annotated[str, typer.Option(help="OR RR RD AS, of contrasts any  [default: by the table]")] = ""
    reference: Annotated[str, typer.Option(help="Treatment that effects are stated against.")] = ""
    better: Annotated[str | None, typer.Option(help="higher or lower, for a table of your own.")] = None
    tau2: Annotated[str | None, typer.Option(help="FE DL ML REML  [default: DL]")] = None
    ci: Annotated[str | None, typer.Option(help="z t  [default: z]")] = None
    prediction: Annotated[str | None, typer.Option(help="t(df-1) t(df) z  [default: t(df-1)]")] = None
    level: Level = None
    lumping: Annotated[str | None, typer.Option(help="Its name in a review; for a table, SSRI=drug1,drug2")] = None
    merge_arms: Annotated[bool, typer.Option("--merge-arms", help="Add up arms of one treatment in a study.")] = False

    def fit(self) -> dict[str, Any]:
        """The choices that were made of those that a fit has."""
        made = {"tau2": self.tau2, "ci": self.ci, "prediction": self.prediction, "level": self.level}
        return {name: value for name, value in made.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What is shown besides the ranking."""

    league: Annotated[bool, typer.Option("--league", help="Show the effect of every pair.")] = False
    node_split: Annotated[bool, typer.Option("--node-split", help="Show direct against indirect evidence.")] = False
    net_heat: Annotated[bool, typer.Option("--net-heat", help="Show what drives inconsistency.")] = False
    contributions: Annotated[bool, typer.Option("--contributions", help="Show what each estimate rests on.")] = False
    draw: Annotated[
        str, typer.Option(help="Of --figure: forest graph ranking league node-split net-heat contributions")
    ] = "forest"


def network(given: Input, model: Model, parts: Parts, output: Output) -> None:
    """Rank treatments, never without effect and evidence.

    Example: tmsmeta network arms.csv --reference placebo --better higher --league
    """
    check_output(output, given.read)
    check_option("--draw", parts.draw, list(_DRAW))
    check_input(given, table={"merge_arms": model.merge_arms or None})
    _refuse_control(given)
    asked = of_input(given, model)
    deliver(_answer(asked, parts), output, given.read, asked.report.net.to_r)


def _refuse_control(given: Input) -> None:
    """Raise for the option of comparisons of two: it may not be ignored."""
    if given.control is not None:
        message = "is the comparator of an analysis of two arms; of a network say --reference."
        raise InvalidInputError(Issue(None, "--control", given.control, message))


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A network analysis, with the names of its treatments and how its input was read."""

    report: NetworkReport
    labels: Mapping[str, str]
    data: tuple[str, ...]
    plain: dict[str, Any]

    def label(self, treatment: str) -> str:
        return self.labels.get(treatment, treatment)


def of_input(given: Input, model: Model) -> Asked:
    """The network of a table of one's own, or of a review."""
    return _of_own(given, model, given.file) if given.file is not None else _of_review(given, model)


def _of_own(given: Input, model: Model, file: Path) -> Asked:
    """The network of a table of one's own."""
    from tmsmeta.effects.from_frame import DEFAULT_MEASURE
    from tmsmeta.networks import network as fit
    from tmsmeta.networks import network_report
    from tmsmeta.tables.lumping import lumped
    from tmsmeta.tables.shapes import BY_ARM

    table = own_table(given, file, model.measure)
    if model.lumping is not None:
        table = lumped(table, _groups(model.lumping))
    say_how_read(table)
    twice = "merge" if model.merge_arms or model.lumping else "error"
    measure = model.measure or table.measure or DEFAULT_MEASURE.get(BY_ARM.get(table.shape, table.shape), "GEN")
    # arms without names are the two that a pairwise table has
    arms = table if table.treatments else table.arms()
    net = fit(arms, measure=measure, duplicate_arms=twice, **_direction(model, table), **model.fit())
    return Asked(report=network_report(net), labels={}, data=sentences_of(table), plain=table_as_plain(table))


def _groups(text: str) -> dict[str, list[str]]:
    """``"SSRI=paroxetine,sertraline,TCA=amitriptyline"`` as groups of treatments.

    Raises:
        InvalidInputError: a group without an equals sign, or without treatments.
    """
    found = pairs([text], "--lumping", "SSRI=paroxetine,sertraline") or {}
    groups = {name: list(parts_of(members)) for name, members in found.items()}
    empty = [name for name, members in groups.items() if not members]
    if empty:
        raise InvalidInputError([Issue(None, "--lumping", name, "must name the treatments in it.") for name in empty])
    return groups


def _direction(model: Model, table: DataTable) -> dict[str, Any]:
    """Reference and direction, both of which a table cannot tell.

    Raises:
        InvalidInputError: what is not stated and cannot be told.
    """
    from tmsmeta.tables.controls import is_control_name

    treatments = sorted(table.treatments) or ["treated", "comparator"]
    called = [name for name in treatments if is_control_name(name)]
    issues = []
    if not model.better:
        message = "must be stated for a table of your own: higher if more of the outcome is good, lower if less is."
        issues.append(Issue(None, "--better", None, message))
    if not model.reference and len(called) != 1:
        issues.append(Issue(None, "--reference", None, f"must be stated; one of {', '.join(treatments)}."))
    if issues:
        raise InvalidInputError(issues)
    return {"reference": model.reference or called[0], "better": str(model.better)}


def _of_review(given: Input, model: Model) -> Asked:
    """The network of the evidence, whose direction is that of its outcome."""
    from tmsmeta.networks import NetworkSpec
    from tmsmeta.review.network_fit import review_network
    from tmsmeta.review.network_spec import ReviewNetworkSpec

    evidence = evidence_of(given.evidence)
    outcome = given.outcome or evidence.outcome_names[0]
    check_option("outcome", outcome, sorted(evidence.outcome_names))
    if model.better is not None:
        check_option("--better", model.better, (evidence.better(outcome),))
    spec = ReviewNetworkSpec(
        outcome=outcome,
        measure=model.measure,
        tiers=tiers_of(given) or "main",
        lumping=model.lumping or "",
        reference=model.reference,
        model=NetworkSpec(**(dict(evidence.protocol.network.model) | model.fit())),
    )
    found: ReviewNetwork = review_network(evidence, spec)
    return Asked(report=found.report(), labels=found.labels, data=(), plain={})


def _answer(asked: Asked, parts: Parts) -> Answer:
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.network_tables import ranking_table

    report, net = asked.report, asked.report.net
    ranking = ranking_table(report.ranking, asked.label)
    further = _further(asked, parts)
    tables: list[ReaderTable] = [ranking, *(table for table in further.values() if not isinstance(table, str))]
    said = [f"{table}" for table in further.values() if isinstance(table, str)]
    left_out = [f"Left out: {e.study}: {e.reason}." for e in net.data.excluded]
    statements = dict.fromkeys((report.consistency.sentence(), *report.statements, *left_out, *net.data.notes, *said))
    return Answer(
        title=ranking.title,
        tables=tables,
        sentences=[report.heterogeneity_sentence()],
        points=list(statements),
        methods=[net.methods_sentence()],
        plain=report.to_dict() | ({"input": asked.plain} if asked.plain else {}),
        data=asked.data,
        figures=_figures(asked, parts),
        spec=net.spec.to_dict(),
    )


def _further(asked: Asked, parts: Parts) -> dict[str, ReaderTable | str]:
    """The tables that were asked for; a sentence where one cannot be made."""
    from tmsmeta.networks import contributions, net_heat
    from tmsmeta.report import network_tables as tables

    net, found = asked.report.net, dict[str, Any]()
    if parts.league:
        found["league"] = tables.league_square(asked.report.league, asked.label)
    if parts.node_split:
        found["node-split"] = tables.split_table(asked.report.splits, net, asked.label)
    if parts.net_heat:
        heat = net_heat(net)
        found["net-heat"] = f"Net heat: {heat}." if isinstance(heat, NotAssessable) else tables.heat_table(heat, net)
    if parts.contributions:
        share = contributions(net)
        found["contributions"] = (
            f"Contributions: {share}." if isinstance(share, NotAssessable) else tables.contribution_table(share, net)
        )
    return found


def _figures(asked: Asked, parts: Parts) -> dict[str, Draw]:
    """The figure that was asked for, then those of the parts that are shown; a page has them all."""
    shown = ["forest", "graph"]
    shown += [name for name in ("league", "node-split", "net-heat", "contributions") if _wanted(parts, name)]
    names = dict.fromkeys((parts.draw, *shown))
    return {_DRAW[name][0]: _drawing(asked, _DRAW[name][1]) for name in names}


def _wanted(parts: Parts, name: str) -> bool:
    return bool(getattr(parts, name.replace("-", "_")))


def _drawing(asked: Asked, draw: Callable[..., Any]) -> Draw:
    def drawn(**size: Any) -> Any:
        from tmsmeta import figures

        return draw(asked, figures, labels=asked.labels, **size)

    return drawn


def _net_heat(asked: Asked, figures: Any, **looks: Any) -> Any:
    from tmsmeta.networks import net_heat

    return figures.net_heat_map(net_heat(asked.report.net), **looks)


def _contributions(asked: Asked, figures: Any, **looks: Any) -> Any:
    from tmsmeta.networks import contributions

    return figures.contribution_map(contributions(asked.report.net), **looks)


_DRAW: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "forest": ("Effects against the reference", lambda a, f, **looks: f.network_forest(a.report.ranking, **looks)),
    "graph": ("Network of trials", lambda a, f, **looks: f.network_graph(a.report.net, **looks)),
    "ranking": ("Ranking and effect", lambda a, f, **looks: f.rank_effect(a.report.ranking, **looks)),
    "league": ("League table", lambda a, f, **looks: f.league_heat(a.report.league, **looks)),
    "node-split": (
        "Direct and indirect evidence",
        lambda a, f, **looks: f.node_split_forest(a.report.splits, a.report.net, **looks),
    ),
    "net-heat": ("Net heat", _net_heat),
    "contributions": ("Contributions", _contributions),
}
"""The figures of a network: title, and what draws each."""
