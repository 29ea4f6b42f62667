"""Economic cut-off: the mine stops for good when it no longer pays its operating costs (terms.md A2)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row, flag, lag, max_
from jvmodel.inputs import Date
from jvmodel.ledger import Account, Group, Ledger, Measure
from jvmodel.term import Term


class CutOff(Term):
    """Ore, and costs of operation, end after the first period in which operating cash is negative."""

    kind: Literal["cut_off"] = "cut_off"
    earliest: Date | None = None
    """First month that is tested; from the first production on when not given"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The stop."""
        return (Measure.STOPPED,)

    class Rows(Block):
        cash = Row("Revenue less selling and operating costs")
        failed = Row("Operating cash is negative", unit="1", total="none")
        stopped = Row("The mine has stopped for good", unit="1", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Stopped from the period after the first that fails; closure stays when it was planned."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.cash = ledger.net(Group.OPERATING_CASH) + 0
        tested = ledger.started if self.earliest is None else ledger.flagged(self.earliest)
        rows.failed = flag(rows.cash < 0) * tested * (1 - rows.stopped)
        rows.stopped = max_(lag(rows.stopped), lag(rows.failed))
        ledger.warn(f"{self.name}_stop", f"{self.heading}: the mine stops early, as it no longer pays its costs", rows.failed)
        ledger.record(Measure.STOPPED, rows.stopped, by=self.name)
