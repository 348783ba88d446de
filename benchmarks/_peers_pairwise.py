"""Times other Python packages on the studies given as JSON on stdin ({"yi": [...], "vi": [...], "repeats": n}).

Called by pairwise.py, with the Python of an environment that may or may not hold the peers. Prints JSON: per package
its version and [median, lowest] in milliseconds per task, or the reason why there is none.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from _timing import timed

Tasks = dict[str, Callable[[], object]]
Floats = np.ndarray


def statsmodels(y: Floats, v: Floats) -> Tasks:
    """It has no restricted maximum likelihood."""
    from statsmodels.stats.meta_analysis import combine_effects

    return {
        "pool DL": lambda: combine_effects(y, v, method_re="dl").summary_frame(),
        "pool PM": lambda: combine_effects(y, v, method_re="pm").summary_frame(),
    }


def pimeta(y: Floats, v: Floats) -> Tasks:
    import pimeta as peer

    methods = ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
    tasks: Tasks = {f"pool {m}": lambda m=m: peer.rma(y, vi=v, method=m, test="knha") for m in methods}
    return tasks | {"leave_one_out REML": lambda: peer.leave1out(y, v, method="REML")}


def pymare(y: Floats, v: Floats) -> Tasks:
    from pymare import Dataset
    from pymare.estimators import DerSimonianLaird, Hedges, VarianceBasedLikelihoodEstimator

    data = Dataset(y[:, None], v[:, None], add_intercept=True)
    estimators = {
        "DL": DerSimonianLaird,
        "HE": Hedges,
        "ML": lambda: VarianceBasedLikelihoodEstimator(method="ml"),
        "REML": lambda: VarianceBasedLikelihoodEstimator(method="reml"),
    }
    return {f"pool {n}": lambda e=e: e().fit_dataset(data).summary().to_df() for n, e in estimators.items()}


def pymetaanalysis(y: Floats, v: Floats) -> Tasks:
    import meta_analyze
    from meta_analyze.sensitivity import leave_one_out

    def fit(method: str) -> Any:
        return meta_analyze.meta_analysis(effect=y, variance=v, tau2_method=method)

    once = fit("reml")
    return {f"pool {m.upper()}": lambda m=m: fit(m) for m in ("dl", "pm", "reml")} | {
        "leave_one_out REML": lambda: leave_one_out(once)
    }


PEERS = {"statsmodels": statsmodels, "pimeta": pimeta, "pymare": pymare, "pymetaanalysis": pymetaanalysis}


def main() -> None:
    given = json.load(sys.stdin)
    y, v = np.array(given["yi"]), np.array(given["vi"])
    found: dict[str, Any] = {}
    for name, make in PEERS.items():
        try:
            tasks = make(y, v)
            found[name] = {
                "version": importlib.metadata.version(name),
                "times": {task: timed(call, given["repeats"]) for task, call in tasks.items()},
            }
        except ImportError:
            found[name] = {"missing": "not installed"}
        except (TypeError, ValueError, AttributeError) as error:
            found[name] = {"missing": f"its interface differs from the one expected: {error}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
