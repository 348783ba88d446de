"""What the page says in words: answers, verdicts, codes, signs, scripts that repeat the analyses."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import re

import pytest
from markupsafe import Markup

import tmsmeta as tm
from tmsmeta.report import html_report
from tmsmeta.report.citation import citation, citation_bibtex
from tmsmeta.report.explorer.data import explorer_data
from tmsmeta.report.glossed import glossed, meanings
from tmsmeta.report.interval_rows import Scale
from tmsmeta.report.result_files import packed, result_files
from tmsmeta.report.sources import source_views
from tmsmeta.report.typesetting import SMALLEST, legible, typeset
from tmsmeta.review.claims.because import because
from tmsmeta.review.plain_words import plain_words
from tmsmeta.review.run import ReviewRun


@pytest.fixture(scope="module")
def shipped() -> ReviewRun:
    return tm.load_review().run()


@pytest.fixture(scope="module")
def files(shipped: ReviewRun) -> dict[str, str]:
    return result_files(shipped)


def test_the_answer_is_in_the_words_of_the_protocol_and_has_the_numbers_of_the_analysis(shipped: ReviewRun) -> None:
    found, main = shipped.answer("response"), shipped.main("response")
    trials = main.chosen.trials
    base = 100 * trials["events_c"].sum() / trials["n_c"].sum()
    low, high = main.pooled.ratio_ci
    numbers = [int(text) for text in re.findall(r"\d+", found.sentence)]
    assert numbers == [
        100,
        round(base),
        round(base * main.pooled.ratio),
        round(base * low),
        round(base * high),
        17,
        836,
    ]
    assert "respond with sham" in found.sentence
    assert shipped.evidence.people_who("response") == "respond"


def test_the_sentence_on_the_ranking_has_the_numbers_of_the_ranking(shipped: ReviewRun) -> None:
    said = shipped.ranking_sentence()
    for outcome in shipped.networks:
        line = shipped.network(outcome).ranking.to_frame().iloc[0]
        assert f"{100 * line['p_best']:.0f}% chance of being best" in said
        assert f"rank {int(line['rank_low'])} to {int(line['rank_high'])}, {int(line['trials'])} trials" in said
    assert said.startswith("Which treatment does best is not settled")


def test_summary_page_and_results_say_the_same_sentences(shipped: ReviewRun, files: dict[str, str]) -> None:
    results, page = json.loads(files["results.json"]), html_report(shipped, files=files)
    for outcome in shipped.outcomes:
        sentence = shipped.answer(outcome).sentence
        assert results["answers"]["outcomes"][outcome]["sentence"] == sentence
        assert sentence in files["summary.md"]
        assert sentence in page
    assert results["answers"]["ranking"] == shipped.ranking_sentence()
    assert shipped.ranking_sentence() in files["summary.md"]
    others = shipped.other_figures()
    assert results["answers"]["other_figures"] == [figure.to_dict() for figure in others]
    assert all(figure.sentence() in files["summary.md"] for figure in others)


def test_another_figure_of_the_same_names_the_answer_and_what_differs(shipped: ReviewRun) -> None:
    found = {figure.figure.partition("%")[0]: figure for figure in shipped.other_figures()}
    assert {"23.7", "28.5", "9.3", "12.1"} <= set(found)
    for name in ("23.7", "28.5"):
        assert found[name].answer == "31 of 100 with active TMS (21 to 46)"
    assert "binomial-normal model" in found["23.7"].differs
    assert "113 of 443 in 6 arms" in found["23.7"].differs
    assert "8 trials, 771 people" in found["23.7"].differs


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("C02", "8% lies inside 3.4 to 23.2%"),
        ("C01", "36% lies outside 16.6 to 32.6%"),
        ("C11", "85% is not 81.3%"),
        ("C16", "is 0.00753% of sessions, rounded"),
        ("C20", "Still missing is"),
        ("C08", "The quoted figure is at least 100 sites, and the evidence gives 103 sites, so it holds."),
        ("C15", "the figure is that of Lerner survey 2019, so it is misattributed"),
        ("C09", "It holds against sham"),
    ],
)
def test_verdicts_finish_their_sentence(shipped: ReviewRun, claim: str, sentence: str) -> None:
    said = because(shipped.ledger[claim])
    assert sentence in said
    assert said.endswith(".")
    assert ", so it" in said or said.startswith("It holds")


def test_no_code_of_the_tables_is_on_the_page(shipped: ReviewRun, files: dict[str, str]) -> None:
    page = re.sub(r"<(style|script|pre|svg)\b.*?</\1>", "", html_report(shipped, files=files), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "\n", page)
    for code in (
        "rtms_hf_left",
        "late_life",
        "pooled_proportion",
        "dtms_h1",
        "n_inferred",
        "tau2",
        "hksj",
        "only0",
        "t(k-",
        "t(df",
        "rtms, ",
        "k - 2",
    ):
        assert code not in text
    assert "τ²" in text
    assert "I²" in text


def test_the_explorer_names_sources_as_the_page_does(shipped: ReviewRun) -> None:
    told = explorer_data(shipped)
    named = {
        source[0]
        for outcome in told["outcomes"]
        for trial in outcome["trials"]
        for rows in trial["by"].values()
        for row in rows
        for source in row["sources"]
    }
    assert "Trial abstract of Klein 1999" in named
    assert named <= {view.name for view in source_views(shipped.evidence)}


def test_codes_become_words_where_they_stand_alone(shipped: ReviewRun) -> None:
    words = plain_words(shipped.evidence)
    assert words("2 arms of rtms_hf_left, late_life") == "2 arms of high-frequency left rTMS, late life"
    assert words("ci='hksj-adhoc' guards") == "Hartung-Knapp, never narrower than Wald guards"
    assert (
        words("https://example.org/rtms_hf_left/x late_life.csv") == "https://example.org/rtms_hf_left/x late life.csv"
    )
    assert words("sham response adult") == "sham response adult"


def test_signs_are_set_in_text_alone() -> None:
    html = (
        '<p data-x="-1">-1.5 to 2; tau2, I2, 2020-11-28, S0140-6736(18)30295-2</p><script>a = -1; "</svg>" -2</script>'
    )
    assert typeset(html) == html.replace(">-1.5", ">−1.5").replace("tau2, I2", "τ², I²")


def test_pictures_are_never_shown_too_small() -> None:
    svg = Markup(
        '<svg viewBox="0 0 500 300"><text style="font-size: 8px; x">a</text><text style="font-size: 9px">b</text></svg>'
    )
    found = re.search(r"min-width:(\d+)px", legible(svg))
    assert found is not None
    assert int(found[1]) * 8 / 500 >= SMALLEST


def test_terms_have_a_meaning_each() -> None:
    assert str(glossed("<b> risk ratio and risk ratio")).count("<button") == 1
    assert "&lt;b&gt;" in glossed("<b> risk ratio")
    targets = re.findall(
        r'popovertarget="([^"]+)"', str(glossed("odds ratio, 95% CI, P-score, Tier, tau2, prediction interval"))
    )
    assert len(targets) == 6
    assert set(targets) <= {anchor for anchor, _, _ in meanings()}


def test_the_python_script_repeats_the_analyses(shipped: ReviewRun, files: dict[str, str]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(files["analyses.py"], "analyses.py", "exec"), {})
    lines = printed.getvalue().splitlines()
    pools = [pooled.result_sentence() for pooled in shipped.main_pools().values()]
    nets = [shipped.network(outcome).ranking.result_sentence() for outcome in shipped.networks]
    assert lines == [*pools, *nets]


def test_the_page_carries_the_files_of_the_run(shipped: ReviewRun, files: dict[str, str]) -> None:
    page = html_report(shipped, files=files)
    block = re.search(r'id="downloads-data">"([^"]+)"</script>', page)
    assert block is not None
    assert json.loads(gzip.decompress(base64.b64decode(block[1]))) == files
    assert packed(files) == packed(files)
    assert html_report(shipped) == page


def test_a_review_is_cited_with_its_authors_search_and_versions(shipped: ReviewRun) -> None:
    said = citation(shipped.evidence)
    for part in ("The tmsmeta developers.", "22 November 2026", shipped.evidence.data_version.short, tm.__version__):
        assert part in said
    assert citation_bibtex(shipped.evidence).startswith("@misc{quoted-figures-about-magnetic")


def test_a_scale_holds_its_estimates_and_cuts_what_would_squeeze_them() -> None:
    scale = Scale.of([2.0, 3.0], [1.0, 4.0, 1e9], logarithmic=True)
    inside, cut = scale.mark(2.0, (1.0, 4.0), 0.5), scale.mark(3.0, (0.0, 1e9))
    assert inside.low is not None
    assert inside.x is not None
    assert inside.high is not None
    assert 0 < inside.low < inside.x < inside.high < 100
    assert (cut.low, cut.high, cut.beyond) == (0.0, 100.0, "left right")
    assert scale.mark(float("nan"), None).x is None
    assert all(0 <= place <= 100 for place, _ in scale.ticks())


def test_the_dots_of_the_pictures_are_explained_where_some_are_pale(shipped: ReviewRun, files: dict[str, str]) -> None:
    page = html_report(shipped, files=files)
    assert page.count("Dark: at least so many; pale: up to so many") == 1


def test_one_spelling_for_people(shipped: ReviewRun, files: dict[str, str]) -> None:
    """Summary and page, with the descriptions of its pictures, have the same signs and no names of functions."""
    told = re.findall(r"<(?:title|desc)[^>]*>([^<]*)<", html_report(shipped, files=files))
    assert len(told) > 10
    for text in (files["summary.md"], " ".join(told)):
        assert "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO} = " in text
        assert not re.search(r"tau2|\bI2\b|hksj|glmm|mantel_haenszel|rtms_|late_life", text)
    assert "\N{MINUS SIGN}0.205 to 0.338" in files["summary.md"]


def test_page_summary_and_citation_have_one_title(shipped: ReviewRun, files: dict[str, str]) -> None:
    title = shipped.evidence.protocol.heading
    assert f"<h1>{title}</h1>" in html_report(shipped, files=files)
    assert files["summary.md"].startswith(f"# {title}\n")
    assert title in citation(shipped.evidence)


def test_certainty_that_nobody_rated_is_said_once(shipped: ReviewRun, files: dict[str, str]) -> None:
    page = html_report(shipped, files=files)
    part = page[page.index('id="findings-heading"') : page.index('id="trials-heading"')]
    assert part.count("certainty.csv in the folder of the review") == 1
    assert "not rated" not in part
    assert ">Certainty<" not in part
    assert "In plain words" in part
