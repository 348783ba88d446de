"""A network from any table that names its treatments gives what the same numbers give under their own names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError

ARMS = pd.DataFrame(
    [
        ("A", "x", 9, 140), ("A", "y", 23, 141), ("A", "z", 10, 138), ("B", "x", 11, 78), ("B", "y", 12, 85),
        ("C", "y", 75, 731), ("C", "z", 363, 714),
    ],
    columns=["study", "treatment", "events", "n"],
)  # fmt: skip
ASKED: dict[str, Any] = {"measure": "OR", "reference": "x", "better": "higher"}


def same(one: tm.NetworkMeta, other: tm.NetworkMeta) -> bool:
    return one.treatments == other.treatments and bool(np.allclose(one.estimates, other.estimates, rtol=0, atol=1e-12))


@pytest.fixture
def wanted() -> tm.NetworkMeta:
    return tm.network(ARMS, **ASKED)


def test_arms_under_other_names(wanted: tm.NetworkMeta, tmp_path: Path) -> None:
    renamed = ARMS.set_axis(["Study", "T", "R", "N"], axis=1)
    assert same(tm.network(renamed, **ASKED), wanted)
    renamed.to_csv(tmp_path / "arms.csv", index=False)
    assert same(tm.network(tmp_path / "arms.csv", **ASKED), wanted)
    assert same(tm.network(tm.read_table(tmp_path / "arms.csv"), **ASKED), wanted)


def test_numbered_arms_and_pairs(wanted: tm.NetworkMeta, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        "study,t1,r1,n1,t2,r2,n2,t3,r3,n3\nA,x,9,140,y,23,141,z,10,138\nB,x,11,78,y,12,85,,,\nC,y,75,731,z,363,714,,,\n",
        encoding="utf-8",
    )
    assert same(tm.network(path, **ASKED), wanted)


def test_comparisons_under_the_names_of_netmeta(tmp_path: Path) -> None:
    text = (
        "studlab,treat1,treat2,TE,seTE\nA,x,y,-0.5,0.2\nA,x,z,-0.3,0.2\nA,y,z,0.2,0.2\nB,x,y,-0.4,0.3\nC,y,z,0.1,0.25\n"
    )
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    frame = pd.read_csv(path)
    columns = (frame["studlab"], frame["treat1"], frame["treat2"], frame["TE"], frame["seTE"])
    wanted = tm.network_from_contrasts(*columns, **ASKED)
    assert same(tm.network(path, **ASKED), wanted)


def test_ratios_between_named_treatments(tmp_path: Path) -> None:
    path = tmp_path / "ratios.csv"
    path.write_text("study,treatment_t,treatment_c,HR,lower,upper\nA,y,x,2,1,4\nB,z,x,1.5,0.75,3\n", encoding="utf-8")
    net = tm.network(path, measure="HR", reference="x", better="lower")
    assert net.estimates.loc["y", "x"] == pytest.approx(np.log(2))
    with pytest.raises(InvalidInputError, match="must be HR, which the table says its estimates are"):
        tm.network(path, measure="OR", reference="x", better="lower")


def test_what_is_left_out_is_in_the_notes(tmp_path: Path) -> None:
    path = tmp_path / "arms.csv"
    path.write_text(ARMS.to_csv(index=False) + "D,x,,20\nD,Y,3,20\nTotal,,503,2027\n", encoding="utf-8")
    net = tm.network(tm.read_table(path, missing="drop"), **ASKED)
    assert any(note.startswith("Row 9") and "`events`" in note for note in net.data.notes)
    assert any("'y' is also spelled 'Y'" in note for note in net.data.notes)


def test_a_table_without_treatments_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("study,events_t,n_t,events_c,n_c\nA,1,10,2,10\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="no column names the treatments"):
        tm.network(path, **ASKED)
