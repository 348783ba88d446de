"""Figures that are to be drawn, for the files of a run and its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure that is to be drawn.

    Attributes:
        name: of its files, without ending.
        figure: a function of a module, which another process finds by its name.
        args: what the function takes; it returns None where there is nothing to draw.
        forms: the formats wanted.
        metadata: what the files tell about themselves.
        kept: whether the results keep its files, or the page alone shows it.
    """

    name: str
    figure: Callable[..., Any]
    args: tuple[Any, ...]
    forms: tuple[str, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    kept: bool = True

    @property
    def files(self) -> dict[str, str]:
        """Format by file name."""
        return {f"{self.name}.{form}": form for form in self.forms}

    def parts(self) -> dict[str, Callable[[], bytes | None]]:
        """What makes each file, None where there is nothing to draw; the first of them makes the figure."""
        figure = cache(lambda: self.figure(*self.args))
        return {name: partial(_file, figure, form, self.metadata) for name, form in self.files.items()}


Files = Mapping[str, bytes]
"""Pictures by file name."""


def draw(drawings: Sequence[Drawing]) -> Files:
    """The files of some drawings, drawn here."""
    made = ((name, part()) for drawing in drawings for name, part in drawing.parts().items())
    return {name: file for name, file in made if file is not None}


def _file(figure: Callable[[], Any], form: str, metadata: Mapping[str, Any]) -> bytes | None:
    from tmsmeta.figures import to_bytes

    made = figure()
    return None if made is None else to_bytes(made, form, metadata)
