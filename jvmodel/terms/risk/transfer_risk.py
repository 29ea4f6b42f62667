"""Currency and transfer risk: distributions that are held up, a currency that is devalued, in expectation (terms.md H10)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Block, Row
from jvmodel.inputs import Date, Money, Months, Party, Share, fault
from jvmodel.ledger import BANKS, VENTURE, Account, Ledger
from jvmodel.partners import received_by
from jvmodel.term import Term


class TransferRisk(Term):
    """What partners abroad receive may wait in the country without interest; an insurer may pay it at once, for a premium."""

    kind: Literal["transfer_risk"] = "transfer_risk"
    partners: tuple[Party, ...] = Field(min_length=1)
    """Partners abroad"""
    start: Date
    """First month in which transfers may be stopped"""
    end: Date | None = None
    """First month in which they may no longer be; never when not given"""
    stopped: Share
    """Chance that a distribution is held up"""
    months: Months
    """Months until it is let go"""
    devaluation: Share = 0.0
    """Share of its value that is lost meanwhile; the gain is the central bank's"""
    central_bank: Party | None = None
    """Party that gains by a devaluation; banks when not given"""
    insurer: Party | None = None
    """Party that pays partners at once, and receives what is let go"""
    cover: Share = 0.0
    """Share of what is held up that it pays"""
    premium: Share = 0.0
    """Premium as a share of every distribution covered"""
    balance: Money = 0.0
    """Cash that the venture keeps in local currency"""
    jump: Share = 0.0
    """Chance a year of a devaluation by the share above, on that balance"""

    @model_validator(mode="after")
    def _insured(self) -> TransferRisk:
        if (self.insurer is None) != (not self.cover):
            raise fault("insurer and cover go together: who pays, and how much of it; give both or neither")
        if self.premium and self.insurer is None:
            raise fault("premium goes with insurer; give both or neither")
        return self

    class Rows(Block):
        chance = Row("Chance that a distribution is held up", unit="%", total="none")
        balance = Row("Loss on cash in local currency, in expectation")

    def apply(self, ledger: Ledger) -> None:
        """Held up = distribution × chance; let go months later at (1 − devaluation) of its value, to whoever is owed it."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.chance = self.given(ledger, "stopped") * ledger.flagged(self.start, self.end)
        for partner in self.partners:
            self._partner(ledger, rows, partner)
        if self.balance and self.jump:
            yearly = self.given(ledger, "jump") * self.given(ledger, "devaluation")
            running = ledger.flagged(self.start, self.end) * ledger.share_of_year
            rows.balance = ledger.todays_money(self.given(ledger, "balance")) * yearly * running
            ledger.post(Account.OPERATING, rows.balance, payer=VENTURE, payee=self.central_bank or BANKS)

    def _partner(self, ledger: Ledger, rows: Rows, partner: str) -> None:
        who = ledger.parties[partner]
        received = received_by(ledger, partner)
        held = rows.define(f"held_{partner}", f"Held up of what {who} receives, in expectation", received * rows.chance)
        ledger.post(Account.HELD_UP, held, payer=partner, payee=BANKS)
        late = Arrears(ledger.graph, f"{self.name}.waiting_{partner}", f"{self.heading}: waiting for {who}")
        let_go = rows.define(
            f"let_go_{partner}", "Let go, before devaluation", paid_late(ledger, late, held, self.given(ledger, "months"))
        )
        lost = rows.define(f"lost_{partner}", "of which lost to devaluation", let_go * self.given(ledger, "devaluation"))
        if self.central_bank is not None:
            ledger.post(Account.HELD_UP, lost, payer=BANKS, payee=self.central_bank)
        back = rows.define(f"back_{partner}", "Let go, after devaluation", let_go - lost)
        ledger.post(Account.HELD_UP, back, payer=BANKS, payee=partner)
        if self.insurer is None:
            return
        cover = self.given(ledger, "cover")
        claim = rows.define(f"claim_{partner}", f"Paid by the insurer to {who}, in expectation", held * cover)
        ledger.post(Account.INSURANCE, claim, payer=self.insurer, payee=partner)
        passed = rows.define(f"passed_on_{partner}", f"Passed on by {who} to the insurer", back * cover)
        ledger.post(Account.INSURANCE, passed, payer=partner, payee=self.insurer)
        covered = received * cover * ledger.flagged(self.start, self.end)
        premium = rows.define(f"premium_{partner}", f"Premium of {who}", covered * self.given(ledger, "premium"))
        ledger.post(Account.INSURANCE, premium, payer=partner, payee=self.insurer)
