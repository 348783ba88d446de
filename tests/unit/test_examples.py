"""The reviews in ``examples/``: their counts are those that R analysed, and what their claims state by hand is true."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.review import check_evidence

ROOT = Path(__file__).parents[2]
OWN_COLUMNS = ("latitude", "allocation")
REFERENCE_NODES = {
    "no_contact": "no_contact",
    "self_help": "self_help",
    "ind_counseling": "individual",
    "grp_counseling": "group",
}


def table(review: str, name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "examples" / review / f"{name}.csv", keep_default_na=False)


def reference(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "tests" / "reference" / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def bcg() -> pd.DataFrame:
    """One row per trial, in the order of ``trials.csv``."""
    arms = table("bcg", "arms").pivot(index="trial_id", columns="treatment", values=["events", "n"])
    arms.columns = [f"{name}_{treatment}" for name, treatment in arms.columns]
    return table("bcg", "trials").join(arms, on="trial_id")


@pytest.fixture(scope="module")
def smoking() -> pd.DataFrame:
    """Arms with the number of their trial, which is its place in ``trials.csv``."""
    trials = table("smoking", "trials")
    number = pd.Series(range(1, len(trials) + 1), index=trials["trial_id"])
    arms = table("smoking", "arms")
    return arms.assign(study=arms["trial_id"].map(number).astype(str))


@pytest.mark.parametrize("review", ["bcg", "smoking"])
def test_examples_have_no_fault(review: str) -> None:
    assert check_evidence(ROOT / "examples" / review) == ()


def test_own_columns_reach_the_selected_trials(bcg: pd.DataFrame) -> None:
    trials = tm.read_review(ROOT / "examples" / "bcg").select().trials.set_index("trial_id")
    for column in OWN_COLUMNS:
        assert trials[column].to_dict() == bcg.set_index("trial_id")[column].to_dict()


def test_bcg_is_the_data_set_of_the_reference(bcg: pd.DataFrame) -> None:
    data = reference("pairwise_bcg")["data"]
    columns = {
        "label": "study",
        "events_bcg": "ai",
        "n_bcg": "n1i",
        "events_unvaccinated": "ci",
        "n_unvaccinated": "n2i",
    }
    assert {name: bcg[column].tolist() for column, name in columns.items()} == data


def test_bcg_moderators_are_those_of_the_reference(bcg: pd.DataFrame) -> None:
    data = reference("metareg_bcg")["data"]
    columns = {"latitude": "ablat", "year": "year", "allocation": "alloc"}
    assert {name: bcg[column].tolist() for column, name in columns.items()} == {
        name: data[name] for name in columns.values()
    }


def test_bcg_flags_follow_the_allocation(bcg: pd.DataFrame) -> None:
    arms = table("bcg", "arms")
    flagged = set(arms.loc[arms["flags"] == "not_randomised", "trial_id"])
    assert flagged == set(bcg.loc[bcg["allocation"] != "random", "trial_id"])


def test_smoking_is_the_data_set_of_the_reference(smoking: pd.DataFrame) -> None:
    arms = pd.DataFrame(reference("network_smoking_OR")["arms"])
    arms["treatment"] = arms["treatment"].map(REFERENCE_NODES)
    columns = ["study", "treatment", "events", "n"]
    assert set(smoking[columns].itertuples(index=False, name=None)) == set(
        arms[columns].itertuples(index=False, name=None)
    )
    assert len(smoking) == len(arms)


def shown(review: str) -> dict[str, float]:
    """The values that claims state by hand, by claim."""
    claims = table(review, "claims").set_index("claim_id")["parameters"]
    found = {name: re.search(r"=([\d.]+)@shown", text) for name, text in claims.items()}
    return {str(name): float(match[1]) for name, match in found.items() if match}


def test_bcg_claims_state_what_the_trials_give(bcg: pd.DataFrame) -> None:
    sizes = bcg["n_bcg"] + bcg["n_unvaccinated"]
    madras = bcg["trial_id"] == "madras1980"
    next_three = sizes[~madras].nlargest(3).sum()
    effects = reference("pairwise_bcg")["measures"]["RR"]
    above = [y + 1.96 * math.sqrt(v) for y, v in zip(effects["yi"], effects["vi"], strict=True)]
    assert shown("bcg") == {
        "B04": round(sizes[madras].item() / next_three, 2),
        "B09": (bcg["allocation"] == "random").sum(),
        "B10": sizes.sum(),
        "B11": sum(y < 0 for y in effects["yi"]),
        "B12": sum(limit < 0 for limit in above),
    }


def test_bcg_cohort_rows_repeat_the_madras_arms(bcg: pd.DataFrame) -> None:
    madras = bcg.set_index("trial_id").loc["madras1980"]
    cohorts = table("bcg", "cohorts").set_index("cohort_id")[["events", "n"]]
    assert cohorts.loc["madras_vaccinated"].tolist() == [madras["events_bcg"], madras["n_bcg"]]
    assert cohorts.loc["madras_control"].tolist() == [madras["events_unvaccinated"], madras["n_unvaccinated"]]


def test_smoking_claims_state_what_the_trials_give(smoking: pd.DataFrame) -> None:
    designs = smoking.groupby("study")["treatment"].agg(lambda nodes: tuple(sorted(nodes)))
    assert shown("smoking") == {
        "S02": smoking["n"].sum(),
        "S03": (designs == ("individual", "no_contact")).sum(),
        "S04": (designs.str.len() == 3).sum(),
        "S05": (smoking["events"] == 0).sum(),
    }


@pytest.mark.parametrize(("result_id", "fit"), [("demo_reml", "REML.z"), ("demo_hartung_knapp", "REML.knha")])
def test_bcg_printed_pools_are_those_of_r(result_id: str, fit: str) -> None:
    printed = table("bcg", "published").set_index("result_id").loc[result_id]
    found = reference("pairwise_bcg")["measures"]["RR"]["fits"][fit]
    ratios = [round(math.exp(found[name]), 3) for name in ("b", "ci_lb", "ci_ub")]
    assert [float(printed[name]) for name in ("estimate", "ci_low", "ci_high")] == ratios


@pytest.mark.parametrize("node", ["self_help", "ind_counseling", "grp_counseling"])
def test_smoking_printed_odds_ratios_are_those_of_r(node: str) -> None:
    printed = table("smoking", "published").set_index("result_id").loc[f"netmeta_{REFERENCE_NODES[node]}"]
    fit = reference("network_smoking_OR")["REML"]
    row, column = fit["treatments"].index(node), fit["treatments"].index("no_contact")
    estimate, se = fit["TE_random"][row][column], fit["se_random"][row][column]
    limits = [round(math.exp(estimate + z * se), 2) for z in (0.0, -1.959964, 1.959964)]
    assert [float(printed[name]) for name in ("estimate", "ci_low", "ci_high")] == limits
