"""What an interest costs, and what it is worth: earned, bought, optioned, and year by year (terms.md C3, C4, C16, J)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jvmodel.account import OWNED
from jvmodel.report.schedules import NIL, YEARS_ACROSS, Schedules, table
from jvmodel.terms.venture.buy_in import BuyIn
from jvmodel.terms.venture.earn_in import EarnIn
from jvmodel.terms.venture.interest_option import InterestOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jvmodel.model import Model

POINT = 0.01
"""One per cent of the whole."""
TOKEN = 0.001
"""What is paid for less than this is paid for something else."""


def earned(made: Schedules) -> list[dict[str, Any]]:
    """For each earn-in: when each stage vests, what the earner has spent by then, and what one per cent has cost it."""
    return [_earned(made, term) for term in made.model.deal.terms if isinstance(term, EarnIn)]


def _earned(made: Schedules, term: EarnIn) -> dict[str, Any]:
    model, say = made.model, made.say
    spent = model.run.single(f"{term.name}.spent")
    paid = model.run.single(f"{term.name}.carried")
    own = f"{term.name}.own_calls"
    if own in model.graph.rows:
        paid = paid + model.run.single(own) * model.run.single(f"{term.name}.active")
    worth = (paid * model.run.single(f"party.{term.earner}.factor")).cumsum()
    rows = []
    for number, stage in enumerate(term.stages, start=1):
        met = np.flatnonzero(model.run.single(f"{term.name}.met_{number}"))
        share = made.language.text(stage.interest, "%")
        label = say("Stage {number}: {share}", number=number, share=share)
        if not len(met):
            rows.append((label, [say("not earned"), "", "", "", ""]))
            continue
        when, points = int(met[0]), stage.interest / POINT
        rows.append((label, [
            model.graph.timeline.labels[when], made.amount(float(spent[when])),
            made.language.number(float(spent[when]) / points, 2), made.language.number(float(worth[when]) / points, 2),
            made.amount(float(spent[when]) / stage.interest),
        ]))  # fmt: skip
    rate = made.language.text(model.discount_rate(term.earner), "%")
    head = [
        say("Stage"), say("Vests in"), say("Spent until then"), say("Price of 1%"),
        say("Price of 1%, at value of {rate}", rate=rate), say("Implied value of the whole"),
    ]  # fmt: skip
    notes = [
        say(
            "Spent by the earner on all calls, in nominal money. The whole is worth what was spent over the interest it"
            " earned, that money included."
        )
    ]
    title = say("What the earned interest costs")
    return table(made.language.pair(title, term.heading), made.money, head, rows, notes=notes, words=[0])


def bought(made: Schedules) -> list[dict[str, Any]]:
    """What every buy-in pays, and the value of the whole that its price implies."""
    rows = []
    for term in made.model.deal.terms:
        if isinstance(term, BuyIn):
            found = [_row(made.model, f"{term.name}.{name}") for name in ("price", "costs")]
            when, interest = _moved(_row(made.model, f"{term.name}.bought"))
            rows.append(_priced(made, term.heading, when, interest, float(sum(one[when] for one in found))))
    return [_prices(made, made.say("What the interest costs"), rows)] if rows else []


def optioned(made: Schedules) -> list[dict[str, Any]]:
    """Every option and sale: its price on its date, whether it is used, and the value of the whole that the price implies."""
    model, rows = made.model, []
    for term in model.deal.terms:
        if isinstance(term, InterestOption):
            ends = model.graph.timeline.ends
            when = next((t for t, end in enumerate(ends) if end.index > term.date.index), len(ends) - 1)
            used = bool(model.run.single(f"{term.name}.exercised")[when])
            price = float(model.run.single(f"{term.name}.strike")[when])
            rows.append(_priced(made, term.heading, when, term.interest, price, made.say("yes") if used else made.say("no")))
    return [_prices(made, made.say("What the interest costs"), rows, made.say("Used"))] if rows else []


def _priced(made: Schedules, label: str, when: int, interest: float, paid: float, *used: str) -> tuple[str, list[str]]:
    """Period, interest, price, price of one per cent, value of the whole."""
    return label, [
        made.model.graph.timeline.labels[when], made.language.text(interest, "%"), made.amount(paid), *used,
        made.language.number(paid / (interest / POINT), 2) if interest >= TOKEN else made.say("n/a"),
        made.amount(paid / interest) if interest >= TOKEN else made.say("n/a"),
    ]  # fmt: skip


def _prices(made: Schedules, title: str, rows: list[tuple[str, list[str]]], *used: str) -> dict[str, Any]:
    say = made.say
    head = [
        say("Clause"),
        say("Paid in"),
        say("Share bought"),
        say("Price"),
        *used,
        say("Price of 1%"),
        say("Implied value of the whole"),
    ]
    return table(title, made.money, head, rows, words=[0, 3] if used else [0])


def exits(made: Schedules) -> list[dict[str, Any]]:
    """What each partner's interest is worth at the end of a year: what it still receives as an owner less what it still pays."""
    model, say = made.model, made.say
    ends = _ends(model)
    partners = {name.rpartition(".interest_")[2] for name in model.graph.rows if ".interest_" in name}
    flows = {party: _owned(model, party) for party in model.deal.parties if party in partners}
    owners = {party: flow for party, flow in flows.items() if abs(flow).max() > NIL}
    if not owners or len(ends) < 2:
        return []
    step = -(-len(ends) // (YEARS_ACROSS - 1))
    shown = ends[step - 1 :: step]
    rows = [
        (made.label(party), [made.amount(_worth(model, party, flow, when)) for when in (-1, *shown)])
        for party, flow in owners.items()
    ]
    head = [say("Party"), str(model.graph.timeline.valued_at), *(model.graph.timeline.labels[t] for t in shown)]
    notes = [
        say(
            "At each partner's own discount rate: what it receives as an owner after that day less what it pays. The first column"
            " is the day of valuation, the others are ends of years. Another buyer's rate gives another price."
        )
    ]
    return [table(say("Exit value by year"), made.money, head, rows, notes=notes, dense=True)]


def _ends(model: Model) -> list[int]:
    """The last period of each year after the valuation date, but for the last year, after which nothing comes."""
    timeline = model.graph.timeline
    last = {start.year: t for t, start in enumerate(timeline.starts) if timeline.counted[t]}
    return list(last.values())[:-1]


def _owned(model: Model, party: str) -> NDArray[np.float64]:
    """What a party receives as an owner less what it pays, by period after the valuation date."""
    names = [f"party.{party}.{account.value}" for account in OWNED]
    flows = [model.run.single(name) for name in names if name in model.graph.rows]
    found: NDArray[np.float64] = sum(flows, start=np.zeros(model.graph.timeline.periods)) * np.asarray(
        model.graph.timeline.counted
    )
    return found


def _worth(model: Model, party: str, flow: NDArray[np.float64], when: int) -> float:
    """The value at the end of a period of the flows after it; at the valuation date for -1."""
    timeline = model.graph.timeline
    now = (timeline.ends[when].index - timeline.valued_at.index) / 12 if when >= 0 else 0.0
    apart = np.asarray(timeline.times)[when + 1 :] - now
    return float((flow[when + 1 :] * (1 + model.discount_rate(party)) ** -apart).sum())


def _row(model: Model, name: str) -> NDArray[np.float64]:
    """A row of the model; nil where the deal has no need of it."""
    return model.run.single(name) if name in model.graph.rows else np.zeros(model.graph.timeline.periods)


def _moved(interest: NDArray[np.float64]) -> tuple[int, float]:
    """Period and size of an interest that moves once."""
    when = int(np.argmax(abs(interest)))
    return when, float(interest[when])


__all__ = ["bought", "earned", "exits", "optioned"]
