"""Answers of `--with` in another language: no sentence of any question is left in English, in any form that a bank is sent."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from asking import asked_of, deal_of
from docx import Document
from lxml import html
from openpyxl import load_workbook

from jvmodel.dealfile import load
from jvmodel.dealfile.find import find
from jvmodel.dealfile.proposal import opened
from jvmodel.model import Model, build
from jvmodel.phrase import Phrase
from jvmodel.report.asked import ASKED, asked
from jvmodel.report.figures import draw
from jvmodel.report.language import LANGUAGES, Language, catalogue, language
from jvmodel.report.sheet import sheet
from jvmodel.report.termsheet import termsheet
from jvmodel.report.translated import NOT_SAID, names_of, translated
from jvmodel.report.word import word
from jvmodel.report.workbook import write_workbook

FOREIGN = [code for code in LANGUAGES if code != "en"]
ALIKE = {"USDm", "USD", "dmt", "lb", "oz", "kWh", "kg", "IRR", "PRCC", "SD"}
"""Units and codes that no language translates."""
CODES = re.compile(r"\b[a-z_]+(\.[a-z_]+)+\b|\b[0-9a-f]{12}\b|\b\d{1,2} (de )?\w+ (de )?\d{4}\b")
"""Paths, files, fingerprints and dates: `venture.npv`, `copper.csv`, `9a7576585bfc`, `3 février 2026`."""


def marked(code: str) -> Language:
    """English in which every text that has a translation stands in brackets, its values outside of them."""

    def in_brackets(message: str) -> str:
        return "".join(part if part.startswith("{") else f"⟦{part}⟧" for part in re.split(r"(\{\w+[^}]*\})", message) if part)

    return Language(code, {message: in_brackets(message) for message in catalogue(code)})


def texts(part: Any) -> Iterator[str]:
    """Every text of an answer."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from texts(one)
    elif is_dataclass(part):
        for one in fields(part):
            if one.name not in (*NOT_SAID, "unit", "formula"):
                yield from texts(getattr(part, one.name))


def words_of(value: Any) -> Iterator[str]:
    """Every text that a deal file has, keys among them."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from words_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from words_of(one)
    elif isinstance(value, str):
        yield value


def own_words(model: Model, deal: str) -> set[str]:
    """What the deal, its proposals and its terms are called."""
    said = {*words_of(model.deal.model_dump()), *names_of(model), *(term.heading for term in model.deal.terms)}
    for _, proposal in opened(find(deal)).chain:
        said |= set(words_of(proposal.model_dump()))
    said |= {one.stem for one, _ in opened(find(deal)).chain}
    plain = {one.replace("_", " ") for one in said}
    return {one for one in said | plain | {one.capitalize() for one in plain} if len(one) > 1}


def left_in_english(model: Model, deal: str, found: list[str]) -> list[str]:
    own = sorted(own_words(model, deal), key=len, reverse=True)
    named = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in own), re.IGNORECASE)
    left = []
    for text in dict.fromkeys(found):
        bare = named.sub("", CODES.sub("", re.sub(r"⟦[^⟧]*⟧", " ", text)))
        if any(len(word) > 1 and word not in ALIKE for word in re.findall(r"[A-Za-z]+", bare)):
            left.append(text)
    return left


@pytest.mark.parametrize("code", FOREIGN)
@pytest.mark.parametrize("name", ASKED)
def test_every_text_of_an_answer_has_a_translation(name: str, code: str) -> None:
    model, answer = asked_of(name)
    spoken = marked(code)
    told = translated(answer, spoken, names_of(model))
    drawn = [
        text for one in map(draw, told.figures, [spoken] * len(told.figures)) for text in (one.described, one.note, *one.head)
    ]
    found = [*texts(told), *drawn]
    assert left_in_english(model, deal_of(name), found) == []


@pytest.mark.parametrize(("code", "date"), [("fr", "17 février 2026"), ("es", "17 de febrero de 2026")])
def test_numbers_and_dates_of_an_answer_follow_the_locale(code: str, date: str) -> None:
    """Numbers in cells, in sentences and in heads; dates in full."""
    spoken = language(code)
    point = spoken.number(0.5, 1)[1]
    assert point == ","
    model, answer = asked_of("rounds")
    told = translated(answer, spoken, names_of(model))
    assert date in {cell for listing in told.listings for row in listing.text(spoken) for cell in row}
    for name in ("rounds", "negotiate", "gates"):
        model, answer = asked_of(name)
        told = translated(answer, spoken, names_of(model))
        shown = [cell for listing in told.listings for row in listing.text(spoken) for cell in row]
        shown += [listing.note for listing in told.listings]
        assert [text for text in shown if re.search(r"\d\.\d(?!\d\d)", text)] == []
        assert [text for text in shown if re.search(r"\d%", text)] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_page_word_and_workbook_say_it(code: str, tmp_path: Path) -> None:
    """Each form has the words of the translated answer and none of the English ones."""
    model = build(load("black_ridge", [f"language={code}"]))
    answers = asked(["calls"], "black_ridge")
    (english,), told = answers, translated(answers[0], language(code), names_of(model))
    page = html.fromstring(termsheet(model, answers=answers))
    (section,) = page.xpath("//section[@id='answer-1']")
    assert section.get("lang") is None
    document = Document(io.BytesIO(word(sheet(model, answers=answers))))
    book = tmp_path / "book.xlsx"
    write_workbook(model, book, answers=answers)
    cells = {cell.value for row in load_workbook(book)[told.title].iter_rows() for cell in row}
    tables = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    papers = [
        " ".join(section.text_content().split()), " ".join([*tables, *(one.text for one in document.paragraphs)]),
        " ".join(str(value) for value in cells),
    ]  # fmt: skip
    sentences = [(before, after) for before, after in zip(texts(english), texts(told), strict=True) if len(before.split()) > 3]
    assert len(sentences) > 8
    for before, after in sentences:
        for paper in papers:
            assert before == after or before not in paper
    for paper in papers:
        assert all(listing.title in paper and listing.note in paper for listing in told.listings)


def test_what_the_deal_calls_its_own_is_not_translated() -> None:
    model, answer = asked_of("coalition")
    told = translated(answer, language("fr"), {*names_of(model), "Player"})
    assert told.listings[1].columns[0].head == "Player"
    assert told.listings[1].columns[1].head == "Chez soi"


def test_a_phrase_keeps_its_values() -> None:
    said = Phrase("{members} (lacks {lacks:,.1f})", members="Nash", lacks=-1234.5)
    assert said == "Nash (lacks −1,234.5)"
    assert language("es").said(said) == "Nash (faltan −1.234,5)"
    assert language("en").said(said) == said
