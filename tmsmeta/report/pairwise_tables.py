"""Tables of pairwise analyses, for readers and machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.words import numbers
from tmsmeta.words.names import heading, inside, studies
from tmsmeta.words.tables import Column, ReaderTable, Row, value, words

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.effects import EffectSizes
    from tmsmeta.models.counts import CountsEffect
    from tmsmeta.models.regression import MetaRegression, Subgroups
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.robustness.smallstudy import AsymmetryTest

FITTED = ("estimate", "ci_low", "ci_high")


def analysis_title(effects: EffectSizes, what: str = "", *, per: float | None = None) -> str:
    """``"Risk ratio, drug against placebo: 13 studies"``: measure, both treatments, and what was done."""
    parts = [heading(effects.natural.per_unit(per).label)]
    if effects.info.contrast:
        parts.append(comparison(effects))
    return f"{', '.join(parts)}: {what or studies(effects.k)}"


def _effect_columns(
    effects: EffectSizes, names: tuple[str, str, str], level: float, per: float | None = None
) -> list[Column]:
    """Estimate and interval as a reader sees them.

    Args:
        effects: what the numbers are effects of.
        names: columns of estimate and limits.
        level: of the interval.
        per: people or units of time that proportions and rates refer to.
    """
    natural = effects.natural.per_unit(per)

    def texts(row: Row) -> tuple[str, ...]:
        estimate, low, high = (float(row[name]) for name in names)
        if estimate != estimate:
            return ("", "")
        return natural.texts_of(estimate, None if low != low else (low, high))

    return [
        Column(label=heading(natural.label), text=lambda row: texts(row)[0]),
        Column(label=f"{numbers.level(level)} CI", text=lambda row: " to ".join(texts(row)[1:])),
    ]


def _shown(effects: EffectSizes) -> tuple[str, str, str]:
    """Columns that a table of fitted effects shows, where they are brought back those of the scale a reader knows."""
    return FITTED if effects.columns[0] == "yi" else effects.columns


def comparison(effects: EffectSizes) -> str:
    """``"drug against placebo"``, or the same with the arms as columns name them where treatments are unknown."""
    return f"{effects.treated or 'treated'} against {inside(effects.comparator) or 'comparator'}"


def pooled_table(result: PooledEffect | CountsEffect, *, per: float | None = None) -> ReaderTable:
    """One row per study with its counts, effect and weight, and a last row for the pooled effect.

    `per` is the number of people or units of time that proportions and rates are shown for; the frame has them per 1.
    """
    effects, frame = result.effects, result.to_frame()
    columns = [words("study", "study"), *_arm_columns(effects)]
    columns += _effect_columns(effects, effects.columns, result.spec.level, per)
    if frame["weight"].iloc[:-1].notna().any():
        columns.append(value("weight", "weight", lambda share: numbers.percent(100 * share)))
    return ReaderTable(
        name="studies",
        title=analysis_title(effects, per=per),
        frame=with_comparison(frame, effects),
        columns=columns,
        notes=_study_notes(frame),
    )


def with_comparison(frame: pd.DataFrame, effects: EffectSizes) -> pd.DataFrame:
    """`frame` with a last column that says what was compared, so that a file of it does, too."""
    return frame.assign(comparison=comparison(effects)) if effects.info.contrast else frame


def _study_notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """What is to be said about single studies, those of one note together."""
    found: dict[str, list[str]] = {}
    for study, note in zip(frame["study"], frame["note"], strict=True):
        if note:
            found.setdefault(str(note), []).append(str(study))
    return tuple(f"{', '.join(names)}: {note}" for note, names in found.items())


def _arm_columns(effects: EffectSizes) -> list[Column]:
    """The counts or means of each arm, as far as the effects carry them."""
    arms = {"_t": effects.treated or "treated", "_c": effects.comparator or "comparator", "": ""}
    columns = []
    for suffix, arm in arms.items():
        for top, size, label in (
            ("events", "n", "events/n"),
            ("events", "time", "events/time"),
            ("mean", "sd", "mean (SD)"),
        ):
            if {top + suffix, size + suffix} <= set(effects.inputs):
                join = "{} ({})" if top == "mean" else "{}/{}"
                columns.append(_pair(top + suffix, size + suffix, f"{arm} {label}".strip(), join))
                break
    return columns


def _pair(first: str, second: str, label: str, join: str) -> Column:
    def cell(row: Mapping[str, Any]) -> str:
        if row[first] != row[first] or row[second] != row[second]:
            return ""
        return join.format(numbers.plain(row[first]), numbers.plain(row[second]))

    return Column(label=label, text=cell)


def subgroup_table(result: Subgroups, by: str) -> ReaderTable:
    """One row per subgroup, and a last one for all studies."""
    effects, frame = result.overall.effects, result.to_frame()
    columns = [
        words("subgroup", by),
        value("k", "studies", numbers.count),
        *_effect_columns(effects, _shown(effects), result.spec.level),
        *_spread_columns(),
    ]
    title = analysis_title(effects, f"by {by}")
    return ReaderTable(name="subgroups", title=title, frame=with_comparison(frame, effects), columns=columns)


def _spread_columns() -> list[Column]:
    return [
        value("p_value", "p", p_text),
        value("tau2", "tau2", numbers.tau2),
        value("i2", "I2", numbers.percent),
    ]


def p_text(p: float) -> str:
    """A p value without its symbol: ``"0.012"``, ``"< 0.001"``."""
    return numbers.p_value(p).removeprefix("p ").removeprefix("= ")


def regression_table(result: MetaRegression) -> ReaderTable:
    """One row per coefficient, on the scale of the analysis."""
    effects, frame = result.effects, result.to_frame()
    info = effects.info

    def texts(row: Row) -> tuple[str, ...]:
        return numbers.estimate(float(row["estimate"]), (float(row["low"]), float(row["high"])), 3, null=0.0)

    columns = [
        words("term", "term"),
        Column(label="coefficient", text=lambda row: texts(row)[0]),
        value("se", "SE", lambda x: numbers.effect(x, 3)),
        Column(label=f"{numbers.level(result.spec.level)} CI", text=lambda row: " to ".join(texts(row)[1:])),
        value("p_value", "p", p_text),
    ]
    scale = f"log {info.label}" if info.is_ratio else info.label
    title = analysis_title(effects, f"coefficients on the {scale}, {studies(result.k)}")
    return ReaderTable(name="coefficients", title=title, frame=with_comparison(frame, effects), columns=columns)


def series_table(frame: pd.DataFrame, effects: EffectSizes, level: float, name: str, what: str) -> ReaderTable:
    """Leave-one-out or cumulative results, one row per step.

    Args:
        frame: from :func:`~tmsmeta.leave_one_out` or :func:`~tmsmeta.cumulative`.
        effects: the studies.
        level: of the intervals.
        name: of the table.
        what: the heading of the studies, such as ``without``.
    """
    columns = [words("study", what), *_effect_columns(effects, _shown(effects), level), *_spread_columns()]
    return ReaderTable(
        name=name.replace(" ", "_").replace("-", "_"),
        title=analysis_title(effects, name),
        frame=with_comparison(frame, effects),
        columns=columns,
        notes=_study_notes(frame),
    )


_DIAGNOSTICS = {
    "rstudent": "rstudent",
    "dffits": "DFFITS",
    "cooks_distance": "Cook's D",
    "cov_ratio": "cov. ratio",
    "tau2_deleted": "tau2 without",
    "hat": "hat",
    "dfbetas": "DFBETAS",
}


def influence_table(frame: pd.DataFrame, effects: EffectSizes) -> ReaderTable:
    """Deletion diagnostics, one row per study; influential ones carry a star."""

    def star(row: Mapping[str, Any]) -> str:
        return f"{row['study']} *" if row["influential"] else str(row["study"])

    columns = [Column(label="study", text=star, right=False)]
    columns += [value(name, label, lambda x: numbers.number(x, 3)) for name, label in _DIAGNOSTICS.items()]
    notes = ("* influential by the rules of Viechtbauer & Cheung (2010).",) if frame["influential"].any() else ()
    return ReaderTable(
        name="influence",
        title=analysis_title(effects, "deletion diagnostics"),
        frame=with_comparison(frame, effects),
        columns=columns,
        notes=(*notes, *_study_notes(frame)),
    )


_WITH_AND_WITHOUT = ("estimate_with", "estimate_without")


def gosh_table(frame: pd.DataFrame, effects: EffectSizes) -> ReaderTable:
    """The medians of all subsets with and without each study."""
    info = effects.info
    columns = [words("study", "study")]
    columns += [value(name, name.replace("_", " "), lambda x: numbers.number(x, 3)) for name in _WITH_AND_WITHOUT]
    columns.append(value("shift", "shift", lambda x: numbers.number(x, 3)))
    columns += [
        value(name, name.replace("_", " ").replace("i2", "I2"), numbers.percent) for name in ("i2_with", "i2_without")
    ]
    scale = f"log {info.label}" if info.is_ratio else info.label
    title = analysis_title(effects, f"medians of subsets with and without each study, on the {scale}")
    return ReaderTable(name="gosh", title=title, frame=with_comparison(frame, effects), columns=columns)


def asymmetry_table(tests: Mapping[str, AsymmetryTest | NotAssessable], effects: EffectSizes) -> ReaderTable:
    """One row per test of funnel plot asymmetry; those that these data do not allow are named below."""
    import pandas as pd

    made = [test.to_frame() for test in tests.values() if not isinstance(test, NotAssessable)]
    frame = pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=["test"])
    columns = [words("test", "test")]
    if made:
        columns += [
            value("k", "studies", numbers.count),
            value("estimate", "estimate", numbers.number),
            value("statistic", "statistic", numbers.number),
            value("p_value", "p", p_text),
        ]
    return ReaderTable(
        name="asymmetry",
        title=analysis_title(effects, "tests of funnel plot asymmetry"),
        frame=with_comparison(frame, effects),
        columns=columns,
        notes=tuple(_reasons(tests.items())),
    )


def _reasons(tests: Iterable[tuple[str, object]]) -> list[str]:
    return [f"{name}: {test}." for name, test in tests if isinstance(test, NotAssessable)]
