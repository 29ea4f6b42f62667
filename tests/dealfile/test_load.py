"""Faults of a deal file: whole messages, with line and column, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.dealfile import load
from jvmodel.errors import DealError

GOOD = """\
deal: Test
timeline: {start: 2027, periods: 3}
discount_rate: 10%
parties:
  ann: {name: Ann, role: partner, discount_rate: 8%}
  state: {name: State, role: state, discount_rate: 5%}
prices:
  copper: {unit: USD/t, flat: 9000}
terms:
  - kind: other_revenue
    name: toll
    amount: 12
  - kind: nsr_royalty
    name: royalty
    rate: 3%
    holder: state
  - kind: metal_plan
    name: metal
    tonnes: {copper: {2028: 500}}
  - kind: metal_sale
    name: sale
    metal: copper
    made_by: plant
  - kind: incorporated_venture
    name: company
    interests: {ann: 100%}
"""


def faults(tmp_path: Path, text: str | bytes, *changes: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DealError) as refused:
        load(path, changes)
    return [str(fault).replace(str(tmp_path) + "/", "") for fault in refused.value.faults]


def test_a_good_deal(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(GOOD)
    deal = load(tmp_path / "x.yaml")
    assert deal.parties["ann"].discount_rate == 0.08
    assert [term.name for term in deal.terms] == ["toll", "royalty", "metal", "sale", "company"]


FIRST_LINES = {
    "    rate: 3%>    rte: 3%": [
        "x.yaml:13:5: terms.1.rate is missing (Royalty rate); nsr_royalty needs it",
        "x.yaml:15:5: terms.1.rte is not a field of nsr_royalty; did you mean 'rate'?",
    ],
    "kind: nsr_royalty>kind: nrs_royalty": [
        "x.yaml:13:5: terms.1.kind: there is no term 'nrs_royalty'; did you mean 'nsr_royalty'?"
    ],
    "rate: 3%>rate: .nan": ["x.yaml:15:5: terms.1.rate: nan is not a number that a model can use; give one below 1e+15"],
    "rate: 3%>rate: 12": [
        "x.yaml:15:5: terms.1.rate: 1200% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"
    ],
    "rate: 3%>rate: 3 USD/t": ["x.yaml:15:5: terms.1.rate: '3 USD/t' is in the wrong unit; give a percentage or a plain number"],
    "rate: 3%>rate: 1,5%": [
        "x.yaml:15:5: terms.1.rate: '1,5%' is not a number; write decimals with a point, and thousands without a separator"
    ],
    "ann: 100%>ann: 99%": [
        "x.yaml:24:5: terms.4: interests add up to 99%; they must add up to 100%",
    ],
    "holder: state>holder: sate": [
        "x.yaml:16:5: terms.1.holder: 'sate' is not a party of the deal; did you mean 'state'?"
        " (parties: ann, state, venture, customers, suppliers, banks)"
    ],
    "metal: copper>metal: coper": [
        "x.yaml:22:5: terms.3.metal: 'coper' is not a metal of the deal; did you mean 'copper'? (prices: copper)"
    ],
    "2028: 500>2031: 500": [
        "x.yaml:19:14: terms.2.tonnes.copper: 2031 is outside the timeline, which runs from 2027 to 2029",
    ],
    "name: royalty>name: toll": ["terms.1.name: 'toll' is the name of an earlier term; give each its own"],
    "periods: 3>periods: 1201": ["x.yaml:2:25: timeline.periods: 1201: input should be less than or equal to 1200"],
    "start: 2027>start: soon": [
        "x.yaml:2:12: timeline.start: 'soon' is not a date; write a year such as 2027 or a month such as 2027-07"
    ],
    "unit: USD/t>unit: EUR/t": [
        "x.yaml:8:3: prices.copper: unit 'EUR/t' is not a price unit of this deal; use one of USD/t, USD/lb, USD/oz, USD/kg, USD/g"
    ],
    "    amount: 12>    amount: 12\n    amount: 13": ["x.yaml:13:5: 'amount' is given twice"],
    "    amount: 12>\tamount: 12": ["x.yaml:12:1: this is not YAML"],
    "    amount: 12>    amount: {table: ../plan.csv, column: a}": [
        "x.yaml:12:5: terms.0.amount: table '../plan.csv' lies outside the deal's folder; copy it beside the deal file"
    ],
    "    amount: 12>    amount: {table: plan.csv, column: a}": [
        "x.yaml:12:5: terms.0.amount: there is no table 'plan.csv' in the deal's folder"
    ],
    "deal: Test>deal: [Test]": ["x.yaml:1:1: deal: ['Test'] is not text; put it in quotes"],
    "deal: Test>": ["x.yaml:1:1: deal is missing (Title of the deal); a deal needs it"],
}


@pytest.mark.parametrize("change", FIRST_LINES)
def test_faults_say_where_what_and_what_to_do(change: str, tmp_path: Path) -> None:
    before, after = change.split(">", maxsplit=1)
    assert before in GOOD
    found = [fault.split("\n")[0] for fault in faults(tmp_path, GOOD.replace(before, after, 1))]
    assert len(found) == len(FIRST_LINES[change])
    for line, expected in zip(found, FIRST_LINES[change], strict=True):
        assert expected in line, found


def test_a_fault_shows_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD.replace("rate: 3%", "rate: lots")) == [
        "x.yaml:15:5: terms.1.rate: 'lots' is not a number\n        rate: lots\n        ^"
    ]


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("rate: 3%", "rate: lots").replace("discount_rate: 8%", "discount_rate: x").replace("flat: 9000", "flat: -1")
    )
    text = text.replace("metal: copper", "metal: coper")
    lines = [fault.split(":")[1] for fault in faults(tmp_path, text)]
    assert lines == ["5", "8", "15", "22"]


def test_faults_of_changes_name_the_change(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, "prices.copper.flat=abc", "terms.royalty.holder=sate")[0] == (
        "--set prices.copper.flat=abc: prices.copper: 'abc' is not a number"
    )
    assert faults(tmp_path, GOOD, "terms.royalty.holder=sate")[0].startswith(
        "--set terms.royalty.holder=sate: terms.1.holder: 'sate' is not a party of the deal; did you mean 'state'?"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a deal file begins with fields such as 'deal: Name'"),
        (b"- a\n- b\n", "a deal file begins with fields such as 'deal: Name'"),
        (GOOD.encode("utf-16"), "this is not UTF-8 text; save the file as UTF-8 in your editor"),
        (b"deal: caf\xe9\n", "x.yaml:1:10: this is not UTF-8 text"),
        (b"deal: a\x00b\n", "x.yaml:1:8: the character '\\x00' does not belong in a text file; remove it"),
        (b"[" * 5000, "nested too deeply"),
        (b"a: &a [1]\nb: *c\n", "this is not YAML"),
        (b"deal: !!python/object:os.system x\n", "is not something a deal can hold"),
        (b"x" * 5_000_001, "bytes long, and may have 5,000,000"),
    ],
)
def test_files_that_are_not_deals(content: bytes, message: str, tmp_path: Path) -> None:
    assert message in "\n".join(faults(tmp_path, content))


def test_many_aliases_do_not_blow_up(tmp_path: Path) -> None:
    laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "too large or too deeply nested" in "\n".join(faults(tmp_path, "\n".join(laughs)))


def test_missing_and_folders(tmp_path: Path) -> None:
    with pytest.raises(DealError, match="there is no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(DealError, match="this is a folder; name the deal file in it"):
        load(tmp_path)


def table(tmp_path: Path, content: str | bytes, column: str = "a", name: str = "plan.csv") -> list[str]:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    text = GOOD.replace("    amount: 12", f"    amount: {{table: {name}, column: {column}}}")
    return [fault.split("\n")[0].partition("amount: ")[2] for fault in faults(tmp_path, text)]


def test_tables_name_the_cell(tmp_path: Path) -> None:
    assert table(tmp_path, "year,a\n2027,1\n2028,x\n") == [
        "plan.csv, cell B3: 'x' is not a number; write it without thousands separators"
    ]
    assert table(tmp_path, "year,a\n2027,\n") == [
        "plan.csv, cell B2 is empty; write a number, 0 for none (a formula needs to have been calculated and saved)"
    ]
    assert table(tmp_path, "year,ab\n2027,1\n") == ["plan.csv has no column 'a'; did you mean 'ab'?"]
    assert table(tmp_path, "year,a,a\n2027,1,2\n") == ["plan.csv has two columns 'a'; rename one of them"]
    assert table(tmp_path, "year,a\nsoon,1\n") == [
        "plan.csv, cell A2: 'soon' is not a year or period; write 2027, 2027-H1, 2027-Q3 or 2027-07"
    ]
    assert table(tmp_path, "year,a\n2027,1\n2027,2\n") == ["plan.csv, row 3: period 2027 stands there twice"]
    assert table(tmp_path, b"PK not a zip", name="plan.xlsx")[0].startswith("plan.xlsx cannot be read as an Excel workbook")
    assert table(tmp_path, "x", name="plan.txt") == ["table 'plan.txt' must be a .csv or .xlsx file"]


def test_tables_are_read(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (["year", "a"], [2027, 1.5], [2028, 2]):
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    (tmp_path / "plan.csv").write_text("year;a\n2027;1.5\n2028;2\n", encoding="utf-8-sig")
    for name in ("plan.xlsx", "plan.csv"):
        (tmp_path / "x.yaml").write_text(GOOD.replace("    amount: 12", f"    amount: {{table: {name}, column: a}}"))
        assert load(tmp_path / "x.yaml").terms[0].amount.by_year == {"2027": 1.5, "2028": 2}  # type: ignore[attr-defined]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("year,a\n2027,1\n")
    folder = tmp_path / "deal"
    folder.mkdir()
    (folder / "plan.csv").symlink_to(outside)
    assert "lies outside the deal's folder" in "\n".join(
        faults(folder, GOOD.replace("    amount: 12", "    amount: {table: plan.csv, column: a}"))
    )


def test_a_wall_of_brackets_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("deal: Deep\nterms: " + "[" * 3000 + "\n")
    with pytest.raises(DealError) as raised:
        load(path)
    assert str(raised.value) == f"{path}:2:8: lists and mappings are nested too deeply; flatten them"
