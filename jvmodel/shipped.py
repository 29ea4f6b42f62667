"""Where the templates and example deals are: beside the package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _folder(name: str) -> Path:
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def templates() -> Path:
    """The folder of page templates."""
    return _folder("templates")


def deals() -> Path:
    """The folder of example deals."""
    return _folder("deals")


def languages() -> Path:
    """The folder of catalogues of words."""
    return _folder("templates") / "languages"


def examples() -> dict[str, Path]:
    """Every example deal by its name.

    >>> "kasanga" in examples()
    True
    """
    return {path.stem: path for path in sorted(deals().glob("*.yaml"))}
