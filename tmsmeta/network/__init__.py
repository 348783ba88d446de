"""Network meta-analysis: fit, rank, test for inconsistency, and trace where the evidence comes from.

The package is callable: ``tmsmeta.network(arms, measure="OR", reference="sham")`` is
:func:`tmsmeta.network.analysis.network`, and ``tmsmeta.network.rank(net)`` and the rest live beside it.
"""

import sys
from types import ModuleType
from typing import Any

from tmsmeta.network.analysis import fit_network, network, network_data, network_from_contrasts
from tmsmeta.network.arms import ZeroRule
from tmsmeta.network.batch import BatchFit, bootstrap_network, fit_batch
from tmsmeta.network.components import ComponentMeta, components
from tmsmeta.network.consistency import Decomposition, QPart, decompose
from tmsmeta.network.contribution import Contributions, contributions
from tmsmeta.network.covariate import NetworkRegression, network_regression
from tmsmeta.network.data import Exclusion, NetworkData
from tmsmeta.network.flow import EvidenceFlow, evidence_flow, hat_matrix, leverage
from tmsmeta.network.funnel import comparison_adjusted_funnel, pseudo_limits
from tmsmeta.network.graph import NetworkGraph, geometry
from tmsmeta.network.heat import NetHeat, net_heat
from tmsmeta.network.league import LeagueTable, league_table
from tmsmeta.network.links import EvidencePath, Linkage, linkage, supports
from tmsmeta.network.mantel_haenszel import network_mh
from tmsmeta.network.order import PartialOrder, partial_order
from tmsmeta.network.ranking import Ranking, p_scores, rank
from tmsmeta.network.report import NetworkReport, network_report
from tmsmeta.network.result import NetworkMeta
from tmsmeta.network.simulation import NetworkSimulation, simulate_network
from tmsmeta.network.spec import NetworkSpec
from tmsmeta.network.split import node_split

__all__ = [
    "BatchFit",
    "ComponentMeta",
    "Contributions",
    "Decomposition",
    "EvidenceFlow",
    "EvidencePath",
    "Exclusion",
    "LeagueTable",
    "Linkage",
    "NetHeat",
    "NetworkData",
    "NetworkGraph",
    "NetworkMeta",
    "NetworkRegression",
    "NetworkReport",
    "NetworkSimulation",
    "NetworkSpec",
    "PartialOrder",
    "QPart",
    "Ranking",
    "ZeroRule",
    "bootstrap_network",
    "comparison_adjusted_funnel",
    "components",
    "contributions",
    "decompose",
    "evidence_flow",
    "fit_batch",
    "fit_network",
    "geometry",
    "hat_matrix",
    "league_table",
    "leverage",
    "linkage",
    "net_heat",
    "network",
    "network_data",
    "network_from_contrasts",
    "network_mh",
    "network_regression",
    "network_report",
    "node_split",
    "p_scores",
    "partial_order",
    "pseudo_limits",
    "rank",
    "simulate_network",
    "supports",
]


class _CallablePackage(ModuleType):
    """A package that forwards calls to :func:`network`, because function and package share their name."""

    def __call__(self, arms: Any, *, measure: str, reference: str, **options: Any) -> NetworkMeta:
        return network(arms, measure=measure, reference=reference, **options)


_CallablePackage.__call__.__doc__ = network.__doc__
sys.modules[__name__].__class__ = _CallablePackage
