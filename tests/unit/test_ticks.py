"""Round values of axes: those of the locator of matplotlib, which pages do without."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.ticker import MaxNLocator

from tmsmeta.words.ticks import linear_ticks


def located(low: float, high: float, most: int) -> list[float]:
    rim = 1e-9 * (high - low)
    locator = MaxNLocator(nbins=max(most - 1, 1), steps=[1, 2, 2.5, 5, 10], min_n_ticks=1)
    values = locator.tick_values(low + rim, high - rim)
    return [float(f"{v:.12g}") + 0.0 for v in values if low - rim <= v <= high + rim]


def test_values_are_those_of_a_locator() -> None:
    rng = np.random.default_rng(1)
    for _ in range(3000):
        middle, width = rng.normal() * 10 ** rng.uniform(-3, 4), 10 ** rng.uniform(-3, 4)
        if rng.random() < 0.3:
            middle, width = float(f"{middle:.2g}"), float(f"{width:.1g}")
        limits = (0.0 if rng.random() < 0.2 else middle, middle + width)
        most = int(rng.integers(2, 12))
        assert linear_ticks(*limits, most) == located(*limits, most), (limits, most)


@pytest.mark.parametrize("low", [0.0, 1.0, 0.3, -2.5])
def test_a_single_value_is_its_own(low: float) -> None:
    assert linear_ticks(low, low, 5) == [low]


def test_limits_in_the_wrong_order_hold_nothing() -> None:
    assert linear_ticks(1.0, 0.0, 5) == []
