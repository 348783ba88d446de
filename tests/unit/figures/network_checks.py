"""Checks that several tests of network figures share: texts that cover each other or leave the paper."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def shown_texts(drawn):
    """Visible, non-empty texts of a figure and their boxes in pixels."""
    figure = drawn.figure.figure
    if not hasattr(figure.canvas, "get_renderer"):
        FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and _drawn(t)]
    # of an annotation the text alone, without its line
    return [(t, Text.get_window_extent(t, renderer)) for t in texts]


def _drawn(text):
    return text.axes is None or text.axes.axison or text not in _axis_texts(text.axes)


def _axis_texts(axes):
    return {*axes.xaxis.findobj(Text), *axes.yaxis.findobj(Text)}


def assert_no_text_overlaps(drawn, slack=1.5):
    """No two texts share more than `slack` pixels in both directions (boxes hold room for descenders)."""
    faults = []
    for (a, box_a), (b, box_b) in combinations(shown_texts(drawn), 2):
        across = min(box_a.x1, box_b.x1) - max(box_a.x0, box_b.x0)
        up = min(box_a.y1, box_b.y1) - max(box_a.y0, box_b.y0)
        if across > slack and up > slack:
            faults.append((a.get_text(), b.get_text(), round(across, 1), round(up, 1)))
    assert not faults, faults


def assert_inside(drawn, slack=1.0):
    """Every text lies on the paper."""
    found = shown_texts(drawn)
    figure = found[0][0].figure.figure
    paper = figure.bbox
    faults = [
        (t.get_text(), box.bounds)
        for t, box in found
        if box.x0 < -slack or box.y0 < -slack or box.x1 > paper.x1 + slack or box.y1 > paper.y1 + slack
    ]
    assert not faults, faults


def by_gid(drawn, gid):
    """The one artist of that name."""
    found = drawn.findobj(lambda a: a.get_gid() == gid)
    assert len(found) == 1, (gid, len(found))
    return found[0]


def texts_of(drawn, gid):
    """Texts of that name, in the order drawn."""
    return [t.get_text() for t in drawn.findobj(lambda a: isinstance(a, Text) and a.get_gid() == gid)]
