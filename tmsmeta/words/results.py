"""What every result has in common: plain values, a table, sentences, a short text, a view for notebooks; and tests."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import Issue, NoEquivalentError, NotAssessable
from tmsmeta.words.numbers import number, p_value, plain

if TYPE_CHECKING:
    import pandas as pd

_WIDTH, _MOST_LINES, _MOST_ROWS = 100, 20, 60


def to_plain(value: Any) -> Any:
    """A value for JSON, whatever it holds.

    What is not assessable becomes ``{"not_assessable": reason}``, NaN and missing cells None, infinity the text
    ``"infinity"`` or ``"-infinity"``, arrays and tuples lists, a table the list of its rows, a study that was left
    out its name and the reason, a result its own :meth:`~Result.to_dict`, and any other record its fields.
    """
    if isinstance(value, NotAssessable):
        return {"not_assessable": value.reason}
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return _plain_float(float(value))
    if isinstance(value, Issue):
        return {"study": value.row, "reason": value.message}
    if hasattr(value, "_asdict"):
        return to_plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if hasattr(value, "iterrows"):
        return records(value, to_plain)
    if hasattr(value, "to_dict"):
        return to_plain(value.to_dict())
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    return [to_plain(item) for item in value] if isinstance(value, Iterable) else _plain_missing(value)


def records(frame: pd.DataFrame, convert: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """The rows of a table, each cell converted; column by column, which takes a fourth of the time of `to_dict`."""
    columns = {str(name): [convert(cell) for cell in column.tolist()] for name, column in frame.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain_float(value: float) -> float | str | None:
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return None if math.isnan(value) else value


def _plain_missing(value: Any) -> Any:
    """None for the missing values of pandas, the text of anything else."""
    return None if type(value).__name__ in ("NAType", "NaTType") else str(value)


def to_cell(value: float | NotAssessable) -> float:
    """A value for a numeric table cell: NaN for what is not assessable."""
    return math.nan if isinstance(value, NotAssessable) else value


def notes(values: Iterable[object]) -> str:
    """Why some of `values` are not assessable, each reason once, for the ``note`` of a table row."""
    return "; ".join(dict.fromkeys(str(value) for value in values if isinstance(value, NotAssessable)))


class Brief:
    """What an object says of itself at a prompt and in a notebook: a few sentences; tables hold the rest.

    A subclass is a dataclass made with ``repr=False``.
    """

    def in_short(self) -> str:
        """What it holds, in a sentence or two."""
        raise NotImplementedError

    def __repr__(self) -> str:
        indent = "  "
        lines = wrap(
            self.in_short(), _WIDTH - len(indent), max_lines=_MOST_LINES - 1, placeholder=" ...", break_on_hyphens=False
        )
        return "\n".join([f"{type(self).__name__}:", *(f"{indent}{line}" for line in lines)])

    def _repr_html_(self) -> str:
        text = f"<p>{escape(self.in_short())}</p>"
        large = hasattr(self, "__len__") and len(self) > _MOST_ROWS
        return text if large or not hasattr(self, "to_frame") else text + frame_html(self.to_frame())


def frame_html(frame: pd.DataFrame) -> str:
    """A table for notebooks, with the digits of texts; long ones are cut in the middle."""
    return str(frame.to_html(index=False, float_format=_in_table, max_rows=_MOST_ROWS, na_rep=""))


def _in_table(value: float) -> str:
    """Four digits, and as many as stand before the decimal point: 50,634 people are not 5.063e+04."""
    return plain(value, max(4, len(f"{abs(value):.0f}")) if abs(value) < 1e15 else 4)


class Result(Brief, ABC):
    """Base of what analyses answer with.

    A subclass is a frozen dataclass made with ``repr=False``. It has a table, and says what came out and how it was
    made; the rest follows.
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        return self.plain_fields()

    def plain_fields(self, *, without: Iterable[str] = (), more: Iterable[str] = ()) -> dict[str, Any]:
        """The declared fields as plain values, in their order; properties of a result come by `more`."""
        names = [f.name for f in fields(self) if f.name not in without]  # type: ignore[arg-type]
        return {name: to_plain(getattr(self, name)) for name in (*names, *more)}

    def to_r(self) -> str:
        """An R script with the data in it that repeats the result and prints R's numbers beside ours.

        Raises:
            NoEquivalentError: for a result that has no such script.
        """
        raise NoEquivalentError(
            f"{type(self).__name__} has no R script. The results of pool, subgroups, meta_regression, mantel_haenszel, "
            "peto, glmm, glmm_proportion, glmm_rate, egger, begg, trim_and_fill, network and network_mh have one."
        )

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The result as a table."""

    @abstractmethod
    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""

    @abstractmethod
    def methods_sentence(self) -> str:
        """How it was made, in a sentence for a methods section."""

    def in_short(self) -> str:
        """The result in a sentence."""
        return self.result_sentence()


def degrees(*df: float | None) -> str:
    """Degrees of freedom in words: "3 and 17"; those that are not whole with a decimal."""
    return " and ".join(str(n) if isinstance(n, int) else f"{n:.1f}" for n in df if n is not None)


def html_table(caption: str, rows: Iterable[tuple[str, str]]) -> str:
    """A small table for notebooks, one name and one value per row; every text is escaped."""
    body = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"


@dataclass(frozen=True, kw_only=True, repr=False)
class HypothesisTest(Brief):
    """A significance test.

    Attributes:
        null: the hypothesis tested, in words, e.g. ``"all studies share one effect"``.
        statistic: the test statistic.
        df: its degrees of freedom; None for the normal distribution. For F, those of the numerator, and
        df_residual: those of the denominator.
        p_value: of the statistic under the hypothesis, or why there is none.
    """

    null: str
    statistic: float
    df: int | None
    p_value: float | NotAssessable
    df_residual: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """``statistic df p_value``, ready for JSON."""
        return {name: to_plain(getattr(self, name)) for name in ("statistic", "df", "p_value")}

    def in_short(self) -> str:
        """The hypothesis and its test."""
        return f"{self.null}: {self}"

    def __str__(self) -> str:
        df = degrees(self.df, self.df_residual)
        return f"{number(self.statistic)}{f' on {df} df' if df else ''} ({p_value(self.p_value)})"
