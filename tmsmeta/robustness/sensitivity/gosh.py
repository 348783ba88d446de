"""GOSH: the pooled effect of all subsets of the studies, to see whether some of them pull it apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PooledEffect, estimable_rows, pool_by
from tmsmeta.pooling.many.result import PooledRows
from tmsmeta.pooling.spec import Profile, spec_without_counts
from tmsmeta.robustness.sensitivity.subsets import Members, every_subset, pool_subsets, random_subsets
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

MOST_STUDIES = 20  # up to here every subset is pooled


@dataclass(frozen=True, kw_only=True, repr=False)
class Gosh(Brief):
    """The pooled effects of many subsets of one set of studies.

    Attributes:
        rows: the pooled subsets, arrays of shape (B,); subsets of one study have an estimate, but no tau2 or i2.
        members: which studies each subset holds, as packed bits of shape (B, ceil(k / 8)); see :meth:`contains`.
        complete: True if all 2^k - 1 subsets are there, False for random draws, among which a subset may come twice.
        pooled: all studies together.
        effects: the studies, those without an estimate left out.
        seed: the seed of the sample, None if `complete`.
    """

    rows: PooledRows
    members: Members
    complete: bool
    pooled: PooledEffect
    effects: EffectSizes
    seed: int | None

    def in_short(self) -> str:
        """How far the pooled effects of the subsets reach."""
        natural = self.effects.natural
        which = f"All {len(self):,} subsets" if self.complete else f"{len(self):,} random draws of subsets"
        low, high = (natural.text(float(end(self.rows.estimate))) for end in (np.nanmin, np.nanmax))
        return (
            f"{which} of {studies(self.effects.k)}: pooled {natural.label} from {low} to {high}; "
            f"all studies {natural.text(self.pooled.estimate, self.pooled.ci)}."
        )

    def __len__(self) -> int:
        return len(self.rows)

    def contains(self, study: str) -> NDArray[np.bool_]:
        """Which subsets hold `study`, shape (B,).

        Raises:
            InvalidInputError: if there is no such study among those pooled.
        """
        place = np.flatnonzero(self.effects.study == study)
        if not len(place):
            message = f"must be one of {', '.join(self.effects.study)}."
            raise InvalidInputError(Issue(None, "study", study, message))
        byte, bit = divmod(int(place[0]), 8)
        return (self.members[:, byte] >> bit & 1).astype(bool)

    def to_frame(self) -> pd.DataFrame:
        """One row per subset: ``estimate se tau2 i2 q k`` and one boolean column per study."""
        import pandas as pd

        names = ("estimate", "se", "tau2", "i2", "q", "k")
        table = np.unpackbits(self.members, axis=1, count=self.effects.k, bitorder="little").view(bool)
        numbers = pd.DataFrame({name: getattr(self.rows, name) for name in names})
        return pd.concat([numbers, pd.DataFrame(table, columns=self.effects.study.tolist())], axis=1)

    def by_study(self) -> pd.DataFrame:
        """What each study does to the cloud of subsets: one row per study.

        Columns: ``study``, the medians of estimate and i2 over the subsets of two and more studies with and without it
        (``estimate_with estimate_without i2_with i2_without``), and ``shift``, the difference of the first two.
        """
        import pandas as pd

        several = self.rows.k > 1
        records = []
        for study in self.effects.study.tolist():
            inside = self.contains(study)
            record: dict[str, Any] = {"study": study}
            for name, values in (("estimate", self.rows.estimate), ("i2", self.rows.i2)):
                record[f"{name}_with"] = _median(values[several & inside])
                record[f"{name}_without"] = _median(values[several & ~inside])
            record["shift"] = record["estimate_with"] - record["estimate_without"]
            records.append(record)
        return pd.DataFrame.from_records(records)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else np.nan


def _all_wanted(subsets: int | None, k: int) -> bool:
    """Whether every subset of `k` studies is pooled: a sample as large as all of them would hold some twice."""
    if subsets is None:
        return k <= MOST_STUDIES
    return subsets >= 2**k - 1


@answerable
def gosh(
    effects: EffectSizes,
    *,
    subsets: int | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    profile: Profile | None = None,
    **spec: Any,
) -> Gosh:
    """Pool all subsets of the studies, or a random sample of them where there are too many.

    Args:
        effects: k studies; those without an estimate are left out first.
        subsets: None for all 2^k - 1 subsets up to 20 studies and 1,000,000 random ones beyond; a number below
            2^k - 1 asks for so many random draws (with replacement, every subset equally likely), any other for all.
        seed: seed of the sample.
        n_jobs: number of threads.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`.

    Returns:
        The pooled effect and heterogeneity of each subset, and which studies it holds.

    Raises:
        InvalidInputError: if no study has an estimate, or `subsets` is not a positive number.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> result = tm.gosh(trials)
        >>> result.complete, len(result.to_frame())
        (True, 15)

    References:
        Olkin, Dahabreh & Trikalinos, Res Synth Methods 2012;3:214.
    """
    choices = spec_without_counts(profile, spec)
    kept = estimable_rows(effects, choices)
    if subsets is not None and not (isinstance(subsets, int) and subsets > 0):
        raise InvalidInputError(Issue(None, "subsets", subsets, "must be a whole number above 0, or None for all."))
    complete = _all_wanted(subsets, kept.k)
    if complete:
        members = every_subset(kept.k)
    else:
        members = random_subsets(kept.k, subsets or 1_000_000, np.random.default_rng(seed))
    return Gosh(
        rows=pool_subsets(kept, choices, members, n_jobs),
        members=members,
        complete=complete,
        pooled=pool_by(kept, choices),
        effects=kept,
        seed=None if complete else seed,
    )
