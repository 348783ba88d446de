"""The package as a whole: one version, names that resolve, a fast import, imports in one direction."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import networkx as nx
import pytest
from conftest import CHECKOUT

import tmsmeta

PACKAGE = CHECKOUT / "tmsmeta"
HEAVY = ("numpy", "scipy", "pandas", "matplotlib", "statsmodels", "networkx", "pandera", "formulaic", "typer", "jinja2")
# Each name imports only from those before it.
ORDER = [
    "errors",
    "provenance",
    "words",
    "tables",
    "effects",
    "pooling",
    "models",
    "robustness",
    "absolute",
    "networks",
    "review",
    "figures",
    "report",
    "cli",
]


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = re.search(r"^version: (\S+)$", (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert citation is not None
    assert tmsmeta.__version__ == project["version"] == citation.group(1)
    entries = re.findall(
        r"^## \[(.+)\] - (\S+)$", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [version for version, _ in entries] == [tmsmeta.__version__, "0.1.0"]
    released = re.search(
        r"^date-released: (\S+)$", (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert released is not None
    assert entries[0][1] == released.group(1)
    for notebook in (CHECKOUT / "notebooks").glob("*.ipynb"):
        named = re.findall(r"Computed with tmsmeta ([\d.]+)\.", notebook.read_text(encoding="utf-8"))
        assert set(named) <= {tmsmeta.__version__}, notebook.name


@pytest.mark.parametrize("name", tmsmeta.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    value = getattr(tmsmeta, name)
    assert inspect.getdoc(value)


def test_every_public_package_resolves_when_it_is_the_first_name_used() -> None:
    code = """
import importlib, sys, types
import tmsmeta
names = [name for name in tmsmeta.__all__ if isinstance(getattr(tmsmeta, name, None), (types.ModuleType, type(None)))]
for name in names:
    for loaded in [m for m in sys.modules if m.split(".")[0] == "tmsmeta"]:
        del sys.modules[loaded]
    getattr(importlib.import_module("tmsmeta"), name)
print(*names)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"reconstruct", "intervals", "counts", "profiles"} <= set(done.stdout.split())


def test_no_lazy_name_is_that_of_a_module_beside_it() -> None:
    """Importing the module would put it in the place of the name, with older versions of lazy_loader."""
    hidden = [
        f"{stub.parent.relative_to(PACKAGE)}: {name}"
        for stub in PACKAGE.rglob("__init__.pyi")
        for name in re.findall(r"^from \.\S+ import (\w+)", stub.read_text(encoding="utf-8"), re.MULTILINE)
        if (stub.parent / f"{name}.py").exists()
    ]
    assert hidden == []


def test_importing_tmsmeta_imports_nothing_heavy() -> None:
    code = f"import sys, tmsmeta; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_network_is_a_function_and_networks_a_package() -> None:
    assert inspect.isfunction(tmsmeta.network)
    assert tmsmeta.networks.rank is tmsmeta.rank


def test_import_paths_of_the_first_version_still_work() -> None:
    """In a fresh process: what has been imported before must not decide."""
    code = """
import warnings
warnings.simplefilter("error")
import tmsmeta, tmsmeta.counts, tmsmeta.evidence, tmsmeta.heterogeneity.estimators
from tmsmeta.claims import Ledger
assert tmsmeta.counts is tmsmeta.models.counts and tmsmeta.evidence is tmsmeta.review
assert Ledger is tmsmeta.Ledger
from tmsmeta.network.ranking import Ranking
assert Ranking is tmsmeta.Ranking and not hasattr(tmsmeta.network, "rank")
try:
    from tmsmeta.network import rank
except DeprecationWarning as warning:
    assert "import it from tmsmeta.networks" in str(warning)
else:
    raise AssertionError("no warning")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def imported(path: Path) -> set[str]:
    """Names of the package that a file imports, for type checking too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tmsmeta."):
            found.add(node.module.split(".")[1])
        if isinstance(node, ast.ImportFrom) and node.module == "tmsmeta":
            found.update(alias.name for alias in node.names if alias.name != "__version__")
    return found


def test_the_package_has_the_names_of_its_design() -> None:
    apart = {"__init__", "__main__", "__pycache__", "_data", "py"}
    assert {path.name.split(".")[0] for path in PACKAGE.iterdir()} - apart == set(ORDER)


def test_names_import_only_from_those_above_them() -> None:
    backward = []
    for path in sorted(PACKAGE.rglob("*.py")):
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if here in ORDER:
            later = {m for m in imported(path) if ORDER.index(m) > ORDER.index(here)}
            backward += [f"{path.relative_to(PACKAGE)} imports {m}" for m in sorted(later)]
    assert backward == []


def module_graph() -> nx.DiGraph:
    """Every module of the package and those it imports: at its head, inside functions, and for type checking alone."""
    parts = {p: p.relative_to(CHECKOUT).with_suffix("").parts for p in PACKAGE.rglob("*.py")}
    files = {".".join(names).removesuffix(".__init__"): path for path, names in parts.items()}
    graph = nx.DiGraph()
    for name, path in files.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                found = [module if module in files else node.module for module in inner]
            graph.add_edges_from((name, module) for module in found if module in files)
    return graph


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports inside functions and for type checking count."""
    graph = module_graph()
    assert graph.has_edge("tmsmeta.pooling.fit", "tmsmeta.pooling.result")
    circles = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    assert circles == []


def test_the_readme_says_what_the_main_analysis_gives() -> None:
    pooled = tmsmeta.load_review().pool("response")
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    low, high = pooled.ratio_ci  # type: ignore[misc]
    assert f"{pooled.k} trials, pooled risk ratio {pooled.ratio:.2f} ({low:.2f} to {high:.2f})" in readme
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (CHECKOUT / target).exists(), f"README points to {target}, which is not there"
