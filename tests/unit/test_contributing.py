"""CONTRIBUTING names files, tables and targets that exist, and the rooms in the order of their imports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import CHECKOUT
from unit.test_package import ORDER

TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
TOP = "tmsmeta|tests|docs|data|notebooks|examples|benchmarks|.github"
SPANS = [
    " ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.M | re.S))
]
FILES = sorted({span for span in SPANS if re.fullmatch(rf"(?:{TOP})/[\w./-]*|[A-Z]+\.md|pyproject\.toml", span)})
ITEMS = re.findall(r"^- (.*?)(?=^- |^$)", TEXT, re.MULTILINE | re.DOTALL)


def _made(path: str) -> bool:
    return path.startswith("docs/_build")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_named_exists(name: str) -> None:
    assert _made(name) or (CHECKOUT / name).exists()


def test_the_files_are_found_in_the_text() -> None:
    assert len(FILES) > 50
    assert {"tests/definitions/tau2.py", "data/arms.csv", "README.md", ".github/SECURITY.md", "docs/learn/"} <= set(
        FILES
    )


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.split("\n")[0][:60])
def test_a_table_that_is_named_stands_in_a_file_of_its_item(item: str) -> None:
    spans = re.findall(r"`([^`]+)`", item)
    text = "\n".join(_text(CHECKOUT / span) for span in spans if span in FILES)
    for name in spans:
        if text and re.fullmatch(r"_?[A-Z][A-Z_]+", name):
            assert re.search(rf"\b{name}\b", text), name


def _text(path: Path) -> str:
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_target_that_is_named_exists_and_those_of_the_help_are_named() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("make ")]
    named = {target for line in lines for target in line.split()[1:]} | set(re.findall(r"`make ([\w-]+)`", TEXT))
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
    assert named <= targets
    helped = set(
        re.findall(r"make ([\w-]+)", MAKEFILE[MAKEFILE.index("help:") : MAKEFILE.index("$(VENV)/bin/python:")])
    )
    assert helped <= targets
    assert helped - named <= {"reproduce", "build"}  # for users, and for who releases


def test_the_rooms_stand_in_the_order_of_their_imports() -> None:
    table = TEXT[TEXT.index("| room | holds |") :].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == ORDER


def test_every_recipe_ends_with_the_tests_that_hold_it() -> None:
    recipes = re.split(r"^### ", TEXT[TEXT.index("## Recipes") :], flags=re.MULTILINE)[1:]
    assert len(recipes) == 7
    for recipe in recipes:
        last = recipe.strip().split("\n\n")[-1]
        assert re.search(r"`tests/[\w/]+\.py`", last), recipe.split("\n")[0]


def test_the_hooks_use_the_tools_that_are_set_up() -> None:
    hooks = (CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: (.*)", hooks)
    assert len(entries) == 4
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    assert all("--force-exclude" in entry for entry in entries if "ruff" in entry)
