"""Leave-one-out and cumulative forests say how many studies and patients each line rests on, and whom it favours."""

from __future__ import annotations

import figure_helpers as helpers
import numpy as np
import pytest
from unit.figures.geometry import check_geometry

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.errors import FigureWarning
from tmsmeta.figures.fonts import found_for


def effects(k: int) -> tm.EffectSizes:
    rng = np.random.default_rng(k)
    n = rng.integers(20, 90, (k, 2))
    events = rng.binomial(n, [0.5, 0.3])
    names = [f"A trial with quite a long name, {1990 + i}" for i in range(k)]
    return tm.effects.binary("RR", events[:, 0], n[:, 0], events[:, 1], n[:, 1], study=names)


def test_lines_count_studies_and_patients() -> None:
    data = effects(5)
    sizes = data.inputs["n_t"] + data.inputs["n_c"]
    result = tm.pool(data)
    added = figures.cumulative_forest(tm.cumulative(data), result, better="higher")
    assert helpers.cells(added, "k") == ["1", "2", "3", "4", "5"]
    assert helpers.cells(added, "patients") == [f"{n:,.0f}" for n in np.cumsum(sizes)]
    without = figures.leave_one_out_forest(tm.leave_one_out(data), result, better="higher")
    assert helpers.cells(without, "k") == ["4"] * 5 + ["5"]
    assert helpers.cells(without, "patients") == [f"{n:,.0f}" for n in [*(sizes.sum() - sizes), sizes.sum()]]
    for axes in (added, without):
        assert [t.get_text() for t in axes.texts if t.get_gid() == "favours"] == [
            "← Favours comparator",
            "Favours treated →",
        ]


def test_patients_that_are_not_known_have_no_column() -> None:
    data = tm.effects.generic([0.1, 0.2, 0.4], se=[0.1, 0.2, 0.2], measure="MD", study=list("abc"))
    axes = figures.cumulative_forest(tm.cumulative(data), tm.pool(data))
    assert "Patients" not in helpers.written(axes)
    assert helpers.cells(axes, "k") == ["1", "2", "3"]


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("k", [2, 12])
def test_series_keep_the_width(k: int, width: str) -> None:
    data = effects(k)
    result = tm.pool(data)
    tables = (figures.leave_one_out_forest, tm.leave_one_out(data)), (figures.cumulative_forest, tm.cumulative(data))
    for draw, table in tables:
        check_geometry(draw(table, result, better="higher", width=width), width)  # type: ignore[arg-type]
    analyses = {"Main analysis": result, "Without the largest trial of all": tm.pool(data, tau2="DL", ci="z")}
    drawn = figures.sensitivity_forest(analyses, better="higher", width=width)  # type: ignore[arg-type]
    check_geometry(drawn, width)  # type: ignore[arg-type]


def test_letters_without_a_font_are_named_once(recwarn: pytest.WarningsRecorder) -> None:
    names = ["Иванов 1999", "Παπάς 2001", "A \U000f0000"]  # of the private use area: no font of text has it
    data = tm.effects.generic([0.1, 0.2, 0.4], se=[0.1, 0.2, 0.2], measure="MD", study=names)
    axes = figures.forest(tm.pool(data))
    missing = found_for("\U000f0000").missing
    said = [w for w in recwarn.list if issubclass(w.category, FigureWarning)]
    assert len(said) == len(recwarn.list) == len(missing)
    assert all("\U000f0000" in str(w.message) for w in said)
    svg = figures.to_bytes(axes, "svg").decode("utf-8")
    assert "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif" in svg
    assert "Иванов 1999" in svg
    assert found_for("Иванов Παπάς −τ²χ²").families == ("DejaVu Sans",)
