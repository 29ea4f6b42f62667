"""Account, Measure, Ledger: the only place where the terms of a deal meet.

Every posting has a payer and a payee, so money never appears or vanishes; what terms share besides money (tonnes,
prices, payable metal) they record as measures. Totals and measures are references by name that may be read before they
are complete, so the order of terms in a deal file does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy

from jvmodel.account import BANKS, CUSTOMERS, MARKET, METAL, SHARES, SUPPLIERS, TONNES, VENTURE, Account, Group, Measure
from jvmodel.errors import GraphError
from jvmodel.givers import proposal
from jvmodel.graph import Block, Expr, Given, Graph, Param, Ref, add_up, delay, flag, max_, min_, ratio
from jvmodel.metals import Metals
from jvmodel.posting import Posting, Sought, block_of

_CLAIMS = {True: ("claims", "Metal wanted under contracts"), False: ("ranks", "Wanted by clauses that come in ranks")}
"""Block and title of what several terms want of the same tonnes, or of the same money."""


def _contracts(metal: str) -> tuple[str, str, str]:
    """What contracts want of a metal: its name, label and unit."""
    return metal, f"Wanted of {metal} by contracts", "t"


class Ledger(Metals):
    """Postings and measures of one deal on one graph, seen from one of its ventures.

    `VENTURE` stands for that venture: a term is written once and may belong to any. Prices are shared by all ventures;
    quantities, totals and checks are each venture's own.
    """

    def __init__(
        self,
        graph: Graph,
        currency: str,
        parties: dict[str, str],
        phases: dict[str, tuple[float, ...]] | None = None,
        ventures: dict[str, str] | None = None,
    ) -> None:
        """`parties` and further `ventures` map names to labels; `phases` gives the share of each period in each phase."""
        super().__init__(graph, currency, phases)
        self.scope = VENTURE
        self.ventures = {VENTURE: "Venture", **(ventures or {})}
        self.parties = {**self.ventures, **parties}
        self.everybody = {**self.parties, CUSTOMERS: "Customers", SUPPLIERS: "Suppliers and contractors", BANKS: "Banks"}
        self.postings: list[Posting] = []
        self.deductible: frozenset[tuple[str, str]] = frozenset()
        """Levies of each venture that income tax allows as a cost, by the names of their terms"""
        self.announced: Counter[tuple[str, Account | Measure | tuple[Measure, str]]] = Counter()
        """How many terms of each venture will post or record what, known before the first of them writes a row"""
        self._sought: dict[tuple[str, str], Sought] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._flows: dict[tuple[str, str, str], tuple[str, tuple[Account, ...], tuple[Account, ...]]] = {}
        self._recorded: dict[tuple[str, Measure, str], list[tuple[Expr, str]]] = {}
        self._read: dict[tuple[str, Measure, str], str] = {}
        self._claims: dict[tuple[str, str, str, str], list[tuple[int, Expr]]] = {}
        self._claimed: dict[tuple[str, str], None] = {}
        self._expected: list[tuple[str, Account, str, tuple[str, ...], str]] = []

    def of(self, venture: str | None) -> Ledger:
        """The same books, seen from another venture of the deal; the main one when None."""
        other = copy(self)
        other.scope = venture or VENTURE
        return other

    def _who(self, party: str) -> str:
        return self.scope if party == VENTURE else party

    @property
    def nothing(self) -> Param:
        """No money, for rows that a deal leaves empty."""
        return self.graph.given(Given("time.nothing", "Nothing", 0.0, self.money, source="time"))

    @property
    def trifling_mass(self) -> Param:
        """Metal that comes from rounding, and counts as nothing."""
        return self.graph.given(Given("time.trifling_mass", "Metal that counts as nothing", 1e-6, "t", source="time"))

    @property
    def trifle(self) -> Param:
        """Money that comes from rounding, and counts as nothing."""
        return self.graph.given(Given("time.trifle", "Money that counts as nothing", 1e-9, self.money, source="time"))

    # money

    def post(self, account: Account, amount: Expr, *, payer: str, payee: str, **tags: str) -> None:
        """Books a payment; `amount` is a row, positive from payer to payee."""
        self._book(account, amount, self._who(payer), self._who(payee), ((self.scope, account),), tags)

    def post_between(self, account: Account, amount: Expr, *, buyer: str, bought: Account) -> None:
        """Books what another venture of the deal pays to this one: `account` in these books, `bought` in the buyer's."""
        self._book(account, amount, buyer, self.scope, ((self.scope, account), (buyer, bought)), {})

    def _book(
        self,
        account: Account,
        amount: Expr,
        payer: str,
        payee: str,
        entries: tuple[tuple[str, Account], ...],
        tags: dict[str, str],
    ) -> None:
        if not isinstance(amount, Ref):
            raise GraphError(f"only a row can be posted to {account.value}; give the formula a row of its own")
        for party in (payer, payee):
            if party not in self.everybody:
                raise GraphError(f"{account.value} is posted to '{party}', who is not a party of the deal")
        self.postings.append(Posting(account, amount, payer, payee, tuple(sorted(tags.items())), entries))

    def expect(self, account: Account, key: str, known: Iterable[str], by: str) -> None:
        """Says which values of a tag somebody can deal with; a posting with another one is refused when the ledger closes."""
        self._expected.append((self.scope, account, key, tuple(known), by))

    def total(self, account: Account, *, payer: str | None = None, payee: str | None = None, **tags: str) -> Ref:
        """The sum of an account's postings, all or those of a payer, payee or tag; 0 where there are none."""
        who = [None if one is None else self._who(one) for one in (payer, payee)]
        sought = Sought(self.scope, account, who[0], who[1], tuple(sorted(tags.items())))
        self._sought[self.scope, sought.attribute] = sought
        return Ref(f"{block_of('ledger', self.scope)}.{sought.attribute}")

    def net(self, group: Group) -> Ref:
        """What the venture receives on a group of accounts less what it pays."""
        self._groups[self.scope, group.key] = group
        return Ref(f"{block_of('ledger', self.scope)}.net_{group.key}")

    def flow_of(self, party: str, key: str, label: str, both: Iterable[Account], paid: Iterable[Account] = ()) -> Ref:
        """What a party receives on some accounts less what it pays, to anybody, and less what it pays on others."""
        self._flows[self.scope, key, party] = (label, tuple(both), tuple(paid))
        return Ref(f"{block_of('ledger', self.scope)}.{key}_{party}")

    def has(self, what: Account | Measure, of: str = "") -> bool:
        """Whether some term of the venture posts to an account, records a measure, or asks for that of something."""
        key = (what, of) if of and isinstance(what, Measure) else what
        return self.announced[self.scope, key] > 0

    def has_several(self, what: Account | Measure) -> bool:
        """Whether more than one term of the venture posts to an account or records a measure."""
        return self.announced[self.scope, what] > 1

    # what terms share besides money

    def record(self, measure: Measure, amount: Expr, of: str = "", by: str = "") -> None:
        """Adds to a measure; a second record of one that does not add up (a price) is refused."""
        entries = self._recorded.setdefault((self._scope_of(measure), measure, of), [])
        if entries and not measure.adds_up:
            raise GraphError(
                f"{measure.label.lower()} of {of or 'the venture'} is given twice: by {entries[0][1]} and by {by}; keep one"
            )
        entries.append((amount, by))

    def read(self, measure: Measure, of: str = "", by: str = "") -> Ref:
        """A measure; if no term records it by the time the ledger closes, that is refused with the reader's name."""
        self._read.setdefault((self._scope_of(measure), measure, of), by)
        return Ref(self._measure_row(self._scope_of(measure), measure, of))

    def optional(self, measure: Measure, of: str = "") -> Ref:
        """A measure that is 0 where no term records it."""
        self._read.setdefault((self._scope_of(measure), measure, of), "")
        return Ref(self._measure_row(self._scope_of(measure), measure, of))

    def _scope_of(self, measure: Measure) -> str:
        return VENTURE if measure is Measure.PRICE else self.scope

    @staticmethod
    def _measure_row(scope: str, measure: Measure, of: str) -> str:
        return f"{block_of('measures', scope)}.{measure.value}" + (f".{of}" if of else "")

    def claim(self, metal: str, wanted: Expr, rank: int = 1) -> tuple[Ref, Ref]:
        """Adds tonnes of a metal that a contract wants; returns what contracts before it, and of its rank, want (terms.md E1)."""
        return self._claim(_contracts(metal), wanted, rank)

    def in_rank(self, of: str, label: str, there: Expr, wanted: Expr, rank: int) -> Expr:
        """What a clause gets of money that several want: after those of lower rank, in proportion with those of its own."""
        before, alike = self._claim((of, label, self.money), wanted, rank)
        return wanted * min_(ratio(max_(there - before, 0), alike), 1)

    def _claim(self, about: tuple[str, str, str], wanted: Expr, rank: int) -> tuple[Ref, Ref]:
        self._claims.setdefault((self.scope, *about), []).append((rank, wanted))
        block = block_of(_CLAIMS[about[2] == "t"][0], self.scope)
        return Ref(f"{block}.{about[0]}_before_{rank}"), Ref(f"{block}.{about[0]}_{rank}")

    def claimed(self, metal: str) -> Ref:
        """Tonnes of a metal that all contracts together want; 0 where there are none."""
        self._claimed[self.scope, metal] = None
        return Ref(f"{block_of('claims', self.scope)}.{metal}_by_all")

    def _write_claims(self) -> None:
        for scope, metal in self._claimed:
            block = self._heading("claims", scope, "Metal wanted under contracts")
            label, amounts = f"Wanted of {metal} by all contracts", self._claims.get((scope, *_contracts(metal)), [])
            self.graph.define(f"{block}.{metal}_by_all", label, add_up(one for _, one in amounts), unit="t", block=block)
        for (scope, of, label, unit), wanted in self._claims.items():
            what, title = _CLAIMS[unit == "t"]
            block = self._heading(what, scope, title)
            for rank in sorted({rank for rank, _ in wanted}):
                before = add_up([amount for other, amount in wanted if other < rank])
                alike = add_up([amount for other, amount in wanted if other == rank])
                self.graph.define(f"{block}.{of}_before_{rank}", f"{label} before rank {rank}", before, unit=unit, block=block)
                self.graph.define(f"{block}.{of}_{rank}", f"{label} of rank {rank}", alike, unit=unit, block=block)

    def _heading(self, what: str, scope: str, title: str) -> str:
        block = block_of(what, scope)
        self.graph.heading(block, title if scope == VENTURE else f"{self.ventures[scope]}: {title[0].lower()}{title[1:]}")
        return block

    @staticmethod
    def factor_of(party: str) -> Ref:
        """The discount factor of a party of the deal, at its own rate."""
        return Ref(f"party.{party}.factor")

    def produced(self, rows: Block, attribute: str, label: str, amount: Expr) -> Expr:
        """Output that comes late with the mine, ends when it stops for good, and falls while it rests or is disrupted."""
        amount = self.undisrupted(rows, attribute, label, amount)
        return amount * (1 - self.read(Measure.OUTAGE, by="the mine")) if self.has(Measure.OUTAGE) else amount

    def undisrupted(self, rows: Block, attribute: str, label: str, amount: Expr) -> Expr:
        """Output as it is produced, but for disruptions."""
        if self.has(Measure.DELAY):
            planned = rows.define(f"planned_{attribute}", f"{label}, as planned", amount)
            amount = delay(planned, self.read(Measure.DELAY, by="the mine") / self.months)
            if not self.has(Measure.LICENSED):
                late = rows.define(f"late_{attribute}", f"{label}, late", amount)
                beyond = ratio(planned.total - late.total, planned.total) * self.last
                self.check(f"{rows.name}_{attribute}_comes", f"{label}: none comes after the end of the model", beyond, unit="1")
                amount = late
        return self.while_running(amount)

    def while_running(self, amount: Expr) -> Expr:
        """An amount that falls with the part of a period in which mining is allowed, and the mine is open and does not rest."""
        if self.has(Measure.LICENSED):
            amount = amount * self.read(Measure.LICENSED, by="the mine")
        amount = self.while_open(amount)
        if self.has(Measure.SUSPENDED):
            amount = amount * (1 - self.read(Measure.SUSPENDED, by="the mine"))
        return amount

    def while_open(self, amount: Expr) -> Expr:
        """An amount that ends when the mine stops for good, where a cut-off rule may stop it."""
        return amount * (1 - self.read(Measure.STOPPED, by="the mine")) if self.has(Measure.STOPPED) else amount

    # closing

    def close(self) -> None:
        """Writes the rows that others have read: contracts' claims, measures and totals."""
        self._refuse_unexpected()
        self._refuse_strangers()
        with self.graph.chapter("summary"):
            self._write_claims()
            self._write_measures()
            self._write_totals()
            self._write_flows()

    def _refuse_unexpected(self) -> None:
        for scope, account, key, known, by in self._expected:
            for posting in self.postings:
                value = dict(posting.tags).get(key)
                if (scope, account) in posting.entries and value is not None and value not in known:
                    what = key.replace("_", " ")
                    raise GraphError(
                        f"{posting.amount.name.split('.')[0]} has the {what} '{value}', which {by} does not know;"
                        f" use one of {', '.join(known)}, or add '{value}' to {by}"
                    )

    def _refuse_strangers(self) -> None:
        for (scope, measure, party), entries in self._recorded.items():
            if measure is Measure.TRANSFER and (scope, measure, party) not in self._read:
                whose = "the venture" if scope == VENTURE else f"venture '{scope}'"
                advice = f"write '{party}: 0%' there, and it can hold what it gets"
                raise GraphError(
                    f"{entries[0][1]} moves interest of '{party}', who is not among the interests of {whose}; {advice}"
                )

    def _write_measures(self) -> None:
        self._heading("measures", VENTURE, "Quantities that terms share")
        for (scope, measure, of), reader in self._read.items():
            block = self._heading("measures", scope, "Quantities that terms share")
            entries = self._recorded.get((scope, measure, of), [])
            if not entries and reader:
                what = measure.label.lower() + (f" of {of}" if of else "")
                where = "the deal" if scope == VENTURE else f"venture '{scope}'"
                known = [other for kept, one, other in self._recorded if (kept, one) == (scope, measure)]
                raise GraphError(f"{reader} needs {what}, which no term of {where} gives; {proposal(measure, known)}")
            label = measure.label + (f": {of}" if of else "")
            self.graph.define(
                self._measure_row(scope, measure, of), label, add_up([entry for entry, _ in entries]), block=block,
                unit=self.unit_of(measure, of),
            )  # fmt: skip

    def unit_of(self, measure: Measure, of: str) -> str:
        """The unit of a measure, so that an empty one has the right unit too."""
        if measure in TONNES:
            return "t"
        if measure in SHARES:
            return "1"
        if measure is Measure.DELAY:
            return "month"
        if measure is Measure.PRICE:
            return f"{self.currency}/{self.mass_unit(of)}"
        if measure in METAL:
            metal = of.partition("/")[0]
            return self.mass_unit(metal) if metal in self._mass else "t"
        return self.money

    def _booked(self, scope: str, accounts: tuple[Account, ...]) -> list[Posting]:
        """The postings that stand in a venture's books on some accounts."""
        return [one for one in self.postings if any((scope, account) in one.entries for account in accounts)]

    def _write_totals(self) -> None:
        self._heading("ledger", VENTURE, "Totals by account")
        for (scope, attribute), sought in self._sought.items():
            block = self._heading("ledger", scope, "Totals by account")
            parts = [
                posting.amount for posting in self.postings
                if posting.fits(scope, sought.account, sought.payer, sought.payee, dict(sought.tags))
            ]  # fmt: skip
            self.graph.define(f"{block}.{attribute}", sought.label, add_up(parts), unit=self.money, block=block)
        for (scope, key), group in self._groups.items():
            block = self._heading("ledger", scope, "Totals by account")
            mine = self._booked(scope, group.accounts)
            received = add_up([posting.amount for posting in mine if posting.payee == scope])
            paid = add_up([posting.amount for posting in mine if posting.payer == scope])
            self.graph.define(f"{block}.net_{key}", group.label, received - paid, unit=self.money, block=block)

    def _write_flows(self) -> None:
        for (scope, key, party), (label, both, paid) in self._flows.items():
            block = self._heading("ledger", scope, "Totals by account")
            received = add_up([one.amount for one in self._booked(scope, both) if one.payee == party and one.payer != party])
            given = add_up(
                [one.amount for one in self._booked(scope, (*both, *paid)) if one.payer == party and one.payee != party]
            )
            self.graph.define(f"{block}.{key}_{party}", label, received - given, unit=self.money, block=block)

    def check(self, name: str, label: str, difference: Expr, unit: str | None = None) -> None:
        """A row that must be nil in every period (terms.md 0.8); the run, the workbook and the term sheet show it."""
        block = f"check.{block_of(name, self.scope)}"
        label = label if self.scope == VENTURE else f"{self.ventures[self.scope]}: {label[0].lower()}{label[1:]}"
        with self.graph.chapter("checks"):
            self.graph.heading(block, label)
            self.graph.define(f"{block}.difference", label, difference, unit=unit or self.money, block=block, total="none")

    def warn(self, name: str, text: str, when: Expr | None = None) -> None:
        """Something to look at, in the periods in which `when` is not nil, or for the deal as such; it fails no check (0.7)."""
        block = f"warning.{block_of(name, self.scope)}"
        text = text if self.scope == VENTURE else f"{self.ventures[self.scope]}: {text[0].lower()}{text[1:]}"
        holds = flag(when) if when is not None else self.last - self.last + 1
        with self.graph.chapter("checks"):
            self.graph.heading(block, text)
            self.graph.define(f"{block}.holds", text, holds, unit="1", block=block, total="none")


__all__ = ["BANKS", "CUSTOMERS", "MARKET", "SUPPLIERS", "VENTURE", "Account", "Group", "Ledger", "Measure"]
