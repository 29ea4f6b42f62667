"""Deal: everything that the parties agree on, as checked data. Reading and writing files: `jvmodel.dealfile`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from jvmodel.clauses import Clause, TopicKey
from jvmodel.exchange_rate import ExchangeRate
from jvmodel.inputs import Date, Measured, Party, Phase, Rate, Record, fault
from jvmodel.ledger import BANKS, CUSTOMERS, SUPPLIERS, VENTURE
from jvmodel.mandates import Coalition, Gates, Negotiation
from jvmodel.price_deck import PriceDeck
from jvmodel.term import Name, Term
from jvmodel.terms import ByKind
from jvmodel.timeline import MOST_PERIODS, Discounting, Month, Step, Timeline
from jvmodel.uncertainty import Uncertainty

MOST_PARTIES = 50
MOST_TERMS = 500


def _currency(value: Any) -> Any:
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isupper() and value.isalpha()):
        raise fault(f"{value!r} is not a currency; write its three capital letters, such as USD")
    return value


class TimelineInput(Record):
    """The ruler of the model."""

    start: Date
    """First month of the model"""
    periods: int = Field(gt=0, le=MOST_PERIODS)
    """Number of periods"""
    step: Step = Step.YEAR
    """Length of a period: month, quarter, half or year"""
    valuation: Date | None = None
    """Valuation date; the start when not given"""
    discounting: Discounting = Discounting.END
    """When in its period a flow falls: end, mid, begin, or dates as Excel's XNPV counts them"""


class PhaseSpan(Record):
    """Part of the venture's life, from one month up to the end of another."""

    start: Date
    """First month of the phase"""
    end: Date | None = None
    """First month after the phase; the end of the model when not given"""

    @model_validator(mode="after")
    def _in_order(self) -> PhaseSpan:
        if self.end is not None and self.end.index <= self.start.index:
            raise fault(f"the phase ends in {self.end}, not after its start in {self.start}; give a later end")
        return self


class PartyInput(Record):
    """Somebody who pays or receives."""

    name: str = Field(min_length=1, max_length=80)
    """What outputs call the party"""
    role: str = Field(min_length=1, max_length=40)
    """Part in the deal: state, state company, operator, offtaker, lender, royalty holder, community ..."""
    discount_rate: Rate
    """Discount rate of the party, effective a year"""
    note: str | None = Field(default=None, max_length=500)
    """Who they are, and why this rate"""


class VentureInput(Record):
    """A further venture of the deal, with books of its own: a refinery, a port, a licence company."""

    name: str = Field(min_length=1, max_length=80)
    """What outputs call the venture"""
    discount_rate: Rate
    """Discount rate of the venture, effective a year"""
    note: str | None = Field(default=None, max_length=500)
    """What it owns, and where it is"""


Bound = Annotated[float, Measured(show="%")]
"""A number in the unit of what it bounds; a percentage is written with its sign."""


class Range(Record):
    """How far a number of the deal may be from what the deal says: for tornados, sliders and the scenarios of the workbook."""

    low: Bound
    """Low value, such as its P90; a factor where the path is a series"""
    high: Bound
    """High value, such as its P10"""
    note: str | None = Field(default=None, max_length=500)
    """Where the range comes from"""

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low > self.high:
            raise fault(f"low ({self.low:g}) is above high ({self.high:g}); swap them")
        return self


class Deal(Record):
    """A joint venture as its parties would sign it."""

    deal: str = Field(min_length=1, max_length=120)
    """Title of the deal"""
    description: str | None = Field(default=None, max_length=2000)
    """What the venture is, in a paragraph"""
    language: Literal["en", "fr", "es"] = "en"
    """Language of the term sheet: en, fr or es"""
    currency: Annotated[str, BeforeValidator(_currency)] = "USD"
    """Currency of the model, in millions"""
    timeline: TimelineInput
    """Start, step and number of periods"""
    basis: Literal["nominal", "real"] = "nominal"
    """Whether the model's money is of each year (nominal) or of the base date (real)"""
    inflation: Rate | None = None
    """Inflation a year; turns real into nominal money"""
    base_date: Date | None = None
    """Date of real money; the start when not given"""
    discount_rate: Rate
    """Discount rate for the venture as a whole, effective a year"""
    phases: dict[Phase, PhaseSpan] = Field(default_factory=dict)
    """Phases such as construction, operation and closure"""
    parties: dict[Name, PartyInput] = Field(min_length=1, max_length=MOST_PARTIES)
    """Everybody who pays or receives"""
    ventures: dict[Name, VentureInput] = Field(default_factory=dict, max_length=10)
    """Further ventures, beside the main one; a term says which it belongs to"""
    prices: dict[Name, PriceDeck] = Field(default_factory=dict, max_length=50)
    """Price of each metal, and of energy and consumables"""
    currencies: dict[Annotated[str, BeforeValidator(_currency)], ExchangeRate] = Field(default_factory=dict, max_length=20)
    """Exchange rate of each currency, other than the model's own, that costs are given in"""
    regimes: dict[Name, dict[Name, str]] = Field(default_factory=dict, max_length=20)
    """Fiscal regimes whose terms are added, each with the parties and metals that it leaves open"""
    terms: tuple[Annotated[Term, ByKind()], ...] = Field(min_length=1, max_length=MOST_TERMS)
    """The clauses of the deal"""
    clauses: dict[TopicKey, Clause] = Field(default_factory=dict)
    """Words of the term sheet by heading or topic, each a text or a text that binds"""
    ranges: dict[str, Range] = Field(default_factory=dict, max_length=500)
    """Low and high values of numbers, by their paths"""
    uncertainty: Uncertainty | None = None
    """Risk register: what may turn out otherwise, how likely, and who bears it"""
    negotiation: Negotiation | None = None
    """Who sits at the table, where each walks away, and which terms may move"""
    coalition: Coalition | None = None
    """Who could build the venture with whom: what each player brings"""
    gates: Gates | None = None
    """Stages from target to the decision to build, with their chances"""

    @model_validator(mode="after")
    def _consistent(self) -> Deal:
        taken = {VENTURE, CUSTOMERS, SUPPLIERS, BANKS} & {*self.parties, *self.ventures} | set(self.parties) & set(self.ventures)
        if taken:
            raise fault(f"parties: '{min(taken)}' is a name that every deal has already; give the party another")
        seen: set[str] = set()
        for number, term in enumerate(self.terms):
            if term.name in seen:
                raise fault(f"terms.{number}.name: '{term.name}' is the name of an earlier term; give each its own")
            seen.add(term.name)
            if term.venture is not None and term.venture not in self.ventures:
                known = ", ".join(self.ventures) or "none"
                raise fault(f"terms.{number}.venture: '{term.venture}' is not a venture of the deal (ventures: {known})")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Deal:
        """A copy with other values; what follows from them is worked out anew."""
        made = super().model_copy(update=update, deep=deep)
        for derived in ("ruler", "fingerprint"):
            made.__dict__.pop(derived, None)
        return made

    @cached_property
    def ruler(self) -> Timeline:
        """The timeline of the model."""
        given = self.timeline
        return Timeline(given.start, given.step, given.periods, given.valuation, given.discounting)

    @property
    def base_month(self) -> Month:
        """The date of real money."""
        return self.base_date or self.timeline.start

    @cached_property
    def fingerprint(self) -> str:
        """Twelve characters that any change of the deal's data changes (terms.md K8)."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def labels(self) -> dict[Party, str]:
        """What outputs call each party."""
        return {name: party.name for name, party in self.parties.items()}

    def named(self, label: str) -> str:
        """A label with the names of parties in place of their keys, and no underscores in the others.

        A label says what a line is, then the keys that lead to it: `Share of the votes: northvale`, `Dividends (to northvale)`.
        """

        def name(key: str) -> str:
            return self.parties[key].name if key in self.parties else key.replace("_", " ")

        head, *keys = label.split(": ")
        head = re.sub(r"(?<=from |..to )\w+(?=[,)])", lambda found: name(found[0]), head)
        return ": ".join((head, *map(name, keys)))

    def title(self, term: str) -> str:
        """What outputs call a term."""
        return next((one.heading for one in self.terms if one.name == term), term)
