"""Workers that trials are run by: threads of this machine, or the workers of a Dask cluster (extra `jvmodel[cluster]`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jvmodel.errors import GraphError


@dataclass(frozen=True)
class Workers:
    """`submit` begins work and gives its future; `share` sends to every worker what all work needs; `count` of them."""

    submit: Callable[..., Future[Any]]
    share: Callable[[Any], Any]
    count: int


@contextmanager
def threads(count: int) -> Iterator[Workers]:
    """Threads of this machine."""
    pool = ThreadPoolExecutor(count)
    try:
        yield Workers(pool.submit, lambda one: one, count)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of the Dask cluster whose scheduler is at an address such as tcp://host:8786."""
    try:
        import distributed
    except ImportError:
        raise GraphError("--dask needs Dask; install it with: python -m pip install 'jvmodel[cluster]'") from None
    try:
        client: Any = distributed.Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise GraphError(f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler") from None
    try:
        threads_of_all = sum(client.nthreads().values())
        if not threads_of_all:
            raise GraphError(f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}")
        executor = client.get_executor(pure=False)
        yield Workers(executor.submit, lambda one: client.scatter(one, broadcast=True, hash=False), threads_of_all)
    finally:
        client.close()
