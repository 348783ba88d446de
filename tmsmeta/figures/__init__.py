"""Figures for papers: each takes result objects and, if wanted, an ``Axes``; each returns the ``Axes``.

Figures read numbers and compute none. :func:`save` writes them, the same bytes on every run.
"""

from tmsmeta.figures.caption import caption
from tmsmeta.figures.claim_panel import claim_pages, claim_panel
from tmsmeta.figures.findings_table import findings_table
from tmsmeta.figures.flow import prisma_flow, trial_flow
from tmsmeta.figures.network.adjusted_funnel import adjusted_funnel
from tmsmeta.figures.network.contribution_map import contribution_map
from tmsmeta.figures.network.hasse import hasse
from tmsmeta.figures.network.league_heat import league_heat
from tmsmeta.figures.network.net_heat_map import net_heat_map
from tmsmeta.figures.network.network_forest import network_forest
from tmsmeta.figures.network.network_graph import network_graph
from tmsmeta.figures.network.node_split_forest import node_split_forest
from tmsmeta.figures.network.rank_effect import rank_effect
from tmsmeta.figures.network.rank_heat import rank_heat
from tmsmeta.figures.network.rankogram import rankogram
from tmsmeta.figures.network.two_outcomes import two_outcomes
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.pairwise.baujat import baujat_plot
from tmsmeta.figures.pairwise.bubble_plot import bubble_plot
from tmsmeta.figures.pairwise.coverage import coverage_curves
from tmsmeta.figures.pairwise.doi_plot import doi_plot
from tmsmeta.figures.pairwise.drapery import drapery_plot
from tmsmeta.figures.pairwise.forest import forest, forest_pages
from tmsmeta.figures.pairwise.funnel import funnel_plot
from tmsmeta.figures.pairwise.gosh_plot import gosh_plot
from tmsmeta.figures.pairwise.icon_array import icon_array
from tmsmeta.figures.pairwise.influence_panel import influence_panel
from tmsmeta.figures.pairwise.joint_plots import borrowing_forest, joint_regions
from tmsmeta.figures.pairwise.labbe import labbe_plot
from tmsmeta.figures.pairwise.patient_summary import patient_summary
from tmsmeta.figures.pairwise.profile_plot import profile_plot
from tmsmeta.figures.pairwise.radial import radial_plot
from tmsmeta.figures.pairwise.risk_of_bias_plots import risk_of_bias, risk_of_bias_summary
from tmsmeta.figures.pairwise.sensitivity_forest import sensitivity_forest, sensitivity_pages
from tmsmeta.figures.pairwise.series_forest import (
    cumulative_forest,
    cumulative_pages,
    leave_one_out_forest,
    leave_one_out_pages,
)
from tmsmeta.figures.pairwise.specification_curve import specification_curve
from tmsmeta.figures.pairwise.sunset_plot import sunset_plot
from tmsmeta.figures.saving import save, to_bytes, to_svg
from tmsmeta.words.svg import inline_svg

__all__ = [
    "adjusted_funnel",
    "baujat_plot",
    "borrowing_forest",
    "bubble_plot",
    "caption",
    "claim_pages",
    "claim_panel",
    "contribution_map",
    "coverage_curves",
    "cumulative_forest",
    "cumulative_pages",
    "doi_plot",
    "drapery_plot",
    "findings_table",
    "forest",
    "forest_pages",
    "funnel_plot",
    "gosh_plot",
    "hasse",
    "icon_array",
    "influence_panel",
    "inline_svg",
    "joint_regions",
    "labbe_plot",
    "league_heat",
    "leave_one_out_forest",
    "leave_one_out_pages",
    "net_heat_map",
    "network_forest",
    "network_graph",
    "node_split_forest",
    "not_assessable_panel",
    "patient_summary",
    "prisma_flow",
    "profile_plot",
    "radial_plot",
    "rank_effect",
    "rank_heat",
    "rankogram",
    "risk_of_bias",
    "risk_of_bias_summary",
    "save",
    "sensitivity_forest",
    "sensitivity_pages",
    "specification_curve",
    "sunset_plot",
    "to_bytes",
    "to_svg",
    "trial_flow",
    "two_outcomes",
]
