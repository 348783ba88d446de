"""``tmsmeta pool`` and ``tmsmeta proportion``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.choices import Choices
from tmsmeta.cli.models import INVERSE, default_measure, pooled, read_model
from tmsmeta.cli.options import Arms, Cluster, Input, Output, Robust
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.sources import Source, clusters_of_input, effects_of_input
from tmsmeta.errors import InvalidInputError, Issue

if TYPE_CHECKING:
    from tmsmeta.models.counts import CountsEffect
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.report.answer import Answer

Model = Annotated[str, typer.Option(help="inverse mh peto glmm[:UM.FS UM.RS CM.AL CM.EL] beta-binomial")]
Measure = Annotated[str, typer.Option(help="As in `tmsmeta pool`.  [default: by the table]")]


def pool(
    *,
    given: Input,
    arms: Arms,
    measure: Annotated[
        str,
        typer.Option(
            help="OR RR RD AS PETO PR PLN PLO PAS PFT IR IRLN IRS IRFT IRR IRD MD SMD SMDH ROM HR GEN  "
            "[default: by the table]"
        ),
    ] = "",
    model: Model = INVERSE,
    choices: Choices,
    cluster: Cluster = None,
    robust: Robust = None,
    decimals: Annotated[int | None, typer.Option(help="Decimals of printed ratios; sharpens their errors.")] = None,
    output: Output,
) -> None:
    """Pool studies: treated against comparator, or single arms.

    Example: tmsmeta pool trials.xlsx --measure OR --figure forest.png
    """
    _pool(given, choices, output, measure=measure, model=model, decimals=decimals, over=(cluster, robust), arms=arms)


def proportion(
    *,
    given: Input,
    measure: Annotated[str, typer.Option(help="PR PLN PLO PAS PFT; rates: IR IRLN IRS IRFT")] = "",
    model: Annotated[str, typer.Option(help="inverse glmm beta-binomial")] = INVERSE,
    per: Annotated[float | None, typer.Option(help="People or time that is shown per, such as 1000.")] = None,
    choices: Choices,
    output: Output,
) -> None:
    """Pool proportions or rates of single arms.

    Example: tmsmeta proportion cohorts.csv --model glmm --report cohorts.html
    """
    _pool(given, choices, output, measure=measure, model=model, single_arms=True, per=per)


def _pool(
    given: Input,
    choices: Choices,
    output: Output,
    *,
    measure: str,
    model: str,
    decimals: int | None = None,
    single_arms: bool = False,
    per: float | None = None,
    over: tuple[str | None, str | None] = (None, None),
    arms: Arms | None = None,
) -> None:
    check_output(output, given.read)
    read_model(model)
    source = effects_of_input(given, default_measure(model, measure), choices.zero_cells, decimals, arms)
    if single_arms:
        _refuse_two_arms(source, given)
    clusters = clusters_of_input(source, *over, choices.ci)
    result = pooled(source, model, choices, clusters)
    deliver(pool_answer(source, result, per), output, given.read, result.to_r)


def _refuse_two_arms(source: Source, given: Input) -> None:
    """Raise where ``proportion`` was asked of effects that compare two arms."""
    info = source.effects.info
    if not info.contrast:
        return
    message = (
        f"gives {info.label}s of two arms, which `tmsmeta pool` pools. For single arms give a table with events and n, "
        "or events and time, of each, or name such columns: --shape proportions --columns events=...,n=..."
    )
    raise InvalidInputError(Issue(None, "file", str(given.read or "the shipped evidence"), message))


def pool_answer(source: Source, result: PooledEffect | CountsEffect, per: float | None = None) -> Answer:
    """The pooled effect as table, sentence and forest plot; `per` is what proportions and rates refer to."""
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.pairwise_tables import analysis_title, pooled_table

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import forest

        return forest(result, per=per, **source.forest, **size)

    return Answer(
        title=analysis_title(result.effects, per=per),
        tables=[pooled_table(result, per=per)],
        sentences=[result.result_sentence(per=per)],
        methods=[*source.direction, result.methods_sentence()],
        plain=source.told(result.to_dict()),
        data=source.data,
        figures={"Forest plot": draw},
        spec=result.spec.to_dict(),
    )
