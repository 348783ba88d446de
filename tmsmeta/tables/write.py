"""Write files whole or not at all, or say in one sentence why they cannot be written.

What is written gets a name of its own beside its place first, and its place at one stroke when it is whole. A process
that is killed leaves such a name behind; the next one that writes beside it clears it away.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from tmsmeta.errors import OutputError

_BESIDE = re.compile(r"\.tmsmeta-([0-9a-f]{8})-(\d{1,9})-[0-9a-f]{8}")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, as :func:`write_files` does."""
    write_files({path: data})


def write_files(files: Mapping[Path, bytes], *, cleared: bool = False) -> None:
    """Write files; folders above them are made. Where one cannot be written, all keep what they held.

    Each of them holds what it held, or all that is new, at any moment, also where the process is killed or the disk is
    full. A link stays a link; devices and pipes are written as they are.

    Args:
        files: what to write, by its place.
        cleared: whether the caller has called :func:`clear_left_overs`, as one does who writes many files into one
            folder one after the other.

    Raises:
        OutputError: a place cannot be written.
    """
    staged: list[tuple[Path, Path]] = []
    if not cleared:
        for folder in {path.resolve().parent for path in files}:
            clear_left_overs(folder)
    path = Path()
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():
                path.write_bytes(data)
                continue
            place = path.resolve()
            staged.append((place, beside(place)))
            _write_new(staged[-1][1], data, like=place)
        for path, work in staged:
            work.replace(path)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {_reason(path, error)}.") from error
    finally:
        for _, work in staged:
            work.unlink(missing_ok=True)


def _write_new(file: Path, data: bytes, *, like: Path) -> None:
    """Write a file that nobody has opened yet, with the permissions of the one whose place it will take."""
    if like.exists():
        like.open("r+b").close()  # what may not be written is not replaced either
    with file.open("xb") as stream:
        stream.write(data)
    if like.exists():
        shutil.copymode(like, file)


def clear_left_overs(folder: Path) -> None:
    """Remove what killed processes left in a folder."""
    with suppress(OSError):  # a folder that may not be listed, or what somebody else left: both are harmless
        for left in filter(is_left_over, folder.iterdir()):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def beside(place: Path) -> Path:
    """A name in the folder of `place` under which it can be written."""
    return place.with_name(f".tmsmeta-{_host()}-{os.getpid()}-{secrets.token_hex(4)}")


def is_left_over(path: Path) -> bool:
    """Whether this is what a process of this computer wrote beside its place before it was killed."""
    found = _BESIDE.fullmatch(path.name)
    if found is None or found[1] != _host() or os.name == "nt":  # on Windows, to ask for a process can end it
        return False
    try:
        os.kill(int(found[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _host() -> str:
    """This computer, and the container on it: what knows a process by its number."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def check_place(path: Path) -> None:
    """Raise :class:`~tmsmeta.errors.OutputError` if `path` cannot become a file; nothing is touched."""
    if path.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder. Name a file in it.")
    if below := _file_above(path):
        raise OutputError(f"Cannot write {path}: {_not_a_folder(below)}.")


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return _not_a_folder(_file_above(path) or path.parent)
    return error.strerror or str(error)


def _file_above(path: Path) -> Path | None:
    return next((above for above in path.parents if above.is_file()), None)


def _not_a_folder(file: Path) -> str:
    return f"the folder {file} cannot be made, because a file of that name exists"
