"""Everything that the checked claims say, beside what they said when it was last read: ``claims_findings.json``.

A change that is meant is written by ``python tests/published/test_claims_findings.py``, and read before it is kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tmsmeta as tm
from tmsmeta.review import read_evidence
from tmsmeta.review.claims.because import because

ROOT = Path(__file__).parents[2]
KEPT = Path(__file__).with_name("claims_findings.json")
FOLDERS = {
    "bcg": (ROOT / "examples" / "bcg" / "claims.csv", ROOT / "examples" / "bcg"),
    "smoking": (ROOT / "examples" / "smoking" / "claims.csv", ROOT / "examples" / "smoking"),
    "own": (ROOT / "notebooks" / "example" / "my_claims.csv", ROOT / "notebooks" / "example" / "my_evidence"),
}
PARTS = ("verdict", "headline", "patient", "statistician", "recomputed", "difference", "conditions", "missing", "spec")


def findings(name: str) -> dict[str, Any]:
    """Each claim's finding, its rows as the table, the lines, the key and whether they entered."""
    if name == "shipped":
        ledger = tm.check_claims()
    else:
        path, folder = FOLDERS[name]
        ledger = tm.check_claims(path, read_evidence(folder))
    kept = {}
    for finding, plain in zip(ledger, json.loads(json.dumps(ledger.to_dict())), strict=True):
        rows = [[row["table"], row["lines"], row["key"], row["used"]] for row in plain["rows"]]
        said = {"quoted": finding.claim.quoted(), "because": because(finding)}
        kept[plain["claim_id"]] = said | {part: plain[part] for part in PARTS} | {"rows": rows}
    return kept


def alike(found: Any, kept: Any, place: str) -> None:
    """Texts and counts equal, numbers but for rounding."""
    if isinstance(kept, dict):
        assert found.keys() == kept.keys(), place
        for key in kept:
            alike(found[key], kept[key], f"{place}.{key}")
    elif isinstance(kept, list):
        assert len(found) == len(kept), place
        for at, (one, other) in enumerate(zip(found, kept, strict=True)):
            alike(one, other, f"{place}[{at}]")
    elif isinstance(kept, float):
        assert found == pytest.approx(kept, rel=1e-6, abs=1e-9), place
    else:
        assert found == kept, place


@pytest.mark.parametrize("name", ["shipped", *FOLDERS])
def test_findings_say_what_was_read(name: str) -> None:
    alike(findings(name), json.loads(KEPT.read_text(encoding="utf-8"))[name], name)


if __name__ == "__main__":
    every = {name: findings(name) for name in ("shipped", *FOLDERS)}
    KEPT.write_text(json.dumps(every, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
