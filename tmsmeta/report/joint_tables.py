"""Tables of joint models, for readers and machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.measures import MEASURES
from tmsmeta.effects.natural import Natural
from tmsmeta.report.joint_sections import ranking_head, ranking_rows
from tmsmeta.report.pairwise_tables import p_text
from tmsmeta.words import numbers
from tmsmeta.words.names import listed
from tmsmeta.words.tables import Column, ReaderTable, value, words

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.models.multivariate import JointEffect
    from tmsmeta.networks import JointNetwork


def joint_table(found: JointEffect) -> ReaderTable:
    """One row per outcome: its effect from all outcomes together, and what it gains from the others."""
    return ReaderTable(
        name="joint",
        title=f"{listed(list(found.outcomes))} together, {numbers.level(found.spec.level)} intervals",
        frame=found.to_frame(),
        columns=[
            words("outcome", "outcome"),
            Column(label="studies", text=lambda row: str(row["k"])),
            words("measure", "measure"),
            Column(label="effect", text=_effect),
            value("p_value", "p", p_text),
            value("tau2", "tau2", numbers.tau2),
            value("i2", "I2", numbers.percent),
            value("borrowing", "from the others", lambda share: numbers.percent(share, 0)),
        ],
    )


def _effect(row: Mapping[str, Any]) -> str:
    natural = Natural(info=MEASURES[row["measure"]])
    return natural.text(row["estimate"], (row["ci_low"], row["ci_high"]))


def between_table(frame: pd.DataFrame) -> ReaderTable:
    """Variances and correlations between studies with their limits."""
    return ReaderTable(
        name="between",
        title="Between studies: profile likelihood intervals",
        frame=frame,
        columns=[
            words("parameter", "parameter"),
            *(value(name, name, numbers.tau2) for name in ("estimate", "low", "high")),
            words("note", "note"),
        ],
    )


def joint_ranking_table(joint: JointNetwork, label: Callable[[str], str] = str) -> ReaderTable:
    """Treatments over all outcomes, best mean P-score first."""
    frame = joint.ranking()
    head, rows = ranking_head(joint, label), ranking_rows(joint, frame, label)
    by_name = dict(zip(frame["treatment"], rows, strict=True))

    def column(place: int) -> Column:
        return Column(label=head[place], text=lambda row: by_name[row["treatment"]][place], right=place > 0)

    return ReaderTable(
        name="ranking",
        title=f"Ranking on {listed(list(joint.outcomes))} against {label(joint.reference)}, best mean P-score first",
        frame=frame,
        columns=[column(place) for place in range(len(head))],
    )
