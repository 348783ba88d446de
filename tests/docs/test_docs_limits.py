"""What the documentation says is not there is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tmsmeta as tm

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "limits.md"
SIGNS = {
    "No advice on treatment": r"recommend(s|ed)? (the |this )?treatment",
    "No rating of certainty or of risk of bias": r"def (rate|judge|assess)_(certainty|bias|risk)",
    "No imputed numbers": r"def \w*(imput|quartile|from_median)\w*\(",
    "No literature search or screening": r"\b(urllib\.request|requests|httpx|eutils|pdfplumber|pypdf)\b",
    "No reading of numbers off graphs": r"digiti[sz]e|def \w*from_(image|curve|graph)",
    "No individual participant data": r"individual[ _-](participant|patient)[ _-]data|def \w*ipd\b",
    "No diagnostic test accuracy": r"hsroc|reitsma|\bsroc\b|def \w*(specificity|diagnostic_accuracy)",
    "No dose-response models": r"dose[ _-]?response",
    "No correlations as a measure": r"name=\"(ZCOR|COR|UCOR)\"|arctanh",
    "No ordinal outcomes": r"ordinal|proportional odds",
    "No survival curves": r"kaplan|survival curve",
    "No cross-over correction": r"cross-?over|def \w*paired_trial",
    "No design effect": r"design effect|intracluster|intra-cluster",
    "No Bayesian models": r"\bpymc\b|nutpie|numpyro|\bstan\b|\bMCMC\b",
    "No trial sequential analysis": r"trial sequential|alpha[ _-]spending",
    "No p-curve, PET-PEESE or Copas model": r"p[_-]curve|pet[_-]?peese|def \w*copas|copas_",
    "No fragility index or E-value": r"fragility|\be[_-]value\b",
    "No inconsistency models beyond designs": r"unrelated mean|\bUME\b",
}
"""A pattern for each, in any case, that code for it would match."""


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Every line of the package."""
    files = sorted((ROOT / "tmsmeta").rglob("*.py"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_limit_of_the_page_is_looked_for() -> None:
    assert re.findall(r"^- \*\*(.+?)\.\*\*", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(SIGNS)


@pytest.mark.parametrize("limit", SIGNS)
def test_nothing_in_the_package_does_it(limit: str, lines: list[str]) -> None:
    sign = re.compile(SIGNS[limit], re.IGNORECASE)
    found = [line.strip() for line in lines if sign.search(line)]
    assert found == [], f"docs/limits.md says '{limit}'"


def test_what_the_page_names_instead_is_there() -> None:
    for name in ("cumulative", "trim_and_fill", "selection_model", "deeks", "multilevel", "node_split", "net_heat"):
        assert hasattr(tm, name)
    assert callable(tm.figures.prisma_flow)
