"""The page as text: complete in itself, escaped, the same bytes each time; places in figures follow the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tmsmeta import figures
from tmsmeta.report import html_report, ledger_report, write_results
from tmsmeta.report.answer_view import verdict_parts
from tmsmeta.report.claim_figure import WIDTH, ClaimFigure, claim_figure
from tmsmeta.report.ledger_view import Link
from tmsmeta.report.page import script_hash
from tmsmeta.review import load_evidence, load_review
from tmsmeta.review.claims import VERDICTS, Finding, Ledger, Recomputed, check_claims


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return check_claims()


@pytest.fixture(scope="module")
def page(ledger: Ledger) -> str:
    return ledger_report(ledger, load_evidence())


def test_same_bytes_each_time(ledger: Ledger, page: str) -> None:
    assert ledger_report(ledger, load_evidence()) == page


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    assert not re.search(
        r"<(?:script|img|iframe|link|source|audio|video|object|embed)\b[^>]*\b(?:src|href)=\"(?!data:)", page
    )
    assert not re.search(r"@import|url\((?!#|data:)", page)
    assert "default-src 'none'" in page


def test_the_policy_allows_exactly_the_scripts_of_the_page(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    allowed = re.search(r"script-src ([^;]+);", page)
    assert allowed is not None
    assert allowed[1].split() == [f"'{script_hash(script)}'" for script in scripts]
    assert re.findall(r"\son[a-z]+=|javascript:", page) == []


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r'aria-controls="([^"]+)"', page))
    assert targets <= set(ids)


def test_hostile_text_is_escaped(ledger: Ledger) -> None:
    attack = '<script>alert(1)</script>" onmouseover="alert(1)\' {{ 7*7 }} &lt;'
    finding = ledger["C01"]
    rows = tuple(replace(row, says=attack, note=attack, sources=((attack, attack),)) for row in finding.rows)
    figures = tuple(replace(figure, label=attack, counts=attack, method=attack) for figure in finding.recomputed)
    claim = replace(finding.claim, claim_id=attack, statement=attack, cited_source=attack, shown=attack, unit=attack)
    hostile = replace(
        finding, claim=claim, rows=rows, recomputed=figures, headline=attack, patient=attack, statistician=attack,
        rule=attack, missing=(attack,), conditions=(attack,), spec={attack: attack},
    )  # fmt: skip
    page = ledger_report(replace(ledger, findings=(hostile,)), load_evidence())
    assert page.count("<script>") == 1
    assert 'onmouseover="' not in page
    assert "49" not in re.findall(r"alert\(1\)' (\S+)", page)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("http://example.org", "http://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("github:someone/repo@abc:file.json", ""),
        ('https://example.org/ " onclick=x', ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, href: str) -> None:
    assert Link("x", url).href == href


def test_every_claim_is_in_one_part_of_the_bar(ledger: Ledger) -> None:
    parts = verdict_parts(ledger)
    assert {part["verdict"]: part["count"] for part in parts} == {v: len(ledger.where(verdict=v)) for v in VERDICTS}
    assert sum(part["count"] for part in parts) == len(ledger)


def figures_of(ledger: Ledger) -> list[tuple[Finding, ClaimFigure]]:
    return [(finding, figure) for finding in ledger if (figure := claim_figure(finding)) is not None]


def test_places_in_claim_figures_follow_the_numbers(ledger: Ledger) -> None:
    found = figures_of(ledger)
    assert len(found) > 20
    for finding, figure in found:
        main = finding.main
        assert main is not None
        drawn = [f for f in finding.recomputed if f.unit == main.unit]
        for bar in figure.bars:
            assert all(0 <= place <= WIDTH for place in (bar.x, bar.low, bar.high) if place is not None)
            if bar.low is not None and bar.high is not None and bar.x is not None:
                assert bar.low <= bar.x <= bar.high
        dots = [(f.value, bar.x) for f, bar in zip(drawn, figure.bars, strict=False) if bar.x is not None]
        ordered = sorted(dots, key=lambda pair: float(pair[0]))  # type: ignore[arg-type]
        assert [x for _, x in ordered] == sorted(x for _, x in ordered)
        assert 2 <= len(figure.ticks) <= 8
        assert [tick.x for tick in figure.ticks] == sorted(tick.x for tick in figure.ticks)


def test_the_band_touches_the_dot_of_a_figure_that_agrees(ledger: Ledger) -> None:
    figure = claim_figure(ledger["C15"])
    assert figure is not None
    assert figure.band is not None
    taylor, lerner = figure.bars
    assert taylor.x is not None
    assert lerner.x is not None
    assert figure.band[0] <= lerner.x <= figure.band[1]
    assert taylor.x < figure.band[0]
    assert (taylor.kind, lerner.kind) == ("disagrees", "agrees")


def test_the_description_states_the_result(ledger: Ledger) -> None:
    for finding, figure in figures_of(ledger):
        assert finding.verdict in figure.description
        assert isinstance(finding.main, Recomputed)
        assert finding.main.text() in figure.description


def test_nothing_is_drawn_where_nothing_was_computed(ledger: Ledger) -> None:
    assert claim_figure(ledger["C20"]) is None


def test_the_page_shows_the_figures_that_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    real = figures.to_bytes

    def counted(figure: Any, form: str, metadata: Any = None, **options: Any) -> bytes:
        drawn.append(form)
        return real(figure, form, metadata, **options)

    monkeypatch.setattr(figures, "to_bytes", counted)
    result = load_review().run()
    page = (write_results(result, tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    files = len(list((tmp_path / "out").glob("*.svg")))
    small = page.count('class="plot graph narrow-only"')
    assert small == len(result.networks)
    assert files == 5  # two forests, two networks, the outcomes jointly
    assert drawn.count("svg") == files + small, "each is drawn once; the graphs for phones have no files"
    assert page == html_report(result)
