"""Stage gates and options as tables, and as the documents of `gates --json` and `options --json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jvmodel.model import Model
from jvmodel.negotiation.calls import TIE, CashCalls
from jvmodel.negotiation.options import Option
from jvmodel.negotiation.stages import Staged
from jvmodel.report.listing import Cell, Column, Listing

NAMES = {"wait": "Wait", "expand": "Expand", "abandon": "Abandon"}
WAYS = {
    "deal": "as the deal says",
    "paid": "all calls are paid",
    "missed": "all calls are missed",
    "play": "each for its own good",
}
"""Ways to meet cash calls."""


def gates_document(model: Model, found: Sequence[Staged]) -> dict[str, Any]:
    """The document of `gates --json`; money in millions."""
    return {
        "deal": model.deal.deal, "currency": model.deal.currency, "money": "m",
        "trees": [
            {
                "decides": one.decides or None, "emv": one.emv, "parties": one.expected, "reach_build": one.reach_build,
                "expected_spend": one.spend, "value_at_build": one.build, "option": one.option,
                "option_not_to_build": one.option_at_build,
                "stages": [
                    {
                        "name": stage.name, "time": stage.time, "reach": stage.reach, "value": stage.value,
                        "parties": stage.values, "goes_on": stage.goes_on,
                    }
                    for stage in one.stages
                ],
            }
            for one in found
        ],
    }  # fmt: skip


def gates_listings(model: Model, found: Sequence[Staged]) -> Iterator[Listing]:
    """The stages as all together decide them, then what parties have by who decides."""
    money = f"{model.deal.currency}m"
    joint = found[0]
    parties = list(joint.expected)
    rows: list[tuple[Cell, ...]] = [
        (stage.name, stage.time, stage.reach, stage.value, *(stage.values[party] for party in parties),
         "go on" if stage.goes_on else "stop")
        for stage in joint.stages
    ]  # fmt: skip
    yield Listing(
        f"{model.deal.deal}: gates as all together decide",
        (
            Column("Stage"), Column("Begins after", "year"), Column("Reached", "%"), Column("Going on is worth", money),
            *(Column(model.label(party), money) for party in parties), Column(""),
        ),
        tuple(rows),
        f"Expected value at the start {joint.emv:,.2f}; the decision to build is reached with {joint.reach_build:.1%}, and then"
        f" worth {joint.build:,.1f}; expected spending {joint.spend:,.2f}; the right to stop is worth {joint.option:,.2f}.",
    )  # fmt: skip
    each = (Column(model.label(party), money) for party in parties)
    yield Listing(
        "Who decides matters",
        (Column("Decided by"), Column("All", money), *each, Column("Stops at")),
        tuple(
            (
                model.label(one.decides) if one.decides else "all together", one.emv, *(one.expected[party] for party in parties),
                next((stage.name for stage in one.stages if not stage.goes_on), "no gate"),
            )
            for one in found
        ),
    )  # fmt: skip


def options_document(model: Model, found: Sequence[Option]) -> dict[str, Any]:
    """The document of `options --json`; money in millions."""
    return {
        "deal": model.deal.deal, "currency": model.deal.currency, "money": "m",
        "options": [
            {
                "option": one.name, "holder": one.holder, "without": one.without, "value": one.value, "gain": one.gain,
                "chance": one.chance,
            }
            for one in found
        ],
    }  # fmt: skip


def options_listings(model: Model, found: Sequence[Option]) -> Iterator[Listing]:
    """Each option by its holder: what it adds to every party, and how likely it is to be used."""
    money = f"{model.deal.currency}m"
    parties = list(found[0].value)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            NAMES.get(one.name, one.name), model.label(one.holder), one.gain[one.holder], *(one.gain[party] for party in parties),
            one.chance,
        )
        for one in found
    )  # fmt: skip
    yield Listing(
        f"{model.deal.deal}: what options add, by who holds them",
        (
            Column("Option"), Column("Held by"), Column("To the holder", money, signed=True),
            *(Column(model.label(party), money, signed=True) for party in parties), Column("Used", "%"),
        ),
        rows,
        "Wait: the deal may begin later, or never. Abandon: the venture may be stopped in any period. The holder acts for its own"
        " good, and all others follow.",
    )  # fmt: skip


def calls_document(found: CashCalls) -> dict[str, Any]:
    """The document of `calls --json`; money in millions."""
    return {
        "deal": found.model.deal.deal, "currency": found.model.deal.currency, "money": "m", "term": found.term.name,
        "decisions": [
            {
                "periods": one.periods, "party": one.party, "called": one.called, "paying": one.paying, "missing": one.missing,
                "pays": one.pays,
            }
            for one in found.choices
        ],
        "values": found.values,
    }  # fmt: skip


def calls_listings(found: CashCalls) -> Iterator[Listing]:
    """Every call as it comes up in play, then what parties have by how calls are met."""
    model, money = found.model, f"{found.model.deal.currency}m"
    yield Listing(
        f"{found.term.heading}: who pays which call, looking ahead",
        (
            Column("Call of"), Column("On"), Column("Called", money), Column("Paying is worth", money),
            Column("Missing is worth", money), Column(""),
        ),
        tuple(
            (
                one.periods[0] if len(one.periods) == 1 else f"{one.periods[0]} to {one.periods[-1]}", model.label(one.party),
                one.called, one.paying, one.missing,
                "nothing is called" if one.called <= TIE else "pays" if one.pays else "misses",
            )
            for one in found.choices
        ),
        "Net present value of whoever decides, with all later decisions taken for their own good by those who take them."
        + (" Calls of neighbouring periods are decided together." if found.together else ""),
    )  # fmt: skip
    parties = list(found.values["deal"])
    yield Listing(
        "What parties have by how calls are met",
        (Column("Calls"), *(Column(model.label(party), money) for party in parties)),
        tuple((WAYS[way], *(values[party] for party in parties)) for way, values in found.values.items()),
    )
