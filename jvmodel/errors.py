"""Every exception that jvmodel raises on purpose, and how its message is laid out.

A message says where, what is wrong (with the value), and what to do. Deal faults are gathered and shown together.
"""

from __future__ import annotations

from dataclasses import dataclass


class JvmodelError(Exception):
    """Something a user can mend: a deal, a workbook or a question is at fault."""


class GraphError(JvmodelError):
    """The rows of a model do not fit together: one is missing, given twice, or they need each other in a loop."""


class UnitError(GraphError):
    """A formula adds, compares or assigns quantities of different units."""


class RunError(JvmodelError):
    """The model was well formed, but its numbers are not: a value that is not finite."""


class OutputError(JvmodelError):
    """A file could not be written; what stood there before is untouched."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a deal file: where it stands, what is wrong, what to do, and the line itself."""

    file: str
    line: int
    column: int
    message: str
    source: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.message}"
        if not self.source:
            return text
        caret = " " * max(0, self.column - 1) + "^"
        return f"{text}\n    {self.source}\n    {caret}"


class DealError(JvmodelError):
    """A deal file cannot be used; carries all its faults, in the order of the file."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class WorkbookError(JvmodelError):
    """A workbook cannot be read back; carries all that is wrong, each line with its cell."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(dict.fromkeys(faults))
        super().__init__("\n".join(self.faults))
