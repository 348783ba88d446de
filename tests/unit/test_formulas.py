"""What a formula of moderators may hold: columns, numbers, arithmetic and a short list of functions."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError
from tmsmeta.models.regression.formula import FUNCTIONS, parsed_formula

TPOS = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27]
NT = [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913]
CPOS = [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29]
NC = [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854]
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
DATA = {"ablat": LATITUDE, "c": [1, 2, 3] * 4 + [2], "b": list("xyxyxyxyxyxyx"), "a b": LATITUDE, "log": LATITUDE}
BCG = tm.effects.binary("RR", TPOS, NT, CPOS, NC)


def fit(formula: str, data: Any = DATA) -> tm.MetaRegression:
    found = tm.meta_regression(BCG, formula, data)
    assert isinstance(found, tm.MetaRegression)
    return found


@pytest.mark.parametrize("kind", [int, float])
def test_a_hat_inside_i_is_a_power(kind: type) -> None:
    """Right values: metafor 3.8-1, rma(yi, vi, mods = ~ ablat + I(ablat^2)) of dat.bcg; its iteration stops at 1e-5."""
    found = fit("~ ablat + I(ablat^2)", {"ablat": [kind(x) for x in LATITUDE]})
    np.testing.assert_allclose(found.beta, [-0.388932, 0.021806, -0.000796], atol=1e-5)
    assert found.p_value[2] == pytest.approx(0.267, abs=5e-4)
    assert found.terms == ("Intercept", "ablat", "I(ablat^2)")
    stars = fit("~ ablat + I(ablat**2)")
    np.testing.assert_array_equal(found.beta, stars.beta)
    assert stars.terms[-1] == "I(ablat ** 2)"
    np.testing.assert_allclose(
        found.predict({"ablat": [10, 50]})["estimate"], stars.predict({"ablat": [10.0, 50.0]})["estimate"], rtol=1e-12
    )


def test_a_hat_binds_as_a_power_and_may_be_negative() -> None:
    x = np.array(LATITUDE, dtype=float)
    wanted = {"I(2*ablat^2)": 2 * x**2, "I(ablat^-1)": 1 / x, "I(1 + ablat^2)": 1 + x**2}
    for formula, column in wanted.items():
        np.testing.assert_allclose(fit(formula).design.x[:, 1], column, rtol=1e-12)


def test_high_powers_of_whole_numbers_do_not_overflow() -> None:
    np.testing.assert_allclose(fit("I(big^7)", {"big": [x * 1000 for x in LATITUDE]}).design.x[0, 1], 44000.0**7)


def test_a_hat_between_terms_makes_interactions() -> None:
    assert fit("(ablat + c)^2").terms == ("Intercept", "ablat", "c", "ablat:c")
    assert fit("`a b` + `x^y`", DATA | {"x^y": DATA["c"]}).terms == ("Intercept", "a b", "x^y")


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("log(ablat)", 1), ("exp(c)", 1), ("sqrt(ablat)", 1), ("poly(ablat, 2)", 2), ("scale(ablat)", 1),
        ("C(c)", 2),
        ("center(ablat)", 1), ("I(ablat / 10 - 1)", 1), ("bs(ablat, df=4)", 4), ("cr(ablat, df=3) - 1", 2),
        ("b * ablat", 3),
        ("bs(ablat, knots=[20, 30], degree=1)", 3), ("C(c > 2)", 1), ("log(`a b`)", 1), ("log + I(-c)", 2),
        ("I(2^c)", 1),
    ],
)  # fmt: skip
def test_what_a_formula_may_hold(formula: str, columns: int) -> None:
    found = fit(formula)
    assert found.p == columns + 1
    new = found.predict({name: [values[0], values[1]] for name, values in DATA.items()})
    np.testing.assert_allclose(new["estimate"], found.fitted[:2], rtol=1e-9)


def test_values_of_the_functions() -> None:
    x = np.array(LATITUDE, dtype=float)
    for formula, column in (("sqrt(ablat)", np.sqrt(x)), ("log(ablat)", np.log(x)), ("exp(c)", np.exp(DATA["c"]))):
        np.testing.assert_allclose(fit(formula).design.x[:, 1], column, rtol=1e-12)


ATTACKS = [
    "__import__('os')", "{__import__('os').system('true')}", "I(__import__('os').getcwd())", "I(ablat.__class__)",
    "I(x.__class__)", "log(`ablat`.__class__)", "I(ablat[0])", "I((lambda: 1)())", "I([x for x in ablat])",
    "I({x for x in ablat})", "I(f'{ablat}')", "I((y := ablat))", "I('a')", "'a'", "I(b'a')", "I(9**9**9)", "I(9^9^9)",
    "I(ablat**(9**9**9))", "I(((9**9)**9)**9)", "(ablat + c)^99999999", "I(ablat^10)", "np.log(ablat)", "abs(ablat)",
    "open('x')", "exec('1')", "eval(ablat)", "log(eval)(1)", "getattr(ablat, b)", "I(*ablat)", "I(**ablat)",
    "I(ablat if c else 1)", "I({1: 2})", "I(...)", "I(None)", "I(1j)", "I(await ablat)", "I(yield)", "hashed(ablat)",
    "lag(ablat)", "contr.treatment(b)", "I(ablat @ c)",
    "C(b, contr.treatment('y'))", "C(b, levels=['y', 'x'])", "Q('a b')", "__class__",
    "I(__class__)", "`__import__('os')`", "__builtins__", "I(1 << 99)", "I(ablat; c)",
]  # fmt: skip


@pytest.mark.parametrize("formula", ATTACKS)
def test_anything_else_is_refused_before_it_is_evaluated(formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr("tmsmeta.models.regression.design._evaluate", run)
    monkeypatch.setattr(os, "getcwd", run)
    with pytest.raises(InvalidInputError, match="`formula`"):
        tm.meta_regression(BCG, formula, DATA | {"x": LATITUDE})
    with pytest.raises(InvalidInputError, match="`formula`"):
        parsed_formula(formula)


@pytest.mark.parametrize(
    "formula", ["I(open)", "np", "I(np)", "contr", "I(table)", "self", "sqrt", "quoted_0_ + log(`a b`)"]
)
def test_names_are_those_of_columns(formula: str) -> None:
    with pytest.raises(InvalidInputError, match="is no column of `data`"):
        fit(formula)


def test_a_refusal_names_what_may_be_called_and_every_fault() -> None:
    with pytest.raises(InvalidInputError) as caught:
        fit("abs(ablat) + np.sin(c)")
    assert [issue.found for issue in caught.value.issues[:2]] == ["abs(ablat)", "np.sin(c)"]
    assert all(name in str(caught.value) for name in FUNCTIONS)


@pytest.mark.parametrize("formula", ["ablat^ablat", "ablat^0", "I(ablat", "ablat ~ c"])
def test_formulas_that_cannot_be_read(formula: str) -> None:
    with pytest.raises(InvalidInputError, match="`formula`"):
        fit(formula)
