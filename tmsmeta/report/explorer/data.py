"""What the explorer computes from: the trials of every outcome under every choice of tiers, and the networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.base import ZeroCellRule
from tmsmeta.effects.generic import printed_ratio
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.zero_cells import rule_of
from tmsmeta.report.sources import SourceView, source_views
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.spec import TIERS
from tmsmeta.words.names import heading, inside, listed

if TYPE_CHECKING:
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.run import ReviewRun

OFFERED = ("OR", "RR", "RD")
"""Measures that counts are always offered on, beside those of the protocol."""
_COUNTS = ("events_t", "n_t", "events_c", "n_c")
_PRINTED = ("estimate", "ci_low", "ci_high")
Json = dict[str, Any]


def explorer_data(run: ReviewRun) -> Json:
    """Plain values for the script of the page."""
    from tmsmeta import __version__

    evidence = run.evidence
    outcomes = [_outcome(run, name) for name in run.outcomes]
    used = {trial["pop"] for outcome in outcomes for trial in outcome["trials"]}
    return {
        "version": __version__,
        "data": evidence.data_version.short,
        "title": evidence.protocol.heading,
        "active": evidence.active_label,
        "control": evidence.control_label,
        "comparison": evidence.comparison,
        "tiers": {tier: _meaning(evidence, "tiers", "tier", tier) for tier in TIERS},
        "populations": {
            name: {
                "label": heading(name.replace("_", " ")),
                "meaning": _meaning(evidence, "populations", "population_group", name),
            }
            for name in sorted(used)
        },
        "outcomes": [outcome for outcome in outcomes if outcome["trials"] or outcome["networks"]],
    }


def _meaning(evidence: Evidence, table: str, key: str, value: str) -> str:
    frame = getattr(evidence, table)
    return next(iter(frame.loc[frame[key] == value, "meaning"]), "") if len(frame) else ""


def _outcome(run: ReviewRun, name: str) -> Json:
    """The main analysis of an outcome as the state to start from, and all that can be chosen instead."""
    main, evidence = run.main(name), run.evidence
    selection = main.chosen.selection
    measures = tuple(dict.fromkeys((*main.results, *OFFERED)))
    trials = _trials(evidence, main, measures)
    groups = {trial["pop"] for trial in trials}
    rule = rule_of(run.spec, main.measure) or ZeroCellRule(zero_cells=evidence.protocol.pooling.zero_cells)
    spec = run.spec.to_dict()
    return {
        "id": name,
        "label": evidence.outcome_title(name),
        "measures": _usable(trials, measures),
        "tiers": [tier for tier in TIERS if any(tier in trial["tiers"] for trial in trials)],
        "trials": trials,
        "base": {
            "measure": main.measure,
            "spec": {k: spec[k] for k in ("tau2", "ci", "level", "prediction", "prediction_se", "i2", "q_centre")},
            "zero": {
                "cells": rule.zero_cells,
                "add": float(rule.add),
                "correction": rule.correction,
                "drop": rule.drop_double_zero,
            },
            "tiers": list(selection.tiers),
            "pops": sorted(groups if selection.populations is None else groups & set(selection.populations)),
            "out": sorted(set(selection.exclude_trials)),
        },
        "selections": [_preset(analysis, trials) for analysis in run.analyses if analysis.outcome == name],
        "networks": [_network(lumping, found) for lumping, found in run.networks.get(name, {}).items()],
    }


def _usable(trials: list[Json], measures: Iterable[str]) -> list[str]:
    """Measures that some trial can be on."""
    versions = [row for trial in trials for rows in trial["by"].values() for row in rows]
    counted = any("e" in row for row in versions)
    printed = {row["m"] for row in versions if "m" in row}
    return [m for m in measures if m in printed or (counted and MEASURES[m].family == "binary")]


def _trials(evidence: Evidence, main: Analysis, measures: tuple[str, ...]) -> list[Json]:
    """Every trial of the outcome that some choice of tiers, populations and measure lets in.

    ``by`` holds, for every set of tiers that the rows of the trial have, the rows it enters with. A choice of tiers
    means for a trial what it has in common with the tiers of its own, so few selections tell of all choices.
    """
    outcome = main.outcome
    tiers: dict[str, set[str]] = {}
    for table in ("arms", "contrasts"):
        for _, cells in evidence.rows_of(table, outcome):
            tiers.setdefault(cells["trial_id"], set()).add(cells["tier"])
    printed: dict[str, set[str]] = {}
    for _, cells in evidence.rows_of("contrasts", outcome):
        printed.setdefault(cells["trial_id"], set()).add(cells["measure"])
    own = {trial: _key(found) for trial, found in tiers.items()}
    trials: dict[str, Json] = {}
    sources = {source.source_id: source for source in source_views(evidence)}
    further = sorted(set(measures) & {m for found in printed.values() for m in found} - {main.measure})
    for measure in (main.measure, *further):
        # counts are the same on every measure, so only trials with a ratio printed on it are looked up again
        keys = own.values() if measure == main.measure else [own[t] for t, found in printed.items() if measure in found]
        for choice in sorted({_key(TIERS), *(part for key in keys for part in _parts(key)[:-1])}):
            for record in _selected(evidence, main, measure, choice):
                key = own[record["trial_id"]]
                if choice == _key(TIERS) or choice in _parts(key)[:-1]:
                    _add(trials, sources, record, key, key if choice == _key(TIERS) else choice)
    return sorted(trials.values(), key=lambda trial: (trial["year"], trial["label"]))


def _selected(evidence: Evidence, main: Analysis, measure: str, tiers: str) -> list[dict[str, Any]]:
    """The rows of the main selection with these tiers, all populations and no trial left out by name."""
    selection = evidence.selection(
        main.outcome, main.name, measure=measure, tiers=tuple(tiers), populations="all", exclude_trials=()
    )
    chosen = select(evidence, selection)
    frames = (chosen.trials, chosen.contrasts)
    return [{str(name): value for name, value in row.items()} for f in frames for row in f.to_dict("records")]


def _key(tiers: Iterable[str]) -> str:
    return "".join(tier for tier in TIERS if tier in set(tiers))


def _parts(key: str) -> list[str]:
    """Every choice among the tiers of a trial, all of them last."""
    found = [""]
    for tier in key:
        found += [part + tier for part in found]
    return found[1:]


def _add(
    trials: dict[str, Json], sources: Mapping[str, SourceView], record: Mapping[str, Any], key: str, part: str
) -> None:
    """Note a selected row under its trial, once."""
    trial = trials.setdefault(
        record["trial_id"],
        {
            "id": record["trial_id"],
            "label": record["label"] or record["study"],
            "year": int(record["year"]) if record["year"] == record["year"] and record["year"] else 9999,
            "pop": record["population_group"],
            "tiers": key,
            "by": {},
        },
    )
    rows, row = trial["by"].setdefault(part, []), _row(sources, record)
    if row not in rows:
        rows.append(row)


def _row(sources: Mapping[str, SourceView], record: Mapping[str, Any]) -> Json:
    row: Json = {"study": record["study"], "tier": record["tier"], "locator": record["locators"]}
    row["sources"] = [[sources[name].name, sources[name].href] for name in record["source_ids"].split(";") if name]
    row["note"] = "; ".join(t for t in (record.get("timepoint", ""), record["note"]) if t)
    if "events_t" in record:
        return row | {"e": [_plain(record[name]) for name in _COUNTS]}
    printed = [float(record[name]) for name in _PRINTED]
    effect = printed_ratio(record["measure"], *([value] for value in printed))
    return row | {"m": record["measure"], "y": float(effect.yi[0]), "v": float(effect.vi[0]), "printed": printed}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def _preset(analysis: Analysis, trials: list[Json]) -> Json:
    """A selection of the protocol as tiers, populations and trials left out by hand."""
    selection = analysis.chosen.selection
    tiers, groups, measure = set(selection.tiers), selection.populations, analysis.measure
    let_in = [trial for trial in trials if groups is None or trial["pop"] in groups]
    rows = {trial["id"]: trial["by"].get(_key(set(trial["tiers"]) & tiers), []) for trial in let_in}
    fits = {trial for trial, found in rows.items() if any(row.get("m", measure) == measure for row in found)}
    used = {*analysis.chosen.trials["trial_id"], *analysis.chosen.contrasts["trial_id"]}
    return {
        "name": analysis.name,
        "tiers": list(selection.tiers),
        "pops": sorted({trial["pop"] for trial in let_in}),
        "out": sorted(fits - used),
    }


def _network(lumping: str, found: ReviewNetwork | NotAssessable) -> Json:
    """A network as trials with all their comparisons, or why there is none."""
    if isinstance(found, NotAssessable):
        return {"lumping": lumping, "reason": found.reason}
    net, data = found.net, found.net.data
    ids = dict(zip(found.selection.arms["study"], found.selection.arms["trial_id"], strict=True))
    ids |= dict(zip(found.selection.contrasts["study"], found.selection.contrasts["trial_id"], strict=True))
    trials: list[Json] = [{"id": ids.get(s, s), "label": s, "arms": [], "n": [], "pairs": []} for s in data.studies]
    for study, treatment, n in zip(data.arms.study, data.arms.treatment, data.arms.n, strict=True):
        trials[study]["arms"].append(int(treatment))
        trials[study]["n"].append(int(n) if n == n else None)
    for study, i, j, y, v in zip(*data.pairs, strict=True):
        trials[study]["pairs"].append([int(i), int(j), float(y), float(v)])
    return {
        "lumping": lumping,
        "label": found.spec.lumping,
        "merged": _merged(found),
        "treatments": [found.label(t) for t in data.treatments],
        "inside": [inside(found.label(t)) for t in data.treatments],
        "nodes": list(data.treatments),
        "reference": data.reference_index,
        "measure": net.measure,
        "notes": list(data.notes),
        "spec": {
            "tau2": net.spec.tau2,
            "ci": net.spec.ci,
            "level": net.spec.level,
            "better": net.better,
            "margin": found.spec.margin or 0.0,
        },
        "trials": trials,
    }


def _merged(found: ReviewNetwork) -> str:
    """What the lumping puts together, in words."""
    lump = found.selection.selection.lump
    if isinstance(lump, str):
        return "kinds of one family together" if lump == "family" else ""
    return listed(sorted(set(dict(lump).values())))
