"""The templates of pages, with what every page carries inside itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from tmsmeta.report.glossed import glossed

if TYPE_CHECKING:
    from jinja2 import Environment, Template


@dataclass(frozen=True, kw_only=True)
class PagePart:
    """A section that brings its own style, script and data.

    Attributes:
        html: the whole ``<section>``, escaped already.
        css: goes to the end of the page's style.
        script: a script of its own, with its own hash in the page's policy.
        data: JSON, in a block of type ``application/json`` with the id `data_id`.
        data_id: where the script looks for it.
    """

    html: str
    css: str
    script: str
    data: str
    data_id: str


def json_block(text: str) -> Markup:
    """JSON that no text in it can end: ``<`` stands there as an escape, which JSON reads as the same sign."""
    return Markup(text.replace("<", "\\u003c"))


def template(name: str) -> Template:
    """A template that escapes every text given to it."""
    return _environment().get_template(name)


@cache
def asset(name: str, folder: str = "templates") -> str:
    """The text of a style, script or piece of markup that stands beside the templates, or in another `folder` here."""
    return (resources.files("tmsmeta.report") / folder / name).read_text(encoding="utf-8")


def joined(names: Sequence[str]) -> str:
    """Several of them as one."""
    return "\n".join(asset(name) for name in names)


def script_hash(script: str) -> str:
    """What the content security policy of the page calls a script of it."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("tmsmeta.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["glossed"] = glossed
    return made
