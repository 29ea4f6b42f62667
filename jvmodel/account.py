"""What payments are for, what terms share besides money, and who stands outside every deal."""

from __future__ import annotations

from enum import StrEnum

VENTURE = "venture"
CUSTOMERS = "customers"
SUPPLIERS = "suppliers"
BANKS = "banks"
MARKET = (CUSTOMERS, SUPPLIERS, BANKS)
"""Everybody outside the deal: buyers at market price, contractors and staff, banks that hold deposits or give bonds."""


class Account(StrEnum):
    """What a payment is for."""

    REVENUE = "revenue"
    SELLING = "selling"
    OFFTAKE = "offtake"
    ROYALTIES = "royalties"
    OPERATING = "operating"
    CAPEX = "capex"
    SUSTAINING = "sustaining"
    CLOSURE = "closure"
    WORKING_CAPITAL = "working_capital"
    TAX = "tax"
    CALLS = "calls"
    DIVIDENDS = "dividends"
    CAPITAL_RETURN = "capital_return"
    CARRY_ADVANCE = "carry_advance"
    CARRY_REPAYMENT = "carry_repayment"

    @property
    def label(self) -> str:
        """What the account is called in outputs."""
        return LABELS[self]

    @property
    def financing(self) -> bool:
        """Whether it moves money between a venture and those who fund it, or among them."""
        return self in FINANCING


FINANCING = frozenset({Account.CALLS, Account.DIVIDENDS, Account.CAPITAL_RETURN, Account.CARRY_ADVANCE, Account.CARRY_REPAYMENT})

LABELS: dict[Account, str] = {
    Account.REVENUE: "Revenue",
    Account.SELLING: "Treatment, refining and selling costs",
    Account.OFFTAKE: "Offtake discounts",
    Account.ROYALTIES: "Royalties",
    Account.OPERATING: "Operating costs",
    Account.CAPEX: "Initial capital cost",
    Account.SUSTAINING: "Sustaining capital cost",
    Account.CLOSURE: "Closure and rehabilitation",
    Account.WORKING_CAPITAL: "Change in working capital",
    Account.TAX: "Income tax",
    Account.CALLS: "Cash calls",
    Account.DIVIDENDS: "Dividends",
    Account.CAPITAL_RETURN: "Capital returned",
    Account.CARRY_ADVANCE: "Carry advances",
    Account.CARRY_REPAYMENT: "Carry repayments",
}


class Measure(StrEnum):
    """What terms share besides money; those about a metal or product are recorded with its name."""

    ORE = "ore"
    ORE_LEFT = "ore_left"
    WASTE = "waste"
    MILLED = "milled"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CONCENTRATE = "concentrate"
    IN_CONCENTRATE = "in_concentrate"
    TREATED = "treated"
    REFINED = "refined"
    PRICE = "price"
    PAYABLE = "payable"
    GROSS_VALUE = "gross_value"
    METAL_VALUE = "metal_value"
    NET_SMELTER_RETURN = "net_smelter_return"
    DEPRECIATION = "depreciation"
    TAX_CHARGE = "tax_charge"
    PROVISION = "provision"

    @property
    def label(self) -> str:
        """What the measure is called in outputs."""
        return MEASURES[self]

    @property
    def adds_up(self) -> bool:
        """Whether several terms may record it (tonnes add up, prices do not)."""
        return self is not Measure.PRICE


MEASURES: dict[Measure, str] = {
    Measure.ORE: "Ore mined",
    Measure.ORE_LEFT: "Ore left to mine in later periods",
    Measure.WASTE: "Waste mined",
    Measure.MILLED: "Ore milled",
    Measure.CONTAINED: "Metal contained in ore milled",
    Measure.RECOVERED: "Metal recovered",
    Measure.CONCENTRATE: "Concentrate produced",
    Measure.IN_CONCENTRATE: "Metal in concentrate",
    Measure.TREATED: "Concentrate refined by the venture",
    Measure.REFINED: "Refined metal produced",
    Measure.PRICE: "Price",
    Measure.PAYABLE: "Payable metal sold",
    Measure.GROSS_VALUE: "Gross value of metal sold, at reference price",
    Measure.METAL_VALUE: "Value of metal sold",
    Measure.NET_SMELTER_RETURN: "Net smelter return",
    Measure.DEPRECIATION: "Tax depreciation",
    Measure.TAX_CHARGE: "Income tax charge",
    Measure.PROVISION: "Charge for closure provision",
}
