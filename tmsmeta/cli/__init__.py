"""The command line: parses, calls, prints, sets the exit code (0 done, 2 input or output at fault, 130 interrupted)."""

import os
import sys

from tmsmeta.report.process import settle

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``tmsmeta`` command."""
    _fill_closed_streams()
    settle()
    try:
        from tmsmeta.cli.app import app
    except KeyboardInterrupt:
        sys.exit(130)
    app()


def _fill_closed_streams() -> None:
    """Have something at the numbers of stdin, stdout and stderr, so that no file of ours gets one of them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
