"""Rows that depend on each other because one trial gave several of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from tmsmeta.effects.base import EffectSizes
from tmsmeta.words.names import counted, listed

_CONTROLS = (("events_c", "n_c"), ("mean_c", "sd_c", "n_c"), ("events_c", "time_c"))
_TO_YEAR = re.compile(r"^(.*?\b(?:19|20)\d\d)")
_MOST_NAMED = 3


def shared_rows_caution(effects: EffectSizes) -> str:
    """That some rows come from one trial although they are taken as independent, with what to use; else empty.

    Rows share a trial where their labels are the same; or where the labels agree up to the year ("Smith 2010a", "Smith
    2010 (10 Hz)") and the comparator arms are the same to the last number: one control group counted several times.
    Rows that stand in one cluster are taken care of.
    """
    named = effects.study.tolist()
    cluster = named if effects.cluster is None else effects.cluster.tolist()
    rows = defaultdict(list)
    for row, label in enumerate(named):
        rows[label].append(row)
    repeated = {label: places for label, places in rows.items() if len(places) > 1}
    one_control = _one_control(effects, named)
    trials = {**repeated, **{key: places for key, places in one_control.items() if key not in repeated}}
    if effects.cluster is not None:
        trials = {key: places for key, places in trials.items() if len({cluster[row] for row in places}) > 1}
    if not trials:
        return ""
    several = sum(map(len, trials.values()))
    names = list(trials)[:_MOST_NAMED] + (["others"] if len(trials) > _MOST_NAMED else [])
    control = ", some of them with the very same comparator arm" if set(one_control) & set(trials) else ""
    return (
        f"{several} of the {effects.k} rows come from {counted(len(trials), 'study', 'studies')} with several rows "
        f"({listed(names)}){control}: such rows depend on each other, and are taken as independent here, which makes "
        "errors too small. Give cluster='study' for cluster-robust errors, use multilevel(effects, effects.study), or "
        "take a table with one row per arm, whose arms are added up; different studies need different labels."
    )


def _one_control(effects: EffectSizes, labels: list[str]) -> dict[str, list[int]]:
    """Rows of one author and year whose comparator arms are the same, by the label up to the year."""
    columns = next((c for c in _CONTROLS if all(name in effects.inputs for name in c)), None)
    if columns is None:
        return {}
    stems = [found.group(1) if (found := _TO_YEAR.match(label)) else label for label in labels]
    often = Counter(stems)
    arms = defaultdict(list)
    for row, stem in enumerate(stems):
        if often[stem] > 1:
            arms[stem, *(float(effects.inputs[name][row]) for name in columns)].append(row)
    return {str(key[0]): rows for key, rows in arms.items() if len(rows) > 1}
