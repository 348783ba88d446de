"""Comparison-adjusted funnel: trial effects around their comparison's mean, for small-study effects in a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from tmsmeta.errors import InvalidInputError, Issue, check_level, check_option
from tmsmeta.networks.input.labels import find
from tmsmeta.networks.model.components import ComponentMeta
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd

CENTRE = ("direct", "network")


@answerable
def comparison_adjusted_funnel(
    net: NetworkMeta, order: Sequence[str] | None = None, *, centre: str = "direct"
) -> pd.DataFrame:
    """Coordinates of the comparison-adjusted funnel.

    Args:
        net: a fitted network.
        order: all treatments, from the one that small trials are expected to favour least (sham, the older one) to
            the one they favour most. Without a sensible order the plot has no meaning; by default the reference
            comes first and the others follow by label.
        centre: subtract the pooled ``direct`` estimate of the comparison, or the ``network`` estimate.

    Returns:
        Table ``study treat1 treat2 estimate se centre adjusted arms``: treat1, the later in `order`, against treat2,
        on the scale of the measure; ``adjusted`` is ``estimate - centre``.

    Raises:
        InvalidInputError: `order` that lacks a treatment or names an unknown one.
        UnknownOptionError: `centre` outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPXPY"), "events": [3, 9, 4, 17, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> table = tm.comparison_adjusted_funnel(net, ["P", "X", "Y"])
        >>> print(table[["study", "treat1", "treat2", "adjusted"]].round(2).head(2).to_string(index=False))
        study treat1 treat2  adjusted
            A      X      P     -0.44
            B      X      P      0.35

    References:
        Chaimani & Salanti, Res Synth Methods 2012;3:161.
    """
    import pandas as pd

    check_network(net, ComponentMeta)
    check_option("centre", centre, CENTRE)
    chosen = [find(t, net.treatments) or str(t) for t in order] if order is not None else _default_order(net)
    if sorted(chosen) != sorted(net.treatments):
        allowed = ", ".join(net.treatments)
        raise InvalidInputError(Issue(None, "order", chosen, f"must name each treatment once: {allowed}."))
    pairs, d = net.data.pairs, net.direct
    place = np.array([chosen.index(t) for t in net.treatments])
    middle = d.estimate[d.of_pair] if centre == "direct" else net.effect_matrix[pairs.i, pairs.j]
    turn = np.where(place[pairs.i] > place[pairs.j], 1.0, -1.0)
    names = np.array(net.treatments, dtype=object)
    later, earlier = np.where(turn > 0, pairs.i, pairs.j), np.where(turn > 0, pairs.j, pairs.i)
    return pd.DataFrame(
        {
            "study": np.array(net.data.studies, dtype=object)[pairs.study],
            "treat1": names[later],
            "treat2": names[earlier],
            "estimate": turn * pairs.y,
            "se": np.sqrt(pairs.variance),
            "centre": turn * middle,
            "adjusted": turn * (pairs.y - middle),
            "arms": net.data.arms_per_study[pairs.study],
        }
    )


@answerable
def pseudo_limits(funnel: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Where trials would lie with sampling error alone: table ``se low high`` around 0, from se 0 to the largest.

    Args:
        funnel: what :func:`comparison_adjusted_funnel` returned.
        level: share of the trials between the limits.

    Returns:
        The table, its limits symmetric around 0.

    Raises:
        InvalidInputError: another table, or a level outside 0 to 1.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPXPY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> limits = tm.networks.pseudo_limits(tm.comparison_adjusted_funnel(net, ["P", "X", "Y"]))
        >>> print(limits.round(2).to_string(index=False))
          se   low  high
        0.00  0.00  0.00
        0.73 -1.43  1.43
    """
    import pandas as pd

    if "se" not in getattr(funnel, "columns", ()):
        message = "must be the table that comparison_adjusted_funnel() gives."
        raise InvalidInputError(Issue(None, "funnel", type(funnel).__name__, message))
    check_level(level)
    se = np.array([0.0, float(funnel["se"].max())])
    half = ndtri(0.5 + level / 2) * se
    return pd.DataFrame({"se": se, "low": 0.0 - half, "high": half})


def _default_order(net: NetworkMeta) -> list[str]:
    return [net.reference, *(t for t in net.treatments if t != net.reference)]
