"""Break a piece of work off: at each of its file operations, at a moment, or where the disk is full."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE_OPERATIONS = ("open", "os.", "shutil.", "ctypes.dlsym")
"""What Python tells of before it does it: one of these stands before and after everything that changes a folder."""


def in_child(work: Callable[[], object]) -> int:
    """Process number of a copy of this process that does some work; it ends with 0, or with 1 where that raised."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """How a process ended: its exit code, or the signal that killed it as a negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_before(number: int, work: Callable[[], object]) -> bool:
    """Whether the process was killed before its file operation of this number; False if it did not have so many."""

    def counted() -> None:
        count = 0

        def hook(event: str, _: Any) -> None:
            nonlocal count
            if event.startswith(FILE_OPERATIONS):
                count += 1
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)  # cannot be taken away again, but this process ends with it
        work()

    code = ended(in_child(counted))
    assert code in (0, -signal.SIGKILL)
    return code != 0


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Whether the process was killed after this time; False if it was done before."""
    child = in_child(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return ended(child) != 0


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
