"""Exports: BibTeX, CINeMA, Metapsy, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pandas as pd
import pytest

from tmsmeta.errors import InvalidInputError
from tmsmeta.review import Evidence, Selection, load_evidence, select_arms
from tmsmeta.review.export import (
    CINEMA_COLUMNS,
    cinema_table,
    metapsy_csv,
    metapsy_table,
    to_bibtex,
    trials_by_source,
)
from tmsmeta.review.flags import FlagEffects
from tmsmeta.tables.csv_write import csv_text, safe_cell


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1"])
def test_formulas_become_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_plain_texts_stay() -> None:
    assert [safe_cell(x) for x in (-1, -1.5, "a=1", "", "<b>")] == [-1, -1.5, "a=1", "", "<b>"]


def test_csv_text_guards_cells_and_headers_and_keeps_full_precision() -> None:
    frame = pd.DataFrame(
        {"=x": ["=1+1", 'a"b,c'], "y": [1 / 3, float("nan")], "z": pd.array([-5, None], dtype="Int64")}
    )
    rows = list(csv.reader(io.StringIO(csv_text(frame))))
    assert rows == [["'=x", "y", "z"], ["'=1+1", "0.3333333333333333", "-5"], ['a"b,c', "", ""]]
    assert float(rows[1][1]) == 1 / 3
    assert csv_text(frame, separator=";", decimal=",", missing="NA").splitlines()[1] == "'=1+1;0,3333333333333333;-5"


def test_a_line_end_inside_a_cell_never_starts_a_row() -> None:
    text = csv_text(pd.DataFrame({"c": ["a\r=1+1", "b\n=1+1"], "d": ["x", "y"]}))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["c", "d"], ["a\r=1+1", "x"], ["b\n=1+1", "y"]]


def test_bibtex_has_one_entry_per_source_and_names_trials(evidence: Evidence) -> None:
    text = to_bibtex(evidence.all_sources(), trials_by_source(evidence))
    assert text.count("@misc{") == len(evidence.sources)
    keys = [line[6:-1] for line in text.splitlines() if line.startswith("@misc{")]
    assert keys == sorted(set(keys))
    assert "Numbers of Jorge 2008 (experiment 1)." in text
    assert to_bibtex(()) == ""


def test_cinema_long_format(evidence: Evidence) -> None:
    selected = select_arms(evidence, Selection(outcome="remission"))
    table = cinema_table(selected, risk_of_bias={"Avery 2006": "L"}, indirectness={"Avery 2006": "H"})
    assert tuple(table.columns) == CINEMA_COLUMNS
    first = table[table["study"] == "Avery 2006"]
    assert first.values.tolist() == [
        [1, "Avery 2006", "rtms_hf_left", 7, 35, "L", "H"],
        [1, "Avery 2006", "sham", 1, 33, "L", "H"],
    ]
    assert set(table.loc[table["study"] != "Avery 2006", "rob"]) == {"U"}
    assert table["id"].nunique() == table["study"].nunique()
    assert table["id"].max() == table["study"].nunique()


def test_cinema_refuses_wrong_judgements_all_at_once(evidence: Evidence) -> None:
    selected = select_arms(evidence, Selection(outcome="remission"))
    with pytest.raises(InvalidInputError) as error:
        cinema_table(
            selected, risk_of_bias={"Avery 2006": "lowish", "Nobody 1999": "L"}, indirectness={"Mogg 2008": "4"}
        )
    assert {issue.row for issue in error.value.issues} == {"Avery 2006", "Nobody 1999", "Mogg 2008"}


def test_cinema_takes_the_judgements_of_the_usual_tools(evidence: Evidence) -> None:
    selected = select_arms(evidence, Selection(outcome="remission"))
    words = {"Low risk": "L", "Some concerns": "U", "Serious risk of bias": "H", "unclear": "U", "VERY-HIGH": "H"}
    studies = list(dict.fromkeys(selected.arms["study"]))[: len(words)]
    table = cinema_table(selected, risk_of_bias=dict(zip(studies, words, strict=True)))
    found = table.drop_duplicates("study").set_index("study").loc[studies, "rob"]
    assert found.tolist() == list(words.values())


def test_metapsy_has_one_row_per_pair_of_arms(evidence: Evidence) -> None:
    network = select_arms(evidence, Selection(tiers=("A", "B", "C", "D")))
    table = metapsy_table([network])
    assert len(table) == network.arms.groupby("study").size().map(lambda arms: math.comb(arms, 2)).sum() + 6
    avery = table[table["study"] == "Avery, 2006"].iloc[0]
    assert (avery["condition_arm1"], avery["condition_arm2"]) == ("rtms_hf_left", "sham")
    assert (avery["event_arm1"], avery["totaln_arm1"], avery["event_arm2"], avery["totaln_arm2"]) == (11, 35, 2, 33)
    assert (avery["outcome_type"], avery["time"]) == ("response", "post")
    assert table.loc[table["study"] == "Kratter, 2026", "time"].tolist() == ["follow-up"]
    without_meaning = metapsy_table([replace(network, flag_effects=FlagEffects.of(()))])
    assert set(without_meaning["time"]) == {"post"}, "the effect of a flag decides, not its name"
    reardon = table[table["study"] == "O'Reardon, 2007"].iloc[0]
    assert reardon["precalc_log_rr"] == pytest.approx(math.log(1.84), rel=1e-15)
    # ln(3.03 / 1.12) / (2 x 1.959964), by hand
    assert reardon["precalc_log_rr_se"] == pytest.approx(0.2539, abs=5e-5)
    assert pd.isna(reardon["event_arm1"])


def test_metapsy_multi_arm_trials_name_their_arms(evidence: Evidence) -> None:
    extra = evidence.arms.loc[[12]].assign(arm="c", treatment="sham").set_axis([900])
    bigger = replace(evidence, arms=pd.concat([evidence.arms, extra]))
    table = metapsy_table([select_arms(bigger, Selection(outcome=extra["outcome"].iloc[0]))])
    three = table[table["study"].str.startswith("Blumberger")]
    assert three[["condition_arm1", "condition_arm2"]].values.tolist() == [
        ["itbs", "rtms_hf_left"],
        ["itbs", "sham"],
        ["rtms_hf_left", "sham"],
    ]
    assert three["multi_arm1"].notna().all()


def test_metapsy_csv_follows_the_standard(evidence: Evidence) -> None:
    specs = [Selection(outcome=outcome, tiers=("A", "C", "D")) for outcome in ("response", "remission")]
    text = metapsy_csv(select_arms(evidence, spec) for spec in specs)
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert {len(row) for row in rows} == {23}
    assert all(cell and ";" not in cell and cell == cell.strip() for row in rows for cell in row)
    ratio = rows[0].index("precalc_log_rr")
    assert any("," in row[ratio] for row in rows[1:])
    assert {row[rows[0].index("outcome_type")] for row in rows[1:]} == {"response", "remission"}
