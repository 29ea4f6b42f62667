"""The kernel on a whole deal: trials a second, against `arrays`, the machine's memory and the kernel before fusing.

python bench/kernel.py [DEAL] [--smoke] [--widths]

All ratios are of one run. The kernel before is read from the history of the repository (commit BEFORE), runs the same
trials, turn by turn with today's, and must give the same numbers.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from jvmodel.backends import arrays, kernel
from jvmodel.backends.lowering import LEAF, Lowering
from jvmodel.backends.machine import LANES, execute
from jvmodel.backends.tape import compile_tape
from jvmodel.dealfile import load
from jvmodel.model import build

BEFORE = "89486d57"
"""The last commit with one instruction an operation, in the order of rows."""
SPREAD = {"flat": 0.3, "factor": 0.1, "overrun": 0.2}
LOAD = """
import time
from jvmodel.backends import kernel
before = time.perf_counter()
import numba, scipy.linalg
between = time.perf_counter()
kernel.warm()
print(between - before, time.perf_counter() - between)
"""
"""Time to import numba (with the part of SciPy that it imports on first use), then to compile or load the machine."""
DOUBLES = 3
"""Doubles that an operation of two operands reads and writes."""


def changes(graph, scenarios: int) -> dict[str, np.ndarray]:
    """Prices, factors and overruns, each drawn around its value in the deal."""
    random = np.random.default_rng(7)
    found = {}
    for given in graph.params.values():
        spread = next((SPREAD[end] for end in SPREAD if given.name.endswith(end)), None)
        if given.path and spread and not given.series and (given.name.startswith("prices.") or spread < 0.3):
            found[given.name] = given.value * random.uniform(1 - spread, 1 + spread, scenarios) + (
                random.uniform(-0.1, 0.3, scenarios) if given.value == 0 else 0
            )
    return found


def timed(what) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def worked(what, repeats: int) -> float:
    """Seconds of processor that something takes at least: on a busy machine, steadier than the clock."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        what()
        found.append(time.process_time() - start)
    return min(found)


def copied(size: int) -> float:
    """Nanoseconds to copy a double, of `size` of them in a row."""
    there, here = np.ones(size), np.ones(size)
    times = max(1, 8_000_000 // size)
    return worked(lambda: [np.copyto(here, there) for _ in range(times)], 5) / size / times * 1e9


def before(folder: str):
    """The tape and the kernel of the commit BEFORE, or None where the history does not go back so far."""
    replaced = {"jvmodel.backends.tape": "before_tape", "jvmodel.backends.machine": "before_machine"}
    for name in ("machine", "tape", "kernel"):
        command = ["git", "-C", str(Path(__file__).parent), "show", f"{BEFORE}:jvmodel/backends/{name}.py"]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        if shown.returncode:
            return None
        text = shown.stdout
        for old, new in replaced.items():
            text = text.replace(old, new)
        Path(folder, f"before_{name}.py").write_text(text)
    sys.path.insert(0, folder)
    return importlib.import_module("before_tape").compile_tape, importlib.import_module("before_kernel").run


def against_arrays(model, tape, values) -> None:
    few, scenarios = 300, len(next(iter(values.values())))
    columns = {name: drawn[:, None] for name, drawn in values.items()}
    some = {name: drawn[:few] for name, drawn in values.items()}
    best = min(timed(lambda: kernel.run(tape, columns, scenarios)) for _ in range(5))
    slow = min(timed(lambda: arrays.evaluate(model.graph, some)) for _ in range(3)) / few * scenarios
    print(f"kernel: {scenarios / best:,.0f} trials a second on {os.cpu_count()} cores, cash of every party by period included")
    print(f"kernel / arrays: {slow / best:.0f} times as fast")


def against_before(model, tape, values, asked, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        old = before(folder)
        if old is None:
            print(f"kernel before fusing: commit {BEFORE} is not in this checkout, so there is nothing to run against")
            return
        columns, scenarios = {name: drawn[:, None] for name, drawn in values.items()}, len(next(iter(values.values())))
        compile_before, run_before = old
        old_tape = compile_before(model.graph, dict.fromkeys(values, 1), *asked)
        few = {name: drawn[:1000] for name, drawn in columns.items()}
        apart = abs(run_before(old_tape, few, 1000) - kernel.run(tape, few, 1000)).max()
        for threads in (1, os.cpu_count() or 1):
            ratios = [
                timed(lambda: run_before(old_tape, columns, scenarios, threads))  # noqa: B023
                / timed(lambda: kernel.run(tape, columns, scenarios, threads))  # noqa: B023
                for _ in range(repeats)
            ]
            print(f"kernel / kernel before fusing ({BEFORE}), {threads} threads: {np.median(ratios):.2f} times as fast")
        print(
            f"  median of {repeats} turns; {len(old_tape.code)} instructions before; greatest difference of a figure {apart:.0e}"
        )


def against_memory(model, tape, values, asked) -> None:
    columns, scenarios = {name: drawn[:, None] for name, drawn in values.items()}, len(next(iter(values.values())))
    lowering = Lowering(model.graph, dict.fromkeys(values, 1), [*asked[0], *asked[1]], {})
    operations = len(lowering.code) - lowering.code.count(LEAF)
    each = worked(lambda: kernel.run(tape, columns, scenarios, 1), 5) / scenarios * 1e9
    near, far = copied(20_000) * DOUBLES / 2, copied(8_000_000) * DOUBLES / 2
    print(f"{operations} operations on numbers of a period, done by {len(tape.code)} instructions on {tape.registers} registers")
    print(
        f"an operation, period and scenario: {each / operations:.3f} ns of a core; an instruction: {each / len(tape.code):.3f} ns"
    )
    print(f"to copy the {DOUBLES} doubles of an operation: {near:.3f} ns within the second-level cache, {far:.3f} ns in memory")


def tapes_and_sliders(model, values, asked, repeats: int) -> None:
    varying = dict.fromkeys(values, 1)
    written = min(timed(lambda: compile_tape(model.graph, varying, *asked)) for _ in range(repeats))
    print(f"tape: written in {written * 1e3:.0f} ms")
    table = {name: given.value for name, given in model.graph.params.items() if given.path and not given.series}
    first = min(timed(lambda: kernel.choose(model.graph, table, asked[0])) for _ in range(kernel.OFTEN))
    kernel.choose(model.graph, table, asked[0])
    moves = [timed(lambda: kernel.choose(model.graph, table, asked[0])) for _ in range(20 * repeats)]
    then = float(np.median(moves)) * 1e3
    print(f"slider, {len(table)} numbers on the table, all cash: {first * 1e3:.1f} ms at first, {then:.1f} ms once it has a tape")


def by_width(tape, values) -> None:
    """Nanoseconds an instruction takes by the scenarios that it handles at once."""
    scenarios = len(next(iter(values.values())))
    filled = np.array([values[name] for name, _ in tape.inputs])
    results = np.empty((len(tape.outputs), scenarios))
    for lanes in (1, 2, 4, 6, 8, 12, 16):
        spent = worked(
            lambda: execute(
                tape.code,
                tape.numbers,
                tape.constants,
                filled,
                tape.registers,
                results,
                0,
                scenarios,
                lanes,  # noqa: B023
            ),
            7,
        )
        size, each = tape.registers * lanes * LANES * 8 / 1024, spent / scenarios / len(tape.code) * 1e9
        print(f"{lanes * LANES:>6} at once, {size:>6,.0f} kB of registers: {each:.3f} ns an instruction")


def loading() -> None:
    with tempfile.TemporaryDirectory() as cache:
        command, fresh = [sys.executable, "-c", LOAD], os.environ | {"NUMBA_CACHE_DIR": cache}
        (_, first), *others = (
            map(float, subprocess.run(command, env=fresh, check=True, capture_output=True, text=True).stdout.split())
            for _ in range(4)
        )
    libraries, later = (min(column) for column in zip(*others, strict=True))
    print(f"machine: compiled in {first:.1f} s on first use; later {libraries:.2f} s to import numba, {later:.2f} s to load it")


def main() -> None:
    smoke = "--smoke" in sys.argv
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    model = build(load(names[0] if names else "kasanga"))
    values = changes(model.graph, 10_000 if smoke else 100_000)
    asked = [f"party.{party}.cash" for party in model.parties], [f"party.{party}.value" for party in model.parties]
    kernel.warm()
    tape = compile_tape(model.graph, dict.fromkeys(values, 1), *asked)
    print(f"{model.deal.deal}: {len(model.graph.rows)} rows, {len(values)} inputs vary")
    if "--widths" in sys.argv:
        by_width(tape, values)
        return
    against_arrays(model, tape, values)
    if not smoke:
        against_before(model, tape, values, asked, 15)
    against_memory(model, tape, values, asked)
    tapes_and_sliders(model, values, asked, 2 if smoke else 9)
    if not smoke:
        loading()


if __name__ == "__main__":
    main()
