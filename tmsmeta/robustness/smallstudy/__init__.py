"""Small-study effects: funnel coordinates, tests of asymmetry, trim and fill, a selection model."""

from tmsmeta.robustness.smallstudy.counts import deeks, harbord, peters
from tmsmeta.robustness.smallstudy.funnel import Funnel, funnel
from tmsmeta.robustness.smallstudy.rank import begg
from tmsmeta.robustness.smallstudy.regression import egger, thompson_sharp
from tmsmeta.robustness.smallstudy.result import AsymmetryTest
from tmsmeta.robustness.smallstudy.selection import SelectionModel, SelectionSpec, selection_model
from tmsmeta.robustness.smallstudy.trimfill import TrimAndFill, trim_and_fill

__all__ = [
    "AsymmetryTest",
    "Funnel",
    "SelectionModel",
    "SelectionSpec",
    "TrimAndFill",
    "begg",
    "deeks",
    "egger",
    "funnel",
    "harbord",
    "peters",
    "selection_model",
    "thompson_sharp",
    "trim_and_fill",
]
