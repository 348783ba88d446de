"""What the commands share: one message for what went wrong, JSON, tables, a progress bar."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import typer
from rich.box import HEAVY_HEAD, SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tmsmeta.cli.blocks import OPEN, blocks
from tmsmeta.errors import TmsmetaError
from tmsmeta.words.signs import printable, typographic

if TYPE_CHECKING:
    from tmsmeta.words.tables import ReaderTable

P = ParamSpec("P")
T = TypeVar("T")
FAULT = 2
INTERRUPTED = 130
"""What a shell gives for a command that Ctrl-C ended."""
WIDTH = 80
_RULED: dict[str, Any] = {"box": HEAVY_HEAD}
_PLAIN: dict[str, Any] = {"box": None}
_OPEN: dict[str, Any] = {"box": SIMPLE_HEAD, "show_edge": False, "pad_edge": False, "padding": (0, 1, 0, 0)}


def guarded(command: Callable[P, T]) -> Callable[P, T]:
    """Turn an error that tmsmeta raises on purpose into one message on stderr and exit code 2.

    So are refusals of the system, such as that of a full disk under stdout, and Ctrl-C with the exit code 130 of it. A
    reader that closes the pipe early, as ``head`` does, has seen enough: that is no error.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        import logging  # a hundredth of a second that --help does without

        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # fonts it cannot list are no concern
        try:
            done = command(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_stdout()
            raise typer.Exit from None
        except TmsmetaError as error:
            note(f"tmsmeta: {error}")
            raise typer.Exit(FAULT) from None
        except OSError as error:
            note(f"tmsmeta: {error.filename or 'The results'} cannot be written or read: {error.strerror or error}.")
            _let_go_of_stdout()
            raise typer.Exit(FAULT) from None
        except KeyboardInterrupt:
            note("tmsmeta: interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        return done

    return run


def _let_go_of_stdout() -> None:
    """Where stdout takes nothing more, what is still in its buffer must go elsewhere when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(value: Any) -> None:
    """JSON on stdout; nothing else goes there when it is asked for."""
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


class _Pipe(Console):
    """A console that leaves a closed pipe to :func:`guarded`."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _Aside(Console):
    """A console on stderr that goes silent where nobody reads it."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


def console() -> Console:
    """Where tables go: as wide as the terminal, or as COLUMNS says; 80 columns where neither is known."""
    return _Pipe(highlight=False, width=shutil.get_terminal_size((WIDTH, 24)).columns)


def show_reader_table(table: ReaderTable) -> None:
    """A table with its title and notes on the console."""
    show_table(table.title, table.head, table.rows, right=table.right)
    for text in table.notes:
        say(text)


def show_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = (), plain: bool = False
) -> None:
    """A table on the console, without rules if `plain`; texts are shown as they are, never read as markup.

    A table that is wider than the console goes without rules between its columns if that makes it fit; else it comes
    in blocks one below the other, each with the first column.
    """
    out = console()
    head, lines, numbers = [_set(name) for name in head], [[_set(cell) for cell in row] for row in rows], set(right)
    if title:
        out.print(Text(_set(title), style="bold"))
    parts, look = blocks(head, lines, numbers, out.width), _PLAIN if plain else _RULED
    if len(parts) > 1 and not plain:
        narrow = blocks(head, lines, numbers, out.width, OPEN)
        parts, look = (narrow, _OPEN) if len(narrow) == 1 else (parts, look)
    for block in parts:
        shown = Table(header_style="bold", **look)
        for place, width in block.items():
            side: Literal["left", "right"] = "right" if place in numbers else "left"
            shown.add_column(Text(head[place]), justify=side, overflow="fold", width=width)
        for line in lines:
            shown.add_row(*(Text(line[place]) for place in block))
        out.print(shown)


def say(text: str) -> None:
    """A line of text on the console, wrapped to its width."""
    console().print(Text(_set(text)))


def _set(text: str) -> str:
    """The signs of print, where stdout can show them, and none that steer the terminal."""
    text = printable(text)
    shown = typographic(text)
    try:
        shown.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return text
    return shown


def note(text: str) -> None:
    """A message beside the results, on stderr, so that stdout holds results alone; a terminal gets it in its width."""
    text = printable(text)
    if sys.stderr.isatty():
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        lines = [fill(line, width, subsequent_indent="    ", break_on_hyphens=False) for line in text.splitlines()]
        text = "\n".join(lines)
    with suppress(OSError):  # results do not depend on who reads what is said beside them
        print(text, file=sys.stderr)


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr; calling what it gives names the part that begins."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=_Aside(stderr=True), transient=False) as bar:
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
