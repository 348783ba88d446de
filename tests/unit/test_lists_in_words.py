"""Lists of options that stand in docstrings and help texts are those of the tables: whoever adds a row is told."""

from __future__ import annotations

import re
from typing import get_args

import pytest
import typer
from conftest import CHECKOUT

from tmsmeta import effects
from tmsmeta.cli.app import app
from tmsmeta.effects.base import ZeroCells
from tmsmeta.effects.measures import Family, of_family
from tmsmeta.models.regression.spec import RegressionInterval
from tmsmeta.networks.model.tau2 import METHODS
from tmsmeta.networks.spec import CI
from tmsmeta.networks.spec import PREDICTION as NETWORK_PREDICTIONS
from tmsmeta.pooling.heterogeneity import ESTIMATORS
from tmsmeta.pooling.spec import INTERVALS, PREDICTIONS, PROFILES
from tmsmeta.robustness.simulation.spec import INTERVALS as SIMULATED
from tmsmeta.words.names import meant, near

SOURCES = {
    str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8")
    for path in sorted((CHECKOUT / "tmsmeta").rglob("*.py"))
}


def _found(pattern: str) -> list[tuple[str, list[str]]]:
    """Every list in double backticks that the pattern opens, with its file."""
    lists = re.compile(f"``({pattern}[^`]*)``")
    return [(name, listed.split()) for name, text in SOURCES.items() for listed in lists.findall(text)]


def test_docstrings_list_the_estimators_of_tau2() -> None:
    found = _found("FE DL")
    assert len(found) >= 3
    for name, listed in found:
        assert listed == list(METHODS if "networks" in name else ESTIMATORS), name
    assert f"| {' '.join(ESTIMATORS)}," in (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_docstrings_list_the_intervals_and_predictions() -> None:
    found = _found("z t hksj")
    assert len(found) >= 3
    for name, listed in found:
        wanted = INTERVALS if name.startswith("tmsmeta/pooling") else get_args(RegressionInterval)
        if name.startswith("tmsmeta/robustness/simulation"):  # simulated studies have no clusters
            wanted = SIMULATED
        assert tuple(listed) == wanted, name
    predictions = _found(r"z t\(k-1\)")
    assert len(predictions) >= 2
    for name, listed in predictions:
        assert tuple(listed) == PREDICTIONS, name


@pytest.mark.parametrize(
    ("function", "family"),
    [
        (effects.binary, "binary"),
        (effects.proportion, "proportion"),
        (effects.rate, "rate"),
        (effects.rate_ratio, "rate ratio"),
        (effects.continuous, "continuous"),
    ],
)
def test_the_docstring_of_an_effect_function_names_its_measures(function: object, family: Family) -> None:
    document = str(function.__doc__)
    argument = document[document.index("measure:") :]
    named = re.findall(
        r"``([A-Z]+)``", argument[: argument.index("\n        events" if "events" in argument else "mean_t")]
    )
    assert named == list(of_family(family))


@pytest.mark.parametrize(
    ("name", "option", "wanted"),
    [
        ("pool", "tau2", list(ESTIMATORS)),
        ("pool", "ci", list(INTERVALS)),
        ("pool", "prediction", list(PREDICTIONS)),
        ("pool", "measure", list(effects.MEASURES)),
        ("pool", "profile", list(PROFILES)),
        ("pool", "zero_cells", list(get_args(ZeroCells))),
        ("regression", "ci", list(get_args(RegressionInterval))),
        ("regression", "tau2", list(ESTIMATORS)),
        ("network", "tau2", list(METHODS)),
        ("network", "ci", list(CI)),
        ("network", "prediction", list(NETWORK_PREDICTIONS)),
    ],
)
def test_the_help_of_a_command_lists_what_there_is(name: str, option: str, wanted: list[str]) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    [text] = [parameter.help for parameter in command.params if parameter.name == option]
    assert text.split("  [")[0].removeprefix("Cells of 0: ").split() == wanted


def test_the_name_that_may_be_meant_is_found_in_any_case() -> None:
    assert near("Respnse", {"RESPONSE", "remission"}) == "RESPONSE"
    assert near("percent", {"percnt", "percents"}) == "percents"
    assert meant("dl", ("DL", "REML")) == " Is 'DL' meant?"
    assert meant("zzz", ("DL", "REML")) == near("zzz", ("DL",)) == ""
