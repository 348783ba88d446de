"""Network meta-analysis: fit, rank, test for inconsistency, and trace where the evidence comes from.

The package is callable: ``tmsmeta.network(arms, measure="OR", reference="sham")`` is
:func:`tmsmeta.network.analysis.network`, and ``tmsmeta.network.rank(net)`` and the rest live beside it.
"""

import sys
from types import ModuleType
from typing import Any

from tmsmeta.network.analysis import fit_network, network, network_data, network_from_contrasts
from tmsmeta.network.arms import ZeroRule
from tmsmeta.network.consistency import Decomposition, QPart, decompose
from tmsmeta.network.contribution import Contributions, contributions
from tmsmeta.network.data import Exclusion, NetworkData
from tmsmeta.network.flow import EvidenceFlow, evidence_flow, hat_matrix, leverage
from tmsmeta.network.heat import NetHeat, net_heat
from tmsmeta.network.order import PartialOrder, partial_order
from tmsmeta.network.ranking import Ranking, p_scores, rank
from tmsmeta.network.result import NetworkMeta
from tmsmeta.network.spec import NetworkSpec
from tmsmeta.network.split import node_split

__all__ = [
    "Contributions",
    "Decomposition",
    "EvidenceFlow",
    "Exclusion",
    "NetHeat",
    "NetworkData",
    "NetworkMeta",
    "NetworkSpec",
    "PartialOrder",
    "QPart",
    "Ranking",
    "ZeroRule",
    "contributions",
    "decompose",
    "evidence_flow",
    "fit_network",
    "hat_matrix",
    "leverage",
    "net_heat",
    "network",
    "network_data",
    "network_from_contrasts",
    "node_split",
    "p_scores",
    "partial_order",
    "rank",
]


class _CallablePackage(ModuleType):
    """A package that forwards calls to :func:`network`, because function and package share their name."""

    def __call__(self, arms: Any, *, measure: str, reference: str, **options: Any) -> NetworkMeta:
        return network(arms, measure=measure, reference=reference, **options)


_CallablePackage.__call__.__doc__ = network.__doc__
sys.modules[__name__].__class__ = _CallablePackage
