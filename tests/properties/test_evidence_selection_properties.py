"""On random trials: every row is used once or left out with a reason, and no patient counts twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta.review import Evidence, Selection, load_evidence, select_arms
from tmsmeta.review.selecting.apply import select

TRIALS = ("avery2006", "blumberger2018", "kim2019", "oreardon2007")

row = st.fixed_dictionaries(
    {
        "trial_id": st.sampled_from(TRIALS),
        "treatment": st.sampled_from(("sham", "itbs", "dtms_h1", "other")),
        "n": st.integers(1, 40),
        "share": st.floats(0, 1),
        "tier": st.sampled_from("ABCE"),
        "flags": st.sampled_from(("", "", "", "later_time_point", "best_ever_timepoint", "preprint")),
    }
)
spec = st.builds(
    Selection,
    tiers=st.lists(st.sampled_from("ABCDE"), min_size=1, unique=True).map(tuple),
    populations=st.sampled_from((None, ("adult",), ("adult", "perinatal"))),
    multi_arm=st.sampled_from(("combine", "split")),
    lump=st.sampled_from(("none", "family")),
)


def evidence_of(rows: list[dict[str, Any]]) -> Evidence:
    shipped = load_evidence()
    records = [
        {
            **dict.fromkeys(shipped.arms.columns, ""),
            **{name: cell for name, cell in given_row.items() if name != "share"},
            **{"n_randomised": None, "percent_printed": None, "percent_decimals": None},
            "events": int(given_row["n"] * given_row["share"]),
            "arm": f"arm {place}",
            "outcome": "response",
        }
        for place, given_row in enumerate(rows)
    ]
    arms = pd.DataFrame(records, columns=list(shipped.arms.columns)).astype(shipped.arms.dtypes.to_dict())
    return replace(shipped, arms=arms)


def rows_of(texts: pd.Series) -> list[int]:
    return [int(row) for text in texts for row in text.split(";")]


@settings(max_examples=25)
@given(rows=st.lists(row, min_size=1, max_size=10), selection=spec)
def test_rows_are_used_once_or_left_out_and_patients_count_once(
    rows: list[dict[str, Any]], selection: Selection
) -> None:
    evidence = evidence_of(rows)
    chosen = select(evidence, selection)
    used = set(rows_of(chosen.trials["rows"]))
    out = set(chosen.left_out.loc[chosen.left_out["table"] == "arms", "row"])
    assert used | out == set(evidence.arms.index)
    assert not used & out
    assert chosen.trials[["n_t", "n_c"]].to_numpy().sum() == pytest.approx(evidence.arms.loc[sorted(used), "n"].sum())
    events = chosen.trials[["events_t", "events_c"]].to_numpy().sum()
    assert events == pytest.approx(evidence.arms.loc[sorted(used), "events"].sum())
    assert not set(chosen.trials["trial_id"]) & set(chosen.contrasts["trial_id"])
    assert chosen.contrasts["trial_id"].is_unique
    if selection.multi_arm == "combine":
        assert chosen.trials["trial_id"].is_unique
    assert set(chosen.trials["tier"]) <= set(selection.tiers)
    assert chosen.trials["study"].is_unique


@settings(max_examples=25)
@given(rows=st.lists(row, min_size=1, max_size=10), selection=spec)
def test_network_arms_hold_every_used_row_once(rows: list[dict[str, Any]], selection: Selection) -> None:
    evidence = evidence_of(rows)
    chosen = select_arms(evidence, selection)
    used = rows_of(chosen.arms["rows"])
    out = set(chosen.left_out.loc[chosen.left_out["table"] == "arms", "row"])
    assert len(used) == len(set(used))
    assert set(used) | out == set(evidence.arms.index)
    assert not set(used) & out
    assert chosen.arms["n"].sum() == evidence.arms.loc[used, "n"].sum()
    assert not chosen.arms.duplicated(["study", "treatment"]).any()
    assert (chosen.arms.groupby("study")["treatment"].nunique() >= 2).all()
