"""Import duty on equipment and supplies (terms.md B17)."""

from __future__ import annotations

from typing import Literal

from jvmodel.graph import Block, Row, add_up
from jvmodel.inputs import Party, Share
from jvmodel.ledger import SUPPLIERS, VENTURE, Account, Ledger, Measure
from jvmodel.term import Name, Term


class ImportDuty(Term):
    """A share of the price of what is imported to build and run the mine."""

    kind: Literal["import_duty"] = "import_duty"
    rate: Share
    """Rate of duty"""
    holder: Party
    """Party that receives the duty"""
    capital_imported: Share = 0.0
    """Share of capital cost that is imported"""
    operating_imported: Share = 0.0
    """Share of operating cost that is imported"""
    exempt: tuple[Name, ...] = ()
    """Classes of asset that are free of duty"""
    deductible: bool = True
    """Whether income tax allows the duty as a cost when it is paid"""

    def announces(self) -> tuple[Account | Measure, ...]:
        """The duty."""
        return (Account.LEVIES,)

    class Rows(Block):
        capital = Row("Capital goods imported")
        supplies = Row("Supplies imported")
        duty = Row("Import duty")

    def apply(self, ledger: Ledger) -> None:
        """Rate × imported share of capital and operating cost, without the classes that are exempt."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        spending = [ledger.total(account, payee=SUPPLIERS) for account in (Account.CAPEX, Account.SUSTAINING)]
        free = [
            ledger.total(account, payee=SUPPLIERS, asset_class=name)
            for name in self.exempt for account in (Account.CAPEX, Account.SUSTAINING)
        ]  # fmt: skip
        dutiable = add_up(spending) - add_up(free) if free else add_up(spending)
        rows.capital = dutiable * self.given(ledger, "capital_imported")
        rows.supplies = ledger.total(Account.OPERATING, payee=SUPPLIERS) * self.given(ledger, "operating_imported")
        rows.duty = (rows.capital + rows.supplies) * self.given(ledger, "rate")
        deductible = "yes" if self.deductible else "no"
        ledger.post(Account.LEVIES, rows.duty, payer=VENTURE, payee=self.holder, deductible=deductible)
