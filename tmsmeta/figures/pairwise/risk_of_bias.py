"""Risk-of-bias judgements of a user's table as coloured symbols with a sign in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tmsmeta.effects.pairing import KEY, keyed_table
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures.table_plot.description import Column, Symbol
from tmsmeta.words.numbers import MINUS
from tmsmeta.words.risk_of_bias import judgement, tool_of

_GOOD, _DOUBT, _BAD, _WORST, _NONE = "#cdeee2", "#d39c19", "#a52a22", "#3d0608", "#ffffff"
SYMBOLS: Mapping[str, Symbol] = {
    "low": Symbol("+", _GOOD, "#000000"),
    "some concerns": Symbol("!", _DOUBT, "#000000"),
    "moderate": Symbol("!", _DOUBT, "#000000"),
    "unclear": Symbol("?", _DOUBT, "#000000"),
    "high": Symbol(MINUS, _BAD, "#ffffff"),
    "serious": Symbol(MINUS, _BAD, "#ffffff"),
    "very high": Symbol("×", _WORST, "#ffffff"),
    "critical": Symbol("×", _WORST, "#ffffff"),
    "no information": Symbol("?", _NONE, "#000000"),
}
"""A symbol for each judgement, as the tools draw it: no tool has two judgements with one symbol. Their lightness orders
them in a grey print."""


@dataclass(frozen=True)
class BiasTable:
    """Judgements ready to be drawn.

    Attributes:
        domains: names of the domains, as the table has them.
        headings: what stands above their columns: ``D1``, ``D2``, ... and ``All``.
        judged: judgement of each study by domain; a domain without one is left out.
    """

    domains: tuple[str, ...]
    headings: tuple[str, ...]
    judged: Sequence[Mapping[str, str]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One per domain, for a table with a graph."""
        return tuple(
            Column(key=f"bias {d}", header=head, align="center", group="Risk of bias", symbols=True)
            for d, head in zip(self.domains, self.headings, strict=True)
        )

    @property
    def symbols(self) -> list[dict[str, Symbol]]:
        """Of each study, by column key."""
        return [{f"bias {d}": SYMBOLS[found] for d, found in row.items()} for row in self.judged]

    @property
    def used(self) -> list[str]:
        """The judgements that occur, from the best to the worst."""
        found = {judgement for row in self.judged for judgement in row.values()}
        return [name for name in SYMBOLS if name in found]

    @property
    def meanings(self) -> list[str]:
        """What each numbered heading stands for, where that is known."""
        tool = None if self._renamed else tool_of(self.domains, self.used)
        named = {d: tool.domains[d] for d in self.domains if d in tool.domains} if tool else {}
        named |= {d: d for d, head in zip(self.domains, self.headings, strict=True) if head not in (d, ALL)}
        named |= {d: "overall judgement" for d, head in zip(self.domains, self.headings, strict=True) if head == ALL}
        return [f"{h} {named[d]}" for d, h in zip(self.domains, self.headings, strict=True) if d in named]

    @property
    def notes(self) -> tuple[str, ...]:
        """What symbols and columns mean."""
        tool = tool_of(self.domains, self.used)
        said = ", ".join(f"{SYMBOLS[name].letter} {name}" for name in self.used)
        which = f" ({tool.name})" if tool and not self._renamed else ""
        meaning = f" Domains{which}: {'; '.join(self.meanings)}." if self.meanings else ""
        return (f"Risk of bias: {said}.{meaning}",)

    @property
    def _renamed(self) -> bool:
        return any(head not in (d, ALL) for d, head in zip(self.domains, self.headings, strict=True))


ALL = "All"
_LONGEST_HEADING = 4
"""Letters of a heading; domains with longer names are numbered and named below."""


def bias_table(table: Any, study: Sequence[str], also: Sequence[str] = ()) -> BiasTable:
    """Read a table with one row per study of `study` and one column per domain, in any order of its rows.

    The labels of the studies stand in its column ``study`` or its index; studies of `also` may be in it or not.

    Judgements are those of RoB 1, RoB 2, ROBINS-I, ROBINS-E and QUADAS-2, in the spellings of
    :data:`tmsmeta.words.risk_of_bias.SPELLINGS`; an empty cell shows nothing. Numbered domains (``D1``, ``D2``, ...)
    are explained below the figure where the judgements tell the tool; domains with longer names are numbered, and named
    below it.

    Raises:
        InvalidInputError: no study labels, labels that disagree with `study`, no domain, or unknown judgements.
    """
    judged = keyed_table("risk_of_bias", table, study, also=also)
    domains = [c for c in judged.columns if c != KEY]
    if not domains:
        message = "must have one column for each domain beside the study labels."
        raise InvalidInputError(Issue(None, "risk_of_bias", list(map(str, judged.columns)), message))
    rows: list[dict[str, str]] = []
    issues: list[Issue] = []
    for label, record in zip([*study, *also], judged[domains].to_dict("records"), strict=True):
        rows.append({})
        for domain, found in record.items():
            text = found.strip() if isinstance(found, str) else ""
            judged_as = judgement(text)
            if judged_as is not None:
                rows[-1][str(domain)] = judged_as
            elif text or (isinstance(found, (int, float)) and found == found):
                allowed = ", ".join(repr(j) for j in SYMBOLS)
                issues.append(Issue(label, f"risk_of_bias.{domain}", found, f"must be one of {allowed}."))
    if issues:
        raise InvalidInputError(issues)
    names = tuple(map(str, domains))
    return BiasTable(names, _headings(names), rows)


def _headings(domains: Sequence[str]) -> tuple[str, ...]:
    """Short headings: names as they are where all are short, numbers otherwise; the overall judgement is ``All``."""
    single = [d for d in domains if d.lower() != "overall"]
    short = all(len(d) <= _LONGEST_HEADING for d in single)
    numbers = {d: d if short else f"D{i}" for i, d in enumerate(single, start=1)}
    return tuple(numbers.get(d, ALL) for d in domains)
