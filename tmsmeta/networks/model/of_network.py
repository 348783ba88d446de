"""What the fitted models of a network share."""

from __future__ import annotations

from tmsmeta.networks.input.data import NetworkData


class OfNetwork:
    """What every model of a network tells of its data."""

    data: NetworkData

    @property
    def treatments(self) -> tuple[str, ...]:
        """Labels, in the order of every matrix."""
        return self.data.treatments

    @property
    def measure(self) -> str:
        """Key of :data:`tmsmeta.effects.MEASURES`."""
        return self.data.measure

    @property
    def reference(self) -> str:
        """The treatment against which single effects are stated."""
        return self.data.reference

    @property
    def better(self) -> str:
        """``higher`` or ``lower``: which direction of the outcome is good."""
        return self.data.better
