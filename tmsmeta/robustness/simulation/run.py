"""Run a grid of simulations in parallel, keep what is done, and take up again where a run was stopped."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue, OutputError, check_kind, check_names
from tmsmeta.robustness.simulation.cell import run_cell
from tmsmeta.robustness.simulation.results import SimulationResult
from tmsmeta.robustness.simulation.spec import SimulationCell, SimulationSpec


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
            loses at most the cells under way. None keeps nothing.
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
    done = {} if place is None else {c.key: r for c in cells if (r := _read(place, c, spec)) is not None}
    resumed = len(done)
    todo = [cell for cell in cells if cell.key not in done]
    for cell, result in _shown(_run(todo, spec, n_jobs), len(todo), progress):
        done[cell.key] = result["rows"]
        if place is not None:
            _write(place / spec.file_name(cell), result)
    return SimulationResult(rows=[row for cell in cells for row in done[cell.key]], spec=spec, resumed=resumed)


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
    return place


def _read(place: Path, cell: SimulationCell, spec: SimulationSpec) -> list[dict[str, Any]] | None:
    """The rows kept for `cell`, or None if there are none or the file is not what it should be."""
    try:
        kept = json.loads((place / spec.file_name(cell)).read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = kept["rows"]
        same = kept["spec"] == spec.to_dict() and kept["cell"] == json.loads(json.dumps(asdict(cell)))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return rows if same else None


def _write(path: Path, result: dict[str, Any]) -> None:
    """Write under another name first, so that a file is there whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".json")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(result, file)
        os.replace(name, path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror}); free the space or give another folder."
        ) from error
