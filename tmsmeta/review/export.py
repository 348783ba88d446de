"""Evidence in the formats of other tools: BibTeX, CINeMA, the Metapsy data standard. Returns text, writes no file.

Formats as documented by CINeMA (documentation.md of esm-ispm-unibe-ch/cinema: binary data, long format) and by the
Metapsy project (docs.metapsy.org, data preparation, data format), both read on 2026-11-22.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.provenance import Source
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.flags import FOLLOW_UP
from tmsmeta.review.selecting.result import SelectedArms
from tmsmeta.tables.csv_write import csv_text
from tmsmeta.tables.row_rules import split_list
from tmsmeta.tables.to_frame import records
from tmsmeta.words.risk_of_bias import LEVELS, judgement

if TYPE_CHECKING:
    import pandas as pd

CINEMA_COLUMNS = ("id", "study", "t", "r", "n", "rob", "indirectness")
METAPSY_COLUMNS = (
    "study",
    "condition_arm1",
    "condition_arm2",
    "multi_arm1",
    "multi_arm2",
    "outcome_type",
    "instrument",
    "time",
    "time_weeks",
    "rating",
    "event_arm1",
    "event_arm2",
    "totaln_arm1",
    "totaln_arm2",
    "precalc_log_rr",
    "precalc_log_rr_se",
    "year",
    "population_group",
    "definition",
    "timepoint",
    "tier",
    "flags",
    "source_ids",
)


def to_bibtex(sources: Iterable[Source], used_for: Mapping[str, Sequence[str]] | None = None) -> str:
    """Sources as BibTeX, ordered by id.

    Args:
        sources: the sources.
        used_for: labels of the trials that rest on each source, by source id; they go into the note.
    """
    labels = used_for or {}
    entries = []
    for source in sorted(sources, key=lambda source: source.source_id):
        names = labels.get(source.source_id, ())
        entries.append(source.to_bibtex(f"Numbers of {', '.join(names)}." if names else ""))
    return "\n".join(entries)


def trials_by_source(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Labels of the trials whose rows rest on each source, by source id."""
    labels = dict(zip(evidence.trials["trial_id"], evidence.trials["label"], strict=True))
    used: dict[str, dict[str, None]] = {}
    for table in (evidence.arms, evidence.contrasts):
        for source_id, trial_id in zip(table["source_id"], table["trial_id"], strict=True):
            used.setdefault(source_id, {})[labels[trial_id]] = None
    return {source_id: tuple(names) for source_id, names in used.items() if source_id}


def cinema_table(
    selected: SelectedArms,
    *,
    risk_of_bias: Mapping[str, str] | None = None,
    indirectness: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Arms in CINeMA's long format for binary data: id, study, t, r, n, rob, indirectness.

    The evidence holds no judgements of risk of bias or indirectness, and CINeMA needs one for each study: studies that
    the mappings lack get ``"U"``, unclear. Judge them before drawing conclusions. Trials known by ratio only do not
    fit this format and are not in it.

    Args:
        selected: a selection of arms.
        risk_of_bias: by study label, ``"L"``, ``"U"`` or ``"H"`` (low, unclear, high), or a judgement of RoB 1, RoB 2,
            ROBINS-I, ROBINS-E or QUADAS-2 in words; some concerns, moderate and no information count as unclear,
            serious, very high and critical as high.
        indirectness: the same.

    Raises:
        InvalidInputError: a judgement that is none of these, or on a study that is not selected.
    """
    import pandas as pd

    arms = selected.arms
    studies = list(dict.fromkeys(arms["study"]))
    judged = {"risk_of_bias": dict(risk_of_bias or {}), "indirectness": dict(indirectness or {})}
    if issues := [issue for name, given in judged.items() for issue in _judgement_issues(name, given, studies)]:
        raise InvalidInputError(issues, "Invalid judgements")
    number = {study: place for place, study in enumerate(studies, start=1)}
    columns = {
        "id": arms["study"].map(number),
        "study": arms["study"],
        "t": arms["treatment"],
        "r": arms["events"],
        "n": arms["n"],
        "rob": [_level(judged["risk_of_bias"].get(study, "U")) for study in arms["study"]],
        "indirectness": [_level(judged["indirectness"].get(study, "U")) for study in arms["study"]],
    }
    return pd.DataFrame(columns, columns=list(CINEMA_COLUMNS))


def _judgement_issues(name: str, given: Mapping[str, str], studies: Sequence[str]) -> list[Issue]:
    issues = [Issue(study, name, None, "is not a selected study.") for study in given if study not in studies]
    allowed = ", ".join(["L", "U", "H", *LEVELS])
    return issues + [
        Issue(study, name, found, f"must be one of {allowed}.") for study, found in given.items() if not _level(found)
    ]


def _level(found: str) -> str:
    """The level of CINeMA for a judgement; blank where it is none."""
    known = judgement(found)
    return LEVELS[known] if known else ""


def metapsy_table(selections: Iterable[SelectedArms]) -> pd.DataFrame:
    """Comparisons in the shape of the Metapsy data standard: one row per trial, outcome and pair of arms.

    ``condition_arm2`` is the control where the pair has one. Trials known by risk ratio only enter with
    ``precalc_log_rr``, its standard error from the width of the printed 95% interval. Instrument, weeks and rater are
    not separate in this evidence and stay missing; ``definition`` and ``timepoint`` are added, with tier, flags and
    sources. Text cells hold no semicolons, as the standard asks. Write it with :func:`metapsy_csv`.

    Args:
        selections: selections of arms, for example one per outcome.
    """
    import pandas as pd

    rows = [row for selected in selections for row in (*_count_rows(selected), *_ratio_rows(selected))]
    cleaned = [{k: v.replace(";", ",").strip() if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    frame = pd.DataFrame(cleaned, columns=list(METAPSY_COLUMNS))
    whole = ["event_arm1", "event_arm2", "totaln_arm1", "totaln_arm2", "year"]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def metapsy_csv(selections: Iterable[SelectedArms]) -> str:
    """The table of :func:`metapsy_table` as the standard's CSV: semicolons, decimal commas, ``NA``."""
    return csv_text(metapsy_table(selections), separator=";", decimal=",", missing="NA")


def _count_rows(selected: SelectedArms) -> Iterable[dict[str, Any]]:
    control = selected.selection.control
    for _, arms in selected.arms.groupby("trial_id", sort=False):
        ordered = sorted((arm for _, arm in records(arms)), key=lambda arm: arm["treatment"] == control)
        for first, second in combinations(ordered, 2):
            several = len(ordered) > 2
            yield {
                **_common(selected, first),
                "condition_arm1": first["treatment"],
                "condition_arm2": second["treatment"],
                "multi_arm1": first["arms"] if several else None,
                "multi_arm2": second["arms"] if several else None,
                "event_arm1": first["events"],
                "event_arm2": second["events"],
                "totaln_arm1": first["n"],
                "totaln_arm2": second["n"],
                "tier": max(first["tier"], second["tier"]),
                "flags": ", ".join(sorted({*split_list(first["flags"]), *split_list(second["flags"])})) or None,
                "source_ids": ", ".join(dict.fromkeys(split_list(f"{first['source_ids']};{second['source_ids']}"))),
            }


def _ratio_rows(selected: SelectedArms) -> Iterable[dict[str, Any]]:
    width = 2 * NormalDist().inv_cdf(0.975)
    for _, row in records(selected.contrasts):
        if row["measure"] == "RR":
            yield {
                **_common(selected, row),
                "condition_arm1": row["treat1"],
                "condition_arm2": row["treat2"],
                "precalc_log_rr": math.log(row["estimate"]),
                "precalc_log_rr_se": math.log(row["ci_high"] / row["ci_low"]) / width,
                "tier": row["tier"],
                "flags": row["flags"] or None,
                "source_ids": row["source_ids"],
            }


def _common(selected: SelectedArms, row: Mapping[str, Any]) -> dict[str, Any]:
    late = FOLLOW_UP in selected.flag_effects.found(row["flags"])
    return {
        "study": re.sub(r"\s*\b(\d{4})$", r", \1", str(row["study"])),
        "outcome_type": selected.selection.outcome,
        "time": "follow-up" if late else "post",
        "year": row["year"],
        "population_group": row["population_group"],
        "definition": row.get("definition") or None,
        "timepoint": row.get("timepoint") or None,
    }
