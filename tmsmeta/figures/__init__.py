"""Figures for papers: each takes result objects and, if wanted, an ``Axes``; each returns the ``Axes``.

Figures read numbers and compute none. :func:`save` writes them, the same bytes on every run.
"""

from tmsmeta.figures.claim_panel import claim_panel
from tmsmeta.figures.coverage import coverage_curves
from tmsmeta.figures.drapery import drapery_plot
from tmsmeta.figures.forest import forest
from tmsmeta.figures.funnel import funnel_plot
from tmsmeta.figures.gosh_plot import gosh_plot
from tmsmeta.figures.icon_array import icon_array
from tmsmeta.figures.influence_panel import influence_panel
from tmsmeta.figures.network_graph import network_graph
from tmsmeta.figures.patient_summary import patient_summary
from tmsmeta.figures.saving import save, to_bytes, to_svg
from tmsmeta.figures.scatter import baujat_plot, labbe_plot, not_assessable_panel, radial_plot
from tmsmeta.figures.series_forest import cumulative_forest, leave_one_out_forest
from tmsmeta.figures.specification_curve import specification_curve

__all__ = [
    "baujat_plot",
    "claim_panel",
    "coverage_curves",
    "cumulative_forest",
    "drapery_plot",
    "forest",
    "funnel_plot",
    "gosh_plot",
    "icon_array",
    "influence_panel",
    "labbe_plot",
    "leave_one_out_forest",
    "network_graph",
    "not_assessable_panel",
    "patient_summary",
    "radial_plot",
    "save",
    "specification_curve",
    "to_bytes",
    "to_svg",
]
