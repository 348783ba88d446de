"""Read the bytes of a file, or say in one sentence why they cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import OutputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def file_bytes(file: Traversable | Path) -> bytes:
    """The content of a file.

    Raises:
        OutputError: the system refuses to read it (no permission, a damaged disk).
    """
    try:
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{file} cannot be read ({reason}). Check that it exists and that you may read it."
        ) from error
