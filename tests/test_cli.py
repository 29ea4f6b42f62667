"""Every command as a user types it: what it prints, writes and returns."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jvmodel.cli import main
from jvmodel.dealfile import load
from jvmodel.model import build
from jvmodel.shipped import examples


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_run_writes_workbook_and_term_sheet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, "run", "kasanga", "--out", str(tmp_path / "new"))
    assert (code, err) == (0, "")
    assert "Northvale Resources" in out
    passed = re.search(r"(\d+) of (\d+) checks pass", out)
    assert passed is not None
    assert passed[1] == passed[2] == str(len(build(load("kasanga")).checks))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["kasanga.html", "kasanga.xlsx"]


def test_run_json_is_one_document(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "run", "kasanga", "--json")
    found = json.loads(out)
    assert (code, err, list(tmp_path.iterdir())) == (0, "", [])
    assert (found["currency"], found["money"], found["periods"][:2]) == ("USD", "m", ["2027", "2028"])
    keys = {"npv", "irr", "irr_roots", "mirr", "moic", "payback", "peak_funding", "discount_rate", "cash"}
    assert keys <= set(found["parties"]["venture"])
    assert "role" not in found["parties"]["venture"]
    assert found["parties"]["plateau"]["role"] == "state company"
    assert found["parties"]["plateau"]["irr"] is None
    assert found["checks"][0].keys() == {"name", "passed", "worst"}
    assert len(found["parties"]["treasury"]["cash"]) == 23


def test_set_changes_and_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    def npv(*changes: str) -> float:
        sets = [part for change in changes for part in ("--set", change)]
        return float(json.loads(run(capsys, "run", "kasanga", "--json", *sets)[1])["parties"]["venture"]["npv"])

    base = npv()
    assert npv("prices.copper.flat=9200") == base
    assert npv("prices.copper.flat=10000") > base > npv("terms.royalty.rate=5%")
    assert npv("terms.22.rate=5%") == npv("terms.royalty.rate=5%")
    one_grade = ("terms.mine.ore.flat=4000000", "terms.mine.grades.copper=2.5%")
    fault = run(capsys, "run", "kasanga", "--json", "--set", one_grade[0], "--set", one_grade[1])
    assert fault[:2] == (1, "")
    assert "terms.mine.grades.copper: 120% is too high" in fault[2], "its risk is drawn as a factor on many grades"
    assert npv(*one_grade, "uncertainty.factors.copper_grade.of=terms.mine.grade_factor") != base
    code, out, err = run(capsys, "run", "kasanga", "--json", "--set", "terms.royalty.rte=5%")
    assert (code, out) == (1, "")
    assert err == "--set terms.royalty.rte=5%: terms.22.rte is not a field of nsr_royalty; did you mean 'rate'?\n"
    assert (
        "there is no 'royalti' in terms; did you mean 'royalty'?"
        in run(capsys, "check", "kasanga", "--set", "terms.royalti.rate=1%")[2]
    )
    assert "write PATH=VALUE" in run(capsys, "check", "kasanga", "--set", "nonsense")[2]
    assert "terms.22.rate: 120% is too high" in run(capsys, "check", "kasanga", "--set", "terms.royalty.rate=1.2")[2]


def test_check_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "starter")
    assert code == 0
    assert "11 periods (year), 2027 to 2037; USD, real" in out
    assert "royalty (nsr_royalty)" in out
    code, _, err = run(capsys, "check", "kasnga")
    assert code == 1
    assert err.startswith("kasnga: there is no such file; did you mean 'kasanga'?")


def test_new_writes_a_deal_that_runs_and_never_overwrites(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "new", "ours")[0] == 0
    assert sorted(path.name for path in Path("ours").iterdir()) == ["ours.yaml", "starter_mine_plan.csv"]
    assert run(capsys, "run", "ours/ours.yaml", "--out", "out")[0] == 0
    assert Path("out/ours.xlsx").exists()
    code, _, err = run(capsys, "new", "ours")
    assert code == 1
    assert err == "ours/ours.yaml exists already, and nothing is overwritten; choose another name\n"
    assert run(capsys, "new", "theirs", "--from", "kasanga")[0] == 0
    assert run(capsys, "check", "theirs/theirs.yaml")[0] == 0
    assert "did you mean 'kasanga'" in run(capsys, "new", "x", "--from", "kasangaa")[2]


@pytest.mark.parametrize("name", sorted(examples()))
def test_the_value_of_every_party_of_every_example_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Why is this party's value what it is: in words, in Excel, and traced towards the inputs of the deal."""
    for party in load(name).parties:
        code, out, _ = run(capsys, "explain", name, f"{party}.npv", "--depth", "4")
        assert code == 0
        assert "Net present value of" in out
        assert "in the workbook: " in out
        assert "─ Net cash flow [" in out


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "kasanga", "royalty.royalty", "--period", "2033", "--depth", "1")
    assert code == 0
    assert "Royalty at the rate = Base of the royalty × Royalty rate × Share of production that the royalty covers" in out
    assert "├─ Royalty rate = 3.5%  (terms.royalty.rate)" in out
    assert "in the workbook: Fiscal!L" in out
    assert "Net present value of Plateau Mines State Company = " in run(capsys, "explain", "kasanga", "plateau.npv")[1]
    assert "did you mean 'royalty.payable'?" in run(capsys, "explain", "kasanga", "royalty.payabel")[2]
    code, _, err = run(capsys, "explain", "kasanga", "royalty.payable", "--period", "1999")
    assert (code, err) == (1, "there is no period '1999'; periods run from 2027 to 2049, named like these\n")


def test_export(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for ending in ("xlsx", "html", "csv", "json"):
        path = tmp_path / f"out.{ending}"
        assert run(capsys, "export", "starter", "--to", str(path)) == (0, f"wrote {path}\n", "")
        assert path.stat().st_size > 1000
    rows = {row["row"]: row for row in csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines())}
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert float(rows["royalty.payable"]["2030"]) == document["rows"]["royalty.payable"]["values"][3]
    assert document["inputs"]["terms.royalty.rate"]["value"] == 0.04
    code, _, err = run(capsys, "export", "starter", "--to", "x.docs")
    assert (code, err) == (
        1,
        "--to x.docs: '.docs' is not an output; end the file with one of .xlsx, .html, .docx, .pdf, .csv, .json, .parquet\n",
    )


def test_exit_codes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "runn")[0] == 2
    assert run(capsys, "run")[0] == 2
    code, _, err = run(capsys, "run", "starter", "--json", "--set", "terms.company.interests.local=21%")
    assert code == 1
    assert "interests add up to 101%; they must add up to 100%" in err
    blocked = tmp_path / "file"
    blocked.write_text("")
    code, _, err = run(capsys, "run", "starter", "--out", str(blocked / "deep"))
    assert code == 1
    assert err.startswith(f"cannot make the folder {blocked / 'deep'}: ")


def test_a_failed_check_is_exit_code_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from jvmodel import model

    monkeypatch.setattr(model.CheckResult, "passed", property(lambda self: self.name != "conservation"))
    code, _, err = run(capsys, "check", "starter")
    assert code == 3
    assert err.startswith("check failed: Money is conserved: net cash of all parties together: off by ")


def test_schema_takes_the_examples_and_names_every_term(capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema
    from ruamel.yaml import YAML

    from jvmodel.terms import terms

    found = json.loads(run(capsys, "schema")[1])
    kinds = {
        definition["properties"]["kind"]["const"]
        for definition in found["$defs"].values()
        if {"kind", "name"} <= definition.get("properties", {}).keys()
    }
    assert kinds == set(terms())
    checker = jsonschema.Draft202012Validator(found)
    for name, path in examples().items():
        data = json.loads(json.dumps(YAML(typ="safe").load(path), default=str))
        assert [error.message for error in checker.iter_errors(data)] == [], name
    assert [error.message for error in checker.iter_errors({"deal": "x"})]


HEAVY = ("babel", "docxtpl", "jinja2", "lxml", "numba", "openpyxl", "pandas", "scipy", "weasyprint")
LIGHT = {
    ("--help",): ("numpy", "pydantic", *HEAVY),
    ("check", "kasanga"): HEAVY,
    ("solve", "kasanga", "--vary", "terms.royalty.rate", "--target", "treasury.npv=3020"): tuple(set(HEAVY) - {"scipy"}),
}
"""What commands do without; roots are scipy's."""


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_commands_are_light(arguments: tuple[str, ...]) -> None:
    """Heavy libraries wait until a command needs them, and so do terms that the deal does not have."""
    script = (
        "import sys\nfrom jvmodel.cli import main\ntry:\n    main(sys.argv[1:])\nfinally:\n"
        "    print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    loaded = set(done.stderr.split())
    assert not loaded & set(LIGHT[arguments])
    assert "jvmodel.terms.venture.earn_in" not in loaded


def test_python_m_jvmodel() -> None:
    done = subprocess.run([sys.executable, "-m", "jvmodel", "--help"], check=True, capture_output=True, text=True)
    assert "jvmodel" in done.stdout


def test_an_option_given_again_is_refused() -> None:
    arguments = ["sensitivity", "starter", "--metric", "miner.npv", "--metric", "local.npv"]
    done = subprocess.run([sys.executable, "-m", "jvmodel", *arguments], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--metric': given 2 times; give it once" in done.stderr
