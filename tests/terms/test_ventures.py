"""Several ventures in one deal: books of their own, a transfer price that moves value and tax but makes none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.errors import GraphError
from jvmodel.model import Model

REFINERY = {"refinery": {"name": "Refinery", "discount_rate": "8%"}}
THERE = {"venture": "refinery"}
MINE = [
    {"kind": "mine_plan", "name": "mine", "ore": by_year([0, 500000, 600000, 400000]), "grades": {"copper": "1.5%"}},
    {"kind": "plant", "name": "plant", "recovery": {"copper": "90%"}, "concentrate": {"lead": "copper", "grade": "28%"}},
    {"kind": "operating_cost", "name": "mining", "amount": by_year([0, 22, 22, 22])},
    {"kind": "capital_cost", "name": "build", "amount": by_year([60])},
]  # fmt: skip
WORKS = [
    {"kind": "refinery", "name": "works", "share": "100%", "recovery": {"copper": "98%"}},
    {"kind": "metal_sale", "name": "cathode", "metal": "copper", "selling_cost": 150},
    {"kind": "unit_cost", "name": "refining", "rate": 160, "per": "treated"},
    {"kind": "capital_cost", "name": "works_build", "amount": by_year([18])},
]


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def owned(name: str, ann: float, **more: Any) -> dict[str, Any]:
    return {"kind": "incorporated_venture", "name": name, "interests": {"ann": ann, "bob": round(1 - ann, 12)}} | more


def taxed(name: str, rate: str, **more: Any) -> dict[str, Any]:
    pool = {"plant": {"method": "straight_line", "life": 3}}
    return {"kind": "corporate_tax", "name": name, "rate": rate, "holder": "state", "depreciation": pool} | more


def chain(price: dict[str, Any], *more: dict[str, Any], mine: float = 0.8, works: float = 0.3) -> Model:
    """A mine that sells all its concentrate to a refinery with other owners."""
    sale = {"kind": "intermediate_sale", "name": "sale", "buyer": "refinery", "metals": ["copper"]} | price
    return small(
        *MINE,
        sale,
        owned("company", mine),
        *(term | THERE for term in WORKS),
        owned("works_company", works, **THERE),
        *more,
        ventures=REFINERY,
    )


def passes(model: Model) -> None:
    assert [check.name for check in model.checks if not check.passed] == []


def test_transfer_prices_by_hand() -> None:
    """6,750 t in concentrate of 24,107.14 t in 2028, worth 60.75; refined 6,615 t: 59.535 less 0.99225 to sell, 3.857 to refine."""
    at_value = chain({"price": "of_value", "of_value": "90%", "charge": 80})
    assert rows(at_value, "sale.price")[1] == near(60.75 * 0.9 - 24107.142857142857 * 80 / 1e6)
    netback = chain({"price": "netback", "margin": "12%"})
    receipts, refining = 6615 * (9000 - 150) / 1e6, 24107.142857142857 * 160 / 1e6
    assert rows(netback, "sale.price")[1] == near(receipts * 0.88 - refining)
    cost_plus = chain({"price": "cost_plus", "markup": "50%"})
    assert rows(cost_plus, "sale.price") == near([0, 33, 33, 33])
    for model in (at_value, netback, cost_plus):
        passes(model)


def test_the_refinery_has_books_of_its_own() -> None:
    model = chain({"price": "of_value", "of_value": "90%"})
    price = rows(model, "sale.price")
    assert rows(model, "party.venture.revenue") == near(price)
    refining = rows(model, "refining.cost")
    assert rows(model, "party.refinery.operating") == near([-(a + b) for a, b in zip(price, refining, strict=True)])
    assert rows(model, "works_company.calls")[0] == near(18)
    assert rows(model, "party.bob.calls")[0] == near(-(0.2 * 60 + 0.7 * 18))
    assert rows(model, "company.calls")[0] == near(60)


@pytest.mark.parametrize("share", ["70%", "95%"])
def test_with_the_same_owners_and_no_tax_a_transfer_price_moves_nothing(share: str) -> None:
    """And the chain is worth what one venture that mines and refines is worth."""
    model = chain({"price": "of_value", "of_value": share}, mine=0.6, works=0.6)
    one = small(*MINE, *WORKS, owned("company", 0.6))
    for party in ("ann", "bob"):
        assert sum(rows(model, f"party.{party}.value")) == near(sum(rows(one, f"party.{party}.value")))
    together = [a + b for a, b in zip(rows(model, "party.venture.cash"), rows(model, "party.refinery.cash"), strict=True)]
    assert together == near(rows(one, "party.venture.cash"))


def test_a_transfer_price_is_zero_sum_and_shifts_tax() -> None:
    """With other owners the higher price moves value from the refinery's to the mine's; with other tax rates to a state."""
    taxes = (taxed("tax", "30%"), taxed("tax_there", "10%", **THERE))
    low, high = (chain({"price": "of_value", "of_value": share}, *taxes) for share in ("80%", "92%"))
    parties = ("ann", "bob", "state")
    gained = {one: sum(rows(high, f"party.{one}.value")) - sum(rows(low, f"party.{one}.value")) for one in parties}
    assert sum(gained.values()) == near(0)
    assert gained["ann"] > 0 > gained["bob"]
    assert gained["state"] > 0, "profit moves to where it is taxed at 30%"


def test_two_ventures_that_do_not_meet_are_two_deals() -> None:
    """Losses, pools and cash of one never touch the other."""
    first = [
        {"kind": "capital_cost", "name": "a", "amount": by_year([60])},
        {"kind": "other_revenue", "name": "b", "amount": by_year([0, 50, 50])},
    ]
    second = [
        {"kind": "capital_cost", "name": "c", "amount": by_year([90])},
        {"kind": "other_revenue", "name": "d", "amount": by_year([0, 20, 20])},
    ]
    both = small(
        *first, taxed("tax", "30%"), owned("company", 0.7), *(term | THERE for term in second), taxed("tax2", "30%", **THERE),
        owned("company2", 0.4, **THERE), ventures=REFINERY,
    )  # fmt: skip
    alone = [
        small(*first, taxed("tax", "30%"), owned("company", 0.7)),
        small(*second, taxed("tax", "30%"), owned("company", 0.4)),
    ]
    for party in ("ann", "bob", "state"):
        apart = [a + b for a, b in zip(*(rows(model, f"party.{party}.cash") for model in alone), strict=True)]
        assert rows(both, f"party.{party}.cash") == near(apart)
    assert rows(both, "party.refinery.cash") == near(rows(alone[1], "party.venture.cash"))


def test_what_is_refused() -> None:
    with pytest.raises(ValidationError, match="is not a venture of the deal"):
        small(owned("company", 0.5, venture="port"))
    with pytest.raises(GraphError, match="buyer: 'port' is not a venture of the deal"):
        chain({"price": "cost_plus", "markup": "5%", "buyer": "port"})
    with pytest.raises(GraphError, match="no term of venture 'refinery' gives"):
        small(
            *MINE,
            owned("company", 0.5),
            *(term | THERE for term in WORKS[:2]),
            owned("works_company", 0.5, **THERE),
            ventures=REFINERY,
        )
    with pytest.raises(ValidationError, match="price: netback goes with margin"):
        chain({"price": "netback"})


def test_a_licence_fee_to_a_party_and_to_a_venture() -> None:
    """2 at once and 3% of revenue until 2029; the party spends a quarter of it, the venture has it as revenue."""
    income = {"kind": "other_revenue", "name": "income", "amount": by_year([0, 100, 100, 100])}
    fee = {"kind": "licence_fee", "name": "fee", "milestones": {"2027": 2}, "of_revenue": "3%", "until": 2029}
    to_party = small(income, fee | {"licensor": "bob", "own_cost": "25%"}, owned("company", 1.0))
    assert rows(to_party, "fee.fee") == near([2, 3, 0, 0])
    assert rows(to_party, "party.bob.cash") == near([1.5, 2.25, 0, 0])
    to_venture = small(
        income, fee | {"licensor_venture": "refinery"}, owned("company", 1.0), owned("licence", 0.25, **THERE), ventures=REFINERY
    )
    assert rows(to_venture, "party.refinery.revenue") == near([2, 3, 0, 0])
    assert rows(to_venture, "party.bob.cash") == near([1.5, 2.25, 0, 0])
    assert rows(to_venture, "party.venture.operating") == near([-2, -3, 0, 0])
    passes(to_venture)


def test_a_venture_may_sell_to_the_main_one() -> None:
    """The mine as the second venture, the refinery as the main one."""
    sale = {
        "kind": "intermediate_sale",
        "name": "sale",
        "buyer": "venture",
        "metals": ["copper"],
        "price": "of_value",
        "of_value": "90%",
    }
    mine = {"mine": {"name": "Mine", "discount_rate": "8%"}}
    model = small(
        *(term | {"venture": "mine"} for term in (*MINE, sale, owned("company", 0.8))),
        *WORKS,
        owned("works_company", 0.3),
        ventures=mine,
    )
    same = chain({"price": "of_value", "of_value": "90%"})
    for party in ("ann", "bob"):
        assert rows(model, f"party.{party}.cash") == near(rows(same, f"party.{party}.cash"))


def test_a_price_by_cost_between_other_owners_is_told() -> None:
    """Value that the mine's owners forgo goes to the refinery's; with the same owners it stays where it is."""
    term = {"price": "cost_plus", "markup": "50%"}
    model = chain(term)
    assert rows(model, "sale.forgone")[1] == near(rows(model, "sale.value")[1] - 33)
    assert [one.name for one in model.warnings] == ["sale_moves_value"]
    assert chain(term, mine=0.4, works=0.4).warnings == ()
    assert chain({"price": "of_value", "of_value": "90%"}).warnings == ()


@settings(max_examples=40)
@given(
    tonnes=st.lists(st.sampled_from([0, 100_000, 400_000, 650_000]), min_size=4, max_size=4), mine=st.sampled_from([0.0, 0.35, 1.0]),
    works=st.sampled_from([0.0, 0.6, 1.0]), rates=st.tuples(st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.15])),
    price=st.sampled_from([{"price": "of_value", "of_value": 0.85}, {"price": "netback", "margin": 0.1}, {"price": "cost_plus", "markup": 0.4}]),
)  # fmt: skip
def test_two_ventures_by_a_loop(
    tonnes: list[int], mine: float, works: float, rates: tuple[float, float], price: dict[str, Any]
) -> None:
    """Mine, sale and refinery year by year, each with its own tax, calls and dividends; partners add up both (terms.md C19)."""
    costs, built, works_built = [0.0, 22.0, 22.0, 22.0], [60.0, 0, 0, 0], [18.0, 0, 0, 0]
    there = taxed("works_tax", f"{100 * rates[1]:g}%", **THERE)
    plan = [
        {"kind": "mine_plan", "name": "mine", "ore": by_year([float(one) for one in tonnes]), "grades": {"copper": "1.5%"}},
        *MINE[1:],
    ]
    sale = {"kind": "intermediate_sale", "name": "sale", "buyer": "refinery", "metals": ["copper"]} | price
    model = small(
        *plan, sale, owned("company", mine), *(term | THERE for term in WORKS), owned("works_company", works, **THERE),
        taxed("tax", f"{100 * rates[0]:g}%"), there, ventures=REFINERY,
    )  # fmt: skip
    losses, left = [0.0, 0.0], [[0.0] * 4, [0.0] * 4]
    for pool, spent in zip(left, (built, works_built), strict=True):
        for t, amount in enumerate(spent):
            for later in range(t, min(t + 3, 4)):
                pool[later] += amount / 3
    cash = {"ann": [0.0] * 4, "bob": [0.0] * 4}
    for t, ore in enumerate(tonnes):
        metal = ore * 0.015 * 0.9
        treated = metal / 0.28
        value = metal * 9000 / 1e6
        receipts = metal * 0.98 * (9000 - 150) / 1e6
        refining = treated * 160 / 1e6
        if price["price"] == "of_value":
            paid = 0.85 * value
        elif price["price"] == "netback":
            paid = max(0.9 * receipts - refining, 0.0) if value else 0.0
        else:
            paid = 1.4 * costs[t]
        flows = []
        for number, (income, spent) in enumerate(((paid - costs[t], built[t]), (receipts - refining - paid, works_built[t]))):
            profit = income - left[number][t]
            used = min(losses[number], max(profit, 0.0))
            losses[number] += max(-profit, 0.0) - used
            flows.append(income - spent - rates[number] * (max(profit, 0.0) - used))
        for one, shares in (("ann", (mine, works)), ("bob", (1 - mine, 1 - works))):
            cash[one][t] = shares[0] * flows[0] + shares[1] * flows[1]
    for one, values in cash.items():
        assert model.run.single(f"party.{one}.cash") == near(values), one
    passes(model)
