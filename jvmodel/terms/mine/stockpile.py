"""Ore stockpile between mine and plant, blended at average grade (terms.md A3).

No ore may be left at the end, unless the deal says what it is worth: then whoever takes the site over pays that for it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jvmodel.graph import Block, Ref, Row, lag, max_, min_, ratio
from jvmodel.inputs import Metal, PerTonne, Share, TonnesPerYear
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term


class Stockpile(Term):
    """Ore that the mill cannot take is kept, and fed when there is room; metal leaves at the average grade of the pile."""

    kind: Literal["stockpile"] = "stockpile"
    capacity: TonnesPerYear = Field(gt=0)
    """Most that the mill takes a year at full time"""
    availability: Share = 0.92
    """Share of the time that the mill runs"""
    metals: tuple[Metal, ...] = Field(min_length=1)
    """Metals in the ore"""
    reclaim_cost: PerTonne = 0.0
    """Cost a tonne taken back from the pile, in money of the base date"""
    final_value: PerTonne | None = None
    """Value of a tonne of ore left at the end, in money of the base date; none may be left when not given"""

    class Rows(Block):
        opening = Row("Ore brought forward", total="none")
        mined = Row("Ore mined")
        room = Row("Most that the mill takes")
        fed = Row("Ore fed to the mill")
        closing = Row("Ore carried forward", total="last")
        reclaimed = Row("Ore taken back from the pile")
        reclaim_cost = Row("Cost of taking it back")
        left = Row("Ore left at the end")
        left_value = Row("Received for ore left at the end")
        fed_share = Row("Share of the pile that is fed", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Fed = min(mill capacity, pile + ore mined); metal is fed in the same share as ore."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.opening = lag(rows.closing)
        rows.mined = ledger.read(Measure.ORE, by=self.name) + 0
        rows.room = self.given(ledger, "capacity") * self.given(ledger, "availability") * ledger.period_years
        rows.fed = ledger.while_open(min_(rows.opening + rows.mined, rows.room))
        rows.closing = rows.opening + rows.mined - rows.fed
        rows.fed_share = ratio(rows.fed, rows.opening + rows.mined)
        rows.reclaimed = max_(rows.fed - rows.mined, 0)
        if self.reclaim_cost:
            cost = ledger.in_money(rows.reclaimed * self.given(ledger, "reclaim_cost"))
            rows.reclaim_cost = ledger.escalated(cost, "real")
            ledger.post(Account.OPERATING, rows.reclaim_cost, payer=VENTURE, payee=SUPPLIERS)
        ledger.record(Measure.FED, rows.fed, by=self.name)
        for metal in self.metals:
            ledger.record(Measure.FED_METAL, self._metal(ledger, rows, metal), of=metal, by=self.name)
        if self.final_value is not None:
            rows.left = rows.closing * ledger.last
            rows.left_value = ledger.escalated(ledger.in_money(rows.left * self.given(ledger, "final_value")), "real")
            ledger.post(Account.REVENUE, rows.left_value, payer=CUSTOMERS, payee=VENTURE)
            return
        left = ledger.while_open(rows.closing * ledger.last)
        ledger.check(f"{self.name}_is_used_up", f"{self.heading}: no ore is left at the end", left, unit="t")

    def _metal(self, ledger: Ledger, rows: Rows, metal: str) -> Ref:
        closing = rows.ref(f"closing_{metal}")
        pile = rows.define(
            f"pile_{metal}", f"{metal.capitalize()} in the pile and in ore mined",
            lag(closing) + ledger.read(Measure.CONTAINED, of=metal, by=self.name), total="none",
        )  # fmt: skip
        fed = rows.define(f"fed_{metal}", f"{metal.capitalize()} fed to the mill", pile * rows.fed_share)
        rows.define(f"closing_{metal}", f"{metal.capitalize()} carried forward", pile - fed, total="last")
        return fed
