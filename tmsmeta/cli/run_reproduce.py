"""``tmsmeta reproduce``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.cli.console import console, print_json, progress, say, show_table

if TYPE_CHECKING:
    from tmsmeta.review.job import Analysis


def reproduce(out: Path, evidence_folder: Path | None, outcomes: tuple[str, ...], as_json: bool) -> None:
    """Compute, write, show."""
    from tmsmeta.cli.run_analysis import check_outcome, evidence_of
    from tmsmeta.report.write import WRITE_STEPS, check_place, write
    from tmsmeta.review.analyses import OUTCOMES
    from tmsmeta.review.job import run

    evidence = evidence_of(evidence_folder)
    wanted = outcomes or OUTCOMES
    for outcome in wanted:
        check_outcome(evidence, outcome)
    check_place(out)
    with progress(2 * len(wanted) + 2 + WRITE_STEPS) as step:
        result = run(evidence, outcomes=wanted, step=step)
        place = write(result, out, step=step)
    if as_json:
        print_json(result.to_dict())
        return
    _show(result)
    say(f"Written to {place}: forest plots, tables, results.json, summary.md and report.html.")


def _show_forest(analysis: Analysis, better: str) -> None:
    """The main analysis of one outcome as a forest plot in characters; `better` says which side is the good one."""
    from tmsmeta.cli.text_forest import forest_lines
    from tmsmeta.pooling import PooledEffect

    pooled = analysis.results["RR"]
    if isinstance(pooled, PooledEffect):
        sides = ("sham", "active") if better == "higher" else ("active", "sham")
        direction = f"favours {sides[0]} │ favours {sides[1]}"
        head = ["study", "active v sham", direction, "risk ratio (95% CI)", "weight"]
        title = f"{analysis.outcome.capitalize()} at the end of the course, {analysis.name}"
        show_table(title, head, forest_lines(pooled), right=(1, 3, 4))
        say(pooled.result_sentence())


def _show(result: object) -> None:
    from tmsmeta.errors import NotAssessable
    from tmsmeta.pooling.sentences import WALD_WARNING
    from tmsmeta.report.summary import HEAD, MARK, estimate_row, marked, ranking_head, ranking_rows
    from tmsmeta.review.run import Reproduction

    assert isinstance(result, Reproduction)
    for outcome in dict.fromkeys(a.outcome for a in result.analyses):
        _show_forest(result.main(outcome), result.evidence.better(outcome))
        rows = [estimate_row(a, m) for a in result.analyses if a.outcome == outcome for m in a.results]
        show_table(f"{outcome.capitalize()}: active against sham", HEAD, rows, right=(1, 2, 4, 7, 8))
        if marked(rows):
            say(f"{MARK.strip()} {WALD_WARNING}")
    if isinstance(result.published, NotAssessable):
        say(f"Published pools {result.published}")
    else:
        checks = [[c.scope, str(c.k), "yes" if c.agrees else "no", c.sentence] for c in result.published]
        show_table("AHRQ 2011 recomputed from its per-trial ratios", ["scope", "trials", "follows", "how"], checks)
    say(str(result.remission) if isinstance(result.remission, NotAssessable) else result.remission.sentence)
    console().print()
    for outcome, pair in result.networks.items():
        if isinstance(pair, NotAssessable):
            say(f"Network of {outcome} {pair}")
        else:
            head = ranking_head(pair.net.measure, pair.net.reference)
            show_table(f"Ranking for {outcome}", head, ranking_rows(result, outcome), right=range(1, 8))
            say(pair.consistency.sentence())
    if isinstance(result.ledger, NotAssessable):
        say(f"Quoted figures {result.ledger}")
    else:
        from tmsmeta.cli.run_data import show_ledger

        show_ledger(result.ledger)
