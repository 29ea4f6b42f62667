"""What the state takes: by instrument, undiscounted and discounted, and what that does to returns (terms.md F10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.account import VENTURE, Account
from jvmodel.metrics import party_metrics

if TYPE_CHECKING:
    from jvmodel.model import Model

STATE = ("state", "government", "treasury")
"""Roles of those who tax."""
OWNERS = (*STATE, "state company")
"""Roles of those whose dividends are the state's."""
FISCAL = (
    Account.ROYALTIES, Account.LEVIES, Account.PRODUCTION_SHARE, Account.TAX, Account.RENT_TAX, Account.COMPENSATION, Account.VAT,
    Account.WITHHOLDING, Account.GAINS_TAX,
)  # fmt: skip
SHARES = (
    Account.CALLS, Account.PARTNER_LOANS, Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID, Account.DIVIDENDS,
    Account.CAPITAL_RETURN, Account.CARRY_ADVANCE, Account.CARRY_REPAYMENT,
)  # fmt: skip


@dataclass(frozen=True)
class Take:
    """Amounts in millions, undiscounted and at the venture's discount rate; rates are None where they do not exist.

    `take` is the state's share of the cash flow before it takes anything, `aetr` (average effective tax rate) the same of
    its value; `irr_before` and `irr_after` are the project's returns without and with the state's fiscal receipts, and
    `wedge` the part of the first that is lost. Dividends of the state and its companies stand apart.
    """

    lines: tuple[tuple[str, float, float], ...]
    total: tuple[float, float]
    before: tuple[float, float]
    as_owner: tuple[float, float]
    irr_before: float | None
    irr_after: float | None

    @property
    def take(self) -> float | None:
        """Share of the undiscounted cash flow."""
        return self.total[0] / self.before[0] if self.before[0] > 0 else None

    @property
    def aetr(self) -> float | None:
        """Share of the value at the venture's discount rate; none where the project is worth nothing before tax."""
        return self.total[1] / self.before[1] if self.before[1] > 0 else None

    @property
    def wedge(self) -> float | None:
        """Part of the return before tax that is lost."""
        if self.irr_before is None or self.irr_after is None or self.irr_before <= 0:
            return None
        return (self.irr_before - self.irr_after) / self.irr_before


def take(model: Model) -> Take | None:
    """What the parties with the role of a state take from the ventures and their partners; None where there is no such party."""
    states = [name for name, party in model.deal.parties.items() if party.role.lower() in STATE]
    if not states:
        return None
    run, timeline = model.run, model.graph.timeline
    nothing = np.zeros(timeline.periods)
    factors = run.single(f"party.{VENTURE}.factor")

    def row(party: str, account: Account) -> NDArray[np.float64]:
        name = f"party.{party}.{account.value}"
        return run.single(name) if name in model.graph.rows else nothing

    def both(flow: NDArray[np.float64]) -> tuple[float, float]:
        return float(flow.sum()), float((flow * factors).sum())

    received = {account: np.sum([row(state, account) for state in states], axis=0) for account in FISCAL}
    fiscal = np.sum(list(received.values()), axis=0)
    others = [name for name in model.deal.parties if name not in states]
    from_partners = np.sum([row(one, Account.TAX) for one in others], axis=0) if others else nothing
    from_ventures = np.sum([flow for account, flow in received.items() if not account.financing], axis=0) + from_partners
    ventures = [VENTURE, *model.deal.ventures]
    before = np.sum([run.single(f"party.{one}.cash") for one in ventures], axis=0) + from_ventures
    owners = [name for name, party in model.deal.parties.items() if party.role.lower() in OWNERS]
    owned = np.sum([row(one, account) for one in owners for account in SHARES], axis=0)
    returns = [
        party_metrics(flow, timeline.times, timeline.counted, model.deal.discount_rate)["irr"]
        for flow in (before, before - fiscal)
    ]
    lines = [(account.label, *both(flow)) for account, flow in received.items() if abs(flow).max() > 1e-9]
    return Take(tuple(lines), both(fiscal), both(before), both(owned), returns[0], returns[1])
