"""Node-splitting: direct against indirect evidence, comparison by comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.networks.input.data import part_codes
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("back-calculation", "side-splitting")
SHOW = ("all", "direct", "both")
KINDS = ("direct", "indirect", "network")
ALL_DIRECT = 1 - 1e-9
"""A direct share above this is 1 but for rounding: nothing indirect is left."""


class _Split(NamedTuple):
    """Estimates and standard errors, each of shape (e,), NaN where there is no such evidence."""

    direct: Floats
    direct_se: Floats
    indirect: Floats
    indirect_se: Floats
    difference: Floats
    difference_se: Floats


@answerable
def node_split(net: NetworkMeta, *, method: str = "back-calculation", show: str = "all") -> pd.DataFrame:
    """Direct against indirect evidence for every comparison, at the network's tau2.

    Args:
        net: a fitted network.
        method: ``back-calculation`` takes the direct pool out of the network estimate and treats the two as
            independent; exact for networks of two-arm trials. ``side-splitting`` gives the trials of the comparison a
            parameter of their own, half of it on either side, which stays exact with multi-arm trials.
        show: ``all`` comparisons, those with ``direct`` evidence, or those with ``both`` kinds.

    Returns:
        Table ``treat1 treat2 k direct direct_se indirect indirect_se network network_se difference difference_se
        p_value direct_share note``, then ``<kind>_low <kind>_high`` for direct, indirect and network; treat1 against
        treat2 on the scale of the measure (ratios logged), ``k`` trials with both arms, ``direct_share`` from 0 to 1,
        ``difference`` direct minus indirect. ``note`` says why a cell is empty; a comparison without both kinds of
        evidence reads "cannot be tested", and one whose indirect evidence comes from the multi-arm trials that compare
        the two directly reads "no independent loop". Limits are those of the network's level and quantile.

    Raises:
        InvalidInputError: something else than a fitted network.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> table = tm.node_split(net)[["treat1", "treat2", "direct", "indirect", "p_value"]]
        >>> print(table.round(2).to_string(index=False))
        treat1 treat2  direct  indirect  p_value
             X      P    1.35      1.01     0.76
             Y      P    1.33      1.67     0.76
             X      Y   -0.32      0.02     0.76

    References:
        Back-calculation: König, Krahn & Binder, Stat Med 2013;32:5414; side-splitting: Dias et al., Stat Med
        2010;29:932, with both sides moved as in White, Stata J 2015;15:951.
    """
    import pandas as pd

    check_network(net)
    check_option("method", method, METHODS)
    check_option("show", show, SHOW)
    i, j, trials = _comparisons(net, show)
    estimate, variance = net.effect_matrix[i, j], net.variance_matrix[i, j]
    share = net.direct.share(net.variance_matrix)[i, j]
    split = (_back_calculated if method == "back-calculation" else _side_split)(net, i, j, trials)
    names = np.array(net.treatments, dtype=object)
    columns: dict[str, Any] = {
        "treat1": names[i],
        "treat2": names[j],
        "k": trials,
        "direct": split.direct,
        "direct_se": split.direct_se,
        "indirect": split.indirect,
        "indirect_se": split.indirect_se,
        "network": estimate,
        "network_se": np.sqrt(variance),
        "difference": split.difference,
        "difference_se": split.difference_se,
        "p_value": 2 * ndtr(-np.abs(split.difference / split.difference_se)),
        "direct_share": share,
        "note": _notes(net, i, j, trials, split),
    }
    for kind in KINDS:
        half = net.critical * columns[f"{kind}_se"]
        columns[f"{kind}_low"], columns[f"{kind}_high"] = columns[kind] - half, columns[kind] + half
    frame = pd.DataFrame(columns)
    return frame[frame["difference"].notna()].reset_index(drop=True) if show == "both" else frame


def _comparisons(net: NetworkMeta, show: str) -> tuple[Integers, Integers, Integers]:
    """Pairs and their trials; the reference always stands second, so that its effects read against it."""
    d = net.direct
    i, j = (d.i, d.j) if show != "all" else np.triu_indices(len(net.treatments), 1)
    swap = i == net.data.reference_index
    return np.where(swap, j, i), np.where(swap, i, j), net.direct_trials[i, j]


def _spread(net: NetworkMeta, values: Floats, i: Integers, j: Integers, *, signed: bool = False) -> Floats:
    """Values of the direct comparisons, NaN for the others; `signed` ones turn with the pair."""
    full = np.full(net.effect_matrix.shape, np.nan)
    full[net.direct.j, net.direct.i] = -values if signed else values
    full[net.direct.i, net.direct.j] = values
    return full[i, j]


def _back_calculated(net: NetworkMeta, i: Integers, j: Integers, trials: Integers) -> _Split:
    direct = _spread(net, net.direct.estimate, i, j, signed=True)
    direct_var = _spread(net, net.direct.variance, i, j)
    estimate, variance = net.effect_matrix[i, j], net.variance_matrix[i, j]
    share = variance / direct_var
    both = share < ALL_DIRECT
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(both, variance / (1 - share), np.nan)
        indirect = np.where(both, (estimate - share * direct) / (1 - share), np.nan)
    none = trials == 0
    indirect, rest = np.where(none, estimate, indirect), np.where(none, variance, rest)
    difference = direct - indirect
    return _Split(direct, np.sqrt(direct_var), indirect, np.sqrt(rest), difference, np.sqrt(direct_var + rest))


def _side_split(net: NetworkMeta, i: Integers, j: Integers, trials: Integers) -> _Split:
    """Add the column of each comparison to the regression, in closed form (Frisch-Waugh)."""
    rows, w, c = net.data.rows, net.fit.weights, net.covariance
    x = rows.dense
    member = np.zeros((len(net.data.studies), len(net.treatments)), dtype=bool)
    member[net.data.arms.study, net.data.arms.treatment] = True
    inside = member[rows.study]
    column = np.where(inside[:, i] & inside[:, j], (x[:, i] - x[:, j]) / 2, 0.0)
    shift = c @ (x.T @ (w[:, None] * column))
    left = column - x @ shift
    information = np.einsum("re,re->e", w[:, None] * column, left)
    enough = information > 1e-9 * np.einsum("re,re->e", w[:, None] * column, column)
    with np.errstate(divide="ignore", invalid="ignore"):
        omega = np.where(enough, (w * net.fit.residuals) @ column / information, np.nan)
        omega_var = np.where(enough, 1 / information, np.nan)
    across = shift[i, np.arange(len(i))] - shift[j, np.arange(len(i))]
    estimate, variance = net.effect_matrix[i, j], net.variance_matrix[i, j]
    indirect, indirect_var = estimate - across * omega, variance + across**2 * omega_var
    none = trials == 0
    return _Split(
        direct=np.where(
            none | enough, estimate + (1 - across) * omega, _spread(net, net.direct.estimate, i, j, signed=True)
        ),
        direct_se=np.sqrt(
            np.where(none | enough, variance + (1 - across) ** 2 * omega_var, _spread(net, net.direct.variance, i, j))
        ),
        indirect=np.where(none, estimate, indirect),
        indirect_se=np.sqrt(np.where(none, variance, indirect_var)),
        difference=omega,
        difference_se=np.sqrt(omega_var),
    )


def _notes(net: NetworkMeta, i: Integers, j: Integers, trials: Integers, split: _Split) -> list[str]:
    if net.q_inconsistency_df == 0:
        no_indirect = no_direct = f"cannot be tested: {net.no_loop_reason}"
    else:
        no_direct = "cannot be tested: no trial compares the two directly"
        no_indirect = "cannot be tested: all evidence is direct, no independent loop contains the comparison"
    limits = f"; {net.quantile}" if isinstance(net.quantile, NotAssessable) else ""
    missing = np.isnan(split.difference).tolist()
    pairs = net.data.pairs
    several = net.data.arms_per_study[pairs.study] > 2
    in_multi_arm = {frozenset(p) for p in zip(pairs.i[several].tolist(), pairs.j[several].tolist(), strict=True)}
    said = []
    for gap, k, a, b in zip(missing, trials.tolist(), i.tolist(), j.tolist(), strict=True):
        if gap:
            said.append(no_direct if k == 0 else no_indirect)
        else:
            said.append(_within_trials(net, a, b) if {a, b} in in_multi_arm else "")
    return [(reason + limits).removeprefix("; ") for reason in said]


def _within_trials(net: NetworkMeta, i: int, j: int) -> str:
    """What to know of indirect evidence that comes from multi-arm trials that compare the two directly; else blank.

    Without the trials that hold both arms nothing links the two any more, so no loop is independent of the direct
    evidence (van Valkenhoef, Dias, Ades & Welton, Res Synth Methods 2016;7:80).
    """
    data, pairs = net.data, net.data.pairs
    own = np.zeros(len(data.studies), dtype=bool)
    own[pairs.study[((pairs.i == i) & (pairs.j == j)) | ((pairs.i == j) & (pairs.j == i))]] = True
    other = ~own[pairs.study]
    part = part_codes(len(data.treatments), pairs.i[other], pairs.j[other])
    if part[i] == part[j]:
        return ""
    trials = [data.studies[s] for s in np.flatnonzero(own & (data.arms_per_study > 2)).tolist()]
    compare = "compares" if len(trials) == 1 else "compare"
    return f"the indirect side rests on {listed(trials)} too, which {compare} the two directly: no independent loop"
