"""Run the notebooks from a clean kernel and keep their outputs, or compare the outputs with those that are kept.

    python notebooks/run.py              run all and write
    python notebooks/run.py 03 06        run those whose name starts so
    python notebooks/run.py --check      run all, write nothing, fail where a printed output differs

A notebook with a file of its name in ``notebooks/sources`` is built from it first: a Python file in which ``# %%``
starts a cell and ``# %% [markdown]`` a text.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
TIMEOUT = 600


def names(starts: tuple[str, ...] = ()) -> list[str]:
    """Names of the notebooks, built or not, that start with one of `starts`."""
    found = {path.stem for path in HERE.glob("*.ipynb")} | {path.stem for path in (HERE / "sources").glob("*.py")}
    return sorted(name for name in found if not starts or name.startswith(starts))


def build(name: str) -> NotebookNode:
    """The notebook without outputs: from its source, or as it is kept."""
    source = HERE / "sources" / f"{name}.py"
    if not source.is_file():
        return nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    cells = []
    for number, (kind, text) in enumerate(split(source.read_text(encoding="utf-8"))):
        cell = nbformat.v4.new_markdown_cell(text) if kind == "markdown" else nbformat.v4.new_code_cell(text)
        cell["id"] = f"cell-{number:02d}"
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": dict(KERNEL)})


def split(text: str) -> Iterator[tuple[str, str]]:
    """The cells of a source: kind and text."""
    for part in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            yield "markdown", "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().split("\n"))
        else:
            yield "code", body.strip()


def execute(notebook: NotebookNode) -> NotebookNode:
    """The notebook run from a clean kernel in its own folder."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    resources = {"metadata": {"path": str(HERE)}}
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=TIMEOUT, resources=resources, record_timing=False
    )
    client.execute()
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def printed(notebook: NotebookNode) -> list[str]:
    """Everything that the cells print or answer with, as text, cell by cell."""
    return ["".join(_texts(cell)) for cell in notebook.cells if cell.cell_type == "code"]


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text if output.name == "stdout" else f"[{output.name}] {output.text}"
        elif output.output_type == "error":
            yield f"[error] {output.ename}: {output.evalue}"
        elif "image/png" in output.data or "image/svg+xml" in output.data:
            yield "[figure]\n"
        else:
            yield output.data.get("text/plain", "") + "\n"


def differences(name: str) -> list[str]:
    """Run a notebook and compare what it prints with what is kept; empty where nothing differs."""
    kept = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    fresh = build(name)
    if [cell.source for cell in fresh.cells] != [cell.source for cell in kept.cells]:
        return [f"{name}: the notebook is not the one its source makes; run notebooks/run.py {name}"]
    before, after = printed(kept), printed(execute(fresh))
    return [
        f"{name}, code cell {number}:\n--- kept\n{old}\n--- now\n{new}"
        for number, (old, new) in enumerate(zip(before, after, strict=True), start=1)
        if old != new
    ]


def main(arguments: list[str]) -> int:
    """Run what was asked for."""
    check = "--check" in arguments
    failed = False
    for name in names(tuple(argument for argument in arguments if not argument.startswith("-"))):
        print(name, flush=True)
        if check:
            found = differences(name)
            failed |= bool(found)
            print("\n".join(found), end="\n" if found else "")
        else:
            nbformat.write(execute(build(name)), HERE / f"{name}.ipynb")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
