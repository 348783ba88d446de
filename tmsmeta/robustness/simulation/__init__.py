"""How often intervals hold what they promise: simulated trials with a known answer, pooled by every method."""

from tmsmeta.robustness.simulation.results import SimulationResult
from tmsmeta.robustness.simulation.run import simulate
from tmsmeta.robustness.simulation.spec import SimulationCell, SimulationSpec, grid

__all__ = ["SimulationCell", "SimulationResult", "SimulationSpec", "grid", "simulate"]
