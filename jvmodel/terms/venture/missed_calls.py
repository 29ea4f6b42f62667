"""Missed cash calls: who covers them, how the interest of whoever missed them is diluted, and when it becomes a royalty.

terms.md C9 (straight-line and value-based dilution), C10 (accelerated dilution), C11 (remedies), C12 (conversion), P1.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, Row, add_up, lag, max_, min_, ratio, where
from jvmodel.inputs import Measured, Money, Party, Record, Series, Share, fault
from jvmodel.ledger import VENTURE, Account, Group, Ledger, Measure
from jvmodel.partners import MEETS, calls_left, calls_on
from jvmodel.term import Term

Formula = Literal["straight_line", "points", "premium", "fixed", "value_based"]
PaidShare = Annotated[Series, Measured(show="%", low=0.0, high=1.0)]
Penalty = Annotated[float, Measured(low=1.0, high=10.0)]
PointsPerMoney = Annotated[float, Measured(show="%", low=0.0, high=1.0)]


ON_ACCOUNTS = (
    "Worked example: {formula}, of a call of 20 a partner with 40% pays 4 instead of 8, with 50 on all accounts; its interest"
    " becomes {after}."
)
ON_VALUE = (
    "Worked example: {formula}, of a call of 20 a partner with 40% pays 4 instead of 8, with an agreed value of {value};"
    " its interest becomes {after}."
)


class Conversion(Record):
    """A small interest becomes a royalty."""

    below: Share
    """interest below which it is converted"""
    rate: Share
    """royalty rate"""
    base: Literal["nsr", "revenue", "net_profits"] = "nsr"
    """base; net smelter return, revenue, or net profits once all costs are recovered"""
    cap: Money | None = None
    """most that the royalty ever pays"""
    cap_of_account: Share | None = None
    """most that the royalty ever pays, as a share of the party's account when it was converted"""

    @model_validator(mode="after")
    def _one_cap(self) -> Conversion:
        if self.cap is not None and self.cap_of_account is not None:
            raise fault("give cap (an amount) or cap_of_account (a share of the account), one of the two")
        return self


class MissedCalls(Term):
    """Calls that partners do not pay are covered by the others, and dilute the interest of whoever missed them."""

    kind: Literal["missed_calls"] = "missed_calls"
    paid: dict[Party, PaidShare] = Field(min_length=1)
    """Share of its own calls that the partner pays"""
    covered_by: tuple[Party, ...] = Field(min_length=1)
    """Partners that cover the rest, by their interests"""
    formula: Formula
    """Dilution; straight_line (accounts), points (loss times a factor), premium (cover counts by a factor), fixed (points for
    each million missed) or value_based (an agreed value instead of accounts)"""
    account: Money | None = None
    """Total of all partners' accounts at the start, deemed contributions included; for straight_line, points and premium"""
    deemed: bool = False
    """Whether the accounts start anew at what an earn-in deems contributed whenever an interest is earned"""
    factor: Penalty | None = None
    """Penalty factor; for points and premium"""
    points: PointsPerMoney | None = None
    """Interest lost for each million missed; for fixed"""
    value: Money | None = Field(default=None, gt=0)
    """Agreed value of the venture before the call; for value_based"""
    conversion: Conversion | None = None
    """Conversion"""

    @model_validator(mode="after")
    def _whole(self) -> MissedCalls:
        needs = {"straight_line": ("account",), "points": ("account", "factor"), "premium": ("account", "factor"),
                 "fixed": ("points",), "value_based": ("value",)}[self.formula]  # fmt: skip
        for field in ("account", "factor", "points", "value"):
            if (getattr(self, field) is None) == (field in needs):
                does = "needs" if field in needs else "has no use for"
                raise fault(f"formula: {self.formula} {does} {field}; it goes with {' and '.join(needs)}")
        if (
            self.conversion is not None
            and self.conversion.cap_of_account is not None
            and self.formula in ("fixed", "value_based")
        ):
            raise fault(f"conversion: {self.formula} keeps no accounts; give cap instead of cap_of_account")
        both = set(self.paid) & set(self.covered_by)
        if both:
            raise fault(f"'{min(both)}' misses calls and covers them; name it in one place")
        return self

    @classmethod
    def diluted(cls, formula: Formula, factor: float, points: float, value: float) -> float:
        """Interest after missing 4 of a call of 8, of 20 in all, with 50 on the accounts and 40% before (example 01)."""
        interest, account, call, missed = 0.4, 50.0, 20.0, 4.0
        own = interest * account + interest * call - missed
        return {
            "straight_line": own / (account + call),
            "points": (own - (factor - 1) * missed) / (account + call),
            "premium": own / (account + call + (factor - 1) * missed),
            "fixed": max(0.0, interest - points * missed),
            "value_based": (interest * value + interest * call - missed) / (value + call),
        }[formula]

    @property
    def worked_example(self) -> tuple[str, dict[str, str | float]]:
        """The clause at work, for the term sheet."""
        after = self.diluted(self.formula, self.factor or 1.0, self.points or 0.0, self.value or 1.0)
        values: dict[str, str | float] = {"formula": self.formula.replace("_", " "), "after": after}
        return (ON_VALUE, values | {"value": f"{self.value:g}"}) if self.value else (ON_ACCOUNTS, values)

    def announces(self) -> tuple[Account | Measure, ...]:
        """Cover, and interests that move."""
        royalties = (Account.ROYALTIES,) if self.conversion is not None else ()
        return (Account.COVER, Measure.TRANSFER, *royalties)

    class Rows(Block):
        opening = Row("Accounts of all partners brought forward, in nominal money", total="none")
        called = Row("Cash calls on all partners of the venture, in nominal money")
        covered = Row(
            "Interest of those who cover; where it is nil nobody covers, and nothing can be missed", unit="%", total="none"
        )
        missed = Row("Calls missed")
        closing = Row("Accounts of all partners carried forward, in nominal money", total="last")
        divisor = Row("Accounts or value, with the call, in nominal money", total="none")
        remaining = Row("Interest left to those who cover", unit="%", total="none")
        staying = Row("Interests that are not converted", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Accounts are kept as interest × total, so that no later step undoes a penalty."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        everybody = (*self.paid, *self.covered_by)
        interest = {one: ledger.read(Measure.INTEREST, of=one, by=self.name) for one in everybody}
        calls = {one: self._call(ledger, rows, one) for one in everybody}
        rows.called = self._called(ledger)
        rows.covered = add_up([interest[one] for one in self.covered_by])
        missed = {one: self._missed(ledger, rows, one, calls[one]) for one in self.paid}
        rows.missed = add_up(missed.values())
        cover = {one: self._cover(ledger, rows, one, interest[one], missed) for one in self.covered_by}
        self._accounts(ledger, rows)
        after = {
            one: rows.define(
                f"after_{one}", f"Interest of {ledger.parties[one]} after dilution",
                max_(self._raw(ledger, rows, interest[one], calls[one] - missed[one], 0 - missed[one]), 0), "%", "none",
            )
            for one in self.paid
        }  # fmt: skip
        rows.remaining = add_up(interest.values()) - add_up(after.values())
        raw = {
            one: rows.define(
                f"raw_{one}", f"Interest of {ledger.parties[one]} before conversions",
                self._raw(ledger, rows, interest[one], calls[one] + cover[one], cover[one]), "%", "none",
            )
            for one in self.covered_by
        }  # fmt: skip
        kept: dict[str, Expr] = dict(after)
        kept |= {one: rows.remaining * ratio(row, add_up(raw.values())) for one, row in raw.items()}
        if self.conversion is not None:
            kept = self._convert(ledger, rows, self.conversion, interest, kept)
        for one in everybody:
            moved = rows.define(
                f"moves_to_{one}", f"Interest that moves to {ledger.parties[one]}",
                where(rows.missed > 0, kept[one] - interest[one], 0), "%", "none",
            )  # fmt: skip
            ledger.record(Measure.TRANSFER, moved, of=one, by=self.name)

    def _call(self, ledger: Ledger, rows: Rows, party: str) -> Ref:
        return rows.define(f"call_{party}", f"Cash call on {ledger.parties[party]}", calls_on(ledger, party) + 0)

    @staticmethod
    def _called(ledger: Ledger) -> Expr:
        """Calls on all partners, those who neither miss nor cover any among them: all of it adds to the accounts."""
        called: Expr = ledger.total(Account.CALLS, payee=VENTURE)
        if ledger.has(Account.PARTNER_LOANS):
            called = called + ledger.total(Account.PARTNER_LOANS, payee=VENTURE)
        return ledger.face_value(called) + 0

    def _missed(self, ledger: Ledger, rows: Rows, party: str, call: Ref) -> Ref:
        unpaid, who = 1 - self.given(ledger, f"paid.{party}"), ledger.parties[party]
        left: Expr = call
        if any(ledger.has(one) for one in MEETS if one is not Account.COVER):
            left = rows.define(
                f"left_{party}", f"Call left to {who} by clauses before this", calls_left(ledger, party, Account.COVER)
            )
        return rows.define(f"missed_{party}", f"Call missed by {who}", left * unpaid * (rows.covered > 0))

    def _cover(self, ledger: Ledger, rows: Rows, party: str, interest: Ref, missed: dict[str, Ref]) -> Ref:
        who, share = ledger.parties[party], ratio(interest, rows.covered)
        for one, amount in missed.items():
            part = rows.define(f"cover_{party}_{one}", f"Paid by {who} for {ledger.parties[one]}", amount * share)
            ledger.post(Account.COVER, part, payer=party, payee=one, meets="calls")
        return rows.define(f"cover_{party}", f"Covered by {who}", rows.missed * share)

    def _accounts(self, ledger: Ledger, rows: Rows) -> None:
        if self.formula in ("fixed", "value_based"):
            if self.value is not None:
                rows.divisor = self.given(ledger, "value") + rows.called
            return
        before: Expr = lag(rows.closing, self.given(ledger, "account"))
        if self.deemed:
            deemed = ledger.read(Measure.DEEMED, by=self.name)
            before = where(lag(deemed) > 0, lag(deemed), before)
        rows.opening = before
        grown = rows.opening + rows.called
        if self.formula == "premium":
            grown = grown + ledger.face_value(rows.missed) * (self.given(ledger, "factor") - 1)
        rows.divisor = grown
        rows.closing = rows.divisor + 0

    def _raw(self, ledger: Ledger, rows: Rows, interest: Ref, own: Expr, cover: Expr) -> Expr:
        """Interest by the formula: `own` is what the partner pays in all, `cover` what it covers (or, negative, misses).

        Accounts are kept in nominal money, so that a real model dilutes as the contract does.
        """
        own, cover = ledger.face_value(own), ledger.face_value(cover)
        if self.formula == "fixed":
            unit = ledger.graph.fact("one_million", "One million", (1.0,) * ledger.graph.timeline.periods, ledger.money)
            return interest + self.given(ledger, "points") * cover / unit
        account = interest * (self.given(ledger, "value") if self.value is not None else rows.opening) + own
        if self.formula == "points":
            account = account + cover * (self.given(ledger, "factor") - 1)
        elif self.formula == "premium":
            account = account + max_(cover, 0) * (self.given(ledger, "factor") - 1)
        return ratio(account, rows.divisor, interest)

    def _base(self, ledger: Ledger, rows: Rows) -> Expr:
        """What a royalty after conversion is a share of; net profits as an account of all cash before tax (terms.md B6)."""
        assert self.conversion is not None
        if self.conversion.base == "nsr":
            return ledger.read(Measure.NET_SMELTER_RETURN, by=self.name)
        if self.conversion.base == "revenue":
            return ledger.total(Account.REVENUE)
        account = rows.ref("profits")
        if account.name not in ledger.graph.rows:
            cash = ledger.net(Group.OPERATING_CASH) + ledger.net(Group.COSTS) + ledger.total(Account.OPERATING, payer=VENTURE)
            rows.define(
                "profits",
                "Net profits to date, or costs not yet recovered",
                min_(ledger.brought_forward(account), 0) + cash,
                total="none",
            )
        return account

    def _convert(
        self, ledger: Ledger, rows: Rows, terms: Conversion, interest: dict[str, Ref], kept: dict[str, Expr]
    ) -> dict[str, Expr]:
        """An interest below the threshold goes to all others of the clause in proportion; a royalty takes its place."""
        stays = {one: kept[one] * (1 - self._converted(ledger, rows, one, interest[one], kept[one])) for one in self.paid}
        stays |= {one: kept[one] for one in self.covered_by}
        rows.staying = add_up(stays.values())
        grown = ratio(add_up(interest.values()), rows.staying)
        for one in self.paid:
            self._royalty(ledger, rows, terms, one, kept[one])
        return {one: share * grown for one, share in stays.items()}

    def _converted(self, ledger: Ledger, rows: Rows, party: str, interest: Ref, after: Expr) -> Ref:
        """1 from the period on in which the interest falls below the threshold."""
        below = where(rows.missed > 0, after < self.given(ledger, "conversion.below"), 0) * (interest > 0)
        flag = max_(lag(rows.ref(f"converted_{party}")), below)
        return rows.define(f"converted_{party}", f"{ledger.parties[party]} is converted to a royalty", flag, "1", "none")

    def _royalty(self, ledger: Ledger, rows: Rows, terms: Conversion, party: str, after: Expr) -> None:
        """The royalty of a converted party, paid from the next period on."""
        who, converted = ledger.parties[party], rows.ref(f"converted_{party}")
        royalty = max_(self._base(ledger, rows), 0) * self.given(ledger, "conversion.rate") * lag(converted)
        most = self._most(ledger, rows, terms, party, after)
        if most is not None:
            room = max_(most - lag(rows.ref(f"royalty_to_date_{party}")), 0)
            royalty = min_(royalty, ledger.todays_money(room))
        row = rows.define(f"royalty_{party}", f"Royalty to {who}", royalty)
        if most is not None:
            to_date = lag(rows.ref(f"royalty_to_date_{party}")) + ledger.face_value(row)
            rows.define(f"royalty_to_date_{party}", f"Royalty to {who}, to date", to_date, total="last")
        ledger.post(Account.ROYALTIES, row, payer=VENTURE, payee=party, deductible="yes", instead_of="interest")

    def _most(self, ledger: Ledger, rows: Rows, terms: Conversion, party: str, after: Expr) -> Expr | None:
        """The most that the royalty ever pays: an amount, or a share of the party's account when it was converted."""
        if terms.cap is not None:
            return self.given(ledger, "conversion.cap")
        if terms.cap_of_account is None:
            return None
        converted, account = rows.ref(f"converted_{party}"), rows.ref(f"account_{party}")
        now = where(converted - lag(converted) > 0, after * rows.closing, lag(account))
        rows.define(f"account_{party}", f"Account of {ledger.parties[party]} when converted", now, total="none")
        return lag(account) * self.given(ledger, "conversion.cap_of_account")
