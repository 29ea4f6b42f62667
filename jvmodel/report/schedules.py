"""Tables of the term sheet: parties, interests, contributions, funding, state, years, inputs, checks; all as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from jvmodel.account import CAPITAL, VENTURE, Account
from jvmodel.analysis.stakes import stakes
from jvmodel.report.language import Language
from jvmodel.report.sources import sources_and_uses
from jvmodel.report.summary import metrics_of
from jvmodel.report.take import take

if TYPE_CHECKING:
    from jvmodel.model import Model

YEARS_ACROSS = 9
NIL = 0.05
PAID_OUT = (Account.DIVIDENDS, Account.CAPITAL_RETURN, Account.PROMOTE, Account.CARRY_REPAYMENT)
Rows = list[tuple[str, list[float]]]


def table(
    title: str, unit: str, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], *, total: str = "",
    notes: Sequence[str] = (), words: Sequence[int] = (), dense: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """A table as plain data: `words` are the columns that hold words, not figures; the row called `total` stands out."""
    return {
        "title": title, "unit": unit, "head": list(head), "words": list(words), "dense": dense, "notes": list(notes),
        "rows": [{"label": label, "cells": list(cells), "total": bool(total) and label == total} for label, cells in rows],
    }  # fmt: skip


class Schedules:
    """Writes the tables of one model in one language."""

    def __init__(self, model: Model, language: Language) -> None:
        self.model = model
        self.language = language
        self.say = language.say
        self.money = f"{model.deal.currency}m"

    def amount(self, value: float | None) -> str:
        """Money in millions; a dash for next to nothing."""
        if value is None:
            return self.say("n/a")
        return "–" if abs(value) < NIL else self.language.number(value, 1)

    def share(self, value: float | None) -> str:
        """A share in percent."""
        return self.say("n/a") if value is None else self.language.percent(value)

    def row(self, party: str, account: Account) -> list[float]:
        """What a party receives on an account less what it pays, by period."""
        name = f"party.{party}.{account.value}"
        if name not in self.model.graph.rows:
            return [0.0] * self.model.graph.timeline.periods
        return [float(value) for value in self.model.run.single(name)]

    def results(self) -> dict[str, Any]:
        """What each party gets."""
        shares = {stake.party: stake for stake in stakes(self.model)}
        rows, notes = [], []
        for party in self.model.parties:
            found, stake, label = metrics_of(self.model, party), shares.get(party), self.label(party)
            many = len(found["irr_roots"]) > 1
            rows.append((label, [
                self.say(self.model.role(party)), self.share(found["discount_rate"]), self.amount(found["npv"]),
                self.share(found["irr"]) + ("*" if many else ""), self._plain(found["moic"], 2), self._plain(found["payback"], 1),
                self.amount(found["peak_funding"]),
                self.share(stake.share_of_capital) if stake else "", self.share(stake.share_of_value) if stake else "",
            ]))  # fmt: skip
            if many:
                roots = ", ".join(self.language.percent(root) for root in found["irr_roots"])
                notes.append(
                    self.say("* {party}: the cash flow has {count} rates of return ({roots}).", party=label,
                             count=len(found["irr_roots"]), roots=roots)
                )  # fmt: skip
        head = [
            self.say("Party"), self.say("Role"), self.say("Discount rate"), f"{self.say('NPV')}, {self.money}", self.say("IRR"),
            f"{self.say('MOIC')}, ×", self.say("Payback, years"), f"{self.say('Peak funding')}, {self.money}",
            self.say("Share of capital"), self.say("Share of value"),
        ]  # fmt: skip
        notes.insert(0, self.say(
            "NPV at each party's own discount rate. Share of capital counts cash calls, shareholder loans and carry that a party"
            " pays itself; share of value measures all parties at the venture's discount rate."
        ))  # fmt: skip
        return table(self.say("What each party gets"), "", head, rows, total=self.label(VENTURE), notes=notes, words=[0])

    def label(self, party: str) -> str:
        """What the page calls a party."""
        return self.say(self.model.label(party)) if party == VENTURE else self.model.label(party)

    def parties(self) -> dict[str, Any]:
        """Names, roles, and who they are."""
        rows = [(party.name, [self.say(party.role), party.note or ""]) for party in self.model.deal.parties.values()]
        return table(self.say("Parties"), "", [self.say("Party"), self.say("Role"), self.say("About")], rows, words=[0, 1])

    def prices(self) -> list[dict[str, Any]]:
        """Price decks."""
        rows = []
        for metal, deck in self.model.deal.prices.items():
            years = [value for value in (deck.by_year or {}).values() if value]
            value = self.language.text(deck.flat, deck.unit) if deck.flat is not None else self._span(years, deck.unit)
            name = self.language.label(metal.replace("_", " ").capitalize())
            rows.append((name, [value, self.say(deck.basis), deck.note or ""]))
        head = [self.say("Price"), self.say("Value"), self.say("Money"), self.say("Source")]
        return [table(self.say("Prices"), "", head, rows, words=[1, 2])] if rows else []

    def interests(self) -> list[dict[str, Any]]:
        """Interests at the start and after each event, for every venture that keeps a register."""
        found = []
        rows = self.model.graph.rows
        for block in dict.fromkeys(name.rpartition(".interest_")[0] for name in rows if ".register.interest_" in name):
            held = {
                party: self.model.run.single(f"{block}.interest_{party}")
                for party in self.model.deal.parties if f"{block}.interest_{party}" in rows
            }  # fmt: skip
            if not held:
                continue
            labels = self.model.graph.timeline.labels
            moves = [t for t in range(1, len(labels)) if any(abs(one[t] - one[t - 1]) > 1e-9 for one in held.values())]
            shown = [0, *moves][:YEARS_ACROSS]
            body = [(self.label(party), [self.language.percent(float(one[t]), 2) for t in shown]) for party, one in held.items()]
            title = self.model.deal.title(block.split(".")[0])
            title = self.language.pair(self.say("Interests"), title)
            found.append(table(title, "", [self.say("Party"), *(labels[t] for t in shown)], body))
        return found

    def contributions(self) -> list[dict[str, Any]]:
        """Cash calls, loans and carry by party, in the years in which anybody pays."""
        rows: Rows = []
        for party in self.model.deal.parties:
            for account in CAPITAL:
                values = self.row(party, account)
                if any(abs(value) > 1e-9 for value in values):
                    what = self.say(account.label).lower()
                    rows.append((self.language.pair(self.label(party), what), [-value for value in values]))
        return self.by_year(self.say("Contributions"), rows, only_used=True)

    def distributions(self) -> list[dict[str, Any]]:
        """What parties are paid out, by year."""
        rows: Rows = []
        for party in self.model.deal.parties:
            values = [sum(one) for one in zip(*(self.row(party, account) for account in PAID_OUT), strict=True)]
            if any(abs(value) > 1e-9 for value in values):
                rows.append((self.label(party), values))
        return self.by_year(self.say("Dividends and other distributions, after carry"), rows, only_used=True)

    def funding(self) -> list[dict[str, Any]]:
        """Sources beside uses until production."""
        found = sources_and_uses(self.model)
        if found is None or not found.total:
            return []
        blank = ("", "", "")
        sides = [
            [(self._source(label), self.amount(value), self.share(value / found.total)) for label, value in side]
            for side in (found.sources, found.uses)
        ]
        total = self.say("Total")
        last = (total, [self.amount(found.total), self.share(1.0), total, self.amount(found.total), self.share(1.0)])
        rows = [(one[0], [*one[1:], *other]) for one, other in zip_longest(*sides, fillvalue=blank)]
        head = [self.say(word) for word in ("Source", "Amount", "Share", "Use", "Amount", "Share")]
        title = self.say("Sources and uses before {period}", period=found.until)
        return [table(title, self.money, head, [*rows, last], total=total, words=[2])]

    def state(self) -> list[dict[str, Any]]:
        """What the state takes, line by line, and its shares and effects."""
        found = take(self.model)
        if found is None:
            return []
        rows = [(self.say(label), [self.amount(amount), self.amount(value)]) for label, amount, value in found.lines]
        total = self.say("All fiscal receipts")
        rows.append((total, [self.amount(found.total[0]), self.amount(found.total[1])]))
        if abs(found.as_owner[0]) > NIL:
            owner = self.say("Dividends and other receipts of the state and its companies as owners, net")
            rows.append((owner, [self.amount(found.as_owner[0]), self.amount(found.as_owner[1])]))
        rows.append(
            (self.say("Share of cash flow before the state takes anything"), [self.share(found.take), self.share(found.aetr)])
        )
        effect = self.say("Rate of return of the project, before and after")
        rows.append((effect, [self.share(found.irr_before), self.share(found.irr_after)]))
        if found.metr is not None:
            marginal = self.say("Part of its return that a project loses whose return just meets the discount rate (METR)")
            rows.append((marginal, ["", self.share(found.metr)]))
        rate = self.say("At {rate}", rate=self.language.text(self.model.deal.discount_rate, "%"))
        head = [self.say("Instrument"), self.say("Undiscounted"), rate]
        return [table(self.say("What the state takes"), self.money, head, rows, total=total)]

    def years(self) -> list[dict[str, Any]]:
        """The venture by account, and every party's cash, by year."""
        rows: Rows = [
            (self.say(account.label), self.row(VENTURE, account))
            for account in Account if not account.financing and f"party.{VENTURE}.{account.value}" in self.model.graph.rows
        ]  # fmt: skip
        net = self.say("Net cash flow")
        rows.append((net, self._cash(VENTURE)))
        others: Rows = [(self.label(party), self._cash(party)) for party in self.model.parties]
        return [
            *self.by_year(self.say("The venture year by year"), rows, total=net),
            *self.by_year(self.say("Cash flow by party"), others, total=self.label(VENTURE)),
        ]

    def _cash(self, party: str) -> list[float]:
        return [float(value) for value in self.model.run.single(f"party.{party}.cash")]

    def by_year(self, title: str, rows: Rows, *, only_used: bool = False, total: str = "") -> list[dict[str, Any]]:
        """Amounts by calendar year, so many years to a table; the last table has the sums."""
        every = [start.year for start in self.model.graph.timeline.starts]
        sums = {
            year: [sum(value for value, own in zip(values, every, strict=True) if own == year) for _, values in rows]
            for year in dict.fromkeys(every)
        }
        years = [year for year, column in sums.items() if not only_used or any(abs(value) > 1e-9 for value in column)]
        if not rows or not years:
            return []
        parts = -(-(len(years) + 1) // YEARS_ACROSS)
        size = -(-(len(years) + 1) // parts)
        found = []
        for begin in range(0, len(years) + 1, size):
            part = years[begin : begin + size]
            last = begin + size >= len(years) + 1
            head = ["", *map(str, part), *([self.say("Total")] if last else [])]
            body = [
                (label, [self.amount(sums[year][number]) for year in part] + ([self.amount(sum(values))] if last else []))
                for number, (label, values) in enumerate(rows)
            ]
            name = title if begin == 0 else self.say("{title}, continued", title=title)
            found.append(table(name, self.money, head, body, total=total, dense=True))
        return found

    def assumptions(self) -> dict[str, Any]:
        """Every number that the deal file says, with its path and its note, which is told once where many share it."""
        rows, told = [], ""
        for given in self.model.graph.params.values():
            if given.source != "deal":
                continue
            if isinstance(given.value, tuple):
                value = self._span([value for value in given.value if value] or [0.0], given.unit)
            else:
                value = self.language.text(given.value, given.unit)
            note = self.say("as above") if given.note and given.note == told else given.note
            rows.append((self.language.named(given.label, self.model.deal.labels()), [value, given.path, note]))
            told = given.note
        head = [self.say("Input"), self.say("Value"), self.say("Where in the deal file"), self.say("Source")]
        return table(self.say("Assumptions"), "", head, rows, words=[1, 2], dense=True)

    def checks(self) -> dict[str, Any]:
        """The checks of the model."""
        verdicts = {True: self.say("passed"), False: self.say("FAILED")}
        rows = [
            (
                self.language.label(one.label),
                [*(self.language.numeral(f"{off:.1e}") for off in (one.worst, one.tolerance)), verdicts[one.passed]],
            )
            for one in self.model.checks
        ]
        head = [self.say("Check"), self.say("Worst difference"), self.say("Tolerance"), self.say("Result")]
        return table(self.say("Checks"), "", head, rows)

    def _span(self, values: Sequence[float], unit: str) -> str:
        low, high = self.language.text(min(values), unit), self.language.text(max(values), unit)
        return low if low == high else self.say("{first} to {last}", first=low, last=high)

    def _source(self, label: str) -> str:
        """A source is a party and what it gives, or an account."""
        party, colon, what = label.partition(": ")
        return self.language.pair(party, self.say(what.capitalize()).lower()) if colon else self.say(label)

    def _plain(self, value: float | None, places: int) -> str:
        return self.say("n/a") if value is None else self.language.number(value, places)
