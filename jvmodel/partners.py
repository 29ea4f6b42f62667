"""Amounts that partners settle among themselves, by their interests (terms.md C7, C8, C15)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Ref, add_up, max_, min_, ratio
from jvmodel.ledger import VENTURE, Account, Ledger, Measure


def interests(ledger: Ledger, parties: tuple[str, ...], by: str) -> dict[str, Ref]:
    """The participating interest of each; refused with the reader's name where the deal has no venture that they own."""
    return {one: ledger.read(Measure.INTEREST, of=one, by=by) for one in parties}


def calls_on(ledger: Ledger, party: str) -> Expr:
    """Cash calls on a partner, shareholder loans that it must give included."""
    called: Expr = ledger.total(Account.CALLS, payer=party)
    return called + ledger.total(Account.PARTNER_LOANS, payer=party) if ledger.has(Account.PARTNER_LOANS) else called


MEETS = (Account.EARN_IN, Account.IN_KIND, Account.OVERRUN, Account.STANDBY, Account.CARRY_ADVANCE, Account.COVER)
"""What others pay of a partner's calls, in the order in which they pay; what one has met, none of the later meets again."""


def calls_left(ledger: Ledger, party: str, before: Account | None = None) -> Expr:
    """Cash calls on a partner that are left for the clause that pays `before`'s account, or in the end for itself.

    Terms.md 0.12 has the order: earning in, credit in kind, overruns, standby equity, carries, then what is missed.
    """
    earlier = MEETS if before is None else MEETS[: MEETS.index(before)]
    met = [ledger.total(one, payee=party, meets="calls") for one in earlier if ledger.has(one)]
    return max_(calls_on(ledger, party) - add_up(met), 0) if met else calls_on(ledger, party)


def meets(ledger: Ledger, party: str, account: Account, wanted: Ref, left: Expr, rank: int = 1) -> Expr:
    """What a clause pays of the calls on a partner that are left, where several clauses of its kind may want to."""
    if not ledger.has_several(account):
        return min_(wanted, left)
    label = f"{account.label} wanted for {ledger.parties[party]}"
    return ledger.in_rank(f"{account.value}_{party}", label, left, wanted, rank)


def received_by(ledger: Ledger, party: str) -> Expr:
    """What a partner receives from the venture as its owner."""
    accounts = [Account.DIVIDENDS, Account.CAPITAL_RETURN]
    accounts += [one for one in (Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID, Account.PROMOTE) if ledger.has(one)]
    return add_up([ledger.total(account, payer=VENTURE, payee=party) for account in accounts])


def covered_by(ledger: Ledger, party: str) -> Expr | None:
    """Calls that a partner covers for others less those that others cover for it; None in a deal without missed calls."""
    if not ledger.has(Account.COVER):
        return None
    return ledger.total(Account.COVER, payer=party) - ledger.total(Account.COVER, payee=party)


def loan_part(ledger: Ledger) -> Expr:
    """The part of calls that is lent to the venture instead of being paid in as capital."""
    lent = ledger.total(Account.PARTNER_LOANS, payee=VENTURE)
    return ratio(lent, ledger.total(Account.CALLS, payee=VENTURE) + lent)


BESIDE = (*MEETS, Account.CARRY_REPAYMENT)
"""What partners pay for one another's calls, and receive for that."""


def all_paid_by(ledger: Ledger, party: str) -> Expr:
    """Calls on a partner and what it pays for others' calls."""
    beside = [ledger.total(one, payer=party) for one in BESIDE if ledger.has(one)]
    return add_up([calls_on(ledger, party), *beside])


def all_received_by(ledger: Ledger, party: str) -> Expr:
    """What a partner receives as an owner, and what others pay of its calls or pay it back."""
    beside = [ledger.total(one, payee=party) for one in BESIDE if ledger.has(one)]
    return add_up([received_by(ledger, party), *beside])


def share_out_from(
    ledger: Ledger, rows: Block, account: Account, amount: Expr, payers: tuple[str, ...], payee: str, word: str, **tags: str
) -> None:
    """The payers give an amount to the payee, by their interests: one row and posting each."""
    held = interests(ledger, payers, rows.name)
    whole = add_up(held.values())
    for one, share in held.items():
        part = rows.define(f"from_{one}", f"{word} {ledger.parties[one]}", amount * ratio(share, whole))
        ledger.post(account, part, payer=one, payee=payee, **tags)


def pay_for(ledger: Ledger, rows: Block, account: Account, amount: Expr, payers: tuple[str, ...], payee: str, word: str) -> None:
    """The payers meet calls on the payee, by their interests: one row and posting each."""
    share_out_from(ledger, rows, account, amount, payers, payee, word, meets="calls")


def share_out(
    ledger: Ledger, rows: Block, account: Account, amount: Expr, payer: str, payees: tuple[str, ...], word: str, **tags: str
) -> None:
    """The payer gives an amount to the payees, by their interests: one row and posting each."""
    held = interests(ledger, payees, rows.name)
    whole = add_up(held.values())
    for one, share in held.items():
        part = rows.define(f"to_{one}", f"{word} {ledger.parties[one]}", amount * ratio(share, whole))
        ledger.post(account, part, payer=payer, payee=one, **tags)
