"""Simulation studies: what is computed, that runs are repeatable, and that a stopped run goes on."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tmsmeta import effects
from tmsmeta.errors import InvalidInputError, OutputError, UnknownOptionError
from tmsmeta.pooling import pool
from tmsmeta.robustness.simulation import SimulationCell, SimulationResult, SimulationSpec, grid, simulate
from tmsmeta.robustness.simulation import run as running
from tmsmeta.robustness.simulation.cell import Trials, draw, effect_sizes, run_cell

SMALL = grid(k=[2, 5], tau2=[0.0, 0.2], n=(10, 40))


@pytest.mark.parametrize("measure", ["OR", "RR"])
@pytest.mark.parametrize("zero_cells", ["only0", "all", "none"])
def test_effect_sizes_are_those_of_single_trials(measure: str, zero_cells: str) -> None:
    rng = np.random.default_rng(1)
    n_t, n_c = rng.integers(3, 30, (2, 6, 40)).astype(float)
    events_t, events_c = np.floor(rng.random((6, 40)) * (n_t + 1)), np.floor(rng.random((6, 40)) * (n_c + 1))
    events_t[0, :10] = 0.0
    yi, vi = effect_sizes(Trials(events_t, n_t, events_c, n_c, 0.0), measure, zero_cells)
    single = effects.binary(
        measure,
        events_t.ravel(),
        n_t.ravel(),
        events_c.ravel(),
        n_c.ravel(),
        zero_cells=zero_cells,  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(yi.ravel(), single.yi, rtol=1e-14)
    np.testing.assert_allclose(vi.ravel(), single.vi, rtol=1e-14)


def test_results_equal_the_naive_count() -> None:
    cell = SimulationCell(k=4, tau2=0.1, effect=0.5, n=(15, 40), imbalance=2.0)
    spec = SimulationSpec(replicates=60, seed=3, tau2=("DL", "REML"), ci=("z", "t", "hksj", "hksj-adhoc"))
    rows = run_cell(cell, spec)["rows"]
    trials = draw(cell, "OR", 60, np.random.default_rng(cell.seed(3)))
    assert (trials.n_t == 2 * trials.n_c).all()
    for row in rows:
        pooled = [
            pool(
                effects.binary("OR", *(column[:, i] for column in trials[:4])),
                tau2=row["tau2_estimator"],
                ci=row["ci"],
            )
            for i in range(60)
        ]
        estimates = np.array([p.estimate for p in pooled])
        low, high = np.array([p.ci for p in pooled]).T
        assert row["coverage"] == np.mean((low <= 0.5) & (high >= 0.5))
        assert row["power"] == np.mean((low > 0) | (high < 0))
        assert row["type_1_error"] is None
        np.testing.assert_allclose(row["bias"], estimates.mean() - 0.5, rtol=1e-9)
        np.testing.assert_allclose(row["width"], (high - low).mean(), rtol=1e-9)
        np.testing.assert_allclose(row["tau2_bias"], np.mean([p.tau2 for p in pooled]) - 0.1, rtol=1e-8)


def test_neither_order_nor_workers_nor_neighbours_change_a_result() -> None:
    whole = simulate(SMALL, replicates=200, progress=False).rows
    turned = simulate(SMALL[::-1], replicates=200, n_jobs=2, progress=False).rows
    alone = simulate(SMALL[2:3], replicates=200, progress=False).rows
    by_cell = {(r["k"], r["tau2"], r["tau2_estimator"], r["ci"]): r for r in turned}
    for row in whole:
        assert by_cell[row["k"], row["tau2"], row["tau2_estimator"], row["ci"]] == row
    assert [dict(r) for r in alone] == [dict(r) for r in whole if r["k"] == 5 and r["tau2"] == 0.0]


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    first = simulate(SMALL[:3], replicates=100, folder=tmp_path, progress=False)
    assert first.resumed == 0
    files = sorted(tmp_path.glob("cell-*.json"))
    assert len(files) == 3
    files[0].write_text("{", encoding="utf-8")  # cut short by a crash of the disk
    second = simulate(SMALL, replicates=100, folder=tmp_path, progress=False)
    assert second.resumed == 2
    assert second.rows == simulate(SMALL, replicates=100, progress=False).rows
    assert simulate(SMALL, replicates=101, folder=tmp_path, progress=False).resumed == 0
    assert not list(tmp_path.glob(".*"))


def test_a_run_killed_in_the_middle_keeps_the_finished_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tmsmeta.robustness.simulation import run

    calls = []

    def dies_at_the_third(cell: SimulationCell, spec: SimulationSpec) -> object:
        calls.append(cell)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run_cell(cell, spec)

    monkeypatch.setattr(run, "run_cell", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        simulate(SMALL, replicates=50, folder=tmp_path, n_jobs=1, progress=False)
    monkeypatch.undo()
    assert simulate(SMALL, replicates=50, folder=tmp_path, progress=False).resumed == 2


def test_methods_see_the_same_trials() -> None:
    narrow = simulate(SMALL[:1], replicates=100, tau2=["DL"], ci=["z"], progress=False).to_frame()
    wide = simulate(SMALL[:1], replicates=100, tau2=["REML", "DL"], ci=["hksj", "z"], progress=False).to_frame()
    same = wide[(wide["tau2_estimator"] == "DL") & (wide["ci"] == "z")]
    assert narrow["coverage"].tolist() == same["coverage"].tolist()


def test_hartung_knapp_is_nearer_to_nominal_than_z_for_few_trials() -> None:
    frame = simulate(
        [SimulationCell(k=5, tau2=0.4, n=(40, 60))], replicates=4000, tau2=["REML"], ci=["z", "hksj"], progress=False
    ).to_frame()
    coverage = frame.set_index("ci")["coverage"]
    # four Monte Carlo standard errors of a share of 0.95 in 4000 are 0.014
    assert coverage["z"] < 0.95 - 0.014
    assert abs(coverage["hksj"] - 0.95) < 0.014


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        SimulationCell(k=1, event_rate=1.5, n=(5, 2))
    assert {i.column for i in caught.value.issues} == {"k", "event_rate", "n"}
    with pytest.raises(InvalidInputError, match="repeat"):
        simulate([SMALL[0], SMALL[0]], replicates=5, progress=False)
    with pytest.raises(UnknownOptionError):
        grid(trials=[3])
    with pytest.raises(UnknownOptionError):
        SimulationSpec(tau2=("REMl",))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        simulate(SMALL, replicates=5, folder=tmp_path / "file", progress=False)


@pytest.mark.slow
def test_the_grid_runs_on_a_dask_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra tmsmeta[cluster]: dask and distributed")
    import joblib

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = simulate(SMALL, replicates=100, folder=tmp_path, progress=False)
    assert there.rows == simulate(SMALL, replicates=100, progress=False).rows
    assert len(list(tmp_path.glob("cell-*.json"))) == len(SMALL)


def test_a_file_of_another_version_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = running._versions()
    for name in ("tmsmeta", "numpy", "scipy"):
        with monkeypatch.context() as other:
            other.setattr(running, "_versions", lambda name=name: {**versions, name: "0.0.1"})
            simulate(SMALL[:2], replicates=20, folder=tmp_path, progress=False)
        found = simulate(SMALL[:2], replicates=20, folder=tmp_path, progress=False)
        assert (found.resumed, found.refused) == (0, 2)
        assert "2 simulated again (files of other versions, or changed since)" in found.in_short()
        assert simulate(SMALL[:2], replicates=20, folder=tmp_path, progress=False).resumed == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept["rows"][0].update(coverage=0.95),
        lambda kept: kept["rows"].pop(),
        lambda kept: kept["rows"].append(kept["rows"][0]),
        lambda kept: kept["cell"].update(k=99),
        lambda kept: kept["spec"].update(seed=1),
        lambda kept: kept.pop("sha256"),
        lambda kept: kept.update(sha256="0" * 64),
        lambda kept: kept.update(note="mine"),
        lambda kept: kept.update(rows=3),
    ],
)
def test_a_file_that_was_touched_by_hand_is_not_used(tmp_path: Path, change: Callable[[Any], object]) -> None:
    first = simulate(SMALL[:1], replicates=20, folder=tmp_path, progress=False)
    (file,) = tmp_path.iterdir()
    kept = json.loads(file.read_text(encoding="utf-8"))
    change(kept)
    file.write_text(json.dumps(kept), encoding="utf-8")
    computed_again(first, tmp_path)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b"[]", b'{"rows": 1}', b"\xff", b"[" * 100_000, pickle.dumps({"rows": []})]
)
def test_a_file_that_is_no_result_is_not_used(tmp_path: Path, data: bytes) -> None:
    first = simulate(SMALL[:1], replicates=20, folder=tmp_path, progress=False)
    (file,) = tmp_path.iterdir()
    file.write_bytes(data)
    computed_again(first, tmp_path)


def computed_again(first: SimulationResult, folder: Path) -> None:
    """The one file of a grid of one cell is refused, and its rows come out as before."""
    again = simulate(SMALL[:1], replicates=20, folder=folder, progress=False)
    assert (again.resumed, again.refused, again.rows) == (0, 1, first.rows)


@pytest.mark.slow
def test_the_grid_survives_the_loss_of_one_of_two_dask_workers(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra tmsmeta[cluster]: dask and distributed")
    import joblib

    cells = grid(k=[5, 10, 20], tau2=[0.0, 0.1, 0.2, 0.4])
    there = tmp_path / "scheduler.json"
    folder = tmp_path / "cells"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with contextlib.ExitStack() as cluster:

        def started(*command: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(there)], env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL
            )
            cluster.callback(process.wait)
            cluster.callback(process.kill)
            return process

        started(*scheduler, "--no-dashboard")
        lost, stays = started(*worker), started(*worker)
        client = cluster.enter_context(distributed.Client(scheduler_file=str(there), timeout=60))
        client.wait_for_workers(2, timeout=60)

        done_before: list[int] = []

        def lose_one() -> None:
            while not (done := list(folder.glob("cell-*.json"))):
                time.sleep(0.01)
            lost.kill()
            done_before.append(len(done))

        killer = threading.Thread(target=lose_one, daemon=True)
        killer.start()
        with joblib.parallel_config(backend="dask"):
            found = simulate(cells, replicates=2_000, folder=folder, progress=False)
        killer.join()
        assert done_before[0] < len(cells) / 2
        assert lost.wait() != 0
        assert stays.poll() is None
        assert len(client.scheduler_info()["workers"]) == 1
    assert found.rows == simulate(cells, replicates=2_000, progress=False).rows
    assert len(list(folder.glob("cell-*.json"))) == len(cells)
