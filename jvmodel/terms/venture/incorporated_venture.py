"""An incorporated venture: one company, owned in shares, funded by cash calls, that pays dividends.

terms.md C1 (incorporated), C2 (interest register), C7 (cash calls), F1 (cash available) and F2 (priority).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.account import DEBT
from jvmodel.graph import Block, Expr, Ref, Row, add_up, lag, lead, max_, min_, where
from jvmodel.inputs import Date, Money, Months, Party, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Term

EXACT = 1e-9
"""Interests must add up to 100% within this."""


def _whole(interests: dict[str, float], what: str) -> None:
    total = sum(interests.values())
    if abs(total - 1) > EXACT:
        raise fault(f"{what} add up to {total * 100:.10g}%; they must add up to 100%")


class InterestChange(Record):
    """Interests from a date on, replacing the earlier ones."""

    start: Date
    """First month of the new interests"""
    interests: dict[Party, Share] = Field(min_length=1)
    """Participating interest of each partner"""


class IncorporatedVenture(Term):
    """The company that holds the project: its partners, their interests, its cash calls and its dividends."""

    kind: Literal["incorporated_venture"] = "incorporated_venture"
    interests: dict[Party, Share] = Field(min_length=1)
    """Participating interest of each partner, in dividends"""
    funding: dict[Party, Share] | None = None
    """Share of each partner in cash calls; the interests when not given"""
    changes: tuple[InterestChange, ...] = ()
    """Later interests, by date; earlier dividends are not re-cut"""
    minimum_cash: Money = 0.0
    """Cash that the company keeps in hand"""
    called_ahead: Months = 0.0
    """Months of the next period's spending that a call covers ahead of time"""
    dividend_test: Literal["retained_earnings", "none"] = "none"
    """Whether dividends are held to retained earnings; what is held back is trapped cash"""

    @model_validator(mode="after")
    def _shares(self) -> IncorporatedVenture:
        _whole(self.interests, "interests")
        if self.funding is not None:
            _whole(self.funding, "funding shares")
        dates = [change.start.index for change in self.changes]
        if dates != sorted(set(dates)):
            raise fault("changes must stand in the order of their dates, each date once")
        for change in self.changes:
            _whole(change.interests, f"interests from {change.start}")
        return self

    @property
    def partners(self) -> tuple[str, ...]:
        """Everybody who ever holds an interest or funds, in the order of the deal."""
        named = [*self.interests, *(self.funding or {})]
        for change in self.changes:
            named += change.interests
        return tuple(dict.fromkeys(named))

    class Register(Block):
        """Interest register."""

    class Cash(Block):
        """Cash available, calls and dividends."""

        opening = Row("Cash at the beginning of the period", total="none")
        flow = Row("Net cash flow before funding and distributions")
        debt = Row("Debt drawn and interest earned, less debt service, fees and gross-up")
        minimum = Row("Cash to be kept in hand", total="none")
        ahead = Row("Next period's spending, called ahead")
        calls = Row("Cash calls on the partners")
        locked = Row("Cash locked up by covenants", total="none")
        available = Row("Cash available for distribution")
        dividends = Row("Dividends")
        trapped = Row("Trapped cash: available, but not distributable", total="none")
        returned = Row("Capital returned at the end")
        closing = Row("Cash at the end of the period", total="last")

    class Earnings(Block):
        """Retained earnings."""

        opening = Row("Retained earnings brought forward", total="none")
        profit = Row("Net profit of the period")
        paid = Row("Dividends paid")
        closing = Row("Retained earnings carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Calls cover what cash is short of, dividends pay out what is spare, both pro rata."""
        cash = self.Cash(ledger.graph, self.name, self.heading)
        cash.opening = lag(cash.closing)
        flow: Expr = Ref(f"party.{VENTURE}.cash")
        if any(ledger.has(account) for account in DEBT):
            cash.debt = ledger.net(Group.DEBT) + 0
            flow = flow + cash.debt
        cash.flow = flow + 0
        cash.minimum = self.given(ledger, "minimum_cash") * (1 - ledger.last)
        ahead = self.given(ledger, "called_ahead") / ledger.months
        cash.ahead = max_(-lead(cash.flow), 0) * ahead
        cash.calls = max_(cash.minimum + cash.ahead - cash.opening - cash.flow, 0)
        spare: Expr = max_(cash.opening + cash.flow + cash.calls - cash.minimum - cash.ahead, 0)
        if ledger.has(Measure.LOCKED):
            cash.locked = spare * min_(ledger.read(Measure.LOCKED, by=self.name), 1)
            spare = spare - cash.locked
        cash.available = spare
        cash.dividends = self._dividends(ledger, cash)
        cash.trapped = cash.available - cash.dividends
        cash.returned = cash.trapped * ledger.last
        cash.closing = cash.opening + cash.flow + cash.calls - cash.dividends - cash.returned
        self._share_out(ledger, cash)
        ledger.check("cash_is_never_negative", "The venture's cash is never negative", min_(cash.closing, 0))
        ledger.check("cash_is_paid_out", "No cash is left in the venture at the end", cash.closing * ledger.last)

    def _dividends(self, ledger: Ledger, cash: Cash) -> Expr:
        if self.dividend_test == "none":
            return cash.available + 0
        earned = self.Earnings(ledger.graph, f"{self.name}.earnings", f"{self.heading}: retained earnings")
        earned.opening = lag(earned.closing)
        earned.profit = (
            ledger.net(Group.EARNED)
            - ledger.read(Measure.DEPRECIATION, by=self.name)
            - ledger.optional(Measure.PROVISION)
            - ledger.optional(Measure.TAX_CHARGE)
            - (ledger.read(Measure.INTEREST_CHARGE, by=self.name) if ledger.has(Measure.INTEREST_CHARGE) else 0)
        )
        earned.paid = min_(cash.available, max_(earned.opening + earned.profit, 0))
        earned.closing = earned.opening + earned.profit - earned.paid
        return earned.paid + 0

    def _share_out(self, ledger: Ledger, cash: Cash) -> None:
        register = self.Register(ledger.graph, f"{self.name}.register", f"{self.heading}: interest register")
        shares: dict[str, Ref] = {}
        for partner in self.partners:
            shares[partner] = register.define(
                f"interest_{partner}", f"Interest of {ledger.parties[partner]}", self._interest(ledger, partner), "%", "none"
            )
        for partner in self.partners:
            who = ledger.parties[partner]
            funds = self.given(ledger, f"funding.{partner}") if partner in (self.funding or {}) else None
            if self.funding is None:
                funds = shares[partner]
            if funds is not None:
                call = cash.define(f"call_{partner}", f"Cash call on {who}", cash.calls * funds)
                ledger.post(Account.CALLS, call, payer=partner, payee=VENTURE)
            dividend = cash.define(f"dividend_{partner}", f"Dividend to {who}", cash.dividends * shares[partner])
            ledger.post(Account.DIVIDENDS, dividend, payer=VENTURE, payee=partner)
            capital = cash.define(f"capital_{partner}", f"Capital returned to {who}", cash.returned * shares[partner])
            ledger.post(Account.CAPITAL_RETURN, capital, payer=VENTURE, payee=partner)
        ledger.check("interests", "Interests add up to 100%", add_up(shares.values()) - 1, unit="%")
        if self.funding is not None:
            given = [self.given(ledger, f"funding.{partner}") for partner in self.funding]
            ledger.check("funding_shares", "Funding shares add up to 100%", add_up(given) - 1, unit="%")

    def _interest(self, ledger: Ledger, partner: str) -> Expr:
        nothing = ledger.last - ledger.last
        share = self.given(ledger, f"interests.{partner}") if partner in self.interests else nothing
        for number, change in enumerate(self.changes):
            later = self.given(ledger, f"changes.{number}.interests.{partner}") if partner in change.interests else 0
            timeline = ledger.graph.timeline
            since = tuple(float(start.index >= change.start.index) for start in timeline.starts)
            share = where(ledger.graph.fact(f"since_{change.start}", f"From {change.start} on", since), later, share)
        return share + 0
