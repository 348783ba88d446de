"""Small-study effects: funnel, Doi plot, power of studies, tests of asymmetry, trim and fill, a selection model."""

from tmsmeta.robustness.smallstudy.counts import deeks, harbord, peters
from tmsmeta.robustness.smallstudy.doi import LfkIndex, lfk_index
from tmsmeta.robustness.smallstudy.funnel import Funnel, funnel
from tmsmeta.robustness.smallstudy.power import StudyPower, study_power
from tmsmeta.robustness.smallstudy.rank import begg
from tmsmeta.robustness.smallstudy.regression import egger, thompson_sharp
from tmsmeta.robustness.smallstudy.result import AsymmetryTest
from tmsmeta.robustness.smallstudy.selection import SelectionModel, SelectionSpec, selection_model
from tmsmeta.robustness.smallstudy.trimfill import TrimAndFill, trim_and_fill

__all__ = [
    "AsymmetryTest",
    "Funnel",
    "LfkIndex",
    "SelectionModel",
    "SelectionSpec",
    "StudyPower",
    "TrimAndFill",
    "begg",
    "deeks",
    "egger",
    "funnel",
    "harbord",
    "lfk_index",
    "peters",
    "selection_model",
    "study_power",
    "thompson_sharp",
    "trim_and_fill",
]
