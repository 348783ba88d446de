"""Network meta-analysis: fit, rank, test for inconsistency, and trace where the evidence comes from."""

from tmsmeta.networks.answers.consistency import Decomposition, QPart, decompose
from tmsmeta.networks.answers.contributions import Contributions, contributions
from tmsmeta.networks.answers.evidence_flow import EvidenceFlow, evidence_flow, hat_matrix, leverage
from tmsmeta.networks.answers.funnel import comparison_adjusted_funnel, pseudo_limits
from tmsmeta.networks.answers.graph import NetworkGraph, geometry
from tmsmeta.networks.answers.league import LeagueTable, league_table
from tmsmeta.networks.answers.net_heat import NetHeat, net_heat
from tmsmeta.networks.answers.node_split import node_split
from tmsmeta.networks.answers.partial_order import PartialOrder, partial_order
from tmsmeta.networks.answers.ranking import Ranking, p_scores, rank
from tmsmeta.networks.answers.support import EvidencePath, Linkage, linkage, supports
from tmsmeta.networks.entry import network, network_data, network_from_contrasts
from tmsmeta.networks.input.data import Exclusion, NetworkData
from tmsmeta.networks.input.independent_contrasts import sums
from tmsmeta.networks.model.components import ComponentMeta, components
from tmsmeta.networks.model.covariate import NetworkRegression, network_regression
from tmsmeta.networks.model.mantel_haenszel import network_mh
from tmsmeta.networks.model.many import BatchFit, bootstrap_network, fit_batch
from tmsmeta.networks.model.result import NetworkMeta, fit_network
from tmsmeta.networks.model.simulation import NetworkSimulation, simulate_network
from tmsmeta.networks.report import NetworkReport, network_report
from tmsmeta.networks.spec import ARM_MEASURES, NetworkSpec, ZeroRule

__all__ = [
    "ARM_MEASURES",
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
    "sums",
    "supports",
]
