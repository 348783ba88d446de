"""Draw the figures of a run in a second process, while the first one goes on computing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure that is to be drawn.

    Attributes:
        name: of its files, without ending.
        figure: a function of a module, which another process finds by its name.
        args: what the function takes; it returns None where there is nothing to draw.
        forms: the formats wanted.
        metadata: what the files tell about themselves.
        kept: whether the results keep its files, or the page alone shows it.
    """

    name: str
    figure: Callable[..., Any]
    args: tuple[Any, ...]
    forms: tuple[str, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    kept: bool = True

    @property
    def files(self) -> dict[str, str]:
        """Format by file name."""
        return {f"{self.name}.{form}": form for form in self.forms}


Files = dict[str, bytes]
"""Pictures by file name."""


def draw(drawings: Sequence[Drawing]) -> Files:
    """The files of some drawings, drawn here."""
    from tmsmeta.figures import to_bytes

    files: Files = {}
    for drawing in drawings:
        figure = drawing.figure(*drawing.args)
        if figure is not None:
            files |= {name: to_bytes(figure, form, drawing.metadata) for name, form in drawing.files.items()}
    return files


class _Answer(NamedTuple):
    files: Files
    warned: list[tuple[str, type[Warning]]]


class DrawingProcess:
    """A second process that draws, where the machine has a second processor; it ends with the ``with`` block.

    It loads what drawing needs while the caller computes. Whatever keeps it from answering (no room for a process, a
    figure that cannot be drawn), the caller draws for itself and meets the cause there.
    """

    def __enter__(self) -> Self:
        self._process: SpawnProcess | None = None
        if _processors() > 1 and not multiprocessing.current_process().daemon:  # a daemon may have no children
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._ours.close()
            self._process.terminate()
            self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        try:
            self._ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            with _not_interrupted():
                process.start()
        except OSError:
            return
        theirs.close()  # so that an end of the process is seen as one
        self._process = process

    def begin(self, drawings: Sequence[Drawing]) -> Callable[[], Files]:
        """Have figures drawn; the function that comes back waits for their files."""
        if self._process is None:
            return lambda: draw(drawings)
        try:
            self._ours.send(drawings)
        except OSError:
            return lambda: draw(drawings)
        return lambda: self._answer(drawings)

    def _answer(self, drawings: Sequence[Drawing]) -> Files:
        try:
            answer: _Answer = self._ours.recv()
        except (EOFError, OSError):
            return draw(drawings)
        for message, category in answer.warned:
            warnings.warn(message, category, stacklevel=2)
        return answer.files


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Hold Ctrl-C back, and for good from processes that start meanwhile: this one ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would let Ctrl-C through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection) -> None:
    """Draw what is asked for until the other process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process is interrupted too, and ends this one
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- the other process meets and tells the cause
    import tmsmeta.figures  # noqa: F401 -- before the first figure is asked for

    while True:
        try:
            drawings = connection.recv()
        except EOFError:
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            files = draw(drawings)
        connection.send(_Answer(files, [(str(w.message), w.category) for w in caught]))


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
