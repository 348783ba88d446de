"""``tmsmeta subgroups``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tmsmeta.cli.choices import Choices
from tmsmeta.cli.options import Arms, Cluster, Input, Output, Robust
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.pool import Measure
from tmsmeta.cli.sources import clusters_of_input, column_of, effects_of_input


def subgroups(
    *,
    given: Input,
    arms: Arms,
    by: Annotated[str, typer.Option(help="Column with the subgroup of each study.")],
    common_tau2: Annotated[bool, typer.Option("--common-tau2", help="One tau2 for all subgroups.")] = False,
    cluster: Cluster = None,
    robust: Robust = None,
    measure: Measure = "",
    choices: Choices,
    output: Output,
) -> None:
    """Pool subgroups, and test whether they differ.

    Example: tmsmeta subgroups trials.csv --by country --common-tau2
    """
    from tmsmeta.models.regression import subgroups as split

    check_output(output, given.read)
    source = effects_of_input(given, measure, choices.zero_cells, arms=arms)
    clusters = clusters_of_input(source, cluster, robust, choices.ci)
    labels = column_of(source, by, "--by")
    result = split(source.effects, labels, common_tau2=common_tau2, profile=choices.spec(source.stated), **clusters)
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.pairwise_tables import pooled_table, subgroup_table

    def draw(**size: Any) -> Any:
        from tmsmeta.figures import forest

        return forest(result, **source.forest, **size)

    table = subgroup_table(result, by)
    answer = Answer(
        title=table.title,
        tables=[table, pooled_table(result.overall)],
        sentences=[result.result_sentence()],
        methods=[*source.direction, result.methods_sentence()],
        plain=source.told(result.to_dict()),
        data=source.data,
        figures={"Forest plot with subgroups": draw},
        spec=result.spec.to_dict(),
    )
    deliver(answer, output, given.read, result.to_r)
