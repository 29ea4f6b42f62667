"""Account, Measure, Ledger: the only place where the terms of a deal meet.

Every posting has a payer and a payee, so money never appears or vanishes; what terms share besides money (tonnes,
prices, payable metal) they record as measures. Totals and measures are references by name that may be read before they
are complete, so the order of terms in a deal file does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jvmodel.account import BANKS, CUSTOMERS, MARKET, SUPPLIERS, VENTURE, Account, Group, Measure
from jvmodel.errors import GraphError
from jvmodel.graph import Const, Expr, Given, Graph, Operand, Param, Ref, add_up, lag, power, ratio
from jvmodel.timeline import Month
from jvmodel.units import conversion

TONNES = (
    Measure.ORE, Measure.ORE_LEFT, Measure.WASTE, Measure.MILLED, Measure.CONCENTRATE, Measure.TREATED, Measure.FED,
)  # fmt: skip
METAL = (
    Measure.CONTAINED, Measure.FED_METAL, Measure.RECOVERED, Measure.IN_CONCENTRATE, Measure.REFINED, Measure.PAYABLE,
)  # fmt: skip
SHARES = (Measure.LEVY_RATE, Measure.STOPPED, Measure.LOCKED, Measure.INTEREST, Measure.TRANSFER)


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
        self.announced: set[Account | Measure] = set()
        """What the terms of the deal will post or record, known before the first of them writes a row"""
        self._sought: dict[str, Sought] = {}
        self._groups: dict[str, Group] = {}
        self._recorded: dict[tuple[Measure, str], list[tuple[Expr, str]]] = {}
        self._read: dict[tuple[Measure, str], str] = {}
        self._mass: dict[str, str] = {}
        self._claims: dict[str, list[Expr]] = {}
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

    def flagged(self, start: Month | None, end: Month | None = None) -> Param:
        """1 in every period that begins at or after `start` and before `end`."""
        first = start.index if start else -1
        last = end.index if end else self.graph.timeline.ends[-1].index
        flags = tuple(float(first <= begin.index < last) for begin in self.graph.timeline.starts)
        return self.graph.fact(
            f"flag_{start or 'start'}_{end or 'end'}", f"From {start or 'the start'} to {end or 'the end'}", flags
        )

    def at(self, date: Month) -> Param:
        """1 in the period that a date lies in."""
        timeline = self.graph.timeline
        flags = tuple(
            float(begin.index <= date.index < end.index) for begin, end in zip(timeline.starts, timeline.ends, strict=True)
        )
        if not any(flags):
            raise GraphError(f"{date} is outside the timeline, which runs from {timeline.labels[0]} to {timeline.labels[-1]}")
        return self.graph.fact(f"at_{date}", f"Period of {date}", flags)

    @property
    def grown(self) -> Expr:
        """How much nominal money of a period is worth more in the model's money of the next: 1 unless the model is real."""
        if self.inflation is None or self.basis == "nominal":
            return Const(1.0)
        return power(1 + self.inflation, self.period_years)

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
    def trifle(self) -> Param:
        """Money that comes from rounding, and counts as nothing."""
        return self.graph.given(Given("time.trifle", "Money that counts as nothing", 1e-9, self.money, source="time"))

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

    def net(self, group: Group) -> Ref:
        """What the venture receives on a group of accounts less what it pays."""
        self._groups[group.key] = group
        return Ref(f"ledger.net_{group.key}")

    def has(self, what: Account | Measure) -> bool:
        """Whether some term of the deal posts to an account or records a measure."""
        return what in self.announced

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

    def one(self, metal: str) -> Param:
        """1 in the unit of the metal's price, which turns a plain bound into a price."""
        periods = self.graph.timeline.periods
        unit_text = f"{self.currency}/{self.mass_unit(metal)}"
        return self.graph.fact(f"one_{metal}", f"Unit of the price of {metal}", (1.0,) * periods, unit_text)

    @property
    def tonne(self) -> Param:
        """One tonne a year, by which plain bounds of a scale measure tonnes."""
        return self.graph.given(Given("time.tonne", "Tonne a year", 1.0, "t", source="time"))

    @property
    def part_of_step(self) -> Param:
        """A part of a step so small that it comes from rounding, and counts as none."""
        return self.graph.given(Given("time.part_of_step", "Part of a step that counts as none", 1e-9, source="time"))

    def claim(self, metal: str, wanted: Expr) -> Ref:
        """Adds tonnes of a metal that a contract wants; returns the row of what all contracts want (terms.md E1)."""
        self._claims.setdefault(metal, []).append(wanted)
        return Ref(f"claims.{metal}")

    def _write_claims(self) -> None:
        self.graph.heading("claims", "Metal wanted under all contracts")
        for metal, wanted in self._claims.items():
            self.graph.define(f"claims.{metal}", f"Wanted of {metal}", add_up(wanted), unit="t", block="claims")

    def in_money(self, amount: Expr, currency: str | None = None) -> Expr:
        """An amount in single units of a currency, the model's own when none is named, in millions."""
        of = currency or self.currency
        return amount / self.graph.conversion(of, f"{of}m")

    # real and nominal money (terms.md 0.6)

    def escalated(self, amount: Expr, basis: str) -> Expr:
        """An amount in the model's money: real amounts grow in a nominal model, nominal ones shrink in a real one."""
        if self.inflation is None or basis == self.basis:
            return amount
        return amount * self.price_index if self.basis == "nominal" else ratio(amount, self.price_index)

    def converted(self, amount: Expr, basis: str, currency: str | None) -> Expr:
        """An amount of a currency in the model's money: grown with its own inflation where real, then exchanged (A9)."""
        if currency is None:
            return self.escalated(amount, basis)
        exchange = f"exchange_{currency}"
        grown = amount * Ref(f"{exchange}.index") if basis == "real" else amount
        return self.todays_money(ratio(grown, Ref(f"{exchange}.rate")))

    def while_open(self, amount: Expr) -> Expr:
        """An amount that ends when the mine stops for good, where a cut-off rule may stop it."""
        return amount * (1 - self.read(Measure.STOPPED, by="the mine")) if self.has(Measure.STOPPED) else amount

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

    def close(self) -> None:
        """Writes the rows that others have read: contracts' claims, measures and totals."""
        self._refuse_unexpected()
        with self.graph.chapter("summary"):
            self._write_claims()
            self._write_measures()
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
        if measure in TONNES:
            return "t"
        if measure in SHARES:
            return "1"
        if measure is Measure.PRICE:
            return f"{self.currency}/{self.mass_unit(of)}"
        if measure in METAL:
            metal = of.partition("/")[0]
            return self.mass_unit(metal) if metal in self._mass else "t"
        return self.money

    def _write_totals(self) -> None:
        self.graph.heading("ledger", "Totals by account")
        for sought in self._sought.values():
            parts = [
                posting.amount for posting in self.postings
                if posting.fits(sought.account, sought.payer, sought.payee, dict(sought.tags))
            ]  # fmt: skip
            self.graph.define(f"ledger.{sought.attribute}", sought.label, add_up(parts), unit=self.money, block="ledger")
        for group in self._groups.values():
            mine = [posting for posting in self.postings if posting.account in group.accounts]
            received = add_up([posting.amount for posting in mine if posting.payee == VENTURE])
            paid = add_up([posting.amount for posting in mine if posting.payer == VENTURE])
            self.graph.define(f"ledger.net_{group.key}", group.label, received - paid, unit=self.money, block="ledger")

    def check(self, name: str, label: str, difference: Expr, unit: str | None = None) -> None:
        """A row that must be nil in every period (terms.md 0.8); the run, the workbook and the term sheet show it."""
        block = f"check.{name}"
        with self.graph.chapter("checks"):
            self.graph.heading(block, label)
            self.graph.define(f"{block}.difference", label, difference, unit=unit or self.money, block=block, total="none")


__all__ = ["BANKS", "CUSTOMERS", "MARKET", "SUPPLIERS", "VENTURE", "Account", "Group", "Ledger", "Measure"]
