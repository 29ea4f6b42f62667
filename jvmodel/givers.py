"""Which kinds of terms give what others need: what an error proposes to add (tests/test_givers.py keeps it true)."""

from __future__ import annotations

from jvmodel.account import Measure

SALES = ("concentrate_sale", "metal_sale")
LOANS = ("equipment_lease", "prepayment", "senior_loan")
LEVIES = ("corporate_tax", "gross_royalty", "margin_royalty", "nsr_royalty", "sliding_royalty")
VENTURES = ("incorporated_venture", "unincorporated_venture")

GIVEN_BY: dict[Measure, tuple[str, ...]] = {
    Measure.ORE: ("mine_plan", "mine_schedule"),
    Measure.ORE_LEFT: ("mine_plan", "mine_schedule"),
    Measure.MILLED: ("plant",),
    Measure.CONTAINED: ("mine_plan", "mine_schedule"),
    Measure.RECOVERED: ("metal_plan", "plant"),
    Measure.CONCENTRATE: ("intermediate_sale", "plant"),
    Measure.IN_CONCENTRATE: ("intermediate_sale", "plant"),
    Measure.TREATED: ("intermediate_sale", "refinery"),
    Measure.REFINED: ("refinery", "refinery_feed"),
    Measure.PAYABLE: SALES,
    Measure.GROSS_VALUE: SALES,
    Measure.METAL_VALUE: SALES,
    Measure.NET_SMELTER_RETURN: SALES,
    Measure.DEPRECIATION: ("corporate_tax",),
    Measure.TAX_CHARGE: ("corporate_tax",),
    Measure.TAX_INCOME: ("corporate_tax",),
    Measure.WRITTEN_DOWN: ("corporate_tax",),
    Measure.LEVY_RATE: LEVIES,
    Measure.LEVY_BASE: LEVIES,
    Measure.SURVIVAL: ("expropriation",),
    Measure.SENIOR_DEBT: LOANS,
    Measure.DEBT_SERVICE: LOANS,
    Measure.INTEREST: VENTURES,
    Measure.EQUITY_FLOW: VENTURES,
    Measure.BUDGET: ("capital_cost",),
    Measure.OVERRUN: ("capital_cost",),
    Measure.DISTRIBUTABLE: ("incorporated_venture",),
}
"""Kinds of terms that record a measure, for those that another term may find missing."""


def proposal(measure: Measure, known: list[str]) -> str:
    """What to do about a measure that is missing: write a name for which it is known, or add a term that gives it."""
    kinds = GIVEN_BY.get(measure, ())
    if any(known):
        return f"it is known of {', '.join(known)}; write one of these, or add what gives it"
    if not kinds:
        return "add the term that does"
    return f"add a term of kind {', '.join(kinds[:-1]) + ' or ' if kinds[1:] else ''}{kinds[-1]}"
