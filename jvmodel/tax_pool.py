"""Blocks of a tax computation: pools of depreciation, and losses in layers (terms.md B8, B9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jvmodel.graph import Block, Const, Expr, Given, Ref, Row, add_up, delay, lag, max_, min_, power, ratio, trailing, where
from jvmodel.inputs import Measured, Money, Record, Series, Share, Uplift, Years, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term

EXACT = 1e-9
"""Shares must add up to 100% within this."""


class Layers(Block):
    """Amounts used first in, first out, that lapse after some time."""

    added = Row("Added")
    added_to_date = Row("Added to date", total="last")
    opening = Row("Brought forward", total="none")
    earlier = Row("Added to date, a period earlier", total="none")
    lapsed = Row("Lapsed")
    used = Row("Used")
    gone_to_date = Row("Used or lapsed to date", total="last")
    closing = Row("Carried forward", total="last")

    def formulas(self, added: Expr, wanted: Expr, life: Expr | None) -> Ref:
        """Amounts of period y may be used in y+1 to y+life (in periods; for ever when None).

        What lapses now is what was added up to life + 1 periods ago and is not yet gone: with first in, first out, the
        totals to date are all there is to know of the layers.
        """
        self.added = added
        self.added_to_date = lag(self.added_to_date) + self.added
        self.opening = lag(self.closing)
        if life is None:
            self.used = min_(wanted, self.opening)
            self.gone_to_date = lag(self.gone_to_date) + self.used
        else:
            self.earlier = lag(self.added_to_date) + 0
            self.lapsed = max_(delay(self.earlier, life) - lag(self.gone_to_date), 0)
            self.used = min_(wanted, self.opening - self.lapsed)
            self.gone_to_date = lag(self.gone_to_date) + self.lapsed + self.used
        self.closing = self.added_to_date - self.gone_to_date
        return self.used


class Pool(Block):
    """Tax depreciation."""

    spending = Row("Spending, in nominal money")
    waiting = Row("Spent, not yet in service", total="last")
    placed = Row("Placed in service")
    opening = Row("Written-down value brought forward", total="none")
    vintages = Row("Yearly part of each vintage")
    basis = Row("Cost that is written off")
    depreciation = Row("Depreciation")
    closing = Row("Written-down value carried forward", total="last")


def _whole(shares: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(shares)
    if abs(total - 1) > EXACT:
        raise fault(f"shares add up to {total * 100:.10g}%; they must add up to 100%")
    return shares


SharesOfCost = Annotated[tuple[Share, ...], Field(min_length=1, max_length=40), AfterValidator(_whole)]
YearsOfService = Annotated[float, Measured("year", low=1.0, high=40.0)]


class Depreciation(Record):
    """How one class of asset is written off for tax."""

    method: Literal[
        "straight_line", "remaining_life", "declining_balance", "units_of_production", "immediate", "shares", "schedule"
    ]
    """Straight line by vintage, evenly over what is left of operation from the period after spending, declining balance,
    units of production, at once, shares by year of service as a tax table has them, or amounts by year"""
    life: Years | None = None
    """Years of a straight line"""
    rate: Share | None = None
    """Rate a year of a declining balance"""
    within: YearsOfService | None = None
    """Whole years in which a declining balance is written off; it turns to a straight line once that is more"""
    shares: SharesOfCost | None = None
    """share of the cost in year of service"""
    amounts: Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)] | None = None
    """Amounts by year of a schedule, in nominal money"""
    start: Literal["production", "spending"] = "production"
    """Whether an asset is in service from first production or from its spending"""
    write_off: bool = True
    """Whether what is left is written off in the last year of operation"""
    opening: Money | None = None
    """Spent before the start of the model and not yet written off, in nominal money"""
    allowance: Uplift | None = None
    """Investment allowance; deducted on top of depreciation when an asset enters service"""
    credit: Uplift | None = None
    """Investment credit; taken off the tax itself when an asset enters service"""
    credit_reduces_basis: bool = False
    """Whether the credit reduces what is depreciated"""

    @model_validator(mode="after")
    def _needs(self) -> Depreciation:
        for method, field in (
            ("straight_line", "life"),
            ("declining_balance", "rate"),
            ("shares", "shares"),
            ("schedule", "amounts"),
        ):
            given = getattr(self, field) is not None
            if given != (self.method == method):
                raise fault(f"{field} goes with method {method}{'; give it' if not given else f', not {self.method}'}")
        if self.within is not None and (self.method != "declining_balance" or self.within != int(self.within)):
            raise fault("within goes with method declining_balance, and is a whole number of years")
        return self


SPENDING = (Account.CAPEX, Account.SUSTAINING, Account.INTEREST, Account.FINANCE_FEES)


def write_pool(
    ledger: Ledger, term: Term, name: str, how: Depreciation, known: Iterable[str], deferred: Expr | None = None,
    share: Expr | None = None,
) -> Pool:  # fmt: skip
    """The pool of one class of asset: what was spent on it less grants, in nominal money, and how it is written off.

    `deferred` is 1 where a holiday keeps assets out of service; `share` is a partner's, where it depreciates for itself.
    """
    pool = Pool(ledger.graph, f"{term.name}.{name}", f"{term.heading}: depreciation of {name}")
    accounts = [one for one in SPENDING if one in (Account.CAPEX, Account.SUSTAINING) or ledger.has(one)]
    spending = add_up([ledger.total(one, asset_class=name) for one in accounts])
    if ledger.has(Account.GRANTS):
        spending = spending - ledger.total(Account.GRANTS, asset_class=name)
    for account in (*accounts, Account.GRANTS):
        ledger.expect(account, "asset_class", known, term.name)
    pool.spending = ledger.face_value(spending if share is None else spending * share) + 0
    path = f"depreciation.{name}"
    before = 0 if how.opening is None else term.given(ledger, f"{path}.opening")
    pool.placed = (lag(pool.waiting, before) + pool.spending) * _in_service(ledger, how, deferred)
    pool.waiting = lag(pool.waiting, before) + pool.spending - pool.placed
    pool.opening = lag(pool.closing)
    basis: Expr = pool.placed
    if how.credit is not None and how.credit_reduces_basis:
        basis = pool.placed * (1 - term.given(ledger, f"{path}.credit"))
    value = pool.opening + basis
    depreciation = _method(ledger, term, pool, path, how, basis)
    if how.write_off and how.method != "schedule":
        depreciation = where(ledger.ended, value, depreciation)
    pool.depreciation = depreciation
    pool.closing = value - pool.depreciation
    label = f"{term.heading}: never more of {name} is written off than was spent"
    ledger.check(f"{term.name}_{name}", label, min_(pool.closing, 0))
    return pool


def _in_service(ledger: Ledger, how: Depreciation, deferred: Expr | None) -> Expr:
    """1 in every period in which what has been spent is in service."""
    always = ledger.last - ledger.last + 1
    if how.method == "schedule":
        return always
    started = ledger.started if how.start == "production" else always
    return started + 0 if deferred is None else started * (1 - deferred)


def _method(ledger: Ledger, term: Term, pool: Pool, path: str, how: Depreciation, basis: Expr) -> Expr:
    value = pool.opening + basis
    if how.method == "straight_line":
        periods = term.given(ledger, f"{path}.life") / ledger.period_years
        pool.vintages = ratio(basis, max_(periods, 1))
        return min_(trailing(pool.vintages, max_(periods, 1)), value)
    if how.method == "remaining_life":
        return (pool.opening + basis - pool.spending * _in_service(ledger, how, None)) * _part_of_life(ledger)
    if how.method == "declining_balance":
        rate = term.given(ledger, f"{path}.rate")
        if how.within is not None:
            return min_(_by_service(ledger, pool, basis, _turning(pool, ledger, rate, int(how.within))), value)
        return value * (1 - power(1 - rate, ledger.period_years))
    if how.method == "shares":
        shares = [term.given(ledger, f"{path}.shares.{number}") for number in range(len(how.shares or ()))]
        return min_(_by_service(ledger, pool, basis, shares), value)
    if how.method == "units_of_production":
        produced = ledger.read(Measure.ORE, by=term.name)
        return value * ratio(produced, ledger.read(Measure.ORE_LEFT, by=term.name) + produced)
    if how.method == "schedule":
        return min_(term.given(ledger, f"{path}.amounts"), value)
    return value


def _turning(pool: Pool, ledger: Ledger, rate: Expr, years: int) -> list[Expr]:
    """The share of its cost that an asset loses in each year: the rate on what is left, or an even part of it if that is more."""
    left: Expr = ledger.last - ledger.last + 1
    shares: list[Expr] = []
    for year in range(years):
        to_go = ledger.graph.given(
            Given(f"time.years_to_go_{years - year}", f"{years - year} years to go", float(years - year), source="time")
        )
        share = pool.define(
            f"share_{year + 1}", f"Share of cost in year {year + 1}", max_(rate * left, left / to_go), "%", "none"
        )
        shares.append(share)
        left = left - share
    return shares


def _by_service(ledger: Ledger, pool: Pool, basis: Expr, shares: list[Expr]) -> Expr:
    """Every vintage loses, in each year of service, that year's share of its cost, evenly over the year."""
    pool.basis = basis + 0
    parts: list[Expr] = []
    younger: Expr = Const(0.0)
    for year, share in enumerate(shares, start=1):
        span = ledger.graph.given(Given(f"time.years_{year}", f"{year} years", float(year), "year", source="time"))
        placed = trailing(pool.basis, max_(span / ledger.period_years, 1))
        parts.append((placed - younger) * share)
        younger = placed
    return add_up(parts) * ledger.share_of_year


def _part_of_life(ledger: Ledger) -> Expr:
    """The share that each period has in what is left of operation, itself included."""
    shares = ledger.shares_of("operation")
    left = [sum(shares[t:]) for t in range(len(shares))]
    parts = tuple(share / rest if rest else 0.0 for share, rest in zip(shares, left, strict=True))
    return ledger.graph.fact("part_of_life", "Share of the period in what is left of operation", parts)
