"""Senior loans: worked example 05, a published sculpting, tax that depends on interest against a loop, and laws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import brentq
from small import by_year, rows, small

from jvmodel.analysis.study import Study
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import Model, build

DATA = Path(__file__).parent.parent / "data"
FIVE = json.loads((DATA / "example_05_sculpted_debt.json").read_text(encoding="utf-8"))
OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
FEES = {"upfront": "1.5%", "commitment": "0.75%"}
PHASES = {"construction": {"start": 2027, "end": 2029}, "operation": {"start": 2029}}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def financed(capex: list[float], income: list[float], *others: dict[str, Any], **loan: Any) -> Model:
    terms = [
        {"kind": "capital_cost", "name": "build", "amount": by_year(capex)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "senior_loan", "name": "loan", "lender": "bob"} | loan,
    ]
    return small(*terms, *others, OWNER, periods=len(income), phases=PHASES)


def five(**loan: Any) -> Model:
    income = [0, 0, *FIVE["inputs"]["cfads_operating"]]
    return financed(FIVE["inputs"]["capex"], income, base_rate="7.5%", tenor=8, **loan)


@pytest.mark.parametrize("cfads", ["before_tax", "after_tax"])
def test_example_05_gearing_binds(cfads: str) -> None:
    model, expected = five(gearing="60%", dscr=1.4, profile="sculpted", cfads=cfads, fees=FEES), FIVE["expected"]
    assert rows(model, "loan.facility")[0] == near(expected["facility"])
    assert rows(model, "loan.drawn")[:2] == near([line["debt_draw"] for line in expected["construction"]])
    assert rows(model, "loan.interest")[:2] == near([line["idc"] for line in expected["construction"]])
    fees = [line["upfront_fee"] + line["commitment_fee"] for line in expected["construction"]]
    assert rows(model, "loan.fees")[:2] == near(fees)
    for column, row in {"opening": "opening", "interest": "interest", "principal": "principal", "dscr": "cover"}.items():
        assert rows(model, f"loan.{row}")[2:10] == near([line[column] for line in expected["resculpted"]]), column
    assert [check.name for check in model.checks if not check.passed] == []


@pytest.mark.parametrize("cfads", ["before_tax", "after_tax"])
def test_example_05_cover_binds(cfads: str) -> None:
    """With 90% gearing allowed, cover decides; without fees the balance at completion is the capacity itself."""
    model, expected = five(gearing="90%", dscr=1.4, profile="sculpted", cfads=cfads), FIVE["expected"]
    assert rows(model, "loan.facility")[0] == near(expected["debt_capacity_at_COD"])
    for column, row in {"opening": "opening", "principal": "principal", "closing": "closing", "dscr": "cover"}.items():
        assert rows(model, f"loan.{row}")[2:10] == near([line[column] for line in expected["sculpted_at_capacity"]]), column


@pytest.mark.parametrize(("profile", "key"), [("annuity", "annuity_min_dscr"), ("equal", "equal_principal_min_dscr")])
def test_example_05_other_profiles(profile: str, key: str) -> None:
    model = five(gearing="60%", profile=profile, fees=FEES)
    assert min(rows(model, "loan.cover")[2:10]) == near(FIVE["expected"][key])
    assert rows(model, "loan.closing")[9] == near(0)


@pytest.mark.parametrize(("gearing", "key"), [("90%", "at_capacity"), ("60%", "resculpted")])
def test_example_05_ratios(gearing: str, key: str) -> None:
    """Least, mean, loan life and project life cover, and average life; covenants work out the lives at the loan's rate."""
    tests = {"kind": "covenants", "name": "tests", "lock_up": 1, "default": 1, "llcr": 1, "plcr": 1, "rate": "7.5%"}
    fees = {} if key == "at_capacity" else {"fees": FEES}
    income = [0, 0, *FIVE["inputs"]["cfads_operating"]]
    model = financed(FIVE["inputs"]["capex"], income, tests, base_rate="7.5%", tenor=8, gearing=gearing, dscr=1.4, profile="sculpted",
                     cfads="before_tax", **fees)  # fmt: skip
    expected = FIVE["expected"][f"ratios_{key}"]
    cover, repaid = rows(model, "loan.cover")[2:10], rows(model, "loan.principal")[2:10]
    assert [min(cover), sum(cover) / 8] == near([expected["min_dscr"], expected["avg_dscr"]])
    assert rows(model, "tests.llcr")[2] == near(expected["llcr"])
    assert rows(model, "tests.plcr")[2] == near(expected["plcr"])
    assert sum((t + 1) * one for t, one in enumerate(repaid)) / sum(repaid) == near(expected["average_life_years"])
    bound = {"gearing or amount": "loan.bound_1", "debt service cover": "loan.bound_2"}
    binds = "gearing or amount" if key == "resculpted" else "debt service cover"
    assert [name for name, row in bound.items() if rows(model, row)[0]] == [binds]
    assert FIVE["expected"]["binding_constraint"] == "gearing"


def test_example_05_uses_annuity_and_reserve() -> None:
    reserve = {"kind": "reserve_account", "name": "reserve", "months": 6}
    income, expected = [0, 0, *FIVE["inputs"]["cfads_operating"]], FIVE["expected"]
    terms = {"base_rate": "7.5%", "tenor": 8, "gearing": "60%", "fees": FEES}
    model = financed(FIVE["inputs"]["capex"], income, reserve, dscr=1.4, profile="sculpted", cfads="before_tax", **terms)
    built = [
        sum(one) for one in zip(rows(model, "loan.spending"), rows(model, "loan.interest"), rows(model, "loan.fees"), strict=True)
    ][:2]
    assert built == near([line["uses"] for line in expected["construction"]])
    assert sum(built) == near(expected["total_uses"])
    assert sum(rows(model, "loan.drawn")) / sum(built) == near(expected["gearing"])
    own = [use - draw for use, draw in zip(built, rows(model, "loan.drawn"), strict=False)]
    assert own == near([line["equity"] for line in expected["construction"]])
    assert rows(model, "loan.cover")[2] == near(expected["implied_constant_dscr"])
    target = rows(model, "reserve.target")[1:10]
    assert target == near([line["target"] for line in expected["dsra"]])
    assert [after - before for before, after in zip([0.0, *target], target, strict=False)] == near(
        [line["movement"] for line in expected["dsra"]]
    )
    annuity = financed(FIVE["inputs"]["capex"], income, profile="annuity", **terms)
    assert rows(annuity, "loan.service")[2] == near(expected["annuity_payment"])


def test_published_sculpting() -> None:
    """SAM (PySAM Singleowner): debt of 15 years at 6%, sculpted to a cover of 1.35 on cash flow before tax."""
    sam = json.loads((DATA / "debt_sculpting_sam.json").read_text(encoding="utf-8"))
    income = [0.0, 0.0, *(value / 1e6 for value in sam["inputs"]["cfads"][1:16])]
    model = financed(
        [60.0, 60.0], income, gearing="100%", dscr=sam["inputs"]["dscr"], profile="sculpted", cfads="before_tax",
        base_rate=sam["inputs"]["rate"], tenor=sam["inputs"]["tenor"],
    )  # fmt: skip
    published = sam["published"]
    assert rows(model, "loan.facility")[0] == near(published["size_of_debt"] / 1e6)
    assert rows(model, "loan.closing")[2:17] == pytest.approx(np.array(published["debt_balance"][1:16]) / 1e6, rel=1e-8, abs=1e-8)
    assert rows(model, "loan.interest")[2:17] == pytest.approx(np.array(published["interest"][1:16]) / 1e6, rel=1e-8)


def looped(size: float, capex: list[float], income: list[float], dscr: float, rate: float, tenor: int, tax: float) -> list[float]:
    """Balances of a loan of a size, with tax after interest and straight-line depreciation: the second method."""
    balance, losses, found = size, 0.0, []
    depreciation = sum(capex) / tenor
    for t in range(tenor):
        interest = balance * rate
        profit = income[2 + t] - depreciation - interest
        used = min(losses, max(profit, 0.0))
        losses += max(-profit, 0.0) - used
        cfads = income[2 + t] - tax * (max(profit, 0.0) - used)
        balance += interest - max(max(cfads, 0.0) / dscr, interest)
        found.append(balance)
    return found


@settings(max_examples=25)
@given(st.lists(st.integers(20, 90).map(float), min_size=6, max_size=6), st.integers(110, 200).map(lambda n: n / 100))
def test_sculpting_after_tax_against_a_loop(cash: list[float], dscr: float) -> None:
    capex, income = [150.0, 150.0], [0.0, 0.0, *cash]
    tax = {"kind": "corporate_tax", "name": "tax", "rate": "30%", "holder": "state",
           "depreciation": {"plant": {"method": "straight_line", "life": 6}}}  # fmt: skip
    loan = {"gearing": "100%", "dscr": dscr, "profile": "sculpted", "base_rate": "8%", "tenor": 6, "asset_class": "plant"}
    model = financed(capex, income, tax, **loan, construction_interest="capitalised")
    size = rows(model, "loan.opening")[2]
    interest = model.run.single("loan.building").sum()
    spent = [150.0, 150.0 + interest]
    found = brentq(lambda guess: looped(guess, spent, income, dscr, 0.08, 6, 0.3)[-1], 0.0, 1000.0, xtol=1e-13)
    if size < 300 * 1.04 - 1e-6:  # cover binds: 100% gearing draws 150 and 150, the first of which bears 8% for a year
        assert size == pytest.approx(found, rel=1e-9)
        assert rows(model, "loan.cover")[2:8] == pytest.approx([dscr] * 6, rel=1e-8)
    else:
        assert found >= size - 1e-6
    assert [check.name for check in model.checks if not check.passed] == []


@pytest.mark.parametrize(("step", "periods"), [("quarter", 32), ("month", 96), ("half", 16)])
@pytest.mark.parametrize("profile", ["equal", "annuity", "bullet"])
def test_every_step(step: str, periods: int, profile: str) -> None:
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 60, "2028": 40}},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0, 0, 50, 50, 50, 50, 50, 50])},
        {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 50, "base_rate": "8%", "quote": "effective",
         "profile": profile, "tenor": 5, "grace": 12},
        OWNER, periods=periods, timeline={"step": step}, phases=PHASES,
    )  # fmt: skip
    assert model.run.single("loan.drawn").sum() == near(50)
    assert model.run.single("loan.principal").sum() == near(50)
    assert model.run.single("loan.closing").min() >= -1e-9
    a_year = periods // 8
    assert model.run.single("loan.principal")[: 3 * a_year].sum() == near(0)
    assert model.run.single("loan.closing")[3 * a_year - 1] == near(50)
    assert [check.name for check in model.checks if not check.passed] == []


def test_a_sweep_shortens_the_loan() -> None:
    model = five(amount=100, profile="equal", sweep={"share": "50%"})
    assert rows(model, "loan.swept")[2] == near(0.5 * (42 - 7.5 - 12.5))
    assert rows(model, "loan.closing")[2] == near(100 - 12.5 - 11)
    assert rows(model, "loan.closing")[8] == near(0)


def test_covenants_lock_distributions_up() -> None:
    """A loan of 40 over 4 years at 10%: service 14, 13, 12, 11 on income of 28, 15, 24, 22: cover 2, 1.15, 2, 2."""
    tests = {"kind": "covenants", "name": "tests", "lock_up": 1.2, "default": 1.0}
    loan = {"amount": 40, "base_rate": "10%", "profile": "equal", "tenor": 4}
    model = financed([50, 30], [0, 0, 28, 15, 24, 22, 5], tests, **loan)
    assert rows(model, "tests.locked") == [0, 0, 0, 1, 0, 0, 0]
    assert rows(model, "company.dividends") == near([0, 0, 14, 0, 2 + 12, 11, 5])
    assert rows(model, "company.locked")[3] == near(2)
    assert not any(rows(model, "tests.default"))
    clean = financed([50, 30], [0, 0, 28, 15, 24, 22, 5], tests | {"clean_periods": 1}, **loan)
    assert rows(clean, "company.dividends") == near([0, 0, 14, 0, 0, 2 + 12 + 11, 5])
    ahead = financed([50, 30], [0, 0, 28, 15, 24, 22, 5], tests | {"forward": True}, **loan)
    assert rows(ahead, "company.dividends") == near([0, 0, 0, 0, 14 + 2 + 12, 11, 5])
    assert all(check.passed for check in ahead.checks)


@pytest.mark.parametrize("royalty", ["3.5%", "30%", "60%"])
def test_a_loan_that_is_repaid_but_for_a_rounding_error_has_no_cover(royalty: str) -> None:
    """Cover divides by service that is money: 4e-15 of interest on what rounding left of a loan was a cover of −1.7e17."""
    changes = (f"terms.royalty.rate={royalty}",)
    model = build(load("simbaro", changes))
    for name in ("covenants", "commercial_tranche"):
        cash, service, cover = (np.array(rows(model, f"{name}.{row}")) for row in ("cfads", "service", "cover"))
        due = service > 1e-6
        assert cover[due] == near(cash[due] / service[due])
        assert not cover[~due].any()
    found = Study("simbaro", changes).figures({}, ["covenants.cover@min"])["covenants.cover@min"][0]
    cash, service = (np.array(rows(model, f"covenants.{row}")) for row in ("cfads", "service"))
    assert found == near(min(cash[service > 1e-6] / service[service > 1e-6]))


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "size": ({"profile": "equal"}, "give amount, gearing, or both: the most that may be drawn"),
    "cover": ({"profile": "equal", "amount": 1, "dscr": 1.3}, "dscr goes with profile: sculpted; give both or neither"),
    "below one": ({"profile": "sculpted", "amount": 1, "dscr": 0.9}, "0.9 is too low; it must be at least 1"),
    "order": ({"profile": "equal", "gearing": 0.5, "order": "debt_first"},
              "order goes with amount alone; a loan by gearing is drawn in proportion to what it funds"),
    "itself": ({"profile": "equal", "amount": 1, "also_funds": ["loan"]},
               "also_funds: 'loan' is this loan itself, whose own fees and interest count already"),
    "trigger": ({"profile": "equal", "amount": 1, "sweep": {"share": 0.5, "metal": "copper"}},
                "metal and price_above go together: what starts the sweep; give both or neither"),
    "life": ({"profile": "sculpted", "amount": 1, "dscr": 1.2, "llcr": 1.3},
             "llcr and plcr do not go with dscr after tax; a sculpted loan has one cover throughout, so raise dscr instead,"
             " or write cfads: before_tax"),
    "grace": ({"profile": "equal", "amount": 1, "grace": 96},
              "grace of 96 months leaves nothing of a tenor of 8 years; shorten it"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_bad_input_is_refused_in_words(case: str) -> None:
    loan, message = FAULTS[case]
    with pytest.raises(ValidationError) as caught:
        five(**loan)
    assert message in [error["msg"] for error in caught.value.errors()]


def test_a_loan_longer_than_the_model_is_refused() -> None:
    with pytest.raises(GraphError, match=r"it matures 20 years after construction, which is after 2038, the end of the model"):
        financed([100.0], [0.0] * 12, amount=50, base_rate="8%", tenor=20, profile="equal")


def test_a_reserve_is_called_filled_and_released() -> None:
    """100 of debt, repaid over 4 years: six months of the next year's service are held, from 17 down to 13.625."""
    reserve = {"kind": "reserve_account", "name": "reserve", "months": 6, "interest": "2%"}
    model = financed([100, 0], [0, 0, 60, 60, 60, 60, 60], reserve, amount=100, base_rate="9%", profile="equal", tenor=4)
    target = [0.0, 17.0, 15.875, 14.75, 13.625, 0.0, 0.0]
    assert rows(model, "loan.service")[2:6] == near([34.0, 31.75, 29.5, 27.25])
    assert rows(model, "reserve.target") == near(target)
    assert rows(model, "company.reserved") == near(target)
    assert rows(model, "reserve.earned") == near([0.0, *(0.02 * held for held in target[:-1])])
    assert rows(model, "company.calls")[1] == near(17.0 + 9.0), "interest of the second year of building, and the reserve"
    assert rows(model, "company.dividends")[2] == near(60 - 34 + 17 - 15.875 + 0.34)
    assert [check.name for check in model.checks if not check.passed] == []


def test_a_letter_of_credit_and_a_guarantee_cost_a_fee() -> None:
    letter = {"kind": "reserve_account", "name": "reserve", "months": 12, "letter_of_credit": "2%"}
    backed = {"kind": "guarantee", "name": "backed", "guarantor": "state", "cover": "80%", "fee": "1%"}
    model = financed([100, 0], [0, 0, 60, 60, 60, 60], letter, backed, amount=100, base_rate="9%", profile="equal", tenor=4)
    assert rows(model, "reserve.fee") == near([0, 0.68, 0.635, 0.59, 0.545, 0])
    assert rows(model, "backed.fee") == near([0, 0.8, 0.8, 0.6, 0.4, 0.2])


BANK = {"kind": "senior_loan", "name": "loan", "lender": "bob", "amount": 60, "profile": "equal", "base_rate": "10%", "tenor": 3}
CASH = [0, 0, 60, 50, 40, 30]


def test_size_by_life_cover() -> None:
    """At 10%: 60, 50, 40 are worth 125.921863 over three years; with 30 after them 146.411980; over 2.5 and 3.

    The least of 50.369 (loan life), 48.804 (project life) and the committed 60 is lent.
    """
    model = financed([50, 50], CASH, **{key: value for key, value in BANK.items() if key not in ("kind", "name", "lender")},
                     cfads="before_tax", llcr=2.5, plcr=3)  # fmt: skip
    values = [sum(cash * 1.1 ** -(t + 1) for t, cash in enumerate(CASH[2:end])) for end in (5, 6)]
    assert rows(model, "loan.llcr_capacity")[2] == near(values[0] / 2.5)
    assert rows(model, "loan.plcr_capacity")[2] == near(values[1] / 3)
    assert rows(model, "loan.facility")[0] == near(values[1] / 3)


@pytest.mark.parametrize(("llcr", "binds"), [(1.1, False), (2.0, True)])
def test_size_by_life_cover_after_tax(llcr: float, binds: bool) -> None:
    """Tax at 30% after interest on 60, 50, 40 and depreciation of a third of 100: the size is found again by bisection."""
    tax = {
        "kind": "corporate_tax",
        "name": "tax",
        "rate": "30%",
        "holder": "state",
        "depreciation": {"plant": {"method": "straight_line", "life": 3}},
    }
    loan = {key: value for key, value in BANK.items() if key not in ("kind", "name", "lender")}
    model = financed([50, 50], CASH, tax, **loan, llcr=llcr)

    def excess(size: float) -> float:
        interest = [0.1 * size * (3 - t) / 3 for t in range(3)]
        loss = 0.1 * size / 2
        taxed = []
        for t in range(3):
            income = CASH[2 + t] - 100 / 3 - interest[t]
            used = min(loss, max(income, 0))
            loss += max(-income, 0) - used
            taxed.append(CASH[2 + t] - 0.3 * max(income - used, 0))
        return size - sum(cash * 1.1 ** -(t + 1) for t, cash in enumerate(taxed)) / llcr

    expected = brentq(excess, 0, 200) if excess(60) > 0 else 60
    assert (expected < 60) is binds
    assert rows(model, "loan.opening")[2] == near(expected)
    assert [check.name for check in model.checks if not check.passed] == []


def test_a_tranche_funds_the_fees_of_another() -> None:
    """100 of capital; a state loan of 20 at 2% charges 1 at signing and 0.2 of interest; 60% of all of it is the bank's."""
    state = {"kind": "senior_loan", "name": "soft", "lender": "state", "amount": 20, "base_rate": "2%", "tenor": 4, "profile": "equal",
             "fees": {"upfront": "5%"}}  # fmt: skip
    model = financed([50, 50], CASH, state, gearing="60%", profile="equal", base_rate="0%", tenor=4, also_funds=["soft"])
    assert rows(model, "loan.spending") == near([51, 50.2, 0, 0, 0, 0])
    assert rows(model, "loan.drawn") == near([30.6, 30.12, 0, 0, 0, 0])
    alone = financed([50, 50], CASH, state, gearing="60%", profile="equal", base_rate="0%", tenor=4)
    assert rows(alone, "loan.drawn") == near([30, 30, 0, 0, 0, 0])


def test_loans_that_fund_one_another_are_refused() -> None:
    loan = {
        "kind": "senior_loan",
        "lender": "state",
        "gearing": "30%",
        "base_rate": "2%",
        "tenor": 4,
        "profile": "equal",
        "fees": {"upfront": "1%"},
    }
    with pytest.raises(GraphError, match="rows need each other"):
        financed([50, 50], CASH, loan | {"name": "other", "also_funds": ["loan"]}, gearing="60%", profile="equal", base_rate="0%", tenor=4,
                 also_funds=["other"])  # fmt: skip


def test_operating_costs_before_production_count_as_spending() -> None:
    costs = {"kind": "operating_cost", "name": "early", "amount": {"2028": 10, "2029": 5}}
    model = financed([50, 50], CASH, costs, gearing="60%", profile="equal", base_rate="0%", tenor=4, pre_production=True)
    assert rows(model, "loan.drawn") == near([30, 36, 0, 0, 0, 0])


@pytest.mark.parametrize(("order", "drawn"), [("pro_rata", [24, 36]), ("debt_first", [40, 20]), ("equity_first", [0, 60])])
def test_order_of_drawing(order: str, drawn: list[float]) -> None:
    """A loan of 60 for spending of 40 and 60: in proportion, before the partners' 40, or after it."""
    model = financed([40, 60], CASH, amount=60, profile="equal", base_rate="0%", tenor=4, order=order)
    assert rows(model, "loan.drawn")[:2] == near(drawn)
    assert rows(model, "company.calls")[:2] == near([40 - drawn[0], 60 - drawn[1]])


def test_agency_fee_runs_through_grace() -> None:
    """0.5 a year from the first draw to maturity: two years of drawing, one of grace, three of repayment."""
    model = financed([50, 50], CASH, amount=30, profile="equal", base_rate="0%", tenor=4, grace=12, fees={"agency": 0.5})
    assert rows(model, "loan.fees") == near([0.5] * 6)


def test_interest_added_counts_in_gearing() -> None:
    """60% of 100 and interest at 10% on the first draw: F + 0.05 F = 0.6 (100 + 0.05 F)."""
    model = financed(
        [50, 50], CASH, gearing="60%", profile="equal", base_rate="10%", tenor=4, construction_interest="capitalised"
    )
    facility = 60 / (1.05 - 0.6 * 0.05)
    assert rows(model, "loan.facility")[0] == near(facility)
    assert rows(model, "loan.opening")[2] == near(0.6 * (100 + 0.05 * facility))


@pytest.mark.parametrize("applied", ["last_first", "pro_rata"])
def test_how_a_sweep_is_applied(applied: str) -> None:
    """100 at 10% over four years on cash of 57, 50, 40, 30: half of what is left is swept in each year.

    Last first, instalments of 25 stay and the loan ends early; pro rata, each instalment is a part of what is left.
    """
    found, balance, planned = [], 100.0, 25.0
    for left, cash in zip((4, 3, 2, 1), (57, 50, 40, 30), strict=True):
        instalment = min(balance, planned) if applied == "last_first" else balance / left
        swept = min(max(cash - 0.1 * balance - instalment, 0) / 2, balance - instalment)
        balance -= instalment + swept
        found.append(balance)
    assert found[0] == near(100 - 25 - 11)
    model = financed([50, 50], [0, 0, 57, 50, 40, 30], amount=100, profile="equal", base_rate="10%", tenor=4,
                     sweep={"share": "50%", "applied": applied})  # fmt: skip
    assert rows(model, "loan.closing")[2:] == near(found)


def test_a_sweep_takes_what_all_loans_leave() -> None:
    """Cash of 60 serves this loan with 35 and another with 10: half of 15 is swept, not half of 25."""
    other = {
        "kind": "senior_loan",
        "name": "soft",
        "lender": "state",
        "amount": 40,
        "base_rate": "0%",
        "tenor": 4,
        "profile": "equal",
    }
    model = financed(
        [80, 80], [0, 0, 60, 60, 60, 60], other, amount=100, profile="equal", base_rate="10%", tenor=4, sweep={"share": "50%"}
    )
    assert rows(model, "loan.swept")[2] == near(7.5)


def test_what_starts_a_sweep() -> None:
    """At 9,000 USD/t a sweep from 9,500 on takes nothing; one from a tail of 50% on begins when half of the ore is gone."""
    loan = {"amount": 40, "profile": "equal", "base_rate": "0%", "tenor": 4}
    priced = financed([50, 50], CASH, **loan, sweep={"share": "50%", "metal": "copper", "price_above": 9500})
    assert not any(rows(priced, "loan.swept"))
    assert rows(financed([50, 50], CASH, **loan, sweep={"share": "50%", "metal": "copper", "price_above": 8500}), "loan.swept")[
        2
    ] == near(25)
    ore = {"kind": "mine_plan", "name": "mine", "ore": {str(year): 200 for year in range(2029, 2033)}, "grades": {"copper": "1%"}}
    tailed = financed([50, 50], [0, 0, 12, 12, 12, 12], ore, **loan, sweep={"share": "50%", "tail_below": "60%"})
    assert rows(tailed, "loan.swept") == near([0, 0, 0, 1, 1, 0])


def test_a_thin_year_pays_interest_and_later_ones_save_it() -> None:
    """Service of a sculpted loan that falls below interest in its first year pays the interest; the loan still ends at nil."""
    model = financed(
        [50, 50], [0, 0, 3, 50, 50, 50], amount=90, profile="sculpted", dscr=1.2, base_rate="12%", tenor=4, cfads="before_tax"
    )
    assert rows(model, "loan.principal")[2] == 0
    assert rows(model, "loan.service")[2] == near(rows(model, "loan.interest")[2])
    assert min(rows(model, "loan.closing")) == near(0)
    assert [check.name for check in model.checks if not check.passed] == []


def test_life_cover_as_a_covenant() -> None:
    """The same cash over a debt of 60, then 40 and 20: 2.0987, 1.9628 and 1.8182 over the loan's life, of which two are below 2."""
    loan = {key: value for key, value in BANK.items() if key not in ("kind", "name", "lender")}
    tests = {"kind": "covenants", "name": "tests", "lock_up": 1.05, "llcr": 2, "plcr": 2.3, "rate": "10%"}
    model = financed([50, 50], CASH, tests, **loan)
    opening = rows(model, "loan.opening")
    loan_life = [sum(cash * 1.1 ** -(t + 1) for t, cash in enumerate(CASH[start:5])) for start in (2, 3, 4)]
    assert rows(model, "tests.llcr")[2:5] == near([worth / debt for worth, debt in zip(loan_life, opening[2:5], strict=True)])
    assert rows(model, "tests.plcr")[2] == near(sum(cash * 1.1 ** -(t + 1) for t, cash in enumerate(CASH[2:])) / 60)
    assert rows(model, "tests.failed") == [0, 0, 0, 1, 1, 0]


def test_export_credit_premium_and_grant_element() -> None:
    """A loan of 50 at 2% for a borrower who would pay 9%: the premium of 4% goes to the insurer."""
    model = financed(
        [50, 50], CASH, amount=50, profile="equal", base_rate="2%", tenor=4, market_rate="9%",
        fees={"upfront": "1%", "premium": "4%", "insurer": "state"},
    )  # fmt: skip
    assert rows(model, "loan.premium") == [2, 0, 0, 0, 0, 0]
    assert rows(model, "loan.early_fees") == [0.5, 0, 0, 0, 0, 0]
    assert rows(model, "party.state.finance_fees") == [2, 0, 0, 0, 0, 0]
    lent = sum(25 * 1.09 ** -(t + 1) for t in range(2))
    balance = [0.0, 25.0, 50.0, 37.5, 25.0, 12.5]
    service = sum((0.02 * balance[t] + (12.5 if t > 1 else 0)) * 1.09 ** -(t + 1) for t in range(6))
    assert rows(model, "loan.concession.element")[0] == near(1 - service / lent)
    assert sum(rows(model, "loan.concession.subsidy")) == near(50 * (1 - service / lent))


def test_grant_element_is_nil_at_the_market_rate() -> None:
    model = financed([50, 50], CASH, amount=50, profile="annuity", base_rate="9%", tenor=4, market_rate="9%")
    assert rows(model, "loan.concession.element") == near([0.0] * 6)


def test_reserve_tail() -> None:
    """1,000 t mined evenly over five years; a loan of four leaves a fifth in its last year, less than the 30% agreed."""
    ore = {"kind": "mine_plan", "name": "mine", "ore": {str(year): 200 for year in range(2028, 2033)}, "grades": {"copper": "1%"}}
    tests = {"kind": "covenants", "name": "tests", "lock_up": 1, "default": 1, "reserve_tail": "30%"}
    model = financed([50, 0], CASH, ore, tests, amount=30, profile="equal", base_rate="5%", tenor=4)
    assert rows(model, "tests.tail") == near([1, 0.8, 0.6, 0.4, 0.2, 0])
    assert rows(model, "tests.failed") == [0, 0, 0, 0, 1, 1]


def test_live_peer() -> None:
    """PySAM Singleowner, run now: a debt of 18 years sculpted to a cover of 1.3, against ours on its cash flow."""
    singleowner = pytest.importorskip("PySAM.Singleowner", reason="pip install NREL-PySAM to check against it")
    peer = singleowner.default("PVWattsSingleOwner")
    peer.SystemOutput.gen = [30_000.0] * 8760
    peer.Revenue.assign({"ppa_soln_mode": 1, "ppa_price_input": [0.05]})
    peer.FinancialParameters.assign(
        {"system_capacity": 100_000.0, "debt_option": 1, "dscr": 1.3, "term_int_rate": 6.0, "term_tenor": 18, "cost_debt_fee": 0.0,
         "dscr_maximum_debt_fraction": 100.0, "cost_debt_closing": 0.0}
    )  # fmt: skip
    peer.execute(0)
    cash = [0.0, 0.0, *(value / 1e6 for value in peer.Outputs.cf_cash_for_ds[1:])]
    model = financed(
        [150.0, 150.0], [max(one, 0.0) for one in cash], gearing="100%", dscr=1.3, profile="sculpted", cfads="before_tax",
        base_rate="6%", tenor=18,
    )  # fmt: skip
    assert rows(model, "loan.capacity")[2] == pytest.approx(peer.Outputs.size_of_debt / 1e6, rel=1e-8)
    assert rows(model, "loan.closing")[2:20] == pytest.approx(
        np.array(peer.Outputs.cf_debt_balance[1:19]) / 1e6, rel=1e-8, abs=1e-8
    )
