"""What softens an income tax: losses, holidays, credits, and the limit on interest, as data (terms.md B9 to B13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from jvmodel.inputs import Date, Factor, Measured, Metal, PerTonne, Record, Share, Years, fault

YearsBack = Annotated[float, Measured("year", low=0.0, high=100.0)]


class Losses(Record):
    """What becomes of tax losses."""

    expire_after: Years | None = None
    """Years after which a loss lapses; never when not given"""
    cap: Share = 1.0
    """Most of a year's income that earlier losses may offset"""
    carried_back: YearsBack = 0.0
    """Years back for which a loss is refunded against tax on earlier income, at the rate of the year of the loss"""


class Holiday(Record):
    """A time of reduced tax."""

    start: Date
    """First month of the holiday"""
    end: Date
    """First month after it"""
    rate: Share = 0.0
    """Tax rate meanwhile"""
    depreciation: Literal["runs", "deferred"] = "runs"
    """Whether depreciation runs meanwhile, or assets enter service only afterwards"""
    losses: Literal["kept", "forgone"] = "kept"
    """Whether losses made meanwhile may be carried forward"""

    @model_validator(mode="after")
    def _in_order(self) -> Holiday:
        if self.end.index <= self.start.index:
            raise fault(f"the holiday ends in {self.end}, not after its start in {self.start}; give a later end")
        return self


class ProductionCredit(Record):
    """A credit for each tonne of metal sold."""

    metal: Metal
    """metal"""
    per_tonne: PerTonne
    """credit a tonne, in nominal money"""
    until: Date | None = None
    """First month without the credit"""


class Credits(Record):
    """What becomes of credits against the tax itself."""

    refundable: bool = False
    """Whether credits beyond the tax are paid out"""
    expire_after: Years | None = None
    """Years after which an unused credit lapses; never when not given"""
    production: ProductionCredit | None = None
    """Production credit"""


class InterestLimit(Record):
    """How much interest is allowed."""

    share: Share | None = None
    """Share of tax EBITDA; the excess is carried forward"""
    debt_to_equity: Factor | None = None
    """Shareholder loans that may be held for each unit of share capital; interest on more is lost"""
