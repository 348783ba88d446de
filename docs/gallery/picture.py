"""A picture of the gallery, and the page that shows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

_STYLE = (
    "body{font-family:'DejaVu Sans',Verdana,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}figure{margin:2rem 0;border-top:1px solid #a6a6a6;padding-top:1rem}img{max-width:100%;height:auto}"
    "figcaption{font-weight:bold;margin-bottom:.5rem}nav ul{columns:18rem}"
)


@dataclass(frozen=True)
class Picture:
    """One figure of the gallery.

    Attributes:
        name: stem of its files.
        title: what it shows.
        draw: makes it.
        spec: the choices behind its numbers, for the metadata of the files.
    """

    name: str
    title: str
    draw: Callable[[], Any]
    spec: Mapping[str, Any] = field(default_factory=dict)


def page(pictures: Sequence[Picture], formats: Sequence[str], version: str) -> str:
    """The page that shows `pictures`, as HTML that fetches nothing but the files beside it."""
    shown = "png" if "png" in formats else formats[0]
    items = "\n".join(f'<li><a href="#{escape(p.name)}">{escape(p.title)}</a></li>' for p in pictures)
    parts = "\n".join(_figure(p, formats, shown) for p in pictures)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Gallery of figures</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Gallery of figures</h1>\n"
        f"<p>Every figure, drawn from the shipped evidence (data version {escape(version)}).</p>\n"
        f"<nav>\n<ul>\n{items}\n</ul>\n</nav>\n<main>\n{parts}\n</main>\n</body>\n</html>\n"
    )


def _figure(picture: Picture, formats: Sequence[str], shown: str) -> str:
    name, title = escape(picture.name), escape(picture.title)
    links = ", ".join(f'<a href="{name}.{form}">{form.upper()}</a>' for form in formats)
    if shown == "pdf":
        body = ""
    else:
        body = f'<img src="{name}.{shown}" alt="{title}" loading="lazy">\n'
    return f'<figure id="{name}">\n<figcaption>{title}</figcaption>\n{body}<p>{links}</p>\n</figure>'
