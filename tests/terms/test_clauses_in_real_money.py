"""A real model is the nominal one deflated, whatever clauses it has: caps, accounts, prices and spending goals are nominal money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import by_year, small

from jvmodel.model import Model

SPENT, INCOME = [60, 40, 30, 0, 25, 0, 0], [0, 10, 20, 90, 0, 120, 140]
CALLED: dict[str, Any] = {"covered_by": ["ann"], "paid": {"bob": 0.3}, "kind": "missed_calls"}
STAGES = [{"spend": 50, "by": 2029, "interest": 0.1}, {"spend": 100, "by": 2031, "interest": 0.2}]
EARN: dict[str, Any] = {"kind": "earn_in", "earner": "ann", "owner": "bob", "stages": STAGES}
BUY: dict[str, Any] = {"kind": "buy_in", "buyer": "state", "sellers": ["ann", "bob"], "date": 2029, "price": 10}
SALE: dict[str, Any] = {
    "kind": "interest_option",
    "right": "sale",
    "buyer": "ann",
    "seller": "bob",
    "interest": 0.1,
    "date": 2030,
    "value_rate": 0.1,
}
CARRY: dict[str, Any] = {"carried": "bob", "carriers": {"ann": 1.0}, "cap": 20}
DEFAULT: dict[str, Any] = {"kind": "default_remedy", "defaulter": "bob", "others": ["ann", "state"], "paid": 0.4}
FEE: dict[str, Any] = {"kind": "operator_fee", "operator": "ann", "capital": 0.02, "sales": 0.01}
OVER: dict[str, Any] = {"kind": "overrun_sharing", "operator": "ann", "others": ["bob", "state"], "cap": 15}
TIERS: dict[str, Any] = {
    "fee": {"kind": "payment", "payee": "ann", "amount": 2, "rate": 0.05}, "preferred": {"kind": "preferred_return", "rate": 0.08},
    "capital": {"kind": "return_of_capital"}, "catch_up": {"kind": "catch_up", "rate": 0.5, "promote": 0.2},
    "hurdle": {"kind": "hurdle", "irr": 0.15, "promote": 0.2}, "rest": {"kind": "rest", "promote": 0.3},
}  # fmt: skip
FALL: dict[str, Any] = {"kind": "waterfall", "investors": ["ann", "bob"], "sponsor": "state", "tiers": TIERS}
CLAUSES: dict[str, list[dict[str, Any]]] = {
    "free carry": [CARRY | {"kind": "free_carry"}],
    "loan carry": [CARRY | {"kind": "loan_carry", "rate": 0.08, "repaid_from": 0.6}],
    "straight-line": [CALLED | {"formula": "straight_line", "account": 70}],
    "points": [CALLED | {"formula": "points", "account": 70, "factor": 1.5, "conversion": {"below": 0.2, "rate": 0.05, "base": "revenue", "cap": 4}}],
    "premium": [CALLED | {"formula": "premium", "account": 70, "factor": 1.5, "conversion": {"below": 0.2, "rate": 0.05, "base": "net_profits", "cap_of_account": 0.1}}],
    "fixed": [CALLED | {"formula": "fixed", "points": 0.004}],
    "value": [CALLED | {"formula": "value_based", "value": 100}],
    "earn-in": [EARN, CALLED | {"formula": "straight_line", "account": 0, "deemed": True}],
    "earn-in pro rata": [EARN | {"vesting": "pro_rata", "withdraws": 2029, "commitment": 100}],
    "in kind": [{"kind": "in_kind_contribution", "contributor": "bob", "others": ["ann", "state"], "credited": 30, "fair_value": 20, "own_cost": 5, "date": 2028}],
    "back costs": [BUY | {"interest": 0.1, "back_costs": 0.2}],
    "primary": [BUY | {"value_before": 90}],
    "sale at a price": [SALE | {"price": 10}],
    "sale at cost": [SALE | {"cost_return": 0.1}],
    "sale at value": [SALE | {"of_value": 0.9}],
    "reversion": [{"kind": "reversion", "giver": "ann", "taker": "bob", "interest": 0.1, "rate": 0.03}],
    "late": [{"kind": "late_calls", "partner": "bob", "bridged_by": ["ann"], "months": 4, "rate": 0.1}],
    "payment": [{"kind": "partner_payment", "payer": "ann", "payee": "bob", "amount": {"2029": 5}}],
    "fee": [FEE | {"cap": 1, "own_cost": 0.5}],
    "audited fee": [FEE | {"audited_cost": {"2028": 3}}],
    "waterfall": [FALL | {"clawback": {"promote": 0.2, "above": 0.08, "escrow": 0.5}}],
    "own accounts": [FALL | {"own_accounts": True, "split": "contributions", "clawback": {"promote": 0.2}}],
    "default loan": [DEFAULT | {"remedy": "loan", "rate": 0.15}],
    "buy-out": [DEFAULT | {"remedy": "buy_out", "discount": 0.3, "value_rate": 0.1}],
    "standby": [{"kind": "standby_equity", "provider": "state", "others": ["ann", "bob"], "above": 90, "commitment": 40, "fee": 0.01, "factor": 1.2}],
    "overrun": [OVER],
    "overrun lent": [OVER | {"recovery": "loan", "rate": 0.1}],
    "overrun for equity": [OVER | {"recovery": "equity", "factor": 1.5}],
}  # fmt: skip


def deal(basis: str, terms: list[dict[str, Any]], **company: Any) -> Model:
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year([float(one) for one in SPENT]), "basis": "real", "overrun": 0.4},
        {"kind": "other_revenue", "name": "income", "amount": by_year([float(one) for one in INCOME]), "basis": "real"},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 0.5, "bob": 0.3, "state": 0.2}} | company,
        *({"name": f"clause{number}"} | term for number, term in enumerate(terms)), periods=7, basis=basis, inflation="6%",
    )  # fmt: skip


def alike(terms: list[dict[str, Any]], **company: Any) -> None:
    nominal, real = deal("nominal", terms, **company), deal("real", terms, **company)
    index = 1.06 ** np.array(nominal.graph.timeline.since(nominal.deal.base_month))
    for party in ("ann", "bob", "state"):
        deflated = nominal.run.single(f"party.{party}.cash") / index
        assert real.run.single(f"party.{party}.cash") == pytest.approx(deflated, abs=1e-9), party
    for model in (nominal, real):
        assert [check.name for check in model.checks if not check.passed] == []


@pytest.mark.parametrize("name", CLAUSES)
def test_a_clause(name: str) -> None:
    alike(CLAUSES[name])


@pytest.mark.parametrize(
    "company",
    [{"minimum_cash": 5}, {"called_ahead": 6}, {"shareholder_loans": {"share": 0.5, "rate": 0.08}}, {"capital_first": True},
     {"shareholder_loans": {"share": 0.5, "rate": 0.08}, "minimum_cash": 3}],
    ids=", ".join,
)  # fmt: skip
def test_a_company(company: dict[str, Any]) -> None:
    alike([CALLED | {"formula": "points", "account": 70, "factor": 1.5}], **company)
