"""The claim panel: each figure on the axis of its unit, words and signs for every verdict, pages of A4."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from figure_helpers import named, outside, overlapping, texts, written
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from unit.figures.geometry import contrast, too_alike

import tmsmeta as tm
from tmsmeta.figures import claim_pages, claim_panel
from tmsmeta.figures.claim_bands import axis_of, bands_of, unit_of
from tmsmeta.figures.claim_panels import VERDICT_LOOKS
from tmsmeta.figures.room import DOUBLE, SINGLE, TALLEST
from tmsmeta.figures.style import new_figure
from tmsmeta.review.claims.model import VERDICT_KINDS
from tmsmeta.tables.printed import Printed


@pytest.fixture(scope="module")
def ledger() -> tm.Ledger:
    return tm.check_claims()


def ticks(axes: Axes) -> tuple[list[float], list[float]]:
    """Places and values of the ticks of the only band."""
    places = [float(line.get_xdata()[0]) for line in named(axes, "tick")]
    labels = [t.get_text() for t in texts(axes) if t.get_gid() == "tick label"]
    return places, [float(t.rstrip("%").replace(",", "").replace("−", "-")) for t in labels]


def value(axes: Axes, x: float, *, log: bool = False) -> float:
    """What a reader reads off the axis at `x`."""
    places, values = ticks(axes)
    slope, start = np.polyfit(places, np.log(values) if log else values, 1)
    return float(np.exp(start + slope * x) if log else start + slope * x)


def test_every_claim_unit_and_verdict_is_in_words(ledger: tm.Ledger) -> None:
    text = written(claim_panel(ledger)).replace("\n", " ")
    for finding in ledger:
        assert f"{finding.claim.claim_id} {finding.claim.statement}" in text
    shown = [t.get_text() for t in texts(claim_panel(ledger))]
    for unit in {unit_of(f) for f in ledger}:
        assert unit[:1].upper() + unit[1:] in shown
    for verdict, count in ledger.counts().items():
        assert shown.count(VERDICT_KINDS[verdict].sign) == count


@pytest.mark.parametrize("width", [SINGLE, DOUBLE])
def test_figures_stand_at_their_places_on_the_axis_of_their_unit(ledger: tm.Ledger, width: float) -> None:
    finding = ledger["C01"]
    axes, main = claim_panel([finding], width=width), finding.main
    (quoted,), (dot,) = named(axes, "quoted"), named(axes, "recomputed")
    assert value(axes, quoted.get_offsets()[0][0]) == pytest.approx(36)
    assert value(axes, dot.get_offsets()[0][0]) == pytest.approx(main.value)
    (line,) = named(axes, "recomputed interval")
    assert [value(axes, x) for x in line.get_xdata()] == pytest.approx([main.low, main.high])
    assert dot.get_offsets()[0][1] < quoted.get_offsets()[0][1]


def test_ratios_are_on_a_log_axis(ledger: tm.Ledger) -> None:
    axes = claim_panel([ledger["C03"], ledger["C04"], ledger["C18"]])
    (quoted,) = named(axes, "quoted")
    assert value(axes, quoted.get_offsets()[0][0], log=True) == pytest.approx(4.5)
    lines = named(axes, "recomputed interval")
    read = [[value(axes, x, log=True) for x in line.get_xdata()] for line in lines]
    mains = [ledger[name].main for name in ("C04", "C18")]
    assert np.allclose(read, [[m.low, m.high] for m in mains])


def test_ranges_are_bars_and_open_ones_lead_on(ledger: tm.Ledger) -> None:
    axes = claim_panel([ledger["C05"]])
    (bar,), (line,) = named(axes, "quoted range"), named(axes, "recomputed interval")
    for artist in (bar, line):
        ends = min(artist.get_xdata()), max(artist.get_xdata())
        assert [value(axes, x) for x in ends] == pytest.approx([58, 83])
    assert not named(axes, "recomputed")
    axes = claim_panel([ledger["C07"]])
    (bar,), arrows = named(axes, "quoted range"), named(axes, "beyond")
    assert value(axes, bar.get_xdata()[0]) == pytest.approx(20_000)
    assert len(arrows) == 1
    assert not named(claim_panel([ledger["C17"]]), "beyond")


def test_what_cannot_be_drawn_says_why(ledger: tm.Ledger) -> None:
    for name, said in {"C20": "missing: a first-hand source", "C24": "29 patients (another unit); missing"}.items():
        axes = claim_panel([ledger[name]])
        assert said in written(axes).replace("\n", " ")
        assert len(named(axes, "verdict")) == len(named(axes, "quoted")) == 1
        assert not named(axes, "recomputed")


def test_a_claim_without_a_quoted_figure_stands_in_the_band_of_what_was_recomputed(ledger: tm.Ledger) -> None:
    assert [unit_of(ledger[name]) for name in ("C09", "C24")] == ["ratio", "percent"]


def test_negative_figures_have_minus_signs_and_a_place(ledger: tm.Ledger) -> None:
    first = ledger["C22"]
    quoted = Printed("-6.5", Fraction("-6.5"), 1)
    claim = replace(first.claim, low=quoted, high=quoted)
    finding = replace(first, claim=claim, recomputed=(replace(first.main, value=-4.0, low=-5.5, high=-2.5),))
    axes = claim_panel([finding])
    assert "−6.5 points" in written(axes)
    assert not any("-" in t.get_text() for t in texts(axes) if t.get_gid() in ("cell quoted", "cell recomputed"))
    (mark,) = named(axes, "quoted")
    assert value(axes, mark.get_offsets()[0][0]) == pytest.approx(-6.5)


def test_a_share_that_is_at_least_so_much_ends_at_a_hundred_percent(ledger: tm.Ledger) -> None:
    first = ledger["C01"]
    claim = replace(first.claim, low=Printed("95", Fraction(95), 0), high=None)
    axes = claim_panel([replace(first, claim=claim)])
    (bar,) = named(axes, "quoted range")
    assert [value(axes, x) for x in bar.get_xdata()] == pytest.approx([95, 100])
    assert not named(axes, "beyond")
    claim = replace(first.claim, low=Printed("40", Fraction(40), 0), high=None, unit="percentage points")
    assert named(claim_panel([replace(first, claim=claim)]), "beyond")


def test_ticks_of_whole_figures_are_whole(ledger: tm.Ledger) -> None:
    for name in ("C10", "C19", "C27"):
        (band,) = bands_of([ledger[name]])
        found = axis_of(band, 1.0).ticks(7.0)
        assert found
        assert all(tick.is_integer() for tick in found)


def test_verdicts_differ_in_sign_and_lightness() -> None:
    assert set(VERDICT_LOOKS) == set(VERDICT_KINDS)
    assert len({kind.sign for kind in VERDICT_KINDS.values()}) == len(VERDICT_KINDS)
    assert too_alike([look.face for look in VERDICT_LOOKS.values()]) == []
    assert all(contrast(look.face, look.ink) >= 4.5 for look in VERDICT_LOOKS.values())


def test_discs_have_the_colour_of_their_verdict(ledger: tm.Ledger) -> None:
    band = [f for f in ledger if unit_of(f) == "percent"]
    discs = [to_hex(d.get_facecolors()[0]) for d in named(claim_panel(band), "verdict")]
    assert discs == [VERDICT_LOOKS[f.verdict].face for f in band]


@pytest.mark.parametrize("width", ["single", "double"])
def test_a_ledger_is_drawn_on_pages_whole(ledger: tm.Ledger, width: str) -> None:
    pages = claim_pages(ledger, width=width, title="Claims")  # type: ignore[arg-type]
    text = " ".join(written(page).replace("\n", " ") for page in pages)
    assert all(text.count(f"{f.claim.claim_id} {f.claim.statement}") == 1 for f in ledger)
    assert all(page.figure.get_size_inches()[1] <= TALLEST for page in pages)
    assert f"Claims, page 1 of {len(pages)}" in text
    for page in pages:
        assert outside(page) == overlapping(page) == []
    with pytest.raises(tm.InvalidInputError, match="claim_pages"):
        claim_panel(ledger, width=width)  # type: ignore[arg-type]


def test_a_band_that_goes_on_keeps_its_axis(ledger: tm.Ledger) -> None:
    first, second, *_ = claim_pages(ledger, width="single")
    assert "Percent (continued)" in written(second)
    shown = [t.get_text() for t in texts(first) if t.get_gid() == "tick label"]
    assert [t.get_text() for t in texts(second) if t.get_gid() == "tick label"][: len(shown)] == shown


def test_the_panel_fits_into_axes_or_says_what_it_needs(ledger: tm.Ledger) -> None:
    axes = new_figure(6, 3).add_subplot(xticks=[], yticks=[])
    assert claim_panel(list(ledger)[:3], ax=axes) is axes
    assert outside(axes) == overlapping(axes) == []
    with pytest.raises(tm.InvalidInputError, match="must be at least"):
        claim_panel(ledger, ax=new_figure(2, 2).add_subplot())


def test_no_finding_is_an_error() -> None:
    for draw in (claim_panel, claim_pages):
        with pytest.raises(tm.InvalidInputError, match="at least one finding"):
            draw([])
