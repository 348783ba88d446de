"""New reviews: the protocol to start from, and tables made from a table of one's own."""

from __future__ import annotations

import csv
import datetime
import io
import re
from dataclasses import fields
from pathlib import Path

import pytest

from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.report.page import html_report
from tmsmeta.report.result_files import result_files
from tmsmeta.review import json_schema, read_review
from tmsmeta.review.check import contents_issues
from tmsmeta.review.new import NewFolder, NewReview, empty_review
from tmsmeta.review.new_from_table import review_from_table
from tmsmeta.review.protocol import Network, Outcome, Pooling, Protocol
from tmsmeta.review.protocol_reader import parse_protocol
from tmsmeta.review.protocol_template import protocol_template, toml_key
from tmsmeta.tables.read import read_table

DAY = datetime.date(2026, 3, 1)
LOWER = NewReview(better="lower", outcome="death")

COUNTS = """study,events_t,n_t,events_c,n_c,year,latitude,place
Ferguson & Simes 1949,6,306,29,303,1949,55,Canada
Müller 1960,3,231,11,220,1960,42.5,Chicago
müller 1960,62,13598,248,12867,1977,,
"""
ARMS = """study,treatment,events,n,dose
Reid 1974,No contact,75,731,0
Reid 1974,individual,363,714,3
Slama 1990,no_contact,2,106,0
Slama 1990,Individual,9,205,2
Mothersill 1988,self-help,11,78,1
Mothersill 1988,Individual,12,85,4
Mothersill 1988,No Contact,29,170,0
"""
RATIOS = """study,ratio,ci_low,ci_high,note
A,0.5,0.25,1.0,from the abstract
B,0.8,0.4,1.6,
C,0.7,0.5,0.98,
"""


def made(tmp_path: Path, text: str, spec: NewReview = LOWER, name: str = "my.csv") -> NewFolder:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return review_from_table(read_table(tmp_path / name), spec, name=name, read_on=DAY)


def rows(folder: NewFolder, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(folder.files[f"{table}.csv"])))


def written(folder: NewFolder, place: Path) -> Path:
    place.mkdir()
    for name, text in folder.files.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def uncommented(text: str) -> str:
    """Every key and table of a template in force."""
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def test_the_template_says_what_holds_anyway() -> None:
    protocol, issues = parse_protocol(protocol_template({}).encode())
    assert issues == []
    for one in fields(Protocol):
        if one.name != "selections":  # its main selection stands there, empty
            assert getattr(protocol, one.name) == getattr(Protocol(), one.name), one.name
    assert protocol.selection_choices("main") == {}


def test_every_line_of_the_template_can_be_put_in_force() -> None:
    protocol, issues = parse_protocol(uncommented(protocol_template({})).encode())
    assert issues == []
    assert protocol.pooling_spec() == Protocol().pooling_spec()
    for spec, found, shown in (
        (Pooling, protocol.pooling, {"model"}),
        (Network, protocol.network, {"measure", "lumpings", "comparator_risk", "model"}),
        (Outcome, protocol.outcomes["NAME"], {"better", "per", "baseline_risk"}),
    ):
        for one in fields(spec):
            if one.name not in shown:
                assert getattr(found, one.name) == getattr(spec(), one.name), (spec, one.name)


def test_the_template_holds_every_key_of_the_protocol_with_its_meaning() -> None:
    schema, text = json_schema(), protocol_template({})
    said = " ".join(re.sub(r"^# ?", "", text, flags=re.MULTILINE).split())
    places = [schema, *schema["$defs"].values()]
    keys = [item for place in places for item in place.get("properties", {}).items() if item[0] != "main"]
    assert len(keys) > 60
    for key, value in keys:
        assert re.search(rf"^#?({key} = |\[+([\w.]+\.)?{key}(\.\w+)?\])", text, re.MULTILINE), key
        meaning = re.split("[`:]", value.get("description", ""))[0].strip()
        assert meaning[1:] in said, key


def test_what_is_given_is_in_force_and_names_are_quoted_where_they_must_be() -> None:
    text = protocol_template(
        {"title": 'A "quoted" title', "comparison.control": "Usual care", "selections.main.tiers": ("A", "B")},
        outcome="All-cause death (30 days)",
        remarks={"comparison.control": ["A remark."]},
    )
    protocol, issues = parse_protocol(text.encode())
    assert issues == []
    assert (protocol.title, protocol.comparison.control) == ('A "quoted" title', "Usual care")
    assert list(protocol.outcomes) == ["All-cause death (30 days)"]
    assert protocol.selections["main"] == {"tiers": ("A", "B")}
    assert "# A remark.\ncontrol = " in text
    assert toml_key("a_b-1") == "a_b-1"


def test_an_empty_review_has_no_fault() -> None:
    for spec in (None, NewReview(title="T", outcome="death", better="lower", control="placebo", measure="OR")):
        folder = empty_review(spec)
        assert set(folder.files) == {
            "review.toml", "trials.csv", "arms.csv", "outcomes.csv", "treatments.csv", "sources.csv",
        }  # fmt: skip
        assert contents_issues({name: text.encode() for name, text in folder.files.items()}) == []
        assert rows(folder, "trials") == rows(folder, "arms") == []
    assert rows(folder, "outcomes")[0]["better"] == "lower"
    assert rows(folder, "treatments")[0]["treatment"] == "placebo"


def test_an_outcome_needs_its_direction() -> None:
    with pytest.raises(InvalidInputError, match="--better higher"):
        empty_review(NewReview(outcome="death"))
    with pytest.raises(InvalidInputError, match="--outcome"):
        empty_review(NewReview(better="lower"))
    with pytest.raises(UnknownOptionError, match="'higher', 'lower'"):
        NewReview(better="more")  # type: ignore[arg-type]
    with pytest.raises(UnknownOptionError, match="measure"):
        NewReview(measure="HR")


def test_counts_become_trials_and_arms_with_their_lines(tmp_path: Path) -> None:
    folder = made(tmp_path, COUNTS)
    trials = rows(folder, "trials")
    assert [t["trial_id"] for t in trials] == ["ferguson_simes_1949", "muller_1960", "muller_1960_2"]
    assert [t["label"] for t in trials] == ["Ferguson & Simes 1949", "Müller 1960", "müller 1960"]
    assert [(t["year"], t["latitude"], t["place"]) for t in trials] == [
        ("1949", "55", "Canada"), ("1960", "42.5", "Chicago"), ("1977", "", ""),
    ]  # fmt: skip
    arms = rows(folder, "arms")
    assert [(a["treatment"], a["events"], a["n"], a["locator"]) for a in arms[:2]] == [
        ("Treatment", "6", "306", "row 2"), ("Comparator", "29", "303", "row 2"),
    ]  # fmt: skip
    assert {a["tier"] for a in arms} == {"B"}
    assert {a["source_id"] for a in arms} == {rows(folder, "sources")[0]["source_id"]}
    assert rows(folder, "sources")[0]["seen_on"] == "2026-03-01"
    assert "tier B" in rows(folder, "sources")[0]["kind"]
    described = {row["column"]: (row["file"], row["type"]) for row in rows(folder, "dictionary")}
    assert described == {"latitude": ("trials", "number"), "place": ("trials", "text")}


def test_spellings_of_a_treatment_are_one_treatment(tmp_path: Path) -> None:
    folder = made(tmp_path, ARMS)
    assert [t["treatment"] for t in rows(folder, "treatments")] == ["No contact", "Individual", "self-help"]
    assert [t["label"] for t in rows(folder, "treatments")] == ["No contact", "Individual", "self-help"]
    assert rows(folder, "treatments")[0]["meaning"] == "in my.csv as No Contact, No contact, no_contact"
    assert any("Individual is also spelled individual" in note for note in folder.notes)
    assert parse_protocol(folder.files["review.toml"].encode())[0].comparison.control == "No contact"


def test_a_column_that_differs_within_a_study_belongs_to_the_arms(tmp_path: Path) -> None:
    folder = made(tmp_path, ARMS)
    assert rows(folder, "dictionary")[0] | {"meaning": ""} == {
        "file": "arms", "column": "dose", "type": "count", "unit": "", "required": "optional", "allowed": "",
        "meaning": "",
    }  # fmt: skip
    assert [arm["dose"] for arm in rows(folder, "arms")] == ["0", "3", "0", "2", "1", "4", "0"]


def test_columns_whose_name_is_taken_get_another(tmp_path: Path) -> None:
    text = "study,events_t,n_t,events_c,n_c,label,treatment\nA,1,9,2,9,x,y\nB,2,9,1,9,z,y\n"
    folder = made(tmp_path, text)
    assert {row["column"] for row in rows(folder, "dictionary")} == {"label_as_given", "treatment_as_given"}
    assert rows(folder, "trials")[0]["label_as_given"] == "x"


@pytest.mark.parametrize("text", [COUNTS, ARMS, RATIOS])
def test_the_review_can_be_read_and_pools_what_the_table_holds(tmp_path: Path, text: str) -> None:
    review = read_review(written(made(tmp_path, text), tmp_path / "review"))
    assert review.outcomes == ("death",)
    assert review.evidence.better("death") == "lower"
    pooled = review.pool()
    assert pooled.k == 3
    if text == COUNTS:
        assert pooled.effects.study.tolist() == ["Ferguson & Simes 1949", "Müller 1960", "müller 1960"]
        assert float(pooled.effects.yi[0]) == pytest.approx(-1.58539, abs=1e-5)  # log((6/306) / (29/303))
    if text == RATIOS:
        assert str(review.run().answer("death").absolute).endswith("no trial states the counts of its control arm")
        assert float(pooled.effects.yi[0]) == pytest.approx(-0.693147, abs=1e-6)


def test_an_outcome_of_one_in_a_thousand_is_told_of_as_many_people_as_make_one(tmp_path: Path) -> None:
    text = "study,events_t,n_t,events_c,n_c\nA,1,4000,4,4100\nB,2,3000,5,2900\nC,1,2000,3,2100\n"
    place = written(made(tmp_path, text), tmp_path / "rare")
    run = read_review(place).run()
    assert "Of 10,000 people, 13 have" in run.answer("death").sentence
    assert "Of 10,000 people" in re.sub(r"<[^>]+>", "", html_report(run))


def test_labels_that_are_their_own_code_keep_their_capital(tmp_path: Path) -> None:
    place = written(made(tmp_path, COUNTS), tmp_path / "review")
    page = html_report(read_review(place).run())
    assert '<span class="arm">Comparator</span>' in page
    assert "Treatment against comparator: the trials" in page


def test_trials_without_a_single_event_give_no_answer_but_say_why(tmp_path: Path) -> None:
    text = "study,events_t,n_t,events_c,n_c\nA,0,50,0,51\nB,0,30,0,31\n"
    result = read_review(written(made(tmp_path, text), tmp_path / "none")).run()
    sentence = result.answer("death").sentence
    assert sentence.startswith("No arm of these trials has a single event, so they cannot tell the treatments apart")
    assert "comes from what the rule for zero cells adds" in sentence
    page, summary = html_report(result), result_files(result)["summary.md"]
    assert sentence in page
    assert "mantel_haenszel" not in re.sub(r"<(script|style|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert summary.count("No arm of these trials") == 1


def test_three_treatments_are_a_network(tmp_path: Path) -> None:
    network = read_review(written(made(tmp_path, ARMS), tmp_path / "review")).network()
    assert set(network.net.treatments) == {"No contact", "Individual", "self-help"}
    assert network.net.reference == "No contact"


def test_ratios_are_on_the_measure_that_is_stated(tmp_path: Path) -> None:
    folder = made(tmp_path, RATIOS, NewReview(better="lower", measure="OR"))
    assert {row["measure"] for row in rows(folder, "contrasts")} == {"OR"}
    assert {row["tier"] for row in rows(folder, "contrasts")} == {"D"}
    assert rows(folder, "contrasts")[0]["note"] == "from the abstract"
    assert read_review(written(folder, tmp_path / "review")).pool().effects.measure == "OR"
    assert any("odds ratios" in note for note in made(tmp_path, RATIOS).notes)
    with pytest.raises(InvalidInputError, match="RR or OR"):
        made(tmp_path, RATIOS, NewReview(better="lower", measure="RD"))


def test_a_column_tier_decides(tmp_path: Path) -> None:
    text = "study,events_t,n_t,events_c,n_c,tier\nA,1,9,2,9,A\nB,2,9,1,9,\nC,2,9,1,9,E\n"
    folder = made(tmp_path, text)
    assert [arm["tier"] for arm in rows(folder, "arms")] == ["A", "A", "B", "B", "E", "E"]
    with pytest.raises(InvalidInputError, match=r"row 3, `tier`: must be one of A, B, C, E"):
        made(tmp_path, text.replace("B,2,9,1,9,", "B,2,9,1,9,good"))


def test_every_fault_at_once(tmp_path: Path) -> None:
    text = "study,treatment,events,n,year\nA,drug,1,9,1990\nA,other,2,9,1991\nB,drug,1,9,1999\nC,Drug,1,9,2000\n"
    text += "C,drug,2,9,2000\n"
    with pytest.raises(InvalidInputError) as caught:
        made(tmp_path, text, NewReview())
    assert [(issue.row, issue.column) for issue in caught.value.issues] == [
        (None, "--better"), (None, "--control"), (3, "year"), (4, "treatment"), (5, "treatment"), (6, "treatment"),
    ]  # fmt: skip
    assert "drug, other" in str(caught.value)


def test_the_comparator_is_named_or_asked_for(tmp_path: Path) -> None:
    text = "study,treatment,events,n\nA,drug,1,9\nA,other,2,9\nB,drug,1,9\nB,other,3,9\n"
    folder = made(tmp_path, text, NewReview(better="lower", control="OTHER"))
    assert parse_protocol(folder.files["review.toml"].encode())[0].comparison.control == "other"
    with pytest.raises(InvalidInputError, match="one of the treatments drug, other"):
        made(tmp_path, text, NewReview(better="lower", control="placebo"))


def test_what_the_checks_of_a_folder_find_is_said_before_anything_is_written(tmp_path: Path) -> None:
    """Two trials with one DOI and the same counts are one trial."""
    text = "study,events_t,n_t,events_c,n_c,doi\nA,1,9,2,9,10.1/x\nB,1,9,2,9,10.1/x\n"
    with pytest.raises(InvalidInputError, match="must not be"):
        made(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "measure", "pooled"),
    [
        ("Study,Odds Ratio,Lower 95% CI,Upper 95% CI\nA,0.5,0.25,1.0\nB,0.8,0.4,1.6\n", "OR", 0.6325),
        ("study,logor,selogor\nA,-0.693147,0.353653\nB,-0.223144,0.353653\n", "OR", 0.6325),
        ("trial,ai,n1i,ci,n2i\nA,10,100,20,100\nB,8,100,16,100\n", "RR", 0.5),
        ("study,t1,r1,n1,t2,r2,n2\nA,drug,10,100,placebo,20,100\nB,drug,8,100,placebo,16,100\n", "RR", 0.5),
    ],
)
def test_a_review_from_a_table_of_any_kind(tmp_path: Path, text: str, measure: str, pooled: float) -> None:
    folder = made(
        tmp_path, text, NewReview(better="lower", outcome="death", control="placebo" if "placebo" in text else "")
    )
    result = read_review(written(folder, tmp_path / "review")).pool("death")
    assert result.effects.measure == measure
    assert result.ratio == pytest.approx(pooled, abs=5e-4)


def test_no_review_is_made_of_what_it_cannot_hold(tmp_path: Path) -> None:
    for text in ("study,mean_t,sd_t,n_t,mean_c,sd_c,n_c\nA,5,4,20,6,4,20\n", "study,yi,vi\nA,0.5,0.04\n"):
        with pytest.raises(
            InvalidInputError, match="a review is made of counts of arms, or of risk ratios or odds ratios"
        ):
            made(tmp_path, text, NewReview(better="lower"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("study,ratio,ci_low,ci_high\nA,0.5,0.25,1.0\nA,0.6,0.3,1.2\n", "compares the treatments of row 2 again"),
        (
            "study,events_t,n_t,events_c,n_c\nA,1,10,2,10\nA,2,10,3,10\n",
            "of row 2 again; the arms of a study must differ",
        ),
    ],
)
def test_a_study_with_the_same_pair_twice_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InvalidInputError, match=fault):
        made(tmp_path, text)
