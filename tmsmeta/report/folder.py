"""Write a folder whole or not at all."""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from tmsmeta.errors import OutputError
from tmsmeta.tables.write import beside, clear_left_overs, is_left_over

_LONGEST = 100  # bytes of an outcome in a file name, of the 255 that a name may have
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


@dataclass(frozen=True)
class Contents:
    """The files of one kind of result, by which an earlier one is known.

    Attributes:
        marker: a file that every such result has.
        files: patterns of all files that it may have, relative to the folder.
    """

    marker: str
    files: tuple[str, ...]

    def foreign(self, folder: Path) -> list[str]:
        """Files in a folder that are none of these; all of them where the marker is not there.

        What a killed process was writing there is nobody's. A folder that another run exchanges meanwhile is looked at
        again: the one that was listed is being removed.
        """
        before = folder.stat().st_ino if folder.exists() else 0
        files = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
        names = sorted(path.relative_to(folder).as_posix() for path in files if not is_left_over(path))
        if folder.exists() and folder.stat().st_ino != before:
            return self.foreign(folder)
        known = self.files if self.marker in names else ()
        return [name for name in names if not any(_matches(name, pattern) for pattern in known)]


def _matches(name: str, pattern: str) -> bool:
    """Whether a path matches a pattern whose ``*`` stays within one folder."""
    return name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)


NOTHING = Contents("", ())
"""For a folder that must be new or empty."""


def write_text(path: Path, text: str) -> None:
    """Write a text with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_texts(target: Path, texts: Mapping[str, str], *, earlier: Contents) -> None:
    """As :func:`write_folder`, for texts by file name."""

    def fill(folder: Path) -> None:
        for name, text in texts.items():
            write_text(folder / name, text)

    write_folder(target, fill, earlier=earlier)


def write_folder(target: Path, fill: Callable[[Path], None], *, earlier: Contents) -> None:
    """Let `fill` write into a fresh folder beside `target`, then put it in the place of `target` at one stroke.

    An existing `target` is replaced only if it is empty, or an `earlier` result and nothing else: nobody's files are
    lost, also where they come while `fill` is at work. At any moment `target` holds what it held, or all that is new.
    Only an empty working folder is filled file by file, the marker first: it must not be replaced under the shell
    that stands in it.

    Raises:
        OutputError: the place cannot be written, is a file, or holds something else.
    """
    target = target.resolve()
    check_target(target, earlier=earlier)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        clear_left_overs(target.parent)
        work = beside(target)
        work.mkdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        fill(work)
        _swap(work, target, earlier)
    except OutputError:
        raise
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_target(target: Path, *, earlier: Contents) -> None:
    """Raise unless :func:`write_folder` may make or replace `target`; nothing is touched.

    Raises:
        OutputError: the place is a file, lies below one, or holds something else.
    """
    target = target.resolve()
    try:
        if target.is_dir():
            _refuse_foreign(target, target, earlier)
        elif target.exists():
            raise OutputError(f"{target} is a file. Name a folder.")
        for above in target.parents:
            if above.exists() and not above.is_dir():
                raise OutputError(f"Cannot write {target}: {above} is not a folder. Name another folder.")
    except PermissionError as error:
        raise _unwritable(target, error) from error


def _refuse_foreign(folder: Path, target: Path, earlier: Contents) -> None:
    """Raise if a `folder`, which stands or stood at `target`, holds what no earlier run wrote."""
    if foreign := earlier.foreign(folder):
        or_earlier = ", or one that holds nothing but what an earlier run wrote" if earlier.marker else ""
        some = f"{foreign[0]} and {len(foreign) - 1} more" if len(foreign) > 1 else foreign[0]
        raise OutputError(f"{target} holds other files ({some}). Name a new or empty folder{or_earlier}.")


def _swap(work: Path, target: Path, earlier: Contents) -> None:
    """Put `work` at `target`; what stood there is at `work` afterwards."""
    if target.is_dir():
        shutil.copymode(target, work)
        if target.samefile(".") and not any(target.iterdir()):
            _move_in(work, target, earlier.marker)
            return
    try:
        work.rename(target)  # a folder takes the place of an empty one
    except OSError:
        if not target.is_dir():
            raise
    else:
        return
    _refuse_foreign(target, target, earlier)
    _exchange(work, target)
    try:
        _refuse_foreign(work, target, earlier)
    except OutputError:
        _exchange(work, target)
        raise


def _exchange(work: Path, target: Path) -> None:
    """Let two folders change places: at one stroke on Linux, else with the earlier one kept until the new stands."""
    if _exchanged_at_once(work, target):
        return
    aside = target.with_name(f".tmsmeta-old-{secrets.token_hex(4)}")  # never removed as a left-over: it may be the last
    target.rename(aside)
    try:
        work.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(work)


def _exchanged_at_once(work: Path, target: Path) -> bool:
    """Whether the system could do it; some file systems cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError):  # a C library without it
        return False
    return bool(rename(_HERE, os.fsencode(work), _HERE, os.fsencode(target), _EXCHANGE) == 0)


def _move_in(work: Path, target: Path, marker: str) -> None:
    """Fill a folder that is there already; the marker goes first, so that a later run knows what a killed one left."""
    children = sorted(work.iterdir(), key=lambda child: (child.name != marker, child.name))
    try:
        for child in children:
            child.rename(target / child.name)
    except OSError:
        for child in children:
            if (target / child.name).exists():
                (target / child.name).rename(child)
        raise


def _unwritable(target: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(f"Cannot write {target}: {reason}. Name another folder, or change its permissions.")


def file_name(outcome: str) -> str:
    """An outcome as part of a file name; no two outcomes share one.

    Letters, digits and underscores stay, a blank becomes a hyphen; what other signs there are, and what is too long for
    a file system, is made up for by a few digits of the outcome's hash.
    """
    if re.fullmatch(r"[\w ]+", outcome) and len(outcome.encode()) <= _LONGEST:
        return outcome.replace(" ", "-")
    name = re.sub(r"\W+", "_", outcome).strip("_").encode()[:_LONGEST].decode(errors="ignore")
    return f"{name}_{sha256(outcome.encode()).hexdigest()[:6]}".lstrip("_")
