"""The main analyses as a Python script that holds its data, for readers who want to compute them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable

if TYPE_CHECKING:
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.run import ReviewRun

_COUNTS = ("events_t", "n_t", "events_c", "n_c")


def python_script(result: ReviewRun) -> str:
    """The main analysis of every outcome and its main network."""
    from tmsmeta import __version__

    parts = [f"# The main analyses of a review, made by tmsmeta {__version__}. Needs: pip install tmsmeta", _IMPORTS]
    for number, (outcome, pooled) in enumerate(result.main_pools().items(), start=1):
        parts.append(_pool(f"outcome_{number}", result.evidence.outcome_title(outcome), pooled))
    for number, outcome in enumerate(result.networks, start=1):
        net = result.network(outcome)
        if not isinstance(net, NotAssessable):
            parts.append(_network(f"network_{number}", result.evidence.outcome_label(outcome), net))
    return "\n\n".join(parts) + "\n"


_IMPORTS = "import tmsmeta as tm\n\nnan = float('nan')"


def _pool(name: str, title: str, pooled: PooledEffect) -> str:
    """The effects, from counts where all trials have them, and the pool."""
    effects = pooled.effects
    rule = effects.zero_rule
    counted = set(_COUNTS) <= set(effects.inputs)
    if rule is not None and counted and not any((effects.inputs[key] != effects.inputs[key]).any() for key in _COUNTS):
        columns = [f"    {key}={_numbers(effects.inputs[key])}," for key in _COUNTS]
        made = ["tm.effects.binary(", f"    {effects.measure!r},", *columns, f"    {rule.words()},"]
    else:
        columns = [f"    {_numbers(effects.yi)},", f"    vi={_numbers(effects.vi)},"]
        made = ["tm.effects.generic(", *columns, f"    measure={effects.measure!r},"]
    study = _texts(effects.study)
    choices = _choices(pooled.spec.to_dict(), without=("name", "zero_rule"))
    pool = f"print(tm.pool({name}, {choices}).result_sentence())"
    return "\n".join([_comment(title), f"{name} = {made[0]}", *made[1:], f"    study={study},", ")", pool])


def _network(name: str, title: str, found: ReviewNetwork) -> str:
    """Every comparison of every trial, and the network of them."""
    net = found.net
    data, pairs, spec = net.data, net.data.pairs, net.spec
    columns = [
        _texts([data.studies[i] for i in pairs.study]),
        _texts([data.treatments[i] for i in pairs.i]),
        _texts([data.treatments[j] for j in pairs.j]),
        _numbers(pairs.y),
        _numbers(pairs.variance**0.5),
    ]
    asked = {"reference": data.reference, "measure": data.measure, "better": data.better}
    fit = {"tau2": spec.tau2, "ci": spec.ci, "level": spec.level, "prediction": spec.prediction}
    lines = [f"    {column}," for column in columns]
    made = [f"{name} = tm.network_from_contrasts(", *lines, f"    {_choices(asked | fit)},", ")"]
    return "\n".join([_comment(f"Network: {title}"), *made, f"print(tm.rank({name}).result_sentence())"])


def _choices(spec: Mapping[str, Any], without: Sequence[str] = ()) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in spec.items() if name not in without)


def _comment(text: str) -> str:
    return f"# {' '.join(text.split())}"


def _numbers(values: Iterable[float]) -> str:
    return f"[{', '.join(f'{float(value):.17g}' for value in values)}]"


def _texts(values: Iterable[object]) -> str:
    return repr([str(value) for value in values])
