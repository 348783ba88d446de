"""A pool on the command line imports what it computes with, and nothing that takes long besides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandera", "statsmodels", "matplotlib", "networkx", "formulaic", "jinja2", "scipy.stats", "scipy.optimize")
EXAMPLE = Path(__file__).parents[2] / "examples" / "bcg"
CODE = """
import sys, json
from tmsmeta.cli import main
sys.argv = ["tmsmeta", "pool", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("own", [True, False])
def test_a_pool_imports_nothing_heavy(tmp_path: Path, own: bool) -> None:
    (tmp_path / "x.csv").write_text("study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n")
    arguments = [str(tmp_path / "x.csv")] if own else []
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert [name for name in HEAVY if name in modules] == []
    assert own or "tmsmeta.review.checks.whole_folder" not in modules
    assert "tmsmeta.pooling.r_script" not in modules


RUN = """
import json, sys
if __name__ == "__main__":
    from tmsmeta.cli import main
    from tmsmeta.report import drawing
    drawing._processors = lambda: 2
    sys.argv = ["tmsmeta", "run", *sys.argv[1:]]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    print(json.dumps(sorted(sys.modules)))
"""


def test_a_run_leaves_what_draws_to_the_process_that_draws(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    arguments = [str(script), str(EXAMPLE), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    assert "matplotlib" not in json.loads(done.stdout.splitlines()[-1])
    assert (tmp_path / "out" / "forest_tuberculosis.svg").is_file()
