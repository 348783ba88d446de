"""Numbers at the edge of what doubles hold are right to 1e-6, or refused by a typed error; see ``stress``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from definitions.stress import AREAS, run

import tmsmeta as tm

KEPT = Path(__file__).with_name("stress.csv")


def faults(counts: dict[str, object]) -> list[str]:
    return [text for found in counts.values() for text in found if text.startswith("wrong: ")]  # type: ignore[attr-defined]


def test_a_few_tables_of_every_area_are_right_or_refused() -> None:
    counts = run(times=4, full=False)
    assert faults(counts) == []
    assert all(found["right"] for found in counts.values())


@pytest.mark.slow
def test_many_tables_of_every_area_are_right_or_refused() -> None:
    counts = run(times=60, seed=19)
    assert faults(counts) == []


def test_the_counts_that_are_printed_are_of_these_areas_and_without_a_wrong_one() -> None:
    with KEPT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["area"] for row in rows] == list(AREAS)
    assert {row["wrong"] for row in rows} == {"0"}


def test_moderators_that_are_nearly_equal_are_tested_together_or_refused() -> None:
    """Their covariance was inverted, which ended in an error of numpy from 1e-8 on and in wrong digits before."""
    rng = np.random.default_rng(3)
    dose, noise = rng.normal(size=20), rng.normal(size=20)
    trials = tm.effects.generic(rng.normal(size=20), vi=rng.uniform(0.1, 1, 20))
    parts = tm.meta_regression(trials, "dose + noise", {"dose": dose, "noise": noise}, tau2="FE", ci="z")
    near = {"dose": dose, "other": dose + 1e-8 * noise}  # spans the same columns, so the test is the same
    assert tm.meta_regression(trials, "dose + other", near, tau2="FE", ci="z").qm == pytest.approx(parts.qm, rel=1e-6)
    with pytest.raises(tm.InvalidInputError, match="linear combination of the columns before it, to nine digits"):
        tm.meta_regression(trials, "dose + other", {"dose": dose, "other": dose + 1e-12 * noise})


@pytest.mark.parametrize("tau2", ["FE", "DL", "REML"])
def test_a_network_that_hardly_hangs_together_is_refused(tau2: str) -> None:
    """One trial of variance 1e12 between two parts: the effect of t2 had two right digits, and nobody was told."""
    study, first, second = list("abcde"), ["t0", "t0", "t2", "t2", "t0"], ["t1", "t1", "t3", "t3", "t2"]
    with pytest.raises(tm.InvalidInputError, match="must be less: a link between two parts") as refused:
        tm.network_from_contrasts(
            study, first, second, [0.1, 0.3, 0.2, 0.1, 5.0], [0.1, 0.2, 0.1, 0.1, 1e6],
            reference="t0", better="higher", tau2=tau2,
        )  # fmt: skip
    assert "fewer than six digits" in str(refused.value)
