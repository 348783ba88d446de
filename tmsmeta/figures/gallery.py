"""Draw every figure from the shipped evidence: ``python -m tmsmeta.figures.gallery OUT``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from tmsmeta.errors import OutputError, TmsmetaError
from tmsmeta.evidence import Evidence, load_evidence
from tmsmeta.figures.gallery_network import network_pictures
from tmsmeta.figures.gallery_pairwise import pairwise_pictures
from tmsmeta.figures.gallery_parts import Picture, page
from tmsmeta.figures.saving import FORMATS, save


def pictures(evidence: Evidence | None = None) -> Iterator[Picture]:
    """Every figure that tmsmeta draws, of the shipped evidence unless another is given."""
    source = load_evidence() if evidence is None else evidence
    return chain(pairwise_pictures(source), network_pictures(source))


def draw_gallery(
    out: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    evidence: Evidence | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Path:
    """Draw every figure into the folder `out`, with a page ``index.html``.

    Args:
        out: folder; made where it does not exist, files of the same names are replaced.
        formats: which of ``png``, ``svg``, ``pdf``.
        evidence: the shipped evidence unless another is given.
        step: called with the title of each figure before it is drawn.

    Returns:
        The path of the page.

    Raises:
        OutputError: a file that cannot be written.
        UnknownOptionError: an unknown format.
    """
    source = load_evidence() if evidence is None else evidence
    folder = Path(out)
    drawn = []
    for picture in pictures(source):
        step(picture.title)
        metadata = {"title": picture.title, "spec": dict(picture.spec), "data": source.data_version.short}
        save(picture.draw(), folder / picture.name, formats, metadata)
        drawn.append(picture)
    path = folder / "index.html"
    try:
        path.write_text(page(drawn, formats, source.data_version.short), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tmsmeta.figures.gallery", description=draw_gallery.__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = "Draw every figure from the shipped evidence, with a page index.html."
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
