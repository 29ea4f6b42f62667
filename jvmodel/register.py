"""Interest register: who owns what share of a venture, period by period (terms.md B18, C2)."""

from __future__ import annotations

from pydantic import Field, model_validator

from jvmodel.graph import Block, Expr, Ref, add_up, lag, min_, where
from jvmodel.inputs import Date, Party, Record, Share, Split, fault
from jvmodel.ledger import Ledger, Measure
from jvmodel.term import Term

EXACT = 1e-9
"""Interests must add up to 100% within this."""


def _whole(interests: dict[str, float], what: str, free: float = 0.0) -> None:
    total = sum(interests.values())
    if free and abs(total + free - 1) <= EXACT:
        shares = ", ".join(f"{partner}: {share / total * 100:.12g}%" for partner, share in interests.items())
        raise fault(
            f"{what} add up to {total * 100:.10g}%, beside free shares of {free * 100:.10g}%; they share what is left, and must"
            f" add up to 100% themselves: write {{{shares}}}"
        )
    if abs(total - 1) > EXACT:
        raise fault(f"{what} add up to {total * 100:.10g}%; they must add up to 100%")


class InterestChange(Record):
    """Interests from a date on, replacing the earlier ones."""

    start: Date
    """First month of the new interests"""
    interests: Split = Field(min_length=1)
    """Participating interest of each partner"""


class Register(Block):
    """Interest register."""


class Owned(Term):
    """A venture that partners own in shares: participating interests, who funds them, free shares on top."""

    interests: Split = Field(min_length=1)
    """Participating interest of each partner, in dividends"""
    funding: Split | None = None
    """Share of each partner in cash calls; the interests when not given"""
    changes: tuple[InterestChange, ...] = ()
    """Later interests, by date; earlier dividends are not re-cut"""
    free_shares: dict[Party, Share] = Field(default_factory=dict)
    """Free share; of dividends, without any funding, never diluted: the participating interests share the rest"""

    @model_validator(mode="after")
    def _shares(self) -> Owned:
        free = sum(self.free_shares.values())
        _whole(self.interests, "interests", free)
        if self.funding is not None:
            _whole(self.funding, "funding shares", free)
        if free >= 1:
            raise fault(f"free_shares add up to {free * 100:.10g}%; something must be left for those who pay")
        dates = [change.start.index for change in self.changes]
        if dates != sorted(set(dates)):
            raise fault("changes must stand in the order of their dates, each date once")
        for change in self.changes:
            _whole(change.interests, f"interests from {change.start}", free)
        return self

    @property
    def payers(self) -> tuple[str, ...]:
        """Everybody who ever holds a participating interest or funds, in the order of the deal."""
        named = [*self.interests, *(self.funding or {})]
        for change in self.changes:
            named += change.interests
        return tuple(dict.fromkeys(named))

    @property
    def partners(self) -> tuple[str, ...]:
        """Everybody who ever holds an interest or a free share, or funds, in the order of the deal."""
        return tuple(dict.fromkeys([*self.payers, *self.free_shares]))

    def write_register(self, ledger: Ledger) -> tuple[dict[str, Ref], dict[str, Ref]]:
        """Rows of the interests of all partners in dividends, and of the payers' participating interests alone.

        Interests move at the beginning of the period after a transfer that other terms record (terms.md 0.12).
        """
        rows = Register(ledger.graph, f"{self.name}.register", f"{self.heading}: interest register")
        label = "Participating interest of" if self.free_shares else "Interest of"
        key = "paid" if self.free_shares else "interest"
        paid: dict[str, Ref] = {}
        for partner in self.payers:
            held = self._scheduled(ledger, partner)
            if ledger.has(Measure.TRANSFER):
                moved = rows.ref(f"moved_{partner}")
                transfer = ledger.optional(Measure.TRANSFER, of=partner)
                rows.define(
                    f"moved_{partner}",
                    f"Transferred to {ledger.parties[partner]}, to date",
                    lag(moved) + lag(transfer),
                    "%",
                    "none",
                )
                held = held + moved
            paid[partner] = rows.define(f"{key}_{partner}", f"{label} {ledger.parties[partner]}", held + 0, "%", "none")
            ledger.record(Measure.INTEREST, paid[partner], of=partner, by=self.name)
        shares = paid
        if self.free_shares:
            free = {partner: self.given(ledger, f"free_shares.{partner}") for partner in self.free_shares}
            left = 1 - add_up(free.values())
            shares = {}
            for partner in self.partners:
                parts = [paid[partner] * left] if partner in paid else []
                parts += [free[partner]] if partner in free else []
                shares[partner] = rows.define(
                    f"interest_{partner}",
                    f"Interest of {ledger.parties[partner]}, free shares included",
                    add_up(parts) + 0,
                    "%",
                    "none",
                )
        ledger.check("interests", "Interests add up to 100%", add_up(shares.values()) - 1, unit="%")
        if ledger.has(Measure.TRANSFER):
            below = add_up([min_(share, 0) for share in paid.values()])
            ledger.check("interests_held", "Nobody gives away more interest than it has", below, unit="%")
        return shares, paid

    def funds(self, ledger: Ledger, paid: dict[str, Ref]) -> dict[str, Expr]:
        """The share of each payer in cash calls."""
        if self.funding is None:
            return dict(paid)
        given = {partner: self.given(ledger, f"funding.{partner}") for partner in self.funding}
        ledger.check("funding_shares", "Funding shares add up to 100%", add_up(given.values()) - 1, unit="%")
        return given

    def _scheduled(self, ledger: Ledger, partner: str) -> Expr:
        nothing = ledger.last - ledger.last
        share = self.given(ledger, f"interests.{partner}") if partner in self.interests else nothing
        for number, change in enumerate(self.changes):
            later = self.given(ledger, f"changes.{number}.interests.{partner}") if partner in change.interests else 0
            timeline = ledger.graph.timeline
            since = tuple(float(start.index >= change.start.index) for start in timeline.starts)
            share = where(ledger.graph.fact(f"since_{change.start}", f"From {change.start} on", since), later, share)
        return share
