"""What is written holds what it held or all that is new, whenever and however the writing ends."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("processes are not copied on this system", allow_module_level=True)

from broken_off import ended, in_child, killed_before, tree

from tmsmeta.errors import OutputError
from tmsmeta.report import folder as writing
from tmsmeta.report.folder import NOTHING, Contents, write_folder, write_texts
from tmsmeta.tables.write import write_bytes, write_files

KIND = Contents(marker="a.txt", files=("a.txt", "b.txt", "tables/*.csv"))
OLD = {"a.txt": b"old\n", "b.txt": b"old\n", "tables/x.csv": b"old\n"}
NEW = {"a.txt": b"new\n", "b.txt": b"new\n", "tables/y.csv": b"new\n"}


def put(target: Path, files: dict[str, bytes], *, earlier: Contents = KIND) -> None:
    def fill(folder: Path) -> None:
        (folder / "tables").mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)

    write_folder(target, fill, earlier=earlier)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def breaks(work: Callable[[], object], check: Callable[[], object]) -> int:
    """How often work could be killed, once before each of its file operations, with a check after each."""
    for number in count(1):
        if not killed_before(number, work):
            return number - 1
        check()
    raise AssertionError


@pytest.mark.parametrize("before", [None, {}, OLD], ids=["no folder", "an empty folder", "an earlier result"])
def test_a_folder_is_old_or_new_wherever_its_run_is_killed(tmp_path: Path, before: dict[str, bytes] | None) -> None:
    target = tmp_path / "out"

    def start() -> None:
        shutil.rmtree(target, ignore_errors=True)
        if before is not None:
            target.mkdir()
            if before:
                put(target, before)

    def check() -> None:
        found = tree(target) if target.exists() else None
        assert found in (before, NEW)
        put(target, NEW)  # the next run finds its way, and clears away what the killed one left
        assert tree(target) == NEW
        assert hidden(tmp_path) == []
        start()

    start()
    assert breaks(lambda: put(target, NEW), check) >= 8
    assert tree(target) == NEW


def test_where_folders_cannot_change_places_at_once_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_exchanged_at_once", lambda *_: False)
    target, absent = tmp_path / "out", []

    def check() -> None:
        if target.exists():
            assert tree(target) in (OLD, NEW)
        else:
            (kept,) = tmp_path.glob(".tmsmeta-old-*")
            assert tree(kept) == OLD
            absent.append(kept)
            kept.rename(target)
        put(target, OLD)
        for aside in tmp_path.glob(".tmsmeta-old-*"):
            shutil.rmtree(aside)

    put(target, OLD)
    assert breaks(lambda: put(target, NEW), check) >= 8
    assert tree(target) == NEW
    assert len(absent) == 1  # one moment between two renames


def test_the_working_folder_stays_and_a_killed_run_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "here"

    def start() -> None:
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        monkeypatch.chdir(target)

    def check() -> None:
        assert set(tree(target).items()) <= set(NEW.items())
        put(Path(), NEW)
        assert tree(target) == NEW
        start()

    start()
    breaks(lambda: put(Path(), NEW), check)
    assert tree(target) == NEW


@pytest.mark.parametrize("before", [False, True])
def test_files_are_old_or_new_wherever_their_writing_is_killed(tmp_path: Path, before: bool) -> None:
    files = {tmp_path / "a.csv": b"new", tmp_path / "deep" / "b.png": b"new" * 5000}

    def start() -> None:
        shutil.rmtree(tmp_path / "deep", ignore_errors=True)
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"old") if before else file.unlink(missing_ok=True)

    def check() -> None:
        for file, data in files.items():
            assert (file.read_bytes() if file.exists() else None) in (b"old" if before else None, data)
        write_files(files)
        assert hidden(tmp_path) == hidden(tmp_path / "deep") == []
        start()

    start()
    assert breaks(lambda: write_files(files), check) >= 5
    assert [file.read_bytes() for file in files] == list(files.values())


def test_two_runs_into_one_folder_leave_one_of_their_results(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def often(files: dict[str, bytes]) -> None:
        for _ in range(40):
            put(target, files)

    children = [in_child(lambda files=files: often(files)) for files in (OLD, NEW)]
    assert [ended(child) for child in children] == [0, 0]
    assert tree(target) in (OLD, NEW)
    assert hidden(tmp_path) == []


def test_what_others_are_writing_is_left_alone(tmp_path: Path) -> None:
    """Only left-overs of processes of this computer that are gone are removed; names of ones own never are."""
    living = write_folder_name(tmp_path)
    names = [living, living.replace(living[9:17], "00000000"), ".tmsmeta-notes", ".tmsmeta-old-0123abcd"]
    gone = living.replace(f"-{os.getpid()}-", f"-{dead_process()}-")
    for name in (*names, gone):
        (tmp_path / name).mkdir()
    (tmp_path / gone.replace(gone[-8:], "0" * 8)).write_text("a file", encoding="utf-8")
    write_bytes(tmp_path / "x.txt", b"x")
    assert sorted(hidden(tmp_path)) == sorted(names)
    put(tmp_path / "out", OLD)
    (tmp_path / "out" / gone).write_text("cut short", encoding="utf-8")  # within a result it is nobody's file
    put(tmp_path / "out", NEW)
    assert tree(tmp_path / "out") == NEW


def write_folder_name(folder: Path) -> str:
    names: list[str] = []
    write_folder(folder / "seen", lambda work: names.append(work.name), earlier=NOTHING)
    return names[0]


def dead_process() -> int:
    child = in_child(lambda: None)
    ended(child)
    return child


def test_files_of_ones_own_survive_also_where_they_come_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    put(target, OLD)
    mine = {**OLD, "notes.txt": b"mine"}

    def late(folder: Path) -> None:
        (folder / "a.txt").write_bytes(b"new")
        (target / "notes.txt").write_bytes(b"mine")

    for _ in range(2):  # while the folder is filled, and before it is asked for
        with pytest.raises(OutputError, match=r"holds other files \(notes\.txt\)"):
            write_folder(target, late, earlier=KIND)
        assert tree(target) == mine
    (target / "notes.txt").unlink()
    exchange = writing._exchange

    def at_the_last_moment(work: Path, place: Path) -> None:
        (target / "notes.txt").write_bytes(b"mine")
        monkeypatch.setattr(writing, "_exchange", exchange)
        exchange(work, place)

    monkeypatch.setattr(writing, "_exchange", at_the_last_moment)
    with pytest.raises(OutputError, match=r"holds other files \(notes\.txt\)"):
        put(target, NEW)
    assert tree(target) == mine
    assert hidden(tmp_path) == []


def test_permissions_and_links_of_what_is_replaced_stay(tmp_path: Path) -> None:
    os.umask(mask := os.umask(0o022))
    secret, link = tmp_path / "secret.csv", tmp_path / "link.csv"
    secret.write_bytes(b"old")
    secret.chmod(0o600)
    link.symlink_to(secret)
    write_bytes(link, b"new")
    assert (link.is_symlink(), secret.read_bytes(), secret.stat().st_mode & 0o777) == (True, b"new", 0o600)
    write_bytes(tmp_path / "plain.csv", b"")
    assert (tmp_path / "plain.csv").stat().st_mode & 0o777 == 0o666 & ~mask
    for before in ({}, OLD):
        target = tmp_path / f"private{len(before)}"
        target.mkdir(mode=0o700)
        if before:
            put(target, before)
        put(target, NEW)
        assert target.stat().st_mode & 0o777 == 0o700
    put(tmp_path / "fresh", NEW)
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_pipe_or_device_is_written_as_it_is(tmp_path: Path) -> None:
    write_bytes(Path(os.devnull), b"x")
    assert Path(os.devnull).is_char_device()
    os.mkfifo(tmp_path / "pipe")
    child = in_child(lambda: write_bytes(tmp_path / "pipe", b"through"))
    assert (tmp_path / "pipe").read_bytes() == b"through"
    assert ended(child) == 0
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("room", [0, 1, 4000, 9000])
def test_where_a_file_finds_no_room_all_stays_as_it_was(tmp_path: Path, room: int) -> None:
    files = {tmp_path / "a.csv": b"n" * 5000, tmp_path / "b.csv": b"n" * 9001}
    for file in files:
        file.write_bytes(b"old")
    put(tmp_path / "out", OLD)

    def write() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        reason = os.strerror(errno.EFBIG)
        with pytest.raises(OutputError, match=f"Cannot write .*[ab].csv: {reason}"):
            write_files(files)
        with pytest.raises(OutputError, match=f"Cannot write .*out: {reason}.* Name another folder"):
            put(tmp_path / "out", {**NEW, "b.txt": b"n" * 9001})

    assert ended(in_child(write)) == 0
    assert {file.read_bytes() for file in files} == {b"old"}
    assert tree(tmp_path / "out") == OLD
    assert hidden(tmp_path) == []


ON_A_FULL_DISK = """
import sys
from pathlib import Path
from tmsmeta.errors import OutputError
from tmsmeta.report.folder import Contents, write_texts
from tmsmeta.tables.write import write_files
disk, kind = Path(sys.argv[1]), Contents("a", ("a", "b"))
write_texts(disk / "out", {"a": "old", "b": "old"}, earlier=kind)
write_files({disk / "f": b"old", disk / "g": b"old"})
for size in range(1000, 200_000, 9000):
    for write in (
        lambda: write_texts(disk / "out", {"a": "n" * size, "b": "n" * size}, earlier=kind),
        lambda: write_files({disk / "f": b"n" * size, disk / "g": b"n" * size}),
    ):
        try:
            write()
        except OutputError as error:
            assert "No space left on device" in str(error), error
        found = {(disk / name).read_bytes() for name in ("out/a", "out/b")}, {(disk / n).read_bytes() for n in "fg"}
        assert all(len(one) == 1 for one in found)
        assert sorted(path.name for path in disk.iterdir()) == ["f", "g", "out"]
print(len((disk / "f").read_bytes()), size)
"""


def test_a_full_disk_leaves_old_or_new(tmp_path: Path) -> None:
    mounted = f"mount -t tmpfs -o size=256k none {tmp_path} && exec {sys.executable} -c '{ON_A_FULL_DISK}' {tmp_path}"
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    done = subprocess.run(["unshare", "-rm", "sh", "-c", mounted], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    largest, tried = map(int, done.stdout.split())
    assert 20_000 < largest < tried  # some found room, some did not


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder in which the user of this process may read only."""
    folder = Path(tempfile.mkdtemp())
    (folder / "old.csv").write_bytes(b"old")
    put(folder / "out", OLD)
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # nobody; to root nothing is read-only
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_refused_in_one_line(read_only: Path) -> None:
    denied = os.strerror(errno.EACCES)
    for name in ("old.csv", "new.csv"):
        with pytest.raises(OutputError) as caught:
            write_bytes(read_only / name, b"new")
        assert str(caught.value) == f"Cannot write {read_only / name}: {denied}."
    for name in ("out", "other"):
        with pytest.raises(OutputError) as caught:
            write_texts(read_only / name, {"a.txt": "new"}, earlier=KIND)
        assert str(caught.value).startswith(f"Cannot write {read_only.resolve() / name}: {denied}. Name another folder")
    assert (read_only / "old.csv").read_bytes() == b"old"
    assert tree(read_only / "out") == OLD


def test_a_file_that_is_protected_is_not_replaced(read_only: Path) -> None:
    protected = Path(tempfile.mkdtemp()) / "protected.csv"
    protected.write_bytes(b"old")
    protected.chmod(0o444)
    try:
        with pytest.raises(OutputError, match=os.strerror(errno.EACCES)):
            write_bytes(protected, b"new")
        assert protected.read_bytes() == b"old"
        assert hidden(protected.parent) == []
    finally:
        shutil.rmtree(protected.parent)
