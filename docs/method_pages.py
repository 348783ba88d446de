"""Rows of the package's tables of methods, and the sources of its functions, as the pages on methods show them."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import Markdown
from pages import GROUPS, MADE, names_of

import tmsmeta
from tmsmeta.words.methods import Method

TABLES: Mapping[str, str] = {
    "ESTIMATORS": "pooling.heterogeneity",
    "MEASURES": "effects.measures",
    "INTERVAL_METHODS": "pooling.interval_methods",
    "PREDICTION_METHODS": "pooling.interval_methods",
    "TAU2_INTERVALS": "pooling.interval_methods",
    "I2_METHODS": "pooling.interval_methods",
}
"""Tables of methods that pages print whole, with the module of each."""
CHECKOUT = Path(tmsmeta.__file__).parents[1]
TESTS = CHECKOUT / "tests"
REFERENCE = TESTS / "reference"


def table_of(name: str) -> Mapping[str, Method]:
    """A table of the package by its name in :data:`TABLES`."""
    found: Mapping[str, Method] = getattr(__import__(f"tmsmeta.{TABLES[name]}", fromlist=[name]), name)
    return found


def methods(name: str, **only: Any) -> Markdown:
    """Every row of a table, or those whose fields have the values of `only`: formula, source, assumptions, limits."""
    rows = [row for row in table_of(name).values() if all(getattr(row, key) in wanted for key, wanted in only.items())]
    return Markdown("\n\n".join(_row(row) for row in rows))


def sources(*functions: Any) -> Markdown:
    """Where functions are described, where their code is, and what their docstrings cite."""
    return Markdown("\n".join(f"- {_source(function)}" for function in functions))


def references(function: Any) -> str:
    """The ``References`` of a docstring, or its ``Source``, as one line; empty without."""
    told = inspect.getdoc(function) or ""
    found = re.search(r"References:\n((?:[ ]{4}.*\n?|\n)+)", told) or re.search(r"^Source: ((?:.+\n?)+)", told, re.M)
    return _code(" ".join(found[1].split())) if found else ""


def place(function: Any) -> str:
    """The file of a function within the checkout."""
    return Path(inspect.getsourcefile(inspect.unwrap(function)) or "").relative_to(CHECKOUT).as_posix()


def listed(rows: Iterable[tuple[str, ...]], *heads: str) -> Markdown:
    """A table in Markdown."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return Markdown("\n".join(f"| {' | '.join(cell.replace('|', '-') for cell in line)} |" for line in lines))


def reference(name: str) -> dict[str, Any]:
    """Reference results that the tests compare with, by the name of their file."""
    found: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return found


def agreement() -> pd.DataFrame:
    """What the tests against other programs compare; run again where they or the library changed since the last build.

    One row per program and quantity: ``program quantity numbers largest where``.
    """
    kept = MADE / "agreement.csv"
    read = [*(CHECKOUT / "tmsmeta").rglob("*.py"), *TESTS.glob("*.py"), *REFERENCE.iterdir()]
    if not kept.is_file() or kept.stat().st_mtime < max(path.stat().st_mtime for path in read):
        left_out = f"--ignore={REFERENCE / 'test_reference_r_scripts.py'}"  # they run R, which need not be there
        command = [sys.executable, "-m", "pytest", "-q", "-p", "agreement", "-p", "no:cacheprovider", left_out]
        paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [*command, str(REFERENCE)],
            cwd=MADE,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        if done.returncode:
            raise RuntimeError(f"The tests against other programs failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return pd.read_csv(kept, keep_default_na=False)


def mutants() -> pd.DataFrame:
    """The faults that were drawn and put into the code, and for those that no test noticed: why, or since which test.

    One row per fault: ``seed area file line code becomes result by why``.
    """
    found = pd.read_csv(TESTS / "mutants" / "found.csv", keep_default_na=False)
    read = {name: tomllib.loads((TESTS / "mutants" / f"{name}.toml").read_text(encoding="utf-8"))["mutant"]
            for name in ("equivalent", "by_hand")}  # fmt: skip
    whole = {(e["file"], e["code"], e["becomes"]): f"No result can tell: {e['why']}." for e in read["equivalent"]}

    def why(row: Any) -> str:
        if row.result not in ("survived", "equivalent"):
            return ""
        here = [e for e in read["by_hand"] if e["file"] == row.file]
        since = [e for e in here if row.code.replace(_line(e["before"]), _line(e["after"])) == row.becomes]
        noticed = f"Noticed since by `{since[0]['tests'][0]}`." if since else "A gap that is left."
        if row.code not in (TESTS.parent / row.file).read_text(encoding="utf-8"):
            noticed = "The code has gone since."
        return whole.get((row.file, row.code, row.becomes), noticed)

    return found.assign(why=[why(row) for row in found.itertuples()])


def _line(code: str) -> str:
    return code.strip().partition("\n")[0]


def _row(row: Method) -> str:
    code = next((value for value in vars(row).values() if inspect.isfunction(value)), None)
    parts = [
        f":::{{card}} `{row.name}`: {row.label}",
        f"$${row.latex}$$",
        f"**Source.** {_code(row.reference)}.",
        f"**Assumes.** {row.assumes}",
        f"**Not when.** {row.avoid}",
        f"**In the code.** `{place(code)}`, `{code.__name__}`." if code else "",
    ]
    return "\n\n".join(filter(None, parts)) + "\n:::"


def _source(function: Any) -> str:
    name = f"tmsmeta.{function.__name__}" if hasattr(tmsmeta, function.__name__) else _full_name(function)
    cited = references(function)
    return f"{{py:obj}}`{name}` (`{place(function)}`){': ' + cited if cited else ''}"


def _full_name(function: Any) -> str:
    return next(name for group in GROUPS for name in names_of(group) if name.endswith(f".{function.__name__}"))


def _code(text: str) -> str:
    return text.replace("``", "`").replace("(above)", "").strip()
