"""Distribution waterfall: tiers in any order, hurdles measured on all the investors' cash (terms.md F2 to F6, P4)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.account import BANKS
from jvmodel.graph import Expr, Ref, Row, add_up, max_, min_, power, ratio
from jvmodel.inputs import Party, Rate, Record, Share, fault
from jvmodel.ledger import VENTURE, Account, Ledger, Measure
from jvmodel.partners import covered_by, loan_part
from jvmodel.term import Name, Term
from jvmodel.tiers import AnyTier, DividedCash, Division, HurdleTier, Payment, Shared


class Clawback(Record):
    """At the end the sponsor gives back promote beyond its share of all profit."""

    promote: Share
    """share of profit over the whole life that the sponsor may keep"""
    after_tax: Share = 1.0
    """share of the promote received that can be claimed back at most, as the rest went in tax"""
    above: Rate | None = None
    """return of the investors that comes first, so that only profit above it is shared; all profit when not given"""
    escrow: Share = 0.0
    """share of the promote that is held in escrow until the end"""


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
    split: Literal["interests", "contributions"] = "interests"
    """Shares in tiers that name none; interests, or what each has contributed to date"""
    own_accounts: bool = False
    """Whether each investor has accounts and hurdles of its own, over its part of the cash, instead of all as a class"""
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
        if self.own_accounts:
            self._apart()
        return self

    def _apart(self) -> None:
        kinds = [tier.kind == "payment" for tier in self.tiers.values()]
        if kinds != sorted(kinds, reverse=True):
            raise fault("own_accounts: payments come before all other tiers, as they come out of everybody's cash")
        named = next((name for name, tier in self.tiers.items() if isinstance(tier, Shared) and tier.shares), None)
        if named:
            raise fault(f"tiers.{named}.shares: with own_accounts the tiers are shared by split; leave shares out")

    def announces(self) -> tuple[Account | Measure, ...]:
        """The split of distributions."""
        return (Measure.ENTITLEMENT, Account.PROMOTE)

    class Rows(DividedCash):
        preferred = Row("Return that is the investors' first, on capital outstanding")
        preferred_to_date = Row("Such return to date", total="last")
        outstanding = Row("Capital and such return outstanding", total="last")
        keepable = Row("Profit that the sponsor shares in", total="none")
        returned = Row("Promote clawed back at the end")
        escrowed = Row("Promote paid into escrow")
        held = Row("Promote held in escrow", total="last")

    def apply(self, ledger: Ledger) -> None:
        """Cash runs through the tiers in order; what comes out of them is just what went in."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        everybody = (*self.investors, self.sponsor)
        rows.available = ledger.read(Measure.DISTRIBUTABLE, by=self.name) + 0
        paid_in = {one: self._contributed(ledger, rows, one) for one in everybody}
        rows.contributed = add_up(paid_in.values())
        rows.contributed_to_date = ledger.brought_forward(rows.contributed_to_date) + rows.contributed
        shares = {one: self._share(ledger, rows, one, paid_in[one]) for one in everybody}
        tiers = dict(self.tiers)
        if self.own_accounts:
            tiers = {name: tier for name, tier in tiers.items() if isinstance(tier, Payment)}
        split = Division(ledger, rows, self, tiers, paid_in, self.investors, shares)
        if self.own_accounts:
            totals = self._by_investor(ledger, rows, split, paid_in, shares)
        else:
            totals = split.close(self.accounts == "floored")
        for one, total in totals.items():
            ledger.record(Measure.ENTITLEMENT, total, of=one, by=self.name)
        ledger.post(Account.PROMOTE, rows.promote, payer=VENTURE, payee=self.sponsor)
        shared = add_up([*totals.values(), rows.promote, *split.others])
        label = f"{self.heading}: pays out just what there is, to all who hold an interest"
        ledger.check(f"{self.name}_pays_out", label, rows.available - shared)
        if self.clawback is not None:
            self._claw_back(ledger, rows, self.clawback, split.divided)

    def _contributed(self, ledger: Ledger, rows: Rows, party: str) -> Ref:
        calls: Expr = ledger.total(Account.CALLS, payer=party)
        covered = covered_by(ledger, party)
        if covered is not None:
            calls = calls + (covered * (1 - loan_part(ledger)) if ledger.has(Account.PARTNER_LOANS) else covered)
        return rows.define(f"contributed_{party}", f"Capital paid in by {ledger.parties[party]}", calls + 0)

    def _share(self, ledger: Ledger, rows: Rows, party: str, paid_in: Ref) -> Expr:
        """The share in tiers that name none: the interest, or the part of all capital contributed to date."""
        if party == self.sponsor:
            interest = ledger.optional(Measure.INTEREST, of=party)
        else:
            interest = ledger.read(Measure.INTEREST, of=party, by=self.name)
        if self.split == "interests":
            return interest
        who, to_date = ledger.parties[party], rows.ref(f"to_date_{party}")
        rows.define(
            f"to_date_{party}", f"Capital paid in to date by {who}", ledger.brought_forward(to_date) + paid_in, total="last"
        )
        share = ratio(to_date, rows.contributed_to_date, interest)
        return rows.define(f"share_{party}", f"Share of {who} in capital paid in to date", share, "%", "none")

    def _by_investor(
        self, ledger: Ledger, rows: Rows, common: Division, paid_in: dict[str, Ref], shares: dict[str, Expr]
    ) -> dict[str, Ref]:
        """A waterfall of its own for each investor and the sponsor, over the investor's part of the cash."""
        tiers: dict[str, AnyTier] = {name: tier for name, tier in self.tiers.items() if not isinstance(tier, Payment)}
        whole = add_up([shares[one] for one in self.investors])
        got: dict[str, list[Expr]] = {one: [] for one in (*self.investors, self.sponsor)}
        promoted: list[Expr] = []
        for one in self.investors:
            who, part = ledger.parties[one], ratio(shares[one], whole)
            own = DividedCash(ledger.graph, f"{self.name}.{one}", f"{self.heading}: {who}")
            own.available = common.left * part
            beside = own.define("beside", f"Capital of {ledger.parties[self.sponsor]} beside {who}", paid_in[self.sponsor] * part)
            own.contributed = paid_in[one] + beside
            own.contributed_to_date = ledger.brought_forward(own.contributed_to_date) + own.contributed
            both = {one: whole, self.sponsor: shares[self.sponsor]}
            split = Division(ledger, own, self, tiers, {one: paid_in[one], self.sponsor: beside}, (one,), both)
            for party, total in split.close(self.accounts == "floored").items():
                got[party].append(total)
            promoted.append(own.promote)
        rows.promote = add_up(promoted) + 0
        rows.promote_to_date = ledger.brought_forward(rows.promote_to_date) + rows.promote
        rows.distributed_to_date = ledger.brought_forward(rows.distributed_to_date) + common.divided
        return {
            one: rows.define(f"to_{one}", f"Distributed to {ledger.parties[one]}, without promote", add_up(parts) + 0)
            for one, parts in got.items()
        }

    def _claw_back(self, ledger: Ledger, rows: Rows, terms: Clawback, divided: Expr) -> None:
        """Promote beyond the sponsor's share of profit, or of profit above a return, as far as it is left after tax."""
        profit = rows.distributed_to_date - rows.contributed_to_date
        if terms.above is not None:
            before = ledger.brought_forward(rows.outstanding)
            rows.preferred = before * (power(1 + self.given(ledger, "clawback.above"), ledger.period_years) - 1)
            rows.preferred_to_date = ledger.brought_forward(rows.preferred_to_date) + rows.preferred
            rows.outstanding = max_(before + rows.preferred + rows.contributed - divided, 0)
            profit = profit - rows.preferred_to_date
        rows.keepable = max_(profit, 0)
        beyond = max_(rows.promote_to_date - rows.keepable * self.given(ledger, "clawback.promote"), 0)
        most = rows.promote_to_date * self.given(ledger, "clawback.after_tax")
        rows.returned = min_(beyond, most) * ledger.last
        held = add_up([ledger.optional(Measure.INTEREST, of=one) for one in self.investors])
        for one in self.investors:
            share = ratio(ledger.optional(Measure.INTEREST, of=one), held)
            part = rows.define(f"returned_to_{one}", f"Clawed back by {ledger.parties[one]}", rows.returned * share)
            ledger.post(Account.PROMOTE, part, payer=self.sponsor, payee=one)
        if terms.escrow:
            rows.escrowed = rows.promote * self.given(ledger, "clawback.escrow")
            released = rows.define(
                "released", "Released from escrow at the end", (ledger.brought_forward(rows.held) + rows.escrowed) * ledger.last
            )
            rows.held = ledger.brought_forward(rows.held) + rows.escrowed - released
            ledger.post(Account.ESCROW, rows.escrowed, payer=self.sponsor, payee=BANKS)
            ledger.post(Account.ESCROW, released, payer=BANKS, payee=self.sponsor)
