"""What each party puts in and gets out: its share of the capital against its share of the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.account import CAPITAL, VENTURE

if TYPE_CHECKING:
    from jvmodel.model import Model


@dataclass(frozen=True)
class Stake:
    """A party's capital (calls, shareholder loans and carry that it bears, in millions) and value, with its shares of both.

    Value is net present value at the venture's discount rate, so that all parties are measured alike and shares add up to
    100%; `share_of_value` is None where the parties together gain nothing that could be shared.
    """

    party: str
    capital: float
    value: float
    share_of_capital: float | None
    share_of_value: float | None


def stakes(model: Model) -> tuple[Stake, ...]:
    """The stake of every party of the deal, in its order; customers, suppliers and banks are not counted."""
    parties = list(model.deal.parties)
    capital = {party: _capital(model, party) for party in parties}
    value = {party: _value(model, party) for party in parties}
    put_in, made = sum(capital.values()), sum(value.values())
    return tuple(
        Stake(
            party, capital[party], value[party],
            capital[party] / put_in if put_in > 0 else None,
            value[party] / made if made > 0 else None,
        )
        for party in parties
    )  # fmt: skip


def _capital(model: Model, party: str) -> float:
    """Calls paid, shareholder loans given and carry advanced, less carry received: what the party itself finds the money for."""
    paid = 0.0
    for account in CAPITAL:
        name = f"party.{party}.{account.value}"
        if name in model.graph.rows:
            paid -= float(model.run.single(name).sum())
    return paid if abs(paid) > 1e-9 else 0.0


def _value(model: Model, party: str) -> float:
    factors = model.run.single(f"party.{VENTURE}.factor")
    return float((model.run.single(f"party.{party}.cash") * factors).sum())
