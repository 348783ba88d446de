"""The protocol of a review: what ``review.toml`` says, and the specs that follow from it.

A protocol holds only what its author wrote; everything else has a default, which the functions here fill in and the
methods text states. The keys of a selection, of the pooling and of the network model are the fields of
:class:`~tmsmeta.Selection`, :class:`~tmsmeta.PoolingSpec` and :class:`~tmsmeta.NetworkSpec`, so that a new field of a
spec can be written in every protocol.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from typing_extensions import TypedDict

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.pooling.spec import Interval, PoolingSpec
from tmsmeta.review.selecting.spec import Selection

FORBID = {"extra": "forbid"}
"""What pydantic is told of every part of a protocol: a key that it does not have is a fault."""

Measure = Literal["RR", "OR", "RD", "AS", "PETO"]
NetworkMeasure = Literal["OR", "RR", "RD", "AS"]
ZeroCells = Literal["none", "only0", "if0all", "all"]
Section = Literal["summary", "claims", "trials", "joint", "network", "published"]


def choices_of(spec: type, *, without: tuple[str, ...] = (), **further: Any) -> Any:
    """The fields of a frozen spec as optional keys, with `further` ones, and their types."""
    hints = get_type_hints(spec)
    keys = {f.name: hints[f.name] for f in fields(spec) if f.name not in without}
    make: Any = TypedDict
    made = make(f"{spec.__name__}Choices", keys | further, total=False)
    made.__pydantic_config__ = FORBID
    made.__doc__ = spec.__doc__
    return made


SET_ELSEWHERE = ("measure", "reference", "better", "zero", "duplicate_arms", "comparator_risk")
"""Fields of a network's spec that follow from other parts of the protocol."""

if TYPE_CHECKING:
    SelectionChoices = Mapping[str, Any]
    PoolingChoices = Mapping[str, Any]
    NetworkChoices = Mapping[str, Any]
else:
    SelectionChoices = choices_of(
        Selection,
        without=("outcome", "measure", "control", "lump", "time_point"),
        main=bool,
        outcomes=tuple[str, ...],
        lump=Literal["none", "family"] | dict[str, tuple[str, ...]],
    )
    PoolingChoices = choices_of(PoolingSpec, without=("name", "zero_rule"))
    NetworkChoices = choices_of(NetworkSpec, without=SET_ELSEWHERE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An outcome of the review.

    Attributes:
        label: name in tables and figures; by default that of ``outcomes.csv``.
        better: whether more events are good (``higher``) or bad (``lower``) for the people in the trials; by default
            what ``outcomes.csv`` says, which it must not contradict. It is never guessed.
        time_point: when it is counted, in words; by default that of the review.
        per: absolute effects are given per so many people; by default 100, and 1,000 or more where the outcome is rare.
        people: what people with the outcome do, for sentences such as "of 100 people, 14 respond"; by default they
            "have the outcome", with its name.
        baseline_risk: risk with the control, a fraction between 0 and 1, at which absolute effects are given; by
            default that of the control arms of the trials.
        baseline_source: where that risk is from; must be given with it.
    """

    __pydantic_config__ = FORBID
    label: str = ""
    better: Literal["higher", "lower"] | None = None
    time_point: str = ""
    per: int | None = None
    people: str = ""
    baseline_risk: float | None = None
    baseline_source: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is compared with what.

    Attributes:
        control: the comparator, a treatment of the tables. By default the one that is called a control (sham,
            placebo, control, usual care ...), if there is just one such treatment.
        active: treatments, or families of ``treatments.csv``, that count as active. By default every treatment but
            the control.
        label: what active arms are called together, in figures and sentences.
        control_label: what the control is called; by default its label in ``treatments.csv``.
        every_kind: how a sentence names all active treatments together ("every kind of ..."); by default `label`.
    """

    __pydantic_config__ = FORBID
    control: str = ""
    active: tuple[str, ...] = ()
    label: str = ""
    control_label: str = ""
    every_kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """How trials are pooled.

    Attributes:
        measure: the main measure, for pairwise analyses and networks alike.
        further_measures: measures of sensitivity analyses.
        zero_cells: what is done about zero cells, see :func:`tmsmeta.effects.binary`.
        profile: conventions of a program or guideline, such as ``REVMAN5``, in place of `model`.
        model: fields of :class:`~tmsmeta.PoolingSpec` that differ from its defaults.
    """

    __pydantic_config__ = FORBID
    measure: Measure = "RR"
    further_measures: tuple[Measure, ...] = ("OR", "RD")
    zero_cells: ZeroCells = "only0"
    profile: str = ""
    model: PoolingChoices = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network of treatments.

    Attributes:
        reference: treatment that effects are stated against; by default the control.
        measure: by default the main measure of the pooling.
        lumpings: ways to merge treatments, by name: from the merged name to the treatments in it, or ``"family"`` for
            the families of ``treatments.csv``. The first is that of the main analysis; treatments not named stay as
            they are. By default nothing is merged.
        margin: the smallest difference that matters, on the scale of the analysis (logs for ratios), for the ranking.
        tiers: tiers that join in the network; by default those of the main selection.
        comparator_risk: risk of each comparator at which ratios on another measure are converted, or ``"observed"``
            for the risk in the selected trials. By default they are not converted.
        model: fields of :class:`~tmsmeta.NetworkSpec` that differ from its defaults.
    """

    __pydantic_config__ = FORBID
    reference: str = ""
    measure: NetworkMeasure | None = None
    lumpings: Mapping[str, Literal["family"] | dict[str, tuple[str, ...]]] = field(default_factory=dict)
    margin: float = 0.0
    tiers: tuple[str, ...] = ()
    comparator_risk: Literal["observed"] | dict[str, float] | None = None
    model: NetworkChoices = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Outcomes that are pooled together, so that trials with only one of them inform the others.

    Attributes:
        outcomes: names of at least two outcomes; the widest first where they are nested.
        nested: whether each counts a part of those before it, as deaths from a cause are a part of all deaths; the
            covariance within a trial then follows from the counts.
        correlation: assumed between the estimates of a trial where they are not nested.
        between: values at which the correlation between trials is held in sensitivity analyses.
    """

    __pydantic_config__ = FORBID
    outcomes: tuple[str, ...] = ()
    nested: bool = False
    correlation: float | None = None
    between: tuple[float, ...] = (0.0, 0.5, 0.9)

    def __post_init__(self) -> None:
        if self.nested and self.correlation is not None:
            message = "must be left out where the outcomes are nested: their covariance follows from the counts."
            raise InvalidInputError(Issue(None, "correlation", self.correlation, message))
        if self.correlation is not None and not -1 < self.correlation < 1:
            raise InvalidInputError(Issue(None, "correlation", self.correlation, "must lie between -1 and 1."))


@dataclass(frozen=True, kw_only=True)
class PublishedPool:
    """A pooled result of ``published.csv`` that is computed again, and from what.

    Exactly one of `subset`, `of` and `selection` says what stands behind it.

    Attributes:
        result: its ``result_id``.
        subset: value of the column ``subset`` of ``contrasts.csv``: the ratios that the review printed per trial.
        of: results of ``published.csv`` that the review pooled in their turn, such as its subgroups.
        selection: name of a selection of this protocol: the counts of its trials.
        estimators: estimators of tau2 that are tried; ``FE`` is the common-effect model.
        ci: interval of the printed pool, as in :class:`~tmsmeta.PoolingSpec`.
        decimals: decimals with which the review prints ratios and limits.
    """

    __pydantic_config__ = FORBID
    result: str
    subset: str = ""
    of: tuple[str, ...] = ()
    selection: str = ""
    estimators: tuple[str, ...] = ("DL", "FE")
    ci: Interval = "z"
    decimals: int = 2

    def __post_init__(self) -> None:
        given = [name for name in ("subset", "of", "selection") if getattr(self, name)]
        if len(given) != 1:
            message = "must say where it comes from by exactly one of subset, of and selection."
            raise InvalidInputError(Issue(None, "result", self.result, message))


@dataclass(frozen=True, kw_only=True)
class PublishedNetwork:
    """Effects against the reference that a review of ``published.csv`` prints, set beside those of our network.

    Attributes:
        review: its name in the column ``review``.
        lumpings: lumping under which a treatment of the review is found, by treatment; others use the main one.
    """

    __pydantic_config__ = FORBID
    review: str
    lumpings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Published:
    """What other reviews printed.

    Attributes:
        labels: what treatments are called that the column ``comparison`` of ``published.csv`` names and
            ``treatments.csv`` does not have, such as those that a review lumped.
        pools: pooled results to compute again.
        networks: network estimates to set beside ours.
    """

    __pydantic_config__ = FORBID
    labels: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[PublishedPool, ...] = ()
    networks: tuple[PublishedNetwork, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The quoted figures of ``claims.csv``.

    Attributes:
        raters: who fills in a rating scale: from the rater, in words, to names of scales as cohorts spell them.
        lumping: lumping of the networks that claims on ranks are checked in; by default nothing is merged, as claims
            name treatments as the tables do.
    """

    __pydantic_config__ = FORBID
    raters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lumping: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The page and the summary.

    Attributes:
        title: heading of the page; by default that of the review.
        lead: its first paragraph.
        sections: what comes first, second ...; sections not named follow in their usual order.
    """

    __pydantic_config__ = FORBID
    title: str = ""
    lead: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """What a review asks, and how it goes about it.

    Attributes:
        title: title of the review.
        question: what it asks, in a sentence.
        searched: day of the last search.
        authors: who is responsible for it.
        time_point: when outcomes are counted, in words, such as "the end of the course".
        outcomes: the outcomes by name, the main one first; by default all that the tables hold.
        comparison: what is compared with what.
        selections: which trials an analysis uses, by name. The first is the main one, unless another says
            ``main = true``; what a selection leaves open is as in the main one.
        pooling: how trials are pooled.
        network: the network of treatments.
        subgroups: columns of trials by which the main analysis is split, such as ``population_group``.
        regressions: formulas of moderators over columns of trials, such as ``~ year``.
        joint: outcomes that are pooled together.
        published: what other reviews printed, to recompute.
        claims: how quoted figures are checked.
        report: the page.
    """

    __pydantic_config__ = FORBID
    title: str = ""
    question: str = ""
    searched: datetime.date | None = None
    authors: tuple[str, ...] = ()
    time_point: str = "the main time point"
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)
    selections: Mapping[str, SelectionChoices] = field(default_factory=dict)
    pooling: Pooling = field(default_factory=Pooling)
    network: Network = field(default_factory=Network)
    subgroups: tuple[str, ...] = ()
    regressions: tuple[str, ...] = ()
    joint: Joint = field(default_factory=Joint)
    published: Published = field(default_factory=Published)
    claims: Claims = field(default_factory=Claims)
    report: Report = field(default_factory=Report)

    @property
    def heading(self) -> str:
        """What the page, the summary, the console and a citation call the review; empty where it has no title."""
        return self.report.title or self.title

    @property
    def main_selection(self) -> str:
        """Name of the main selection."""
        marked = [name for name, given in self.selections.items() if given.get("main")]
        return marked[0] if marked else next(iter(self.selections), "main")

    @property
    def selection_names(self) -> tuple[str, ...]:
        """Names of the selections, the main one first."""
        return tuple(dict.fromkeys((self.main_selection, *self.selections)))

    def selections_for(self, outcome: str) -> tuple[str, ...]:
        """Names of the selections in which an outcome is analysed, the main one first."""
        named = {name: self.selections.get(name, {}).get("outcomes") for name in self.selection_names}
        return tuple(name for name, outcomes in named.items() if not outcomes or outcome in outcomes)

    @property
    def main_lumping(self) -> str:
        """Name of the lumping of the main network."""
        return next(iter(self.network.lumpings), "none")

    def selection_choices(self, name: str) -> dict[str, Any]:
        """What a selection says, on top of what the main one says: fields of :class:`~tmsmeta.Selection`."""
        given = {**self.selections.get(self.main_selection, {}), **self.selections.get(name, {})}
        if isinstance(given.get("lump"), dict):
            given["lump"] = from_groups(given["lump"])
        return {key: value for key, value in given.items() if key not in ("main", "outcomes")}

    def pooling_spec(self) -> PoolingSpec:
        """How trials are pooled."""
        from tmsmeta.pooling.profiles import PROFILES

        return PROFILES[self.pooling.profile.upper()] if self.pooling.profile else PoolingSpec(**self.pooling.model)


def from_groups(groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """``{"merged": ("a", "b")}`` as ``{"a": "merged", "b": "merged"}``."""
    return {node: name for name, nodes in groups.items() for node in nodes}
