"""Catalogues of words: every word of the page, of every term and of the examples is translated; numbers and dates follow the locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from lxml import html

from jvmodel.account import LABELS
from jvmodel.clauses import HEADINGS, TOPICS
from jvmodel.dealfile import load
from jvmodel.errors import OutputError
from jvmodel.inputs import Record, Series
from jvmodel.metrics import METRICS
from jvmodel.model import Model, build
from jvmodel.price_deck import PriceDeck
from jvmodel.report.language import LANGUAGES, SHAPES, Language, catalogue, language
from jvmodel.report.sections import NO_NUMBERS
from jvmodel.report.sheet import sheet
from jvmodel.report.termsheet import termsheet
from jvmodel.shipped import examples, languages
from jvmodel.term import Term, label_of
from jvmodel.terms import terms

ROOT = Path(__file__).parents[2]
FOREIGN = [code for code in LANGUAGES if code != "en"]


class Asked(dict[str, str]):
    """A catalogue that translates nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, None] = {}

    def __bool__(self) -> bool:
        return True

    def __contains__(self, message: object) -> bool:
        return super().__contains__(message)

    def get(self, message: str, default: object = None) -> None:  # type: ignore[override]
        self.seen[message] = None


class Recording(Language):
    """English that remembers its words; a label counts by the part that a catalogue would have."""

    def label(self, label: str) -> str:
        parts = [self._part(re.sub(r" \d+$", "", part)) for part in label.replace("_", " ").split(": ")]
        self.words.seen.update(dict.fromkeys(part for part in parts if part))  # type: ignore[attr-defined]
        return label

    @staticmethod
    def _part(part: str) -> str:
        """The message behind a part with a name in it."""
        shapes = {shape: re.escape(shape).replace(r"\{thing\}", ".+") for shape in SHAPES}
        return next((shape for shape, pattern in shapes.items() if re.fullmatch(pattern, part)), part)


def words_of_the_code() -> Iterator[str]:
    """Messages that the code and the templates say, and the headings, topics, accounts and metrics."""
    for folder, method in (("jvmodel", [("**.py", "python")]), ("templates", [("**.j2", "jinja2.ext:babel_extract")])):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, method, keywords={"say": None, "Phrase": None}):
            if isinstance(message, str) and re.search(r"[A-Za-z]{2}", re.sub(r"\{\w+[^}]*\}", "", message)):
                yield message
    yield from (heading.title for heading in HEADINGS.values())
    yield from (topic.label for _, topic in TOPICS.values())
    yield from LABELS.values()
    yield from (metric.label for metric in METRICS.values())


def words_of(model: Model) -> dict[str, None]:
    """Messages that a deal's term sheet asks for, the names that the deal itself gives left out."""
    asked = Asked()
    spoken = Recording("en", asked)
    from jvmodel.report import sheet as module

    original, module.language = module.language, lambda _: spoken  # type: ignore[assignment]
    try:
        sheet(model)
    finally:
        module.language = original
    own = {*model.deal.parties, *(party.name for party in model.deal.parties.values()), *(term.name for term in model.deal.terms)}
    headings = {term.heading for term in model.deal.terms}
    own |= {name.replace("_", " ") for name in own} | headings | {name[0].lower() + name[1:] for name in headings}
    own |= set(model.deal.ventures) | {venture.name for venture in model.deal.ventures.values()}
    return {
        word: None
        for word in asked.seen
        if word not in own and re.search(r"[A-Za-z]{2}", word) and not re.match(r"^\d{4}-\d\d$", word)
    }


def records(annotation: Any) -> Iterator[type[Record]]:
    """The records that an annotation names, those of numbers over time left out."""
    if isinstance(annotation, type) and issubclass(annotation, Record) and annotation not in (Series, PriceDeck):
        yield annotation
    for one in get_args(annotation):
        yield from records(one)


def words_of_the_terms() -> Iterator[str]:
    """What every term is, and the label of everything that can be said in one, whether or not an example says it."""
    waiting: list[type[Record]] = list(terms().values())
    seen: set[type[Record]] = set()
    while waiting:
        record = waiting.pop()
        if record in seen:
            continue
        seen.add(record)
        if issubclass(record, Term):
            yield str(record.__doc__).strip().split("\n")[0]
        for name, field in record.model_fields.items():
            waiting += list(records(field.annotation)) + [one for data in field.metadata for one in records(data)]
            if name not in NO_NUMBERS:
                for part in label_of(field.description or name).replace("_", " ").split(": "):
                    yield re.sub(r" \d+$", "", part)


@pytest.fixture(scope="module")
def wanted() -> list[str]:
    found = dict.fromkeys((*words_of_the_code(), *words_of_the_terms()))
    for name in examples():
        found |= words_of(build(load(name)))
    return list(found)


@pytest.mark.parametrize("code", FOREIGN)
def test_nothing_is_left_in_english(code: str, wanted: list[str], request: pytest.FixtureRequest) -> None:
    path = languages() / f"{code}.po"
    if request.config.getoption("--regenerate"):
        known = read_po(BytesIO(path.read_bytes()), locale=code) if path.exists() else Catalog(locale=code)
        for message in wanted:
            if message not in known and message[0].upper() + message[1:] not in known:
                known.add(message)
        made = BytesIO()
        write_po(made, known, width=0, omit_header=True, no_location=True, sort_output=True)
        path.write_bytes(b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + made.getvalue())
    have = catalogue(code)
    assert [message for message in wanted if message not in have and message[0].upper() + message[1:] not in have] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_keep_their_places(code: str) -> None:
    """Every {place} of a message is in its translation, and none that it has not."""
    for message, said in catalogue(code).items():
        assert sorted(re.findall(r"\{\w+[^}]*\}", said)) == sorted(re.findall(r"\{\w+[^}]*\}", message)), message


def test_numbers_and_dates_follow_the_locale() -> None:
    day = date(2027, 3, 1)
    found = {
        code: (language(code).number(-1234567.891, 2), language(code).percent(0.125), language(code).date(day))
        for code in LANGUAGES
    }
    assert found == {
        "en": ("−1,234,567.89", "12.5%", "1 March 2027"),
        "fr": ("−1\u202f234\u202f567,89", "12,5\xa0%", "1 mars 2027"),
        "es": ("−1.234.567,89", "12,5\xa0%", "1 de marzo de 2027"),
    }
    assert [language(code).text(0.05, "%") for code in LANGUAGES] == ["5%", "5\xa0%", "5\xa0%"]
    assert [language(code).number(-0.001, 2) for code in LANGUAGES] == ["0.00", "0,00", "0,00"]


def test_a_label_is_translated_by_its_parts() -> None:
    french = language("fr")
    assert french.label("Payment: copper") == "Paiement : cuivre"
    assert french.label("Royalty rate 2") == "Taux de la redevance 2"
    assert french.label("Plant: never more gold is recovered than there is") == (
        "Usine : la récupération ne dépasse jamais le contenu (or)"
    )
    assert french.label("Something unheard of: Ann") == "Something unheard of : Ann"


def test_a_page_in_french() -> None:
    """Headings, headers and effects in French, names as the deal has them, the language marked for screen readers."""
    page = termsheet(build(load("kasanga", ["language=fr"])))
    tree = html.fromstring(page)
    assert tree.get("lang") == "fr"
    assert [one.text_content() for one in tree.xpath("//section/h2[span]")][6:8] == ["7Portage", "8Financement"]
    assert tree.xpath("string(//article[@id='term-royalty']//dd[2])") or "3,5" in page
    assert "Northvale Resources" in page
    words = " ".join(tree.xpath("//h2//text()|//h3[@class]//text()|//caption//text()|//th[@scope='col']//text()"))
    assert not re.search(r"\b(the|party|value|share|without|agreed)\b", words, flags=re.IGNORECASE)


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(OutputError) as refused:
        language("fre")
    assert str(refused.value) == "--language fre: there is no such catalogue; did you mean 'fr'? (en, fr, es)"
