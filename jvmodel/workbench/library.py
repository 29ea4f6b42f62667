"""Library: the deals of one folder, saved whole, with every earlier version kept.

A save names the version that it was made from; if the file has changed since, nothing is written. The earlier text goes into
`.history/<deal>/` before the new one takes its place, both by way of a temporary file, so that a process that is killed at
any moment leaves a whole file behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from jvmodel.dealfile.source import read_source
from jvmodel.errors import DealError, OutputError
from jvmodel.reading.deal_text import DealText
from jvmodel.report.files import replacing
from jvmodel.shipped import examples

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\Z")
"""Names of deals: no dots, slashes or spaces, so that a name is never a way out of the folder."""
TABLE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,79}\.(csv|xlsx)\Z")
BASE = re.compile(rb"""^\{?base:\s*["']?([^\s"'#,}]+)""", re.MULTILINE)
HISTORY = ".history"
LARGEST = 5_000_000
LONGEST_CHAIN = 100
MOST_FILES = 200
"""Files that are looked at for changes of a deal."""
LONGEST_NAME = 200


class StaleError(OutputError):
    """Somebody else has saved the deal since it was opened; nothing was written."""


@dataclass(frozen=True)
class Text:
    """The text of a deal file, and the version that a save must name."""

    name: str
    text: str
    version: str


@dataclass(frozen=True)
class Saved:
    """An earlier version of a deal: its number, when it was replaced, and its size in characters."""

    number: int
    replaced: datetime
    size: int


class Library:
    """The deals in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def names(self) -> list[str]:
        """Names of all deals and proposals, by alphabet."""
        found = [path for path in self.folder.glob("*.yaml") if NAME.match(path.stem)]
        return sorted(path.stem for path in found if path.is_file() and self._inside(path))

    def families(self) -> list[tuple[str, int]]:
        """Names of all deals by alphabet, each followed by the proposals over it (1), and over those."""
        names = self.names()
        over: dict[str, list[str]] = {}
        for name in names:
            base = (_said_base(self.folder / f"{name}.yaml") or "").removesuffix(".yaml")
            over.setdefault(base if base in names and base != name else "", []).append(name)
        found: dict[str, int] = {}

        def take(name: str, depth: int) -> None:
            found[name] = depth
            for one in over.get(name, []):
                if one not in found:
                    take(one, 1)

        for name in over.get("", []):
            take(name, 0)
        return [*found.items(), *((name, 0) for name in names if name not in found)]

    def kin(self, name: str) -> list[str]:
        """The deals of a family but this one: those over the same deal, and that deal."""
        family: list[str] = []
        for one, depth in self.families():
            if not depth:
                if name in family:
                    break
                family = []
            family.append(one)
        return [one for one in family if one != name] if name in family else []

    def about(self, name: str) -> Glance:
        """What a file says of itself and leans on."""
        path = self.path(name)
        about = path.stat()
        return _glance(path, about.st_mtime_ns, about.st_size)

    def path(self, name: str) -> Path:
        """The file of a deal that exists; raises OutputError for any other name."""
        path = self._place(name)
        if not path.is_file() or not self._inside(path):
            raise OutputError(f"there is no deal '{name}' in this folder")
        return path

    def _inside(self, path: Path) -> bool:
        """Whether a file is in the folder, also when it is a link."""
        return (path.parent == self.folder and not path.is_symlink()) or path.resolve().is_relative_to(self.folder)

    def deal(self, name: str) -> Path:
        """The file of a deal that exists, and that is over no deal outside of the folder."""
        path = self.path(name)
        self.confine(path)
        return path

    def over(self, name: str) -> str:
        """The name of the deal that a proposal is over; nothing for a deal."""
        return (base_of(self.path(name)) or "").removesuffix(".yaml")

    def confine(self, path: Path, text: str | None = None) -> None:
        """Refuses a proposal that is over a deal outside of the folder, however long the way there."""
        for number in range(LONGEST_CHAIN):
            base = base_of(path) if number or text is None else glance_at(path, text).base
            if base is None:
                return
            self.beside(base)
            path = self.folder / base
            if not path.is_file():
                return

    def read(self, name: str) -> Text:
        """The text of a deal and its version."""
        try:
            raw = self.path(name).read_bytes()
            return Text(name, raw.decode("utf-8"), version_of(raw))
        except UnicodeDecodeError:
            raise OutputError(
                f"'{name}' is not UTF-8 text; save the file as UTF-8 in your editor, then load this page again"
            ) from None
        except OSError as error:
            raise OutputError(f"'{name}' cannot be read: {error.strerror or error}") from None

    def beside(self, given: str) -> None:
        """Refuses the name of a deal that is not in the folder, nor an example."""
        if given not in examples() and not (NAME.match(given.removesuffix(".yaml")) and self._inside(self.folder / given)):
            raise OutputError(f"'{given[:60]}' is not in this folder; upload that deal, and name it here")

    def save(self, name: str, text: str, version: str) -> Text:
        """Replaces a deal that still has the version; raises StaleError where it has another."""
        raw = _encoded(text)
        with self._locked():
            path = self.path(name)
            before = path.read_bytes()
            if version_of(before) != version:
                raise StaleError(
                    f"'{name}' was saved from another window since you opened it; copy your changes, open it again, put them in"
                )
            if before != raw:
                self._keep(name, before)
                _write(path, raw)
        return Text(name, raw.decode("utf-8"), version_of(raw))

    def create(self, name: str, text: str) -> Text:
        """A new deal; raises OutputError where there is one of that name."""
        raw = _encoded(text)
        with self._locked():
            path = self._place(name)
            if path.exists():
                raise OutputError(f"there is a deal '{name}' already; choose another name")
            _write(path, raw)
        return Text(name, raw.decode("utf-8"), version_of(raw))

    def copy(self, name: str, to: str) -> Text:
        """A copy of a deal under a new name."""
        return self.create(to, self.read(name).text)

    def rename(self, name: str, to: str) -> None:
        """Gives a deal, and its history, another name that is free."""
        with self._locked():
            path, place = self.path(name), self._place(to)
            if place.exists():
                raise OutputError(f"there is a deal '{to}' already; choose another name")
            kept = self.folder / HISTORY / name
            try:
                os.link(path, place)
            except OSError:  # a file system without links; nobody else writes meanwhile
                path.replace(place)
            if kept.is_dir() and not (self.folder / HISTORY / to).exists():
                kept.rename(self.folder / HISTORY / to)
            self._follow(name, to)
            path.unlink(missing_ok=True)

    def _follow(self, name: str, to: str) -> None:
        """Proposals over a deal that gets another name name it anew; what stood in them is kept."""
        for other in self.names():
            path = self.folder / f"{other}.yaml"
            if _said_base(path) != f"{name}.yaml" or base_of(path) != f"{name}.yaml":
                continue
            raw = path.read_bytes()
            text = DealText(raw.decode("utf-8"))
            text.put(("base",), f"{to}.yaml" if to[:1].isalpha() else f'"{to}.yaml"')
            self._keep(other, raw)
            _write(path, str(text).encode("utf-8"))

    def store(self, name: str, raw: bytes) -> Path:
        """A table (CSV or Excel) beside the deals; one that is there is never overwritten."""
        if not TABLE.match(name) or ".." in name:
            raise OutputError(f"'{name[:80]}' is not a name for a table; use letters, digits, _ and -, ending in .csv or .xlsx")
        with self._locked():
            path = self.folder / name
            if path.exists():
                raise OutputError(f"there is a file '{name}' already; give yours another name")
            _write(path, raw)
        return path

    def history(self, name: str) -> list[Saved]:
        """The earlier versions of a deal, the latest first."""
        self._place(name)
        found = []
        for path in (self.folder / HISTORY / name).glob("*.yaml"):
            number, _, when = path.stem.partition("-")
            if number.isdecimal():
                found.append(Saved(int(number), datetime.strptime(when, STAMP).replace(tzinfo=UTC), path.stat().st_size))
        return sorted(found, key=lambda one: -one.number)

    def earlier(self, name: str, number: int) -> str:
        """The text of an earlier version."""
        self._place(name)
        found = list((self.folder / HISTORY / name).glob(f"{number:06d}-*.yaml"))
        if not found:
            raise OutputError(f"'{name}' has no earlier version {number}")
        return found[0].read_text(encoding="utf-8")

    def stamp(self, name: str) -> tuple[tuple[str, int, int], ...]:
        """What changes when a deal does: its file, and the files of the folder that it names, as those do in turn."""
        waiting, found = [self.path(name)], dict[Path, tuple[int, int]]()
        while waiting and len(found) < MOST_FILES:
            path = waiting.pop()
            try:
                if path in found or not self._inside(path):
                    continue
                about = path.stat()
                found[path] = about.st_mtime_ns, about.st_size
            except (OSError, ValueError):
                found[path] = 0, 0
                continue
            if path.suffix == ".yaml":
                waiting += [self.folder / one for one in _glance(path, *found[path]).named]
        return tuple((str(path), *about) for path, about in sorted(found.items()))

    def sweep(self) -> None:
        """Takes away drafts of the history that a process left behind when it was killed, once they are an hour old."""
        for path in self.folder.glob(f"{HISTORY}/*/.??????-*.yaml"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > 3600:
                    path.unlink()

    def _place(self, name: str) -> Path:
        if not NAME.match(name):
            raise OutputError(f"'{name[:60]}' is not a name for a deal; use letters, digits, _ and -, at most 60")
        return self.folder / f"{name}.yaml"

    def _keep(self, name: str, raw: bytes) -> None:
        folder = self.folder / HISTORY / name
        folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.name[:6]) for path in folder.glob("??????-*.yaml") if path.name[:6].isdecimal()), default=0) + 1
        _write(folder / f"{number:06d}-{datetime.now(UTC).strftime(STAMP)}.yaml", raw)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, among threads and processes."""
        try:
            (self.folder / HISTORY).mkdir(exist_ok=True)
            with (self.folder / HISTORY / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise OutputError(f"the folder of deals cannot be written: {error.strerror or error}; nothing was changed") from None


STAMP = "%Y%m%dT%H%M%SZ"


def base_of(path: Path) -> str | None:
    """The deal that a proposal is over; None for a deal, and for a file that cannot be read as either."""
    try:
        about = path.stat()
    except OSError:
        return None
    return _glance(path, about.st_mtime_ns, about.st_size).base


@dataclass(frozen=True)
class Glance:
    """What a deal file leans on: the deal that it is over, and all files that it names, whether they are there or not."""

    base: str | None = None
    named: tuple[str, ...] = ()
    title: str = ""
    by: str = ""
    date: str = ""
    note: str = ""


@lru_cache(maxsize=4096)
def _glance(path: Path, _changed: int, _size: int) -> Glance:
    return glance_at(path)


def glance_at(path: Path, text: str | None = None) -> Glance:
    """What a deal file, or a text to stand in its place, leans on."""
    try:
        data = read_source(path, text).data
    except DealError:
        return Glance()
    base, regimes = data.get("base"), data.get("regimes")
    named = [f"regimes/{one}.yaml" for one in regimes] if isinstance(regimes, dict) else []
    waiting: list[object] = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and value.endswith((".yaml", ".csv", ".xlsx")) and len(value) < LONGEST_NAME:
            named.append(value)
    said = {key: str(data.get(key) or "")[:200] for key in ("title", "by", "date", "note")} if base is not None else {}
    return Glance(None if base is None else str(base), tuple(dict.fromkeys(named)), **said)


def _said_base(path: Path) -> str | None:
    """The base that the first lines of a file name, for a list in which no file needs to be read whole."""
    try:
        with path.open("rb") as file:
            found = BASE.search(file.read(20_000))
    except OSError:
        return None
    return found[1].decode(errors="replace") if found else None


def version_of(raw: bytes) -> str:
    """The version of a text: what changes when it does."""
    return hashlib.sha256(raw).hexdigest()[:16]


def _encoded(text: str) -> bytes:
    raw = text.replace("\r\n", "\n").encode("utf-8")
    if len(raw) > LARGEST:
        raise OutputError(f"the text is {len(raw):,} bytes long, and may have {LARGEST:,}; put series into a table")
    return raw


def _write(path: Path, raw: bytes) -> None:
    try:
        with replacing(path) as draft, draft.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror or error}; nothing was changed") from None
