"""What a reader must know of a method before trusting it; tables of methods have rows of this kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Method:
    """One row of a table of methods, which the documentation prints; none that the package has leaves a field empty.

    Symbols of the formulas: y and v are estimate and sampling variance of a study, w = 1 / v its weight with tau2 = 0
    and w* = 1 / (v + tau2) with tau2; k studies, p coefficients (1 without moderators).

    Attributes:
        name: short name, which functions take.
        label: in words.
        latex: its formula in LaTeX, without dollar signs.
        reference: where the formula was published.
        assumes: what it takes for granted, in sentences.
        avoid: when not to use it, in sentences.
    """

    name: str
    label: str
    latex: str = ""
    reference: str = ""
    assumes: str = ""
    avoid: str = ""
