"""Markup, style, script and data of the explorer, ready to be set into a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tmsmeta.report.explorer.data import explorer_data
from tmsmeta.report.templating import PagePart, asset

if TYPE_CHECKING:
    from tmsmeta.review.run import ReviewRun

ENGINE = ("stats.js", "effects.js", "tau2.js", "pool.js", "network.js")
"""The scripts that compute, each using those before it; they touch no page."""
VIEWS = (
    "words.js", "model.js", "state.js", "steps.js", "downloads.js", "downloads_forest.js", "downloads_network.js",
    "view.js", "view_forest.js", "view_pool.js", "view_graph.js", "view_network.js", "main.js",
)  # fmt: skip
"""The scripts that show."""


def explorer_section(run: ReviewRun) -> PagePart | None:
    """The explorer of a review, or None where no outcome has a trial that could be pooled."""
    data = explorer_data(run)
    if not data["outcomes"]:
        return None
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    html, css = asset("explorer.html", "explorer"), asset("explorer.css", "explorer")
    return PagePart(html=html, css=css, script=_script(), data=text, data_id="explorer-data")


@cache
def _script() -> str:
    return f'(function () {{\n"use strict";\n{joined((*ENGINE, *VIEWS))}}})();\n'


def joined(names: Sequence[str]) -> str:
    """Scripts one after the other, without indentation and lines of comment, which a page need not carry."""
    lines = [line.strip() for name in names for line in asset(name, "explorer").splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
