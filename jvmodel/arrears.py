"""Payment in arrears: what is charged now is paid some months later, and the rest in the last period (terms.md B, B7)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Row, delay, lag, where
from jvmodel.ledger import Ledger


class Arrears(Block):
    """Payment in arrears."""

    due = Row("Charged, in nominal money")
    settled = Row("Settled, in nominal money")
    owed = Row("Owed, not yet due, in nominal money", total="last")


def paid_late(ledger: Ledger, rows: Arrears, charge: Expr, months: Expr) -> Expr:
    """What is paid of a charge that falls due `months` later; a debt keeps its face value, so a real model deflates it."""
    rows.due = ledger.face_value(charge) + 0
    rows.settled = where(ledger.last, lag(rows.owed) + rows.due, delay(rows.due, months / ledger.months))
    rows.owed = lag(rows.owed) + rows.due - rows.settled
    return ledger.todays_money(rows.settled) + 0
