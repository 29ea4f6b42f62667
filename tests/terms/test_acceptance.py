"""The seven acceptance properties of any deal (terms.md, after P), on random deals of every clause between partners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small

from jvmodel.model import Model

QUICK = settings(max_examples=40)
YEARS = [str(year) for year in range(2027, 2033)]
money = st.lists(st.integers(0, 150).map(float), min_size=6, max_size=6)
interest = st.integers(10, 90).map(lambda number: number / 100)


def clauses(a: str, b: str, unit: float = 1.0) -> dict[str, dict[str, Any]]:
    """Every clause between two partners and a state, with its amounts of money in some unit."""
    return {
        "royalty": {"kind": "gross_royalty", "rate": "4%", "base": "invoiced", "holder": "state", "cap": 3 * unit},
        "tax": {"kind": "corporate_tax", "rate": "30%", "holder": "state", "depreciation": {"plant": {"method": "straight_line", "life": 3}},
                "losses": {"cap": "60%"}},
        "rent_tax": {"kind": "resource_rent_tax", "holder": "state", "tiers": [{"threshold": "12%", "rate": "25%"}]},
        "loan_carry": {"kind": "loan_carry", "carried": b, "carriers": {a: "100%"}, "rate": "9%", "repaid_from": "70%", "until": 2029},
        "missed": {"kind": "missed_calls", "paid": {b: {"2027": 1, "2028": 0.4, "extend": "hold"}}, "covered_by": [a], "formula": "premium",
                   "account": 60 * unit, "factor": 1.5},
        "reversion": {"kind": "reversion", "giver": a, "taker": b, "interest": "8%", "rate": "6%"},
        "option": {"kind": "interest_option", "right": "put", "buyer": a, "seller": b, "interest": "5%", "date": 2030, "cost_return": "4%",
                   "value_rate": "9%"},
        "fee": {"kind": "operator_fee", "operator": a, "capital": "2%", "sales": "1%", "own_cost": "70%"},
        "in_kind": {"kind": "in_kind_contribution", "contributor": b, "others": [a], "credited": 9 * unit, "fair_value": 7 * unit, "date": 2028},
        "late": {"kind": "late_calls", "partner": b, "bridged_by": [a], "months": 3, "rate": "10%"},
        "waterfall": {"kind": "waterfall", "investors": [b], "sponsor": a, "clawback": {"promote": "25%"}, "tiers": {
            "fee": {"kind": "payment", "payee": a, "amount": 2 * unit}, "capital": {"kind": "return_of_capital"},
            "first": {"kind": "hurdle", "irr": "9%", "promote": "10%"}, "rest": {"kind": "rest", "promote": "25%"}}},
        "free_carry": {"kind": "free_carry", "carried": b, "carriers": {a: "100%"}, "share": "40%", "cap": 25 * unit},
        "default": {"kind": "default_remedy", "defaulter": b, "others": [a], "paid": 0.5, "remedy": "loan", "rate": "13%", "repaid_from": "60%"},
        "standby": {"kind": "standby_equity", "provider": a, "others": [b], "above": 100 * unit, "commitment": 20 * unit, "fee": "1%", "factor": 0.8},
        "buy_in": {"kind": "buy_in", "buyer": a, "sellers": [b], "date": 2029, "interest": "3%", "price": 4 * unit, "back_costs": "20%"},
        "exit": {"kind": "interest_option", "right": "sale", "buyer": a, "seller": b, "interest": "2%", "date": 2031, "ebitda_multiple": 3,
                 "gains_tax": "15%", "gains_holder": "state", "value_rate": "9%"},
        "payment": {"kind": "partner_payment", "payer": a, "payee": b, "amount": {"2028": 2 * unit}},
        "withholding": {"kind": "withholding_tax", "on": "dividends", "rates": {b: "10%"}, "holder": "state"},
    }  # fmt: skip


chosen = st.lists(st.sampled_from(sorted(clauses("ann", "bob"))), unique=True, max_size=6)
MOVES_INTERESTS = {"missed", "reversion", "option", "standby", "buy_in", "exit"}


def deal(
    spent: list[float],
    income: list[float],
    share: float,
    terms: list[dict[str, Any]],
    a: str = "ann",
    unit: float = 1.0,
    **settings: Any,
) -> Model:
    b = "bob" if a == "ann" else "ann"
    company = settings.pop("company", {})
    return small(
        {"kind": "capital_cost", "name": "build", "amount": {year: unit * value for year, value in zip(YEARS, spent, strict=True)}},
        {"kind": "other_revenue", "name": "income", "amount": {year: unit * value for year, value in zip(YEARS, income, strict=True)}},
        {"kind": "incorporated_venture", "name": "company", "interests": {a: share, b: round(1 - share, 12)}, "minimum_cash": 2 * unit} | company,
        *({"name": f"clause{number}"} | term for number, term in enumerate(terms)), periods=settings.pop("periods", 6), **settings,
    )  # fmt: skip


def picked(names: list[str], *parties: str, unit: float = 1.0) -> list[dict[str, Any]]:
    a, b = parties or ("ann", "bob")
    return [clauses(a, b, unit)[name] for name in names]


def cash(model: Model, party: str) -> np.ndarray:
    return model.run.single(f"party.{party}.cash")


@QUICK
@given(money, money, interest, chosen)
def test_names_do_not_matter(spent: list[float], income: list[float], share: float, names: list[str]) -> None:
    """(i) Whoever is called what: renaming the partners renames their results."""
    one = deal(spent, income, share, picked(names))
    other = deal(spent, income, share, picked(names, "bob", "ann"), a="bob")
    assert cash(one, "ann") == pytest.approx(cash(other, "bob"), abs=1e-8)
    assert cash(one, "bob") == pytest.approx(cash(other, "ann"), abs=1e-8)
    assert cash(one, "state") == pytest.approx(cash(other, "state"), abs=1e-8)


@QUICK
@given(money, money, interest, chosen, st.sampled_from([0.01, 3.0, 1000.0]))
def test_money_scales(spent: list[float], income: list[float], share: float, names: list[str], unit: float) -> None:
    """(ii) All money in another unit: all results in it, interests as they were."""
    one, other = deal(spent, income, share, picked(names)), deal(spent, income, share, picked(names, unit=unit), unit=unit)
    for party in one.parties:
        assert cash(other, party) / unit == pytest.approx(cash(one, party), abs=1e-6)
    held = "company.register.interest_ann"
    assert other.run.single(held) == pytest.approx(one.run.single(held), abs=1e-9)


@QUICK
@given(money, money, chosen)
def test_one_partner_with_everything_is_the_project(spent: list[float], income: list[float], names: list[str]) -> None:
    """(iii) What concerns the venture alone leaves all of it to the only partner, but for cash that waits in the company."""
    only = [name for name in names if name in ("royalty", "tax", "rent_tax")]
    model = deal(spent, income, 1.0, picked(only))
    assert cash(model, "ann").sum() == pytest.approx(cash(model, "venture").sum(), abs=1e-7)
    assert cash(model, "bob") == pytest.approx(0.0, abs=1e-9)


@QUICK
@given(
    money,
    money,
    interest,
    chosen,
    st.sampled_from([{}, {"shareholder_loans": {"share": 0.5, "rate": 0.08}}, {"called_ahead": 3}]),
)
def test_ledgers_add_up(spent: list[float], income: list[float], share: float, names: list[str], company: dict[str, Any]) -> None:
    """(iv) Money is conserved, interests are whole, waterfalls pay out what there is: every check of every deal."""
    model = deal(spent, income, share, picked(names), company=company)
    held = [model.run.single(f"company.register.interest_{party}") for party in ("ann", "bob")]
    assert held[0] + held[1] == pytest.approx(1.0, abs=1e-12)
    below = min(held[0].min(), held[1].min())
    oversold = (
        ["interests_held"] if below < -1e-6 else []
    )  # a clause that sells more than dilution has left is told, and nothing else
    assert [check.name for check in model.checks if not check.passed] == oversold


GENEROUS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("state", {"kind": "gross_royalty", "base": "invoiced", "holder": "state", "rate": "3%"}, {"rate": "6%"}),
    ("state", clauses("ann", "bob")["rent_tax"], {"tiers": [{"threshold": "12%", "rate": "40%"}]}),
    ("bob", clauses("ann", "bob")["loan_carry"], {"rate": "4%"}),
    ("bob", clauses("ann", "bob")["missed"], {"factor": 1.1}),
    ("bob", clauses("ann", "bob")["reversion"], {"interest": "15%"}),
    ("ann", clauses("ann", "bob")["fee"], {"sales": "3%"}),
    ("bob", clauses("ann", "bob")["in_kind"], {"credited": 12}),
    ("ann", clauses("ann", "bob")["late"], {"rate": "20%"}),
    ("bob", clauses("ann", "bob")["free_carry"], {"cap": 60}),
    ("bob", clauses("ann", "bob")["default"], {"rate": "6%"}),
    ("bob", clauses("ann", "bob")["payment"], {"amount": {"2028": 5}}),
    ("bob", clauses("ann", "bob")["buy_in"], {"price": 9}),
    ("bob", clauses("ann", "bob")["exit"], {"ebitda_multiple": 5}),
    ("state", clauses("ann", "bob")["exit"], {"gains_tax": "30%"}),
    ("ann", clauses("ann", "bob")["standby"], {"fee": "3%"}),
    ("ann", {"kind": "waterfall", "investors": ["bob"], "sponsor": "ann", "tiers": {"rest": {"kind": "rest", "promote": "10%"}}},
     {"tiers": {"rest": {"kind": "rest", "promote": "20%"}}}),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(GENEROUS)), ids=lambda number: GENEROUS[number][1]["kind"])
@settings(max_examples=10)
@given(spent=money, income=money, share=interest)
def test_a_more_generous_clause_never_costs_its_beneficiary(
    number: int, spent: list[float], income: list[float], share: float
) -> None:
    """(v) On its own, in a fixed operating scenario, over the whole life.

    Two are measured by what the clause itself gives, as more of it brings costs along: an operator's fee by its margin, as the
    operator bears part of it; dilution and reversion by the interest, as a larger interest pays larger calls.
    """
    party, plain, better = GENEROUS[number]
    before, after = (deal(spent, income, share, [term]) for term in (plain, plain | better))
    gained = cash(after, party).sum() - cash(before, party).sum()
    if plain["kind"] == "operator_fee":
        gained = (after.run.single("clause0.margin") - before.run.single("clause0.margin")).sum()
    if plain["kind"] in ("missed_calls", "reversion"):
        gained = (after.run.single("company.register.interest_bob") - before.run.single("company.register.interest_bob")).min()
    assert gained >= -1e-7


NEUTRAL: dict[str, dict[str, Any]] = {
    "royalty": {"rate": "0%"}, "loan_carry": {"cap": 0.0}, "missed": {"paid": {"bob": 1.0}}, "late": {"rate": "0%"},
    "withholding": {"rates": {"bob": "0%"}}, "waterfall": {"tiers": {"rest": {"kind": "rest"}}, "clawback": None},
    "fee": {"capital": 0.0, "sales": 1e-300}, "free_carry": {"cap": 0.0}, "default": {"paid": 1.0}, "standby": {"above": 1e6, "fee": "0%"},
    "payment": {"amount": {"2028": 0}}, "exit": {"interest": 1e-300},
}  # fmt: skip


@pytest.mark.parametrize("name", NEUTRAL)
@settings(max_examples=10)
@given(spent=money, income=money, share=interest, others=chosen)
def test_a_neutral_clause_changes_nothing(
    name: str, spent: list[float], income: list[float], share: float, others: list[str]
) -> None:
    """(vi) A royalty of nil, a carry capped at nil, calls all paid, no promote: the deal without the clause."""
    rest = [clauses("ann", "bob")[one] for one in others if one != name and not (name == "waterfall" and one in MOVES_INTERESTS)]
    without, with_it = (
        deal(spent, income, share, rest),
        deal(spent, income, share, [*rest, clauses("ann", "bob")[name] | NEUTRAL[name]]),
    )
    for party in without.parties:
        assert cash(with_it, party) == pytest.approx(cash(without, party), abs=1e-9)


@QUICK
@given(
    st.lists(st.integers(0, 150).map(float), min_size=3, max_size=3),
    st.lists(st.integers(0, 150).map(float), min_size=3, max_size=3),
    interest,
)
def test_quarters_with_cash_at_year_ends(spent: list[float], income: list[float], share: float) -> None:
    """(vii) Money that moves only at the ends of years, rates effective a year: year-end balances by quarters as by years."""
    terms = [clauses("ann", "bob")["loan_carry"] | {"until": 2035, "share": "50%"},
             {"kind": "waterfall", "investors": ["bob"], "sponsor": "ann", "tiers": {
                 "capital": {"kind": "return_of_capital"}, "first": {"kind": "hurdle", "irr": "9%", "promote": "10%"}, "rest": {"kind": "rest", "promote": "25%"}}},
             clauses("ann", "bob")["missed"] | {"paid": {"bob": 0.5}}, clauses("ann", "bob")["reversion"],
             clauses("ann", "bob")["default"] | {"paid": 0.8}, clauses("ann", "bob")["option"] | {"date": "2028-12"}]  # fmt: skip
    found = []
    for step, per_year in (("year", 1), ("quarter", 4)):
        keys = [str(2027 + t) if per_year == 1 else f"{2027 + t}-Q4" for t in range(3)]
        model = small(
            {"kind": "capital_cost", "name": "build", "amount": dict(zip(keys, spent, strict=True))},
            {"kind": "other_revenue", "name": "income", "amount": dict(zip(keys, income, strict=True))},
            {"kind": "incorporated_venture", "name": "company", "interests": {"ann": share, "bob": round(1 - share, 12)}},
            *({"name": f"clause{number}"} | term for number, term in enumerate(terms)), periods=3 * per_year, timeline={"step": step},
        )  # fmt: skip
        names = ("clause0.closing", "clause1.first.account", "clause1.promote_to_date", "clause2.closing", "clause3.account", "clause4.closing",
                 "clause5.account", "company.register.interest_bob")  # fmt: skip
        found.append([model.run.single(name)[per_year - 1 :: per_year] for name in names])
    for annual, quarterly in zip(*found, strict=True):
        assert quarterly == pytest.approx(annual, abs=1e-8)
