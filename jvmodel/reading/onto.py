"""Edits of a workbook taken onto the deal file they came from: the new text, the new deal, and proof that it says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from jvmodel.dealfile.load import checked, find
from jvmodel.dealfile.regimes import expand
from jvmodel.dealfile.source import Origin, Place, Source, read_source
from jvmodel.errors import DealError, JvmodelError, WorkbookError
from jvmodel.inputs import PERIOD_KEY, Measured, Series
from jvmodel.lever import lever
from jvmodel.model import Model, build
from jvmodel.over_time import over_time
from jvmodel.reading.deal_text import DealText
from jvmodel.reading.edits import Edit, Reading
from jvmodel.reading.inputs import same

WORDS_OF_YAML = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
"""Words that are read as something else where they stand without quotes"""
TABLE_KEYS = ("table", "column", "sheet", "range")


@dataclass
class Result:
    """A deal after the edits: the text of its file, the model before and after, and what to tell."""

    text: str
    before: Model
    after: Model
    notes: list[str] = field(default_factory=list)


class CannotTakeError(Exception):
    """Why an edit cannot be written into the deal file."""


def onto(reading: Reading, deal: str | Path, before: Model) -> Result:
    """The deal file with the edits in it; raises WorkbookError with everything that cannot be taken, each with its cell."""
    path = find(deal)
    source = read_source(path)
    if "base" in source.data:
        raise WorkbookError([f"{deal} is a proposal over another deal; name that deal behind --onto"])
    original, folder = path.read_bytes().decode("utf-8"), path.parent
    if reading.faults:
        raise WorkbookError(reading.faults)
    if not reading.edits:
        return Result(original, before, before)
    text = DealText(original)
    writer = _Writer(source, text, before)
    for edit in reading.edits:
        writer.take(edit)
    writer.append()
    if writer.faults:
        raise WorkbookError(writer.faults)
    after = _checked(str(text), path, folder, writer.places)
    _proved(reading.edits, before, after)
    return Result(str(text), before, after, writer.notes)


def _checked(text: str, path: Path, folder: Path, places: dict[Place, Edit]) -> Model:
    """The model of the new text; faults are told with the cells that they come from."""
    source = read_source(path, text.removeprefix("\ufeff"))
    expand(source, folder)
    source.changed = {place: Origin(edit.where) for place, edit in places.items()}
    for place in [one for one in source.places if any(one[: len(written)] == written for written in places)]:
        del source.places[place]
    try:
        return build(checked(source, folder))
    except DealError as error:
        raise WorkbookError([f"{fault.file}: {_shorter(fault.message)}" for fault in error.faults]) from None
    except JvmodelError as error:
        cells = ", ".join(edit.cell for edit in list(places.values())[:6])
        raise WorkbookError([f"{cells}: with these changes the model cannot be worked out: {error}"]) from None


def _shorter(message: str) -> str:
    """A message without the path in front, which stands behind the cell already."""
    path, colon, rest = message.partition(": ")
    return rest if colon and re.match(r"^[\w.]+$", path) else message


def _proved(edits: Iterable[Edit], before: Model, after: Model) -> None:
    """Refuses where the new deal file would hold other inputs than the workbook."""
    wanted: dict[str, Any] = {given.path: given.value for given in before.graph.params.values() if given.source == "deal"}
    by_path = {edit.path: edit for edit in edits if edit.part == "base" and not isinstance(edit.now, str)}
    wanted |= {path: edit.now for path, edit in by_path.items()}
    found = {given.path: given.value for given in after.graph.params.values() if given.source == "deal"}
    faults = []
    for path, value in wanted.items():
        if path in found and not _alike(found[path], value):
            cell = by_path[path].where if path in by_path else ", ".join(edit.where for edit in by_path.values())
            faults.append(
                f"{cell}: cannot be written into the deal file on its own: {path} would become"
                f" {_shown(found[path])}, not {_shown(value)}; change the deal file itself"
            )
        elif path in by_path and path not in found:
            faults.append(f"{by_path[path].where}: is not an input of the deal; check the path, or change the deal file itself")
    if faults:
        raise WorkbookError(faults)


def _alike(one: Any, other: Any) -> bool:
    ones, others = (value if isinstance(value, tuple) else (value,) for value in (one, other))
    return len(ones) == len(others) and all(same(a, b) for a, b in zip(ones, others, strict=True))


def _shown(value: Any) -> str:
    return "another series" if isinstance(value, tuple) else f"{value:.10g}"


class _Writer:
    """Writes edits into the text of a deal file."""

    def __init__(self, source: Source, text: DealText, model: Model) -> None:
        self.source = source
        self.text = text
        self.model = model
        self.places: dict[Place, Edit] = {}
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.waiting: dict[Place, dict[str, tuple[str, Edit]]] = {}
        """Entries to be added to lists, by their place, with their fields"""

    def take(self, edit: Edit) -> None:
        """Writes one edit, or notes why it cannot be."""
        try:
            if edit.part != "base":
                self._range(edit)
            elif isinstance(edit.now, tuple):
                self._series(edit)
            elif isinstance(edit.now, str):
                self._put(self._place(edit.path), quoted(edit.now), edit)
            else:
                self._number(edit, edit.now)
        except CannotTakeError as why:
            self.faults.append(f"{edit.where}: {why}")

    def append(self) -> None:
        """Adds the entries of lists that were given field by field."""
        for place, fields in sorted(self.waiting.items(), key=lambda one: str(one[0])):
            edit = next(iter(fields.values()))[1]
            if list(fields) == [""]:
                text = fields[""][0]
            else:
                text = "{" + ", ".join(f"{name}: {value}" for name, (value, _) in fields.items()) + "}"
            try:
                self._put(place, text, edit)
            except CannotTakeError as why:
                self.faults.append(f"{edit.where}: {why}")

    def _place(self, path: str) -> Place:
        """The place of a path in the file: terms by their position."""
        keys = path.split(".")
        if keys[0] != "terms":
            return tuple(keys)
        terms = self.source.data.get("terms", [])
        number = next((n for n, term in enumerate(terms) if term.get("name") == keys[1]), None)
        if number is None:
            if any(term.name == keys[1] for term in self.model.deal.terms):
                named = ", ".join(self.model.deal.regimes)
                raise CannotTakeError(
                    f"the term '{keys[1]}' comes from a fiscal regime ({named}); write the term into the deal file first"
                )
            raise CannotTakeError(f"the deal has no term '{keys[1]}'; check the path, or change the deal file itself")
        return "terms", number, *self._steps(terms[number], keys[2:])

    @staticmethod
    def _steps(here: Any, keys: list[str]) -> Place:
        """Keys of mappings, and positions where a list stands or begins."""
        place: list[str | int] = []
        for key in keys:
            as_position = key.isdecimal() and (isinstance(here, list) or (here is None and len(key) < 4))
            place.append(int(key) if as_position else key)
            if isinstance(here, list):
                here = here[int(key)] if as_position and int(key) < len(here) else None
            else:
                here = here.get(key) if isinstance(here, dict) else None
        return tuple(place)

    def _number(self, edit: Edit, value: float) -> None:
        place = self._place(edit.path)
        if place[-1] == "flat" and self.text.written(place) is None and self.text.written(place[:-1]) is not None:
            place = place[:-1]
        list_at = self._beyond(place)
        if list_at:
            self.waiting.setdefault(place[:list_at], {})[".".join(map(str, place[list_at:]))] = (
                number_text(value, "", edit.unit),
                edit,
            )
            return
        self._put(place, number_text(value, self.text.written(place) or "", edit.unit), edit)

    def _beyond(self, place: Place) -> int:
        """How much of a place leads to an entry that a list does not have yet; 0 where there is none such."""
        for depth in range(1, len(place)):
            count = self.text.length(place[:depth])
            step = place[depth]
            if count is not None and isinstance(step, int) and step >= count:
                return depth + 1
        return 0

    def _put(self, place: Place, value: str, edit: Edit) -> None:
        try:
            written = self.text.put(place, value)
        except (KeyError, TypeError, AttributeError):
            raise CannotTakeError(
                "there is no such place in the deal file; check the path, or change the deal file itself"
            ) from None
        self.places[written] = edit

    def _range(self, edit: Edit) -> None:
        place = ("ranges", edit.path, edit.part)
        assert isinstance(edit.now, float)
        self._put(place, number_text(edit.now, self.text.written(place) or "", edit.unit), edit)

    def _series(self, edit: Edit) -> None:
        assert isinstance(edit.now, tuple)
        place = self._place(edit.path)
        here: Any = self.source.data
        for step in place:
            here = here.get(step) if isinstance(here, dict) else here[step] if isinstance(here, list) else None  # type: ignore[index]
        measured = lever(self.model.deal, edit.path).measured
        years = here.get("by_year", here) if isinstance(here, dict) else None
        from_table = isinstance(here, dict) and any(key in here for key in TABLE_KEYS)
        extend = here.get("extend") if isinstance(here, dict) else None
        hold = "hold" if extend or (isinstance(here, dict) and here.get("long_term") is not None) else None
        given = {} if from_table or years is None else {
            str(key): self._given(str(key), entry, measured) for key, entry in years.items() if PERIOD_KEY.match(str(key))
        }  # fmt: skip
        wanted = self._by_period(edit, given, hold, measured)
        self._write_series(edit, place, here, wanted, from_table=from_table)

    def _given(self, key: str, entry: Any, measured: Measured) -> float:
        from jvmodel.inputs import read_number

        try:
            return read_number(entry, measured, self.model.deal.currency)
        except PydanticCustomError as error:
            raise CannotTakeError(f"{key}: {error.message()}") from None

    def _by_period(self, edit: Edit, given: dict[str, float], hold: str | None, measured: Measured) -> dict[str, float]:
        """The numbers by year or period that give the series; those that the file has already first."""
        assert isinstance(edit.now, tuple)
        timeline = self.model.graph.timeline
        strange = next((label for label in timeline.labels if not PERIOD_KEY.match(label)), None)
        if strange is not None:
            raise CannotTakeError(f"periods that begin {strange} have no names in a deal file; change the series there")
        numbers = dict(zip(timeline.labels, edit.now, strict=True))
        found = dict(given)
        for place, (label, value) in enumerate(numbers.items() if given else ()):
            if not _gives(found, hold, measured, timeline, label, value):
                last = max(found)
                found |= {one: numbers[one] for one in timeline.labels[:place] if hold and last[:4] < one[:4]}
                found[label] = value
        if found and _whole(found, hold, measured, timeline, edit.now):
            return found
        may_lack = measured.fills or measured.gaps == "outside"
        kept = [label for label, value in numbers.items() if value or not may_lack] or list(numbers)
        found = {label: value for label, value in numbers.items() if kept[0] <= label <= kept[-1]}
        return found if _whole(found, hold, measured, timeline, edit.now) else numbers

    def _write_series(self, edit: Edit, place: Place, here: Any, wanted: dict[str, float], *, from_table: bool) -> None:
        deck = isinstance(here, dict) and "unit" in here
        inner = (*place, "by_year") if deck or (isinstance(here, dict) and "by_year" in here) else place
        if from_table:
            table = here.get("table")
            self.notes.append(f"{edit.path} no longer comes from {table}: its numbers by year are written into the deal file")
        if from_table or here is None or not isinstance(here, dict):
            mapping = "{" + ", ".join(f"{key}: {number_text(value, '', edit.unit)}" for key, value in wanted.items()) + "}"
            if deck:
                for key in TABLE_KEYS:
                    if key in here:
                        self.text.remove((*place, key))
            self._put(inner, mapping, edit)
            return
        old = here.get("by_year", here)
        for key in [key for key in old if PERIOD_KEY.match(str(key)) and str(key) not in wanted]:
            self.text.remove((*inner, key))
        for key, value in wanted.items():
            text = self.text.written((*inner, key))
            if text is None or not _reads(text, value):
                style = text or next(
                    (one for k in old if PERIOD_KEY.match(str(k)) and (one := self.text.written((*inner, k)))), ""
                )
                self._put((*inner, key), number_text(value, style, edit.unit), edit)
        self.places[place] = edit


def _gives(found: dict[str, float], hold: Any, measured: Measured, timeline: Any, label: str, value: float) -> bool:
    try:
        values = over_time(Series(by_year=found, extend=hold), measured, timeline)
    except (PydanticCustomError, ValueError):
        return False
    return same(values[timeline.labels.index(label)], value)


def _whole(found: dict[str, float], hold: Any, measured: Measured, timeline: Any, wanted: tuple[float, ...]) -> bool:
    try:
        values = over_time(Series(by_year=found, extend=hold), measured, timeline)
    except (PydanticCustomError, ValueError):
        return False
    return all(same(a, b) for a, b in zip(values, wanted, strict=True))


def _reads(text: str, value: float) -> bool:
    bare = text.strip("'\"")
    try:
        return same(float(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1), value)
    except ValueError:
        return False


def number_text(value: float, before: str, unit: str) -> str:
    """A number as a deal file has it, in the manner of the text that stood there: with its percent sign or unit.

    >>> number_text(0.065, "6%", "%"), number_text(9500.0, "9200", "USD/t"), number_text(2.5, "3 USD/t", "USD/t")
    ('6.5%', '9500', '2.5 USD/t')
    """
    bare = before.strip("'\"")
    if bare.endswith("%") or (not before and unit == "%"):
        return f"{_digits(Decimal(f'{value:.15g}') * 100)}%"
    number = _digits(Decimal(f"{value:.15g}"))
    suffix = re.match(r"^[+-]?[\d._]+(?:[eE][+-]?\d+)?(\s+\S.*)$", bare)
    return number + suffix[1] if suffix else number


def _digits(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quoted(text: str) -> str:
    r"""Text as a YAML value that is read as that text, whatever it holds; what cannot be seen is written as its number.

    >>> print(quoted("State company"), quoted("no"), quoted("é: 5% \u202e"))
    State company "no" "é: 5% \u202e"
    """
    if re.match(r"^[A-Za-z][A-Za-z0-9_ .&()/-]*$", text) and text.lower() not in WORDS_OF_YAML:
        return text.strip()
    import json

    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in json.dumps(text, ensure_ascii=False))


__all__ = ["CannotTakeError", "Result", "number_text", "onto", "quoted"]
