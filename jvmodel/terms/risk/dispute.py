"""Disputes in expectation: how often, by which path they are settled, what each path costs and brings back (terms.md H11)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jvmodel.arrears import Arrears, paid_late
from jvmodel.graph import Block, Const, Expr, Row, add_up, ratio
from jvmodel.inputs import Measured, Money, Months, Party, Record, Share, fault
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger
from jvmodel.term import Name, Term

PerYear = Annotated[float, Measured(low=0.0, high=20.0)]


class Path(Record):
    """A way to settle a dispute: an expert, a dispute board, arbitration, a court."""

    probability: Share
    """share of the disputes that come to it"""
    months: Months
    """months until it is settled"""
    cost: Money
    """cost of it, in money of the base date"""
    interrupted: Share = 0.0
    """share of output interrupted meanwhile"""
    recovered: Share = 0.0
    """share of the amount in dispute that is awarded"""
    enforced: Share = 1.0
    """chance that an award is paid"""


class Mediation(Record):
    """A mediator whom both sides see first."""

    settles: Share
    """share of the disputes that it settles, without a further path"""
    months: Months
    """months that it takes"""
    cost: Money
    """cost of it, in money of the base date"""
    recovered: Share = 0.0
    """share of the amount in dispute that comes back where it settles"""


class Deadlock(Record):
    """A vote that does not come about."""

    per_year: PerYear
    """how often a year of operation"""
    months: Months
    """months by which the decision is late"""
    cost: Annotated[float, Measured("$m/month", low=0.0)]
    """cost of each month, in money of the base date"""


class Dispute(Term):
    """An amount is withheld, and comes back in part and later by the path that settles the dispute; mediation may come first."""

    kind: Literal["dispute"] = "dispute"
    per_year: PerYear
    """How often a year of operation"""
    amount: Money
    """Amount in dispute each time, in nominal money"""
    opponent: Party
    """Party that withholds the amount"""
    paths: dict[Name, Path] = Field(min_length=1, max_length=8)
    """Path"""
    mediation: Mediation | None = None
    """Mediation"""
    deadlock: Deadlock | None = None
    """Deadlock"""
    margin: Share = 1.0
    """Share of revenue that is lost while output is interrupted"""

    @model_validator(mode="after")
    def _whole(self) -> Dispute:
        total = sum(path.probability for path in self.paths.values())
        if abs(total - 1) > 1e-9:
            raise fault(f"paths: probabilities add up to {total * 100:.10g}%; they must add up to 100%")
        return self

    class Rows(Block):
        often = Row("How often in the period, in expectation", unit="1")
        further = Row("of which are not settled by mediation", unit="1")
        withheld = Row("Amounts withheld, in expectation")
        interrupted = Row("Revenue lost to interruptions, in expectation")
        cost = Row("Cost of mediation and of the paths, in expectation")
        deadlock = Row("Cost of deadlocks, in expectation")
        awarded = Row("Amounts to come back, in expectation")
        back = Row("Amounts that come back, in expectation")
        net = Row("Withheld less what comes back")
        total = Row("Cost of disputes beside the amounts")
        mediation = Row("Saved by mediation, less its cost; not a cash flow")

    def apply(self, ledger: Ledger) -> None:
        """How often × Σ probability × (cost + months × interrupted × margin × revenue), and amounts that do not come back."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        rows.often = self.given(ledger, "per_year") * ledger.share_of_year * ledger.phase("operation")
        settled: Expr = self.given(ledger, "mediation.settles") if self.mediation is not None else Const(0.0)
        rows.further = rows.often * (1 - settled)
        amount = ledger.todays_money(self.given(ledger, "amount"))
        rows.withheld = rows.often * amount
        month = ratio(ledger.total(Account.REVENUE), ledger.months) * self.given(ledger, "margin")
        lost, costs, awards = [], [], []
        for name in self.paths:
            path = {field: self.given(ledger, f"paths.{name}.{field}") for field in Path.model_fields}
            lost.append(path["probability"] * path["months"] * path["interrupted"])
            costs.append(path["probability"] * path["cost"])
            label = f"Comes back by {name.replace('_', ' ')}, in expectation"
            award = rows.further * path["probability"] * amount * path["recovered"] * path["enforced"]
            awards.append((rows.define(f"awarded_{name}", label, award), path["months"], name))
        each = rows.define("each", "Cost of a dispute that goes on, beside the amount", add_up(lost) * month
                           + ledger.escalated(add_up(costs), "real"), total="none")  # fmt: skip
        rows.interrupted = rows.further * add_up(lost) * month
        cost = ledger.escalated(rows.further * add_up(costs), "real")
        if self.mediation is not None:
            first = {field: self.given(ledger, f"mediation.{field}") for field in Mediation.model_fields}
            cost = cost + ledger.escalated(rows.often * first["cost"], "real")
            rows.mediation = rows.often * (each * settled - ledger.escalated(first["cost"], "real"))
            award = rows.often * settled * amount * first["recovered"]
            back = rows.define("awarded_mediation", "Comes back by mediation, in expectation", award)
            awards.append((back, first["months"], "mediation"))
        rows.cost = cost
        rows.awarded = add_up([award for award, _, _ in awards])
        rows.back = add_up([self._later(ledger, award, months, name) for award, months, name in awards])
        rows.net = rows.withheld - rows.back
        ledger.post(Account.OPERATING, rows.net, payer=VENTURE, payee=self.opponent)
        rows.total = rows.interrupted + rows.cost + self._deadlock(ledger, rows)
        ledger.post(Account.OPERATING, rows.total, payer=VENTURE, payee=SUPPLIERS)

    def _later(self, ledger: Ledger, award: Expr, months: Expr, name: str) -> Expr:
        """What is awarded comes back when its path has ended; what is open at the end, in the last period."""
        late = Arrears(ledger.graph, f"{self.name}.{name}", f"{self.heading}: {name.replace('_', ' ')}")
        return paid_late(ledger, late, award, months)

    def _deadlock(self, ledger: Ledger, rows: Rows) -> Expr:
        if self.deadlock is None:
            return ledger.nothing
        often, months, cost = (self.given(ledger, f"deadlock.{one}") for one in ("per_year", "months", "cost"))
        yearly = often * months * cost * ledger.share_of_year * ledger.phase("operation")
        rows.deadlock = ledger.escalated(yearly, "real")
        return rows.deadlock
