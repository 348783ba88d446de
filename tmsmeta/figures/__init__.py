"""Figures for papers: each takes result objects and, if wanted, an ``Axes``; each returns the ``Axes``.

Figures read numbers and compute none. :func:`save` writes them, the same bytes on every run.
"""

from tmsmeta.figures.forest import forest
from tmsmeta.figures.network_graph import network_graph
from tmsmeta.figures.saving import save, to_bytes, to_svg

__all__ = ["forest", "network_graph", "save", "to_bytes", "to_svg"]
