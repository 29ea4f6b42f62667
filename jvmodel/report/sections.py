"""The numbered sections of the term sheet: under each heading its clauses, their numbers, and what nobody has agreed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jvmodel.account import VENTURE
from jvmodel.analysis.deletion import Deletion, deletions
from jvmodel.clauses import HEADINGS, Clause, Heading, heading_of
from jvmodel.inputs import Record, Series
from jvmodel.report.interests import bought, earned, exits, optioned
from jvmodel.report.passed_on import by_contract, tiers
from jvmodel.report.schedules import NIL, Schedules, table
from jvmodel.report.support import support
from jvmodel.report.turning_points import turning_points
from jvmodel.report.vetoes import vetoes
from jvmodel.term import Term, label_of, numbers

if TYPE_CHECKING:
    from jvmodel.model import Model

MOST_LINES = 16
"""A term with more numbers than this, such as a table of world supply, has the rest in the annex only."""
NO_NUMBERS = ("kind", "name", "title", "note")
OWN = ("incorporated_venture", "unincorporated_venture")


class Sections:
    """Writes the sections of one model with the words and figures of its schedules."""

    def __init__(self, schedules: Schedules) -> None:
        self.schedules = schedules
        self.model: Model = schedules.model
        self.language = schedules.language
        self.say = schedules.say
        self.kinds = {term.kind for term in self.model.deal.terms}

    @cached_property
    def deletions(self) -> Mapping[str, Deletion]:
        """What deleting each clause would do."""
        return deletions(self.model)

    def all(self) -> list[dict[str, Any]]:
        """Every heading, numbered, whether or not anything stands under it."""
        return [self._section(number, key, one) for number, (key, one) in enumerate(HEADINGS.items(), start=1)]

    def _section(self, number: int, key: str, heading: Heading) -> dict[str, Any]:
        terms = [term for term in self.model.deal.terms if heading_of(term.kind, term.chapter) == key]
        texts = list(self._texts(key, heading))
        said = {topic for topic, _ in texts}
        missing = [
            one.label for topic, one in heading.topics.items() if topic not in said and not self.kinds.intersection(one.kinds)
        ]
        return {
            "number": number, "key": key, "title": self.say(heading.title),
            "texts": [entry for _, entry in texts],
            "terms": [self._term(term) for term in terms],
            "tables": self._tables(key),
            "missing": [self.say(label) for label in missing], "figures": [],
        }  # fmt: skip

    def _texts(self, key: str, heading: Heading) -> Iterator[tuple[str, dict[str, Any]]]:
        given: Mapping[str, Clause] = self.model.deal.clauses
        for topic in (key, *heading.topics):
            clause = given.get(topic)
            if clause is not None and clause.text:
                label = "" if topic == key else self.say(heading.topics[topic].label)
                paragraphs = [part.strip() for part in clause.text.strip().split("\n\n") if part.strip()]
                yield topic, {"label": label, "paragraphs": paragraphs, "binding": clause.binding}

    def _tables(self, key: str) -> list[dict[str, Any]]:
        made = self.schedules
        writers: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "parties": lambda: [made.parties()], "interests": made.interests,
            "contributions": lambda: [*bought(made), *made.contributions()], "earn_in": lambda: earned(made),
            "governance": lambda: vetoes(made),
            "support": lambda: support(made, self.deletions), "transfer": lambda: [*optioned(made), *exits(made)],
            "funding": made.funding, "offtake": lambda: [*made.prices(), *by_contract(made)],
            "distributions": lambda: [*tiers(made), *made.distributions()], "fiscal": made.state,
            "carry": self._carried,
            "annexes": lambda: [*self.worth(), *turning_points(made), *made.years(), made.assumptions(), made.checks()],
        }  # fmt: skip
        return writers[key]() if key in writers else []

    def _term(self, term: Term) -> dict[str, Any]:
        about = (type(term).__doc__ or "").strip().split("\n")[0]
        lines = [{"label": label, "value": value} for label, value in self.lines(term)]
        more = len(lines) - MOST_LINES
        return {
            "name": term.name, "heading": term.title or self.language.label(term.heading), "about": self.say(about),
            "example": self._example(term),
            "note": term.note or "", "lines": lines[:MOST_LINES],
            "more": self.say("{count} more in the annex of assumptions", count=more) if more > 0 else "",
            "effect": self._effect(term),
        }  # fmt: skip

    def _example(self, term: Term) -> str:
        message, values = term.worked_example
        shown = {name: self.language.percent(one, 2) if isinstance(one, float) else self.say(one) for name, one in values.items()}
        return self.say(message, **shown) if message else ""

    def _effect(self, term: Term) -> dict[str, Any]:
        """What deleting the term would do: amounts by party, or a reason; nothing for facts of the project."""
        found = self.deletions.get(term.name)
        if found is None:
            reason = self.say("The venture does not exist without this clause.") if term.kind in OWN else ""
            return {"why": reason, "parties": []}
        if found.why:
            return {"why": self.say("Cannot be deleted: {why}.", why=found.why.rstrip(".")), "parties": []}
        moved = [
            {"party": self.schedules.label(party), "amount": self.signed(value), "gain": value > 0}
            for party, value in found.effects.items() if abs(value) >= NIL
        ]  # fmt: skip
        return {"why": "" if moved else self.say("Moves no party's value."), "parties": moved}

    def signed(self, value: float) -> str:
        """A change in millions, with its sign; a dash for next to nothing."""
        if abs(value) < NIL:
            return "–"
        return ("+" if value > 0 else "") + self.language.number(value, 1)

    def worth(self) -> list[dict[str, Any]]:
        """Every clause, and what each party would gain or lose without it."""
        moving = {name: one for name, one in self.deletions.items() if any(abs(value) >= NIL for value in one.effects.values())}
        parties = [party for party in self.model.parties if any(abs(one.effects[party]) >= NIL for one in moving.values())]
        if not moving:
            return []
        rows = [
            (self.model.deal.title(name), [self.signed(one.effects[party]) for party in parties]) for name, one in moving.items()
        ]
        head = [self.say("Without the clause"), *(self.schedules.label(party) for party in parties)]
        notes = [
            self.say(
                "Change of each party's NPV if the clause alone were deleted and nothing else changed. Clauses act on one"
                " another, so the changes do not add up. What the project is, who owns it and what it costs to build and run"
                " are not clauses."
            )
        ]
        unit = self.schedules.money
        return [table(self.say("What deleting each clause would do"), unit, head, rows, notes=notes, dense=True)]

    def _carried(self) -> list[dict[str, Any]]:
        """Each carry on loan: advanced, repaid, written off, and the period in which its balance is last open."""
        rows = []
        graph, run = self.model.graph, self.model.run
        for term in self.model.deal.terms:
            if term.kind != "loan_carry" or f"{term.name}.closing" not in graph.rows:
                continue
            balance = run.single(f"{term.name}.closing")
            open_ = [t for t, value in enumerate(balance) if value > 1e-9]
            paid = graph.timeline.labels[min(open_[-1] + 1, len(balance) - 1)] if open_ else self.say("n/a")
            written = float(run.single(f"{term.name}.written_off").sum())
            rows.append((term.heading, [
                self.schedules.amount(float(run.single(f"{term.name}.carried").sum())),
                self.schedules.amount(float(balance.max())),
                self.schedules.amount(float(run.single(f"{term.name}.repayment").sum())), self.schedules.amount(written),
                paid if written < NIL else self.say("never"),
            ]))  # fmt: skip
        head = [
            self.say("Carry"), self.say("Advanced"), self.say("Highest balance"), self.say("Repaid with interest"),
            self.say("Written off"), self.say("Paid off in"),
        ]  # fmt: skip
        return [table(self.say("How the carry is repaid"), self.schedules.money, head, rows)] if rows else []

    def lines(self, term: Term) -> Iterator[tuple[str, str]]:
        """Label and value of everything that the deal says in a term, names of parties in full."""
        measured = {path: (label, value, unit) for path, label, value, unit in numbers(term)}
        for name, field in type(term).model_fields.items():
            value = getattr(term, name)
            if name in NO_NUMBERS or value is None or name not in term.model_fields_set or name in measured:
                continue
            if isinstance(value, str | bool | int) or type(value).__name__ == "Month":
                yield self.language.label(label_of(field.description or name)), self._word(name, value)
        for path, (label, value, unit) in measured.items():
            if said(term, path.split(".")):
                symbol = unit.text(self.model.deal.currency)
                shown = self.series(value, symbol) if isinstance(value, Series) else self.language.text(value, symbol)
                yield self.named(label), shown

    def _word(self, name: str, value: Any) -> str:
        """A word of the deal: a party's name, yes or no, or a choice in plain words."""
        if isinstance(value, bool):
            return self.say("yes") if value else self.say("no")
        shown = str(value)
        if shown == VENTURE:
            return self.schedules.label(VENTURE)
        party = self.model.deal.ventures.get(shown) if name == "venture" else self.model.deal.parties.get(shown)
        return party.name if party else self.say(shown.replace("_", " "))

    def named(self, label: str) -> str:
        """A label with the names of parties in place of their keys."""
        return self.language.named(label, self.model.deal.labels())

    def series(self, value: Series, unit: str) -> str:
        """A number over time in a few words."""
        if value.flat is not None:
            return self.language.text(value.flat, unit)
        years = value.by_year or {}
        first, last = next(iter(years)), list(years)[-1]
        if len(years) == 1:
            return f"{self.language.text(years[first], unit)} ({first})"
        return self.say(
            "{first} ({from_year}) to {last} ({to_year})",
            first=self.language.text(years[first], unit), from_year=first,
            last=self.language.text(years[last], unit), to_year=last,
        )  # fmt: skip


def said(record: Any, path: list[str]) -> bool:
    """Whether the deal file says the number at a path, rather than leaving it at its default."""
    for step in path:
        if isinstance(record, Record):
            if step not in record.model_fields_set:
                return False
            record = getattr(record, step)
        elif isinstance(record, dict):
            record = record[step]
        else:
            record = record[int(step)]
    return True


__all__ = ["Sections", "said"]
