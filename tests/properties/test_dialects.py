"""A table written under the names of any program, in any kind of file, is read back as the same numbers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import tmsmeta as tm
from tmsmeta.tables.header_words import QUANTITIES
from tmsmeta.tables.shapes import COLUMNS, SHAPES, TEXT, Shape

COUNTS = {
    "plain": ("study", "events_t", "n_t", "events_c", "n_c"),
    "metafor": ("study", "ai", "n1i", "ci", "n2i"),
    "meta": ("studlab", "event.e", "n.e", "event.c", "n.c"),
    "RevMan": ("Study", "Experimental Events", "Experimental Total", "Control Events", "Control Total"),
    "RevMan Web": ("Study", "Experimental cases", "Experimental N", "Control cases", "Control N"),
    "Metapsy": ("study", "event_arm1", "totaln_arm1", "event_arm2", "totaln_arm2"),
    "words": ("Author", "Events (Treatment)", "Total (Treatment)", "Events (Control)", "Total (Control)"),
}
ARMS = {
    "plain": ("study", "treatment", "events", "n"),
    "MetaInsight": ("Study", "T", "R", "N"),
    "gemtc": ("study", "treatment", "responders", "sampleSize"),
    "CINeMA": ("id", "t", "r", "n"),
    "multinma": ("studyn", "trtc", "r", "n"),
}
ESTIMATES = {
    "metafor": ("study", "yi", "sei"),
    "meta": ("studlab", "TE", "seTE"),
    "Stata": ("study", "logor", "selogor"),
    "JASP": ("Study Label", "Effect Size", "Effect Size Standard Error"),
    "Metapsy": ("study", ".g", ".g_se"),
}
arm = st.integers(5, 90).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))
trials = st.lists(st.tuples(arm, arm), min_size=2, max_size=6)


def effects(frame: pd.DataFrame, order: list[str], measure: str) -> tm.EffectSizes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        frame[order].to_csv(path, index=False)
        return tm.effects.from_frame(path, measure)


def same(one: tm.EffectSizes, other: tm.EffectSizes) -> None:
    np.testing.assert_array_equal(one.yi, other.yi)
    np.testing.assert_array_equal(one.vi, other.vi)
    assert one.study.tolist() == other.study.tolist()


@settings(max_examples=60, deadline=None)
@given(trials, st.sampled_from(sorted(COUNTS)), st.randoms(use_true_random=False))
def test_counts_of_two_arms(rows: list[tuple[tuple[int, int], tuple[int, int]]], dialect: str, random) -> None:  # type: ignore[no-untyped-def]
    numbers = [(f"Trial {chr(65 + i)}", *t, *c) for i, (t, c) in enumerate(rows)]
    frame = pd.DataFrame(numbers, columns=list(COUNTS[dialect]))
    order = list(frame.columns)
    random.shuffle(order)
    study, *counts = (frame[column].tolist() for column in COUNTS[dialect])
    same(effects(frame, order, "OR"), tm.effects.binary("OR", *counts, study=study))


@settings(max_examples=60, deadline=None)
@given(trials, st.sampled_from(sorted(ARMS)), st.randoms(use_true_random=False))
def test_counts_by_arm(rows: list[tuple[tuple[int, int], tuple[int, int]]], dialect: str, random) -> None:  # type: ignore[no-untyped-def]
    names = [f"Trial {chr(65 + i)}" for i in range(len(rows))]
    arms = [
        (name, treatment, *counts)
        for name, pair in zip(names, rows, strict=True)
        for treatment, counts in zip(("drug", "placebo"), pair, strict=True)
    ]
    frame = pd.DataFrame(arms, columns=list(ARMS[dialect]))
    order = list(frame.columns)
    random.shuffle(order)
    made = effects(frame, order, "RR")
    (a, n), (c, m) = (zip(*[pair[side] for pair in rows], strict=True) for side in (0, 1))
    same(made, tm.effects.binary("RR", a, n, c, m, study=names))
    assert (made.treated, made.comparator) == ("drug", "placebo")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=6),
    st.sampled_from(sorted(ESTIMATES)),
)
def test_estimates(rows: list[tuple[float, float]], dialect: str) -> None:
    names = [f"Trial {chr(65 + i)}" for i in range(len(rows))]
    numbers = [(name, *row) for name, row in zip(names, rows, strict=True)]
    frame = pd.DataFrame(numbers, columns=list(ESTIMATES[dialect]))
    yi, se = zip(*rows, strict=True)
    same(effects(frame, list(frame.columns), "GEN"), tm.effects.generic(yi, se=se, study=names))


PLAIN = {"events": "events", "n": "n", "mean": "mean", "sd": "sd", "time": "person-years"}
TWO_ARMS: tuple[Shape, ...] = ("two arms", "two means", "two rates")
whole = st.integers(1, 40)
# No three decimals: with a decimal comma they can be thousands as well, and a table of nothing else is refused.
part = st.integers(1, 4000).filter(lambda x: x % 4 != 2).map(lambda x: x / 16)


def cells(column: str, rows: int) -> st.SearchStrategy[list[object]]:
    """Values that a column of a shape may have; events are below n, and an estimate lies within its interval."""
    name = column.removesuffix("_t").removesuffix("_c")
    kinds: dict[str, st.SearchStrategy[object]] = {"events": whole, "n": st.integers(41, 90), "estimate": part}
    kinds |= {"ratio": st.just(1.5), "ci_low": st.just(1.125), "ci_high": st.just(2.0)}
    if column == "study":
        return st.just([f"Trial {chr(65 + i)}" for i in range(rows)])
    return st.lists(kinds.get(name, part), min_size=rows, max_size=rows)


@st.composite
def tables(draw: st.DrawFn, shape: Shape) -> pd.DataFrame:
    """A table of this shape under its canonical names."""
    rows = 2 * draw(st.integers(1, 4))
    frame = pd.DataFrame({column: draw(cells(column, rows)) for column in COLUMNS[shape] if column not in TEXT})
    pairs = [f"Trial {chr(65 + i // 2)}" for i in range(rows)]
    alone = [f"Trial {chr(65 + i)}" for i in range(rows)]
    frame.insert(0, "study", pairs if "treatment" in COLUMNS[shape] else alone)
    for column in ("treatment", "treat1", "treat2"):
        if column in COLUMNS[shape]:
            frame[column] = {"treat1": "drug", "treat2": "sham"}.get(column, ["drug", "sham"] * (rows // 2))
    return frame[list(COLUMNS[shape])]


def write(frame: pd.DataFrame, path: Path) -> Path:
    """The table as a file of the kind that its ending names."""
    kind = path.suffix
    if kind == ".xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    elif kind == ".parquet":
        frame.to_parquet(path)
    elif path.stem == "comma":
        frame.to_csv(path, index=False, sep=";", decimal=",", encoding="cp1252")
    else:
        frame.to_csv(path, index=False, sep="\t" if kind == ".tsv" else ",")
    return path


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("file", ["plain.csv", "comma.csv", "plain.tsv", "plain.xlsx", "plain.parquet"])
@examples(1)
@given(st.data())
def test_what_is_written_is_read_back_equal(file: str, shape: Shape, data) -> None:  # type: ignore[no-untyped-def]
    frame = data.draw(tables(shape))
    with tempfile.TemporaryDirectory() as folder:
        found = tm.read_table(write(frame, Path(folder) / file), shape=shape)
    assert found.shape == shape
    assert found.frame[list(found.columns)].to_dict("list") == frame.to_dict("list")
    assert found.left_out.empty


@examples(12)
@given(st.data())
def test_every_word_of_a_header_means_the_same(data) -> None:  # type: ignore[no-untyped-def]
    shape = data.draw(st.sampled_from(TWO_ARMS))
    frame = data.draw(tables(shape))
    quantity = data.draw(st.sampled_from([c[:-2] for c in frame if c.endswith("_t")]))
    word = data.draw(st.sampled_from([w for w in QUANTITIES[quantity].split() if not w.endswith("?")]))
    arms = {"t": ["exp", "treated", "intervention", "verum"], "c": ["ctrl", "control", "placebo", "comparator"]}
    said = {arm: data.draw(st.sampled_from(words)) for arm, words in arms.items()}
    names = PLAIN | {quantity: word}
    header = [c if c == "study" else f"{names[c[:-2]]} ({said[c[-1]]})" for c in frame]
    found = tm.read_table(frame.set_axis(header, axis=1))
    assert found.shape == shape
    assert found.frame[list(frame)].to_dict("list") == frame.to_dict("list")
