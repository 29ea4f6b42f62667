"""Risks of a deal: which party bears which, what each risk alone would do, and what a clause moves (terms.md G8, G9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.allocation import Allocation, Explained, allocate, explained
from jvmodel.analysis.deletion import FACTS
from jvmodel.analysis.simulate import Simulation, simulate
from jvmodel.analysis.spread import expected_shortfall
from jvmodel.errors import GraphError, JvmodelError
from jvmodel.graph.graph import did_you_mean
from jvmodel.phrase import Phrase, joined

if TYPE_CHECKING:
    from jvmodel.analysis.scenarios import Scenarios

Array = NDArray[np.float64]

Tell = Callable[[float, str], None]
"""Told the share of the work that is done, and what is worked out now; an exception that it raises ends the work."""
PRICE_OF_RISK = 0.2
"""What a party would give in value for one less of expected shortfall, unless it says otherwise (terms.md G9)."""


@dataclass(frozen=True)
class Switched:
    """A risk alone, all others as expected, and all but it: by party, standard deviations and expected shortfalls."""

    risk: str
    alone_sd: dict[str, float]
    alone_shortfall: dict[str, float]
    """Mean loss in the worst tail against the mean of those trials"""
    relief: dict[str, float]
    """Expected shortfall that goes away when the risk does"""
    chance: float
    """Share of trials in which the risk alone makes the whole worth less than with every risk as expected"""
    impact: float
    """What the whole then loses on average"""


@dataclass(frozen=True)
class RiskTable:
    """Who bears what in a deal: parties, risks, and the matrix of both."""

    simulation: Simulation
    parties: tuple[str, ...]
    """Parties whose values add up to the whole"""
    allocation: Allocation
    matrix: dict[str, Explained | None]
    """Share of a party's variance that each risk explains; the whole under `whole`"""
    switched: tuple[Switched, ...]

    def label(self, risk: str) -> str:
        """What outputs call a risk."""
        return self.simulation.scenarios.register.factors[risk].title or risk.replace("_", " ").capitalize()

    def bearing(self, risk: str) -> dict[str, float]:
        """Shares of parties in what a risk alone does to all of them: of the sum of their standard deviations."""
        one = next(one for one in self.switched if one.risk == risk)
        each = {party: one.alone_sd[party] for party in self.parties}
        total = sum(each.values())
        scale = max(max((abs(one.mean) for one in self.allocation.parties.values()), default=0.0), self.allocation.sd)
        moves = total > NEAR_NIL * scale
        return {party: sd / total if moves else 0.0 for party, sd in each.items()}


WHOLE = "whole"
NEAR_NIL = 1e-9
"""Share of the stakes below which what a risk does is a rounding error."""


def _told(scenarios: Scenarios, workers: int | None, tell: Tell | None, done: float, said: str) -> Simulation:
    """The trials, with somebody told before and some times a second while they run."""
    if tell is None:
        return simulate(scenarios, workers=workers)
    tell(done, said)
    return simulate(scenarios, workers=workers, progress=lambda *_: tell(done, said))


def risk_table(
    scenarios: Scenarios, *, workers: int | None = None, switch: bool = True, tell: Tell | None = None
) -> RiskTable:  # fmt: skip
    """The risk table of a deal: its trials, then with `switch` two runs of as many trials a risk."""
    every = scenarios.register.factors
    runs = 2 + 2 * len(every) * switch

    def run(which: Scenarios, number: int, said: str) -> Simulation:
        return _told(which, workers, tell, number / runs, said)

    found = run(scenarios, 0, "what all risks do together")
    parties = tuple(party for party in scenarios.study.model.parties if party in scenarios.study.model.deal.parties)
    values = {party: found.columns[f"{party}.npv"] for party in parties}
    together = {**values, WHOLE: np.sum(list(values.values()), axis=0)}
    matrix = explained(together, draws_of(found), heed=lambda: tell and tell(1 / runs, "which risk explains what"))
    switched: list[Switched] = []
    if switch:
        as_expected = float(_values(simulate(_few(scenarios.holding(every)), workers=workers), parties)[WHOLE][0])
        for number, risk in enumerate(every):
            title = every[risk].title or risk.replace("_", " ")
            alone = run(scenarios.holding(set(every) - {risk}), 2 + 2 * number, f"{title}: this risk alone")
            others = run(scenarios.holding({risk}), 3 + 2 * number, f"{title}: all risks but this")
            switched.append(_switched(scenarios, risk, together, as_expected, _values(alone, parties), _values(others, parties)))
    return RiskTable(found, parties, allocate(values, scenarios.register.confidence), matrix, tuple(switched))


def draws_of(found: Simulation) -> dict[str, Array]:
    """Draws of every risk in the trials that are done: (S,), or (S, several) of a price over time."""
    result = {}
    for risk in found.scenarios.register.factors:
        parts = [values for name, values in found.columns.items() if name.startswith(f"risk.{risk}@")]
        result[risk] = np.stack(parts, axis=1) if parts else found.columns[f"risk.{risk}"]
    return result


def _switched(
    scenarios: Scenarios, risk: str, before: dict[str, Array], as_expected: float, alone: dict[str, Array],
    others: dict[str, Array],
) -> Switched:  # fmt: skip
    confidence = scenarios.register.confidence
    lost = as_expected - alone[WHOLE]
    hurt = lost > 1e-9 * max(1.0, abs(as_expected))
    shortfall = {party: expected_shortfall(before[party], confidence) for party in before}
    return Switched(
        risk,
        {party: float(values.std()) for party, values in alone.items()},
        {party: expected_shortfall(values - values.mean(), confidence) for party, values in alone.items()},
        {party: shortfall[party] - expected_shortfall(others[party], confidence) for party in before},
        float(hurt.mean()), float(lost[hurt].mean()) if hurt.any() else 0.0,
    )  # fmt: skip


def _few(scenarios: Scenarios) -> Scenarios:
    return replace(scenarios, register=scenarios.register.model_copy(update={"trials": 64}))


def _values(found: Simulation, parties: tuple[str, ...]) -> dict[str, Array]:
    """Net present values by party, and of the whole."""
    values = {party: found.columns[f"{party}.npv"] for party in parties}
    return {**values, WHOLE: np.sum(list(values.values()), axis=0)}


@dataclass(frozen=True)
class Moved:
    """What a clause does to a party: mean and expected shortfall of its value without it and with it."""

    mean_without: float
    mean_with: float
    shortfall_without: float
    shortfall_with: float
    price_of_risk: float

    @property
    def mean(self) -> float:
        """Change of the mean that the clause brings."""
        return self.mean_with - self.mean_without

    @property
    def shortfall(self) -> float:
        """Change of the expected shortfall that the clause brings."""
        return self.shortfall_with - self.shortfall_without

    @property
    def worth(self) -> float:
        """Change of the mean less the price of risk times that of the shortfall."""
        return self.mean - self.price_of_risk * self.shortfall


@dataclass(frozen=True)
class ClauseEffect:
    """The same trials with and without a clause; `trials` of them."""

    term: str
    label: str
    trials: int
    confidence: float
    parties: dict[str, Moved]
    labels: dict[str, str]
    currency: str = "USD"

    @property
    def touched(self) -> tuple[str, ...]:
        """Parties to which the clause makes a difference."""
        scale = max((abs(one.mean) + abs(one.shortfall) for one in self.parties.values()), default=0.0)
        return tuple(name for name, one in self.parties.items() if abs(one.mean) + abs(one.shortfall) > max(1e-9, 1e-6 * scale))

    @property
    def worth_is(self) -> Phrase:
        """How worth is reckoned, in words: the price of risk of each party that has one of its own."""
        own = [(self.labels[name], one.price_of_risk) for name, one in self.parties.items()]
        own = [pair for pair in own if pair[1] != PRICE_OF_RISK]
        if not own:
            return Phrase("mean value less {price:g} times shortfall", price=PRICE_OF_RISK)
        prices = joined(Phrase("{price:g} of {party}", price=price, party=label) for label, price in own)
        return Phrase("mean value less {price:g} times shortfall ({prices})", price=PRICE_OF_RISK, prices=prices)

    @property
    def efficient(self) -> bool:
        """Whether nobody is worse off and somebody is better, risk counted at its price."""
        worth = [self.parties[name].worth for name in self.touched]
        return bool(worth) and min(worth) >= 0 and max(worth) > 0

    @property
    def joint(self) -> float:
        """Change of the parties' worth together."""
        return sum(one.worth for one in self.parties.values())

    @property
    def transfer(self) -> float:
        """Mean value that the clause moves from some parties to others."""
        changes = [one.mean for one in self.parties.values()]
        return min(sum(max(one, 0.0) for one in changes), sum(max(-one, 0.0) for one in changes))

    @property
    def verdict(self) -> Phrase:
        """What the clause does, in a few words, with risk counted at its price."""
        worth = [self.parties[name].worth for name in self.touched]
        if not worth:
            return Phrase("makes no difference")
        if self.efficient:
            return Phrase("leaves everybody whom it touches better off")
        if max(worth) <= 0:
            return Phrase("leaves everybody whom it touches worse off")
        if self.joint > 0:
            return Phrase("makes the parties better off together, but not everybody")
        return Phrase("helps some at a greater cost to others")


def clause_effect(
    scenarios: Scenarios, term: str, *, prices_of_risk: dict[str, float] | None = None, workers: int | None = None,
    with_it: Simulation | None = None, tell: Tell | None = None,
) -> ClauseEffect:  # fmt: skip
    """What a clause of the deal brings each party: the same trials with it and without it.

    `with_it` are the trials of the deal as it is, if they are there. A party's price of risk is the one it has at the table
    of the deal, unless `prices_of_risk` says another. Raises GraphError for a term that the deal does not
    have, or cannot do without.
    """
    deal = scenarios.study.model.deal
    names = [one.name for one in deal.terms]
    if term not in names:
        raise GraphError(f"the deal has no term '{term}'{did_you_mean(term, names)}; its terms are: {', '.join(names)}")
    without = scenarios.onto(without=(term,))
    try:
        without.study.model  # noqa: B018 - built to see whether it can be
    except GraphError as error:
        raise GraphError(f"the deal cannot do without '{term}': {error}; ask about a clause that others do not need") from None
    parties = tuple(deal.parties)
    before = _values(_told(without, workers, tell, 0.0, "the same trials without the clause"), parties)
    after = with_it or _told(scenarios, workers, tell, 0.5, "the same trials with the clause")
    confidence, seats = scenarios.register.confidence, deal.negotiation.parties if deal.negotiation else {}
    prices = {party: seat.risk_price for party, seat in seats.items()} | (prices_of_risk or {})
    moved = {
        party: Moved(
            float(before[party].mean()), float(after.columns[f"{party}.npv"].mean()),
            expected_shortfall(before[party], confidence), expected_shortfall(after.columns[f"{party}.npv"], confidence),
            prices.get(party, PRICE_OF_RISK),
        )
        for party in parties
    }  # fmt: skip
    return ClauseEffect(term, deal.title(term), after.done, confidence, moved, deal.labels(), deal.currency)


@dataclass(frozen=True)
class ClauseMenu:
    """What every clause brings, in the order of the deal; `needed` are clauses that others cannot do without.

    Clauses that make no difference are left out.
    """

    effects: tuple[ClauseEffect, ...]
    needed: tuple[str, ...]

    @property
    def touched(self) -> tuple[str, ...]:
        """Parties to which some clause makes a difference."""
        parties = self.effects[0].parties if self.effects else ()
        return tuple(party for party in parties if any(party in one.touched for one in self.effects))


def clause_menu(scenarios: Scenarios, *, workers: int | None = None, tell: Tell | None = None) -> ClauseMenu:
    """What every clause of the deal brings each party, by the same trials (terms.md G9); facts of the project are no clauses."""
    with_it = _told(scenarios, workers, tell, 0.0, "the trials with all clauses")
    terms = [term for term in scenarios.study.model.deal.terms if term.kind not in FACTS]
    found, needed = [], []
    for number, term in enumerate(terms, start=1):
        if tell:
            tell(number / (len(terms) + 1), f"the same trials without {term.heading}")
        try:
            effect = clause_effect(scenarios, term.name, workers=workers, with_it=with_it)
        except JvmodelError:
            needed.append(term.heading)
            continue
        if effect.touched:
            found.append(effect)
    return ClauseMenu(tuple(found), tuple(needed))
