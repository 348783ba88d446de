"""``tmsmeta reproduce``: everything that it writes and prints, twice, and what is left when writing breaks off."""

from __future__ import annotations

import csv
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PoolingSpec
from tmsmeta.report import second_process
from tmsmeta.report import write as output
from tmsmeta.review import ReviewRun, load_evidence

Run = Callable[..., Any]
FIGURES = ("forest_remission", "forest_response", "joint", "network_remission", "network_response")
TABLES = (
    "claims",
    "estimates",
    "joint",
    "joint_network_between",
    "joint_ranking",
    "left_out",
    "published",
    "published_networks",
    "ranking",
    "summary_of_findings",
    "trials",
)
FILES = {
    *(f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")),
    *(f"tables/{name}.csv" for name in TABLES),
    "analyses.R",
    "analyses.py",
    "citation.bib",
    "report.html",
    "results.json",
    "sources.bib",
    "summary.md",
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Written:
    """One run into a fresh folder."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.folder = folder / "results"
        self.ran = run("reproduce", "--out", self.folder)
        self.files = files(self.folder)
        self.results = json.loads(self.files["results.json"], parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture(scope="session")
def written(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(run, tmp_path_factory.mktemp("reproduce"))


def test_everything_is_there(written: Written) -> None:
    assert written.ran.code == 0, written.ran.err
    assert set(written.files) == FILES
    assert all(written.files.values())
    assert [p.name for p in written.folder.parent.iterdir()] == ["results"]


@pytest.mark.parametrize("name", FIGURES)
def test_figures_can_be_opened(written: Written, name: str) -> None:
    png = written.files[f"{name}.png"]
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    assert min(width, height) > 300
    assert ElementTree.fromstring(written.files[f"{name}.svg"]).tag == "{http://www.w3.org/2000/svg}svg"


def test_tables_have_rows_of_one_width(written: Written) -> None:
    for name in TABLES:
        rows = list(csv.reader(written.files[f"tables/{name}.csv"].decode().splitlines()))
        assert len(rows) > 1, name
        assert {len(row) for row in rows} == {len(rows[0])}, name


def test_the_report_stands_alone(written: Written) -> None:
    """No script, style sheet or picture is fetched from elsewhere when it is opened."""
    page = written.files["report.html"].decode()
    assert not re.search(r"""<(?:script|img|iframe)[^>]+src=["']?(?:https?:)?//""", page)
    assert not re.search(r"""<link[^>]+rel=["']?stylesheet""", page)


def test_console_tables_and_json_give_the_same_numbers(written: Written) -> None:
    rows = list(csv.DictReader(written.files["tables/estimates.csv"].decode().splitlines()))
    main = next(r for r in rows if r["outcome"] == "response" and r["measure"] == "RR")
    found = next(a for a in written.results["analyses"] if a["outcome"] == "response")["results"]["RR"]
    ratio = float(main["estimate"])
    assert ratio == found["ratio"]
    assert f"{ratio:.2f}" in written.ran.out
    assert f"{ratio:.2f}" in written.files["summary.md"].decode()
    assert f"{ratio:.2f}" in written.files["forest_response.svg"].decode()


def test_the_console_shows_pools_then_rankings_then_the_ledger(written: Written) -> None:
    titles = (
        "Response: Of 100 people, 14 respond with sham, 37 with active TMS (28 to 50)",
        "Remission: Of 100 people, 16 remit with sham, 31 with active TMS (21 to 46)",
        "Ranking for response",
        "Ranking for remission",
        "32 claims",
        "Everything:",
    )
    text = " ".join(written.ran.out.split())
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "nan" not in re.findall(r"[a-z]+", written.ran.out.lower())


def test_progress_goes_to_stderr(written: Written) -> None:
    assert "9/9" in written.ran.err
    assert "9/9" not in written.ran.out


def test_a_second_run_gives_the_same_bytes(written: Written, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the folder of the first run, which it replaces; stdout is then the JSON of ``results.json``.

    The first run drew its figures itself, the second one beside.
    """
    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    ran = run("reproduce", "--out", written.folder, "--json")
    assert ran.code == 0
    assert ran.json == written.results
    again = files(written.folder)
    assert [name for name in FILES if again[name] != written.files[name]] == []
    assert [p.name for p in written.folder.parent.iterdir()] == ["results"]


class TestRefused:
    """Nothing is computed where the result could not be put."""

    @pytest.fixture(autouse=True)
    def no_computing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_: object, **__: object) -> None:
            raise AssertionError("it began to compute")

        monkeypatch.setattr("tmsmeta.review.run.analyses_of", never)

    @pytest.mark.parametrize(
        ("place", "message"),
        [
            ("counts.csv", "is a file. Name a folder"),
            ("counts.csv/results", "is not a folder"),
            ("foreign", "holds other files"),
        ],
    )
    def test_place(self, run: Run, folder: Path, place: str, message: str) -> None:
        (folder / "foreign").mkdir()
        (folder / "foreign" / "mine.txt").write_text("mine", encoding="utf-8")
        before = files(folder)
        run("reproduce", "--out", place).fails_with(message)
        assert files(folder) == before

    def test_outcome(self, run: Run, folder: Path) -> None:
        run("reproduce", "--outcome", "mood").fails_with("`outcome`", "'response', 'remission'", "'mood'")

    def test_evidence(self, run: Run, folder: Path) -> None:
        (folder / "mine").mkdir()
        run("reproduce", "--evidence", "mine").fails_with("trials.csv", "arms.csv")
        assert not (folder / "tmsmeta-results").exists()


class TestBrokenOff:
    """The disk fills up at each part of the writing."""

    @pytest.fixture(params=["drawings_of", "result_files", "html_report"])
    def broken(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        nothing = NotAssessable("all", "not computed here")
        result = ReviewRun(
            evidence=load_evidence(),
            spec=PoolingSpec(),
            analyses=[],
            subgroups={},
            regressions={},
            joint=nothing,
            joint_network=nothing,
            published=nothing,
            published_networks=nothing,
            networks={},
            ledger=nothing,
        )
        for part, made in (("drawings_of", []), ("result_files", {}), ("html_report", "")):
            monkeypatch.setattr(output, part, lambda *_, made=made, **__: made)
        monkeypatch.setattr("tmsmeta.review.review.Review.run", lambda *_, **__: result)
        monkeypatch.setattr(output, request.param, full)

    @pytest.mark.usefixtures("broken")
    def test_nothing_half_written_is_left(self, run: Run, folder: Path) -> None:
        before = {p.name for p in folder.iterdir()}
        ran = run("reproduce", "--out", "new")
        assert ran.code == 2
        assert "No space left on device" in ran.err
        assert {p.name for p in folder.iterdir()} == before

    @pytest.mark.usefixtures("broken")
    def test_an_earlier_result_survives(self, run: Run, folder: Path) -> None:
        (folder / "old").mkdir()
        (folder / "old" / "results.json").write_text("{}", encoding="utf-8")
        before = files(folder)
        assert run("reproduce", "--out", "old").code == 2
        assert files(folder) == before
        assert {p.name for p in folder.iterdir()} == {"old"} | {n for n in before if "/" not in n}
