"""How much the pooled effect depends on single studies and on the order in which they came."""

from tmsmeta.sensitivity.coordinates import baujat, labbe, labbe_curve
from tmsmeta.sensitivity.curves import PValueCurves, p_value_curves, radial
from tmsmeta.sensitivity.deletion import cumulative, leave_one_out
from tmsmeta.sensitivity.influence import influence

__all__ = [
    "PValueCurves",
    "baujat",
    "cumulative",
    "influence",
    "labbe",
    "labbe_curve",
    "leave_one_out",
    "p_value_curves",
    "radial",
]
