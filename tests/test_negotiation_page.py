"""The worked negotiation and the page on risk: every command, and what it prints, to digits that do not hang on a last step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_getting_started import done

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "negotiation.md"
BLOCK = re.compile(r"```console\n(.*?)```", flags=re.DOTALL)
NUMBER = re.compile(r"[-−+]?\d[\d,]*\.?\d*")
NEAR = 0.25
"""Bargaining solutions lie on flat tops: a hundredth of a point of a term moves nobody's gain."""


def words(text: str) -> list[str]:
    """The words of a text without its numbers; where a table is broken into lines does not matter."""
    return re.sub(r"[─\s]+", " ", NUMBER.sub("#", text)).split()


def numbers(text: str) -> list[float]:
    return [float(one.replace(",", "").replace("−", "-").rstrip(".")) for one in NUMBER.findall(text)]


@pytest.mark.slow
@pytest.mark.parametrize("path", [PAGE, ROOT / "docs" / "risk.md"], ids=lambda path: path.stem)
def test_every_command_prints_what_the_page_says(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "126")
    page = made = path.read_text(encoding="utf-8")
    for block in BLOCK.findall(page):
        (command,) = re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)
        printed = f"$ {command}\n{done(command, capsys)}\n"
        made = made.replace(f"```console\n{block}```", f"```console\n{printed}```", 1)
        if not request.config.getoption("--regenerate"):
            assert words(printed) == words(block), command
            assert numbers(printed) == pytest.approx(numbers(block), abs=NEAR, rel=1e-3), command
    if request.config.getoption("--regenerate"):
        path.write_text(made, encoding="utf-8")


def test_proposals_and_walk_away_values_are_those_of_the_files() -> None:
    page = PAGE.read_text(encoding="utf-8")
    first = (ROOT / "deals" / "kasanga_rounds" / "1_state.yaml").read_text(encoding="utf-8")
    assert first.partition("\n")[2].strip() in page
    deal = (ROOT / "deals" / "kasanga.yaml").read_text(encoding="utf-8")
    for line in re.findall(r"^    (?:plateau|northvale|tansei|terms\.\S+): \{.*\}$", page, flags=re.MULTILINE):
        assert line in deal
