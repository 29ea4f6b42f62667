"""What parties bring to the table: where they walk away, their power and price of risk, and the terms that may move.

Also what each brings to the venture (the coalition's players) and the gates that stand between licence and mine. It is
data beside the deal's clauses: none of it moves money.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from jvmodel.inputs import Factor, Measured, Money, Party, Positive, Rate, Record, Share, Years, currency_of, fault, read_number
from jvmodel.term import Name

Bound = Annotated[float, Measured(show="%")]
"""A number in the unit of what it bounds; a percentage is written with its sign."""
Worth = Annotated[float, Measured("$m")]
"""An amount of money in millions that may be negative."""


def _walk_away(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and not value.strip()[:1].isdecimal() and value.strip()[:1] not in "+-.":
        return value
    return read_number(value, Measured("$m"), currency_of(info))


class Seat(Record):
    """One party at the table."""

    walk_away: Annotated[float | str, BeforeValidator(_walk_away)] = 0.0
    """Net present value of its best alternative, in millions at its own discount rate, or the file of its stand-alone deal"""
    power: Positive = 1.0
    """Bargaining power, in proportion to that of the others"""
    risk_price: Factor = 0.2
    """Value that it would give for one less of expected shortfall"""
    note: str | None = Field(default=None, max_length=500)
    """What the alternative is"""


class Latitude(Record):
    """How far a term on the table may move."""

    low: Bound
    """Lowest value that is talked about"""
    high: Bound
    """Highest value that is talked about"""
    step: Bound | None = None
    """Steps in which it moves; any value when not given"""
    note: str | None = Field(default=None, max_length=500)
    """Why"""

    @model_validator(mode="after")
    def _ordered(self) -> Latitude:
        if self.low >= self.high:
            raise fault(f"low ({self.low:g}) is not below high ({self.high:g}); swap them")
        if self.step is not None and self.step <= 0:
            raise fault(f"step is {self.step:g}; it must be more than 0")
        return self


class Negotiation(Record):
    """Who sits at the table, and what is on it."""

    parties: dict[Party, Seat] = Field(min_length=2, max_length=12)
    """Parties that must agree"""
    terms: dict[str, Latitude] = Field(min_length=1, max_length=12)
    """Numbers that are negotiated, by their paths"""
    confidence: Share = 0.9
    """Trials that are not in the tail of expected shortfall"""


class Absence(Record):
    """What the others do without a player."""

    changes: dict[str, Any] = Field(default_factory=dict, max_length=100)
    """Numbers of the deal that are different without it: a market price, a lower recovery, a dearer loan"""
    remove: tuple[Name, ...] = ()
    """Terms that fall away without it"""
    impossible: bool = False
    """Whether there is nothing to be built without it"""


class Player(Record):
    """Somebody who brings something to the venture."""

    brings: str = Field(default="", max_length=200)
    """What it brings"""
    without: Absence = Absence()
    """What the others do without it"""
    walk_away: Worth = 0.0
    """What it has alone, without any part in the venture, in millions"""


class Scale(Record):
    """What is built smaller where fewer take part: costs go with the size to a power (terms.md E8)."""

    sizes: dict[Party, Positive] = Field(min_length=1)
    """What each player adds to the size, in any unit"""
    numbers: tuple[str, ...] = Field(min_length=1)
    """Numbers of the deal that follow the size, by their paths"""
    power: Factor = 0.65
    """Power to which they do"""


class Coalition(Record):
    """Who could build the venture with whom."""

    players: dict[Party, Player] = Field(min_length=2, max_length=12)
    """Players, in the order of the outputs"""
    one_of: tuple[tuple[Party, ...], ...] = ()
    """Groups of players of whom at least one is needed, such as those who have a deposit"""
    scale: Scale | None = None
    """What is built smaller where fewer take part"""
    worth: Literal["players", "members", "venture"] = "players"
    """What a coalition is worth: what all players would get (members take over absent interests), what members get as the
    deal stands, or the value of all ventures to whoever owns them"""
    obliged: bool = False
    """Whether a coalition must build even at a loss"""

    @model_validator(mode="after")
    def _players(self) -> Coalition:
        named = [party for group in self.one_of for party in group] + list(self.scale.sizes if self.scale else ())
        stray = next((party for party in named if party not in self.players), None)
        if stray is not None:
            raise fault(f"'{stray}' is not one of the players ({', '.join(self.players)}); add it to them")
        return self


class Gate(Record):
    """A stage that must succeed before the next begins."""

    name: str = Field(min_length=1, max_length=80)
    """What outputs call it"""
    cost: Money
    """Cost at its start"""
    chance: Share
    """Chance of success"""
    years: Years
    """Length"""
    salvage: Worth = 0.0
    """Value on failure, at its end"""
    paid: dict[Party, Share] = Field(default_factory=dict)
    """Who pays the cost; the shares of the outcome when not given"""
    held: dict[Party, Share] = Field(default_factory=dict)
    """Who has the salvage of a failure; the shares of the outcome when not given"""


class Outcome(Record):
    """What may be found when all gates are passed."""

    chance: Share
    """Chance of the outcome"""
    value: Worth | None = None
    """Value at the decision to build, in millions, for all; what the deal gives each party when not given"""
    factors: dict[str, Factor] = Field(default_factory=dict)
    """Numbers of the deal that turn out otherwise, as factors on them"""


class Gates(Record):
    """Stages from target to the decision to build, what may be found, and who has what of it."""

    rate: Rate
    """Discount rate without a premium for technical risk, which is in the chances already"""
    stages: tuple[Gate, ...] = Field(min_length=1, max_length=20)
    """Stages in their order"""
    outcomes: tuple[Outcome, ...] = Field(min_length=1, max_length=50)
    """Outcomes at the decision to build"""
    shares: dict[Party, Share] = Field(min_length=1)
    """Who has what of the outcome once all gates are passed"""
    reverts: dict[Party, Share] = Field(default_factory=dict)
    """Who has the project where the party that decides stops, and goes on alone if it pays; nobody when not given"""

    @model_validator(mode="after")
    def _whole(self) -> Gates:
        chances = sum(one.chance for one in self.outcomes)
        if abs(chances - 1) > 1e-9:
            raise fault(f"the chances of the outcomes add up to {chances * 100:.10g}%; they must add up to 100%")
        for number, one in enumerate(self.outcomes):
            if one.value is not None and one.factors:
                raise fault(f"outcomes.{number}: a value as given and factors on the deal do not go together; leave out one")
        listed = [("shares", self.shares), ("reverts", self.reverts)]
        for number, stage in enumerate(self.stages):
            listed += [(f"stages.{number}.paid", stage.paid), (f"stages.{number}.held", stage.held)]
        for name, shares in listed:
            if shares and abs(sum(shares.values()) - 1) > 1e-9:
                raise fault(f"{name}: shares add up to {sum(shares.values()) * 100:.10g}%; they must add up to 100%")
        return self
