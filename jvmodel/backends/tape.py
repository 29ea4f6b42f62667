"""The tape: one flat list of instructions on registers, made from a graph of which some inputs vary (design.md section 5).

A graph is lowered to nodes (lowering.py), nodes are fused to instructions (fusing.py), and instructions are put in the
order of periods here, so that what a period needs is still near when it is read, and given registers that are used
again as soon as their value is no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jvmodel.backends.fusing import EMIT, Instruction, fused
from jvmodel.backends.lowering import LEAF, Lowering, Node
from jvmodel.graph import ClosedGraph

WIDTH = 7
"""Numbers of an instruction on the tape: code, target, four operands, place of its first number."""


@dataclass(frozen=True)
class Tape:
    """Instructions and registers. Registers: constants first, then inputs, then those that are used again and again.

    `inputs` says which input, and which period of it (0 for one that is the same in all), fills each input register;
    `outputs` names what each output holds: a row and a period, or a row and None for its total.
    """

    code: NDArray[np.int32]
    """(instructions, WIDTH)"""
    numbers: NDArray[np.float64]
    """Numbers that instructions are written with"""
    constants: NDArray[np.float64]
    inputs: tuple[tuple[str, int], ...]
    registers: int
    outputs: tuple[tuple[str, int | None], ...]


def compile_tape(
    graph: ClosedGraph, varying: Mapping[str, int], outputs: Sequence[str], totals: Sequence[str],
    fixed: Mapping[str, ArrayLike] | None = None,
) -> Tape:  # fmt: skip
    """The tape for a graph of which some inputs vary, each with one number (1) or one a period (the number of periods).

    `outputs` are rows wanted period by period, `totals` rows of which the sum over periods is wanted; `fixed`
    changes other inputs, in all scenarios alike. Raises GraphError for names that the graph does not have.
    """
    for name in (*outputs, *totals):
        graph.row(name)
    lowering = Lowering(graph, varying, (*outputs, *totals), fixed or {})
    wanted: dict[tuple[str, int | None], Node] = {}
    for name in outputs:
        wanted |= {(name, t): lowering.known[name][t] for t in range(graph.timeline.periods)}
    wanted |= {(name, None): lowering.total(name) for name in totals}
    return _written(lowering, wanted)


def _written(lowering: Lowering, wanted: dict[tuple[str, int | None], Node]) -> Tape:
    instructions = fused(lowering, wanted.values())
    instructions.sort(key=lambda one: lowering.period[one.target])  # stable: of one period, in the order of nodes
    leaves = sorted({node for node in _read(instructions, wanted.values()) if lowering.code[node] == LEAF})
    constants = [node for node in leaves if node not in lowering.inputs]
    inputs = [node for node in leaves if node in lowering.inputs]
    writer = _Writer({node: place for place, node in enumerate(constants + inputs)}, instructions, wanted.values())
    return Tape(
        np.array(writer.code, dtype=np.int32).reshape(-1, WIDTH), np.array(writer.numbers, dtype=np.float64),
        np.array([lowering.number[node] for node in constants], dtype=np.float64),
        tuple(lowering.inputs[node] for node in inputs), max(writer.used, 1), tuple(wanted),
    )  # fmt: skip


def _read(instructions: Iterable[Instruction], wanted: Iterable[Node]) -> Iterable[Node]:
    for one in instructions:
        yield from one.operands
    yield from wanted


class _Writer:
    """Instructions on registers; a register is free again after the last instruction that reads it.

    The target is never a register that the instruction reads: only then may the machine handle several scenarios at a
    time without asking whether one is in the way of another.
    """

    def __init__(self, register: dict[Node, int], instructions: list[Instruction], wanted: Iterable[Node]) -> None:
        self.register = register
        self.used = len(register)
        self.code: list[list[int]] = []
        self.numbers: list[float] = []
        self.places: dict[Node, list[int]] = {}
        for place, node in enumerate(wanted):
            self.places.setdefault(node, []).append(place)
        last_use: dict[Node, int] = {}
        for number, one in enumerate(instructions):
            last_use.update(dict.fromkeys(one.operands, number))
        for node in [node for node in self.places if node in register]:
            self._emit(node)
        fixed = self.used
        free: list[int] = []
        for number, one in enumerate(instructions):
            if free:
                place = free.pop()
            else:
                place, self.used = self.used, self.used + 1
            register[one.target] = place
            operands = [register[node] for node in one.operands]
            self.code.append([one.code, place, *operands, *([0] * (4 - len(operands))), len(self.numbers)])
            self.numbers += one.numbers
            self._emit(one.target)
            done = {node for node in one.operands if last_use[node] == number}
            if one.target not in last_use:
                done.add(one.target)
            free += [register[node] for node in done if register[node] >= fixed]

    def _emit(self, node: Node) -> None:
        for place in self.places.get(node, ()):
            self.code.append([EMIT, place, self.register[node], 0, 0, 0, 0])
