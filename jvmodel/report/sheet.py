"""The term sheet as plain data: one context, from which the page, the Word document and the PDF are made.

Its keys are written down in docs/termsheet.md; tests hold the two, and the templates, together.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from os import environ
from typing import TYPE_CHECKING, Any

from jvmodel import __version__
from jvmodel.analysis.stakes import stakes
from jvmodel.clauses import HEADINGS, TOPICS
from jvmodel.report.annexes import section
from jvmodel.report.figures import Cash, Cumulative, Drawing, Line, Shares, draw
from jvmodel.report.language import Language, language
from jvmodel.report.palette import palette
from jvmodel.report.schedules import Schedules
from jvmodel.report.sections import Sections
from jvmodel.report.sensitivity import sensitivity
from jvmodel.report.translated import names_of, translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jvmodel.deal import Deal
    from jvmodel.model import Model
    from jvmodel.report.listing import Answer


def sheet(model: Model, code: str | None = None, on: date | None = None, answers: Sequence[Answer] = ()) -> dict[str, Any]:
    """The context of a term sheet in a language (the deal's own when not given), dated today unless told otherwise.

    `answers` to questions asked of the deal are sections after the clauses.
    """
    spoken = language(code or model.deal.language)
    say, deal = spoken.say, model.deal
    schedules = Schedules(model, spoken)
    sections = Sections(schedules).all()
    told = [translated(one, spoken, names_of(model)) for one in answers]
    sections += [section(len(sections) + place, place, one, spoken) for place, one in enumerate(told, start=1)]
    return {
        "language": spoken.code,
        "kind": say("Term sheet"),
        "title": deal.deal,
        "description": (deal.description or "").strip(),
        "status": _status(deal, spoken),
        "date": spoken.date(on or today()),
        "hash": fingerprint(deal),
        "facts": [{"label": label, "value": value} for label, value in _facts(model, spoken)],
        "results": schedules.results(),
        "figures": figures(model, spoken),
        "sections": sections,
        "warnings": [spoken.caution(one) for one in model.warnings],
        "signatures": [{"name": party.name, "role": say(party.role)} for party in deal.parties.values()],
        "conventions": _conventions(model, spoken),
        "words": {
            "contents": say("Contents"), "skip": say("Skip to the contents"), "missing": say("Not agreed"),
            "warnings": say("Worth a look"),
            "effect": say("Without this clause"), "effect_unit": say("change of NPV, {money}", money=schedules.money),
            "binding": say("binding"), "signatures": say("Signatures"), "name": say("Name and title"), "signed": say("Date"),
            "signature": say("Signature"), "section": say("Section"), "page": say("Page"), "of": say("of"),
            "dated": say("Date"), "run": say("Run"),
        },
    }  # fmt: skip


def fingerprint(deal: Deal) -> str:
    """Twelve digits that change with any input of the deal and with the version of the program."""
    data = json.dumps([__version__, deal.model_dump()], default=str, sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()[:12]


def today() -> date:
    """Today in UTC, or the day that SOURCE_DATE_EPOCH says, for outputs that can be made again."""
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)).date()


def figures(model: Model, spoken: Language) -> list[Drawing]:
    """The figures of the first pages."""
    colours = palette(model.deal.parties, model.deal.ventures)
    money, periods = f"{model.deal.currency}m", tuple(model.graph.timeline.labels)
    schedules = Schedules(model, spoken)
    lines = tuple(
        Line(schedules.label(party), tuple(float(value) for value in model.run.single(f"party.{party}.cash")), colours[party])
        for party in model.parties
    )
    stake = tuple((model.label(one.party), colours[one.party], one.share_of_capital, one.share_of_value) for one in stakes(model))
    return [
        draw(Shares(spoken.say("Share of capital against share of value"), stake), spoken),
        draw(Cash(spoken.say("Cash flow by party"), money, periods, lines), spoken),
        draw(Cumulative(spoken.say("Cumulative cash flow"), money, periods, lines), spoken),
        *sensitivity(model, spoken),
    ]


def _status(deal: Deal, spoken: Language) -> str:
    """What binds and what does not."""
    binding = [
        spoken.say(HEADINGS[key].title if key in HEADINGS else TOPICS[key][1].label)
        for key, clause in deal.clauses.items() if clause.binding
    ]  # fmt: skip
    if not binding:
        return spoken.say("Non-binding: nothing in this term sheet obliges anybody until definitive agreements are signed.")
    return spoken.say("Non-binding, except for these, which bind from signature: {clauses}.", clauses="; ".join(binding))


def _facts(model: Model, spoken: Language) -> list[tuple[str, str]]:
    deal, timeline, say = model.deal, model.graph.timeline, spoken.say
    money = say("{currency} millions, nominal", currency=deal.currency)
    if deal.basis == "real":
        money = say("{currency} millions, real of {month}", currency=deal.currency, month=deal.base_month)
    steps = {"month": say("by month"), "quarter": say("by quarter"), "half": say("by half-year"), "year": say("by year")}
    flows = {
        "end": say("at the end of each period"), "mid": say("in the middle of each period"),
        "begin": say("at the beginning of each period"), "dates": say("by date, as Excel's XNPV"),
    }  # fmt: skip
    span = say("{first} to {last}", first=timeline.labels[0], last=timeline.labels[-1])
    facts = [
        (say("Money"), money),
        (say("Periods"), f"{span}, {steps[str(timeline.step.value)]}"),
        (say("Valued at"), say("{day}, flows {when}", day=timeline.valued_at, when=flows[str(timeline.discounting)])),
        (say("Inflation"), spoken.text(deal.inflation, "%") if deal.inflation is not None else say("none")),
    ]
    if deal.regimes:
        facts.append((say("Fiscal regime"), ", ".join(deal.regimes).replace("_", " ")))
    return facts


def _conventions(model: Model, spoken: Language) -> list[str]:
    say, deal = spoken.say, model.deal
    basis = say("nominal") if deal.basis == "nominal" else say("real")
    return [
        say(
            "Money in {currency} millions, {basis}; effective annual rates. Value after royalties and tax, to each party before"
            " its own taxes.", currency=deal.currency, basis=basis,
        ),
        say(
            "The rate of return shown is the one that a spreadsheet's IRR finds from 10%; where there are several, all are"
            " listed. A figure that does not exist is n/a, never nil."
        ),
        say(
            "Indicative and for discussion; figures follow from the inputs listed and from nothing else, and are no better than"
            " these. Made with jvmodel {version}.", version=__version__,
        ),
    ]  # fmt: skip
