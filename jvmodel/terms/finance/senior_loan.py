"""Senior loan: drawn to build, sized by gearing, amount or debt service cover, repaid by profile (terms.md D1 to D5, D7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Param, Ref, Row, flag, lag, lead, max_, min_, power, ratio, where
from jvmodel.inputs import Measured, Money, MoneyPerYear, Months, Party, Phase, Rate, Record, Series, Share, Years, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.term import Name, Term

RateOverTime = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]
Cover = Annotated[Series, Measured("x", low=1.0, high=20.0)]
LifeCover = Annotated[float, Measured("x", low=1.0, high=20.0)]


class Fees(Record):
    """What the lender charges besides interest."""

    upfront: Share = 0.0
    """fee at the first draw, on the facility"""
    commitment: Share = 0.0
    """fee a year on what is not yet drawn"""
    agency: MoneyPerYear = 0.0
    """fee a year while there is debt"""
    premium: Share = 0.0
    """export-credit premium at the first draw, on the facility; funded like any other use"""
    insurer: Party | None = None
    """party that insures the lender for the premium"""

    @model_validator(mode="after")
    def _insured(self) -> Fees:
        if bool(self.premium) != (self.insurer is not None):
            raise fault("premium and insurer go together: what export credit costs, and who gives it; give both or neither")
        return self


class Sweep(Record):
    """Early repayment out of cash that is left after debt service."""

    share: Share
    """share of the cash left"""


class SeniorLoan(Term):
    """A loan to the venture, drawn with the spending of a phase and repaid out of operating cash."""

    kind: Literal["senior_loan"] = "senior_loan"
    lender: Party
    """Party that lends"""
    during: Phase = "construction"
    """Phase in which it is drawn, in proportion to capital spending"""
    amount: Money | None = None
    """Committed amount; most that is drawn"""
    gearing: Share | None = None
    """Most of capital cost, fees and interest in construction that the loan may fund"""
    dscr: Cover | None = None
    """Debt service cover that the loan is sized and sculpted to"""
    llcr: LifeCover | None = None
    """Loan life cover that the loan is sized to; with cfads: before_tax"""
    plcr: LifeCover | None = None
    """Project life cover that the loan is sized to; with cfads: before_tax"""
    cfads: Literal["after_tax", "before_tax"] = "after_tax"
    """Cash flow that cover is measured by; after tax, a solved number finds the size, as tax depends on interest"""
    base_rate: RateOverTime
    """Interest rate"""
    margin: RateOverTime = Field(default_factory=lambda: Series(flat=0.0))
    """Margin over it"""
    quote: Literal["nominal_simple", "effective"] = "nominal_simple"
    """Whether rates are simple nominal, as banks quote them, or effective"""
    construction_interest: Literal["financed", "capitalised"] = "financed"
    """Whether interest while it is drawn is a use that loan and partners fund together, or is added to the loan"""
    fees: Fees = Field(default_factory=Fees)
    """Fees"""
    profile: Literal["equal", "annuity", "bullet", "sculpted"]
    """Repayment; equal principal, level service, all at the end, or service in proportion to cash flow"""
    tenor: Years
    """Years from the end of drawing to the last repayment"""
    grace: Months = 0.0
    """Months of the tenor in which interest alone is paid"""
    sweep: Sweep | None = None
    """Cash sweep; shortens the loan"""
    market_rate: Rate | None = None
    """Rate that the venture would pay in the market, effective a year; shows the grant element of a concessional loan"""
    asset_class: Name | None = None
    """Class of asset that interest and fees of construction are depreciated with; deducted at once when not given"""

    @model_validator(mode="after")
    def _whole(self) -> SeniorLoan:
        if self.amount is None and self.gearing is None:
            raise fault("give amount, gearing, or both: the most that may be drawn")
        if (self.dscr is not None) != (self.profile == "sculpted"):
            raise fault("dscr goes with profile: sculpted; give both or neither")
        if (self.llcr is not None or self.plcr is not None) and self.cfads == "after_tax":
            raise fault("llcr and plcr go with cfads: before_tax; after tax, cash flow depends on the size that they set")
        if self.grace >= self.tenor * 12:
            raise fault(f"grace of {self.grace:g} months leaves nothing of a tenor of {self.tenor:g} years; shorten it")
        if self.sweep is not None and self.profile == "sculpted":
            raise fault("a sweep does not go with profile: sculpted; service follows the cash flow already")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Debt and its service."""
        return (Account.DEBT_DRAWN, Account.INTEREST, Account.FINANCE_FEES, Measure.INTEREST_CHARGE, Measure.DEBT_SERVICE)

    class Rows(Block):
        drawing = Row("Period in which the loan is drawn", total="none")
        rate = Row("Interest rate of the period", unit="%", total="none")
        spending = Row("Capital spending while the loan is drawn")
        share = Row("Share of spending", unit="%", total="none")
        alone = Row("Balance that spending alone would draw", total="none")
        alone_drawn = Row("Draws that spending alone would bring")
        unit = Row("Balance that fees on a unit of the facility draw", unit="1", total="none")
        unit_drawn = Row("Draws that fees on a unit of the facility bring", unit="1", total="sum")
        largest = Row("Most that gearing and amount allow", total="none")
        loan_life = Row("Value of cash flow over the life of the loan, at its rate", total="none")
        project_life = Row("Value of cash flow over the life of the project, at the loan's rate", total="none")
        facility = Row("Facility", total="none")
        cfads = Row("Cash flow available for debt service")
        target = Row("Debt service that the target cover allows")
        worth = Row("Its value at the beginning of the period, at the loan's rate", total="none")
        opening = Row("Balance brought forward", total="none")
        drawn = Row("Drawn")
        interest = Row("Interest")
        capitalised = Row("Interest added to the loan")
        fees = Row("Fees")
        service = Row("Debt service due")
        principal = Row("Principal repaid")
        swept = Row("Repaid early by cash sweep")
        closing = Row("Balance carried forward", total="last")
        last_balance = Row("Balance left at maturity")
        cover = Row("Debt service cover ratio", unit="x", total="none")

    class Concession(Block):
        factor = Row("Discount factor at the market rate", unit="1", total="none")
        lent = Row("Drawn, as of the start")
        service = Row("Interest and principal, as of the start")
        element = Row("Grant element", unit="%", total="none")
        subsidy = Row("Subsidy in the loan, as it is drawn")

    def apply(self, ledger: Ledger) -> None:
        """Opening + drawn + interest added − principal = closing, nil at maturity."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        drawing, repaying, left = self._windows(ledger)
        rows.drawing = drawing + 0
        rows.rate = self._rate(ledger)
        built: Expr = ledger.total(Account.CAPEX)
        if ledger.has(Measure.LEASED):
            built = built - ledger.read(Measure.LEASED, by=self.name)
        rows.spending = built * rows.drawing
        rows.share = ratio(rows.spending, rows.spending.total)
        rows.cfads = ledger.net(Group.CFADS if self.cfads == "after_tax" else Group.BEFORE_TAX) + 0
        self._size(ledger, rows, repaying)
        rows.opening = ledger.brought_forward(rows.closing)
        rows.interest = rows.opening * rows.rate
        in_debt = flag(max_(rows.drawing, repaying))
        commitment = max_(rows.facility - rows.opening, 0) * self.given(ledger, "fees.commitment") * ledger.share_of_year
        upfront = rows.facility * self._at_signing(ledger) * self._first(ledger)
        agency = self.given(ledger, "fees.agency") * ledger.period_years * in_debt
        rows.fees = upfront + commitment * rows.drawing + agency
        self._repay(ledger, rows, repaying, left)
        added: list[Expr] = [rows.opening + rows.drawn]
        if self.construction_interest == "capitalised":
            rows.capitalised = rows.interest * rows.drawing
            added.append(rows.capitalised)
        paid: Expr = rows.principal if self.sweep is None else rows.principal + rows.swept
        rows.closing = (added[0] if len(added) == 1 else added[0] + added[1]) - paid
        rows.last_balance = rows.closing * repaying * flag(left <= 1)
        ledger.check(f"{self.name}_is_repaid", f"{self.heading}: nothing is left at maturity", rows.last_balance + 0)
        if self.market_rate is not None:
            self._concession(ledger, rows, paid)
        self._post(ledger, rows)

    def _concession(self, ledger: Ledger, rows: Rows, principal: Expr) -> None:
        """Grant element = 1 − value of the service ÷ value of the draws, both at the market rate (terms.md D8)."""
        made = self.Concession(ledger.graph, f"{self.name}.concession", f"{self.heading}: grant element")
        rate = power(1 + self.given(ledger, "market_rate"), ledger.period_years)
        made.factor = lag(made.factor, 1) * ratio(ledger.grown, rate)
        drawn = rows.drawn + rows.capitalised if self.construction_interest == "capitalised" else rows.drawn
        made.lent = drawn * made.factor
        made.service = (rows.interest + principal) * made.factor
        made.element = 1 - ratio(made.service.total, made.lent.total)
        made.subsidy = drawn * made.element

    def _windows(self, ledger: Ledger) -> tuple[Expr, Param, Param]:
        """Flags of drawing and repaying, and the number of repayments left, this one included."""
        timeline = ledger.graph.timeline
        shares = ledger.shares_of(self.during)
        ends = [end.index for end, share in zip(timeline.ends, shares, strict=True) if share]
        if not ends:
            raise GraphError(f"phase '{self.during}' lies outside the timeline")
        first, last = ends[-1] + round(self.grace), ends[-1] + round(self.tenor * 12)
        if last > timeline.ends[-1].index:
            raise GraphError(
                f"it matures {self.tenor:g} years after {self.during}, which is after {timeline.labels[-1]}, the end of"
                " the model; shorten the tenor or lengthen the model"
            )
        flags = [float(first < end.index <= last) for end in timeline.ends]
        to_go = [sum(flags[t:]) for t in range(len(flags))]
        repaying = ledger.graph.fact(f"repaying_{self.name}", f"{self.heading}: repayment", tuple(flags))
        left = ledger.graph.fact(f"left_{self.name}", f"{self.heading}: repayments left", tuple(max(one, 1.0) for one in to_go))
        drawing = ledger.graph.fact(
            f"drawing_{self.name}", f"{self.heading}: drawing", tuple(float(share > 0) for share in shares)
        )
        return drawing, repaying, left

    def _first(self, ledger: Ledger) -> Expr:
        shares = ledger.shares_of(self.during)
        first = next(t for t, share in enumerate(shares) if share)
        flags = tuple(float(t == first) for t in range(len(shares)))
        return ledger.graph.fact(f"first_draw_{self.name}", f"{self.heading}: first draw", flags)

    def _rate(self, ledger: Ledger) -> Expr:
        rate = self.given(ledger, "base_rate") + self.given(ledger, "margin")
        return rate * ledger.share_of_year if self.quote == "nominal_simple" else power(1 + rate, ledger.period_years) - 1

    def _size(self, ledger: Ledger, rows: Rows, repaying: Param) -> None:
        """The most that gearing and amount allow, less where cover allows less; draws in proportion to uses."""
        if self.gearing is not None:
            self._geared(ledger, rows)
            geared = ratio(rows.alone_drawn.total, 1 - rows.unit_drawn.total)
            rows.largest = geared if self.amount is None else min_(geared, self.given(ledger, "amount"))
            shape = ratio(rows.alone_drawn + rows.unit_drawn * geared, geared)
        else:
            rows.largest = self.given(ledger, "amount") + 0
            shape = rows.share
        size: Expr = rows.largest
        for cover in ("llcr", "plcr"):
            if getattr(self, cover) is not None:
                size = min_(size, self._life_capacity(ledger, rows, repaying, cover))
        if self.dscr is not None:
            size = self._covered(ledger, rows, repaying, size)
        rows.facility = size
        rows.drawn = rows.facility * shape

    def _at_signing(self, ledger: Ledger) -> Expr:
        """Fees on the facility at the first draw, as a share of it."""
        fee = self.given(ledger, "fees.upfront")
        return fee + self.given(ledger, "fees.premium") if self.fees.premium else fee

    def _geared(self, ledger: Ledger, rows: Rows) -> None:
        """Draws are linear in the facility that fees are charged on: one part from spending, one from a unit of facility."""
        gearing, first = self.given(ledger, "gearing"), self._first(ledger)
        financed = self.construction_interest == "financed"
        commitment = self.given(ledger, "fees.commitment") * ledger.share_of_year
        carried: Expr = rows.rate - commitment if financed else 0 - commitment
        kept: Expr = ledger.last - ledger.last + 1 if financed else 1 + rows.rate
        upfront = self._at_signing(ledger) * first
        rows.alone_drawn = (rows.spending + ledger.brought_forward(rows.alone) * carried) * gearing * rows.drawing
        rows.alone = ledger.brought_forward(rows.alone) * kept + rows.alone_drawn
        rows.unit_drawn = (upfront + commitment + ledger.brought_forward(rows.unit) * carried) * gearing * rows.drawing
        rows.unit = ledger.brought_forward(rows.unit) * kept + rows.unit_drawn

    def _life_capacity(self, ledger: Ledger, rows: Rows, repaying: Param, cover: str) -> Expr:
        """Cash flow before tax over the life of the loan, or from its first repayment to the end, at its rate, over the cover."""
        at_first = self._first_repayment(ledger, repaying)
        discount = ratio(ledger.grown, 1 + rows.rate)
        if cover == "llcr":
            rows.loan_life = (max_(rows.cfads, 0) * repaying + lead(rows.loan_life)) * discount
            worth: Expr = rows.loan_life
        else:
            rows.project_life = (max_(rows.cfads, 0) + lead(rows.project_life)) * discount
            worth = rows.project_life
        label = f"Debt that the {'loan' if cover == 'llcr' else 'project'} life cover allows"
        return rows.define(f"{cover}_capacity", label, worth * at_first / self.given(ledger, cover)).total

    def _covered(self, ledger: Ledger, rows: Rows, repaying: Param, largest: Expr) -> Expr:
        """Before tax, the value of the service that cover allows; after tax, a solved number scales either loan or service."""
        allowed = ratio(max_(rows.cfads, 0), self.given(ledger, "dscr")) * repaying
        if self.cfads == "before_tax":
            rows.target = allowed
            rows.worth = (rows.target + lead(rows.worth)) * ratio(ledger.grown, 1 + rows.rate) * repaying
            return min_(largest, self._capacity(ledger, rows, repaying))
        scale = ledger.graph.solve(
            f"{self.path}.scale", f"{self.heading}: size (below 0) or service (above 0) scaled so that it is repaid just in time",
            Ref(rows.last_balance.name), -1.0, 1.0, "give the loan a longer tenor, a lower cover, or more cash flow",
        )  # fmt: skip
        rows.target = allowed * (1 - max_(scale, 0))
        return largest * (1 + min_(scale, 0))

    def _first_repayment(self, ledger: Ledger, repaying: Param) -> Param:
        values = ledger.graph.params[repaying.name].value
        assert isinstance(values, tuple)
        flags = tuple(float(bool(value) and not any(values[:t])) for t, value in enumerate(values))
        return ledger.graph.fact(f"first_repayment_{self.name}", f"{self.heading}: first repayment", flags)

    def _capacity(self, ledger: Ledger, rows: Rows, repaying: Param) -> Expr:
        first = self._first_repayment(ledger, repaying)
        at_first = rows.define("capacity", "Debt that the target cover allows", rows.worth * first)
        return at_first.total

    def _repay(self, ledger: Ledger, rows: Rows, repaying: Param, left: Param) -> None:
        if self.profile == "sculpted":
            service: Expr = rows.target
            if self.cfads == "before_tax":
                service = rows.target * ratio(rows.facility, rows.ref("capacity").total)
            rows.principal = max_(service - rows.interest * repaying, 0)
        elif self.profile == "equal":
            rows.principal = rows.opening / left * repaying
        elif self.profile == "annuity":
            rows.principal = ratio(rows.interest, power(1 + rows.rate, left) - 1, rows.opening / left) * repaying
        else:
            rows.principal = rows.opening * repaying * flag(left <= 1)
        in_construction = self.construction_interest == "capitalised"
        paid = rows.interest * (1 - rows.drawing) if in_construction else rows.interest
        rows.service = (paid + rows.principal) * (1 - rows.drawing)
        rows.cover = where(repaying, ratio(rows.cfads, rows.service), 0)
        if self.sweep is not None:
            spare = max_(rows.cfads - rows.service, 0) * self.given(ledger, "sweep.share") * (1 - rows.drawing)
            rows.swept = min_(spare, rows.opening - rows.principal)

    def _post(self, ledger: Ledger, rows: Rows) -> None:
        tags = {"asset_class": self.asset_class, "capitalised": "yes"} if self.asset_class else {}
        building = rows.define("building", "Interest while it is drawn", rows.interest * rows.drawing)
        running = rows.define("running", "Interest after that", rows.interest * (1 - rows.drawing))
        ledger.post(Account.DEBT_DRAWN, rows.drawn, payer=self.lender, payee=VENTURE)
        if self.construction_interest == "capitalised":
            ledger.post(Account.DEBT_DRAWN, rows.capitalised, payer=self.lender, payee=VENTURE)
        ledger.post(Account.INTEREST, building, payer=VENTURE, payee=self.lender, **tags)
        ledger.post(Account.INTEREST, running, payer=VENTURE, payee=self.lender)
        while_drawn = rows.fees * rows.drawing
        if self.fees.insurer is not None:
            insured = rows.facility * self.given(ledger, "fees.premium") * self._first(ledger)
            premium = rows.define("premium", "Export-credit premium", insured)
            ledger.post(Account.FINANCE_FEES, premium, payer=VENTURE, payee=self.fees.insurer, **tags)
            while_drawn = while_drawn - premium
        early = rows.define("early_fees", "Fees while it is drawn, to the lender", while_drawn)
        later = rows.define("later_fees", "Fees after that", rows.fees * (1 - rows.drawing))
        ledger.post(Account.FINANCE_FEES, early, payer=VENTURE, payee=self.lender, **tags)
        ledger.post(Account.FINANCE_FEES, later, payer=VENTURE, payee=self.lender)
        ledger.post(Account.DEBT_REPAID, rows.principal, payer=VENTURE, payee=self.lender)
        if self.sweep is not None:
            ledger.post(Account.DEBT_REPAID, rows.swept, payer=VENTURE, payee=self.lender)
        ledger.record(Measure.DEBT_SERVICE, rows.service, by=self.name)
        ledger.record(Measure.SENIOR_DEBT, rows.closing, by=self.name)
        charged = [running, later] if self.asset_class else [building, running, early, later]
        if self.fees.insurer is not None and not self.asset_class:
            charged.append(rows.ref("premium"))
        for charge in charged:
            ledger.record(Measure.INTEREST_CHARGE, charge, by=self.name)
