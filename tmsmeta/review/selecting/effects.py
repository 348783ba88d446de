"""From a selection of the evidence to the effects of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.combine import combine
from tmsmeta.effects.generic import printed_ratio
from tmsmeta.effects.two_arm import binary
from tmsmeta.errors import InvalidInputError, Issue

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.selecting.result import SelectedTrials


def effects_of(selected: SelectedTrials, measure: str, zero_cells: str = "only0") -> EffectSizes:
    """The effects of a selection: trials known by counts, then those known by a printed ratio on `measure`.

    Raises:
        InvalidInputError: if the selection holds no trial.
    """
    counts, ratios = selected.trials, selected.contrasts
    parts = []
    if len(counts):
        columns = [counts[name].to_numpy(dtype=float) for name in ("events_t", "n_t", "events_c", "n_c")]
        fractions = any((column % 1).any() for column in columns)
        parts.append(
            binary(
                measure,
                *columns,
                study=counts["study"].to_numpy(dtype=str),
                zero_cells=zero_cells,  # type: ignore[arg-type]
                allow_fractional=fractions,
            )
        )
    if len(ratios):
        printed = [ratios[name].to_numpy(dtype=float) for name in ("estimate", "ci_low", "ci_high")]
        parts.append(printed_ratio(measure, *printed, study=ratios["study"].to_numpy(dtype=str)))
    if not parts:
        raise InvalidInputError(Issue(None, "selection", None, "holds no trial with usable numbers."))
    return combine(*parts)


def logged(printed: pd.DataFrame) -> pd.DataFrame:
    """Printed ratios with ``yi``, their logs, and ``se`` from their 95 % limits."""
    low, high = (np.log(printed[name].to_numpy(dtype=float)) for name in ("ci_low", "ci_high"))
    estimate = np.log(printed["estimate"].to_numpy(dtype=float))
    return printed.assign(yi=estimate, se=(high - low) / (2 * float(ndtri(0.975))))
