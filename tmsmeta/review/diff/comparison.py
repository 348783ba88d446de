"""Set two versions of a review side by side."""

from __future__ import annotations

from collections.abc import Iterator

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.review.diff.changes import (
    EstimateChange,
    FindingChange,
    NetworkChange,
    RankChange,
    UsedChange,
)
from tmsmeta.review.diff.findings import (
    FURTHER,
    Ranking,
    choices,
    estimates,
    published,
    rankings,
    same,
    used,
    verdicts,
)
from tmsmeta.review.diff.result import ReviewDiff
from tmsmeta.review.diff.side import HEADING, Side
from tmsmeta.review.diff.tables import CellChange, RowChange, protocol_changes, records_compared, row_changes

NOT_DATA = frozenset(["rows"])
"""Columns of the trials of an analysis that say where a row stands, not what it holds."""


def compare(old: Side, new: Side) -> ReviewDiff:
    """What changed from `old` to `new`.

    Tables and protocols are compared where both sides are review folders; results always are.

    Raises:
        InvalidInputError: results lack what a run writes into them.
    """
    try:
        return _compared(old, new)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        if old.evidence is not None and new.evidence is not None:
            raise
        message = f"lacks or misplaces what a run writes ({error}); run the review again."
        raise InvalidInputError(Issue(None, "results", None, message, f"{old.name} or {new.name}"), HEADING) from error


def _compared(old: Side, new: Side) -> ReviewDiff:
    tables_known = _tables_known(old, new)
    trials_old, trials_new = (_trials(side, tables_known) for side in (old, new))
    protocol = tuple(_choice_changes(old, new))
    rows: tuple[RowChange, ...] = ()
    if old.evidence is not None and new.evidence is not None:
        protocol = protocol_changes(old.evidence.protocol, new.evidence.protocol)
        rows = row_changes(old.evidence, new.evidence)
    return ReviewDiff(
        old=old,
        new=new,
        trials_added=tuple(name for key, name in trials_new.items() if key not in trials_old),
        trials_removed=tuple(name for key, name in trials_old.items() if key not in trials_new),
        protocol=protocol,
        rows=rows,
        used=tuple(_used_changes(old, new)),
        estimates=tuple(_estimate_changes(old, new)),
        networks=tuple(_network_changes(old, new)),
        published=tuple(_published_changes(old, new)),
        verdicts=tuple(_verdict_changes(old, new)),
        notes=tuple(_notes(old, new)),
    )


def _choice_changes(old: Side, new: Side) -> Iterator[CellChange]:
    """Choices that both results state, and state differently."""
    before, after = choices(old.results), choices(new.results)
    for name in (name for name in before if name in after):
        if not same(before[name], after[name]):
            yield CellChange(name=name, old=before[name], new=after[name])


def _tables_known(old: Side, new: Side) -> bool:
    return old.evidence is not None and new.evidence is not None


def _trials(side: Side, tables_known: bool) -> dict[str, str]:
    """Label of each trial by id: those of the tables, or of any analysis where one side has no tables."""
    if side.evidence is not None and tables_known:
        return dict(zip(side.evidence.trials["trial_id"], side.evidence.trials["label"], strict=True))
    found = [row for trials in used(side.results).values() for row in trials.values()]
    return {str(row["trial_id"]): str(row["label"]) for row in found}


def _used_changes(old: Side, new: Side) -> Iterator[UsedChange]:
    before, after = used(old.results), used(new.results)
    for key in (key for key in before if key in after):
        pair = [
            {study: {c: v for c, v in row.items() if c not in NOT_DATA} for study, row in side[key].items()}
            for side in (before, after)
        ]
        rows = tuple(records_compared("trials of the analysis", *pair))
        if _tables_known(old, new):
            rows = tuple(row for row in rows if row.kind != "changed")
        if rows:
            yield UsedChange(outcome=key[0], analysis=key[1], rows=rows)


def _estimate_changes(old: Side, new: Side) -> Iterator[EstimateChange]:
    before, after = estimates(old.results), estimates(new.results)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and was.equals(now):
            continue
        if any(found is None and _unknown_to(side, key[1]) for side, found in ((old, was), (new, now))):
            continue
        yield EstimateChange(outcome=key[0], analysis=key[1], measure=key[2], old=was, new=now)


def _unknown_to(side: Side, analysis: str) -> bool:
    """Whether results of this version cannot hold an analysis: subgroups and regressions came with version 2."""
    return "subgroups" not in side.results and analysis.startswith(FURTHER)


def _network_changes(old: Side, new: Side) -> Iterator[NetworkChange]:
    before, after = rankings(old.results), rankings(new.results)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if _missing_lumping(old, was) or _missing_lumping(new, now):
            continue
        ranks = tuple(_rank_changes(was, now))
        if ranks or was is None or now is None or not _same_network(was, now):
            yield NetworkChange(outcome=key[0], lumping=key[1], old=was, new=now, ranks=ranks)


def _missing_lumping(side: Side, found: Ranking | None) -> bool:
    """Whether results of this version cannot hold a network: version 1 has the main lumping only."""
    return found is None and "other_lumpings" not in side.results


def _same_network(was: Ranking, now: Ranking) -> bool:
    about = ((r.measure, r.reference, r.reason) for r in (was, now))
    return same(was.tau2, now.tau2) and next(about) == next(about)


def _rank_changes(was: Ranking | None, now: Ranking | None) -> Iterator[RankChange]:
    before, after = ({} if r is None else r.standings for r in (was, now))
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or not old.equals(new):
            yield RankChange(treatment=name, old=old, new=new)


def _verdict_changes(old: Side, new: Side) -> Iterator[FindingChange]:
    before, after = verdicts(old.results), verdicts(new.results)
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        pair = [None if claim is None else str(claim["verdict"]) for claim in (was, now)]
        if pair[0] != pair[1]:
            claim = now or was or {}
            yield FindingChange(
                name=name, about=claim["statement"], old=pair[0], new=pair[1], because=claim["headline"]
            )  # fmt: skip


def _published_changes(old: Side, new: Side) -> Iterator[FindingChange]:
    before, after = published(old.results), published(new.results)
    words = {True: "follows", False: "does not follow"}
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        pair = [None if check is None else words[bool(check["agrees"])] for check in (was, now)]
        if pair[0] != pair[1]:
            check = now or was or {}
            yield FindingChange(
                name=name, about=check["scope"], old=pair[0], new=pair[1], because=check["sentence"]
            )  # fmt: skip


def _notes(old: Side, new: Side) -> Iterator[str]:
    if not _tables_known(old, new):
        yield (
            "Tables and protocols are compared where both sides are review folders; here the trials are those of the "
            "analyses."
        )
    for side in (old, new):
        if "other_lumpings" not in side.results:
            yield (
                f"{side.name} holds results of version {side.results['schema_version']}, without subgroups, "
                "regressions and networks with other lumpings than the main one; these are not compared."
            )
