"""What a test of funnel plot asymmetry answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import HypothesisTest, Result, to_cell
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.effects.base import EffectSizes
    from tmsmeta.models.regression.spec import RegressionSpec

FEW_STUDIES = 10
LEAST_STUDIES = 3
_BEHIND = ("effects", "spec")  # what a test was made of


@dataclass(frozen=True, kw_only=True, repr=False)
class AsymmetryTest(Result):
    """A test of funnel plot asymmetry.

    Attributes:
        test: its name.
        statistic: the test statistic.
        df: degrees of freedom of its t distribution; ``None`` where it is referred to the normal or tested exactly.
        p_value: two-sided.
        estimate: the slope on the measure of study size, which is the bias in the sense of each test (for Egger's
            test the intercept of the standardised form); for Begg's test Kendall's tau.
        se: standard error of the estimate.
        intercept: effect at the predictor's value of 0; for Egger's test the effect of a study without sampling error.
        intercept_se: its standard error.
        tau2: between-study variance beyond the regression, where the model has one.
        k: number of studies.
        method: how it was done, in words.
        note: what a reader must know, such as the low power of few studies; or an empty text.
        corrections: which studies had a continuity correction, in a sentence; or an empty text.
        effects: the studies that were tested.
        spec: the choices of its meta-regression, for tests that are one.
        left_out: studies that were given but not used, each with the reason.
    """

    test: str
    statistic: float
    df: int | None
    p_value: float
    estimate: float
    se: float | NotAssessable
    intercept: float | NotAssessable
    intercept_se: float | NotAssessable
    tau2: float | NotAssessable
    k: int
    method: str
    effects: EffectSizes
    spec: RegressionSpec | None = None
    note: str = ""
    corrections: str = ""
    left_out: tuple[Issue, ...] = ()

    @property
    def slope_test(self) -> HypothesisTest:
        """The test as such."""
        null = "effects do not change with the size or precision of the studies"
        return HypothesisTest(null=null, statistic=self.statistic, df=self.df, p_value=self.p_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; without the studies."""
        return self.plain_fields(without=_BEHIND)

    def to_r(self) -> str:
        """An R script with its data that repeats the test with metafor, beside our numbers."""
        from tmsmeta.robustness.smallstudy.r_script import small_study_in_r

        return small_study_in_r([self])

    def to_frame(self) -> pd.DataFrame:
        """One row: ``test statistic df p_value estimate se intercept intercept_se tau2 k method note corrections``."""
        import pandas as pd

        names = [f.name for f in fields(self) if f.name not in (*_BEHIND, "left_out")]
        row = {name: getattr(self, name) for name in names}
        return pd.DataFrame([{n: to_cell(v) for n, v in row.items()}])

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        df = "" if self.df is None else f" on {self.df} df"
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.test} in {studies(self.k)}: estimate {number(self.estimate)}, "
            f"statistic {number(self.statistic)}{df}, {p_value(self.p_value)}{note}."
        )

    def methods_sentence(self) -> str:
        """How it was tested, in sentences for a methods section."""
        main = f"Funnel plot asymmetry was tested in {studies(self.k)} by {self.test}: {self.method}."
        return f"{main} {closing(self.corrections, self.left_out)}"


def too_few(test: str, k: int) -> NotAssessable:
    """The answer to fewer studies than any of the tests can use."""
    return NotAssessable(test, f"needs at least {LEAST_STUDIES} studies, got {k}")


def power_note(k: int) -> str:
    """The warning that belongs to tests of fewer than ten studies (Sterne et al., BMJ 2011;343:d4002)."""
    if k >= FEW_STUDIES:
        return ""
    return f"{k} studies: with fewer than {FEW_STUDIES} the test has little power, so a large p value says little"
