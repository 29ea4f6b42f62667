"""Metal that repays money: streams and prepayments come out of the tonnes that contracts share, unless delivered as credits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, rows, small

from jvmodel.model import Model

SALE = {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}
COMPANY = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
STREAM = {"kind": "stream", "name": "stream", "buyer": "state", "metal": "copper", "deposit": {"2027": 2}, "share": "10%"}
ADVANCE = {"kind": "prepayment", "name": "advance", "buyer": "bob", "advance": {"2027": 8.1}, "rate": "0%", "repaid_from": 2028, "metal": "copper",
           "deliveries": by_year([0, 600, 600, 600, 600]), "discount": "10%"}  # fmt: skip
OFFTAKE = {"kind": "offtake", "name": "offtake", "buyer": "ann", "metal": "copper", "share": "100%", "discount": "5%"}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def sold(tonnes: list[float], *terms: dict[str, Any], **settings: Any) -> Model:
    plan = {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": by_year(tonnes)}}
    return small(plan, SALE, *terms, COMPANY, **{"periods": len(tonnes)} | settings)


def told(model: Model) -> list[str]:
    return [one.name for one in model.warnings]


def test_what_is_pledged_first_is_not_sold_again() -> None:
    """Of 1,000 t a year 100 go to the stream, then up to 600 to the lender (1,000 t repay 8.1), and the offtaker has the rest."""
    model = sold([0, 1000, 1000, 1000, 0], STREAM, ADVANCE | {"rank": 2}, OFFTAKE | {"rank": 3})
    assert rows(model, "stream.delivered") == near([0, 100, 100, 100, 0])
    assert rows(model, "advance.taken") == near([0, 600, 400, 0, 0])
    assert rows(model, "advance.repaid") == near([0, 4.86, 3.24, 0, 0])
    assert rows(model, "offtake.taken") == near([0, 300, 500, 900, 0])
    assert rows(model, "party.ann.offtake") == near([0, 0.135, 0.225, 0.405, 0])
    assert told(model) == []


def test_contracts_of_one_rank_share_alike() -> None:
    """Wanted of 1,000 t: 100, 600 and 1,000; each gets ten seventeenths, and the stream is told to be short."""
    model = sold([0, 1000, 0, 1000, 0], STREAM, ADVANCE, OFFTAKE)
    assert rows(model, "stream.delivered")[1] == near(1000 / 17)
    assert rows(model, "advance.taken")[1] == near(6000 / 17)
    assert rows(model, "offtake.taken")[1] == near(10000 / 17)
    assert told(model) == ["stream_short", "stream_deposit"]


def test_credits_leave_all_tonnes_to_contracts() -> None:
    model = sold([0, 1000, 1000, 0, 0], STREAM | {"delivered": "credits"}, OFFTAKE)
    assert rows(model, "stream.delivered") == near([0, 100, 100, 0, 0])
    assert rows(model, "offtake.taken") == near([0, 1000, 1000, 0, 0])
    assert rows(model, "party.state.stream") == near([0, 0.72, 0.72, 0, 0])


def test_the_rest_of_the_advance_waits_for_metal_with_interest() -> None:
    """A host's contract of 800 t comes first: 200 t a year repay 1.62 of what is owed, which grows by 10%; 195.3 t the rest."""
    host = OFFTAKE | {"name": "host", "share": None, "volume": 800}
    model = sold([0, 1000, 1000, 1000, 1000], ADVANCE | {"rank": 2, "rate": "10%", "advance": {"2027": 4}}, host)
    assert rows(model, "advance.taken") == near([0, 200, 200, ((4 * 1.1 - 1.62) * 1.1 - 1.62) * 1.1 / 0.0081, 0])
    assert rows(model, "advance.closing")[4] == near(0)


def test_a_stockpile_buys_what_is_not_pledged() -> None:
    """At a price of 5,000, below the floor of 8,000, the manager may buy all: 1,000 t less the 100 of the stream."""
    stock = {"kind": "buffer_stock", "name": "stock", "manager": "bob", "metal": "copper", "floor": 8000, "ceiling": 12000, "capacity": 5000, "share": "100%", "carry": 0}  # fmt: skip
    model = sold([1000, 1000], STREAM | {"deposit": {"2027": 1}}, stock, prices={"copper": {"unit": "USD/t", "flat": 5000}})
    assert rows(model, "stock.bought")[0] == near(900)


tonnes = st.lists(st.integers(0, 30).map(lambda n: 100.0 * n), min_size=6, max_size=6)


@settings(max_examples=40)
@given(
    tonnes, st.permutations([1, 2, 3]), st.lists(st.integers(1, 3), min_size=3, max_size=3), st.booleans(), st.integers(1, 100),
    st.sampled_from(["USD/t", "USD/lb"]), st.sampled_from([1, 4]),
)  # fmt: skip
def test_nobody_sells_a_tonne_twice(
    made: list[float], order: list[int], ties: list[int], tied: bool, share: int, unit: str, each: int
) -> None:
    """Stream, advance and offtake of random ranks, in plain loops: together they never have more than there is."""
    ranks = ties if tied else order
    price = 9000.0 if unit == "USD/t" else 4.0
    tonne = price if unit == "USD/t" else price * 2204.62262185
    names = ("stream", "advance", "offtake")
    model = sold(
        made, STREAM | {"rank": ranks[0], "share": share / 100, "step_down_after": 800, "share_after": share / 200},
        ADVANCE | {"rank": ranks[1], "rate": "8%", "deliveries": by_year([0, *[500.0] * 5])}, OFFTAKE | {"rank": ranks[2], "share": None, "volume": 1200},
        periods=6 * each, timeline={"step": "year" if each == 1 else "quarter"}, prices={"copper": {"unit": unit, "flat": price}},
    )  # fmt: skip
    rate, owed, delivered, found = 1.08 ** (1 / each) - 1, 0.0, 0.0, {name: [] for name in names}  # type: ignore[var-annotated]
    for t in range(6 * each):
        there, year = made[t // each] / each, t // each
        owed = owed * (1 + rate) + (8.1 / each if year == 0 else 0.0)
        early = min(there * share / 100, max(800 - delivered, 0.0))
        wanted = {
            "stream": early + (there - early / (share / 100)) * share / 200,
            "advance": min(500 / each if year else 0.0, owed / (tonne * 0.9 / 1e6)),
            "offtake": 1200 / each,
        }
        left = there
        for rank in sorted(set(ranks)):
            alike = [name for name, one in zip(names, ranks, strict=True) if one == rank]
            whole = sum(wanted[name] for name in alike)
            part = min(left / whole, 1.0) if whole > 1e-9 else 1.0
            for name in alike:
                found[name].append(wanted[name] * part)
            left -= whole * part
        delivered += found["stream"][-1]
        owed -= found["advance"][-1] * tonne * 0.9 / 1e6
    for name in names:
        assert model.run.single(f"{name}.taken") == pytest.approx(found[name], rel=1e-8, abs=1e-6), name
    assert model.run.single("advance.closing")[-1] == pytest.approx(owed, rel=1e-8, abs=1e-6)
