"""Read one outcome of a review made with RevMan 5 (a file .rm5, XML) into cells."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.grid import Cells, Origin, named_cells
from tmsmeta.tables.numerals import is_number
from tmsmeta.words.names import near

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "DICH": {"events_t": "EVENTS_1", "n_t": "TOTAL_1", "events_c": "EVENTS_2", "n_c": "TOTAL_2"},
    "CONT": {
        "mean_t": "MEAN_1", "sd_t": "SD_1", "n_t": "TOTAL_1", "mean_c": "MEAN_2", "sd_c": "SD_2", "n_c": "TOTAL_2",
    },
    "IV": {"estimate": "ESTIMATE", "se": "SE"},
    "IPD": {"O-E": "O_E", "variance": "VAR"},
}  # fmt: skip
"""Kinds of outcome that can be read, and which attribute of a row gives which column."""

_MEASURES = {
    "OR": "odds ratio",
    "PETO_OR": "Peto odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference",
}
_METHODS = {"MH": "Mantel-Haenszel", "IV": "inverse variance", "PETO": "Peto", "EXP_O_MINUS_E": "O-E and variance"}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """An outcome of a comparison: its number (``1.2``), name with that of its comparison, kind and element."""

    number: str
    name: str
    kind: str
    element: Element

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


def revman_cells(data: bytes, origin: Origin, wanted: str | None) -> Cells:
    """The studies of one outcome: counts, means, estimates with standard errors, or O-E with its variance.

    The columns have the names of the shapes; subgroups are a column of their own. Effect measure and method of the
    review are said. ``wanted`` is number (``"1.2"``), name, or comparison and name (``"Drug > Death"``).

    Raises:
        EvidenceError: the file is damaged or declares entities, or it must be said which outcome is meant.
    """
    root = _parsed(data, origin)
    outcome = _chosen(_outcomes(root), origin, wanted)
    if outcome.kind not in _COLUMNS:
        raise _refused(
            origin, f"holds texts, not numbers, for the outcome {outcome}; choose another with sheet= (--sheet)."
        )
    rows = list(_rows(outcome, _study_names(root)))
    if not rows:
        raise _refused(origin, f"has no studies for the outcome {outcome}.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name, "") for row in rows] for name in names]
    origin = replace(origin, said=(*origin.said, f"outcome {outcome}", *_analysis(outcome.element)))
    return named_cells(origin, _headers(outcome, names), cells, list(range(2, len(rows) + 2)))


def _parsed(data: bytes, origin: Origin) -> Element:
    """The root of the file; declared entities are refused, as they can read other files or grow without end."""
    import xml.etree.ElementTree as ET

    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data):
        raise _refused(origin, "declares a document type or entities, which RevMan never writes; save it there again.")
    try:
        return ET.fromstring(data)
    except ET.ParseError as error:
        raise _refused(origin, f"is damaged XML ({error}); save it in RevMan again.") from error


def _refused(origin: Origin, message: str, found: object = None) -> EvidenceError:
    return EvidenceError(Issue(None, WHOLE_FILE, found, message, origin.name), "The table cannot be read")


def _outcomes(root: Element) -> list[_Outcome]:
    found = []
    for i, comparison in enumerate(root.iter("COMPARISON"), start=1):
        elements = [element for element in comparison if element.tag.endswith("_OUTCOME")]
        for j, element in enumerate(elements, start=1):
            number = f"{comparison.get('NO', i)}.{element.get('NO', j)}"
            name = f"{_text(comparison, 'NAME')} > {_text(element, 'NAME')}"
            found.append(_Outcome(number, name, element.tag.removesuffix("_OUTCOME"), element))
    return found


def _text(element: Element, tag: str) -> str:
    """A property that RevMan writes as an element or as an attribute."""
    return " ".join((element.findtext(tag) or element.get(tag) or "").split())


def _chosen(outcomes: list[_Outcome], origin: Origin, wanted: str | None) -> _Outcome:
    if not outcomes:
        raise _refused(origin, "has no outcomes with data.")
    if wanted is None:
        readable = [outcome for outcome in outcomes if outcome.kind in _COLUMNS] or outcomes
        if len(readable) == 1:
            return readable[0]
        raise _refused(
            origin, f"holds several outcomes; say which one with sheet= (--sheet): {'; '.join(map(str, readable))}."
        )
    key = wanted.strip().casefold()
    for names in (
        {outcome.number: outcome for outcome in outcomes},
        {str(outcome).casefold(): outcome for outcome in outcomes},
        _unique(outcomes, lambda outcome: outcome.name),
        _unique(outcomes, lambda outcome: outcome.name.partition(" > ")[2]),
    ):
        if key in names:
            return names[key]
    hint = near(wanted, [outcome.name.partition(" > ")[2] for outcome in outcomes])
    listing = f"its outcomes are {'; '.join(map(str, outcomes))}.{f' Is {hint!r} meant?' if hint else ''}"
    raise _refused(origin, f"has no such outcome, or several; {listing}", wanted)


def _unique(outcomes: list[_Outcome], name_of: Callable[[_Outcome], str]) -> dict[str, _Outcome]:
    names = [name_of(outcome).casefold() for outcome in outcomes]
    return {name: outcome for name, outcome in zip(names, outcomes, strict=True) if names.count(name) == 1}


def _study_names(root: Element) -> dict[str, str]:
    return {study.get("ID", ""): _text(study, "NAME") for study in root.iter("STUDY")}


def _rows(outcome: _Outcome, studies: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """One row per study and subgroup, as column and cell."""
    element, kind = outcome.element, outcome.kind
    labels = {"treatment_t": _text(element, "GROUP_LABEL_1"), "treatment_c": _text(element, "GROUP_LABEL_2")}
    named = {name: label for name, label in labels.items() if all(labels.values())}
    measure = _MEASURES.get(_text(element, "EFFECT_MEASURE"))
    stated = {"effect measure": measure} if measure else {}
    groups = element.findall(f"{kind}_SUBGROUP")
    for group in groups or [element]:
        subgroup = {"subgroup": _text(group, "NAME")} if groups else {}
        for row in group.findall(f"{kind}_DATA"):
            study = row.get("STUDY_ID", "")
            name = studies.get(study) or study.removeprefix("STD-")
            yield {"study": name, **subgroup, **named, **_numbers(row, kind), **stated}


def _numbers(row: Element, kind: str) -> dict[str, str]:
    """The numbers of a study; blank for one without people or standard error, where RevMan writes zeros."""
    cells = {column: row.get(attribute, "").removesuffix(".0") for column, attribute in _COLUMNS[kind].items()}
    empty = any(cells.get(column) == "0" for column in ("n_t", "n_c", "se", "variance"))
    return dict.fromkeys(cells, "") if empty else cells


def _headers(outcome: _Outcome, names: list[str]) -> list[str]:
    """The names of the columns; those of an estimate say its measure and whether it is a log."""
    measure = _measure(outcome.element)
    if outcome.kind == "IV":
        log = "log " if _are_logs(outcome) else ""
        named = {"estimate": f"{log}{measure}", "se": f"{log}se"}
    else:
        named = {"variance": f"{measure} variance"} if "ratio" in measure.casefold() else {}
    return [named.get(name, name) for name in names]


def _are_logs(outcome: _Outcome) -> bool:
    """Whether estimates are logs of the effects that stand beside them; without these, ratios are."""
    rows = outcome.element.iter(f"{outcome.kind}_DATA")
    pairs = [(row.get("ESTIMATE", ""), row.get("EFFECT_SIZE", "")) for row in rows]
    numbers = [
        (float(estimate), float(effect)) for estimate, effect in pairs if is_number(estimate) and is_number(effect)
    ]
    if all(estimate == effect for estimate, effect in numbers):
        return not numbers and "ratio" in _measure(outcome.element).casefold()
    return all(effect > 0 and abs(math.log(effect) - estimate) < 0.01 for estimate, effect in numbers)


def _measure(element: Element) -> str:
    text = _text(element, "EFFECT_MEASURE")
    return _MEASURES.get(text, text or "estimate")


def _analysis(element: Element) -> list[str]:
    """How the review analysed the outcome, as it says itself."""
    method = element.get("METHOD", "")
    model = {"YES": "random effects", "NO": "fixed effect"}.get(element.get("RANDOM", ""), "")
    parts = [_measure(element), _METHODS.get(method, method), model]
    said = [f"analysed in the review as {', '.join(part for part in parts if part)}"]
    if element.get("SWAP_EVENTS") == "YES":
        said.append("the review counts people without the event")
    return said
