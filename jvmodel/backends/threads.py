"""Work on scenarios by threads: each takes a part at a time, and the parts are the same for any number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_parts(work: Callable[[int, int], Result], scenarios: int, part: int, threads: int | None = None) -> list[Result]:
    """`work(start, stop)` for every part of the scenarios, in order; `threads` is the number of processors unless given."""
    starts = range(0, scenarios, part)

    def one(start: int) -> Result:
        return work(start, min(start + part, scenarios))

    workers = min(threads or os.cpu_count() or 1, len(starts))
    if workers <= 1:
        return [one(start) for start in starts]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, starts))
