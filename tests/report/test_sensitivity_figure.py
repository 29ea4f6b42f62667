"""The tornado of the term sheet: its ends are deals built anew with those numbers."""

from __future__ import annotations

import pytest

from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.report.language import ENGLISH, language
from jvmodel.report.sensitivity import sensitivity


def worth(name: str, *changes: str) -> float:
    model = build(load(name, changes))
    return float(model.run.single("party.venture.value").sum())


def test_ten_percent_of_prices_and_costs() -> None:
    [drawing] = sensitivity(build(load("starter").model_copy(update={"ranges": {}})), ENGLISH)
    assert drawing.title == "What 10% of each price and cost does to the value of the venture"
    rows = {row[0]: row[1:] for row in drawing.rows}
    low, at_low, high, at_high = rows["Gold: price"]
    assert (low, high) == ("1,755.00 USD/oz", "2,145.00 USD/oz")
    assert float(at_low.replace("−", "-")) == pytest.approx(worth("starter", "prices.gold.flat=1755"), abs=0.5)
    assert float(at_high) == pytest.approx(worth("starter", "prices.gold.flat=2145"), abs=0.5)
    assert next(iter(rows)) == "Gold: price", "the widest stands first"


def test_the_deals_own_ranges() -> None:
    [drawing] = sensitivity(build(load("kasanga")), language("fr"))
    assert drawing.title == "Ce qui fait varier la valeur de la coentreprise"
    rows = {row[0]: row[1:] for row in drawing.rows}
    found = rows["Cuivre : prix"]
    assert found[0] == "7\u202f400,00 USD/t"
    assert float(found[1].replace("\u202f", "")) == pytest.approx(worth("kasanga", "prices.copper.flat=7400"), abs=0.5)
