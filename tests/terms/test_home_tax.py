"""Tax at home on what a partner receives abroad, with credit for tax withheld: worked by hand, and by a loop (terms.md B16)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small import by_year, rows, small

from jvmodel.model import Model
from jvmodel.report.take import take

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "60%", "bob": "40%"}}
PARTIES = {one: {"name": one.capitalize(), "role": "partner", "discount_rate": "10%"} for one in ("ann", "bob")} | {
    one: {"name": one.capitalize(), "role": "state", "discount_rate": "5%"} for one in ("state", "home")
}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def earned(income: list[float], *terms: dict[str, Any], owner: dict[str, Any] = OWNER, **settings: Any) -> Model:
    return small(
        {"kind": "other_revenue", "name": "income", "amount": by_year(income), "basis": "nominal"},
        *({"kind": "withholding_tax", "name": f"wht{number}", "holder": "state"} | term for number, term in enumerate(terms)), owner,
        **{"periods": len(income), "parties": PARTIES} | settings,
    )  # fmt: skip


def test_the_greater_of_two_taxes_is_borne() -> None:
    """Of 60 and 40 a year: ann pays 15% here and 25% at home, of which 15 points are credited; bob 15% here, and 10% at home is none."""
    taxes = {"ann": {"rate": "25%", "holder": "home"}, "bob": {"rate": "10%", "holder": "home"}}
    model = earned([100, 100, 0], {"on": "dividends", "rates": {"ann": "15%", "bob": "15%"}, "at_home": taxes})
    assert rows(model, "wht0.credit_ann") == near([9, 9, 0])
    assert rows(model, "wht0.home_ann") == near([6, 6, 0])
    assert rows(model, "party.ann.cash") == near([45, 45, 0])
    assert rows(model, "wht0.credit_bob") == near([4, 4, 0])
    assert rows(model, "wht0.lost_bob") == near([2, 2, 0])
    assert rows(model, "party.bob.cash") == near([34, 34, 0])
    assert rows(model, "party.home.cash") == near([6, 6, 0])
    assert rows(model, "party.state.cash") == near([15, 15, 0])
    assert [check.name for check in model.checks if not check.passed] == []


def test_a_grossed_up_fee_is_taxed_at_home_before_the_tax_withheld() -> None:
    """A fee of 9 net of 10% is income of 10: 2 at home, 1 of it credited; the venture pays 10."""
    fee = {"kind": "operating_cost", "name": "fee", "amount": 9, "payee": "bob"}
    model = small(
        {"kind": "other_revenue", "name": "income", "amount": 50}, fee, OWNER | {"interests": {"ann": "100%"}},
        {"kind": "withholding_tax", "name": "wht", "on": "services", "rates": {"bob": "10%"}, "holder": "state", "gross_up": True,
         "at_home": {"bob": {"rate": "20%", "holder": "home"}}}, parties=PARTIES, periods=1,
    )  # fmt: skip
    assert rows(model, "wht.due_bob") == near([2])
    assert rows(model, "wht.home_bob") == near([1])
    assert rows(model, "party.bob.cash") == near([8])
    assert rows(model, "party.venture.cash") == near([41])


def test_tax_at_home_is_no_take_of_the_host() -> None:
    home = {"at_home": {"ann": {"rate": "40%", "holder": "home"}}}
    tax = {"on": "dividends", "rates": {"ann": "15%"}}
    with_home, without = (earned([100, 100, 0], tax | extra) for extra in (home, {}))
    assert take(with_home) == take(without)


def test_no_rate_of_tax_withheld() -> None:
    with pytest.raises(
        ValidationError, match="at_home: 'bob' has no rate of tax withheld; give it one among rates, 0% if none is withheld"
    ):
        earned([1], {"on": "dividends", "rates": {"ann": "1%"}, "at_home": {"bob": {"rate": "20%", "holder": "home"}}})


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 90).map(float), min_size=4, max_size=4), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40),
    st.sampled_from(["nominal", "real"]),
)  # fmt: skip
def test_by_a_loop(income: list[float], here: int, interest: int, home: int, basis: str) -> None:
    """Dividends and interest on shareholder loans, each taxed here at its rate and at home at one: what ann keeps of each."""
    at_home = {"at_home": {"ann": {"rate": home / 100, "holder": "home"}}}
    model = small(
        {"kind": "capital_cost", "name": "build", "amount": {"2027": 100}, "basis": "nominal"},
        {"kind": "other_revenue", "name": "income", "amount": by_year([0.0, *income]), "basis": "nominal"},
        OWNER | {"interests": {"ann": "100%"}, "shareholder_loans": {"share": "50%", "rate": "8%"}},
        {"kind": "withholding_tax", "name": "one", "on": "dividends", "rates": {"ann": here / 100}, "holder": "state"} | at_home,
        {"kind": "withholding_tax", "name": "two", "on": "interest", "rates": {"ann": interest / 100}, "holder": "state"} | at_home,
        parties=PARTIES, periods=5, basis=basis, inflation="5%",
    )  # fmt: skip
    dividends, paid = (model.run.single(f"party.ann.{account}") for account in ("dividends", "partner_interest"))
    for t in range(5):
        borne = [(float(dividends[t]), here / 100), (float(paid[t]), interest / 100)]
        owed = sum(max(amount * home / 100 - amount * rate, 0.0) for amount, rate in borne)
        assert model.run.single("party.home.cash")[t] == pytest.approx(owed, abs=1e-9)
        assert sum(model.run.single(f"{one}.lost_ann")[t] for one in ("one", "two")) == pytest.approx(
            sum(max(amount * rate - amount * home / 100, 0.0) for amount, rate in borne), abs=1e-9
        )
    assert [check.name for check in model.checks if not check.passed] == []
