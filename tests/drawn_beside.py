"""Figures and sums for the tests of the second process, which finds them by name."""

import os
import time
import warnings

from matplotlib.figure import Figure


def line(points):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot(range(points))
    return figure


def slow(points):
    """A figure whose every file takes half a second."""
    figure = line(points)
    usual = figure.savefig

    def savefig(*args, **kwargs):
        time.sleep(0.5)
        return usual(*args, **kwargs)

    figure.savefig = savefig
    return figure


def nothing():
    return None


def too_high():
    warnings.warn("The figure is more than a page.", UserWarning, stacklevel=2)
    return line(2)


def impossible():
    raise ValueError("nothing to draw")


def squared(number):
    """Also who squared it."""
    return number * number, os.getpid()
