"""Solves: worked example 18, and answers put back into the deal file, which then meets its targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jvmodel.analysis.study import Study
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.negotiation.solving import AGAINST, Solve, solve
from jvmodel.negotiation.table import table
from jvmodel.negotiation.targets import targets
from jvmodel.negotiation.unknowns import unknowns
from jvmodel.report.summary import metrics_of

DATA = Path(__file__).parents[1] / "data"
EXAMPLE = json.loads((DATA / "example_18_equal_returns_split.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kasanga() -> Study:
    return Study("kasanga")


def answer(study: Study, vary: list[str], goals: list[str]) -> Solve:
    return solve(
        study,
        [one for text in vary for one in unknowns(study, text)],
        [one for text in goals for one in targets(study.model, text)],
    )


def put_back(values: dict[str, float], giver: str = "") -> dict[str, dict[str, Any]]:
    """Metrics of every party of the deal changed in its file to the values of a solution."""
    changes = [f"{path}{f':{giver}' if 'interests' in path else ''}={value:.17g}" for path, value in values.items()]
    model = build(load("kasanga", changes))
    return {party: metrics_of(model, party) for party in model.parties}


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The project of worked example 18: A has 60% and B 40%; B first pays A's calls up to a carry."""
    given = EXAMPLE["inputs"]
    flows = {2027 + number: flow for number, flow in enumerate(given["project_100pct"])}
    outlay = ", ".join(f"{year}: {-flow}" for year, flow in flows.items() if flow < 0)
    income = ", ".join(f"{year}: {flow}" for year, flow in flows.items() if flow > 0)
    path = tmp_path_factory.mktemp("example") / "split.yaml"
    path.write_text(
        f"""
deal: Worked example 18
timeline: {{start: 2027, periods: {len(flows)}, discounting: begin}}
discount_rate: 10%
parties:
  a: {{name: A, role: operator, discount_rate: {given["rate_A"]}}}
  b: {{name: B, role: partner, discount_rate: {given["rate_B"]}}}
terms:
  - {{kind: capital_cost, name: build, amount: {{{outlay}}}}}
  - {{kind: other_revenue, name: income, amount: {{{income}}}}}
  - {{kind: incorporated_venture, name: company, interests: {{a: {1 - given["interest_B"]}, b: {given["interest_B"]}}}}}
  - {{kind: free_carry, name: carry, carried: a, carriers: {{b: 100%}}, cap: 0}}
""",
        encoding="utf-8",
    )
    return Study(path)


def test_the_carry_that_costs_b_three_points_of_return(split: Study) -> None:
    expected = EXAMPLE["expected"]
    found = answer(split, ["terms.carry.cap=0:120"], ["b.irr=venture.irr-3%"])
    (terms,) = found.solutions
    assert terms.values["terms.carry.cap"] == pytest.approx(expected["carry_for_B_irr_3_points_below_project"], abs=1e-9)
    assert [terms.value["a"], terms.value["b"]] == pytest.approx(expected["npv_A_B_at_carry"], abs=1e-8)
    assert split.figures(terms.values, ["a.irr"])["a.irr"][0] == pytest.approx(expected["irr_A_at_carry"], abs=1e-9)


def test_the_interest_below_which_b_walks_away_and_a_return_out_of_reach(split: Study, tmp_path: Path) -> None:
    expected = EXAMPLE["expected"]
    carried = Study(split.path, ("terms.carry.cap=50",))
    found = answer(carried, ["terms.company.interests.b=5%:95%"], ["b.npv=0"])
    (terms,) = found.solutions
    assert list(terms.values.values()) == pytest.approx([expected["B_reservation_interest_at_carry_50"]], abs=1e-9)
    example = expected["bracket_failure_example"]
    found = answer(carried, ["terms.company.interests.b=20%:90%"], [f"b.irr={example['target_irr_B']}"])
    assert (found.status, found.binds) == ("unattainable", ("terms.company.interests.b is at its high end",))
    low, _, high = example["irr_B_at_s_0.2_0.5_0.9"]
    assert found.reach["b.irr"] == pytest.approx((low, high), abs=1e-8)


def test_one_unknown_put_back_into_the_deal_meets_its_target(kasanga: Study) -> None:
    found = answer(kasanga, ["terms.company.interests.plateau:northvale=5%:60%"], ["plateau.npv=700"])
    assert (found.status, len(found.solutions)) == ("solved", 1)
    ((path, value),) = found.solutions[0].values.items()
    model = build(load("kasanga", [f"{path}={value:.17g}"]))
    assert metrics_of(model, "plateau")["npv"] == pytest.approx(700, abs=1e-7)


def test_the_split_that_gives_all_partners_the_same(kasanga: Study) -> None:
    found = answer(kasanga, ["terms.company.interests"], ["equal:npv"])
    assert found.status == "solved"
    metrics = put_back(found.solutions[0].values, giver="tansei")
    assert metrics["plateau"]["npv"] == pytest.approx(metrics["northvale"]["npv"], abs=1e-6)
    assert metrics["tansei"]["npv"] == pytest.approx(metrics["northvale"]["npv"], abs=1e-6)


def test_the_same_value_for_each_dollar_of_funding(split: Study) -> None:
    """Without carry both pay and get in one proportion, so each dollar is worth the same to both at the same discount rate."""
    found = answer(split, ["parties.a.discount_rate=2%:30%"], ["equal:npv/peak_funding"])
    assert [one.values["parties.a.discount_rate"] for one in found.solutions] == pytest.approx(
        [EXAMPLE["inputs"]["rate_B"]], abs=1e-10
    )


def test_three_terms_for_three_targets(kasanga: Study) -> None:
    vary = ["terms.company.interests.plateau:northvale=5%:40%", "terms.carry.rate=0%:15%", "terms.offtake.discount=0%:10%"]
    wanted = put_back({"terms.carry.rate": 0.06, "terms.offtake.discount": 0.03})
    goals = [f"{party}.npv={wanted[party]['npv']:.17g}" for party in ("plateau", "northvale", "tansei")]
    found = answer(kasanga, vary, goals)
    assert found.status in ("solved", "several")
    known = {vary[0].partition("=")[0]: 0.15, "terms.carry.rate": 0.06, "terms.offtake.discount": 0.03}
    assert any(one.values == pytest.approx(known, abs=1e-7) for one in found.solutions)
    for one in found.solutions:
        assert all(abs(left) < 1e-6 for left in one.missed.values())


def test_out_of_reach_says_the_nearest_and_what_binds(kasanga: Study) -> None:
    vary = "terms.company.interests.plateau:northvale=10%:30%"
    found = answer(kasanga, [vary], ["northvale.irr=30%"])
    low, high = (put_back({"terms.company.interests.plateau": end}, giver="northvale")["northvale"]["irr"] for end in (0.1, 0.3))
    assert (found.status, found.solutions) == ("unattainable", ())
    assert found.reach["northvale.irr"] == pytest.approx((high, low), rel=1e-9)
    assert found.nearest is not None
    assert found.nearest.values == {"terms.company.interests.plateau:northvale": pytest.approx(0.1)}
    assert found.nearest.missed["northvale.irr=30%"] == pytest.approx(low - 0.3, rel=1e-9)
    assert found.binds == ("terms.company.interests.plateau:northvale is at its low end",)
    both = answer(kasanga, [vary, "terms.carry.rate=0%:15%"], ["northvale.irr=30%", "tansei.npv=580"])
    assert both.status == "unattainable"
    assert "terms.company.interests.plateau:northvale is at its low end" in both.binds
    shares, rates = (one.ravel() for one in np.meshgrid(np.linspace(0.1, 0.3, 11), np.linspace(0, 0.15, 11)))
    grid = kasanga.figures({"terms.company.interests.plateau:northvale": shares, "terms.carry.rate": rates}, list(both.reach))
    for figure, (least, most) in both.reach.items():
        assert least <= grid[figure].min() + 1e-9
        assert most >= grid[figure].max() - 1e-9


def test_targets_that_pull_against_each_other_are_said_to(kasanga: Study) -> None:
    """Second method: of the packages of a fine grid none comes nearer, and the nearest of them lies inside of all bounds."""
    goals = {"treasury.npv": 3200.0, "northvale.npv": 1200.0}
    vary = ["terms.royalty.rate=0%:10%", "terms.carry.rate=0%:15%"]
    found = answer(kasanga, vary, [f"{figure}={goal}" for figure, goal in goals.items()])
    assert (found.status, found.binds) == ("unattainable", (AGAINST,))
    rates, interest = (one.ravel() for one in np.meshgrid(np.linspace(0, 0.1, 81), np.linspace(0, 0.15, 81)))
    grid = kasanga.figures({"terms.royalty.rate": rates, "terms.carry.rate": interest}, list(goals))
    off = np.stack([grid[figure] - goal for figure, goal in goals.items()], axis=1)
    assert found.nearest is not None
    mine = np.array([found.nearest.missed[f"{figure}={goal}"] for figure, goal in goals.items()])
    cost = ((off / off.std(axis=0)) ** 2).sum(axis=1)
    assert ((mine / off.std(axis=0)) ** 2).sum() <= cost.min() * 1.001
    assert 0 < rates[cost.argmin()] < 0.1
    assert 0 < interest[cost.argmin()] < 0.15


def test_a_figure_that_exists_nowhere_is_said_so(kasanga: Study) -> None:
    found = answer(kasanga, ["terms.company.interests.plateau"], ["plateau.irr=15%"])
    assert (found.status, found.solutions, found.nearest) == ("undefined", (), None)
    assert found.gaps == (pytest.approx((found.unknowns[0].low, found.unknowns[0].high)),)


def test_steps(kasanga: Study) -> None:
    found = answer(kasanga, ["terms.company.interests.plateau:northvale=10%:30%:1%"], ["plateau.npv=600"])
    every = [put_back({"terms.company.interests.plateau": at / 100}, giver="northvale")["plateau"]["npv"] for at in (17, 18, 19)]
    assert (found.status, found.binds) == ("nearest", ("steps of terms.company.interests.plateau:northvale",))
    assert found.nearest is not None
    nearest = found.nearest.values["terms.company.interests.plateau:northvale"]
    assert abs(every[round(nearest * 100) - 17] - 600) == min(abs(one - 600) for one in every)


def test_every_root_of_one_unknown(tmp_path: Path) -> None:
    """1,000 laid out, 2,300 received and 1,320 laid out again are worth nothing at 10% and at 20%, as Descartes has it."""
    path = tmp_path / "two.yaml"
    path.write_text(
        """
deal: Two rates
timeline: {start: 2027, periods: 3, discounting: begin}
discount_rate: 8%
parties: {a: {name: A, role: operator, discount_rate: 8%}}
terms:
  - {kind: capital_cost, name: build, amount: {2027: 1000, 2029: 1320}}
  - {kind: other_revenue, name: income, amount: {2028: 2300}}
  - {kind: incorporated_venture, name: company, interests: {a: 100%}}
""",
        encoding="utf-8",
    )
    found = answer(Study(path), ["discount_rate=0%:60%"], ["venture.npv=0"])
    assert found.status == "several"
    assert [one.values["discount_rate"] for one in found.solutions] == pytest.approx([0.1, 0.2], abs=1e-10)
    # never worth more than 2300² / (4 × 1320) − 1000, at a rate of 2 × 1320 / 2300 − 1
    short = answer(Study(path), ["discount_rate=0%:60%"], ["venture.npv=5"])
    most = 2300**2 / (4 * 1320) - 1000
    assert short.status == "unattainable"
    assert short.nearest is not None
    assert short.nearest.values["discount_rate"] == pytest.approx(2640 / 2300 - 1, abs=1e-6)
    assert short.nearest.missed["venture.npv=5"] == pytest.approx(most - 5, abs=1e-9)
    assert short.reach["venture.npv"][1] == pytest.approx(most, abs=1e-9)


@pytest.mark.parametrize(("rates", "rents"), [("0%:40%", "0:5"), ("0%:100%", "0:20"), ("4%:80%", "0:1")])
def test_every_solution_of_two_unknowns(rates: str, rents: str, tmp_path: Path) -> None:
    """The rent follows from the state's value, then the two rates from −100 − r + (231 − r)v − (132 + r)v² = 0."""
    path = tmp_path / "two.yaml"
    path.write_text(
        """
deal: Two rates and a rent
timeline: {start: 2027, periods: 3, discounting: begin}
discount_rate: 15%
parties: {a: {name: A, role: operator, discount_rate: 15%}, state: {name: State, role: state, discount_rate: 5%}}
terms:
  - {kind: capital_cost, name: build, amount: {2027: 100}}
  - {kind: other_revenue, name: income, amount: {2028: 231}}
  - {kind: operating_cost, name: clean, amount: {2029: 132}}
  - {kind: incorporated_venture, name: company, interests: {a: 100%}}
  - {kind: scheduled_payment, name: rent, amount: 0.1, holder: state}
""",
        encoding="utf-8",
    )
    found = answer(Study(path), [f"discount_rate={rates}", f"terms.rent.amount.flat={rents}"], ["venture.npv=0", "state.npv=0.5"])
    rent = 0.5 / (1 + 1 / 1.05 + 1 / 1.05**2)
    each = np.roots([-(132 + rent), 231 - rent, -100 - rent])
    assert found.status == "several"
    assert sorted(one.values["discount_rate"] for one in found.solutions) == pytest.approx(sorted(1 / each - 1), abs=1e-7)
    assert [one.values["terms.rent.amount.flat"] for one in found.solutions] == pytest.approx([rent, rent], abs=1e-9)


def test_shares_that_are_solved_for_leave_no_more_than_there_is() -> None:
    found = answer(Study(DATA / "quarterly.yaml"), ["terms.company.interests"], ["equal:npv:ann,bob,cat"])
    assert found.status == "solved"
    (one,) = found.solutions
    ann, bob = (one.values[f"terms.company.interests.{party}"] for party in ("ann", "bob"))
    assert ann + bob < 1
    model = build(load(DATA / "quarterly.yaml", [
        f"terms.company.interests.{party}={share!r}" for party, share in (("ann", ann), ("bob", bob), ("cat", 1 - ann - bob))
    ]))  # fmt: skip
    values = [metrics_of(model, party)["npv"] for party in ("ann", "bob", "cat")]
    assert values == pytest.approx([values[0]] * 3, abs=1e-6)


@pytest.mark.parametrize(
    ("goals", "status"), [(["state.npv=400", "bob.npv=20"], "unattainable"), (["ann.npv=17.3", "bob.npv=22"], "nearest")]
)
def test_what_moves_in_steps_is_nearest_on_a_step(goals: list[str], status: str) -> None:
    """Against all packages of steps, by deals built one by one; differences by how far each can move."""
    found = answer(Study(DATA / "quarterly.yaml"), ["terms.royalty.rate=0%:8%:2%", "terms.carry.rate=0%:20%:5%"], goals)
    aims = [(goal.partition(".")[0], float(goal.partition("=")[2])) for goal in goals]
    packages = [(royalty / 100, carry / 100) for royalty in (0, 2, 4, 6, 8) for carry in (0, 5, 10, 15, 20)]
    table = np.array([
        [float(metrics_of(build(load(DATA / "quarterly.yaml", [
            f"terms.royalty.rate={royalty}", f"terms.carry.rate={carry}"
        ])), party)["npv"]) - aim for party, aim in aims]
        for royalty, carry in packages
    ])  # fmt: skip
    best = int(((table / table.std(axis=0)) ** 2).sum(axis=1).argmin())
    assert found.status == status
    assert found.nearest is not None
    assert tuple(found.nearest.values.values()) == pytest.approx(packages[best])
    assert list(found.nearest.missed.values()) == pytest.approx(table[best].tolist(), abs=1e-9)


def test_a_bound_that_binds_is_said_and_reached(kasanga: Study) -> None:
    found = answer(
        kasanga, ["terms.company.interests.plateau:northvale", "terms.carry.rate"], ["plateau.npv=600", "northvale.irr=18%"]
    )
    assert found.status == "unattainable"
    assert found.nearest is not None
    assert found.nearest.values["terms.company.interests.plateau:northvale"] == 0.1
    assert found.binds == ("terms.company.interests.plateau:northvale is at its low end",)


def test_a_share_of_the_value_on_risk() -> None:
    """The same trials run on the deal as solved: means less price of risk times expected shortfall, in the proportion asked for."""
    found = answer(
        Study("kasanga"), ["terms.company.interests.plateau:northvale=10%:30%"], ["plateau.share_of_certainty_equivalent=33%"]
    )
    assert found.status == "solved"
    (share,) = found.solutions[0].values.values()
    again = table("kasanga", [f"terms.company.interests.plateau:northvale={share:.17g}"])
    worth = again.with_risk().worth(again.space.base[None])[0]
    # the table's latitudes are those of the deal, so the base is the solution itself
    assert worth[again.parties.index("plateau")] / worth.sum() == pytest.approx(0.33, abs=1e-8)
    with pytest.raises(GraphError, match=r"treasury.certainty_equivalent: 'treasury' does not sit at the table"):
        answer(Study("kasanga"), ["terms.carry.rate"], ["treasury.certainty_equivalent=3000"])


@pytest.mark.parametrize(
    ("vary", "goal", "message"),
    [
        ("terms.royalty.rate", "treasury.npv", "--target treasury.npv: write FIGURE=VALUE, such as treasury.npv=3000, or equal:irr"),
        ("terms.royalty.rate", "equal:irrr", "--target equal:irrr: there is no metric 'irrr'; did you mean 'irr'?; use one of npv"),
        ("terms.royalty.rate", "treasury.npv=northvale.irr", "--target treasury.npv=northvale.irr: treasury.npv is in USDm, northvale.irr in %; compare like with like"),
        ("terms.royalty.rate=6%:2%", "treasury.npv=1", "--vary terms.royalty.rate=6%:2%: the low end 6% is not below the high end 2%; swap them"),
        ("terms.royalty.rate=6%", "treasury.npv=1", "--vary terms.royalty.rate=6%: write PATH=LOW:HIGH or PATH=LOW:HIGH:STEP, such as terms.royalty.rate=2%:6%"),
        ("terms.royalty.rate=1%:6%:0", "treasury.npv=1", "--vary terms.royalty.rate: the step 0 must be more than 0"),
        ("terms.royalty.rat", "treasury.npv=1", "the deal has no number 'terms.royalty.rat'; did you mean 'terms.royalty.rate'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(vary: str, goal: str, message: str, kasanga: Study) -> None:
    with pytest.raises(GraphError) as raised:
        answer(kasanga, [vary], [goal])
    assert str(raised.value).startswith(message)
