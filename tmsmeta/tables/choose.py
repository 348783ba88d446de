"""Of all shapes that a table could have, the one it has; where two fit equally well, the question which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import EvidenceError, InvalidInputError, Issue
from tmsmeta.tables.grid import Cells
from tmsmeta.tables.guess import WEIGHT as GUESSED
from tmsmeta.tables.guess import arms_by_name, other_outcomes
from tmsmeta.tables.header import pieces, readings
from tmsmeta.tables.header_words import SPREADS
from tmsmeta.tables.missing import missing_cells
from tmsmeta.tables.numerals import numbers
from tmsmeta.tables.recipes import user_name
from tmsmeta.tables.recognise import NAMES, Fit
from tmsmeta.tables.shapes import BY_ARM, OF_MEASURE, WORDS
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    import pandas as pd

_EFFECTS = frozenset({"contrasts", "estimate"})
_RATES = frozenset({"rates", "two rates", "rate arms"})
_ONE_GROUP = frozenset({"proportions", "rates"})
_LEAST = 0.45
"""The share of a recipe that must be there to ask for the rest of it."""
_AGREE = 0.9
"""The share of rows in which counts and printed effects must say the same."""


def choose(
    cells: Cells, found: Sequence[Fit], measure: str | None, *, asked: bool = False
) -> tuple[Fit, tuple[str, ...]]:
    """The fit to read by, and what is to be said of the choice.

    Raises:
        EvidenceError: no shape is complete; only the one that fits best is asked for.
        InvalidInputError: two readings fit equally well.
    """
    complete = [fit for fit in found if fit.complete]
    _refuse_unknown_arms(cells, complete)
    if not complete:
        raise EvidenceError(_lacking(cells, found), f"{cells.name} has faults")
    best = [fit for fit in complete if not any(fit.used < other.used for other in complete)]
    by_shape = {fit.recipe.shape: fit for fit in reversed(best)}
    fits, said = list(reversed(by_shape.values())), list[str]()
    wanted = OF_MEASURE.get(measure or "", ())
    fits = [fit for fit in fits if fit.recipe.shape in wanted] or fits
    for lesser in (_ONE_GROUP, _RATES):
        fits = [fit for fit in fits if fit.recipe.shape not in lesser] or fits
    effects = [fit for fit in fits if fit.recipe.shape in _EFFECTS][:1]
    raw = [fit for fit in fits if fit.recipe.shape not in _EFFECTS]
    raw = [fit for fit in raw if fit.weight > max(other.weight for other in raw) - 1]
    if len(raw) > 1:
        raise _question(cells, raw)
    if raw and effects:
        fits, said = _counts_or_effects(cells, raw[0], effects[0])
    fit = fits[0] if raw and effects else (raw or effects)[0]
    if fit.recipe.shape in _ONE_GROUP and fit.also and not asked:
        raise _arms_or_groups(cells, fit)
    _refuse_rivals(cells, fit)
    if unused := [other for other in best if other.recipe.shape in _RATES and other.recipe.shape != fit.recipe.shape]:
        said.append(f"it can also be read as {WORDS[unused[0].recipe.shape]} (shape={unused[0].recipe.shape!r})")
    guessed = [f"`{fit.columns[role]}`" for role, reading in fit.readings.items() if reading.weight == GUESSED]
    if guessed:
        said.append(f"{listed(guessed)} taken by their places and numbers, as no other column fits")
    if any(arm == "t" and fit.readings[q, arm].arm.isdigit() for q, arm in fit.columns if (q, arm) in fit.readings):
        treated, other = ("1", "2") if any(r.arm == "2" for r in fit.readings.values()) else ("1", "0")
        said.append(f"arm {treated} taken as treated, arm {other} as comparator")
    return fit, tuple(said)


def _refuse_unknown_arms(cells: Cells, complete: Sequence[Fit]) -> None:
    """Ask which of two arms is the comparator where the header calls them by names that are no words for arms."""
    _, arms = arms_by_name(cells.columns)
    if not arms or any(fit.recipe.shape not in _ONE_GROUP for fit in complete):
        return
    (one, first), (other, second) = arms.items()
    events = {} if {"events", "mean"} & set(first) else {"events": "..."}
    wanted = [
        f"{q}_{arm}={column}" for arm, cols in (("t", first), ("c", second)) for q, column in (cols | events).items()
    ]
    message = (
        f"has two arms, {one!r} and {other!r}, neither of them named as the comparator. Say which is which with "
        f"columns= (--columns '{','.join(wanted)}' if {other!r} is the comparator)."
    )
    raise InvalidInputError(Issue(1, "header", None, message, cells.name), f"Two readings fit {cells.name}")


def _lacking(cells: Cells, found: Sequence[Fit]) -> Issue:
    """What the shape that fits best still needs."""
    fit = max(found, key=lambda fit: (fit.score, -len(fit.missing)))
    at_hand = f"Columns at hand: {', '.join(cells.columns)}."
    if any(fit.correlations for fit in found) and fit.score < 1:
        column = next(fit.correlations[0] for fit in found if fit.correlations)
        message = (
            "holds correlations, it seems, which are no measure here: give atanh(r) as yi and 1 / (n - 3) as vi, "
            "and take tanh of the result."
        )
        return Issue(1, column, None, message, cells.name)
    if medians := [column for column in cells.columns if SPREADS & set(pieces(column)) and column not in fit.used]:
        message = (
            "is called a median or its quartiles, which give no mean and standard deviation by themselves: estimate "
            "these first (Wan 2014, Luo 2018), as mean_t, sd_t, n_t, mean_c, sd_c, n_c, or leave such studies out."
        )
        return Issue(1, medians[0], None, message, cells.name)
    if fit.score < _LEAST:
        message = (
            "names no table of studies that is known. It may hold events and n of two arms; a row per arm with "
            "treatment, events, n (or mean, sd, n); treat1, treat2, estimate, se; a ratio with its limits; an estimate "
            f"with se; events and n or time of one group. {at_hand} Say which is which with columns= "
            "(--columns role=column)."
        )
        return Issue(1, "header", None, message, cells.name)
    missing = [user_name(role) for role in fit.missing]
    if texts := _texts(cells, fit):
        column, cell = texts
        message = (
            f"is taken for numbers by its name, but most of its cells are none, such as {cell!r}; mend the column."
        )
        return Issue(1, column, None, message, cells.name)
    message = (
        f"{'is' if len(missing) == 1 else 'are'} missing: to be read as {WORDS[fit.recipe.shape]} the table still "
        f"needs {', '.join(missing)}. {at_hand} Say which is which with columns= (--columns {missing[0]}=...)."
    )
    return Issue(1, ", ".join(missing), None, message, cells.name)


def _texts(cells: Cells, fit: Fit) -> tuple[str, str] | None:
    """A column that is called what is missing but does not hold numbers, and the first of its cells that is none."""
    for role in fit.missing:
        for column in cells.columns:
            called = any((reading.quantity, reading.arm) == role for reading in readings(column))
            if called and role[0] not in NAMES and column not in fit.used:
                read = numbers(cells.frame[column])
                texts = cells.frame[column][read.values.isna() & ~read.missing]
                if 2 * len(texts) >= (~read.missing).sum() > 0:
                    return column, str(texts.iloc[0])
    return None


def _question(cells: Cells, fits: Sequence[Fit]) -> InvalidInputError:
    """Which of several shapes is meant."""
    ways = [f"{WORDS[fit.recipe.shape]} ({_taken(fit)}; shape={fit.recipe.shape!r})" for fit in fits]
    message = f"can be read as {' or as '.join(ways)}. Say which with shape= (--shape)."
    return InvalidInputError(Issue(1, "header", None, message, cells.name), f"Two readings fit {cells.name}")


def _arms_or_groups(cells: Cells, fit: Fit) -> InvalidInputError:
    """A table of single groups that has columns of arms beside."""
    beside = listed([f"`{column}`" for column in fit.also[:4]])
    message = (
        f"would be read as {WORDS[fit.recipe.shape]} ({_taken(fit)}), but {beside} may belong to arms. Say which "
        "column is what with columns= (--columns events_t=...,n_t=...,events_c=...,n_c=... for two arms, "
        f"study=...,treatment=... for a row per arm), or shape={fit.recipe.shape!r}."
    )
    return InvalidInputError(Issue(1, "header", None, message, cells.name), f"Two readings fit {cells.name}")


def _taken(fit: Fit) -> str:
    return ", ".join(f"{user_name(role)} = `{column}`" for role, column in fit.columns.items() if role[0] not in NAMES)


def _counts_or_effects(cells: Cells, raw: Fit, effects: Fit) -> tuple[list[Fit], list[str]]:
    """Counts or means before printed effects, if they say the same; else the question."""
    gaps = [_rows_with_gaps(cells, fit) for fit in (raw, effects)]
    if raw.recipe.shape not in BY_ARM and raw.recipe.shape not in BY_ARM.values():
        return [raw], [f"`{effects.columns['estimate', '']}` not used"]
    if gaps[0] > gaps[1]:
        lacking = f"the {'means' if 'mean' in raw.recipe.shape else 'counts'} are not given in {gaps[0]} rows"
        return [effects], [f"{lacking}, so the estimates are used"]
    agree = _agreement(cells, raw, effects)
    if agree is None:
        return [raw], [f"`{effects.columns['estimate', '']}` not used"]
    if agree >= _AGREE:
        return [raw], [f"the arms are used; `{effects.columns['estimate', '']}` says the same"]
    raise _question(cells, [raw, effects])


def _rows_with_gaps(cells: Cells, fit: Fit) -> int:
    """Rows in which something is blank; of a ragged table, in its first two arms."""
    columns = [column for (_, arm), column in fit.columns.items() if not arm.isdigit() or int(arm) < 3]
    return int(cells.frame[columns].apply(missing_cells).any(axis=1).sum())


def _agreement(cells: Cells, raw: Fit, effects: Fit) -> float | None:
    """The share of rows in which an effect of the arms is the printed one; None where there is nothing to compare."""
    first, second = ("1", "2") if raw.recipe.wide else ("t", "c")

    def column(quantity: str, arm: str) -> pd.Series:
        name = raw.columns[quantity, arm]
        return numbers(cells.frame[name]).values

    arms = (first, second)
    if ("events", first) in raw.columns and ("n", first) in raw.columns:
        a, c, n, m = *(column("events", arm) for arm in arms), *(column("n", arm) for arm in arms)
        with np.errstate(divide="ignore", invalid="ignore"):
            ours = [np.log(a / n / (c / m)), np.log(a / (n - a) / (c / (m - c))), a / n - c / m]
    elif ("mean", first) in raw.columns and ("sd", first) in raw.columns:
        means, sds, sizes = ([column(q, arm) for arm in arms] for q in ("mean", "sd", "n"))
        pooled = np.sqrt(sum((n - 1) * s**2 for n, s in zip(sizes, sds, strict=True)) / (sum(sizes) - 2))
        difference = means[0] - means[1]
        ours = [difference, difference / pooled, difference / pooled * (1 - 3 / (4 * (sum(sizes) - 2) - 1))]
    else:
        return None
    printed = numbers(cells.frame[effects.columns["estimate", ""]]).values
    return max(_share(ours, theirs) for theirs in (printed, _log(printed)))


def _log(values: pd.Series) -> pd.Series:
    return values.where(values > 0).map(lambda value: float(np.log(value)))


def _share(ours: Sequence[pd.Series], printed: pd.Series) -> float:
    shares = [0.0]
    for effect in ours:
        known = np.isfinite(effect) & printed.notna()
        if known.any():
            near = (effect - printed).abs() <= 0.02 + 0.02 * printed.abs()
            shares.append(float(near[known].mean()))
    return max(shares)


def _two_outcomes(cells: Cells, fit: Fit) -> list[Issue]:
    """The question which outcome is meant, where columns for two stand side by side."""
    events = [column for (quantity, _), column in fit.columns.items() if quantity == "events"]
    asked = any(role[0] == "events" for role in fit.rivals)
    if asked or fit.recipe.wide or any(column in fit.given for column in events):
        return []
    others = other_outcomes(cells.frame, fit.columns)
    if not others:
        return []
    first, names = f"`{events[0]}`", listed([f"`{column}`" for column in others], "or")
    role = user_name(next(role for role in fit.columns if role[0] == "events"))
    message = (
        f"can be {first} or {names}, which may be another outcome: say which with columns= (--columns {role}=...)."
    )
    return [Issue(1, role, None, message, cells.name)]


def _refuse_rivals(cells: Cells, fit: Fit) -> None:
    """Ask where two columns give a role equally well and do not say the same."""
    issues = _two_outcomes(cells, fit)
    for role, columns in fit.rivals.items():
        first = cells.frame[columns[0]]
        if all((cells.frame[column] == first).all() for column in columns):
            continue
        names = listed([f"`{column}`" for column in columns], "or")
        message = (
            f"can be {names}: say which with columns={{{user_name(role)!r}: ...}} (--columns {user_name(role)}=...)."
        )
        issues.append(Issue(1, user_name(role), None, message, cells.name))
    if issues:
        raise InvalidInputError(issues, f"Two readings fit {cells.name}")
