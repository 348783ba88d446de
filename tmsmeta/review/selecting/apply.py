"""Choose the trials of an analysis. Selections return new tables and say what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import check_kind
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.review.selecting.merge_arms import (
    MergedArm,
    carried,
    contrast_record,
    merge,
    row_notes,
    trial_key,
    turned_round,
)
from tmsmeta.review.selecting.reasons import (
    Candidate,
    absent_candidates,
    arm_candidates,
    check_against,
    contrast_candidates,
    left_out_table,
    lumped,
)
from tmsmeta.review.selecting.result import ARM_COLUMNS, CONTRAST_COLUMNS, TRIAL_COLUMNS, SelectedArms, SelectedTrials
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd


@answerable
def select(evidence: Evidence, selection: Selection) -> SelectedTrials:
    """The active-against-control table of an outcome.

    Args:
        evidence: the tables.
        selection: which outcome, trials and nodes.

    Returns:
        A row per trial with its counts, printed ratios apart, and the rows left out with their reasons.

    Raises:
        InvalidInputError: something else than evidence and a selection.
        UnknownOptionError: the evidence has no such outcome, population group, treatment or trial.

    Example:
        >>> import tmsmeta as tm
        >>> selected = tm.review.select(tm.read_evidence("my_evidence"), tm.Selection(outcome="response"))
        >>> print(selected.trials[["study", "events_t", "n_t", "events_c", "n_c"]].to_string(index=False))
             study  events_t  n_t  events_c  n_c
        Alpha 2018        33   60        19   58
         Beta 2019        20   41        12   42
        Gamma 2020        59  120        41  118
    """
    _check(evidence, selection)
    selection = evidence.filled_in(selection)
    check_against(evidence, selection)
    assessed = arm_candidates(evidence, selection)
    used, arms_out = _comparisons(evidence, selection, assessed)
    contrasts = [_against_control(evidence, selection, c) for c in contrast_candidates(evidence, selection, assessed)]
    contrasts = _one_per_trial(contrasts)
    records, notes = [], []
    for treated, control in used:
        records += _trial_records(selection, treated, control)
        notes += [*_merge_notes([*treated, control]), *_sharing_notes(selection, treated)]
        notes += row_notes(evidence, [*treated, control], selection.time_point)
    return SelectedTrials(
        selection=selection,
        trials=_with_own(evidence, _counts_table(records)),
        contrasts=_contrast_table(evidence, selection, contrasts),
        left_out=_left_out(evidence, selection, [*arms_out, *contrasts]),
        notes=tuple(dict.fromkeys(notes)),
        data_version=evidence.data_version,
    )


@answerable
def select_arms(evidence: Evidence, selection: Selection) -> SelectedArms:
    """The arm-level table of an outcome for a network, with trials that compare active treatments.

    Arms of one node (after lumping) are merged; a trial needs two nodes. ``selection.multi_arm`` has no part in it.

    Args:
        evidence: the tables.
        selection: which outcome, trials and nodes.

    Returns:
        A row per arm with its counts, printed comparisons apart, and the rows left out with their reasons.

    Raises:
        InvalidInputError: something else than evidence and a selection.
        UnknownOptionError: the evidence has no such outcome, population group, treatment or trial.

    Example:
        >>> import tmsmeta as tm
        >>> selected = tm.review.select_arms(tm.read_evidence("my_evidence"), tm.Selection(outcome="response"))
        >>> print(selected.arms[["study", "treatment", "events", "n"]].head(2).to_string(index=False))
             study treatment  events  n
        Alpha 2018      drug      33 60
        Alpha 2018   placebo      19 58
    """
    _check(evidence, selection)
    selection = evidence.filled_in(selection)
    check_against(evidence, selection)
    assessed = arm_candidates(evidence, selection)
    merged, arms_out = _network_arms(evidence, selection, assessed)
    contrasts = [_two_nodes(evidence, selection, c) for c in contrast_candidates(evidence, selection, assessed)]
    contrasts = _one_per_trial(contrasts)
    notes = [n for arms in merged for n in (*_merge_notes(arms), *row_notes(evidence, arms, selection.time_point))]
    return SelectedArms(
        selection=selection,
        arms=_with_own(evidence, _arms_table([arm for arms in merged for arm in arms])),
        contrasts=_contrast_table(evidence, selection, contrasts),
        left_out=_left_out(evidence, selection, [*arms_out, *contrasts]),
        notes=tuple(dict.fromkeys(notes)),
        data_version=evidence.data_version,
        flag_effects=evidence.flag_effects,
    )


def _check(evidence: object, selection: object) -> None:
    check_is_evidence(evidence)
    check_kind("selection", selection, Selection, "a selection, such as Selection(outcome='response')")


def _by_trial(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.trial_id, []).append(candidate)
    return sorted(groups.values(), key=lambda rows: trial_key(rows[0].trial))


def _comparisons(
    evidence: Evidence, selection: Selection, assessed: Sequence[Candidate]
) -> tuple[list[tuple[list[MergedArm], MergedArm]], list[Candidate]]:
    """Per trial the merged active nodes and the merged control, and the rows that are left out."""
    used, out = [], [c for c in assessed if c.reasons]
    for rows in _by_trial(c for c in assessed if not c.reasons):
        treated = [c for c in rows if _is_active(evidence, selection, c.cells["treatment"])]
        control = [c for c in rows if c.cells["treatment"] == selection.control]
        if treated and control:
            used.append((_merge_nodes(evidence, selection, treated), merge(selection.control, control)))
            rest = [c for c in rows if c not in treated and c not in control]
            out += [c.without("neither an active arm nor the control") for c in rest]
        else:
            out += [c.without(_no_comparison(selection, assessed, rows, bool(treated))) for c in rows]
    return used, out


def _is_active(evidence: Evidence, selection: Selection, node: str) -> bool:
    """What the protocol calls active, or whatever treatments the selection names; never the control."""
    return node != selection.control and (selection.nodes is not None or evidence.is_active(node))


def _no_comparison(selection: Selection, assessed: Sequence[Candidate], rows: Sequence[Candidate], active: bool) -> str:
    missing = selection.control if active else "active"
    trial = rows[0].trial_id
    refused = [
        c
        for c in assessed
        if c.trial_id == trial and c.reasons and (c.cells["treatment"] == selection.control) == active
    ]
    if refused:
        return f"its {missing} arm cannot be used ({'; '.join(refused[0].reasons)})"
    if active:
        return f"no {missing} arm: not a comparison of active treatment with {selection.control}"
    return f"no {missing} arm"


def _merge_nodes(evidence: Evidence, selection: Selection, rows: Iterable[Candidate]) -> list[MergedArm]:
    nodes: dict[str, list[Candidate]] = {}
    for candidate in rows:
        nodes.setdefault(lumped(evidence, selection, candidate.cells["treatment"]), []).append(candidate)
    return [merge(node, members) for node, members in sorted(nodes.items())]


def _network_arms(
    evidence: Evidence, selection: Selection, assessed: Sequence[Candidate]
) -> tuple[list[list[MergedArm]], list[Candidate]]:
    used, out = [], [c for c in assessed if c.reasons]
    for rows in _by_trial(c for c in assessed if not c.reasons):
        merged = _merge_nodes(evidence, selection, rows)
        if len(merged) > 1:
            used.append(merged)
        else:
            out += [c.without(f"only one treatment node in the trial ({merged[0].node})") for c in rows]
    return used, out


def _against_control(evidence: Evidence, selection: Selection, candidate: Candidate) -> Candidate:
    """The ratio of an active treatment to the control, turned round where it is printed the other way."""
    if candidate.cells["treat1"] == selection.control:
        candidate = turned_round(candidate)
    treated, comparator = candidate.cells["treat1"], candidate.cells["treat2"]
    if comparator != selection.control or comparator == treated:
        return candidate.without(f"not a comparison of active treatment with {selection.control}")
    if not _is_active(evidence, selection, treated):
        return candidate.without(f"{treated} is not an active treatment by the protocol")
    return candidate


def _two_nodes(evidence: Evidence, selection: Selection, candidate: Candidate) -> Candidate:
    first, second = (lumped(evidence, selection, candidate.cells[name]) for name in ("treat1", "treat2"))
    return candidate if first != second else candidate.without(f"both arms belong to node {first}")


def _one_per_trial(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Ratios of one trial share an arm, and nothing printed says how much: only the first one is used."""
    first: dict[str, int] = {}
    result = []
    for candidate in candidates:
        if not candidate.reasons and (earlier := first.setdefault(candidate.trial_id, candidate.row)) != candidate.row:
            candidate = candidate.without(f"the trial enters already by the ratio in row {earlier}")
        result.append(candidate)
    return result


def _left_out(evidence: Evidence, selection: Selection, candidates: Sequence[Candidate]) -> pd.DataFrame:
    rows = [*evidence.rows_of("arms", selection.outcome), *evidence.rows_of("contrasts", selection.outcome)]
    present = {cells["trial_id"] for _, cells in rows}
    return left_out_table([*candidates, *absent_candidates(evidence, selection.outcome, present)])


def _trial_records(selection: Selection, treated: Sequence[MergedArm], control: MergedArm) -> list[dict[str, Any]]:
    """One record per comparison: the active arms summed, or the control divided over them."""
    if selection.multi_arm == "combine":
        together = merge("+".join(arm.node for arm in treated), [row for arm in treated for row in arm.rows])
        return [_trial_record(selection, together, control, 1)]
    return [_trial_record(selection, arm, control, len(treated)) for arm in treated]


def _trial_record(selection: Selection, treated: MergedArm, control: MergedArm, shares: int) -> dict[str, Any]:
    events_c, n_c = Fraction(control.events, shares), Fraction(control.n, shares)
    divided = f"{selection.control} arm divided over {shares} comparisons: {events_c} of {n_c} patients."
    trial = treated.rows[0].trial
    return {
        **carried([*treated.rows, *control.rows]),
        "study": trial["label"] if shares == 1 else f"{trial['label']} ({treated.node})",
        "treatment": treated.node,
        "control": selection.control,
        "events_t": treated.events,
        "n_t": treated.n,
        "events_c": control.events if shares == 1 else float(events_c),
        "n_c": control.n if shares == 1 else float(n_c),
        "arms_t": treated.names,
        "arms_c": control.names,
        "note": divided if shares > 1 else "",
    }


def _arm_record(arm: MergedArm) -> dict[str, Any]:
    return {
        **carried(arm.rows),
        "study": arm.rows[0].trial["label"],
        "treatment": arm.node,
        "events": arm.events,
        "n": arm.n,
        "arms": arm.names,
    }


def _merge_notes(arms: Iterable[MergedArm]) -> list[str]:
    return [
        f"{arm.rows[0].trial['label']}: {len(arm.rows)} arms of {arm.node} merged ({arm.names.replace(';', ', ')})."
        for arm in arms
        if len(arm.rows) > 1
    ]


def _sharing_notes(selection: Selection, treated: Sequence[MergedArm]) -> list[str]:
    """How the comparator of a multi-arm trial is kept from counting twice."""
    if len(treated) == 1:
        return []
    label, nodes = treated[0].rows[0].trial["label"], ", ".join(arm.node for arm in treated)
    if selection.multi_arm == "combine":
        return [f"{label}: {nodes} summed against the one {selection.control} arm."]
    return [f"{label}: the {selection.control} arm divided over {len(treated)} comparisons ({nodes})."]


def _contrast_table(evidence: Evidence, selection: Selection, candidates: Iterable[Candidate]) -> pd.DataFrame:
    used = sorted((c for c in candidates if not c.reasons), key=lambda c: trial_key(c.trial))
    records = [
        contrast_record(c, *(lumped(evidence, selection, c.cells[name]) for name in ("treat1", "treat2"))) for c in used
    ]
    return _with_own(evidence, _frame(records, CONTRAST_COLUMNS, ("year",)))


def _counts_table(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = _frame(records, TRIAL_COLUMNS, ("year",))
    for column in ("events_t", "n_t", "events_c", "n_c"):
        whole = all(isinstance(record[column], int) for record in records)
        frame[column] = frame[column].astype("int64" if whole else "float64")
    return frame


def _arms_table(arms: Sequence[MergedArm]) -> pd.DataFrame:
    return _frame([_arm_record(arm) for arm in arms], ARM_COLUMNS, ("events", "n", "year"))


def _with_own(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """A selected table with the columns of its own that the review's table of trials has."""
    own = evidence.own_trial_columns
    return frame.join(evidence.trials.set_index("trial_id")[list(own)], on="trial_id") if own else frame


def _frame(records: Sequence[dict[str, Any]], columns: Sequence[str], whole: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(records), columns=list(columns))
    for column in whole:  # one by one, as astype of a whole frame copies every other column, too
        frame[column] = frame[column].astype("Int64" if column == "year" else "int64")
    return frame
