"""Exports of any review folder, read back: the same counts, effects and network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import CHECKOUT

import tmsmeta as tm
from tmsmeta.report import write_exports
from tmsmeta.review import Review

OWN = """study,treatment,events,n
"=Smith 2001",coach,10,40
"=Smith 2001",usual care,6,41
Jones; Lee 2004,coach,7,30
Jones; Lee 2004,usual care,0,31
Kim 2010,coach,9,50
Kim 2010,app,12,52
Kim 2010,usual care,5,49
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """A folder that ``tmsmeta new`` makes of a table."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "own.csv").write_text(OWN, encoding="utf-8")
    made = [
        sys.executable,
        "-m",
        "tmsmeta",
        "new",
        str(folder / "review"),
        "--from",
        str(folder / "own.csv"),
        "--better",
        "higher",
    ]
    subprocess.run(made, check=True, capture_output=True)
    return tm.read_review(folder / "review")


@pytest.fixture(params=["bcg", "smoking", "own", "shipped"])
def review(request: pytest.FixtureRequest, own: Review) -> Review:
    if request.param == "own":
        return own
    return tm.load_review() if request.param == "shipped" else tm.read_review(CHECKOUT / "examples" / request.param)


def test_revman_gives_the_effects_of_the_review(review: Review, tmp_path: Path) -> None:
    outcome = review.outcomes[0]
    written = {path.name: path for path in write_exports(review, tmp_path / "out")}
    wanted = review.effects()
    with_counts = np.isfinite(wanted.inputs["events_t"])
    wanted = wanted.subset(with_counts)
    found = tm.effects.from_frame(tm.read_table(written[f"revman_{outcome}.csv"]), wanted.measure)
    assert found.study.tolist() == list(wanted.study)
    for name in ("events_t", "n_t", "events_c", "n_c"):
        np.testing.assert_array_equal(found.inputs[name], wanted.inputs[name])
    np.testing.assert_array_equal(found.yi, wanted.yi)


def test_netmeta_contrasts_give_the_network_of_the_review(review: Review, tmp_path: Path) -> None:
    written = {path.name: path for path in write_exports(review, tmp_path / "out")}
    net = review.network(lumping="none").net
    found = pd.read_csv(written[f"netmeta_{review.outcomes[0]}.csv"])
    again = tm.network_from_contrasts(
        *(found[c] for c in ("studlab", "treat1", "treat2", "TE", "seTE")),
        measure=net.measure, reference=net.reference, better=net.better, tau2=net.spec.tau2,
    )  # fmt: skip
    assert again.treatments == net.treatments
    np.testing.assert_allclose(again.estimates, net.estimates, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(again.se, net.se, rtol=1e-9)
    known = found["event1"].notna()
    assert known.any()
    assert (found.loc[known, "event1"] <= found.loc[known, "n1"]).all()


def test_cinema_arms_give_the_network_of_the_review(review: Review, tmp_path: Path) -> None:
    written = {path.name: path for path in write_exports(review, tmp_path / "out")}
    net = review.network(lumping="none", tiers=("A", "B", "C"), measure="OR").net
    table = pd.read_csv(written[f"cinema_{review.outcomes[0]}.csv"])
    arms = table.rename(columns={"t": "treatment", "r": "events"})
    again = tm.network(arms, measure="OR", reference=net.reference, better=net.better, tau2=net.spec.tau2)
    np.testing.assert_allclose(again.estimates, net.estimates, rtol=1e-12, atol=1e-12)


def test_metapsy_gives_the_counts_of_the_review(review: Review, tmp_path: Path) -> None:
    written = {path.name: path for path in write_exports(review, tmp_path / "out")}
    table = pd.read_csv(written["metapsy.csv"], sep=";", decimal=",")
    table = table[(table["outcome_type"] == review.outcomes[0]) & table["event_arm1"].notna()]
    arms = pd.read_csv(written[f"arms_{review.outcomes[0]}.csv"]).set_index(["trial_id", "treatment"])
    assert set(table["condition_arm1"]) | set(table["condition_arm2"]) == set(arms.index.get_level_values("treatment"))
    pairs = sum(k * (k - 1) // 2 for k in arms.groupby("trial_id").size())
    assert len(table) == pairs
    for arm in ("1", "2"):
        counted = set(
            zip(table[f"condition_arm{arm}"], table[f"event_arm{arm}"], table[f"totaln_arm{arm}"], strict=True)
        )
        given = arms.reset_index()
        assert counted <= set(zip(given["treatment"], given["events"], given["n"], strict=True))


def test_trials_known_by_their_ratio_are_generic_inverse_variance_in_revman(tmp_path: Path) -> None:
    from tmsmeta.review.export_effects import netmeta_table, revman_ratios
    from tmsmeta.review.selecting.apply import select_arms

    review = tm.load_review()
    chosen = review.select("response", tiers=("A", "B", "C", "D"))
    table = revman_ratios(chosen)
    effects = review.effects("response", tiers=("A", "B", "C", "D")).subset(slice(-len(table), None))
    assert list(table.columns) == ["Study", "Study year", "Log risk ratio", "SE"]
    assert table["Study"].tolist() == effects.study.tolist()
    np.testing.assert_allclose(table["Log risk ratio"], effects.yi, rtol=1e-14)
    np.testing.assert_allclose(table["SE"], effects.se, rtol=1e-14)
    arms = select_arms(review.evidence, review.evidence.selection("response", tiers=("D",)))
    contrasts = netmeta_table(arms, "RR")
    assert contrasts["event1"].isna().all()
    assert set(contrasts["studlab"]) == set(arms.contrasts["study"])


def test_a_review_without_trials_yet_is_exported_too(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tmsmeta", "new", str(tmp_path / "empty")], check=True, capture_output=True)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tmsmeta", "export", str(out), "--evidence", str(tmp_path / "empty")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (out / "metapsy.csv").is_file()
