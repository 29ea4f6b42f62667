"""An unincorporated venture: partners own undivided shares, meet costs and take product each for itself (terms.md C1, C2, C7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.account import DEBT
from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Ref, Row, add_up, max_
from jvmodel.inputs import Measured, Party, Split, fault
from jvmodel.ledger import CUSTOMERS, VENTURE, Account, Ledger, Measure
from jvmodel.register import Owned
from jvmodel.term import Name

Premium = Annotated[float, Measured(show="%", low=-1.0, high=1.0)]
CATEGORIES = {"operating": Account.OPERATING, "sustaining": Account.SUSTAINING, "closure": Account.CLOSURE}


class UnincorporatedVenture(Owned):
    """Undivided shares: each partner meets its share of costs, takes its share of product, and is taxed on its own."""

    kind: Literal["unincorporated_venture"] = "unincorporated_venture"
    cost_shares: dict[Name, Split] = Field(default_factory=dict)
    """Share of one kind of cost; operating, sustaining, closure, or a class of assets, where it differs from the interests"""
    own_price: dict[Party, Premium] = Field(default_factory=dict)
    """Premium over the market price that the partner gets for the product it takes in kind; negative for a discount"""

    @model_validator(mode="after")
    def _unincorporated(self) -> UnincorporatedVenture:
        if self.free_shares:
            raise fault("free_shares are shares in a company; give the state a royalty, an interest or a carry instead")
        if self.funding is not None:
            raise fault("funding: here costs follow cost_shares, by kind of cost; leave funding out")
        for name, shares in self.cost_shares.items():
            total = sum(shares.values())
            if abs(total - 1) > 1e-9:
                raise fault(f"cost_shares.{name} add up to {total * 100:.10g}%; they must add up to 100%")
            stray = set(shares) - set(self.payers)
            if stray:
                raise fault(f"cost_shares.{name}: '{min(stray)}' has no interest; give it one, if it is 0%")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Product sold by the partners themselves."""
        return (Account.OWN_SALES,) if self.own_price else ()

    class Cash(Block):
        """What each partner puts in and takes out."""

        flow = Row("Net cash flow of the venture")
        called = Row("Contributions")
        distributed = Row("Proceeds taken out")

    def apply(self, ledger: Ledger) -> None:
        """Interest × net flow, put right for costs that are shared otherwise; nothing stays in the venture."""
        borrowed = [account for account in DEBT if ledger.has(account) and account is not Account.WITHHOLDING]
        if borrowed or ledger.has(Measure.ENTITLEMENT):
            what = borrowed[0].label.lower() if borrowed else "waterfall"
            raise GraphError(
                f"an unincorporated venture has no {what} of its own: its partners borrow and earn each for itself;"
                " use incorporated_venture for a company or a partnership that pools its cash"
            )
        shares, _ = self.write_register(ledger)
        cash = self.Cash(ledger.graph, self.name, self.heading)
        flow: Expr = Ref(f"party.{ledger.scope}.cash")
        if ledger.has(Account.SUBSCRIPTION):
            flow = flow + ledger.total(Account.SUBSCRIPTION, payee=VENTURE)
        cash.flow = flow + 0
        ledger.record(Measure.EQUITY_FLOW, cash.flow, by=self.name)
        nets = {partner: self._net(ledger, cash, partner, share) for partner, share in shares.items()}
        calls = {
            one: cash.define(f"call_{one}", f"Contribution of {ledger.parties[one]}", max_(0 - net, 0))
            for one, net in nets.items()
        }
        taken = {
            one: cash.define(f"proceeds_{one}", f"Proceeds to {ledger.parties[one]}", max_(net, 0)) for one, net in nets.items()
        }
        cash.called = add_up(calls.values())
        cash.distributed = add_up(taken.values())
        for partner in shares:
            ledger.post(Account.CALLS, calls[partner], payer=partner, payee=VENTURE)
            ledger.post(Account.DIVIDENDS, taken[partner], payer=VENTURE, payee=partner)
        for partner in self.own_price:
            sold = ledger.total(Account.REVENUE) * shares[partner] * self.given(ledger, f"own_price.{partner}")
            row = cash.define(f"own_price_{partner}", f"Price of {ledger.parties[partner]} above the market's", sold)
            ledger.post(Account.OWN_SALES, row, payer=CUSTOMERS, payee=partner)
        rest = cash.flow + cash.called - cash.distributed
        ledger.check("cash_is_passed_on", "No cash stays in the venture", rest)

    def _net(self, ledger: Ledger, cash: Cash, partner: str, share: Ref) -> Ref:
        parts: list[Expr] = [cash.flow * share]
        for name, shares in self.cost_shares.items():
            given = self.given(ledger, f"cost_shares.{name}.{partner}") if partner in shares else ledger.last - ledger.last
            parts.append(self._cost(ledger, name) * (share - given))
        return cash.define(f"net_{partner}", f"Net cash flow of {ledger.parties[partner]}", add_up(parts))

    @staticmethod
    def _cost(ledger: Ledger, name: str) -> Ref:
        if name in CATEGORIES:
            return ledger.total(CATEGORIES[name], payer=VENTURE)
        return ledger.total(Account.CAPEX, payer=VENTURE, asset_class=name)
