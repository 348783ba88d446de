"""What looks wrong in a table is said with row and reason; a table in order has no warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tmsmeta as tm

COUNTS = "study,events_t,n_t,events_c,n_c\n"
MEANS = "study,mean_t,sd_t,n_t,mean_c,sd_c,n_c\n"


def warnings(folder: Path, text: str) -> list[str]:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return [str(issue) for issue in tm.read_table(path).warnings]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MEANS + "A,5,0.5,20,7,0.4,20\nB,6,0.3,30,8,0.5,30\n", "row 2, `sd_t`: .* check that it is no standard error"),
        (MEANS + "A,5,0.5,20,6,4,20\nB,6,3,30,6.5,4,30\n", "row 2, `sd_t`: differs more than fivefold from `sd_c`"),
        ("study,OR,lower,upper\nA,2,1,4\nB,3,1,4\nC,1.5,0.75,3\n", "row 3, `OR`: is not the middle .* on the log"),
        ("study,MD,lower,upper\nA,2,1,3\nB,2.9,1,3\nC,1.5,1,2\n", r"row 3, `MD`: is not the middle of its interval;"),
        (COUNTS + "A,3,40,4,41\nB,5,400,4,40\nC,3,39,4,41\n", "row 3, `n_t`: is about 10 times or a tenth of `n_c`"),
        (COUNTS + "A,4,1230,11,139\nB,6,306,29,303\nC,6,206,29,203\n", "row 2, `n_t`: is about 10 times or a tenth"),
        (COUNTS + "A,3,40,4,41\nB,5,42,4,40\nC,3,40,4,41\n", "row 4, `study`: has the same numbers as an earlier row"),
        (COUNTS + "Mar-01,3,40,4,41\nB,5,42,4,40\n", "row 2, `study`: looks like a date"),
        (COUNTS + "A,30,100,20,100\nB,33,100,21,100\nC,35,100,22,100\n", "`n_t`: is 100 in every row"),
        ("study,treatment,events,n\nA,active,1,9\nA,placebo,2,9\nB,activ,1,8\nB,placebo,2,8\n", "'activ' in one"),
        ("study,treatment,events,n\nA,Drug,1,9\nA,placebo,2,9\nB,drug,1,8\nB,placebo,2,8\n", "is also spelled"),
        (
            "study,RR_log,se\nA,0.10,1.0\nB,0.12,1.1\nC,0.11,0.9\nD,0.10,1.0\nE,0.09,1.2\n",
            "agree far better than chance allows",
        ),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_said(tmp_path: Path, text: str, words: str) -> None:
    found = warnings(tmp_path, text)
    assert any(re.search(words, warning) for warning in found), found


@pytest.mark.parametrize(
    "text",
    [
        COUNTS + "May 1998,3,40,4,41\nB 2001,5,42,4,40\nC,0,39,2,41\n",
        MEANS + "A,5,4.7,13,6.5,3.8,13\nB,4.9,1.71,30,6.1,2.3,50\n",
        "study,OR,lower,upper\nA,2.82,1.57,5.09\nB,1.40,0.70,2.80\nC,1.95,1.10,3.46\n",
        "study,treatment,events,n\nA,10 mg,1,9\nA,20 mg,2,9\nB,arm A,1,8\nB,arm B,2,8\n",
        "study,yi,vi\nA,0.5,0.04\nB,-0.2,0.02\nC,0.3,0.03\nD,0.9,0.1\nE,-0.1,0.05\n",
    ],
)
def test_a_table_in_order_has_no_warning(tmp_path: Path, text: str) -> None:
    assert warnings(tmp_path, text) == []
