"""The library of deals: whole files, nobody overwritten, every version kept, no way out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from jvmodel.errors import OutputError
from jvmodel.workbench.library import Library, StaleError


def library(tmp_path: Path) -> Library:
    found = Library(tmp_path)
    found.create("ours", "deal: One\n")
    return found


def test_a_save_keeps_what_it_replaces(tmp_path: Path) -> None:
    books = library(tmp_path)
    first = books.read("ours")
    second = books.save("ours", "deal: Two\n", first.version)
    books.save("ours", "deal: Three\n", second.version)
    assert books.read("ours").text == "deal: Three\n"
    assert [(one.number, books.earlier("ours", one.number)) for one in books.history("ours")] == [
        (2, "deal: Two\n"),
        (1, "deal: One\n"),
    ]


def test_two_windows_cannot_overwrite_each_other(tmp_path: Path) -> None:
    books = library(tmp_path)
    opened = books.read("ours").version
    books.save("ours", "deal: Left\n", opened)
    with pytest.raises(StaleError) as raised:
        books.save("ours", "deal: Right\n", opened)
    assert (
        str(raised.value)
        == "'ours' was saved from another window since you opened it; copy your changes, open it again, put them in"
    )
    assert books.read("ours").text == "deal: Left\n"


def test_the_same_text_makes_no_version(tmp_path: Path) -> None:
    books = library(tmp_path)
    books.save("ours", "deal: One\n", books.read("ours").version)
    assert books.history("ours") == []


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a b", "", "x" * 61, "a.yaml", "a\x00b", "..", "-x", "a\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    books = library(tmp_path)
    for attempt in (books.read, lambda one: books.create(one, "x"), lambda one: books.copy("ours", one), books.history):
        with pytest.raises(OutputError, match="is not a name for a deal; use letters, digits, _ and -, at most 60"):
            attempt(name)
    with pytest.raises(OutputError, match="is not a name for a table"):
        books.store(f"{name}/../x.csv", b"")


def test_nothing_that_is_there_is_lost_by_copy_rename_or_upload(tmp_path: Path) -> None:
    books = library(tmp_path)
    books.save("ours", "deal: Two\n", books.read("ours").version)
    books.copy("ours", "theirs")
    for attempt in (
        lambda: books.copy("ours", "theirs"),
        lambda: books.rename("ours", "theirs"),
        lambda: books.create("theirs", ""),
    ):
        with pytest.raises(OutputError, match="there is a deal 'theirs' already; choose another name"):
            attempt()
    books.rename("ours", "mine")
    assert books.names() == ["mine", "theirs"]
    assert [books.earlier("mine", one.number) for one in books.history("mine")] == ["deal: One\n"]
    books.store("plan.csv", b"year,ore\n")
    with pytest.raises(OutputError, match=r"there is a file 'plan\.csv' already; give yours another name"):
        books.store("plan.csv", b"")


def test_a_stamp_changes_with_every_file_that_a_deal_leans_on_and_with_no_other(tmp_path: Path) -> None:
    """The base of a proposal, tables (also those of the base, and one that is not there yet), stand-alone deals and regimes."""
    (tmp_path / "regimes").mkdir()
    (tmp_path / "base.yaml").write_text("deal: B\nregimes: {mine: {}}\nterms: [{ore: {table: plan.csv, column: x}}]\n")
    (tmp_path / "offer.yaml").write_text("base: base.yaml\nchanges: {negotiation.parties.a.walk_away: alone.yaml}\n")
    (tmp_path / "alone.yaml").write_text("deal: A\nterms: [{ore: {table: missing.xlsx, column: x}}]\n")
    for name in ("plan.csv", "other.csv", "other.yaml", "regimes/mine.yaml"):
        (tmp_path / name).write_text("deal: X\n")
    books = Library(tmp_path)
    before = books.stamp("offer")
    for name in ("other.csv", "other.yaml"):
        (tmp_path / name).write_text("deal: Changed\n")
        assert books.stamp("offer") == before
    for name in ("offer.yaml", "base.yaml", "alone.yaml", "plan.csv", "regimes/mine.yaml", "missing.xlsx"):
        with (tmp_path / name).open("a") as file:
            file.write("# more\n")
        assert books.stamp("offer") != before, name
        before = books.stamp("offer")


def test_a_stamp_looks_at_no_file_outside_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deals"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("deal: Secret\n")
    (folder / "linked.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "ours.yaml").write_text(
        f"base: ../secret.yaml\nnote: [{tmp_path}/secret.yaml, linked.yaml, 'a/../../secret.yaml', \"x\\u0000.yaml\"]\n"
    )
    (folder / "round.yaml").write_text("base: round.yaml\n")
    books = Library(folder)
    assert {Path(path).name for path, *_ in books.stamp("ours")} == {"ours.yaml", "x\x00.yaml"}
    assert len(books.stamp("round")) == 1


def test_old_drafts_of_the_history_are_swept_and_nothing_else(tmp_path: Path) -> None:
    import os

    books = library(tmp_path)
    books.save("ours", "deal: Two\n", books.read("ours").version)
    kept = tmp_path / ".history" / "ours"
    for name, age in ((".000002-20270101T000000Z-abcdefgh.yaml", 7200), (".000003-20270101T000000Z-ijklmnop.yaml", 60)):
        (kept / name).write_text("half")
        then = (kept / name).stat().st_mtime - age
        os.utime(kept / name, (then, then))
    books.sweep()
    assert sorted(path.name[:8] for path in kept.iterdir()) == [".000003-", "000001-2"]
    assert books.read("ours").text == "deal: Two\n"


SAVER = """
import sys
from pathlib import Path
from jvmodel.workbench.library import Library
books = Library(Path(sys.argv[1]))
held = books.read("ours")
print("ready", flush=True)
number = 0
while True:
    number += 1
    held = books.save("ours", f"deal: {number}\\n" + "# line\\n" * 3000 + f"# end {number}\\n", held.version)
"""


def test_a_killed_save_leaves_whole_files(tmp_path: Path) -> None:
    import re
    import signal
    import subprocess
    import sys
    import time

    books = library(tmp_path)

    def whole(text: str) -> bool:
        found = re.fullmatch(r"deal: (\d+)\n(# line\n){3000}# end (\d+)\n", text)
        return text == "deal: One\n" or (found is not None and found[1] == found[3])

    for turn in range(6):
        with subprocess.Popen([sys.executable, "-c", SAVER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == "ready\n"
            time.sleep(0.05 + 0.03 * turn)
            saver.send_signal(signal.SIGKILL)
            saver.wait()
        assert whole(books.read("ours").text)
        assert all(whole(books.earlier("ours", one.number)) for one in books.history("ours"))
    assert len(books.history("ours")) > 5
    assert books.names() == ["ours"]
    held = books.read("ours")
    assert books.save("ours", "deal: Last\n", held.version).text == "deal: Last\n"
