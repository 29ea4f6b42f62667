"""Community levy, earmarked royalty and development fund (terms.md B20)."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from jvmodel.graph import Block, Expr, Row, max_, power
from jvmodel.inputs import Party, Rate, Share, fault
from jvmodel.ledger import BANKS, VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term


class CommunityLevy(Term):
    """A share of revenue or profit for the community, or of a royalty that its holder passes on; paid out or into a fund."""

    kind: Literal["community_levy"] = "community_levy"
    rate: Share
    """Rate"""
    base: Literal["turnover", "profit", "royalty"] = "turnover"
    """Base; turnover, operating profit, or royalties received by a party, of which it passes on a share at no extra cost"""
    community: Party
    """Party that receives the money, or runs the fund"""
    royalty_holder: Party | None = None
    """Party whose royalties are shared; with base: royalty"""
    fund_interest: Rate = 0.0
    """Interest that the fund earns, effective a year"""
    spent: Share = 1.0
    """Share of the fund that is spent in each period; all of it without a fund"""
    deductible: bool = True
    """Whether income tax allows the levy as a cost"""

    @model_validator(mode="after")
    def _holder(self) -> CommunityLevy:
        if (self.royalty_holder is not None) != (self.base == "royalty"):
            raise fault("royalty_holder goes with base: royalty; give both or neither")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The levy, unless it is a share of a royalty that is paid already."""
        return (Account.LEVIES,)

    class Rows(Block):
        base = Row("Base of the levy")
        levy = Row("Levy or share")
        opening = Row("Fund brought forward", total="none")
        interest = Row("Interest earned by the fund")
        spending = Row("Spent on programmes")
        closing = Row("Fund carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Rate × base goes to the community; its fund grows with interest and is spent as agreed, all at the end."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.base = max_(self._base(ledger), 0)
        rows.levy = rows.base * self.given(ledger, "rate")
        payer = self.royalty_holder or VENTURE
        deductible = "yes" if self.deductible and payer == VENTURE else "no"
        ledger.post(Account.LEVIES, rows.levy, payer=payer, payee=self.community, deductible=deductible)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * (power(1 + self.given(ledger, "fund_interest"), ledger.period_years) - 1)
        held = rows.opening + rows.interest + rows.levy
        rows.spending = held * max_(self.given(ledger, "spent"), ledger.last)
        rows.closing = held - rows.spending
        ledger.post(Account.INTEREST_EARNED, rows.interest, payer=BANKS, payee=self.community)

    def _base(self, ledger: Ledger) -> Expr:
        if self.base == "turnover":
            return ledger.total(Account.REVENUE)
        if self.base == "profit":
            return ledger.net(Group.OPERATING_CASH)
        return ledger.total(Account.ROYALTIES, payee=self.royalty_holder)
