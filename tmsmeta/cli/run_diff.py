"""``tmsmeta diff``: what changed between two versions of a review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.cli.console import print_json, progress, say

if TYPE_CHECKING:
    from tmsmeta.review.diff import ReviewDiff


def diff(old: Path, new: Path, as_json: bool) -> None:
    """Compare two folders and show what changed."""
    from tmsmeta.review.diff import compare, read_side

    with progress(2) as step:
        step(f"Earlier: {old}")
        before = read_side(old)
        step(f"Later: {new}")
        after = read_side(new)
    found = compare(before, after)
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)


def show(found: ReviewDiff) -> None:
    """The changes under their headings."""
    say(f"From {found.old}\nto {found.new}:")
    say(found.result_sentence())
    for heading, lines in found.sections():
        say(f"\n{heading}")
        for line in lines:
            say(f"  - {line}")
