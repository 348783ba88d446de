"""The evidence object: types, labels, sources, and where the shipped files are found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tmsmeta.errors import InvalidInputError, OutputError
from tmsmeta.review import load_claims, load_evidence, read_evidence, shipped


def test_the_shipped_evidence_is_the_folder_in_the_checkout(checkout: Path) -> None:
    shipped_set, folder = load_evidence(), read_evidence(checkout / "data")
    assert shipped_set.data_version == folder.data_version
    assert shipped_set.arms.equals(folder.arms)
    assert load_evidence() is shipped_set
    assert folder.origin == str(checkout / "data")


def test_types_and_row_numbers(checkout: Path) -> None:
    evidence = load_evidence()
    assert str(evidence.arms["events"].dtype) == "Int64"
    assert str(evidence.contrasts["estimate"].dtype) == "float64"
    assert evidence.trials["year"].isna().sum() == 1
    lines = (checkout / "data" / "arms.csv").read_text(encoding="utf-8").splitlines()
    for row in (2, 50, 112):
        assert lines[row - 1].startswith(f"{evidence.arms.loc[row, 'trial_id']},{evidence.arms.loc[row, 'arm']},")


def test_printed_decimals_are_kept() -> None:
    arms = load_evidence().arms
    croarkin = arms[(arms["trial_id"] == "croarkin2021") & (arms["outcome"] == "remission") & (arms["arm"] == "sham")]
    assert croarkin[["percent_printed", "percent_decimals"]].values.tolist() == [[29.0, 1]]


def test_sources_and_labels() -> None:
    evidence = load_evidence()
    source = evidence.source("avery2006-abstract")
    assert (source.kind, source.seen_on) == ("trial abstract", "2026-11-22")
    assert len(evidence.all_sources()) == len(evidence.sources)
    assert evidence.treatment_label("dtms_h1") == "Deep TMS, H1 coil"
    assert evidence.treatment_label("new_node") == "new_node"
    assert evidence.treatment_family("itbs_accelerated") == "tbs"
    assert evidence.better("remission") == "higher"
    assert "39 trials" in repr(evidence)
    with pytest.raises(InvalidInputError, match="must be an id of the sources table"):
        evidence.source("nowhere")


def test_claims_are_a_table_of_their_own() -> None:
    claims = load_claims()
    assert len(claims) == 32
    claims.loc[:, "statement"] = "changed"
    assert load_claims()["statement"].iloc[0] != "changed"


def test_importing_the_evidence_module_stays_light() -> None:
    code = "import sys, tmsmeta.review; print([m for m in ('pandas', 'pandera', 'scipy.stats') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_installed_package_finds_its_data_beside_its_modules(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(checkout / "data", tmp_path / "_data")
    monkeypatch.setattr(shipped.resources, "files", lambda name: tmp_path)
    assert shipped.shipped_folder() == tmp_path / "_data"


def test_a_damaged_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped.resources, "files", lambda name: tmp_path)
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(OutputError, match="Install tmsmeta again"):
        shipped.shipped_folder()
