"""Round trip: what is changed on the inputs of a workbook comes back into the deal file, and nothing else moves."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from recalculate import PROFILE

from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.errors import DealError, WorkbookError
from jvmodel.lever import Kind, levers
from jvmodel.model import Model, build
from jvmodel.reading import Result, onto, read_workbook
from jvmodel.reading.cells import RefusedError, number
from jvmodel.reading.deal_text import DealText
from jvmodel.reading.difference import lines
from jvmodel.report.workbook import Writer
from jvmodel.shipped import examples


def inputs_only(model: Model, path: Path) -> Path:
    """A workbook with the sheets that are read, which is quick to change and to save."""
    Writer(model).save(path, cached=False)
    book = load_workbook(path)
    for title in book.sheetnames:
        if title not in ("Cover", "Inputs", "Series"):
            del book[title]
    book.save(path)
    return path


@pytest.fixture(scope="module")
def kasanga() -> Model:
    return build(load("kasanga"))


@pytest.fixture(scope="module")
def kasanga_book(kasanga: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inputs_only(kasanga, tmp_path_factory.mktemp("book") / "kasanga.xlsx")


class Edited:
    """A workbook to be changed by the paths of its inputs."""

    def __init__(self, path: Path) -> None:
        self.book = load_workbook(path)
        self.inputs, self.series = self.book["Inputs"], self.book["Series"]
        self.rows = {self.inputs.cell(row, 9).value: row for row in range(6, self.inputs.max_row + 1)}
        last = next(column for column in range(6, 500) if self.series.cell(3, column).value == "Path in the deal file")
        self.series_rows = {self.series.cell(row, last).value: row for row in range(6, self.series.max_row + 1)}
        self.periods = {self.series.cell(3, column).value: column for column in range(6, last)}

    def put(self, path: str, value: Any, column: int = 5) -> str:
        cell = self.inputs.cell(self.rows[path], column)
        cell.value = value
        return f"Inputs!{cell.coordinate}"

    def over_time(self, path: str, label: str, value: Any) -> str:
        cell = self.series.cell(self.series_rows[path], self.periods[label])
        cell.value = value
        return f"Series!{cell.coordinate}"

    def add(self, **rows: Any) -> None:
        for path, value in rows.items():
            row = self.inputs.max_row + 1
            self.inputs.cell(row, 9, path.replace("__", "."))
            self.inputs.cell(row, 5, value)

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path


def taken(path: Path, model: Model, deal: str = "kasanga") -> Result:
    return onto(read_workbook(path, model), deal, model)


@pytest.mark.parametrize("deal", sorted(examples()))
def test_an_unchanged_workbook_changes_nothing(deal: str, tmp_path: Path) -> None:
    model = build(load(deal))
    Writer(model).save(tmp_path / "deal.xlsx", cached=False)
    reading = read_workbook(tmp_path / "deal.xlsx", model)
    assert (reading.edits, reading.faults, reading.notes) == ([], [], [])
    assert onto(reading, deal, model).text.encode() == examples()[deal].read_bytes()


def test_numbers_names_series_ranges_and_rows(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    book.put("prices.copper.flat", 9500)
    book.put("terms.royalty.rate", "4%")
    book.put("terms.administration.amount.flat", " 1,200 ")
    book.put("terms.mine.dilution", 0.03)
    book.put("parties.northvale.name", 'Northvale & Sons: "NV"')
    book.put("terms.royalty.rate", 0.07, 7)
    book.put("terms.cathode.payable", 0.98, 6)
    book.put("terms.cathode.payable", 1, 7)
    book.put("terms.hydroxide.payable", 0.7, 6)
    book.over_time("terms.concentrator.recovery.copper", "2034", 0.9)
    book.over_time("terms.know_how.milestones", "2034", 2.5)
    book.put("terms.mine_capital.phasing.2029", 0.3)
    book.add(terms__mine_capital__phasing__2030=0.05)
    result = taken(book.save(tmp_path / "new.xlsx"), kasanga)
    before = examples()["kasanga"].read_text(encoding="utf-8").splitlines()
    after = result.text.splitlines()
    assert [line.strip() for line in after if line not in before] == [
        'northvale: {name: "Northvale & Sons: \\"NV\\"", role: operator, discount_rate: 10%, note: Operates; brings capital and technology}',
        "copper: {unit: USD/t, flat: 9500, basis: real, note: Long-term real price}",
        "dilution: 3%",
        "copper: {2030: 84%, 2031: 87%, 2032: 88.5%, 2033: 88.5%, 2034: 90%, 2035: 88.5%, extend: hold}",
        "milestones: {2031: 3, 2034: 2.5}",
        "- {kind: operating_cost, name: administration, title: General and administration, amount: 1200}",
        "phasing: {2027: 18%, 2028: 47%, 2029: 30%, 2030: 0.05}",
        "- {kind: nsr_royalty, name: royalty, title: State royalty, rate: 4%, holder: treasury}",
        "terms.royalty.rate: {low: 2%, high: 7%, note: Range on the table}",
        "terms.cathode.payable: {low: 98%, high: 100%}",
    ]
    assert len([line for line in before if line not in after]) == 8
    assert [one for one in before if "#" in one] == [one for one in after if "#" in one], "comments stay"
    assert result.after.run.inputs["terms.concentrator.recovery.copper"][0, 7:9].tolist() == pytest.approx([0.9, 0.885])
    shown = lines(read_workbook(tmp_path / "new.xlsx", kasanga), result)
    assert shown[0] == "Inputs!E10 (prices.copper.flat): Price: copper: 9,200.00 USD/t → 9,500.00 USD/t"
    note = "a low alone is not taken, as a range has both"
    assert f"note: Inputs!F{book.rows['terms.hydroxide.payable']} (terms.hydroxide.payable): {note}" in shown
    table = shown[shown.index("") + 1 :]
    assert table[0].split() == ["Net", "present", "value,", "USDm", "before", "after", "change"]
    assert table[3].startswith('Northvale & Sons: "NV"'), "with its new name"
    assert len(table) == 9


def test_a_series_from_a_table_is_written_into_the_deal(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    book.over_time("terms.mine.grades.copper", "2031", "3.2%")
    result = taken(book.save(tmp_path / "new.xlsx"), kasanga)
    line = next(line.strip() for line in result.text.splitlines() if "2031: 3.2%" in line)
    assert line.startswith("copper: {2030: 2.85%, 2031: 3.2%, 2032: 3.1%,")
    note = (
        "terms.mine.grades.copper no longer comes from kasanga_mine_plan.csv: its numbers by year are written into the deal file"
    )
    assert result.notes == [note]


FORMULA = "is a formula without a value; open the workbook in Excel or LibreOffice and save it, or type the number"
REFUSED: list[tuple[str, Any, str]] = [
    ("prices.copper.flat", "=0.5+0.1", FORMULA),
    ("terms.royalty.rate", "lots", "'lots' is not a number; write one, such as 12%"),
    ("terms.carry.rate", None, "is empty; write a number, 0 for none"),
    ("terms.closure.cost", -5, "-5 is too low; it must be at least 0"),
    ("discount_rate", 12, "1200% is too high; it must be at most 100% (a percentage is written with its sign, such as 12%)"),
    ("terms.mining.rate", "5%", "'5%' is a percentage, and USD/t is wanted"),
    ("terms.company.interests.plateau", 0.25, "interests add up to 110%; they must add up to 100%"),
    ("terms.refining.factor", True, "TRUE is not a number; write one"),
    ("parties.tansei.name", None, "is empty; write the name"),
    ("terms.cobalt_supply.world.cuba.share", 0.01, ""),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_what_cannot_be_taken(path: str, value: Any, message: str, kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    cell = book.put(path, value)
    with pytest.raises(WorkbookError) as refused:
        taken(book.save(tmp_path / "new.xlsx"), kasanga)
    assert str(refused.value).startswith(f"{cell} ({path}): {message}")
    assert len(refused.value.faults) == 1


def test_rows_that_are_gone_doubled_or_nowhere(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    def refused(book: Edited) -> str:
        with pytest.raises(WorkbookError) as error:
            taken(book.save(tmp_path / "new.xlsx"), kasanga)
        return str(error.value)

    book = Edited(kasanga_book)
    row = book.rows["terms.surface_rent.amount.flat"]
    book.inputs.delete_rows(row)
    advice = "its row was deleted; put it back with its path, or change the deal file itself"
    assert refused(book) == f"Inputs!E{row} (terms.surface_rent.amount.flat): {advice}"
    book = Edited(kasanga_book)
    book.add(discount_rate=0.1)
    last, first = book.inputs.max_row, book.rows["discount_rate"]
    assert refused(book) == f"Inputs!I{last} (discount_rate): the path stands in row {first} already; remove one"
    book = Edited(kasanga_book)
    book.add(terms__nosuch__rate=1.0)
    advice = "the deal has no term 'nosuch'; check the path, or change the deal file itself"
    assert refused(book) == f"Inputs!E{last} (terms.nosuch.rate): {advice}"


def test_a_number_typed_over_the_formula_in_use_is_taken(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    book.put("prices.copper.flat", 8000, 4)
    reading = read_workbook(book.save(tmp_path / "new.xlsx"), kasanga)
    assert [(edit.cell, edit.now) for edit in reading.edits] == [("Inputs!D10", 8000.0)]


def test_a_name_typed_beside_its_cell_is_taken(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    cell = book.put("parties.tansei.name", "Tansei Trading", 4)
    reading = read_workbook(book.save(tmp_path / "new.xlsx"), kasanga)
    assert [(edit.cell, edit.now) for edit in reading.edits] == [(cell, "Tansei Trading")]


def test_the_case_own_and_a_scenario_are_told_of(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    """What is typed under Own, or chosen on the Cover, changes no deal; the reader hears so, and what to do."""
    book = Edited(kasanga_book)
    book.put("prices.copper.flat", 8000, 8)
    book.book["Cover"]["B4"] = "High"
    path = book.save(tmp_path / "new.xlsx")
    assert lines(read_workbook(path, kasanga), taken(path, kasanga)) == [
        "the workbook has the inputs of the deal: nothing was changed",
        "note: Inputs!H10 (prices.copper.flat): 8,000.00 USD/t stands under Own, which stays in the workbook; to take it into the deal,"
        " write it under Base",
        "note: the scenario High is chosen on the Cover; what is compared here is the deal's base before and after",
    ]
    book.book["Cover"]["B4"] = "Own"
    assert len(read_workbook(book.save(tmp_path / "own.xlsx"), kasanga).notes) == 1


def test_parties_are_called_by_name(kasanga: Model, kasanga_book: Path, tmp_path: Path) -> None:
    book = Edited(kasanga_book)
    book.put("terms.carry.carriers.northvale", 0.6)
    book.put("terms.carry.carriers.tansei", 0.4)
    found = [edit.label for edit in read_workbook(book.save(tmp_path / "new.xlsx"), kasanga).edits]
    assert found == [f"Share of the carry that each carrier pays: {name}" for name in ("Northvale Resources", "Tansei Metals")]


@pytest.mark.parametrize(
    ("typed", "unit", "meant"),
    [
        ("60%", "%", 0.6), (" 1,200 ", "t", 1200), ("1 200.5", "t", 1200.5), ("1\u202f200", "t", 1200), ("0,6", "1", 0.6),
        ("1.200,5", "t", 1200.5), ("−5", "t", -5), ("–5%", "%", -0.05), ("(5.5)", "USDm", -5.5), ("9200 USD/t", "USD/t", 9200),
        ("1e3", "t", 1000), (".5", "1", 0.5), ("1'200", "t", 1200), ("50%", "1", 0.5), (7, "t", 7), ("0,5%", "%", 0.005),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(typed: Any, unit: str, meant: float) -> None:
    assert number(typed, unit) == pytest.approx(meant, rel=1e-15)


@pytest.mark.parametrize("typed", ["", "  ", "abc", "1,2,3", "12 %%", "--5", "5 t", "#REF!", "1.2.3", "nan", "inf", "٣٫٥x"])
def test_what_is_not_a_number(typed: str) -> None:
    with pytest.raises(RefusedError):
        number(typed, "USD/t")


NAMES = ["starter", "salar_norte", "three_rivers"]


@cache
def written(name: str) -> tuple[Model, Path]:
    model = build(load(name))
    return model, inputs_only(model, Path(tempfile.mkdtemp()) / f"{name}.xlsx")


@settings(max_examples=18, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(seed=st.integers(0, 10**6), name=st.sampled_from(NAMES))
def test_random_edits_come_back_as_the_same_deal(seed: int, name: str, tmp_path: Path) -> None:
    """Some numbers and a period of a series are changed; the new deal has these numbers and keeps all others."""
    draw = random.Random(seed)
    model, path = written(name)
    expected: dict[str, Any] = {one.name: one.value for one in model.graph.params.values() if one.source == "deal"}
    book = Edited(path)
    free = [one for one in levers(model.deal) if one.name in expected and one.kind in (Kind.NUMBER, Kind.FACTOR)]
    own = examples()[name].read_text(encoding="utf-8")
    free = [
        one for one in free if "phasing" not in one.path and (one.path[:5] != "terms" or f"name: {one.path.split('.')[1]}" in own)
    ]
    sets = []
    for one in draw.sample(free, 4):
        value = expected[one.name]
        if isinstance(value, tuple):
            place = draw.choice([t for t, number in enumerate(value) if number])
            now = round(value[place] * draw.uniform(0.6, 1.0), 6)
            book.over_time(one.name, model.graph.timeline.labels[place], now)
            expected[one.name] = (*value[:place], now, *value[place + 1 :])
        elif now := round(value * draw.uniform(0.5, 1.0), draw.choice([3, 6, 9])):
            percent = book.inputs.cell(book.rows[one.name], 2).value == "%"
            book.put(one.name, draw.choice([now, f"{now * 100:.12g}%"]) if percent else now)
            expected[one.name] = now
            sets.append(f"{one.path}={now!r}")
    try:
        result = taken(book.save(tmp_path / "new.xlsx"), model, name)
    except WorkbookError as refused:
        if not re.match(r"(Inputs|Series)![A-Z]+\d+ \([a-z]", str(refused)):
            raise
        with pytest.raises(DealError):
            load(name, sets)
        return
    (tmp_path / "new.yaml").write_bytes(result.text.encode())
    for table in examples()[name].parent.glob("*.csv"):
        shutil.copy(table, tmp_path)
    again = build(load(tmp_path / "new.yaml"))
    found = {one.name: one.value for one in again.graph.params.values() if one.source == "deal"}
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-11, abs=1e-14), key


TEXT = """\
# head
deal: Small   # title
terms:
  - kind: a
    name: one   # the first
    steps:
      - {from: 0, rate: 5%}
      - from: 10
        rate: 6%   # second
    note: >
      Two lines
      of words

  - {kind: b, name: two, list: [1, 2], empty: {}}
# foot
"""


@pytest.mark.parametrize(
    ("place", "value", "old", "new"),
    [
        (("deal",), "Large", "deal: Small   # title", "deal: Large   # title"),
        (("terms", 0, "steps", 1, "rate"), "7%", "rate: 6%   # second", "rate: 7%   # second"),
        (("terms", 0, "steps", 0, "to"), "4", "rate: 5%}", "rate: 5%, to: 4}"),
        (("terms", 0, "steps", 1, "to"), "4", "rate: 6%   # second", "rate: 6%   # second\n        to: 4"),
        (("terms", 0, "steps", 2), "{from: 20}", "rate: 6%   # second", "rate: 6%   # second\n      - {from: 20}"),
        (("terms", 0, "cap"), "3", "      of words\n", "      of words\n    cap: 3\n"),
        (("terms", 1, "list", 2), "3", "[1, 2]", "[1, 2, 3]"),
        (("terms", 1, "empty", "x"), "3", "empty: {}", "empty: {x: 3}"),
        (("terms", 1, "losses", "cap"), "60%", "empty: {}}", "empty: {}, losses: {cap: 60%}}"),
        (("ranges", "p.q"), "{low: 1}", "empty: {}}\n", "empty: {}}\nranges: {p.q: {low: 1}}\n"),
    ],
)
def test_a_text_is_changed_in_one_place(place: Any, value: str, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    for ends in ("\n", "\r\n"):
        text = DealText(TEXT.replace("\n", ends))
        text.put(place, value)
        assert str(text) == TEXT.replace(old, new).replace("\n", ends)


@pytest.mark.slow
def test_a_workbook_that_libreoffice_saved_reads_the_same(kasanga: Model, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    Writer(kasanga).save(tmp_path / "kasanga.xlsx")
    profile = tmp_path / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    command = [office, f"-env:UserInstallation=file://{profile.parent}", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, tmp_path / "saved", tmp_path / "kasanga.xlsx"], check=True, capture_output=True, timeout=180)
    reading = read_workbook(tmp_path / "saved" / "kasanga.xlsx", kasanga)
    assert (reading.edits, reading.faults, reading.notes) == ([], [], [])


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_the_command(capsys: pytest.CaptureFixture[str], kasanga_book: Path, tmp_path: Path) -> None:
    """Without --out nothing is written; with it the deal and its table, never over a table of other content."""
    book = Edited(kasanga_book)
    book.put("terms.royalty.rate", 0.04)
    path, out = book.save(tmp_path / "new.xlsx"), tmp_path / "there" / "new.yaml"
    code, shown, err = run(capsys, "read", path, "--onto", "kasanga")
    assert (code, err) == (0, "")
    assert "Royalty rate: 3.5% → 4%" in shown
    assert shown.endswith("nothing is written; name a deal file with --out\n")
    out.parent.mkdir()
    code, shown, err = run(capsys, "read", path, "--onto", "kasanga", "--out", out)
    assert (code, err) == (0, "")
    assert sorted(one.name for one in out.parent.iterdir()) == ["kasanga_mine_plan.csv", "new.yaml"]
    assert shown.splitlines()[-2:] == [f"wrote {out}", f"wrote {out.parent / 'kasanga_mine_plan.csv'}"]
    assert shown.count("wrote") == 2
    assert load(out).terms != load("kasanga").terms
    assert run(capsys, "check", out)[0] == 0
    (out.parent / "kasanga_mine_plan.csv").write_text("mine")
    code, shown, err = run(capsys, "read", path, "--onto", "kasanga", "--out", out.parent / "other.yaml")
    assert code == 1
    assert (
        err
        == f"{out.parent / 'kasanga_mine_plan.csv'} exists already and is not the table of the deal; choose another folder for other.yaml\n"
    )
    assert not (out.parent / "other.yaml").exists()
    (tmp_path / "no.xlsx").write_text("no")
    code, shown, err = run(capsys, "read", tmp_path / "no.xlsx", "--onto", "kasanga")
    assert (code, shown) == (1, "")
    assert err == f"{tmp_path / 'no.xlsx'} cannot be read as an Excel workbook (File is not a zip file); save it as .xlsx\n"
    with zipfile.ZipFile(tmp_path / "no.ods", "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert run(capsys, "read", tmp_path / "no.ods", "--onto", "kasanga") == (
        1, "", f"{tmp_path / 'no.ods'} cannot be read as an Excel workbook (another kind of file); save it as .xlsx\n",
    )  # fmt: skip
