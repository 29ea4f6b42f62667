"""An incorporated venture: one company, owned in shares, funded by cash calls, that pays dividends.

terms.md C1 (incorporated), C2 (interest register), C7 (cash calls), C13 (shareholder loans), B18 (free shares), F1 (cash
available) and F2 (priority).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.account import DEBT
from jvmodel.balance_sheet import write_balance_sheet
from jvmodel.capital_reduction import CapitalReduction, Reduction, write_reduction
from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, lead, max_, min_, ratio
from jvmodel.inputs import Measured, Months, Series, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Group, Ledger, Measure
from jvmodel.partner_loans import Loans, PartnerLoans, write_partner_loans
from jvmodel.register import Owned
from jvmodel.subordinated import SubordinatedPayment, write_subordinated
from jvmodel.term import Name

MoneyOverTime = Annotated[Series, Measured("$m", gaps="outside", low=0.0)]


class IncorporatedVenture(Owned):
    """The company that holds the project: its partners, their interests, its cash calls and its dividends."""

    kind: Literal["incorporated_venture"] = "incorporated_venture"
    minimum_cash: MoneyOverTime = Field(default_factory=lambda: Series(flat=0.0))
    """Cash that the company keeps in hand, in nominal money"""
    called_ahead: Months | None = None
    """Months of the next period's spending, before tax, that a call covers ahead of time"""
    shareholder_loans: PartnerLoans | None = None
    """Shareholder loans"""
    capital_first: bool = False
    """Whether distributions return share capital, which bears no withholding tax, before they are dividends"""
    dividend_test: Literal["retained_earnings", "none"] = "none"
    """Whether dividends are held to retained earnings; what is held back is trapped cash"""
    capital_reduction: CapitalReduction | None = None
    """Capital reduction"""
    subordinated: dict[Name, SubordinatedPayment] = Field(default_factory=dict)
    """Subordinated payment"""

    @model_validator(mode="after")
    def _reduced(self) -> IncorporatedVenture:
        if self.capital_reduction is not None and (self.dividend_test == "none" or self.capital_first):
            raise fault(
                "capital_reduction frees trapped cash: use it with dividend_test: retained_earnings, without capital_first"
            )
        return self

    class Cash(Block):
        """Cash available, calls and dividends."""

        opening = Row("Cash at the beginning of the period", total="none")
        flow = Row("Net cash flow before funding and distributions")
        debt = Row("Debt drawn and interest earned, less debt service, fees and gross-up")
        minimum = Row("Cash to be kept in hand", total="none")
        before_tax = Row("Operating cash less costs, before tax", total="none")
        ahead = Row("Next period's spending, called ahead", total="none")
        target = Row("Cash to be held in reserve accounts", total="none")
        calls = Row("Cash calls on the partners")
        spare = Row("Cash to spare")
        reserved = Row("Cash held in reserve accounts", total="none")
        locked = Row("Cash locked up by covenants", total="none")
        after_debt = Row("Cash to spare after debt, reserves and lock-up")
        free = Row("Cash to spare after reserves and lock-up")
        served = Row("Service of shareholder loans")
        available = Row("Cash available for distribution")
        dividends = Row("Dividends")
        capital = Row("Share capital outstanding", total="last")
        early = Row("Capital returned before dividends")
        trapped = Row("Trapped cash: available, but not distributable", total="none")
        returned = Row("Capital returned at the end")
        divided = Row("Distributions that a waterfall divides")
        closing = Row("Cash at the end of the period", total="last")

    class Earnings(Block):
        """Retained earnings."""

        opening = Row("Retained earnings brought forward", total="none")
        profit = Row("Net profit of the period")
        paid = Row("Dividends paid")
        closing = Row("Retained earnings carried forward", total="last")

    def announces(self) -> tuple[Account | Measure, ...]:
        """Shareholder loans."""
        accounts = (Account.PARTNER_LOANS, Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID, Measure.INTEREST_CHARGE)
        later = (Account.SUBORDINATED, Measure.INTEREST_CHARGE) if self.subordinated else ()
        return (*(accounts if self.shareholder_loans else ()), *later)

    def apply(self, ledger: Ledger) -> None:
        """Calls cover what cash is short of; what is spare serves shareholder loans, then pays dividends."""
        shares, paid = self.write_register(ledger)
        cash = self.Cash(ledger.graph, self.name, self.heading)
        spare = self._spare(ledger, cash)
        calls = self._call(ledger, cash, paid)
        loans = owed = None
        gone: list[Expr] = []
        capital: dict[str, Ref] = calls
        if self.subordinated:
            cash.after_debt = spare + 0
            spare, owed, settled = write_subordinated(ledger, self, self.subordinated, cash.after_debt)
            gone.append(settled)
        if self.shareholder_loans is not None:
            cash.free = spare + 0
            lent, loans = write_partner_loans(ledger, self, self.shareholder_loans, cash.calls, calls, cash.free)
            cash.served = loans.paid + loans.repaid
            spare = cash.free - cash.served
            gone.append(cash.served)
            capital = {
                partner: cash.define(
                    f"capital_from_{partner}", f"Share capital from {ledger.parties[partner]}", call - lent[partner]
                )
                for partner, call in calls.items()
            }
        for partner, amount in capital.items():
            ledger.post(Account.CALLS, amount, payer=partner, payee=VENTURE)
        cash.available = spare + 0
        free: Expr = cash.available
        if self.capital_first:
            cash.early = min_(cash.available, self._outstanding(ledger, cash, capital))
            free = cash.available - cash.early
        earned = self._dividends(ledger, cash, free)
        self._give_back(ledger, cash, free, capital, paid)
        if ledger.has(Measure.EQUITY):
            if cash.capital.name not in ledger.graph.rows:
                cash.capital = self._outstanding(ledger, cash, capital) - cash.returned
            ledger.record(Measure.EQUITY, cash.capital, by=self.name)
        kept = cash.opening + cash.flow + cash.calls - cash.dividends - cash.returned
        cash.closing = kept - add_up(gone) if gone else kept
        self._share_out(ledger, cash, shares, paid)
        if ledger.has(Measure.EQUITY_FLOW):
            paid_out = cash.dividends + cash.returned - cash.calls
            ledger.record(Measure.EQUITY_FLOW, paid_out if loans is None else paid_out + cash.served, by=self.name)
        ledger.check("cash_is_never_negative", "The venture's cash is never negative", min_(cash.closing, 0))
        ledger.check("cash_is_paid_out", "No cash is left in the venture at the end", cash.closing * ledger.last)
        if earned is not None and ledger.basis == "nominal":
            claims = [one for one in (_balance(loans), owed) if one is not None]
            write_balance_sheet(ledger, self, cash.closing, earned.closing, claims, cash.returned)

    @staticmethod
    def _outstanding(ledger: Ledger, cash: Cash, capital: dict[str, Ref]) -> Expr:
        """Share capital before anything of it is returned in the period."""
        paid_in: list[Expr] = [*capital.values()]
        if ledger.has(Account.SUBSCRIPTION):
            paid_in.append(ledger.total(Account.SUBSCRIPTION, payee=VENTURE))
        return ledger.brought_forward(cash.capital) + add_up(paid_in)

    def _give_back(self, ledger: Ledger, cash: Cash, free: Expr, capital: dict[str, Ref], paid: dict[str, Ref]) -> None:
        """Share capital returned: at first, after a procedure, or at the end; what is left is trapped."""
        if self.capital_reduction is not None:
            outstanding = self._outstanding(ledger, cash, capital)
            reduction = write_reduction(ledger, self, self.capital_reduction, free - cash.dividends, outstanding)
            cash.trapped = reduction.trapped - reduction.returned
            cash.returned = reduction.returned + cash.trapped * ledger.last
            cash.capital = outstanding - cash.returned
            self._bear(ledger, reduction, paid)
            return
        cash.trapped = free - cash.dividends
        if not self.capital_first:
            cash.returned = cash.trapped * ledger.last
            return
        cash.returned = cash.early + cash.trapped * ledger.last
        cash.capital = self._outstanding(ledger, cash, capital) - cash.returned

    @staticmethod
    def _bear(ledger: Ledger, reduction: Reduction, paid: dict[str, Ref]) -> None:
        """The partners bear the cost of the procedure out of what is returned to them."""
        for partner, share in paid.items():
            part = reduction.define(f"cost_{partner}", f"Cost borne by {ledger.parties[partner]}", reduction.cost * share)
            ledger.post(Account.OWN_COST, part, payer=partner, payee=SUPPLIERS)

    def _spare(self, ledger: Ledger, cash: Cash) -> Expr:
        """Cash beyond what is kept in hand, called ahead, held in reserve accounts or locked up."""
        cash.opening = ledger.brought_forward(cash.closing)
        flow: Expr = Ref(f"party.{ledger.scope}.cash")
        if any(ledger.has(account) for account in DEBT):
            cash.debt = ledger.net(Group.DEBT) + 0
            flow = flow + cash.debt
        if ledger.has(Account.SUBSCRIPTION):
            flow = flow + ledger.total(Account.SUBSCRIPTION, payee=VENTURE)
        cash.flow = flow + 0
        cash.minimum = ledger.todays_money(self.given(ledger, "minimum_cash")) * (1 - ledger.last)
        needed: Expr = cash.minimum
        put_by = cash.minimum - ledger.brought_forward(cash.minimum)
        if self.called_ahead is not None:
            cash.before_tax = ledger.net(Group.OPERATING_CASH) + ledger.net(Group.COSTS)
            part = self.given(ledger, "called_ahead") / ledger.months
            cash.ahead = max_(-ledger.brought_back(lead(cash.before_tax)), 0) * part
            needed = cash.minimum + cash.ahead
            put_by = put_by + cash.ahead - ledger.brought_forward(cash.ahead)
        if ledger.has(Measure.BUILDING_COST, of=self.name):
            ledger.record(Measure.BUILDING_COST, put_by, of=self.name, by=self.name)
        reserves, called_for = ledger.has(Measure.RESERVED), needed
        if reserves:
            cash.target = ledger.read(Measure.RESERVED, by=self.name) + 0
            called_for = needed + cash.target * (1 - ledger.started)
        cash.calls = max_(called_for - cash.opening - cash.flow, 0)
        spare = max_(cash.opening + cash.flow + cash.calls - needed, 0)
        if reserves:
            cash.spare = spare
            cash.reserved = min_(cash.spare, cash.target)
            ledger.record(Measure.HELD, cash.reserved, by=self.name)
            spare = cash.spare - cash.reserved
        if ledger.has(Measure.LOCKED):
            cash.locked = spare * min_(ledger.read(Measure.LOCKED, by=self.name), 1)
            spare = spare - cash.locked
        return spare

    def _call(self, ledger: Ledger, cash: Cash, paid: dict[str, Ref]) -> dict[str, Ref]:
        return {
            partner: cash.define(f"call_{partner}", f"Cash call on {ledger.parties[partner]}", cash.calls * share)
            for partner, share in self.funds(ledger, paid).items()
        }

    def _dividends(self, ledger: Ledger, cash: Cash, free: Expr) -> Earnings | None:
        if self.dividend_test == "none":
            cash.dividends = free + 0
            return None
        earned = self.Earnings(ledger.graph, f"{self.name}.earnings", f"{self.heading}: retained earnings")
        earned.opening = ledger.brought_forward(earned.closing)
        profit: Expr = (
            ledger.net(Group.EARNED)
            - ledger.read(Measure.DEPRECIATION, by=self.name)
            - ledger.optional(Measure.PROVISION)
            - ledger.optional(Measure.TAX_CHARGE)
        )
        if ledger.has(Measure.INTEREST_CHARGE):
            profit = profit - ledger.read(Measure.INTEREST_CHARGE, by=self.name)
        if ledger.has(Measure.CLOSURE_FUND):
            profit = profit + ledger.read(Measure.FUND_INCOME, by=self.name)
        if ledger.has(Measure.DEPOSIT_EARNED):
            profit = profit + ledger.read(Measure.DEPOSIT_EARNED, by=self.name)
        earned.profit = profit
        earned.paid = min_(free, max_(earned.opening + earned.profit, 0))
        earned.closing = earned.opening + earned.profit - earned.paid
        cash.dividends = earned.paid + 0
        return earned

    def _share_out(self, ledger: Ledger, cash: Cash, shares: dict[str, Ref], paid: dict[str, Ref]) -> None:
        """Dividends by interest, free shares included; capital by participating interest alone, unless a waterfall divides."""
        if ledger.has(Measure.ENTITLEMENT):
            self._by_waterfall(ledger, cash, tuple(paid))
            return
        for partner, share in shares.items():
            who = ledger.parties[partner]
            dividend = cash.define(f"dividend_{partner}", f"Dividend to {who}", cash.dividends * share)
            ledger.post(Account.DIVIDENDS, dividend, payer=VENTURE, payee=partner)
            if partner in paid:
                capital = cash.define(f"capital_{partner}", f"Capital returned to {who}", cash.returned * paid[partner])
                ledger.post(Account.CAPITAL_RETURN, capital, payer=VENTURE, payee=partner)

    def _by_waterfall(self, ledger: Ledger, cash: Cash, payers: tuple[str, ...]) -> None:
        """Free shares come first; a waterfall divides the rest, and as much of each part is capital as of the whole."""
        free = {partner: self.given(ledger, f"free_shares.{partner}") for partner in self.free_shares}
        left = 1 - add_up(free.values()) if free else Const(1.0)
        cash.divided = cash.dividends * left + cash.returned
        ledger.record(Measure.DISTRIBUTABLE, cash.divided, by=self.name)
        of_capital = ratio(cash.returned, cash.divided)
        for partner in self.partners:
            who, parts = ledger.parties[partner], [cash.dividends * free[partner]] if partner in free else []
            if partner in payers:
                entitled = ledger.optional(Measure.ENTITLEMENT, of=partner)
                capital = cash.define(f"capital_{partner}", f"Capital returned to {who}", entitled * of_capital)
                ledger.post(Account.CAPITAL_RETURN, capital, payer=VENTURE, payee=partner)
                parts.append(entitled - capital)
            dividend = cash.define(f"dividend_{partner}", f"Dividend to {who}", add_up(parts))
            ledger.post(Account.DIVIDENDS, dividend, payer=VENTURE, payee=partner)


def _balance(loans: Loans | None) -> Ref | None:
    return None if loans is None else loans.closing
