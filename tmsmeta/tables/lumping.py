"""Treatments merged under one name, in a table of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.data_table import DataTable
from tmsmeta.tables.treatments import TREATMENTS
from tmsmeta.words.names import alike, counted, listed, meant


def lumped(table: DataTable, groups: Mapping[str, Sequence[str]]) -> DataTable:
    """The table with treatments merged: each name of `groups` stands for the treatments in it.

    Comparisons within a group compare nothing any more and are left out. Arms of a study that now share a name stay
    apart here; an analysis adds them up.

    Args:
        table: a table that names its treatments.
        groups: from the merged name to its treatments, in any spelling of case, blanks and hyphens.

    Raises:
        InvalidInputError: a treatment that the table does not have, that stands in two groups, or a merged name that
            is another treatment of the table; a table without names of treatments.
    """
    known = {alike(name): name for name in table.treatments}
    to: dict[str, str] = {}
    issues = [] if known else [Issue(None, "lumping", None, "needs a table that names its treatments.")]
    for name, members in groups.items():
        for member in members:
            found = known.get(alike(member))
            if found is None:
                hint = meant(member, table.treatments)
                message = f"must be a treatment of the table: {', '.join(table.treatments)}.{hint}"
                issues.append(Issue(None, "lumping", member, message))
            elif to.setdefault(found, name) != name:
                issues.append(Issue(None, "lumping", member, f"stands in {to[found]!r} and in {name!r}; choose one."))
    for name in groups:
        other = known.get(alike(name))
        if other is not None and to.get(other) != name:
            message = f"is the name of another treatment of the table; add it to the group ({name}={other},...)."
            issues.append(Issue(None, "lumping", name, message))
    if issues:
        raise InvalidInputError(issues)
    frame = table.frame.copy()
    for column in (c for c in TREATMENTS if c in frame):
        frame[column] = frame[column].map(lambda name: to.get(name, name))
    notes = [
        f"{listed(list(members))} {'was' if len(members) == 1 else 'were'} taken as {name}."
        for name, members in groups.items()
    ]
    for first, second in (("treatment_t", "treatment_c"), ("treat1", "treat2")):
        if first in frame:
            within = frame[first] == frame[second]
            if within.any():
                gone, studies = counted(int(within.sum()), "comparison"), dict.fromkeys(frame[within]["study"])
                notes.append(f"{gone} of treatments that were merged left out ({listed(list(map(str, studies)))}).")
            frame = frame[~within]
    return replace(table, frame=frame, notes=(*table.notes, *notes))
