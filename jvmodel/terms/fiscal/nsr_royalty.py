"""Net smelter return royalty (terms.md B1)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import max_
from jvmodel.inputs import Share
from jvmodel.ledger import Ledger, Measure
from jvmodel.royalty import Royalty, RoyaltyRows


class NsrRoyalty(Royalty):
    """A share of the net smelter return: what buyers pay less treatment, refining and selling costs."""

    kind: Literal["nsr_royalty"] = "nsr_royalty"
    rate: Share
    """Royalty rate"""

    def apply(self, ledger: Ledger) -> None:
        """Rate times base; a negative base pays nothing and is not carried forward."""
        rows = RoyaltyRows(ledger.graph, self.name, self.heading)
        rows.base = max_(ledger.read(Measure.NET_SMELTER_RETURN, by=self.name), 0)
        self.warn_of_a_high_rate(ledger, self.rate)
        self.pay(ledger, rows, rows.base * self.at_rate(ledger, rows, self.given(ledger, "rate")))
