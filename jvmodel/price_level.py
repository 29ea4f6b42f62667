"""PriceLevel: real and nominal money, and how an amount of one is an amount of the other (terms.md 0.6)."""

from __future__ import annotations

from jvmodel.calendar import Calendar
from jvmodel.errors import GraphError
from jvmodel.graph import Const, Expr, Graph, Operand, Ref, lag, power, ratio


class PriceLevel(Calendar):
    """The money of a model: its currency, whether it is real or nominal, and the price level between the two."""

    def __init__(self, graph: Graph, currency: str, phases: dict[str, tuple[float, ...]] | None = None) -> None:
        """`phases` gives the share of each period in each phase; a model is nominal, without inflation, until told otherwise."""
        super().__init__(graph, phases)
        self.basis = "nominal"
        self.inflation: Expr | None = None
        self.base_date = graph.timeline.start
        self.currency = currency
        self.money = f"{currency}m"

    @property
    def grown(self) -> Expr:
        """How much nominal money of a period is worth more in the model's money of the next: 1 unless the model is real."""
        if self.inflation is None or self.basis == "nominal":
            return Const(1.0)
        return power(1 + self.inflation, self.period_years)

    def in_money(self, amount: Expr, currency: str | None = None) -> Expr:
        """An amount in single units of a currency, the model's own when none is named, in millions."""
        of = currency or self.currency
        return amount / self.graph.conversion(of, f"{of}m")

    def escalated(self, amount: Expr, basis: str) -> Expr:
        """An amount in the model's money: real amounts grow in a nominal model, nominal ones shrink in a real one."""
        if self.inflation is None or basis == self.basis:
            return amount
        return amount * self.price_index if self.basis == "nominal" else ratio(amount, self.price_index)

    def unindexed(self, amount: Expr, basis: str) -> Expr:
        """An amount of the model's money as it was in a basis: the inverse of `escalated`."""
        if self.inflation is None or basis == self.basis:
            return amount
        return ratio(amount, self.price_index) if self.basis == "nominal" else amount * self.price_index

    def converted(self, amount: Expr, basis: str, currency: str | None) -> Expr:
        """An amount of a currency in the model's money: grown with its own inflation where real, then exchanged (A9)."""
        if currency is None:
            return self.escalated(amount, basis)
        exchange = f"exchange_{currency}"
        grown = amount * Ref(f"{exchange}.index") if basis == "real" else amount
        return self.todays_money(ratio(grown, Ref(f"{exchange}.rate")))

    def face_value(self, amount: Expr) -> Expr:
        """An amount of the model's money in nominal money: what a tax pool or a debt records."""
        return amount if self.inflation is None or self.basis == "nominal" else amount * self.price_index

    def todays_money(self, amount: Expr) -> Expr:
        """An amount fixed in nominal money, in the money of the model: deflated where the model is real."""
        return self.escalated(amount, "nominal")

    def brought_forward(self, row: Expr, start: Operand = 0) -> Expr:
        """A nominal balance of the period before, in the money of the model: a real model deflates it by a period."""
        if self.inflation is None or self.basis == "nominal":
            return lag(row, start)
        return ratio(lag(row, start), power(1 + self.inflation, self.period_years))

    def brought_back(self, amount: Expr) -> Expr:
        """A nominal amount of the period to come, in the money of this one: a real model grows it by a period."""
        return amount if self.inflation is None or self.basis == "nominal" else amount * self.grown

    @property
    def price_index(self) -> Ref:
        """The price level, 1 at the base date."""
        if self.inflation is None:
            raise GraphError("the deal has no inflation; give one beside its basis")
        row = Ref("prices.index")
        if row.name not in self.graph.rows:
            since = self.graph.fact(
                "since_base", f"Years since {self.base_date}", self.graph.timeline.since(self.base_date), "year"
            )
            with self.graph.chapter("market"):
                self.graph.heading("prices", f"Price level, {self.base_date} = 1")
                self.graph.define(row.name, "Price index", power(1 + self.inflation, since), unit="1", block="prices")
        return row
