"""Jobs: trials that run beside the pages, with progress and a way to stop them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jvmodel.errors import JvmodelError

MOST = 2
"""Jobs that run at a time."""
KEPT = 8
"""Jobs whose answer is kept."""


class StoppedError(Exception):
    """Somebody asked the job to stop."""


@dataclass
class Job:
    """Something that takes a while: `work` is called with what tells its progress, and gives the answer."""

    work: Callable[[Callable[[float, str], None]], Any]
    name: str = ""
    done: float = 0.0
    said: str = "waiting"
    answer: Any = None
    error: str = ""
    state: str = "running"
    """running, ready, stopped or failed"""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Asks the job to stop; it does so at its next step."""
        self._stop.set()

    def run(self) -> None:
        """Does the work; what goes wrong is kept in words."""
        try:
            self.answer = self.work(self._tell)
            self.done, self.state = 1.0, "ready"
        except StoppedError:
            self.state, self.said = "stopped", "stopped"
        except JvmodelError as error:
            self.state, self.error = "failed", str(error)
        except Exception:
            self.state, self.error = "failed", "The workbench made a mistake; the terminal that runs it says more."
            raise

    def _tell(self, done: float, said: str) -> None:
        if self._stop.is_set():
            raise StoppedError
        self.done, self.said = done, said


class Jobs:
    """All jobs of the server."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[Callable[[float, str], None]], Any]) -> Job:
        """A new job in a thread of its own; raises JvmodelError where too many run already."""
        with self._lock:
            running = [one for one in self._jobs.values() if one.state == "running"]
            if len(running) >= MOST:
                raise JvmodelError(f"{len(running)} runs are under way; wait for one, or stop it")
            for old in list(self._jobs.values())[: max(0, len(self._jobs) - KEPT + 1)]:
                if old.state != "running":
                    del self._jobs[old.key]
            job = Job(work, name)
            self._jobs[job.key] = job
        threading.Thread(target=job.run, daemon=True, name=f"job-{job.key}").start()
        return job

    def find(self, key: str) -> Job:
        """The job of a key; raises JvmodelError where it is gone."""
        job = self._jobs.get(key)
        if job is None:
            raise JvmodelError("this run is gone; start it again")
        return job
