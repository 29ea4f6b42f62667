"""Export duty on what is sold, with the difference that is made between ore, concentrate and metal (terms.md B17)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jvmodel.graph import Block, Expr, Row, add_up
from jvmodel.inputs import Metal, Party, PerTonne, Share
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term


class ExportDuty(Term):
    """A share of the value of metal exported, or an amount a tonne of concentrate."""

    kind: Literal["export_duty"] = "export_duty"
    holder: Party
    """Party that receives the duty"""
    rates: dict[Metal, Share] = Field(default_factory=dict)
    """Rate on the value of the metal sold"""
    per_tonne: PerTonne = 0.0
    """Duty a tonne of concentrate sold, in nominal money"""
    exported: Share = 1.0
    """Share that is exported"""
    refined_exempt: bool = True
    """Whether metal that the venture has refined itself is free of duty: the incentive to process at home"""
    deductible: bool = True
    """Whether income tax allows the duty as a cost"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The duty."""
        return (Account.LEVIES,)

    class Rows(Block):
        value = Row("Value that bears duty")
        duty = Row("Export duty")
        spared = Row("Duty spared by refining at home")

    def apply(self, ledger: Ledger) -> None:
        """Rate × value of metal exported; what is refined at home is spared, which is the subsidy implicit in the difference."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        exported = self.given(ledger, "exported")
        values, duties, spared = [], [], []
        for metal in self.rates:
            value = ledger.read(Measure.METAL_VALUE, of=metal, by=self.name)
            home = ledger.optional(Measure.REFINED_VALUE, of=metal) if self.refined_exempt else ledger.nothing
            rate = self.given(ledger, f"rates.{metal}")
            bearing = rows.define(f"value_{metal}", f"Value of {metal} that bears duty", (value - home) * exported)
            values.append(bearing)
            duties.append(bearing * rate)
            spared.append(home * exported * rate)
        tonnes: Expr = ledger.optional(Measure.CONCENTRATE) - ledger.optional(Measure.TREATED)
        a_tonne = ledger.todays_money(ledger.in_money(tonnes * self.given(ledger, "per_tonne"))) * exported
        rows.value = add_up(values) if values else ledger.nothing + 0
        rows.duty = add_up([*duties, a_tonne])
        rows.spared = add_up(spared) if spared else ledger.nothing + 0
        margin = ledger.net(Group.OPERATING_CASH)
        shut = (margin >= 0) * (margin - rows.duty < 0 - ledger.trifle)
        ledger.warn(f"{self.name}_margin", f"{self.heading}: the duty is more than the operating margin", shut)
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.LEVIES, rows.duty, payer=VENTURE, payee=self.holder, deductible=deductible)
