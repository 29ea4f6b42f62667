"""Lets tests share modules of the tests folder by name, and settles how hypothesis draws."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# No test is timed: machines are shared. The gate draws the same cases each time, so that what it says is of the change and not of
# the day; everywhere else the cases are new on every run, `pytest --hypothesis-seed=N` looks at more of them, and what it finds
# becomes a test of its own.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", settings.get_profile("untimed"), derandomize=True, print_blob=True)
settings.load_profile("gate" if os.environ.get("JVMODEL_CI") else "untimed")


def pytest_addoption(parser: object) -> None:
    """`--regenerate` writes golden texts and reference pages anew."""
    parser.addoption("--regenerate", action="store_true", help="write golden texts and reference pages anew")  # type: ignore[attr-defined]
