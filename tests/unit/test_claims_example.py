"""The example that is shipped for users' own claims: it has no fault and gives what its text says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tmsmeta.report import ledger_report
from tmsmeta.review import check_evidence, read_evidence
from tmsmeta.review.claims import CHECK_NAMES, check_claims, claims_of

EXAMPLE = Path(__file__).parents[2] / "notebooks" / "example"


def test_the_example_is_checked_against_its_own_evidence() -> None:
    assert check_evidence(EXAMPLE / "my_evidence") == ()
    evidence = read_evidence(EXAMPLE / "my_evidence")
    ledger = check_claims(EXAMPLE / "my_claims.csv", evidence)
    verdicts = {finding.claim.claim_id: finding.verdict for finding in ledger}
    assert verdicts == {
        "M1": "differs",  # 88 of 200 is 44%, not 50
        "M2": "holds only under",  # 44% in one clinic, 56.2% in the other
        "M3": "reproduced",  # 9 in 4,100 is 2.2 per 1,000, and its interval stays below 5
        "M4": "reproduced",  # 33/60, 20/41 and 59/120 against 19/58, 12/42 and 41/118
        "M5": "reproduced",  # 8 to 10 sessions at 100
        "M6": "cannot be recomputed",  # the pilot study is not at hand
    }
    assert "<table" in ledger_report(ledger, evidence)


def test_its_text_says_what_every_check_needs() -> None:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| check | evidence | parameters |") :].split("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert sorted(re.findall(r"`(\w+)`", " ".join(first))) == sorted(CHECK_NAMES)


def test_the_decimals_of_a_quoted_figure_count(tmp_path: Path) -> None:
    """56.2% agrees with a quoted 56 and not with a quoted 56.0: the text of the cell counts, not its value."""
    evidence = read_evidence(EXAMPLE / "my_evidence")
    path = tmp_path / "claims.csv"
    path.write_text(
        "claim_id,document_id,statement,quantity,quoted_low,quoted_high,unit,cited_source,check,evidence,"
        "what_the_sources_show\n"
        "a,X,56 respond,response,56,56,percent,none given,exact_proportion,cohorts:south2022,56.2%\n"
        "b,X,56.0 respond,response,56.0,56.0,percent,none given,exact_proportion,cohorts:south2022,56.2%\n",
        encoding="utf-8",
    )
    ledger = check_claims(path, evidence)
    assert [finding.verdict for finding in ledger] == ["reproduced", "differs"]
    assert ledger["b"].claim.quoted() == "56.0%"
    shutil.copytree(EXAMPLE / "my_evidence", tmp_path / "evidence")
    shutil.copy(path, tmp_path / "evidence" / "claims.csv")
    document = "document_id,title,kind,date\nX,A leaflet,leaflet,\n"
    (tmp_path / "evidence" / "documents.csv").write_text(document, encoding="utf-8")
    inside = check_claims(claims_of(read_evidence(tmp_path / "evidence")), evidence)
    assert [f.verdict for f in inside] == [f.verdict for f in ledger]
    assert inside["b"].claim.quoted() == "56.0%"
