"""Rules between the protocol and the tables: every name that the protocol uses stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.models.regression.formula import parsed_formula
from tmsmeta.review.checks.protocol_network import network_issues
from tmsmeta.review.checks.protocol_published import published_issues
from tmsmeta.review.checks.table_names import Names, Tables, each_must, must
from tmsmeta.review.flags import FlagEffects
from tmsmeta.review.protocol import Outcome, Protocol
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.names import meant


def protocol_issues(protocol: Protocol, tables: Tables, flags: FlagEffects) -> list[Issue]:
    """Names in the protocol that the tables do not hold, and choices that do not go together."""
    names = Names(tables, flags)
    return [
        *_comparison(protocol, names),
        *_outcomes(protocol, names),
        *_selections(protocol, names),
        *_marks(protocol, names),
        *_pooling(protocol),
        *network_issues(protocol, names),
        *_moderators(protocol, names),
        *_joint(protocol, names),
        *published_issues(protocol, names),
        *_claims(protocol),
        *_certainty(protocol, names),
    ]


def _comparison(protocol: Protocol, names: Names) -> Iterator[Issue]:
    control, active = names.control(protocol), protocol.comparison.active
    if protocol.comparison.control:
        yield from must("comparison.control", control, names.nodes, "a treatment of arms.csv or contrasts.csv")
    known = names.known_nodes | names.families
    yield from each_must("comparison.active", active, known, "a treatment of the tables or a family of treatments.csv")
    if control and control in active:
        yield Issue(None, "comparison.active", control, "must not hold the control.", FILE)


def _outcomes(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Outcomes that the tables have, each in the main selection: no other analysis may stand in as the main one."""
    yield from each_must("outcomes", protocol.outcomes, names.outcomes, "an outcome of arms.csv or contrasts.csv")
    for name, rule in protocol.outcomes.items():
        if rule.per is not None and rule.per < 1:
            yield Issue(None, f"outcomes.{name}.per", rule.per, "must be a whole number, 1 or more.", FILE)
        yield from _baseline(f"outcomes.{name}", rule)
    yield from _directions(protocol, names)
    main = protocol.main_selection
    covered = protocol.selections.get(main, {}).get("outcomes")
    for outcome in tuple(protocol.outcomes) or sorted(names.outcomes):
        if covered and outcome not in covered:
            message = "is left out by the main selection, which must hold every outcome that the review analyses."
            yield Issue(None, f"selections.{main}.outcomes", outcome, message, FILE)


def _directions(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Directions that the glossary states the other way round: every rank and sentence hangs on which one is meant."""
    for line, cells in names.lines("outcomes"):
        name, better = cells.get("outcome", ""), cells.get("better", "")
        stated = protocol.outcomes[name].better if name in protocol.outcomes else None
        if stated and better in BETTER and stated != better:
            message = f"must be {better!r}, as row {line} of outcomes.csv says; change the one of them that is wrong."
            yield Issue(None, f"outcomes.{name}.better", stated, message, FILE)


def _baseline(key: str, rule: Outcome) -> Iterator[Issue]:
    """A stated risk can be a risk and has a source; a source has a risk."""
    risk, source = rule.baseline_risk, rule.baseline_source
    if risk is not None and not 0 < risk < 1:
        yield Issue(None, f"{key}.baseline_risk", risk, "must lie between 0 and 1 (0.1 for 10%).", FILE)
    if risk is not None and not source.strip():
        message = "must say where `baseline_risk` is from, such as the register that counted it."
        yield Issue(None, f"{key}.baseline_source", None, message, FILE)
    if risk is None and source.strip():
        message = "needs `baseline_risk`, the risk that this source gives."
        yield Issue(None, f"{key}.baseline_source", source, message, FILE)


def _pooling(protocol: Protocol) -> Iterator[Issue]:
    """A review pools a row per trial, which are no clusters."""
    ci = str(protocol.pooling.model.get("ci", ""))
    if ci.startswith("CR"):
        message = "is for effects with clusters, and a review pools one effect per trial; choose z, t or hksj."
        yield Issue(None, "pooling.model.ci", ci, message, FILE)


def _marks(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Tables that mark nothing for the main analysis, where a selection goes by their marks."""
    choices = [protocol.selection_choices(name) for name in protocol.selection_names]
    for table in ("tiers", "populations"):
        marks = [row.get("main_analysis") for row in names.rows(table)]
        if marks and set(marks) == {"no"} and any(given.get(table, "main") == "main" for given in choices):
            message = (
                f"must be yes in at least one row, or else the selections of review.toml must state their {table}."
            )
            yield Issue(None, "main_analysis", None, message, f"{table}.csv")


def _selections(protocol: Protocol, names: Names) -> Iterator[Issue]:
    groups = names.values(("trials", "population_group"), ("populations", "population_group"))
    trials = names.values(("trials", "trial_id"))
    for name, given in protocol.selections.items():
        key = f"selections.{name}"
        populations = given.get("populations")
        chosen = populations if isinstance(populations, tuple) else ()
        yield from each_must(f"{key}.populations", chosen, groups, "a population group of trials.csv")
        yield from each_must(f"{key}.exclude_trials", given.get("exclude_trials", ()), trials, "a trial of trials.csv")
        yield from each_must(f"{key}.exclude_flags", given.get("exclude_flags", ()), names.flags, "a flag of flags.csv")
        yield from each_must(f"{key}.outcomes", given.get("outcomes", ()), names.outcomes, "an outcome of the tables")
        lump = given.get("lump")
        known = names.known_nodes | names.families | (set(lump) if isinstance(lump, dict) else set())
        nodes = given.get("nodes") or ()
        yield from each_must(f"{key}.nodes", nodes, known, "a treatment of the tables")
        if names.control(protocol) in nodes:
            message = "must name treatments other than the control, which is always there."
            yield Issue(None, f"{key}.nodes", names.control(protocol), message, FILE)
        for node in set(nodes) & names.nodes - {names.control(protocol)}:
            if not names.is_active(node, protocol):
                message = "must be among comparison.active, or the pool would carry its name for another treatment."
                yield Issue(None, f"{key}.nodes", node, message, FILE)


def _moderators(protocol: Protocol, names: Names) -> Iterator[Issue]:
    columns = sorted(names.trial_columns)
    known = {*columns, "treatment", "tier"}
    yield from each_must("subgroups", protocol.subgroups, known, "a column of trials.csv, or treatment or tier")
    for formula in protocol.regressions:
        try:
            parsed = parsed_formula(formula)
        except InvalidInputError as error:
            yield from (replace(issue, column="regressions", file=FILE) for issue in error.issues)
            continue
        for word in sorted(set(parsed.names) - known):
            yield from must("regressions", word, known, f"a column of trials.csv, in the formula {formula!r},")


def _joint(protocol: Protocol, names: Names) -> Iterator[Issue]:
    outcomes = protocol.joint.outcomes
    yield from each_must("joint.outcomes", outcomes, names.outcomes, "an outcome of the tables")
    if outcomes and len(set(outcomes)) < max(2, len(outcomes)):
        yield Issue(None, "joint.outcomes", list(outcomes), "must name at least two outcomes, each once.", FILE)
    lowest = -1 / max(1, len(outcomes) - 1)
    for value in protocol.joint.between:
        if not lowest <= value <= 1:
            yield Issue(None, "joint.between", value, f"must lie between {lowest:g} and 1.", FILE)


def _claims(protocol: Protocol) -> Iterator[Issue]:
    if protocol.claims.lumping:
        known = {*protocol.network.lumpings, "none"}
        yield from must("claims.lumping", protocol.claims.lumping, known, "a lumping of this protocol")


def _certainty(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Ratings are of an outcome that has numbers, and of all active treatment or of a treatment that a network has."""
    merged = {name for groups in protocol.network.lumpings.values() if isinstance(groups, dict) for name in groups}
    treatments = {"", *names.nodes, *names.families, *merged}
    glossary = names.values(("outcomes", "outcome"))  # what it does not have is refused already
    for line, cells in names.lines("certainty"):
        outcome, treatment = cells.get("outcome", ""), cells.get("treatment", "")
        if outcome not in names.outcomes and (outcome in glossary or not glossary):
            message = f"must be an outcome of arms.csv or contrasts.csv.{meant(outcome, names.outcomes)}"
            yield Issue(line, "outcome", outcome, message, "certainty.csv")
        if treatment not in treatments:
            what = "a treatment of the tables or of a lumping, or blank for all active treatment"
            yield Issue(line, "treatment", treatment, f"must be {what}.{meant(treatment, treatments)}", "certainty.csv")
