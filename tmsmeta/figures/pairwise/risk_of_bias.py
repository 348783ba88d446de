"""Risk-of-bias judgements of a user's table as coloured symbols with letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tmsmeta.effects.pairing import KEY, keyed_table
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures.table_plot.description import Column, Symbol
from tmsmeta.words.risk_of_bias import judgement, tool_of

SYMBOLS: Mapping[str, Symbol] = {
    "low": Symbol("L", "#9fd8c4", "#000000"),
    "some concerns": Symbol("S", "#f2dd7e", "#000000"),
    "moderate": Symbol("M", "#f2dd7e", "#000000"),
    "unclear": Symbol("U", "#f2dd7e", "#000000"),
    "high": Symbol("H", "#a52a22", "#ffffff"),
    "serious": Symbol("E", "#a52a22", "#ffffff"),
    "very high": Symbol("V", "#5c0f0a", "#ffffff"),
    "critical": Symbol("C", "#5c0f0a", "#ffffff"),
    "no information": Symbol("?", "#ffffff", "#000000"),
}
"""A symbol for each judgement; their lightness orders them in a grey print, and the letter names them."""


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

    Judgements are those of RoB 1, RoB 2, ROBINS-I, ROBINS-E and QUADAS-2, in the spellings of
    :data:`tmsmeta.words.risk_of_bias.SPELLINGS`; an empty cell shows nothing. Numbered domains (``D1``, ``D2``, ...)
    are explained below the figure where the judgements tell the tool, others explain themselves.

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
            text = found.strip() if isinstance(found, str) else ""
            judged_as = judgement(text)
            if judged_as is not None:
                symbols[-1][f"bias {domain}"] = SYMBOLS[judged_as]
            elif text:
                allowed = ", ".join(repr(j) for j in SYMBOLS)
                issues.append(Issue(label, f"risk_of_bias.{domain}", found, f"must be one of {allowed}."))
    if issues:
        raise InvalidInputError(issues)
    columns = tuple(
        Column(key=f"bias {d}", header=_heading(str(d)), align="center", group="Risk of bias", symbols=True)
        for d in domains
    )
    return BiasTable(columns, symbols, _notes(list(map(str, domains)), symbols))


def _heading(domain: str) -> str:
    return "All" if domain.lower() == "overall" else domain


def _notes(domains: list[str], symbols: Sequence[Mapping[str, Symbol]]) -> tuple[str, ...]:
    used = {symbol for row in symbols for symbol in row.values()}
    shown = {name: symbol for name, symbol in SYMBOLS.items() if symbol in used}
    letters = ", ".join(f"{symbol.letter} {name}" for name, symbol in shown.items())
    tool = tool_of(domains, shown)
    known = [f"{_heading(d)} {tool.domains[d]}" for d in domains if d in tool.domains] if tool else []
    meaning = f" Domains ({tool.name}): {'; '.join(known)}." if tool and known else ""
    return (f"Risk of bias: {letters}.{meaning}",)
