"""Put the results of a review into a folder: figures, tables, ``results.json``, a summary and the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import Contents, check_target, file_name, write_folder, write_text
from tmsmeta.report.pictures import forest_of
from tmsmeta.report.summary import summary
from tmsmeta.review.analyses import Analysis, estimates_table
from tmsmeta.review.export import to_bibtex, trials_by_source
from tmsmeta.review.run import ReviewRun
from tmsmeta.tables.csv_write import csv_text

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.diff import ReviewDiff

Step = Callable[[str], None]
WRITE_STEPS = 4
RESULTS = Contents(
    marker="results.json",
    files=(
        *("results.json", "sources.bib", "summary.md", "report.html", "tables/*.csv"),
        *(f"{name}_*.{kind}" for name in ("forest", "network") for kind in ("png", "svg")),
    ),
)
"""What a run writes."""


def check_place(out: str | Path) -> None:
    """Raise :class:`~tmsmeta.errors.OutputError` if `out` would be refused, before anything is computed."""
    check_target(Path(out), earlier=RESULTS)


def write_results(
    result: ReviewRun, out: str | Path, *, since: ReviewDiff | None = None, step: Step = lambda _: None
) -> Path:
    """Write everything into the folder `out`, which appears whole or not at all.

    Files: ``forest_<outcome>.png`` and ``.svg``, ``network_<outcome>.png`` and ``.svg``, ``tables/*.csv``,
    ``sources.bib``, ``results.json``, ``summary.md`` and ``report.html``. The same evidence and versions give the same
    bytes.

    Args:
        result: from :func:`tmsmeta.review.run`.
        out: a new or empty folder, or one that an earlier run wrote.
        since: what changed since an earlier version, for a section of the report.
        step: called with the name of each part, for a progress bar.

    Raises:
        OutputError: the folder cannot be written, or holds other files.
    """
    target = Path(out)

    def fill(folder: Path) -> None:
        step("Figures")
        drawn = _figures(result, folder)
        step("Tables")
        _tables(result, folder / "tables")
        text = json.dumps(result.to_dict(), indent=1, ensure_ascii=False, allow_nan=False, sort_keys=False)
        write_text(folder / "results.json", text + "\n")
        write_text(folder / "sources.bib", to_bibtex(result.evidence.all_sources(), trials_by_source(result.evidence)))
        step("Summary")
        write_text(folder / "summary.md", summary(result))
        step("Report")
        _report(result, folder, since, drawn)

    write_folder(target, fill, earlier=RESULTS)
    return target


def _metadata(result: ReviewRun, title: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "spec": spec, "data": result.evidence.data_version.short}


def _figures(result: ReviewRun, folder: Path) -> dict[str, bytes]:
    """Write the figures; returns the SVG files by name, which the page shows too."""
    from tmsmeta.figures import save

    drawn = {}
    for outcome, pooled in result.main_pools().items():
        axes = forest_of(result.main(outcome), pooled, result.evidence)
        metadata = _metadata(result, f"{result.evidence.comparison}, {outcome}", pooled.spec.to_dict())
        _, svg = save(axes, folder / f"forest_{file_name(outcome)}", ("png", "svg"), metadata)
        drawn[svg.stem] = svg.read_bytes()
    for outcome in result.networks:
        pair = result.network(outcome)
        if not isinstance(pair, NotAssessable):
            from tmsmeta.figures import network_graph

            title = f"Network of {outcome}"
            metadata = _metadata(result, title, pair.spec.to_dict())
            path = folder / f"network_{file_name(outcome)}"
            _, svg = save(network_graph(pair.net, labels=pair.labels), path, ("png", "svg"), metadata)
            drawn[svg.stem] = svg.read_bytes()
    return drawn


def tables_of(result: ReviewRun) -> dict[str, pd.DataFrame]:
    """Every table by file name: estimates, summary_of_findings, trials, left_out, joint, published, ranking ..."""
    import pandas as pd

    mains = [result.main(outcome) for outcome in result.outcomes]
    tables: dict[str, pd.DataFrame] = {
        "estimates": estimates_table(result.analyses),
        "summary_of_findings": result.summary_of_findings().to_frame(),
        "trials": pd.concat([_weighted(a) for a in mains], ignore_index=True),
        "left_out": pd.concat(
            [a.chosen.left_out.assign(outcome=a.outcome, selection=a.name) for a in result.analyses],
            ignore_index=True,
        ),
    }
    if not isinstance(result.joint, NotAssessable):
        tables["joint"] = result.joint.to_frame()
    if not isinstance(result.joint_network, NotAssessable):
        tables["joint_ranking"] = result.joint_network.ranking
        tables["joint_network_between"] = result.joint_network.between
    if not isinstance(result.published, NotAssessable):
        tables["published"] = pd.DataFrame([check.row() for check in result.published])
    if not isinstance(result.published_networks, NotAssessable):
        tables["published_networks"] = result.published_networks
    rankings = [
        pair.ranking.to_frame().assign(outcome=outcome, lumping=lumping)
        for outcome, found in result.networks.items()
        for lumping, pair in found.items()
        if not isinstance(pair, NotAssessable)
    ]
    if rankings:
        tables["ranking"] = pd.concat(rankings, ignore_index=True)
    if not isinstance(result.ledger, NotAssessable):
        tables["claims"] = result.ledger.to_frame()
    return tables


def _weighted(analysis: Analysis) -> pd.DataFrame:
    """The trials of an analysis with their ratio and weight."""
    chosen, pooled = analysis.chosen, analysis.pooled
    trials = chosen.trials.assign(outcome=analysis.outcome)
    if not isinstance(pooled, PooledEffect):
        return trials
    columns = ["study", *pooled.effects.columns, "weight"]
    return trials.merge(pooled.to_frame()[columns], on="study", how="left")


def _tables(result: ReviewRun, folder: Path) -> None:
    folder.mkdir()
    for name, frame in tables_of(result).items():
        write_text(folder / f"{name}.csv", csv_text(frame))


def _report(result: ReviewRun, folder: Path, since: ReviewDiff | None, drawn: Mapping[str, bytes]) -> None:
    from tmsmeta.report.page import html_report

    write_text(folder / "report.html", html_report(result, since=since, drawn=drawn))
