"""Checks that several tests of network figures share: texts that cover each other or leave the paper."""

from __future__ import annotations

from figure_helpers import outside, overlapping
from matplotlib.text import Text


def assert_no_text_overlaps(drawn, slack=1.5):
    """No two texts share more than `slack` pixels in both directions (boxes hold room for descenders)."""
    assert overlapping(drawn, slack) == []


def assert_inside(drawn, slack=1.0):
    """Every text lies on the paper."""
    assert outside(drawn, slack) == []


def by_gid(drawn, gid):
    """The one artist of that name."""
    found = drawn.findobj(lambda a: a.get_gid() == gid)
    assert len(found) == 1, (gid, len(found))
    return found[0]


def texts_of(drawn, gid):
    """Texts of that name, in the order drawn."""
    return [t.get_text() for t in drawn.findobj(lambda a: isinstance(a, Text) and a.get_gid() == gid)]
