"""Senior loan: drawn to build, sized by gearing, amount or cover, repaid by profile, swept (terms.md D1 to D5, D7, D8).

A sweep comes after reserve accounts (F2), as in the usual cascade (E. R. Yescombe, Principles of Project Finance, 2002, 13.5.1
and 13.5.4), unless the clause says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Ref, Row, add_up, flag, lag, lead, max_, min_, power, ratio, where
from jvmodel.inputs import Measured, Metal, Rate, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.loan import Loan, LoanRows, Windows
from jvmodel.term import Name

PlainPrice = Annotated[float, Measured(low=0.0)]


def ahead(step: int) -> str:
    """How far ahead a period lies, in words."""
    return f"{step} period{'s' if step > 1 else ''} ahead"


class Sweep(Record):
    """Early repayment out of cash that is left after debt service."""

    share: Share
    """share of the cash left after all debt service"""
    after_reserves: bool = True
    """whether reserve accounts are filled first; what they release is then swept too"""
    applied: Literal["last_first", "pro_rata"] = "last_first"
    """whether it repays the last instalments first, which shortens the loan, or lowers all that are left"""
    metal: Metal | None = None
    """metal whose price starts the sweep; with price_above"""
    price_above: PlainPrice | None = None
    """price above which cash is swept, in the unit of the metal's price"""
    tail_below: Share | None = None
    """share of the ore that is left, below which cash is swept; always when neither this nor a price is given"""

    @model_validator(mode="after")
    def _trigger(self) -> Sweep:
        if (self.metal is None) != (self.price_above is None):
            raise fault("metal and price_above go together: what starts the sweep; give both or neither")
        return self


class SeniorLoan(Loan):
    """A loan to the venture, drawn with the spending of a phase and repaid out of operating cash."""

    kind: Literal["senior_loan"] = "senior_loan"
    profile: Literal["equal", "annuity", "bullet", "sculpted"]
    """Repayment; equal principal, level service, all at the end, or service in proportion to cash flow"""
    sweep: Sweep | None = None
    """Cash sweep"""
    market_rate: Rate | None = None
    """Rate that the venture would pay in the market, effective a year; shows the grant element of a concessional loan"""
    asset_class: Name | None = None
    """Class of asset that interest and fees of construction are depreciated with; deducted at once when not given"""

    @model_validator(mode="after")
    def _profile(self) -> SeniorLoan:
        if (self.dscr is not None) != (self.profile == "sculpted"):
            raise fault("dscr goes with profile: sculpted; give both or neither")
        if self.sweep is not None and self.profile == "sculpted":
            raise fault("a sweep does not go with profile: sculpted; service follows the cash flow already")
        return self

    def announces(self) -> tuple[Account | Measure | tuple[Measure, str], ...]:
        """Debt and its service, and what it funds of other terms."""
        asked = tuple((Measure.BUILDING_COST, one) for one in self.also_funds)
        scheduled = () if self.sweep is None else (Measure.SCHEDULED,)
        if self.sweep is not None and self.sweep.after_reserves:
            asked = (*asked, (Measure.RESERVED, "sweep"))
        service = (Account.DEBT_DRAWN, Account.INTEREST, Account.FINANCE_FEES, Measure.INTEREST_CHARGE, Measure.DEBT_SERVICE)
        return (*service, *scheduled, *asked)

    class Rows(LoanRows):
        """A loan."""

    class Concession(Block):
        factor = Row("Discount factor at the market rate", unit="1", total="none")
        lent = Row("Drawn, as of the start")
        service = Row("Interest and principal, as of the start")
        element = Row("Grant element", unit="%", total="none")
        subsidy = Row("Subsidy in the loan, as it is drawn")

    def apply(self, ledger: Ledger) -> None:
        """Opening + drawn + interest added − principal = closing, nil at maturity."""
        self._refuse_circle(ledger)
        rows = self.Rows(ledger.graph, self.name, self.heading)
        when = self.windows(ledger)
        self.write_size(ledger, rows, when)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * rows.rate
        if self.capitalises:
            rows.capitalised = rows.interest * rows.drawing
        self._fees(ledger, rows, when)
        self._repay(ledger, rows, when)
        paid: Expr = rows.principal if self.sweep is None else rows.principal + rows.swept
        rows.closing = rows.opening + self._added(rows) - paid
        rows.last_balance = rows.closing * when.repaying * flag(when.left <= 1)
        label = f"{self.heading}: never below nil, and nothing left at maturity"
        ledger.check(f"{self.name}_is_repaid", label, rows.last_balance - min_(rows.closing, 0))
        self._warn(ledger, rows, when)
        if self.market_rate is not None:
            self._concession(ledger, rows, paid)
        self._post(ledger, rows, when)

    def _refuse_circle(self, ledger: Ledger) -> None:
        """Service sculpted on cash after tax waits for the interest of a loan whose sweep waits for a reserve of this service."""
        reserve = ledger.has(Measure.RESERVED) and ledger.has(Measure.SCHEDULED, of="1")
        if self.dscr is not None and self.cfads == "after_tax" and reserve and ledger.has(Measure.RESERVED, of="sweep"):
            raise GraphError(
                "its service follows cash after tax, so it waits for the interest of the loan with a sweep; that sweep waits"
                " for the reserve account, which looks at this service ahead; write cfads: before_tax here, or"
                " after_reserves: false in the sweep"
            )

    def _added(self, rows: LoanRows) -> Expr:
        return rows.drawn + rows.capitalised if self.capitalises else rows.drawn

    def _fees(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        """Upfront on the facility, commitment on what is not yet drawn, agency while there is debt; all in nominal money."""
        undrawn = max_(rows.facility - lag(rows.drawn_to_date), 0) * rows.drawing
        commitment = undrawn * self.given(ledger, "fees.commitment") * ledger.share_of_year
        upfront = rows.facility * self.at_signing(ledger) * when.first_draw
        in_debt: Expr = when.outstanding
        if self.sweep is not None:
            in_debt = in_debt * max_(when.drawing, rows.opening > ledger.trifle)
        agency = self.given(ledger, "fees.agency") * ledger.period_years * in_debt
        rows.fees = ledger.todays_money(upfront + commitment + agency) + 0

    def _repay(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        if self.profile == "sculpted":
            rows.principal = self._sculpted(rows, when)
        elif self.sweep is not None and self.sweep.applied == "last_first":
            self._plan(ledger, rows, when)
            rows.principal = min_(rows.opening, rows.instalment)
        else:
            rows.principal = self._instalment(rows, when, rows.opening, rows.interest)
        paid = rows.interest * (1 - rows.drawing) if self.capitalises else rows.interest
        rows.service = (paid + rows.principal) * (1 - rows.drawing)
        rows.cover = where(when.repaying * (rows.service > ledger.trifle), ratio(rows.cfads, rows.service), 0)
        if self.sweep is not None:
            self._sweep(ledger, rows, self.sweep)
            self._schedule(ledger, rows, when, self.sweep.applied)

    def _plan(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        """The loan as if nothing were repaid early."""
        rows.planned = ledger.brought_forward(rows.planned_closing)
        rows.instalment = self._instalment(rows, when, rows.planned, rows.planned * rows.rate)
        added = rows.drawn + rows.planned * rows.rate * rows.drawing if self.capitalises else rows.drawn
        rows.planned_closing = rows.planned + added - rows.instalment

    def _instalment(self, rows: LoanRows, when: Windows, balance: Expr, interest: Expr) -> Expr:
        """What a profile repays of a balance in a period."""
        if self.profile == "equal":
            return balance / when.left * when.repaying
        if self.profile == "annuity":
            return ratio(interest, power(1 + rows.rate, when.left) - 1, balance / when.left) * when.repaying
        return balance * when.repaying * flag(when.left <= 1)

    def _sculpted(self, rows: LoanRows, when: Windows) -> Expr:
        """Service in proportion to cash flow, at least interest; what a thin period pays beyond it, later ones save."""
        if self.cfads == "after_tax":
            return max_(rows.target - rows.interest * when.repaying, 0)
        service = rows.target * ratio(self.owed_at_first(rows, when), rows.ref("capacity").total)
        return min_(max_(service - rows.interest * when.repaying, 0), rows.opening)

    def _sweep(self, ledger: Ledger, rows: LoanRows, sweep: Sweep) -> None:
        """A share of the cash left after all debt service, once drawing is over and its trigger is met."""
        left = rows.cfads - ledger.read(Measure.DEBT_SERVICE, by=self.name)
        if sweep.after_reserves and ledger.has(Measure.RESERVED):
            before, target = ledger.brought_forward(rows.filled), ledger.read(Measure.RESERVED, by=self.name)
            rows.filled = where(ledger.started, min_(target, max_(before + left, 0)), target)
            left = left - rows.filled + before
        left = max_(left, 0)
        met: list[Expr] = []
        if sweep.metal is not None:
            bound = self.given(ledger, "sweep.price_above") * ledger.one(sweep.metal)
            met.append(ledger.read(Measure.PRICE, of=sweep.metal, by=self.name) > bound)
        if sweep.tail_below is not None:
            tail = ratio(ledger.read(Measure.ORE_LEFT, by=self.name), ledger.read(Measure.ORE, by=self.name).total)
            met.append(tail < self.given(ledger, "sweep.tail_below"))
        rows.spare = left * (1 - rows.drawing) * (max_(met[0], *met[1:]) if met else 1)
        rows.swept = min_(rows.spare * self.given(ledger, "sweep.share"), rows.opening - rows.principal)

    def _schedule(self, ledger: Ledger, rows: LoanRows, when: Windows, applied: str) -> None:
        """Service to come if nothing more is swept, from the balance after this period's instalment: what a reserve covers.

        Clauses speak of scheduled service, so that the target does not wait for a sweep that comes after it.
        """
        steps, months = 0, round(ledger.graph.timeline.years * 12)
        while ledger.has(Measure.SCHEDULED, of=str(steps * months + 1)):
            steps += 1
        if not steps:
            return
        rows.unswept = rows.opening + self._added(rows) - rows.principal
        if applied == "pro_rata":
            self._plan(ledger, rows, when)
        coming = (self._in_proportion if applied == "pro_rata" else self._but_the_last)(ledger, rows, steps)
        for step, service in enumerate(coming, start=1):
            row = rows.define(f"scheduled_{step}", f"Service {ahead(step)} if nothing more is swept", service, total="none")
            ledger.record(Measure.SCHEDULED, row, of=str(step), by=self.name)

    def _in_proportion(self, ledger: Ledger, rows: LoanRows, steps: int) -> list[Expr]:
        """Service of the plan, as far as the balance is left of it."""
        rows.planned_service = (rows.planned * rows.rate + rows.instalment) * (1 - rows.drawing)
        rows.kept = ratio(rows.unswept, rows.planned_closing, 1)
        return [one * rows.kept for one in self._ahead(ledger, rows, "planned_service", "Service without early repayment", steps)]

    def _but_the_last(self, ledger: Ledger, rows: LoanRows, steps: int) -> list[Expr]:
        """Instalments of the plan until the balance is repaid, and interest on it."""
        rows.early = rows.planned_closing - rows.unswept
        rows.served = rows.planned * (1 - rows.drawing)
        balances = self._ahead(ledger, rows, "served", "Balance without early repayment", steps)
        instalments = self._ahead(ledger, rows, "instalment", "Instalment without early repayment", steps)
        rates = self._ahead(ledger, rows, "rate", "Interest rate", steps)
        owed = [max_(balance - rows.early, 0) for balance in balances]
        return [one * rate + min_(one, due) for one, rate, due in zip(owed, rates, instalments, strict=True)]

    @staticmethod
    def _ahead(ledger: Ledger, rows: LoanRows, attribute: str, label: str, steps: int) -> list[Ref]:
        """What a row is 1, 2 and more periods ahead; money as it is worth now."""
        found, row = [], rows.ref(attribute)
        for step in range(1, steps + 1):
            coming = lead(row) if attribute == "rate" else ledger.brought_back(lead(row))
            row = rows.define(f"{attribute}_{step}", f"{label}, {ahead(step)}", coming, total="none")
            found.append(row)
        return found

    def _warn(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        none = (rows.facility <= ledger.trifle) * when.first_draw
        ledger.warn(f"{self.name}_size", f"{self.heading}: not financeable, as cover allows no debt", none)
        if self.gearing is None and self.order == "pro_rata":
            above = (rows.facility - self.spent(rows).total > ledger.trifle) * when.first_draw
            ledger.warn(f"{self.name}_draws", f"{self.heading}: more is drawn than spent; the rest is cash in hand", above)
        if self.dscr is not None or self.llcr is not None or self.plcr is not None:
            negative = when.repaying * (rows.cfads < 0)
            ledger.warn(
                f"{self.name}_cash", f"{self.heading}: cash flow is negative, and adds nothing to what may be borrowed", negative
            )
        if self.profile == "sculpted":
            thin = when.repaying * (rows.target < rows.interest - ledger.trifle)
            ledger.warn(
                f"{self.name}_thin", f"{self.heading}: the cover allows less than interest, so interest alone is paid", thin
            )

    def _concession(self, ledger: Ledger, rows: LoanRows, principal: Expr) -> None:
        """Grant element = 1 − value of the service ÷ value of the draws, both at the market rate (terms.md D8)."""
        made = self.Concession(ledger.graph, f"{self.name}.concession", f"{self.heading}: grant element")
        rate = power(1 + self.given(ledger, "market_rate"), ledger.period_years)
        made.factor = lag(made.factor, 1) * ratio(ledger.grown, rate)
        made.lent = self._added(rows) * made.factor
        made.service = (rows.interest + principal) * made.factor
        made.element = 1 - ratio(made.service.total, made.lent.total)
        made.subsidy = self._added(rows) * made.element
        dearer = (made.element < 0 - ledger.part_of_step) * ledger.last
        ledger.warn(f"{self.name}_element", f"{self.heading}: dearer than the market, so the grant element is negative", dearer)

    def _post(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        tags = {"asset_class": self.asset_class, "capitalised": "yes"} if self.asset_class else {}
        building = rows.define("building", "Interest while it is drawn", rows.interest * rows.drawing)
        running = rows.define("running", "Interest after that", rows.interest * (1 - rows.drawing))
        ledger.post(Account.DEBT_DRAWN, rows.drawn, payer=self.lender, payee=VENTURE)
        if self.capitalises:
            ledger.post(Account.DEBT_DRAWN, rows.capitalised, payer=self.lender, payee=VENTURE)
        ledger.post(Account.INTEREST, building, payer=VENTURE, payee=self.lender, **tags)
        ledger.post(Account.INTEREST, running, payer=VENTURE, payee=self.lender)
        while_drawn = rows.fees * rows.drawing
        cost_of_building = [building]
        if self.fees.insurer is not None:
            insured = rows.facility * self.given(ledger, "fees.premium") * when.first_draw
            premium = rows.define("premium", "Export-credit premium", ledger.todays_money(insured) + 0)
            ledger.post(Account.FINANCE_FEES, premium, payer=VENTURE, payee=self.fees.insurer, **tags)
            while_drawn = while_drawn - premium
            cost_of_building.append(premium)
        early = rows.define("early_fees", "Fees while it is drawn, to the lender", while_drawn)
        later = rows.define("later_fees", "Fees after that", rows.fees * (1 - rows.drawing))
        cost_of_building.append(early)
        ledger.post(Account.FINANCE_FEES, early, payer=VENTURE, payee=self.lender, **tags)
        ledger.post(Account.FINANCE_FEES, later, payer=VENTURE, payee=self.lender)
        ledger.post(Account.DEBT_REPAID, rows.principal, payer=VENTURE, payee=self.lender)
        if self.sweep is not None:
            ledger.post(Account.DEBT_REPAID, rows.swept, payer=VENTURE, payee=self.lender)
        ledger.record(Measure.DEBT_SERVICE, rows.service, by=self.name)
        if self.sweep is None:
            ledger.record(Measure.FIXED_SERVICE, rows.service, by=self.name)
        ledger.record(Measure.SENIOR_DEBT, rows.closing, by=self.name)
        charges = [running, later] if self.asset_class else [running, later, *cost_of_building]
        for charge in charges:
            ledger.record(Measure.INTEREST_CHARGE, charge, by=self.name)
        funded = [one for one in cost_of_building if not (self.capitalises and one is building)]
        ledger.record(Measure.BUILDING_COST, add_up(funded), of=self.name, by=self.name)
