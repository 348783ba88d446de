"""The compiled kernel for maximum and restricted maximum likelihood, where numba is installed (``tmsmeta[numba]``)."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.weighted_regression import Floats

WORTHWHILE = 50_000  # data sets below which loading the kernel costs more than it gains
ESTIMATORS = ("ML", "REML")
COLUMNS = 7  # estimate, Wald standard error, Hartung-Knapp factor, tau2, Q, trace(P) at tau2 = 0, k


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def pool_compiled(yi: Floats, vi: Floats, criterion: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Pool the rows of `yi` and `vi`, shape (n, k), NaN for absent studies.

    Returns:
        An array of shape (COLUMNS, n), and for which data sets it holds proven results, shape (n,);
        what it holds for the others means nothing.
    """
    from tmsmeta.pooling.many.numba_kernel import pool_each

    found = np.empty((COLUMNS, len(yi)))
    sure = np.zeros(len(yi), dtype=bool)
    pool_each(np.ascontiguousarray(yi), np.ascontiguousarray(vi), criterion == "REML", found, sure)
    return found, sure
