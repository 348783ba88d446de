"""The report in a browser: filter, sort, search, expand, print, phone, dark, keyboard, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tmsmeta.report import ledger_report
from tmsmeta.review import load_evidence
from tmsmeta.review.claims import VERDICTS, Ledger, check_claims

OpenPage = Callable[..., Any]
ROWS = "#ledger tr.claim"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return check_claims()


def shown(page: Any) -> list[str]:
    """Ids of the claims that can be seen, in the order of the page."""
    return page.eval_on_selector_all(
        ROWS, "rows => rows.filter(r => r.offsetParent !== null).map(r => r.querySelector('th').textContent.trim())"
    )


def unfold(page: Any) -> None:
    """Open what a phone folds away."""
    page.eval_on_selector_all("details.fold", "all => all.forEach(d => { d.open = true; })")


def test_every_claim_is_listed(open_page: OpenPage, ledger: Ledger) -> None:
    assert shown(open_page()) == [finding.claim.claim_id for finding in ledger]


def test_filter_by_verdict_and_document(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page()
    for verdict in VERDICTS:
        page.select_option("#by-verdict", verdict)
        assert shown(page) == [f.claim.claim_id for f in ledger.where(verdict=verdict)]
    page.select_option("#by-verdict", "holds only under")
    page.select_option("#by-document", "D3")
    wanted = [f.claim.claim_id for f in ledger.where(verdict="holds only under", document_id="D3")]
    assert shown(page) == wanted
    assert page.text_content("#shown") == f"{len(wanted)} of {len(ledger)} claims shown."
    page.click("#reset")
    assert len(shown(page)) == len(ledger)


def test_search(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#search", "SEIZURE lerner")
    assert shown(page) == ["C15", "C16"]
    page.fill("#search", "no such words")
    assert shown(page) == []
    assert page.text_content("#shown").startswith("0 of")


def test_sort_by_heading_and_back(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page()
    heading = page.locator("th[data-sort='recomputed']")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    values = [value for value in _values(page) if value is not None]
    assert values == sorted(values)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    found = _values(page)
    values = [value for value in found if value is not None]
    assert values == sorted(values, reverse=True)
    assert found[len(values) :] == [None] * (len(found) - len(values))  # claims without a figure stay at the end
    page.locator("th[data-sort='verdictOrder'] button").click()
    order = list(VERDICTS)
    verdicts = page.eval_on_selector_all(ROWS, "rows => rows.map(r => r.dataset.verdict)")
    assert [order.index(v) for v in verdicts] == sorted(order.index(v) for v in verdicts)
    page.locator("th[data-sort='order'] button").click()
    assert shown(page) == [finding.claim.claim_id for finding in ledger]


def _values(page: Any) -> list[float | None]:
    found = page.eval_on_selector_all(ROWS, "rows => rows.map(r => r.dataset.recomputed)")
    return [float(value) if value else None for value in found]


def test_details_follow_their_claim_when_sorted(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("th[data-sort='statement'] button").click()
    pairs = page.eval_on_selector_all(ROWS, "rows => rows.map(r => [r.dataset.details, r.nextElementSibling.id])")
    assert all(wanted == found for wanted, found in pairs)


def test_two_clicks_from_the_bar_to_the_numbers_and_their_source(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".bar button", has_text="misattributed").click()
    assert shown(page) == ["C15"]
    page.locator("#claim-C15 .toggle").click()
    detail = page.locator("#claim-C15-details")
    assert detail.is_visible()
    assert page.locator("#claim-C15 .toggle").get_attribute("aria-expanded") == "true"
    text = detail.inner_text()
    assert "18 seizures in 586,656 sessions" in text
    assert "24 seizures in 318,560 sessions" in text
    assert "rates.csv, line 2" in text
    assert detail.locator("a[href^='https://']").count() >= 2


def test_every_claim_opens_and_closes(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page()
    assert page.locator("#ledger tr.details:visible").count() == 0
    page.click("#open-all")
    assert page.locator("#ledger tr.details:visible").count() == len(ledger)
    for finding in ledger:
        text = page.locator(f"#claim-{finding.claim.claim_id}-details").inner_text()
        assert finding.patient in text
        assert finding.statistician in text
        for row in finding.rows:
            assert row.label in text
    page.click("#close-all")
    assert page.locator("#ledger tr.details:visible").count() == 0


def test_a_link_to_a_claim_opens_it(open_page: OpenPage) -> None:
    assert open_page(hash_="#claim-C07").locator("#claim-C07-details").is_visible()


def test_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator("#claim-C03 .toggle").focus()
    page.keyboard.press("Enter")
    assert page.locator("#claim-C03-details").is_visible()
    page.keyboard.press("Space")
    assert not page.locator("#claim-C03-details").is_visible()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_figures_state_their_result_and_their_text_can_be_selected(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page()
    page.click("#open-all")
    pictures = page.eval_on_selector_all(
        "svg[role=img]",
        "all => all.map(s => s.getAttribute('aria-labelledby').split(' ')"
        ".map(i => document.getElementById(i).textContent).join(' '))",
    )
    claims = page.eval_on_selector_all(".claim-figure", "all => all.map(f => f.getAttribute('aria-label'))")
    assert len(pictures) >= 5
    assert len(claims) > len(ledger) / 2
    assert all(len(name) > 20 for name in (*pictures, *claims))
    text = page.locator("#claim-C01-details .claim-figure").evaluate(
        "s => { const r = document.createRange(); r.selectNodeContents(s); getSelection().removeAllRanges();"
        " getSelection().addRange(r); return getSelection().toString(); }"
    )
    assert "23.7" in text
    forest = page.locator(".plot svg text")
    assert forest.filter(has_text="Kratter 2026").count() >= 1


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_horizontal_scroll(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    page.click("#open-all")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.eval_on_selector_all(
        "main *",
        "all => all.filter(e => !e.closest('.plot, .xp-scroll') && e.getBoundingClientRect().width > 0 &&"
        " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.className)",
    )
    assert beyond == []


@pytest.mark.parametrize("width", [375, 1280])
def test_text_of_claim_figures_stays_inside(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    unfold(page)
    page.click("#open-all")
    outside = page.eval_on_selector_all(
        "#ledger .claim-figure svg text, #ledger .claim-figure span",
        "all => all.filter(t => { const s = t.closest('figure').getBoundingClientRect(), b = t.getBoundingClientRect();"
        " return b.left < s.left - 1 || b.right > s.right + 1 || b.top < s.top - 1 || b.bottom > s.bottom + 1; })"
        ".map(t => t.textContent)",
    )
    assert outside == []


def test_dark_and_light(open_page: OpenPage) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = open_page(), open_page(scheme="dark")
    assert light.evaluate(colour) == "rgb(255, 255, 255)"
    assert dark.evaluate(colour) != "rgb(255, 255, 255)"
    light.click("#theme")
    assert light.evaluate(colour) == dark.evaluate(colour)


def pages(page: Any) -> int:
    """Pages of paper that a print takes."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))


def test_a_print_takes_eight_pages_at_most_and_lists_every_claim(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page(width=794)
    page.fill("#search", "seizure")
    page.emulate_media(media="print")
    assert page.locator(f"{ROWS}:visible").count() == len(ledger)
    assert page.locator("#ledger tr.details:visible").count() == 0
    assert page.locator(".controls:visible, #theme:visible, nav:visible").count() == 0
    assert page.locator(".on-request:visible").count() == 0, "a heading whose text is folded away"
    assert page.locator(".paper-only:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert 2 <= pages(page) <= 8


def test_print_everything_shows_everything(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page(width=794)
    page.evaluate("window.print = () => {}")
    before = page.locator("details[open]").count()
    page.click("#print-all")
    page.emulate_media(media="print")
    assert page.locator("#ledger tr.details:visible").count() == len(ledger)
    assert page.locator("details:not([open])").count() == 0
    assert page.locator(".origin:visible").count() > 30
    assert page.locator(".on-request:visible").count() >= 4
    assert page.locator(".paper-only:visible").count() == 0
    assert pages(page) > 8
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == before


def test_without_scripts_everything_is_readable(open_page: OpenPage, ledger: Ledger) -> None:
    page = open_page(javascript=False)
    assert page.locator("#ledger tr.details:visible").count() == len(ledger)
    assert page.locator(".controls:visible").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
def test_accessibility(open_page: OpenPage, axe: str, ledger: Ledger, width: int, scheme: str) -> None:
    """axe-core finds nothing serious or critical, with one claim of every check and one block of every section open.

    The shapes inside a plot are left out: it is one image with a name, and its thousand parts only take time.
    """
    page = open_page(width=width, scheme=scheme)
    unfold(page)
    for claim_id in {finding.claim.check: finding.claim.claim_id for finding in ledger}.values():
        page.locator(f"#claim-{claim_id} .toggle").click()
    blocks = "main > section > details:first-of-type, #claim-C15-details details"
    page.eval_on_selector_all(blocks, "all => all.forEach(d => { d.open = true; })")
    page.evaluate(axe)
    found = page.evaluate("axe.run({ exclude: [['.plot svg > g']] }, { resultTypes: ['violations'] })")
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])} places)"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_headings_are_in_order(open_page: OpenPage) -> None:
    levels = open_page().eval_on_selector_all("h1, h2, h3, h4", "all => all.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_hostile_text_does_nothing(open_page: OpenPage, tmp_path: Path, ledger: Ledger) -> None:
    """Text from a file that tries to be markup, script, style or address is shown as text."""
    attack = "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\">\"'`{{7*7}}"
    finding = ledger["C15"]
    rows = tuple(replace(row, label=attack, sources=((attack, "javascript:alert(1)"),)) for row in finding.rows)
    claim = replace(finding.claim, claim_id='=1+1"><b>', statement=attack, document_id=attack, shown=attack)
    hostile = replace(finding, claim=claim, rows=rows, patient=attack, headline=attack)
    page_text = ledger_report(replace(ledger, findings=(hostile,), documents={attack: attack}), load_evidence())
    path = tmp_path / "hostile.html"
    path.write_text(page_text, encoding="utf-8")
    page = open_page(path=path)
    page.click("#open-all")
    assert page.title() == "Quoted figures, checked against the evidence"
    assert page.locator("img").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert attack in page.locator("#ledger tr.details").inner_text()
    page.select_option("#by-document", index=1)
    assert page.locator(f"{ROWS}:visible").count() == 1
