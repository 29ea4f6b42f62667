"""Contribution in kind: a licence, data, technology or works credited against a partner's cash calls (terms.md C8)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Row, add_up
from jvmodel.inputs import Date, Money, Party, Share, fault
from jvmodel.ledger import SUPPLIERS, Account, Ledger, Measure
from jvmodel.partners import calls_left, interests, meets, pay_for
from jvmodel.term import Term


class InKindContribution(Term):
    """The others meet so much of the contributor's calls as their part of the agreed value comes to."""

    kind: Literal["in_kind_contribution"] = "in_kind_contribution"
    contributor: Party
    """Partner that brings it"""
    others: tuple[Party, ...] = Field(min_length=1)
    """Partners that credit it, by their interests"""
    credited: Money = Field(gt=0)
    """Agreed value that is credited"""
    fair_value: Money
    """What an independent valuer found; the difference shows what the contributor gains"""
    own_cost: Money = 0.0
    """What it costs the contributor to bring it"""
    date: Date
    """Month of the contribution"""
    vests: Share = 1.0
    """Share of the credit that vests; below 100% where a promise such as a recovery is missed"""

    @model_validator(mode="after")
    def _apart(self) -> InKindContribution:
        if self.contributor in self.others:
            raise fault(f"'{self.contributor}' cannot credit itself; leave it out of others")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Calls that others meet."""
        return (Account.IN_KIND,)

    class Rows(Block):
        credit = Row("Credit for the contribution")
        others_part = Row("The others' part of it")
        opening = Row("Credit brought forward", total="none")
        there = Row("Credit there is", total="none")
        calls = Row("Cash calls on the contributor")
        used = Row("Calls met by the others")
        closing = Row("Credit carried forward", total="last")
        cost = Row("Contributor's own cost")
        gained = Row("Gained by credit above fair value")

    def apply(self, ledger: Ledger) -> None:
        """Credit × the others' interests is met out of calls as they come; a credit above fair value is a transfer."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        when = ledger.at(self.date)
        others = add_up(interests(ledger, self.others, self.name).values())
        rows.credit = ledger.todays_money(self.given(ledger, "credited") * self.given(ledger, "vests")) * when
        rows.others_part = rows.credit * others
        rows.opening = ledger.brought_forward(rows.closing)
        rows.calls = calls_left(ledger, self.contributor, Account.IN_KIND) + 0
        rows.there = rows.opening + rows.others_part
        rows.used = meets(ledger, self.contributor, Account.IN_KIND, rows.there, rows.calls)
        rows.closing = rows.there - rows.used
        text = f"{self.heading}: calls do not use all of the credit; the rest lapses"
        ledger.warn(f"{self.name}_unused", text, (rows.closing > ledger.trifle) * ledger.last)
        rows.cost = ledger.todays_money(self.given(ledger, "own_cost")) * when
        rows.gained = (rows.credit - ledger.todays_money(self.given(ledger, "fair_value")) * when) * others
        pay_for(ledger, rows, Account.IN_KIND, rows.used, self.others, self.contributor, "Calls met by")
        ledger.post(Account.OWN_COST, rows.cost, payer=self.contributor, payee=SUPPLIERS)
