"""Draw figures of a run and compute parts of it in a second process, while the first one goes on."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import Condition, Thread
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

from tmsmeta.report.drawing import Drawing, Files
from tmsmeta.report.process import settle

P = ParamSpec("P")
T = TypeVar("T")
Promised = Mapping[str, Callable[[], Any]]
"""What gives each part of a task, by name."""


class SecondProcess:
    """Draws and computes beside this one, where the machine has a second processor; it ends with the ``with`` block.

    It loads what drawing needs while the caller computes. Whatever keeps it from answering (no room for a process, a
    figure that cannot be drawn), the caller does for itself and meets the cause there.
    """

    def __enter__(self) -> Self:
        self._process: SpawnProcess | None = None
        self._begun: dict[str, Promised] = {}
        self._numbers = count()
        if _processors() > 1 and not multiprocessing.current_process().daemon:  # a daemon may have no children
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join()
            self._listener.join()
            self._ours.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._answers = _Answers()
        try:
            self._ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._listener = Thread(target=self._answers.take, args=(self._ours,), daemon=True)
            with _not_interrupted():
                process.start()
                theirs.close()  # so that an end of the process is seen as one
                self._listener.start()
        except OSError:
            return
        self._process = process

    def begin(self, drawings: Sequence[Drawing]) -> Files:
        """Have figures drawn, each name once; a file is waited for when it is read.

        The first format of every figure comes before the further ones of any.
        """
        for drawing in drawings:
            if drawing.name not in self._begun:
                self._begun[drawing.name] = self._promised(drawing)
        return _Pictures({name: file for d in drawings for name, file in self._begun[d.name].items()})

    def compute(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
        """Have something computed by a function of a module; what is returned waits for it, or computes it here."""
        name = f"{function.__qualname__} {next(self._numbers)}"
        return self._promised(_Computation(name, partial(function, *args, **kwargs)))[name]

    def _promised(self, task: Drawing | _Computation) -> Promised:
        """What gives each part of a task once it is there, or makes it here."""
        answers = self._asked(task)
        return {name: cache(partial(_made, answers, name, part)) for name, part in task.parts().items()}

    def _asked(self, task: Drawing | _Computation) -> _Answers | None:
        """Where the answers will be; None if they must be found here."""
        if self._process is None:
            return None
        try:
            self._ours.send(task)
        except OSError:
            return None
        return self._answers


class _Computation(NamedTuple):
    """Something to compute, and what its answer is called."""

    name: str
    work: Callable[[], Any]

    def parts(self) -> dict[str, Callable[[], Any]]:
        """As of a drawing."""
        return {self.name: self.work}


class _Answer(NamedTuple):
    """A file of a drawing, None where there is nothing to draw, or what was computed; and what was warned of."""

    name: str
    value: Any
    warned: list[tuple[str, type[Warning]]]

    def told(self) -> Any:
        """The value, after its warnings."""
        for message, category in self.warned:
            warnings.warn(message, category, stacklevel=3)
        return self.value


class _Answers:
    """What the other process has made so far, by name."""

    def __init__(self) -> None:
        self._found: dict[str, _Answer] = {}
        self._ended = False
        self._news = Condition()

    def take(self, connection: Connection) -> None:
        """Take answers as they come, so that the other process never waits, until it ends."""
        try:
            while True:
                answer: _Answer = connection.recv()
                with self._news:
                    self._found[answer.name] = answer
                    self._news.notify_all()
        except (EOFError, OSError):
            with self._news:
                self._ended = True
                self._news.notify_all()

    def wait_for(self, name: str) -> _Answer | None:
        """An answer; None where the process has ended without it."""
        with self._news:
            self._news.wait_for(lambda: self._ended or name in self._found)
            return self._found.get(name)


def _made(answers: _Answers | None, name: str, part: Callable[[], Any]) -> Any:
    """A part from the other process, or made here."""
    answer = None if answers is None else answers.wait_for(name)
    return part() if answer is None else answer.told()


class _Pictures(Mapping[str, bytes]):
    """The files of several drawings."""

    def __init__(self, source: Promised) -> None:
        self._source = source

    def __getitem__(self, name: str) -> bytes:
        file: bytes | None = self._source[name]()
        if file is None:
            raise KeyError(name)
        return file

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._source if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


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
    """Draw and compute what is asked for until the other process ends."""
    settle()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process is interrupted too, and ends this one
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- the other process meets and tells the cause
    asked: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_take, args=(connection, asked), daemon=True).start()
    from tmsmeta.figures import forest, network_graph, to_bytes  # noqa: F401 -- before the first figure is asked for

    further: deque[Callable[[], _Answer]] = deque()
    while True:
        try:
            data = asked.get(block=not further)
        except Empty:
            connection.send(further.popleft()())
            continue
        if not data:
            return
        first, *others = (partial(_answer, name, part) for name, part in pickle.loads(data).parts().items())
        connection.send(first())
        further.extend(others)


def _take(connection: Connection, asked: SimpleQueue[bytes]) -> None:
    """Take what is asked for as it comes, so that the other process never waits; nothing more is an end."""
    try:
        while True:
            asked.put(connection.recv_bytes())
    except (EOFError, OSError):
        asked.put(b"")


def _answer(name: str, part: Callable[[], Any]) -> _Answer:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = part()
    return _Answer(name, value, [(str(w.message), w.category) for w in caught])


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
