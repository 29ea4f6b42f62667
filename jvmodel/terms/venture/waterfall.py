"""Distribution waterfall: tiers in any order, hurdles measured on all the investors' cash (terms.md F2 to F6, P4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, lag, max_, min_, power, ratio
from jvmodel.inputs import Measured, Party, Rate, Record, Series, Share, Split, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.partners import covered_by, loan_part
from jvmodel.term import Name, Term

MoneyOverTime = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
Hurdle = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


class Payment(Record):
    """An amount to a party before those after it, such as a subordinated fee."""

    kind: Literal["payment"]
    """a fixed amount to one party"""
    payee: Party
    """party that is paid"""
    amount: MoneyOverTime
    """amount a year"""
    unpaid: Literal["rolls", "lapses"] = "rolls"
    """whether what cannot be paid is owed on, or lost"""
    rate: Rate = 0.0
    """interest a year on what is owed on"""


class ReturnOfCapital(Record):
    """Cash calls paid back, by what each has outstanding."""

    kind: Literal["return_of_capital"]
    """cash calls paid back"""


class PreferredReturn(Record):
    """A return on capital outstanding, by what each is owed."""

    kind: Literal["preferred_return"]
    """a return on capital outstanding"""
    rate: Rate
    """rate a year, effective"""
    compounding: bool = True
    """whether what is unpaid bears the rate too"""


class Shared(Record):
    """A tier that investors and sponsor divide, after a promote."""

    promote: Share = 0.0
    """sponsor's promote"""
    shares: Split | None = None
    """share of each in the rest; the interests when not given"""

    @model_validator(mode="after")
    def _shares(self) -> Shared:
        if self.shares is not None and abs(sum(self.shares.values()) - 1) > 1e-9:
            raise fault(f"shares add up to {sum(self.shares.values()) * 100:.10g}%; they must add up to 100%")
        if self.promote >= 1:
            raise fault("a promote of 100% leaves nothing to the investors; a catch_up tier may give all to the sponsor")
        return self


class HurdleTier(Shared):
    """Distributions until the investors have earned a rate of return."""

    kind: Literal["hurdle"]
    """until the investors have earned a rate of return"""
    irr: Hurdle
    """investors' rate of return that ends the tier"""


class CatchUp(Record):
    """Distributions to the sponsor until it holds its share of profit."""

    kind: Literal["catch_up"]
    """until the sponsor holds its share of all profit"""
    rate: Share
    """share of the tier that goes to the sponsor"""
    promote: Share
    """share of profit that the sponsor catches up to"""

    @model_validator(mode="after")
    def _catches_up(self) -> CatchUp:
        if self.rate <= self.promote:
            raise fault(f"a catch-up at {self.rate:.10g} never reaches a promote of {self.promote:.10g}; give a higher rate")
        return self


class Rest(Shared):
    """Whatever is left."""

    kind: Literal["rest"]
    """whatever is left; the last tier"""


AnyTier = Annotated[Payment | ReturnOfCapital | PreferredReturn | HurdleTier | CatchUp | Rest, Field(discriminator="kind")]


class Clawback(Record):
    """At the end the sponsor gives back promote beyond its share of all profit."""

    promote: Share
    """share of profit over the whole life that the sponsor may keep"""
    after_tax: Share = 1.0
    """share of the promote received that can be claimed back at most, as the rest went in tax"""


class Waterfall(Term):
    """Divides what the venture distributes by tiers; the venture's own split by interests no longer applies."""

    kind: Literal["waterfall"] = "waterfall"
    investors: tuple[Party, ...] = Field(min_length=1)
    """Partners whose return the hurdles measure"""
    sponsor: Party
    """Party that receives the promote; it may hold an interest beside the investors"""
    tiers: dict[Name, AnyTier] = Field(min_length=1, max_length=20)
    """Tier"""
    accounts: Literal["floored", "irr_to_date"] = "floored"
    """Whether a return above a hurdle is forgotten when more is contributed, or offsets later contributions"""
    clawback: Clawback | None = None
    """Clawback"""

    @model_validator(mode="after")
    def _in_order(self) -> Waterfall:
        *before, last = self.tiers.values()
        if last.kind != "rest" or any(tier.kind == "rest" for tier in before):
            raise fault("tiers: the last tier, and no other, is of kind rest: it takes whatever is left")
        hurdles = [tier.irr for tier in before if isinstance(tier, HurdleTier)]
        if hurdles != sorted(set(hurdles)):
            raise fault("tiers: hurdles must rise from tier to tier")
        if self.sponsor in self.investors:
            raise fault(f"'{self.sponsor}' is sponsor and investor; leave it out of investors, its interest counts all the same")
        for name, tier in self.tiers.items():
            stray = set((tier.shares or {}) if isinstance(tier, Shared) else {}) - {*self.investors, self.sponsor}
            if stray:
                raise fault(f"tiers.{name}.shares: '{min(stray)}' is neither an investor nor the sponsor")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """The split of distributions."""
        return (Measure.ENTITLEMENT, Account.PROMOTE)

    class Rows(Block):
        available = Row("Cash to be divided")
        contributed = Row("Contributed by investors and sponsor")
        contributed_to_date = Row("Contributed to date", total="last")
        distributed_to_date = Row("Distributed to date", total="last")
        promote = Row("Promote")
        promote_to_date = Row("Promote to date", total="last")
        returned = Row("Promote clawed back at the end")

    def apply(self, ledger: Ledger) -> None:
        """Cash runs through the tiers in order; what comes out of them is just what went in."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        everybody = (*self.investors, self.sponsor)
        rows.available = ledger.read(Measure.DISTRIBUTABLE, by=self.name) + 0
        paid_in = {one: self._contributed(ledger, rows, one) for one in everybody}
        rows.contributed = add_up(paid_in.values())
        rows.contributed_to_date = lag(rows.contributed_to_date) + rows.contributed
        split = _Split(self, ledger, rows, paid_in)
        for name, tier in self.tiers.items():
            split.tier(name, tier)
        split.close()

    def _contributed(self, ledger: Ledger, rows: Rows, party: str) -> Ref:
        calls: Expr = ledger.total(Account.CALLS, payer=party)
        covered = covered_by(ledger, party)
        if covered is not None:
            calls = calls + (covered * (1 - loan_part(ledger)) if ledger.has(Account.PARTNER_LOANS) else covered)
        return rows.define(f"contributed_{party}", f"Capital paid in by {ledger.parties[party]}", calls + 0)


class _Split:
    """Cash on its way through the tiers: what is left, what each has got in this period."""

    def __init__(self, term: Waterfall, ledger: Ledger, rows: Waterfall.Rows, paid_in: dict[str, Ref]) -> None:
        self.term = term
        self.ledger = ledger
        self.rows = rows
        self.paid_in = paid_in
        self.everybody = (*term.investors, term.sponsor)
        self.left: Expr = rows.available
        self.got: dict[str, list[Expr]] = {one: [] for one in self.everybody}
        self.promoted: list[Expr] = []
        self.others: list[Ref] = []
        self.tiers: list[Ref] = []
        self.hurdles: list[tuple[str, Ref]] = []
        self.block: Block = rows

    def tier(self, name: str, tier: AnyTier) -> None:
        """Takes what the tier is owed from what is left."""
        term, label = self.term, name.replace("_", " ").capitalize()
        self.block = Block(self.ledger.graph, f"{term.name}.{name}", f"{term.heading}: {label.lower()}")
        if isinstance(tier, Payment):
            self._payment(name, tier)
        elif isinstance(tier, ReturnOfCapital):
            self._capital()
        elif isinstance(tier, PreferredReturn):
            self._preferred(name, tier)
        elif isinstance(tier, CatchUp):
            self._catch_up(name)
        else:
            room = self._room(name, tier) if isinstance(tier, HurdleTier) else None
            paid = self._take(room)
            promote = paid * self.given(name, "promote") if tier.promote else None
            self._divide(name, tier, paid, promote)

    def given(self, name: str, field: str) -> Expr:
        """An input of a tier."""
        return self.term.given(self.ledger, f"tiers.{name}.{field}")

    def _take(self, owed: Expr | None) -> Ref:
        paid = self.block.define("paid", "Paid in the tier", self.left + 0 if owed is None else min_(self.left, owed))
        self.left = self.block.define("left", "Left for later tiers", self.left - paid)
        self.tiers.append(paid)
        return paid

    def _payment(self, name: str, tier: Payment) -> None:
        due = self.given(name, "amount")
        owed = self.block.ref("owed")
        if tier.unpaid == "rolls":
            grown = power(1 + self.given(name, "rate"), self.ledger.period_years)
            before = self.ledger.brought_forward(self.block.ref("unpaid")) * grown
            self.block.define("owed", "Owed", before + due, total="none")
        else:
            self.block.define("owed", "Owed", due + 0, total="none")
        paid = self._take(owed)
        self.block.define("unpaid", "Not paid", owed - paid, total="last")
        self.ledger.post(Account.PROMOTE, paid, payer=VENTURE, payee=tier.payee)
        self.others.append(paid)

    def _accounts(self, attribute: str) -> dict[str, Ref]:
        return {one: self.block.ref(f"{attribute}_{one}") for one in self.everybody}

    def _owed_by_party(self, owed: dict[str, Expr], word: str) -> dict[str, Ref]:
        """Pays what each is owed, all in the same proportion; returns what is still owed to each."""
        rows = {
            one: self.block.define(f"owed_{one}", f"{word} owed to {self.ledger.parties[one]}", amount + 0, total="none")
            for one, amount in owed.items()
        }
        whole = self.block.define("owed", f"{word} owed", add_up(rows.values()), total="none")
        share = ratio(self._take(whole), whole)
        for one, row in rows.items():
            who = self.ledger.parties[one]
            part = self.block.define(f"to_{one}", f"{word} paid to {who}", row * share)
            self.got[one].append(part)
            self.block.define(f"after_{one}", f"{word} still owed to {who}", row - part, total="last")
        return self._accounts("after")

    def _capital(self) -> None:
        before = self._accounts("after")
        owed = {one: self.ledger.brought_forward(before[one]) + self.paid_in[one] for one in self.everybody}
        self._owed_by_party(owed, "Capital")

    def _preferred(self, name: str, tier: PreferredReturn) -> None:
        capital = next((key for key, one in self.term.tiers.items() if isinstance(one, ReturnOfCapital)), None)
        rate = power(1 + self.given(name, "rate"), self.ledger.period_years) - 1
        unpaid = self._accounts("after")
        owed: dict[str, Expr] = {}
        for one in self.everybody:
            if capital is not None:
                outstanding: Expr = Ref(f"{self.term.name}.{capital}.after_{one}")
            else:
                outstanding = self.block.ref(f"capital_{one}")
                who = self.ledger.parties[one]
                self.block.define(f"capital_{one}", f"Capital of {who}", lag(outstanding) + self.paid_in[one], total="last")
            before = self.ledger.brought_forward(unpaid[one])
            kept = before * (1 + rate) if tier.compounding else before
            owed[one] = kept + self.ledger.brought_forward(outstanding) * rate
        self._owed_by_party(owed, "Preferred return")

    def _catch_up(self, name: str) -> None:
        """Pool x with promote so far + u·x = s·(profit so far + x)."""
        rows, rate, promote = self.rows, self.given(name, "rate"), self.given(name, "promote")
        gone = lag(rows.distributed_to_date) + add_up(self.tiers)
        profit = self.block.define("profit", "Profit distributed so far", max_(gone - rows.contributed_to_date, 0), total="none")
        held = lag(rows.promote_to_date) + add_up(self.promoted)
        pool = self.block.define("pool", "Catch-up", ratio(max_(profit * promote - held, 0), rate - promote), total="none")
        paid = self._take(pool)
        self._divide(name, Shared(), paid, paid * rate)

    def _room(self, name: str, tier: HurdleTier) -> Expr:
        """What brings the investors to the hurdle, over their part of each unit paid in the tier."""
        ledger, block = self.ledger, self.block
        accrual = power(1 + self.given(name, "irr"), ledger.period_years)
        account = block.ref("account")
        put_in, outside = self._cash_of_investors()
        before = block.define(
            "before", "Needed for the hurdle, before distributions", ledger.brought_forward(account) * accrual + put_in - outside,
            total="none",
        )  # fmt: skip
        got = [part for one in self.term.investors for part in self.got[one]]
        missing = max_(before - add_up(got), 0) if got else max_(before, 0)
        self.hurdles.append((name, before))
        part = add_up([self._share(name, tier, one) for one in self.term.investors]) * (1 - self.given(name, "promote"))
        return ratio(missing, part)

    def _cash_of_investors(self) -> tuple[Expr, Expr]:
        """All that the investors pay in and receive beside the waterfall."""
        ledger, investors = self.ledger, self.term.investors
        put_in: list[Expr] = [self.paid_in[one] for one in investors]
        outside: list[Expr] = []
        if ledger.has(Account.PARTNER_LOANS):
            put_in += [ledger.total(Account.PARTNER_LOANS, payer=one) for one in investors]
            covered = [covered_by(ledger, one) for one in investors]
            put_in += [one * loan_part(ledger) for one in covered if one is not None]
            for account in (Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID):
                outside += [ledger.total(account, payer=VENTURE, payee=one) for one in investors]
        return add_up(put_in), add_up(outside) if outside else Const(0.0)

    def _share(self, name: str, tier: Shared, party: str) -> Expr:
        if tier.shares is None:
            return self.ledger.optional(Measure.INTEREST, of=party)
        return self.given(name, f"shares.{party}") if party in tier.shares else Const(0.0)

    def _divide(self, name: str, tier: Shared, paid: Ref, promote: Expr | None) -> None:
        base: Expr = paid
        if promote is not None:
            row = self.block.define("promote", f"Promote to {self.ledger.parties[self.term.sponsor]}", promote)
            self.promoted.append(row)
            base = paid - row
        for one in self.everybody:
            if tier.shares is not None and one not in tier.shares:
                continue
            share = self._share(name, tier, one)
            self.got[one].append(self.block.define(f"to_{one}", f"Paid to {self.ledger.parties[one]}", base * share))

    def close(self) -> None:
        """What each gets of all tiers, the hurdles' accounts after it, promote, clawback and the check of the sum."""
        term, ledger, rows = self.term, self.ledger, self.rows
        totals = {}
        for one in self.everybody:
            who = ledger.parties[one]
            totals[one] = rows.define(f"to_{one}", f"Distributed to {who}, without promote", add_up(self.got[one]) + 0)
            ledger.record(Measure.ENTITLEMENT, totals[one], of=one, by=term.name)
        rows.promote = add_up(self.promoted) + 0 if self.promoted else ledger.nothing + 0
        rows.promote_to_date = lag(rows.promote_to_date) + rows.promote
        rows.distributed_to_date = lag(rows.distributed_to_date) + rows.available
        ledger.post(Account.PROMOTE, rows.promote, payer=VENTURE, payee=term.sponsor)
        for name, before in self.hurdles:
            after = before - add_up([totals[one] for one in term.investors])
            closing = max_(after, 0) if term.accounts == "floored" else after
            block = Block(ledger.graph, f"{term.name}.{name}", f"{term.heading}: {name.replace('_', ' ')}")
            block.define("account", "Needed for the hurdle, after distributions", closing, total="last")
        shared = add_up([*totals.values(), rows.promote, *self.others])
        ledger.check(f"{term.name}_pays_out", f"{term.heading}: pays out just what there is", rows.available - shared)
        if term.clawback is not None:
            self._claw_back()

    def _claw_back(self) -> None:
        term, ledger, rows = self.term, self.ledger, self.rows
        profit = max_(rows.distributed_to_date - rows.contributed_to_date, 0)
        beyond = max_(rows.promote_to_date - profit * term.given(ledger, "clawback.promote"), 0)
        most = rows.promote_to_date * term.given(ledger, "clawback.after_tax")
        rows.returned = min_(beyond, most) * ledger.last
        held = add_up([ledger.optional(Measure.INTEREST, of=one) for one in term.investors])
        for one in term.investors:
            share = ratio(ledger.optional(Measure.INTEREST, of=one), held)
            part = rows.define(f"returned_to_{one}", f"Clawed back by {ledger.parties[one]}", rows.returned * share)
            ledger.post(Account.PROMOTE, part, payer=term.sponsor, payee=one)
