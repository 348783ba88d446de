"""The gallery: every figure is in it, drawn by the code that is shown, none with words that overlap or are cut."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import gallery
import pytest
from figure_helpers import outside, overlapping
from gallery.picture import Picture, page
from gallery.recipe import script
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta.errors import OutputError

NO_FIGURES = {"caption", "inline_svg", "save", "to_bytes", "to_svg"}
"""Names of :mod:`tmsmeta.figures` that draw nothing."""


def test_every_figure_of_the_gallery() -> None:
    names = []
    for picture in gallery.pictures():
        drawn = picture.draw()
        for one in (drawn,) if isinstance(drawn, Axes | Figure) else drawn:
            assert overlapping(one) == [], picture.name
            assert outside(one) == [], picture.name
        names.append(picture.name)
    assert len(set(names)) == len(names)


def test_every_public_figure_is_in_the_gallery() -> None:
    shown = set(re.findall(r"tm\.figures\.(\w+)\(", "\n".join(picture.code for picture in gallery.pictures())))
    missing = set(tm.figures.__all__) - NO_FIGURES - shown
    assert missing == set(), "write a function for each into docs/gallery/*_figures.py"


def test_code_that_is_shown_imports_what_it_uses_and_nothing_else() -> None:
    for picture in gallery.pictures():
        tree = ast.parse(picture.code)
        imported = {name.asname for node in tree.body if isinstance(node, ast.Import) for name in node.names}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert imported <= used, picture.name
        assert {"tm", "axes"} <= used, picture.name
        assert max(map(len, picture.code.splitlines())) <= 120, picture.name


def test_what_a_figure_needs_stands_once_and_before_it() -> None:
    def first() -> int:
        return 1

    def second(first: int) -> int:
        """Of the first."""
        # twice
        return 2 * first

    def drawn(second: int, first: int) -> int:
        """Both."""
        return max(
            first,
            second,
        )

    given = SimpleNamespace(first=first, second=second)
    code = script(drawn, given)  # type: ignore[arg-type]
    assert code == (
        "import tmsmeta as tm\n\nfirst = 1\n# twice\nsecond = 2 * first\n\naxes = max(\n    first,\n    second,\n)\n"
    )


def test_page_shows_code_links_every_file_and_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [p for p in gallery.pictures() if p.name in ("baujat_plot", "radial_plot")]
    monkeypatch.setattr(gallery, "pictures", lambda: chosen)
    path = gallery.draw_gallery(tmp_path / "out", formats=("png", "svg"))
    text = path.read_text(encoding="utf-8")
    linked = re.findall(r'(?:src|href)="([^"#]+)"', text)
    assert {"baujat_plot.png", "baujat_plot.svg", "radial_plot.png", "radial_plot.svg"} == set(linked)
    for name in linked:
        assert (path.parent / name).is_file(), name
    assert "http" not in text
    assert "tm.figures.radial_plot(tm.sensitivity.radial(pooled), pooled)" in text
    assert tm.load_evidence().data_version.short in text
    assert tm.load_evidence().data_version.short in (path.parent / "radial_plot.svg").read_text(encoding="utf-8")


def test_titles_and_code_are_escaped() -> None:
    text = page([(Picture("a", "<script>x</script>", "<b>", "1 < 2"), [])], "1")
    assert "<script>" not in text
    assert "<b>" not in text
    assert "1 &lt; 2" in text


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        gallery.draw_gallery(tmp_path / "file" / "below", formats=("png",))
