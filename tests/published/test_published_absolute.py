"""Numbers needed to treat that papers print."""

from __future__ import annotations

import pytest

from tmsmeta.absolute import nnt


def test_altman_1998_interval_through_infinity() -> None:
    # Absolute risk reduction 10 % (-5 % to 25 %): NNTB 4 to infinity to NNTH 20 (BMJ 317:1309, as recounted in
    # Newcombe's letter of 5 January 1999 on the same page).
    found = nnt(measure="RD", estimate=-0.10, ci=(-0.25, 0.05), baseline_risk=0.4, better="lower")
    assert (found.kind, found.value) == ("NNTB", pytest.approx(10.0))
    assert found.interval_text() == "NNTB 4.0 to infinity to NNTH 20.0"


def test_barrowman_2002_interval_on_one_side() -> None:
    # CMAJ 166:1676: risk reduction 16.6 % (0.9 to 32.2 %) gives a number of about 6 (3.1 to 111.1).
    found = nnt(measure="RD", estimate=0.166, ci=(0.009, 0.322), baseline_risk=0.3)
    assert f"{found.value:.0f}" == "6"
    assert found.interval_text() == "NNTB 3.1 to 111.1"
