"""Sources and uses of the money that is spent before production (terms.md D1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.account import VENTURE, Account

if TYPE_CHECKING:
    from jvmodel.model import Model

FUNDING = (
    Account.CALLS, Account.SUBSCRIPTION, Account.PARTNER_LOANS, Account.DEBT_DRAWN, Account.GRANTS, Account.STREAM_DEPOSIT,
)  # fmt: skip
NIL = 1e-9


@dataclass(frozen=True)
class SourcesAndUses:
    """Amounts in millions before the first period of operation, by where they come from and what they are for.

    The two sides are equal; what is left in hand when production begins is a use.
    """

    until: str
    sources: tuple[tuple[str, float], ...]
    uses: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """The sum of either side."""
        return sum(amount for _, amount in self.sources)


def sources_and_uses(model: Model) -> SourcesAndUses | None:
    """What funds the ventures, all together, until production, and what for; None where it produces from the first period on."""
    graph, run = model.graph, model.run
    operation = graph.params.get("time.phase_operation")
    shares = operation.value if operation is not None and isinstance(operation.value, tuple) else ()
    before = next((t for t, share in enumerate(shares) if share), 0)
    if not before:
        return None

    def spent(party: str, account: Account) -> float:
        name = f"party.{party}.{account.value}"
        return float(run.single(name)[:before].sum()) if name in graph.rows else 0.0

    sources = [
        (f"{model.label(party)}: {account.label.lower()}", -spent(party, account))
        for account in FUNDING for party in model.deal.parties
    ]  # fmt: skip
    ventures = [VENTURE, *model.deal.ventures]
    others = [(account.label, sum(spent(one, account) for one in ventures)) for account in Account if account not in FUNDING]
    sources += [(label, amount) for label, amount in others if amount > NIL]
    uses = [(label, -amount) for label, amount in others if amount < -NIL]
    in_hand = sum(float(run.single(f"party.{one}.balance")[before - 1]) for one in ventures)
    uses.append(("Cash in hand when production begins", in_hand))
    return SourcesAndUses(
        graph.timeline.labels[before],
        tuple(one for one in sources if abs(one[1]) > NIL),
        tuple(one for one in uses if abs(one[1]) > NIL),
    )
