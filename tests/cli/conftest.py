"""Running the command as a user does, and small tables to run it on."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tmsmeta.cli.app import app

TABLES = {
    "counts.csv": """study,events_t,n_t,events_c,n_c
Alpha,12,40,6,41
Beta,9,30,4,29
Gamma,0,25,2,25
Delta,20,60,11,58
""",
    "arms.csv": """study,treatment,events,n
S1,drug,12,40
S1,placebo,6,41
S2,drug,9,30
S2,usual,4,29
S3,usual,10,50
S3,placebo,8,50
S4,other,10,50
S4,usual,8,50
""",
    "ratios.csv": """study,ratio,ci_low,ci_high
A,1.5,0.9,2.5
B,2.0,1.1,3.64
C,1.2,0.7,2.06
""",
    "faulty.csv": """study,events_t,n_t,events_c,n_c
Alpha,50,40,6,41
Beta,-1,30,4,29
Alpha,3,25,2.5,25
Delta,x,60,11,58
""",
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout as JSON; NaN and infinity are no JSON."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is no JSON")

        return json.loads(self.out, parse_constant=refuse)

    def fails_with(self, *parts: str) -> None:
        """Assert a message on stderr that holds all `parts`, nothing on stdout, exit code 2 and no traceback."""
        assert self.code == 2
        assert self.out == ""
        assert "Traceback" not in self.err
        for part in parts:
            assert part in self.err


Run = Callable[..., Ran]


def run_command(*arguments: object) -> Ran:
    """Run ``tmsmeta`` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    # whatever the terminal or the test runner says
    wide = patch.dict(os.environ, COLUMNS=os.environ.get("TEST_COLUMNS", "100"))
    with wide, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as exit_:
        app([str(a) for a in arguments], prog_name="tmsmeta")
    return Ran(code=int(exit_.value.code or 0), out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a command and gives exit code, stdout and stderr."""
    return run_command


@pytest.fixture(scope="session", autouse=True)
def drawn_here() -> Iterator[None]:
    """The tests take all processors already: no command starts a second process for its figures, unless a test asks."""
    with patch("tmsmeta.report.second_process._processors", lambda: 1):
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the tables above."""
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
