"""How large a loan is: by amount, gearing or cover, and how it is drawn (terms.md D1, D2, D5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.errors import GraphError
from jvmodel.graph import Block, Expr, Param, Ref, Row, lag, lead, max_, min_, power, ratio
from jvmodel.inputs import Measured, Money, MoneyPerYear, Months, Party, Phase, Record, Series, Share, Years, fault
from jvmodel.ledger import Account, Group, Ledger, Measure
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
    """fee a year while there is debt, in nominal money"""
    premium: Share = 0.0
    """export-credit premium at the first draw, on the facility; funded like any other use"""
    insurer: Party | None = None
    """party that insures the lender for the premium"""

    @model_validator(mode="after")
    def _insured(self) -> Fees:
        if bool(self.premium) != (self.insurer is not None):
            raise fault("premium and insurer go together: what export credit costs, and who gives it; give both or neither")
        return self


class LoanRows(Block):
    """Size, draws and service of a loan."""

    drawing = Row("Period in which the loan is drawn", total="none")
    rate = Row("Interest rate of the period", unit="%", total="none")
    spending = Row("Spending that the loan may fund, while it is drawn")
    nominal = Row("Spending that the loan may fund, in nominal money")
    share = Row("Share of spending", unit="%", total="none")
    spent = Row("Share of spending to date", unit="%", total="none")
    alone = Row("Drawn to date for spending alone, in nominal money", total="none")
    alone_drawn = Row("Draws that spending alone would bring, in nominal money")
    unit = Row("Drawn to date for fees and interest on a unit of the facility", unit="1", total="none")
    unit_drawn = Row("Draws that fees and interest on a unit of the facility bring", unit="1", total="sum")
    unit_interest = Row("Interest added to a unit of the facility", unit="1", total="sum")
    unit_fees = Row("Fees on a unit of the facility", unit="1", total="sum")
    grown = Row("Balance of a unit of the facility while interest is added", unit="1", total="none")
    grown_to = Row("Balance of a unit of the facility when repayment begins", unit="1", total="sum")
    owed = Row("Drawn when repayment begins, in nominal money")
    largest = Row("Most that gearing and amount allow, in nominal money", total="none")
    loan_life = Row("Value of cash flow over the life of the loan, at its rate, in nominal money", total="none")
    project_life = Row("Value of cash flow over the life of the project, at the loan's rate, in nominal money", total="none")
    facility = Row("Facility, in nominal money", total="none")
    excess = Row("Debt beyond what life cover allows, or slack as it is scaled")
    cfads = Row("Cash flow available for debt service")
    target = Row("Debt service that the target cover allows")
    worth = Row("Its value at the beginning of the period, at the loan's rate, in nominal money", total="none")
    opening = Row("Balance brought forward", total="none")
    drawn_to_date = Row("Drawn to date, in nominal money", total="last")
    drawn = Row("Drawn")
    interest = Row("Interest")
    capitalised = Row("Interest added to the loan")
    fees = Row("Fees")
    planned = Row("Balance without early repayment, brought forward", total="none")
    service = Row("Debt service due")
    instalment = Row("Instalment without early repayment")
    principal = Row("Principal repaid")
    planned_service = Row("Debt service without early repayment")
    unswept = Row("Balance before this period's sweep", total="none")
    served = Row("Balance without early repayment, while it is served", total="none")
    early = Row("Repaid early in the periods before", total="none")
    kept = Row("Balance before this period's sweep, of that without early repayment", unit="%", total="none")
    filled = Row("Filled into reserve accounts out of cash left after debt service", total="none")
    spare = Row("Cash left for a sweep")
    swept = Row("Repaid early by cash sweep")
    closing = Row("Balance carried forward", total="last")
    planned_closing = Row("Balance without early repayment, carried forward", total="none")
    last_balance = Row("Balance left at maturity")
    cover = Row("Debt service cover ratio", unit="x", total="none")


@dataclass(frozen=True)
class Windows:
    """Flags of a loan's periods, and the number of repayments left, this one included."""

    drawing: Param
    first_draw: Param
    repaying: Param
    first_repayment: Param
    left: Param
    outstanding: Param


class Loan(Term):
    """A loan with its size."""

    lender: Party
    """Party that lends"""
    during: Phase = "construction"
    """Phase in which it is drawn"""
    amount: Money | None = None
    """Committed amount, in nominal money; most that is drawn"""
    gearing: Share | None = None
    """Most of spending, fees and interest in construction that the loan may fund"""
    dscr: Cover | None = None
    """Debt service cover that the loan is sized and sculpted to"""
    llcr: LifeCover | None = None
    """Loan life cover that the loan is sized to"""
    plcr: LifeCover | None = None
    """Project life cover that the loan is sized to"""
    cfads: Literal["after_tax", "before_tax"] = "after_tax"
    """Cash flow that cover is measured by; after tax, a solved number finds the size, as tax depends on interest"""
    order: Literal["pro_rata", "debt_first", "equity_first"] = "pro_rata"
    """Whether it is drawn in proportion to spending, before the partners pay, or after them"""
    also_funds: tuple[Name, ...] = ()
    """Terms whose uses of funds while it is drawn count as spending too; fees and interest of another loan, the first
    filling of a reserve account, the increase of working capital, purchase tax, cash that a company keeps in hand"""
    pre_production: bool = False
    """Whether operating costs while it is drawn count as spending too"""
    base_rate: RateOverTime
    """Interest rate"""
    margin: RateOverTime = Series(flat=0.0)
    """Margin over it"""
    quote: Literal["nominal_simple", "effective"] = "nominal_simple"
    """Whether rates are simple nominal, as banks quote them, or effective"""
    construction_interest: Literal["financed", "capitalised"] = "financed"
    """Whether interest while it is drawn is a use that loan and partners fund together, or is added to the loan"""
    fees: Fees = Fees()
    """Fees"""
    tenor: Years
    """Years from the end of drawing to the last repayment"""
    grace: Months = 0.0
    """Months of the tenor in which interest alone is paid"""

    @model_validator(mode="after")
    def _sized(self) -> Loan:
        if self.amount is None and self.gearing is None:
            raise fault("give amount, gearing, or both: the most that may be drawn")
        if self.gearing is not None and self.order != "pro_rata":
            raise fault("order goes with amount alone; a loan by gearing is drawn in proportion to what it funds")
        if self.capitalises and self.order != "pro_rata":
            raise fault("order goes with construction_interest: financed; draws are pro_rata where interest is added to the loan")
        if (self.llcr is not None or self.plcr is not None) and self.cfads == "after_tax" and self.dscr is not None:
            raise fault(
                "llcr and plcr do not go with dscr after tax; a sculpted loan has one cover throughout, so raise dscr instead,"
                " or write cfads: before_tax"
            )
        if self.name in self.also_funds:
            raise fault(f"also_funds: '{self.name}' is this loan itself, whose own fees and interest count already")
        if self.grace >= self.tenor * 12:
            raise fault(f"grace of {self.grace:g} months leaves nothing of a tenor of {self.tenor:g} years; shorten it")
        return self

    @property
    def capitalises(self) -> bool:
        """Whether interest while it is drawn is added to the loan."""
        return self.construction_interest == "capitalised"

    def windows(self, ledger: Ledger) -> Windows:
        """When the loan is drawn and repaid; a maturity beyond the end of the model is refused."""
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
        repaying = [first < end.index <= last for end in timeline.ends]
        begins = next(t for t, share in enumerate(shares) if share)

        def fact(name: str, label: str, values: Iterable[float]) -> Param:
            return ledger.graph.fact(f"{name}_{self.name}", f"{self.heading}: {label}", tuple(float(one) for one in values))

        lasting = [t >= begins and end.index <= last for t, end in enumerate(timeline.ends)]
        return Windows(
            fact("drawing", "drawing", [share > 0 for share in shares]),
            fact("first_draw", "first draw", [t == begins for t in range(len(shares))]),
            fact("repaying", "repayment", repaying),
            fact("first_repayment", "first repayment", [one and not any(repaying[:t]) for t, one in enumerate(repaying)]),
            fact("left", "repayments left", [max(sum(repaying[t:]), 1) for t in range(len(repaying))]),
            fact("in_debt", "from the first draw to maturity", lasting),
        )

    def write_size(self, ledger: Ledger, rows: LoanRows, when: Windows) -> None:
        """Rate, spending, the facility and its draws: the most that gearing and amount allow, less where cover allows less."""
        rows.drawing = when.drawing + 0
        rate = self.given(ledger, "base_rate") + self.given(ledger, "margin")
        simple = self.quote == "nominal_simple"
        rows.rate = rate * ledger.share_of_year if simple else power(1 + rate, ledger.period_years) - 1
        spent = self._spending(ledger, rows)
        rows.cfads = ledger.net(Group.CFADS if self.cfads == "after_tax" else Group.BEFORE_TAX) + 0
        shape = self._shape(ledger, rows, when, spent)
        if self.cfads == "before_tax":
            rows.facility = self._least(ledger, rows, when)
        elif self.dscr is not None:
            rows.facility = self._sculpted_after_tax(ledger, rows, when)
        elif self.llcr is not None or self.plcr is not None:
            rows.facility = self._life_after_tax(ledger, rows, when)
        else:
            rows.facility = rows.largest + 0
        self._draw(ledger, rows, spent, shape)

    def _spending(self, ledger: Ledger, rows: LoanRows) -> Ref:
        """Capital cost, without what a lessor buys, and what else the loan may fund; its share by period, in nominal money."""
        built: Expr = ledger.total(Account.CAPEX)
        if ledger.has(Measure.LEASED):
            built = built - ledger.read(Measure.LEASED, by=self.name)
        if self.pre_production:
            built = built + ledger.total(Account.OPERATING)
        for other in self.also_funds:
            built = built + ledger.read(Measure.BUILDING_COST, of=other, by=self.name)
        rows.spending = built * rows.drawing
        face_value = ledger.face_value(rows.spending)
        if face_value != rows.spending:
            rows.nominal = face_value
        spent = self.spent(rows)
        rows.share = ratio(spent, spent.total)
        return spent

    def spent(self, rows: LoanRows) -> Ref:
        """Spending in nominal money."""
        return rows.nominal if rows.nominal.name in rows.graph.rows else rows.spending

    def _shape(self, ledger: Ledger, rows: LoanRows, when: Windows, spent: Ref) -> Expr:
        """The most that may be drawn, and the share of the facility that each period draws."""
        amount = self.given(ledger, "amount") if self.amount is not None else None
        if self.gearing is None:
            assert amount is not None
            rows.largest = amount + 0
            shape: Expr = rows.share
        else:
            geared, shape = (self._capitalised if self.capitalises else self._financed)(ledger, rows, when, spent)
            rows.largest = geared if amount is None else min_(geared, amount)
        if self.capitalises:
            rows.grown = lag(rows.grown) * (1 + rows.rate * rows.drawing) + shape
        return shape

    def _financed(self, ledger: Ledger, rows: LoanRows, when: Windows, spent: Ref) -> tuple[Expr, Expr]:
        """Draws are linear in the facility that fees are charged on: one part from spending, one from a unit of facility."""
        gearing = self.given(ledger, "gearing")
        commitment = self.given(ledger, "fees.commitment") * ledger.share_of_year
        carried = rows.rate - commitment
        upfront = self.at_signing(ledger) * when.first_draw
        rows.alone_drawn = (spent + lag(rows.alone) * carried) * gearing * rows.drawing
        rows.alone = lag(rows.alone) + rows.alone_drawn
        rows.unit_drawn = (upfront + commitment + lag(rows.unit) * carried) * gearing * rows.drawing
        rows.unit = lag(rows.unit) + rows.unit_drawn
        geared = ratio(rows.alone_drawn.total, 1 - rows.unit_drawn.total)
        return geared, ratio(rows.alone_drawn + rows.unit_drawn * geared, geared)

    def _capitalised(self, ledger: Ledger, rows: LoanRows, when: Windows, spent: Ref) -> tuple[Expr, Expr]:
        """Draws follow spending; draws and interest added make up the gearing of spending, fees and interest together."""
        gearing = self.given(ledger, "gearing")
        commitment = self.given(ledger, "fees.commitment") * ledger.share_of_year
        rows.spent = lag(rows.spent) + rows.share
        rows.unit_interest = lag(rows.grown) * rows.rate * rows.drawing
        rows.unit_fees = (self.at_signing(ledger) * when.first_draw + commitment * (1 - lag(rows.spent))) * rows.drawing
        fees, interest = rows.unit_fees.total, rows.unit_interest.total
        return ratio(gearing * spent.total, 1 + interest - gearing * (fees + interest)), rows.share

    def at_signing(self, ledger: Ledger) -> Expr:
        """Fees on the facility at the first draw, as a share of it."""
        fee = self.given(ledger, "fees.upfront")
        return fee + self.given(ledger, "fees.premium") if self.fees.premium else fee

    def _least(self, ledger: Ledger, rows: LoanRows, when: Windows) -> Expr:
        """The least of what gearing and amount, life cover and debt service cover allow; which of them it is."""
        sizes: dict[str, Expr] = {"gearing or amount": rows.largest}
        for cover, of in (("llcr", "loan"), ("plcr", "project")):
            if getattr(self, cover) is not None:
                worth = self._life(ledger, rows, when, cover) / self.given(ledger, cover)
                sizes[f"{of} life cover"] = self._allowed(rows, when, f"{cover}_capacity", f"{of} life cover", worth)
        if self.dscr is not None:
            rows.target = self._cover_allows(ledger, rows, when)
            rows.worth = ratio(ledger.face_value(rows.target) + lead(rows.worth), 1 + rows.rate) * when.repaying
            sizes["debt service cover"] = self._allowed(rows, when, "capacity", "target cover", rows.worth)
        first, *others = sizes.values()
        if others:
            for number, (name, size) in enumerate(sizes.items(), start=1):
                rows.define(f"bound_{number}", f"Size is bound by {name}", size <= rows.facility, "1", "none")
        return min_(first, *others) + 0

    def _allowed(self, rows: LoanRows, when: Windows, attribute: str, cover: str, worth: Expr) -> Expr:
        """The facility that a cover allows: what may be owed at the first repayment, without the interest added until then."""
        allowed = rows.define(attribute, f"Debt that the {cover} allows", max_(worth, 0) * when.first_repayment).total
        return self._without_interest(rows, when, allowed)

    def _without_interest(self, rows: LoanRows, when: Windows, owed: Expr) -> Expr:
        return ratio(owed, self._grown(rows, when)) if self.capitalises else owed

    def _grown(self, rows: LoanRows, when: Windows) -> Expr:
        """What a unit of the facility has grown to when repayment begins."""
        row = Ref(rows.grown_to.name)
        if row.name not in rows.graph.rows:
            rows.grown_to = lag(rows.grown) * when.first_repayment
        return row.total

    def owed_at_first(self, rows: LoanRows, when: Windows) -> Expr:
        """What is owed when repayment begins, in nominal money."""
        drawn: Expr = rows.facility
        if self.order != "pro_rata":
            rows.owed = lag(rows.drawn_to_date) * when.first_repayment
            drawn = rows.owed.total
        return drawn * self._grown(rows, when) if self.capitalises else drawn

    def _cover_allows(self, ledger: Ledger, rows: LoanRows, when: Windows) -> Expr:
        return ratio(max_(rows.cfads, 0), self.given(ledger, "dscr")) * when.repaying

    def _life(self, ledger: Ledger, rows: LoanRows, when: Windows, cover: str) -> Expr:
        """Nominal value, at the loan's rate, of cash flow over its life or from its first repayment to the end."""
        cash = ledger.face_value(max_(rows.cfads, 0))
        if cover == "llcr":
            rows.loan_life = ratio(cash * when.repaying + lead(rows.loan_life), 1 + rows.rate)
            return rows.loan_life
        rows.project_life = ratio(cash + lead(rows.project_life), 1 + rows.rate)
        return rows.project_life

    def _sculpted_after_tax(self, ledger: Ledger, rows: LoanRows, when: Windows) -> Expr:
        """A solved number scales either the loan (below 0) or its service (above 0) so that it is repaid just in time."""
        scale = ledger.graph.solve(
            f"{self.path}.scale", f"{self.heading}: size (below 0) or service (above 0) scaled so that it is repaid just in time",
            Ref(rows.last_balance.name), -1.0, 1.0, "give the loan a longer tenor, a lower cover, or more cash flow",
        )  # fmt: skip
        rows.target = self._cover_allows(ledger, rows, when) * (1 - max_(scale, 0))
        return rows.largest * (1 + min_(scale, 0))

    def _life_after_tax(self, ledger: Ledger, rows: LoanRows, when: Windows) -> Expr:
        """A solved number scales either the loan (below 0) or what life cover allows (above 0) until the two are equal."""
        scale = ledger.graph.solve(
            f"{self.path}.scale", f"{self.heading}: size (below 0), or the slack of life cover (above 0)",
            Ref(rows.excess.name), -1.0, 1.0, "give the loan a longer tenor, a lower cover, or more cash flow",
        )  # fmt: skip
        allowed = [
            self._life(ledger, rows, when, cover) / self.given(ledger, cover)
            for cover in ("llcr", "plcr") if getattr(self, cover) is not None
        ]  # fmt: skip
        least = rows.define(
            "capacity", "Debt that life cover allows", max_(min_(allowed[0], *allowed[1:]), 0) * when.first_repayment
        )  # fmt: skip
        owed = ledger.face_value(rows.opening) * when.first_repayment
        rows.excess = owed - least * (1 - max_(scale, 0))
        return rows.largest * (1 + min_(scale, 0))

    def _draw(self, ledger: Ledger, rows: LoanRows, spent: Ref, shape: Expr) -> None:
        """In proportion to what is funded; first, until nothing is left; or last, once the partners have paid their part."""
        if self.order == "pro_rata":
            drawn: Expr = rows.facility * shape
        else:
            before = lag(rows.drawn_to_date)
            left = max_(rows.facility - before, 0)
            if self.order == "debt_first":
                needed: Expr = spent
            else:
                rows.spent = lag(rows.spent) + rows.share
                whole = spent.total
                needed = max_(rows.spent * whole - max_(whole - rows.facility, 0) - before, 0)
            drawn = min_(needed, left)
        rows.drawn = ledger.todays_money(drawn) + 0
        rows.drawn_to_date = lag(rows.drawn_to_date) + ledger.face_value(rows.drawn)
