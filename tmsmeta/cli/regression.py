"""``tmsmeta regression``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.options import Arms, Cluster, Input, Level, Output, Robust, Tau2, ZeroCells
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.pool import Measure
from tmsmeta.cli.sources import clusters_of_input, effects_of_input
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable

if TYPE_CHECKING:
    from tmsmeta.models.regression import MetaRegression


def regression(
    *,
    given: Input,
    arms: Arms,
    formula: Annotated[str, typer.Option(help='Moderators, such as "~ year + C(country)".')],
    cluster: Cluster = None,
    robust: Robust = None,
    measure: Measure = "",
    tau2: Tau2 = None,
    ci: Annotated[str | None, typer.Option(help="z t hksj hksj-adhoc CR0 CR1 CR2  [default: z]")] = None,
    level: Level = None,
    zero_cells: ZeroCells = None,
    output: Output,
) -> None:
    """Regress the effects on columns of the studies.

    Studies without a moderator are left out and named.

    Example: tmsmeta regression trials.csv --formula "~ year + C(alloc)"
    """
    from tmsmeta.models.regression import meta_regression

    check_output(output, given.read)
    source = effects_of_input(given, measure, zero_cells, arms=arms)
    clusters = clusters_of_input(source, cluster, robust, ci)
    made: dict[str, Any] = {"tau2": tau2, "ci": ci, "level": level}
    choices = {name: value for name, value in made.items() if value is not None}
    result = meta_regression(source.effects, formula, source.studies, missing="drop", **choices, **clusters)
    if isinstance(result, NotAssessable):
        raise InvalidInputError(Issue(None, "--formula", formula, f"cannot be fitted: {result.reason}."))
    if output.figure is not None and not result.design.numeric:
        message = "has no numeric moderator to draw the studies along; leave --figure out."
        raise InvalidInputError(Issue(None, "--formula", formula, message))
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.pairwise_tables import regression_table

    table = regression_table(result)
    answer = Answer(
        title=table.title,
        tables=[table],
        sentences=[result.result_sentence()],
        methods=[*source.direction, result.methods_sentence()],
        plain=source.told(result.to_dict()),
        data=source.data,
        figures={"Bubble plot": partial(_drawing, result, source.studies)} if result.design.numeric else {},
        spec=result.spec.to_dict(),
    )
    deliver(answer, output, given.read, result.to_r)


def _drawing(result: MetaRegression, studies: Any, **size: Any) -> Any:
    from tmsmeta.figures import bubble_plot

    return bubble_plot(result, studies, **size)
