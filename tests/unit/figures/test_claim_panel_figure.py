"""The claim panel: figures on a common axis, words and letters for every verdict."""

from __future__ import annotations

import numpy as np
import pytest
from figure_helpers import named, outside, overlapping, written

import tmsmeta as tm
from tmsmeta.figures.claim_panel import VERDICT_SYMBOLS, claim_panel


@pytest.fixture(scope="module")
def ledger() -> tm.Ledger:
    return tm.check_claims()


def test_every_claim_and_verdict_is_in_words(ledger: tm.Ledger) -> None:
    text = written(claim_panel(ledger)).replace("\n", " ")
    for finding in ledger:
        assert finding.claim.claim_id in text
        assert finding.claim.statement in text
    assert all(verdict in text for verdict, count in ledger.counts().items() if count)


def test_quoted_figure_stands_at_its_multiple_of_the_recomputed_one(ledger: tm.Ledger) -> None:
    finding = ledger["C01"]
    axes = claim_panel([finding])
    (quoted,) = named(axes, "no interval")
    main = finding.main
    assert quoted.get_offsets()[0][0] == pytest.approx(36 / main.value)
    (whiskers,) = named(axes, "whiskers")
    ends = np.asarray(whiskers.get_segments()[0])[:, 0]
    assert ends == pytest.approx([main.low / main.value, main.high / main.value])


def test_figures_without_a_common_unit_have_no_marks(ledger: tm.Ledger) -> None:
    unlike = [f for f in ledger if f.main is not None and f.main.unit != f.claim.unit]
    assert unlike
    axes = claim_panel(unlike)
    assert not named(axes, "points")
    assert not named(axes, "no interval")


@pytest.mark.parametrize("count", [1, 2, 12, 32])
def test_nothing_overlaps(ledger: tm.Ledger, count: int) -> None:
    axes = claim_panel(list(ledger)[:count])
    assert overlapping(axes) == []
    assert outside(axes) == []


def test_symbols_name_every_verdict(ledger: tm.Ledger) -> None:
    assert set(VERDICT_SYMBOLS) == set(ledger.counts())
    assert len({s.letter for s in VERDICT_SYMBOLS.values()}) == len(VERDICT_SYMBOLS)


def test_no_finding_is_an_error() -> None:
    with pytest.raises(tm.InvalidInputError, match="at least one finding"):
        claim_panel([])
