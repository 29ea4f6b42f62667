"""The example deals: each runs, passes its checks, and says what was published where something was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jvmodel.account import Account
from jvmodel.backends import kernel
from jvmodel.dealfile import load
from jvmodel.ledger import MARKET
from jvmodel.metrics import party_metrics
from jvmodel.model import Model, build
from jvmodel.shipped import examples

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module", params=sorted(examples()))
def model(request: pytest.FixtureRequest) -> Model:
    return build(load(request.param))


def test_every_check_passes(model: Model) -> None:
    assert [one.name for one in model.checks if not one.passed] == []


def test_money_is_conserved_to_a_billionth_of_peak_cash(model: Model) -> None:
    """All parties together, the market and the change of the venture's cash: nil in every period, in 500 scenarios too."""
    names = [f"party.{party}.cash" for party in (*model.deal.parties, *MARKET) if f"party.{party}.cash" in model.graph.rows]
    random = np.random.default_rng(5)
    flat = [f"prices.{metal}.flat" for metal, deck in model.deal.prices.items() if deck.flat is not None]
    draws = {name: model.graph.params[name].value * random.uniform(0.3, 1.8, 500) for name in flat}
    for metal, deck in model.deal.prices.items():
        if deck.flat is None:
            draws[f"prices.{metal}.premium"] = max(deck.by_year.values()) * random.uniform(-0.7, 0.8, 500)
    found = kernel.evaluate(model.graph, draws, [*names, "party.venture.change"])
    together = sum(found.rows[name] for name in (*names, "party.venture.change"))
    peak = max(abs(values).max() for values in found.rows.values())
    assert abs(together).max() <= 1e-9 * peak


def test_dividends_and_calls_are_what_the_project_makes(model: Model) -> None:
    """Over its life the venture pays out what it earns: all that it receives from funders and pays them is its net cash flow.

    In money of the day: cash that a company holds keeps its face value, and so loses some of its real value.
    """
    run = model.run
    financing = [f"party.venture.{account.value}" for account in Account if account.financing]
    nominal = (1 + (model.deal.inflation or 0)) ** np.array(model.graph.timeline.since(model.deal.base_month))
    index = nominal if model.deal.basis == "real" else 1.0
    partners = sum((run.single(name) * index).sum() for name in financing if name in model.graph.rows)
    assert partners == pytest.approx(-(run.single("party.venture.cash") * index).sum(), rel=1e-9)


def test_kasanga_is_what_it_says_it_is() -> None:
    model = build(load("kasanga"))
    run, labels = model.run, model.graph.timeline.labels
    operating = [label for label, ore in zip(labels, run.single("measures.ore"), strict=True) if ore > 0]
    building = [label for label, spent in zip(labels, run.single("party.venture.capex"), strict=True) if spent < 0]
    assert (building, len(operating), operating[0]) == (["2027", "2028", "2029"], 18, "2030")
    assert run.single("company.register.interest_plateau") == pytest.approx(0.15)
    assert run.single("party.plateau.cash").min() > -1e-9, "the state company never pays"
    carried = run.single("carry.carried").sum()
    calls = -run.single("party.plateau.calls")[:3].sum()
    assert carried == pytest.approx(calls, rel=1e-12)
    taken = run.single("offtake.taken").sum() / run.single("offtake.available").sum()
    assert taken == pytest.approx(0.4)


def test_a_carry_is_worth_nothing_at_its_own_rate() -> None:
    """terms.md C6: at the carry's rate, a carry that is repaid in full moves no value (advances and repayments net to nil)."""
    model = build(load("kasanga"))
    run = model.run
    periods = np.arange(1, 24)
    net = (run.single("carry.repayment") - run.single("carry.carried")) * 1.08**-periods
    assert run.single("carry.written_off").sum() == 0
    assert net.sum() == pytest.approx(0.0, abs=1e-9)


def test_casino_line_by_line() -> None:
    """Published Table 22-6 against the deal: every difference has one of three causes, and they add up to all of it.

    1. Revenue is printed metal (rounded to 1,000 lb or oz) at the printed prices: within 1.4 USDm a year before tax.
    2. Tax of the first year in which any is due (2028) is 7.25 USDm lower as published: an opening pool of deductions of
       26.9 USDm that the study does not disclose.
    3. Tax of other years follows from 1: within 0.37 USDm.
    """
    published = json.loads((DATA / "casino_published.json").read_text(encoding="utf-8"))
    model = build(load("casino"))
    tax = -model.run.single("income_tax.paid")
    after = model.run.single("party.venture.cash")
    before_differs = (after - tax) - np.array(published["pre_tax"])
    tax_differs = tax - np.array(published["tax"])
    first = 2028 - 2022
    assert abs(before_differs).max() < 1.4
    assert tax_differs[first] == pytest.approx(-7.25, abs=0.01)
    assert abs(np.delete(tax_differs, first)).max() < 0.37
    factors = 1.08 ** -np.arange(1.0, 37.0)
    npv = published["published"]["npv_post_usd"] / 1e6
    printed = (factors * np.array(published["after_tax"])).sum()
    assert printed == pytest.approx(npv, rel=3e-7), "the printed rows give the printed value at the end of each year"
    found = model.run.single("party.venture.value").sum()
    causes = [(factors * before_differs).sum(), (factors * tax_differs)[first]]
    others = (factors * tax_differs).sum() - causes[1]
    own = np.array(published["after_tax"]) - np.array(published["pre_tax"]) - np.array(published["tax"])
    assert abs(own).max() < 0.001, "the printed rows add up, but for their own rounding to C$1,000"
    assert found == pytest.approx(printed - (factors * own).sum() + causes[0] + causes[1] + others, abs=1e-9)
    assert [round(one, 2) for one in (causes[0], causes[1], others)] == [1.23, -4.23, -0.12]
    assert found == pytest.approx(npv, rel=0.0018)
    irr = party_metrics(after, model.graph.timeline.times, None, 0.08)["irr"]
    assert irr == pytest.approx(published["published"]["irr_post"], abs=0.0005)


def test_tamber_survives_its_ban() -> None:
    """The prepayment is repaid, cash is never negative, every owner gains; metal is sold once, and what the ban keeps is sold later."""
    model = build(load("tamber"))
    run = model.run
    assert run.single("ban.held_back").sum() > 0
    assert run.single("ban.released").sum() == pytest.approx(run.single("ban.held_back").sum())
    assert run.single("party.venture.balance").min() > -1e-9
    assert run.single("prepayment.closing")[-1] == pytest.approx(0, abs=1e-9)
    for party in ("tamber", "anode", "resources"):
        assert run.single(f"party.{party}.value").sum() > 0, party
    assert (run.single("contract.taken") <= run.single("contract.available") + 1e-9).all()
    paid, taken = run.single("contract.paid_for").sum(), run.single("contract.taken").sum()
    kept = run.single("contract.make_up.closing")[-1] + run.single("contract.make_up.lapsed").sum()
    assert paid - taken == pytest.approx(kept, abs=1e-6)
    assert run.single("contract.made_up").sum() > 0
    assert run.single("collar.paid").sum() > 0
    assert run.single("collar.to_date")[-1] <= 45


def test_kasanga_has_what_cooperation_brings() -> None:
    """The process raises recovery, the agency holds cobalt within its room, the guarantee covers, the trust receives its levy."""
    run = build(load("kasanga")).run
    assert run.single("process.gain_cobalt")[-1] == pytest.approx(0.04 * 0.8)
    assert 0 < run.single("cobalt_reserve.closing").max() <= 5000
    assert run.single("cobalt_reserve.closing").min() >= 0
    assert run.single("guarantee.claim").sum() > 0
    assert run.single("party.community.cash").sum() > 0
    assert run.single("cobalt_supply.risk_with")[0] < run.single("cobalt_supply.risk")[0]
