"""What a step of the release check found: passed, failed or not run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """One line of the report."""

    word: str
    step: str
    detail: str

    def __str__(self) -> str:
        return f"{self.word:8} {self.step}: {self.detail}"


class Failed(Exception):
    """What was checked is not as it must be."""


class NotRun(Exception):
    """The machine or its package index cannot give what the step needs."""


def tried(name: str, step: Callable[..., Iterable[Any]], *arguments: Any) -> Iterator[Outcome]:
    """The outcomes of one step, which yields a detail for each thing that passed, or an outcome of its own."""
    try:
        for found in step(*arguments):
            yield found if isinstance(found, Outcome) else Outcome("passed", name, found)
    except Failed as error:
        yield Outcome("failed", name, str(error))
    except NotRun as error:
        yield Outcome("not run", name, str(error))


def summary(outcomes: list[Outcome]) -> str:
    """How many passed, failed and were not run."""
    count = {word: sum(o.word == word for o in outcomes) for word in ("passed", "failed", "not run")}
    return ", ".join(f"{number} {word}" for word, number in count.items())


def run(*command: str | Path, cwd: Path | None = None, error: type[Exception] = Failed, **more: str) -> str:
    """What a command prints; `error` with its last lines if it ends with anything but 0.

    Nothing of this checkout is seen by it: PYTHONPATH is taken away.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | more
    try:
        done = subprocess.run(
            [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as problem:
        raise error(f"{command[0]} cannot be started ({problem.strerror})") from problem
    if done.returncode:
        last = " | ".join((done.stdout + "\n" + done.stderr).strip().splitlines()[-4:])
        raise error(
            f"`{' '.join(Path(str(part)).name for part in command[:4])} ...` ended with {done.returncode}: {last}"
        )
    return done.stdout
