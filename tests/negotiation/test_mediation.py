"""The mediator's view: what it tells follows from each party's own deal, and nothing private is ever printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jvmodel.analysis.breakeven import breakevens
from jvmodel.analysis.study import Study
from jvmodel.cli import main
from jvmodel.errors import DealError, GraphError
from jvmodel.negotiation.mediation import mediate

TERMS = ["terms.company.interests.plateau:northvale=10%:30%"]
FILES = {
    "plateau": "party: plateau\nwalk_away: 561.25\nchanges: {prices.copper.flat: 9613, parties.plateau.discount_rate: 6.37%}\n",
    "northvale": "party: northvale\nwalk_away: 702.75\nchanges: {prices.copper.flat: 9087, parties.northvale.discount_rate: 10.23%}\n",
    "tansei": "party: tansei\nwalk_away: 431.75\n",
}


def written(folder: Path, **other: str) -> list[str]:
    files = []
    for party, text in (FILES | other).items():
        path = folder / f"{party}.yaml"
        path.write_text(text, encoding="utf-8")
        files.append(str(path))
    return files


def limit(party: str, walk_away: float, *changes: str) -> float:
    """Where the party's value is its walk-away value: by another route, on a deal changed on the command line."""
    (found,) = breakevens(Study("kasanga", changes), TERMS[0].partition("=")[0], [f"{party}.npv"], walk_away, (0.02, 0.55))
    return found.roots[0]


def test_what_a_party_sees_for_itself_is_not_overruled(tmp_path: Path) -> None:
    """`--set` of the price that the deal has already changes nothing: who has another in mind keeps it."""
    files = written(tmp_path)
    same = mediate("kasanga", files, ["prices.copper.flat=9200"], TERMS)
    assert same.moves == mediate("kasanga", files, terms=TERMS).moves


def test_limits_are_those_of_each_party_s_own_deal(tmp_path: Path) -> None:
    low = limit("plateau", 561.25, "prices.copper.flat=9613", "parties.plateau.discount_rate=6.37%")
    high = limit("northvale", 702.75, "prices.copper.flat=9087", "parties.northvale.discount_rate=10.23%")
    (move,) = mediate("kasanga", written(tmp_path), terms=TERMS).moves
    assert low > 0.15
    if low < high:
        assert (move.zone, move.inside, move.towards, move.up) == (True, False, ("plateau",), True)
        told = (low - 0.15) / 0.2
    else:
        assert (move.zone, move.towards) == (False, ("plateau",))
        told = (low - high) / 0.2
    assert move.share == pytest.approx(max(0.05, round(told / 0.05) * 0.05))


def test_everybody_content_and_nobody_ever(tmp_path: Path) -> None:
    content = written(tmp_path, plateau="party: plateau\nwalk_away: 0\n")
    found = mediate("kasanga", content, terms=TERMS)
    assert (found.accepted, found.together, [one.inside for one in found.moves]) == (True, True, [True])
    never = written(tmp_path, plateau="party: plateau\nwalk_away: 99999\n")
    found = mediate("kasanga", never, terms=TERMS)
    assert (found.accepted, found.together, found.moves[0].zone, found.moves[0].share) == (False, False, False, 1.0)
    assert found.moves[0].up is None  # no value suits, so there is no way to move: the document had said up


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_private_is_printed(as_json: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private = [part for file in written(tmp_path) for part in ("--private", file)]
    with pytest.raises(SystemExit) as ended:
        main(["mediate", "kasanga", *private, "--terms", TERMS[0], *(["--json"] if as_json else [])])
    out, err = capsys.readouterr()
    assert (ended.value.code or 0, err) == (0, "")
    for secret in ("561", "702", "431", "9613", "9087", "6.37", "10.23", "0.0637", "0.1023"):
        assert secret not in out
    if as_json:
        assert set(json.loads(out)) == {"parties", "zone", "accepted", "terms"}
        assert set(json.loads(out)["terms"][0]) == {"path", "label", "zone", "inside", "towards", "share_of_range", "up"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("party: plateau\nwalk_away: 561.25\nchanges: {prices.copper.flat: x9613}\n", "3:11"),
        ("party: plateau\nwalk_away: 561.25\nchanges: {prices.coper.flat: 9613}\n", "3:11"),
        ("party: plateau\nwalk_away: lots561\n", "2:1"),
        ("party: plateau\nwalk_away: 561: 25\n", "2:15"),
    ],
)
def test_faults_of_private_files_say_where_but_not_what(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(DealError) as raised:
        mediate("kasanga", written(tmp_path, plateau=text), terms=TERMS)
    message = str(raised.value)
    assert message.startswith(
        f"{tmp_path}/plateau.yaml:{place}: this entry of a private file does not fit the deal; ask its party"
    )
    for secret in ("561", "9613", "coper", "lots"):
        assert secret not in message.removeprefix(str(tmp_path))


def test_one_file_for_each_party(tmp_path: Path) -> None:
    files = written(tmp_path)
    with pytest.raises(GraphError, match="there is no private file of tansei; every party at the table gives one"):
        mediate("kasanga", files[:2], terms=TERMS)
    with pytest.raises(GraphError, match="are both of plateau; give one file a party"):
        mediate("kasanga", [files[0], files[0], *files], terms=TERMS)
    with pytest.raises(GraphError, match="'treasury' does not sit at the table"):
        mediate("kasanga", written(tmp_path, plateau="party: treasury\nwalk_away: 1\n"), terms=TERMS)
