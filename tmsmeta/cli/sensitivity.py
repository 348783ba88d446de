"""``tmsmeta sensitivity``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.choices import Choices
from tmsmeta.cli.options import Arms, Input, Output, option_name
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.pool import Measure
from tmsmeta.cli.sources import Source, column_of, effects_of_input
from tmsmeta.errors import InvalidInputError, Issue, check_option

if TYPE_CHECKING:
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.report.answer import Answer


def sensitivity(
    *,
    given: Input,
    arms: Arms,
    analysis: Annotated[str, typer.Option(help="leave-one-out cumulative influence gosh")] = "leave-one-out",
    order: Annotated[str | None, typer.Option(help="Column to sort by, for cumulative: year, date.")] = None,
    subsets: Annotated[int | None, typer.Option(help="Random subsets for gosh, in place of all.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the random subsets of gosh.")] = None,
    measure: Measure = "",
    choices: Choices,
    output: Output,
) -> None:
    """See what single studies do to the pooled effect.

    Example: tmsmeta sensitivity trials.csv --analysis cumulative --order year --figure c.png
    """
    check_option("--analysis", analysis, list(_ANALYSES))
    check_output(output, given.read, no_script=_NO_SCRIPT if analysis == "gosh" else "")
    own: dict[str, Mapping[str, object]] = {"cumulative": {"order": order}, "gosh": {"subsets": subsets, "seed": seed}}
    _refuse_foreign(analysis, own)
    source = effects_of_input(given, measure, choices.zero_cells, arms=arms)
    from tmsmeta.pooling import pool

    result = pool(source.effects, profile=choices.spec(source.stated))
    more = {name: value for name, value in own.get(analysis, {}).items() if value is not None}
    script = partial(_script, analysis, source, result, order)
    deliver(_ANALYSES[analysis](source, result, **more), output, given.read, script)


def _refuse_foreign(analysis: str, own: Mapping[str, Mapping[str, object]]) -> None:
    """Raise for options of another analysis: none may be dropped in silence."""
    foreign = [
        Issue(None, option_name(name), value, f"applies to --analysis {kind} alone; leave it out.")
        for kind, options in own.items()
        for name, value in options.items()
        if kind != analysis and value is not None
    ]
    if foreign:
        raise InvalidInputError(foreign)


_NO_SCRIPT = "has no script for --analysis gosh, which pools up to a million subsets; metafor's gosh() draws its own"


def _script(analysis: str, source: Source, result: PooledEffect, order: str | None) -> str:
    from tmsmeta.robustness.sensitivity.r_script import cumulative_in_r, influence_in_r, leave_one_out_in_r

    if analysis == "cumulative":
        values = None if order is None else column_of(source, order, "--order")
        return cumulative_in_r(source.effects, values, profile=result.spec)
    write = {"leave-one-out": leave_one_out_in_r, "influence": influence_in_r}[analysis]
    return write(source.effects, profile=result.spec)


def _leave_one_out(source: Source, result: PooledEffect) -> Answer:
    from tmsmeta.report.pairwise_tables import series_table
    from tmsmeta.robustness.sensitivity import leave_one_out

    frame = leave_one_out(source.effects, profile=result.spec)

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import leave_one_out_forest

        return leave_one_out_forest(frame, result, better=source.better, **size)

    table = series_table(frame, result.effects, result.spec.level, "leave-one-out", "without")
    return _answer(source, result, table, frame, {"Leave-one-out": draw}, "Each study was left out in turn.")


def _cumulative(source: Source, result: PooledEffect, order: str | None = None) -> Answer:
    from tmsmeta.report.pairwise_tables import series_table
    from tmsmeta.robustness.sensitivity import cumulative

    values = None if order is None else column_of(source, order, "--order")
    frame = cumulative(source.effects, values, profile=result.spec)

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import cumulative_forest

        return cumulative_forest(frame, result, better=source.better, **size)

    sorted_by = f"sorted by {order}" if order is not None else "in the order of the table"
    table = series_table(frame, result.effects, result.spec.level, "cumulative", "added")
    return _answer(source, result, table, frame, {"Cumulative": draw}, f"Studies were added one by one, {sorted_by}.")


def _influence(source: Source, result: PooledEffect) -> Answer:
    from tmsmeta.report.pairwise_tables import influence_table
    from tmsmeta.robustness.sensitivity import influence

    frame = influence(source.effects, profile=result.spec)

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import influence_panel

        return influence_panel(frame, **size)

    said = "Deletion diagnostics are those of Viechtbauer & Cheung (Res Synth Methods 2010;1:112)."
    return _answer(source, result, influence_table(frame, result.effects), frame, {"Influence": draw}, said)


def _gosh(source: Source, result: PooledEffect, **options: Any) -> Answer:
    from tmsmeta.report.pairwise_tables import gosh_table
    from tmsmeta.robustness.sensitivity.gosh import gosh

    found = gosh(source.effects, profile=result.spec, **options)
    frame = found.by_study()

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import gosh_plot

        return gosh_plot(found, better=source.better, **size)

    drawn = "all subsets" if found.complete else f"{len(found):,} random draws of subsets (seed {found.seed})"
    said = f"The effect was pooled in {drawn} of the studies (Olkin, Dahabreh & Trikalinos 2012)."
    return _answer(source, result, gosh_table(frame, result.effects), frame, {"GOSH": draw}, said)


def _answer(
    source: Source, result: PooledEffect, table: Any, frame: Any, figures: Mapping[str, Any], said: str
) -> Answer:
    from tmsmeta.report.answer import Answer
    from tmsmeta.words.results import to_plain

    found = {"analysis": to_plain(frame), "pooled": result.to_dict(), "left_out": to_plain(result.left_out)}
    return Answer(
        title=table.title,
        tables=[table],
        sentences=[result.result_sentence()],
        methods=[said, *source.direction, result.methods_sentence()],
        plain=source.told(found),
        data=source.data,
        figures=figures,
        spec=result.spec.to_dict(),
    )


_ANALYSES: Mapping[str, Callable[..., Answer]] = {
    "leave-one-out": _leave_one_out,
    "cumulative": _cumulative,
    "influence": _influence,
    "gosh": _gosh,
}
