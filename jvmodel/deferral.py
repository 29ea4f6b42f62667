"""Output that disruptions put off: it waits, and the mine makes it up within a capacity that is stated (terms.md E10, A3)."""

from __future__ import annotations

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Ref, lag, max_, min_, ratio
from jvmodel.ledger import Ledger, Measure


class Deferral:
    """One output of a mine that disruptions put off and spare capacity makes up, and what goes along with it."""

    def __init__(self, ledger: Ledger, rows: Block, attribute: str, label: str, planned: Expr, capacity: Expr | None) -> None:
        """`planned` and `capacity`, that of a mine that runs throughout, are amounts of the period in one unit.

        Raises GraphError where no capacity is stated.
        """
        if capacity is None:
            raise GraphError(
                f"a disruption puts output off (deferred), and no capacity says how fast {label} is made up; give one"
            )
        self.ledger, self.rows, self.of = ledger, rows, attribute
        expected = ledger.undisrupted(rows, attribute, label, planned)
        self.expected = rows.define(f"expected_{attribute}", f"{label}, but for disruptions", expected)
        most = ledger.while_running(capacity * ledger.phase("operation"))
        running = 1 - ledger.read(Measure.OUTAGE, by="the mine")
        spare = rows.define(f"spare_{attribute}", f"{label}: spare capacity", max_(most - self.expected, 0) * running)
        self.output = self._corkscrew(attribute, label, self.expected, min_(self._waiting(attribute), spare))

    def _waiting(self, attribute: str) -> Ref:
        return self.rows.ref(f"waiting_{attribute}")

    def along(self, attribute: str, label: str, expected: Expr) -> Expr:
        """Metal or waste that comes with the output, `expected` but for disruptions; the same part of what waits is made up."""
        row = self.rows.define(f"expected_{attribute}", f"{label}, but for disruptions", expected)
        part = ratio(self.rows.ref(f"made_up_{self.of}"), self._waiting(self.of))
        return self._corkscrew(attribute, label, row, self._waiting(attribute) * part)

    def _corkscrew(self, attribute: str, label: str, expected: Ref, made_up: Expr) -> Expr:
        """Waiting + put off − made up; what still waits at the end is lost with what was not put off."""
        ledger, rows = self.ledger, self.rows
        left = rows.ref(f"left_waiting_{attribute}")
        outage, deferred = (ledger.read(one, by="the mine") for one in (Measure.OUTAGE, Measure.DEFERRED))
        lost = rows.define(f"lost_{attribute}", f"{label}: lost to disruptions", expected * outage)
        put_off = rows.define(f"put_off_{attribute}", f"{label}: of which put off", lost * deferred)
        waiting = rows.define(f"waiting_{attribute}", f"{label}: waiting, brought forward", lag(left), total="none")
        caught_up = rows.define(f"made_up_{attribute}", f"{label}: made up", made_up)
        rows.define(
            f"left_waiting_{attribute}", f"{label}: waiting, carried forward", waiting + put_off - caught_up, total="none"
        )
        never = rows.define(f"never_{attribute}", f"{label}: never made up", lost - put_off + left * ledger.last)
        gap = ratio(lost.total - caught_up.total - never.total, lost.total) * ledger.last
        label = f"{label}: what disruptions take is made up or never made up"
        ledger.check(f"{rows.name}_{attribute}_made_up", label, gap, unit="1")
        return expected - lost + caught_up
