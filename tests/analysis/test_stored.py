"""Trials in files: read back as they were, gone on with after a kill, the same from a Dask cluster, refused where they do not belong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from jvmodel.analysis import simulate as simulating
from jvmodel.analysis import stored
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import Simulation, simulate
from jvmodel.analysis.stored import Folder, read_trials, write_file
from jvmodel.errors import GraphError, OutputError

DEAL = Path(__file__).parents[1] / "data" / "risk_deal.yaml"
TRIALS = 20_000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 4096 trials, so that a few thousand make several files."""
    for module in (simulating, stored):
        monkeypatch.setattr(module, "PART", 4096)
    monkeypatch.setattr(simulating, "CHUNK", 4096)


@pytest.fixture(scope="module")
def scenarios() -> Scenarios:
    return Scenarios.of(DEAL, trials=TRIALS)


def same(one: Simulation, other: Simulation) -> None:
    assert one.done == other.done
    assert set(one.columns) == set(other.columns)
    for name in one.columns:
        assert np.array_equal(one.columns[name], other.columns[name], equal_nan=True), name
    for party in one.cash:
        assert np.array_equal(one.cash[party], other.cash[party])


def test_a_folder_gives_what_memory_does(scenarios: Scenarios, tmp_path: Path) -> None:
    in_memory, in_files = simulate(scenarios), simulate(scenarios, folder=tmp_path / "run")
    same(in_memory, in_files)
    assert in_memory.parties == in_files.parties
    held = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert (held["trials"], held["seed"], held["sampling"], held["part"]) == (TRIALS, 1, "sobol", 4096)
    assert len(held["input_hash"]) == 64


def test_what_was_done_is_not_done_again(scenarios: Scenarios, tmp_path: Path) -> None:
    simulate(scenarios, folder=tmp_path)
    files = sorted(tmp_path.glob("trials-*.parquet"))
    assert len(files) == 5
    whole = files[2].read_bytes()
    files[2].unlink()
    times = {file: file.stat().st_mtime_ns for file in files if file.exists()}
    assert read_trials(tmp_path).done == 2 * 4096
    simulate(scenarios, folder=tmp_path)
    assert files[2].read_bytes() == whole
    assert all(file.stat().st_mtime_ns == when for file, when in times.items())


def test_a_run_may_be_extended(tmp_path: Path) -> None:
    simulate(Scenarios.of(DEAL, trials=5000), folder=tmp_path)
    more = simulate(Scenarios.of(DEAL, trials=9000), folder=tmp_path)
    same(more, simulate(Scenarios.of(DEAL, trials=9000)))
    with pytest.raises(OutputError, match=r"holds a run of 9,000 trials; ask for as many, or choose another folder with --out$"):
        simulate(Scenarios.of(DEAL, trials=5000), folder=tmp_path)


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """Killed without warning while it writes; what is there is whole, and the run started again ends as if nothing had been."""
    code = (
        "from pathlib import Path\n"
        "from jvmodel.analysis import simulate as s, stored\n"
        "from jvmodel.analysis.scenarios import Scenarios\n"
        "s.PART = stored.PART = s.CHUNK = 4096\n"
        f"s.simulate(Scenarios.of({str(DEAL)!r}, trials=2_000_000), workers=1, folder=Path({str(tmp_path)!r}))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])})
    while len(list(tmp_path.glob("trials-*.parquet"))) < 3:
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()
    held = read_trials(tmp_path)
    assert 0 < held.done < 2_000_000
    again = simulate(Scenarios.of(DEAL, trials=2_000_000), folder=tmp_path, progress=_stop)
    fresh = simulate(Scenarios.of(DEAL, trials=4096))
    assert again.done >= held.done
    assert np.array_equal(again.columns["north.npv"][:4096], fresh.columns["north.npv"])


def _stop(done: int, so_far: object) -> None:
    raise KeyboardInterrupt


def test_a_cluster_gives_what_threads_do(scenarios: Scenarios, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        by_cluster = simulate(scenarios, dask=address, folder=tmp_path)
    same(simulate(scenarios, workers=2), by_cluster)


def test_no_cluster_answers() -> None:
    with pytest.raises(GraphError) as raised:
        simulate(Scenarios.of(DEAL, trials=64), dask="tcp://127.0.0.1:1")
    assert str(raised.value).startswith("no Dask scheduler answers at tcp://127.0.0.1:1 (")
    assert str(raised.value).endswith("); start one with: dask scheduler")


def test_what_a_killed_run_left_half_written_is_swept(scenarios: Scenarios, tmp_path: Path) -> None:
    """Its own half-written files go, those of a process that runs stay; whole parts are not looked at again."""
    folder = tmp_path / "trials"
    folder.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / "manifest.json").write_text(json.dumps(stored.manifest(scenarios)), encoding="utf-8")
    gone, kept = folder / f".trials-000000.parquet.{ended.pid}", folder / f".trials-000000.parquet.{os.getppid()}"
    for file in (gone, kept):
        file.write_bytes(b"half")
    simulate(scenarios, folder=folder)
    assert (gone.exists(), kept.exists()) == (False, True)


def test_trials_are_asked_without_holding_them(scenarios: Scenarios, tmp_path: Path) -> None:
    found = simulate(scenarios, folder=tmp_path)
    held = read_trials(tmp_path)
    value = found.columns["north.npv"]
    assert held.quantiles("north.npv", [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(value, [0.1, 0.5, 0.9]), rel=1e-12)
    rates = found.columns["north.irr"]
    assert held.quantiles("north.irr", [0.5]) == pytest.approx([np.nanquantile(rates, 0.5)], rel=1e-12)
    ((count, lost),) = held.ask('SELECT count(*), avg(CAST("north.npv" < 0 AS INT)) FROM trials')
    assert (count, lost) == (TRIALS, pytest.approx((value < 0).mean(), rel=1e-12))
    frames = list(held.frames(["state.npv"]))
    assert [len(frame) for frame in frames] == [4096] * 4 + [TRIALS - 4 * 4096]
    assert list(frames[1]["trial"][:2]) == [4096, 4097]


def test_quantiles_are_found_by_counting_in_narrower_bins(
    scenarios: Scenarios, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for 20 values and 4 bins at a time, those of numpy: of a heavy tail, of a chance, of a column with few values."""
    monkeypatch.setattr(stored, "FEW", 20)
    monkeypatch.setattr(stored, "BINS", 4)
    found = simulate(scenarios, folder=tmp_path)
    held = read_trials(tmp_path)
    shares = [0.0, 0.001, 0.1, 0.37, 0.5, 0.9, 1.0]
    for column in ("north.npv", "north.irr", "north.moic", "north.below_hurdle", "risk.capital"):
        expected = np.nanquantile(found.columns[column], shares)
        assert held.quantiles(column, shares) == pytest.approx(expected, rel=1e-12, abs=1e-15), column
    assert np.isnan(held.quantiles("state.irr", [0.5])).all() == np.isnan(found.columns["state.irr"]).all()
    with pytest.raises(KeyError):
        held.quantiles("north.nvp", [0.5])


def test_one_file(scenarios: Scenarios, tmp_path: Path) -> None:
    found = simulate(scenarios)
    write_file(tmp_path / "all.parquet", scenarios, found.columns, found.done)
    table = pq.read_table(tmp_path / "all.parquet")
    assert table.num_rows == TRIALS
    assert table["north.npv"].to_numpy() == pytest.approx(found.columns["north.npv"], rel=0, abs=0)
    assert table.schema.metadata[b"seed"] == b"1"
    assert [file.name for file in tmp_path.iterdir()] == ["all.parquet"]


def test_folders_that_are_not_for_these_trials(tmp_path: Path) -> None:
    simulate(Scenarios.of(DEAL, trials=64), folder=tmp_path / "run")
    with pytest.raises(OutputError) as raised:
        simulate(Scenarios.of(DEAL, trials=64, seed=2), folder=tmp_path / "run")
    assert str(raised.value).startswith(
        f"{tmp_path / 'run'} holds trials of another deal, register, seed or version (A mine, seed 1,"
    )
    with pytest.raises(OutputError, match=r"is not empty and holds no trials; choose another folder with --out$"):
        simulate(Scenarios.of(DEAL, trials=64), folder=tmp_path)
    with pytest.raises(OutputError, match=r"holds no trials; name a folder that simulate --out wrote$"):
        read_trials(tmp_path)
    with pytest.raises(GraphError) as asked:
        simulate(Scenarios.of(DEAL, trials=4_000_000))
    assert str(asked.value) == (
        "4,000,000 trials are more than are held in memory (2,097,152); give a folder to write them into with --out"
    )


def test_a_part_that_was_cut_short_counts_as_missing(scenarios: Scenarios, tmp_path: Path) -> None:
    simulate(scenarios, folder=tmp_path)
    (tmp_path / ".trials-000009.parquet.123").write_bytes(b"left over")
    folder = Folder(tmp_path, TRIALS)
    assert folder.done == folder.counted == TRIALS
    assert folder.parts()[-1] == (4 * 4096, TRIALS)
