"""What the state takes: by instrument, undiscounted and discounted, and what that does to returns (terms.md F10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.account import VENTURE, Account
from jvmodel.backends import kernel
from jvmodel.metrics import party_metrics
from jvmodel.terms.mine.concentrate_sale import ConcentrateSale
from jvmodel.terms.mine.metal_sale import MetalSale

if TYPE_CHECKING:
    from jvmodel.model import Model

Array = NDArray[np.float64]

SCALES, POINTS, ZOOMS = (0.0, 4.0), 41, 3
"""Scales of prices between which a project becomes marginal, points looked at, and how often between two of them again."""
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
    metr: float | None
    """Marginal effective tax rate: the wedge of a project whose return after the state's receipts is the discount rate"""

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


@dataclass(frozen=True)
class _Taken:
    """Flows (S, T): what each instrument brings the state, all of them, the projects' cash before that, the state's as owner."""

    received: dict[Account, Array]
    fiscal: Array
    before: Array
    owned: Array


def take(model: Model) -> Take | None:
    """What the parties with the role of a state take from the ventures and their partners; None where there is no such party."""
    if not _states(model):
        return None
    timeline, rate = model.graph.timeline, model.deal.discount_rate
    factors = model.run.single(f"party.{VENTURE}.factor")
    found = _taken(model, model.run.single)

    def both(flow: Array) -> tuple[float, float]:
        return float(flow.sum()), float((flow * factors).sum())

    returns = [
        party_metrics(flow, timeline.times, timeline.counted, rate)["irr"] for flow in (found.before, found.before - found.fiscal)
    ]
    lines = [(account.label, *both(flow)) for account, flow in found.received.items() if abs(flow).max() > 1e-9]
    return Take(
        tuple(lines), both(found.fiscal), both(found.before), both(found.owned), returns[0], returns[1], _marginal(model)
    )  # fmt: skip


def _states(model: Model) -> list[str]:
    return [name for name, party in model.deal.parties.items() if party.role.lower() in STATE]


def _taken(model: Model, row: Callable[[str], Array]) -> _Taken:
    """Sums over parties and accounts of rows, read by `row`."""
    states = _states(model)
    others = [name for name in model.deal.parties if name not in states]
    owners = [name for name, party in model.deal.parties.items() if party.role.lower() in OWNERS]
    ventures = [VENTURE, *model.deal.ventures]
    nothing = np.zeros_like(row(f"party.{VENTURE}.cash"))

    def of(parties: Sequence[str], account: Account) -> Array:
        names = [f"party.{party}.{account.value}" for party in parties]
        found: Array = np.sum([nothing, *(row(name) for name in names if name in model.graph.rows)], axis=0)
        return found

    received = {account: of(states, account) for account in FISCAL}
    from_ventures = np.sum([flow for account, flow in received.items() if not account.financing], axis=0)
    cash = np.sum([row(f"party.{one}.cash") for one in ventures], axis=0)
    return _Taken(
        received, np.sum(list(received.values()), axis=0), cash + from_ventures + of(others, Account.TAX),
        np.sum([of(owners, account) for account in SHARES], axis=0),
    )  # fmt: skip


def _marginal(model: Model) -> float | None:
    """The part of its return that a marginal project loses: at the price at which what is left just earns the discount rate.

    All prices of what is sold are scaled alike (terms.md F10); None without such prices, or where no scale makes it marginal.
    """
    rate, timeline = model.deal.discount_rate, model.graph.timeline
    prices = [name for name in model.graph.params if name in _priced(model)]
    if rate <= 0 or not prices:
        return None
    given = {name: np.atleast_1d(np.asarray(model.graph.params[name].value, dtype=float)) for name in prices}
    names = [f"party.{party}.{account.value}" for party in model.deal.parties for account in Account]
    names = [f"party.{one}.cash" for one in (VENTURE, *model.deal.ventures)] + [one for one in names if one in model.graph.rows]
    worth = np.asarray(timeline.counted) * (1 + rate) ** -np.asarray(timeline.times)

    def at(scales: Array) -> tuple[Array, Array]:
        """Cash before the state takes anything, and the value of what it leaves, by scale."""
        changes = {name: scales[:, None] * value if value.size > 1 else scales * value for name, value in given.items()}
        found = _taken(model, kernel.choose(model.graph, changes, names).rows.__getitem__)
        return found.before, (found.before - found.fiscal) @ worth

    low, high = SCALES
    for _ in range(ZOOMS):
        scales = np.linspace(low, high, POINTS)
        flows, value = at(scales)
        risen = np.flatnonzero((value[:-1] < 0) & (value[1:] >= 0))
        if not len(risen):
            return None
        last = int(risen[0])
        low, high = scales[last], scales[last + 1]
    short, over = value[last], value[last + 1]
    before = flows[last] + (flows[last + 1] - flows[last]) * -short / (over - short)
    found = party_metrics(before, timeline.times, timeline.counted, rate)["irr"]
    return None if found is None or found <= 0 else (float(found) - rate) / float(found)


def _priced(model: Model) -> set[str]:
    """Inputs that are prices of metals that the deal sells."""
    sold = [term.metal for term in model.deal.terms if isinstance(term, MetalSale)]
    sold += [metal for term in model.deal.terms if isinstance(term, ConcentrateSale) for metal in term.payable]
    return {name for metal in sold for name in (f"prices.{metal}", f"prices.{metal}.flat", f"prices.{metal}.long_term")}
