"""Totals are told from studies by their name or by their sums."""

from __future__ import annotations

import pandas as pd
import pytest

from tmsmeta.tables.totals import total_rows

COUNTS = [[11, 35, 2, 33], [7, 35, 1, 33], [13, 25, 2, 25]]
SUMS = [31, 95, 5, 91]


def found(labels: list[str], counts: list[list[float]]) -> dict[int, str]:
    index = range(2, 2 + len(labels))
    frame = pd.DataFrame(counts, index=index, columns=["events_t", "n_t", "events_c", "n_c"][: len(counts[0])])
    return total_rows(pd.Series(labels, index=index), frame)


@pytest.mark.parametrize(
    "label",
    [
        "Total", "TOTAL", "Total (95% CI)", "Subtotal", "Sub-total (95% CI)", "Grand total", "Overall",
        "Overall (I-squared = 0.0%, p = 0.6)", "Overall effect", "Pooled", "Pooled estimate", "Summe", "Gesamt",
        "Gesamtsumme", "Total events", "Total events: 31", "Random effects model", "Fixed effect model", "RE Model",
        "Common effect model", "Heterogeneity: Tau² = 0.1", "Test for overall effect: Z = 1.2", "Summary", "Σ",
    ],
)  # fmt: skip
def test_a_row_named_total_is_one_whatever_its_counts(label: str) -> None:
    rows = found(["A", label, "B"], [[1, 2, 3, 4], [9, 9, 9, 9], [1, 2, 3, 4]])
    assert rows == {3: f"is a total by its name, {label!r}"}


@pytest.mark.parametrize(
    "label",
    ["Total Knee Study 2004", "Overall 2009", "Pooled Cohort (2011)", "Summers", "Gesamtschule", "Totalis", "Model 3"],
)
def test_a_study_with_such_a_word_in_its_name_is_a_study(label: str) -> None:
    assert found(["A", label, "B"], [[1, 2, 3, 4], [9, 9, 9, 9], [1, 2, 3, 4]]) == {}


@pytest.mark.parametrize("label", ["", "All", "All studies", "Total of all", "Toplam"])
def test_sums_of_all_rows_above_are_a_total(label: str) -> None:
    rows = found(["A", "B", "C", label], [*COUNTS, SUMS])
    assert rows == {5: "is a total: its 4 counts are the sums of the rows above"}


def test_sums_do_not_count_totals_above_twice() -> None:
    rows = found(["A", "B", "C", "Total", ""], [*COUNTS, SUMS, SUMS])
    assert list(rows) == [5, 6]


def test_a_study_that_happens_to_be_the_sum_of_two_stays() -> None:
    assert found(["A", "A", "B"], [[5, 10], [6, 10], [11, 20]]) == {}
    assert found(["A", "B", "C"], [[1, 2, 3, 4], [1, 2, 3, 4], [2, 4, 6, 8]]) == {}


def test_no_counts_no_sums() -> None:
    assert found(["A", "B", ""], [[0, 0, 0, 0]] * 3) == {}
    index = range(2, 5)
    assert total_rows(pd.Series(["A", "B", "Total"], index=index), pd.DataFrame(index=index)).keys() == {4}
