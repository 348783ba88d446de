"""Figures for readers who count people, of several sizes and with long and non-Latin names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.room import Width
from tmsmeta.review.analyses import analyse
from tmsmeta.review.claims.model import Finding
from tmsmeta.review.joint import joint_of

MORE = tm.risk_per_1000(
    baseline_risk=0.141, source="55 of 389 in the control arms", measure="RR", estimate=2.65, ci=(1.97, 3.57)
)
RARE = tm.risk_per_1000(
    baseline_risk=0.014, source="a register", measure="RR", estimate=0.5, ci=(0.3, 0.8), better="lower"
)
NO_FIGURE = tm.risk_per_1000(baseline_risk=0.6, source="assumed", measure="RR", estimate=2.5, ci=(2, 3))
COUNTS = {
    "identified": {"PubMed": 1200, "Embase": 800, "CENTRAL": 300},
    "duplicates": 700,
    "screened": 1600,
    "excluded": 1400,
    "sought": 200,
    "not_retrieved": 5,
    "assessed": 195,
    "excluded_reports": {"no comparison": 100, "wrong population": 40, "no outcome": 20},
    "studies": 30,
    "reports": 35,
}
OTHER_METHODS = {
    "other_identified": {"websites": 10, "citation searching": 12},
    "other_sought": 20,
    "other_not_retrieved": 2,
    "other_assessed": 18,
    "other_excluded_reports": {"no numbers": 16},
    "reports": 37,
}
LONG = "Стимуляция с очень длинным названием and a name that does not end"


@cache
def findings() -> tm.review.SummaryOfFindings:
    return tm.summary_of_findings(tm.load_review())


@cache
def joint() -> tm.JointEffect:
    review = tm.load_review()
    mains = [analyse(review.evidence, outcome) for outcome in review.outcomes]
    found = joint_of(review.protocol.joint, mains, review.protocol.pooling_spec())
    assert not isinstance(found, tm.NotAssessable)
    return found.joint


@cache
def ledger() -> tm.Ledger:
    return tm.check_claims()


def long_claim() -> Finding:
    first = ledger()["C01"]
    return replace(first, claim=replace(first.claim, claim_id="A-very-long-name-of-a-claim", statement=LONG * 2))


def judged(count: int, names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Judgements by RoB 2 that come round in turn."""
    said = ("low", "some concerns", "low", "high", "low")
    table = pd.DataFrame({f"D{d}": [said[(i + d * i) % 5] for i in range(count)] for d in range(1, 6)})
    table.insert(0, "study", names or tuple(f"Study number {i}" for i in range(count)))
    return table.assign(Overall=[said[i % 5] for i in range(count)])


CASES: dict[str, Callable[[Width], Axes | Figure]] = {
    "icon array": lambda w: figures.icon_array(MORE, outcome="respond", title="Response", width=w),
    "icon array of a rare outcome": lambda w: figures.icon_array(RARE, outcome="fall", width=w),
    "icon array without a figure": lambda w: figures.icon_array(NO_FIGURE, width=w),
    "icon array, long names": lambda w: figures.icon_array(MORE, treated=LONG, comparator=LONG, title=LONG, width=w),
    "patient summary": lambda w: figures.patient_summary(
        {"respond": MORE, "fall": RARE, "sleep": NO_FIGURE}, title="What the trials say", treated=LONG, width=w
    ),
    "patient summary of sentences": lambda w: figures.patient_summary(["One sentence. " * 12, LONG], width=w),
    **{f"risk of bias, {k}": partial(lambda k, w: figures.risk_of_bias(judged(k), width=w), k) for k in (1, 2, 12, 45)},
    "risk of bias, long names": lambda w: figures.risk_of_bias(
        judged(2, (LONG, "B")).rename(columns={"D1": "Random sequence generation"}), title=LONG, width=w
    ),
    "risk of bias, summary": lambda w: figures.risk_of_bias_summary(judged(12), title=LONG, width=w),
    "findings": lambda w: figures.findings_table(findings(), width=w),
    "PRISMA": lambda w: figures.prisma_flow(COUNTS, title=LONG, width=w),
    "trial flow": lambda w: figures.trial_flow(tm.trial_flow(tm.load_review()), title=LONG, width=w),
    "not assessable": lambda w: figures.not_assessable_panel(
        tm.NotAssessable("prediction interval", "needs at least 3 studies, got 2 " * 3), title=LONG * 2, width=w
    ),
    "claims": lambda w: figures.claim_panel(tuple(ledger())[:3] + tuple(ledger())[19:21], title=LONG, width=w),
    **{f"claims, page {n}": partial(lambda n, w: figures.claim_pages(ledger(), width=w)[n], n) for n in (0, 1)},
    "one claim, long names": lambda w: figures.claim_panel([long_claim()], title=LONG, width=w),
    "borrowing": lambda w: figures.borrowing_forest(joint(), width=w, title="Alone and jointly"),
    "joint regions": lambda w: figures.joint_regions(joint(), width=w, title="Response and remission"),
}
