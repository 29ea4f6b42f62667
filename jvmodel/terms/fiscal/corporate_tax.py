"""Corporate income tax: depreciation, losses, holidays (terms.md B7 to B10)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Expr, Row, add_up, flag, lag, max_, min_, power, ratio, trailing, where
from jvmodel.inputs import Date, Measured, Money, Months, Party, Record, Series, Share, Uplift, Years, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.tax_pool import Layers, Pool
from jvmodel.term import Name, Term

RateOverTime = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]
YearsBack = Annotated[float, Measured("year", low=0.0, high=100.0)]


class Depreciation(Record):
    """How one class of asset is written off for tax."""

    method: Literal["straight_line", "declining_balance", "units_of_production", "immediate", "schedule"]
    """Straight line by vintage, declining balance, units of production, at once, or amounts by year"""
    life: Years | None = None
    """Years of a straight line"""
    rate: Share | None = None
    """Rate a year of a declining balance"""
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

    @model_validator(mode="after")
    def _needs(self) -> Depreciation:
        for method, field in (("straight_line", "life"), ("declining_balance", "rate"), ("schedule", "amounts")):
            given = getattr(self, field) is not None
            if given != (self.method == method):
                raise fault(f"{field} goes with method {method}{'; give it' if not given else f', not {self.method}'}")
        return self


class Losses(Record):
    """What becomes of tax losses."""

    expire_after: Years | None = None
    """Years after which a loss lapses; never when not given"""
    cap: Share = 1.0
    """Most of a year's income that earlier losses may offset"""
    carried_back: YearsBack = 0.0
    """Years back for which a loss is refunded against tax on earlier income, at the rate of the year of the loss"""


class Holiday(Record):
    """A time of reduced tax."""

    start: Date
    """First month of the holiday"""
    end: Date
    """First month after it"""
    rate: Share = 0.0
    """Tax rate meanwhile"""
    depreciation: Literal["runs", "deferred"] = "runs"
    """Whether depreciation runs meanwhile, or assets enter service only afterwards"""
    losses: Literal["kept", "forgone"] = "kept"
    """Whether losses made meanwhile may be carried forward"""

    @model_validator(mode="after")
    def _in_order(self) -> Holiday:
        if self.end.index <= self.start.index:
            raise fault(f"the holiday ends in {self.end}, not after its start in {self.start}; give a later end")
        return self


class CorporateTax(Term):
    """Income tax of the venture, ring-fenced."""

    kind: Literal["corporate_tax"] = "corporate_tax"
    rate: RateOverTime
    """Tax rate"""
    holder: Party
    """Party that receives the tax"""
    depreciation: dict[Name, Depreciation] = Field(min_length=1)
    """How each class of asset is written off"""
    losses: Losses = Field(default_factory=Losses)
    """Treatment of losses"""
    holiday: Holiday | None = None
    """A time of reduced tax"""
    offtake_at: Literal["reference", "contract"] = "contract"
    """Whether sales under offtake are taxed at the reference price or at what the contract pays"""
    payment_lag: Months = 0.0
    """Months between the charge and its payment; what is left is paid in the last period"""

    @model_validator(mode="after")
    def _refunds_what_was_paid(self) -> CorporateTax:
        if self.holiday is not None and self.losses.carried_back:
            raise fault(
                "losses.carried_back does not go with a holiday: it would refund tax that was never paid; drop one of them"
            )
        return self

    class Rows(Arrears):
        revenue = Row("Revenue")
        selling = Row("Treatment, refining and selling costs")
        offtake = Row("Offtake discounts")
        royalties = Row("Deductible royalties")
        operating = Row("Operating costs")
        closure = Row("Closure costs and contributions that are deductible")
        depreciation = Row("Depreciation")
        allowance = Row("Investment allowances")
        income = Row("Income before losses")
        nominal = Row("Income before losses, in nominal money")
        rate = Row("Tax rate", unit="%", total="none")
        carried_back = Row("Losses carried back")
        losses_used = Row("Losses brought forward used")
        taxable = Row("Taxable income")
        tax = Row("Tax on taxable income")
        refund = Row("Refund for losses carried back")
        charge = Row("Tax charge")
        paid = Row("Tax paid")
        effective = Row("Tax charge as a share of income", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Income less losses, times the rate; losses and depreciation are kept in nominal money."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.revenue = ledger.total(Account.REVENUE) + 0
        rows.selling = ledger.total(Account.SELLING) + 0
        rows.offtake = ledger.total(Account.OFFTAKE) + 0 if self.offtake_at == "contract" else ledger.nothing + 0
        rows.royalties = ledger.total(Account.ROYALTIES, deductible="yes") + 0
        rows.operating = ledger.total(Account.OPERATING) + 0
        rows.closure = ledger.total(Account.CLOSURE, deductible="yes") + 0
        pools = {name: self._pool(ledger, name, how) for name, how in self.depreciation.items()}
        rows.depreciation = ledger.todays_money(add_up(pool.depreciation for pool in pools.values())) + 0
        ledger.record(Measure.DEPRECIATION, rows.depreciation, by=self.name)
        deducted = [rows.selling, rows.offtake, rows.royalties, rows.operating, rows.closure, rows.depreciation]
        rows.income = rows.revenue - add_up([*deducted, *self._allowances(ledger, rows, pools)])
        rows.nominal = ledger.face_value(rows.income) + 0
        rows.rate = self._rate(ledger)
        self._losses(ledger, rows)
        rows.tax = rows.taxable * rows.rate
        rows.refund = rows.carried_back * rows.rate
        rows.charge = rows.tax - rows.refund
        ledger.record(Measure.TAX_CHARGE, rows.charge, by=self.name)
        self._pay(ledger, rows)
        rows.effective = ratio(rows.charge, max_(rows.income, 0))

    def _pay(self, ledger: Ledger, rows: Rows) -> None:
        if self.payment_lag:
            rows.paid = paid_late(ledger, rows, rows.charge, self.given(ledger, "payment_lag"))
        else:
            rows.paid = rows.charge + 0
        ledger.post(Account.TAX, rows.paid, payer=VENTURE, payee=self.holder)

    def _allowances(self, ledger: Ledger, rows: Rows, pools: dict[str, Pool]) -> list[Expr]:
        """A share of what is placed in service, deducted once, on top of depreciation (terms.md B11)."""
        given = {name: pools[name] for name, how in self.depreciation.items() if how.allowance is not None}
        if not given:
            return []
        parts = [pool.placed * self.given(ledger, f"depreciation.{name}.allowance") for name, pool in given.items()]
        rows.allowance = ledger.todays_money(add_up(parts)) + 0
        return [rows.allowance]

    def _rate(self, ledger: Ledger) -> Expr:
        rate = self.given(ledger, "rate")
        if self.holiday is None:
            return rate + 0
        share = ledger.between(self.holiday.start, self.holiday.end)
        return rate * (1 - share) + self.given(ledger, "holiday.rate") * share

    def _losses(self, ledger: Ledger, rows: Rows) -> None:
        """Losses offset earlier income first where they may, then later income; both first in, first out."""
        losses = Layers(ledger.graph, f"{self.name}.losses", f"{self.heading}: losses carried forward")
        created: Expr = max_(0 - rows.nominal, 0)
        if self.losses.carried_back:
            taxed = Layers(ledger.graph, f"{self.name}.taxed", f"{self.heading}: income that losses may be carried back to")
            years_back = self.given(ledger, "losses.carried_back") / ledger.period_years
            income = max_(rows.nominal, 0) - losses.used
            rows.carried_back = ledger.todays_money(taxed.formulas(income, created, years_back))
            created = created - taxed.used
        else:
            rows.carried_back = ledger.nothing + 0
        if self.holiday is not None and self.holiday.losses == "forgone":
            created = created * (1 - ledger.between(self.holiday.start, self.holiday.end))
        life = self.given(ledger, "losses.expire_after") / ledger.period_years if self.losses.expire_after else None
        wanted = max_(rows.nominal, 0) * self.given(ledger, "losses.cap")
        rows.losses_used = ledger.todays_money(losses.formulas(created, wanted, life))
        rows.taxable = max_(rows.income, 0) - rows.losses_used

    def _pool(self, ledger: Ledger, name: str, how: Depreciation) -> Pool:
        pool = Pool(ledger.graph, f"{self.name}.{name}", f"{self.heading}: depreciation of {name}")
        spending = ledger.total(Account.CAPEX, asset_class=name) + ledger.total(Account.SUSTAINING, asset_class=name)
        pool.spending = ledger.face_value(spending) + 0
        ledger.expect(Account.CAPEX, "asset_class", self.depreciation, self.name)
        ledger.expect(Account.SUSTAINING, "asset_class", self.depreciation, self.name)
        ready = self._in_service(ledger, how)
        before = 0 if how.opening is None else self.given(ledger, f"depreciation.{name}.opening")
        pool.placed = (lag(pool.waiting, before) + pool.spending) * ready
        pool.waiting = lag(pool.waiting, before) + pool.spending - pool.placed
        pool.opening = lag(pool.closing)
        value = pool.opening + pool.placed
        depreciation = self._method(ledger, pool, name, how)
        if how.write_off and how.method != "schedule":
            depreciation = where(ledger.ended, value, depreciation)
        pool.depreciation = depreciation
        pool.closing = value - pool.depreciation
        return pool

    def _in_service(self, ledger: Ledger, how: Depreciation) -> Expr:
        """1 in every period in which what has been spent is in service."""
        if how.method == "schedule":
            return ledger.last - ledger.last + 1
        started = ledger.started if how.start == "production" else ledger.last - ledger.last + 1
        if self.holiday is not None and self.holiday.depreciation == "deferred":
            return started * (1 - flag(ledger.between(self.holiday.start, self.holiday.end)))
        return started + 0

    def _method(self, ledger: Ledger, pool: Pool, name: str, how: Depreciation) -> Expr:
        value = pool.opening + pool.placed
        path = f"depreciation.{name}"
        if how.method == "straight_line":
            periods = self.given(ledger, f"{path}.life") / ledger.period_years
            pool.vintages = ratio(pool.placed, max_(periods, 1))
            return min_(trailing(pool.vintages, max_(periods, 1)), value)
        if how.method == "declining_balance":
            return value * (1 - power(1 - self.given(ledger, f"{path}.rate"), ledger.period_years))
        if how.method == "units_of_production":
            produced = ledger.read(Measure.ORE, by=self.name)
            return value * ratio(produced, ledger.read(Measure.ORE_LEFT, by=self.name) + produced)
        if how.method == "schedule":
            return min_(self.given(ledger, f"{path}.amounts"), value)
        return value
