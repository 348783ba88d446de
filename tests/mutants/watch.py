"""Runs of tests in processes of their own: which test calls which function, and which test notices a mutant first.

The tests that call the function of a mutant are known from one run without faults, made once per test file and kept
outside of the checkout. They go first, the quickest at the front, so that most mutants cost seconds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from inspect import CO_OPTIMIZED
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import hypothesis
import hypothesis.strategies  # imported once, for all processes that are forked: it takes seconds
import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import pytest
import scipy.optimize
import scipy.sparse.linalg
import scipy.stats  # noqa: F401

CHECKOUT = Path(__file__).resolve().parents[2]
FORK = multiprocessing.get_context("fork")
WAITING = 3600  # seconds of the clock: one that sleeps uses none of the processor
PATIENCE = 10  # times what a test takes without a fault, and 20 s: then it hangs


class Known(NamedTuple):
    """Of one test file: the seconds of each test, and per function (``file::name``) the tests that call it.

    A call while the file is imported, or in a fixture of several tests, stands under the empty name.
    """

    seconds: dict[str, float]
    calls: dict[str, list[str]]


class Calls:
    """A plug-in of pytest that writes down which function of the package is called by which test."""

    def __init__(self, place: Path) -> None:
        self.package, self.start, self.test = f"{place}/tmsmeta/", len(str(place)) + 1, ""
        self.calls: dict[str, set[str]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        runs = code.co_flags & CO_OPTIMIZED or code.co_name == "<module>"  # not the body of a class
        if runs and code.co_filename.startswith(self.package):
            name = f"{code.co_filename[self.start :]}::{code.co_qualname}"
            self.calls.setdefault(name, set()).add(self.test)

    def pytest_sessionstart(self) -> None:
        sys.settrace(self)
        threading.settrace(self)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        before = self.test
        self.test = before if fixturedef.scope == "function" else ""
        yield
        self.test = before

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.test = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)


class First:
    """A plug-in of pytest that sends on the first test that failed, having put the likeliest ones first."""

    def __init__(self, sends: Connection, likely: dict[str, float], seconds: float) -> None:
        self.sends, self.likely, self.left = sends, likely, seconds

    def pytest_sessionstart(self) -> None:
        phases = (
            hypothesis.Phase.explicit,
            hypothesis.Phase.generate,
        )  # one failure is enough, the smallest is not needed
        hypothesis.settings.register_profile("first", hypothesis.settings.default, phases=phases)
        hypothesis.settings.load_profile("first")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: position for position, name in enumerate(self.likely)}
        items[:] = sorted((i for i in items if i.nodeid in place), key=lambda item: place[item.nodeid])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        now, takes = used.ru_utime + used.ru_stime, self.likely[item.nodeid]
        if now + takes > self.left:
            pytest.skip("no time left for this one")
        limit = int(now + PATIENCE * takes + 20)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.sends.send(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.sends.send(f"{report.nodeid} (import)")


def pytest_in(place: Path, tests: list[str], plugin: object, *options: str) -> int:
    """In a process of its own: pytest in the copy at `place`, in silence."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    os.chdir(place)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(place), str(place / "docs")])
    sys.dont_write_bytecode = True
    sys.path[:] = [str(place), str(place / "docs"), *(p for p in sys.path if not p.startswith(str(CHECKOUT / "tests")))]
    return int(pytest.main([*options, "-q", "--tb=no", "-p", "no:cacheprovider", *tests], plugins=[plugin]))


def _look(place: Path, file: str, sends: Connection) -> None:
    plugin = Calls(place)
    pytest_in(place, [file], plugin)
    sys.settrace(None)
    calls = {name: sorted(tests) for name, tests in plugin.calls.items()}
    sends.send(json.dumps({"seconds": plugin.seconds, "calls": calls, "failed": plugin.failed}))
    sends.close()
    os._exit(0)


@cache
def known(place: Path, file: str, folder: Path) -> Known:
    """What a test file calls: from `folder`, or from a run of it if it was changed since."""
    kept, source = folder / f"{file.replace('/', '.')}.json", place / file
    if not kept.exists() or kept.stat().st_mtime < source.stat().st_mtime:
        found = _in_a_process(_look, place, file)
        if not found or json.loads(found)["failed"]:
            raise SystemExit(f"{file} fails without a fault: {found and json.loads(found)['failed']}")
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(found, encoding="utf-8")
    what = json.loads(kept.read_text(encoding="utf-8"))
    return Known(what["seconds"], what["calls"])


def likely(tests: list[Known], file: str, function: str) -> dict[str, float]:
    """The tests that can notice a fault in a function, and their seconds: its callers first, the quickest at the front.

    After them come the other tests of the files where it is called, which may look at what one of the callers kept.
    A function that nothing seems to call (a compiled one, or none: a constant) stands for all of its file.
    """
    everywhere = {name for known in tests for name in known.calls if name.startswith(f"{file}::")}
    names = {f"{file}::{function}"} & everywhere or {n for n in everywhere if not n.endswith("<module>")} or everywhere
    ranked = []
    for known in tests:
        callers = {test for name in names for test in known.calls.get(name, ())}
        ranked += [(test not in callers, seconds, test) for test, seconds in known.seconds.items() if callers]
    return {test: seconds for _, seconds, test in sorted(ranked)}


def _in_a_process(work: Callable[..., None], *what: object) -> str | None:
    """The first thing that `work` sends, or None if it was stopped before it sent any."""
    receives, sends = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, args=(*what, sends))
    process.start()
    sends.close()
    try:
        return str(receives.recv()) if receives.poll(WAITING) else None
    except EOFError:
        return None
    finally:
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()


def _try(place: Path, tests: dict[str, float], seconds: int, sends: Connection) -> None:
    files = sorted({name.partition("::")[0] for name in tests})
    code = pytest_in(place, files, First(sends, tests, seconds), "-x")
    sends.send("" if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else "the run of the tests")
    sends.close()
    os._exit(0)


def noticed_by(place: Path, tests: dict[str, float], seconds: int) -> tuple[str, str]:
    """What becomes of the code as it stands at `place`, and the first test that failed."""
    if not tests:
        return "survived", ""
    first = _in_a_process(_try, place, tests, seconds)
    if first is None:
        return "out of time", ""
    return ("killed", first) if first else ("survived", "")
