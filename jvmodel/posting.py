"""Posting and Sought: what a payment is, and which payments a total adds up."""

from __future__ import annotations

from dataclasses import dataclass

from jvmodel.account import VENTURE, Account
from jvmodel.graph import Ref


@dataclass(frozen=True)
class Posting:
    """A payment of one account from a payer to a payee, with tags that readers may select by."""

    account: Account
    amount: Ref
    payer: str
    payee: str
    tags: tuple[tuple[str, str], ...]
    entries: tuple[tuple[str, Account], ...]
    """The ventures whose books it stands in, with the account there; two where one venture pays another"""

    def account_of(self, party: str) -> Account:
        """What the payment is for, from a party's side."""
        return dict(self.entries).get(party, self.account)

    def fits(self, scope: str, account: Account, payer: str | None, payee: str | None, tags: dict[str, str]) -> bool:
        """Whether the posting belongs to a total of a venture."""
        return (
            (scope, account) in self.entries
            and payer in (None, self.payer)
            and payee in (None, self.payee)
            and set(tags.items()) <= set(self.tags)
        )


@dataclass(frozen=True)
class Sought:
    """A total that somebody reads: which postings it adds up."""

    scope: str
    account: Account
    payer: str | None
    payee: str | None
    tags: tuple[tuple[str, str], ...]

    @property
    def attribute(self) -> str:
        """The name of its row in the block `ledger`."""
        parts = [self.account.value, *(f"from_{self.payer}" for _ in [1] if self.payer)]
        parts += [*(f"to_{self.payee}" for _ in [1] if self.payee), *(f"{key}_{value}" for key, value in self.tags)]
        return "_".join(parts)

    @property
    def label(self) -> str:
        """The label of its row."""
        about = [f"from {self.payer}" for _ in [1] if self.payer] + [f"to {self.payee}" for _ in [1] if self.payee]
        about += [f"{key.replace('_', ' ')} {value}" for key, value in self.tags]
        return self.account.label + (f" ({', '.join(about)})" if about else "")


def block_of(what: str, scope: str) -> str:
    """The block of a venture's shared rows: the plain word for the main venture, the word and the name for others."""
    return what if scope == VENTURE else f"{what}_{scope}"
