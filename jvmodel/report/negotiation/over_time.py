"""Stage gates and options as tables, and as the documents of `gates --json` and `options --json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jvmodel.model import Model
from jvmodel.negotiation.calls import TIE, CashCalls
from jvmodel.negotiation.options import Option
from jvmodel.negotiation.stages import Staged
from jvmodel.phrase import Phrase, joined
from jvmodel.report.listing import Cell, Column, Figured, Listing
from jvmodel.report.negotiation.solved import span

NAMES = {"wait": Phrase("Wait"), "expand": Phrase("Expand"), "abandon": Phrase("Abandon")}
"""What options are called."""
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
        Phrase("{deal}: gates as all together decide", deal=model.deal.deal),
        (
            Column("Stage"), Column("Begins after", "year"), Column("Reached", "%"),
            Column("Going on is worth", money, formula=f"SUM({{4}}:{{{3 + len(parties)}}})"),
            *(Column(model.label(party), money) for party in parties), Column(""),
        ),
        tuple(rows),
        Phrase(
            "Expected value at the start {emv:,.2f}; the decision to build is reached with {reach:.1%}, and then worth"
            " {build:,.1f}; expected spending {spend:,.2f}; the right to stop is worth {option:,.2f}.",
            emv=joint.emv, reach=joint.reach_build, build=joint.build, spend=joint.spend, option=joint.option,
        ),
    )  # fmt: skip
    each = (Column(model.label(party), money) for party in parties)
    yield Listing(
        "Who decides matters",
        (Column("Decided by"), Column("All", money, formula=f"SUM({{2}}:{{{1 + len(parties)}}})"), *each, Column("Stops at")),
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
            NAMES[one.name], model.label(one.holder), one.gain[one.holder], *(one.gain[party] for party in parties),
            one.chance,
        )
        for one in found
    )  # fmt: skip
    yield Listing(
        Phrase("{deal}: what options add, by who holds them", deal=model.deal.deal),
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
    looking = Phrase(
        "Net present value of whoever decides, with all later decisions taken for their own good by those who take them."
    )
    yield Listing(
        Phrase("{clause}: who pays which call, looking ahead", clause=found.term.heading),
        (
            Column("Call of"), Column("On"), Column("Called", money), Column("Paying is worth", money),
            Column("Missing is worth", money), Column(""),
        ),
        tuple(
            (
                one.periods[0] if len(one.periods) == 1 else span(one.periods[0], one.periods[-1]),
                model.label(one.party),
                one.called, one.paying, one.missing,
                "nothing is called" if one.called <= TIE else "pays" if one.pays else "misses",
            )
            for one in found.choices
        ),
        joined([looking, Phrase("Calls of neighbouring periods are decided together.")], " ") if found.together else looking,
    )  # fmt: skip
    parties = list(found.values["deal"])
    yield Listing(
        "What parties have by how calls are met",
        (Column("Calls"), *(Column(model.label(party), money) for party in parties)),
        tuple(
            (WAYS[way], *(Figured(values[party], f"{party}.npv") if way == "deal" else values[party] for party in parties))
            for way, values in found.values.items()
        ),
    )
