"""What the commands share: one message for what went wrong, JSON, tables, a progress bar."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import typer
from rich.box import HEAVY_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tmsmeta.errors import TmsmetaError

P = ParamSpec("P")
T = TypeVar("T")
FAULT = 2


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Turn an error that tmsmeta raises on purpose into one message on stderr and exit code 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except TmsmetaError as error:
            print(f"tmsmeta: {error}", file=sys.stderr)
            raise typer.Exit(FAULT) from None

    return run


def print_json(value: Any) -> None:
    """JSON on stdout; nothing else goes there when it is asked for."""
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def console() -> Console:
    """Where tables go: as wide as the terminal, or as COLUMNS says in a pipe."""
    return Console(highlight=False, width=shutil.get_terminal_size((100, 24)).columns)


def show_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = (), plain: bool = False
) -> None:
    """A table on the console, without rules if `plain`; texts are shown as they are, never read as markup."""
    numbers = set(right)
    box = None if plain else HEAVY_HEAD
    heading = Text(title) if title else None
    shown = Table(title=heading, title_justify="left", header_style="bold", title_style="bold", box=box)
    for position, name in enumerate(head):
        shown.add_column(Text(name), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console().print(shown)


def say(text: str) -> None:
    """A line of text on the console, wrapped to its width."""
    console().print(Text(text))


def note(text: str) -> None:
    """A message beside the results, on stderr, so that stdout holds results alone."""
    print(text, file=sys.stderr)


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr; calling what it gives names the part that begins."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=False) as bar:
        task = bar.add_task("", total=total)
        begun = False

        def step(name: str) -> None:
            nonlocal begun
            if begun:
                bar.advance(task)
            begun = True
            bar.update(task, description=name)

        yield step
        bar.update(task, completed=total, description="done")
