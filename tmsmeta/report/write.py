"""Put the results of a review into a folder: figures, tables, ``results.json``, a summary and the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.report.folder import Contents, check_target, file_name, write_folder, write_text
from tmsmeta.report.page import html_report
from tmsmeta.report.pictures import forest_of
from tmsmeta.report.result_files import result_files
from tmsmeta.review.run import ReviewRun

if TYPE_CHECKING:
    from tmsmeta.review.diff import ReviewDiff

Step = Callable[[str], None]
WRITE_STEPS = 3
RESULTS = Contents(
    marker="results.json",
    files=(
        *("results.json", "sources.bib", "citation.bib", "summary.md", "report.html"),
        *("analyses.R", "analyses.py", "tables/*.csv"),
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
    ``sources.bib``, ``citation.bib``, ``results.json``, ``summary.md``, the main analyses as scripts for R and Python,
    and ``report.html``, which carries the texts. The same evidence and versions give the same bytes.

    Args:
        result: from :func:`tmsmeta.review.run`.
        out: a new or empty folder, or one that an earlier run wrote.
        since: what changed since an earlier version, for a section of the report.
        step: called with the name of each part, for a progress bar.

    Returns:
        The folder.

    Raises:
        OutputError: the folder cannot be written, or holds other files.

    Example:
        >>> import tmsmeta as tm
        >>> folder = tm.report.write_results(tm.read_review("my_evidence").run(), "results")
        >>> sorted(file.name for file in folder.iterdir() if file.suffix == ".json")
        ['results.json']
    """
    target = Path(out)

    def fill(folder: Path) -> None:
        step("Figures")
        drawn = _figures(result, folder)
        step("Tables")
        files = result_files(result)
        (folder / "tables").mkdir()
        for name, text in files.items():
            write_text(folder / name, text)
        step("Report")
        write_text(folder / "report.html", html_report(result, since=since, drawn=drawn, files=files))

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
