"""Run a grid of simulations in parallel, keep what is done, and take up again where a run was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue, OutputError, check_kind, check_names
from tmsmeta.provenance import installed_version, json_hash
from tmsmeta.robustness.simulation.cell import run_cell
from tmsmeta.robustness.simulation.results import SimulationResult
from tmsmeta.robustness.simulation.spec import SimulationCell, SimulationSpec
from tmsmeta.tables.write import clear_left_overs, write_files
from tmsmeta.words.arguments import answerable


@answerable
def simulate(
    cells: Sequence[SimulationCell],
    spec: SimulationSpec | None = None,
    *,
    folder: str | Path | None = None,
    n_jobs: int | None = None,
    progress: bool = True,
    **choices: Any,
) -> SimulationResult:
    """Simulate every cell of a grid and compare the pooled effects with the truth.

    Every cell has random numbers of its own, which depend on the seed and the cell alone: neither the order of the
    cells nor the number of workers changes a result. All methods see the same trials.

    Args:
        cells: from :func:`~tmsmeta.robustness.simulation.grid`, or built one by one.
        spec: what to do in every cell.
        folder: where to keep one file per cell. Cells found there are not simulated again, so a run that was stopped
            loses at most the cells under way; a file that another version of tmsmeta, numpy or scipy wrote, or that was
            changed since, is not used: its cell is simulated again. None keeps nothing.
        n_jobs: number of workers; None leaves it to ``joblib.parallel_config``, which also chooses the backend:
            ``with joblib.parallel_config(backend="dask"): simulate(...)`` runs the grid on a Dask cluster.
        progress: show a progress bar (in a terminal or notebook only).
        **choices: the fields of :class:`SimulationSpec`, instead of `spec`.

    Returns:
        Bias, coverage, rejection and width of each method in each cell, with their Monte Carlo errors.

    Raises:
        InvalidInputError: no cells, something else than cells, cells that repeat, or both `spec` and choices.
        UnknownOptionError: an option outside its list.
        OutputError: a folder that cannot be written.

    Example:
        >>> import tmsmeta as tm
        >>> from tmsmeta.robustness.simulation import grid
        >>> cells = grid(k=[3, 5], tau2=0.1)
        >>> result = tm.simulate(cells, replicates=200, tau2=("DL",), ci=("z", "hksj"), progress=False)
        >>> print(result.to_frame()[["k", "tau2_estimator", "ci"]].to_string(index=False))
         k tau2_estimator   ci
         3             DL    z
         3             DL hksj
         5             DL    z
         5             DL hksj
    """
    cells = list(cells)
    check_names(choices, [f.name for f in fields(SimulationSpec)])
    _check(cells, spec, choices)
    spec = SimulationSpec(**choices) if spec is None else spec
    place = None if folder is None else _folder(Path(folder))
    files = {} if place is None else {cell.key: place / spec.file_name(cell) for cell in cells}
    there = [cell for cell in cells if cell.key in files and files[cell.key].exists()]
    done = {cell.key: rows for cell in there if (rows := _read(files[cell.key], cell, spec)) is not None}
    resumed, refused = len(done), len(there) - len(done)
    todo = [cell for cell in cells if cell.key not in done]
    for cell, result in _shown(_run(todo, spec, n_jobs), len(todo), progress):
        done[cell.key] = result["rows"]
        if files:
            write_files({files[cell.key]: json.dumps(_sealed(result)).encode()}, cleared=True)
    rows = [row for cell in cells for row in done[cell.key]]
    return SimulationResult(rows=rows, spec=spec, resumed=resumed, refused=refused)


def _check(cells: Sequence[SimulationCell], spec: SimulationSpec | None, choices: dict[str, Any]) -> None:
    what = "simulation cells, as tmsmeta.robustness.simulation.grid(...) gives"
    for cell in cells:
        check_kind("cells", cell, SimulationCell, what)
    faults = []
    if not cells:
        faults.append(Issue(None, "cells", 0, "must hold at least one cell."))
    if len({cell.key for cell in cells}) < len(cells):
        faults.append(Issue(None, "cells", len(cells), "must not repeat a cell."))
    if spec is not None and choices:
        faults.append(Issue(None, ", ".join(choices), None, "cannot be combined with `spec`."))
    if faults:
        raise InvalidInputError(faults)


def _run(
    cells: Sequence[SimulationCell], spec: SimulationSpec, n_jobs: int | None
) -> Iterator[tuple[SimulationCell, dict[str, Any]]]:
    """Each cell with its results, as they come in."""
    from joblib import Parallel, delayed

    work = (delayed(_labelled)(cell, spec) for cell in cells)
    yield from Parallel(n_jobs=n_jobs, return_as="generator_unordered")(work)


def _labelled(cell: SimulationCell, spec: SimulationSpec) -> tuple[SimulationCell, dict[str, Any]]:
    return cell, run_cell(cell, spec)


def _shown(results: Iterable[Any], total: int, progress: bool) -> Iterable[Any]:
    if not (progress and total):
        return results
    from rich.progress import track

    return track(results, description="simulating", total=total)


def _folder(place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {place} cannot be made ({error.strerror}); give one that can be.") from error
    clear_left_overs(place)
    return place


def _read(file: Path, cell: SimulationCell, spec: SimulationSpec) -> list[dict[str, Any]] | None:
    """The rows kept for `cell`, or None if there are none or the file is not what this version wrote for it."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = kept["rows"]
        asked = {"cell": json.loads(json.dumps(asdict(cell))), "spec": spec.to_dict(), "computed_with": _versions()}
        same = all(kept[name] == wanted for name, wanted in asked.items()) and kept.pop("sha256") == json_hash(kept)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return rows if same else None


def _sealed(result: dict[str, Any]) -> dict[str, Any]:
    """A result with the versions that computed it, and a hash over all of it by which a change is seen."""
    content = {**result, "computed_with": _versions()}
    return {**content, "sha256": json_hash(content)}


@cache
def _versions() -> dict[str, str]:
    """The packages that random numbers and results depend on."""
    return {name: installed_version(name) for name in ("tmsmeta", "numpy", "scipy")}
