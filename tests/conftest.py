"""Lets tests share modules of the tests folder by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: object) -> None:
    """`--regenerate` writes golden texts and reference pages anew."""
    parser.addoption("--regenerate", action="store_true", help="write golden texts and reference pages anew")  # type: ignore[attr-defined]
