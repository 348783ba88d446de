"""Comparisons of a selection for programs that pool: RevMan, and netmeta as its pairwise() gives them. Writes no file.

RevMan: the columns of data rows as RevMan Web and the Cochrane Library write them (``Experimental cases``,
``Experimental N``, ...), and ``Log risk ratio`` with ``SE`` for generic inverse variance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.measures import MEASURES
from tmsmeta.networks.input.arms import trials_from_arms
from tmsmeta.networks.spec import ZeroRule
from tmsmeta.review.selecting.effects import logged
from tmsmeta.review.selecting.result import SelectedArms, SelectedTrials

if TYPE_CHECKING:
    import pandas as pd

REVMAN_COLUMNS = {
    "Study": "study",
    "Study year": "year",
    "Experimental cases": "events_t",
    "Experimental N": "n_t",
    "Control cases": "events_c",
    "Control N": "n_c",
}
"""A dichotomous outcome in RevMan, and our column for each of its columns."""

NETMETA_COLUMNS = ("studlab", "treat1", "treat2", "TE", "seTE", "event1", "n1", "event2", "n2")


def revman_table(selected: SelectedTrials) -> pd.DataFrame:
    """Trials known by counts, active treatment against the control, as a dichotomous outcome for RevMan.

    A selection with ``multi_arm="split"`` gives fractions, which RevMan does not take; ``"combine"`` gives whole
    numbers.
    """
    import pandas as pd

    return pd.DataFrame({theirs: selected.trials[ours] for theirs, ours in REVMAN_COLUMNS.items()})


def revman_ratios(selected: SelectedTrials) -> pd.DataFrame:
    """Trials known by a printed ratio only, as generic inverse variance for RevMan: logarithm and standard error."""
    import pandas as pd

    found = logged(selected.contrasts)
    name = f"Log {MEASURES[selected.selection.measure].label}"
    return pd.DataFrame({"Study": found["study"], "Study year": found["year"], name: found["yi"], "SE": found["se"]})


def netmeta_table(selected: SelectedArms, measure: str, zero: ZeroRule | None = None) -> pd.DataFrame:
    """Every comparison of every trial with estimate and standard error, as R's ``netmeta::pairwise()`` gives them.

    Args:
        selected: a selection of arms, with trials known by a printed ratio on `measure`.
        measure: ``OR``, ``RR``, ``RD`` or ``AS``; TE is treat1 against treat2, ratios logged.
        zero: the rule for zero cells; by default that of netmeta. Trials that tell nothing about the measure, such as
            those without any event, are not in the table.
    """
    import pandas as pd

    parts = []
    if len(arms := selected.arms):
        trials = trials_from_arms(arms[["study", "treatment", "events", "n"]], measure=measure, zero=zero)
        counts = arms.set_index(["study", "treatment"])[["events", "n"]]
        study = [trials.studies[s] for s in trials.study]
        first, second = ([trials.treatments[t] for t in end] for end in (trials.treat1, trials.treat2))
        ends = [counts.loc[list(zip(study, end, strict=True))] for end in (first, second)]
        compared: dict[str, Any] = {"studlab": study, "treat1": first, "treat2": second}
        compared |= {"TE": trials.y, "seTE": np.sqrt(trials.variance)}
        compared |= {f"event{place}": end["events"].to_numpy() for place, end in enumerate(ends, start=1)}
        compared |= {f"n{place}": end["n"].to_numpy() for place, end in enumerate(ends, start=1)}
        parts.append(pd.DataFrame(compared))
    if len(selected.contrasts):
        names = {"study": "studlab", "treat1": "treat1", "treat2": "treat2", "yi": "TE", "se": "seTE"}
        parts.append(logged(selected.contrasts)[list(names)].rename(columns=names))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    whole = dict.fromkeys(("event1", "n1", "event2", "n2"), "Int64")
    return frame.reindex(columns=list(NETMETA_COLUMNS)).astype(whole)
