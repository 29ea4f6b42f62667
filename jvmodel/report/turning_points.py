"""Where each party's value is nil: the price, cost or share at which it would be as well off without the deal (terms.md G3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jvmodel.account import VENTURE
from jvmodel.analysis.breakeven import Breakeven, breakevens_of_all
from jvmodel.analysis.stakes import stakes
from jvmodel.analysis.study import Study
from jvmodel.lever import Kind
from jvmodel.report.schedules import NIL, Schedules, table
from jvmodel.report.sensitivity import chosen, widest

if TYPE_CHECKING:
    from jvmodel.model import Model

MOST_LEVERS, MOST_PARTIES, SCAN = 6, 5, 9
LARGE = 1000.0
"""From here on digits behind the point say nothing."""


def turning_points(made: Schedules) -> list[dict[str, Any]]:
    """The breakevens of the numbers that move the venture's value most, for the venture and all who put money at risk."""
    model, say = made.model, made.say
    study = Study.of(model)
    paths = widest(study, chosen(study, model))[:MOST_LEVERS]
    parties = [VENTURE, *_at_risk(model)][: 1 + MOST_PARTIES]
    if not paths:
        return []
    rows = [
        (_name(made, found[0]), [_shown(made, found[0], found[0].lever.base), *(_answer(made, one) for one in found)])
        for found in breakevens_of_all(study, paths, [f"{party}.npv" for party in parties], SCAN)
    ]
    head = [say("Input"), say("As agreed"), *(made.label(party) for party in parties)]
    notes = [
        say(
            "The value of one input at which a party's NPV is nil, all else as agreed; several where there are several."
            " Always and never: positive or negative over the whole range looked at, which is the range of the deal and as much"
            " again to both sides, or from nothing to three times the value."
        )
    ]
    return [table(say("Where each party's value is nil"), "", head, rows, notes=notes, dense=True)]


def _at_risk(model: Model) -> list[str]:
    """Parties that find capital themselves, the most of it first."""
    found = sorted(stakes(model), key=lambda one: -one.capital)
    return [one.party for one in found if one.capital > NIL]


def _name(made: Schedules, found: Breakeven) -> str:
    unit = "" if found.lever.kind is Kind.FACTOR or found.lever.unit in ("%", "1", "") else f", {found.lever.unit}"
    return f"{made.language.named(found.lever.label, made.model.deal.labels())}{unit}"


def _shown(made: Schedules, found: Breakeven, value: float) -> str:
    if found.lever.kind is Kind.FACTOR:
        return f"× {made.language.number(value, 2)}"
    if found.lever.unit in ("1", ""):
        return made.language.text(value, "1")
    if found.lever.unit != "%" and abs(value) >= LARGE:
        return made.language.number(value, 0)
    return made.language.figure(value, found.lever.unit)


def _answer(made: Schedules, found: Breakeven) -> str:
    words = {
        "too high": made.say("always"),
        "too low": made.say("never"),
        "never defined": made.say("n/a"),
        "jumps": made.say("n/a"),
    }
    return words.get(found.status) or "; ".join(_shown(made, found, root) for root in found.roots)
