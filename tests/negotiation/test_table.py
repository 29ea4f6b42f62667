"""Zones, exchanges, bargaining on risk, votes and rounds of a whole deal, each against another route to the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jvmodel.analysis.breakeven import breakevens
from jvmodel.analysis.scenarios import Scenarios
from jvmodel.analysis.simulate import simulate
from jvmodel.analysis.spread import expected_shortfall
from jvmodel.analysis.study import Study
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.negotiation.bargaining import Solution
from jvmodel.negotiation.exchange import curves, trade
from jvmodel.negotiation.frontier import frontier
from jvmodel.negotiation.rounds import log
from jvmodel.negotiation.settlement import settlement
from jvmodel.negotiation.table import Table, certainty_equivalent, table
from jvmodel.negotiation.votes import matters
from jvmodel.negotiation.zone import joint_zone, zones
from jvmodel.report.summary import metrics_of

DATA = Path(__file__).parents[1] / "data"
SHARE = "terms.company.interests.plateau:northvale"


@pytest.fixture(scope="module")
def kasanga() -> Table:
    return table("kasanga")


def test_zones_end_where_breakevens_lie(kasanga: Table) -> None:
    study = Study("kasanga")
    for zone in zones(kasanga):
        unknown = zone.unknown
        for seat in kasanga.seats:
            (found,) = breakevens(study, unknown.path, [f"{seat.party}.npv"], seat.walk_away, (unknown.low, unknown.high))
            edges = [edge for span in zone.accepted[seat.party] for edge in span]
            inside = [edge for edge in edges if unknown.low < edge < unknown.high]
            assert inside == pytest.approx(list(found.roots), abs=1e-8)
        low, high = zone.zone[0]
        ends = [zone.accepted[seat.party][0] for seat in kasanga.seats]
        assert (low, high) == pytest.approx((max(one[0] for one in ends), min(one[1] for one in ends)))


def test_no_zone_names_who_fails_and_by_how_much(kasanga: Table) -> None:
    greedy = replace(kasanga, seats=tuple(replace(seat, walk_away=seat.walk_away + 400) for seat in kasanga.seats))
    zone = next(one for one in zones(greedy) if one.unknown.path == SHARE)
    assert zone.zone == ()
    shares = np.linspace(zone.unknown.low, zone.unknown.high, 2001)
    worth = Study("kasanga").figures({SHARE: shares}, greedy.figures)
    gains = np.stack([worth[figure] for figure in greedy.figures], axis=1) - greedy.walk_away
    best = int((gains / greedy.game.stakes).min(axis=1).argmax())
    assert zone.nearest == pytest.approx(shares[best], abs=2e-4)
    model = build(load("kasanga", [f"{SHARE}={zone.nearest!r}"]))
    lacking = {seat.party: seat.walk_away - metrics_of(model, seat.party)["npv"] for seat in greedy.seats}
    assert zone.fails == max(lacking, key=lambda party: lacking[party])
    assert zone.short == pytest.approx(lacking[zone.fails], abs=1e-6)
    found = settlement(greedy)
    assert not found.agreement
    assert found.nearest is not None
    assert joint_zone(greedy).share == 0
    assert all(lacks >= 0 for lacks in found.shortfall.values())
    assert max(found.shortfall.values()) > 0


def test_solutions_put_back_into_the_deal(kasanga: Table) -> None:
    found = settlement(kasanga)
    assert found.agreement
    for one in found.solutions.values():
        model = build(load("kasanga", [f"{path}={value:.17g}" for path, value in one.terms.items()]))
        for seat in kasanga.seats:
            assert one.worth[seat.party] == pytest.approx(metrics_of(model, seat.party)["npv"], abs=1e-7)
            assert one.gain[seat.party] >= -1e-5
    equal = found.solutions["egalitarian"]
    gains = [equal.gain[seat.party] / seat.power for seat in kasanga.seats]
    assert max(gains) - min(gains) < 1e-3 * max(gains)


def test_everybody_fares_alike_at_the_end_of_a_ridge(kasanga: Table) -> None:
    """Second method: the deal built with the terms printed. The search had stopped a quarter of a point of interest short."""
    found = settlement(kasanga)
    one = found.solutions["kalai_smorodinsky"]
    model = build(load("kasanga", [f"{path}={value:.17g}" for path, value in one.terms.items()]))
    shares = [
        (metrics_of(model, seat.party)["npv"] - seat.walk_away) / (found.ideal[seat.party] - seat.walk_away)
        for seat in kasanga.seats
    ]
    assert shares == pytest.approx([shares[0]] * 3, rel=1e-6)


def test_no_package_near_nash_has_a_greater_product(kasanga: Table) -> None:
    nash = settlement(kasanga).solutions["nash"]
    power = kasanga.game.power
    at = (np.array(list(nash.terms.values())) - kasanga.space.low) / kasanga.space.span
    draw = np.random.default_rng(3)
    near = np.clip(at + draw.normal(scale=0.05, size=(300, len(at))), 0, 1)
    gains = kasanga.worth(np.vstack([at[None], near])) - kasanga.walk_away
    product = np.where((gains > 0).all(axis=1), (np.maximum(gains, 1e-12) ** power).prod(axis=1), 0.0)
    assert product[0] >= product[1:].max() * (1 - 1e-6)


def test_exchange_of_worked_example_11(tmp_path: Path) -> None:
    """2.59 points of interest for a point of royalty: A holds 55% of 200 less a royalty of 1% on a base of 900."""
    example = json.loads((DATA / "example_11_bargaining.json").read_text(encoding="utf-8"))
    given = example["inputs"]["tradeoff"]
    path = tmp_path / "example.yaml"
    path.write_text(
        f"""
deal: Worked example 11
timeline: {{start: 2027, periods: 1, discounting: begin}}
discount_rate: 0%
parties:
  a: {{name: A, role: partner, discount_rate: 0%}}
  b: {{name: B, role: partner, discount_rate: 0%}}
  c: {{name: C, role: royalty holder, discount_rate: 0%}}
terms:
  - {{kind: other_revenue, name: sales, amount: {given["pv_royalty_base"]}}}
  - {{kind: operating_cost, name: costs, amount: {given["pv_royalty_base"] - given["pv_net"]}}}
  - {{kind: licence_fee, name: royalty, licensor: c, of_revenue: {given["q0"]}, own_cost: 0%}}
  - {{kind: unincorporated_venture, name: joint, interests: {{a: {given["s0"]}, b: {1 - given["s0"]}}}}}
""",
        encoding="utf-8",
    )
    found = trade(table(path, terms=["terms.royalty.of_revenue=0%:5%", "terms.joint.interests.a=30%:80%"]))
    exchange = next(one for one in found.exchanges if one.given == "terms.royalty.of_revenue")
    assert exchange.slope["a"] is not None
    assert exchange.slope["a"] / exchange.step == pytest.approx(
        example["expected"]["interest_points_per_royalty_point"], abs=1e-9
    )
    # a whole point: s × (200 − 900 × 2%) = 0.55 × 191
    assert exchange.finite["a"] == pytest.approx(0.55 * 191 / 182 - 0.55, abs=1e-9)
    assert exchange.finite["b"] == pytest.approx(-(0.45 * 191 / 182 - 0.45), abs=1e-9)


def test_exchanges_leave_a_party_as_it_was(kasanga: Table) -> None:
    found = trade(kasanga)
    base = {one.path: one.lever.base for one in kasanga.space.unknowns}
    now = Study("kasanga").figures({}, [f"{party}.npv" for party in kasanga.parties])
    for one in found.exchanges:
        for party, moved in one.finite.items():
            if moved is None:
                continue
            changes = [f"{one.given}={base[one.given] + one.step:.17g}", f"{one.got}={base[one.got] + moved:.17g}"]
            value = metrics_of(build(load("kasanga", changes)), party)["npv"]
            assert value == pytest.approx(now[f"{party}.npv"][0], abs=1e-6)
    for swap in found.swaps:
        changes = [f"{swap.term}={base[swap.term] + swap.step:.17g}", f"{swap.paid}={base[swap.paid] + swap.by:.17g}"]
        model = build(load("kasanga", changes))
        for party in (swap.giver, swap.taker):
            assert metrics_of(model, party)["npv"] > now[f"{party}.npv"][0]


def test_curves_and_frontier_of_a_deal(kasanga: Table) -> None:
    both = curves(kasanga, 0, 1, 9)
    now = kasanga.worth(kasanga.space.base[None])[0]
    for place, party in enumerate(kasanga.parties):
        for x, y in zip(both.xs, both.curves[party], strict=True):
            if np.isfinite(y):
                point = kasanga.space.base.copy()
                point[0], point[1] = (x - both.x.low) / (both.x.high - both.x.low), (y - both.y.low) / (both.y.high - both.y.low)
                assert kasanga.worth(point[None])[0, place] == pytest.approx(now[place], abs=1e-6)
    edge = frontier(kasanga, 1_000)
    assert edge.worth == pytest.approx(kasanga.worth(edge.points))
    assert all(room >= 0 for room in edge.room.values())


def test_worth_on_risk_is_that_of_a_simulation() -> None:
    on_risk = replace(table("kasanga"), trials=256).with_risk()
    (worth,) = on_risk.worth(on_risk.space.base[None])
    assert on_risk.scenarios is not None
    trials = simulate(on_risk.scenarios, workers=1)
    for place, seat in enumerate(on_risk.seats):
        values = trials.columns[f"{seat.party}.npv"]
        expected = values.mean() - seat.risk_price * max(0.0, expected_shortfall(values, on_risk.confidence))
        assert worth[place] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("path", "value"), [
    ("prices.copper.flat", 8500.0), ("prices.copper", 10_000.0), ("terms.administration.amount.flat", 60.0),
])  # fmt: skip
def test_a_term_that_risks_move_is_drawn_around_what_is_agreed(path: str, value: float) -> None:
    """Copper follows a path around its price, and administration is drawn as a factor: as simulated with the number set."""
    laid = table("kasanga", (), [f"{path}={0.7 * value!r}:{1.3 * value!r}"])
    on_risk = replace(laid, trials=128).with_risk()
    (worth,) = on_risk.worth(np.array([[0.5]]))
    number = path if path.endswith(".flat") else f"{path}.flat"
    trials = simulate(Scenarios.of("kasanga", [f"{number}={value!r}"], trials=128), workers=1)
    for place, seat in enumerate(on_risk.seats):
        values = trials.columns[f"{seat.party}.npv"]
        expected = values.mean() - seat.risk_price * max(0.0, expected_shortfall(values, on_risk.confidence))
        assert worth[place] == pytest.approx(expected, rel=1e-9)


def test_what_is_certain_costs_nothing() -> None:
    outcomes = np.array([[[5.0, -10.0], [5.0, 0.0], [5.0, 20.0], [5.0, 30.0]]])
    found = certainty_equivalent(outcomes, np.array([0.5, 0.5]), 0.75)
    assert found.tolist() == [[5.0, 10.0 - 0.5 * 10.0]]
    # a tail of 1.6 trials: the worst, and six tenths of the next
    assert certainty_equivalent(outcomes, np.array([0.5, 0.5]), 0.6).tolist() == [[5.0, 10.0 - 0.5 * 10.0 / 1.6]]


def test_a_walk_away_value_is_that_of_the_deal_done_alone(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("base: kasanga\nchanges: {negotiation.parties.northvale.walk_away: alone.yaml}\n", encoding="utf-8")
    alone = tmp_path / "alone.yaml"
    alone.write_text("base: kasanga\nchanges: {prices.copper.flat: 8000}\n", encoding="utf-8")
    with pytest.raises(Exception, match="there is no such file"):
        table(path)  # beside the base deal, not beside the proposal
    path.write_text(path.read_text(encoding="utf-8").replace("alone.yaml", str(alone)), encoding="utf-8")
    seats = {seat.party: seat.walk_away for seat in table(path).seats}
    assert seats["northvale"] == pytest.approx(
        metrics_of(build(load("kasanga", ["prices.copper.flat=8000"])), "northvale")["npv"]
    )
    assert seats["tansei"] == 450
    # prices and rates hold for both deals, terms for the one on the table; a price that the other does not know is none of its
    alone.write_text("base: kasanga\n", encoding="utf-8")
    told = ["prices.copper.flat=8500", "parties.northvale.discount_rate=9%", "terms.royalty.rate=6%"]
    seats = {seat.party: seat.walk_away for seat in table(path, told).seats}
    assert seats["northvale"] == pytest.approx(metrics_of(build(load("kasanga", told[:2])), "northvale")["npv"])


def test_who_can_block_what() -> None:
    found = {one.matter: one for one in matters(load("kasanga"))}
    scope = found["change of scope"]  # 20, 55 and 25 votes, 67 needed
    assert (scope.blocking, scope.carrying) == (("northvale",), (("plateau", "northvale"), ("northvale", "tansei")))
    assert scope.shapley_shubik == pytest.approx({"plateau": 1 / 6, "northvale": 4 / 6, "tansei": 1 / 6})
    assert found["offtake to a partner"].blocking == ("northvale", "tansei")
    assert matters(load("starter")) == ()


def test_the_log_of_rounds() -> None:
    found = log(["kasanga_rounds/6_signature"])
    assert [one.by for one in found.rounds] == ["plateau", "northvale", "tansei", "plateau", "northvale", "all parties"]
    base = {party: metrics_of(build(load("kasanga")), party)["npv"] for party in found.parties}
    before = base
    for one in found.rounds:
        model = build(load(one.file))
        worth = {party: metrics_of(model, party)["npv"] for party in found.parties}
        assert one.worth == pytest.approx(worth, abs=1e-9)
        assert one.change == pytest.approx({party: worth[party] - before[party] for party in worth}, abs=1e-9)
        assert one.since == pytest.approx({party: worth[party] - base[party] for party in worth}, abs=1e-9)
        before = worth
    state, again = found.rounds[0], found.rounds[3]
    assert (state.given, state.rate) == (None, None)
    assert again.given == pytest.approx(state.worth["plateau"] - again.worth["plateau"])
    others = sum(again.worth[party] - state.worth[party] for party in ("northvale", "tansei"))
    assert again.rate == pytest.approx(again.given / others)
    assert len({one.fingerprint for one in found.rounds}) == 6
    listed = log(["kasanga", "kasanga_rounds/1_state", "kasanga_rounds/2_operator"])
    assert [one.worth for one in listed.rounds] == [one.worth for one in found.rounds[:2]]
    with pytest.raises(GraphError, match="kasanga is a deal, not a proposal; name the last round"):
        log(["kasanga"])


def test_a_table_needs_terms_and_parties_of_the_deal() -> None:
    with pytest.raises(GraphError, match="the deal does not say which terms may move; name them with --terms PATH=LOW:HIGH"):
        table("three_states")
    assert [seat.walk_away for seat in table("three_states", terms=["terms.magnet_offtake.discount=0%:5%"]).seats] == [0.0] * 5
    with pytest.raises(
        GraphError, match=r"terms.sustaining.stops shapes the model, which is built anew for each value, so it cannot"
    ):
        table("kasanga", terms=["terms.sustaining.stops=0:6"])


QUARTERLY = DATA / "quarterly.yaml"
ROYALTY, CARRY = "terms.royalty.rate", "terms.carry.rate"


def worth_by_hand(party: str, royalty: float = 0.03, carry: float = 0.08) -> float:
    return float(metrics_of(build(load(QUARTERLY, [f"{ROYALTY}={royalty!r}", f"{CARRY}={carry!r}"])), party)["npv"])


def test_a_deal_outside_of_the_bounds_on_the_table_stays_what_it_is() -> None:
    """The royalty is 3%, and 5% to 8% are talked about: changes, prices and zones begin at 3%."""
    laid = table(QUARTERLY, (), [f"{ROYALTY}=5%:8%", f"{CARRY}=0%:20%"])
    now = {party: worth_by_hand(party) for party in laid.parties}
    assert settlement(laid).base.worth == pytest.approx(now, abs=1e-9)
    assert settlement(laid).base.terms == pytest.approx({ROYALTY: 0.03, CARRY: 0.08})
    found = trade(laid)
    for price, moved in zip(found.prices, ({"royalty": 0.04}, {"carry": 0.09}), strict=True):
        assert price.worth == pytest.approx(
            {party: worth_by_hand(party, **moved) - now[party] for party in laid.parties}, abs=1e-9
        )
    exchange = next(one for one in found.exchanges if one.given == ROYALTY)
    for party, moved_by in exchange.finite.items():
        assert moved_by is not None
        assert worth_by_hand(party, 0.04, 0.08 + moved_by) == pytest.approx(now[party], abs=1e-6)
    walk_away = {"ann": 15.0, "bob": 22.0, "cat": 9.3}
    firm = replace(laid, seats=tuple(replace(seat, walk_away=walk_away[seat.party]) for seat in laid.seats))
    carry = zones(firm)[1]
    grid = np.linspace(0, 0.2, 401)
    fine = [at for at in grid if all(worth_by_hand(party, 0.03, float(at)) >= least for party, least in walk_away.items())]
    ((low, high),) = carry.zone
    assert (low, high) == pytest.approx((fine[0], fine[-1]), abs=5e-4)


def test_the_slope_at_the_end_of_a_latitude_is_a_slope() -> None:
    """By differences of deals built by hand, both sides of an end that is no bound of the number itself."""
    found = trade(table(QUARTERLY, (), [f"{ROYALTY}=3%:8%", f"{CARRY}=8%:20%"]))
    for price, term in zip(found.prices, ("royalty", "carry"), strict=True):
        base, nudge = {"royalty": 0.03, "carry": 0.08}[term], 1e-5
        for party, slope in price.slope.items():
            up, down = (worth_by_hand(party, **{term: base + step}) for step in (nudge, -nudge))
            assert slope == pytest.approx((up - down) / (2 * nudge), rel=1e-5)


def test_an_exchange_takes_no_more_than_there_is_and_touches_only_whom_it_touches() -> None:
    split = table(QUARTERLY, (), ["terms.company.interests"])
    base = {"ann": 0.5, "bob": 0.3}
    for one in trade(split).exchanges:
        given, got = (path.rpartition(".")[2] for path in (one.given, one.got))
        for party, moved in one.finite.items():
            if moved is None:
                continue
            ann, bob = ({given: base[given] + one.step, got: base[got] + moved}[party] for party in ("ann", "bob"))
            assert ann + bob <= 1 + 1e-12
            shares = {"ann": ann, "bob": bob, "cat": 1 - ann - bob}
            changes = [f"terms.company.interests.{name}={share!r}" for name, share in shares.items()]
            value = metrics_of(build(load(QUARTERLY, changes)), party)["npv"]
            assert value == pytest.approx(metrics_of(build(load(QUARTERLY)), party)["npv"], abs=1e-6)
    laid = table(QUARTERLY, (), [f"{ROYALTY}=0%:8%", f"{CARRY}=0%:20%"])
    watched = replace(laid, seats=(*laid.seats, replace(laid.seats[0], party="idle"), replace(laid.seats[0], party="state")))
    exchange = next(one for one in trade(watched).exchanges if one.given == ROYALTY)
    assert exchange.finite["idle"] is exchange.finite["state"] is None
    assert np.isnan(curves(watched, 0, 1, 9).curves["idle"]).all()


def test_terms_reach_as_far_as_everybody_accepts() -> None:
    """No package of a large random sample reaches further, and each end is a package that everybody accepts."""
    laid = table(QUARTERLY, (), [f"{ROYALTY}=0%:8%", f"{CARRY}=0%:20%", "terms.company.interests.bob:cat=20%:45%"])
    walk_away = {"ann": 17.0, "bob": 23.0, "cat": 10.3}
    firm = replace(laid, seats=tuple(replace(seat, walk_away=walk_away[seat.party]) for seat in laid.seats))
    found = joint_zone(firm)
    points = np.random.default_rng(5).random((20_000, 3))
    good = (firm.worth(points) >= firm.walk_away).all(axis=1)
    assert found.share == pytest.approx(good.mean(), abs=0.005)
    values = firm.space.values(points[good])
    for number, (low, high) in enumerate(found.spans.values()):
        assert low <= values[:, number].min()
        assert high >= values[:, number].max()
        fixed = replace(firm.space.unknowns[number], low=high - 1e-6, high=high)
        edge = replace(firm, space=replace(firm.space, unknowns=tuple(
            fixed if place == number else one for place, one in enumerate(firm.space.unknowns)
        )))  # fmt: skip
        assert edge.game.agreement


def test_the_room_left_is_no_less_than_that_of_a_grid() -> None:
    terms = [SHARE, "terms.carry.rate", "terms.offtake.discount", "terms.royalty.rate"]
    laid = table("kasanga", ("terms.royalty.rate=5%",), terms)
    steps = np.linspace(0, 1, 13)
    worth = laid.worth(np.stack([one.ravel() for one in np.meshgrid(*[steps] * 4)], axis=1))
    (now,) = laid.worth(laid.space.base[None])
    found = frontier(laid, 2_000)
    for place, party in enumerate(laid.parties):
        kept = (np.delete(worth, place, axis=1) >= np.delete(now, place)).all(axis=1)
        assert found.room[party] >= (worth[kept, place] - now[place]).max() > 20


@pytest.mark.parametrize("terms", [(f"{ROYALTY}=0%:8%:1%", f"{CARRY}=0%:20%:2%", "terms.company.interests.bob:cat=20%:45%:5%"),
                                   (f"{ROYALTY}=0%:8%:1%", f"{CARRY}=0%:20%")])  # fmt: skip
def test_terms_that_move_in_steps_settle_on_a_step(terms: tuple[str, ...]) -> None:
    """Against every package of steps (and of 401 values of what moves freely), scored in plain words of each solution."""
    laid = table(QUARTERLY, (), terms)
    walk_away = {"ann": 17.2, "bob": 23.5, "cat": 10.3}
    firm = replace(laid, seats=tuple(replace(seat, walk_away=walk_away[seat.party]) for seat in laid.seats))
    steps = [one.lattice() if one.step else np.linspace(one.low, one.high, 401) for one in firm.space.unknowns]
    packages = np.stack([one.ravel() for one in np.meshgrid(*steps)], axis=1)
    worth = firm.worth((packages - firm.space.low) / firm.space.span)
    gains = worth - firm.walk_away
    fine = (gains >= 0).all(axis=1)
    found = settlement(firm)
    ideal = np.array(list(found.ideal.values())) - firm.walk_away
    assert (ideal >= gains[fine].max(axis=0) - 1e-9).all()
    scores: dict[Solution, Callable[[np.ndarray], float]] = {
        Solution.NASH: lambda gain: float(np.prod(gain)),
        Solution.KALAI_SMORODINSKY: lambda gain: float((gain / ideal).min()),
        Solution.EGALITARIAN: lambda gain: float(gain.min()),
        Solution.UTILITARIAN: lambda gain: float(gain.sum()),
    }
    for which, score in scores.items():
        one = found.solutions[which]
        for unknown in firm.space.unknowns:
            if unknown.step:
                assert np.abs(unknown.lattice() - one.terms[unknown.path]).min() < 1e-12
        assert min(one.gain.values()) >= -1e-9
        assert score(np.array(list(one.gain.values()))) >= max(map(score, gains[fine])) - 1e-9
    together = joint_zone(firm)
    assert together.share == pytest.approx(fine.mean(), abs=0.01)
    for unknown, (low, high) in zip(firm.space.unknowns, together.spans.values(), strict=True):
        values = packages[fine, firm.space.unknowns.index(unknown)]
        assert (low, high) == pytest.approx((values.min(), values.max()), abs=1e-9 if unknown.step else 0.01)
    edge = frontier(firm, 1_000)
    assert firm.space.on_steps(edge.points) == pytest.approx(edge.points, abs=1e-12)
    assert edge.worth == pytest.approx(firm.worth(edge.points))


def test_no_agreement_on_steps_though_there_is_one_between_them() -> None:
    laid = table(QUARTERLY, (), [f"{CARRY}=0%:20%:5%"])
    between = {party: worth_by_hand(party, carry=0.0837) - 0.05 for party in laid.parties}
    firm = replace(laid, seats=tuple(replace(seat, walk_away=between[seat.party]) for seat in laid.seats))
    found = settlement(firm)
    assert firm.game.agreement
    assert not found.agreement
    assert found.nearest is not None
    assert found.nearest.terms[CARRY] == pytest.approx(0.1)
    worth = {party: worth_by_hand(party, carry=0.1) for party in laid.parties}
    assert found.shortfall == pytest.approx({party: max(0.0, between[party] - worth[party]) for party in laid.parties}, abs=1e-9)


def test_a_zone_between_two_steps_of_the_scan(tmp_path: Path) -> None:
    """−1,000, 2,205 and −1,215.5 are worth more than nothing between 10% and 10.5% only; the scan has steps of 1.24 points."""
    path = tmp_path / "narrow.yaml"
    path.write_text(
        """
deal: Narrow
timeline: {start: 2027, periods: 3, discounting: begin}
discount_rate: 10%
parties: {a: {name: A, role: operator, discount_rate: 10.2%}, b: {name: B, role: partner, discount_rate: 10%}}
terms:
  - {kind: capital_cost, name: build, amount: {2027: 1000, 2029: 1215.5}}
  - {kind: other_revenue, name: income, amount: {2028: 2205}}
  - {kind: incorporated_venture, name: company, interests: {a: 100%, b: 0%}}
""",
        encoding="utf-8",
    )
    laid = table(path, (), ["parties.a.discount_rate=1%:100%"])
    ((low, high),) = next(iter(zones(laid))).accepted["a"]
    assert (low, high) == pytest.approx((0.10, 0.105), abs=1e-8)
