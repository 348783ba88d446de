"""A table for readers as Markdown, LaTeX and HTML.

The HTML is plain enough to be opened in a word processor, or pasted into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from tmsmeta.provenance import escape_tex
from tmsmeta.words.markdown import markdown_table, markdown_text
from tmsmeta.words.signs import printable

if TYPE_CHECKING:
    from tmsmeta.words.tables import ReaderTable

_SIDE = ' style="padding:.15em .6em;text-align:{}{}"'


def titled_markdown(t: ReaderTable) -> str:
    """A table for Markdown, with its title above and its notes below."""
    parts = [f"**{markdown_text(t.title)}**", markdown_table(t.head, t.rows, t.right), *map(markdown_text, t.notes)]
    return "\n\n".join(parts)


def tex_table(t: ReaderTable) -> str:
    """A table for LaTeX, which needs the package booktabs; columns of sentences wrap."""
    sides = "".join(f"p{{{c.wraps:g}\\textwidth}}" if c.wraps else "r" if c.right else "l" for c in t.columns)
    lines = [f"{' & '.join(map(tex_text, line))} \\\\" for line in (t.head, *t.rows)]
    notes = [f"\\par\\smallskip\\footnotesize {tex_text(note)}" for note in t.notes]
    body = ["\\toprule", lines[0], "\\midrule", *lines[1:], "\\bottomrule", "\\end{tabular}", *notes]
    start = ["\\begin{table}", f"\\caption{{{tex_text(t.title)}}}", "\\centering", f"\\begin{{tabular}}{{{sides}}}"]
    return "\n".join([*start, *body, "\\end{table}"])


def tex_text(text: str) -> str:
    """Text for LaTeX; a bracket at the start of a row would be read as an option of the row before."""
    return escape_tex(printable(text)).replace("<", r"\textless{}").replace(">", r"\textgreater{}").replace("[", "{[}")


def _html(text: str) -> str:
    return escape(printable(text))


def html_table(t: ReaderTable) -> str:
    """A table as HTML whose few styles stand in its cells, so that a word processor keeps them."""

    def line(cells: Sequence[str], tag: str, border: str) -> str:
        sides = ["right" if place in t.right else "left" for place in range(len(cells))]
        made = (
            f"<{tag}{_SIDE.format(side, border)}>{_html(cell)}</{tag}>" for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    rows = t.rows
    body = [line(cells, "td", ";border-bottom:1px solid" if i == len(rows) else "") for i, cells in enumerate(rows, 1)]
    head = line(t.head, "th", ";border-top:1px solid;border-bottom:1px solid;vertical-align:bottom")
    notes = [f"<p>{_html(note)}</p>" for note in t.notes]
    return "\n".join(
        [
            '<table style="border-collapse:collapse">',
            f'<caption style="text-align:left;padding-bottom:.4em">{_html(t.title)}</caption>',
            f"<thead>{head}</thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
            *notes,
        ]
    )
