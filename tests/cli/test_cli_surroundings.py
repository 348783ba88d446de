"""The command where it is killed, interrupted or not listened to, and in surroundings that lack what others have."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

if not hasattr(os, "fork"):
    pytest.skip("processes are not copied on this system", allow_module_level=True)

from broken_off import ended, in_child, killed_after, tree

Run = Callable[..., Any]
COMMAND = (sys.executable, "-m", "tmsmeta")
POOL = (*COMMAND, "pool", "counts.csv")
INTERRUPTED = 130
READY = (
    sys.executable,
    "-c",
    "import sys, tmsmeta.cli.app; print('ready', file=sys.stderr, flush=True); tmsmeta.cli.main()",
)
"""The command, which says when it has started: Ctrl-C before that is for Python."""
ALONE = ("unshare", "-rn")  # a network of its own, with nothing in it


def started(*command: str, **choices: Any) -> subprocess.Popen[str]:
    """A command with Ctrl-C as in a terminal, also where these tests run in the background, which is deaf to it."""
    return subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), **choices,
    )  # fmt: skip


def alone() -> tuple[str, ...]:
    """What runs a command without any network."""
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("no network can be taken away here")
    return ALONE


def bare(**also: str) -> dict[str, str]:
    """An environment with nothing but what finds Python and this package."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "OPENBLAS_NUM_THREADS") if name in os.environ}
    return kept | also


POOR = bare(LC_ALL="C", TERM="dumb", COLUMNS="40", NO_COLOR="1")


def test_it_works_without_network_home_terminal_display_and_stdin(run: Run, folder: Path) -> None:
    command = " ".join((*alone(), *POOL, "--json --figure f.svg --table t.xlsx <&-"))
    done = subprocess.run(["sh", "-c", command], env=POOR, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout) == run("pool", "counts.csv", "--json").json
    (read, written) = done.stderr.splitlines()  # and nothing on caches of fonts
    assert read.startswith("counts.csv: read as")
    assert written == "Written: f.svg and t.xlsx."
    run("pool", "counts.csv", "--figure", "g.svg")
    assert (folder / "f.svg").read_bytes() == (folder / "g.svg").read_bytes()


def test_a_home_that_cannot_be_written_is_no_trouble(folder: Path) -> None:
    done = subprocess.run(
        [*POOL, "--json", "--figure", "f.png"],
        env=bare(HOME="/proc/nowhere"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "matplotlib" not in done.stderr.casefold()
    assert len(done.stderr.splitlines()) == 2


def test_a_reader_that_has_seen_enough_is_no_error(folder: Path) -> None:
    """What was said beside the results has nobody to read it either."""
    with started(*POOL, "--table", "t.csv") as running:
        running.stdout.close()
        running.stderr.close()
        assert running.wait() == 0
    assert (folder / "t.csv").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_results_that_find_no_room_are_said_to_be_lost(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(POOL, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["tmsmeta: The results cannot be written or read: No space left on device."]


def test_files_are_written_where_stdout_is_closed(folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(POOL)} --table t.csv >&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.splitlines()[1:] == ["Written: t.csv."]
    assert (folder / "t.csv").read_text(encoding="utf-8").startswith("study,")


def interrupted(folder: Path, seconds: float) -> tuple[int, str]:
    """Exit code and stderr of a run, with Ctrl-C as a terminal gives it: to the process and all that it started."""
    review = Path(__file__).parents[2] / "examples" / "bcg"
    running = started(*READY, "run", str(review), "--out", "out", cwd=folder, start_new_session=True)
    assert running.stderr.readline() == "ready\n"
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate()
    return running.returncode, err


def check_interrupted(folder: Path, code: int, err: str) -> None:
    # Python ends by the signal itself where Ctrl-C met it within exec(), as when a dataclass is made: 130 to a shell
    assert code in (0, INTERRUPTED, -signal.SIGINT)
    assert "Traceback" not in err
    assert ("tmsmeta: interrupted." in err.splitlines()) == (code != 0)
    if code:
        assert not (folder / "out").exists()
    assert [name for name in os.listdir(folder) if name.startswith(".")] == []


def test_ctrl_c_ends_a_run_in_one_line(tmp_path: Path) -> None:
    check_interrupted(tmp_path, *interrupted(tmp_path, 1.0))


@pytest.mark.slow
def test_ctrl_c_ends_a_run_in_one_line_at_any_time(tmp_path: Path) -> None:
    draw, codes = random.Random(4), []
    for number in range(25):
        (folder := tmp_path / str(number)).mkdir()
        code, err = interrupted(folder, draw.uniform(0.01, 8.0))
        check_interrupted(folder, code, err)
        codes.append(code)
    assert any(codes)


@pytest.fixture(scope="module")
def reviews(checkout: Path) -> dict[str, Any]:
    import tmsmeta as tm

    return {name: tm.read_review(checkout / "examples" / name).run() for name in ("bcg", "smoking")}


KILLS = 100


@pytest.mark.slow
@pytest.mark.parametrize("what", ["writing", "command"])
def test_a_run_that_is_killed_leaves_old_or_new_results(
    reviews: dict[str, Any], checkout: Path, tmp_path: Path, what: str
) -> None:
    """At random moments of writing, or of `tmsmeta run` from reading on; every other run is of the other review.

    A file of the user's own stands beside the folder all the time. In it, a run would refuse to write.
    """
    from tmsmeta.cli import main
    from tmsmeta.report.write import write_results

    wanted, took = {}, 0.0

    def write(name: str, place: Path) -> None:
        if what == "writing":
            write_results(reviews[name], place)
            return
        sys.argv = ["tmsmeta", "run", str(checkout / "examples" / name), "--out", str(place)]
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 -- of a process that ends
        with suppress(SystemExit):
            main()

    for name in reviews:
        write_results(reviews[name], tmp_path / name)
        wanted[name] = tree(tmp_path / name)
        begun = time.perf_counter()
        ended(in_child(lambda name=name: write(name, tmp_path / name)))
        took = max(took, time.perf_counter() - begun)
    out, draw, killed, changed = tmp_path / "place" / "out", random.Random(1), 0, 0
    write_results(reviews["bcg"], out)
    (out.parent / "notes.txt").write_text("mine", encoding="utf-8")
    for number in range(KILLS):
        new = ("bcg", "smoking")[(number + 1) % 2]
        before = tree(out)
        stopped = killed_after(draw.uniform(0, 1.3 * took), lambda new=new: write(new, out))
        took *= 1.04 if stopped else 0.9  # a busy machine is slower than it was
        after = tree(out)
        assert after in (before, wanted[new])
        killed, changed = killed + stopped, changed + (after != before)
    print(f"{what}: {KILLS} kills, {killed} before the end, {changed} with new results")
    write_results(reviews["bcg"], out)
    assert tree(out) == wanted["bcg"]
    assert sorted(os.listdir(out.parent)) == ["notes.txt", "out"]
    assert (out.parent / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert killed > KILLS / 4
    assert changed > KILLS / 20


def test_a_folder_with_a_file_of_ones_own_stays_as_it_is(
    reviews: dict[str, Any], checkout: Path, tmp_path: Path
) -> None:
    """The run says so in one line before it computes anything, wherever it is killed."""
    from tmsmeta.report.write import write_results

    out = write_results(reviews["bcg"], tmp_path / "out")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = tree(out)
    command = (*COMMAND, "run", str(checkout / "examples" / "bcg"), "--out", str(out))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "holds other files (notes.txt). Name a new or empty folder" in done.stderr
    assert tree(out) == before
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.slow
def test_two_runs_at_once_leave_the_results_of_one(reviews: dict[str, Any], tmp_path: Path) -> None:
    from tmsmeta.report.write import write_results

    wanted = []
    for name, result in reviews.items():
        wanted.append(tree(write_results(result, tmp_path / name)))
    for _ in range(10):
        both = [in_child(lambda r=r: write_results(r, tmp_path / "p" / "out")) for r in reviews.values()]
        assert [ended(child) for child in both] == [0, 0]
        assert tree(tmp_path / "p" / "out") in wanted
        assert os.listdir(tmp_path / "p") == ["out"]


@pytest.mark.slow
def test_a_killed_command_is_repeated_as_if_it_had_not_been(checkout: Path, tmp_path: Path) -> None:
    """The whole command with its second process, which ends with it; the next run clears away what is left."""
    command = (*COMMAND, "run", str(checkout / "examples" / "bcg"), "--out", "out")
    draw = random.Random(2)
    for _ in range(5):
        running = started(*command, cwd=tmp_path, start_new_session=True)
        time.sleep(draw.uniform(2.0, 6.0))
        running.kill()
        running.communicate()  # returns when nobody holds the pipes any more, the process that draws included
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert os.listdir(tmp_path) == ["out"]


VARIED = {
    "no home": bare(),
    "a home that cannot be written": bare(HOME="/proc/nowhere"),
    "C": bare(LC_ALL="C"),
    "POSIX": bare(LC_ALL="POSIX", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"),
    "ASCII": bare(PYTHONIOENCODING="ascii"),
    "Turkish": bare(LC_ALL="tr_TR.UTF-8"),
    "dumb": bare(TERM="dumb"),
    "narrow": bare(COLUMNS="40"),
    "without colour": bare(NO_COLOR="1"),
    "many threads": {**bare(), "OPENBLAS_NUM_THREADS": "8", "OMP_NUM_THREADS": "8"},
}


@pytest.mark.slow
@pytest.mark.parametrize("environment", VARIED.values(), ids=VARIED)
def test_a_whole_run_gives_the_same_files_everywhere(
    checkout: Path, tmp_path: Path, environment: dict[str, str], everywhere: dict[str, bytes]
) -> None:
    command = (*alone(), *COMMAND, "run", str(checkout / "examples" / "bcg"), "--out", "out")
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0
    assert not re.search("matplotlib|warn|Traceback", done.stderr, flags=re.IGNORECASE)
    assert tree(tmp_path / "out") == everywhere


@pytest.fixture(scope="module")
def everywhere(reviews: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    from tmsmeta.report.write import write_results

    return tree(write_results(reviews["bcg"], tmp_path_factory.mktemp("here") / "out"))
