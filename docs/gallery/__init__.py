"""Every figure, drawn from the shipped review, with a page that shows them: ``make gallery``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from gallery.network_figures import network_pictures
from gallery.pairwise_figures import pairwise_pictures
from gallery.picture import Picture, page
from tmsmeta.errors import OutputError
from tmsmeta.figures.saving import FORMATS, save
from tmsmeta.review import Evidence, load_evidence


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
