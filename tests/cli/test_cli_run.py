"""What ``tmsmeta run`` and ``reproduce`` print: the answer on one screen, everything with ``--verbose``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tmsmeta as tm
from tmsmeta.cli import run_review

Run = Callable[..., Any]


@pytest.fixture(params=(80, 100, 120))
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The width of the terminal."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


@pytest.fixture(scope="module")
def shipped() -> tm.review.ReviewRun:
    return tm.load_review().run()


def printed(show: Callable[[Any], None], result: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    show(result)
    return capsys.readouterr().out.splitlines()


def test_the_answer_fits_one_screen(shipped: Any, width: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(run_review.show_answer, shipped, capsys)
    assert len(lines) <= 23  # one line is left for where everything is
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for outcome in ("response", "remission"):
        pooled = shipped.main(outcome).pooled
        low, high = pooled.ratio_ci
        assert f"Risk ratio {pooled.ratio:.2f} (95% CI {low:.2f} to {high:.2f})" in text
        assert f"Ranking for {outcome}, against sham" in text
    assert shipped.ledger.summary() in text
    assert text.index("Response") < text.index("Ranking for response") < text.index("32 claims")


@pytest.mark.usefixtures("width")
def test_a_rank_never_stands_alone(shipped: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Effect, interval, trials and share of direct evidence stand in the line of each treatment, on one line."""
    lines = printed(run_review.show_answer, shipped, capsys)
    frame = shipped.network("response").ranking.to_frame().set_index("treatment")
    start = lines.index("Ranking for response, against sham")
    for offset, name in enumerate(("iTBS", "rTMS", "Deep TMS")):
        line, row = lines[start + 2 + offset], frame.loc[name]
        assert line.split()[0] == name.split()[0]
        assert f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})" in line
        assert line.rstrip().endswith(f"{100 * row['direct_share']:.0f}%")
        assert str(row["trials"]) in line.split()


def test_verbose_prints_everything_within_the_width(
    shipped: Any, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(run_review.show_all, shipped, capsys)
    assert max(map(len, lines)) <= width
    text = " ".join(lines)
    for part in ("favours", "Published pools recomputed", "sensitivity analysis with other nodes", "C32"):
        assert part in text


def test_reproduce_is_run_on_the_shipped_folder(run: Run, checkout: Path, tmp_path: Path) -> None:
    reproduced = run("reproduce", "--out", tmp_path / "a", "--outcome", "remission")
    again = run("run", checkout / "data", "--out", tmp_path / "b", "--outcome", "remission")
    assert reproduced.code == again.code == 0
    assert reproduced.out.replace("/a/", "/b/") == again.out
    for name in ("results.json", "summary.md", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_run_wants_a_review(run: Run, folder: Path) -> None:
    (folder / "mine").mkdir()
    run("run", "mine").fails_with("review.toml", "is missing", "tmsmeta new")
    assert not (folder / "tmsmeta-results").exists()
