"""What a test of funnel plot asymmetry answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

FEW_STUDIES = 10
LEAST_STUDIES = 3


@dataclass(frozen=True, kw_only=True)
class AsymmetryTest:
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
    note: str = ""
    corrections: str = ""
    left_out: tuple[Issue, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        values = {f.name: to_plain(getattr(self, f.name)) for f in fields(self) if f.name != "left_out"}
        values["left_out"] = [{"study": i.row, "reason": i.message} for i in self.left_out]
        return values

    def to_frame(self) -> pd.DataFrame:
        """One row: ``test statistic df p_value estimate se intercept intercept_se tau2 k method note corrections``."""
        import pandas as pd

        names = [f.name for f in fields(self) if f.name != "left_out"]
        row = {name: getattr(self, name) for name in names}
        return pd.DataFrame([{n: float("nan") if isinstance(v, NotAssessable) else v for n, v in row.items()}])

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        df = "" if self.df is None else f" on {self.df} df"
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.test} in {self.k} studies: estimate {number(self.estimate)}, "
            f"statistic {number(self.statistic)}{df}, {p_value(self.p_value)}{note}."
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.result_sentence())}</p>{self.to_frame().to_html(index=False)}"

    def methods_sentence(self) -> str:
        """How it was tested, in sentences for a methods section."""
        main = f"Funnel plot asymmetry was tested in {self.k} studies by {self.test}: {self.method}."
        return f"{main} {closing(self.corrections, self.left_out)}"


def too_few(test: str, k: int) -> NotAssessable:
    """The answer to fewer studies than any of the tests can use."""
    return NotAssessable(test, f"needs at least {LEAST_STUDIES} studies, got {k}")


def power_note(k: int) -> str:
    """The warning that belongs to tests of fewer than ten studies (Sterne et al., BMJ 2011;343:d4002)."""
    if k >= FEW_STUDIES:
        return ""
    return f"{k} studies: with fewer than {FEW_STUDIES} the test has little power, so a large p value says little"
