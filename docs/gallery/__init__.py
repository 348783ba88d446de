"""Every figure with the code that draws it: ``make gallery``, and the gallery of the documentation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from gallery import forest_figures, given, network_figures, people_figures, study_figures
from gallery.picture import Picture, page
from gallery.recipe import script, told
from tmsmeta.errors import OutputError
from tmsmeta.figures.saving import FORMATS, save
from tmsmeta.review import load_evidence


class Section(NamedTuple):
    """Figures that belong together, on one page of the documentation.

    Attributes:
        name: of the page.
        title: of the page.
        module: whose functions are the figures.
    """

    name: str
    title: str
    module: ModuleType

    def pictures(self) -> Iterator[Picture]:
        """Its figures in the order of the module."""
        for name, draw in _functions(self.module):
            yield Picture(name, *told(draw), script(draw, given))


SECTIONS = (
    Section("forests", "Forest plots", forest_figures),
    Section("studies", "Studies and choices", study_figures),
    Section("networks", "Networks", network_figures),
    Section("people", "People, reviews and claims", people_figures),
)


def _functions(module: ModuleType) -> list[tuple[str, Callable[..., Any]]]:
    own = [(n, f) for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return [(name, function) for name, function in own if not name.startswith("_")]


def pictures() -> Iterator[Picture]:
    """Every figure that tmsmeta draws."""
    for section in SECTIONS:
        yield from section.pictures()


def draw_gallery(
    out: str | Path, *, formats: Sequence[str] = FORMATS, step: Callable[[str], None] = lambda _: None
) -> Path:
    """Draw every figure into the folder `out`, with a page ``index.html``.

    Args:
        out: folder; made where it does not exist, files of the same names are replaced.
        formats: which of ``png``, ``svg``, ``pdf``.
        step: called with the title of each figure before it is drawn.

    Returns:
        The path of the page.

    Raises:
        OutputError: a file that cannot be written.
        UnknownOptionError: an unknown format.
    """
    folder, version = Path(out), load_evidence().data_version.short
    drawn = []
    for picture in pictures():
        step(picture.title)
        metadata = {"title": picture.title, "code": picture.code, "data": version}
        drawn.append((picture, save(picture.draw(), folder / picture.name, formats, metadata)))
    path = folder / "index.html"
    try:
        path.write_text(page(drawn, version), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    return path
