"""A picture of the gallery, and the page that shows them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import chdir
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]

_STYLE = (
    "body{font-family:'DejaVu Sans',Verdana,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}figure{margin:2rem 0;border-top:1px solid #a6a6a6;padding-top:1rem}img{max-width:100%;height:auto}"
    "figcaption{font-weight:bold;margin-bottom:.5rem}nav ul{columns:18rem}pre{overflow-x:auto;background:#f4f4f4;"
    "padding:.7rem}"
)


@dataclass(frozen=True)
class Picture:
    """One figure of the gallery.

    Attributes:
        name: stem of its files.
        title: what it shows.
        text: what to know beside the title; may be empty.
        code: script that draws it.
    """

    name: str
    title: str
    text: str
    code: str

    def draw(self) -> Any:
        """Run the script; what a figure function returned: axes, a figure, or the axes of several pages."""
        names: dict[str, Any] = {}
        with chdir(CHECKOUT):
            exec(compile(self.code, f"<gallery: {self.name}>", "exec"), names)
        return names["axes"]


def page(drawn: Sequence[tuple[Picture, Sequence[Path]]], version: str) -> str:
    """The page that shows pictures, as HTML that fetches nothing but the files beside it.

    Args:
        drawn: each picture with its files.
        version: of the data.
    """
    items = "\n".join(f'<li><a href="#{escape(p.name)}">{escape(p.title)}</a></li>' for p, _ in drawn)
    parts = "\n".join(_figure(picture, files) for picture, files in drawn)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Gallery of figures</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Gallery of figures</h1>\n"
        f"<p>Every figure with the code that draws it (shipped evidence: data version {escape(version)}).</p>\n"
        f"<nav>\n<ul>\n{items}\n</ul>\n</nav>\n<main>\n{parts}\n</main>\n</body>\n</html>\n"
    )


def _figure(picture: Picture, files: Iterable[Path]) -> str:
    name, title = escape(picture.name), escape(picture.title)
    links = ", ".join(f'<a href="{escape(file.name)}">{escape(file.name)}</a>' for file in files)
    shown = {file.stem: file for file in sorted(files, key=lambda file: file.suffix == ".png") if file.suffix != ".pdf"}
    images = "".join(f'<img src="{escape(file.name)}" alt="{title}" loading="lazy">\n' for file in shown.values())
    text = f"<p>{escape(picture.text)}</p>\n" if picture.text else ""
    code = f'<pre tabindex="0"><code>{escape(picture.code)}</code></pre>\n'
    return f'<figure id="{name}">\n<figcaption>{title}</figcaption>\n{text}{images}{code}<p>{links}</p>\n</figure>'
