"""Settings of the documentation: ``make docs`` builds it offline into ``docs/_build/html``, warnings being errors."""

from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for the pages that are made when the documentation is built
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # kernels are many and small
os.environ |= {
    "TERM": "dumb",
    "COLUMNS": "88",
    "NO_COLOR": "1",
    "TTY_INTERACTIVE": "0",  # a kernel says that it is a terminal, in which bars would move
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}  # what commands print is plain text
os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
)  # where `tmsmeta` is
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])

from audit_pages import write_audit  # noqa: E402
from docutils import nodes  # noqa: E402
from pages import MADE, write_gallery, write_pages  # noqa: E402

import tmsmeta  # noqa: E402

project = "tmsmeta"
author = "The tmsmeta developers"
copyright = "The tmsmeta developers"
version = release = tmsmeta.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "myst_nb",
    "mathml",
    "answers",
]
exclude_patterns = ["_build", "gallery/*.py", "jupyter_execute", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "attrs_inline", "smartquotes"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # a cache knows the cells of a page, not the library that they call
nb_execution_raise_on_error = True
nb_execution_excludepatterns = ["made/notebooks/*"]  # as they are kept, with their outputs
nb_execution_timeout = 300
nb_merge_streams = True

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False

copybutton_prompt_text = r">>> |\.\.\. "  # what is copied of an example can be pasted
copybutton_prompt_is_regexp = True

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "tmsmeta"
html_static_path = ["_static"]
html_css_files = ["tmsmeta.css"]
html_js_files = ["tmsmeta.js"]
html_extra_path = ["made/extra"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "navigation_with_keys": False,
}

write_pages()
write_gallery()
write_audit(MADE / "audit", MADE / "extra")


def skip_fields(app: Any, kind: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Fields of a named tuple stand under its attributes already."""
    return True if (inspect.getdoc(member) or "").startswith("Alias for field number") else None


def name_defaults(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A default that is made anew for each object is no Python, and spoils how all types of the signature are shown."""
    return signature and signature.replace("<factory>", "..."), returned


_CODE = (nodes.literal, nodes.FixedTextElement, nodes.math)
_PERCENT = re.compile(r"(?:(?<=\d)|^)\s%")


def keep_percent(app: Any, doctree: Any) -> None:
    """No line ends between a number and its percent sign; what is code stays as it is typed."""
    for text in list(doctree.findall(nodes.Text)):
        if _PERCENT.search(text) and not isinstance(text.parent, _CODE):
            text.parent.replace(text, nodes.Text(_PERCENT.sub("\N{NO-BREAK SPACE}%", text)))


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def wrap_sentences(app: Any, doctree: Any, page: str) -> None:
    """Commands end where the page does, and so does what a cell prints in lines that its console would not hold."""
    for block in doctree.findall(nodes.literal_block):
        text = _COLOURS.sub("", block.astext())
        long = max(map(len, text.splitlines()), default=0) > int(os.environ["COLUMNS"])
        if text.startswith("!") or ("output" in block["classes"] and long and "│" not in text):
            block["classes"].append("sentences")


_WORDLESS = re.compile(r"<th(\s[^>]*)?>(?:\s|&nbsp;|\xa0|</?p>)*</th>")


def mend_markup(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """What screen readers stumble over: lists of definitions without terms, and headings without words.

    Sphinx writes parameters of a signature on several lines as such a list; pandas, its styles
    and Markdown leave the corner of a table empty.
    """
    found = re.compile(
        r'<dl>\n((?:<dd>(?:<em class="sig-param">|<span class="optional">).*?</dd>\n?)+)</dl>', re.DOTALL
    )
    if "body" in context:
        mended = found.sub(lambda parts: f'<div class="sig-params">\n{_lines(parts[1])}</div>', context["body"])
        context["body"] = _WORDLESS.sub(r"<td\1></td>", mended)


def _lines(parameters: str) -> str:
    return parameters.replace("<dd>", "<div>").replace("</dd>", "</div>")


def setup(app: Any) -> None:
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("autodoc-process-signature", name_defaults)
    app.connect("doctree-read", keep_percent, priority=100)  # before titles are collected
    app.connect("doctree-resolved", wrap_sentences)
    app.connect("html-page-context", mend_markup)
