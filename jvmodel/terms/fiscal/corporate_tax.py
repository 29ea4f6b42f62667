"""Corporate income tax: depreciation, losses, holidays, credits, limits on interest, minimum tax (terms.md B7 to B13, B22)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.errors import GraphError
from jvmodel.graph import Block, Const, Expr, Row, add_up, flag, max_, min_, ratio
from jvmodel.inputs import Measured, Months, Party, Series, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.tax_pool import Depreciation, Layers, Pool, write_pool
from jvmodel.tax_relief import Credits, Holiday, InterestLimit, Losses
from jvmodel.term import Name, Term

RateOverTime = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]


class CorporateTax(Term):
    """Income tax of the venture, ring-fenced; or of a partner on its share of an unincorporated one."""

    kind: Literal["corporate_tax"] = "corporate_tax"
    rate: RateOverTime
    """Tax rate"""
    holder: Party
    """Party that receives the tax"""
    taxpayer: Party | None = None
    """Partner that is taxed on its share; the venture when not given"""
    other_income: bool = False
    """Whether losses reduce the tax on the taxpayer's other income at once (consolidation), instead of being carried forward"""
    depreciation: dict[Name, Depreciation] = Field(min_length=1)
    """How each class of asset is written off"""
    losses: Losses = Field(default_factory=Losses)
    """Treatment of losses"""
    holiday: Holiday | None = None
    """A time of reduced tax"""
    interest: InterestLimit = Field(default_factory=InterestLimit)
    """Limit on interest"""
    credits: Credits = Field(default_factory=Credits)
    """Credits"""
    minimum: Share | None = None
    """Minimum tax on revenue; what it adds is credited against later tax"""
    consolidates: tuple[Name, ...] = ()
    """Ventures whose income is taxed together with this one's, before losses. Each pays what it would pay alone; this one pays
    the rest of the tax on all, or keeps what the group saves"""
    offtake_at: Literal["reference", "contract"] = "contract"
    """Whether sales under offtake are taxed at the reference price or at what the contract pays; what a ban takes, damages and
    metal paid for and not taken count in either case"""
    payment_lag: Months = 0.0
    """Months between the charge and its payment; what is left is paid in the last period"""

    @model_validator(mode="after")
    def _refunds_what_was_paid(self) -> CorporateTax:
        if self.other_income and self.losses.model_fields_set:
            raise fault("losses goes with other_income: false; with other income no loss is ever carried")
        if self.holiday is not None and self.losses.carried_back:
            raise fault(
                "losses.carried_back does not go with a holiday: it would refund tax that was never paid; drop one of them"
            )
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Income and assets, which a top-up tax reads; that discounts to partners lower the tax; capital that limits loans."""
        at_contract = (Measure.AT_CONTRACT,) if self.offtake_at == "contract" else ()
        limited = (Measure.EQUITY,) if self.interest.debt_to_equity is not None else ()
        return (Measure.TAX_INCOME, *at_contract, *limited)

    class Rows(Arrears):
        revenue = Row("Revenue")
        selling = Row("Treatment, refining and selling costs")
        offtake = Row("Offtake discounts and streams")
        royalties = Row("Deductible royalties")
        levies = Row("Deductible levies, duties and rent tax")
        operating = Row("Operating costs")
        closure = Row("Closure costs and contributions that are deductible")
        grants = Row("Grants that are income")
        deposits = Row("Stream deposits taken to income")
        support = Row("Subsidies and claims under guarantees")
        compensation = Row("Deductible levies given back")
        depreciation = Row("Depreciation")
        allowance = Row("Investment allowances")
        interest = Row("Interest and financing fees allowed")
        income = Row("Income before losses")
        group = Row("Income of all that are taxed together, before losses")
        nominal = Row("Income before losses, in nominal money")
        rate = Row("Tax rate", unit="%", total="none")
        carried_back = Row("Losses carried back")
        losses_used = Row("Losses brought forward used")
        taxable = Row("Taxable income")
        tax = Row("Tax on taxable income")
        credits = Row("Credits used")
        others = Row("Tax that the others pay")
        minimum = Row("Tax added to reach the minimum")
        refund = Row("Refund for losses carried back")
        charge = Row("Tax charge")
        paid = Row("Tax paid")
        effective = Row("Tax charge as a share of income", unit="%", total="none")

    class InterestRows(Block):
        charged = Row("Interest and fees charged")
        disallowed = Row("Interest on excess shareholder loans, lost")
        ebitda = Row("Tax EBITDA")
        opening = Row("Interest brought forward", total="none")
        allowed = Row("Interest allowed")
        closing = Row("Interest carried forward", total="last")

    class MinimumRows(Block):
        least = Row("Minimum tax")
        added = Row("Tax added to reach it")
        opening = Row("Credit brought forward", total="none")
        used = Row("Credit used against later tax")
        closing = Row("Credit carried forward", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Income less losses, times the rate, less credits; losses and depreciation are kept in nominal money."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.revenue = self._part(ledger, ledger.total(Account.REVENUE)) + self._own_sales(ledger)
        deducted = self._costs(ledger, rows)
        pools = {
            name: write_pool(ledger, self, name, how, self.depreciation, self._deferred(ledger), self._share(ledger))
            for name, how in self.depreciation.items()
        }
        rows.depreciation = ledger.todays_money(add_up(pool.depreciation for pool in pools.values())) + 0
        ledger.record(Measure.DEPRECIATION, rows.depreciation, by=self.name)
        ledger.record(Measure.WRITTEN_DOWN, ledger.todays_money(add_up(pool.closing for pool in pools.values())), by=self.name)
        ebitda = add_up([rows.revenue - add_up(deducted), *self._other_income(ledger, rows)])
        deducted = [rows.depreciation, *self._allowances(ledger, rows, pools)]
        if ledger.has(Measure.INTEREST_CHARGE):
            rows.interest = self._interest(ledger, ebitda)
            deducted.append(rows.interest)
        rows.income = ebitda - add_up(deducted)
        taxed = self._with_the_others(ledger, rows)
        rows.nominal = ledger.face_value(taxed) + 0
        rows.rate = self._rate(ledger)
        self._losses(ledger, rows, taxed)
        rows.tax = rows.taxable * rows.rate
        ledger.record(Measure.LEVY_RATE, rows.rate, of=self.name, by=self.name)
        ledger.record(Measure.LEVY_BASE, rows.taxable, of=self.name, by=self.name)
        rows.refund = rows.carried_back * rows.rate
        tax: Expr = rows.tax
        added = self._credits_of_period(ledger, pools)
        if added:
            rows.credits = self._credits(ledger, rows, add_up(added))
            tax = tax - rows.credits
        if self.minimum is not None:
            rows.minimum = self._minimum(ledger, rows, tax)
            tax = tax + rows.minimum
        if self.consolidates:
            rows.others = self._of_the_others(ledger, Measure.TAX_CHARGE)
            tax = tax - rows.others
        rows.charge = tax - rows.refund
        for of in ("", self.taxpayer or VENTURE):
            ledger.record(Measure.TAX_CHARGE, rows.charge, of=of, by=self.name)
        self._pay(ledger, rows)
        rows.effective = ratio(rows.charge, max_(rows.income, 0))
        self._warn(ledger)

    def _warn(self, ledger: Ledger) -> None:
        """A holiday may cost more than it brings (terms.md B10)."""
        at_once = [name for name, how in self.depreciation.items() if how.method == "immediate"]
        if self.holiday is not None and self.holiday.depreciation == "runs" and at_once:
            text = (
                f"{self.heading}: what is written off at once ({', '.join(at_once)}) may be lost in the holiday; compare deferred"
            )
            ledger.warn(f"{self.name}_holiday", text)

    def _with_the_others(self, ledger: Ledger, rows: Rows) -> Expr:
        """Income before losses of all that are taxed together."""
        for of in ("", self.taxpayer or VENTURE):
            ledger.record(Measure.TAX_INCOME, rows.income, of=of, by=self.name)
        if not self.consolidates:
            return rows.income
        rows.group = rows.income + self._of_the_others(ledger, Measure.TAX_INCOME)
        return rows.group

    def _of_the_others(self, ledger: Ledger, measure: Measure) -> Expr:
        """The income or the charge of the same taxpayer in the ventures that are consolidated."""
        here = ledger.scope
        for one in self.consolidates:
            if one not in ledger.ventures or one == here:
                known = ", ".join(name for name in ledger.ventures if name != here) or "none"
                raise GraphError(f"consolidates: '{one}' is not another venture of the deal (other ventures: {known})")
        return add_up([ledger.of(one).read(measure, of=self.taxpayer or VENTURE, by=self.name) for one in self.consolidates])

    def _share(self, ledger: Ledger) -> Expr | None:
        """The taxpayer's interest, where that is not the venture itself."""
        return None if self.taxpayer is None else ledger.read(Measure.INTEREST, of=self.taxpayer, by=self.name)

    def _part(self, ledger: Ledger, whole: Expr) -> Expr:
        """The taxpayer's part of an amount of the venture."""
        share = self._share(ledger)
        return whole if share is None else whole * share

    def _own_sales(self, ledger: Ledger) -> Expr:
        """What a partner earns above the market price on product that it takes in kind."""
        if self.taxpayer is None or not ledger.has(Account.OWN_SALES):
            return Const(0.0)
        return ledger.total(Account.OWN_SALES, payee=self.taxpayer)

    def _other_income(self, ledger: Ledger, rows: Rows) -> list[Expr]:
        """What is income beside revenue: grants, support, levies given back that were deducted, stream deposits as earned."""
        found: list[Expr] = []
        if ledger.has(Account.GRANTS):
            rows.grants = self._part(ledger, ledger.total(Account.GRANTS, taxed="yes")) + 0
            found.append(rows.grants)
        if ledger.has(Account.SUPPORT):
            rows.support = self._part(ledger, ledger.total(Account.SUPPORT)) + 0
            found.append(rows.support)
        if ledger.has(Account.COMPENSATION):
            rows.compensation = self._part(ledger, ledger.total(Account.COMPENSATION, taxed="yes")) + 0
            found.append(rows.compensation)
        if ledger.has(Measure.DEPOSIT_EARNED):
            rows.deposits = self._part(ledger, ledger.read(Measure.DEPOSIT_EARNED, by=self.name)) + 0
            found.append(rows.deposits)
        return found

    def _costs(self, ledger: Ledger, rows: Rows) -> list[Expr]:
        """What comes off revenue, before depreciation and interest."""
        rows.selling = self._part(ledger, ledger.total(Account.SELLING)) + 0
        offtake: Expr = ledger.total(Account.OFFTAKE)
        if self.offtake_at == "reference":
            offtake = offtake - ledger.total(Account.OFFTAKE, of="price")
        discounts = offtake + ledger.total(Account.STREAM) if ledger.has(Account.STREAM) else offtake
        rows.offtake = self._part(ledger, discounts) + 0
        rows.royalties = self._part(ledger, ledger.total(Account.ROYALTIES, deductible="yes")) + 0
        rows.operating = self._part(ledger, ledger.total(Account.OPERATING)) + 0
        rows.closure = self._part(ledger, ledger.total(Account.CLOSURE, deductible="yes")) + 0
        costs: list[Expr] = [rows.selling, rows.offtake, rows.royalties, rows.operating, rows.closure]
        levied = [one for one in (Account.LEVIES, Account.PRODUCTION_SHARE, Account.RENT_TAX) if ledger.has(one)]
        if levied:
            rows.levies = self._part(ledger, add_up([ledger.total(one, deductible="yes") for one in levied])) + 0
            costs.append(rows.levies)
        return costs

    def _interest(self, ledger: Ledger, ebitda: Expr) -> Expr:
        """Interest within its limits; what a share of EBITDA does not allow is carried forward, at face value (B13)."""
        charged = self._part(ledger, ledger.read(Measure.INTEREST_CHARGE, by=self.name))
        if self.interest.share is None and self.interest.debt_to_equity is None:
            return charged + 0
        rows = self.InterestRows(ledger.graph, f"{self.name}.interest_limit", f"{self.heading}: interest that is allowed")
        rows.charged = charged + 0
        offered: Expr = rows.charged
        if self.interest.debt_to_equity is not None:
            debt = ledger.brought_forward(ledger.optional(Measure.RELATED_DEBT))
            most = ledger.brought_forward(ledger.optional(Measure.EQUITY)) * self.given(ledger, "interest.debt_to_equity")
            excess = max_(1 - ratio(most, debt, 1), 0)
            rows.disallowed = ledger.optional(Measure.RELATED_INTEREST) * excess
            offered = offered - rows.disallowed
        if self.interest.share is None:
            return offered
        rows.ebitda = max_(ebitda, 0)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.allowed = min_(rows.opening + offered, rows.ebitda * self.given(ledger, "interest.share"))
        rows.closing = rows.opening + offered - rows.allowed
        return rows.allowed + 0

    def _credits_of_period(self, ledger: Ledger, pools: dict[str, Pool]) -> list[Expr]:
        """Credits that arise in the period, in nominal money: on investment, on metal sold, for creditable royalties (B11)."""
        parts = [
            pools[name].placed * self.given(ledger, f"depreciation.{name}.credit")
            for name, how in self.depreciation.items() if how.credit is not None
        ]  # fmt: skip
        made = self.credits.production
        if made is not None:
            sold = ledger.read(Measure.PAYABLE, of=made.metal, by=self.name)
            tonnes = ledger.mass(sold, ledger.mass_unit(made.metal), "t")
            window = ledger.window(made.until, None)
            made_credit = ledger.in_money(tonnes * self.given(ledger, "credits.production.per_tonne")) * window
            parts.append(self._part(ledger, made_credit))
        if ledger.has(Account.ROYALTIES):
            parts.append(ledger.face_value(self._part(ledger, ledger.total(Account.ROYALTIES, credited="yes"))))
        return parts

    def _credits(self, ledger: Ledger, rows: Rows, added: Expr) -> Expr:
        """Older credits first, then those of the period; what is left is carried forward, or paid out where it may be."""
        if self.credits.refundable:
            return ledger.todays_money(added)
        kept = Layers(ledger.graph, f"{self.name}.credits", f"{self.heading}: credits carried forward")
        new = kept.define("new", "Credits of the period", added)
        tax = kept.define("tax", "Tax before credits, in nominal money", ledger.face_value(rows.tax))
        at_once = kept.define("at_once", "Credits of the period used at once", min_(tax - kept.used, new))
        life = self.given(ledger, "credits.expire_after") / ledger.period_years if self.credits.expire_after else None
        kept.formulas(new - at_once, tax, life)
        return ledger.todays_money(kept.used + at_once)

    def _minimum(self, ledger: Ledger, rows: Rows, tax: Expr) -> Expr:
        """max(tax, share of revenue); the addition is credited against tax above the minimum in later periods (B22)."""
        least = self.MinimumRows(ledger.graph, f"{self.name}.minimum_tax", f"{self.heading}: minimum tax")
        least.least = rows.revenue * self.given(ledger, "minimum")
        least.added = max_(least.least - tax, 0)
        least.opening = ledger.brought_forward(least.closing)
        least.used = min_(least.opening, max_(tax - least.least, 0))
        least.closing = least.opening + least.added - least.used
        return least.added - least.used

    def _deferred(self, ledger: Ledger) -> Expr | None:
        """1 in every period of a holiday that keeps assets out of service."""
        if self.holiday is None or self.holiday.depreciation != "deferred":
            return None
        return flag(ledger.between(self.holiday.start, self.holiday.end))

    def _pay(self, ledger: Ledger, rows: Rows) -> None:
        if self.payment_lag:
            rows.paid = paid_late(ledger, rows, rows.charge, self.given(ledger, "payment_lag"))
        else:
            rows.paid = rows.charge + 0
        ledger.post(Account.TAX, rows.paid, payer=self.taxpayer or VENTURE, payee=self.holder)

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

    def _losses(self, ledger: Ledger, rows: Rows, income: Expr) -> None:
        """Losses offset earlier income first where they may, then later income; both first in, first out (P6)."""
        if self.other_income:
            rows.carried_back = ledger.nothing + 0
            rows.losses_used = ledger.nothing + 0
            rows.taxable = income + 0
            return
        losses = Layers(ledger.graph, f"{self.name}.losses", f"{self.heading}: losses carried forward")
        created: Expr = max_(0 - rows.nominal, 0)
        if self.losses.carried_back:
            taxed = Layers(ledger.graph, f"{self.name}.taxed", f"{self.heading}: income that losses may be carried back to")
            years_back = self.given(ledger, "losses.carried_back") / ledger.period_years
            left = max_(rows.nominal, 0) - losses.used
            rows.carried_back = ledger.todays_money(taxed.formulas(left, created, years_back))
            created = created - taxed.used
        else:
            rows.carried_back = ledger.nothing + 0
        if self.holiday is not None and self.holiday.losses == "forgone":
            created = created * (1 - ledger.between(self.holiday.start, self.holiday.end))
        life = self.given(ledger, "losses.expire_after") / ledger.period_years if self.losses.expire_after else None
        wanted = max_(rows.nominal, 0) * self.given(ledger, "losses.cap")
        rows.losses_used = ledger.todays_money(losses.formulas(created, wanted, life))
        gone = losses.used if life is None else losses.used + losses.lapsed
        label = f"{self.heading}: losses brought forward and made are used, lapsed or carried forward"
        ledger.check(f"{self.name}_losses", label, losses.opening + losses.added - gone - losses.closing)
        rows.taxable = max_(income, 0) - rows.losses_used
