"""Write figures to files that are the same, byte for byte, on every run."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.figures.fonts import FONT, GENERIC
from tmsmeta.figures.picture import About, about_of, figure_of
from tmsmeta.figures.style import RESOLUTION, styled
from tmsmeta.tables.write import write_files
from tmsmeta.words.arguments import answerable
from tmsmeta.words.signs import printable
from tmsmeta.words.svg import inline_svg as inline_svg
from tmsmeta.words.svg import xml_text

FORMATS = ("png", "svg", "pdf")
"""What is written where no format is asked for."""
_FAMILIES = re.compile(rf"('{FONT}'(?:, '[^']+')*)")
ALL_FORMATS = (*FORMATS, "eps", "tiff")


@answerable
def save(
    figure: Axes | Figure | Sequence[Axes | Figure],
    path_stem: str | os.PathLike[str],
    formats: Sequence[str] = FORMATS,
    metadata: Mapping[str, Any] | None = None,
    *,
    dpi: float = RESOLUTION,
) -> tuple[Path, ...]:
    """Write `figure` as ``path_stem.png``, ``.svg`` and ``.pdf``, or in other formats, the same bytes on every run.

    Args:
        figure: what a figure function returned, or its figure; several pages are written as ``path_stem-1`` and so on.
        path_stem: path without the ending; folders are made.
        formats: which of ``png``, ``svg``, ``pdf``, ``eps`` (no transparency) and ``tiff`` (RGB, compressed by LZW).
        metadata: what the files are to tell about themselves: ``title``, and anything else, such as the spec
            (``result.spec.to_dict()``) and the data version, which is kept as one description in sorted order. Without
            it they tell what the figure shows; SVG files say that in ``<title>`` and ``<desc>`` in any case.
        dpi: dots per inch of PNG and TIFF files.

    Returns:
        The paths written.

    Raises:
        UnknownOptionError: an unknown format.
        InvalidInputError: something else than figures, or a resolution that is not a number from 30 to 2400.
        OutputError: a file that cannot be written.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.profile_plot(tm.profile_likelihood(trials))
        >>> [file.name for file in tm.figures.save(ax, "figures/profile", formats=["png", "svg"], dpi=100)]
        ['profile.png', 'profile.svg']
    """
    for form in formats:
        check_option("formats", form, ALL_FORMATS)
    stem = Path(path_stem)
    pages = list(figure) if isinstance(figure, Sequence) else [figure]
    drawn: dict[Path, bytes] = {}
    for number, page in enumerate(pages, 1):
        name = stem.name if len(pages) == 1 else f"{stem.name}-{number}"
        for form in formats:
            drawn[stem.with_name(f"{name}.{form}")] = to_bytes(page, form, metadata, dpi=dpi)
    write_files(drawn)
    return tuple(drawn)


@styled
def to_bytes(
    figure: Axes | Figure, form: str, metadata: Mapping[str, Any] | None = None, *, dpi: float = RESOLUTION
) -> bytes:
    """The file that :func:`save` would write.

    Args:
        figure: what a figure function returned, or its figure.
        form: one of the formats of :func:`save`.
        metadata: what the file is to tell about itself, as in :func:`save`.
        dpi: dots per inch of PNG and TIFF files.

    Returns:
        The bytes; the same on every run.

    Raises:
        UnknownOptionError: an unknown format.
        InvalidInputError: something else than a figure, or a resolution that is not a number from 30 to 2400.
        OutputError: an axes that belongs to no figure.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.profile_plot(tm.profile_likelihood(trials))
        >>> tm.figures.to_bytes(ax, "pdf")[:4]
        b'%PDF'
    """
    check_option("form", form, ALL_FORMATS)
    if not (isinstance(dpi, (int, float)) and 30 <= dpi <= 2400):
        raise InvalidInputError(Issue(None, "dpi", dpi, "must be a number of dots per inch from 30 to 2400, as 600."))
    told, drawn = about_of(figure), figure_of(figure)
    given = dict(metadata or {})
    title = str(given.get("title") or told.title)
    buffer = io.BytesIO()
    if form == "tiff":
        drawn.savefig(buffer, format="png", dpi=dpi)
        return _tiff(buffer, dpi, title, told.description)
    drawn.savefig(buffer, format=form, dpi=dpi, metadata=_metadata(form, given, told))
    if form == "svg":
        drawn_text = _FAMILIES.sub(rf"\1, {', '.join(GENERIC[1:])}", buffer.getvalue().decode("utf-8"))
        return _described(drawn_text, title, told.description).encode("utf-8")
    return re.sub(rb"%%CreationDate: .*\n", b"", buffer.getvalue()) if form == "eps" else buffer.getvalue()


def _tiff(png: io.BytesIO, dpi: float, title: str, description: str) -> bytes:
    """The picture without transparency, which journals refuse."""
    from PIL import Image

    buffer, said = io.BytesIO(), f"{title}. {description}" if description else title
    plain = Image.open(png).convert("RGB")
    plain.save(buffer, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi), description=said, software="tmsmeta")
    return buffer.getvalue()


def _described(svg: str, title: str, description: str) -> str:
    """The SVG file with title and description first in it, for readers who do not see it."""
    svg = re.sub(r"\n <title>[^<]*</title>", "", svg, count=1)
    told = f"\n <title>{xml_text(title)}</title>" + (f"\n <desc>{xml_text(description)}</desc>" if description else "")
    opening = svg.index(">", svg.index("<svg ")) + 1
    return f"{svg[:opening]}{told}{svg[opening:]}".replace("<svg ", '<svg role="img" ', 1)


@answerable
def to_svg(figure: Axes | Figure, *, title: str, description: str = "", prefix: str = "figure") -> str:
    """The figure as an ``<svg>`` element for a web page: text stays text, and nothing is fetched.

    Args:
        figure: what a figure function returned.
        title, description: what a screen reader says; the description should state the result.
        prefix: starts every id, so that several figures can stand in one page.

    Returns:
        The element as text.

    Raises:
        InvalidInputError: something else than a figure.
        OutputError: an axes that belongs to no figure.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.profile_plot(tm.profile_likelihood(trials))
        >>> tm.figures.to_svg(ax, title="Profile likelihood of tau2").startswith("<svg")
        True
    """
    return inline_svg(to_bytes(figure, "svg"), title=title, description=description, prefix=prefix)


def _metadata(form: str, given: Mapping[str, Any], told: About) -> dict[str, str | None]:
    """What the file tells of itself, in the words of its format and without a date."""
    import json

    title = str(given.get("title") or told.title)
    rest = {key: value for key, value in given.items() if key != "title"}
    data = json.dumps(rest, sort_keys=True, ensure_ascii=form != "svg", default=str) if rest else told.description
    match form:
        case "png":
            found: dict[str, str | None] = {"Title": title, "Description": data, "Software": "tmsmeta"}
        case "svg":
            found = {"Title": title, "Description": data, "Creator": "tmsmeta", "Date": None}
        case "eps":
            found = {"Title": title, "Creator": "tmsmeta"}
        case _:
            found = {"Title": title, "Subject": data, "Creator": "tmsmeta", "CreationDate": None, "ModDate": None}
    return {key: value and printable(value) for key, value in found.items() if value != ""}
