"""Comparisons: the second method is to build the deal with the clauses changed by hand, one order after another."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import pytest

from jvmodel.dealfile import load, start
from jvmodel.errors import DealError
from jvmodel.model import build
from jvmodel.negotiation.comparison import compare
from jvmodel.report.summary import metrics_of
from jvmodel.shipped import examples
from jvmodel.terms import terms

DATA = Path(__file__).parents[1] / "data"
CHANGES = {
    "terms.company.interests.plateau:northvale": ("20%", "terms.company.interests"),
    "terms.royalty.rate": ("5%", "terms.royalty.rate"),
    "terms.carry.rate": ("6%", "terms.carry.rate"),
}


def proposal(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def npv(changes: list[str], party: str) -> float:
    return float(metrics_of(build(load("kasanga", changes)), party)["npv"])


def test_effects_of_clauses_are_those_of_deals_changed_one_by_one(tmp_path: Path) -> None:
    lines = "".join(f"  {path}: {value}\n" for path, (value, _) in CHANGES.items())
    found = compare("kasanga", [proposal(tmp_path, "offer", f"base: kasanga\nby: plateau\nchanges:\n{lines}")])
    (one,) = found.alternatives
    assert [clause.part for clause in one.clauses] == ["terms.royalty.rate", "terms.company.interests", "terms.carry.rate"]
    written = {part: f"{path}={value}" for path, (value, part) in CHANGES.items()}
    for party in ("plateau", "northvale", "treasury"):
        base = npv([], party)
        assert one.change[party] == pytest.approx(npv(list(written.values()), party) - base, abs=1e-9)
        steps: dict[str, list[float]] = {part: [] for part in written}
        for order in permutations(written):
            for place, part in enumerate(order):
                before, after = ([written[each] for each in order[:count]] for count in (place, place + 1))
                steps[part].append(npv(after, party) - npv(before, party))
        for clause in one.clauses:
            assert clause.alone[party] == pytest.approx(npv([written[clause.part]], party) - base, abs=1e-9)
            assert clause.shapley[party] == pytest.approx(sum(steps[clause.part]) / 6, abs=1e-9)
        assert sum(clause.shapley[party] for clause in one.clauses) == pytest.approx(one.change[party], abs=1e-9)
        assert sum(clause.in_order[party] for clause in one.clauses) == pytest.approx(one.change[party], abs=1e-9)


def test_terms_added_and_taken_out(tmp_path: Path) -> None:
    file = proposal(
        tmp_path, "offer",
        "base: kasanga\nremove: [know_how, guarantee]\n"
        "add:\n  - {kind: scheduled_payment, name: signature, title: Signature bonus, amount: {2027: 25}, holder: treasury}\n",
    )  # fmt: skip
    (one,) = compare("kasanga", [file]).alternatives
    assert [(clause.title, clause.differences[0].words) for clause in one.clauses] == [
        ("Licence of the process", "taken out"),
        ("Investment guarantee", "taken out"),
        ("Signature bonus", "added"),
    ]
    deal = load("kasanga")
    kept = tuple(term for term in deal.terms if term.name not in ("know_how", "guarantee"))
    bonus = terms()["scheduled_payment"].model_validate(
        {"kind": "scheduled_payment", "name": "signature", "amount": {2027: 25}, "holder": "treasury"}
    )
    by_hand = build(deal.model_copy(update={"terms": (*kept, bonus)}))
    assert "treasury" in one.gainers()
    assert "northvale" in one.losers()
    for party in one.change:
        assert one.change[party] == pytest.approx(metrics_of(by_hand, party)["npv"] - npv([], party), abs=1e-9)
        assert sum(clause.shapley[party] for clause in one.clauses) == pytest.approx(one.change[party], abs=1e-9)


def test_a_clause_on_the_table_and_in_the_register_can_be_taken_out(tmp_path: Path) -> None:
    """Second method: the deal file with every line about the clause deleted by hand. Such a proposal had been refused."""
    deal = (tmp_path / "deal.yaml", tmp_path / "by_hand.yaml")
    text = examples()["kasanga"].read_text(encoding="utf-8")
    shutil.copy(examples()["kasanga"].with_name("kasanga_mine_plan.csv"), tmp_path)
    risk = """    lease:
      of: [terms.carry.repaid_from, terms.offtake.discount]
      drawn: factor
      uniform: {low: 90%, high: 110%}
    interest:
      of: terms.carry.rate
      uniform: {low: 7%, high: 9%}
  correlations:
    - {of: [interest, cobalt], rank: 20%}
"""
    deal[0].write_text(text.replace("  correlations:\n", risk, 1), encoding="utf-8")
    without = text.replace("  correlations:\n", risk, 1)
    start_at = without.index("  - kind: loan_carry\n")
    without = without[:start_at] + without[without.index("  - kind: voting\n") :]
    for gone, left in (
        ("  terms.carry.rate: {low: 4%, high: 12%, note: Range on the table}\n", ""),
        ("    terms.carry.rate: {low: 4%, high: 12%}\n", ""),
        ("[terms.carry.repaid_from, terms.offtake.discount]", "terms.offtake.discount"),
        ("    interest:\n      of: terms.carry.rate\n      uniform: {low: 7%, high: 9%}\n", ""),
        ("    - {of: [interest, cobalt], rank: 20%}\n", ""),
        ("      instrument: Carry of the state company\n", ""),
    ):
        assert gone in without
        without = without.replace(gone, left)
    deal[1].write_text(without, encoding="utf-8")
    offer = proposal(tmp_path, "offer", "base: deal.yaml\nremove: [carry]\n")
    one, other = load(offer), load(deal[1])
    assert one.ranges == other.ranges
    assert one.negotiation == other.negotiation
    assert one.uncertainty is not None
    assert other.uncertainty is not None
    assert {name: factor.of for name, factor in one.uncertainty.factors.items()} == {
        name: factor.of for name, factor in other.uncertainty.factors.items()
    }
    assert one.uncertainty.correlations == other.uncertainty.correlations
    (found,) = compare(deal[0], [offer]).alternatives
    for party, change in found.change.items():
        by_hand = metrics_of(build(other), party)["npv"] - metrics_of(build(load(deal[0])), party)["npv"]
        assert change == pytest.approx(by_hand, abs=1e-9)
    assert abs(found.change["plateau"]) > 1
    again = proposal(tmp_path, "again", "base: deal.yaml\nremove: [carry]\nadd:\n  - {kind: loan_carry, name: carry, carried: plateau,"
                     " carriers: {northvale: 100%}, during: construction, rate: 7%, repaid_from: 80%}\n")  # fmt: skip
    assert "terms.carry.rate" in load(again).ranges


def test_a_party_that_only_one_of_the_deals_knows_is_never_missing_between_them(tmp_path: Path) -> None:
    start(tmp_path / "deal", "starter")
    old = tmp_path / "deal" / "deal.yaml"
    text = old.read_text(encoding="utf-8")
    new = tmp_path / "deal" / "new.yaml"
    fund = "  fund: {name: Village Fund, role: community, discount_rate: 6%}\n\nprices:"
    levy = "rate: 4%, holder: fund}\n  - {kind: gross_royalty, name: levy, title: Levy, rate: 1%, holder: fund}"
    new.write_text(
        text.replace("\nprices:", fund, 1).replace("rate: 4%, holder: state}", levy, 1).replace("repaid_from: 75%", "repaid_from: 50%"),
        encoding="utf-8",
    )  # fmt: skip
    for base, other in ((old, new), (new, old)):
        (one,) = compare(str(base), [str(other)]).alternatives
        assert one.why == ""
        effects = {clause.part: clause.shapley for clause in one.clauses}
        assert set(effects) == {"parties.fund", "terms.royalty.holder", "terms.levy", "terms.carry.repaid_from"}
        assert set(effects["parties.fund"].values()) == {0.0}
        worth = [metrics_of(build(load(str(file))), "fund")["npv"] if file == new else 0.0 for file in (base, other)]
        assert one.change["fund"] == pytest.approx(worth[1] - worth[0], abs=1e-9) != 0
        for party, change in one.change.items():
            assert sum(effect[party] for effect in effects.values()) == pytest.approx(change, abs=1e-9)


def test_a_proposal_over_a_proposal_and_figures_of_every_side(tmp_path: Path) -> None:
    proposal(tmp_path, "first", "base: kasanga\nby: plateau\ndate: 2027-02-01\nchanges: {terms.royalty.rate: 5%}\n")
    second = proposal(
        tmp_path, "second", "base: first.yaml\ntitle: Answer\nchanges: {terms.carry.rate: 6%, timeline.periods: 22}\n"
    )
    found = compare("kasanga", [str(tmp_path / "first.yaml"), second], ["prices.copper.flat=9000"])
    answer = found.alternatives[1]
    assert (answer.side.title, found.alternatives[0].side.by, found.alternatives[0].side.date) == (
        "Answer",
        "plateau",
        "2027-02-01",
    )
    assert [clause.part for clause in answer.clauses] == ["timeline.periods", "terms.royalty.rate", "terms.carry.rate"]
    changed = ["terms.royalty.rate=5%", "terms.carry.rate=6%", "timeline.periods=22", "prices.copper.flat=9000"]
    model = build(load("kasanga", changed))
    for party in model.parties:
        expected = metrics_of(model, party)
        figures = answer.side.figures[party]
        assert figures["npv"] == pytest.approx(expected["npv"], abs=1e-9)
        assert figures["irr_roots"] == pytest.approx(expected["irr_roots"], abs=1e-9)


def test_a_deal_against_itself_has_no_clauses() -> None:
    (one,) = compare("kasanga", ["kasanga"]).alternatives
    assert (one.clauses, set(one.change.values())) == ((), {0.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: kasanga\nchanges: {terms.royalty.rte: 5%}\n", "{file}:2:11: terms.{royalty}.rte is not a field of nsr_royalty; did you mean 'rate'?\n    changes: {{terms.royalty.rte: 5%}}\n              ^"),
        ("base: kasanga\nchanges:\n  terms.royalti.rate: 5%\n", "{file}:3:3: there is no 'royalti' in terms; did you mean 'royalty'?; there are: "),
        ("base: kasanga\nchanges: {terms.company.interests.plateau: 20%}\n", "{file}:2:11: terms.{company}: interests add up to 105%"),
        ("base: kasanga\nchanges: {terms.company.interests.plateau:us: 20%}\n", "{file}:2:11: 'us' has no share beside 'plateau' that it could give; shares are held by northvale, tansei"),
        ("base: kasanga\nchanges: {terms.company.interests.plateau:tansei: 50%}\n", "{file}:2:11: 'tansei' would have to give 35%, which is 10% more than it has"),
        ("base: kasanga\nremove: [royalti]\n", "{file}:2:10: remove: the deal has no term 'royalti'; did you mean 'royalty'?"),
        ("base: kasnga\n", "{file}:1:1: there is no deal 'kasnga' beside the proposal; did you mean 'kasanga'?"),
        ("base: offer.yaml\n", "{file}:1:1: 'offer.yaml' is over this proposal; name the deal that both change"),
        ("base: kasanga\nchange: {}\n", "{file}:2:1: change is not a field of a proposal; did you mean 'changes'?"),
        ("base: kasanga\ndate: soon\n", "{file}:2:1: date: 'soon' is not a day; write it as 2027-03-31"),
        ("base: kasanga\nadd:\n  - {kind: scheduled_payment, name: bonus, holder: tresury, amount: 2}\n", "{file}:3:44: terms.{added}.holder: 'tresury' is not a party of the deal; did you mean 'treasury'?"),
    ],
)  # fmt: skip
def test_faults_are_told_with_the_line_of_the_proposal(text: str, message: str, tmp_path: Path) -> None:
    file = proposal(tmp_path, "offer", text)
    with pytest.raises(DealError) as raised:
        load(file)
    places = {term.name: number for number, term in enumerate(load("kasanga").terms)} | {"added": len(load("kasanga").terms)}
    assert str(raised.value).startswith(message.format(file=file, **places))


def test_another_timeline_is_switched_with_all_that_follows_from_it(tmp_path: Path) -> None:
    """Two quarters less, by deals changed one by one; the parts add up to the whole."""
    base = str(DATA / "quarterly.yaml")
    written = {"timeline.periods": "22", "terms.royalty.rate": "5%", "timeline.discounting": "mid"}

    def worth(parts: Iterable[str], party: str) -> float:
        return float(metrics_of(build(load(base, [f"{part}={written[part]}" for part in parts])), party)["npv"])

    lines = "".join(f"  {path}: {value}\n" for path, value in written.items())
    (one,) = compare(base, [proposal(tmp_path, "offer", f"base: {base}\nchanges:\n{lines}")]).alternatives
    for party in ("venture", "bob", "state"):
        for clause in one.clauses:
            assert clause.alone[party] == pytest.approx(worth([clause.part], party) - worth([], party), abs=1e-9)
            steps = [
                worth(order[: order.index(clause.part) + 1], party) - worth(order[: order.index(clause.part)], party)
                for order in permutations(written)
            ]
            assert clause.shapley[party] == pytest.approx(sum(steps) / 6, abs=1e-9)
        assert sum(clause.shapley[party] for clause in one.clauses) == pytest.approx(one.change[party], abs=1e-9)
        assert sum(clause.in_order[party] for clause in one.clauses) == pytest.approx(one.change[party], abs=1e-9)


def test_a_party_that_the_deal_does_not_know_keeps_its_capitals(tmp_path: Path) -> None:
    found = compare("kasanga", [proposal(tmp_path, "offer", "base: kasanga\nchanges: {terms.royalty.rate: 5%}\n")])
    assert found.label("Lestari Minerals") == "Lestari Minerals"
    assert found.label("customers") == "Customers"
