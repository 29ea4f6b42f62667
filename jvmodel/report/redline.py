"""Redline: what one version of a deal says differently from another, struck and inserted, and what it is worth to each party."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from jvmodel.clauses import HEADINGS, TOPICS, Clause, heading_of
from jvmodel.dealfile import load
from jvmodel.inputs import Record, Series
from jvmodel.model import Model, build
from jvmodel.negotiation.comparison import Alternative, compare
from jvmodel.negotiation.differences import Difference
from jvmodel.report.figures import Bridge, Drawing, draw
from jvmodel.report.language import Language, language
from jvmodel.report.schedules import NIL, Schedules, table
from jvmodel.report.sections import Sections
from jvmodel.report.sheet import fingerprint, today
from jvmodel.report.termsheet import environment
from jvmodel.term import Term

MOST_BRIDGES = 4
Segments = list[dict[str, str]]
"""Pieces of text: `kept`, `struck` or `inserted`."""


def page(context: dict[str, Any]) -> str:
    """The redline as HTML that needs nothing but itself."""
    return environment().get_template("redline.html.j2").render(context)


def redline(new: str, old: str, changes: Sequence[str] = ()) -> dict[str, Any]:
    """The context of a redline: plain data; changes (as `--set`) apply to both versions."""
    before, after = build(load(old, changes)), build(load(new, changes))
    spoken = language(after.deal.language)
    found = compare(old, [new], changes)
    return _Redline(before, after, spoken, found.alternatives[0]).context()


def segments(before: str, after: str) -> Segments:
    """What is kept, struck and inserted between two texts, word by word.

    >>> segments("The law of England.", "The law of France.")[1:]
    [{'how': 'struck', 'text': 'England.'}, {'how': 'inserted', 'text': 'France.'}]
    """
    old, new = (re.findall(r"\s+|\S+", text) for text in (before, after))
    found: Segments = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=len(old) > 2000).get_opcodes():
        pieces = [("kept", old[a:b])] if kind == "equal" else [("struck", old[a:b]), ("inserted", new[c:d])]
        found += [{"how": how, "text": "".join(words)} for how, words in pieces if words]
    return found


@dataclass(frozen=True)
class _Redline:
    before: Model
    after: Model
    language: Language
    change: Alternative

    def context(self) -> dict[str, Any]:
        say = self.language.say
        old, new = self.before.deal, self.after.deal
        return {
            "language": self.language.code, "kind": say("Redline"),
            "title": segments(old.deal, new.deal),
            "plain_title": new.deal,
            "description": segments((old.description or "").strip(), (new.description or "").strip()),
            "date": self.language.date(today()), "before": fingerprint(old), "after": fingerprint(new),
            "parties": self._parties(), "figures": self._bridges(), "sections": list(self._sections()),
            "why": self.change.why,
            "words": {
                "dated": say("Date"), "before": say("Run before"), "after": say("Run after"), "nothing": say("Nothing differs."),
                "effect": say("This change"), "effect_unit": say("change of NPV, {money}", money=f"{new.currency}m"),
                "added": say("added"), "removed": say("taken out"), "page": say("Page"), "of": say("of"),
                "legend": say("Struck: only in the version before. Inserted: only in the version after."),
            },
        }  # fmt: skip

    def _label(self, party: str) -> str:
        model = self.after if party in self.after.parties else self.before
        return Schedules(model, self.language).label(party)

    def _parties(self) -> dict[str, Any]:
        say, money = self.language.say, f"{self.after.deal.currency}m"
        rows = []
        for party, change in self.change.change.items():
            sides = [
                float(model.run.single(f"party.{party}.value").sum()) if party in model.parties else None
                for model in (self.before, self.after)
            ]
            shown = ["" if one is None else self.language.number(one, 1) for one in sides]
            rows.append((self._label(party), [*shown, self._signed(change)]))
        head = [say("Party"), f"{say('NPV')} {say('before')}", f"{say('NPV')} {say('after')}", say("Gain or loss")]
        return table(say("What each party gains or loses"), money, head, rows, total=self._label(self.after.parties[0]))

    def _bridges(self) -> list[Drawing]:
        """From the value before to the value after by clause, for the parties that move most."""
        if self.change.why:
            return []
        say, made = self.language.say, []
        movers = sorted(
            (one for one in self.change.change if one in self.before.parties), key=lambda one: -abs(self.change.change[one])
        )
        for party in movers[:MOST_BRIDGES]:
            steps = [(title, effects.get(party, 0.0)) for _, title, _, effects in self._owners()]
            steps = [(title, value) for title, value in steps if abs(value) >= NIL]
            if steps:
                first = float(self.before.run.single(f"party.{party}.value").sum())
                title = say("Value of {party}, from the version before to the version after", party=self._label(party))
                bridge = Bridge(title, f"{self.after.deal.currency}m", (say("Before"), first), tuple(steps), say("After"))
                made.append(draw(bridge, self.language))
        return made

    def _owners(self) -> list[tuple[str, str, list[Difference], dict[str, float]]]:
        """Changed clauses: path, title, what differs, and the mean effect on each party; parts of one clause add up."""
        found: dict[str, tuple[str, str, list[Difference], dict[str, float]]] = {}
        for clause in self.change.clauses:
            for one in clause.differences:
                found.setdefault(one.owner, (one.owner, self._title(one), [], {}))[2].append(one)
            effects = found[clause.differences[0].owner][3]
            for party, value in clause.shapley.items():
                effects[party] = effects.get(party, 0.0) + value
        return list(found.values())

    def _title(self, one: Difference) -> str:
        key = one.owner.removeprefix("clauses.")
        if one.owner.startswith("clauses."):
            return self.language.say(HEADINGS[key].title if key in HEADINGS else TOPICS[key][1].label)
        return self.language.label(one.clause)

    def _sections(self) -> Iterator[dict[str, Any]]:
        placed: dict[str, list[dict[str, Any]]] = {key: [] for key in HEADINGS}
        for owner, title, differences, effects in self._owners():
            placed[self._heading(owner)].append(self._clause(title, differences, effects))
        for number, (key, clauses) in enumerate(placed.items(), start=1):
            if clauses:
                yield {"number": number, "title": self.language.say(HEADINGS[key].title), "clauses": clauses}

    def _heading(self, owner: str) -> str:
        kind, _, name = owner.partition(".")
        if kind == "terms":
            sides = (*self.after.deal.terms, *self.before.deal.terms)
            term = next(one for one in sides if one.name == name)
            return heading_of(term.kind, term.chapter)
        if kind == "clauses":
            return name if name in HEADINGS else TOPICS[name][0]
        return {"parties": "parties", "prices": "offtake", "ventures": "structure"}.get(kind, "project")

    def _clause(self, title: str, differences: list[Difference], effects: dict[str, float]) -> dict[str, Any]:
        whole = next((one for one in differences if not one.label and (one.before is None or one.after is None)), None)
        state = "changed" if whole is None else "added" if whole.before is None else "removed"
        lines = [
            {"label": label, "value": value}
            for one in differences for label, value in (self._whole(one) if one is whole else self._line(one))
        ]  # fmt: skip
        moved = [
            {"party": self._label(party), "amount": self._signed(value), "gain": value > 0}
            for party, value in effects.items() if abs(value) >= NIL
        ]  # fmt: skip
        return {"title": title, "state": state, "lines": lines, "effect": moved}

    def _line(self, one: Difference) -> Iterator[tuple[str, Segments]]:
        words = one.owner.startswith("clauses.") and one.path.endswith(".text")
        label = "" if words else Sections(Schedules(self.after, self.language)).named(one.label or one.clause)
        if isinstance(one.before, str) and isinstance(one.after, str) and " " in one.before + one.after:
            yield label, segments(one.before, one.after)
            return
        sides = (("struck", one.before), ("inserted", one.after))
        yield label, [{"how": how, "text": self._shown(one, value)} for how, value in sides if value is not None]

    def _shown(self, one: Difference, value: Any) -> str:
        if isinstance(value, Series):
            return Sections(Schedules(self.after, self.language)).series(value, one.unit)
        if isinstance(value, bool):
            return self.language.say("yes") if value else self.language.say("no")
        if isinstance(value, int | float):
            return self.language.text(float(value), one.unit or "1")
        return one.shown(value)

    def _whole(self, one: Difference) -> Iterator[tuple[str, Segments]]:
        """A clause that only one version has, line by line."""
        value, how, model = (one.after, "inserted", self.after) if one.before is None else (one.before, "struck", self.before)
        sections = Sections(Schedules(model, self.language))
        if isinstance(value, Term):
            about = (type(value).__doc__ or "").strip().split("\n")[0]
            yield "", [{"how": how, "text": self.language.say(about)}]
            for label, shown in sections.lines(value):
                yield label, [{"how": how, "text": shown}]
        elif isinstance(value, Clause):
            yield "", [{"how": how, "text": value.text or self.language.say("binding")}]
        elif isinstance(value, Record):
            said = value.model_dump(exclude_unset=True)
            yield "", [{"how": how, "text": "; ".join(f"{key.replace('_', ' ')}: {said[key]}" for key in said)}]
        else:
            yield "", [{"how": how, "text": self._shown(one, value)}]

    def _signed(self, value: float) -> str:
        if abs(value) < NIL:
            return "–"
        return ("+" if value > 0 else "") + self.language.number(value, 1)
