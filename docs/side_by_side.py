"""Another program beside this library: each call of ours runs, and each number that the other printed is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import matplotlib.pyplot as plt
from IPython.display import HTML

_WRAPPED = "display: inline-block; min-width: 11rem; overflow-wrap: anywhere; white-space: pre-wrap"


def beside(program: str, rows: Iterable[tuple[str, str, str]], names: dict[str, Any]) -> HTML:
    """A table of what is wanted, the call of `program` and ours; ours is run in the page's own `names`."""
    cells = []
    for wanted, theirs, ours in rows:
        exec(compile(ours, f"<{wanted}>", "exec"), names)
        cells.append((escape(wanted), _code(theirs), _code(ours)))
    plt.close("all")
    return _table(("what is wanted", escape(program), "tmsmeta"), cells)


def agree(program: str, rows: Iterable[tuple[str, float, float] | tuple[str, float, float, float]]) -> HTML:
    """A table of the numbers that `program` printed and ours.

    Raises:
        AssertionError: a number further from ours than 1e-6 of it, or than the share that its row states.
    """
    cells = []
    for what, theirs, ours, *within in rows:
        apart = abs(ours - theirs) / abs(theirs)
        allowed = within[0] if within else 1e-6
        assert apart <= allowed, f"{what}: {program} {theirs!r}, here {ours!r}"
        cells.append((escape(what), f"{theirs:.10g}", f"{ours:.10g}", _size(apart)))
    return _table(("number", f"{escape(program)} printed", "here", "relative difference"), cells)


def _size(apart: float) -> str:
    return "below 1e−12" if apart < 1e-12 else f"{apart:.0e}".replace("-", "−")


def _code(text: str) -> str:
    return "<br>".join(f'<code style="{_WRAPPED}">{escape(line)}</code>' for line in text.splitlines())


def _table(head: Sequence[str], cells: Iterable[Sequence[str]]) -> HTML:
    top = "".join(f'<th scope="col">{text}</th>' for text in head)
    first = '<th scope="row" style="font-weight: normal">'
    body = "".join(
        f"<tr>{first}{what}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>" for what, *rest in cells
    )
    return HTML(
        '<div class="pst-scrollable-table-container" tabindex="0">'
        f'<table class="table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )
