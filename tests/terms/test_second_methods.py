"""Second methods: plain loops written from the clauses (terms.md C, F, P), against whole deals with random numbers.

No loop looks at a formula of the model; each keeps its own accounts, partner by partner.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, small

from jvmodel.model import Model

YEARS = [str(year) for year in range(2027, 2033)]
THOROUGH = settings(max_examples=60)
money = st.lists(st.sampled_from([0.0, 20.0, 50.5, 80.0, 130.0]), min_size=6, max_size=6)
elections = st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=6, max_size=6)


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def whole(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def thirds(first: int, second: int) -> dict[str, float]:
    """Interests of three partners in percent, whole."""
    return {"ann": first / 100, "bob": second / 100, "state": (100 - first - second) / 100}


Interests = dict[str, float]


def step(
    formula: str, held: Interests, account: float, call: float, paid: dict[str, float], cover_by: list[str], below: float
) -> tuple[Interests, float]:
    """P1 for one programme: interests and the total of all accounts after it."""
    k, points, value = 1.5, 0.004, 90.0
    own = {one: share * call for one, share in held.items()}
    short = {one: own[one] * (1 - paid.get(one, 1.0)) for one in held}
    missed, able = sum(short.values()), sum(held[one] for one in cover_by)
    cover = {one: missed * held[one] / able if one in cover_by and able else 0.0 for one in held}
    after: Interests = {}
    accounts: dict[str, float] = {}
    for one, share in held.items():
        if formula == "fixed":
            after[one] = share - points * short[one] + points * cover[one]
        elif formula == "value_based":
            after[one] = (share * value + own[one] - short[one] + cover[one]) / (value + call)
        else:
            accounts[one] = share * account + own[one] - short[one] + cover[one]
            if formula == "points":
                accounts[one] += (k - 1) * cover[one] - (k - 1) * short[one]
            elif formula == "premium":
                accounts[one] += (k - 1) * cover[one]
    if accounts:
        account = sum(accounts.values())
        after = {one: amount / account if account else held[one] for one, amount in accounts.items()}
    if missed <= 0:
        return held, account
    after = {one: max(share, 0.0) for one, share in after.items()}
    left = 1 - sum(share for one, share in after.items() if one not in cover_by)
    covering = sum(after[one] for one in cover_by)
    after |= {one: left * after[one] / covering for one in cover_by}
    converted = [one for one in paid if after[one] < below and held[one] > 0]
    freed, stay = sum(after[one] for one in converted), sum(share for one, share in after.items() if one not in converted)
    return {one: 0.0 if one in converted else share * (1 + freed / stay) for one, share in after.items()}, account


@THOROUGH
@given(
    formula=st.sampled_from(["straight_line", "points", "premium", "fixed", "value_based"]), first=st.integers(20, 50),
    second=st.integers(10, 40), spent=money, of_bob=elections, of_state=elections, both_cover=st.booleans(),
    below=st.sampled_from([0.0, 0.1, 0.2]),
)  # fmt: skip
def test_dilution_of_three_partners(
    formula: str,
    first: int,
    second: int,
    spent: list[float],
    of_bob: list[float],
    of_state: list[float],
    both_cover: bool,
    below: float,
) -> None:
    """Five formulas; one partner misses and two cover, or two miss and one covers; conversion below a threshold."""
    missing = {"bob": of_bob} | ({} if both_cover else {"state": of_state})
    cover_by = ["ann", "state"] if both_cover else ["ann"]
    numbers = {"straight_line": {"account": 70}, "points": {"account": 70, "factor": 1.5}, "premium": {"account": 70, "factor": 1.5},
               "fixed": {"points": 0.004}, "value_based": {"value": 90}}[formula]  # fmt: skip
    conversion = {"conversion": {"below": below, "rate": "1%", "base": "revenue"}} if below else {}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)},
        {"kind": "incorporated_venture", "name": "company", "interests": thirds(first, second)},
        {"kind": "missed_calls", "name": "dilution", "formula": formula, "covered_by": cover_by,
         "paid": {one: dict(zip(YEARS, shares, strict=True)) for one, shares in missing.items()}} | numbers | conversion,
        periods=6,
    )  # fmt: skip
    held, account = thirds(first, second), 70.0
    for t, call in enumerate(spent):
        for one, share in held.items():
            assert model.run.single(f"company.register.interest_{one}")[t] == near(share), (one, t)
        held, account = step(formula, held, account, call, {one: shares[t] for one, shares in missing.items()}, cover_by, below)
    whole(model)


@THOROUGH
@given(spent=money, of_bob=elections, first=st.integers(10, 120).map(float), more=st.integers(10, 120).map(float))
def test_earning_in_then_missing_calls(spent: list[float], of_bob: list[float], first: float, more: float) -> None:
    """C3 and C9, trap 1: at vesting the accounts start at what is deemed contributed, spend ÷ interest, and dilute from there."""
    stages = [{"spend": first, "by": 2029, "interest": "51%"}, {"spend": first + more, "by": 2031, "interest": "70%"}]
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 0.0, "bob": 1.0}},
        {"kind": "earn_in", "name": "earn", "earner": "ann", "owner": "bob", "stages": stages},
        {"kind": "missed_calls", "name": "dilution", "formula": "straight_line", "covered_by": ["ann"], "account": 0, "deemed": True,
         "paid": {"bob": dict(zip(YEARS, of_bob, strict=True))}},
        periods=6,
    )  # fmt: skip
    ann, vested, to_date, over = 0.0, 0.0, 0.0, False
    accounts = {"ann": 0.0, "bob": 0.0}
    met = [False, False]
    for t, call in enumerate(spent):
        assert model.run.single("company.register.interest_ann")[t] == near(ann), t
        own = ann * call
        carried = 0.0
        if not over:
            carried = min(call - own, max(max(first + more - to_date, 0.0) - own, 0.0))
            to_date += own + carried
        short = (
            (call - own - carried) * (1 - of_bob[t]) if ann > 0 else 0.0
        )  # with nothing of its own to cover by, Ann covers nothing
        accounts["ann"] += own + short
        accounts["bob"] += call - own - short
        if short > 0:
            ann = accounts["ann"] / sum(accounts.values())
        accounts = {"ann": ann * sum(accounts.values()), "bob": (1 - ann) * sum(accounts.values())}
        before = vested
        for number, (needed, until) in enumerate(((first, 3), (first + more, 5))):
            if not over and t + 1 <= until - 1 and to_date >= needed - 1e-9:
                met[number] = True
            if t + 1 >= until - 1 and not met[number]:
                over = True
        vested = 0.7 if met[1] else 0.51 if met[0] else 0.0
        if vested > before:
            ann += vested - before
            accounts = {"ann": ann * to_date / vested, "bob": (1 - ann) * to_date / vested}
    whole(model)


def ladder(
    put_in: np.ndarray, paid_out: np.ndarray, share: float, growth: dict[str, float], deflator: float, after_tax: float
) -> dict[str, np.ndarray]:
    """Capital, preferred return of 8%, catch-up of 60% to 20%, hurdle of 15% at 20%, rest at 30%, clawback to 20%: year by year.

    `growth` is 1 + rate of the period for each hurdle; `deflator` what a nominal balance is worth a period on.
    """
    capital, owed = np.zeros(2), np.zeros(2)
    account = contributed = distributed = promoted = 0.0
    shares = np.array([share, 1 - share])
    found = {"ann": [], "bob": []}
    for t, (call, cash) in enumerate(zip(put_in, paid_out, strict=True)):
        before = capital * deflator
        owed = owed * deflator * growth["8%"] + before * (growth["8%"] - 1)
        capital = before + call * shares
        contributed, distributed, promoted = contributed * deflator + call, distributed * deflator, promoted * deflator
        account = account * deflator * growth["15%"] + call * share
        left, got, promote = cash, np.zeros(2), 0.0
        for balance in (capital, owed):
            part = min(left, balance.sum())
            split = balance / balance.sum() * part if balance.sum() > 0 else np.zeros(2)
            np.subtract(balance, split, out=balance)
            got += split
            left -= part
        profit = max(distributed + (cash - left) - contributed, 0.0)
        part = min(left, max(0.2 * profit - promoted, 0.0) / (0.6 - 0.2))
        promote += 0.6 * part
        got += 0.4 * part * shares
        left -= part
        part = min(left, max(account - got[0], 0.0) / (share * 0.8)) if share else 0.0
        promote += 0.2 * part
        got += 0.8 * part * shares
        left -= part
        promote += 0.3 * left
        got += 0.7 * left * shares
        account = max(account - got[0], 0.0)
        distributed += cash
        promoted += promote
        back = 0.0
        if t == len(put_in) - 1:
            back = min(max(promoted - 0.2 * max(distributed - contributed, 0.0), 0.0), after_tax * promoted)
        found["ann"].append(got[0] + back - call * share)
        found["bob"].append(got[1] + promote - back - call * (1 - share))
    return {one: np.array(values) for one, values in found.items()}


TIERS = {
    "capital": {"kind": "return_of_capital"}, "preferred": {"kind": "preferred_return", "rate": "8%"},
    "catch_up": {"kind": "catch_up", "rate": "60%", "promote": "20%"}, "to_15": {"kind": "hurdle", "irr": "15%", "promote": "20%"},
    "last": {"kind": "rest", "promote": "30%"},
}  # fmt: skip


@THOROUGH
@given(spent=money, income=money, share=st.integers(1, 10).map(lambda n: n / 10), quarters=st.booleans(), real=st.booleans())
def test_a_waterfall_with_late_contributions(
    spent: list[float], income: list[float], share: float, quarters: bool, real: bool
) -> None:
    """By years or quarters, in nominal or real money; real money deflates what is owed in nominal money."""
    keys = [f"{2027 + t // 4}-Q{t % 4 + 1}" for t in range(6)] if quarters else YEARS
    extra: dict[str, Any] = {"basis": "real", "inflation": "4%"} if real else {}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": dict(zip(keys, spent, strict=True))},
        {"kind": "other_revenue", "name": "income", "amount": dict(zip(keys, income, strict=True)), "basis": "real"},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": share, "bob": round(1 - share, 12)}},
        {"kind": "waterfall", "name": "fall", "investors": ["ann"], "sponsor": "bob", "tiers": TIERS,
         "clawback": {"promote": "20%", "after_tax": "75%"}},
        periods=6, timeline={"step": "quarter" if quarters else "year"}, **extra,
    )  # fmt: skip
    calls, cash = model.run.single("company.calls"), model.run.single("fall.available")
    assert cash == near(np.maximum(model.run.single("company.flow"), 0))
    length = 0.25 if quarters else 1.0
    growth = {text: (1 + rate) ** length for text, rate in (("8%", 0.08), ("15%", 0.15))}
    expected = ladder(calls, cash, share, growth, 1.04**-length if real else 1.0, 0.75)
    for one, values in expected.items():
        assert model.run.single(f"party.{one}.cash") == near(values), one
    whole(model)


@THOROUGH
@given(spent=money, income=money, of_bob=elections, cap=st.sampled_from([None, 15.0, 60.0]), real=st.booleans())
def test_a_loan_carry_beside_dilution(
    spent: list[float], income: list[float], of_bob: list[float], cap: float | None, real: bool
) -> None:
    """P2 after P1: half of Bob's calls is advanced up to a cap; of the rest he misses some; his balance stays when he is diluted."""
    extra: dict[str, Any] = {"basis": "real", "inflation": "4%"} if real else {}
    carry = {
        "kind": "loan_carry",
        "name": "carry",
        "carried": "bob",
        "carriers": {"ann": "100%"},
        "share": "50%",
        "rate": "9%",
        "repaid_from": "70%",
    }
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent), "basis": "real"},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income), "basis": "real"},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 0.6, "bob": 0.4}},
        carry | ({} if cap is None else {"cap": cap}),
        {"kind": "missed_calls", "name": "dilution", "formula": "points", "factor": 1.5, "account": 70, "covered_by": ["ann"],
         "paid": {"bob": dict(zip(YEARS, of_bob, strict=True))}},
        periods=6, **extra,
    )  # fmt: skip
    index = 1.04 ** np.array(model.graph.timeline.since(model.deal.base_month)) if real else np.ones(6)
    bob, total, balance, advanced = 0.4, 70.0, 0.0, 0.0  # accounts and the cap are nominal money
    for t, (out, into) in enumerate(zip(spent, income, strict=True)):
        call, shared = max(out - into, 0.0), max(into - out, 0.0)
        mine = bob * call
        advance = min(0.5 * mine, ((cap if cap is not None else 1e9) - advanced) / index[t])
        advanced += advance * index[t]
        short = (mine - advance) * (1 - of_bob[t])
        balance /= 1.04 if real else 1.0
        due = balance * 1.09 + advance
        repaid = min(0.7 * bob * shared, due)
        balance = due - repaid
        assert model.run.single("carry.closing")[t] == near(balance), t
        paid = mine - advance - short
        assert model.run.single("party.bob.cash")[t] == near(bob * shared - repaid - paid), t
        account = bob * total + (mine - short - 0.5 * short) * index[t]
        total += call * index[t]
        if short > 0:
            bob = max(account / total, 0.0)
    whole(model)


@THOROUGH
@given(spent=money, income=money, share=st.sampled_from([0.0, 0.4, 0.95]), quarters=st.booleans())
def test_shareholder_loans_and_trapped_cash(spent: list[float], income: list[float], share: float, quarters: bool) -> None:
    """C13 and F1: loans first, dividends only out of retained earnings, the rest is trapped until the end."""
    keys = [f"{2027 + t // 4}-Q{t % 4 + 1}" for t in range(6)] if quarters else YEARS
    length = 0.25 if quarters else 1.0
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": dict(zip(keys, spent, strict=True))},
        {"kind": "other_revenue", "name": "income", "amount": dict(zip(keys, income, strict=True))},
        {"kind": "corporate_tax", "name": "tax", "rate": "25%", "holder": "state", "depreciation": {"plant": {"method": "straight_line", "life": 2, "start": "spending"}}},
        {"kind": "incorporated_venture", "name": "company", "interests": {"ann": 0.6, "bob": 0.4}, "dividend_test": "retained_earnings",
         "shareholder_loans": {"share": share, "rate": "8%"}},
        periods=6, timeline={"step": "quarter" if quarters else "year"},
    )  # fmt: skip
    run = model.run
    loan = retained = losses = cash = paid_in = 0.0
    written = run.single("tax.depreciation")
    for t in range(6):
        interest = loan * 0.08 * length
        profit = income[t] - written[t] - interest
        used = min(losses, max(profit, 0.0))
        losses += max(-profit, 0.0) - used
        tax = 0.25 * (max(profit, 0.0) - used)
        free = cash + income[t] - spent[t] - tax
        call, free = max(-free, 0.0), max(free, 0.0)
        paid = min(free, interest)
        principal = min(free - paid, loan + interest - paid)
        free -= paid + principal
        loan += interest - paid - principal + share * call
        retained += profit - tax
        dividend = min(free, max(retained, 0.0))
        retained -= dividend
        cash = free - dividend
        paid_in += (1 - share) * call
        if t == 5:
            cash = 0.0
        else:
            assert run.single("company.trapped")[t] == near(cash), t
        for name, value in (("loans.closing", loan), ("dividends", dividend), ("closing", cash), ("earnings.closing", retained)):
            assert run.single(f"company.{name}")[t] == near(value), (name, t)
        assert run.single("tax.charge")[t] == near(tax), t
    whole(model)


@THOROUGH
@given(spent=money, income=money, premium=st.sampled_from([0.0, 0.05]), other=st.booleans())
def test_unincorporated_partners_are_taxed_with_their_own_losses(
    spent: list[float], income: list[float], premium: float, other: bool
) -> None:
    """C1: own revenue at own price, share of costs, own tax; Ann has other income that takes her losses at once, or not."""
    tax = {
        "kind": "corporate_tax",
        "holder": "state",
        "depreciation": {"plant": {"method": "straight_line", "life": 3, "start": "spending"}},
    }
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "unincorporated_venture", "name": "jv", "interests": {"ann": 0.6, "bob": 0.4}, "own_price": {"bob": premium}},
        tax | {"name": "of_ann", "taxpayer": "ann", "rate": "30%", "other_income": other},
        tax | {"name": "of_bob", "taxpayer": "bob", "rate": "20%"},
        periods=6,
    )  # fmt: skip
    written = [sum(spent[s] / 3 for s in range(max(t - 2, 0), t + 1)) for t in range(6)]
    written[5] += sum(amount * part / 3 for amount, part in zip(spent[4:], (1, 2), strict=True))  # what is left, in the last year
    for one, share, rate, price in (("ann", 0.6, 0.3, 0.0), ("bob", 0.4, 0.2, premium)):
        losses = 0.0
        for t in range(6):
            profit = share * (income[t] * (1 + price) - written[t])
            if one == "ann" and other:
                due = rate * profit
            else:
                used = min(losses, max(profit, 0.0))
                losses += max(-profit, 0.0) - used
                due = rate * (max(profit, 0.0) - used)
            cash = share * (income[t] * (1 + price) - spent[t]) - due
            assert model.run.single(f"party.{one}.cash")[t] == near(cash), (one, t)
    whole(model)
