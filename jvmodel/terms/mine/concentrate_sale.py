"""Sale of concentrate to a smelter: payable metal less treatment, refining, penalties and freight (terms.md A5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Expr, Ref, Row, add_up, floor_, max_, min_, ratio
from jvmodel.inputs import Factor, Measured, Metal, PerTonne, PerWetTonne, Record, Share, SignedPerTonne
from jvmodel.ledger import CUSTOMERS, SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.settlement import ProvisionalPricing, settled
from jvmodel.term import Name, Term

Grams = Annotated[float, Measured("g/t", low=0.0)]
PerPound = Annotated[float, Measured("$/lb", low=0.0)]
PerOunce = Annotated[float, Measured("$/oz", low=0.0)]


class Payable(Record):
    """What the smelter pays for one metal, and what it charges to refine it."""

    share: Share
    """most of the metal paid for"""
    deduction: Share = 0.0
    """least deduction from the grade; 1% is one unit"""
    deduction_grams: Grams = 0.0
    """least deduction in grams"""
    refining_per_lb: PerPound = 0.0
    """refining charge a pound"""
    refining_per_oz: PerOunce = 0.0
    """refining charge an ounce"""
    participation: Share = 0.0
    """price participation of the smelter"""
    participation_from: Factor = 0.0
    """price where participation begins, in nominal money"""


class Penalty(Record):
    """A charge for an unwanted element."""

    assay: Share
    """assay in the concentrate"""
    free: Share = 0.0
    """assay free of charge"""
    step: Annotated[float, Measured(show="%", above=0.0, high=1.0)]
    """step of the assay; that one charge is for"""
    charge: PerTonne
    """charge a step; a dry tonne"""
    counted: Literal["pro_rata", "started"] = "pro_rata"
    """whether a step in part is charged in part (pro_rata) or in full (started)"""


class ConcentrateSale(Term):
    """All concentrate that the venture does not refine itself is sold to a smelter."""

    kind: Literal["concentrate_sale"] = "concentrate_sale"
    payable: dict[Metal, Payable] = Field(min_length=1)
    """Payment"""
    treatment: SignedPerTonne = 0.0
    """Treatment charge a dry tonne; may be negative in a tight market"""
    penalties: dict[Name, Penalty] = Field(default_factory=dict)
    """Penalty; a charge for an unwanted element"""
    moisture: Annotated[float, Measured(show="%", low=0.0, high=0.5)] = 0.08
    """Moisture of the concentrate, of its wet weight"""
    freight: PerWetTonne = 0.0
    """Freight and handling a wet tonne"""
    insurance: Share = 0.0
    """Insurance as a share of the payable value"""
    transit_loss: Annotated[float, Measured(show="%", low=0.0, high=0.1)] = 0.0
    """Share of the weight lost on the way"""
    pricing: ProvisionalPricing | None = None
    """Provisional pricing; the price of the day of shipment when not given"""

    class Rows(Block):
        produced = Row("Concentrate for sale, dry")
        sold = Row("Concentrate delivered, dry")
        wet = Row("Concentrate shipped, wet", unit="wmt")
        value = Row("Payable value")
        treatment = Row("Treatment charge")
        refining = Row("Refining charges")
        participation = Row("Price participation")
        penalties = Row("Penalties")
        freight = Row("Freight")
        insurance = Row("Insurance")
        costs = Row("Treatment, refining and selling costs")
        net = Row("Net smelter return")

    def apply(self, ledger: Ledger) -> None:
        """Payable units = min(share × grade, grade − deduction), at least 0; the net return may be negative."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        made = ledger.read(Measure.CONCENTRATE, by=self.name)
        rows.produced = made - ledger.optional(Measure.TREATED)
        rows.sold = rows.produced * (1 - self.given(ledger, "transit_loss"))
        shipped = ledger.graph.conversion("wmt", "t") * rows.produced
        rows.wet = ratio(shipped, 1 - self.given(ledger, "moisture"))
        values = [self._metal(ledger, rows, metal, made) for metal in self.payable]
        rows.value = add_up(values)
        rows.treatment = ledger.escalated(ledger.in_money(rows.sold * self.given(ledger, "treatment")), "real")
        rows.refining = add_up([rows.ref(f"refining_{metal}") for metal in self.payable])
        rows.participation = add_up([rows.ref(f"participation_{metal}") for metal in self.payable])
        charges = [self._penalty(ledger, element) for element in self.penalties]
        rows.penalties = ledger.escalated(ledger.in_money(rows.sold * add_up(charges)), "real") if charges else ledger.nothing + 0
        rows.freight = ledger.escalated(ledger.in_money(rows.wet * self.given(ledger, "freight")), "real")
        rows.insurance = rows.value * self.given(ledger, "insurance")
        rows.costs = (
            rows.treatment + rows.refining + rows.participation + rows.penalties + rows.freight + rows.insurance
        )  # fmt: skip
        rows.net = rows.value - rows.costs
        ledger.warn(
            f"{self.name}_net",
            f"{self.heading}: charges are more than the concentrate is worth; it is not saleable",
            rows.net < 0,
        )
        ledger.record(Measure.GROSS_VALUE, rows.value, by=self.name)
        ledger.record(Measure.NET_SMELTER_RETURN, rows.net, by=self.name)
        ledger.post(Account.REVENUE, rows.value, payer=CUSTOMERS, payee=VENTURE)
        ledger.post(Account.SELLING, rows.costs, payer=VENTURE, payee=SUPPLIERS)

    def _metal(self, ledger: Ledger, rows: Rows, metal: str, made: Expr) -> Ref:
        """Payable metal and its value; payable and grade in tonnes of metal a tonne of concentrate."""
        path, mass = f"payable.{metal}", ledger.mass_unit(metal)
        contained = ledger.read(Measure.IN_CONCENTRATE, of=metal, by=self.name)
        grade = rows.define(f"grade_{metal}", f"Grade of {metal}", ratio(ledger.mass(contained, mass, "t"), made), "%", "none")
        grams = self.given(ledger, f"{path}.deduction_grams") / ledger.graph.conversion("g", "t")
        least = grade - self.given(ledger, f"{path}.deduction") - grams
        units = max_(min_(grade * self.given(ledger, f"{path}.share"), least), 0)
        paid = rows.define(f"units_{metal}", f"Payable {metal}, of dry weight", units, "%", "none")
        payable = rows.define(f"payable_{metal}", f"Payable {metal}", ledger.mass(rows.sold * paid, "t", mass))
        beyond = max_(payable - contained, 0)
        label = f"{self.heading}: never more {metal} is paid for than there is"
        ledger.check(f"{self.name}_{metal}", label, beyond, unit=mass)
        price = ledger.read(Measure.PRICE, of=metal, by=self.name)
        worth = self._worth(ledger, metal, payable, price)
        value = rows.define(f"value_{metal}", f"Value of payable {metal}", worth)
        ledger.record(Measure.METAL_VALUE, value, of=metal, by=self.name)
        by_pound = ledger.mass(payable, mass, "lb") * self.given(ledger, f"{path}.refining_per_lb")
        by_ounce = ledger.mass(payable, mass, "oz") * self.given(ledger, f"{path}.refining_per_oz")
        refining = ledger.escalated(ledger.in_money(by_pound + by_ounce), "real")
        rows.define(f"refining_{metal}", f"Refining charge on {metal}", refining)
        threshold = ledger.todays_money(self.given(ledger, f"{path}.participation_from") * ledger.one(metal))
        above = max_(price - threshold, 0) * self.given(ledger, f"{path}.participation")
        rows.define(f"participation_{metal}", f"Price participation on {metal}", ledger.in_money(payable * above))
        ledger.record(Measure.PAYABLE, payable, of=metal, by=self.name)
        return value

    def _worth(self, ledger: Ledger, metal: str, payable: Ref, price: Ref) -> Expr:
        if self.pricing is None:
            return ledger.in_money(payable * price)
        months, share = self.given(ledger, "pricing.months"), self.given(ledger, "pricing.provisional")
        name, title = f"{self.name}.settlement_{metal}", f"{self.heading}, {metal}"
        return settled(ledger, name, title, self.pricing, months, share, payable, price) + 0

    def _penalty(self, ledger: Ledger, element: str) -> Expr:
        path = f"penalties.{element}"
        over = max_(self.given(ledger, f"{path}.assay") - self.given(ledger, f"{path}.free"), 0)
        steps = over / self.given(ledger, f"{path}.step")
        if self.penalties[element].counted == "started":
            steps = 0 - floor_(ledger.part_of_step - steps)
        return steps * self.given(ledger, f"{path}.charge")
