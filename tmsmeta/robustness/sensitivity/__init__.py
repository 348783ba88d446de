"""How much the pooled effect depends on single studies and on the order in which they came."""

from tmsmeta.robustness.sensitivity.coordinates import baujat, labbe, labbe_curve
from tmsmeta.robustness.sensitivity.curves import PValueCurves, p_value_curves, radial
from tmsmeta.robustness.sensitivity.deletion import cumulative, leave_one_out
from tmsmeta.robustness.sensitivity.influence import influence, influence_cutoffs

__all__ = [
    "PValueCurves",
    "baujat",
    "cumulative",
    "influence",
    "influence_cutoffs",
    "labbe",
    "labbe_curve",
    "leave_one_out",
    "p_value_curves",
    "radial",
]
