"""Worked answers that are computed: a cell tagged ``answer`` moves into the dropdown that stands before it.

Cells cannot be written inside a dropdown, since a page is cut into cells before its directives are read.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes


def _is_dropdown(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("design_component") == "dropdown"


def _fill_dropdowns(app: Any, doctree: nodes.document) -> None:
    """Move each tagged cell to the end of the dropdown that it follows."""
    cells = [node for node in doctree.findall(nodes.container) if "tag_answer" in node.get("classes", ())]
    for cell in cells:
        siblings = cell.parent.children
        before = siblings[siblings.index(cell) - 1]
        if not _is_dropdown(before):
            raise ValueError(f"{app.env.docname}: a cell tagged 'answer' must follow a dropdown, got {before.tagname}.")
        cell.parent.remove(cell)
        before.append(cell)


def setup(app: Any) -> dict[str, bool]:
    app.connect("doctree-read", _fill_dropdowns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
