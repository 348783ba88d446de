"""The gallery: every figure of the shipped evidence is drawn, none with words that overlap or are cut."""

from __future__ import annotations

import re
from pathlib import Path

import gallery
import pytest
from figure_helpers import outside, overlapping
from gallery.picture import Picture, page
from matplotlib.axes import Axes

import tmsmeta as tm
from tmsmeta.errors import OutputError


def test_every_figure_of_the_shipped_evidence() -> None:
    names = []
    for picture in gallery.pictures(tm.load_evidence()):
        drawn = picture.draw()
        axes = drawn if isinstance(drawn, Axes) else drawn.axes[0]
        assert overlapping(axes) == [], picture.name
        assert outside(axes) == [], picture.name
        names.append(picture.name)
    assert len(set(names)) == len(names)
    assert {"forest_tmsmeta", "funnel", "gosh", "claim_panel", "network_graph", "rank_effect"} <= set(names)


def test_page_links_every_file_and_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(evidence: tm.Evidence) -> list[Picture]:
        return [p for p in gallery.pairwise_pictures(evidence) if p.name in ("baujat", "radial")]

    monkeypatch.setattr(gallery, "pictures", two)
    path = gallery.draw_gallery(tmp_path / "out", formats=("png", "svg"))
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r'(?:src|href)="([^"#]+)"', text):
        assert (path.parent / name).is_file(), name
    assert "http" not in text
    assert tm.load_evidence().data_version.short in text
    assert tm.load_evidence().data_version.short in (path.parent / "radial.svg").read_text(encoding="utf-8")


def test_titles_are_escaped() -> None:
    text = page([Picture("a", "<script>x</script>", lambda: None)], ("png",), "1")
    assert "<script>" not in text


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        gallery.draw_gallery(tmp_path / "file" / "below", formats=("png",))
