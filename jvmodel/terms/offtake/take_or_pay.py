"""Take-or-pay with make-up: a buyer pays for what it does not take, and takes it later (terms.md E5, E6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, max_, min_
from jvmodel.inputs import Measured, Metal, Money, Party, Series, Share, Years, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.tax_pool import Layers
from jvmodel.term import Term

TonnesOverTime = Annotated[Series, Measured("t/year", per_year=True, low=0.0)]
Discount = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]


class TakeOrPay(Term):
    """A buyer that must take, or pay for, most of a yearly quantity; what it paid for and did not take it may take later."""

    kind: Literal["take_or_pay"] = "take_or_pay"
    buyer: Party
    """Party that takes or pays"""
    metal: Metal
    """Metal taken"""
    quantity: TonnesOverTime
    """Contract quantity a year"""
    demand: TonnesOverTime
    """What the buyer wants to take a year"""
    share: Share = 0.85
    """Share of the contract quantity that is taken or paid for"""
    discount: Discount = 0.0
    """Discount from the market price; a negative one is a premium"""
    make_up: Years | None = None
    """Years in which metal paid for may be taken later, free; for ever when not given"""
    refunded: bool = False
    """Whether what is paid for and never taken is paid back at the end, at the price then"""
    damages: Share = 0.0
    """Damages for metal that the venture cannot deliver, as a share of its value"""
    damages_cap: Money | None = None
    """Most damages in a year"""

    @model_validator(mode="after")
    def _damages(self) -> TakeOrPay:
        if self.damages_cap is not None and not self.damages:
            raise fault("damages_cap goes with damages: what is paid for metal that is short; give both or neither")
        return self

    class Rows(Block):
        available = Row("Payable metal sold", unit="t")
        excused = Row("Contract quantity that the venture cannot deliver", unit="t")
        obligation = Row("To be taken or paid for", unit="t")
        taken = Row("Taken", unit="t")
        shortfall = Row("Paid for and not taken", unit="t")
        made_up = Row("Taken later, free", unit="t")
        paid_for = Row("Quantity paid for", unit="t")
        price = Row("Contract price a tonne", total="none")
        cash = Row("Paid by the buyer")
        at_market = Row("Market value of what it takes")
        short = Row("Metal wanted and not delivered", unit="t")
        damages = Row("Damages for it")
        refund = Row("Paid back at the end")
        discount = Row("Value to the buyer: market value less what it pays")

    def apply(self, ledger: Ledger) -> None:
        """Obligation = share × quantity − what the venture cannot deliver; make-up is taken beyond it, oldest first."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        mass = ledger.mass_unit(self.metal)
        quantity, demand = self.given(ledger, "quantity"), self.given(ledger, "demand")
        rows.available = ledger.mass(ledger.read(Measure.PAYABLE, of=self.metal, by=self.name), mass, "t")
        rows.excused = max_(quantity - rows.available, 0)
        rows.obligation = max_(quantity * self.given(ledger, "share") - rows.excused, 0)
        rows.taken = min_(demand, rows.available)
        rows.shortfall = max_(rows.obligation - rows.taken, 0)
        layers = Layers(ledger.graph, f"{self.name}.make_up", f"{self.heading}: metal paid for and not yet taken")
        life = self.given(ledger, "make_up") / ledger.period_years if self.make_up is not None else None
        rows.made_up = layers.formulas(rows.shortfall, max_(rows.taken - rows.obligation, 0), life) + 0
        rows.paid_for = rows.taken - rows.made_up + rows.shortfall
        market = ledger.read(Measure.PRICE, of=self.metal, by=self.name)
        tonne = market if mass == "t" else market * ledger.per_tonne(mass)
        rows.price = tonne * (1 - self.given(ledger, "discount"))
        rows.cash = ledger.in_money(rows.paid_for * rows.price)
        rows.at_market = ledger.in_money(rows.taken * tonne)
        gained: Expr = rows.at_market - rows.cash
        if self.damages:
            rows.short = max_(min_(demand, quantity) - rows.available, 0)
            damages = ledger.in_money(rows.short * rows.price) * self.given(ledger, "damages")
            most = None if self.damages_cap is None else self.given(ledger, "damages_cap") * ledger.share_of_year
            rows.damages = damages + 0 if most is None else min_(damages, most)
            gained = gained + rows.damages
        if self.refunded:
            rows.refund = ledger.in_money(layers.closing * rows.price) * ledger.last
            gained = gained + rows.refund
        rows.discount = gained
        ledger.post(Account.OFFTAKE, rows.discount, payer=VENTURE, payee=self.buyer)
