"""Time of the commands a user waits for, as a whole process each.

python bench/run.py [--smoke]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

COMMANDS = {
    "jvmodel --help": ["--help"],
    "jvmodel check kasanga": ["check", "kasanga"],
    "jvmodel run kasanga (workbook and page)": ["run", "kasanga"],
}


def main() -> None:
    repeats = 1 if "--smoke" in sys.argv else 5
    nothing = min(_timed([sys.executable, "-c", "pass"]) for _ in range(repeats))
    for name, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as folder:
            extra = ["--out", folder] if arguments[0] == "run" else []
            best = min(_timed([sys.executable, "-m", "jvmodel.cli", *arguments, *extra]) for _ in range(repeats))
        print(f"{name}: {best:.2f} s, {best / nothing:.0f} times an empty Python process")


def _timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
