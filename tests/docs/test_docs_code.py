"""Code in the documentation runs: as a cell when its page is built, or here; commands that are named exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BESIDE = [path for name in ("README.md", "CONTRIBUTING.md") if (path := ROOT / name).is_file()]
OURS = {
    "python",
    "py",
    "python3",
    "pycon",
    "ipython",
    "ipython3",
    "sh",
    "bash",
    "shell",
    "console",
    "zsh",
    "code",
    "code-block",
}
"""Languages of a fence that a reader takes for code that runs here."""


class Block(NamedTuple):
    """A fenced block: its file and line, what stands behind the fence, and its text."""

    path: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}, line {self.line}"


def pages() -> list[Path]:
    """Every page that is written by hand."""
    made = ("made", "_build", "jupyter_execute")
    return [p for p in sorted(DOCS.rglob("*.md")) if not set(made) & set(p.relative_to(DOCS).parts)]


def blocks(path: Path) -> Iterator[Block]:
    fence, language, start, lines = "", "", 0, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        opened = re.match(r"\s*(`{3,}|~{3,})\s*(\S*)", line)
        if not fence and opened:
            fence, language, start, lines = opened[1], opened[2].strip("{}"), number, []
            kind = opened[2]
        elif fence and line.strip() == fence:
            yield Block(path, start, "code-cell" if kind == "{code-cell}" else language, "\n".join(lines))
            fence = ""
        else:
            lines.append(line)


def every_block() -> list[Block]:
    return [block for path in (*pages(), *BESIDE) for block in blocks(path)]


def test_python_and_shell_on_a_page_are_cells() -> None:
    found = [b.place for b in every_block() if b.path.is_relative_to(DOCS) and b.language in OURS]
    assert found == [], "write it as a {code-cell} (shell with `!tmsmeta ...`), so that it runs when the page is built"


def test_cells_that_are_shown_are_as_wide_as_a_page() -> None:
    cells = [block for block in every_block() if block.language == "code-cell" and "tags: [remove-" not in block.text]
    wide = [(b.place, line) for b in cells for line in b.text.splitlines() if len(line) > 92 and line[0] != "!"]
    assert wide == [], "92 columns fit; commands wrap by themselves"


def test_pages_with_cells_say_that_they_are_computed() -> None:
    cells = {block.path for block in every_block() if block.language == "code-cell"}
    silent = [p.name for p in cells if "file_format: mystnb" not in p.read_text(encoding="utf-8")[:200]]
    assert silent == [], "a page with cells starts with the front matter of docs/start/spreadsheet.md"


@pytest.mark.slow
@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.name)
def test_python_beside_the_pages_runs(path: Path, tmp_path: Path) -> None:
    for name in ("examples", "data"):  # what it may read of a checkout
        (tmp_path / name).symlink_to(ROOT / name)
    for block in blocks(path):
        if block.language in ("python", "py"):
            command = [sys.executable, "-c", block.text]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block.place}: {done.stderr[-2000:]}"


@cache
def options() -> dict[str, set[str]]:
    """The options of each command of ``tmsmeta``."""
    import typer

    from tmsmeta.cli.app import app

    group: Any = typer.main.get_command(app)
    return {
        name: {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        for name, command in group.commands.items()
    }


def commands(text: str) -> Iterator[list[str]]:
    """Calls of ``tmsmeta`` in a block, without comments and placeholders."""
    for line in text.replace("\\\n", " ").splitlines():
        if match := re.match(r"\s*[!$]?\s*(tmsmeta [a-z].*)", line):
            yield shlex.split(match[1], comments=True)


def faults(words: list[str]) -> Iterator[str]:
    _, name, *rest = words
    if name not in options():
        yield f"there is no command {name}"
        return
    for word in rest:
        if word.startswith("--") and word.split("=")[0] not in options()[name]:
            yield f"tmsmeta {name} has no option {word}"


def test_commands_within_a_sentence_exist() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (*pages(), *BESIDE)}
    named = [
        (p.name, shlex.split(words))
        for p, text in texts.items()
        for words in re.findall(r"`(tmsmeta [a-z][^`]*)`", text)
    ]
    assert [f"{page}: {fault}" for page, words in named for fault in faults(words)] == []
    assert len(named) > 10


def test_commands_and_options_that_are_named_exist() -> None:
    read = [block for block in every_block() if block.language in ("text", "", "code-cell", *OURS)]
    found = [f"{b.place}: {f}" for b in read for words in commands(b.text) for f in faults(words)]
    assert found == []
    assert sum(1 for b in read for _ in commands(b.text)) > 15


def test_a_command_that_does_not_exist_is_found() -> None:
    (wrong,) = commands("  !tmsmeta pool my.csv --no-such-option 3  # a comment")
    assert list(faults(wrong)) == ["tmsmeta pool has no option --no-such-option"]
    assert list(faults(["tmsmeta", "cook"])) == ["there is no command cook"]


def test_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = {path: path.read_text(encoding="utf-8") for path in (*pages(), *BESIDE)}
    named = {(p.name, t) for p, text in texts.items() for t in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)}
    assert {target for _, target in named} >= {"data", "test"}
    assert {(page, target) for page, target in named if target not in targets} == set()


def test_recording_on_the_page_is_what_make_data_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^data:.*\n\t\$\(BIN\)/python -m tmsmeta\.review\.record$", makefile, re.MULTILINE)
    assert "-m tmsmeta.review.record" in (DOCS / "audit" / "correct.md").read_text(encoding="utf-8")


def test_the_wheel_carries_the_library_and_its_data_alone() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert wheel == {"packages": ["tmsmeta"], "force-include": {"data": "tmsmeta/_data"}}
    inside = {
        path.suffix for path in (ROOT / "tmsmeta").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside & {".md", ".rst", ".ipynb", ".svg", ".png"} == set()
