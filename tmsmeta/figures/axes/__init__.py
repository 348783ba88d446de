"""Axes of effects: scale, ticks, labels."""
