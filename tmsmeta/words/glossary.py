"""What the short names of options and models are called in print: figures, tables and reports have no code words."""

from __future__ import annotations

import re


def without_code(message: str) -> str:
    """A message as people read it who do not call functions: without the options in brackets."""
    return re.sub(r" \([^()]*`[^()]*\)", "", message)
