"""Who gets the tonnes when contracts want more of a metal than there is (terms.md E1)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Row, flag, max_, min_, ratio
from jvmodel.ledger import Ledger, Measure


class Allocation(Block):
    """Metal allocated to one contract."""

    available = Row("Payable metal sold", unit="t")
    wanted = Row("Metal wanted under the contract", unit="t")
    left = Row("Left by contracts of an earlier rank", unit="t")
    could = Row("Most that the contract could have had", unit="t")
    taken = Row("Metal taken under the contract", unit="t")

    def share_in(self, ledger: Ledger, metal: str, wanted: Expr, rank: int) -> None:
        """Contracts of an earlier rank come first; those of one rank share alike what is left, up to what they want.

        `could` is what this contract would have had if it had wanted more: what others of its rank leave, or its own part.
        """
        self.available = for_contracts(ledger, metal, self.name) + 0
        self.wanted = wanted + 0
        first, alike = ledger.claim(metal, self.wanted, rank)
        self.left = max_(self.available - first, 0)
        self.taken = self.wanted * min_(ratio(self.left, alike, 1), 1)
        self.could = max_(self.left - (alike - self.wanted), self.taken)


def for_contracts(ledger: Ledger, metal: str, by: str) -> Expr:
    """Tonnes of payable metal that contracts may share: what is sold, less what a ban keeps, and what it releases."""
    sold = ledger.mass(ledger.read(Measure.PAYABLE, of=metal, by=by), ledger.mass_unit(metal), "t")
    return sold - ledger.read(Measure.WITHHELD, of=metal, by=by) if ledger.has(Measure.WITHHELD) else sold


def market_price(ledger: Ledger, metal: str, by: str) -> Expr:
    """The market price of a metal a tonne, whatever mass it is quoted by."""
    price = ledger.read(Measure.PRICE, of=metal, by=by)
    mass = ledger.mass_unit(metal)
    return price + 0 if mass == "t" else price * ledger.per_tonne(mass)


def warn_of_a_transfer(ledger: Ledger, by: str, heading: str, buyer: str, discount: Expr) -> None:
    """A partner buys below the market, and tax or a royalty follows what it pays: the state may tax the market price (E7)."""
    if ledger.has(Measure.AT_CONTRACT):
        related = flag(ledger.optional(Measure.INTEREST, of=buyer) > 0)
        text = f"{heading}: a partner buys below the market, which lowers tax or royalty; the state may tax the market price"
        ledger.warn(f"{by}_transfer", text, related * (discount > ledger.trifle))
