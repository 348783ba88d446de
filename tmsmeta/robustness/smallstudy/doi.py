"""The Doi plot and its LFK index: effects against the normal quantile of their rank, and how uneven the limbs are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes, Floats, check_effects
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.pooling.sentences import correction_sentence
from tmsmeta.robustness.smallstudy.result import LEAST_STUDIES, too_few
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import number
from tmsmeta.words.results import Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

Asymmetry = Literal["no", "minor", "major"]
MINOR, MAJOR = 1.0, 2.0  # the limits of the paper
_SIZE = 100.0  # patients that stand for the least precise study
_WHAT = "LFK index"
_CAUTION = (
    "It is no test: without any bias it lay beyond 1 in 0 to nearly 30% of simulated analyses, depending on the number "
    "and size of the studies (Schwarzer et al., Res Synth Methods 2024;15:603)."
)
_FEWEST = 5
_TOO_FEW = f" Its authors want at least {_FEWEST} studies."


@dataclass(frozen=True, kw_only=True, repr=False)
class LfkIndex(Result):
    """The points of a Doi plot, on the scale of the measure (logs for ratios), and the LFK index.

    Attributes:
        effects: the studies that have an estimate, shape (k,).
        z: normal quantile of the rank of each study, weighted by precision, shape (k,). The plot shows its absolute
            value, 0 on top.
        centre: estimate of the study with the smallest ``abs(z)``, the tip of the plot, which parts its limbs.
        index: the LFK index, without unit: 0 for limbs alike, above 0 where the limb of larger values reaches further
            or holds more studies.
        asymmetry: ``no`` up to 1, ``minor`` up to 2, ``major`` beyond, by the absolute value of `index`.
        note: what a reader must know, in sentences.
        corrections: which studies had a continuity correction, in a sentence; or an empty text.
        left_out: labels of studies without an estimate, each with the reason.
    """

    effects: EffectSizes
    z: Floats
    centre: float
    index: float
    asymmetry: Asymmetry
    note: str
    corrections: str = ""
    left_out: tuple[Issue, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    def to_frame(self) -> pd.DataFrame:
        """One row per study, the smallest estimate first: ``study yi se z abs_z``."""
        import pandas as pd

        columns = {"study": self.effects.study.astype(object), "yi": self.effects.yi, "se": self.effects.se}
        frame = pd.DataFrame(columns | {"z": self.z, "abs_z": np.abs(self.z)})
        return frame.sort_values(["yi", "se"], kind="stable", ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        names = ("index", "asymmetry", "centre", "k", "note", "left_out")
        found = {name: to_plain(getattr(self, name)) for name in names}
        return found | {"points": to_plain(self.to_frame())}

    def verdict(self) -> str:
        """The index in words: ``"6.69, major asymmetry towards larger values"``."""
        if self.asymmetry == "no":
            return f"{number(self.index)}, no asymmetry"
        side = "larger" if self.index > 0 else "smaller"
        return f"{number(self.index)}, {self.asymmetry} asymmetry towards {side} values"

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        return f"LFK index of {studies(self.k)}: {self.verdict()}. {self.note}"

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        main = (
            "Asymmetry was judged by the LFK index of a Doi plot (Furuya-Kanamori, Barendregt & Doi, Int J Evid Based "
            f"Healthc 2018;16:195): no asymmetry up to {MINOR:g}, minor up to {MAJOR:g}, major beyond."
        )
        return f"{main} {closing(self.corrections, self.left_out)}"


@answerable
def lfk_index(effects: EffectSizes) -> LfkIndex | NotAssessable:
    """The LFK index: how much further, and with how many more studies, a Doi plot reaches to one side of its tip.

    With n_i = 100 max(v) / v_i, the size that the precision of study i stands for, N the sum of the n_i, and R_i the
    mean of their sums before and after study i, when the studies are lined up by their estimates:

    - z_i is the normal quantile of (R_i - 1/2) / N, and y* the estimate of the study with the smallest absolute z;
    - r = (max z - min z) / (max y - min y) brings effects and quantiles to one unit;
    - LFK = 5 / (2 k) times the sum of z_i + r (y_i - y*).

    Studies with the same estimate share one R, so the order of the rows does not matter. The index
    does not change with the unit of the effects or of their variances, and turns its sign with them.

    Args:
        effects: k rows; those without an estimate are left out and listed.

    Returns:
        The index with the points of the plot, or why there is none: fewer than three studies, or one estimate alone.

    Raises:
        InvalidInputError: something else than effects.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> result = tm.lfk_index(trials)
        >>> f"{result.index:.2f}: {result.asymmetry} asymmetry"
        '4.43: major asymmetry'

    Note:
        The program of the authors for Stata rounds n_i to whole numbers, which moves the third decimal; without
        rounding the index agrees with that of the R package metasens, whose values the tests hold. The authors want at
        least five studies. A simulation study advises against the index as a test (Schwarzer, Rücker & Semaca 2024),
        which the note of the result says.

    References:
        Furuya-Kanamori, Barendregt & Doi, Int J Evid Based Healthc 2018;16:195; Schwarzer, Rücker & Semaca, Res Synth
        Methods 2024;15:603.
    """
    check_effects(effects)
    kept = effects.subset(effects.estimable)
    if kept.k < LEAST_STUDIES:
        return too_few(_WHAT, kept.k)
    values, place = np.unique(kept.yi, return_inverse=True)
    if len(values) == 1:
        return NotAssessable(_WHAT, "all studies have the same estimate")
    size = np.bincount(place, weights=_SIZE * kept.vi.max() / kept.vi)
    ranks = np.cumsum(size)
    quantile = ndtri((ranks - size / 2 - 0.5) / ranks[-1])
    tip, z = float(values[np.abs(quantile).argmin()]), quantile[place]
    unit = np.ptp(quantile) / np.ptp(values)
    index = float(2.5 * np.mean(z + unit * (kept.yi - tip)))
    return LfkIndex(
        effects=kept,
        z=z,
        centre=tip,
        index=index,
        asymmetry="no" if abs(index) <= MINOR else "minor" if abs(index) <= MAJOR else "major",
        note=_CAUTION + (_TOO_FEW if kept.k < _FEWEST else ""),
        corrections=correction_sentence(kept),
        left_out=effects.not_estimable,
    )
