"""What a comparison of two versions of a review answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.review.diff.changes import Changes
from tmsmeta.review.diff.sentences import sections, summary_sentence
from tmsmeta.words.results import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class ReviewDiff(Changes, Result):
    """What changed from one version of a review to the next; its fields are those of :class:`Changes`."""

    def to_dict(self) -> dict[str, Any]:
        """Every change, ready for JSON."""
        return {"nothing_changed": self.nothing_changed, **super().to_dict()}

    def to_frame(self) -> pd.DataFrame:
        """The estimates that moved, a row each, on the scale of the analysis."""
        import pandas as pd

        names = ("estimate", "low", "high", "tau2", "trials")
        records = []
        for change in self.estimates:
            record: dict[str, Any] = {name: getattr(change, name) for name in ("outcome", "analysis", "measure")}
            for side, value in (("old", change.old), ("new", change.new)):
                record |= {f"{side}_{name}": None if value is None else getattr(value, name) for name in names}
            records.append(record | {"difference": change.difference})
        sides = [f"{side}_{name}" for side in ("old", "new") for name in names]
        return pd.DataFrame(records, columns=["outcome", "analysis", "measure", *sides, "difference"])

    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The changes in sentences, under their headings; none where nothing changed."""
        return sections(self)

    def result_sentence(self) -> str:
        """How much changed, in a sentence."""
        return summary_sentence(self)

    def methods_sentence(self) -> str:
        """How the two were compared."""
        return (
            f"{self.old} was compared with {self.new}; numbers that agree to a relative difference of 1e-12 count as "
            "equal."
        )
