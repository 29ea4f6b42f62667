"""Reserve account: cash held for the debt service, renewal or working capital to come (terms.md D6).

It is filled by cash calls until production, then by cash; or, as term sheets often say ("funded in full on the last day of
construction": Mazars, Debt Service Reserve Account, 2015), as a use that loan and partners fund together: a loan names it in
`also_funds` (D1). A reserve for debt service grows with the loan that helps to fill it: a solved number, its first filling as a
share of initial capital cost, cuts that loop. Where a loan has a sweep, service to come is what is scheduled if nothing more is
swept: "scheduled principal and financing costs" in term sheets, so it does not wait for the sweep that comes after it (F2).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from jvmodel.graph import Block, Expr, Given, Ref, Row, add_up, lead, max_, min_, ratio
from jvmodel.inputs import Measured, Months, Rate, Share
from jvmodel.ledger import BANKS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Term

Fee = Annotated[Share, Measured(show="%", low=0.0, high=0.2)]


class ReserveAccount(Term):
    """Cash for some months of spending to come, held before anything is distributed, or covered by a letter of credit."""

    kind: Literal["reserve_account"] = "reserve_account"
    of: Literal["debt_service", "sustaining_capital", "working_capital"] = "debt_service"
    """What it is held for; debt service, sustaining capital, or increases of working capital"""
    months: Months = Field(default=6.0, gt=0, le=24)
    """Months of it that are held"""
    interest: Rate = 0.0
    """Interest a year on what is held at the beginning of the period"""
    letter_of_credit: Fee | None = None
    """Fee a year on the target, for a letter of credit instead of cash"""

    def announces(self) -> tuple[Account | Measure | tuple[Measure, str], ...]:
        """What is to be held, what it earns or costs, and how many months ahead it looks at the service of loans."""
        asked = range(1, math.ceil(self.months) + 1) if self.of == "debt_service" else ()
        ahead = tuple((Measure.SCHEDULED, str(month)) for month in asked)
        if self.letter_of_credit is not None:
            return (Account.FINANCE_FEES, Measure.INTEREST_CHARGE, *ahead)
        return (Measure.RESERVED, Account.INTEREST_EARNED, *ahead)

    class Rows(Block):
        target = Row("Target", total="none")
        filling = Row("First filling, that loans help to fund")
        missed = Row("Target at completion beyond the first filling")
        tied_up = Row("Increase in working capital")
        fee = Row("Fee for the letter of credit")
        share = Row("Share of all reserve accounts", unit="%", total="none")
        held = Row("Cash held", total="none")
        short = Row("Short of the target", total="none")
        earned = Row("Interest earned")

    def apply(self, ledger: Ledger) -> None:
        """Target = what falls due in the months after the period; funded by calls until production, then by cash."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        due = self._to_come(ledger, rows)
        funded = ledger.has(Measure.BUILDING_COST, of=self.name)
        rows.target = due * max_(ledger.completed, ledger.started) if funded else due
        if self.letter_of_credit is not None:
            rows.fee = rows.target * self.given(ledger, "letter_of_credit") * ledger.share_of_year
            ledger.post(Account.FINANCE_FEES, rows.fee, payer=VENTURE, payee=BANKS)
            ledger.record(Measure.INTEREST_CHARGE, rows.fee, by=self.name)
            return
        ledger.record(Measure.RESERVED, rows.target, by=self.name)
        if funded:
            self._fill(ledger, rows)
        rows.share = ratio(rows.target, ledger.read(Measure.RESERVED, by=self.name))
        rows.held = ledger.read(Measure.HELD, by=self.name) * rows.share
        rows.short = max_(rows.target - rows.held, 0)
        short = (rows.short > ledger.trifle) * ledger.started
        ledger.warn(f"{self.name}_short", f"{self.heading}: less is held than the target", short)
        rate = self.given(ledger, "interest") * ledger.share_of_year
        rows.earned = ledger.brought_forward(rows.held) * rate
        ledger.post(Account.INTEREST_EARNED, rows.earned, payer=BANKS, payee=VENTURE)

    def _fill(self, ledger: Ledger, rows: Rows) -> None:
        """The target at completion is a use of funds; that for debt service as a solved number, as the loan grows with it."""
        if self.of == "debt_service":
            size = ledger.graph.solve(
                f"{self.path}.size", f"{self.heading}: first filling as a share of initial capital cost",
                Ref(rows.missed.name), 0.0, 2.0, "hold fewer months, or let the partners fund the first filling alone",
            )  # fmt: skip
            rows.filling = ledger.total(Account.CAPEX).total * size * ledger.completed
            rows.missed = rows.target * ledger.completed - rows.filling
        else:
            rows.filling = rows.target * ledger.completed
        ledger.record(Measure.BUILDING_COST, rows.filling, of=self.name, by=self.name)

    def _to_come(self, ledger: Ledger, rows: Rows) -> Expr:
        """The periods to come, each as far as the months reach into it."""
        due = self._due(ledger, rows)
        periods = self.given(ledger, "months") / ledger.months
        parts: list[Expr] = []
        for step in range(math.ceil(self.months / (12 * ledger.graph.timeline.years))):
            gone = ledger.graph.given(Given(f"time.periods_{step}", f"{step} whole periods", float(step), source="time"))
            label = f"Due {step + 1} period{'s' if step else ''} ahead"
            coming = ledger.brought_back(lead(due))
            if self._of_swept_debt(ledger):
                due = rows.define(f"fixed_{step + 1}", f"{label} on debt without a sweep", coming, total="none")
                coming = due + ledger.read(Measure.SCHEDULED, of=str(step + 1), by=self.name)
                whole = rows.define(f"due_{step + 1}", label, coming, total="none")
            else:
                due = whole = rows.define(f"due_{step + 1}", label, coming, total="none")
            parts.append(whole * min_(max_(periods - gone, 0), 1))
        return add_up(parts)

    def _of_swept_debt(self, ledger: Ledger) -> bool:
        """Whether a sweep may shorten debt whose service it covers; it then looks at what is due if nothing more is swept."""
        return self.of == "debt_service" and ledger.has(Measure.SCHEDULED)

    def _due(self, ledger: Ledger, rows: Rows) -> Ref:
        """What it is held for, as it falls due in each period."""
        if self._of_swept_debt(ledger):
            return ledger.optional(Measure.FIXED_SERVICE)
        if self.of == "debt_service":
            return ledger.read(Measure.DEBT_SERVICE, by=self.name)
        if self.of == "sustaining_capital":
            return ledger.total(Account.SUSTAINING, payer=VENTURE)
        paid, received = (ledger.total(Account.WORKING_CAPITAL, **side) for side in ({"payer": VENTURE}, {"payee": VENTURE}))
        rows.tied_up = max_(paid - received, 0)
        return rows.tied_up
