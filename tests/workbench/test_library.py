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


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a b", "", "x" * 61, "a.yaml", "a\x00b", "..", "-x"])
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
