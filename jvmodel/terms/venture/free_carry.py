"""Free carry: others pay a partner's cash calls up to a date, without repayment (terms.md C5)."""

from __future__ import annotations

from typing import Literal

from jvmodel.carry import CarriedCalls, Carry
from jvmodel.ledger import Account, Ledger


class FreeCarry(Carry):
    """The carriers pay the carried party's cash calls within the window; nothing is owed for it."""

    kind: Literal["free_carry"] = "free_carry"

    def apply(self, ledger: Ledger) -> None:
        """Carried calls move from the carriers to the carried party, whose own calls they meet."""
        rows = CarriedCalls(ledger.graph, self.name, self.heading)
        self.carried_calls(ledger, rows)
        self.divide(ledger, rows, rows.carried, "by", "Carried by", Account.CARRY_ADVANCE)
