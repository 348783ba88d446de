"""The rows and columns of a forest plot: studies, subgroups, pooled effects, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.figures.axes import NOT_ESTIMABLE, EffectScale
from tmsmeta.figures.pairwise.forest_data import (
    Pooled,
    Study,
    arm_columns,
    graph_limits,
    read_pooled,
    read_studies,
    sort_studies,
    totals,
    weights_of,
)
from tmsmeta.figures.pairwise.forest_model import method_words, model_note, model_words
from tmsmeta.figures.pairwise.forest_parts import Parts
from tmsmeta.figures.pairwise.forest_styles import Layout, heterogeneity_sentence, overall_sentence
from tmsmeta.figures.pairwise.risk_of_bias import BiasTable
from tmsmeta.figures.table_plot.description import Align, Column, Mark, Row, Sheet
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.glossary import without_code
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.figures.pairwise.forest_data import Pool
    from tmsmeta.models.regression import Subgroups


@dataclass(frozen=True, kw_only=True)
class ForestTable:
    """Everything that the rows and columns of one forest plot are made of."""

    parts: Parts
    layout: Layout
    scale: EffectScale
    arms: tuple[str, str]
    extra: Mapping[str, Sequence[Any]]
    bias: BiasTable | None
    prediction: bool
    sort: str | None

    @property
    def level(self) -> str:
        return FIGURE.level(self.parts.overall.spec.level)

    def sheet(self, xlim: tuple[float, float] | None, favours: tuple[str, str] | None, title: str) -> Sheet:
        groups = self._groups()
        shown = [s for _, studies, _ in groups for s in studies]
        rows = self._rows(groups)
        pooled = [read_pooled(p, self.scale) for p in self._pools()]
        middle = read_pooled(self.parts.overall, self.scale).estimate
        limits = xlim or graph_limits(self.scale, shown, pooled if self.prediction else _without_prediction(pooled))
        left, right = self._columns(self.layout.left), self._columns(self.layout.right)
        return Sheet(
            left=left,
            right=right,
            drop=self._drop((*left, *right)),
            rows=tuple(rows),
            scale=self.scale,
            limits=limits,
            graph_header=self._graph_header(),
            pooled=None if nothing_pooled(self.parts.overall) or not isfinite(middle) else middle,
            null=self.scale.null,
            favours=favours,
            notes=tuple(self._notes()),
            looks=self.layout.looks,
            title=title,
        )

    def _pools(self) -> list[Pool]:
        return [*self.parts.pools.values(), self.parts.overall]

    @property
    def _weighted(self) -> bool:
        return not any(isinstance(p.weights, NotAssessable) for p in self._pools())

    def _groups(self) -> list[tuple[str, list[Study], Pool]]:
        """Name, sorted studies and pool of each subgroup; one without a name where there are none."""
        parts = self.parts
        weights = weights_of(parts.overall) if parts.pooled_rows else None
        pools: Mapping[str, Pool] = parts.pools or {"": parts.overall}
        return [
            (name, sort_studies(read_studies(pool, self.scale, parts.rows, weights), self.sort, self.extra), pool)
            for name, pool in pools.items()
        ]

    def _graph_header(self) -> str:
        effect_on_the_left = "effect" in self.layout.left
        return self.scale.label if not effect_on_the_left else ""

    def _columns(self, parts: Sequence[str]) -> tuple[Column, ...]:
        found: list[Column] = []
        for part in parts:
            if part == "study":
                found.append(Column(key="study", header=self.layout.study, limit=2.3))
            elif part == "tier" and "Tier" in self.extra:
                found.append(Column(key="Tier", header="Tier", align="center"))
            elif part == "extra":
                names = [n for n in self.extra if n != "Tier"]
                found += [Column(key=n, header=wrap(n, 8, 1.1, "bold"), align=self._align(n), limit=1.6) for n in names]
            elif part == "arms":
                found += self._arm_columns()
            elif part == "effect":
                method = method_words(self.parts.overall)
                limits = self.layout.interval.format(level=self.level, method=f"{method}, " if method else "")
                heading = f"{_short(self.scale)}\n{limits}"
                found.append(Column(key="effect", header=heading, align="decimal"))
            elif part == "weight" and self._weighted:
                found.append(Column(key="weight", header="Weight\n(%)", align="decimal"))
            elif part == "bias" and self.bias is not None:
                found += self.bias.columns
        return tuple(found)

    def _drop(self, columns: Sequence[Column]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What narrow paper does without, in this order."""
        extra = [n for n in self.extra if n != "Tier"]
        bias = tuple(c.key for c in self.bias.columns) if self.bias is not None else ()
        arms = [c.key for c in arm_columns(self.parts.overall.effects, self.layout.split_arms)]
        steps: list[tuple[str, tuple[str, ...]]] = [(n, (n,)) for n in reversed(extra)]
        steps += [("tier", ("Tier",)), ("risk of bias", bias), ("weights", ("weight",)), ("arms", tuple(arms))]
        shown = {c.key for c in columns}
        return tuple((name, keys) for name, keys in steps if shown & set(keys))

    def _align(self, name: str) -> Align:
        values = [v for v in self.extra[name] if v is not None]
        return "decimal" if values and all(isinstance(v, (int, float)) for v in values) else "left"

    def _arm_columns(self) -> list[Column]:
        names = {"t": self.arms[0], "c": self.arms[1], "": ""}
        several = self.layout.split_arms or "mean_t" in self.parts.overall.effects.inputs
        found = []
        for c in arm_columns(self.parts.overall.effects, self.layout.split_arms):
            name = wrap(names[c.arm], 8, 1.1, "bold")
            header = c.header if several or not name else f"{name}\n{c.header}"
            found.append(Column(key=c.key, header=header, align="decimal", group=names[c.arm] if several else ""))
        return found

    def _rows(self, groups: Iterable[tuple[str, list[Study], Pool]]) -> list[Row]:
        rows: list[Row] = []
        listed = list(groups)
        heaviest = max((s.weight for _, studies, _ in listed for s in studies), default=1.0)
        for name, studies, pool in listed:
            if name:
                rows.append(Row(cells={"study": name}, bold=True, gap=0.4 if rows else 0.0))
            rows += [self._study_row(s, heaviest) for s in studies]
            rows += [self._left_out_row(issue) for issue in pool.left_out]
            if name:
                rows += self._subtotal_rows(name, studies, pool)
        rows += [self._left_out_row(issue) for issue in self.parts.ungrouped]
        rows += self._overall_rows(self.parts.overall, [s for _, studies, _ in listed for s in studies])
        test = self.parts.test
        if test is not None:
            rows.append(Row(span=self._between(test)))
        return rows

    def _study_row(self, study: Study, heaviest: float) -> Row:
        cells = {"study": study.label, "weight": FIGURE.share(study.weight)}
        cells["effect"] = self.scale.effect(study.estimate, (study.low, study.high))
        cells |= {name: _cell(values[study.row]) for name, values in self.extra.items()}
        cells |= self._counts(study.counts, total=False)
        mark = Mark(
            shape="square", estimate=study.estimate, low=study.low, high=study.high, weight=study.weight / heaviest
        )
        symbols = self.bias.symbols[study.row] if self.bias else {}
        return Row(cells=cells, marks=(mark,), symbols=symbols)

    def _left_out_row(self, issue: Issue) -> Row:
        study = str(issue.row)
        row = self.parts.rows.k + self.parts.left_out.index(study)
        values = {name: _cell(column[row]) for name, column in self.extra.items()}
        symbols = self.bias.symbols[row] if self.bias else {}
        cells = {"study": study, "effect": NOT_ESTIMABLE, **self._counts(dict(issue.inputs), total=False), **values}
        return Row(cells=cells, symbols=symbols, quiet=True)

    def _counts(self, counts: Mapping[str, float], *, total: bool) -> dict[str, str]:
        columns = arm_columns(self.parts.overall.effects, self.layout.split_arms)
        return {c.key: c.cell(counts) for c in columns if c.summed or not total}

    def _pooled_cells(self, words: str, studies: Sequence[Study], pooled: Pooled) -> dict[str, str]:
        weight = sum(s.weight for s in studies)
        cells = {"study": words, "effect": self.scale.effect(pooled.estimate, pooled.ci)}
        cells["weight"] = FIGURE.share(weight)
        return cells | self._counts(totals(studies), total=True)

    def _subtotal_rows(self, name: str, studies: Sequence[Study], pool: Pool) -> list[Row]:
        pooled = read_pooled(pool, self.scale)
        words = self.layout.subtotal.format(level=self.level)
        rows = [Row(cells=self._pooled_cells(words, studies, pooled), marks=_diamond(pooled), bold=True)]
        rows = [] if nothing_pooled(pool) else rows
        return [*rows, Row(span=why_nothing_is_pooled(pool) or heterogeneity_sentence(self.layout, pool), about=name)]

    def _overall_rows(self, pool: Pool, studies: Sequence[Study]) -> list[Row]:
        pooled = read_pooled(pool, self.scale)
        model = model_words(pool)
        words = self.layout.pooled.format(level=self.level, model=model, model_lower=inside(model))
        cells = self._pooled_cells(words, studies, pooled)
        rows = [Row(cells=cells, marks=_diamond(pooled), bold=True, rule=True, gap=0.3)]
        reason = why_nothing_is_pooled(pool)
        if reason:
            return [Row(span=reason, rule=True, gap=0.3)] if nothing_pooled(pool) else [*rows, Row(span=reason)]
        if self.prediction:
            rows.append(self._prediction_row(pooled))
        rows.append(Row(span=heterogeneity_sentence(self.layout, pool)))
        test = overall_sentence(self.layout, pool)
        return [*rows, Row(span=test)] if test else rows

    def _prediction_row(self, pooled: Pooled) -> Row:
        words = f"{self.level} prediction interval"
        if isinstance(pooled.prediction, NotAssessable):
            return Row(span=f"Prediction interval: not assessable ({pooled.prediction.reason})")
        low, high = pooled.prediction
        cells = {"study": words, "effect": self.scale.limits(low, high, beside=pooled.estimate)}
        return Row(cells=cells, marks=(Mark(shape="bar", low=low, high=high),))

    def _between(self, test: Subgroups) -> str:
        if isinstance(test.statistic, NotAssessable):
            return f"Test between subgroups: not assessable ({test.statistic.reason})"
        return self.layout.subgroup_test.format(
            name="F" if test.test_name == "F" else self.layout.chi_square,
            q=FIGURE.number(test.statistic, 2),
            df=test.df if test.df_residual is None else f"{test.df} and {test.df_residual}",
            p=self.layout.p(test.p_value),
        )

    def _notes(self) -> list[str]:
        pools: list[Pool] = [*self.parts.pools.values()] or [self.parts.overall]
        notes: list[str] = []
        if not why_nothing_is_pooled(self.parts.overall):
            notes.append(model_note(self.parts.overall, prediction=self.prediction))
        if not isinstance(self.parts.overall.estimate, NotAssessable) and not self._weighted:
            notes.append("This model gives studies no weights; all squares have one size.")
        corrected = [c for p in pools for c in p.effects.corrections]
        if corrected:
            amounts = sorted({FIGURE.tick(a) for c in corrected for a in (c.added_t, c.added_c) if a})
            studies = ", ".join(dict.fromkeys(c.study for c in corrected))
            notes.append(f"Continuity correction of {' or '.join(amounts)}: {studies.removesuffix('.')}.")
        left_out = [*(i for p in pools for i in p.left_out), *self.parts.ungrouped]
        notes += [f"{i.row}: {without_code(i.message)}" for i in left_out]
        if any(i.inputs for i in left_out):
            notes.append("Totals are those of the studies that were pooled.")
        notes += self.parts.overall.effects.notes  # rows left out on reading, arms added up
        told = [p for p in self._pools() if isinstance(p.ci, NotAssessable) and not why_nothing_is_pooled(p)]
        reasons = {p.ci.reason for p in told if isinstance(p.ci, NotAssessable)}
        notes += [f"No interval for the pooled effect ({reason})." for reason in sorted(reasons)]
        return notes + list(self.bias.notes if self.bias is not None else ())


def nothing_pooled(pool: Pool) -> bool:
    """Whether the pooled effect says no more than its only study does."""
    return pool.k == 1 and isinstance(pool.ci, NotAssessable) and not isinstance(pool.estimate, NotAssessable)


def why_nothing_is_pooled(pool: Pool) -> str:
    """One sentence in place of heterogeneity, prediction interval and tests that do not exist; else empty."""
    if isinstance(pool.estimate, NotAssessable):
        return f"Nothing is pooled: {pool.estimate.reason}."
    return "One study: there is nothing to pool, and no heterogeneity to assess." if pool.k == 1 else ""


def _diamond(pooled: Pooled) -> tuple[Mark, ...]:
    if not isfinite(pooled.estimate):
        return ()
    if isinstance(pooled.ci, NotAssessable):
        return (Mark(shape="diamond", estimate=pooled.estimate),)
    return (Mark(shape="diamond", estimate=pooled.estimate, low=pooled.ci[0], high=pooled.ci[1]),)


def _without_prediction(pooled: Sequence[Pooled]) -> list[Pooled]:
    return [replace(p, prediction=NotAssessable("prediction interval", "not shown")) for p in pooled]


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return FIGURE.plain(value) if isinstance(value, float) else str(value)


def _short(scale: EffectScale) -> str:
    """The heading of the effect's column, on as few letters as needed."""
    return wrap(scale.label, 8, 1.3, "bold")
