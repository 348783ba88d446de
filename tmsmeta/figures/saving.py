"""Write figures to files that are the same, byte for byte, on every run."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.errors import OutputError, check_option
from tmsmeta.figures.style import RESOLUTION, styled
from tmsmeta.tables.write import write_bytes

FORMATS = ("png", "svg", "pdf")


def figure_of(drawn: Axes | Figure) -> Figure:
    """The figure of `drawn`, whether that is the figure itself or an axes in it."""
    if isinstance(drawn, Figure):
        return drawn
    figure = drawn.figure
    if figure is None:
        raise OutputError("The axes belongs to no figure, so there is nothing to write.")
    return figure.figure  # of a part of a figure the whole; get_figure(root=True) needs matplotlib 3.10


def save(
    figure: Axes | Figure,
    path_stem: str | os.PathLike[str],
    formats: Sequence[str] = FORMATS,
    metadata: Mapping[str, Any] | None = None,
) -> tuple[Path, ...]:
    """Write `figure` as ``path_stem.png``, ``.svg`` and ``.pdf``, the same bytes on every run.

    Args:
        figure: what a figure function returned, or its figure.
        path_stem: path without the ending; folders are made.
        formats: which of ``png``, ``svg``, ``pdf``.
        metadata: what the files are to tell about themselves: ``title``, and anything else, such as the spec
            (``result.spec.to_dict()``) and the data version, which is kept as one description in sorted order.

    Returns:
        The paths written.

    Raises:
        UnknownOptionError: an unknown format.
        OutputError: a file that cannot be written.
    """
    for form in formats:
        check_option("formats", form, FORMATS)
    stem = Path(path_stem)
    written = []
    for form in formats:
        path = stem.with_name(f"{stem.name}.{form}")
        write_bytes(path, to_bytes(figure, form, metadata))
        written.append(path)
    return tuple(written)


@styled
def to_bytes(figure: Axes | Figure, form: str, metadata: Mapping[str, Any] | None = None) -> bytes:
    """The file that :func:`save` would write."""
    check_option("form", form, FORMATS)
    buffer = io.BytesIO()
    figure_of(figure).savefig(buffer, format=form, dpi=RESOLUTION, metadata=_metadata(form, metadata or {}))
    return buffer.getvalue()


def to_svg(figure: Axes | Figure, *, title: str, description: str = "", prefix: str = "figure") -> str:
    """The figure as an ``<svg>`` element for a web page: text stays text, and nothing is fetched.

    Args:
        figure: what a figure function returned.
        title, description: what a screen reader says; the description should state the result.
        prefix: starts every id, so that several figures can stand in one page.
    """
    return inline_svg(to_bytes(figure, "svg"), title=title, description=description, prefix=prefix)


def inline_svg(drawn: bytes, *, title: str, description: str = "", prefix: str = "figure") -> str:
    """The same from a figure that is an SVG file already, as :func:`to_bytes` gives it."""
    text = drawn.decode("utf-8")
    text = re.sub(r"(\n <title>[^<]*</title>)?\s*<metadata>.*?</metadata>", "\n ", text, count=1, flags=re.DOTALL)
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{prefix}-{_token(m[1])}"', text)
    text = re.sub(r'href="#([^"]+)"', lambda m: f'href="#{prefix}-{_token(m[1])}"', text)
    text = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{prefix}-{_token(m[1])})", text)
    names = f"{prefix}-title {prefix}-description" if description else f"{prefix}-title"
    text = text.replace("<svg ", f'<svg role="img" aria-labelledby="{names}" ', 1)
    told = f'<title id="{prefix}-title">{escape(title)}</title>'
    told += f'<desc id="{prefix}-description">{escape(description)}</desc>' if description else ""
    opening = text.index(">", text.index("<svg ")) + 1
    return _unique_ids(f"{text[:opening]}\n {told}{text[opening:]}")


def _token(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _unique_ids(svg: str) -> str:
    """Number the ids that several artists share; nothing refers to those."""
    seen: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        seen[name] = seen.get(name, 0) + 1
        return f'id="{name}"' if seen[name] == 1 else f'id="{name}-{seen[name]}"'

    return re.sub(r'\bid="([^"]+)"', number, svg)


def _metadata(form: str, given: Mapping[str, Any]) -> dict[str, str | None]:
    """What the file tells of itself, in the words of its format and without a date."""
    import json

    title = str(given.get("title", ""))
    rest = {key: value for key, value in given.items() if key != "title"}
    about = json.dumps(rest, sort_keys=True, ensure_ascii=form != "svg", default=str) if rest else ""
    match form:
        case "png":
            found: dict[str, str | None] = {"Title": title, "Description": about, "Software": "tmsmeta"}
        case "svg":
            found = {"Title": title, "Description": about, "Creator": "tmsmeta", "Date": None}
        case _:
            found = {"Title": title, "Subject": about, "Creator": "tmsmeta", "CreationDate": None, "ModDate": None}
    return {key: value for key, value in found.items() if value != ""}
