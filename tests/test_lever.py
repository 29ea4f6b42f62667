"""Levers: which number a path means, and what it moves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.errors import DealError, GraphError
from jvmodel.lever import Kind, lever, levers
from jvmodel.shipped import deals

DEAL = load("kasanga")


@pytest.mark.parametrize(
    ("path", "kind", "base", "unit", "label"),
    [
        ("prices.copper.flat", Kind.NUMBER, 9200, "USD/t", "Copper: price"),
        ("prices.copper", Kind.NUMBER, 9200, "USD/t", "Copper: price"),
        ("discount_rate", Kind.NUMBER, 0.08, "%", "Discount rate of the venture"),
        ("parties.plateau.discount_rate", Kind.NUMBER, 0.06, "%", "Plateau Mines State Company: discount rate of the party, effective a year"),
        ("terms.royalty.rate", Kind.NUMBER, 0.035, "%", "State royalty: royalty rate"),
        ("terms.mine.ore", Kind.FACTOR, 1, "×", "Mine plan: ore mined a year, dry"),
        ("terms.mine.ore.2035", Kind.PERIOD, 4_500_000, "t/year", "Mine plan: ore mined a year, dry in 2035"),
        ("terms.company.interests.plateau", Kind.SHARE, 0.15, "%", "Kasanga Mining Company: participating interest of each partner, in dividends: Plateau Mines State Company"),
        ("timeline.periods", Kind.SHAPE, 23, "1", "Number of periods"),
    ],
)  # fmt: skip
def test_a_path_means_a_number(path: str, kind: Kind, base: float, unit: str, label: str) -> None:
    found = lever(DEAL, path)
    assert (found.kind, found.base, found.unit, found.label) == (kind, base, unit, label)


def test_a_share_is_given_by_all_others_or_by_one() -> None:
    assert lever(DEAL, "terms.company.interests.plateau").others == (
        "terms.company.interests.northvale",
        "terms.company.interests.tansei",
    )
    assert lever(DEAL, "terms.company.interests.plateau:tansei").others == ("terms.company.interests.tansei",)
    assert lever(DEAL, "terms.carry.carriers.tansei").others == ("terms.carry.carriers.northvale",)
    assert lever(DEAL, "terms.mine_capital.phasing.2028").kind is Kind.SHARE


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("terms.royalty.rte", "the deal has no number 'terms.royalty.rte'; did you mean 'terms.royalty.rate'?"),
        (
            "royalty",
            "the deal has no number 'royalty'; numbers with that in their path: terms.royalty.covered, terms.royalty.payment_lag, terms.royalty.rate",
        ),
        ("terms.mine.ore.2099", "terms.mine.ore: there is no period '2099'; periods run from 2027 to 2049"),
        ("terms.royalty.rate:tansei", "terms.royalty.rate is not a share of a whole, so nobody gives it; leave out ':tansei'"),
        (
            "terms.company.interests.plateau:joe",
            "terms.company.interests.plateau: 'joe' has no share that it could give; shares are held by northvale, tansei",
        ),
    ],
)
def test_what_is_no_number_is_refused(path: str, message: str) -> None:
    with pytest.raises(GraphError) as raised:
        lever(DEAL, path)
    assert str(raised.value) == message


def test_every_lever_is_found_by_its_path() -> None:
    for one in levers(DEAL):
        found = lever(DEAL, one.path)
        assert (found.name, found.base, found.kind) == (one.name, one.base, one.kind)


def test_ranges_are_checked_like_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kasanga.yaml"
    shutil.copy(deals() / "kasanga_mine_plan.csv", tmp_path)
    plain = (deals() / "kasanga.yaml").read_text().partition("\nranges:")[0] + "\nranges:\n"
    line = len(plain.splitlines())
    file.write_text(plain + "  prices.copper.flat: {low: 9, high: 8}\n")
    with pytest.raises(DealError) as raised:
        load(file)
    assert str(raised.value).startswith(f"{file}:{line + 1}:3: ranges.prices.copper.flat: low (9) is above high (8); swap them\n")
    file.write_text(plain + "  terms.royalty.rate: {low: 2%, high: 130%}\n  terms.royalty.rte: {low: 1, high: 2}\n")
    with pytest.raises(DealError) as raised:
        load(file)
    assert [fault.message for fault in raised.value.faults] == [
        "ranges.terms.royalty.rate: terms.royalty.rate: 130% is too high; it must be at most 100%"
        " (a percentage is written with its sign, such as 12%)",
        "ranges.terms.royalty.rte: the deal has no number 'terms.royalty.rte'; did you mean 'terms.royalty.rate'?",
    ]


def test_the_whole_of_one_party_cannot_be_varied() -> None:
    """In starter the miner carries all and the last year has all of the closure: 90% of it would leave money to nobody."""
    found = [one.path for one in levers(load("starter"))]
    assert "terms.company.interests.miner" in found
    assert not {"terms.carry.carriers.miner", "terms.closure.phasing.2037"} & {*found}


@pytest.mark.parametrize("text", ["²", "1²", "9" * 5000])
def test_digits_that_cannot_be_read_are_told(text: str) -> None:
    """Superscripts pass for digits in Python, and it reads no more than 4,300 of them."""
    one = lever(load("kasanga"), "prices.copper.flat")
    with pytest.raises(GraphError, match=r"^prices\.copper\.flat: "):
        one.read(text)
