"""Colours of heat tables: poles that a grey print tells apart, and numbers that can be read on every cell."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import LinearSegmentedColormap, to_hex
from unit.figures.geometry import contrast, lightness

from tmsmeta.figures import style
from tmsmeta.figures.network.heat_table import ink_on


def test_poles_differ_in_a_grey_print() -> None:
    ends = lightness(style.DIVERGING[0]), lightness(style.DIVERGING[-1])
    assert abs(ends[0] - ends[1]) >= 20
    assert min(contrast(style.DIVERGING[0]), contrast(style.DIVERGING[-1])) >= 3


@pytest.mark.parametrize("colours", [style.DIVERGING, style.SEQUENTIAL])
def test_numbers_are_legible_on_every_cell(colours: tuple[str, ...]) -> None:
    scale = LinearSegmentedColormap.from_list("heat", colours)
    for face in scale(np.linspace(0, 1, 256))[:, :3]:
        assert contrast(ink_on(tuple(face)), to_hex(face)) >= 4.5
