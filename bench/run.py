"""Processor time of the commands a newcomer waits for, as a whole process each; against another checkout, by turns.

python bench/run.py [--smoke] [CHECKOUT]

A checkout of an older commit is made by: git worktree add --detach CHECKOUT COMMIT. Compiled Python is kept between runs, as it
is for people, whatever PYTHONDONTWRITEBYTECODE says here.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

COMMANDS = {
    "jvmodel --help": ["--help"],
    "jvmodel check kasanga": ["check", "kasanga"],
    "jvmodel check simbaro (a solved number)": ["check", "simbaro"],
    "jvmodel solve kasanga, one number": ["solve", "kasanga", "--vary", "terms.royalty.rate", "--target", "treasury.npv=3020"],
    "jvmodel run kasanga (workbook and page)": ["run", "kasanga", "--out", "{folder}"],
    "jvmodel export kasanga to .html": ["export", "kasanga", "--to", "{folder}/kasanga.html"],
    "jvmodel coalition three_states": ["coalition", "three_states"],
}
HERE = Path(__file__).parents[1]


def main() -> None:
    repeats = 1 if "--smoke" in sys.argv else 7
    others = [Path(argument).resolve() for argument in sys.argv[1:] if not argument.startswith("-")]
    for name, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable,
                "-c",
                "from jvmodel.cli import main; main()",
                *(one.format(folder=folder) for one in arguments),
            ]
            turns = [[_spent(command, tree, folder) for tree in (HERE, *others)] for _ in range(repeats + 1)][
                1:
            ]  # the first one compiles
        now, *before = (median(column) for column in zip(*turns, strict=True))
        print(f"{name}: {now:.2f} s of processor", *(f"{now / one:.2f} of {one:.2f} s" for one in before), sep=", ", flush=True)


def _spent(command: list[str], tree: Path, folder: str) -> float:
    """Seconds of processor of a command, run with the code of a checkout, in a folder that has no code of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env={**kept, "PYTHONPATH": str(tree)})
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


if __name__ == "__main__":
    main()
