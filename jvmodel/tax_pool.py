"""Blocks of a tax computation: pools of depreciation, and losses in layers (terms.md B8, B9)."""

from __future__ import annotations

from jvmodel.graph import Block, Expr, Ref, Row, delay, lag, max_, min_


class Layers(Block):
    """Amounts used first in, first out, that lapse after some time."""

    added = Row("Added")
    added_to_date = Row("Added to date", total="last")
    opening = Row("Brought forward", total="none")
    lapsed = Row("Lapsed")
    used = Row("Used")
    gone_to_date = Row("Used or lapsed to date", total="last")
    closing = Row("Carried forward", total="last")

    def formulas(self, added: Expr, wanted: Expr, life: Expr | None) -> Ref:
        """Amounts of period y may be used in y+1 to y+life (in periods; for ever when None).

        What lapses now is what was added up to life + 1 periods ago and is not yet gone: with first in, first out, the
        totals to date are all there is to know of the layers.
        """
        self.added = added
        self.added_to_date = lag(self.added_to_date) + self.added
        self.opening = lag(self.closing)
        if life is None:
            self.used = min_(wanted, self.opening)
            self.gone_to_date = lag(self.gone_to_date) + self.used
        else:
            self.lapsed = max_(delay(self.added_to_date, life + 1) - lag(self.gone_to_date), 0)
            self.used = min_(wanted, self.opening - self.lapsed)
            self.gone_to_date = lag(self.gone_to_date) + self.lapsed + self.used
        self.closing = self.added_to_date - self.gone_to_date
        return self.used


class Pool(Block):
    """Tax depreciation."""

    spending = Row("Spending, in nominal money")
    waiting = Row("Spent, not yet in service", total="last")
    placed = Row("Placed in service")
    opening = Row("Written-down value brought forward", total="none")
    vintages = Row("Yearly part of each vintage")
    depreciation = Row("Depreciation")
    closing = Row("Written-down value carried forward", total="last")
