"""Small-study effects: funnel coordinates, tests of asymmetry, trim and fill, a selection model."""

from tmsmeta.smallstudy.counts import deeks, harbord, peters
from tmsmeta.smallstudy.funnel import Funnel, funnel
from tmsmeta.smallstudy.rank import begg
from tmsmeta.smallstudy.regression import egger, thompson_sharp
from tmsmeta.smallstudy.result import AsymmetryTest
from tmsmeta.smallstudy.selection import SelectionModel, SelectionSpec, selection_model
from tmsmeta.smallstudy.trimfill import TrimAndFill, trim_and_fill

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
