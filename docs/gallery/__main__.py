"""The command that draws the gallery."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gallery import draw_gallery
from tmsmeta.errors import TmsmetaError
from tmsmeta.figures.saving import FORMATS


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gallery")
    parser.description = "Draw every figure into a folder, with a page index.html that shows the code of each."
    parser.add_argument("out", help="folder for the figures")
    parser.add_argument("--formats", nargs="+", default=list(FORMATS), choices=FORMATS, help="file formats")
    given = parser.parse_args(arguments)
    try:
        path = draw_gallery(given.out, formats=given.formats, step=lambda title: print(title, file=sys.stderr))
    except TmsmetaError as error:
        print(error, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
