"""What each party puts in and gets out: its share of the capital against its share of the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.account import CAPITAL, OWNED, VENTURE, Account

if TYPE_CHECKING:
    from jvmodel.backends.arrays import Run
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


def stakes(model: Model, run: Run | None = None, scenario: int = 0) -> tuple[Stake, ...]:
    """The stake of every party of the deal, in its order, in one scenario; customers, suppliers and banks are not counted."""
    used = run or model.run
    parties = list(model.deal.parties)
    capital = {party: _capital(used, party, scenario) for party in parties}
    value = {party: _value(used, party, scenario) for party in parties}
    put_in, made = sum(capital.values()), sum(value.values())
    return tuple(
        Stake(
            party, capital[party], value[party],
            capital[party] / put_in if put_in > 0 else None,
            value[party] / made if made > 0 else None,
        )
        for party in parties
    )  # fmt: skip


def _capital(run: Run, party: str, scenario: int) -> float:
    """Calls paid, shareholder loans given and carry advanced, less carry received: what the party itself finds the money for."""
    paid = 0.0
    for account in CAPITAL:
        name = f"party.{party}.{account.value}"
        if name in run.graph.rows:
            paid -= float(run[name][scenario].sum())
    return paid if abs(paid) > 1e-9 else 0.0


def _value(run: Run, party: str, scenario: int) -> float:
    factors = run[f"party.{VENTURE}.factor"][scenario]
    return float((run[f"party.{party}.cash"][scenario] * factors).sum())


def value_as_owner(model: Model, party: str) -> tuple[float, float]:
    """A party's value at its own rate, as an owner of ventures and by its contracts with them (terms.md E7).

    The two add up to its net present value. Contracts are all that is not calls, shareholder loans, distributions, carry and
    interests bought or sold: offtake, fees, covers, risks that it bears or insures, and for a state its taxes and royalties.
    """
    run, found = model.run, {True: 0.0, False: 0.0}
    factors = run.single(f"party.{party}.factor")
    for account in Account:
        name = f"party.{party}.{account.value}"
        if name in run.graph.rows:
            found[account in OWNED] += float((run.single(name) * factors).sum())
    return found[True], found[False]
