"""Tiers of a distribution waterfall: what each is owed, and cash on its way through them (terms.md F2, F4 to F6, P4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Ref, Row, add_up, max_, min_, power, ratio
from jvmodel.inputs import Measured, Party, Rate, Record, Series, Share, Split, fault
from jvmodel.ledger import VENTURE, Account, Ledger
from jvmodel.partners import covered_by, loan_part
from jvmodel.term import Term

MoneyOverTime = Annotated[Series, Measured("$m/year", per_year=True, gaps="zero", low=0.0)]
Hurdle = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


class Payment(Record):
    """An amount to a party before those after it, such as a subordinated fee."""

    kind: Literal["payment"]
    """a fixed amount to one party"""
    payee: Party
    """party that is paid"""
    amount: MoneyOverTime
    """amount a year, in nominal money"""
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


class DividedCash(Block):
    """Cash to be divided."""

    available = Row("Cash to be divided")
    contributed = Row("Contributed by investors and sponsor")
    contributed_to_date = Row("Contributed to date", total="last")
    distributed_to_date = Row("Distributed to date", total="last")
    promote = Row("Promote")
    promote_to_date = Row("Promote to date", total="last")


class Division:
    """Cash on its way through the tiers: what is left, what each has got in this period."""

    def __init__(
        self,
        ledger: Ledger,
        rows: DividedCash,
        term: Term,
        tiers: dict[str, AnyTier],
        paid_in: dict[str, Ref],
        investors: tuple[str, ...],
        shares: dict[str, Expr],
    ) -> None:
        """Investors first and the sponsor last in `paid_in` and `shares`, which divide a tier that names no shares."""
        self.ledger, self.rows, self.term = ledger, rows, term
        self.paid_in, self.shares = paid_in, shares
        self.investors = investors
        self.everybody = tuple(paid_in)
        self.sponsor = self.everybody[-1]
        self.left: Expr = rows.available
        self.got: dict[str, list[Expr]] = {one: [] for one in self.everybody}
        self.promoted: list[Expr] = []
        self.others: list[Ref] = []
        self.paid: list[Ref] = []
        self.hurdles: list[tuple[Block, Ref]] = []
        self.block: Block = rows
        self.capital = next((name for name, tier in tiers.items() if isinstance(tier, ReturnOfCapital)), None)
        for name, tier in tiers.items():
            self.tier(name, tier)

    def tier(self, name: str, tier: AnyTier) -> None:
        """Takes what the tier is owed from what is left."""
        label = name.replace("_", " ").lower()
        self.block = Block(
            self.ledger.graph, f"{self.rows.name}.{name}", f"{self.rows.graph.headings[self.rows.name].title}: {label}"
        )
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
        self.paid.append(paid)
        return paid

    @property
    def divided(self) -> Expr:
        """What investors and sponsor divide: cash less payments to others before them, which are nobody's profit."""
        return self.rows.available - add_up(self.others) if self.others else self.rows.available

    def _payment(self, name: str, tier: Payment) -> None:
        due = self.ledger.todays_money(self.given(name, "amount"))
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
        self.others.append(self.paid.pop())

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
        rate = power(1 + self.given(name, "rate"), self.ledger.period_years) - 1
        unpaid = self._accounts("after")
        owed: dict[str, Expr] = {}
        for one in self.everybody:
            if self.capital is not None:
                outstanding: Expr = Ref(f"{self.rows.name}.{self.capital}.after_{one}")
            else:
                outstanding = self.block.ref(f"capital_{one}")
                who = self.ledger.parties[one]
                self.block.define(
                    f"capital_{one}",
                    f"Capital of {who}",
                    self.ledger.brought_forward(outstanding) + self.paid_in[one],
                    total="last",
                )
            before = self.ledger.brought_forward(unpaid[one])
            kept = before * (1 + rate) if tier.compounding else before
            owed[one] = kept + self.ledger.brought_forward(outstanding) * rate
        self._owed_by_party(owed, "Preferred return")

    def _catch_up(self, name: str) -> None:
        """Pool x with promote so far + u·x = s·(profit so far + x)."""
        rows, rate, promote = self.rows, self.given(name, "rate"), self.given(name, "promote")
        gone = self.ledger.brought_forward(rows.distributed_to_date) + add_up(self.paid)
        profit = self.block.define("profit", "Profit distributed so far", max_(gone - rows.contributed_to_date, 0), total="none")
        held = self.ledger.brought_forward(rows.promote_to_date) + add_up(self.promoted)
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
        got = [part for one in self.investors for part in self.got[one]]
        missing = max_(before - add_up(got), 0) if got else max_(before, 0)
        self.hurdles.append((block, before))
        part = add_up([self._share(name, tier, one) for one in self.investors]) * (1 - self.given(name, "promote"))
        return ratio(missing, part)

    def _cash_of_investors(self) -> tuple[Expr, Expr]:
        """All that the investors pay in and receive beside the waterfall."""
        ledger, investors = self.ledger, self.investors
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
            return self.shares[party]
        return self.given(name, f"shares.{party}") if party in tier.shares else Const(0.0)

    def _divide(self, name: str, tier: Shared, paid: Ref, promote: Expr | None) -> None:
        base: Expr = paid
        if promote is not None:
            row = self.block.define("promote", f"Promote to {self.ledger.parties[self.sponsor]}", promote)
            self.promoted.append(row)
            base = paid - row
        for one in self.everybody:
            if tier.shares is not None and one not in tier.shares:
                continue
            share = self._share(name, tier, one)
            self.got[one].append(self.block.define(f"to_{one}", f"Paid to {self.ledger.parties[one]}", base * share))

    def close(self, floored: bool) -> dict[str, Ref]:
        """What each gets of all tiers without promote, and the hurdles' accounts after it."""
        ledger, rows = self.ledger, self.rows
        totals = {
            one: rows.define(f"to_{one}", f"Distributed to {ledger.parties[one]}, without promote", add_up(self.got[one]) + 0)
            for one in self.everybody
        }
        rows.promote = add_up(self.promoted) + 0 if self.promoted else ledger.nothing + 0
        rows.promote_to_date = ledger.brought_forward(rows.promote_to_date) + rows.promote
        rows.distributed_to_date = ledger.brought_forward(rows.distributed_to_date) + self.divided
        for block, before in self.hurdles:
            after = before - add_up([totals[one] for one in self.investors])
            closing = max_(after, 0) if floored else after
            block.define("account", "Needed for the hurdle, after distributions", closing, total="last")
        return totals
