"""What people read has names of the field, not the values of options."""

from __future__ import annotations

import re
from typing import Any

import pytest

import tmsmeta as tm
from tmsmeta.figures import forest
from tmsmeta.networks.spec import PREDICTION
from tmsmeta.pooling import INTERVALS, PREDICTIONS
from tmsmeta.words import glossary

COUNTS = ([4, 0, 3, 0, 5, 7], [20, 25, 30, 15, 40, 50], [7, 2, 6, 0, 9, 11], [21, 24, 30, 15, 41, 52])
CODE = re.compile(r"t\(k-\d\)|hksj|only0|if0all|zero_cells|GLMM \w")


def _printed(result: Any) -> str:
    texts = [t.get_text() for t in forest(result).texts]
    table = result.to_frame().to_string()
    return "\n".join([*texts, table, result.result_sentence(), result.methods_sentence(), result._repr_html_()])


@pytest.mark.parametrize("k", [1, 2, 6])
@pytest.mark.parametrize(
    "choice", [{"ci": c} for c in ("z", "t", "hksj")] + [{"profile": "META"}, {"profile": "REVMAN5"}]
)
def test_no_code_words_in_figures_tables_and_sentences(k: int, choice: dict[str, str]) -> None:
    effects = tm.effects.binary("OR", *(c[:k] for c in COUNTS), study=list("ABCDEF")[:k])
    assert not CODE.findall(_printed(tm.pool(effects, **choice)))  # type: ignore[arg-type]


def test_models_on_counts_have_names() -> None:
    for result in (
        tm.glmm(*COUNTS),
        tm.peto(*COUNTS),
        tm.glmm_proportion(*COUNTS[:2]),
        tm.mantel_haenszel("RR", *COUNTS),
    ):
        assert not CODE.findall(_printed(result))


def test_every_option_of_a_pooling_has_a_name() -> None:
    assert {c for c in INTERVALS if not c.startswith("CR")} == set(glossary.INTERVALS)
    assert set(PREDICTIONS) - {"none"} == set(glossary.QUANTILES)
    assert set(PREDICTION) == set(glossary.NETWORK_QUANTILES)
    assert glossary.interval_name("CR2") == "cluster-robust CR2"


def test_the_model_of_a_forest_is_named_in_full() -> None:
    pooled = tm.pool(tm.effects.binary("OR", *COUNTS, study=list("ABCDEF")))
    text = " ".join(t.get_text() for t in forest(pooled).texts).replace("\n", " ")
    assert (
        "Model: random effects, inverse variance, τ² by restricted maximum likelihood; Hartung-Knapp 95% CI (t, 5 df); "
        "prediction interval (t, 4 df)." in text
    )
    assert "UM.FS" not in " ".join(t.get_text() for t in forest(tm.glmm(*COUNTS)).texts)


@pytest.mark.parametrize(
    ("result", "head"),
    [
        (lambda e: tm.pool(e), "IV, Random, 95% CI"),
        (lambda e: tm.pool(e, tau2="FE", ci="z"), "IV, Fixed, 95% CI"),
        (lambda e: tm.mantel_haenszel("OR", *COUNTS), "M-H, Fixed, 95% CI"),
        (lambda e: tm.peto(*COUNTS), "Peto, Fixed, 95% CI"),
        (lambda e: tm.glmm(*COUNTS), "95% CI"),
    ],
)
def test_revman_heads_its_column_as_cochrane_reviews_do(result: Any, head: str) -> None:
    drawn = forest(result(tm.effects.binary("OR", *COUNTS, study=list("ABCDEF"))), layout="revman")
    assert head in [" ".join(t.get_text().splitlines()[1:]) for t in drawn.texts if t.get_gid() == "heading"]


def test_options_in_brackets_are_left_out_of_messages() -> None:
    assert glossary.without_code("no cells (`zero_cells`='none').") == "no cells."
    assert glossary.without_code("as it is (so).") == "as it is (so)."
