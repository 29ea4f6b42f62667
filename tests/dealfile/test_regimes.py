"""Fiscal regimes as data: the shipped ones run, a deal's own come first, and what is missing is said with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from jvmodel.dealfile import load
from jvmodel.dealfile.regimes import known_regimes, read_regime
from jvmodel.errors import DealError
from jvmodel.model import build

FILL = {"state": "treasury", "province": "salta", "community": "salta", "owner": "ann", "copper": "copper"}


def deal(folder: Path, regimes: dict[str, Any], *terms: dict[str, Any]) -> Path:
    parties = ("ann", "treasury", "salta")
    data = {
        "deal": "With a regime", "timeline": {"start": 2027, "periods": 4}, "discount_rate": "8%",
        "phases": {"construction": {"start": 2027, "end": 2028}, "operation": {"start": 2028}},
        "parties": {name: {"name": name, "role": "party", "discount_rate": "8%"} for name in parties},
        "prices": {"copper": {"unit": "USD/t", "flat": 9200}}, "regimes": regimes,
        "terms": [
            {"kind": "metal_plan", "name": "plan", "tonnes": {"copper": {"2028": 10000, "2029": 10000, "2030": 10000}}},
            {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"},
            {"kind": "operating_cost", "name": "costs", "amount": 30, "during": "operation"},
            {"kind": "capital_cost", "name": "build", "amount": {"2027": 60}},
            {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}, *terms,
        ],
    }  # fmt: skip
    path = folder / "deal.yaml"
    YAML().dump(data, path)
    return path


def use(name: str) -> dict[str, Any]:
    regime = read_regime(known_regimes(Path())[name])
    return {name: {hole: FILL[hole] for hole in regime.fill}}


@pytest.mark.parametrize("name", sorted(known_regimes(Path())))
def test_every_regime_runs(name: str, tmp_path: Path) -> None:
    model = build(load(deal(tmp_path, use(name))))
    regime = read_regime(known_regimes(Path())[name])
    assert [check.name for check in model.checks if not check.passed] == []
    assert model.run.single("party.treasury.cash").sum() > 10
    added = [term for term in model.deal.terms if term.note and regime.regime in term.note]
    assert len(added) == len(regime.terms), "every term says where it comes from"


def test_zambia_by_hand(tmp_path: Path) -> None:
    """10,000 t at 9,200: 4,000 x 4% + 1,000 x 6.5% + 2,000 x 8.5% + 2,200 x 10% = 615 a tonne."""
    model = build(load(deal(tmp_path, use("zambia_2022"))))
    assert model.run.single("mineral_royalty.payable")[1:] == pytest.approx([6.15, 6.15, 6.15])


def test_a_number_of_a_regime_can_be_overridden(tmp_path: Path) -> None:
    model = build(load(deal(tmp_path, use("senegal_gold_2026")), ["terms.royalty.rate=6%"]))
    assert model.run.single("royalty.payable")[1] == pytest.approx(92 * 0.06)


def test_a_regime_beside_the_deal_comes_first(tmp_path: Path) -> None:
    shipped = known_regimes(Path())["zambia_2022"].read_text(encoding="utf-8")
    (tmp_path / "regimes").mkdir()
    (tmp_path / "regimes" / "zambia_2022.yaml").write_text(shipped.replace("mode: slice", "mode: whole"), encoding="utf-8")
    model = build(load(deal(tmp_path, use("zambia_2022"))))
    assert model.run.single("mineral_royalty.payable")[1] == pytest.approx(9.2)


@pytest.mark.parametrize(
    ("regimes", "message"),
    [
        ({"zambia": {}}, "there is no regime 'zambia'; did you mean 'zambia_2022'?"),
        ({"zambia_2022": {"state": "treasury"}}, "does not say who or what 'copper' is (the metal with the norm price)"),
        ({"chile_2024": {"state": "treasury", "town": "salta"}}, "fills 'town', which the regime does not leave open"),
        ({"chile_2024": {"state": "tresury"}}, "'tresury' is not a party of the deal; did you mean 'treasury'?"),
    ],
)
def test_faults(regimes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DealError) as found:
        load(deal(tmp_path, regimes))
    assert message in str(found.value)
    (name,) = regimes
    line = next(number for number, text in enumerate((tmp_path / "deal.yaml").read_text().splitlines(), 1) if f"{name}:" in text)
    assert f"deal.yaml:{line}:" in str(found.value), "the line that names the regime"


def test_a_regime_at_fault_is_told_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "regimes").mkdir()
    (tmp_path / "regimes" / "ours.yaml").write_text(
        "regime: Ours\ndate: 2024-01\nfill: {state: state}\nterms: []\n", encoding="utf-8"
    )
    with pytest.raises(DealError) as found:
        load(deal(tmp_path, {"ours": {"state": "treasury"}}))
    assert "ours.yaml" in str(found.value)
    assert "source" in str(found.value)
