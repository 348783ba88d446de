"""The summary of findings: numbers of the analyses, sentences that add up, ratings that somebody made."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

import tmsmeta as tm
from tmsmeta.errors import EvidenceError, InvalidInputError, NotAssessable
from tmsmeta.report import results_schema
from tmsmeta.review.findings import EventRate
from tmsmeta.review.findings.event_rate import event_rate
from tmsmeta.review.findings.finding import span

HEAD = (
    "outcome,treatment,certainty,risk_of_bias,risk_of_bias_reason,inconsistency,indirectness,imprecision,"
    "imprecision_reason,publication_bias,raised,raised_reason,rated_by,note\n"
)
GOOD = (
    "tuberculosis,,low,serious,no concealment,not serious,not serious,serious,wide interval,undetected,,,two readers,\n"
)


@pytest.fixture(scope="module")
def shipped() -> tm.review.SummaryOfFindings:
    return tm.summary_of_findings(tm.load_review())


@pytest.fixture
def bcg(tmp_path: Path, checkout: Path) -> Path:
    """A copy of the review of a vaccine, to change."""
    shutil.copytree(checkout / "examples" / "bcg", tmp_path / "bcg")
    return tmp_path / "bcg"


def faults(folder: Path, text: str) -> list[str]:
    (folder / "certainty.csv").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        tm.read_review(folder)
    return [str(issue) for issue in caught.value.issues]


def test_every_line_is_that_of_its_analysis(shipped: tm.review.SummaryOfFindings) -> None:
    review = tm.load_review()
    frame = shipped.to_frame()
    compared = frame[frame["kind"] != "rate"]
    rows = compared.set_index(["kind", "outcome", "treatment"]).to_dict("index")
    for outcome in review.outcomes:
        pooled, chosen = review.pool(outcome), review.select(outcome)
        row = rows["pairwise", outcome, "Active TMS"]
        base = chosen.trials["events_c"].sum() / chosen.trials["n_c"].sum()
        absolute = tm.risk_per_1000(pooled, baseline_risk=base)
        assert row["estimate"] == pytest.approx(pooled.ratio)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(pooled.ratio_ci)
        assert row["baseline_per_1000"] == pytest.approx(1000 * base)
        assert row["treated_per_1000"] == pytest.approx(absolute.treated)
        assert (row["treated_low"], row["treated_high"]) == pytest.approx(absolute.treated_ci)
        assert (row["trials"], row["people"]) == (chosen.k, chosen.patients)
        net = review.network(outcome)
        ranked = net.ranking.to_frame().set_index("treatment")
        for node in set(net.net.treatments) - {net.net.reference}:
            line = rows["network", outcome, net.label(node)]
            assert line["estimate"] == pytest.approx(ranked.loc[node, "ratio"])
            assert line["treated_per_1000"] == pytest.approx(1000 * base * ranked.loc[node, "ratio"])
            assert line["trials"] == ranked.loc[node, "trials"]


def test_the_numbers_of_a_line_add_up_as_they_are_read(shipped: tm.review.SummaryOfFindings) -> None:
    for finding in shipped.findings:
        assert finding.baseline + finding.difference == finding.treated
        shown = re.search(r"([\d,]+) more of 1,000", finding.sentence)
        assert shown
        assert int(shown[1]) == finding.difference
    assert (span(-20, -5), span(-5, 20), span(0, 7)) == ("5 to 20 fewer", "5 fewer to 20 more", "0 to 7 more")


def test_nothing_is_rated_where_nobody_rated(shipped: tm.review.SummaryOfFindings) -> None:
    assert set(shipped.to_frame()["certainty"]) == {"not rated"}
    assert any("nobody has rated it" in note for note in shipped.notes())
    assert all(f.sentence.endswith("Certainty: not rated.") for f in shipped.findings)


def test_a_run_gives_the_same_table_as_its_review(shipped: tm.review.SummaryOfFindings) -> None:
    run = tm.load_review().run()
    assert tm.summary_of_findings(run).to_dict() == shipped.to_dict()
    assert run.to_dict()["summary_of_findings"] == shipped.to_dict()


def test_every_format_holds_every_line(shipped: tm.review.SummaryOfFindings) -> None:
    markdown, html, latex = shipped.to_markdown(), shipped.to_html(), shipped.to_latex()
    assert html == shipped._repr_html_()
    for finding in shipped.findings:
        assert all(finding.sentence in text for text in (markdown, html, latex))
    for rate in shipped.rates:
        assert all(rate.sentence in text for text in (markdown, html))
    assert markdown.count("\n| ") == len(shipped.findings) + len(shipped.rates) + 2  # the head and the rule below it
    assert r"p{0.25\textwidth}" in latex
    assert latex.count(r"\begin{table}") == 1
    sources = [f.risk.source for f in shipped.findings if not isinstance(f.risk, NotAssessable)]
    assert all(source in markdown and source in html for source in sources)


def test_events_without_a_comparison_are_counted_exactly_or_as_printed(shipped: tm.review.SummaryOfFindings) -> None:
    by = {(rate.study, rate.group, rate.unit): rate for rate in shipped.rates}
    counted = by["Taylor survey 2021", "any clinical", "sessions"]
    assert (counted.rate, counted.low, counted.high) == pytest.approx((18 / 58.6656, 0.182, 0.485), abs=5e-4)
    printed = by["Taylor survey 2021", "H-coil", "patients"]
    assert (printed.rate, printed.low, printed.high) == (5.56, 2.77, 9.95)
    assert isinstance(printed.events, NotAssessable)
    assert "5.56 per 1,000 patients (95% CI 2.77 to 9.95)" in printed.sentence
    assert "without a comparison group" in printed.sentence


def test_a_rate_without_a_number_says_so() -> None:
    cells = {"what": "falls", "device": "", "label": "X", "year": None, "per": 10, "unit": "sessions", "url": "u"}
    found = event_rate(cells)
    assert isinstance(found, EventRate)
    assert found.sentence == "Falls: not assessable: not printed; X, without a comparison group."


def test_fewer_is_said_where_fewer_have_the_outcome(bcg: Path) -> None:
    found = tm.summary_of_findings(tm.read_review(bcg)).findings[0]
    assert re.match(r"With BCG vaccine, \d+ fewer of 1,000 people get tuberculosis than with", found.sentence)


def test_a_stated_baseline_risk_is_used_everywhere_with_its_source(bcg: Path) -> None:
    text = (bcg / "review.toml").read_text(encoding="utf-8")
    stated = text.replace(
        'better = "lower"', 'better = "lower"\nbaseline_risk = 0.02\nbaseline_source = "register of 1950"'
    )
    (bcg / "review.toml").write_text(stated, encoding="utf-8")
    run = tm.read_review(bcg).run()
    found = run.summary_of_findings()
    assert found.findings[0].baseline == 20
    assert "register of 1950" in found.to_markdown()
    absolute = run.absolute("tuberculosis")
    assert not isinstance(absolute, NotAssessable)
    assert (absolute.risk.baseline, absolute.risk.source) == (20.0, "register of 1950")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("baseline_risk = 1.5\nbaseline_source = 'x'", "outcomes.tuberculosis.baseline_risk"),
        ("baseline_risk = 0.1", "must say where `baseline_risk` is from"),
        ("baseline_source = 'x'", "needs `baseline_risk`"),
    ],
)
def test_a_baseline_risk_that_cannot_be_is_refused(bcg: Path, lines: str, said: str) -> None:
    text = (bcg / "review.toml").read_text(encoding="utf-8")
    (bcg / "review.toml").write_text(text.replace('better = "lower"', f'better = "lower"\n{lines}'), encoding="utf-8")
    with pytest.raises(EvidenceError, match=re.escape(said)):
        tm.read_review(bcg)


def test_a_rating_is_said_with_its_reasons(bcg: Path) -> None:
    (bcg / "certainty.csv").write_text(HEAD + GOOD, encoding="utf-8")
    review = tm.read_review(bcg)
    found = tm.summary_of_findings(review)
    row = found.to_frame().iloc[0]
    assert row["certainty"] == "low"
    assert row["certainty_reasons"] == "Serious risk of bias: no concealment; serious imprecision: wide interval"
    assert found.findings[0].sentence.endswith("Certainty: low.")
    assert "rated by two readers" in found.to_markdown()
    assert found.to_dict()["findings"][0]["certainty"]["domains"]["imprecision"]["judgement"] == "serious"
    text = json.dumps(review.run().to_dict(), allow_nan=False)
    jsonschema.Draft202012Validator(results_schema()).validate(json.loads(text))


def test_every_fault_of_a_rating_is_said_at_once(bcg: Path) -> None:
    found = faults(
        bcg,
        "tuberculosis,,high,serious,,not serious,not serious,not serious,,undetected,,,me,\n"
        "tuberclosis,bgc,sure,bad,,not serious,not serious,not serious,,undetected,3,,,\n",
    )
    for said in (
        "must say why risk of bias is serious",
        "must be moderate, as the domains take 1 level off high",
        "must be one of very low, low, moderate, high",
        "must be one of not serious, serious, very serious, extremely serious",
        "must be 2 levels at most",
        "Is 'bcg' meant?",
        "rated_by",
    ):
        assert any(said in fault for fault in found), (said, found)
    assert all("certainty.csv" in fault for fault in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((",low,", ",moderate,"), "must be low, as the domains take 2 levels off high"),
        ((",low,", ",very low,"), "must be low"),
        ((",,,two", ",1,,two"), "must say why the certainty is raised"),
    ],
)
def test_the_level_is_that_to_which_the_domains_add_up(bcg: Path, change: tuple[str, str], said: str) -> None:
    assert any(said in fault for fault in faults(bcg, GOOD.replace(*change)))


def test_a_level_may_differ_where_the_note_says_why(bcg: Path) -> None:
    text = GOOD.replace(",low,", ",moderate,").replace("readers,", "readers,two borderline domains counted as one")
    (bcg / "certainty.csv").write_text(HEAD + text, encoding="utf-8")
    found = tm.summary_of_findings(tm.read_review(bcg))
    assert found.findings[0].certainty_text == "moderate"
    assert "two borderline domains counted as one" in found.to_markdown()


def test_an_outcome_that_cannot_be_pooled_keeps_its_line_with_the_reason() -> None:
    review = tm.load_review()
    protocol = dataclasses.replace(
        review.protocol, selections={"main": {"exclude_trials": tuple(review.evidence.trials["trial_id"])}}
    )
    found = tm.summary_of_findings(tm.Review(dataclasses.replace(review.evidence, protocol=protocol)))
    assert len(found.findings) == len(review.outcomes)
    assert all("cannot be told" in finding.sentence for finding in found.findings)
    assert "Numbers of people that cannot be given" in found.to_markdown()


def test_what_is_no_review_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="must be a review"):
        tm.summary_of_findings("data")  # type: ignore[arg-type]
