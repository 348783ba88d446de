"""The verdict that a careful reader of the evidence expects for each shipped claim, written down with its reason.

The reasons were written from the tables alone, before the checks were run on them.
"""

from __future__ import annotations

import json
import math

import pytest
from conftest import same

from tmsmeta.review.claims import VERDICTS, Ledger, check_claims

EXPECTED = {
    "C01": ("differs", "the cited review prints no percentages; its kind of treatment gives about 24%, well below 36"),
    "C02": ("reproduced", "pooled sham arms give about 9% with a wide interval, and reviews print 5 to 14.4%"),
    "C03": ("differs", "36/8 is 4.5; the review prints 2.78 and no source at hand prints anything near 4.5"),
    "C04": ("reproduced", "both pooled risk ratios have intervals above 1"),
    "C05": ("holds only under", "the registry prints 58 to 83 over self-ratings too; Griffiths has 34.6%"),
    "C06": ("holds only under", "the registry prints 28 to 62 over two scales and samples; Griffiths has 20.6%"),
    "C07": ("differs", "7,759 patients are not tens of thousands"),
    "C08": ("reproduced", "103 sites are more than 100"),
    "C09": ("holds only under", "better than sham for response, not told apart from other kinds; no data on speed"),
    "C10": ("holds only under", "3 minutes is the daily protocol, 10 minutes the accelerated one"),
    "C11": ("differs", "the source counted 61 of 75, which is 81.3%, in both arms with a drug"),
    "C12": ("reproduced", "36.8, 30.6, 13.7, 13.0 fall at each step"),
    "C13": ("holds only under", "1 - .632 x .694 x .863 x .870 is 67%, but 123 entered step 4 instead of about 1,390"),
    "C14": ("reproduced", "52.2 against 35.8, 18/48 against 6/41, 13/48 against 2/41: all the same way"),
    "C15": ("misattributed", "0.8 is Lerner's 24 in 318,560; Taylor, who is cited, has 18 in 586,656, which is 0.31"),
    "C16": ("reproduced", "24 in 318,560 is 0.0075%, which prints as 0.008"),
    "C17": ("reproduced", "18 in 25,526 is 0.07%, and its interval stays far below 1%"),
    "C18": ("differs", "5.56 and 0.14 per 1,000 are not one rate"),
    "C19": ("reproduced", "the clearance is of 2008"),
    "C20": ("cannot be recomputed", "the year was seen only second-hand"),
    "C21": ("reproduced", "(20 - 6) / 20 is 70%, at least 50%"),
    "C22": ("differs", "remission on the PHQ-9 is below 5; 6 is not"),
    "C23": ("reproduced", "5 a week for 4 to 6 weeks are 20 to 30"),
    "C24": ("cannot be recomputed", "the study is not named"),
    "C25": ("cannot be recomputed", "the study is not named; 29 patients or a multiple would fit both figures"),
    "C26": ("differs", "20 to 30 sessions at 300 dollars are 6,000 to 9,000, not 10,000"),
    "C27": ("holds only under", "one failed drug is AHRQ's tier 2; tier 1 and the EMA ask for two"),
    "C28": ("holds only under", "58.0 and 56.4 in open-label practice lie in it; 41.5 and 29.3 do not"),
    "C29": ("holds only under", "37.1 by clinicians lies in it; 28.7, 26.5 and 18.6 do not"),
    "C30": ("cannot be recomputed", "five references that could not be found"),
    "C31": ("holds only under", "58.0 in open-label practice; 29.3 in sham-controlled trials"),
    "C32": ("cannot be recomputed", "no data of the 17 studies"),
}


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return check_claims()


def test_every_claim_is_expected(ledger: Ledger) -> None:
    assert [finding.claim.claim_id for finding in ledger] == list(EXPECTED)


@pytest.mark.parametrize("claim_id", EXPECTED)
def test_verdict_is_what_a_careful_reader_expects(ledger: Ledger, claim_id: str) -> None:
    verdict, reason = EXPECTED[claim_id]
    assert ledger[claim_id].verdict == verdict, reason


def test_findings_are_complete(ledger: Ledger) -> None:
    for finding in ledger:
        assert finding.verdict in VERDICTS
        assert finding.headline
        assert finding.patient.endswith((".", "!"))
        assert finding.statistician.endswith(".")
        assert finding.rule
        assert finding.spec["check"] == finding.claim.check
        if finding.verdict == "cannot be recomputed":
            assert finding.missing
        else:
            assert finding.recomputed
        if finding.verdict == "holds only under":
            assert finding.conditions
        if finding.claim.keys:
            assert finding.rows
            assert finding.sources


def test_sentences_have_no_loose_ends(ledger: Ledger) -> None:
    for finding in ledger:
        for text in (finding.headline, finding.patient, finding.statistician):
            assert "nan" not in text.split()
            assert not any(mark in text for mark in ("..", "  ", " ,", " .", "{", "}", "((")), text
            assert "None" not in text.replace("None of", ""), text


def test_by_hand_figures(ledger: Ledger) -> None:
    """Point values that can be worked out on paper from the rows."""
    by_hand = {
        "C03": 2.78,
        "C07": 7759,
        "C11": 100 * 61 / 75,
        "C13": 100 * (1 - 0.632 * 0.694 * 0.863 * (1 - 16 / 123)),
        "C15": 1e4 * 18 / 586656,
        "C16": 100 * 24 / 318560,
        "C17": 100 * 18 / 25526,
        "C21": 70.0,
    }
    for claim_id, value in by_hand.items():
        main = ledger[claim_id].main
        assert main is not None
        same(main.value, value, 1e-12, what=claim_id)  # one division: equal but for rounding


def test_differences_have_size_and_direction(ledger: Ledger) -> None:
    difference = ledger["C07"].difference
    assert difference is not None
    assert difference.amount == 20000 - 7759
    assert difference.direction == "higher"
    assert ledger["C26"].difference is not None
    same(ledger["C26"].difference.amount, 1000.0, 1e-12)
    for finding in ledger.where(verdict="misattributed"):
        assert finding.difference is not None


def test_intervals_of_the_registry_of_seizures(ledger: Ledger) -> None:
    """Taylor's own exact interval (0.18 to 0.48 per 10,000) is printed in the abstract; two decimals are compared."""
    main = ledger["C15"].main
    assert main is not None
    assert main.low is not None
    assert main.high is not None
    assert math.isclose(main.low, 0.18, abs_tol=0.005)
    assert math.isclose(main.high, 0.48, abs_tol=0.006)  # 0.4849 prints as 0.48


def test_rate_contrast_uses_the_counts_behind_the_printed_rates(ledger: Ledger) -> None:
    main = ledger["C18"].main
    assert main is not None
    assert main.counts.startswith("11 in 1,9")
    assert "against 2 in 14," in main.counts
    assert main.low is not None
    assert main.low > 1


def test_denominators_of_two_percentages(ledger: Ledger) -> None:
    main = ledger["C25"].main
    assert main is not None
    assert main.value == 29
    assert "only multiples of 29" in ledger["C25"].statistician


def test_counts_and_views(ledger: Ledger) -> None:
    counts = ledger.counts()
    assert list(counts) == list(VERDICTS)
    assert sum(counts.values()) == len(ledger) == 32
    frame = ledger.to_frame()
    assert len(frame) == 32
    assert frame["verdict"].tolist() == [finding.verdict for finding in ledger]
    records = ledger.to_dict()
    assert {"claim_id", "verdict"} <= set(records[0])
    assert ledger.to_json() == check_claims().to_json()


def test_a_ledger_is_json(ledger: Ledger) -> None:
    assert json.loads(ledger.to_json()) == json.loads(json.dumps(ledger.to_dict()))
    assert len(ledger.to_json(indent=None).splitlines()) == 1
