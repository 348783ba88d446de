"""What ``make data`` records: the shipped folder was checked, and the schema of a protocol is that of the reader."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import CHECKOUT

from tmsmeta.errors import EvidenceError
from tmsmeta.review import check_evidence, json_schema, read_evidence, read_review
from tmsmeta.review.protocol_reader import protocol_from
from tmsmeta.review.record import record
from tmsmeta.review.shipped import known_version

PACKAGE = CHECKOUT / "tmsmeta" / "review"
REVIEWS = [CHECKOUT / "data", *sorted(path.parent for path in (CHECKOUT / "examples").glob("*/review.toml"))]


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema as it stands in the file that editors read."""
    text = (PACKAGE / "review.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


def keys(folder: Path) -> Any:
    """A protocol as the schema sees it: TOML has days, JSON has not."""
    text = (folder / "review.toml").read_text(encoding="utf-8")
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_the_recorded_version_is_that_of_the_data_and_they_have_no_fault() -> None:
    """A reader trusts the recorded version and checks no more, so a change of data must be recorded: ``make data``."""
    assert check_evidence(CHECKOUT / "data") == ()
    assert known_version() == read_evidence(CHECKOUT / "data").data_version.sha256


def test_the_schema_file_is_that_of_the_reader() -> None:
    assert json.loads((PACKAGE / "review.schema.json").read_text(encoding="utf-8")) == json_schema()


def test_recording_writes_version_and_schema(tmp_path: Path) -> None:
    version = record(CHECKOUT / "data", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"shipped.sha256", "review.schema.json"}
    assert (tmp_path / "shipped.sha256").read_text(encoding="ascii") == version.sha256 + "\n"
    for name in ("shipped.sha256", "review.schema.json"):
        assert (tmp_path / name).read_bytes() == (PACKAGE / name).read_bytes()


def test_data_with_faults_are_not_recorded(tmp_path: Path) -> None:
    folder = shutil.copytree(CHECKOUT / "data", tmp_path / "data")
    arms = (folder / "arms.csv").read_text(encoding="utf-8")
    (folder / "arms.csv").write_text(arms.replace("avery2006-abstract", "avery-abstract", 1), encoding="utf-8")
    with (folder / "review.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[published.networks]]\nreview = "Nobody"\n')
    (tmp_path / "into").mkdir()
    with pytest.raises(EvidenceError) as error:
        record(folder, tmp_path / "into")
    assert {(i.file, i.found) for i in error.value.issues} == {
        ("review.toml", "Nobody"),
        ("arms.csv", "avery-abstract"),
    }
    assert list((tmp_path / "into").iterdir()) == []


def test_there_are_reviews_to_try() -> None:
    assert len(REVIEWS) >= 3


@pytest.mark.parametrize("folder", REVIEWS, ids=lambda folder: folder.name)
def test_protocols_that_are_read_follow_the_schema(folder: Path, schema: Any) -> None:
    assert read_review(folder).protocol.title
    assert [f"{list(e.absolute_path)}: {e.message}" for e in schema.iter_errors(keys(folder))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("titel",), "Misspelt"),
        (("title",), 3),
        (("authors",), "one name"),
        (("outcomes", "response", "beter"), "higher"),
        (("outcomes", "response", "better"), "up"),
        (("outcomes", "response", "per"), "many"),
        (("comparison", "activ"), ["rtms"]),
        (("selections", "tier A only", "teirs"), ["A"]),
        (("selections", "tier A only", "multi_arm"), "both"),
        (("selections", "tier A only", "lump"), "families"),
        (("pooling", "measure"), "HR"),
        (("pooling", "model"), {"tau": "DL"}),
        (("network", "lumpings", "coarse", "rTMS"), "rtms_hf_left"),
        (("network", "margin"), "small"),
        (("published", "pools", 0, "results"), "x"),
        (("published", "networks", 0, "lumpings"), ["fine"]),
        (("report", "sections"), ["abstract"]),
    ],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else "",
)
def test_what_the_schema_refuses_the_reader_refuses(path: tuple[Any, ...], value: object, schema: Any) -> None:
    raw = keys(CHECKOUT / "data")
    assert protocol_from(raw)[1] == []
    place = raw
    for step in path[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[path[-1]] = value
    assert list(schema.iter_errors(raw)) != []
    issues = protocol_from(raw)[1]
    assert issues != []
    named = [part for part in path if isinstance(part, str)]
    assert all(str(issue.column).startswith(".".join(named[:1])) for issue in issues)
