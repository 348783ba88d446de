"""Verdicts as whole sentences: what was found, and what follows from it by the rule of the check."""

from __future__ import annotations

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claim_kinds import BY_ROUNDING
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.review.claims.numbers import digits, show
from tmsmeta.words.names import heading

_ENDINGS = {
    "reproduced": "so it holds",
    "differs": "so it differs",
    "misattributed": "so it is misattributed",
    "cannot be recomputed": "so it cannot be recomputed",
}


def because(finding: Finding) -> str:
    """Why the verdict is what it is: "8% lies inside 3.4 to 23.2%, so it holds."

    Figures are those of the finding that the verdict rests on; where no two figures decide it, the headline does.
    """
    if finding.verdict == "holds only under" or finding.headline.startswith("holds "):
        return f"It {finding.headline}."
    return f"{heading(_grounds(finding))}, {_ENDINGS[finding.verdict]}."


def _grounds(finding: Finding) -> str:
    claim, main, verdict = finding.claim, finding.main, finding.verdict
    if verdict == "cannot be recomputed":
        return finding.headline.replace("missing: ", "still missing is ", 1)
    quoted = claim.quoted()
    if verdict == "misattributed" or not quoted or main is None:
        return finding.headline
    if isinstance(main.value, NotAssessable) or main.unit != claim.unit:
        return finding.headline
    if claim.is_point and claim.check not in BY_ROUNDING and main.kind == "interval":
        return _by_interval(finding, main, quoted)
    return _by_figure(finding, main, main.value, quoted)


def _by_figure(finding: Finding, main: Recomputed, value: float, quoted: str) -> str:
    given = show(value, main.unit) if finding.claim.is_point and main.kind != "range" else main.text()
    holds = finding.verdict == "reproduced"
    of = "" if main.label.casefold() == main.unit.casefold() else f" ({main.label})"
    if given == quoted:
        return f"the evidence gives {given}{of}" if holds else finding.headline
    if not finding.claim.is_point:
        return f"the quoted figure is {quoted}, and the evidence gives {given}{of}"
    if holds and main.kind != "range":
        return f"{quoted} is {given}, rounded{of}"
    return f"{quoted} {'lies in' if holds else 'is not'} {given}{of}"


def _by_interval(finding: Finding, main: Recomputed, quoted: str) -> str:
    low, high = main.low, main.high
    assert low is not None
    assert high is not None
    assert finding.claim.low is not None
    within = low <= float(finding.claim.low.value) <= high
    limits = f"{digits(low, main.unit)} to {show(high, main.unit)}"
    return f"{quoted} lies {'inside' if within else 'outside'} {limits} ({main.label})"
