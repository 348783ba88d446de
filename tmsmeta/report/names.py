"""Names of files."""

from __future__ import annotations

import re


def file_name(outcome: str) -> str:
    """An outcome as part of a file name: letters, digits and underscores only."""
    return re.sub(r"\W+", "_", outcome).strip("_") or "outcome"
