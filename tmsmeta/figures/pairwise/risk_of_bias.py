"""Risk-of-bias judgements of a user's table as coloured symbols with letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tmsmeta.effects.pairing import KEY, keyed_table
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures.table_plot.description import Column, Symbol

JUDGEMENTS: Mapping[str, Symbol] = {
    "low": Symbol("L", "#9fd8c4", "#000000"),
    "some concerns": Symbol("S", "#f2dd7e", "#000000"),
    "high": Symbol("H", "#a52a22", "#ffffff"),
    "no information": Symbol("?", "#ffffff", "#000000"),
}
"""The judgements of RoB 2; the lightness of the symbols orders them in a grey print, and the letter names them."""

ROB2_DOMAINS: Mapping[str, str] = {
    "D1": "randomisation process",
    "D2": "deviations from the intended interventions",
    "D3": "missing outcome data",
    "D4": "measurement of the outcome",
    "D5": "selection of the reported result",
    "overall": "overall",
}
"""Domains of RoB 2 (Sterne et al., BMJ 2019;366:l4898)."""


@dataclass(frozen=True)
class BiasTable:
    """Judgements ready to be drawn.

    Attributes:
        columns: one per domain.
        symbols: of each study, by column key.
        notes: what letters and columns mean.
    """

    columns: tuple[Column, ...]
    symbols: Sequence[Mapping[str, Symbol]]
    notes: tuple[str, ...]


def bias_table(table: Any, study: Sequence[str], also: Sequence[str] = ()) -> BiasTable:
    """Read a table with one row per study of `study` and one column per domain, in any order of its rows.

    The labels of the studies stand in its column ``study`` or its index; studies of `also` may be in it or not.

    Judgements are ``low``, ``some concerns``, ``high`` or ``no information`` in any case; an empty cell shows nothing.
    Columns named as in :data:`ROB2_DOMAINS` are explained below the figure, others explain themselves.

    Raises:
        InvalidInputError: no study labels, labels that disagree with `study`, no domain, or unknown judgements.
    """
    judged = keyed_table("risk_of_bias", table, study, also=also)
    domains = [c for c in judged.columns if c != KEY]
    if not domains:
        message = "must have one column for each domain beside the study labels."
        raise InvalidInputError(Issue(None, "risk_of_bias", list(map(str, judged.columns)), message))
    symbols: list[dict[str, Symbol]] = []
    issues: list[Issue] = []
    for label, record in zip([*study, *also], judged[domains].to_dict("records"), strict=True):
        symbols.append({})
        for domain, found in record.items():
            text = _text(found)
            if text in JUDGEMENTS:
                symbols[-1][f"bias {domain}"] = JUDGEMENTS[text]
            elif text:
                allowed = ", ".join(repr(j) for j in JUDGEMENTS)
                issues.append(Issue(label, f"risk_of_bias.{domain}", found, f"must be one of {allowed}."))
    if issues:
        raise InvalidInputError(issues)
    columns = tuple(
        Column(key=f"bias {d}", header=_heading(str(d)), align="center", group="Risk of bias", symbols=True)
        for d in domains
    )
    return BiasTable(columns, symbols, _notes(list(map(str, domains)), symbols))


def _text(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _heading(domain: str) -> str:
    return "All" if domain.lower() == "overall" else domain


def _notes(domains: list[str], symbols: Sequence[Mapping[str, Symbol]]) -> tuple[str, ...]:
    used = {s.letter for row in symbols for s in row.values()}
    letters = ", ".join(f"{s.letter} {name}" for name, s in JUDGEMENTS.items() if s.letter in used)
    known = [f"{_heading(d)} {ROB2_DOMAINS[d]}" for d in domains if d in ROB2_DOMAINS]
    meaning = f" Domains (RoB 2): {'; '.join(known)}." if known else ""
    return (f"Risk of bias: {letters}.{meaning}",)
