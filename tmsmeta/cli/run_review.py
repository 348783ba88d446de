"""``tmsmeta run`` and ``tmsmeta reproduce``: compute, write, and answer on one screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.cli.console import console, print_json, progress, say, show_table
from tmsmeta.errors import NotAssessable
from tmsmeta.words.names import heading, inside
from tmsmeta.words.numbers import level

if TYPE_CHECKING:
    from tmsmeta.report.second_process import SecondProcess
    from tmsmeta.review.diff import ReviewDiff, Side
    from tmsmeta.review.review import Review
    from tmsmeta.review.run import ReviewRun


def run(
    read: Callable[[], Review],
    out: Path,
    outcomes: tuple[str, ...],
    *,
    since: Path | None = None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Read a review, compute everything it asks for, write it into a folder, and show what came out."""
    from tmsmeta.report.second_process import SecondProcess

    with SecondProcess() as beside:  # it gets ready while the review is read
        result, found, place = _written(read, out, outcomes, since, beside)
    if as_json:
        print_json(result.to_dict())
        return
    if verbose:
        show_all(result)
    show_answer(result)
    if found is not None:
        say(f"\nSince {since}: {found.result_sentence()} The report tells more.")
    more = "" if verbose else " --verbose prints all of it here."
    say(f"Everything: {place / 'report.html'}.{more}")


def _written(
    read: Callable[[], Review], out: Path, outcomes: tuple[str, ...], since: Path | None, beside: SecondProcess
) -> tuple[ReviewRun, ReviewDiff | None, Path]:
    """The results, what changed, and the folder they were written into; figures and ledger are made `beside`."""
    from tmsmeta.report.pictures import drawings_of_part
    from tmsmeta.report.write import WRITE_STEPS, check_place, write_results
    from tmsmeta.review.run import RUN_STEPS, Drawable, ledger_of
    from tmsmeta.review.run import run as run_all

    review = read()
    check_place(out)
    before = _earlier(since)
    ledger = beside.compute(ledger_of, review.evidence)  # rests on nothing else that is computed

    def draw(part: Drawable) -> None:
        beside.begin(drawings_of_part(part, review.evidence))

    wanted = outcomes or review.outcomes
    with progress(2 * len(wanted) + RUN_STEPS + WRITE_STEPS) as step:
        result = run_all(review.evidence, outcomes=wanted, step=step, shown=draw, ledger=ledger)
        found = _changes(before, result)
        return result, found, write_results(result, out, since=found, step=step, beside=beside)


def _earlier(since: Path | None) -> Side | None:
    """The earlier version, read before anything is written: it may stand where the new results go."""
    if since is None:
        return None
    from tmsmeta.review.diff import read_side

    return read_side(since)


def _changes(before: Side | None, result: ReviewRun) -> ReviewDiff | None:
    if before is None:
        return None
    from tmsmeta.review.diff import compare, side_of_run

    return compare(before, side_of_run(result))


def show_answer(result: ReviewRun) -> None:
    """The answer on one screen of 24 lines: the outcomes in people, their rankings, the verdicts counted."""
    evidence = result.evidence
    say(evidence.protocol.heading or "What the trials say")
    for outcome in result.outcomes:
        found = result.answer(outcome)
        effect = "" if isinstance(found.absolute, NotAssessable) else f" {heading(found.effect)}."
        say(f"{evidence.outcome_label(outcome)}: {found.sentence}{effect}")
    for outcome in result.networks:
        _show_ranking(result, outcome)
    if not isinstance(result.ledger, NotAssessable):
        say(f"\n{result.ledger.summary()}")


def _show_ranking(result: ReviewRun, outcome: str) -> None:
    from tmsmeta.report.rows import ranking_lines

    found = result.network(outcome)
    if isinstance(found, NotAssessable):
        say(f"\nNo ranking for {outcome}: {found.reason.splitlines()[0]}")
        return
    reference = found.label(found.net.reference)
    head = ["", f"{found.net.measure} ({level(found.net.spec.level)} CI)", "P-score", "trials", "direct"]
    lines = [
        [name, f"{value} ({limits})" if limits else value, p_score, trials, direct]
        for name, value, limits, p_score, _, trials, _, direct in ranking_lines(found.ranking, found.label)
    ]
    say(f"\nRanking for {outcome}, against {inside(reference)}")
    show_table("", head, lines, right=range(2, 5), plain=True)


def show_all(result: ReviewRun) -> None:
    """Every analysis: forest plots, selections and measures, published pools, rankings, ledger."""
    from tmsmeta.cli.run_data import show_ledger
    from tmsmeta.report.rows import (
        BESIDE_HEAD,
        beside_rows,
        caution_lines,
        estimate_head,
        estimate_row,
        moderator_sentences,
    )

    for outcome in result.outcomes:
        _show_forest(result, outcome)
        rows = [estimate_row(a, m) for a in result.analyses if a.outcome == outcome for m in a.results]
        title = f"{result.evidence.outcome_label(outcome)}: {result.evidence.comparison}"
        head = estimate_head(result)
        lines = [[f"{row[0]}: {row[3]}", *row[1:3], *row[4:]] for row in rows]  # each block says the measure
        show_table(title, ["selection and measure", *head[1:3], *head[4:]], lines, right=range(1, 8))
        for line in caution_lines(a for a in result.analyses if a.outcome == outcome):
            say(line)
        for sentence in moderator_sentences(result, outcome):
            say(sentence)
    if not isinstance(result.published, NotAssessable):
        checks = [[c.label, str(c.k), "yes" if c.agrees else "no", c.sentence] for c in result.published]
        show_table("Published pools recomputed", ["review and scope", "trials", "follows", "how"], checks)
    if beside := beside_rows(result):
        show_table("Published network estimates beside those of this review", BESIDE_HEAD, beside)
    console().print()
    for outcome in result.networks:
        _show_networks(result, outcome)
    if isinstance(result.ledger, NotAssessable):
        say(f"Quoted figures {result.ledger}")
    else:
        show_ledger(result.ledger)


def _show_forest(result: ReviewRun, outcome: str) -> None:
    """The main analysis of one outcome as a forest plot in characters, with the good side named."""
    from tmsmeta.cli.text_forest import forest_lines

    pooled, evidence = result.main(outcome).pooled, result.evidence
    if isinstance(pooled, NotAssessable):
        return
    active, control = evidence.active_label, evidence.control_label
    sides = (control, active) if evidence.better(outcome) == "higher" else (active, control)
    direction = f"favours {sides[0]} │ favours {sides[1]}"
    head = [
        "study",
        f"{active} v {control}",
        direction,
        f"{pooled.effects.info.label} ({level(pooled.spec.level)} CI)",
        "weight",
    ]
    title = f"{evidence.outcome_title(outcome)}, {result.main(outcome).name}"
    show_table(title, head, forest_lines(pooled, console().width), right=range(1, 5))
    say(pooled.result_sentence())


def _show_networks(result: ReviewRun, outcome: str) -> None:
    from tmsmeta.report.rows import ranking_head, ranking_lines

    for number_of, (lumping, found) in enumerate(result.networks[outcome].items()):
        which = "" if number_of == 0 else f", sensitivity analysis with other nodes ({lumping})"
        if isinstance(found, NotAssessable):
            say(f"Network of {outcome}{which}: {found}")
            continue
        head = ranking_head(found.ranking, found.label)
        show_table(f"Ranking for {outcome}{which}", head, ranking_lines(found.ranking, found.label), right=range(1, 8))
        say(found.consistency.sentence())
