"""What is made from the package itself when the documentation is built, so that it cannot grow old."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from constants import entry
from myst import write

import tmsmeta

if TYPE_CHECKING:
    from gallery.picture import Picture


class Group(NamedTuple):
    """A page of the interface.

    Attributes:
        name: of the file.
        title: of the page.
        about: what the reader finds there.
        rooms: parts of the package whose names in ``tmsmeta`` belong here.
        modules: public modules, all of whose names belong here.
    """

    name: str
    title: str
    about: str
    rooms: Sequence[str]
    modules: Sequence[str] = ()


GROUPS = (
    Group("tables", "Tables", "Read a file or a DataFrame of any kind.", ("tables",)),
    Group(
        "effects",
        "Effects",
        "From counts, means, rates and printed intervals to one effect size per study; counts behind printed figures.",
        ("effects",),
        ("effects", "effects.intervals", "effects.reconstruct"),
    ),
    Group(
        "pooling",
        "Pooling",
        "One pooled effect, heterogeneity, intervals; the conventions of other programs; many data sets at once.",
        ("pooling",),
        ("pooling.profiles", "pooling.heterogeneity"),
    ),
    Group(
        "models",
        "Models",
        "Counts without correction, regression, subgroups, outcomes and effects that depend on each other.",
        ("models",),
        ("models.counts", "models.regression", "models.multivariate"),
    ),
    Group(
        "robustness",
        "Robustness",
        "What changes without a study, with another choice, with small-study effects; resampling and simulation.",
        ("robustness",),
        ("robustness.sensitivity", "robustness.smallstudy"),
    ),
    Group(
        "absolute",
        "Absolute effects",
        "People of 1,000, and how many are treated for one more.",
        ("absolute",),
        ("absolute",),
    ),
    Group(
        "networks",
        "Networks",
        "Many treatments at once: estimates, ranking, consistency.",
        ("networks",),
        ("networks",),
    ),
    Group(
        "review",
        "Reviews and claims",
        "A review as a folder, its selections and results; quoted figures and their verdicts.",
        ("review",),
        ("review", "review.claims"),
    ),
    Group("figures", "Figures", "Pictures for papers.", ("figures",), ("figures",)),
    Group("report", "Reports", "Results as files and as one page.", ("report",), ("report",)),
    Group(
        "errors", "Errors and sources", "What is raised, and what is a value with a reason.", ("errors", "provenance")
    ),
)


HERE = Path(__file__).parent
MADE = HERE / "made"
DATA = MADE / "data"
EXAMPLE = HERE.parent / "notebooks" / "example"
"""Claims and evidence of one's own, with invented numbers."""


def write_pages() -> None:
    """Write all of it into the folder ``made`` of the documentation."""
    for folder in (MADE / "api", MADE / "notebooks", DATA):
        folder.mkdir(parents=True, exist_ok=True)
    for group in GROUPS:
        write(MADE / "api" / f"{group.name}.rst", _group_page(group))
    for notebook in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        shutil.copy(notebook, MADE / "notebooks" / notebook.name)
    for name in ("bcg", "smoking"):
        write(DATA / f"{name}.csv", (HERE.parent / "examples" / f"{name}.csv").read_text(encoding="utf-8"))


def write_gallery() -> None:
    """Draw every figure, and the pages that show each with the code that drew it."""
    from gallery import SECTIONS

    folder = MADE / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    cards = []
    for section in SECTIONS:
        parts, thumbs = [f"# {section.title}"], []
        for picture in section.pictures():
            parts.append(_shown(picture, folder))
            thumbs.append(_thumb(picture))
        write(folder / f"{section.name}.md", "\n\n".join(parts) + "\n")
        grid = "\n".join(thumbs)
        cards.append(f"## {section.title}\n\n:::::{{grid}} 2 2 3 3\n:gutter: 3\n\n{grid}:::::\n")
    listed = "\n".join(section.name for section in SECTIONS)
    write(folder / "index.md", _GALLERY.format(cards="\n".join(cards), listed=listed))


_GALLERY = """# Gallery

Every figure that tmsmeta draws, with the code that drew it when this page was built: copy it, run it, and the same
figure comes out. [Figures](../api/figures.rst) describes the functions; `tm.figures.save(axes, "name")` writes a figure
to files. Figures are of the shipped review; where it has no such numbers, the text says what they are of.

{cards}
```{{toctree}}
:hidden:
{listed}
```
"""


def _shown(picture: Picture, folder: Path) -> str:
    """A figure, what it shows in words, and its code."""
    from tmsmeta.figures import save
    from tmsmeta.figures.picture import about_of

    drawn = picture.draw()
    pages = drawn if isinstance(drawn, tuple) else (drawn,)
    files = save(pages, folder / picture.name, ("svg",), {"title": picture.title, "code": picture.code})
    save(pages[0], folder / "small" / picture.name, ("png",), dpi=80)
    alt = " ".join(f"{picture.title}. {about_of(pages[0]).description}".split())
    images = "\n\n".join(f"```{{image}} {file.name}\n:alt: {alt}\n```" for file in files)
    text = f"{picture.text}\n\n" if picture.text else ""
    return f"({_anchor(picture)})=\n\n## {picture.title}\n\n{text}{images}\n\n```python\n{picture.code}```"


def _thumb(picture: Picture) -> str:
    link = f":link: {_anchor(picture)}\n:link-type: ref\n:img-top: small/{picture.name}.png\n:img-alt: {picture.title}"
    return f"::::{{grid-item-card}} {picture.title}\n{link}\n::::\n"


def _anchor(picture: Picture) -> str:
    return f"figure-{picture.name.replace('_', '-')}"


def enter_data_folder() -> None:
    """What each page does before its first cell that can be seen: files are named as readers would name theirs."""
    os.chdir(DATA)


def public_names() -> dict[str, str]:
    """Names that ``tmsmeta`` exports, with the part of the package that each comes from."""
    stub = Path(tmsmeta.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    return {name: place for place, name in re.findall(r"^from \.(\S*) import (\w+) as", stub, re.MULTILINE)}


def names_of(group: Group) -> Iterator[str]:
    """Full names of the functions and classes on a page of the interface, each thing once, by its shortest name."""
    return (name for name, value in _public(group) if _described(value))


def constants_of(group: Group) -> Iterator[tuple[str, Any]]:
    """The same of what is neither function nor class: profiles, tables, lists of choices."""
    return ((name, value) for name, value in _public(group) if not _described(value))


def _public(group: Group) -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    top = [name for name, place in public_names().items() if place.split(".")[0] in group.rooms]
    paths = [("tmsmeta", name) for name in top]
    for module in group.modules:
        exported = sorted(importlib.import_module(f"tmsmeta.{module}").__all__, key=str.lower)
        paths += [(f"tmsmeta.{module}", name) for name in exported]
    for parent, name in paths:
        value = getattr(importlib.import_module(parent), name)
        if not inspect.ismodule(value) and id(value) not in seen:
            seen.add(id(value))
            yield f"{parent}.{name}", value


def _described(value: Any) -> bool:
    return inspect.isclass(value) or inspect.isroutine(value)


def _group_page(group: Group) -> str:
    listed = "\n".join(f"   {name}" for name in names_of(group))
    head = f"{group.title}\n{'=' * len(group.title)}\n\n{group.about}\n\n"
    functions = f".. autosummary::\n   :toctree: names\n   :nosignatures:\n\n{listed}\n"
    entries = "\n".join(entry(name, value) for name, value in constants_of(group))
    return head + functions + (f"\nConstants\n---------\n\n{entries}" if entries else "")
