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
from tmsmeta.effects.measures import MEASURES, Family, of_family
from tmsmeta.models.regression.spec import RegressionInterval
from tmsmeta.networks.model.tau2 import METHODS
from tmsmeta.networks.spec import CI
from tmsmeta.networks.spec import PREDICTION as NETWORK_PREDICTIONS
from tmsmeta.pooling.heterogeneity import ESTIMATORS
from tmsmeta.pooling.spec import INTERVALS, PREDICTIONS, PROFILES
from tmsmeta.report.templating import asset
from tmsmeta.robustness.simulation.spec import INTERVALS as SIMULATED
from tmsmeta.tables import header_words
from tmsmeta.tables.shapes import OF_MEASURE
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


def test_the_readme_lists_the_measures() -> None:
    [row] = re.findall(
        r"^\| effects \| (.*?) · estimate with", (CHECKOUT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert re.findall(r"[A-Z]+", row) == [name for name, measure in MEASURES.items() if measure.formula is not None]


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
        ("new", "measure", list(of_family("binary"))),
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
    assert re.split(r"  \[|; ", text)[0].removeprefix("Cells of 0: ").split() == wanted


def _entries(script: str, table: str) -> dict[str, str]:
    """Name and text of each entry of a table in a script of the explorer."""
    text = asset(script, "explorer")
    body = text[text.index(f"const {table} = {{") :].split("\n};\n")[0]
    return dict(re.findall(r"^  ([A-Z]+): (\{.*?\}),$(?=\n  [A-Z]|\Z)", body, re.MULTILINE | re.DOTALL))


def test_the_explorer_computes_every_estimator_of_tau2() -> None:
    """A protocol may ask for any of them, and readers then see its own."""
    found = _entries("tau2.js", "TAU2")
    assert set(found) == set(ESTIMATORS)
    for name, text in found.items():
        assert ("random: false" not in text) is ESTIMATORS[name].random, name


def test_the_explorer_computes_every_measure_of_two_arms_of_events() -> None:
    found = _entries("effects.js", "MEASURES")
    assert set(found) == set(of_family("binary"))
    for name, text in found.items():
        row = MEASURES[name]
        assert f'label: "{row.label}",' in text, name
        assert f"log: {str(row.is_ratio).lower()}," in text, name
        assert f"digits: {row.digits}," in text, name
        assert ("definedAtZero: true" in text) is row.defined_at_zero, name


def test_the_reader_of_tables_knows_the_measures() -> None:
    """It comes before them in the order of imports, and so has to say again what a measure is made of."""
    families = {"two arms": "binary", "two means": "continuous", "proportions": "proportion", "rates": "rate"}
    families["two rates"] = "rate ratio"
    assert {name: families[shapes[0]] for name, shapes in OF_MEASURE.items()} == {
        name: row.family for name, row in MEASURES.items() if row.formula is not None
    }
    assert set(header_words.MEASURES) <= set(MEASURES)
    assert {name for name in header_words.MEASURES if MEASURES[name].is_ratio} == header_words.RATIOS


def test_the_name_that_may_be_meant_is_found_in_any_case() -> None:
    assert near("Respnse", {"RESPONSE", "remission"}) == "RESPONSE"
    assert near("percent", {"percnt", "percents"}) == "percents"
    assert meant("dl", ("DL", "REML")) == " Is 'DL' meant?"
    assert meant("zzz", ("DL", "REML")) == near("zzz", ("DL",)) == ""
