"""Write one file, or say in one sentence why it cannot be written."""

from __future__ import annotations

from pathlib import Path

from tmsmeta.errors import OutputError


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file; folders above it are made.

    Raises:
        OutputError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {_reason(path, error)}.") from error


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
