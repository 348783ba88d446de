"""One analysis, ready to be printed, drawn and written; and as one page that is complete in itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tmsmeta.provenance import environment_record
from tmsmeta.report.templating import asset, template
from tmsmeta.report.typesetting import legible, typeset
from tmsmeta.words.tables import ReaderTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[..., "Axes | Figure"]
"""What draws a figure; takes its `width`, and chooses one without."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What one analysis has to say.

    Attributes:
        title: what was analysed, with both treatments where there are two.
        tables: the main table first.
        sentences: what came out.
        points: what else is to be said of it, a list.
        methods: how it was made, for a methods section.
        data: how the input was read, and what was left out of it.
        figures: what draws each figure, by title; the main one first.
        plain: the results as plain values, for JSON.
        spec: the choices made, as plain values, which figures carry inside themselves.
    """

    title: str
    tables: Sequence[ReaderTable]
    sentences: Sequence[str]
    methods: Sequence[str]
    plain: Mapping[str, Any]
    points: Sequence[str] = ()
    data: Sequence[str] = ()
    figures: Mapping[str, Draw] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> list[str]:
        """Sentences, points with a dash before each, and methods, as lines of plain text."""
        return [*self.sentences, *(f"- {point}" for point in self.points), *self.methods]


def answer_page(answer: Answer) -> str:
    """The analysis as a complete HTML page: result, figures, tables, methods, and how the input was read.

    Nothing in it is fetched from elsewhere, every text is escaped, and the same analysis gives the same bytes.
    """
    from tmsmeta import __version__
    from tmsmeta.figures import to_svg

    described = " ".join((*answer.sentences, *answer.points))
    figures = [
        (title, legible(Markup(to_svg(draw(), title=title, description=described, prefix=f"figure-{number}"))))
        for number, (title, draw) in enumerate(answer.figures.items(), start=1)
    ]
    return typeset(
        template("analysis.html.j2").render(
            answer=answer,
            figures=figures,
            style=Markup(asset("base.css")),
            version=__version__,
            environment=list(environment_record().items()),
        )
    )
