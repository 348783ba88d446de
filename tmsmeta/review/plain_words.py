"""The codes of a review's tables in the words that people read: ``late_life`` is "late life", a node its label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from tmsmeta.review.claim_kinds import CHECK_NAMES
from tmsmeta.tables.row_rules import split_list
from tmsmeta.words.glossary import in_print
from tmsmeta.words.names import inside

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence


_TOKEN = re.compile(r"(?<![\w/.-])\w+(?![\w/-])")


def plain_words(evidence: Evidence) -> Callable[[str], str]:
    """What turns the codes in a text into words, and options of functions into what they are called.

    Treatments, trials, cohorts, rates and published results get their labels, outcomes theirs; other codes with an
    underscore (flags, population groups, arms, checks) blanks in its place. What is written like an ordinary word
    stays, and so does a label that is its own code, with the capital that it has where it stands.
    """
    words = {code: word for code, word in _words(evidence).items() if word not in (code, inside(code))}

    @cache
    def in_words(text: str) -> str:
        return in_print(_TOKEN.sub(lambda match: words.get(match[0], match[0]), text))

    return in_words


def _words(evidence: Evidence) -> dict[str, str]:
    found = {code: code.replace("_", " ") for code in _spaced(evidence) if "_" in code}
    labels = {code: inside(evidence.outcome_label(code)) for code in evidence.outcome_names}
    labels |= {
        code: inside(evidence.treatment_label(code)) for code in (*evidence.nodes, *evidence.treatments["treatment"])
    }
    for table, column in (("trials", "trial_id"), ("cohorts", "cohort_id"), ("rates", "rate_id")):
        labels |= _labels((cells[column], cells["label"]) for _, cells in evidence.rows(table))
    labels |= _labels(
        (cells["result_id"], f"{cells['review']} {cells['year']}") for _, cells in evidence.rows("published")
    )
    return found | {code: label for code, label in labels.items() if _is_code(code, label)}


def _labels(pairs: Iterable[tuple[object, object]]) -> Mapping[str, str]:
    return {str(code): str(label) for code, label in pairs}


def _spaced(evidence: Evidence) -> set[str]:
    flags = {
        flag for table in (evidence.arms, evidence.contrasts) for cell in table["flags"] for flag in split_list(cell)
    }
    groups = {*evidence.populations["population_group"], *evidence.trials["population_group"]}
    return {*CHECK_NAMES, *flags, *evidence.flags["flag"], *groups, *evidence.arms["arm"]}


def _is_code(code: str, label: str) -> bool:
    """Whether `code` is none that could stand in a sentence for what it is."""
    return bool(code) and bool(re.search(r"[_\d]", code) or not code.islower() or code not in label.casefold())
