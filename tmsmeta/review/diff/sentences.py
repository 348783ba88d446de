"""The changes of a review in sentences, for the console and the report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from tmsmeta.review.diff.changes import Changes, EstimateChange, FindingChange, NetworkChange, RankChange
from tmsmeta.review.diff.findings import Estimate, same
from tmsmeta.review.diff.tables import CellChange, RowChange
from tmsmeta.words.names import counted, listed
from tmsmeta.words.numbers import effect, estimate, number, tau2

MOST_DECIMALS = 12


def summary_sentence(diff: Changes) -> str:
    """How much changed, in one sentence."""
    if diff.nothing_changed:
        return "Nothing changed."
    parts = [
        (len(diff.trials_added), "trial added", "trials added"),
        (len(diff.trials_removed), "trial removed", "trials removed"),
        (len(diff.protocol), "key of the protocol changed", "keys of the protocol changed"),
        (len(diff.rows), "row changed", "rows changed"),
        (len(diff.estimates), "estimate moved", "estimates moved"),
        (len(diff.networks), "network moved", "networks moved"),
        (len(diff.published), "published pool judged otherwise", "published pools judged otherwise"),
        (len(diff.verdicts), "verdict changed", "verdicts changed"),
    ]
    said = [counted(count, one, many) for count, one, many in parts if count]
    crossed = sum(change.crossed for change in diff.estimates)
    if crossed:
        said.append(counted(crossed, "interval crossed no effect", "intervals crossed no effect"))
    return f"{listed(said or ['other trials are used'])}."


def sections(diff: Changes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The changes under their headings; headings without changes are left out."""
    found: list[tuple[str, Iterable[str]]] = [
        ("Quoted figures", map(_finding, diff.verdicts)),
        ("Estimates", map(_estimate, diff.estimates)),
        ("Networks", [line for network in diff.networks for line in _network(network)]),
        ("Published pools", map(_finding, diff.published)),
        ("Trials", _trials(diff)),
        ("Protocol", [f"{change.name}: {_became(change)}." for change in diff.protocol]),
        ("Rows", map(_row, diff.rows)),
        ("Not compared", diff.notes),
    ]
    told = ((heading, tuple(lines)) for heading, lines in found)
    return tuple((heading, lines) for heading, lines in told if lines)


def _trials(diff: Changes) -> Iterator[str]:
    if diff.trials_added:
        yield f"Added: {listed(diff.trials_added)}."
    if diff.trials_removed:
        yield f"Removed: {listed(diff.trials_removed)}."
    for change in diff.used:
        where = f"{change.outcome}, {change.analysis}"
        for kind, word in (("added", "now used"), ("removed", "no longer used")):
            names = [row.key for row in change.rows if row.kind == kind]
            if names:
                yield f"{where}: {word}: {listed(names)}."
        yield from (f"{where}: {row.key}: {_cells(row)}." for row in change.rows if row.kind == "changed")


def _row(change: RowChange) -> str:
    if change.kind != "changed":
        return f"{change.table}.csv: {change.key} {change.kind}."
    return f"{change.table}.csv: {change.key}: {_cells(change)}."


def _cells(change: RowChange) -> str:
    return "; ".join(f"{cell.name} {_became(cell)}" for cell in change.cells)


def _became(cell: CellChange) -> str:
    return f"{_shown(cell.new)} instead of {_shown(cell.old)}"


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _finding(change: FindingChange) -> str:
    if change.old is None:
        return f"{change.name} is new: {change.new} ({change.about})."
    if change.new is None:
        return f"{change.name} is gone; it was: {change.old} ({change.about})."
    return f"{change.name}: {change.new} instead of {change.old} ({change.about}): {change.because}."


def _estimate(change: EstimateChange) -> str:
    where = f"{change.outcome}, {change.analysis} ({change.measure})"
    old, new = change.old, change.new
    if old is None or new is None:
        there = new or old or Estimate(estimate=None, low=None, high=None)
        return f"{where} is {'new' if old is None else 'gone; it was'}: {_estimated(there)}."
    parts = [_moved(old, new)]
    if change.crossed:
        parts.append(f"the interval {'includes' if new.spans_no_effect else 'excludes'} no effect now")
    if old.trials != new.trials and new.trials is not None:
        parts.append(f"{counted(new.trials, 'trial')} instead of {old.trials}")
    if not same(old.tau2, new.tau2):
        parts.append(f"tau2 {_pair(old.tau2, new.tau2, tau2_text)}")
    return f"{where}: {'; '.join(parts)}."


def _moved(old: Estimate, new: Estimate) -> str:
    """Both estimates with the decimals that tell them apart, and the difference on the scale of the analysis."""
    if old.estimate is None or new.estimate is None:
        return f"{_estimated(new)} instead of {_estimated(old)}"
    if old.equals(new):
        return _estimated(new)
    digits = next((d for d in range(2, MOST_DECIMALS) if _estimated(old, d) != _estimated(new, d)), MOST_DECIMALS)
    moved = new.estimate - old.estimate
    if same(new.estimate, old.estimate, 1.0):
        return f"{_estimated(new, digits)} instead of {_estimated(old, digits)}"
    scale = f" on the log scale, a factor of {_factor(moved)}" if new.is_ratio else ""
    sign = "+" if moved > 0 else ""
    return f"{_estimated(new, digits)} instead of {_estimated(old, digits)} ({sign}{_small(moved)}{scale})"


def _estimated(value: Estimate, digits: int = 2) -> str:
    """An estimate as a reader sees it."""
    if value.estimate is None:
        return f"not assessable, {value.reason}"
    shown = math.exp(value.estimate) if value.is_ratio else value.estimate
    if value.low is None or value.high is None:
        return f"{effect(shown, digits, log=value.is_ratio)} (no interval)"
    limits = (math.exp(value.low), math.exp(value.high)) if value.is_ratio else (value.low, value.high)
    null = 1.0 if value.is_ratio else 0.0
    text, *ends = estimate(shown, limits, digits, log=value.is_ratio, null=null)
    return f"{text} ({' to '.join(ends)})"


def _small(value: float) -> str:
    return number(value, 3)


def _factor(moved: float) -> str:
    """A factor with the decimals that tell it from 1."""
    factor = math.exp(moved)
    digits = next((d for d in range(2, MOST_DECIMALS) if float(f"{factor:.{d}f}") != 1), MOST_DECIMALS)
    return f"{factor:.{digits}f}"


def tau2_text(value: float, digits: int) -> str:
    """A between-study variance with `digits` decimals, three by default."""
    return tau2(value) if digits == 3 else number(value, digits)


def _pair(old: float | None, new: float | None, text: Any, least: int = 3) -> str:
    """``new instead of old`` with the decimals that tell them apart."""
    if old is None or new is None:
        return f"{_absent(new, text, least)} instead of {_absent(old, text, least)}"
    digits = next((d for d in range(least, MOST_DECIMALS) if text(old, d) != text(new, d)), MOST_DECIMALS)
    return f"{text(new, digits)} instead of {text(old, digits)}"


def _absent(value: float | None, text: Any, digits: int) -> str:
    return "none" if value is None else str(text(value, digits))


def _network(change: NetworkChange) -> Iterator[str]:
    where = f"{change.outcome}, nodes {change.lumping}"
    old, new = change.old, change.new
    if old is None or new is None:
        yield f"{where}: the network is {'new' if old is None else 'gone'}."
    elif new.reason or old.reason:
        yield f"{where}: {new.reason or 'there is a network now'}; before: {old.reason or 'there was a network'}."
    else:
        if (old.measure, old.reference) != (new.measure, new.reference):
            now, before = (f"{r.measure} against {r.reference}" for r in (new, old))
            yield f"{where}: {now} instead of {before}."
        if not same(old.tau2, new.tau2):
            yield f"{where}: tau2 {_pair(old.tau2, new.tau2, tau2_text)}."
        yield from (f"{where}: {_rank(rank, new.reference)}." for rank in change.ranks)


def _rank(change: RankChange, reference: str) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        there = new or old
        assert there is not None  # a change has two sides or one
        told = f"{_estimated(there.effect)}, P-score {number(there.p_score)}, rank {there.place}"
        return f"{change.treatment} is {'new' if old is None else 'gone; it was'}: {told}"
    parts = [f"rank {new.place} instead of {old.place}" if new.place != old.place else f"rank {new.place} still"]
    if not same(old.p_score, new.p_score, 1.0):
        parts.append(f"P-score {_pair(old.p_score, new.p_score, number, 2)}")
    if change.treatment == reference and not new.effect.estimate:
        return f"{change.treatment} (reference): {', '.join(parts)}"
    parts.append(_moved(old.effect, new.effect))
    if old.effect.trials != new.effect.trials:
        parts.append(f"{counted(new.effect.trials or 0, 'trial')} instead of {old.effect.trials}")
    return f"{change.treatment}: {', '.join(parts)}"
