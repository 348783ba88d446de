"""The package as a whole: one version, names that resolve, a fast import, imports in one direction."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import CHECKOUT

import tmsmeta

PACKAGE = CHECKOUT / "tmsmeta"
HEAVY = ("numpy", "scipy", "pandas", "matplotlib", "statsmodels", "networkx", "pandera", "formulaic", "typer", "jinja2")
# Each module imports only from those before it; those on one line are at the same height.
ORDER = [
    "errors",
    "provenance",
    "evidence",
    "intervals",
    "reconstruct",
    "effects",
    "heterogeneity",
    "pooling",
    "counts",
    "profiles",
    "regression",
    "sensitivity",
    "smallstudy",
    "absolute",
    "batch",
    "network",
    "claims",
    "figures",
    "report",
    "cli",
]


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = re.search(r"^version: (\S+)$", (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert citation is not None
    assert tmsmeta.__version__ == project["version"] == citation.group(1)


@pytest.mark.parametrize("name", tmsmeta.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    value = getattr(tmsmeta, name)
    assert inspect.getdoc(value)


def test_importing_tmsmeta_imports_nothing_heavy() -> None:
    code = f"import sys, tmsmeta; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_network_is_a_function_and_a_package() -> None:
    assert callable(tmsmeta.network)
    from tmsmeta import network

    assert network.rank is tmsmeta.rank  # type: ignore[attr-defined]


def imported(path: Path) -> set[str]:
    """Top-level modules of the package that a file imports, except for type checking only."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tmsmeta."):
            found.add(node.module.split(".")[1])
        if isinstance(node, ast.ImportFrom) and node.module == "tmsmeta":
            found.update(alias.name for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_modules_import_only_from_those_above_them() -> None:
    backward = []
    for path in sorted(PACKAGE.rglob("*.py")):
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if here in ORDER:
            later = {m for m in imported(path) if m in ORDER and ORDER.index(m) > ORDER.index(here)}
            backward += [f"{path.relative_to(PACKAGE)} imports {m}" for m in sorted(later)]
    assert backward == []


def test_the_readme_says_what_the_main_analysis_gives() -> None:
    from tmsmeta.reproduce import standard_analyses

    pooled = standard_analyses(tmsmeta.load_evidence(), "response")[0].results["RR"]
    assert isinstance(pooled, tmsmeta.PooledEffect)
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    low, high = pooled.ratio_ci  # type: ignore[misc]
    assert f"{pooled.k} trials, pooled risk ratio {pooled.ratio:.2f} ({low:.2f} to {high:.2f})" in readme
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (CHECKOUT / target).exists(), f"README points to {target}, which is not there"
