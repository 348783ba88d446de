"""Judgements of risk of bias in the spellings of the tools."""

from __future__ import annotations

import pytest

from tmsmeta.figures.pairwise.risk_of_bias import SYMBOLS
from tmsmeta.words.risk_of_bias import LEVELS, SPELLINGS, TOOLS, judgement, tool_of


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("low", "low"), ("Low risk", "low"), ("LOW RISK OF BIAS", "low"), ("low concern", "low"), ("L", "low"),
        ("Some concerns", "some concerns"), ("some_concerns", "some concerns"), ("Some concern", "some concerns"),
        ("Unclear risk", "unclear"), ("unclear", "unclear"), ("High", "high"), ("High-risk", "high"), ("H", "high"),
        ("Moderate risk", "moderate"), ("Serious", "serious"), ("critical risk of bias", "critical"),
        ("Very high risk", "very high"), ("NI", "no information"), ("No  information", "no information"),
        ("S", None), ("", None), ("lowish", None), ("+", None), ("-", None), ("risk", None),
    ],
)  # fmt: skip
def test_spellings(found: str, wanted: str | None) -> None:
    assert judgement(found) == wanted


def test_every_judgement_has_a_level_and_a_symbol_of_its_own() -> None:
    assert set(SPELLINGS) == set(LEVELS) == set(SYMBOLS)
    for tool in TOOLS:
        signs = {SYMBOLS[name].letter for name in tool.judgements}
        assert len(signs) == len(tool.judgements), tool.name
    assert set(LEVELS.values()) == {"L", "U", "H"}


def test_a_tool_is_named_only_where_one_fits() -> None:
    def name(domains: list[str], found: list[str]) -> str | None:
        tool = tool_of(domains, found)
        return tool.name if tool else None

    assert name(["D1", "D5", "overall"], ["low", "high"]) == "RoB 2"
    assert name(["D1", "D7"], ["low", "serious"]) == "ROBINS-I"
    assert name(["D1", "D7"], ["low", "very high"]) == "ROBINS-E"
    assert name(["D1", "D6"], ["low", "some concerns"]) is None
    assert name(["D1"], ["low", "unclear"]) is None
