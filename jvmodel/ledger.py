"""Account, Measure, Ledger: the only place where the terms of a deal meet.

Every posting has a payer and a payee, so money never appears or vanishes; what terms share besides money (tonnes,
prices, payable metal) they record as measures. Totals and measures are references by name that may be read before they
are complete, so the order of terms in a deal file does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from jvmodel.account import BANKS, CUSTOMERS, MARKET, SUPPLIERS, VENTURE, Account, Measure
from jvmodel.errors import GraphError
from jvmodel.graph import Block, Const, Expr, Given, Graph, Operand, Param, Ref, Row, add_up, lag, max_, power, ratio, where
from jvmodel.timeline import Discounting, Month
from jvmodel.units import conversion

EXCEL_DAY_NIL = date(1899, 12, 30)
"""The day that Excel's serial numbers count from."""


@dataclass(frozen=True)
class Posting:
    """A payment of one account from a payer to a payee, with tags that readers may select by."""

    account: Account
    amount: Ref
    payer: str
    payee: str
    tags: tuple[tuple[str, str], ...]

    def fits(self, account: Account, payer: str | None, payee: str | None, tags: dict[str, str]) -> bool:
        """Whether the posting belongs to a total."""
        return (
            self.account is account
            and payer in (None, self.payer)
            and payee in (None, self.payee)
            and set(tags.items()) <= set(self.tags)
        )


@dataclass(frozen=True)
class Sought:
    """A total that somebody reads: which postings it adds up."""

    account: Account
    payer: str | None
    payee: str | None
    tags: tuple[tuple[str, str], ...]

    @property
    def attribute(self) -> str:
        """The name of its row in the block `ledger`."""
        parts = [self.account.value, *(f"from_{self.payer}" for _ in [1] if self.payer)]
        parts += [*(f"to_{self.payee}" for _ in [1] if self.payee), *(f"{key}_{value}" for key, value in self.tags)]
        return "_".join(parts)

    @property
    def label(self) -> str:
        """The label of its row."""
        about = [f"from {self.payer}" for _ in [1] if self.payer] + [f"to {self.payee}" for _ in [1] if self.payee]
        about += [f"{key.replace('_', ' ')} {value}" for key, value in self.tags]
        return self.account.label + (f" ({', '.join(about)})" if about else "")


class PartyRows(Block):
    """What a party pays and receives, from its own side."""

    cash = Row("Net cash flow")
    factor = Row("Discount factor", unit="1")
    value = Row("Present value")
    cumulative = Row("Cumulative net cash flow", total="none")
    cumulative_value = Row("Cumulative present value", total="none")


class PaybackRows(Block):
    """Years until a party has its money back."""

    flow = Row("Flow", total="none")
    begun = Row("Money has been laid out", total="none")
    cumulative = Row("Cumulative flow", total="none")
    below = Row("Cumulative flow has been below nil", total="none")
    back = Row("Paid back", total="none")
    waited = Row("Years waited", total="sum")


class Ledger:
    """Postings and measures of one deal on one graph."""

    def __init__(
        self,
        graph: Graph,
        currency: str,
        parties: dict[str, str],
        phases: dict[str, tuple[float, ...]] | None = None,
    ) -> None:
        """`parties` maps all parties of the deal to their labels; `phases` gives the share of each period in each phase."""
        self.graph = graph
        self.basis = "nominal"
        self.inflation: Expr | None = None
        self.base_date = graph.timeline.start
        self.currency = currency
        self.money = f"{currency}m"
        self.parties = {VENTURE: "Venture", **parties}
        self.everybody = {**self.parties, CUSTOMERS: "Customers", SUPPLIERS: "Suppliers and contractors", BANKS: "Banks"}
        self.postings: list[Posting] = []
        self._sought: dict[str, Sought] = {}
        self._recorded: dict[tuple[Measure, str], list[tuple[Expr, str]]] = {}
        self._read: dict[tuple[Measure, str], str] = {}
        self._mass: dict[str, str] = {}
        self._claims: dict[str, list[tuple[Expr, str]]] = {}
        self._expected: list[tuple[Account, str, tuple[str, ...], str]] = []
        timeline = graph.timeline
        self.period_years = graph.fact("years", "Length of the period", (timeline.years,) * timeline.periods, "year")
        self.number = graph.fact("number", "Period number", tuple(float(t + 1) for t in range(timeline.periods)))
        self.last = graph.fact("last", "Last period", (0.0,) * (timeline.periods - 1) + (1.0,))
        self.phases = {
            name: graph.fact(f"phase_{name}", f"Share of the period in phase {name}", shares)
            for name, shares in (phases or {}).items()
        }

    def phase(self, name: str) -> Expr:
        """The share of each period that lies in a phase of the deal; a deal without phases is all operation."""
        if name in self.phases:
            return self.phases[name]
        if name == "operation":
            return self.graph.fact("phase_operation", "Share of the period in operation", (1.0,) * self.graph.timeline.periods)
        known = ", ".join(self.phases) or "none"
        raise GraphError(f"the deal has no phase '{name}'; its phases are: {known}")

    def window(self, until: Month | None, during: str | None) -> Expr:
        """The share of each period before a date, or in a phase; all of it when neither is given."""
        if during is not None:
            return self.phase(during)
        timeline = self.graph.timeline
        if until is None:
            return Const(1.0)
        return self.graph.fact(f"until_{until}", f"Before {until}", timeline.overlap(timeline.start, until))

    def year(self, year: str) -> Param:
        """The share of a calendar year that lies in each period."""
        first = Month(int(year))
        timeline = self.graph.timeline
        shares = tuple(share * timeline.years for share in timeline.overlap(first, first.plus(12)))
        if abs(sum(shares) - 1) > 1e-9:
            raise GraphError(f"{year} is outside the timeline, which runs from {timeline.labels[0]} to {timeline.labels[-1]}")
        return self.graph.fact(f"year_{year}", f"Share of {year}", shares)

    def spread(self, phase: str, curve: str) -> Param:
        """Weights of an amount spread over a phase, `even` or as an `s_curve` 3x² − 2x³; they add up to 1 (terms.md A11)."""
        shares = self.shares_of(phase)
        whole = sum(shares)
        if not whole:
            raise GraphError(f"phase '{phase}' lies outside the timeline")
        gone = [sum(shares[: t + 1]) / whole for t in range(len(shares))]
        reached = gone if curve == "even" else [3 * x**2 - 2 * x**3 for x in gone]
        weights = tuple(now - before for now, before in zip(reached, [0.0, *reached[:-1]], strict=True))
        return self.graph.fact(f"{curve}_{phase}", f"Spending over {phase} ({curve.replace('_', '-')})", weights)

    def until_end(self, years: float) -> Expr:
        """The share of each period in operation, without the last `years` of it."""
        if not years:
            return self.phase("operation")
        left, shares = years / self.graph.timeline.years, list(self.shares_of("operation"))
        for t in reversed(range(len(shares))):
            cut = min(shares[t], left)
            shares[t], left = shares[t] - cut, left - cut
        return self.graph.fact(f"until_{years:g}_before_end", f"Operation without its last {years:g} years", tuple(shares))

    def between(self, start: Month, end: Month) -> Param:
        """The share of each period between two dates."""
        return self.graph.fact(f"between_{start}_{end}", f"From {start} to {end}", self.graph.timeline.overlap(start, end))

    @property
    def started(self) -> Param:
        """1 from the first period of operation on."""
        shares = self.shares_of("operation")
        first = next((t for t, share in enumerate(shares) if share), len(shares))
        return self.graph.fact("started", "Operation has begun", tuple(float(t >= first) for t in range(len(shares))))

    @property
    def nothing(self) -> Param:
        """No money, for rows that a deal leaves empty."""
        return self.graph.given(Given("time.nothing", "Nothing", 0.0, self.money, source="time"))

    @property
    def months(self) -> Param:
        """Months in each period."""
        timeline = self.graph.timeline
        return self.graph.fact("months", "Months in the period", (12 * timeline.years,) * timeline.periods, "month")

    @property
    def ended(self) -> Param:
        """1 from the last period of operation on."""
        shares = self.shares_of("operation")
        last = max((t for t, share in enumerate(shares) if share), default=len(shares) - 1)
        return self.graph.fact(
            "ended", "Last period of operation, and later", tuple(float(t >= last) for t in range(len(shares)))
        )

    def shares_of(self, phase: str) -> tuple[float, ...]:
        """The share of each period that lies in a phase, as numbers."""
        self.phase(phase)
        value = self.graph.params[f"time.phase_{phase}"].value
        assert isinstance(value, tuple)
        return value

    @property
    def share_of_year(self) -> Param:
        """Length of each period as a share of a year, for simple interest."""
        timeline = self.graph.timeline
        return self.graph.fact("share_of_year", "Period as a share of a year", (timeline.years,) * timeline.periods)

    # money

    def post(self, account: Account, amount: Expr, *, payer: str, payee: str, **tags: str) -> None:
        """Books a payment; `amount` is a row, positive from payer to payee."""
        if not isinstance(amount, Ref):
            raise GraphError(f"only a row can be posted to {account.value}; give the formula a row of its own")
        for party in (payer, payee):
            if party not in self.everybody:
                raise GraphError(f"{account.value} is posted to '{party}', who is not a party of the deal")
        self.postings.append(Posting(account, amount, payer, payee, tuple(sorted(tags.items()))))

    def expect(self, account: Account, key: str, known: Iterable[str], by: str) -> None:
        """Says which values of a tag somebody can deal with; a posting with another one is refused when the ledger closes."""
        self._expected.append((account, key, tuple(known), by))

    def total(self, account: Account, *, payer: str | None = None, payee: str | None = None, **tags: str) -> Ref:
        """The sum of an account's postings, all or those of a payer, payee or tag; 0 where there are none."""
        sought = Sought(account, payer, payee, tuple(sorted(tags.items())))
        self._sought[sought.attribute] = sought
        return Ref(f"ledger.{sought.attribute}")

    # what terms share besides money

    def price_unit(self, metal: str, unit_text: str) -> None:
        """Says in which unit the metal's price is quoted; its tonnage is then measured in that unit's mass."""
        self._mass[metal] = unit_text.split("/")[1]

    def mass_unit(self, metal: str) -> str:
        """The mass unit of a metal throughout the model: that of its price (t, lb or oz)."""
        if metal not in self._mass:
            known = ", ".join(sorted(self._mass)) or "none"
            raise GraphError(f"there is no price for '{metal}'; prices are given for: {known}")
        return self._mass[metal]

    @property
    def metals(self) -> tuple[str, ...]:
        """Metals with a price, in the order of the deal."""
        return tuple(self._mass)

    def record(self, measure: Measure, amount: Expr, of: str = "", by: str = "") -> None:
        """Adds to a measure; a second record of one that does not add up (a price) is refused."""
        entries = self._recorded.setdefault((measure, of), [])
        if entries and not measure.adds_up:
            raise GraphError(f"{measure.label.lower()} of {of or 'the venture'} is given twice: by {entries[0][1]} and by {by}")
        entries.append((amount, by))

    def read(self, measure: Measure, of: str = "", by: str = "") -> Ref:
        """A measure; if no term records it by the time the ledger closes, that is refused with the reader's name."""
        self._read.setdefault((measure, of), by)
        return Ref(self._measure_row(measure, of))

    def sum_over_metals(self, measure: Measure) -> Expr:
        """The measure added up over all metals that have a price and a record of it."""
        return add_up([self.optional(measure, metal) for metal in self.metals])

    def optional(self, measure: Measure, of: str = "") -> Ref:
        """A measure that is 0 where no term records it."""
        self._read.setdefault((measure, of), "")
        return Ref(self._measure_row(measure, of))

    @staticmethod
    def _measure_row(measure: Measure, of: str) -> str:
        return f"measures.{measure.value}" + (f".{of}" if of else "")

    def mass(self, amount: Expr, of: str, into: str) -> Expr:
        """A mass converted from one unit into another, by way of named constants."""
        if of == into:
            return amount
        for pair, direct in (((of, into), False), ((into, of), True)):
            try:
                conversion(*pair)
            except GraphError:
                continue
            constant = self.graph.conversion(*pair)
            return amount * constant if direct else amount / constant
        return (
            self.mass(self.mass(amount, of, "g"), "g", into) if of != "g" and into != "g" else self._via_tonnes(amount, of, into)
        )

    def _via_tonnes(self, amount: Expr, of: str, into: str) -> Expr:
        return self.mass(self.mass(amount, of, "t"), "t", into)

    def per_tonne(self, mass: str) -> Expr:
        """How many pounds or ounces make a tonne, from named constants."""
        if mass == "oz":
            return self.graph.conversion("g", "t") / self.graph.conversion("g", "oz")
        return self.graph.conversion(mass, "t")

    def claim(self, metal: str, share: Expr, by: str) -> None:
        """A share of a metal's sales that a contract takes; together they may not take more than is sold."""
        self._claims.setdefault(metal, []).append((share, by))

    def _check_claims(self) -> None:
        for metal, claims in self._claims.items():
            block = f"claims.{metal}"
            self.graph.heading(block, f"Contracts for {metal}")
            taken = add_up([share for share, _ in claims])
            self.graph.define(f"{block}.share", f"Share of {metal} under contract", taken, unit="%", block=block, total="none")
            self.check(
                f"claims_{metal}", f"Contracts take no more {metal} than is sold", max_(Ref(f"{block}.share") - 1, 0), unit="%"
            )

    def in_money(self, amount: Expr) -> Expr:
        """An amount in single units of the currency, in millions."""
        return amount / self.graph.conversion(self.currency, self.money)

    # real and nominal money (terms.md 0.6)

    def escalated(self, amount: Expr, basis: str) -> Expr:
        """An amount in the model's money: real amounts grow in a nominal model, nominal ones shrink in a real one."""
        if self.inflation is None or basis == self.basis:
            return amount
        return amount * self.price_index if self.basis == "nominal" else ratio(amount, self.price_index)

    def face_value(self, amount: Expr) -> Expr:
        """An amount of the model's money in nominal money: what a tax pool or a debt records."""
        return amount if self.inflation is None or self.basis == "nominal" else amount * self.price_index

    def todays_money(self, amount: Expr) -> Expr:
        """An amount fixed in nominal money, in the money of the model: deflated where the model is real."""
        return self.escalated(amount, "nominal")

    def brought_forward(self, row: Expr, start: Operand = 0) -> Expr:
        """A nominal balance of the period before, in the money of the model: a real model deflates it by a period."""
        if self.inflation is None or self.basis == "nominal":
            return lag(row, start)
        return ratio(lag(row, start), power(1 + self.inflation, self.period_years))

    @property
    def price_index(self) -> Ref:
        """The price level, 1 at the base date."""
        if self.inflation is None:
            raise GraphError("the deal has no inflation; give one beside its basis")
        row = Ref("prices.index")
        if row.name not in self.graph.rows:
            since = self.graph.fact(
                "since_base", f"Years since {self.base_date}", self.graph.timeline.since(self.base_date), "year"
            )
            with self.graph.chapter("market"):
                self.graph.heading("prices", f"Price level, {self.base_date} = 1")
                self.graph.define(row.name, "Price index", power(1 + self.inflation, since), unit="1", block="prices")
        return row

    # closing

    def close(self, discount_rates: dict[str, Param]) -> None:
        """Writes the rows that others have read: measures, totals, and every party's own account."""
        self._refuse_unexpected()
        with self.graph.chapter("summary"):
            self._check_claims()
            self._write_measures()
            self._write_parties(discount_rates)
            self._write_totals()

    def _refuse_unexpected(self) -> None:
        for account, key, known, by in self._expected:
            for posting in self.postings:
                value = dict(posting.tags).get(key)
                if posting.account is account and value is not None and value not in known:
                    what = key.replace("_", " ")
                    raise GraphError(
                        f"{posting.amount.name.split('.')[0]} has the {what} '{value}', which {by} does not know;"
                        f" use one of {', '.join(known)}, or add '{value}' to {by}"
                    )

    def _write_measures(self) -> None:
        self.graph.heading("measures", "Quantities that terms share")
        for (measure, of), reader in self._read.items():
            entries = self._recorded.get((measure, of), [])
            if not entries and reader:
                what = measure.label.lower() + (f" of {of}" if of else "")
                raise GraphError(f"{reader} needs {what}, which no term of the deal gives; add the term that does")
            label = measure.label + (f": {of}" if of else "")
            self.graph.define(
                self._measure_row(measure, of), label, add_up([entry for entry, _ in entries]), block="measures",
                unit=self.unit_of(measure, of),
            )  # fmt: skip

    def unit_of(self, measure: Measure, of: str) -> str:
        """The unit of a measure, so that an empty one has the right unit too."""
        if measure in (Measure.ORE, Measure.ORE_LEFT, Measure.WASTE, Measure.MILLED, Measure.CONCENTRATE, Measure.TREATED):
            return "t"
        if measure is Measure.PRICE:
            return f"{self.currency}/{self.mass_unit(of)}"
        if measure in (Measure.CONTAINED, Measure.RECOVERED, Measure.IN_CONCENTRATE, Measure.REFINED, Measure.PAYABLE):
            return self.mass_unit(of) if of in self._mass else "t"
        return self.money

    def _write_totals(self) -> None:
        self.graph.heading("ledger", "Totals by account")
        for sought in self._sought.values():
            parts = [
                posting.amount for posting in self.postings
                if posting.fits(sought.account, sought.payer, sought.payee, dict(sought.tags))
            ]  # fmt: skip
            self.graph.define(f"ledger.{sought.attribute}", sought.label, add_up(parts), unit=self.money, block="ledger")

    def _write_parties(self, discount_rates: dict[str, Param]) -> None:
        timeline = self.graph.timeline
        times = self.graph.fact("discounting", f"Years to the flow ({timeline.discounting} of period)", timeline.times, "year")
        if timeline.discounting is Discounting.DATES:
            serials = tuple(float((end.first_day - EXCEL_DAY_NIL).days) for end in timeline.ends)
            self.graph.fact("date", "Day after the period, as Excel counts days", serials, "day")
        counted = self.graph.fact("counted", "Ends after the valuation date", timeline.counted)
        for name, label in self.everybody.items():
            mine = [posting for posting in self.postings if name in (posting.payer, posting.payee)]
            if not mine and name not in self.parties:
                continue
            with self.graph.chapter("parties"):
                rows = PartyRows(self.graph, f"party.{name}", label)
                for account in Account:
                    received = add_up([p.amount for p in mine if p.account is account and p.payee == name and p.payer != name])
                    paid = add_up([p.amount for p in mine if p.account is account and p.payer == name and p.payee != name])
                    if any(p.account is account for p in mine):
                        rows.define(account.value, account.label, received - paid, unit=self.money)
                accounts = [rows.ref(account.value) for account in Account if any(p.account is account for p in mine)]
                if name == VENTURE:
                    accounts = [
                        rows.ref(account.value)
                        for account in Account
                        if not account.financing and any(p.account is account for p in mine)
                    ]
                    rows.define("cash", "Net cash flow before funding and distributions", add_up(accounts), unit=self.money)
                    self._balance(rows, mine)
                else:
                    rows.define("cash", "Net cash flow", add_up(accounts), unit=self.money)
                rows.cumulative = lag(rows.cumulative) + rows.cash * counted
                if name in discount_rates:
                    rows.factor = power(1 + discount_rates[name], 0 - times) * counted
                    rows.value = rows.cash * rows.factor
                    rows.cumulative_value = lag(rows.cumulative_value) + rows.value
        for name in discount_rates:
            with self.graph.chapter("payback"):
                rows = PartyRows(self.graph, f"party.{name}", self.everybody[name])
                self._payback(f"payback.{name}", rows.cash * counted, rows.cumulative, self.everybody[name])
                self._payback(f"discounted.{name}", rows.value, rows.cumulative_value, f"{self.everybody[name]}, discounted")
        self._check_conservation()

    def _payback(self, block: str, flow: Expr, cumulative: Ref, label: str) -> None:
        """Years waited, period by period, from the first outlay until the cumulative flow is back at nil."""
        times = self.graph.timeline.times
        gap = self.graph.fact("gap", "Years since the flow before", (0.0, *(b - a for a, b in pairwise(times))), "year")
        trifle = self.graph.given(Given("time.trifle", "Money that counts as nothing", 1e-9, self.money, source="time"))
        rows = PaybackRows(self.graph, block, label)
        rows.flow = flow + 0
        rows.begun = max_(lag(rows.begun), rows.flow < 0 - trifle)
        rows.below = max_(lag(rows.below), cumulative < 0 - trifle)
        rows.back = max_(lag(rows.back), where(cumulative < 0 - trifle, 0, rows.below))
        rows.cumulative = cumulative + 0
        part = ratio(0 - lag(rows.cumulative), rows.flow)
        rows.waited = gap * lag(rows.begun) * where(lag(rows.back), 0, where(rows.back, part, 1))

    def _balance(self, rows: PartyRows, mine: list[Posting]) -> None:
        """The venture keeps cash: its net receipts of the period add to its balance."""
        every = [rows.ref(account.value) for account in Account if any(p.account is account for p in mine)]
        rows.define("change", "Change in cash held", add_up(every), unit=self.money)
        rows.define("balance", "Cash held at the end of the period", lag(rows.ref("balance")) + rows.ref("change"), total="last")

    def _check_conservation(self) -> None:
        parties = [
            Ref(f"party.{name}.{'change' if name == VENTURE else 'cash'}")
            for name in self.everybody
            if f"party.{name}.cash" in self.graph.rows
        ]
        self.check("conservation", "Money is conserved: net cash of all parties together", add_up(parts=parties))

    def check(self, name: str, label: str, difference: Expr, unit: str | None = None) -> None:
        """A row that must be nil in every period (terms.md 0.8); the run, the workbook and the term sheet show it."""
        block = f"check.{name}"
        with self.graph.chapter("checks"):
            self.graph.heading(block, label)
            self.graph.define(f"{block}.difference", label, difference, unit=unit or self.money, block=block, total="none")


__all__ = ["BANKS", "CUSTOMERS", "MARKET", "SUPPLIERS", "VENTURE", "Account", "Ledger", "Measure"]
