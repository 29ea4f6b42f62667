"""Interests that move and money between partners, by hand; and laws: interests are whole, money is conserved."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small
from small import company as with_company

from jvmodel.errors import GraphError
from jvmodel.metrics import party_metrics
from jvmodel.model import Model
from jvmodel.report.language import ENGLISH
from jvmodel.report.schedules import Schedules
from jvmodel.report.vetoes import vetoes
from jvmodel.terms.venture.voting import power

SPENT = [60, 40, 0, 0, 0]
INCOME = [0, 0, 50, 80, 70]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def venture(
    interests: dict[str, Any], *terms: dict[str, Any], spent: list[float] = SPENT, income: list[float] = INCOME, **company: Any
) -> Model:
    return with_company(interests, *terms, spent=spent, income=income, **company)


def held(model: Model, party: str) -> list[float]:
    return rows(model, f"company.register.interest_{party}")


def whole(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


EARN = {"kind": "earn_in", "earner": "ann", "owner": "bob"}
TWO = [{"spend": 30, "by": 2028, "interest": "51%"}, {"spend": 90, "by": 2029, "interest": "75%"}]


def test_earn_in_by_stages() -> None:
    """60 in 2027 meets the first stage; in 2028 Ann owes 51% of 40 and pays 9.6 for Bob, which meets the second."""
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": TWO})
    assert held(model, "ann") == near([0, 0.51, 0.75, 0.75, 0.75])
    assert rows(model, "clause0.carried") == near([60, 9.6, 0, 0, 0])
    assert rows(model, "clause0.implied") == near([60 / 0.51, 120, 120, 120, 120])
    assert rows(model, "clause0.deemed") == near([60 * 0.49 / 0.51, 30, 30, 30, 30])
    assert rows(model, "party.bob.cash") == near([0, -10, 12.5, 20, 17.5])
    whole(model)


def test_a_missed_stage_keeps_what_has_vested() -> None:
    """95 is not reached by the end of 2028: Ann keeps 51%; had the first asked for 61 by the end of 2027, nothing."""
    late = [TWO[0], TWO[1] | {"spend": 120}]
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": late}, spent=[60, 40, 30, 0, 0])
    assert held(model, "ann") == near([0, 0.51, 0.51, 0.51, 0.51])
    assert rows(model, "clause0.missed") == [0, 1, 1, 1, 1]
    assert rows(model, "clause0.carried") == near([60, 19.6, 0, 0, 0])
    nothing = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": [TWO[0] | {"spend": 61}]})
    assert held(nothing, "ann") == [0, 0, 0, 0, 0]


def test_earn_in_pro_rata_and_withdrawal() -> None:
    """Two thirds of 90 earn two thirds of 60%; Ann leaves in 2028 and pays what her commitment of 70 is short of."""
    one = [{"spend": 90, "by": 2030, "interest": "60%"}]
    model = venture(
        {"bob": "100%", "ann": "0%"}, EARN | {"stages": one, "vesting": "pro_rata", "withdraws": 2028, "commitment": 70}
    )
    assert held(model, "ann") == near([0, 0.4, 0.4, 0.4, 0.4])
    assert rows(model, "clause0.topped_up") == near([0, 10, 0, 0, 0])
    assert rows(model, "party.ann.cash")[:2] == near([-60, -16 - 10])


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 80).map(float), min_size=5, max_size=5),
    st.integers(1, 150).map(float),
    st.integers(1, 150).map(float),
)
def test_earn_in_against_a_loop(spent: list[float], first: float, more: float) -> None:
    """Vesting, by a plain loop over the years."""
    stages = [{"spend": first, "by": 2029, "interest": "30%"}, {"spend": first + more, "by": 2031, "interest": "70%"}]
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": stages}, spent=spent, income=[0, 0, 0, 0, 0])
    interest, to_date, missed, met, expected = 0.0, 0.0, False, [False, False], []
    for t, amount in enumerate(spent):
        expected.append(interest)
        if not missed:
            room = max(first + more - to_date, 0.0)
            own = amount * interest
            to_date += own + min(amount - own, max(room - own, 0.0))
        for number, (needed, until) in enumerate(((first, 2), (first + more, 4))):
            if t + 1 <= until and not missed and to_date >= needed - 1e-9:
                met[number] = True
            if t + 1 >= until and not met[number]:
                missed = True
        interest = 0.7 if met[1] else 0.3 if met[0] else 0.0
    assert held(model, "ann") == near(expected)
    whole(model)


def test_reversion_at_payout_and_at_a_return() -> None:
    """Ann pays 48 and 32; 40, then 64 bring her money back in 2030, from 2031 on she has 50%."""
    model = venture(
        {"ann": "80%", "bob": "20%"}, {"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "30%", "rate": "0%"}
    )
    assert rows(model, "clause0.account") == near([48, 80, 40, -24, -59])
    assert held(model, "ann") == near([0.8, 0.8, 0.8, 0.8, 0.5])
    whole(model)


def test_reversion_at_a_rate_of_return_against_the_metric() -> None:
    """It reverts in the first period in which the giver's rate of return to date is the one agreed."""
    terms = {"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "30%", "rate": "15%"}
    model = venture({"ann": "80%", "bob": "20%"}, terms, income=[0, 0, 50, 60, 70])
    flows = model.run.single("party.ann.cash")
    for t, reverted in enumerate(rows(model, "clause0.reverted")):
        rate = party_metrics(flows[: t + 1], model.graph.timeline.times[: t + 1], None, 0.1)["irr"] if t else None
        assert bool(reverted) == (rate is not None and rate >= 0.15)


def test_reversion_on_a_date() -> None:
    model = venture(
        {"ann": "80%", "bob": "20%"}, {"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "30%", "date": 2029}
    )
    assert held(model, "ann") == near([0.8, 0.8, 0.8, 0.5, 0.5])


def test_buying_from_partners() -> None:
    """25% for 10 and a quarter of past calls of 100, uplifted by 20%: 40, by what the sellers hold."""
    model = venture(
        {"ann": "60%", "bob": "40%", "state": "0%"},
        {
            "kind": "buy_in",
            "buyer": "state",
            "sellers": ["ann", "bob"],
            "date": 2028,
            "interest": "25%",
            "price": 10,
            "back_costs": "20%",
        },
    )
    assert rows(model, "party.state.interest_sale") == near([0, -40, 0, 0, 0])
    assert rows(model, "party.ann.interest_sale") == near([0, 24, 0, 0, 0])
    assert held(model, "ann") == near([0.6, 0.6, 0.45, 0.45, 0.45])
    assert held(model, "state") == near([0, 0, 0.25, 0.25, 0.25])
    whole(model)


def test_buying_into_the_venture() -> None:
    """30 into a venture worth 90 buys a quarter; of the call of 40 only 10 is left, and nothing goes to the partners."""
    model = venture(
        {"ann": "60%", "bob": "40%", "state": "0%"},
        {"kind": "buy_in", "buyer": "state", "sellers": ["ann", "bob"], "date": 2028, "price": 30, "value_before": 90},
    )
    assert rows(model, "company.calls") == near([60, 10, 0, 0, 0])
    assert held(model, "state") == near([0, 0, 0.25, 0.25, 0.25])
    assert rows(model, "party.state.cash") == near([0, -30, 12.5, 20, 17.5])
    assert rows(model, "party.ann.cash")[:2] == near([-36, -6])
    whole(model)


OPTION = {"kind": "interest_option", "buyer": "bob", "seller": "ann", "interest": "10%", "date": 2029, "value_rate": "10%"}


@pytest.mark.parametrize(
    ("terms", "paid"),
    [
        # worth 10% of 80/1.1 + 70/1.21 = 13.0578512 at the end of 2029
        ({"right": "call", "price": 13}, 13), ({"right": "call", "price": 14}, 0), ({"right": "put", "price": 14}, 14),
        ({"right": "put", "price": 13}, 0), ({"right": "sale", "price": 20}, 20), ({"right": "sale", "of_value": "80%"}, 10.446280992),
        # 36 x 1.1^2 + 24 x 1.1 - 30 = 39.96 on 60%: a sixth of it
        ({"right": "call", "cost_return": "10%"}, 6.66),
    ],
)  # fmt: skip
def test_options_on_an_interest(terms: dict[str, Any], paid: float) -> None:
    model = venture({"ann": "60%", "bob": "40%"}, OPTION | terms)
    assert rows(model, "clause0.fair")[2] == near(13.05785124)
    assert rows(model, "party.ann.interest_sale") == near([0, 0, paid, 0, 0])
    assert held(model, "ann") == near([0.6, 0.6, 0.6, *[0.5 if paid else 0.6] * 2])
    whole(model)


def test_a_sale_at_value_moves_no_value_at_that_rate() -> None:
    """At the discount rate of fair value, buyer and seller are as well off as before."""
    before, after = (
        venture({"ann": "60%", "bob": "40%"}),
        venture({"ann": "60%", "bob": "40%"}, OPTION | {"right": "sale", "of_value": "100%"}),
    )
    for party in ("ann", "bob"):
        assert sum(rows(after, f"party.{party}.value")) == near(sum(rows(before, f"party.{party}.value")))


def test_operator_fees() -> None:
    """2% of 60 and 40 is capital; 1% of revenue is cost; the operator spends 60% of it all."""
    fee = {"kind": "operator_fee", "operator": "ann", "capital": "2%", "sales": "1%", "own_cost": "60%"}
    model = venture({"ann": "60%", "bob": "40%"}, fee)
    assert rows(model, "clause0.fee") == near([1.2, 0.8, 0.5, 0.8, 0.7])
    assert rows(model, "clause0.margin") == near([0.48, 0.32, 0.2, 0.32, 0.28])
    assert rows(model, "company.calls") == near([61.2, 40.8, 0, 0, 0])
    assert rows(model, "party.ann.cash")[0] == near(-0.6 * 61.2 + 0.48)
    whole(model)


def test_a_contribution_in_kind() -> None:
    """25 credited to Bob with 40%: Ann meets 15 of his calls of 24 and 16, so that both have put in by their interests.

    Ann 36 + 15 = 51, Bob 9 + 16 + 25 = 50 less the 16 and Ann's 24 of 2028: 125 in all, of which Ann has 60%.
    """
    kind = {
        "kind": "in_kind_contribution",
        "contributor": "bob",
        "others": ["ann"],
        "credited": 25,
        "fair_value": 18,
        "own_cost": 3,
        "date": 2027,
    }
    model = venture({"ann": "60%", "bob": "40%"}, kind)
    assert rows(model, "clause0.used") == near([15, 0, 0, 0, 0])
    assert rows(model, "party.ann.cash")[:2] == near([-51, -24])
    assert rows(model, "party.bob.cash")[:2] == near([-9 - 3, -16])
    assert rows(model, "clause0.gained")[0] == near((25 - 18) * 0.6)
    whole(model)


def test_overruns() -> None:
    """30% over 100: 10 is borne by all, of the next 20 Ann bears 80% up to 15, 40% of that for Bob."""
    overrun = {"kind": "overrun_sharing", "operator": "ann", "others": ["bob"], "tolerance": "10%", "share": "80%", "cap": 15}
    model = small(
        {"kind": "capital_cost", "name": "build", "budget": 100, "phasing": {"2027": "60%", "2028": "40%"}, "overrun": "30%"},
        {"kind": "other_revenue", "name": "income", "amount": by_year(INCOME)},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}},
        overrun | {"name": "clause0"}, periods=5,
    )  # fmt: skip
    assert rows(model, "clause0.borne") == near([6.4, 8.6, 0, 0, 0])
    assert rows(model, "party.bob.overrun") == near([2.56, 3.44, 0, 0, 0])
    assert rows(model, "party.ann.cash")[0] == near(-0.6 * 78 - 2.56)
    whole(model)


def test_late_calls() -> None:
    """Four months at 12% on calls of 24 and 16."""
    model = venture(
        {"ann": "60%", "bob": "40%"}, {"kind": "late_calls", "partner": "bob", "bridged_by": ["ann"], "months": 4, "rate": "12%"}
    )
    assert rows(model, "party.ann.late_interest") == near([0.96, 0.64, 0, 0, 0])
    whole(model)


MOVES: list[dict[str, Any]] = [
    {"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "10%", "rate": "5%"},
    {"kind": "buy_in", "buyer": "state", "sellers": ["ann", "bob"], "date": 2028, "interest": "12%", "price": 5},
    OPTION | {"right": "call", "price": 4, "interest": "5%"},
    {"kind": "missed_calls", "paid": {"bob": {"2027": "40%", "2028": "100%", "extend": "hold"}}, "covered_by": ["ann"], "formula": "points",
     "account": 40, "factor": 1.5},
    {"kind": "free_carry", "carried": "state", "carriers": {"ann": "100%"}},
    {"kind": "late_calls", "partner": "bob", "bridged_by": ["ann"], "months": 2, "rate": "9%"},
    {"kind": "operator_fee", "operator": "ann", "operating": "3%", "capital": "1%", "own_cost": "50%"},
]  # fmt: skip


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(range(len(MOVES))), unique=True, max_size=5),
    st.lists(st.integers(0, 90).map(float), min_size=5, max_size=5), st.lists(st.integers(0, 120).map(float), min_size=5, max_size=5),
)  # fmt: skip
def test_interests_are_whole_and_money_is_conserved(chosen: list[int], spent: list[float], income: list[float]) -> None:
    """Whatever dilutes, reverts, is bought or optioned: interests add up to 100%, and no money appears or vanishes."""
    model = venture({"ann": "50%", "bob": "40%", "state": "10%"}, *(MOVES[one] for one in chosen), spent=spent, income=income)
    together = [sum(values) for values in zip(*(held(model, party) for party in ("ann", "bob", "state")), strict=True)]
    assert together == near([1.0] * 5)
    whole(model)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (EARN | {"stages": [TWO[1], TWO[0]]}, "rise from stage to stage"),
        ({"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "10%"}, "give rate .* date, or row"),
        ({"kind": "buy_in", "buyer": "ann", "sellers": ["bob"], "date": 2028, "interest": "10%"}, "give interest with price"),
        (OPTION | {"right": "call"}, "say the price once"),
        ({"kind": "operator_fee", "operator": "ann"}, "give a fee on at least one"),
        (
            {
                "kind": "in_kind_contribution",
                "contributor": "bob",
                "others": ["bob"],
                "credited": 5,
                "fair_value": 5,
                "date": 2027,
            },
            "cannot credit itself",
        ),
        ({"kind": "late_calls", "partner": "bob", "bridged_by": ["bob"], "months": 2, "rate": "9%"}, "cannot bridge itself"),
    ],
)
def test_faults(term: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        venture({"ann": "60%", "bob": "40%"}, term)


def test_a_milestone_that_is_not_reached() -> None:
    """The spending is there, the feasibility study is not: no interest, and the earning ends with its date."""
    stage = [{"spend": 30, "by": 2028, "interest": "51%", "milestone": "Feasibility study", "reached": False}]
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": stage})
    assert held(model, "ann") == [0, 0, 0, 0, 0]
    assert rows(model, "clause0.carried") == near([30, 0, 0, 0, 0])


@pytest.mark.parametrize(("price", "paid", "ann"), [(20, 20, 0.5), (9, -9, 0.7)])
def test_buy_or_sell(price: float, paid: float, ann: float) -> None:
    """Bob names a price for 10% that are worth 13.06: at 20 Ann sells, at 9 she buys 10% from him instead."""
    model = venture({"ann": "60%", "bob": "40%"}, OPTION | {"right": "buy_sell", "price": price})
    assert rows(model, "party.ann.interest_sale") == near([0, 0, paid, 0, 0])
    assert held(model, "ann")[3:] == near([ann, ann])
    whole(model)


def test_a_partnership_pools_its_cash_and_is_not_taxed() -> None:
    """Cash is kept and called as in a company; each partner is taxed on its share, Ann with other income, Bob ring-fenced.

    Income: -12, -20, 50 - 20, 80 - 20, 70 - 48 (all that is left): Bob has lost 12.8, then earns 12, 24 and 8.8 of it.
    """
    tax = {"kind": "corporate_tax", "rate": "30%", "holder": "state",
           "depreciation": {"plant": {"method": "straight_line", "life": 5, "start": "spending"}}}  # fmt: skip
    model = venture(
        {"ann": "60%", "bob": "40%"}, tax | {"taxpayer": "ann", "other_income": True}, tax | {"taxpayer": "bob"}, minimum_cash=10
    )
    income = [-12.0, -20.0, 30.0, 60.0, 70.0 - 28.0]
    assert rows(model, "clause0.income") == near([0.6 * one for one in income])
    assert rows(model, "party.ann.tax") == near([-0.3 * 0.6 * one for one in income])
    assert rows(model, "party.bob.tax") == near([0, 0, 0, -0.3 * 0.4 * (30 + 60 - 32), -0.3 * 0.4 * 42])
    assert rows(model, "company.calls")[0] == near(70)
    whole(model)


def test_payments_between_parties() -> None:
    """2 a year while copper is at 9,000 or more; once only; never at 9,100."""
    bonus = {
        "kind": "partner_payment",
        "payer": "ann",
        "payee": "state",
        "amount": {"2028": 2, "2029": 3, "2030": 4},
        "metal": "copper",
    }
    paid = {"ever": [0, -2, -3, -4, 0], "once": [0, -2, 0, 0, 0], "never": [0, 0, 0, 0, 0]}
    for name, values in paid.items():
        model = venture(
            {"ann": "60%", "bob": "40%"}, bonus | {"above": 9100 if name == "never" else 9000, "once": name == "once"}
        )
        assert rows(model, "party.ann.partner_payment") == near(values), name
        whole(model)


def test_a_completion_guarantee_is_a_carry_from_the_planned_completion_on() -> None:
    """Calls of 2028 and later, while it is not complete: Ann pays Bob's part of the 40."""
    carry = {"kind": "free_carry", "carried": "bob", "carriers": {"ann": "100%"}, "since": 2028, "until": 2030}
    model = venture({"ann": "60%", "bob": "40%"}, carry)
    assert rows(model, "clause0.carried") == near([0, 16, 0, 0, 0])
    assert rows(model, "party.bob.cash")[:2] == near([-24, 0])


def by_order(votes: list[float], majority: float) -> list[float]:
    """Shapley-Shubik by going through every order of the voters."""
    pivots = [0] * len(votes)
    for order in permutations(range(len(votes))):
        held = 0.0
        for voter in order:
            held += votes[voter]
            if held >= majority - 1e-9:
                pivots[voter] += 1
                break
    return [count / sum(pivots) for count in pivots]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=6), st.sampled_from([0.51, 0.6, 0.67, 0.75, 0.9]))
def test_voting_power_against_all_orders(parts: list[int], majority: float) -> None:
    hundredths = [10_000 * part // sum(parts) for part in parts]
    hundredths[0] += 10_000 - sum(hundredths)
    votes = [one / 10_000 for one in hundredths]
    found = power(votes, majority)
    assert [order for order, _ in found] == near(by_order(votes, majority))
    assert sum(swing for _, swing in found) == near(1.0)


def test_votes_and_vetoes() -> None:
    """34% can block what needs 67%, though it decides no more than 16% does about a budget."""
    term = {
        "kind": "voting",
        "votes": {"ann": "50%", "bob": "34%", "state": "16%"},
        "majorities": {"budget": "51%", "sale": "67%"},
    }
    model = venture({"ann": "60%", "bob": "40%"}, term)
    [table] = vetoes(Schedules(model, ENGLISH))
    assert table["head"] == ["Reserved matter", "Needs", "Can block it alone", "Ann", "Bob", "State"]
    assert {row["label"]: row["cells"] for row in table["rows"]} == {
        "Budget": ["51%", "Ann", "66.7%", "16.7%", "16.7%"], "Sale": ["67%", "Ann, Bob", "50.0%", "50.0%", "0.0%"],
    }  # fmt: skip
    with pytest.raises(ValidationError, match="votes add up to 90%"):
        venture({"ann": "60%", "bob": "40%"}, term | {"votes": {"ann": "50%", "bob": "40%"}})
    with pytest.raises(ValidationError, match="two sides could both win"):
        venture({"ann": "60%", "bob": "40%"}, term | {"majorities": {"budget": "50%"}})


def test_first_refusal_and_sale_along() -> None:
    """10% of Ann's go for 13; the state takes up 40% of them, and Bob sells 5% along at the same price."""
    sale = OPTION | {"right": "sale", "buyer": "cai", "price": 13, "first_refusal": {"state": "40%"}, "along": {"bob": "5%"}}
    parties = {name: {"name": name, "role": "partner", "discount_rate": "10%"} for name in ("ann", "bob", "cai", "state")}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(SPENT)}, {"kind": "other_revenue", "name": "income", "amount": by_year(INCOME)},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%", "cai": "0%", "state": "0%"}},
        sale | {"name": "sale"}, periods=5, parties=parties,
    )  # fmt: skip
    assert {one: rows(model, f"party.{one}.interest_sale")[2] for one in parties} == near(
        {"ann": 13, "bob": 6.5, "cai": -11.7, "state": -7.8}
    )
    assert {one: held(model, one)[3] for one in parties} == near({"ann": 0.5, "bob": 0.35, "cai": 0.09, "state": 0.06})
    whole(model)


def test_reversion_by_any_row() -> None:
    """Once revenue of a year reaches 75."""
    term = {"kind": "reversion", "giver": "ann", "taker": "bob", "interest": "10%", "row": "income.revenue", "reaches": 75}
    model = venture({"ann": "60%", "bob": "40%"}, term)
    assert held(model, "ann") == near([0.6, 0.6, 0.6, 0.6, 0.5])
    with pytest.raises(GraphError, match=r"income\.revenu"):
        venture({"ann": "60%", "bob": "40%"}, term | {"row": "income.revenu"})
    with pytest.raises(GraphError, match=r"USDm does not go with t|t does not go with USDm"):
        venture({"ann": "60%", "bob": "40%"}, term | {"unit": "t"})


def test_a_default_loan_by_hand() -> None:
    """Bob pays a quarter of 16: Ann lends 12 at 14%; half of his distributions repays 10, then the rest."""
    term = {"kind": "default_remedy", "defaulter": "bob", "others": ["ann"], "paid": {"2027": 1, "2028": 0.25, "extend": "hold"},
            "remedy": "loan", "rate": "14%", "repaid_from": "50%"}  # fmt: skip
    model = venture({"ann": "60%", "bob": "40%"}, term)
    assert rows(model, "clause0.advanced") == near([0, 12, 0, 0, 0])
    second = (12 * 1.14 - 10) * 1.14
    assert rows(model, "clause0.repaid") == near([0, 0, 10, second, 0])
    assert rows(model, "party.bob.cash") == near([-24, -4, 10, 32 - second, 28])
    assert held(model, "bob") == near([0.4] * 5)
    whole(model)


def test_a_default_loan_that_two_give_is_repaid_by_what_each_is_owed() -> None:
    """Ann's interest grows afterwards; each still has back just what it lent, with interest."""
    term = {"kind": "default_remedy", "defaulter": "bob", "others": ["ann", "state"], "paid": {"2027": 1, "2028": 0, "extend": "hold"},
            "remedy": "loan", "rate": "10%"}  # fmt: skip
    sale = {"kind": "reversion", "giver": "state", "taker": "ann", "interest": "15%", "date": 2028}
    model = venture({"ann": "40%", "bob": "40%", "state": "20%"}, term, sale)
    assert sum(rows(model, "clause0.to_ann")) == near(16 * 2 / 3 * 1.1)
    assert sum(rows(model, "clause0.to_state")) == near(16 / 3 * 1.1)
    whole(model)


def test_a_buy_out_by_hand() -> None:
    """Bob misses 16 of 2028; at 10% his 40% of 50/1.1 + 80/1.21 + 70/1.331 are worth 65.67, of which he gets 70%."""
    term = {"kind": "default_remedy", "defaulter": "bob", "others": ["ann"], "paid": {"2027": 1, "2028": 0, "extend": "hold"},
            "remedy": "buy_out", "discount": "30%", "value_rate": "10%"}  # fmt: skip
    model = venture({"ann": "60%", "bob": "40%"}, term)
    price = 0.7 * 0.4 * (50 / 1.1 + 80 / 1.21 + 70 / 1.331)
    assert rows(model, "party.bob.cash") == near([-24, price, 0, 0, 0])
    assert rows(model, "party.ann.cash") == near([-36, -40 - price, 50, 80, 70])
    whole(model)
    forfeit = venture({"ann": "60%", "bob": "40%"}, term | {"discount": "100%"})
    assert rows(forfeit, "party.bob.cash") == near([-24, 0, 0, 0, 0])
    with pytest.raises(ValidationError, match="remedy: buy_out needs discount"):
        venture({"ann": "60%", "bob": "40%"}, term | {"discount": None})


def over(**how: Any) -> Model:
    """30% over 100: beyond 10% Ann pays all, 40% of it for Bob: 3.2 in 2027, 4.8 in 2028."""
    term = {"kind": "overrun_sharing", "name": "clause0", "operator": "ann", "others": ["bob"], "tolerance": "10%"}
    return small(
        {"kind": "capital_cost", "name": "build", "budget": 100, "phasing": {"2027": "60%", "2028": "40%"}, "overrun": "30%"},
        {"kind": "other_revenue", "name": "income", "amount": by_year(INCOME)},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}, term | how, periods=5,
    )  # fmt: skip


def test_an_overrun_lent() -> None:
    """3.2 and 4.8 at 10% are 9.152 in 2029; 30% of 20, then of 32 repay it."""
    model = over(recovery="loan", rate="10%", repaid_from="30%")
    owed = (3.2 * 1.1 + 4.8) * 1.1
    assert rows(model, "clause0.back_bob") == near([0, 0, 6, (owed - 6) * 1.1, 0])
    assert rows(model, "party.bob.cash")[2] == near(20 - 6)
    whole(model)


def test_an_overrun_for_interest() -> None:
    """3.2 counts one and a half times on the first call of 78; then 4.8, or a little less, on calls of 130."""
    model = over(recovery="equity", factor=1.5)
    bob = 0.4 - 1.5 * 3.2 / 78
    assert held(model, "bob")[1] == near(bob)
    assert held(model, "bob")[2] == near(bob - 1.5 * rows(model, "clause0.to_bob")[1] / 130)
    assert rows(model, "clause0.to_bob")[1] == near(12 * bob)
    whole(model)
    with pytest.raises(ValidationError, match="recovery: loan goes with rate"):
        over(recovery="loan")


def test_operator_fees_by_phase_with_a_cap_and_an_audit() -> None:
    """8% of 60 while exploring and 2% of 40 while building; never more than 1 a year; or what an audit finds it cost."""
    phases = {
        "exploration": {"start": 2027, "end": 2028},
        "construction": {"start": 2028, "end": 2029},
        "operation": {"start": 2029},
    }
    fee = {
        "kind": "operator_fee",
        "name": "fee",
        "operator": "ann",
        "by_phase": {"exploration": "8%", "construction": "2%"},
        "own_cost": "50%",
    }

    def charged(**how: Any) -> Model:
        return small(
            {"kind": "capital_cost", "name": "build", "amount": by_year(SPENT)}, {"kind": "other_revenue", "name": "income", "amount": by_year(INCOME)},
            {"kind": "operating_cost", "name": "camp", "amount": {"2027": 10}},
            {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}, fee | how, periods=5, phases=phases,
        )  # fmt: skip

    model = charged()
    assert rows(model, "fee.fee") == near([5.6, 0.8, 0, 0, 0])
    assert (rows(model, "fee.capital")[0], rows(model, "fee.running")[0]) == near((4.8, 0.8))
    assert rows(charged(cap=1), "fee.fee") == near([1, 0.8, 0, 0, 0])
    assert rows(charged(cap=1), "fee.running")[0] == near(0.8 / 5.6)
    audited = charged(audited_cost={"2027": 5, "2028": 1})
    assert rows(audited, "fee.adjusted") == near([-0.6, 0.2, 0, 0, 0])
    assert rows(audited, "party.ann.operating") == near([5 - 4.8, 1 - 0.8, 0, 0, 0])
    assert rows(audited, "fee.margin") == near([0] * 5)
    for one in (model, audited, charged(cap=1)):
        whole(one)


def test_an_exit_at_a_multiple_of_earnings_taxed_on_its_gain() -> None:
    """80 of revenue less 20 of cost and a royalty of 4, four times: 10% of 224. Ann's calls of 60 on her 60% make 10 the cost of it."""
    sale = OPTION | {"right": "sale", "date": 2030, "ebitda_multiple": 4, "gains_tax": "20%", "gains_holder": "state"}
    terms = (
        {"kind": "operating_cost", "name": "mining", "amount": {"2030": 20}},
        {"kind": "gross_royalty", "rate": "5%", "base": "invoiced", "holder": "state"},
    )
    model = venture({"ann": "60%", "bob": "40%"}, sale, *terms)
    assert rows(model, "clause0.earned")[3] == near(56)
    assert rows(model, "party.ann.interest_sale")[3] == near(22.4)
    assert rows(model, "party.ann.gains_tax")[3] == near(-0.2 * (22.4 - 10))
    assert held(model, "bob")[4] == near(0.5)
    whole(model)
    with pytest.raises(ValidationError, match="gains_tax and gains_holder go together"):
        venture({"ann": "60%", "bob": "40%"}, sale | {"gains_holder": None})


def test_a_multiple_is_of_a_year_whatever_the_period() -> None:
    term = OPTION | {"name": "sale", "right": "sale", "date": "2030-10", "ebitda_multiple": 4}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027-Q1": 60}}, {"kind": "other_revenue", "name": "income", "amount": {"2030": 80}},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}, term, periods=20, timeline={"step": "quarter"},
    )  # fmt: skip
    assert rows(model, "party.ann.interest_sale")[15] == near(0.1 * 4 * 80)


def test_a_third_for_a_quarter() -> None:
    """Ann pays a third of what is spent until 90 is spent on the whole, and earns a quarter: a promoted farm-in."""
    stage = [{"spend": 30, "by": 2030, "interest": "25%"}]
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": stage, "share": 1 / 3}, spent=[60, 40, 0, 0, 0])
    assert rows(model, "clause0.carried") == near([20, 10, 0, 0, 0])
    assert held(model, "ann") == near([0, 0, 0.25, 0.25, 0.25])
    assert rows(model, "clause0.implied")[1] == near(30 / 0.25)
    whole(model)


def test_a_milestone_reached_later_than_the_spending() -> None:
    """The 30 is spent in 2027; the study of 2028-03 lets the interest vest in 2028; one of 2030 comes too late."""
    for month, expected in (("2028-03", [0, 0, 0.51, 0.51, 0.51]), ("2030-01", [0, 0, 0, 0, 0])):
        stage = [{"spend": 30, "by": 2029, "interest": "51%", "milestone": "Feasibility study", "reached_on": month}]
        model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": stage})
        assert held(model, "ann") == near(expected)
        whole(model)


def test_twenty_five_percent_and_then_a_percent_at_a_time() -> None:
    """As Richmont agreed: 25% for 5 million, then a percent for each 166,666.67 beyond, to 60% at 10,833,333."""
    stages = [
        {"spend": 5, "by": 2028, "interest": "25%"},
        {"spend": 5 + 35 / 6, "by": 2031, "interest": "60%", "vesting": "pro_rata"},
    ]
    model = venture({"bob": "100%", "ann": "0%"}, EARN | {"stages": stages}, spent=[5.5, 2.1, 1, 9, 0], income=[0] * 5)
    earned = rows(model, "clause0.vested")
    spent = rows(model, "clause0.spent")
    assert earned[0] == near(0.28)
    assert earned[2] == near(0.25 + (spent[2] - 5) * 1e6 / 166_666.6666666667 / 100)
    assert earned[4] == near(0.6)


def test_standby_equity_by_hand() -> None:
    """100 was planned; of the call of 40 in 2028 only 20 lies beyond 80: the state pays 12 of Ann's and 8 of Bob's up to 15 in all.

    9 and 6 count twice on calls of 100. Undrawn 15 costs 1% in 2027 and 2028.
    """
    term = {
        "kind": "standby_equity",
        "provider": "state",
        "others": ["ann", "bob"],
        "above": 80,
        "commitment": 15,
        "until": 2029,
        "fee": "1%",
        "factor": 2,
    }
    model = venture({"ann": "60%", "bob": "40%", "state": "0%"}, term)
    assert rows(model, "clause0.for_ann") == near([0, 9, 0, 0, 0])
    assert rows(model, "clause0.for_bob") == near([0, 6, 0, 0, 0])
    assert held(model, "state") == near([0, 0, 0.3, 0.3, 0.3])
    assert held(model, "ann")[2] == near(0.6 - 0.18)
    assert rows(model, "party.state.cash")[:2] == near([0.15, 0.15 - 15])
    assert rows(model, "party.bob.cash")[:2] == near([-24 - 0.06, -16 + 6 - 0.06])
    whole(model)


def test_standby_equity_comes_before_what_is_missed() -> None:
    """Bob would miss all of 16; the state pays 8 of it, so that Ann covers the other 8."""
    standby = {"kind": "standby_equity", "provider": "state", "others": ["bob"], "above": 80, "commitment": 50, "factor": 0}
    missed = {
        "kind": "missed_calls",
        "paid": {"bob": {"2027": 1, "2028": 0, "extend": "hold"}},
        "covered_by": ["ann"],
        "formula": "fixed",
        "points": "1%",
    }
    model = venture({"ann": "60%", "bob": "40%", "state": "0%"}, standby, missed)
    assert rows(model, "clause1.missed_bob") == near([0, 8, 0, 0, 0])
    assert held(model, "bob")[2] == near(0.4 - 0.08)
    assert rows(model, "party.bob.cash")[1] == near(0)
    whole(model)


def test_interests_beside_free_shares_say_what_to_write() -> None:
    """10% free and 60%, 30% paid: a term sheet's shares of the whole, of which a deal file wants those of what is left."""
    with pytest.raises(ValidationError) as refused:
        small({"kind": "incorporated_venture", "interests": {"ann": "60%", "bob": "30%"}, "free_shares": {"state": "10%"}})
    expected = (
        "interests add up to 90%, beside free shares of 10%; they share what is left, and must add up to 100% themselves: write"
        " {ann: 66.6666666667%, bob: 33.3333333333%}"
    )
    assert expected in str(refused.value)
    small(
        {
            "kind": "incorporated_venture",
            "interests": {"ann": "66.6666666667%", "bob": "33.3333333333%"},
            "free_shares": {"state": "10%"},
        }
    )
