"""The JSON schema of ``results.json``."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def results_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) that every ``results.json`` of this version follows.

    Returns:
        The schema as a mapping.

    Example:
        >>> import tmsmeta as tm
        >>> tm.report.results_schema()["$schema"]
        'https://json-schema.org/draft/2020-12/schema'
    """
    text = (resources.files("tmsmeta.report") / "results.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
