"""Amounts that partners settle among themselves, by their interests (terms.md C7, C8, C15)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Ref, add_up, ratio
from jvmodel.ledger import VENTURE, Account, Ledger, Measure


def interests(ledger: Ledger, parties: tuple[str, ...], by: str) -> dict[str, Ref]:
    """The participating interest of each; refused with the reader's name where the deal has no venture that they own."""
    return {one: ledger.read(Measure.INTEREST, of=one, by=by) for one in parties}


def calls_on(ledger: Ledger, party: str) -> Expr:
    """Cash calls on a partner, shareholder loans that it must give included."""
    called: Expr = ledger.total(Account.CALLS, payer=party)
    return called + ledger.total(Account.PARTNER_LOANS, payer=party) if ledger.has(Account.PARTNER_LOANS) else called


def received_by(ledger: Ledger, party: str) -> Expr:
    """What a partner receives from the venture as its owner."""
    accounts = [Account.DIVIDENDS, Account.CAPITAL_RETURN]
    accounts += [one for one in (Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID, Account.PROMOTE) if ledger.has(one)]
    return add_up([ledger.total(account, payer=VENTURE, payee=party) for account in accounts])


def pay_for(ledger: Ledger, rows: Block, account: Account, amount: Expr, payers: tuple[str, ...], payee: str, word: str) -> None:
    """The payers meet an amount of the payee's, by their interests: one row and posting each."""
    held = interests(ledger, payers, rows.name)
    whole = add_up(held.values())
    for one, share in held.items():
        part = rows.define(f"from_{one}", f"{word} {ledger.parties[one]}", amount * ratio(share, whole))
        ledger.post(account, part, payer=one, payee=payee)


def share_out(
    ledger: Ledger, rows: Block, account: Account, amount: Expr, payer: str, payees: tuple[str, ...], word: str
) -> None:
    """The payer gives an amount to the payees, by their interests: one row and posting each."""
    held = interests(ledger, payees, rows.name)
    whole = add_up(held.values())
    for one, share in held.items():
        part = rows.define(f"to_{one}", f"{word} {ledger.parties[one]}", amount * ratio(share, whole))
        ledger.post(account, part, payer=payer, payee=one)
