"""What a comparator is called. A treatment is never taken as comparator unless it is named as one, or given."""

from __future__ import annotations

import re

from tmsmeta.words.names import alike

CONTROL_NAMES = (
    "control", "controls", "comparator", "placebo", "sham", "no treatment", "untreated", "no intervention",
    "no contact", "usual care", "standard care", "standard of care", "care as usual", "treatment as usual", "waitlist",
    "wait list", "waiting list", "wl", "wlc", "waitlist control", "wait list control", "control group", "control arm",
    "ctrl", "pbo", "placebo control", "sham control", "no therapy", "unvaccinated", "not vaccinated", "tau", "cau",
    "kontrolle", "kontrollgruppe", "scheinbehandlung", "contrôle", "témoin", "grupo control", "controllo", "controle",
)  # fmt: skip
"""Names of comparators, in lower case; blanks stand for hyphens and underscores too."""


def is_control_name(name: str) -> bool:
    """Whether a treatment is called a comparator, or two of them (``control/placebo``), in any case and spelling."""
    return all(alike(part) in CONTROL_NAMES for part in re.split(r"\s*/\s*|\s+or\s+", name))
