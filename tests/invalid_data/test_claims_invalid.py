"""Faulty claims files: every fault at once, with its place; hostile text is text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tmsmeta.errors import EvidenceError, InvalidInputError, OutputError
from tmsmeta.review import load_evidence
from tmsmeta.review.claims import CHECK_NAMES, check, check_claims, claims_of
from tmsmeta.review.claims.checks import all_checks

HEADER = "claim_id,statement,quantity,quoted_low,quoted_high,unit,cited_source,check,evidence,parameters\n"


def write(folder: Path, *rows: str) -> Path:
    path = folder / "my_claims.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def faults(path: Path) -> EvidenceError:
    with pytest.raises(EvidenceError) as caught:
        check_claims(path)
    return caught.value


def test_all_faults_at_once(tmp_path: Path) -> None:
    error = faults(
        write(
            tmp_path,
            'a,Text,rate,0.8,0.8,"per 10,000 sessions",,exact_rate,rates:lerner2018,',
            "b,Text,range,60,50,percent,,range_of_samples,cohorts:sackeim2020_response,",
            "c,Text,range,fifty,60,percent,,range_of_samples,cohorts:sackeim2020_response,",
            "d,Text,share,10,10,percent,,pooled_proportion,arms:suicide,",
            "e,Text,x,1,1,points,,no_such_check,,",
            "f,Text,x,1,1,points,,threshold,,",
            "f,,x,1,1,points,,not_recomputable,,",
            "g,36 of 100,x,4,4,sites,,count,,sites=7@statement;sites=36@nowhere;36",
        )
    )
    found = {(issue.row, issue.column) for issue in error.issues}
    wanted = {(2, "evidence"), (3, "quoted_low"), (4, "quoted_low"), (5, "evidence"), (6, "check"), (7, "parameters"),
              (8, "claim_id"), (8, "statement"), (9, "parameters")}  # fmt: skip
    assert wanted <= found
    assert all(issue.file == "my_claims.csv" for issue in error.issues)
    text = str(error)
    assert "Is 'lerner2019' meant?" in text
    assert "must be one of" in text
    assert "does not stand at 'statement'" in text
    assert "names a place that does not exist: 'nowhere'" in text
    assert "stands twice" in text


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_check_says_what_it_needs(name: str) -> None:
    """A claim without keys, figures and parameters is refused by every check that computes something."""
    claim = replace(claims_of(load_evidence())[0], check=name, keys=(), parameters=(), low=None, high=None)
    if name == "not_recomputable":
        assert check(claim, load_evidence()).verdict == "cannot be recomputed"
        return
    with pytest.raises(InvalidInputError) as caught:
        check(claim, load_evidence())
    assert all(issue.column in ("evidence", "parameters", "quoted_low", "unit") for issue in caught.value.issues)
    assert all(issue.file == "claims.csv" for issue in caught.value.issues)


def test_the_dictionary_names_exactly_the_checks_there_are() -> None:
    assert set(CHECK_NAMES) == set(all_checks())


def test_outcome_that_does_not_exist(tmp_path: Path) -> None:
    error = faults(write(tmp_path, "a,Text,ratio,,,ratio,,pooled_ratio,arms:reponse;arms:remission,"))
    assert "Is 'response' meant?" in str(error)


def test_document_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("document_id," + HEADER + "D9,a,Text,x,1,1,points,,not_recomputable,,\n", encoding="utf-8")
    assert ("document_id", "D9") in {(issue.column, issue.found) for issue in faults(path).issues}


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = write(tmp_path, '"=1+1","<script>alert(1)</script>",x,1,1,points,"@SUM(A1)",not_recomputable,,')
    ledger = check_claims(path)
    assert ledger["=1+1"].claim.statement == "<script>alert(1)</script>"
    page = ledger._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be read"):
        check_claims(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has no header"),
        (b"claim_id;statement;check\n", "separated by commas"),
        (b"\xff\xfe\x00c", "UTF-8"),
        (b"claim_id,claim_id\n1,2\n", "stands twice in the header"),
        (b"claim_id,statement,quantity,unit,check,colour\na,b,c,d,count,red\n", "is not a column of this table"),
    ],
)
def test_a_file_that_is_no_claims_file(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(data)
    assert message in str(faults(path))


def test_an_unknown_claim_names_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match="must be a claim of this ledger: C01"):
        check_claims(claims_of(load_evidence())[:1])["C99"]


def test_pairs_that_do_not_belong_together(tmp_path: Path) -> None:
    keys = "cohorts:ascertain2024_rtms;cohorts:dalhuisen2024_switch"
    assert "must pair rows of one study" in str(
        faults(write(tmp_path, f"a,Text,x,,,percent,,ratio_of_printed,{keys},"))
    )


def test_rates_in_another_unit(tmp_path: Path) -> None:
    row = "a,Text,rate,1,1,percent of patients,,exact_rate,rates:lerner2019,"
    assert "must refer to sessions" in str(faults(write(tmp_path, row)))
