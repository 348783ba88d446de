"""``tmsmeta smallstudy``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from tmsmeta.cli.choices import Choices
from tmsmeta.cli.options import Arms, Input, Output
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.cli.pool import Measure
from tmsmeta.cli.sources import Source, effects_of_input
from tmsmeta.errors import NotAssessable, check_option

if TYPE_CHECKING:
    from tmsmeta.effects import EffectSizes
    from tmsmeta.pooling import PoolingSpec
    from tmsmeta.report.answer import Answer
    from tmsmeta.robustness.smallstudy import AsymmetryTest, TrimAndFill


def smallstudy(
    *,
    given: Input,
    arms: Arms,
    side: Annotated[str | None, typer.Option(help="Where trim and fill looks: left right  [default: by slope]")] = None,
    estimator: Annotated[str, typer.Option(help="Of trim and fill: L0 R0")] = "L0",
    draw: Annotated[str, typer.Option(help="Of --figure: funnel doi sunset")] = "funnel",
    measure: Measure = "",
    choices: Choices,
    output: Output,
) -> None:
    """Ask whether small studies show other effects.

    Tests of funnel plot asymmetry, trim and fill, LFK index, power of the studies.

    Example: tmsmeta smallstudy trials.csv --figure funnel.png
    """
    check_output(output, given.read)
    named = (("--side", side, ("left", "right")), ("--estimator", estimator, ("L0", "R0")), ("--draw", draw, _DRAW))
    for option, value, allowed in named:
        if value is not None:
            check_option(option, value, list(allowed))
    source = effects_of_input(given, measure, choices.zero_cells, arms=arms)
    spec = choices.spec(source.stated)
    from tmsmeta.robustness.smallstudy import trim_and_fill

    tests = _tests(source.effects)
    filled = trim_and_fill(source.effects, side=cast(Any, side), estimator=cast(Any, estimator), profile=spec)

    def script() -> str:
        from tmsmeta.robustness.smallstudy.r_script import small_study_in_r

        return small_study_in_r(list(tests.values()), filled)

    deliver(_answer(source, spec, tests, filled, draw), output, given.read, script)


Tests = Mapping[str, "AsymmetryTest | NotAssessable"]


def _answer(source: Source, spec: PoolingSpec, tests: Tests, filled: TrimAndFill | NotAssessable, draw: str) -> Answer:
    from tmsmeta.report.answer import Answer
    from tmsmeta.report.pairwise_tables import asymmetry_table
    from tmsmeta.robustness.smallstudy import lfk_index, study_power
    from tmsmeta.words.results import to_plain
    from tmsmeta.words.sentences import joined_methods

    index, power = lfk_index(source.effects), study_power(source.effects, profile=spec)
    table = asymmetry_table(tests, source.effects)
    made = [t for t in (*tests.values(), filled, index, power) if not isinstance(t, NotAssessable)]
    sentences = [t.result_sentence() for t in made]
    if isinstance(filled, NotAssessable):
        sentences.append(f"Trim and fill: {filled}.")
    found = {
        **_arms(source.effects),
        "tests": {name: to_plain(test) for name, test in tests.items()},
        "trim_and_fill": to_plain(filled),
        "lfk_index": to_plain(index),
        "study_power": to_plain(power),
        "left_out": to_plain(source.effects.not_estimable),
    }
    drawings = {
        "funnel": _funnel(source, spec, tests["Egger"], filled),
        "doi": _or_reason("doi_plot", index, source.better),
        "sunset": _or_reason("sunset_plot", power, source.better),
    }
    return Answer(
        title=table.title,
        tables=[table],
        sentences=sentences,
        methods=[*source.direction, *joined_methods([t.methods_sentence() for t in made])],
        plain=source.told(found),
        data=source.data,
        figures={_DRAW[name]: drawings[name] for name in dict.fromkeys((draw, *_DRAW))},
        spec=spec.to_dict(),
    )


def _arms(effects: EffectSizes) -> dict[str, str]:
    return {"comparator": effects.comparator, "treated": effects.treated}


def _tests(effects: EffectSizes) -> Tests:
    """Every test of asymmetry; those on counts answer with a reason where there are none."""
    from tmsmeta.robustness.smallstudy import begg, deeks, egger, harbord, peters

    on_counts = {"Harbord": harbord, "Peters": peters, "Deeks": deeks}
    return {"Egger": egger(effects), "Begg": begg(effects), **{name: test(effects) for name, test in on_counts.items()}}


def _funnel(
    source: Source,
    spec: PoolingSpec,
    egger: AsymmetryTest | NotAssessable,
    filled: TrimAndFill | NotAssessable,
) -> Any:
    def draw(**size: Any) -> Any:
        from tmsmeta.figures import funnel_plot
        from tmsmeta.robustness.smallstudy import funnel

        if isinstance(filled, NotAssessable) or not filled.k0:
            shown = funnel(source.effects, profile=spec)
        else:
            shown = funnel(filled)
        return funnel_plot(shown, egger=egger, better=source.better, **size)

    return draw


def _or_reason(figure: str, result: Any, better: str | None) -> Any:
    """What draws a result, or the reason why there is none."""

    def draw(**size: Any) -> Any:
        from tmsmeta import figures

        if isinstance(result, NotAssessable):
            return figures.not_assessable_panel(result, **size)
        return getattr(figures, figure)(result, better=better, **size)

    return draw


_DRAW: Mapping[str, str] = {"funnel": "Funnel plot", "doi": "Doi plot", "sunset": "Sunset funnel plot"}
"""The figures of small-study effects and their titles; a page has them all."""
