"""Rules between the network of a protocol and the tables: reference, lumpings, and what is varied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from tmsmeta.errors import Issue
from tmsmeta.review.checks.table_names import Names, each_must, must
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.review.selecting.spec import TIERS

Groups = Mapping[str, tuple[str, ...]]


def network_issues(protocol: Protocol, names: Names) -> Iterator[Issue]:
    """Faults of the network, and of lumpings wherever the protocol has one."""
    network, control = protocol.network, names.control(protocol)
    reference = network.reference or control
    merged = {name for groups in network.lumpings.values() if isinstance(groups, dict) for name in groups}
    known, what = names.nodes | merged, "a treatment of the tables or of a lumping"
    if network.reference:
        yield from must("network.reference", network.reference, known, what)
    for name, groups in network.lumpings.items():
        yield from _lumping(f"network.lumpings.{name}", groups, names, control, reference)
    for name, given in protocol.selections.items():
        yield from _lumping(f"selections.{name}.lump", given.get("lump"), names, control, "")
    if isinstance(network.comparator_risk, dict):
        yield from each_must("network.comparator_risk", network.comparator_risk, known, "a treatment of the tables")
    yield from _values(protocol)


def _values(protocol: Protocol) -> Iterator[Issue]:
    network = protocol.network
    if not (isfinite(network.margin) and network.margin >= 0):
        yield Issue(None, "network.margin", network.margin, "must be a number, 0 or more.", FILE)
    yield from each_must("network.tiers", network.tiers, TIERS, "a tier")


def _lumping(key: str, groups: str | Groups | None, names: Names, control: str, reference: str) -> Iterator[Issue]:
    """Faults of one way to merge treatments; `control` and `reference` are blank where there is none to keep apart."""
    if groups == "family":
        yield from _apart(key, _families(names, control), control, reference)
    if not isinstance(groups, Mapping):
        return
    seen: dict[str, str] = {}
    for group, nodes in groups.items():
        yield from each_must(f"{key}.{group}", nodes, names.known_nodes, "a treatment of the tables")
        if group in names.nodes - {*nodes, control}:
            message = "is the name of a treatment that is not in the group; give the group a name of its own."
            yield Issue(None, f"{key}.{group}", group, message, FILE)
        for node in nodes:
            if seen.setdefault(node, group) != group:
                message = f"stands in {seen[node]!r} already; once is enough."
                yield Issue(None, f"{key}.{group}", node, message, FILE)
    yield from _apart(key, groups, control, reference)


def _families(names: Names, control: str) -> Groups:
    """The families as groups, the control left out, as no lumping merges it."""
    nodes = sorted(names.nodes - {control})
    return {f: tuple(n for n in nodes if names.family(n) == f) for f in sorted({names.family(n) for n in nodes})}


def _apart(key: str, groups: Groups, control: str, reference: str) -> Iterator[Issue]:
    for group, nodes in groups.items():
        for node in nodes:
            if control and group == control != node:
                message = f"merges {node!r} into the control; give the group a name of its own."
                yield Issue(None, f"{key}.{group}", node, message, FILE)
            elif node and node in (control, reference) and group != node:
                which = "reference" if node == reference else "control"
                message = f"merges the {which} {node!r} away; leave it on its own."
                yield Issue(None, f"{key}.{group}", node, message, FILE)
