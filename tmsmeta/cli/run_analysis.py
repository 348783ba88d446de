"""``tmsmeta pool`` and ``tmsmeta network``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.cli.console import note, print_json, say, show_table
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option

if TYPE_CHECKING:
    from tmsmeta.effects import EffectSizes
    from tmsmeta.networks import NetworkMeta
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.selecting.result import SelectedTrials


@dataclass(frozen=True, kw_only=True)
class PoolQuestion:
    """What ``tmsmeta pool`` was asked."""

    file: Path | None
    evidence: Path | None
    outcome: str
    tiers: tuple[str, ...]
    measure: str
    zero_cells: str
    control: str | None
    choices: dict[str, Any]
    profile: str | None
    decimals: int | None


@dataclass(frozen=True, kw_only=True)
class NetworkQuestion:
    """What ``tmsmeta network`` was asked."""

    file: Path | None
    evidence: Path | None
    outcome: str
    tiers: tuple[str, ...]
    measure: str
    reference: str
    tau2: str
    better: str | None
    lumping: str


def listed(text: str) -> tuple[str, ...]:
    """``"A, B"`` as ``("A", "B")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def evidence_of(folder: Path | None) -> Evidence:
    """The user's evidence, or the shipped one."""
    from tmsmeta.review.folder import load_evidence, read_evidence

    return load_evidence() if folder is None else read_evidence(folder)


def pool(question: PoolQuestion, figure: Path | None, as_json: bool) -> None:
    """Pool, show, and draw if asked."""
    from tmsmeta.words.numbers import percent

    result, extra = _pooled(question)
    if figure is not None:
        _draw(result, extra, figure)
    if as_json:
        print_json(result.to_dict())
        return
    frame = result.to_frame()
    natural, columns = result.effects.natural, result.effects.columns
    head = ["study", natural.label, "low", "high", "weight", "note"]
    rows = []
    for r in frame.to_dict("records"):
        estimate, low, high = (float(r[c]) for c in columns)
        numbers = ["" if estimate != estimate else natural.texts_of(estimate, None)[0], "", ""]
        if low == low:
            numbers = list(natural.texts_of(estimate, (low, high)))
        rows.append([str(r["study"]), *numbers, _cell(100 * r["weight"], percent), str(r["note"])])
    show_table(f"{result.effects.measure}, {result.k} studies", head, rows, right=(1, 2, 3, 4))
    say(result.result_sentence())
    say(result.methods_sentence())


def _cell(value: float, text: Callable[[float], str]) -> str:
    return "" if value != value else text(value)


def _pooled(question: PoolQuestion) -> tuple[PooledEffect, dict[str, Any]]:
    from tmsmeta.pooling import pool as pool_effects
    from tmsmeta.pooling.spec import pooling_spec
    from tmsmeta.review.selecting.effects import effects_of

    choices = {name: value for name, value in question.choices.items() if value is not None}
    if question.profile is not None:
        _refuse_both(question.profile, choices, question.zero_cells)
    if question.file is not None:
        spec = pooling_spec(question.profile, choices)
        return pool_effects(_own_effects(question, question.file), profile=spec), {}
    evidence = evidence_of(question.evidence)
    stated = evidence.protocol.pooling_spec()
    spec = pooling_spec(question.profile, choices) if question.profile is not None else replace(stated, **choices)
    chosen = _selected(question, evidence)
    effects = effects_of(chosen, chosen.selection.measure, question.zero_cells or evidence.protocol.pooling.zero_cells)
    return pool_effects(effects, profile=spec), _shown_with(chosen, evidence)


def _refuse_both(profile: str, choices: dict[str, Any], zero_cells: str | None) -> None:
    """Raise if an option contradicts the profile: neither may be dropped in silence."""
    from tmsmeta.pooling.spec import contradictions, named_profile

    spec = named_profile(profile)
    differing = contradictions(spec, choices)
    both = [
        Issue(None, f"--{name}", value, f"is set to {wanted!r} by --profile {spec.name}; leave one of the two out.")
        for name, (value, wanted) in differing.items()
    ]
    rule = spec.zero_rule
    if zero_cells and rule is not None and zero_cells != rule.zero_cells:
        message = f"is set to {rule.zero_cells!r} by --profile {spec.name}; leave one of the two out."
        both.append(Issue(None, "--zero-cells", zero_cells, message))
    if both:
        raise InvalidInputError(both)


def _own_effects(question: PoolQuestion, file: Path) -> EffectSizes:
    """The effects of a user's own table."""
    from tmsmeta.effects import from_frame
    from tmsmeta.tables.read import read_table
    from tmsmeta.tables.shapes import BY_ARM

    table = read_table(file)
    if any(role != column for role, column in table.mapping.items()):
        note(f"{file.name}: {table.said}.")
    if table.shape in BY_ARM:
        table = table.against(question.control)
        for study, reason in table.left_out[["study", "reason"]].itertuples(index=False):
            note(f"Left out: {study}: {reason}")
    choices: dict[str, Any] = (
        {"zero_cells": question.zero_cells} if question.zero_cells and table.shape != "ratio" else {}
    )
    control = None if table.comparator else question.control
    return from_frame(table, question.measure or None, control=control, decimals=question.decimals, **choices)


def _selected(question: PoolQuestion, evidence: Evidence) -> SelectedTrials:
    """The trials of the evidence that were asked for."""
    from tmsmeta.review.selecting.apply import select

    if question.outcome:
        check_option("outcome", question.outcome, sorted(evidence.outcome_names))
    given: dict[str, Any] = {"measure": question.measure, "tiers": question.tiers}
    selection = evidence.selection(question.outcome, **{name: value for name, value in given.items() if value})
    chosen = select(evidence, selection)
    if not chosen.k:
        message = f"no trial of these tiers compares active treatment with {selection.control} on {selection.outcome}."
        raise InvalidInputError(Issue(None, "tiers", ",".join(selection.tiers), message))
    return chosen


def _shown_with(chosen: SelectedTrials, evidence: Evidence) -> dict[str, Any]:
    """What a forest plot of the evidence shows beside the effects."""
    parts, outcome = (chosen.trials, chosen.contrasts), chosen.selection.outcome
    return {
        "tier": {s: tier for part in parts for s, tier in zip(part["study"], part["tier"], strict=True)},
        "better": evidence.better(outcome),
        "treated": evidence.active_label,
        "comparator": evidence.control_label,
        "title": evidence.outcome_title(outcome),
    }


def _draw(result: PooledEffect, extra: dict[str, Any], figure: Path) -> None:
    from tmsmeta.figures import forest, save

    title = extra.get("title", "")
    axes = forest(result, **extra)
    stem = str(figure.with_suffix("") if figure.suffix in (".png", ".svg") else figure)
    save(axes, stem, ("png", "svg"), {"title": title or "Forest plot", "spec": result.spec.to_dict()})
    note(f"Written: {stem}.png and {stem}.svg.")


def network(question: NetworkQuestion, as_json: bool) -> None:
    """Fit, rank, show."""
    from tmsmeta.networks import network_report
    from tmsmeta.report.rows import ranking_head, ranking_lines
    from tmsmeta.words import numbers

    if question.file is None:
        ours = _review_network(question)
        report, name = ours.report(), ours.label
    else:
        report, name = network_report(_own_network(question, question.file)), None
    if as_json:
        print_json(report.to_dict())
        return
    net = report.net
    named = name or str
    head, lines = ranking_head(report.ranking, named), ranking_lines(report.ranking, named)
    show_table("Ranking, best first", head, lines, right=range(1, 8))
    i2 = str(net.i2) if isinstance(net.i2, NotAssessable) else numbers.percent(net.i2, 0)
    heterogeneity = f"tau2 = {numbers.tau2(net.tau2)}; Q = {numbers.number(net.q)} on {net.q_df} df; I2 {i2}."
    say(f"{net.methods_sentence()} {heterogeneity}")
    left_out = [f"Left out: {e.study}: {e.reason}." for e in net.data.excluded]
    for statement in dict.fromkeys((report.consistency.sentence(), *report.statements, *left_out, *net.data.notes)):
        say(f"- {statement}")


def _own_network(question: NetworkQuestion, file: Path) -> NetworkMeta:
    """The network of a user's own table."""
    from tmsmeta.networks import network as fit
    from tmsmeta.tables.controls import is_control_name
    from tmsmeta.tables.read import read_table

    arms = read_table(file).arms()
    treatments = sorted(set(arms["treatment"]))
    called = [name for name in treatments if is_control_name(name)]
    issues = []
    better = question.better or ""
    if not better:
        message = "must be stated for a table of your own: higher if more events are good, lower if fewer are."
        issues.append(Issue(None, "--better", None, message))
    if not question.reference and len(called) != 1:
        issues.append(Issue(None, "--reference", None, f"must be stated; one of {', '.join(treatments)}."))
    if issues:
        raise InvalidInputError(issues)
    reference = question.reference or called[0]
    return fit(arms, measure=question.measure or "RR", reference=reference, tau2=question.tau2 or "DL", better=better)


def _review_network(question: NetworkQuestion) -> ReviewNetwork:
    """The network of the evidence, whose direction is that of its outcome."""
    from tmsmeta.networks import NetworkSpec
    from tmsmeta.review.network_fit import review_network
    from tmsmeta.review.network_spec import ReviewNetworkSpec

    evidence = evidence_of(question.evidence)
    outcome = question.outcome or evidence.outcome_names[0]
    check_option("outcome", outcome, sorted(evidence.outcome_names))
    if question.better is not None:
        check_option("--better", question.better, (evidence.better(outcome),))
    model = dict(evidence.protocol.network.model)
    if question.tau2:
        model["tau2"] = question.tau2
    spec = ReviewNetworkSpec(
        outcome=outcome,
        measure=question.measure,
        tiers=question.tiers or "main",
        lumping=question.lumping,
        reference=question.reference,
        model=NetworkSpec(**model),
    )
    return review_network(evidence, spec)
