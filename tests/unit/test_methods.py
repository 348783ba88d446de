"""Every method of the package is documented: formula, source, what it assumes, when not to use it, where it is."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import agreement
import pytest
from conftest import CHECKOUT

from tmsmeta.effects.measures import MEASURES
from tmsmeta.models.counts.mantel_haenszel import FORMULAS
from tmsmeta.models.counts.spec import TWO_ARM_MODELS
from tmsmeta.models.multivariate.spec import JointInterval
from tmsmeta.networks.answers import contributions, node_split
from tmsmeta.networks.model import tau2
from tmsmeta.pooling.heterogeneity import ESTIMATORS, Estimator
from tmsmeta.pooling.heterogeneity.statistics import I2Definition
from tmsmeta.pooling.interval_methods import I2_METHODS, INTERVAL_METHODS, PREDICTION_METHODS, TAU2_INTERVALS
from tmsmeta.pooling.spec import PREDICTIONS, Interval
from tmsmeta.robustness.smallstudy import trimfill
from tmsmeta.words.methods import Method

PAGES = sorted((CHECKOUT / "docs" / "methods").glob("*.md"))
TABLES = {
    "ESTIMATORS": ESTIMATORS,
    "MEASURES": MEASURES,
    "INTERVAL_METHODS": INTERVAL_METHODS,
    "PREDICTION_METHODS": PREDICTION_METHODS,
    "TAU2_INTERVALS": TAU2_INTERVALS,
    "I2_METHODS": I2_METHODS,
}
ROWS = [row for table in TABLES.values() for row in table.values()]


def test_every_table_of_methods_is_known_here_and_to_the_pages() -> None:
    method_pages = pytest.importorskip("method_pages", reason="the extra docs is not installed")
    found = set()
    for path in (CHECKOUT / "tmsmeta").rglob("*.py"):
        if "words.methods import Method" in path.read_text(encoding="utf-8"):
            module = importlib.import_module(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
            for name, value in vars(module).items():
                rows = list(value.values()) if isinstance(value, dict) and not name.startswith("_") else []
                if rows and all(isinstance(row, Method) for row in rows):
                    found.add(name)
    assert found - {"WORDS"} == set(TABLES) == set(method_pages.TABLES)  # WORDS are part of MEASURES
    for name, table in TABLES.items():
        assert method_pages.table_of(name) is table


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_has_formula_source_assumptions_and_limits(row: Method) -> None:
    for text in (row.label, row.latex, row.reference, row.assumes, row.avoid):
        assert text.strip() == text != ""
    assert row.latex.count("{") == row.latex.count("}")
    assert re.search(r"\d{4}|none", row.reference)
    assert row.assumes.endswith(".")
    assert row.avoid.endswith(".")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_formula_becomes_mathml(row: Method) -> None:
    latex = pytest.importorskip("docutils.utils.math.latex2mathml", reason="the extra docs is not installed")
    assert "<math" in latex.tex2mathml(row.latex, as_block=True)


def test_a_row_that_is_added_is_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = pytest.importorskip("method_pages", reason="the extra docs is not installed")
    row = Estimator(
        name="NEW",
        label="a new one",
        function=ESTIMATORS["DL"].function,
        reference="A paper 2026",
        latex=r"\hat\tau^2 = 1",
        assumes="Much.",
        avoid="Often.",
    )
    monkeypatch.setitem(ESTIMATORS, "NEW", row)  # type: ignore[arg-type]
    shown = pages.methods("ESTIMATORS").data
    for text in ("`NEW`: a new one", r"$$\hat\tau^2 = 1$$", "A paper 2026.", "Much.", "Often.", "dersimonian_laird"):
        assert text in shown


def test_every_option_has_its_row() -> None:
    assert set(INTERVAL_METHODS) == set(get_args(Interval))
    assert set(PREDICTION_METHODS) == set(PREDICTIONS) - {"none"}
    assert set(I2_METHODS) == set(get_args(I2Definition))
    for table in TABLES.values():
        assert all(name == row.name for name, row in table.items())


def test_every_table_is_printed_whole() -> None:
    """Those of measures by family, so that no family can be forgotten."""
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    calls = re.findall(r'^methods\("(\w+)"(?:, family=(\(.*?\)))?\)$', pages, re.MULTILINE)
    assert {name for name, _ in calls} == set(TABLES)
    families = [family for _, families in calls if families for family in ast.literal_eval(families)]
    assert sorted(families) == sorted({measure.family for measure in MEASURES.values()})


def sections() -> Iterator[tuple[Path, str]]:
    """The parts between headings."""
    for page in PAGES:
        for text in re.split(r"^#{2,3} ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            yield page, text


def named(section: str) -> list[str]:
    """Names of the functions whose sources a section prints."""
    calls = re.findall(r"^sources\((.*?)\)$", section, re.MULTILINE | re.DOTALL)
    return [name.split(".")[-1] for call in calls for name in re.findall(r"[\w.]+", call)]


@pytest.mark.parametrize(
    ("page", "section"), [pytest.param(p, s, id=f"{p.stem}: {s.splitlines()[0]}") for p, s in sections() if named(s)]
)
def test_a_section_on_functions_has_formula_source_assumptions_and_limits(page: Path, section: str) -> None:
    pages = pytest.importorskip("method_pages", reason="the extra docs is not installed")
    title = section.splitlines()[0]
    if title in INTERFACE:
        return
    printed = "methods(" in section
    assert "$$" in section or "**Formula.**" in section or printed
    assert "**Assumes.**" in section or printed
    assert "**Not when.**" in section or printed
    cited = [pages.references(function) for name in named(section) for function in functions(name)]
    assert "**Source.**" in section or printed or any(cited)


INTERFACE = {"Functions that make effects", "The conventions of other programs"}
"""Sections that list functions of which other sections print the methods."""


NO_METHOD = {
    "chi_square_test", "estimate_tau2", "pool_batch", "explain_difference", "moves", "sums", "network_report"
}  # fmt: skip
"""Public functions that compute nothing of their own: they call, compare or add up what other functions give."""


def test_every_public_function_of_the_analysis_has_its_section() -> None:
    pages = pytest.importorskip("pages", reason="the extra docs is not installed")
    told = {name for _, section in sections() for name in named(section)}
    rooms = ("pooling", "models", "robustness", "absolute", "networks")
    wanted = {
        full.split(".")[-1]
        for group in pages.GROUPS
        if group.name in rooms
        for full in pages.names_of(group)
        if inspect.isroutine(public()[full])
    }
    assert wanted - told - NO_METHOD == set()


def test_every_public_constant_has_an_entry_with_its_words_and_values() -> None:
    pytest.importorskip("sphinx", reason="the extra docs is not installed")
    pages = importlib.import_module("pages")
    entries = {name: pages.entry(name, value) for group in pages.GROUPS for name, value in pages.constants_of(group)}
    assert {"tmsmeta.pooling.profiles.REVMAN5", "tmsmeta.effects.MEASURES", "tmsmeta.review.claims.Verdict"} < set(
        entries
    )
    assert "Review Manager 5" in entries["tmsmeta.pooling.profiles.REVMAN5"]
    assert "* - tau2\n        - ``'DL'``" in entries["tmsmeta.pooling.profiles.REVMAN5"]
    assert all(name in entries["tmsmeta.effects.MEASURES"] for name in MEASURES)
    with pytest.raises(LookupError, match="has no words"):
        pages.entry("tmsmeta.pooling.profiles.NOBODY", (1, 2))


def test_every_option_with_a_formula_of_its_own_is_named() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for names in (TWO_ARM_MODELS, FORMULAS, contributions.METHODS, node_split.METHODS, get_args(JointInterval)):
        assert [name for name in names if f"`{name}`" not in pages] == []
    assert [name for name in tau2.METHODS if name != "FE" and f"`{name}`" not in pages] == []
    assert [name for name in trimfill.MISSING_STUDIES if f"{name[0]}_{name[1:]}" not in pages] == []


def functions(name: str) -> list[object]:
    """Public functions of this name."""
    return [value for full, value in public().items() if full.split(".")[-1] == name]


@cache
def public() -> dict[str, object]:
    from pages import GROUPS, names_of

    found = {}
    for group in GROUPS:
        for full in names_of(group):
            module, _, name = full.rpartition(".")
            found[full] = getattr(importlib.import_module(module), name)
    return found


def test_every_comparison_with_another_program_is_counted_or_set_apart() -> None:
    found = set()
    for path in (CHECKOUT / "tests" / "reference").glob("test_reference_*.py"):
        if path.stem != "test_reference_r_scripts":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
            found |= {agreement.name_of(path.stem, name) for name in names if name.startswith("test_")}
    assert found == set(agreement.TESTS) | agreement.APART
    assert not set(agreement.TESTS) & agreement.APART


def test_differences_are_relative_but_near_zero() -> None:
    assert agreement.difference([1.1, 2.0], [1.0, 2.0], 1e-8, 0.0) == (2, pytest.approx(0.1))
    assert agreement.difference([1e-15, 2.0], [0.0, 2.0], 1e-8, 1e-10) == (2, pytest.approx(1e-13))
    assert agreement.difference([1e-5], [0.9e-5], 1e-8, 5e-12) == (1, pytest.approx(1 / 9))
    assert agreement.difference([1e-9], [0.0], 1e-8, 1e-8) == (1, pytest.approx(1e-9))
    assert agreement.difference([float("nan"), 3.0], [float("nan"), 3.0], 1e-8, 0.0) == (1, 0.0)
