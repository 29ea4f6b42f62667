"""A YAML file as plain data, with the line and column of everything in it."""

from __future__ import annotations

import copy
import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jvmodel.errors import DealError, Fault

LARGEST = 5_000_000
"""Bytes; a deal file is a few pages of text, its tables stand beside it."""
MOST_NODES = 200_000
DEEPEST = 40
NESTED = re.compile(r"(?:[\[{]\s*){100}")
"""Brackets in a row that no deal has, and that a parser takes very long over."""

Place = tuple[str | int, ...]
"""The way to something in a deal: keys and positions, such as ("terms", 2, "rate")."""


@dataclass(frozen=True)
class Origin:
    """Where something that replaced part of a deal was said: on the command line, or in a line of a proposal."""

    file: str
    line: int = 0
    column: int = 0
    text: str = ""

    def fault(self, message: str) -> Fault:
        """A fault there."""
        return Fault(self.file, self.line, self.column, message, self.text)


@dataclass
class Source:
    """The text and data of a deal file."""

    file: str
    lines: list[str]
    data: dict[str, Any]
    places: dict[Place, tuple[int, int]] = field(default_factory=dict)
    """Line and column (from 1) of keys and entries"""
    changed: dict[Place, Origin] = field(default_factory=dict)
    """What was said elsewhere than in the file, and where"""

    def copy(self) -> Source:
        """The same, to be changed on its own."""
        return Source(self.file, self.lines, copy.deepcopy(self.data), dict(self.places), dict(self.changed))

    def fault(self, place: Place, message: str) -> Fault:
        """A fault at a place, or at the nearest place around it that the file has."""
        if place in self.changed:
            return self.changed[place].fault(message)
        below = [origin for at, origin in self.changed.items() if len(place) > 1 and at[: len(place)] == place]
        if below:
            return below[-1].fault(message)
        for length in range(len(place), -1, -1):
            around = place[:length]
            if around in self.changed:
                return self.changed[around].fault(message)
            if around in self.places:
                return self.origin(around).fault(message)
        return Fault(self.file, 1, 1, message)

    def origin(self, place: Place) -> Origin:
        """Where the file says something."""
        line, column = self.places.get(place, (1, 1))
        return Origin(self.file, line, column, self.lines[line - 1] if line <= len(self.lines) else "")


def read_source(path: Path, text: str | None = None) -> Source:
    """The data of a YAML file, or of a text to stand in its place; raises DealError with the position of what is wrong."""
    here = Path.cwd()
    file = str(path.relative_to(here) if path.is_relative_to(here) else path)
    text = _sound(_text(path, file) if text is None else text, file)
    lines = text.splitlines()
    source = Source(file, lines, {})
    tree = _parse(text, source)
    if not isinstance(tree, dict):
        raise DealError([Fault(file, 1, 1, "a deal file begins with fields such as 'deal: Name'; see: jvmodel new NAME")])
    source.data = _Reader(source).mapping(tree, ())
    return source


def _text(path: Path, file: str) -> str:
    try:
        raw = path.read_bytes()
    except IsADirectoryError:
        raise DealError([Fault(file, 0, 0, "this is a folder; name the deal file in it")]) from None
    except OSError as error:
        raise DealError([Fault(file, 0, 0, f"cannot be read: {error.strerror or error}")]) from None
    if len(raw) > LARGEST:
        raise DealError([Fault(file, 0, 0, f"is {len(raw):,} bytes long, and may have {LARGEST:,}; put series into a table")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise DealError([Fault(file, line, column, "this is not UTF-8 text; save the file as UTF-8 in your editor")]) from None


def _sound(text: str, file: str) -> str:
    """The text; refused where it has what no deal has, and a parser takes very long over."""
    if len(text) > LARGEST:
        raise DealError([Fault(file, 0, 0, f"is {len(text):,} letters long, and may have {LARGEST:,}; put series into a table")])
    bad = next((place for place, character in enumerate(text) if character < " " and character not in "\n\r\t"), None)
    if bad is not None:
        line = text.count("\n", 0, bad) + 1
        message = f"the character {text[bad]!r} does not belong in a text file; remove it"
        raise DealError([Fault(file, line, bad - text.rfind("\n", 0, bad), message)])
    deep = NESTED.search(text)
    if deep is not None:
        line, column = text.count("\n", 0, deep.start()) + 1, deep.start() - text.rfind("\n", 0, deep.start())
        raise DealError([Fault(file, line, column, "lists and mappings are nested too deeply; flatten them")])
    return text


def _parse(text: str, source: Source) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).load(text)
    except DuplicateKeyError as error:
        mark, first = error.problem_mark, error.context_mark
        name = str(error.problem).split('"')[1] if '"' in str(error.problem) else "a key"
        where = f" (the mapping begins in line {first.line + 1})" if first else ""
        message = f"'{name}' is given twice{where}; keep one of them"
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        tab = mark is not None and mark.line < len(source.lines) and "\t" in source.lines[mark.line][: mark.column + 1]
        hint = "; indent with spaces, not tabs" if tab else "; check indentation, colons and quotes near here"
        message = f"this is not YAML: {error.problem or error.context}{hint}"
    except RecursionError:
        raise DealError([Fault(source.file, 1, 1, "lists and mappings are nested too deeply; flatten them")]) from None
    except (YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError, NotImplementedError) as error:
        detail = str(error).split("\n", maxsplit=1)[0]
        raise DealError([Fault(source.file, 1, 1, f"this is not YAML that can be read: {detail}")]) from None
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    shown = source.lines[line - 1] if line <= len(source.lines) else ""
    raise DealError([Fault(source.file, line, column, message, shown)])


class _Reader:
    """Turns what ruamel.yaml made into plain data, and notes where everything stands."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.nodes = 0

    def mapping(self, value: Any, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, entry in value.items():
            name = str(key)
            inner = (*place, name)
            self._note(inner, value, key)
            if not isinstance(key, str | int | float) or isinstance(key, bool):
                raise DealError([self.source.fault(inner, f"{name!r} cannot be a key; use a word or a year")])
            if name in result:
                raise DealError([self.source.fault(inner, f"'{name}' is given twice; keep one of them")])
            result[name] = self.value(entry, inner)
        return result

    def value(self, value: Any, place: Place) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(place) > DEEPEST:
            raise DealError([self.source.fault(place, "the file is too large or too deeply nested; put series into a table")])
        if isinstance(value, dict):
            return self.mapping(value, place)
        if isinstance(value, list):
            for number in range(len(value)):
                self._note((*place, number), value, number)
            return [self.value(entry, (*place, number)) for number, entry in enumerate(value)]
        for plain in (bool, int, float, str):
            if isinstance(value, plain):
                return self._number(value, plain, place)
        if isinstance(value, dt.date):
            return str(value)
        if value is None or (type(value).__name__ == "ScalarBoolean"):
            return None if value is None else bool(value)
        raise DealError(
            [self.source.fault(place, f"{type(value).__name__} is not something a deal can hold; use text or a number")]
        )

    def _number(self, value: Any, plain: type, place: Place) -> Any:
        try:
            return plain(value)
        except (OverflowError, ValueError):
            raise DealError([self.source.fault(place, "this number is too large")]) from None

    def _note(self, place: Place, container: Any, key: Any) -> None:
        data = getattr(getattr(container, "lc", None), "data", None) or {}
        where = data.get(key)
        if where is not None:
            self.source.places[place] = (where[0] + 1, where[1] + 1)
