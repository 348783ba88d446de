"""What a second process draws and computes is what would come of it here, whatever becomes of that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from functools import partial

import drawn_beside
import pytest

from tmsmeta.report import drawing, second_process
from tmsmeta.report.drawing import Drawing, draw
from tmsmeta.report.second_process import SecondProcess


def _drawing(function, *args, forms=("svg",), name="line"):
    return [Drawing(name=name, figure=function, args=args, forms=forms, metadata={"title": "A line"})]


@pytest.fixture
def beside(monkeypatch):
    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    with SecondProcess() as process:
        assert process._process.is_alive()
        yield process


def test_the_same_files_come_from_the_other_process(beside, monkeypatch):
    wanted = _drawing(drawn_beside.line, 3, forms=("png", "svg"))
    here = draw(wanted)
    monkeypatch.setattr(drawing, "_file", lambda *_: pytest.fail("drawn here"))
    files = beside.begin(wanted)
    assert files == here
    assert sorted(here) == ["line.png", "line.svg"]
    assert b"A line" in here["line.svg"]


def test_a_second_set_is_drawn_by_the_same_process(beside):
    sets = _drawing(drawn_beside.line, 2, name="two"), _drawing(drawn_beside.line, 5, name="five")
    first, second = map(beside.begin, sets)
    assert first == draw(sets[0])
    assert second == draw(sets[1])


def test_a_name_is_drawn_once(beside, monkeypatch):
    wanted = _drawing(drawn_beside.line, 3)
    here = draw(wanted)
    beside.begin(wanted)
    monkeypatch.setattr(beside, "_asked", lambda _: pytest.fail("asked again"))
    assert beside.begin(wanted) == here


def test_the_first_format_of_each_figure_comes_before_the_others(beside):
    forms = ("svg", "png")
    files = beside.begin([d for n in "abcd" for d in _drawing(drawn_beside.slow, 2, forms=forms, name=n)])
    assert files["d.svg"]
    assert "b.png" not in beside._answers._found
    assert len(files) == 8


def test_a_figure_that_does_not_exist_has_no_file(beside):
    files = beside.begin(_drawing(drawn_beside.nothing))
    assert list(files) == []
    assert "line.svg" not in files


def test_what_it_warns_of_is_heard_here(beside):
    with pytest.warns(UserWarning, match="more than a page"):
        beside.begin(_drawing(drawn_beside.too_high))["line.svg"]


def test_a_figure_that_cannot_be_drawn_fails_here_with_its_cause(beside, capfd):
    files = beside.begin(_drawing(drawn_beside.impossible))
    with pytest.raises(ValueError, match="nothing to draw"):
        files["line.svg"]
    assert capfd.readouterr().err == ""


def test_a_computation_is_made_there(beside):
    first, second = (beside.compute(drawn_beside.squared, number) for number in (3, 4))
    assert (second()[0], first()[0]) == (16, 9)
    assert first()[1] == beside._process.pid


def test_a_computation_that_fails_fails_here_with_its_cause(beside, capfd):
    with pytest.raises(ValueError, match="nothing to draw"):
        beside.compute(drawn_beside.impossible)()
    assert capfd.readouterr().err == ""
    assert beside.compute(drawn_beside.squared, 5)() == (25, os.getpid())


def test_what_a_computation_warns_of_is_heard_here(beside):
    with pytest.warns(UserWarning, match="more than a page"):
        beside.compute(drawn_beside.too_high)()


def test_what_the_process_leaves_undone_is_drawn_here(beside):
    beside._process.kill()
    beside._process.join()
    assert beside.begin(_drawing(drawn_beside.line, 3)) == draw(_drawing(drawn_beside.line, 3))


def test_one_processor_draws_for_itself(monkeypatch):
    monkeypatch.setattr(second_process, "_processors", lambda: 1)
    with SecondProcess() as process:
        assert process._process is None
        assert process.compute(drawn_beside.squared, 5)() == (25, os.getpid())
        assert process.begin(_drawing(drawn_beside.line, 3)) == draw(_drawing(drawn_beside.line, 3))


def test_where_no_process_can_be_had_it_is_drawn_here(monkeypatch):
    def refused(self):
        raise OSError("Resource temporarily unavailable")

    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    with SecondProcess() as process:
        assert process.begin(_drawing(drawn_beside.line, 3)) == draw(_drawing(drawn_beside.line, 3))


def test_it_ends_with_the_block(monkeypatch):
    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    with SecondProcess() as process:
        started = process._process
    assert not started.is_alive()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_it_does_not_outlive_a_process_that_is_killed():
    script = (
        "import sys, time\nfrom tmsmeta.report import second_process\nsecond_process._processors = lambda: 2\n"
        "if __name__ == '__main__':\n    with second_process.SecondProcess() as p:\n"
        "        print(p._process.pid, flush=True)\n        time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    gone = partial(_gone, child)
    assert _soon(gone), f"process {child} is still there"


def _gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as file:
        return file.read().split()[2] == "Z"


def _soon(condition):
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_warnings_of_ones_own_are_not_silenced(beside):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="more than a page"):
            beside.begin(_drawing(drawn_beside.too_high))["line.svg"]
