"""Tornado, spider, grid and breakeven against closed forms and against the changed file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jvmodel.analysis.breakeven import breakeven_of_each, breakevens, frontier
from jvmodel.analysis.grid import axis, grid
from jvmodel.analysis.stakes import stakes
from jvmodel.analysis.study import Study
from jvmodel.analysis.tornado import spider, tornado
from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.model import build
from jvmodel.report.summary import metrics_of
from jvmodel.report.varying import breakeven_listings

METAL = """
deal: Metal
timeline: {start: 2027, periods: 2}
discount_rate: 0%
parties:
  owner: {name: Owner, role: partner, discount_rate: 10%}
  state: {name: State, role: state, discount_rate: 10%}
prices: {copper: {unit: USD/t, flat: 9000}}
ranges: {prices.copper.flat: {low: 8000, high: 11000}}
terms:
  - {kind: metal_plan, name: plan, tonnes: {copper: 10000}}
  - {kind: metal_sale, name: sale, metal: copper, made_by: plant, payable: 100%}
  - {kind: operating_cost, name: cost, amount: 60}
  - {kind: gross_royalty, name: royalty, rate: 5%, holder: state}
"""
"""Each year 10,000 t at 9,000 USD/t bring 90, of which the royalty takes 4.5 and costs take 60."""


def deal(tmp_path: Path, text: str = METAL) -> Study:
    file = tmp_path / "metal.yaml"
    file.write_text(text)
    return Study(file)


def flows(tmp_path: Path, amounts: list[float]) -> Study:
    """A venture whose cash flows are the amounts, from now on."""
    terms = []
    for year, amount in enumerate(amounts, start=2027):
        kind, word = ("other_revenue", "payer: state") if amount >= 0 else ("scheduled_payment", "holder: state")
        terms.append(f"  - {{kind: {kind}, name: f{year}, {word}, amount: {{{year}: {abs(amount)!r}}}}}")
    head = METAL.split("ranges:", maxsplit=1)[0].replace("periods: 2", f"periods: {len(amounts)}, discounting: begin")
    return deal(tmp_path, head + "terms:\n" + "\n".join(terms) + "\n")


def test_a_swing_over_the_range_by_hand(tmp_path: Path) -> None:
    found = tornado(deal(tmp_path), ["venture.npv", "state.npv"])
    # two years of (price x 10,000 t x 95% less 60): 51 now, 32 at 8,000, 89 at 11,000
    (one,) = found.swings
    assert found.base["venture.npv"] == pytest.approx(51, abs=1e-9)
    assert (one.at_low["venture.npv"], one.at_high["venture.npv"]) == pytest.approx((32, 89), abs=1e-9)
    assert found.elasticity("venture.npv", one) == pytest.approx((89 - 32) / 51 / (3000 / 9000), rel=1e-9)


def test_without_ranges_every_number_swings_and_the_widest_is_first(tmp_path: Path) -> None:
    found = tornado(deal(tmp_path), ["venture.npv"], swing=0.1)
    ranked = [(one.lever.path, round(one.width("venture.npv"), 9)) for one in found.ranked("venture.npv")]
    # 10% of tonnes or price moves 2 x 9 x 95% each way; payable cannot go above 100%; costs 2 x 6; royalty 2 x 0.45
    assert ranked == [
        ("prices.copper.flat", 34.2), ("terms.plan.tonnes.copper.flat", 34.2), ("terms.plan.factor", 34.2),
        ("terms.cost.amount.flat", 24.0), ("terms.sale.payable", 17.1), ("terms.royalty.rate", 1.8), ("terms.royalty.covered", 0.9),
    ]  # fmt: skip


def test_each_bar_is_the_deal_run_again_with_the_changed_file() -> None:
    study = Study("kasanga")
    paths = ["prices.copper.flat", "terms.royalty.rate", "terms.mine_capital.budget", "terms.carry.rate"]
    found = tornado(study, ["northvale.npv"], paths, 0.2)
    for one in found.swings:
        for value, figure in ((one.low, one.at_low), (one.high, one.at_high)):
            model = build(load("kasanga", [f"{one.lever.path}={value!r}"]))
            assert figure["northvale.npv"] == pytest.approx(metrics_of(model, "northvale")["npv"], rel=1e-12)


def test_a_number_that_is_nil_needs_a_range(tmp_path: Path) -> None:
    with pytest.raises(GraphError) as raised:
        tornado(deal(tmp_path), ["venture.npv"], ["prices.copper.premium"])
    assert (
        str(raised.value)
        == "prices.copper.premium is 0 and has no range, so it has no swing; give it one under ranges: in the deal"
    )


def test_spider_lines_and_their_bounds(tmp_path: Path) -> None:
    web = spider(deal(tmp_path), ["venture.npv"], ["prices.copper.flat", "terms.sale.payable"], 0.2, 5)
    lines = {one.path: line["venture.npv"] for one, line in web.lines}
    assert web.changes == pytest.approx([-0.2, -0.1, 0, 0.1, 0.2])
    assert lines["prices.copper.flat"] == pytest.approx([51 - 34.2, 51 - 17.1, 51, 51 + 17.1, 51 + 34.2])
    assert lines["terms.sale.payable"][:3] == pytest.approx([51 - 34.2, 51 - 17.1, 51])
    assert np.isnan(lines["terms.sale.payable"][3:]).all()


def test_grid_by_hand_and_its_faults(tmp_path: Path) -> None:
    study = deal(tmp_path)
    found = grid(
        study, axis(study, "prices.copper.flat=8000:10000:3"), axis(study, "terms.royalty.rate=0%:10%:2"), ["venture.npv"]
    )
    assert found.figures["venture.npv"] == pytest.approx(np.array([[40, 60, 80], [24, 42, 60]]), abs=1e-9)
    for text, message in (
        ("prices.copper.flat=1:2", "'prices.copper.flat=1:2' is not an axis; write PATH=LOW:HIGH:COUNT, such as prices.copper.flat=7000:11000:9"),
        ("prices.copper.flat=9:8:3", "prices.copper.flat: the axis runs from 9 to 8; give the lower end first"),
        ("prices.copper.flat=8:9:1", "prices.copper.flat: 1 steps; give from 2 to 1001"),
        ("terms.royalty.rate=0%:120%:3", "terms.royalty.rate: 120% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
        ("terms.royalty.rate=0%:x:3", "terms.royalty.rate: 'x' is not a number"),
    ):  # fmt: skip
        with pytest.raises(GraphError) as raised:
            axis(study, text)
        assert str(raised.value) == message
    with pytest.raises(GraphError, match="is on both axes; name two numbers"):
        grid(study, axis(study, "prices.copper.flat=8:9:3"), axis(study, "prices.copper=8:9:3"), ["venture.npv"])


def test_a_cell_that_cannot_be_worked_out_says_why() -> None:
    study = Study("kasanga")
    x = axis(study, "terms.company.interests.plateau=20%:60%:2")
    y = axis(study, "terms.company.interests.northvale=30%:70%:2")
    found = grid(study, x, y, ["tansei.npv"])
    # 60% and 70% are more than the whole; what is left of the others goes to the third partner: 50%, 10%, 10%
    assert found.reasons == {(1, 1): "terms.company.interests.plateau: 0.7 is more than there is to give (1)"}
    values = found.figures["tansei.npv"]
    assert np.isnan(values[1, 1])
    alone = study.figures({"terms.company.interests.tansei": np.array([0.5, 0.1])}, ["company.register.interest_tansei@last"])
    assert alone["company.register.interest_tansei@last"] == pytest.approx([0.5, 0.1])
    assert values[0, 0] > values[0, 1]


def test_a_share_swings_as_far_as_its_giver_has(tmp_path: Path) -> None:
    """Bob has 30% and Cat 20%: by 80% Bob goes down to 6% and up to 50%, by deals built anew."""
    path, share = Path(__file__).parents[1] / "data" / "quarterly.yaml", "terms.company.interests.bob:cat"
    (one,) = tornado(Study(path), ["bob.npv"], [share], 0.8).swings
    assert (one.low, one.high) == pytest.approx((0.06, 0.5))
    for end, value in ((0.06, one.at_low), (0.5, one.at_high)):
        assert value["bob.npv"] == pytest.approx(metrics_of(build(load(path, [f"{share}={end}"])), "bob")["npv"], abs=1e-9)
    ((_, lines),) = spider(Study(path), ["bob.npv"], [share], 0.8, 3).lines
    assert np.isnan(lines["bob.npv"]).tolist() == [False, False, True]


def test_a_figure_that_stays_at_its_target_meets_it_from_end_to_end(tmp_path: Path) -> None:
    """The reserve neither buys nor sells while cobalt is dear: nil from some price on, by bisection on deals built anew."""
    (found,) = breakevens(Study("kasanga"), "prices.cobalt.flat", ["reserve.npv"])

    def idle(price: float) -> bool:
        return bool(metrics_of(build(load("kasanga", [f"prices.cobalt.flat={price!r}"])), "reserve")["npv"] == 0)

    low, high = 30_000.0, 36_000.0
    assert not idle(low)
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if idle(middle) else (middle, high)
    assert found.roots == pytest.approx((high, found.high), abs=0.02)
    (nobody,) = breakevens(Study(Path(__file__).parents[1] / "data" / "quarterly.yaml"), "terms.royalty.rate", ["idle.npv"])
    assert nobody.roots == (nobody.low, nobody.high)
    assert nobody.spans == ((nobody.low, nobody.high),)
    assert found.spans == (found.roots,)
    (row,) = [row for row in next(iter(breakeven_listings(build(load("kasanga")), (found,)))).rows if row]
    assert row[3] == f"{found.roots[0]:,.2f} to 74,000.00"


def test_a_number_at_whose_nil_there_is_no_deal_is_looked_at_from_a_sliver_on() -> None:
    """Concentrate of no grade would weigh infinitely much; the root itself by bisection on deals built anew."""
    path = "terms.concentrator.concentrate.grade"
    found, _ = breakevens(Study("kasanga"), path, ["venture.npv", "plateau.npv"])
    assert (found.low, found.high) == pytest.approx((0.05 * 0.32, 0.96))
    low, high = 0.02, 0.2
    while high - low > 1e-7:
        middle = (low + high) / 2
        worth = metrics_of(build(load("kasanga", [f"{path}={middle!r}"])), "venture")["npv"]
        low, high = (middle, high) if worth < 0 else (low, middle)
    assert found.roots == pytest.approx((low,), abs=1e-6)


def test_a_jump_past_the_target_is_no_root(tmp_path: Path) -> None:
    """A royalty of 4% below 9,300 USD/t and of 20% from there on: two years of 186 x share less 12 and a tax of nothing."""
    text = METAL.replace("kind: gross_royalty, name: royalty, rate: 5%,", "kind: sliding_royalty, name: royalty, metal: copper, "
                         "mode: whole, bands: [{start: 0, rate: 4%}, {start: 9300, rate: 20%}],")  # fmt: skip
    study = deal(tmp_path, text)
    below, above = (2 * (9300 * 10_000 / 1e6 * (1 - rate) - 60) for rate in (0.04, 0.2))
    (found,) = breakevens(study, "prices.copper.flat", ["venture.npv"], (below + above) / 2, (9200.0, 9400.0))
    assert (found.status, found.roots) == ("jumps", ())
    assert found.at_low > found.target > found.at_high
    (met,) = breakevens(study, "prices.copper.flat", ["venture.npv"], above + 0.8, (9200.0, 9400.0))
    assert met.roots == pytest.approx((9350.0,), abs=1e-6)
    for target, root in (((below + above) / 2, np.nan), (above + 0.8, 9350.0)):
        (each,) = breakeven_of_each(
            study, "prices.copper.flat", {"discount_rate": np.array([study.model.deal.discount_rate])}, "venture.npv", target,
            (9200.0, 9400.0),
        )  # fmt: skip
        assert each == pytest.approx(root, abs=1e-6, nan_ok=True)


def test_a_root_beside_a_gap_is_found() -> None:
    """Bob, who is carried, lays out the less the dearer copper is, and from × 0.398 on nothing: no rate from there on."""
    path = Path(__file__).parents[1] / "data" / "quarterly.yaml"
    factors = np.linspace(0.37, 0.4, 3001)
    rates = Study(path).figures({"prices.copper": factors}, ["bob.irr"])["bob.irr"]
    assert np.isnan(rates[-1])
    for target in (1.8, 3.0, 10.0):
        (found,) = breakevens(Study(path), "prices.copper", ["bob.irr"], target)
        (place,) = np.flatnonzero((rates[:-1] < target) & (rates[1:] >= target))
        (root,) = found.roots
        assert found.status == "found"
        assert factors[place] <= root <= factors[place + 1]


def test_one_breakeven_by_hand(tmp_path: Path) -> None:
    price, cost = breakevens(deal(tmp_path), "prices.copper.flat", ["venture.npv", "state.npv"])
    # 60 = 95% x 10,000 t x price
    assert price.roots == pytest.approx((60 / 0.95 * 100,), rel=1e-9)
    assert price.headroom == pytest.approx(60 / 0.95 / 90 - 1, rel=1e-9)
    assert (price.status, price.at_base) == ("found", pytest.approx(51))
    assert (cost.status, cost.roots, cost.headroom) == ("too high", (), None)


def test_every_root_is_found(tmp_path: Path) -> None:
    # (1.1 - x)(1.2 - x)(1.3 - x) in x = 1 + rate, from examples 09
    (found,) = breakevens(flows(tmp_path, [-100, 360, -431, 171.6]), "discount_rate", ["venture.npv"], None, (0.0, 0.5))
    assert found.roots == pytest.approx((0.1, 0.2, 0.3), abs=1e-9)
    assert (found.status, found.headroom) == ("several", None)


def test_two_roots_within_one_step_of_the_scan(tmp_path: Path) -> None:
    # 100(x - 1.105)(x - 1.115) with x = 1 + rate, over x squared; the scan from 0% to 100% has steps of 2.5%
    amounts = [100.0, -222.0, 100 * 1.105 * 1.115]
    (found,) = breakevens(flows(tmp_path, amounts), "discount_rate", ["venture.npv"], None, (0.0, 1.0))
    assert found.roots == pytest.approx((0.105, 0.115), abs=1e-8)


def test_none_in_the_bracket_tells_both_ends(tmp_path: Path) -> None:
    (low,) = breakevens(deal(tmp_path), "prices.copper.flat", ["venture.npv"], None, (1000, 2000))
    assert (low.status, low.roots, low.at_low, low.at_high) == ("too low", (), pytest.approx(-101), pytest.approx(-82))
    (never,) = breakevens(deal(tmp_path), "prices.copper.flat", ["state.irr"])
    assert never.status == "never defined"


def test_a_number_that_shapes_the_model_is_tried_whole(tmp_path: Path) -> None:
    (found,) = breakevens(deal(tmp_path), "timeline.periods", ["venture.npv"], 76.5, (1, 5))
    assert found.roots == (3.0,)
    with pytest.raises(GraphError) as raised:
        breakevens(deal(tmp_path), "timeline.periods", ["venture.npv"])
    assert (
        str(raised.value)
        == "timeline.periods shapes the model, which is built anew for each value; say where to look: --between LOW:HIGH"
    )


def test_frontier_is_the_line_that_algebra_gives(tmp_path: Path) -> None:
    rates = np.linspace(0, 0.5, 6)
    found = frontier(deal(tmp_path), "prices.copper.flat", "terms.royalty.rate", rates, "venture.npv")
    assert found == pytest.approx(6000 / (1 - rates), rel=1e-9)


def test_a_thousand_breakevens_at_once(tmp_path: Path) -> None:
    costs = np.linspace(30, 90, 1000)
    found = breakeven_of_each(deal(tmp_path), "prices.copper.flat", {"terms.cost.amount": costs}, "venture.npv", None, (0, 20000))
    assert found == pytest.approx(costs / 0.95 * 100, rel=1e-9)


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_commands_print_tables_and_documents(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    deal(tmp_path)
    file = str(tmp_path / "metal.yaml")
    code, out, _ = command(capsys, "sensitivity", file, "--json")
    (bar,) = json.loads(out)["tornado"]["venture.npv"]["swings"]
    assert (code, bar["path"], bar["at_low"], bar["at_high"]) == (0, "prices.copper.flat", pytest.approx(32), pytest.approx(89))
    code, out, _ = command(capsys, "sensitivity", file, "--metric", "venture.npv", "--swing", "10%")
    assert code == 0
    assert "Metal sale" not in out
    assert "Copper: price" in out
    code, out, _ = command(capsys, "breakeven", file, "--vary", "prices.copper.flat", "--metric", "venture.npv", "--json")
    assert (code, json.loads(out)["breakevens"][0]["roots"]) == (0, [pytest.approx(60 / 0.95 * 100)])
    code, out, _ = command(capsys, "breakeven", file, "--vary", "prices.copper.flat", "--between", "1:2000")
    assert (code, "none: stays below" in out) == (0, True)
    code, out, _ = command(
        capsys, "grid", file, "--x", "prices.copper.flat=8000:10000:3", "--y", "terms.royalty.rate=0%:10%:2", "--json"
    )
    assert json.loads(out)["figures"]["venture.npv"]["values"] == [pytest.approx([40, 60, 80]), pytest.approx([24, 42, 60])]
    code, out, _ = command(capsys, "grid", file, "--x", "prices.copper.flat=8000:10000:3", "--y", "terms.royalty.rate=0%:10%:2")
    assert "across: Copper: price, USD/t" in out
    assert "10,000.00" in out
    code, out, err = command(capsys, "sensitivity", file, "--swing", "150%")
    assert (code, out, err) == (1, "", "--swing 150%: give a share between 0% and 100%, such as 10%\n")
    code, out, err = command(capsys, "breakeven", file, "--vary", "prices.copper.flat", "--target", "much")
    assert (code, out, err) == (1, "", "--target much: 'much' is not a number\n")
    code, out, err = command(capsys, "breakeven", file, "--vary", "prices.copper.flat", "--metric", "payback")
    assert (code, err) == (1, "venture.payback has no breakeven of its own; say which value it should reach: --target 6\n")


def test_a_length_that_the_deal_refuses_takes_no_other_cell_away() -> None:
    """Kasanga's mine plan runs on: with ten periods its table does not fit, and the cells say so."""
    study = Study("kasanga")
    found = grid(study, axis(study, "prices.copper.flat=8000:9200:2"), axis(study, "timeline.periods=10:23:2"), ["venture.npv"])
    values = found.figures["venture.npv"]
    assert np.isnan(values[0]).all()
    assert values[1, 1] == pytest.approx(study.figures({}, ["venture.npv"])["venture.npv"][0])
    assert set(found.reasons) == {(0, 0), (0, 1)}
    assert found.reasons[0, 0].endswith("terms.0.ore: 2037 is outside the timeline, which runs from 2027 to 2036")


def test_a_figure_that_does_not_exist_or_does_not_move_is_said_to(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command(capsys, "sensitivity", "kasanga", "--metric", "plateau.irr")
    assert code == 0
    assert "Not defined in the deal as it is" in out
    assert "Internal rate of return: Plateau Mines State Company" in out
    code, out, _ = command(capsys, "sensitivity", "kasanga")
    assert "Moved by none of these inputs" in out
    assert out.split("Moved by none of these inputs")[1].split()[:4] == ["Net", "present", "value:", "Multilateral"]


def test_a_share_of_the_value_is_a_figure_like_others() -> None:
    """The royalty at which Ann has 25% of what all parties make, against the deal built anew; value alone aims at nil."""
    path = Path(__file__).parents[1] / "data" / "quarterly.yaml"
    study = Study(path)
    with pytest.raises(GraphError, match=r"ann.share_of_value has no breakeven of its own; say which share .* --target 30%"):
        breakevens(study, "terms.royalty.rate", ["ann.share_of_value"])
    (found,) = breakevens(study, "terms.royalty.rate", ["ann.share_of_value"], 0.25)
    (root,) = found.roots
    shares = {one.party: one.share_of_value for one in stakes(build(load(path, [f"terms.royalty.rate={root!r}"])))}
    assert shares["ann"] == pytest.approx(0.25, abs=1e-8)
    (value,) = breakevens(study, "prices.copper", ["ann.value"])
    assert value.target == 0.0
    assert len(value.roots) == 1
