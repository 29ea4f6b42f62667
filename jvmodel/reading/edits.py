"""What was changed in a workbook: each change with its cell, and what cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from jvmodel.shown import text

Value = float | str | tuple[float, ...]
MOST_SHOWN = 6


@dataclass(frozen=True)
class Edit:
    """An input that was changed: where, its path in the deal, and its value before (None for a new one) and now.

    A series carries the `cells` and `labels` of its changed periods; `part` is `base`, `low` or `high`.
    """

    cell: str
    path: str
    label: str
    unit: str
    before: Value | None
    now: Value
    part: str = "base"
    cells: tuple[tuple[str, str, int], ...] = ()
    """Cell, label and number of every changed period"""

    @property
    def where(self) -> str:
        """The cell with the path, as messages name it."""
        return f"{self.cell} ({self.path})"

    def words(self) -> list[str]:
        """The change in words, a line each."""
        what = self.label if self.part == "base" else f"{self.label}, {self.part}"
        if isinstance(self.now, tuple):
            before = self.before if isinstance(self.before, tuple) else ()
            shown = [
                f"{cell} ({self.path}): {what} in {label}: {text(before[place], self.unit)} → {text(self.now[place], self.unit)}"
                for cell, label, place in self.cells[:MOST_SHOWN]
            ]
            more = len(self.cells) - MOST_SHOWN
            return [*shown, *([f"  and {more} more periods of {self.path}"] if more > 0 else [])]
        if isinstance(self.now, str):
            return [f"{self.where}: {what}: {self.before!r} → {self.now!r}"]
        earlier = text(self.before, self.unit) if isinstance(self.before, float | int) else "new"
        return [f"{self.where}: {what}: {earlier} → {text(self.now, self.unit)}"]


@dataclass
class Reading:
    """Everything that a workbook says of a deal's inputs."""

    edits: list[Edit] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What cannot be taken, each with its cell and what to do"""
    notes: list[str] = field(default_factory=list)
    """What a reader should know, such as numbers that are not taken because they are nobody's input"""
    selected: str = "Base"
    """The case that is chosen on the Cover"""
    own: dict[str, float] = field(default_factory=dict)
    """Numbers of the case Own, by the names of inputs"""
    fingerprint: str = ""
    """Of the deal that the workbook was written from"""
