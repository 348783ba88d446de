"""Write a folder whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from tmsmeta.errors import OutputError


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
        """Files in a folder that are none of these; all of them where the marker is not there."""
        files = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
        names = sorted(path.relative_to(folder).as_posix() for path in files)
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
    """Let `fill` write into a fresh folder beside `target`, then put it in the place of `target`.

    An existing `target` is replaced only if it is empty, or an `earlier` result and nothing else: nobody's files are
    lost.

    Raises:
        OutputError: the place cannot be written, is a file, or holds something else.
    """
    target = target.resolve()
    check_target(target, earlier=earlier)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        fill(work)
        _swap(work, target)
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
            if foreign := earlier.foreign(target):
                or_earlier = ", or one that holds nothing but what an earlier run wrote" if earlier.marker else ""
                some = f"{foreign[0]} and {len(foreign) - 1} more" if len(foreign) > 1 else foreign[0]
                raise OutputError(f"{target} holds other files ({some}). Name a new or empty folder{or_earlier}.")
        elif target.exists():
            raise OutputError(f"{target} is a file. Name a folder.")
        for above in target.parents:
            if above.exists() and not above.is_dir():
                raise OutputError(f"Cannot write {target}: {above} is not a folder. Name another folder.")
    except PermissionError as error:
        raise _unwritable(target, error) from error


def _swap(work: Path, target: Path) -> None:
    """Rename, with the earlier folder kept until the new one stands."""
    work.chmod(0o755)  # mkdtemp makes folders that only their owner can read
    if not target.exists():
        work.rename(target)
        return
    if not any(target.iterdir()):
        _move_in(work, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(old / target.name)
    try:
        work.rename(target)
    except OSError:
        (old / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _move_in(work: Path, target: Path) -> None:
    """Fill a folder that is there already: it may be the working folder of a shell, which must not be replaced."""
    children = sorted(work.iterdir())
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

    Letters, digits and underscores stay, a blank becomes a hyphen; what other signs there are is made up for by a few
    digits of the outcome's hash.
    """
    if re.fullmatch(r"[\w ]+", outcome):
        return outcome.replace(" ", "-")
    name = re.sub(r"\W+", "_", outcome).strip("_")
    return f"{name}_{sha256(outcome.encode()).hexdigest()[:6]}".lstrip("_")
