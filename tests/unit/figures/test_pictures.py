"""Figures show themselves in notebooks, and their files say in words what they show."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

import tmsmeta as tm
from tmsmeta import figures

EFFECTS = tm.effects.binary("RR", [11, 9, 13, 17], [35, 28, 25, 35], [2, 3, 2, 8], [33, 29, 25, 32], study=list("abcd"))
POOLED = tm.pool(EFFECTS)
DRAWN: dict[str, Callable[[], Axes | Figure]] = {
    "forest": lambda: figures.forest(POOLED),
    "funnel": lambda: figures.funnel_plot(tm.funnel(EFFECTS)),
    "influence": lambda: figures.influence_panel(tm.influence(EFFECTS)),
    "leave one out": lambda: figures.leave_one_out_forest(tm.leave_one_out(EFFECTS), POOLED),
    "no result": lambda: figures.not_assessable_panel(tm.NotAssessable("pool", "no study")),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_last_line_of_a_cell_shows_the_picture(name: str) -> None:
    """It was ``<Axes: >``."""
    drawn = DRAWN[name]()
    assert isinstance(drawn, Axes | Figure)
    png, html = drawn._repr_png_(), drawn._repr_html_()  # type: ignore[union-attr]
    assert Image.open(io.BytesIO(png)).width > 300
    image = ElementTree.fromstring(html).find("img")
    assert image is not None
    assert image.get("src", "").startswith("data:image/png;base64,")
    assert len(image.get("alt", "")) > 5
    assert "pyplot" not in html


def test_title_and_alternative_text_state_the_result() -> None:
    html = figures.forest(POOLED)._repr_html_()  # type: ignore[attr-defined]
    assert 'title="Forest plot"' in html
    assert POOLED.result_sentence().split(";")[0] in html
    assert 'title="Response"' in figures.forest(POOLED, title="Response")._repr_html_()  # type: ignore[attr-defined]


def test_notebooks_need_no_pyplot_and_pictures_can_be_pickled() -> None:
    program = (
        "import sys, tmsmeta as tm; from tmsmeta import figures\n"
        "e = tm.effects.generic([0.1, 0.2], se=[0.1, 0.1], measure='MD', study=['a', 'b'])\n"
        "figures.forest(tm.pool(e))._repr_html_(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    again = pickle.loads(pickle.dumps(figures.forest(POOLED)))
    assert again._repr_png_().startswith(b"\x89PNG")


def test_letters_are_as_wide_as_they_were_measured_whoever_saves() -> None:
    """Hinting made lines of 7 points up to 10 percent longer on screens, beyond the edge of the paper."""
    figure, buffer = figures.forest(POOLED, layout="revman", width="double").figure, io.BytesIO()
    figure.savefig(buffer, dpi=120)
    assert buffer.getvalue()[-400:] == figures.to_bytes(figure, "png", dpi=120)[-400:]


def test_axes_of_the_user_stay_as_they_are() -> None:
    figure = Figure(figsize=(9, 5))
    ax = figure.add_subplot()
    assert figures.forest(POOLED, ax=ax) is ax
    assert type(ax) is Axes


def test_files_of_every_format_are_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    formats = ("png", "svg", "pdf", "eps", "tiff")
    runs = [
        [p.read_bytes() for p in figures.save(figures.forest(POOLED), tmp_path / run / "f", formats, dpi=150)]
        for run in ("one", "two")
    ]
    assert runs[0] == runs[1]
    assert runs[0][3].startswith(b"%!PS-Adobe-3.0 EPSF")
    tiff = Image.open(io.BytesIO(runs[0][4]))
    assert (tiff.mode, round(tiff.info["dpi"][0]), tiff.info["compression"]) == ("RGB", 150, "tiff_lzw")
    assert round(Image.open(io.BytesIO(runs[0][0])).info["dpi"][0]) == 150


def test_an_svg_file_says_what_it_shows(tmp_path: Path) -> None:
    (path,) = figures.save(
        figures.forest(POOLED), tmp_path / "f", ("svg",), {"title": "A & B", "spec": {"tau2": "REML"}}
    )
    root = ElementTree.parse(path).getroot()
    first, second = list(root)[:2]
    assert (first.tag, first.text) == ("{http://www.w3.org/2000/svg}title", "A & B")
    assert (second.tag, second.text) == ("{http://www.w3.org/2000/svg}desc", POOLED.result_sentence())
    assert root.get("role") == "img"
    inline = figures.to_svg(figures.forest(POOLED), title="Here", description="Said.")
    assert inline.count("<title") == inline.count("<desc") == inline.count('role="img"') == 1


@pytest.mark.parametrize("dpi", [0, 1e5, "high"])
def test_a_resolution_that_is_none_is_refused(dpi: object, tmp_path: Path) -> None:
    with pytest.raises(tm.InvalidInputError, match="from 30 to 2400"):
        figures.save(figures.forest(POOLED), tmp_path / "f", ("png",), dpi=dpi)  # type: ignore[arg-type]
