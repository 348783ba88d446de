"""Print the requirements of a run on the lowest versions that pyproject.toml allows: each floor, pinned.

Usage: ``python tests/lowest.py > requirements.txt``, as ``make test-lowest`` does. Packages that the tests alone need
are pinned too; tools that check the code are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

CHECKERS = ("mypy", "pandas-stubs", "ruff", "scipy-stubs", "types-networkx", "playwright", "build")
EXTRAS = ("notebooks", "parquet", "dev")


def pinned() -> Iterator[str]:
    """Every requirement as ``name==floor``; one without a floor stays as it is."""
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *(r for extra in EXTRAS for r in project["optional-dependencies"][extra])]
    for requirement in wanted:
        name = re.split(r"[\[><=~ ]", requirement)[0]
        if name != project["name"] and name not in CHECKERS:
            yield re.sub(r">=([\w.]+).*", r"==\1", requirement)


if __name__ == "__main__":
    print("\n".join(pinned()))
