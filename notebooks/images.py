"""Draws the picture of the README again: the main analysis of response. Run by ``make notebooks``."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl

from tmsmeta import PooledEffect, load_evidence
from tmsmeta.figures.style import settings
from tmsmeta.report.pictures import forest_of
from tmsmeta.review.analyses import analyse

RESOLUTION = 160  # wide enough for a page on a code host, small enough for a repository


def main() -> None:
    evidence = load_evidence()
    analysis = analyse(evidence, "response")
    pooled = analysis.pooled
    assert isinstance(pooled, PooledEffect)
    axes = forest_of(analysis, pooled, evidence)
    figure = axes.get_figure(root=True)
    assert figure is not None
    buffer = io.BytesIO()
    with mpl.rc_context(dict(settings())):
        figure.savefig(buffer, format="png", dpi=RESOLUTION, metadata={"Software": "tmsmeta"})
    (Path(__file__).parent / "images" / "forest_response.png").write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
