"""Signs of print in texts for people."""

from __future__ import annotations

import io

import pytest

from tmsmeta.cli import console
from tmsmeta.words.signs import typographic, typographic_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tau2 = 0.03, I2 = 8%, R2 = -0.5", "τ² = 0.03, I² = 8%, R² = −0.5"),
        ("-1.5 (-2 to 0.3), 2020-11-28, S0140-6736(18)30295-2", "−1.5 (−2 to 0.3), 2020-11-28, S0140-6736(18)30295-2"),
        ("give --tau2 REML or tau2='DL' for `tau2`", "give --tau2 REML or tau2='DL' for `tau2`"),
        ("- 5 trials", "- 5 trials"),
        ("t quantiles on k - 2 degrees of freedom", "t quantiles on k − 2 degrees of freedom"),
    ],
)
def test_numbers_and_variances_are_set_and_names_of_options_stay(text: str, shown: str) -> None:
    assert typographic(text) == shown


def test_code_and_links_of_markdown_stay() -> None:
    text = "tau2 -1, `tau2 -1`, ![I2](tau2-1.png)"
    assert typographic_markdown(text) == "τ² −1, `tau2 -1`, ![I²](tau2-1.png)"
    assert typographic_markdown("abc `abc`", str.upper) == "ABC `abc`"


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "τ² −1"), ("ascii", "tau2 -1"), ("latin-1", "tau2 -1")])
def test_a_console_that_cannot_show_them_gets_those_of_a_keyboard(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    console.say("tau2 -1")
    console.show_table("", ["a"], [["tau2 -1"]], plain=True)
    stream.flush()
    assert stream.buffer.getvalue().decode(encoding).count(shown) == 2  # type: ignore[attr-defined]
