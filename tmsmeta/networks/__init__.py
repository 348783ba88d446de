"""Network meta-analysis: fit, rank, test for inconsistency, and trace where the evidence comes from."""

from tmsmeta.networks.arms import ZeroRule
from tmsmeta.networks.batch import BatchFit, bootstrap_network, fit_batch
from tmsmeta.networks.components import ComponentMeta, components
from tmsmeta.networks.consistency import Decomposition, QPart, decompose
from tmsmeta.networks.contributions import Contributions, contributions
from tmsmeta.networks.covariate import NetworkRegression, network_regression
from tmsmeta.networks.data import Exclusion, NetworkData
from tmsmeta.networks.entry import fit_network, network, network_data, network_from_contrasts
from tmsmeta.networks.evidence_flow import EvidenceFlow, evidence_flow, hat_matrix, leverage
from tmsmeta.networks.funnel import comparison_adjusted_funnel, pseudo_limits
from tmsmeta.networks.graph import NetworkGraph, geometry
from tmsmeta.networks.heat import NetHeat, net_heat
from tmsmeta.networks.league import LeagueTable, league_table
from tmsmeta.networks.mantel_haenszel import network_mh
from tmsmeta.networks.partial_order import PartialOrder, partial_order
from tmsmeta.networks.ranking import Ranking, p_scores, rank
from tmsmeta.networks.result import NetworkMeta
from tmsmeta.networks.simulation import NetworkSimulation, simulate_network
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.networks.split import node_split
from tmsmeta.networks.summary_object import NetworkReport, network_report
from tmsmeta.networks.support import EvidencePath, Linkage, linkage, supports

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
