"""The templates of pages, with what every page carries inside itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def template(name: str) -> Template:
    """A template that escapes every text given to it."""
    return _environment().get_template(name)


def asset(name: str) -> str:
    """The text of a style or script that stands beside the templates."""
    return (resources.files("tmsmeta.report") / "templates" / name).read_text(encoding="utf-8")


def script_hash(script: str) -> str:
    """What the content security policy of the page calls its one script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("tmsmeta.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
