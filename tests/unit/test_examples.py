"""The reviews in ``examples/``: their counts are those that R analysed, and what their claims state by hand is true."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.networks import NetworkSpec
from tmsmeta.report import html_report, results_schema, write_results
from tmsmeta.review import Review, check_evidence
from tmsmeta.review.run import ReviewRun

ROOT = Path(__file__).parents[2]
EXACT = 1e-8  # R iterates to a step of 1e-12; what is left is the order of sums in two programs
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
def reviews() -> dict[str, Review]:
    return {name: tm.read_review(ROOT / "examples" / name) for name in ("bcg", "smoking")}


@pytest.fixture(scope="module")
def runs(reviews: dict[str, Review]) -> dict[str, ReviewRun]:
    return {name: review.run() for name, review in reviews.items()}


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


def test_the_plain_tables_hold_what_the_reviews_hold(reviews: dict[str, Review]) -> None:
    """``examples/bcg.csv`` and ``smoking.csv`` are for readers with a table of their own."""
    bcg, smoking = (tm.Selection(outcome=reviews[name].outcomes[0]) for name in ("bcg", "smoking"))
    trials = tm.select(reviews["bcg"].evidence, bcg).trials
    columns = ["study", "year", *OWN_COLUMNS, "events_t", "n_t", "events_c", "n_c"]
    plain = pd.read_csv(ROOT / "examples" / "bcg.csv")
    pd.testing.assert_frame_equal(plain, trials[columns].reset_index(drop=True), check_dtype=False)
    arms = tm.select_arms(reviews["smoking"].evidence, smoking).arms[["study", "treatment", "events", "n"]]
    plain = pd.read_csv(ROOT / "examples" / "smoking.csv")
    pd.testing.assert_frame_equal(plain, arms.reset_index(drop=True), check_dtype=False)


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


def test_bcg_pools_as_r_does(runs: dict[str, ReviewRun]) -> None:
    expected = reference("pairwise_bcg")["measures"]["RR"]["fits"]["REML.knha"]
    pooled = runs["bcg"].main_pools()["tuberculosis"]
    found = {"b": pooled.estimate, "se": pooled.se, "ci_lb": pooled.ci[0], "ci_ub": pooled.ci[1], "tau2": pooled.tau2}
    assert found == pytest.approx({name: expected[name] for name in found}, rel=EXACT)


def test_bcg_slope_on_latitude_is_that_of_r(runs: dict[str, ReviewRun]) -> None:
    expected = reference("metareg_bcg")["fits"]["ablat.REML.knha"]
    fit = runs["bcg"].regressions["tuberculosis"]["~ latitude"]
    slope = fit.coefficients.loc["latitude"]
    columns = {"estimate": "b", "se": "se", "low": "ci_lb", "high": "ci_ub"}
    assert slope[list(columns)].tolist() == pytest.approx([expected[name][1] for name in columns.values()], rel=EXACT)
    assert fit.r2 == pytest.approx(expected["R2"], rel=EXACT)


def test_bcg_subgroups_are_those_of_r(runs: dict[str, ReviewRun]) -> None:
    expected = reference("subgroup_bcg")
    split = runs["bcg"].subgroups["tuberculosis"]["allocation"]
    assert list(split.pools) == expected["levels"]
    # Package meta stops its REML search early, so its tau2 is good to six digits (test_reference_regression.py).
    assert [pool.estimate for pool in split.pools.values()] == pytest.approx(expected["TE"], rel=1e-6)
    assert [pool.tau2 for pool in split.pools.values()] == pytest.approx(expected["tau2"], rel=1e-5)


@pytest.mark.parametrize("tau2", ["REML", "DL"])
def test_smoking_network_is_that_of_r(tau2: str, reviews: dict[str, Review]) -> None:
    review = reviews["smoking"]
    net = review.network().net if tau2 == "REML" else review.network(model=NetworkSpec(tau2=tau2)).net
    expected = reference("network_smoking_OR")[tau2]
    assert net.tau2 == pytest.approx(expected["tau2"], rel=EXACT)
    nodes = [REFERENCE_NODES[name] for name in expected["treatments"]]
    for found, name in ((net.estimates, "TE_random"), (net.se, "se_random")):
        for row, line in zip(nodes, expected[name], strict=True):
            assert found.loc[row, nodes].tolist() == pytest.approx(line, rel=EXACT, abs=1e-12)


def test_published_pools_follow_with_the_decimals_that_are_printed(runs: dict[str, ReviewRun]) -> None:
    checks = {check.result_id: check for check in runs["bcg"].published}
    assert {name: check.agrees for name, check in checks.items()} == {"demo_reml": True, "demo_hartung_knapp": True}
    sentence = checks["demo_hartung_knapp"].sentence
    assert "0.489 (0.330 to 0.726) follows by random effects (restricted maximum likelihood), Hartung-Knapp" in sentence


def test_published_odds_ratios_of_a_network_stand_beside_ours(runs: dict[str, ReviewRun]) -> None:
    beside = runs["smoking"].published_networks.set_index("result_id")
    printed = beside.index.str.startswith("netmeta")
    for theirs, ours in (("published", "ours"), ("published_low", "ours_low"), ("published_high", "ours_high")):
        assert beside.loc[printed, ours].round(2).tolist() == beside.loc[printed, theirs].tolist()
    assert beside.loc["netmeta_group_individual", ["treatment", "comparator"]].tolist() == ["group", "individual"]
    assert set(beside["verdict"]) == {"same"}


VERDICTS = {
    "bcg": {
        "B01": "reproduced",  # the interval of the pooled ratio, 0.33 to 0.73, lies below 1
        "B02": "reproduced",  # 0.50 lies in that interval
        "B03": "reproduced",  # 505 of 88,391 against 499 of 88,391 is 1.01, printed as no effect
        "B04": "reproduced",  # 176,782 people against 77,972 + 34,767 + 26,465
        "B05": "cannot be recomputed",  # the model behind the 41% was not seen
        "B06": "reproduced",  # 0.49 lies in the interval
        "B07": "cannot be recomputed",  # the validity scores were not seen
        "B08": "reproduced",  # 0.489 is the estimate
        "B09": "differs",  # 7 of the 13 trials were randomised
        "B10": "reproduced",  # 191,064 + 166,283
        "B11": "reproduced",  # all but Madras (1.01) and Comstock & Webster (1.56)
        "B12": "reproduced",  # counted in the forest plot
    },
    "smoking": {
        "S01": "holds only under",  # better than no contact; the interval against individual counselling holds 1
        "S02": "reproduced",  # the sum of the 50 arms
        "S03": "reproduced",  # 15 trials compare the two, one of them with a third arm
        "S04": "reproduced",  # Cottraux 1983 and Mothersill 1988
        "S05": "reproduced",  # Rabkin 1984 and Williams and Hall 1988
    },
}


@pytest.mark.parametrize("review", ["bcg", "smoking"])
def test_verdicts_of_the_examples(review: str, runs: dict[str, ReviewRun]) -> None:
    assert {finding.claim.claim_id: finding.verdict for finding in runs[review].ledger} == VERDICTS[review]


def test_a_review_of_two_treatments_shows_no_network(runs: dict[str, ReviewRun]) -> None:
    assert runs["bcg"].networks == {}
    assert "at least 3 treatments" in runs["bcg"].to_dict()["networks"]["tuberculosis"]["not_assessable"]


@pytest.mark.parametrize("review", ["bcg", "smoking"])
def test_results_of_the_examples_follow_the_schema(review: str, runs: dict[str, ReviewRun]) -> None:
    validator = jsonschema.Draft202012Validator(results_schema())
    results = json.loads(json.dumps(runs[review].to_dict(), allow_nan=False))
    assert [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(results)] == []


@pytest.mark.parametrize("review", ["bcg", "smoking"])
def test_a_second_run_writes_the_same_bytes(
    review: str, runs: dict[str, ReviewRun], reviews: dict[str, Review], tmp_path: Path
) -> None:
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (
            write_results(runs[review], tmp_path / "one"),
            write_results(reviews[review].run(), tmp_path / "two"),
        )
    )
    assert len(first) > 8
    assert first == second


@pytest.mark.parametrize(
    ("review", "words"),
    [
        ("bcg", ["BCG vaccine against no vaccination", "Favours BCG vaccine", "latitude −0.029 (−0.047 to −0.011)"]),
        ("smoking", ["Any help against no contact", "Favours any help", "OR vs no contact"]),
    ],
)
def test_reports_use_the_words_of_the_review(review: str, words: list[str], runs: dict[str, ReviewRun]) -> None:
    page = html_report(runs[review])
    assert [word for word in words if word not in page] == []
    assert not re.search(r"stimulation|sham|rTMS|response at|remission", page)
