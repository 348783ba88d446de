"""Names and lists of names inside a sentence."""

from __future__ import annotations

import pytest

from tmsmeta.words.names import counted, heading, inside, listed, studies


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Placebo", "placebo"),
        ("Low dose SSRI", "low dose SSRI"),
        ("SSRI", "SSRI"),
        ("mRNA vaccine", "mRNA vaccine"),
        ("McNemar test", "McNemar test"),
        ("Freeman-Tukey incidence rate", "Freeman-Tukey incidence rate"),
        ("A", "A"),
        ("", ""),
    ],
)
def test_only_an_ordinary_first_word_loses_its_capital(name: str, text: str) -> None:
    assert inside(name) == text


def test_lists_end_with_a_word_and_keep_commas_apart() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )
    assert listed(["a", "b"], "or") == "a or b"
    assert listed(["Fitz, 2020", "Blum", "Ng"]) == "Fitz, 2020; Blum; and Ng"


def test_a_noun_follows_its_number() -> None:
    assert (studies(1), studies(0), studies(12)) == ("1 study", "0 studies", "12 studies")
    assert (counted(1, "trial"), counted(2, "trial")) == ("1 trial", "2 trials")


def test_a_heading_keeps_the_capitals_of_names() -> None:
    assert heading("Freeman-Tukey incidence rate") == "Freeman-Tukey incidence rate"
    assert (heading("odds ratio"), heading("")) == ("Odds ratio", "")
    assert (heading("rTMS"), heading("t-PA low dose")) == ("rTMS", "t-PA low dose")
