"""Coalitions of the three states: the second method takes what is absent out of the deal's data by hand."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from jvmodel.analysis.stakes import stakes
from jvmodel.deal import Deal
from jvmodel.dealfile.source import read_source
from jvmodel.errors import DealError, GraphError
from jvmodel.model import build
from jvmodel.negotiation.coalitions import Coalitions, coalitions, read_split
from jvmodel.shipped import examples

PLAYERS = ("alta", "bora", "cera", "magna", "devbank")


@pytest.fixture(scope="module")
def found() -> Coalitions:
    return coalitions("three_states")


def by_hand(members: tuple[str, ...], plant: float = 330) -> float:
    data = copy.deepcopy(read_source(examples()["three_states"]).data)
    for about in ("coalition", "negotiation", "uncertainty", "ranges"):
        data.pop(about, None)
    gone = [f"_{player[0]}" for player in ("alta", "bora", "cera") if player not in members]
    data["terms"] = [term for term in data["terms"] if term["name"][-2:] not in gone]
    size = sum({"alta": 4692, "bora": 2684, "cera": 4277}.get(player, 0) for player in members) / (4692 + 2684 + 4277)
    terms = {term["name"]: term for term in data["terms"]}
    terms["plant_capital"]["budget"] = plant * size**0.65
    terms["plant_fixed"]["amount"] = 21 * size**0.65
    terms["plant_sustaining"]["amount"] = 7 * size**0.65
    if "alta" not in members:
        terms["corridor_capital"]["budget"] = 70
    if "magna" not in members:
        terms["separation"]["recovery"] = {"oxide": "84%"}
        terms["process"]["success"] = "0%"
    if "devbank" not in members:
        terms["development_loan"] |= {"base_rate": "9%", "lender": "banks"}
    model = build(Deal.model_validate(data, context={"currency": "USD"}))
    return sum(stake.value for stake in stakes(model) if stake.party in PLAYERS)


@pytest.mark.parametrize("members", [("alta",), ("bora", "cera", "magna"), ("alta", "cera", "devbank"), PLAYERS])
def test_worth_is_that_of_the_deal_without_the_others(members: tuple[str, ...], found: Coalitions) -> None:
    group = next(one for one in found.groups if set(one.members) == set(members))
    assert group.built == pytest.approx(by_hand(members), abs=1e-9)
    assert group.worth == pytest.approx(max(0.0, by_hand(members)), abs=1e-9)


def test_a_venture_that_none_would_build_alone(found: Coalitions) -> None:
    alone = [one for one in found.groups if len(one.members) == 1]
    assert [one.builds for one in alone] == [False] * 5
    assert [one.built is not None and one.built < 0 for one in alone[:3]] == [True] * 3
    assert [one.why for one in alone[3:]] == ["needs one of alta, bora, cera"] * 2
    assert found.game.whole > 200
    assert found.better_together()
    assert found.deal_split is not None
    assert sum(found.deal_split.values()) == pytest.approx(found.game.whole, abs=1e-9)
    # as the deal stands the bank lends below its own return, and is better off at home
    assert [group.members for group, _ in found.blocking(found.deal_split)] == [("devbank",)]
    assert found.blocking(found.split(found.game.nucleolus)) == ()


def test_a_split_is_checked(found: Coalitions) -> None:
    whole = found.game.whole
    with pytest.raises(GraphError, match=r"--split hands out 5\.0, and all together are worth"):
        read_split(found, [f"{player}=1" for player in PLAYERS])
    with pytest.raises(GraphError, match="'atla' is not a player; did you mean 'alta'"):
        read_split(found, ["atla=1"])
    split = read_split(found, [f"{player}={whole / 5:.6f}" for player in PLAYERS])
    assert found.blocking(split)[0][0].members == ("alta", "bora", "cera", "magna")


def test_faults(tmp_path: Path) -> None:
    text = examples()["three_states"].read_text(encoding="utf-8")
    path = tmp_path / "deal.yaml"
    path.write_text(text.replace("{terms.corridor_capital.budget: 70}", "{terms.corridor_capital.budgt: 70}"), encoding="utf-8")
    with pytest.raises(DealError, match="budgt is not a field of capital_cost; did you mean 'budget'"):
        coalitions(path)
    path.write_text(text.replace("remove: [pit_a, ", "remove: [pit_x, "), encoding="utf-8")
    with pytest.raises(DealError, match="the deal has no term 'pit_x'"):
        coalitions(path)
    path.write_text(text.replace("one_of: [[alta, bora, cera]]", "one_of: [[alta, bora, lumen]]"), encoding="utf-8")
    with pytest.raises(DealError, match="coalition: 'lumen' is not one of the players"):
        coalitions(path)
    with pytest.raises(GraphError, match="the deal does not say who brings what"):
        coalitions("starter")


def test_a_change_of_the_whole_deal_is_not_undone_by_an_absence() -> None:
    """What `--set` says holds for everybody; sizes scale it, and what an absence changes comes after."""
    plain = {one.members: one.built for one in coalitions("three_states").groups}
    for change in ("terms.plant_capital.budget=330", "terms.corridor_capital.budget=48"):
        told = {one.members: one.built for one in coalitions("three_states", [change]).groups}
        assert told == pytest.approx(plain, abs=1e-9), change
    dearer = {one.members: one.built for one in coalitions("three_states", ["terms.plant_capital.budget=340"]).groups}
    alone = by_hand(("alta",)) - by_hand(("alta",), plant=340)
    assert plain["alta",] - dearer["alta",] == pytest.approx(alone, abs=1e-9)  # type: ignore[operator]
