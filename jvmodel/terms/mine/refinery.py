"""Refinery: part of the concentrate is refined by the venture itself (terms.md A4, C19)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Row, min_
from jvmodel.inputs import Factor, Measured, Metal, Series
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Term

ShareOverTime = Annotated[Series, Measured(show="%", gaps="outside", low=0.0, high=1.0)]


class Refinery(Term):
    """Treats a share of the venture's concentrate and makes refined metal of it."""

    kind: Literal["refinery"] = "refinery"
    share: ShareOverTime
    """Share of the concentrate that is refined; the rest is for sale"""
    recovery: dict[Metal, ShareOverTime] = Field(min_length=1)
    """Recovery into refined metal"""
    recovery_factor: Factor = 1.0
    """Factor on every recovery; 1 is as planned"""

    class Rows(Block):
        share = Row("Share of concentrate refined", unit="%", total="none")
        treated = Row("Concentrate treated, dry")

    def apply(self, ledger: Ledger) -> None:
        """Refined metal = metal in concentrate × share treated × recovery."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.share = self.given(ledger, "share") + 0
        rows.treated = ledger.read(Measure.CONCENTRATE, by=self.name) * rows.share
        ledger.record(Measure.TREATED, rows.treated, by=self.name)
        for metal in self.recovery:
            recovery = self.given(ledger, f"recovery.{metal}") * self.given(ledger, "recovery_factor")
            reached = rows.define(f"recovery_{metal}", f"Refinery recovery of {metal}", min_(recovery, 1), "%", "none")
            feed = ledger.read(Measure.IN_CONCENTRATE, of=metal, by=self.name) * rows.share
            contained = rows.define(f"feed_{metal}", f"{metal.capitalize()} in concentrate treated", feed)
            refined = rows.define(f"refined_{metal}", f"Refined {metal}", contained * reached)
            ledger.record(Measure.REFINED, refined, of=metal, by=self.name)
