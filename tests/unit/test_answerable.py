"""Every public function and method answers wrong objects with a typed error that names the argument."""

from __future__ import annotations

import doctest
import inspect
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import CHECKOUT

import tmsmeta as tm
from tmsmeta.words.arguments import answerable


@answerable
def asked(texts: list[str], *, limits: tuple[float, float] | None = None, how: str = "a", **choices: Any) -> int:
    """Stands for a function that looks at its arguments late."""
    return sum(len(text) for text in texts) + int(limits[0] + limits[1] if limits else 0) + len(how.strip())


@pytest.mark.parametrize(
    ("given", "choices", "said"),
    [
        ((), {}, "`texts`: must be given."),
        ((5,), {}, "`texts`: must be a list of texts. Got 5."),
        (([1],), {}, "`texts`: must be a list of texts. Got 'list'."),
        ((["a"],), {"limits": ["x", 1]}, "`limits`: must be 2 numbers or None. Got 'list'."),
        ((["a"],), {"limits": (1,)}, "`limits`: must be 2 numbers or None. Got 'tuple'."),
        ((["a"],), {"how": 7}, "`how`: must be a text. Got 7."),
        (("ab",), {"limits": 3, "how": None}, "3 faults"),
    ],
)
def test_every_argument_that_does_not_fit_is_named(given: Any, choices: Any, said: str) -> None:
    with pytest.raises(tm.InvalidInputError) as refused:
        asked(*given, **choices)
    assert said in str(refused.value)


def test_what_no_argument_explains_goes_on_as_it_is() -> None:
    @answerable
    def broken(number: int) -> float:
        return number / 0

    with pytest.raises(ZeroDivisionError):
        broken(1)
    with pytest.raises(TypeError, match="positional"):
        asked([], 1)  # type: ignore[misc]
    assert asked(["a"], limits=(1, 2)) == 5


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda r: r.network(tau2="FE"), r"`tau2` is a choice of the model: give model=tm.NetworkSpec\(tau2='FE'\)"),
        (lambda r: r.network(lumpin="x"), "no argument 'lumpin'; it must be one of 'measure', 'lumping'"),
        (lambda r: r.select(tier="A"), "no argument 'tier'; it must be one of .*'tiers'"),
        (lambda r: r.effects(tier="A"), "no argument 'tier'"),
        (lambda r: r.pool(tau="DL"), "no argument 'tau'; it must be one of 'tau2'"),
        (lambda r: r.run(outcomes=5), "`outcomes`: must be a list of texts. Got 5"),
        (lambda r: r.run(step=5), "`step`: must be a function. Got 5"),
        (lambda r: tm.review.review_network(r.evidence, "fine"), "`spec`: must be a ReviewNetworkSpec or None"),
        (lambda r: tm.network({}, refrence="a"), "no argument 'refrence'; it must be one of 'arms', 'measure', 'refer"),
        (lambda r: tm.pool(r.effects(), tau="DL"), "no argument 'tau'"),
        (lambda r: tm.bootstrap(r.effects(), seed="x"), "`seed`: must be a whole number. Got 'x'"),
        (lambda r: tm.heterogeneity.cochran_q(5), "`model`: must be a WeightedModel. Got 5"),
        (lambda r: tm.figures.forest(r.pool(), title=5), "`title`: must be a text. Got 5"),
        (lambda r: tm.figures.forest(r.pool(), ax="here"), "`ax`: must be an Axes or None. Got 'here'"),
        (lambda r: tm.report.write_results(r.run(), None), "`out`: must be a text or a path."),
    ],
)
def test_the_sentence_says_what_would_be_right(ask: Callable[[Any], object], said: str, review: tm.Review) -> None:
    with pytest.raises(tm.TmsmetaError, match=said):
        ask(review)


@pytest.fixture(scope="module")
def review() -> tm.Review:
    return tm.read_review(CHECKOUT / "examples" / "bcg")


WRONG = (
    None, 5, -1.5, "text", b"x", [], ["a"], {}, object(), pd.DataFrame({"a": [1]}), float("nan"), [None, "b"], True,
    np.ones((2, 2)),
)  # fmt: skip


def calls_of(name: str) -> list[tuple[Any, inspect.BoundArguments]]:
    """The first call in the example of a function or method, with the function."""
    from unit.test_docstrings import EXAMPLES, FUNCTIONS, _sections

    function, kept = EXAMPLES[name], []
    *place, last = name.split(".")
    owner: Any = tm if place[0] == "tm" else getattr(tm, place[0])
    for part in place[1:]:
        owner = getattr(owner, part)
    if name not in FUNCTIONS and not inspect.isfunction(inspect.getattr_static(owner, last)):
        return []  # of a class

    def keep(*args: Any, **kwargs: Any) -> Any:
        kept.append((function, inspect.signature(function).bind(*args, **kwargs)))
        return function(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, last, keep)
        example = doctest.DocTestParser().get_doctest(_sections(function).get("Example", ""), {}, name, None, None)
        doctest.DocTestRunner(verbose=False).run(example, out=lambda _: None)
    return kept[:1]


def replaced(call: inspect.BoundArguments) -> Iterator[tuple[str, Any, inspect.BoundArguments]]:
    """The call with each argument in turn replaced by each of the wrong objects."""
    for name, parameter in call.signature.parameters.items():
        for value in WRONG if name not in ("self", "cls") else ():
            if parameter.kind is parameter.VAR_KEYWORD:
                value = {**call.arguments.get(name, {}), "nonsense": value}
            given = (value,) if parameter.kind is parameter.VAR_POSITIONAL else value
            yield name, value, inspect.BoundArguments(call.signature, {**call.arguments, name: given})


@pytest.mark.slow
def test_no_public_function_answers_wrong_objects_with_an_error_of_python(
    example_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each argument of the example of each public function and method, replaced by fourteen objects."""
    from unit.test_docstrings import EXAMPLES

    monkeypatch.chdir(example_folder)
    warnings.simplefilter("ignore")
    tried, untyped = 0, []
    for example in EXAMPLES:
        for function, call in calls_of(example):
            for name, value, changed in replaced(call):
                tried += 1
                try:
                    function(*changed.args, **changed.kwargs)
                except tm.TmsmetaError:
                    continue
                except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, AssertionError) as error:
                    untyped.append(f"{example}({name}={value!r}): {type(error).__name__}: {error}"[:300])
    print(f"{tried} calls, {len(untyped)} ended with an error of Python")
    assert tried > 10_000
    assert untyped == [], "\n".join(untyped)
