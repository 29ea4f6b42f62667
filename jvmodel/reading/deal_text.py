"""The text of a deal file, changed in place: a value is replaced or a line added, and all else stays as it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from jvmodel.dealfile.source import Place


class DealText:
    """A YAML text and the nodes in it; every change is made in the text, which is then read anew."""

    def __init__(self, text: str) -> None:
        self.mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.text = text.removeprefix("\ufeff")
        self.line_end = "\r\n" if "\r\n" in self.text else "\n"
        self._root: Node | None = None

    def __str__(self) -> str:
        return self.mark + self.text

    @property
    def root(self) -> Node:
        """The node of the whole text."""
        if self._root is None:
            from ruamel.yaml import YAML

            self._root = YAML(typ="rt", pure=True).compose(self.text)
        return self._root

    @property
    def in_brackets(self) -> bool:
        """Whether the whole is one mapping in brackets, as JSON has it."""
        return bool(getattr(self.root, "flow_style", False))

    def written(self, place: Place) -> str | None:
        """The text of a single value as it stands; None where there is none."""
        node = self._find(place)
        return self.text[node.start_mark.index : node.end_mark.index] if node is not None and _scalar(node) else None

    def keys(self, place: Place) -> list[str] | None:
        """The keys of a mapping as they stand; None where there is no mapping."""
        node = self._find(place)
        return [key.value for key, _ in node.value] if node is not None and _mapping(node) else None

    def length(self, place: Place) -> int | None:
        """How many entries a list has; None where there is no list."""
        node = self._find(place)
        return len(node.value) if node is not None and _list(node) else None

    def put(self, place: Place, value: str) -> Place:
        """Puts a value, written as YAML on one line, at a place; the mappings around it are made where they are not there.

        Returns the place of what was written, which is that of the outermost mapping made. Raises KeyError where the place
        cannot be: below a single value, or further than the end of a list.
        """
        node = self._find(place)
        if node is not None:
            self._replace(_start(node), self._end(node), value)
            return place
        depth = len(place) - 1
        while (around := self._find(place[:depth])) is None:
            depth -= 1
        for key in reversed(place[depth + 1 :]):
            if isinstance(key, int):
                if key:
                    raise KeyError(place)
                value = f"[{value}]"
            else:
                value = f"{{{key}: {value}}}"
        if _mapping(around):
            self._add(around, str(place[depth]), value)
        elif _list(around) and place[depth] == len(around.value):
            self._append(around, value)
        else:
            raise KeyError(place)
        return place[: depth + 1]

    def remove(self, place: Place) -> None:
        """Takes a key and its value out of a mapping, or an entry out of a list that has others."""
        around: Any = self._find(place[:-1])
        if _list(around):
            return self._remove_entry(around.value, int(place[-1]), flow=bool(around.flow_style))
        pairs = around.value
        number = next(n for n, (key, _) in enumerate(pairs) if key.value == str(place[-1]))
        start = _start(pairs[number][0])
        if around.flow_style:
            if number + 1 < len(pairs):
                return self._replace(start, _start(pairs[number + 1][0]), "")
            begin = self._end(pairs[number - 1][1]) if number else start
            return self._replace(begin, self._end(pairs[number][1]), "")
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip():  # the first key of an entry of a list stands behind its dash
            return self._replace(start, _start(pairs[number + 1][0]), "")
        return self._replace(line, self._line_end(self._end(pairs[number][1])) + 1, "")

    def _remove_entry(self, entries: list[Any], number: int, *, flow: bool) -> None:
        start = _start(entries[number])
        if not flow:
            line = self.text.rfind("\n", 0, self.text.rfind("-", 0, start)) + 1
            return self._replace(line, self._line_end(self._end(entries[number])) + 1, "")
        if number + 1 < len(entries):
            return self._replace(start, _start(entries[number + 1]), "")
        return self._replace(self._end(entries[number - 1]) if number else start, self._end(entries[number]), "")

    def _end(self, node: Any) -> int:
        """Where the last character of a node stands, without the blank lines and comments behind a block."""
        if _scalar(node) and node.style in ("|", ">"):
            return len(self.text[: node.end_mark.index].rstrip())
        if _scalar(node) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self._end(last[1] if isinstance(last, tuple) else last)

    def _find(self, place: Place) -> Node | None:
        node: Node | None = self.root
        for step in place:
            if node is None:
                return None
            if _mapping(node):
                node = next((value for key, value in node.value if str(key.value) == str(step)), None)
            elif _list(node) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
        return node

    def _replace(self, start: int, end: int, value: str) -> None:
        self.text = self.text[:start] + value + self.text[end:]
        self._root = None

    def _add(self, around: Any, key: str, value: str) -> None:
        pairs = around.value
        before = [pair for pair in pairs if _sorts_before(str(pair[0].value), key)]
        if around.flow_style:
            if not pairs:
                return self._replace(_start(around), self._end(around), f"{{{key}: {value}}}")
            if not before:
                return self._replace(_start(pairs[0][0]), _start(pairs[0][0]), f"{key}: {value}, ")
            end = self._end(before[-1][1])
            return self._replace(end, end, f", {key}: {value}")
        indent = " " * pairs[0][0].start_mark.column
        if not before:
            at = _start(pairs[0][0])
            return self._replace(at, at, f"{key}: {value}{self.line_end}{indent}")
        at = self._line_end(self._end(before[-1][1]))
        return self._insert_line(at, f"{indent}{key}:{'' if value.startswith(self.line_end) else ' '}{value}")

    def _append(self, around: Any, value: str) -> None:
        entries = around.value
        if around.flow_style:
            if not entries:
                return self._replace(_start(around), self._end(around), f"[{value}]")
            end = self._end(entries[-1])
            return self._replace(end, end, f", {value}")
        dash = self.text.rfind("-", 0, _start(entries[-1]))
        line = self.text.rfind("\n", 0, dash) + 1
        return self._insert_line(self._line_end(self._end(entries[-1])), f"{self.text[line:dash]}- {value}")

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return found if found >= 0 else len(self.text)

    def _insert_line(self, at: int, line: str) -> None:
        """Puts a line after the one that ends at a place."""
        if at >= len(self.text):
            return self._replace(at, at, f"{self.line_end}{line}")
        return self._replace(at + 1, at + 1, f"{line}{self.line_end}")


def _sorts_before(there: str, key: str) -> bool:
    """Whether a key that is there comes before a new one: years stand in order, any other key goes to the end."""
    if key[:4].isdecimal():
        return there < key if there[:4].isdecimal() else there != "extend"
    return True


def _scalar(node: Any) -> bool:
    return type(node).__name__ == "ScalarNode"


def _mapping(node: Any) -> bool:
    return type(node).__name__ == "MappingNode"


def _list(node: Any) -> bool:
    return type(node).__name__ == "SequenceNode"


def _start(node: Node) -> int:
    return int(node.start_mark.index)
