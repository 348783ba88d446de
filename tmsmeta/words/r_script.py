"""R code that holds its data: numbers, texts and vectors as R reads them, and the layout of a script.

A script repeats a result with an R package and prints R's numbers beside ours. All of it is ASCII: a label enters as a
quoted text in which everything but plain letters is escaped, or as a comment on one line, so that no label can become
code and the script reads the same in every locale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isinf, isnan
from textwrap import wrap
from typing import Any, NamedTuple, Protocol

from tmsmeta.errors import Issue, NotAssessable, check_option
from tmsmeta.words.numbers import Number, Pair

_WIDTH = 110
_INDENT = "    "


class Pooled(Protocol):
    """What the scripts of all pooled effects read, so that a result can know its script and not the reverse."""

    @property
    def estimate(self) -> Number: ...
    @property
    def se(self) -> Number: ...
    @property
    def ci(self) -> Pair: ...
    @property
    def statistic(self) -> Number: ...
    @property
    def p_value(self) -> Number: ...
    @property
    def tau2(self) -> Number: ...
    @property
    def i2(self) -> Number: ...
    @property
    def h2(self) -> Number: ...
    @property
    def q(self) -> Number: ...
    @property
    def q_p(self) -> Number: ...
    @property
    def k(self) -> int: ...
    @property
    def ratio(self) -> Number: ...
    @property
    def ratio_ci(self) -> Pair: ...
    @property
    def left_out(self) -> tuple[Issue, ...]: ...


def number(value: float) -> str:
    """A number with all its digits (the shortest decimals that mean the same double); NaN as ``NA``."""
    value = float(value)
    if isnan(value):
        return "NA"
    if isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def text(value: object) -> str:
    """A quoted R text of ASCII signs, whatever `value` holds."""
    return '"' + "".join(_sign(sign) for sign in str(value)) + '"'


def _sign(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if " " <= sign <= "~":
        return sign
    code = ord(sign)
    if code == 0 or 0xD800 <= code <= 0xDFFF:  # R has no text with either
        code = 0xFFFD
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def comment(sentence: str) -> list[str]:
    """A sentence as comment lines; line ends and other control signs in it become blanks."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in sentence).split())
    ascii_only = plain.encode("ascii", "backslashreplace").decode("ascii")
    return [f"# {line}" for line in wrap(ascii_only, _WIDTH - 2, break_on_hyphens=False)]


def vector(values: Iterable[Any], *, indent: str = "") -> str:
    """``c(...)`` of numbers or of texts, on as many lines as it takes."""
    items = [text(value) if isinstance(value, str) else number(value) for value in values]
    lines, line = [], ""
    for place, item in enumerate(items, start=1):
        item += ", " if place < len(items) else ")"
        if line and len(indent) + 2 + len(line) + len(item.rstrip()) > _WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += item
    return f"c({f'{chr(10)}{indent}  '.join([*lines, line])}" if items else "c()"


def call(name: str, *given: str, **arguments: str | None) -> str:
    """A call with arguments that are R code themselves; those that are None are left out."""
    parts = (*given, *(f"{key} = {value}" for key, value in arguments.items() if value is not None))
    return f"{name}({', '.join(parts)})"


def data_frame(name: str, columns: Mapping[str, Iterable[Any]]) -> list[str]:
    """Lines that make a data frame; the names of its columns are R names already."""
    cells = [f"{_INDENT}{key} = {vector(values, indent=_INDENT)}" for key, values in columns.items()]
    return [f"{name} <- data.frame(", *(f"{cell}," for cell in cells), f"{_INDENT}stringsAsFactors = FALSE", ")"]


class Row(NamedTuple):
    """One number to compare.

    Attributes:
        quantity: its name.
        ours: our value, or why there is none.
        r: R code that gives R's value; what is not one number counts as missing.
    """

    quantity: str
    ours: Number
    r: str


def interval_rows(name: str, ours: Pair, low: str, high: str) -> tuple[Row, Row]:
    """The two limits of an interval as rows."""
    ends = (ours, ours) if isinstance(ours, NotAssessable) else ours
    return Row(f"{name}, lower limit", ends[0], low), Row(f"{name}, upper limit", ends[1], high)


def left_out(issues: Sequence[Issue]) -> list[str]:
    """A sentence for each study that was left out, with the reason."""
    return [f"Left out: {issue.row}: {issue.message}" for issue in issues]


PACKAGES = {
    "metafor": "metafor",
    "lme4": "metafor (and lme4, which fits the model)",
    "BiasedUrn": "metafor (and BiasedUrn, which has the distribution)",
    "netmeta": "netmeta",
    "clubSandwich": "metafor (and clubSandwich, which has the small-sample correction)",
}
"""What a script may need besides R: the package that is named last, in words."""


@dataclass(frozen=True, kw_only=True)
class RScript:
    """A script in parts.

    Attributes:
        title: what it repeats, as the end of a sentence, e.g. ``"a pooled risk ratio of 13 studies"``.
        packages: R packages, those that are loaded first.
        notes: what a reader must know: what was left out, and what has no equal in R; sentences.
        code: data and analysis, lines of R.
        rows: the numbers to compare.
    """

    title: str
    packages: tuple[str, ...]
    notes: Sequence[str]
    code: Sequence[str]
    rows: Sequence[Row]

    def __post_init__(self) -> None:
        for package in self.packages:
            check_option("packages", package, list(PACKAGES))

    def text(self) -> str:
        """The script."""
        return "\n".join([*self._head(), "", *self.code, "", *self._comparison()]) + "\n"

    def _head(self) -> list[str]:
        from tmsmeta import __version__

        made = (
            f"Made by tmsmeta {__version__} (Python): {self.title}, repeated in R with {PACKAGES[self.packages[-1]]}."
        )
        said = chain.from_iterable(comment(note) for note in self.notes)
        return [
            *comment(made),
            "# It holds all its data. Run it with Rscript, once the packages are there:",
            f"# install.packages({vector(self.packages)})",
            f"absent <- Filter(function(name) !requireNamespace(name, quietly = TRUE), {vector(self.packages)})",
            "if (length(absent)) {",
            f'{_INDENT}stop("This script needs R packages that are not there: ", toString(absent),',
            f'{_INDENT * 2}". Get them with install.packages() and run it again.", call. = FALSE)',
            "}",
            f"suppressPackageStartupMessages(library({self.packages[0]}))",
            *(["", *said] if self.notes else []),
        ]

    def _comparison(self) -> list[str]:
        known = [row for row in self.rows if not isinstance(row.ours, NotAssessable)]
        reasons = [f"{row.quantity}: {row.ours}." for row in self.rows if isinstance(row.ours, NotAssessable)]
        r = [f"{_INDENT * 2}one({row.r})" for row in known]
        return [
            "# The numbers of R beside those of tmsmeta",
            *chain.from_iterable(comment(reason) for reason in reasons),
            "one <- function(x) if (length(x) == 1L) as.numeric(x) else NA_real_",
            "comparison <- data.frame(",
            f"{_INDENT}quantity = {vector((row.quantity for row in known), indent=_INDENT)},",
            f"{_INDENT}tmsmeta = {vector((float(row.ours) for row in known), indent=_INDENT)},",
            f"{_INDENT}R = c(",
            ",\n".join(r),
            f"{_INDENT})",
            ")",
            "comparison$difference <- comparison$R - comparison$tmsmeta",
            "shown <- comparison",
            "shown[-1] <- lapply(shown[-1], function(x) vapply(x, format, character(1), digits = 8))",
            "print(shown, row.names = FALSE, right = FALSE)",
        ]
