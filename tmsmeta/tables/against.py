"""One row per arm to treated against comparator."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.shapes import BY_ARM, COLUMNS, Shape
from tmsmeta.words.names import alike, listed, meant

if TYPE_CHECKING:
    import pandas as pd


LeftOut = tuple[int | None, str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Paired:
    """Arms as treated against comparator; see :meth:`tmsmeta.tables.data_table.DataTable.against`.

    Attributes:
        frame: a row per study, indexed by the line of its first arm.
        comparator: its name.
        treated: the name of the other treatment, blank where there are several.
        left_out: line (None for a whole study), study and reason of what lacks one of the two.
        notes: what was added up and left out.
    """

    frame: pd.DataFrame
    comparator: str
    treated: str
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def comparator_of(treatments: tuple[str, ...], control: str | None) -> str:
    """The treatment that is asked for, or else the one that is named as a comparator.

    Raises:
        InvalidInputError: there is none, or there are several.
    """
    names = ", ".join(treatments)
    if control is not None:
        wanted = [name for name in treatments if alike(name) == alike(control)]
        if not wanted:
            message = f"must be one of the treatments {names}.{meant(str(control), treatments)}"
            raise InvalidInputError(Issue(None, "control", control, message))
        return wanted[0]
    named = [name for name in treatments if is_control_name(name)]
    if len(named) == 1:
        return named[0]
    why = f"{listed(named)} are all named as one" if named else "none is named as one"
    message = f"must be stated: which of {names} is the comparator ({why})? Say control=... (--control ...)."
    raise InvalidInputError(Issue(None, "control", None, message))


def one_treated(active: Sequence[str], treated: str | None, control: str) -> str:
    """The treatment of the table that `treated` is; blank where it is a name of one's own for the treated arms.

    Args:
        active: the treatments of the table other than the comparator.
        treated: what was asked for.
        control: the comparator, blank where it has no name.

    Raises:
        InvalidInputError: it is the comparator, or the table has several treatments and `treated` is nearly one of
            them, so that all of them would be taken under a name that is misspelt.
    """
    if treated is None:
        return ""
    if alike(treated) == alike(control):
        message = "is the comparator; the treated arms must have another name."
        raise InvalidInputError(Issue(None, "treated", treated, message))
    wanted = [name for name in active if alike(name) == alike(treated)]
    question = meant(treated, active) if len(active) > 1 and not wanted else ""
    if question:
        message = f"is none of the treatments {', '.join(active)}.{question}"
        raise InvalidInputError(Issue(None, "treated", treated, message))
    return wanted[0] if wanted else ""


def check_columns_of_arms(mapping: Mapping[str, str], names: Mapping[str, str | None]) -> None:
    """Raise where an arm gets the name that the columns of the other arm have: ``control`` for ``events_t = ctl_pos``.

    Args:
        mapping: the column of the file for each role.
        names: what the arms are to be called, by argument: ``treated``, ``control``.

    Raises:
        InvalidInputError: the name is a word in columns of the other arm and in none of its own.
    """
    faults = []
    for argument, own, other in (("treated", "_t", "_c"), ("control", "_c", "_t")):
        name = names[argument]
        if name is None:
            continue
        word = re.compile(rf"(?<![^\W_]){re.escape(alike(name))}(?![^\W_])")
        named = {
            arm: [c for role, c in mapping.items() if role.endswith(arm) and word.search(alike(c))]
            for arm in (own, other)
        }
        if named[other] and not named[own]:
            arm = "comparator" if other == "_c" else "treated arm"
            message = f"stands in {listed(named[other])}, read as the {arm}; name the other arm so, or say --columns."
            faults.append(Issue(None, argument, name, message))
    if faults:
        raise InvalidInputError(faults)


def paired(frame: pd.DataFrame, shape: Shape, control: str, treated: str = "") -> Paired:
    """Each study with an arm of the comparator and another, its active arms added up; or with one of `treated` alone.

    Raises:
        InvalidInputError: no study has both.
    """
    import pandas as pd

    other = frame["treatment"] != control
    unused = other & (frame["treatment"] != treated) & bool(treated)
    arms = frame[list(COLUMNS[shape])].assign(role=np.select([unused, other], ["", "t"], "c"))
    roles = {str(study): set(role) for study, role in arms.groupby("study", sort=False)["role"]}
    out = tuple(
        (None, study, f"no {treated or 'active'} arm" if "c" in has else f"no {control} arm")
        for study, has in roles.items()
        if not has >= {"t", "c"}
    )
    used = ~arms["study"].isin([study for _, study, _ in out])
    kept = arms[used & ~unused]
    if kept.empty:
        message = (
            f"leaves no study, as none has an arm of {control} and {f'one of {treated}' if treated else 'another'}."
        )
        raise InvalidInputError(Issue(None, "control", control, message))
    first = ~kept["study"].duplicated()
    sides = [_added_up(kept[kept["role"] == role], shape).add_suffix(f"_{role}") for role in ("t", "c")]
    joined = pd.concat(sides, axis=1).reindex(kept.loc[first, "study"]).reset_index(names="study")
    joined.index = kept.index[first]
    active = list(dict.fromkeys(kept.loc[kept["role"] == "t", "treatment"]))
    return Paired(
        frame=joined[[*COLUMNS[BY_ARM[shape]], "treatment_t", "treatment_c"]],
        comparator=control,
        treated=active[0] if len(active) == 1 else "",
        left_out=out,
        notes=(*_unused(arms.loc[unused & used, "treatment"]), *_sums(kept), *left_out_sentence(out)),
    )


def against_one(frame: pd.DataFrame, control: str, treated: str = "") -> Paired:
    """Comparisons of two treatments as estimates of the other treatment, or of `treated` alone, against one of them.

    Raises:
        InvalidInputError: no comparison with it, or several of one study.
    """
    is_first, is_second = frame["treat1"] == control, frame["treat2"] == control
    if treated:
        is_first, is_second = is_first & (frame["treat2"] == treated), is_second & (frame["treat1"] == treated)
    compared = f"comparison of {treated} with {control}" if treated else f"comparison with {control}"
    kept = frame[is_first | is_second]
    again = kept["study"].duplicated()
    if kept.empty:
        message = f"is in no comparison{f' with {treated}' if treated else ''} of this table."
        raise InvalidInputError(Issue(None, "control", control, message))
    if again.any():
        study = str(kept.loc[again, "study"].iloc[0])
        message = (
            f"has several comparisons of {study}, which share an arm and are not independent: use a network "
            "(tmsmeta.network, tmsmeta network), or keep one comparison of each study."
        )
        raise InvalidInputError(Issue(int(kept.index[again][0]), "study", study, message))
    sign = np.where(is_first[kept.index], -1.0, 1.0)
    other = kept["treat1"].where(kept["treat2"] == control, kept["treat2"])
    rest = [c for c in kept.columns if c not in ("study", "treat1", "treat2", "estimate", "se")]
    made = kept.assign(estimate=kept["estimate"] * sign, treatment_t=other, treatment_c=control)
    turned = int((sign < 0).sum())
    out = tuple(
        (int(str(line)), str(study), f"no {compared}")
        for line, study in frame.loc[~(is_first | is_second), "study"].items()
    )
    notes = (
        [f"{turned} of {len(kept)} comparisons were turned round, so that {control} is the comparator."]
        if turned
        else []
    )
    active = list(dict.fromkeys(other))
    return Paired(
        frame=made[["study", "estimate", "se", "treatment_t", "treatment_c", *rest]],
        comparator=control,
        treated=active[0] if len(active) == 1 else "",
        left_out=out,
        notes=(*notes, *left_out_sentence(out)),
    )


def _unused(treatments: pd.Series[str]) -> list[str]:
    """Which arms of the studies kept were not used, in one sentence."""
    names = list(dict.fromkeys(treatments))
    return [f"Arms of {listed(names)} were left out, as one treatment was asked for."] if names else []


def _sums(kept: pd.DataFrame) -> list[str]:
    """Which arms were added up, in one sentence."""
    several = kept[kept.duplicated(["study", "role"], keep=False)]
    added = [
        f"{listed([str(name) for name in rows])} in {study}"
        for (study, _), rows in several.groupby(["study", "role"], sort=False)["treatment"]
    ]
    return [f"Arms were added up to one: {'; '.join(added)}."] if added else []


def left_out_sentence(gone: Sequence[LeftOut]) -> list[str]:
    """Which studies, or rows of them, were left out, in one sentence."""
    told = [f"{'' if line is None else f'row {line}, '}{study} ({reason})" for line, study, reason in gone]
    return [f"Left out: {'; '.join(told)}."] if told else []


def _added_up(arms: pd.DataFrame, shape: Shape) -> pd.DataFrame:
    """One arm per study: counts and times added, means combined as if they were one group."""
    by_study = arms.groupby("study", sort=False)
    names = by_study["treatment"].agg(lambda several: " + ".join(dict.fromkeys(several)))
    if shape != "mean arms":
        return by_study[list(COLUMNS[shape][2:])].sum().assign(treatment=names)
    return _one_group(arms).assign(treatment=names)


def _one_group(arms: pd.DataFrame) -> pd.DataFrame:
    """Mean and SD of groups taken as one; the SD is that within and between them (Cochrane Handbook 6.5.2.10)."""
    import pandas as pd

    sums = arms.assign(
        total=arms["n"] * arms["mean"], squares=(arms["n"] - 1) * arms["sd"] ** 2 + arms["n"] * arms["mean"] ** 2
    )
    by_study = sums.groupby("study", sort=False)
    n = by_study["n"].sum()
    mean = by_study["total"].sum() / n
    variance = ((by_study["squares"].sum() - n * mean**2) / (n - 1)).clip(lower=0)
    alone = by_study.size() == 1
    return pd.DataFrame(
        {
            "mean": by_study["mean"].first().where(alone, mean),
            "sd": by_study["sd"].first().where(alone, variance**0.5),
            "n": n,
        }
    )
