"""Nodes to instructions: several operations of which nothing else needs the result between become one instruction.

Fusing is exact: an instruction takes the same steps, each rounded as it was, so that no bit of a result changes. The
codes of fused instructions follow those of the operations (graph/ops.py); what each works out stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from jvmodel.backends.lowering import ADD, DIV, LEAF, MAX, MIN, MUL, RATIO, SUB, Lowering, Node

EMIT = 20
"""Puts a register into the results."""
SUM, SUM_FLOORED = 20, 24
"""SUM + n: c0 + c1·x + c2·y ..., n = 1 to 4 terms, from left to right; SUM_FLOORED + n: the same, not below 0."""
SCALE, PRODUCT, PRODUCT_SCALED, SCALED_PRODUCT = 29, 30, 31, 32
"""x·c; (x·y)·z; (x·y)·c; (x·c)·y."""
DIVIDE, PRODUCT_DIVIDE, SCALED_DIVIDE, DIVIDE_SCALED = 33, 34, 35, 36
"""x/c; (x·y)/c; (x·c0)/c1; (x/c0)·c1."""
AT_LEAST, AT_MOST, LESSER_AT_LEAST, AT_LEAST_SCALED, AT_LEAST_TIMES = 37, 38, 39, 40, 41
"""max(x, c); min(x, c); max(min(x, y), c); max(x, c0)·c1; max(x, c)·y."""
QUOTIENT, LESSER_DIFFERENCE, LESSER_SCALED = 42, 43, 44
"""x/y, or c where y is nil; min(x, y − z); min(x·c, y)."""
TERMS = 4
"""Most operands of an instruction."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A code, the node that it works out, the nodes that it reads and the numbers that it is written with."""

    code: int
    target: Node
    operands: tuple[Node, ...]
    numbers: tuple[float, ...] = ()


def fused(lowering: Lowering, wanted: Iterable[Node]) -> list[Instruction]:
    """The instructions that work out the wanted nodes, in the order of nodes."""
    return _Fusing(lowering, wanted).instructions()


class _Fusing:
    def __init__(self, lowering: Lowering, wanted: Iterable[Node]) -> None:
        self.code, self.args, self.number = lowering.code, lowering.args, lowering.number
        self.wanted = set(wanted)
        self.uses = self._uses()
        self._makers = {
            MUL: self._product, DIV: self._divide, MAX: self._greater, MIN: self._lesser, RATIO: self._quotient,
        }  # fmt: skip

    def _uses(self) -> list[int]:
        """How often each node is needed; a wanted one, twice at least, so that it is never taken into another."""
        uses = [0] * len(self.code)
        for node in self.wanted:
            uses[node] = 2
        for node in range(len(uses) - 1, -1, -1):
            if uses[node]:
                for arg in self.args[node]:
                    uses[arg] += 1
        return uses

    def instructions(self) -> list[Instruction]:
        needed = bytearray(len(self.code))
        for node in self.wanted:
            needed[node] = 1
        found = []
        for node in range(len(self.code) - 1, -1, -1):
            if needed[node] and self.code[node] != LEAF:
                one = self._instruction(node)
                found.append(one)
                for operand in one.operands:
                    needed[operand] = 1
        found.reverse()
        return found

    def _inner(self, node: Node, *codes: int) -> bool:
        """Whether the node is one of these operations and nothing but its user needs it."""
        return self.code[node] in codes and self.uses[node] == 1

    def _instruction(self, node: Node) -> Instruction:
        code, args = self.code[node], self.args[node]
        if code in (ADD, SUB):
            return self._sum(node, SUM)
        make = self._makers.get(code)
        return (make and make(node)) or Instruction(code, node, args)

    def _sum(self, node: Node, code: int) -> Instruction:
        """A chain of sums and differences, from its innermost part on."""
        terms: list[tuple[float, Node]] = []
        start, sign, here = 0.0, 1.0, node
        while True:
            first, second = self.args[here]
            second_sign = sign if self.code[here] == ADD else -sign
            constant = self.number[first]
            if constant is not None:
                start = sign * constant
                terms.append(self._term(second, second_sign))
                break
            if self._chained(second) and not self._chained(first):
                first, second, sign, second_sign = second, first, second_sign, sign
            terms.append(self._term(second, second_sign))
            if not self._chained(first) or len(terms) + (self.number[self.args[first][0]] is None) >= TERMS:
                terms.append(self._term(first, sign))
                break
            here = first
        terms.reverse()
        operands, numbers = tuple(one for _, one in terms), (start, *(factor for factor, _ in terms))
        if code == SUM and start == 0.0:
            if len(terms) == 1:
                return Instruction(SCALE, node, operands, numbers[1:])
            if numbers[1:] == (1.0, 1.0):
                return Instruction(ADD, node, operands)
            if numbers[1:] == (1.0, -1.0):
                return Instruction(SUB, node, operands)
        return Instruction(code + len(terms), node, operands, numbers)

    def _chained(self, node: Node) -> bool:
        return self._inner(node, ADD, SUB)

    def _term(self, node: Node, sign: float) -> tuple[float, Node]:
        """A factor and what it multiplies."""
        if self._inner(node, MUL) and (factor := self._last(node)) is not None:
            return sign * factor, self.args[node][0]
        return sign, node

    def _last(self, node: Node) -> float | None:
        """The constant that the last operand is, or None."""
        return self.number[self.args[node][-1]]

    def _product(self, node: Node) -> Instruction | None:
        first, second = self.args[node]
        factor = self.number[second]
        if factor is not None:
            if self._inner(first, MUL) and self._last(first) is None:
                return Instruction(PRODUCT_SCALED, node, self.args[first], (factor,))
            for code, fused_code in ((DIV, DIVIDE_SCALED), (MAX, AT_LEAST_SCALED)):
                if self._inner(first, code) and (inner := self._last(first)) is not None:
                    return Instruction(fused_code, node, self.args[first][:1], (inner, factor))
            return Instruction(SCALE, node, (first,), (factor,))
        for one, other in ((first, second), (second, first)):
            if self._inner(one, MUL, MAX) and (inner := self._last(one)) is not None:
                code = SCALED_PRODUCT if self.code[one] == MUL else AT_LEAST_TIMES
                return Instruction(code, node, (self.args[one][0], other), (inner,))
            if self._inner(one, MUL):
                return Instruction(PRODUCT, node, (*self.args[one], other))
        return None

    def _divide(self, node: Node) -> Instruction | None:
        first, divisor = self.args[node][0], self._last(node)
        if divisor is None:
            return None
        if self._inner(first, MUL):
            factor = self._last(first)
            if factor is None:
                return Instruction(PRODUCT_DIVIDE, node, self.args[first], (divisor,))
            return Instruction(SCALED_DIVIDE, node, self.args[first][:1], (factor, divisor))
        return Instruction(DIVIDE, node, (first,), (divisor,))

    def _greater(self, node: Node) -> Instruction | None:
        first, least = self.args[node][0], self._last(node)
        if least is None:
            return None
        if least == 0.0 and self._chained(first):
            return replace(self._sum(first, SUM_FLOORED), target=node)
        if self._inner(first, MIN) and self._last(first) is None:
            return Instruction(LESSER_AT_LEAST, node, self.args[first], (least,))
        return Instruction(AT_LEAST, node, (first,), (least,))

    def _lesser(self, node: Node) -> Instruction | None:
        first, second = self.args[node]
        if (most := self.number[second]) is not None:
            return Instruction(AT_MOST, node, (first,), (most,))
        for one, other in ((first, second), (second, first)):
            if self._inner(one, SUB) and self.number[self.args[one][0]] is None:
                return Instruction(LESSER_DIFFERENCE, node, (other, *self.args[one]))
            if self._inner(one, MUL) and (factor := self._last(one)) is not None:
                return Instruction(LESSER_SCALED, node, (self.args[one][0], other), (factor,))
        return None

    def _quotient(self, node: Node) -> Instruction | None:
        otherwise = self._last(node)
        return None if otherwise is None else Instruction(QUOTIENT, node, self.args[node][:2], (otherwise,))
