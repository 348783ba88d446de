"""Mutants: faults put into the code one at a time, to see whether a test notices.

    python tests/mutants/run.py --seed 18 --each 12 --out tests/mutants/found.csv

Of every area below a seeded sample is drawn from all places where a comparison, an arithmetic sign, a number, an `and`
or `or`, a `not`, a minimum or maximum, or a returned value can be changed. Each change is made in a copy of the
checkout, the test files of its area run until the first one fails, and what they found is written down: ``killed``,
``survived`` or ``out of time`` (which counts as noticed: the suite would hang). ``--by-hand`` takes the faults of
``by_hand.toml`` instead. Strings, annotations and messages of errors are left alone.
"""

from __future__ import annotations

import argparse
import ast
import csv
import multiprocessing
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import hypothesis.strategies  # noqa: F401 (imported once, for all processes that are forked: it takes seconds)
import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import pytest
import scipy.optimize
import scipy.sparse.linalg
import scipy.stats  # noqa: F401

CHECKOUT = Path(__file__).resolve().parents[2]
FORK = multiprocessing.get_context("fork")


class Area(NamedTuple):
    """Files to change, and the tests that ought to notice, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "heterogeneity": Area(
        ("tmsmeta/pooling/heterogeneity/*.py",),
        (
            "tests/definitions/test_tau2_definitions.py",
            "tests/unit/test_pooling.py",
            "tests/reference/test_reference_pooling.py",
            "tests/definitions/test_definitions_regression.py",
            "tests/definitions/test_definitions_intervals.py",
            "tests/definitions/test_definitions_stress.py",
        ),
    ),
    "pooling": Area(
        (
            "tmsmeta/pooling/fit.py",
            "tmsmeta/pooling/result.py",
            "tmsmeta/pooling/cautions.py",
            "tmsmeta/pooling/clusters.py",
            "tmsmeta/pooling/robust.py",
            "tmsmeta/pooling/profile_likelihood.py",
            "tmsmeta/pooling/zero_cells.py",
            "tmsmeta/pooling/many/fit.py",
            "tmsmeta/pooling/many/likelihood.py",
            "tmsmeta/pooling/many/estimators.py",
            "tmsmeta/pooling/many/moments.py",
            "tmsmeta/pooling/many/result.py",
        ),
        (
            "tests/unit/test_pooling.py",
            "tests/unit/test_batch.py",
            "tests/unit/test_clusters.py",
            "tests/reference/test_reference_pooling.py",
            "tests/reference/test_reference_robust.py",
            "tests/definitions/test_definitions_intervals.py",
            "tests/definitions/test_definitions_batch.py",
            "tests/unit/test_regression.py",
            "tests/unit/test_profiles.py",
            "tests/definitions/test_definitions_location_scale.py",
            "tests/unit/test_sentences.py",
        ),
    ),
    "counts": Area(
        ("tmsmeta/models/counts/*.py", "tmsmeta/models/climb.py"),
        (
            "tests/unit/test_counts.py",
            "tests/reference/test_reference_counts.py",
            "tests/definitions/test_definitions_counts.py",
            "tests/invalid_data/test_invalid_counts.py",
        ),
    ),
    "network": Area(
        (
            "tmsmeta/networks/model/equations.py",
            "tmsmeta/networks/model/fit.py",
            "tmsmeta/networks/model/tau2.py",
            "tmsmeta/networks/model/regression.py",
            "tmsmeta/networks/model/direct.py",
            "tmsmeta/networks/model/result.py",
            "tmsmeta/networks/model/mantel_haenszel.py",
            "tmsmeta/networks/model/components.py",
            "tmsmeta/networks/model/covariate.py",
        ),
        (
            "tests/unit/test_network.py",
            "tests/definitions/test_network_definitions.py",
            "tests/reference/test_reference_network.py",
            "tests/unit/test_network_components.py",
            "tests/unit/test_network_covariates.py",
            "tests/unit/test_network_multi_arm.py",
        ),
    ),
    "joint": Area(
        ("tmsmeta/models/multivariate/*.py", "tmsmeta/networks/joint/*.py"),
        (
            "tests/unit/test_multivariate.py",
            "tests/definitions/test_definitions_two_outcomes.py",
            "tests/definitions/test_definitions_multivariate.py",
            "tests/reference/test_reference_multivariate.py",
            "tests/definitions/test_definitions_joint_network.py",
            "tests/invalid_data/test_invalid_multivariate.py",
        ),
    ),
    "claims": Area(
        ("tmsmeta/review/claims/*.py", "tmsmeta/review/claims/checks/*.py"),
        (
            "tests/unit/test_claims_parts.py",
            "tests/unit/test_claims_other_reviews.py",
            "tests/published/test_claims_verdicts.py",
            "tests/invalid_data/test_claims_invalid.py",
            "tests/unit/test_claims_follow_evidence.py",
        ),
    ),
}

LEFT_ALONE = re.compile(r"r_script\.py$|sentences\.py$|__init__\.py$")
"""Files of text only: programs written for R, sentences."""

SIGNS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
TURNED = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmax": "argmin",
    "argmin": "argmax",
}


class Mutant(NamedTuple):
    """One change: the text from `start` to `end` (bytes of the file) becomes `after`."""

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str


class Places:
    """All changes that one file allows."""

    def __init__(self, place: Path, file: str) -> None:
        self.file, self.text = file, (place / file).read_bytes()
        self.tree = ast.parse(self.text)
        self.starts = [0]
        for line in self.text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def mutants(self) -> Iterator[Mutant]:
        for node in self._code(self.tree):
            for start, end, after in self._changes(node):
                line = self.text.count(b"\n", 0, start) + 1
                yield Mutant(self.file, line, start, end, self.text[start:end].decode(), after)

    def _code(self, node: ast.AST) -> Iterator[ast.AST]:
        """Every node but those of annotations, strings with braces, raised errors and branches for type checkers."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr | ast.Raise):
                    continue
                if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                    continue
                yield child
                yield from self._code(child)

    def _changes(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, right, sign in zip(sides, sides[1:], node.ops, strict=False):
                yield from self._sign(left, right, sign)
        elif isinstance(node, ast.BinOp) and not any(self._is_text(side) for side in (node.left, node.right)):
            yield from self._sign(node.left, node.right, node.op)
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._sign(left, right, node.op)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield self._start(node), self._start(node.operand), ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield self._start(node), self._end(node), _another(node.value)
        elif isinstance(node, ast.Call) and (name := self._name(node.func)) in TURNED:
            yield self._end(node.func) - len(name), self._end(node.func), TURNED[name]
        elif isinstance(node, ast.Return) and node.value is not None and not self._is_none(node.value):
            after = "not ({})" if isinstance(node.value, ast.Compare | ast.BoolOp) else "None"
            start, end = self._start(node.value), self._end(node.value)
            yield start, end, after.format(self.text[start:end].decode())

    def _sign(self, left: ast.AST, right: ast.AST, sign: ast.AST) -> Iterator[tuple[int, int, str]]:
        if type(sign) not in SIGNS:
            return
        before, after = SIGNS[type(sign)]
        begin = self._end(left)
        found = re.search(r"\s+".join(map(re.escape, before.split())).encode(), self.text[begin : self._start(right)])
        if found:
            yield begin + found.start(), begin + found.end(), after

    def _start(self, node: ast.AST) -> int:
        return self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    @staticmethod
    def _name(function: ast.AST) -> str:
        return getattr(function, "attr", getattr(function, "id", ""))

    @staticmethod
    def _is_none(node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and node.value is None

    @staticmethod
    def _is_text(node: ast.AST) -> bool:
        return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _another(number: float) -> str:
    if isinstance(number, bool):
        return str(not number)
    return str(number + 1) if isinstance(number, int) or number == 0 else repr(number * 1.5)


def sample(place: Path, area: Area, seed: int, each: int) -> list[Mutant]:
    """A seeded draw from all changes of an area, at most one per line."""
    files = sorted({str(p.relative_to(place)) for pattern in area.files for p in place.glob(pattern)})
    every = [mutant for file in files if not LEFT_ALONE.search(file) for mutant in Places(place, file).mutants()]
    random.Random(seed).shuffle(every)
    lines = {(mutant.file, mutant.line): mutant for mutant in reversed(every)}
    return [mutant for mutant in every if lines[mutant.file, mutant.line] is mutant][:each]


def by_hand() -> Iterator[tuple[str, Mutant, tuple[str, ...]]]:
    """The faults of the list, with the tests that found them last."""
    for entry in tomllib.loads((CHECKOUT / "tests" / "mutants" / "by_hand.toml").read_text(encoding="utf-8"))["mutant"]:
        text, before = (CHECKOUT / entry["file"]).read_bytes(), entry["before"].encode()
        if text.count(before) != 1:
            raise SystemExit(f"{entry['file']} must hold {entry['before']!r} once, not {text.count(before)} times.")
        start = text.index(before)
        line = text.count(b"\n", 0, start) + 1
        mutant = Mutant(entry["file"], line, start, start + len(before), entry["before"], entry["after"])
        yield entry["what"], mutant, tuple(entry["tests"])


def copied(place: Path) -> None:
    """Every file that belongs to the checkout, as it stands now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.run(listed, cwd=CHECKOUT, capture_output=True, check=True).stdout.split(b"\0")):
        source = CHECKOUT / name.decode()
        if source.is_file():
            (place / name.decode()).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name.decode())


class First:
    """A plug-in of pytest that sends on the first test that failed."""

    def __init__(self, sends: Connection) -> None:
        self.sends = sends

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.sends.send(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.sends.send(f"{report.nodeid} (import)")


def run_tests(place: Path, tests: list[str], seconds: int, sends: Connection) -> None:
    """In a process of its own: the tests, until the first one fails or the time of the processor is used up."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    os.chdir(place)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(place), str(place / "docs")])
    sys.dont_write_bytecode = True
    sys.path[:] = [str(place), str(place / "docs"), *(p for p in sys.path if not p.startswith(str(CHECKOUT / "tests")))]
    options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    code = pytest.main([*options, *tests], plugins=[First(sends)])
    sends.send("" if code == 0 else "the run of the tests")
    sends.close()
    os._exit(0)


def noticed_by(place: Path, tests: tuple[str, ...], seconds: int) -> tuple[str, str]:
    """What became of a mutant, and the first test that failed."""
    receives, sends = FORK.Pipe(duplex=False)
    present = [name for name in tests if (place / name).exists()]
    process = FORK.Process(target=run_tests, args=(place, present, seconds, sends))
    process.start()
    sends.close()
    process.join(30 * seconds)  # one that sleeps uses no time of the processor
    if process.is_alive():
        process.kill()
        process.join()
    try:
        first = receives.recv()
    except EOFError:
        return "out of time", f"{seconds} s"
    return ("killed", first) if first else ("survived", "")


def tried(place: Path, mutant: Mutant, tests: tuple[str, ...], seconds: int) -> tuple[str, str]:
    """The same with the change made and taken back."""
    target = place / mutant.file
    text = target.read_bytes()
    target.write_bytes(text[: mutant.start] + mutant.after.encode() + text[mutant.end :])
    try:
        return noticed_by(place, tests, seconds)
    finally:
        target.write_bytes(text)


def work(place: Path, chosen: argparse.Namespace) -> Iterator[tuple[str, Mutant, tuple[str, ...]]]:
    if chosen.by_hand:
        yield from by_hand()
        return
    for name in chosen.area or AREAS:
        for mutant in sample(place, AREAS[name], chosen.seed, chosen.each):
            yield name, mutant, AREAS[name].tests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--each", type=int, default=12, help="mutants per area")
    parser.add_argument("--area", action="append", choices=list(AREAS))
    parser.add_argument("--by-hand", action="store_true", help="the faults of by_hand.toml instead")
    parser.add_argument("--seconds", type=int, default=120, help="of the processor for the tests of one mutant")
    parser.add_argument("--out", type=Path, help="a CSV file")
    chosen = parser.parse_args()
    counts = {"killed": 0, "survived": 0, "out of time": 0}
    with tempfile.TemporaryDirectory() as folder, (chosen.out or Path(os.devnull)).open("w", newline="") as file:
        copied(Path(folder))
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("area", "file", "line", "before", "after", "result", "by"))
        for name, mutant, tests in work(Path(folder), chosen):
            result, by = tried(Path(folder), mutant, tests, chosen.seconds)
            counts[result] += 1
            before, after = (" ".join(text.split()) for text in (mutant.before, mutant.after))
            out.writerow((name, mutant.file, mutant.line, before, after, result, by))
            file.flush()
            print(f"{result:12} {name}: {mutant.file}:{mutant.line} {before!r} -> {after!r} {by}", flush=True)
    total = sum(counts.values())
    print(f"{total - counts['survived']} of {total} mutants noticed, {counts['out of time']} by running out of time")


if __name__ == "__main__":
    main()
