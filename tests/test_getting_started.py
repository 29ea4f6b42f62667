"""The tutorial, done: every file that it writes, every change that it makes, every command, and what it prints."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from jvmodel.cli import main

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "getting-started.md"
BLOCK = re.compile(r"```(console|diff|yaml)\n(.*?)```", flags=re.DOTALL)


def done(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints."""
    program, *arguments = shlex.split(command)
    assert program == "jvmodel"
    with pytest.raises(SystemExit):
        main(arguments)
    out = capsys.readouterr()
    return "\n".join(line.rstrip() for line in (out.out + out.err).splitlines()).strip()


def changed(block: str) -> None:
    """Lines struck (-) give way to the lines (+) that follow them; lines without any before them go to the end."""
    head, *lines = block.splitlines()
    path = Path(head.removeprefix("--- "))
    text = path.read_text(encoding="utf-8")
    struck: list[str] = []
    for line, after in zip(lines, [*lines[1:], " "], strict=True):
        if line.startswith("-"):
            struck.append(line[1:])
            assert line[1:] + "\n" in text, f"{line[1:]!r} is not in {path}"
        if line.startswith("+") and struck:
            text = text.replace("\n".join(struck) + "\n", "\x00", 1)
            struck = []
            text = text.replace("\x00", line[1:] + "\n\x00", 1)
        elif line.startswith("+"):
            text = text.replace("\x00", line[1:] + "\n\x00", 1) if "\x00" in text else text + line[1:] + "\n"
        if not after.startswith("+"):
            text = text.replace("\x00", "")
    path.write_text(text, encoding="utf-8")


def test_everything_in_it_is_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    page = made = PAGE.read_text(encoding="utf-8")
    for kind, block in BLOCK.findall(page):
        if Path("ours").exists() and not Path("ours/team_plan.xlsx").exists():
            shutil.copy(DOCS / "data" / "team_plan.xlsx", "ours")
        if kind == "diff":
            changed(block)
        elif kind == "yaml":
            Path(block.split("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        else:
            printed = [
                f"$ {command}\n{done(command, capsys)}\n" for command in re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)
            ]
            made = made.replace(f"```console\n{block}```", "```console\n" + "".join(printed) + "```", 1)
    if request.config.getoption("--regenerate"):
        PAGE.write_text(made, encoding="utf-8")
        return
    assert made == page
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "ours.html", "ours.xlsx", "redline.html", "term-sheet.docx", "term-sheet.html",
    ]  # fmt: skip
    for name in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (DOCS / name).exists(), name
