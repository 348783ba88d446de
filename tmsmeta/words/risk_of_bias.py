"""Judgements of risk of bias as the tools write them: one table of spellings for figures and exports.

RoB 2 (Sterne et al., BMJ 2019;366:l4898), RoB 1 (Higgins et al., BMJ 2011;343:d5928), ROBINS-I (Sterne et al., BMJ
2016;355:i4919), ROBINS-E (Higgins et al., Environ Int 2024;186:108602), QUADAS-2 (Whiting et al., Ann Intern Med
2011;155:529), and the letters of CINeMA.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tmsmeta.words.names import alike

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "low": ("l", "low"),
    "some concerns": ("sc", "some", "some concern", "some concerns"),
    "moderate": ("m", "moderate"),
    "unclear": ("u", "unclear"),
    "high": ("h", "high"),
    "serious": ("serious",),
    "very high": ("vh", "very high"),
    "critical": ("c", "critical"),
    "no information": ("ni", "no information", "no info"),
}
"""Each judgement, from the best to the worst, with the spellings that mean it; case, blanks, hyphens and a following
"risk", "risk of bias", "bias" or "concern" do not matter. "S" is none: it may be serious or some concerns."""

LEVELS: Mapping[str, str] = {
    "low": "L",
    "some concerns": "U",
    "moderate": "U",
    "unclear": "U",
    "no information": "U",
    "high": "H",
    "serious": "H",
    "very high": "H",
    "critical": "H",
}
"""The three levels of CINeMA that the judgements stand for."""

_TAILS = (" risk of bias", " risk", " bias", " concern", " concerns")
_KNOWN = {spelling: judgement for judgement, spellings in SPELLINGS.items() for spelling in spellings}


def judgement(found: str) -> str | None:
    """The judgement that a text means, a key of :data:`SPELLINGS`; None for a text that means none."""
    plain = alike(found)
    if plain in _KNOWN:
        return _KNOWN[plain]
    heads = (plain.removesuffix(tail) for tail in _TAILS if plain.endswith(tail))
    return next((_KNOWN[head] for head in heads if head in _KNOWN), None)


@dataclass(frozen=True)
class Tool:
    """A tool of judgement.

    Attributes:
        name: its name.
        judgements: what it may say.
        own: judgements that no other tool with numbered domains has; one of them must occur, if there are any.
        domains: its numbered domains with their meaning.
    """

    name: str
    judgements: frozenset[str]
    own: frozenset[str] = frozenset()
    domains: Mapping[str, str] = field(default_factory=dict)


TOOLS = (
    Tool(
        "RoB 2",
        frozenset({"low", "some concerns", "high", "no information"}),
        domains={
            "D1": "randomisation process",
            "D2": "deviations from the intended interventions",
            "D3": "missing outcome data",
            "D4": "measurement of the outcome",
            "D5": "selection of the reported result",
            "overall": "overall",
        },
    ),
    Tool(
        "ROBINS-I",
        frozenset({"low", "moderate", "serious", "critical", "no information"}),
        frozenset({"moderate", "serious", "critical"}),
        {
            "D1": "confounding",
            "D2": "selection of participants",
            "D3": "classification of interventions",
            "D4": "deviations from the intended interventions",
            "D5": "missing data",
            "D6": "measurement of the outcome",
            "D7": "selection of the reported result",
            "overall": "overall",
        },
    ),
    Tool(
        "ROBINS-E",
        frozenset({"low", "some concerns", "high", "very high", "no information"}),
        frozenset({"very high"}),
        {
            "D1": "confounding",
            "D2": "measurement of the exposure",
            "D3": "selection of participants",
            "D4": "interventions after the exposure",
            "D5": "missing data",
            "D6": "measurement of the outcome",
            "D7": "selection of the reported result",
            "overall": "overall",
        },
    ),
)
"""Tools whose domains have numbers, so that a figure can say what they mean; others name their domains."""


def tool_of(domains: Collection[str], found: Collection[str]) -> Tool | None:
    """The tool that has these numbered domains and judgements; None where no tool has them, or several may."""
    numbered = {domain for domain in domains if domain[:1] == "D" and domain[1:].isdigit()}
    fitting = [
        tool
        for tool in TOOLS
        if numbered <= set(tool.domains) and set(found) <= tool.judgements and (not tool.own or tool.own & set(found))
    ]
    return fitting[0] if len(fitting) == 1 else None


def shares(
    judged: Sequence[Mapping[str, str]], domain: str, weights: Sequence[float] | None = None
) -> dict[str, float]:
    """Share of each judgement in a domain, from the best to the worst; of studies, or of their weights.

    Studies without a judgement in the domain do not count.
    """
    of = [1.0] * len(judged) if weights is None else list(weights)
    known = [(row[domain], weight) for row, weight in zip(judged, of, strict=True) if domain in row]
    total = sum(weight for _, weight in known)
    found = {name: sum(weight for judgement, weight in known if judgement == name) for name in SPELLINGS}
    return {name: value / total for name, value in found.items() if value > 0}
