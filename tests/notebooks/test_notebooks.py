"""Every notebook runs from a clean kernel and prints what the committed one prints."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_notebooks", NOTEBOOKS / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = _load()
NAMES = run.names()


def test_there_is_a_notebook_for_each_question() -> None:
    assert [name[:2] for name in NAMES] == [f"{number:02d}" for number in range(1, len(NAMES) + 1)]


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_what_is_committed(name: str) -> None:
    assert run.differences(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_with_outputs_and_without_faults(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    pictures = [len(output.data["image/png"]) for output in outputs if "image/png" in output.get("data", {})]
    assert all(size < 400_000 for size in pictures), "figures in notebooks are to be of modest size"


@pytest.mark.parametrize("name", [path.stem for path in sorted((NOTEBOOKS / "sources").glob("*.py"))])
def test_no_cell_does_arithmetic_on_typed_numbers(name: str) -> None:
    """Numbers come from the library; a cell that adds or divides typed numbers would be a source of its own."""
    cells = [text for kind, text in run.split((NOTEBOOKS / "sources" / f"{name}.py").read_text()) if kind == "code"]
    assert cells
    for text in cells:
        assert not re.search(r"\b\d+(?:\.\d+)?\s*[-+*/]\s*\d", re.sub(r'"""(?:.|\n)*?"""|"[^"\n]*"', "", text)), text


def test_the_steps_are_computed_beside_what_the_library_gives() -> None:
    """Weights, Q, tau2, both intervals and the prediction interval, by plain arithmetic and by the library."""
    notebook = nbformat.read(NOTEBOOKS / "10_step_by_step.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "\n".join(output.text for output in outputs if output.output_type == "stream")
    pairs = re.findall(r"by hand (\S+?)(?: to (\S+?))?[,;]?\s+by the library (\S+?)(?: to (\S+?))?[,%]?(?:\s|$)", printed)
    assert len(pairs) >= 7
    for hand, hand_high, library, library_high in pairs:
        assert (hand.rstrip("%"), hand_high) == (library.rstrip("%"), library_high)
    assert "True True" in printed
    assert "h = 1.000" in printed  # Paule-Mandel chooses tau2 so
    tables = [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert any("Hartung-Knapp" in table and "low by hand" in table for table in tables)
