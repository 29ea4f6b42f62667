"""Political-risk insurance or investment guarantee: premium in advance, claim when the venture is taken (terms.md H8)."""

from __future__ import annotations

from typing import Annotated, Literal

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Block, Const, Expr, Row, lag, ratio
from jvmodel.inputs import Measured, Months, Party, Series, Share
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term

Insured = Annotated[Series, Measured("$m", gaps="outside", low=0.0)]


class RiskInsurance(Term):
    """The insurer pays a share of the insured value if the venture is taken; the insured pays a premium while it is not."""

    kind: Literal["risk_insurance"] = "risk_insurance"
    insurer: Party
    """Party that insures"""
    insured: Party
    """Partner that is insured"""
    value: Insured
    """Value insured at the end of each period in nominal money, such as net book value; lost profit is not insured"""
    cover: Share = 0.9
    """Share of it that is covered"""
    premium: Share
    """Premium a year on the cover in force, in advance"""
    waiting: Months = 0.0
    """Months from the loss to the claim's payment; what falls due after the model is paid in its last period"""

    class Rows(Block):
        survival = Row("Chance that it has survived", unit="%", total="none")
        taken = Row("Chance that it is taken in the period", unit="%", total="none")
        cover = Row("Cover for the next period", total="none")
        premium = Row("Premium, in expectation")
        arises = Row("Claim that arises, in expectation")
        claim = Row("Claim paid, in expectation")
        chance = Row("Chance of a claim in the period, if it has survived", unit="%", total="none")

    def apply(self, ledger: Ledger) -> None:
        """Premium = survival × rate × cover for the next period; claim = chance of being taken × cover of the last."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        hazardous = ledger.has(Measure.SURVIVAL)
        survival: Expr = ledger.read(Measure.SURVIVAL, by=self.name) if hazardous else Const(1.0) + ledger.last * 0
        rows.survival = survival + 0
        rows.taken = lag(rows.survival, 1) - rows.survival
        insured = ledger.todays_money(self.given(ledger, "value"))
        rows.cover = insured * self.given(ledger, "cover") * (1 - ledger.last)
        rows.premium = rows.survival * rows.cover * self.given(ledger, "premium") * ledger.share_of_year
        rows.arises = rows.taken * ledger.brought_forward(rows.cover)
        if self.waiting:
            late = Arrears(ledger.graph, f"{self.name}.waiting", f"{self.heading}: claims waiting")
            rows.claim = paid_late(ledger, late, rows.arises, self.given(ledger, "waiting"))
        else:
            rows.claim = rows.arises + 0
        rows.chance = ratio(rows.taken, lag(rows.survival, 1))
        ledger.post(Account.INSURANCE, rows.premium, payer=self.insured, payee=self.insurer)
        ledger.post(Account.INSURANCE, rows.claim, payer=self.insurer, payee=self.insured)
