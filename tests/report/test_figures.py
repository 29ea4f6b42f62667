"""Figures: bars and points stand where their numbers are, everything is said in words, and the data is there as a table."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from jvmodel.report.figures import (
    Bars,
    Bridge,
    Cash,
    Chances,
    Cumulative,
    CurveLine,
    Curves,
    Fan,
    Figure,
    HeatMap,
    Line,
    Outcome,
    Risk,
    RiskMatrix,
    Shares,
    Side,
    Split,
    Swing,
    Tornado,
    TradeOff,
    draw,
    figure,
    nice,
)  # fmt: skip
from jvmodel.report.figures.drawing import Box, Curve, Dot, Label, Rule, spread
from jvmodel.report.figures.trade_off import BOTTOM, LEFT, RIGHT, TOP, Axis, Indifference, Point
from jvmodel.report.palette import COLOURS, palette

EVIL = "<script>&\"'{{ 7*7 }}\u202e"
PERIODS = ("2027", "2028", "2029")
ANN, BOB = Line("Ann", (-50.0, 100.0, 25.0), "#1f6fa8"), Line("Bob", (0.0, 50.0, -25.0), "#b0741a")
EXAMPLES: dict[str, Figure] = {
    "cash": Cash("Cash", "USDm", PERIODS, (ANN, BOB)),
    "cumulative": Cumulative("Cumulative cash", "USDm", PERIODS, (ANN, BOB)),
    "fan": Fan("Outcomes", "USDm", PERIODS, (0.0, 10.0, 30.0), ((0.1, 0.9, (-5.0, 0.0, 10.0), (5.0, 20.0, 50.0)),), base=(0.0, 11.0, 29.0)),
    "bridge": Bridge("Value", "USDm", ("Before", 100.0), (("Royalty", -30.0), ("Grant", 20.0)), "After"),
    "tornado": Tornado("NPV", "USDm", 100.0, (Swing("Price", "8,000", 40.0, "10,000", 160.0), Swing("Cost", "90", 120.0, "110", 80.0))),
    "shares": Shares("Capital and value", (("Ann", "#1f6fa8", 0.6, 0.4), ("State", "#b0741a", None, -0.1))),
    "heat_map": HeatMap("NPV", "USDm", "Price", ("8", "9"), "Share", ("10%", "20%", "30%"), ((-5.0, 1.0), (0.0, 2.0), (None, 3.0)), (1, 1)),
    "split": Split("Split", "USDm", "Interest", (0.1, 0.2, 0.3), (Side("Ann", "#1f6fa8", (10.0, 20.0, 30.0), 15.0), Side("Bob", "#b0741a", (30.0, 20.0, 10.0))), (0.15, 0.25), (("Nash", 0.2),)),
    "risks": RiskMatrix("Risks", "USDm", (Risk("Ban", 0.02, 300.0, "Ann", "#1f6fa8"), Risk("Delay", 0.3, 30.0, "all", "#1f4e79")), (10.0, 50.0, 100.0, 200.0)),
    "trade_off": TradeOff("Interest against carry", Axis("Interest", 0.1, 0.3, True), Axis("Price", 0.0, 100.0, False), (Indifference("Ann", "#1f6fa8", ((0.1, 20.0), (0.2, 50.0))),), (((0.1, 0.0, 50.0), (0.2, 25.0, 100.0)),), (0.2, 50.0), (Point("Nash", 0.3, 100.0),)),
    "bars": Bars("What moves it", "%", "Risk", ("Shapley share", "Sobol total"), (("Price", (0.8, 0.9)), ("Cost", (0.2, None)), ("Delay", (-0.1, 0.0))), percent=True),
    "chances": Chances("Value", "USDm", (-100.0, 0.0, 100.0, 200.0), (Outcome("Ann", "#1f6fa8", (0.1, 0.6, 0.2), 5.0, 50.0, 150.0, 60.0, 0.1), Outcome("Bob", "#b0741a", (0.0, 1.0, 0.0), 10.0, 20.0, 900.0, 30.0, 0.0))),
    "curves": Curves("NPV", "USDm", "Price, USD/t", (8.0, 9.0, 10.0), (CurveLine("Ann", "#1f6fa8", (-50.0, 0.0, 50.0)), CurveLine("Bob", "#b0741a", (None, 10.0, 20.0))), crossings=((9.0, 0.0),), here=9.5),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_figure_is_whole(name: str) -> None:
    """Well-formed SVG with a title, a text and a unit; every number of the table in words; nothing from outside."""
    page = figure(EXAMPLES[name], name)
    drawing = draw(EXAMPLES[name])
    root = etree.fromstring(re.search(r"<svg.*</svg>", page, flags=re.DOTALL)[0].encode())  # type: ignore[index]
    assert root.get("role") == "img"
    assert root.findtext("title") == drawing.title
    assert len(root.findtext("desc")) > 30
    assert [root.get("aria-labelledby").split()] == [[root.find("title").get("id"), root.find("desc").get("id")]]
    table = html.fromstring(page).xpath("//div[@class='hidden']/table")[0]
    assert table.xpath("string(caption)") == (f"{drawing.title}, {drawing.unit}" if drawing.unit else drawing.title)
    assert {len(row.xpath("th|td")) for row in table.xpath("thead/tr|tbody/tr")} == {len(drawing.head)}
    assert "http" not in page
    assert "url(" not in page


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_nothing_leaves_the_box(name: str) -> None:
    drawing = draw(EXAMPLES[name])
    for shape in drawing.shapes:
        spots: list[tuple[float, float]] = []
        match shape:
            case Box():
                spots = [(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)]
            case Rule():
                spots = [(shape.x1, shape.y1), (shape.x2, shape.y2)]
            case Curve():
                spots = list(shape.points)
            case Label() | Dot():
                spots = [(shape.x, shape.y)]
        for x, y in spots:
            assert -0.5 <= x <= drawing.width + 0.5, shape
            assert -0.5 <= y <= drawing.height + 0.5, shape


def test_words_are_never_markup() -> None:
    evil = Line(EVIL, (1.0, 2.0, 3.0), "#1f6fa8")
    for page in (figure(Cash(EVIL, EVIL, (EVIL, "2", "3"), (evil,)), "x"), figure(RiskMatrix(EVIL, "u", (Risk(EVIL, 0.1, 5.0, EVIL, "#000000"),), (1.0, 2.0, 3.0, 4.0)), "x")):  # fmt: skip
        assert "<script" not in page
        assert "{{ 7*7 }}" in page
        assert html.fromstring(page).xpath("//script") == []


def test_bars_of_cash_stand_on_nil_and_measure_their_numbers() -> None:
    bars = [shape for shape in draw(EXAMPLES["cash"]).shapes if isinstance(shape, Box) and shape.hint]
    nils = [shape.y1 for shape in draw(EXAMPLES["cash"]).shapes if isinstance(shape, Rule)]
    loss, gain, _, half, _ = bars
    assert loss.y == pytest.approx(nils[0])
    assert gain.y + gain.height == pytest.approx(nils[0])
    assert gain.height == pytest.approx(2 * loss.height, abs=0.05)
    assert gain.height == pytest.approx(2 * half.height, abs=0.05)
    assert half.y + half.height == pytest.approx(nils[1])
    assert half.hint == "Bob, 2028: 50.0 USDm"
    assert draw(EXAMPLES["cash"]).rows[-1] == ("Sum", "75.0", "25.0")


def test_a_bridge_ends_at_its_sum() -> None:
    drawing = draw(EXAMPLES["bridge"])
    bars = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    start, royalty, grant, end = bars
    assert royalty.x + royalty.width == pytest.approx(start.x + start.width)
    assert grant.x == pytest.approx(royalty.x)
    assert end.x + end.width == pytest.approx(grant.x + grant.width)
    assert drawing.rows == (("Before", "100.0"), ("Royalty", "−30.0"), ("Grant", "20.0"), ("After", "90.0"))


def test_a_bridge_of_small_changes_cuts_its_totals_and_says_so() -> None:
    """From 2,600 by −14 and +4 to 2,590: on an axis from nil the changes would be a hundredth of the bars."""
    drawing = draw(Bridge("Value", "USDm", ("Before", 2600.0), (("Royalty", -14.0), ("Grant", 4.0)), "After"))
    bars = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    ends = [one.x + one.width for one in bars]
    assert bars[0].x == bars[-1].x
    assert bars[1].width / bars[2].width == pytest.approx(14 / 4, rel=0.01)
    assert ends[0] - ends[-1] == pytest.approx(bars[1].width - bars[2].width, abs=0.05)
    assert drawing.rows == (("Before", "2,600.0"), ("Royalty", "−14.0"), ("Grant", "4.0"), ("After", "2,590.0"))
    assert drawing.note == "Full bars add, outlined bars take away. Totals are cut: their bars begin at 2,580."
    loss = draw(Bridge("Value", "USDm", ("Before", -2600.0), (("Royalty", -14.0),), "After"))
    assert loss.note.endswith("their bars begin at −2,595.")
    assert loss.rows[-1] == ("After", "−2,614.0")


def test_a_heavy_line_parts_what_is_above_nil_from_what_is_below() -> None:
    """Below nil in one corner of four cells: two edges, each as long as its cell."""
    drawing = draw(HeatMap("NPV", "USDm", "Price", ("8", "9"), "Cost", ("1", "2"), ((1.0, 2.0), (-1.0, 3.0))))
    heavy = [one for one in drawing.shapes if isinstance(one, Rule)]
    cells = [one for one in drawing.shapes if isinstance(one, Box)]
    wide, tall = cells[1].x - cells[0].x, cells[2].y - cells[0].y
    lengths = sorted((round(abs(one.x2 - one.x1), 1), round(abs(one.y2 - one.y1), 1)) for one in heavy)
    assert lengths == [(0.0, round(tall, 1)), (round(wide, 1), 0.0)]
    assert drawing.note == "Heavy line: on one side above nil, on the other below."
    assert draw(HeatMap("NPV", "USDm", "Price", ("8",), "Cost", ("1", "2"), ((1.0,), (None,)))).note == ""


def test_proposals_that_stand_close_are_named_at_different_heights() -> None:
    close = (("Egalitarian", 0.25), ("Nash", 0.26), ("Far", 0.45))
    drawing = draw(Split("s", "u", "x", (0.1, 0.5), (Side("Ann", "#1f6fa8", (1.0, 2.0)),), (0.2, 0.3), close))
    at = {one.text: one.y for one in drawing.shapes if isinstance(one, Label)}
    assert at["Egalitarian"] == at["Far"] == at["Nash"] + 13


def test_a_tornado_hangs_on_its_base() -> None:
    bars = [shape for shape in draw(EXAMPLES["tornado"]).shapes if isinstance(shape, Box)]
    higher, lower = bars[:2]
    assert higher.x == pytest.approx(lower.x + lower.width, abs=0.02)
    assert higher.width == pytest.approx(lower.width, abs=0.02), "60 to either side"
    assert bars[2].x + bars[2].width == pytest.approx(bars[3].x, abs=0.02), "a higher cost lowers the value"


def test_the_zone_of_agreement_is_where_it_is_said_to_be() -> None:
    drawing = draw(EXAMPLES["split"])
    zone = next(shape for shape in drawing.shapes if isinstance(shape, Box))
    curve = next(shape for shape in drawing.shapes if isinstance(shape, Curve))
    left, middle, right = (x for x, _ in curve.points)
    assert zone.x == pytest.approx((left + middle) / 2, abs=0.02)
    assert zone.x + zone.width == pytest.approx((middle + right) / 2, abs=0.02)
    assert "no zone of agreement" in draw(Split("s", "u", "x", (0.1, 0.2), (Side("Ann", "#1f6fa8", (1.0, 2.0)),))).note


def test_a_plane_of_two_terms_has_its_points_where_they_are() -> None:
    """The deal in the middle, a package in the corner, and the curve and the edge of the zone at the same height in the middle."""
    drawing = draw(EXAMPLES["trade_off"])
    zone, curve = (shape for shape in drawing.shapes if isinstance(shape, Curve))
    deal, nash = [shape for shape in drawing.shapes if isinstance(shape, Dot) and shape.hint]
    middle = ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2)
    assert (deal.x, deal.y) == pytest.approx(middle, abs=0.02)
    assert (nash.x, nash.y) == pytest.approx((RIGHT, TOP), abs=0.02)
    assert curve.points[-1] == pytest.approx(middle, abs=0.02)
    height = BOTTOM - TOP
    assert [y for _, y in zone.points] == pytest.approx([BOTTOM, BOTTOM - height / 4, TOP, middle[1]], abs=0.02)
    assert ("Nash", "30.00%", "100.0") in drawing.rows
    nobody = replace(EXAMPLES["trade_off"], zone=())
    assert draw(nobody).note == "no zone of agreement."


def test_packages_at_one_place_share_a_mark_with_all_their_numbers() -> None:
    plane = EXAMPLES["trade_off"]
    (nash,) = plane.points
    drawing = draw(replace(plane, points=(nash, replace(nash, label="Utilitarian"))))
    assert "1, 2" in [shape.text for shape in drawing.shapes if isinstance(shape, Label)]
    told = next(shape for shape in drawing.shapes if isinstance(shape, Box) and shape.hint)
    assert told.hint == "Nash: 30.00%, 100.0; Utilitarian: 30.00%, 100.0"
    assert told.y >= TOP
    assert told.x + told.width <= RIGHT + 7.6, "beside the corner, within the plane"


def test_long_names_of_a_heat_map_are_not_cut() -> None:
    drawing = draw(
        HeatMap(
            "x",
            "%",
            "Party",
            ("Plateau Mines State Company", "All together"),
            "Risk",
            ("Overrun of capital expenditure",),
            ((1.0, 2.0),),
        )
    )
    words = " ".join(shape.text for shape in drawing.shapes if isinstance(shape, Label))
    assert "Overrun of capital expenditure" in words
    assert "Plateau Mines State Company" in words
    assert "…" not in words


def test_risks_stand_in_their_cells() -> None:
    """A 2% chance is in the second row from below, a cost of 300 in the last column."""
    dots = {shape.hint.split(":")[0]: shape for shape in draw(EXAMPLES["risks"]).shapes if isinstance(shape, Dot)}
    cells = [shape for shape in draw(EXAMPLES["risks"]).shapes if isinstance(shape, Box)][:25]
    inside = {name: [number for number, cell in enumerate(cells) if cell.x <= dot.x < cell.x + cell.width and cell.y <= dot.y < cell.y + cell.height] for name, dot in dots.items()}  # fmt: skip
    assert inside == {"Ban": [1 * 5 + 4], "Delay": [3 * 5 + 1]}


def test_one_colour_a_party_wherever_it_stands() -> None:
    names = [f"p{number}" for number in range(len(COLOURS) + 1)]
    found = palette(names, ["refinery"])
    assert found["refinery"] == found["venture"]
    assert len({found[name] for name in names}) == len(COLOURS)
    for colour in {*found.values()}:
        assert contrast(colour) >= 3.0, "WCAG 1.4.11 asks 3 for what is drawn"


def contrast(colour: str) -> float:
    """Contrast to white (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_nice_numbers() -> None:
    assert nice(-50, 150) == [-50.0, 0.0, 50.0, 100.0, 150.0]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_never_overlap_where_there_is_room(wanted: list[float]) -> None:
    found: list[Any] = sorted(spread(wanted, 12.0, 0.0, 100.0))
    assert all(b - a >= 12.0 - 1e-6 for a, b in itertools.pairwise(found))
    assert found[0] >= -1e-6
    assert found[-1] <= 100 + 1e-6


def test_bars_measure_their_numbers_to_both_sides_of_nil() -> None:
    drawing = draw(EXAMPLES["bars"])
    (nil,) = [shape.x1 for shape in drawing.shapes if isinstance(shape, Rule)]
    price, total, cost, delay = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    assert (price.x, total.x, cost.x) == (nil, nil, nil)
    assert delay.x + delay.width == pytest.approx(nil)
    assert price.width == pytest.approx(4 * cost.width, abs=0.02)
    assert price.width == pytest.approx(8 * delay.width, abs=0.1)
    assert total.hint == "Price, Sobol total: 90.0%"
    assert drawing.rows == (("Price", "80.0%", "90.0%"), ("Cost", "20.0%", "n/a"), ("Delay", "−10.0%", "0.0%"))


def test_strips_of_chances_are_as_high_as_their_shares_and_stay_inside() -> None:
    drawing = draw(EXAMPLES["chances"])
    ann, bob = [shape for shape in drawing.shapes if isinstance(shape, Curve)]
    foot = ann.points[0][1]
    heights = [foot - ann.points[1 + 2 * place][1] for place in range(3)]
    assert heights[0] * 6 == pytest.approx(heights[1], abs=0.5)
    assert heights[1] == pytest.approx(3 * heights[2], abs=0.2)
    bars = [shape for shape in drawing.shapes if isinstance(shape, Box) and shape.hint]
    assert bars[0].hint == "Ann: P10 5.0, P50 50.0, P90 150.0"
    edges = [bob.points[0][0], bob.points[-1][0]]
    assert bars[1].x + bars[1].width == pytest.approx(max(edges))  # P90 lies beyond the last edge
    assert drawing.rows[0] == ("Ann", "60.0", "5.0", "50.0", "150.0", "10.0%")


def test_curves_leave_gaps_and_ring_their_crossings() -> None:
    drawing = draw(EXAMPLES["curves"])
    ann, bob = [shape for shape in drawing.shapes if isinstance(shape, Curve)]
    (ring,) = [shape for shape in drawing.shapes if isinstance(shape, Dot)]
    assert (len(ann.points), len(bob.points)) == (3, 2)
    assert (ring.x, ring.y) == ann.points[1]
    assert ring.hint == "Price, USD/t: 9.0000"
    assert drawing.rows[0] == ("8.0000", "−50.0", "n/a")
    (here,) = [shape for shape in drawing.shapes if isinstance(shape, Rule) and shape.dash == "3 2"]
    assert here.x1 == pytest.approx((ann.points[1][0] + ann.points[2][0]) / 2)


def test_a_map_of_many_cells_has_colours_instead_of_numbers() -> None:
    size = 41
    names = tuple(f"{1000 * number:,} USD/t" for number in range(size))
    cells = tuple(tuple(float(row * column) for column in range(size)) for row in range(size))
    drawing = draw(HeatMap("NPV", "USDm", "Price", names, "Cost", names, cells))
    boxes = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    said = [shape.text for shape in drawing.shapes if isinstance(shape, Label)]
    assert len(boxes) == size * size
    assert boxes[-1].hint == "Cost 40,000 USD/t, Price 40,000 USD/t: 1,600 USDm"
    assert "1,600" not in said
    assert "39,000 USD/t" not in said
    assert drawing.height < 460
    assert drawing.note == "From 0 to 1,600: the darker the higher, below nil in red."
