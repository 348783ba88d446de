"""The release check says what it did not run, and never counts it as passed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "release"))

from outcome import Failed, NotRun, Outcome, run, summary, tried
from pythons import environment, interpreter
from steps import QUICK, Release, audited, same_bytes


def step(error: Exception | None) -> Iterator[str]:
    yield "first"
    if error is not None:
        raise error


def test_what_was_not_run_is_counted_apart_and_a_failure_is_kept() -> None:
    outcomes = [*tried("a", step, None), *tried("b", step, NotRun("not here")), *tried("c", step, Failed("wrong"))]
    assert [o.word for o in outcomes] == ["passed", "passed", "not run", "passed", "failed"]
    assert summary(outcomes) == "3 passed, 1 failed, 1 not run"
    assert str(outcomes[2]) == "not run  b: not here"
    assert outcomes[4] == Outcome("failed", "c", "wrong")


def test_builds_that_differ_fail_by_name() -> None:
    assert "a.whl" in same_bytes({"a.whl": "1"}, {"a.whl": "1"})
    with pytest.raises(Failed, match=r"differ in a\.whl, b\.tar\.gz"):
        same_bytes({"a.whl": "1", "b.tar.gz": "1"}, {"a.whl": "2"})


def test_an_audit_that_the_index_did_not_answer_is_not_a_pass() -> None:
    """pip-audit ends with 0 where it could ask about no package at all."""
    known = {"name": "numpy", "version": "2.0", "vulns": []}
    itself = {"name": "tmsmeta", "skip_reason": "Dependency not found on PyPI"}
    assert audited([known, itself]) == "1 packages without a known vulnerability"
    with pytest.raises(NotRun, match="nothing of 1 of 2 packages"):
        audited([known, {"name": "scipy", "skip_reason": "Dependency not found on PyPI"}])
    with pytest.raises(Failed, match=r"jinja2 3\.0"):
        audited([known, {"name": "jinja2", "version": "3.0", "vulns": [{"id": "X"}]}])


def test_a_python_that_does_not_start_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands_in = tmp_path / "python3.14"
    stands_in.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    stands_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(NotRun, match=r"no Python 3\.14"):
        interpreter("3.14")
    stands_in.write_text("#!/bin/sh\necho 3.14\n", encoding="utf-8")
    assert interpreter("3.14") == stands_in


def test_a_command_sees_nothing_of_the_checkout_and_its_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    code = "import os; print(os.environ.get('PYTHONPATH'), os.environ['TZ'])"
    assert run(sys.executable, "-c", code, TZ="UTC") == "None UTC\n"
    with pytest.raises(Failed, match="ended with 3: last words"):
        run(sys.executable, "-c", "print('last words'); raise SystemExit(3)")
    with pytest.raises(NotRun, match="cannot be started"):
        run("/no/such/command", error=NotRun)


def test_the_quick_tests_are_there_and_steps_need_a_build(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    assert all((root / name).is_file() for name in QUICK)
    with pytest.raises(NotRun, match="run the step `build` first"):
        Release(root, tmp_path).built("*.whl")


@pytest.mark.slow
def test_a_wheel_that_cannot_be_installed_fails_and_a_tool_is_not_run(tmp_path: Path) -> None:
    (broken := tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(b"no wheel")
    with pytest.raises(Failed, match="pip install"):
        environment(tmp_path / "one", sys.executable, broken)
    with pytest.raises(NotRun, match="pip install"):
        environment(tmp_path / "two", sys.executable, broken, error=NotRun)
