"""A table written under the names of any program, in any order of columns, is read back as the same numbers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import tmsmeta as tm

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
