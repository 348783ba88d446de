"""Every fault in the input is named with its row and what would be right, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tmsmeta import InvalidInputError, UnknownOptionError, effects, glmm_rate, network_from_contrasts, peto


def issues_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        call()
    return [str(issue) for issue in caught.value.issues]


def test_all_faults_of_a_table_at_once() -> None:
    found = issues_of(
        lambda: effects.binary(
            "OR", [0, 2, -5, 0.5], [10, np.nan, 9, 0], [3, 0, 40, 0], [11, 10, 7, 9], study=["a", "b", "c", "d"]
        )
    )
    assert found == [
        "row 3 (c), `events_t`: must not be negative. Got -5.0.",
        "row 4 (d), `events_t`: must be a whole number. Got 0.5.",
        "row 2 (b), `n_t`: must be a finite number. Got nan.",
        "row 4 (d), `n_t`: must be at least 1. Got 0.0.",
        "row 3 (c), `events_c`: must not exceed `n_c`. Got 40.0.",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effects.binary("RR", [1, 2], [10, 10], [1], [10, 10]), "must all have the same length"),
        (lambda: effects.binary("RR", [], [], [], []), "at least one study"),
        (lambda: effects.binary("RR", ["x"], [10], [1], [10]), "row 1, `events_t`: must hold numbers only"),
        (lambda: effects.binary("RR", [[1]], [10], [1], [10]), "one-dimensional"),
        (lambda: effects.binary("RR", [1], [10], [1], [10], add=-1), "`add`: must be a finite number, 0 or more"),
        (lambda: effects.binary("RR", [1], [10], [1], [10], study=["a", "b"]), "one label per study"),
        (lambda: effects.binary("RR", [np.inf], [10], [1], [10]), "must be a finite number"),
        (lambda: effects.binary("RR", [11], [10], [1], [10]), "must not exceed `n_t`"),
        (lambda: effects.proportion("PLO", [5], [0]), "must be at least 1"),
        (lambda: effects.rate("IRLN", [1.5], [10]), "must be a whole number"),
        (lambda: effects.rate_ratio("IRR", [1], [0], [1], [10]), "must be positive"),
        (lambda: effects.continuous("MD", [1], [-1], [10], [1], [1], [1]), "must not be negative"),
        (lambda: effects.continuous("MD", [1], [1], [10], [1], [1], [1]), "must be at least 2"),
        (lambda: effects.generic([1.0]), "exactly one of these three"),
        (lambda: effects.generic([1.0], vi=[1.0], se=[1.0]), "exactly one of these three"),
        (lambda: effects.generic([1.0], vi=[0.0]), "must be positive"),
        (lambda: effects.generic([1.0], se=[-1.0]), "must be positive"),
        (lambda: effects.generic([np.nan], se=[1.0]), "must be a finite number"),
        (lambda: effects.generic([1.0], ci=([2.0], [1.0])), "must be above `ci_low`"),
        (lambda: effects.generic([3.0], ci=([1.0], [2.0])), "must lie within its interval"),
        (lambda: effects.generic([1.0], ci=([0.0], [2.0]), level=95), "must lie between 0 and 1"),
        (lambda: effects.printed_ratio("RR", [-1.0], [0.5], [2.0]), "must be positive"),
        (lambda: effects.back_transform("PFT", 0.3), "needs the size"),
    ],
)
def test_one_fault(call: Callable[[], object], message: str) -> None:
    assert message in "; ".join(issues_of(call))


@pytest.mark.parametrize("gap", [None, np.nan, float("nan"), pd.NA, pd.NaT, "", " "])
@pytest.mark.parametrize(
    "call",
    [
        lambda study: effects.binary("RR", [1, 2], [10, 10], [1, 2], [10, 10], study=study),
        lambda study: effects.rate_ratio("IRR", [1, 2], [10, 10], [1, 2], [10, 10], study=study),
        lambda study: effects.proportion("PLO", [1, 2], [10, 10], study=study),
        lambda study: effects.rate("IRLN", [1, 2], [10, 10], study=study),
        lambda study: effects.continuous("MD", [1, 2], [1, 1], [9, 9], [1, 1], [1, 1], [9, 9], study=study),
        lambda study: effects.generic([1, 2], se=[1, 1], study=study),
        lambda study: effects.generic([1, 2], ci=([0, 1], [2, 3]), study=study),
        lambda study: effects.printed_ranges([1, 2], [0.5, 1], [2, 4], decimals=1, study=study),
        lambda study: peto([1, 2], [10, 10], [1, 2], [10, 10], study=study),
        lambda study: glmm_rate([1, 2], [10, 10], study=study),
        lambda study: network_from_contrasts(
            study, ["A"] * 2, ["B"] * 2, [1, 2], [1, 1], reference="A", better="higher"
        ),
    ],
)
def test_a_missing_label_is_no_label(call: Callable[[object], object], gap: object) -> None:
    (issue,) = issues_of(lambda: call(["a", gap]))
    assert re.match(r"row 2, `study`: must not be missing or empty(;.*rows out)?\.", issue)


TABLE = pd.DataFrame({"study": list("abc"), "events": [1, 2, 3], "n": [10, 20, 30]}, index=[7, 8, 9])


@pytest.mark.parametrize("column", ["n", "study"])
def test_series_in_another_order_are_refused(column: str) -> None:
    turned = {**TABLE, column: TABLE[column].loc[[7, 9, 8]]}
    (issue,) = issues_of(lambda: effects.proportion("PLO", turned["events"], turned["n"], study=turned["study"]))
    assert issue.startswith(f"row 2, `{column}`: must be in the order of `events`, whose index holds the same labels")
    assert "here has 8;" in issue
    assert issue.endswith("Got 9.")


def test_comparisons_in_another_order_are_refused() -> None:
    treat, y = pd.Series(["A", "A"]), pd.Series([1.0, 2.0], index=[1, 0])
    (issue,) = issues_of(
        lambda: network_from_contrasts(["s", "t"], treat, ["B", "B"], y, [1, 1], reference="A", better="higher")
    )
    assert issue.startswith("row 1, `yi`: must be in the order of `treat1`")


@pytest.mark.parametrize("index", [[7, 8, 9], [7.0, 8.0, 9.0], [9, 8, 6], list("xyz"), [None, 1, 2]])
def test_other_series_are_paired_by_position(index: list[object]) -> None:
    found = effects.proportion("PLO", TABLE["events"], pd.Series([10, 20, 30], index=index))
    assert found.inputs["n"].tolist() == [10, 20, 30]


def test_a_study_may_be_called_nan() -> None:
    assert effects.generic([1, 2], se=[1, 1], study=["Nan", "nan"]).study.tolist() == ["Nan", "nan"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: effects.binary("XX", [1], [10], [1], [10]),
        lambda: effects.binary("RR", [1], [10], [1], [10], zero_cells="some"),  # type: ignore[arg-type]
        lambda: effects.binary("RR", [1], [10], [1], [10], correction="arm"),  # type: ignore[arg-type]
        lambda: effects.proportion("OR", [1], [10]),
        lambda: effects.rate("IRR", [1], [10]),
        lambda: effects.continuous("OR", [1], [1], [9], [1], [1], [9]),
        lambda: effects.printed_ratio("RD", [1], [0.5], [2]),
        lambda: effects.generic([1], vi=[1], measure="?"),
    ],
)
def test_unknown_options_list_what_is_allowed(call: Callable[[], object]) -> None:
    with pytest.raises(UnknownOptionError, match="must be one of '"):
        call()
