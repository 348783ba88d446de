"""Figures for papers: each takes result objects and, if wanted, an ``Axes``; each returns the ``Axes``.

Figures read numbers and compute none. :func:`save` writes them, the same bytes on every run.
"""

from tmsmeta.figures.adjusted_funnel import adjusted_funnel
from tmsmeta.figures.claim_panel import claim_panel
from tmsmeta.figures.contribution_map import contribution_map
from tmsmeta.figures.coverage import coverage_curves
from tmsmeta.figures.drapery import drapery_plot
from tmsmeta.figures.forest import forest
from tmsmeta.figures.funnel import funnel_plot
from tmsmeta.figures.gosh_plot import gosh_plot
from tmsmeta.figures.hasse import hasse
from tmsmeta.figures.icon_array import icon_array
from tmsmeta.figures.influence_panel import influence_panel
from tmsmeta.figures.league_heat import league_heat
from tmsmeta.figures.net_heat_map import net_heat_map
from tmsmeta.figures.network_forest import network_forest, node_split_forest
from tmsmeta.figures.network_graph import network_graph
from tmsmeta.figures.patient_summary import patient_summary
from tmsmeta.figures.rank_effect import rank_effect
from tmsmeta.figures.rankogram import rankogram
from tmsmeta.figures.saving import save, to_bytes, to_svg
from tmsmeta.figures.scatter import baujat_plot, labbe_plot, not_assessable_panel, radial_plot
from tmsmeta.figures.series_forest import cumulative_forest, leave_one_out_forest
from tmsmeta.figures.specification_curve import specification_curve
from tmsmeta.figures.two_outcomes import two_outcomes

__all__ = [
    "adjusted_funnel",
    "baujat_plot",
    "claim_panel",
    "contribution_map",
    "coverage_curves",
    "cumulative_forest",
    "drapery_plot",
    "forest",
    "funnel_plot",
    "gosh_plot",
    "hasse",
    "icon_array",
    "influence_panel",
    "labbe_plot",
    "league_heat",
    "leave_one_out_forest",
    "net_heat_map",
    "network_forest",
    "network_graph",
    "node_split_forest",
    "not_assessable_panel",
    "patient_summary",
    "radial_plot",
    "rank_effect",
    "rankogram",
    "save",
    "specification_curve",
    "to_bytes",
    "to_svg",
    "two_outcomes",
]
