"""``tmsmeta diff`` and ``tmsmeta run --since``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def two(run: Run, folder: Path) -> Path:
    """Folders ``old`` and ``new``; a count of the first trial was corrected."""
    assert run("new", "old", "--from", "counts.csv", "--better", "lower", "--outcome", "death").code == 0
    shutil.copytree("old", "new")
    text = (folder / "new" / "arms.csv").read_text(encoding="utf-8")
    (folder / "new" / "arms.csv").write_text(text.replace(",40,12,", ",40,13,"), encoding="utf-8")
    return folder


def test_what_changed_is_said(run: Run, two: Path) -> None:
    ran = run("diff", "old", "new")
    assert ran.code == 0
    for part in ("1 row changed", "events 13 instead of 12", "death, main (RR)", "log scale"):
        assert part in " ".join(ran.out.split())
    assert "Nothing changed." in run("diff", "old", "old").out


def test_changes_as_json(run: Run, two: Path) -> None:
    found = run("diff", "old", "new", "--json").json
    assert found["nothing_changed"] is False
    assert found["rows"][0]["cells"] == [{"name": "events", "old": 12, "new": 13}]
    assert {"old", "new", "trials_added", "protocol", "estimates", "networks", "verdicts"} <= set(found)
    assert run("diff", "old", "old", "--json").json["nothing_changed"] is True


def test_the_report_tells_what_changed_since(run: Run, two: Path) -> None:
    """The earlier results may stand where the new ones go."""
    assert run("run", "old", "--out", "results").code == 0
    assert "What changed" not in (two / "results" / "report.html").read_text(encoding="utf-8")
    ran = run("run", "new", "--out", "results", "--since", "results")
    assert ran.code == 0
    assert "Since results:" in ran.out
    page = (two / "results" / "report.html").read_text(encoding="utf-8")
    assert '<h2 id="changes-heading">What changed</h2>' in page
    assert page.index('id="changes-heading"') < page.index('id="trials-heading"')
    assert "events_t 13 instead of 12" in page
    assert '<a href="#changes-heading">' in page


def test_what_cannot_be_compared_is_said_and_nothing_written(run: Run, two: Path) -> None:
    run("diff", "old", "nowhere").fails_with("nowhere", "review.toml", "results.json")
    run("diff", "counts.csv", "old").fails_with("counts.csv")
    run("run", "new", "--out", "results", "--since", "nowhere").fails_with("nowhere")
    assert not (two / "results").exists()
    (two / "new" / "arms.csv").write_text("trial_id\n", encoding="utf-8")
    run("diff", "old", "new").fails_with("arms.csv", "is missing")
