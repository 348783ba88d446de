"""Figures for the tests of the second process, which finds them by name."""

import warnings

from matplotlib.figure import Figure


def line(points):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot(range(points))
    return figure


def too_high():
    warnings.warn("The figure is more than a page.", UserWarning, stacklevel=2)
    return line(2)


def impossible():
    raise ValueError("nothing to draw")
