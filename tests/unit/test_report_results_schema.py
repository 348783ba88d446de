"""``results.json`` follows the schema that is shipped, and the schema refuses what it should."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import jsonschema
import pytest

from tmsmeta.report import results_schema
from tmsmeta.review import Review, load_evidence
from tmsmeta.review.claims import VERDICTS, check_claims


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """What ``results.json`` holds, after a trip through its text."""
    evidence = load_evidence()
    protocol = dataclasses.replace(
        evidence.protocol, subgroups=("tier", "control"), regressions=("~ year", "~ control")
    )
    result = Review(dataclasses.replace(evidence, protocol=protocol)).run(outcomes=("remission",))
    text = json.dumps(result.to_dict(), allow_nan=False)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = results_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_main_job_follows_the_schema(results: dict[str, Any], validator: Any) -> None:
    faults = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(results)]
    assert faults == []


def test_every_part_has_its_results(results: dict[str, Any]) -> None:
    """An empty part would follow any schema."""
    assert results["title"] == load_evidence().protocol.title
    assert set(results["subgroups"]["remission"]["tier"]["pools"]) == {"A", "C"}
    assert "sham" in results["subgroups"]["remission"]["control"]["not_assessable"]
    assert results["regressions"]["remission"]["~ year"]["terms"] == ["Intercept", "year"]
    assert "not_assessable" in results["regressions"]["remission"]["~ control"]
    assert {"same", "not comparable"} <= {line["verdict"] for line in results["published_networks"]}
    assert results["networks"]["remission"]["spec"]["lumping"] == "coarse"
    assert {name: found["spec"]["lumping"] for name, found in results["other_lumpings"]["remission"].items()} == {
        "fine": "fine",
        "theta burst together": "theta burst together",
    }


def test_the_ledger_alone_follows_the_schema(validator: Any) -> None:
    schema = results_schema()
    claims = jsonschema.Draft202012Validator({"$ref": "#/$defs/claim", "$defs": schema["$defs"]})
    for record in json.loads(check_claims().to_json()):
        claims.validate(record)
    assert schema["$defs"]["claim"]["properties"]["verdict"]["enum"] == list(VERDICTS)


def test_parts_without_a_result_follow_the_schema(results: dict[str, Any], validator: Any) -> None:
    changed = results | {"claims": {"not_assessable": "the evidence has no claims table"}, "published": []}
    changed["networks"] = {"remission": {"not_assessable": "the network falls into 2 parts"}}
    validator.validate(changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 1),
        (("remission_claim",), {"not_assessable": "computed no longer"}),
        (("title",), None),
        (("claims", 0, "verdict"), "true"),
        (("claims", 0, "headline"), ""),
        (("claims", 0, "recomputed", 0, "value"), "about 4"),
        (("claims", 0, "surprise"), 1),
        (("analyses", 0, "results", "RR", "k"), 0),
        (("analyses", 0, "results", "RR", "ci"), [1.0]),
        (("data", "sha256"), "abc"),
        (("networks", "remission", "ranking", "ranking", 0, "p_score"), 1.5),
        (("networks", "remission", "spec", "reference"), None),
        (("other_lumpings", "remission", "fine", "ranking", "ranking", 0, "direct_share"), "all"),
        (("other_lumpings", "remission", "fine"), {"not_assessable": ""}),
        (("analyses", 0, "measure"), None),
        (("analyses", 0, "evidence", "selection", "time_point"), None),
        (("subgroups", "remission", "tier", "pools", "A", "k"), 0),
        (("subgroups", "remission", "control"), {"not_assessable": ""}),
        (("regressions", "remission", "~ year", "beta"), ["steep"]),
    ],
)
def test_the_schema_refuses_other_shapes(
    results: dict[str, Any], validator: Any, path: tuple[Any, ...], value: Any
) -> None:
    changed = copy.deepcopy(results)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(changed)
