"""Rules between the protocol and the tables: every name that the protocol uses stands in them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from tmsmeta.errors import Issue
from tmsmeta.review.dictionary import SELECTED_COLUMNS, column_rules
from tmsmeta.review.flags import FlagEffects
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.tables.csv_text import CsvText

Tables = Mapping[str, CsvText]


NOT_SELECTED = frozenset(rule.column for rule in column_rules()["trials"]) - SELECTED_COLUMNS
"""Columns of trials that say where to find a trial or describe it in free text, and so split none."""


class Names:
    """The names that the tables of a folder hold."""

    def __init__(self, tables: Tables, flags: FlagEffects) -> None:
        self._tables = tables
        self.flags = flags.names
        self.outcomes = self.values(("arms", "outcome"), ("contrasts", "outcome"))
        self.nodes = self.values(("arms", "treatment"), ("contrasts", "treat1"), ("contrasts", "treat2"))
        self.known_nodes = self.nodes | self.values(("treatments", "treatment"))
        self.families = self.values(("treatments", "family"))
        self.trial_columns = frozenset(tables["trials"].columns) - NOT_SELECTED if "trials" in tables else frozenset()

    def values(self, *places: tuple[str, str]) -> frozenset[str]:
        """The different cells of columns of tables, blanks left out."""
        found = [self._tables[table].values(column) for table, column in places if table in self._tables]
        return frozenset().union(*found) - {""}


def protocol_issues(protocol: Protocol, tables: Tables, flags: FlagEffects) -> list[Issue]:
    """Names in the protocol that the tables do not hold, and choices that do not go together."""
    names = Names(tables, flags)
    return [
        *_comparison(protocol, names),
        *_each("outcomes", protocol.outcomes, names.outcomes, "an outcome of arms.csv or contrasts.csv"),
        *_selections(protocol, names),
        *_network(protocol, names),
        *_moderators(protocol, names),
        *_published(protocol, names),
        *_claims(protocol),
    ]


def _must(key: str, found: str, known: Collection[str], what: str) -> Iterator[Issue]:
    if found not in known:
        near = difflib.get_close_matches(found, sorted(known), n=1)
        hint = f" Is {near[0]!r} meant?" if near else ""
        listing = f" ({', '.join(sorted(known))})" if 0 < len(known) <= 12 else ""
        yield Issue(None, key, found, f"must be {what}{listing}.{hint}", FILE)


def _each(key: str, found: Collection[str], known: Collection[str], what: str) -> Iterator[Issue]:
    for name in found:
        yield from _must(key, name, known, what)


def _comparison(protocol: Protocol, names: Names) -> Iterator[Issue]:
    control, active = protocol.comparison.control, protocol.comparison.active
    if control:
        yield from _must("comparison.control", control, names.nodes, "a treatment of arms.csv or contrasts.csv")
    known = names.known_nodes | names.families
    yield from _each("comparison.active", active, known, "a treatment of the tables or a family of treatments.csv")
    if control and control in active:
        yield Issue(None, "comparison.active", control, "must not hold the control.", FILE)


def _selections(protocol: Protocol, names: Names) -> Iterator[Issue]:
    groups = names.values(("trials", "population_group"), ("populations", "population_group"))
    trials = names.values(("trials", "trial_id"))
    for name, given in protocol.selections.items():
        key = f"selections.{name}"
        populations = given.get("populations")
        chosen = populations if isinstance(populations, tuple) else ()
        yield from _each(f"{key}.populations", chosen, groups, "a population group of trials.csv")
        yield from _each(f"{key}.exclude_trials", given.get("exclude_trials", ()), trials, "a trial of trials.csv")
        yield from _each(f"{key}.exclude_flags", given.get("exclude_flags", ()), names.flags, "a flag of flags.csv")
        yield from _each(f"{key}.outcomes", given.get("outcomes", ()), names.outcomes, "an outcome of the tables")
        lump = given.get("lump")
        known = names.known_nodes | names.families | (set(lump) if isinstance(lump, dict) else set())
        yield from _each(f"{key}.nodes", given.get("nodes") or (), known, "a treatment of the tables")


def _network(protocol: Protocol, names: Names) -> Iterator[Issue]:
    network = protocol.network
    reference = network.reference or protocol.comparison.control
    merged = {name for groups in network.lumpings.values() if isinstance(groups, dict) for name in groups}
    if network.reference:
        known = names.nodes | merged
        yield from _must("network.reference", network.reference, known, "a treatment of the tables or of a lumping")
    for name, groups in network.lumpings.items():
        key = f"network.lumpings.{name}"
        seen: dict[str, str] = {}
        for group, nodes in groups.items() if isinstance(groups, dict) else ():
            yield from _each(f"{key}.{group}", nodes, names.known_nodes, "a treatment of the tables")
            for node in nodes:
                if node == reference and group != reference:
                    message = f"merges the reference {reference!r} away; leave it on its own."
                    yield Issue(None, f"{key}.{group}", node, message, FILE)
                if seen.setdefault(node, group) != group:
                    yield Issue(
                        None, f"{key}.{group}", node, f"stands in {seen[node]!r} already; once is enough.", FILE
                    )
    if isinstance(network.comparator_risk, dict):
        known = names.nodes | merged
        yield from _each("network.comparator_risk", network.comparator_risk, known, "a treatment of the tables")


def _moderators(protocol: Protocol, names: Names) -> Iterator[Issue]:
    columns = sorted(names.trial_columns)
    known = {*columns, "treatment", "tier"}
    yield from _each("subgroups", protocol.subgroups, known, "a column of trials.csv, or treatment or tier")
    for formula in protocol.regressions:
        words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?!\w*\()", formula)) - _FUNCTIONS
        for word in sorted(words - known):
            yield from _must("regressions", word, known, f"a column of trials.csv, in the formula {formula!r},")


_FUNCTIONS = frozenset(
    ["C", "I", "log", "log2", "log10", "exp", "sqrt", "center", "scale", "poly", "bs", "cr", "Treatment"]
)


def _published(protocol: Protocol, names: Names) -> Iterator[Issue]:
    results = names.values(("published", "result_id"))
    subsets = names.values(("contrasts", "subset"))
    for pool in protocol.published.pools:
        key = f"published.pools.{pool.result}"
        yield from _must(f"{key}.result", pool.result, results, "a result_id of published.csv")
        yield from _each(f"{key}.of", pool.of, results, "a result_id of published.csv")
        if pool.subset:
            yield from _must(f"{key}.subset", pool.subset, subsets, "a subset of contrasts.csv")
        if pool.selection:
            yield from _must(
                f"{key}.selection", pool.selection, protocol.selection_names, "a selection of this protocol"
            )
    reviews = names.values(("published", "review"))
    lumpings = {*protocol.network.lumpings, "none"}
    for review in protocol.published.networks:
        key = f"published.networks.{review.review}"
        yield from _must(f"{key}.review", review.review, reviews, "a review of published.csv")
        yield from _each(f"{key}.lumpings", tuple(review.lumpings.values()), lumpings, "a lumping of this protocol")


def _claims(protocol: Protocol) -> Iterator[Issue]:
    if protocol.claims.lumping:
        known = {*protocol.network.lumpings, "none"}
        yield from _must("claims.lumping", protocol.claims.lumping, known, "a lumping of this protocol")
