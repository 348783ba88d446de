"""The five pools that AHRQ CER 33 (Gaynes 2011) prints, from the per-trial ratios that it prints.

Printed values: data/published.csv (figure texts of the review's Figures 10 and 13).
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tmsmeta import EvidenceError, load_evidence, read_evidence
from tmsmeta.review import Evidence
from tmsmeta.review.published import published_pools

PRINTED = {
    "ahrq_t1_mdd": (8, 2.82, 1.57, 5.09),
    "ahrq_t1_mix": (3, 5.38, 1.88, 15.46),
    "ahrq_t2_mdd": (4, 1.87, 1.23, 2.84),
    "ahrq_t1_all": (11, 3.34, 1.92, 5.82),
    "ahrq_t12_mdd": (12, 2.18, 1.47, 3.22),
}


@pytest.mark.parametrize("result_id", list(PRINTED))
def test_the_pool_follows_within_the_rounding_of_its_inputs(result_id: str) -> None:
    check = next(c for c in published_pools(load_evidence()) if c.result_id == result_id)
    k, *printed = PRINTED[result_id]
    assert check.k == k
    assert check.printed == tuple(printed)
    assert check.agrees
    for found, wanted, slack in zip(check.recomputed, printed, check.slack, strict=True):
        assert abs(found - wanted) <= slack
        # a slack that would let anything pass proves nothing
        assert slack < 0.012 * wanted


@pytest.mark.parametrize("result_id", ["ahrq_t1_mdd", "ahrq_t1_mix", "ahrq_t2_mdd"])
def test_the_trial_pools_print_the_same_two_decimals(result_id: str) -> None:
    check = next(c for c in published_pools(load_evidence()) if c.result_id == result_id)
    assert [f"{x:.2f}" for x in check.recomputed] == [f"{x:.2f}" for x in PRINTED[result_id][1:]]


def test_the_overall_rows_are_pools_of_subgroup_estimates() -> None:
    checks = {c.result_id: c for c in published_pools(load_evidence())}
    for name in ("ahrq_t1_all", "ahrq_t12_mdd"):
        check = checks[name]
        assert "over the two printed subgroup estimates" in check.way
        (one_stage,) = check.other_ways.values()
        distance = [abs(a - b) for a, b in zip(one_stage, check.printed, strict=True)]
        # one-stage pooling of the trials misses at least one printed number by more than rounding explains
        assert any(d > s for d, s in zip(distance, check.slack, strict=True))
        assert "one-stage" in check.sentence


def test_the_tier_2_row_is_the_common_effect_pool() -> None:
    check = next(c for c in published_pools(load_evidence()) if c.result_id == "ahrq_t2_mdd")
    assert "common-effect" in check.way
    assert "DerSimonian-Laird" in check.sentence


def with_the_ratio_of(evidence: Evidence, trial: str, donor: str) -> Evidence:
    """The evidence in which one trial has the printed ratio and interval of another."""
    contrasts = evidence.contrasts.copy()
    numbers = ["estimate", "ci_low", "ci_high"]
    contrasts.loc[contrasts["trial_id"] == trial, numbers] = contrasts.loc[
        contrasts["trial_id"] == donor, numbers
    ].to_numpy()
    return dataclasses.replace(evidence, contrasts=contrasts)


def test_another_ratio_in_the_evidence_breaks_the_agreement() -> None:
    other = with_the_ratio_of(load_evidence(), "avery2006", "zheng2010")
    check = next(c for c in published_pools(other) if c.result_id == "ahrq_t1_mdd")
    assert not check.agrees
    assert "does not follow" in check.sentence


@pytest.mark.parametrize("result_id", ["ahrq_t1_mdd", "ahrq_t1_all"])
@pytest.mark.parametrize("other", [{"outcome": "remission"}, {"measure": "OR"}])
def test_ratios_on_another_outcome_or_measure_do_not_enter(result_id: str, other: dict[str, str]) -> None:
    shipped = load_evidence()
    first = shipped.contrasts.iloc[[0, 3]].assign(estimate=9.0, ci_low=8.0, ci_high=10.0, **other)
    evidence = dataclasses.replace(shipped, contrasts=pd.concat([first, shipped.contrasts]))
    ours, theirs = (next(c for c in published_pools(e) if c.result_id == result_id) for e in (shipped, evidence))
    assert theirs == ours


def test_results_can_be_pooled_by_the_common_effect_alone() -> None:
    shipped = load_evidence()
    published = shipped.protocol.published
    pools = tuple(dataclasses.replace(pool, estimators=("FE",)) for pool in published.pools)
    protocol = dataclasses.replace(shipped.protocol, published=dataclasses.replace(published, pools=pools))
    checks = {c.result_id: c for c in published_pools(dataclasses.replace(shipped, protocol=protocol))}
    parts = [(np.log(x), (np.log(high) - np.log(low)) / (2 * 1.959963984540054)) for _, x, low, high in (
        PRINTED["ahrq_t1_mdd"], PRINTED["ahrq_t1_mix"])]  # fmt: skip
    weights = [1 / se**2 for _, se in parts]
    wanted = np.exp(sum(w * y for w, (y, _) in zip(weights, parts, strict=True)) / sum(weights))
    ways = {checks["ahrq_t1_all"].way: checks["ahrq_t1_all"].recomputed, **checks["ahrq_t1_all"].other_ways}
    assert ways["the common effect over the two printed subgroup estimates"][0] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("stated", "instead", "key", "value", "words"),
    [
        (
            'result = "ahrq_t1_mdd"', 'result = "ahrq_t1_mddd"', "published.pools.ahrq_t1_mddd.result",
            "ahrq_t1_mddd", "a result_id of published.csv. Is 'ahrq_t1_mdd' meant?",
        ),
        (
            'subset = "Tier 2 / MDD only"', 'subset = "Tier 3"', "published.pools.ahrq_t2_mdd.subset",
            "Tier 3", "a subset of contrasts.csv",
        ),
        (
            'of = ["ahrq_t1_mdd", "ahrq_t1_mix"]', 'of = ["ahrq_t1_mdd", "mix"]', "published.pools.ahrq_t1_all.of",
            "mix", "a result_id of published.csv",
        ),
    ],
)  # fmt: skip
def test_a_protocol_that_names_what_the_tables_do_not_hold_is_refused(
    tmp_path: Path, checkout: Path, stated: str, instead: str, key: str, value: str, words: str
) -> None:
    folder = shutil.copytree(checkout / "data", tmp_path / "data")
    text = (folder / "review.toml").read_text(encoding="utf-8")
    (folder / "review.toml").write_text(text.replace(stated, instead, 1), encoding="utf-8")
    with pytest.raises(EvidenceError) as error:
        read_evidence(folder)
    (issue,) = error.value.issues
    assert (issue.file, issue.column, issue.found) == ("review.toml", key, value)
    assert words in issue.message


def test_the_pools_come_in_the_order_of_the_protocol() -> None:
    assert [check.result_id for check in published_pools(load_evidence())] == list(PRINTED)
