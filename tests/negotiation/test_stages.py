"""Stage gates: worked example 13, every path counted by loops, and who decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jvmodel.errors import GraphError
from jvmodel.mandates import Gates
from jvmodel.negotiation.stages import outcomes, rolled_back, staged

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "example_13_emv_stage_gate.json").read_text(encoding="utf-8"))
GIVEN, EXPECTED = EXAMPLE["inputs"], EXAMPLE["expected"]


def gates(**more: Any) -> Gates:
    earned = GIVEN["farm_in"]["B_earns"]
    stages = [
        {
            "name": one["name"], "cost": one["cost_at_start"], "chance": one["p_success"], "years": one["years"],
            "salvage": one["salvage_on_failure"], **({"paid": {"b": 1.0}} if number < 2 else {}),
            **({"held": {"a": 1.0}} if number < 1 else {}),
        }
        for number, one in enumerate(GIVEN["stages"])
    ]  # fmt: skip
    return Gates.model_validate({
        "rate": GIVEN["rate"], "stages": stages, "shares": {"a": 1 - earned, "b": earned},
        "outcomes": [{"chance": chance, "value": value} for chance, value in GIVEN["outcomes"]], **more,
    })  # fmt: skip


def values(given: Gates) -> tuple[dict[str, float], ...]:
    return tuple({party: share * (one.value or 0.0) for party, share in given.shares.items()} for one in given.outcomes)


def test_worked_example_13() -> None:
    given_ = gates()
    found = rolled_back(given_, values(given_))
    assert found.emv == pytest.approx(EXPECTED["emv_at_start"], abs=1e-9)
    rolled = [found.build, *(stage.value for stage in reversed(found.stages))]
    assert rolled == pytest.approx(EXPECTED["rollback_values_from_build_to_start"], abs=1e-9)
    assert found.reach_build == pytest.approx(EXPECTED["p_reach_build"], abs=1e-12)
    assert found.option == pytest.approx(EXPECTED["value_of_option_not_to_build"], abs=1e-9)
    assert found.option_at_build == pytest.approx(EXPECTED["value_of_option_not_to_build"], abs=1e-9)
    assert found.expected == pytest.approx({"a": EXPECTED["emv_A"], "b": EXPECTED["emv_B"]}, abs=1e-9)
    assert found.spend == pytest.approx(EXPECTED["expected_spend"], abs=1e-9)


def test_who_decides_matters() -> None:
    """B would lose by the farm-in, so B does not begin; A then has all of it if the project reverts to A, and nothing otherwise."""
    given_ = gates()
    found = rolled_back(given_, values(given_), "b")
    assert [stage.goes_on for stage in found.stages] == [False, True, True]
    assert found.expected == {"a": 0.0, "b": 0.0}
    back = gates(reverts={"a": 1.0})
    reverted = rolled_back(back, values(back), "b")
    assert reverted.expected == pytest.approx({"a": EXPECTED["emv_at_start"], "b": 0.0}, abs=1e-9)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.floats(0.05, 0.95), st.floats(0.5, 4), st.floats(0, 10), st.floats(0, 1)), min_size=1, max_size=4
    ),
    st.lists(st.floats(-200, 600), min_size=1, max_size=4), st.floats(0.1, 0.9),
)  # fmt: skip
def test_every_path_counted(drawn: list[tuple[float, ...]], finds: list[float], share: float) -> None:
    """Going on whatever happens is the sum over every path of chance times discounted money; deciding adds to it, never takes."""
    given_ = Gates.model_validate({
        "rate": 0.1, "shares": {"a": share, "b": 1 - share},
        "stages": [
            {"name": "s", "cost": cost, "chance": chance, "years": years, "salvage": salvage, "paid": {"a": paid, "b": 1 - paid}}
            for cost, chance, years, salvage, paid in drawn
        ],
        "outcomes": [{"chance": 1 / len(finds), "value": value} for value in finds],
    })  # fmt: skip
    found = rolled_back(given_, values(given_))
    total = {"a": 0.0, "b": 0.0}
    for failed in range(len(drawn) + 1):  # the stage that fails; the number of stages where none does
        chance, time, flows = 1.0, 0.0, {"a": 0.0, "b": 0.0}
        for number, (cost, p, years, salvage, paid) in enumerate(drawn[: failed + 1]):
            flows["a"] -= paid * cost * 1.1**-time
            flows["b"] -= (1 - paid) * cost * 1.1**-time
            chance, time = chance * (1 - p if number == failed else p), time + years
            left = salvage if number == failed else 0.0
            flows["a"] += share * left * 1.1**-time
            flows["b"] += (1 - share) * left * 1.1**-time
        if failed == len(drawn):
            flows["a"] += share * sum(finds) / len(finds) * 1.1**-time
            flows["b"] += (1 - share) * sum(finds) / len(finds) * 1.1**-time
        for party, flow in flows.items():
            total[party] += chance * flow
    assert found.emv - found.option == pytest.approx(sum(total.values()), abs=1e-8)
    assert found.option >= -1e-9
    for decides in ("a", "b"):
        assert rolled_back(given_, values(given_), decides).expected[decides] >= total[decides] - 1e-9


def test_gates_of_a_deal(tmp_path: Path) -> None:
    from jvmodel.analysis.study import Study

    path = tmp_path / "staged.yaml"
    text = """
base: kasanga
changes:
  gates:
    rate: 8%
    shares: {plateau: 20%, northvale: 55%, tansei: 25%}
    stages:
      - {name: Feasibility, cost: 40, chance: 60%, years: 2, salvage: 5}
    outcomes:
      - {chance: 50%}
      - {chance: 50%, factors: {terms.mine.grades.copper: 0.4, terms.mine.grades.cobalt: 0.4}}
"""
    path.write_text(text, encoding="utf-8")
    study = Study(path)
    assert study.model.deal.gates is not None
    good, poor = outcomes(study, study.model.deal.gates)
    assert good["northvale"] == pytest.approx(study.figures({}, ["northvale.npv"])["northvale.npv"][0])
    assert poor["northvale"] < 0 < good["northvale"]
    found = staged(path)
    assert [one.decides for one in found] == ["", "plateau", "northvale", "tansei"]
    assert found[2].expected["northvale"] >= found[0].expected["northvale"] - 1e-9
    path.write_text(text.replace("chance: 50%}", "chance: 40%}"), encoding="utf-8")
    with pytest.raises(Exception, match=r"staged.yaml:4:3: gates: the chances of the outcomes add up to 90%"):
        Study(path).model  # noqa: B018
    with pytest.raises(GraphError, match="the deal has no gates"):
        staged("starter")
