"""The documentation as its readers get it, built once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser.conftest import axe, browser

__all__ = ["axe", "browser", "built"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the pages; a page whose cells fail, or a link that leads nowhere, ends the build.

    ``TMSMETA_DOCS`` names a folder in which they are built already, for work on the tests.
    """
    if given := os.environ.get("TMSMETA_DOCS"):
        return Path(given)
    pytest.importorskip("myst_nb", reason="the documentation is built where its extra is installed")
    out = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--builder", "html"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return out
