"""Input that cannot be right, for absolute effects."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from tmsmeta import effects, meta_regression, pool
from tmsmeta.absolute import benefit_share, nnt, risk_per_1000, risk_table
from tmsmeta.errors import InvalidInputError, NotAssessable, UnknownOptionError


@pytest.mark.parametrize("function", [nnt, risk_per_1000])
def test_all_faults_at_once(function: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        function(measure="RR", estimate=-2.0, ci=(3.0, 1.0), level=95, baseline_risk=1.0, source=" ")
    columns = [issue.column for issue in caught.value.issues]
    assert columns == ["level", "estimate", "ci", "baseline_risk", "source"]


@pytest.mark.parametrize("baseline", [0.0, 1.0, -0.1, 10, math.nan, "0.1", True])
def test_baseline_must_be_a_risk(baseline: Any) -> None:
    with pytest.raises(InvalidInputError, match="baseline_risk"):
        nnt(measure="RR", estimate=2.0, baseline_risk=baseline)


def test_faults_in_a_table_name_their_row() -> None:
    with pytest.raises(InvalidInputError) as caught:
        risk_table(measure="RR", estimate=2.0, baseline_risks=[0.1, 2.0, -1.0])
    assert [issue.row for issue in caught.value.issues] == [2, 3]
    with pytest.raises(InvalidInputError) as caught:
        risk_table(measure="RR", estimate=2.0, baseline_risks=[2.0])
    assert [issue.row for issue in caught.value.issues] == [None]  # the only one
    with pytest.raises(InvalidInputError, match="at least one"):
        risk_table(measure="RR", estimate=2.0, baseline_risks=[])


@pytest.mark.parametrize("numbers", [{"measure": "RR"}, {"estimate": 2.0}, {}])
def test_missing_numbers_are_named(numbers: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="is missing"):
        nnt(baseline_risk=0.1, **numbers)


EFFECTS = effects.generic([0.1, 0.5, 0.9, 0.4], se=[0.2, 0.3, 0.2, 0.4], measure="RR")
NO_POOL = {
    "a meta-regression, with effects but several coefficients": meta_regression(
        EFFECTS, "~ dose", {"dose": [1.0, 2.0, 3.0, 5.0]}
    ),
    "an estimate without effects": SimpleNamespace(estimate=0.5, ci=(0.1, 0.9)),
}


@pytest.mark.parametrize("function", [nnt, risk_per_1000, benefit_share])
@pytest.mark.parametrize("wrong", NO_POOL.values(), ids=NO_POOL)
def test_what_is_no_pooled_effect_is_said_to_be_none(function: Any, wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="must be a pooled effect"):
        function(wrong, **{"threshold": 0.0} if function is benefit_share else {"baseline_risk": 0.1})


def test_a_logged_ratio_is_caught_where_it_can_be() -> None:
    with pytest.raises(InvalidInputError, match="not logged"):
        nnt(measure="OR", estimate=0.8, ci=(-0.1, 1.7), baseline_risk=0.1)
    with pytest.raises(InvalidInputError, match="fraction"):
        nnt(measure="RD", estimate=12.0, baseline_risk=0.1)


def test_unknown_options_list_what_is_allowed() -> None:
    with pytest.raises(UnknownOptionError, match="'OR', 'RR', 'RD', 'PETO'"):
        nnt(measure="SMD", estimate=0.5, baseline_risk=0.1)
    with pytest.raises(UnknownOptionError, match="'higher', 'lower'"):
        nnt(measure="RR", estimate=2.0, baseline_risk=0.1, better="up")
    pooled = pool(effects.generic([0.1, 0.3, 0.2], se=[0.1, 0.1, 0.1], measure="SMD"))
    with pytest.raises(UnknownOptionError, match="SMD"):
        risk_per_1000(pooled, baseline_risk=0.1)
    with pytest.raises(UnknownOptionError, match="'normal', 't'"):
        benefit_share(pooled, threshold=0.2, distribution="beta")


def test_a_pooled_effect_and_numbers_exclude_each_other() -> None:
    pooled = pool(effects.generic([0.1, 0.3, 0.2], se=[0.1, 0.1, 0.1], measure="RR"))
    with pytest.raises(InvalidInputError, match="give one of the two"):
        nnt(pooled, measure="RR", estimate=2.0, baseline_risk=0.1)
    with pytest.raises(InvalidInputError, match="give one of the two"):
        benefit_share(pooled, estimate=2.0, threshold=1.2)
    with pytest.raises(InvalidInputError, match="level"):
        nnt(pooled, baseline_risk=0.1, level=0.9)


def test_a_pooled_effect_without_estimate_or_interval() -> None:
    nothing = SimpleNamespace(
        estimate=NotAssessable("estimate", "no study"), ci=None, effects=SimpleNamespace(measure="RR")
    )
    with pytest.raises(InvalidInputError, match="no study"):
        nnt(nothing, baseline_risk=0.1)
    one = pool(effects.binary("RR", [12], [20], [1], [10]))
    found = nnt(one, baseline_risk=0.1)
    assert found.value == pytest.approx(2.0)
    assert found.interval == ()


def test_share_lists_all_faults() -> None:
    with pytest.raises(InvalidInputError) as caught:
        benefit_share(measure="RR", estimate=-1.0, tau2=-0.1, se=math.inf, k=1.5, threshold=0.0, level=2)  # type: ignore[arg-type]
    assert {issue.column for issue in caught.value.issues} == {"estimate", "tau2", "se", "k", "threshold", "level"}
    with pytest.raises(InvalidInputError) as caught:
        benefit_share(threshold=math.nan)
    assert [issue.column for issue in caught.value.issues] == ["estimate", "tau2", "threshold"]


@pytest.mark.parametrize(
    ("numbers", "column"),
    [
        ({"estimate": 0.0}, "estimate"),
        ({"ci": (0.0, 3.0)}, "ci[0]"),
        ({"ci": (2.1, 3.0)}, "ci"),
        ({"ci": (1.0, 1.9)}, "ci"),
        ({"ci": (1.0, math.inf)}, "ci[1]"),
        ({"ci": (1.0,)}, "ci"),
        ({"ci": (1.0, 2.0, 3.0)}, "ci"),
        ({"level": 0.0}, "level"),
        ({"level": 1.0}, "level"),
        ({"measure": "RD", "estimate": 1.01}, "estimate"),
        ({"measure": "RD", "estimate": -1.01}, "estimate"),
        ({"measure": "RD", "estimate": 0.5, "ci": (0.4, 1.01)}, "estimate"),
        ({"estimate": True}, "estimate"),
        ({"source": 7}, "source"),
        ({"source": ""}, "source"),
    ],
)
def test_one_number_that_cannot_be_right(numbers: dict[str, Any], column: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        nnt(**{"measure": "RR", "estimate": 2.0, "baseline_risk": 0.1} | numbers)
    assert [issue.column for issue in caught.value.issues] == [column]


@pytest.mark.parametrize(
    ("numbers", "column"),
    [
        ({"tau2": -0.01}, "tau2"),
        ({"se": -0.01}, "se"),
        ({"tau2_se": math.nan}, "tau2_se"),
        ({"k": 0}, "k"),
        ({"k": 2.5}, "k"),
        ({"estimate": math.inf}, "estimate"),
        ({"threshold": math.inf}, "threshold"),
        ({"measure": "RR", "estimate": 0.0}, "estimate"),
        ({"measure": "RR", "threshold": 0.0}, "threshold"),
        ({"level": 0.0}, "level"),
        ({"level": 1.0}, "level"),
    ],
)
def test_one_number_of_a_share_that_cannot_be_right(numbers: dict[str, Any], column: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        benefit_share(**{"estimate": 0.5, "tau2": 0.04, "se": 0.1, "k": 5, "threshold": 0.3} | numbers)
    assert [issue.column for issue in caught.value.issues] == [column]
