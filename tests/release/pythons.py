"""The Pythons of this machine, and environments made of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import rmtree, which

from outcome import Failed, NotRun, run

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
TESTING = ("pytest>=8.0", "hypothesis>=6.100", "mpmath>=1.3", "jsonschema>=4.21", "pyarrow>=14.0")


def interpreter(version: str) -> Path:
    """A Python of this version that starts: on PATH, of pyenv, or one that uv has or can fetch."""
    for candidate in _candidates(version):
        if _answers(candidate) == version:
            return Path(candidate)
    raise NotRun(f"no Python {version} on PATH, in pyenv or to be had from uv on this machine")


def _candidates(version: str) -> list[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))]
    if (uv := which("uv")) is not None:
        told = subprocess.run([uv, "python", "find", version], capture_output=True, text=True, check=False)
        found.append(told.stdout.strip())
    return [candidate for candidate in found if candidate]


def _answers(candidate: str) -> str:
    """The version that a command says it is; nothing if it does not start (pyenv leaves commands that do not)."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([candidate, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def environment(place: Path, python: str | Path, *packages: str | Path, error: type[Exception] = Failed) -> Path:
    """An environment with these packages and nothing else, made anew; the folder of its commands.

    `error` is raised where they cannot be installed: what is to be shipped must be, a tool may be missing.
    """
    rmtree(place, ignore_errors=True)
    run(python, "-m", "venv", place)
    bin_ = place / "bin"
    if packages:
        run(bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages, error=error)
    return bin_
