"""A pool on the command line imports what it computes with, and nothing that takes long besides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT

HEAVY = (
    *("pandera", "statsmodels", "matplotlib", "networkx", "formulaic", "jinja2"),
    *("scipy.stats", "scipy.optimize", "numpy.f2py.crackfortran"),
)
CODE = """
import json, sys
if __name__ == "__main__":
    from tmsmeta.cli import main
    from tmsmeta.report import second_process
    second_process._processors = lambda: 2
    sys.argv = ["tmsmeta", *sys.argv[1:]]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    print(json.dumps(sorted(sys.modules)))
"""


def _modules(folder: Path, *arguments: str) -> set[str]:
    """What a command had imported at its end; started from a file, as a second process asks for."""
    script = folder / "command.py"
    script.write_text(CODE)
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("own", [True, False])
def test_a_pool_imports_nothing_heavy(tmp_path: Path, own: bool) -> None:
    (tmp_path / "x.csv").write_text("study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n")
    arguments = [str(tmp_path / "x.csv")] if own else []
    modules = _modules(tmp_path, "pool", *arguments)
    assert [name for name in HEAVY if name in modules] == []
    assert own or "tmsmeta.review.checks.whole_folder" not in modules
    assert "tmsmeta.pooling.r_script" not in modules


def test_a_run_leaves_what_draws_to_the_process_that_draws(tmp_path: Path) -> None:
    assert "matplotlib" not in _modules(tmp_path, "run", str(CHECKOUT / "examples/bcg"), "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "forest_tuberculosis.svg").is_file()


def test_what_loads_when_it_is_used_is_whole_then() -> None:
    code = "from tmsmeta.report.process import settle; settle(); import numpy.f2py; print(numpy.f2py.run_main.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "run_main\n"
