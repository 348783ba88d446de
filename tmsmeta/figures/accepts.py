"""What each figure draws, and which figure is meant by a result that was given to another one.

Every figure says in its signature what it takes; :func:`check_arguments` holds what it is given against that, before
anything is drawn, so that a result in the wrong place is answered by where it belongs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.words.names import listed

MADE_BY: Mapping[str, str] = {
    "PooledEffect": "tm.pool",
    "CountsEffect": "tm.mantel_haenszel, tm.peto or tm.glmm",
    "Subgroups": "tm.subgroups",
    "MetaRegression": "tm.meta_regression",
    "JointEffect": "tm.joint",
    "ProfileLikelihood": "tm.profile_likelihood",
    "Funnel": "tm.funnel",
    "AsymmetryTest": "tm.egger",
    "LfkIndex": "tm.lfk_index",
    "StudyPower": "tm.study_power",
    "Gosh": "tm.gosh",
    "Multiverse": "tm.multiverse",
    "PValueCurves": "tmsmeta.robustness.sensitivity.p_value_curves",
    "AbsoluteRisk": "tm.risk_per_1000",
    "Contributions": "tm.contributions",
    "PartialOrder": "tm.partial_order",
    "LeagueTable": "tm.league_table",
    "NetHeat": "tm.net_heat",
    "NetworkMeta": "tm.network",
    "ComponentMeta": "tm.components",
    "NetworkGraph": "tm.geometry",
    "Ranking": "tm.rank",
    "SummaryOfFindings": "tm.summary_of_findings",
    "TrialFlow": "tm.trial_flow",
}
"""The results that figures draw, by the name of their class, and what gives them."""

DRAWN_BY: Mapping[str, str] = {
    "EffectSizes": "effects are pooled first, forest(tm.pool(effects)), or drawn by funnel_plot(tm.funnel(effects))",
    "PooledEffect": "forest draws a pooled effect",
    "CountsEffect": "forest draws a pooled effect",
    "Subgroups": "forest draws subgroups",
    "MetaRegression": "bubble_plot draws one moderator; else a meta-regression is a table: .to_frame()",
    "TrimAndFill": "funnel_plot(tm.funnel(...)) shows the studies that trim and fill adds",
    "Funnel": "funnel_plot draws a funnel",
    "AsymmetryTest": "funnel_plot(tm.funnel(effects), egger=...) draws the line of Egger's test",
    "LfkIndex": "doi_plot draws it",
    "StudyPower": "sunset_plot draws it",
    "Gosh": "gosh_plot draws it",
    "Multiverse": "specification_curve draws it",
    "PValueCurves": "drapery_plot draws them",
    "AbsoluteRisk": "icon_array draws a risk",
    "Contributions": "contribution_map draws contributions",
    "PartialOrder": "hasse draws a partial order",
    "LeagueTable": "league_heat draws a league table",
    "NetHeat": "net_heat_map draws it",
    "NetworkMeta": "network_forest and network_graph draw a network",
    "NetworkGraph": "network_graph draws it",
    "Ranking": "rank_effect, rankogram and network_forest draw a ranking, rank_heat those of several outcomes",
    "NotAssessable": "not_assessable_panel draws the reason why there is no result",
    "JointEffect": "borrowing_forest and joint_regions draw it",
    "SummaryOfFindings": "findings_table draws it",
    "TrialFlow": "trial_flow draws it",
    "ProfileLikelihood": "profile_plot draws it",
}
"""Where a result belongs."""

TABLES: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("baujat_plot", "table"): ("tm.baujat", ("study", "x", "y", "stands_out")),
    ("radial_plot", "table"): ("tmsmeta.robustness.sensitivity.radial", ("study", "x", "residual")),
    ("labbe_plot", "table"): ("tm.labbe", ("study", "risk_c", "risk_t", "n_c", "n_t")),
    ("labbe_plot", "curve"): ("tmsmeta.robustness.sensitivity.labbe_curve", ("risk_c", "risk_t")),
    ("influence_panel", "table"): ("tm.influence", ("study", "influential")),
    ("leave_one_out_forest", "table"): ("tm.leave_one_out", ("study", "estimate", "ci_low", "ci_high")),
    ("leave_one_out_pages", "table"): ("tm.leave_one_out", ("study", "estimate", "ci_low", "ci_high")),
    ("cumulative_forest", "table"): ("tm.cumulative", ("study", "estimate", "ci_low", "ci_high")),
    ("cumulative_pages", "table"): ("tm.cumulative", ("study", "estimate", "ci_low", "ci_high")),
    ("coverage_curves", "table"): ("to_frame() of what tm.simulate", ("k",)),
    ("adjusted_funnel", "funnel"): ("tm.comparison_adjusted_funnel", ("treat1", "treat2", "adjusted", "se")),
    ("node_split_forest", "splits"): ("tm.node_split", ("treat1", "treat2", "k", "direct", "indirect", "p_value")),
}
"""Tables that figures draw: what gives them, and columns they have."""

_ALIASES: Mapping[str, tuple[str, ...]] = {"Pool": ("PooledEffect", "CountsEffect")}
_BY_NAME: Mapping[str, tuple[tuple[str, ...], str]] = {
    "Mapping[str, NetworkMeta]": (("NetworkMeta",), "outcomes to networks, as tm.network"),
    "Mapping[str, Ranking]": (("Ranking",), "outcomes to rankings, as tm.rank"),
    "Mapping[str, Pool | NotAssessable]": (
        (*_ALIASES["Pool"], "NotAssessable"),
        "analyses to pooled effects, as tm.pool",
    ),
}
"""Results that a figure draws for several outcomes or analyses at once: their classes, and what gives them."""


def check_arguments(draw: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Hold the arguments of a figure against its signature.

    Raises:
        InvalidInputError: every result or table that the figure does not draw, with what it does, and what draws it.
    """
    issues = []
    for name, parameter in inspect.signature(draw).parameters.items():
        if name in arguments:
            message = _fault(draw.__name__, name, arguments[name], str(parameter.annotation))
            issues += [Issue(None, name, type(arguments[name]).__name__, message)] if message else []
    if issues:
        raise InvalidInputError(issues, f"{draw.__name__} cannot draw this")


def _fault(figure: str, name: str, value: Any, annotation: str) -> str:
    """What is wrong with an argument, or an empty text."""
    if annotation in _BY_NAME:
        several, made = _BY_NAME[annotation]
        good = isinstance(value, Mapping) and all(_is_a(v, several) for v in value.values())
        return "" if good else f"must be a mapping from {made} gives.{_belongs(value)}"
    if annotation.startswith("Iterable["):
        return "" if isinstance(value, Iterable) else f"must be a list.{_belongs(value)}"
    if annotation == "NotAssessable":
        return "" if isinstance(value, NotAssessable) else f"must be a NotAssessable, a reason.{_belongs(value)}"
    words = annotation.split(" | ")
    kinds = [kind for word in words for kind in _ALIASES.get(word, (word,)) if kind[:1].isupper()]
    if value is None and "None" in words:
        return ""
    if "pd.DataFrame" in words and (figure, name) in TABLES:
        return _table_fault(value, *TABLES[figure, name])
    if (
        not set(kinds) & set(MADE_BY)
        or _is_a(value, kinds)
        or ("NotAssessable" in words and isinstance(value, NotAssessable))
    ):
        return ""
    sources = [f"{kind} ({MADE_BY[kind]})" for kind in kinds if kind in MADE_BY]
    return f"must be one of: {'; '.join(sources)}.{_belongs(value)}"


def _table_fault(value: Any, maker: str, columns: tuple[str, ...]) -> str:
    wanted = f"must be the table that {maker} gives, with the columns {', '.join(columns)}."
    if not (hasattr(value, "columns") and hasattr(value, "iloc")):
        return f"{wanted}{_belongs(value)}"
    missing = [column for column in columns if column not in value.columns]
    return f"{wanted} It lacks {listed(missing)}." if missing else ""


def _is_a(value: Any, kinds: Iterable[str]) -> bool:
    return bool({kind.__name__ for kind in type(value).__mro__} & set(kinds))


def _belongs(value: Any) -> str:
    """Where a result belongs, with a blank before it; empty for anything else."""
    known = (DRAWN_BY[kind.__name__] for kind in type(value).__mro__ if kind.__name__ in DRAWN_BY)
    return "".join(f" ({text})" for text in [next(known, "")] if text)
