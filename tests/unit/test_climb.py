"""The searches for maxima, on surfaces whose lowest place is known."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta.errors import ConvergenceError
from tmsmeta.models.climb import climb, climb_together, curvature

BOWL = np.array([[3.0, 1.0, 0.2], [1.0, 2.0, -0.5], [0.2, -0.5, 1.0]])
PLACE = np.array([0.4, -1.2, 2.0])


def bowl(at):
    away = at - PLACE
    return np.einsum("...i,ij,...j->...", away, BOWL, away) / 2, away @ BOWL


def banana(at):
    """Rosenbrock's: lowest at (1, 1), in a bent valley."""
    x, y = at[..., 0], at[..., 1]
    slope = np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, slope


def wells(at, tilt=0.3):
    """Two wells in x beside each other, the left one deeper, and one bowl in y."""
    x, y = at[..., 0], at[..., 1]
    return (x**2 - 1) ** 2 + tilt * x + y**2, np.stack([4 * x * (x**2 - 1) + tilt, 2 * y], axis=-1)


def slide(at):
    """Down for ever: -log(1 + exp(x))."""
    x = at[..., 0]
    return -np.logaddexp(0.0, x), np.stack([-1 / (1 + np.exp(-x))], axis=-1)


def barrier(at):
    """x - log(x): lowest at 1, and no number left of 0."""
    x = at[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return x - np.log(x), np.stack([1 - 1 / x], axis=-1)


def test_the_bottom_of_a_bowl_is_found_to_the_last_digits():
    np.testing.assert_allclose(climb(bowl, np.full(3, 0.5), "a bowl"), PLACE, rtol=1e-9)
    np.testing.assert_allclose(climb_together(bowl, np.zeros((4, 3))), PLACE, rtol=1e-9)


def test_a_bent_valley_is_followed_to_its_end():
    np.testing.assert_allclose(climb(banana, np.array([-1.2, 1.0]), "a valley"), [1, 1], rtol=1e-9)
    starts = np.array([[-1.2, 1.0], [0.0, 0.0], [2.0, 2.0], [-0.5, 1.5]])
    np.testing.assert_allclose(climb_together(banana, starts), [1, 1], rtol=1e-8)


def test_the_deeper_of_two_wells_is_taken_whichever_start_reaches_it():
    deep, shallow = min(np.roots([4, 0, -4, 0.3]).real), max(np.roots([4, 0, -4, 0.3]).real)
    for starts in ([-2, -0.5, 0.5, 2], [2, 1.5, 1.2, -0.7], [-1.5, 0.9, 1.0, 1.1]):
        found = climb_together(wells, np.array([[x, 0.7] for x in starts], dtype=float))
        np.testing.assert_allclose(found, [deep, 0], rtol=1e-8, atol=1e-9)
    found = climb_together(wells, np.array([[x, 0.7] for x in (0.8, 0.9, 1.1)], dtype=float))
    np.testing.assert_allclose(found, [shallow, 0], rtol=1e-8, atol=1e-9)


def test_a_ridge_between_two_wells_is_left_downhill():
    found = climb_together(wells, np.array([[0.05, 0.4], [-0.05, -0.4]]))
    assert wells(found)[0] < wells(np.array([0.0, 0.0]))[0] - 0.5


def test_places_without_a_value_are_no_way():
    np.testing.assert_allclose(climb_together(barrier, np.array([[3.0], [0.01], [0.5]])), [1.0], rtol=1e-8)


def test_a_surface_without_a_bottom_has_none():
    assert climb_together(slide, np.zeros((3, 1))) is None
    with pytest.raises(ConvergenceError, match="of the likelihood of a slide was found"):
        climb(slide, np.zeros(1), "a slide")


def test_curvature_is_the_second_derivative():
    np.testing.assert_allclose(curvature(bowl, np.array([5.0, 1.0, 2.0])), BOWL, rtol=1e-8)
    x, y = 0.7, 1.3
    wanted = [[2 - 400 * y + 1200 * x**2, -400 * x], [-400 * x, 200]]
    np.testing.assert_allclose(curvature(banana, np.array([x, y])), wanted, rtol=1e-8)
