"""Write a folder whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tmsmeta.errors import OutputError


def write_folder(target: Path, fill: Callable[[Path], None], *, marker: str | None) -> None:
    """Let `fill` write into a fresh folder beside `target`, then put it in the place of `target`.

    An existing `target` is replaced only if it is empty or holds a file named `marker`, which every earlier result
    has, so that nobody's files are lost. Without a `marker` it must be new or empty.

    Raises:
        OutputError: the place cannot be written, is a file, or holds something else.
    """
    target = target.absolute()
    check_target(target, marker=marker)
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


def check_target(target: Path, *, marker: str | None) -> None:
    """Raise unless :func:`write_folder` may make or replace `target`; nothing is touched.

    Raises:
        OutputError: the place is a file, lies below one, or holds something else.
    """
    target = target.absolute()
    try:
        if target.is_dir():
            names = {child.name for child in target.iterdir()}
            if names and marker not in names:
                or_earlier = ", or one that an earlier run wrote" if marker else ""
                raise OutputError(f"{target} holds other files. Name a new or empty folder{or_earlier}.")
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
    """An outcome as part of a file name: letters, digits and underscores only."""
    return re.sub(r"\W+", "_", outcome).strip("_") or "outcome"
