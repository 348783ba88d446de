"""The page answers first, on every screen, in every theme, by touch and by keyboard, and for anybody's review."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import CHECKOUT

import tmsmeta as tm
from tmsmeta.report import html_report
from tmsmeta.review.run import ReviewRun
from tmsmeta.words.signs import printable

OpenPage = Callable[..., Any]
SCREENS = [(1440, 900), (375, 812)]
SLOW_SCREENS = [(375, "dark"), (768, "light"), (1024, "dark"), (1440, "light")]
HOSTILE = (
    "<b>bold</b> & <script>document.title='x'</script>",
    '=HYPERLINK("http://example.org")',
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "\U0001f9e0\U0001f9d1\u200d\U0001f52c trial",
    "long " * 40,
)


def of_own(folder: Path, names: tuple[str, ...]) -> ReviewRun:
    """A review of a table with these study names, as ``tmsmeta new --from`` makes it."""
    from typer.testing import CliRunner

    from tmsmeta.cli.app import app

    table = folder / "my.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["study", "events_t", "n_t", "events_c", "n_c"])
        writer.writerows([name.strip(), 10 + i, 50, 5 + i, 50] for i, name in enumerate(names))
    made = CliRunner().invoke(app, ["new", str(folder / "review"), "--from", str(table), "--better", "lower"])
    assert made.exit_code == 0, made.output
    return tm.read_review(folder / "review").run()


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_first_screen_holds_the_answers_the_ranking_and_the_verdicts(
    open_page: OpenPage, shipped: ReviewRun, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    for place in (".answer >> nth=0", ".answer >> nth=1", ".people >> nth=3", ".trust", ".bar"):
        box = page.locator(place).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height, f"{place} ends below the first screen"
    said = page.locator(".say").all_inner_texts()
    for outcome, text in zip(shipped.outcomes, said, strict=True):
        assert " ".join(text.split()).rstrip(".") in shipped.answer(outcome).sentence
    assert shipped.ranking_sentence() in page.locator(".trust").inner_text()


def test_forest_ranking_and_ledger_follow_in_this_order(open_page: OpenPage) -> None:
    order = open_page().eval_on_selector_all("main > section > h2", "all => all.map(h => h.id.replace('-heading', ''))")
    wanted = ["answer", "explorer", "findings", "trials", "network", "ledger"]
    assert [name for name in order if name in wanted] == wanted


def test_a_part_of_the_bar_filters_by_keyboard_and_back_undoes(open_page: OpenPage) -> None:
    page = open_page()
    part = page.locator(".bar button", has_text="differs")
    part.focus()
    page.keyboard.press("Enter")
    assert part.get_attribute("aria-pressed") == "true"
    assert page.locator("#ledger tr.claim:visible").count() == 7
    assert "verdict=differs" in page.url
    assert page.locator("#bar-status").inner_text().startswith("7 shown, differs")
    page.locator("nav a", has_text="Ledger").click()
    assert "#ledger-heading?verdict=differs" in page.url
    page.go_back()
    page.go_back()
    assert page.locator("#ledger tr.claim:visible").count() == 32
    assert part.get_attribute("aria-pressed") == "false"


def test_an_address_with_filters_opens_filtered(open_page: OpenPage) -> None:
    page = open_page(hash_="#ledger-heading?verdict=holds+only+under&document=D3&sort=statement-")
    assert page.input_value("#by-verdict") == "holds only under"
    assert page.input_value("#by-document") == "D3"
    assert page.locator("th[data-sort='statement']").get_attribute("aria-sort") == "descending"
    assert 0 < page.locator("#ledger tr.claim:visible").count() < 10


@pytest.mark.parametrize("scripts", [True, False])
def test_the_row_behind_a_trial_is_two_clicks_away(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(javascript=scripts)
    page.locator("details.behind > summary").first.click()
    row = page.locator("#trial-response-1")
    row.locator("summary").click()
    text = row.inner_text()
    assert "Klein 1999" in text
    for word in ("Source", "Place in it", "Tier", "abstract, Results", "arms.csv, line 60"):
        assert word in text
    assert row.locator("a[href^='https://']").count() >= 1


@pytest.mark.parametrize("width", [375, 768, 1024, 1440])
def test_no_text_is_smaller_than_twelve_pixels(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    page.click("#open-all")
    small = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((e) => {
          const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          const box = e.getBoundingClientRect();
          if (!text || box.width < 2 || box.height < 2 || e.closest("script, style, noscript, desc")) { return false; }
          const svg = e.closest("svg");
          const scale = svg && e.getScreenCTM ? e.getScreenCTM().a : 1;
          return parseFloat(getComputedStyle(e).fontSize) * Math.abs(scale) < 11.95;
        }).map((e) => e.tagName + " " + e.textContent.slice(0, 40))"""
    )
    assert small == []


# Colours do not depend on the width: `make test` looks at each width and scheme, `make test-slow` at the other pairs.
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (375, "light"),
        (768, "dark"),
        (1024, "light"),
        (1440, "dark"),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in SLOW_SCREENS),
    ],
)
def test_axe_finds_nothing(open_page: OpenPage, axe: str, width: int, scheme: str) -> None:
    page = open_page(width=width, scheme=scheme)
    page.locator("details.behind").first.evaluate("d => { d.open = true; }")
    page.locator("#trial-response-1").evaluate("d => { d.open = true; }")
    page.evaluate(axe)
    found = page.evaluate("axe.run({ exclude: [['.plot svg > g']] }, { resultTypes: ['violations'] })")
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]] == []


def test_meanings_open_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".answer .term").first.focus()
    page.keyboard.press("Enter")
    assert "divided by" in page.locator("#term-risk-ratio").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#term-risk-ratio").is_visible()


def test_files_of_the_page_are_those_of_the_run(open_page: OpenPage, shipped: ReviewRun) -> None:
    page = open_page()
    with page.expect_download() as told:
        page.locator("button[data-file='results.json']").click()
    assert json.loads(told.value.path().read_text(encoding="utf-8")) == json.loads(json.dumps(shipped.to_dict()))
    with page.expect_download() as told:
        page.locator("button[data-file='tables/trials.csv']").last.click()
    assert told.value.suggested_filename == "trials.csv"
    assert "Klein 1999" in told.value.path().read_text(encoding="utf-8")


def saved(page: Any, button: Any) -> tuple[str, bytes]:
    with page.expect_download() as told:
        button.click()
    return told.value.suggested_filename, told.value.path().read_bytes()


def test_every_figure_is_offered_as_svg_and_png_and_every_table_as_csv(open_page: OpenPage) -> None:
    page = open_page()
    without = page.evaluate(
        """() => [...document.querySelectorAll("main table, .plot:not(.narrow-only), .pictures, .panels")]
          .concat(...document.querySelectorAll(".claim-figure")).filter((place) => {
            if (place.closest("#explorer")) { return false; }
            const table = place.tagName === "TABLE", found = [];
            for (let next = place.nextElementSibling; next && next.matches(".saving"); next = next.nextElementSibling) {
              found.push(...next.querySelectorAll(table ? "[data-file$='.csv'], [data-table]" : "[data-picture]"));
            }
            return found.length < (table ? 1 : 2);
          }).map((place) => place.outerHTML.slice(0, 120))"""
    )
    assert without == []


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_figures_are_files_that_stand_alone(open_page: OpenPage, shipped: ReviewRun, scheme: str) -> None:
    page = open_page(scheme=scheme)
    page.locator("#claim-C01 .toggle").click()
    names = page.eval_on_selector_all(".files [data-picture='svg']", "all => all.map(b => b.dataset.name)")
    kinds = [
        f"{kind} {outcome}" for kind in ("people", "forest", "selections", "network") for outcome in shipped.outcomes
    ]
    assert sorted(names) == sorted([*kinds, "outcomes together"])
    for name in [*names[::2], "claim C01"]:
        place = page.locator("#claim-C01-details" if name == "claim C01" else ".files")
        button = place.locator(f"[data-picture='svg'][data-name='{name}']")
        file, text = saved(page, button)
        assert file == f"{name}.svg"
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        assert b"var(--" not in text
        assert len(text) > 3_000
        if name.startswith(("people", "claim")):
            assert b"rgb(11, 92, 173)" in text or b"rgb(155, 28, 28)" in text  # the colours of paper
        file, data = saved(page, place.locator(f"[data-picture='png'][data-name='{name}']"))
        assert (file, data[:4]) == (f"{name}.png", b"\x89PNG")
        assert len(data) > 10_000
    words = " ".join(
        saved(page, page.locator("[data-picture='svg'][data-name='selections response']").first)[1].decode().split()
    )
    pooled = shipped.main("response").pooled
    assert pooled.effects.natural.text(pooled.estimate, pooled.ci) in words
    assert "tiers A to D" in words


def test_tables_that_have_no_file_are_saved_as_they_are_shown(open_page: OpenPage, shipped: ReviewRun) -> None:
    page = open_page()
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    _, text = saved(page, page.locator("[data-table='gaps']"))
    rows = list(csv.reader(text.decode().splitlines()))
    assert len(rows) == 1 + len(shipped.evidence.gaps)
    assert rows[0] == ["Trial", "Outcome", "Treatments", "Seen", "Missing"]
    _, text = saved(page, page.locator("[data-table='left out response']"))
    assert len(list(csv.reader(text.decode().splitlines()))) == 1 + len(shipped.main("response").chosen.left_out)
    _, text = saved(page, page.locator("[data-table='ranking response fine']"))
    assert len(list(csv.reader(text.decode().splitlines()))) == 1 + len(
        shipped.networks["response"]["fine"].net.treatments
    )


def test_the_page_is_small(report_file: Path) -> None:
    assert report_file.stat().st_size < 1_500_000


@pytest.mark.parametrize("name", ["bcg", "smoking"])
def test_other_reviews_have_the_same_page(open_page: OpenPage, tmp_path: Path, name: str, axe: str) -> None:
    run = tm.read_review(CHECKOUT / "examples" / name).run()
    path = tmp_path / "report.html"
    path.write_text(html_report(run), encoding="utf-8")
    page = open_page(width=375, height=812, path=path)
    assert page.locator(".answer").count() == len(run.outcomes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.evaluate(axe)
    found = page.evaluate("axe.run({ exclude: [['.plot svg > g']] }, { resultTypes: ['violations'] })")
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]] == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.eval_on_selector_all(
        ".rows.cards tbody th, .findings td:last-child",
        "all => all.forEach(cell => { cell.textContent = 'n'.repeat(200); })",
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("names", [HOSTILE, ("Only one",)], ids=["hostile names", "one study"])
def test_a_review_of_ones_own_table(open_page: OpenPage, tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_report(of_own(tmp_path, names)), encoding="utf-8")
    page = open_page(width=375, height=812, path=path)
    page.locator("details.behind").evaluate("d => { d.open = true; }")
    shown = page.locator(".forest .row .name").all_inner_texts()
    for name in names:
        assert " ".join(printable(name).split()) in [" ".join(text.split()) for text in shown]
    assert page.title() != "x"
    assert page.locator("main b:not(.say b)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


PHONE = {"width": 375, "height": 812}


def screens(page: Any) -> float:
    return float(page.evaluate("document.documentElement.scrollHeight / innerHeight"))


def test_a_phone_has_fifteen_screens_at_most_and_unfolds_what_is_asked_for(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    assert screens(page) <= 15
    assert page.locator("#ledger").is_hidden()
    page.locator("summary", has_text="figures, with filters").click()
    assert page.locator("#ledger tr.claim:visible").count() == 32
    page = open_page(**PHONE)
    page.locator(".bar button", has_text="differs").click()
    assert page.locator("#ledger tr.claim:visible").count() == 7


@pytest.mark.parametrize(
    "address", ["#claim-C07", "#trial-response-3", "#ledger-heading?verdict=differs", "#sources-heading"]
)
def test_an_address_opens_what_is_folded_on_a_phone(open_page: OpenPage, address: str) -> None:
    page = open_page(**PHONE, hash_=address)
    page.wait_for_timeout(200)
    target = page.locator(address.partition("?")[0])
    assert target.is_visible()
    assert -10 <= target.bounding_box()["y"] < PHONE["height"]
    if "verdict" in address:
        assert page.locator("#ledger tr.claim:visible").count() == 7


def test_paper_has_what_a_phone_folds(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    closed = "details.fold:not([open])"
    assert page.locator(closed).count() > 5
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(closed).count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(closed).count() > 5
    page.emulate_media(media="print")
    page.wait_for_function("!document.querySelector('details.fold:not([open])')")
    assert page.locator("#ledger tr.claim:visible").count() == 32
    page = open_page(**PHONE)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("!document.querySelector('details.fold:not([open])')")
    assert page.locator("#ledger tr.claim:visible").count() == 32
    assert page.locator("details.fold > summary:visible").count() == 0


def test_without_scripts_nothing_is_folded_on_a_phone(open_page: OpenPage) -> None:
    assert open_page(**PHONE, javascript=False).locator("details.fold:not([open])").count() == 0


@pytest.mark.parametrize("width", [360, 375, 768])
def test_pictures_are_legible_without_scrolling_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    plots = page.locator(".plot:visible")
    assert plots.count() == 2  # the networks; forests stand as rows
    assert page.eval_on_selector_all(".plot", "all => all.filter(p => p.scrollWidth > p.clientWidth + 1).length") == 0
    assert page.locator(".interval-rows.narrow-only .row:visible").count() == 5
