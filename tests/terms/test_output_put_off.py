"""Output that disruptions put off and spare capacity makes up (terms.md E10, A3): tables by hand, and a plain loop."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import by_year, rows, small

from jvmodel.errors import GraphError
from jvmodel.model import Model

OWNER = {"kind": "incorporated_venture", "name": "company", "interests": {"ann": "100%"}}
STEPS = {"year": 1, "half": 2, "quarter": 4}


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=2e-9)


def flood(deferred: str, first: int = 2028, last: int = 2028, lost: str = "40%") -> dict[str, Any]:
    event = {"start": first, "end": last + 1, "lost": lost}
    return {"kind": "disruption", "name": "flood", "events": {"flood": event}, "deferred": deferred}


def metal(**plan: Any) -> dict[str, Any]:
    return {"kind": "metal_plan", "name": "metal", "tonnes": {"copper": by_year([100] * 5)}} | plan


def sold(*terms: dict[str, Any], **settings: Any) -> Model:
    return small(
        *terms, {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}, OWNER, periods=5, **settings
    )  # fmt: skip


def test_metal_put_off_is_made_up_within_capacity() -> None:
    """A flood takes 40 of 100 t, of which 30 are put off; 112 t a year can be made, so 12, 12 and 6 t are made up.

    |                 | 2027 | 2028 | 2029 | 2030 | 2031 |
    | lost            | 0    | 40   | 0    | 0    | 0    |
    | of which put off| 0    | 30   | 0    | 0    | 0    |
    | waiting         | 0    | 0    | 30   | 18   | 6    |
    | spare           | 12   | 7.2  | 12   | 12   | 12   |
    | made up         | 0    | 0    | 12   | 12   | 6    |
    | never made up   | 0    | 10   | 0    | 0    | 0    |
    | made            | 100  | 60   | 112  | 112  | 106  |
    """
    model = sold(metal(capacity={"copper": 112}), flood("75%"))
    assert rows(model, "metal.spare_copper") == near([12, 7.2, 12, 12, 12])
    assert rows(model, "metal.waiting_copper") == near([0, 0, 30, 18, 6])
    assert rows(model, "metal.made_up_copper") == near([0, 0, 12, 12, 6])
    assert rows(model, "metal.never_copper") == near([0, 10, 0, 0, 0])
    assert rows(model, "metal.recovered_copper") == near([100, 60, 112, 112, 106])
    assert [check.name for check in model.checks if not check.passed] == []


def test_what_waits_at_the_end_is_lost() -> None:
    """With room for 5 t a year, 15 of 30 t still wait at the end; where operation ends with 2029, 25 do."""
    model = sold(metal(capacity={"copper": 105}), flood("75%"))
    assert rows(model, "metal.never_copper") == near([0, 10, 0, 0, 15])
    assert sum(rows(model, "metal.recovered_copper")) == near(500 - 25)
    short = sold(metal(capacity={"copper": 105}), flood("75%"), phases={"operation": {"start": 2027, "end": 2030}})
    assert rows(short, "metal.made_up_copper") == near([0, 0, 5, 0, 0])
    assert sum(rows(short, "metal.never_copper")) == near(10 + 25)


def test_ore_put_off_has_the_grade_and_the_waste_that_it_had() -> None:
    """Ore of 2% is put off and comes between ore of 1%: 40 t at 2%, of which all is put off, 20 a year with its waste."""
    mine = {"kind": "mine_plan", "name": "mine", "ore": by_year([100] * 5), "waste": by_year([300, 200, 100, 100, 100]), "capacity": 120,
            "grades": {"copper": {"2027": "2%", "2028": "2%", "2029": "1%", "2030": "1%", "2031": "1%"}}}  # fmt: skip
    plant = {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}}
    model = sold(mine, plant, flood("100%"))
    assert rows(model, "mine.ore") == near([100, 60, 120, 120, 100])
    assert rows(model, "mine.waste") == near([300, 120, 140, 140, 100])
    assert rows(model, "mine.contained_copper") == near([2, 1.2, 1.4, 1.4, 1])
    assert rows(model, "mine.grade_copper")[2] == near(1.4 / 120)
    assert rows(model, "mine.left")[0] == near(400)
    assert [check.name for check in model.checks if not check.passed] == []


def test_a_late_mine_puts_off_what_it_would_have_made_then() -> None:
    """Twelve months late, the flood of 2028 takes 40 of the first 100 t; 20 are put off and come in 2029 and 2030."""
    late = {"kind": "completion_delay", "name": "late", "planned": 2027, "months": 12}
    mine = {"kind": "mine_plan", "name": "mine", "ore": by_year([100] * 4), "capacity": 110, "grades": {"copper": "2%"}}
    model = sold(mine, {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}}, flood("50%"), late)
    assert rows(model, "mine.ore") == near([0, 60, 110, 110, 100])
    assert rows(model, "mine.contained_copper") == near([0, 1.2, 2.2, 2.2, 2])


def test_nothing_put_off_is_a_disruption_as_it_was() -> None:
    plain = {key: value for key, value in flood("0%").items() if key != "deferred"}
    expected = rows(sold(metal(), plain), "metal.recovered_copper")
    assert rows(sold(metal(capacity={"copper": 500}), flood("0%")), "metal.recovered_copper") == near(expected)


def test_what_is_refused() -> None:
    with pytest.raises(GraphError, match="no capacity says how fast Recovered copper is made up; give one"):
        sold(metal(), flood("75%"))
    with pytest.raises(ValueError, match=r"capacity.lead: no metal of this name is planned; plan it, or take its capacity out"):
        sold(metal(capacity={"lead": 5}), flood("75%"))
    reserve = {
        "kind": "mine_schedule",
        "name": "mine",
        "capacity": 100,
        "phases": {"pit": {"tonnes": 500, "grades": {"copper": "2%"}}},
    }
    with pytest.raises(
        GraphError, match="a schedule mines later all that it cannot mine now; leave deferred out of the disruption"
    ):
        sold(reserve, {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}}, flood("75%"))


tonnes = st.integers(0, 100).map(float)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(sorted(STEPS)), st.lists(tonnes, min_size=5, max_size=5), st.lists(st.integers(0, 3), min_size=5, max_size=5),
    st.lists(st.tuples(st.integers(2027, 2031), st.integers(0, 2), st.integers(0, 100)), min_size=1, max_size=3),
    st.integers(0, 100), st.integers(0, 140), st.integers(2030, 2032),
)  # fmt: skip
def test_ore_and_metal_by_a_loop(
    step: str, ore: list[float], grade: list[int], events: list[tuple[int, int, int]], deferred: int, most: int, end: int
) -> None:
    """Ore and its metal, period by period: tonnes that wait are a heap, of which a part is taken with its metal."""
    each = STEPS[step]
    named = {
        f"event{number}": {"start": first, "end": min(first + 1 + more, 2032), "lost": f"{lost}%"}
        for number, (first, more, lost) in enumerate(events)
    }
    mine = {
        "kind": "mine_plan", "name": "mine", "ore": by_year(ore), "capacity": most,
        "grades": {"copper": {str(2027 + year): f"{one}%" for year, one in enumerate(grade)}},
    }  # fmt: skip
    model = small(
        mine, {"kind": "disruption", "name": "events", "events": named, "deferred": f"{deferred}%"},
        {"kind": "plant", "name": "plant", "recovery": {"copper": "100%"}},
        {"kind": "metal_sale", "name": "sale", "metal": "copper", "made_by": "plant"}, OWNER,
        periods=5 * each, timeline={"step": step}, phases={"operation": {"start": 2027, "end": end}},
    )  # fmt: skip
    heap = [0.0, 0.0]
    gone = [0.0, 0.0]
    mined: list[list[float]] = [[], []]
    for t in range(5 * each):
        year = t // each
        lost = max([one / 100 for first, more, one in events if first <= 2027 + year <= first + more], default=0.0)
        planned = [ore[year] / each, ore[year] / each * grade[year] / 100]
        room = max(most / each - planned[0], 0.0) * (1 - lost) if 2027 + year < end else 0.0
        part = min(room / heap[0], 1.0) if heap[0] else 0.0
        for kind in (0, 1):
            mined[kind].append(planned[kind] * (1 - lost) + heap[kind] * part)
            heap[kind] += planned[kind] * lost * deferred / 100 - heap[kind] * part
            gone[kind] += planned[kind] * lost * (1 - deferred / 100)
    for kind, (made, never) in enumerate((("ore", "never_ore"), ("contained_copper", "never_contained_copper"))):
        assert model.run.single(f"mine.{made}") == pytest.approx(mined[kind], rel=1e-9, abs=1e-9)
        assert model.run.single(f"mine.{never}").sum() == pytest.approx(gone[kind] + heap[kind], rel=1e-9, abs=1e-9)
    assert [check.name for check in model.checks if not check.passed] == []
