"""Trials in a folder: Parquet by parts with a manifest, written so that an interrupted run goes on, read column by column.

Needs pyarrow, and DuckDB for questions over all columns (extra `jvmodel[scale]`). A part is written under another name and
then renamed, so that a file is whole or not there, whenever a run is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jvmodel import __version__
from jvmodel.analysis.sampling import BLOCK
from jvmodel.errors import GraphError, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from jvmodel.analysis.outcomes import Outcomes
    from jvmodel.analysis.scenarios import Scenarios

Array = NDArray[np.float64]

PART = 16 * BLOCK
"""Trials in a file."""
BINS, FEW = 65_536, 500_000
"""Bins in which a column is counted, and values that are held at once, for quantiles."""
MANIFEST = "manifest.json"
NEEDS = "trials in files need pyarrow and DuckDB; install them with: python -m pip install 'jvmodel[scale]'"


@dataclass
class Folder:
    """A folder of trials. `done` is how many there are without a gap, `counted` how many altogether."""

    path: Path
    trials: int
    _whole: set[int] = field(default_factory=set)
    """First trials of the parts that were seen whole: they stay so, and are not looked at again"""

    @classmethod
    def of(cls, path: Path, scenarios: Scenarios) -> Folder:
        """The folder for the trials of a deal, made or gone on with; raises OutputError where it holds those of another."""
        _pyarrow()
        wanted = manifest(scenarios)
        try:
            path.mkdir(parents=True, exist_ok=True)
            file = path / MANIFEST
            if not file.exists() and any(path.iterdir()):
                raise OutputError(f"{path} is not empty and holds no trials; choose another folder with --out")
            if file.exists():
                held = json.loads(file.read_text(encoding="utf-8"))
                _same(path, held, wanted)
            _replace(file, json.dumps(wanted, indent=2).encode())
            _swept(path)
        except (OSError, json.JSONDecodeError) as error:
            raise OutputError(f"cannot write trials into {path}: {error}; choose another folder with --out") from None
        return cls(path, scenarios.register.trials)

    def file(self, start: int, kind: str = "trials") -> Path:
        """The file of the part that begins with a trial."""
        return self.path / f"{kind}-{start // PART:06d}.parquet"

    def has(self, start: int, stop: int) -> bool:
        """Whether a part is there, whole."""
        import pyarrow.parquet as pq

        if start not in self._whole:
            file = self.file(start)
            if not file.exists() or int(pq.read_metadata(file).num_rows) != stop - start:
                return False
            self._whole.add(start)
        return True

    def add(self, part: Outcomes) -> None:
        """Writes a part: cash first, so that it is there when the trials are."""
        import pyarrow as pa

        if part.cash:
            wide = {
                f"{party}@{period}": column.astype(np.float32)
                for party, cash in part.cash.items() for period, column in enumerate(cash.T)
            }  # fmt: skip
            _write(self.file(part.start, "cash"), pa.table(wide))
        trial = {"trial": np.arange(part.start, part.stop)}
        _write(self.file(part.start), pa.table({**trial, **part.columns}))

    def parts(self) -> list[tuple[int, int]]:
        """The parts that are there, whole, in order."""
        spans = ((start, min(start + PART, self.trials)) for start in range(0, self.trials, PART))
        return [span for span in spans if self.has(*span)]

    @property
    def done(self) -> int:
        """Trials that are done without a gap."""
        reached = 0
        for start, stop in self.parts():
            if start != reached:
                break
            reached = stop
        return reached

    @property
    def counted(self) -> int:
        """Trials that are there."""
        return sum(stop - start for start, stop in self.parts())

    @property
    def columns(self) -> Mapping[str, Array]:
        """The columns, each read when it is asked for, up to the first gap."""
        return StoredTrials(self.path, self.done)

    @property
    def cash(self) -> Mapping[str, NDArray[np.float32]]:
        """Cash by party of the first trials."""
        import pyarrow.parquet as pq

        tables = [pq.read_table(file) for start, _ in self.parts() if (file := self.file(start, "cash")).exists()]
        found: dict[str, list[Any]] = {}
        for name in tables[0].column_names:
            found.setdefault(name.partition("@")[0], []).append(np.concatenate([table[name].to_numpy() for table in tables]))
        return {party: np.stack(columns, axis=1) for party, columns in found.items()}


class StoredTrials(Mapping[str, Array]):
    """Trials in a folder as a mapping from column to numbers (done,), and questions asked of all without holding them."""

    def __init__(self, path: Path, done: int) -> None:
        self.path, self.done = path, done
        self._last: tuple[str, Array] | None = None

    @property
    def files(self) -> list[str]:
        """The files, in order."""
        return [str(self.path / f"trials-{number:06d}.parquet") for number in range(-(-self.done // PART))]

    def __getitem__(self, name: str) -> Array:
        import pyarrow.parquet as pq

        last = self._last
        if last is not None and last[0] == name:
            return last[1]
        if name not in set(self):
            raise KeyError(name)
        self._last = last = None
        found = np.empty(self.done)
        at = 0
        for file in self.files:
            values = pq.read_table(file, columns=[name])[name].to_numpy()
            found[at : at + len(values)] = values
            at += len(values)
        self._last = (name, found)
        return found

    def __iter__(self) -> Iterator[str]:
        import pyarrow.parquet as pq

        return (name for name in pq.read_schema(self.files[0]).names if name != "trial")

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def quantiles(self, column: str, shares: Sequence[float]) -> list[float]:
        """Quantiles of a column by DuckDB, undefined outcomes left out: exact, by counting in ever narrower bins.

        NaN where the column is never defined; raises KeyError where there is none of the name.
        """
        if column not in set(self):
            raise KeyError(column)
        quoted = '"' + column.replace('"', '""') + '"'
        ((count, low, high),) = self.ask(f"SELECT count(*), min({quoted}), max({quoted}) FROM trials WHERE NOT isnan({quoted})")
        if not count:
            return [float("nan")] * len(shares)
        places = [share * (count - 1) for share in shares]
        ranks = sorted({rank for place in places for rank in (int(place), min(int(place) + 1, count - 1))})
        found = dict(self._ranked(quoted, ranks, (low, high), 0, count))
        return [
            found[int(place)] + (place - int(place)) * (found[min(int(place) + 1, count - 1)] - found[int(place)])
            for place in places
        ]

    def _ranked(
        self, quoted: str, ranks: Sequence[int], ends: tuple[float, float], before: int, count: int
    ) -> Iterator[tuple[int, float]]:
        """The values of ranks (from 0) among the `count` ones between two ends, of which `before` others are below."""
        low, high = ends
        if low == high:
            yield from ((rank, low) for rank in ranks)
            return
        within = f"FROM trials WHERE {quoted} BETWEEN ? AND ?"
        if count <= FEW:
            values = self.ask(f"SELECT {quoted} {within} ORDER BY 1", [low, high])
            yield from ((rank, values[rank - before][0]) for rank in ranks)
            return
        step = (high - low) / BINS
        rows = self.ask(
            f"SELECT count(*), min({quoted}), max({quoted}) {within} GROUP BY least(floor(({quoted} - ?) / ?), ?) ORDER BY 2",
            [low, high, low, step, BINS - 1],
        )
        for number, least, most in rows:
            inside = [rank for rank in ranks if before <= rank < before + number]
            if inside:
                yield from self._ranked(quoted, inside, (least, most), before, number)
            before += number

    def ask(self, query: str, values: Sequence[float] = ()) -> list[tuple[Any, ...]]:
        """The rows that an SQL query gives over the view `trials`, by DuckDB, within a gigabyte of memory; values for its ?."""
        try:
            import duckdb
        except ImportError:
            raise GraphError(NEEDS) from None
        with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(self.path)}) as connection:
            connection.read_parquet(self.files).create_view("trials")
            return connection.execute(query, list(values)).fetchall()

    def frames(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """The trials as pandas frames, a file at a time, with all columns or some."""
        import pyarrow.parquet as pq

        for file in self.files:
            yield pq.read_table(file, columns=["trial", *columns] if columns is not None else None).to_pandas()


def read_trials(path: str | Path) -> StoredTrials:
    """The trials that `simulate --out FOLDER` wrote; raises OutputError where there are none."""
    _pyarrow()
    folder = Path(path)
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        raise OutputError(f"{folder} holds no trials; name a folder that simulate --out wrote") from None
    return StoredTrials(folder, Folder(folder, int(held["trials"])).done)


def manifest(scenarios: Scenarios) -> dict[str, Any]:
    """What trials depend on: the deal with its changes, the register, the seed; `input_hash` is of all of it."""
    study, register = scenarios.study, scenarios.register
    deal = study.model.deal.model_dump_json(exclude={"uncertainty"})
    given = register.model_dump_json(exclude={"trials"} if register.sampling != "lhs" else set())
    held = json.dumps([deal, given, sorted(study.without), sorted(scenarios.certain), __version__])
    return {
        "deal": study.model.deal.deal,
        "input_hash": hashlib.sha256(held.encode()).hexdigest(),
        "version": __version__,
        "seed": register.seed,
        "sampling": register.sampling,
        "trials": register.trials,
        "part": PART,
    }


def write_file(file: Path, scenarios: Scenarios, columns: Mapping[str, Array], done: int) -> None:
    """All trials in one Parquet file, with the manifest in its metadata."""
    _pyarrow()
    import pyarrow as pa

    table = pa.table({"trial": np.arange(done), **columns})
    said = {key: str(value) for key, value in (manifest(scenarios) | {"trials": done}).items()}
    _write(file, table.replace_schema_metadata(said))


def _same(path: Path, held: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, what in (("input_hash", "another deal, register, seed or version"), ("part", "parts of another length")):
        if held.get(key) != wanted[key]:
            raise OutputError(
                f"{path} holds trials of {what} ({held.get('deal')}, seed {held.get('seed')}, version {held.get('version')});"
                " choose another folder with --out, or delete it"
            )
    if wanted["trials"] < held["trials"]:
        raise OutputError(
            f"{path} holds a run of {held['trials']:,} trials; ask for as many, or choose another folder with --out"
        )


def _write(file: Path, table: Any) -> None:
    import pyarrow.parquet as pq

    waiting = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        pq.write_table(table, waiting, compression="zstd", compression_level=1, use_dictionary=False)
        waiting.replace(file)
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error}; choose another place with --out") from None
    finally:
        waiting.unlink(missing_ok=True)


def _swept(path: Path) -> None:
    """Takes away what a run that was killed was writing; its process is gone."""
    if os.name != "posix":  # elsewhere there is no asking whether a process lives without hurting it
        return
    for waiting in path.glob(".*.parquet.*"):
        process = waiting.name.rpartition(".")[2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            waiting.unlink(missing_ok=True)
        except (ValueError, PermissionError):
            continue


def _replace(file: Path, content: bytes) -> None:
    waiting = file.with_name(f".{file.name}.{os.getpid()}")
    waiting.write_bytes(content)
    waiting.replace(file)


def _pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401 - only to see whether it is there
    except ImportError:
        raise GraphError(NEEDS) from None


__all__ = ["Folder", "StoredTrials", "manifest", "read_trials", "write_file"]
