"""build(deal) -> Model: the deal's terms written into one closed graph, and its values for the inputs as given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jvmodel.deal import Deal
from jvmodel.errors import GraphError
from jvmodel.graph import ClosedGraph, Graph
from jvmodel.graph.expression import Param
from jvmodel.graph.graph import Given
from jvmodel.ledger import VENTURE, Ledger
from jvmodel.party_ledger import write_party_ledgers
from jvmodel.phrase import Phrase
from jvmodel.posting import Posting

if TYPE_CHECKING:
    from jvmodel.backends.arrays import Run

TOLERANCE = 1e-6
"""Least difference, in millions, that fails a check (terms.md 0.8)."""


@dataclass(frozen=True)
class CheckResult:
    """A check of the model: its worst difference over all periods, in millions, against its tolerance."""

    name: str
    label: str
    worst: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the difference is within tolerance."""
        return self.worst <= self.tolerance


@dataclass(frozen=True)
class Caution:
    """Something to look at, and the periods in which it holds; it fails no check (terms.md 0.7)."""

    name: str
    label: str
    periods: tuple[str, ...]
    throughout: bool

    @property
    def few(self) -> bool:
        """Whether the periods are so few that each is named."""
        return len(self.periods) <= 4

    @property
    def when(self) -> str:
        """The periods in a few words; empty where it holds throughout."""
        if self.throughout:
            return ""
        if self.few:
            return ", ".join(self.periods)
        return f"{len(self.periods)} periods from {self.periods[0]} to {self.periods[-1]}"

    @property
    def text(self) -> str:
        """What is to be looked at, and when."""
        return f"{self.label} ({self.when})" if self.when else self.label


@dataclass(frozen=True)
class Model:
    """A deal and its closed graph; `run` holds the values for the inputs as given."""

    deal: Deal
    graph: ClosedGraph
    parties: tuple[str, ...]
    """The venture, further ventures, then the parties of the deal in its order."""
    payments: tuple[Posting, ...] = ()
    """Everything that anybody pays to anybody, each a row of the graph"""

    @cached_property
    def run(self) -> Run:
        """Values of all rows in one scenario, the inputs as given."""
        from jvmodel.backends.arrays import evaluate

        return evaluate(self.graph)

    @cached_property
    def checks(self) -> tuple[CheckResult, ...]:
        """Every check of the model, run."""
        return checks(self.graph, self.run)

    @cached_property
    def warnings(self) -> tuple[Caution, ...]:
        """What is worth a look in this run, in the order of the terms."""
        labels, found = self.graph.timeline.labels, []
        for name, info in self.graph.rows.items():
            if name.startswith("warning."):
                holds = self.run.single(name) > 0
                periods = tuple(label for label, one in zip(labels, holds, strict=True) if one)
                if periods:
                    found.append(Caution(name.split(".")[1], info.label, periods, len(periods) == len(labels)))
        return tuple(found)

    def label(self, party: str) -> str:
        """What outputs call a party."""
        if party in self.deal.ventures:
            return self.deal.ventures[party].name
        return Phrase("Venture") if party == VENTURE else self.deal.parties[party].name

    def role(self, party: str) -> str:
        """The party's part in the deal."""
        return self.deal.parties[party].role if party in self.deal.parties else "venture"

    def discount_rate(self, party: str) -> float:
        """The party's own discount rate."""
        holder = self.deal.ventures.get(party) or self.deal.parties.get(party) or self.deal
        return holder.discount_rate

    def rate_input(self, party: str) -> str:
        """The name of the input that is the party's discount rate."""
        if party == VENTURE:
            return "discount_rate"
        return f"{'ventures' if party in self.deal.ventures else 'parties'}.{party}.discount_rate"


def checks(graph: ClosedGraph, run: Run) -> tuple[CheckResult, ...]:
    """The checks of a run: |difference| within max(1e-6, 1e-9 x lifetime gross revenue) (terms.md 0.8)."""
    revenue = float(run.single("ledger.revenue").sum()) if "ledger.revenue" in graph.rows else 0.0
    tolerance = max(TOLERANCE, 1e-9 * abs(revenue))
    found = []
    for name, info in graph.rows.items():
        if name.startswith("check."):
            worst = float(abs(run[name]).max())
            found.append(CheckResult(name.split(".")[1], info.label, worst, tolerance))
    return tuple(found)


def build(deal: Deal) -> Model:
    """The model of a deal; raises GraphError where its terms do not fit together."""
    timeline = deal.ruler
    graph = Graph(timeline)
    phases = {name: timeline.overlap(phase.start, phase.end) for name, phase in deal.phases.items()}
    ledger = Ledger(graph, deal.currency, deal.labels(), phases, {name: one.name for name, one in deal.ventures.items()})
    ledger.basis = deal.basis
    ledger.base_date = deal.base_month
    if deal.inflation is not None:
        ledger.inflation = _given(graph, "inflation", "Inflation a year", deal.inflation)
    ledger.deductible = frozenset(
        (term.venture or VENTURE, term.name) for term in deal.terms if getattr(term, "deductible", False)
    )
    ledger.announced = Counter((term.venture or VENTURE, one) for term in deal.terms for one in set(term.announces()))
    for metal, deck in deal.prices.items():
        ledger.price_unit(metal, deck.unit)
    with graph.chapter("market"):
        for metal, deck in deal.prices.items():
            deck.apply(ledger, metal)
        for name, rate in deal.currencies.items():
            rate.apply(ledger, name)
    for term in deal.terms:
        with graph.chapter(term.chapter):
            try:
                term.apply(ledger.of(term.venture))
            except GraphError as error:
                raise type(error)(f"term '{term.name}' ({term.kind}): {error}") from None
    rates = {VENTURE: _given(graph, "discount_rate", "Discount rate of the venture", deal.discount_rate)}
    for place, holders in (("ventures", deal.ventures), ("parties", deal.parties)):
        for name, party in holders.items():
            rates[name] = _given(graph, f"{place}.{name}.discount_rate", f"Discount rate: {party.name}", party.discount_rate)
    write_party_ledgers(ledger, rates)
    ledger.close()
    return Model(deal, graph.close(), (VENTURE, *deal.ventures, *deal.parties), tuple(ledger.postings))


def _given(graph: Graph, name: str, label: str, value: float) -> Param:
    return graph.given(Given(name, label, value, "%", name))


__all__ = ["Caution", "CheckResult", "Model", "build", "checks"]
