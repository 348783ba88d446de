"""The command line: parses, calls, prints, sets the exit code (0 done, 2 input or output at fault)."""

from tmsmeta.cli.app import main

__all__ = ["main"]
