"""Put the results of a review into a folder: figures, tables, ``results.json``, a summary and the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tmsmeta.errors import check_kind
from tmsmeta.report.drawing import draw
from tmsmeta.report.folder import Contents, check_target, write_folder, write_text
from tmsmeta.report.page import html_report
from tmsmeta.report.pictures import BORROWING, drawings_of
from tmsmeta.report.result_files import result_files
from tmsmeta.report.second_process import SecondProcess
from tmsmeta.review.run import ReviewRun
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    from tmsmeta.review.diff import ReviewDiff

Step = Callable[[str], None]
WRITE_STEPS = 3
RESULTS = Contents(
    marker="results.json",
    files=(
        *("results.json", "sources.bib", "citation.bib", "summary.md", "report.html"),
        *("analyses.R", "analyses.py", "tables/*.csv"),
        *(f"{name}.{kind}" for name in ("forest_*", "network_*", BORROWING) for kind in ("png", "svg")),
    ),
)
"""What a run writes."""


def check_place(out: str | Path) -> None:
    """Raise :class:`~tmsmeta.errors.OutputError` if `out` would be refused, before anything is computed."""
    check_target(Path(out), earlier=RESULTS)


@answerable
def write_results(
    result: ReviewRun,
    out: str | Path,
    *,
    since: ReviewDiff | None = None,
    step: Step = lambda _: None,
    beside: SecondProcess | None = None,
) -> Path:
    """Write everything into the folder `out`, which appears whole or not at all.

    Files: ``forest_<outcome>.png`` and ``.svg``, ``network_<outcome>.png`` and ``.svg``, ``joint.png`` and ``.svg``
    where outcomes are pooled jointly, ``tables/*.csv``, ``sources.bib``, ``citation.bib``, ``results.json``,
    ``summary.md``, the main analyses as scripts for R and Python, and ``report.html``, which carries the texts. The
    same evidence and versions give the same bytes.

    Args:
        result: from :func:`tmsmeta.review.run`.
        out: a new or empty folder, or one that an earlier run wrote.
        since: what changed since an earlier version, for a section of the report.
        step: called with the name of each part, for a progress bar.
        beside: a process that draws the figures meanwhile; without it they are drawn here.

    Returns:
        The folder.

    Raises:
        InvalidInputError: something else than the run of a review.
        OutputError: the folder cannot be written, or holds other files.

    Example:
        >>> import tmsmeta as tm
        >>> folder = tm.report.write_results(tm.read_review("my_evidence").run(), "results")
        >>> sorted(file.name for file in folder.iterdir() if file.suffix == ".json")
        ['results.json']
    """
    check_kind("result", result, ReviewRun, "the run of a review, as its run() gives")
    target = Path(out)

    def fill(folder: Path) -> None:
        drawings = drawings_of(result)
        pictures = beside.begin(drawings) if beside else draw(drawings)
        step("Tables")
        files = result_files(result)
        (folder / "tables").mkdir()
        for name, text in files.items():
            write_text(folder / name, text)
        step("Report")
        write_text(folder / "report.html", html_report(result, since=since, drawn=pictures, files=files))
        step("Figures")
        for drawing in drawings:
            for name in drawing.files if drawing.kept else ():
                (folder / name).write_bytes(pictures[name])

    write_folder(target, fill, earlier=RESULTS)
    return target
