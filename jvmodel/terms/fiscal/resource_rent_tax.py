"""Resource rent tax: a tax on cash flow above a threshold return (terms.md B14, P3).

Costs of some classes may grow at a rate of their own while they are unrecovered, as exploration and general expenditure do
under section 32 of the Australian Petroleum Resource Rent Tax Assessment Act 1987: each class is carried on by itself, and
deducted in order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, Row, add_up, min_, power
from jvmodel.inputs import Party, Rate, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.recovery import RecoveryAccount
from jvmodel.term import Name, Term


class Tier(Record):
    """A threshold return and the tax on what is above it."""

    threshold: Rate
    """threshold return, effective a year"""
    rate: Share
    """tax rate"""
    uplifts: dict[Name, Rate] = Field(default_factory=dict)
    """threshold return on capital cost of a class of asset, instead; deducted after all other costs, in the order given"""


class ResourceRentTax(Term):
    """Tax on the venture's cash flow once it has earned a threshold return, tier by tier; financing is left out."""

    kind: Literal["resource_rent_tax"] = "resource_rent_tax"
    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=10)
    """Tier"""
    holder: Party
    """Party that receives the tax"""
    order: Literal["after_income_tax", "before_income_tax"] = "after_income_tax"
    """Whether income tax comes off its base, or it comes off the base of income tax"""
    closing_credit: bool = False
    """Whether what is unrecovered at the end is refunded at the tax rate; otherwise its relief is lost"""

    @model_validator(mode="after")
    def _ascending(self) -> ResourceRentTax:
        if any(min((tier.threshold, *tier.uplifts.values())) < 0 for tier in self.tiers):
            raise fault("a threshold return must be at least 0%")
        for before, after in pairwise(self.tiers):
            if after.threshold <= before.threshold:
                raise fault(
                    f"the tier of {after.threshold:g} follows one of {before.threshold:g}; sort them by threshold, each once"
                )
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The tax, which income tax may deduct."""
        return (Account.RENT_TAX,) if self.order == "before_income_tax" else ()

    class Rows(Block):
        flow = Row("Cash flow after royalties, before financing")
        tax = Row("Rent tax")

    class TierRows(RecoveryAccount):
        taxable = Row("Surplus after costs with a threshold of their own")
        tax = Row("Tax of the tier")
        lost = Row("Tax relief lost at the end", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Each tier runs its own account on the flow less the tax of the tiers before."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        taken = Group.TAKEN if self.order == "after_income_tax" else Group.LEVIED
        rows.flow = ledger.net(Group.RECEIPTS) + ledger.net(Group.COSTS) + ledger.net(taken)
        left: Expr = rows.flow
        taxes: list[Ref] = []
        for number in range(len(self.tiers)):
            taxes.append(self._tier(ledger, number, left))
            left = left - taxes[-1]
        rows.tax = add_up(taxes)
        deductible = "yes" if self.order == "before_income_tax" else "no"
        ledger.post(Account.RENT_TAX, rows.tax, payer=VENTURE, payee=self.holder, deductible=deductible)

    def _tier(self, ledger: Ledger, number: int, flow: Expr) -> Ref:
        tier = self.TierRows(ledger.graph, f"{self.name}.tier_{number + 1}", f"{self.heading}: tier {number + 1}")
        growth = power(1 + self.given(ledger, f"tiers.{number}.threshold"), ledger.period_years) - 1
        costs = {name: self._spent(ledger, tier, number, name) for name in self.tiers[number].uplifts}
        surplus = tier.formulas(ledger, add_up([flow, *costs.values()]) if costs else flow, growth)
        unrecovered: Expr = tier.closing
        if costs:
            left: Expr = surplus
            for name, spent in costs.items():
                used, closing = self._recovered(ledger, tier, number, name, spent, left)
                left, unrecovered = left - used, unrecovered - closing
            tier.taxable = left
            surplus = tier.taxable
        rate = self.given(ledger, f"tiers.{number}.rate")
        relief = unrecovered * rate * ledger.last
        tier.lost = ledger.nothing + 0 if self.closing_credit else 0 - relief
        if not self.closing_credit:
            text = f"{self.heading}: costs after the last income bring no relief from tier {number + 1}"
            ledger.warn(f"{self.name}_lost_{number + 1}", text, (tier.lost > ledger.trifle) * (surplus.total > ledger.trifle))
        tier.tax = surplus * rate + relief if self.closing_credit else surplus * rate
        return tier.tax

    def _spent(self, ledger: Ledger, tier: TierRows, number: int, name: str) -> Ref:
        """Capital cost of a class of asset; a class without any is told, as it may be misspelt."""
        paid = [ledger.total(account, payer=VENTURE, asset_class=name) for account in (Account.CAPEX, Account.SUSTAINING)]
        spent = tier.define(f"spent_{name}", f"Capital cost of {name.replace('_', ' ')}", add_up(paid))
        text = f"{self.heading}: tier {number + 1} has uplifts for '{name}', of which there is no capital cost"
        ledger.warn(f"{self.name}_{number + 1}_{name}", text, (spent.total <= ledger.trifle) * ledger.last)
        return spent

    def _recovered(self, ledger: Ledger, tier: TierRows, number: int, name: str, spent: Ref, left: Expr) -> tuple[Ref, Ref]:
        """What is recovered of a class out of a surplus, and what is carried on of it with its own growth."""
        what = name.replace("_", " ")
        opening = tier.define(
            f"opening_{name}", f"Cost of {what} not yet recovered, brought forward",
            ledger.brought_forward(tier.ref(f"closing_{name}")), total="none",
        )  # fmt: skip
        rate = power(1 + self.given(ledger, f"tiers.{number}.uplifts.{name}"), ledger.period_years) - 1
        growth = tier.define(f"growth_{name}", f"Growth of cost of {what}", opening * rate)
        owed = opening + growth + spent
        used = tier.define(f"used_{name}", f"Cost of {what} recovered", min_(owed, left))
        closing = tier.define(f"closing_{name}", f"Cost of {what} not yet recovered, carried forward", owed - used, total="last")
        return used, closing
