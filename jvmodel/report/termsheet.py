"""The term sheet: one self-contained HTML page for the table where the deal is negotiated."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jvmodel import __version__
from jvmodel.account import CAPITAL, VENTURE, Account
from jvmodel.analysis.stakes import stakes
from jvmodel.inputs import Record, Series
from jvmodel.report.figures import Cash, Cumulative, Line, Shares
from jvmodel.report.figures import figure as drawn
from jvmodel.report.files import replace_text
from jvmodel.report.palette import palette
from jvmodel.report.sources import sources_and_uses
from jvmodel.report.summary import metrics_of
from jvmodel.report.take import take
from jvmodel.shipped import templates
from jvmodel.shown import figure, text
from jvmodel.term import Term, label_of, numbers

if TYPE_CHECKING:
    from jvmodel.model import Model

CHAPTERS = {
    "mine": "Mine, sales and costs", "offtake": "Offtake", "fiscal": "State and community", "finance": "Finance",
    "venture": "Partners", "cooperation": "Cooperation", "risk": "Risk",
}  # fmt: skip
NO_NUMBERS = ("kind", "name", "title", "note")


def write_termsheet(model: Model, path: Path) -> None:
    """Writes the term sheet in place of what stood at the path."""
    replace_text(path, termsheet(model))


def termsheet(model: Model) -> str:
    """The term sheet as HTML; needs nothing but itself to be shown or printed."""
    template = _environment().get_template("termsheet.html.j2")
    return template.render(
        deal=model.deal, money=f"{model.deal.currency}m", facts=_facts(model), parties=_parties(model), notes=_notes(model),
        figures=_figures(model), structure=_structure(model), contributions=_contributions(model),
        funding=_funding(model), state=_state(model),
        chapters=_chapters(model), yearly=_yearly(model),
        assumptions=_assumptions(model), checks=model.checks, warnings=model.warnings, conventions=_conventions(model),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates()), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _facts(model: Model) -> list[tuple[str, str]]:
    deal, timeline = model.deal, model.graph.timeline
    money = f"{deal.currency} millions, {deal.basis}" + (f" of {deal.base_month}" if deal.basis == "real" else "")
    regimes = [("Fiscal regime", ", ".join(deal.regimes).replace("_", " "))] if deal.regimes else []
    return [
        ("Money", money),
        ("Periods", f"{timeline.labels[0]} to {timeline.labels[-1]}, by {timeline.step.value}"),
        ("Valued at", f"{timeline.valued_at}, {timeline.discounting} of period"),
        ("Inflation", text(deal.inflation, "%") if deal.inflation is not None else "none"),
        *regimes,
    ]


def _parties(model: Model) -> list[dict[str, Any]]:
    shares = {stake.party: stake for stake in stakes(model)}
    rows = []
    for party in model.parties:
        found, stake = metrics_of(model, party), shares.get(party)
        rows.append({
            "label": model.label(party), "role": model.role(party), "venture": party not in model.deal.parties,
            "rate": figure(found["discount_rate"], "%"), "npv": _money(found["npv"]), "irr": _irr(found),
            "moic": _plain(found["moic"], 2), "payback": _plain(found["payback"], 1), "peak": _money(found["peak_funding"]),
            "capital": _share(stake.share_of_capital) if stake else "", "value": _share(stake.share_of_value) if stake else "",
        })  # fmt: skip
    return rows


def _notes(model: Model) -> list[str]:
    notes = [
        "NPV at each party's own discount rate. Share of capital counts cash calls, shareholder loans and carry that a party"
        " pays itself; share of value measures all parties at the venture's discount rate."
    ]
    for party in model.parties:
        found = metrics_of(model, party)
        if len(found["irr_roots"]) > 1:
            roots = ", ".join(figure(root, "%") for root in found["irr_roots"])
            notes.append(f"{model.label(party)}: the cash flow has {len(found['irr_roots'])} rates of return ({roots}).")
    return notes


def _figures(model: Model) -> list[Markup]:
    colours = palette(model.deal.parties, model.deal.ventures)
    money, periods = f"{model.deal.currency}m", tuple(model.graph.timeline.labels)
    lines = tuple(
        Line(model.label(party), tuple(float(value) for value in model.run.single(f"party.{party}.cash")), colours[party])
        for party in model.parties
    )
    stake = tuple((model.label(s.party), colours[s.party], s.share_of_capital, s.share_of_value) for s in stakes(model))
    return [
        drawn(Shares("Share of capital against share of value", stake), "figure-shares"),
        drawn(Cash("Cash flow", money, periods, lines), "figure-cash"),
        drawn(Cumulative("Cumulative cash flow", money, periods, lines), "figure-cumulative"),
    ]


def _structure(model: Model) -> list[dict[str, str]]:
    """Interest, capital called and carried, by party."""
    rows = []
    for name, party in model.deal.parties.items():
        registers = [row for row in model.graph.rows if row.endswith(f".register.interest_{name}")]
        interests = [float(value) for row in registers[:1] for value in model.run.single(row)]
        shown = [figure(value, "%") for value in dict.fromkeys((interests[0], interests[-1]))] if interests else []
        calls, advances = f"party.{name}.calls", f"party.{name}.carry_advance"
        called = -model.run.single(calls).sum() if calls in model.graph.rows else 0.0
        carried = model.run.single(advances).clip(min=0).sum() if advances in model.graph.rows else 0.0
        rows.append({
            "label": party.name, "role": party.role, "interest": " to ".join(shown), "called": _cell(float(called)),
            "carried": _cell(float(carried)), "note": party.note or "",
        })  # fmt: skip
    return rows


def _contributions(model: Model) -> dict[str, Any]:
    """Cash calls and carry by party, in the periods in which anybody pays."""
    rows: list[tuple[str, list[float]]] = []
    for party in model.parties:
        for account in CAPITAL:
            name = f"party.{party}.{account.value}"
            if party in model.deal.parties and name in model.graph.rows:
                rows.append(
                    (f"{model.label(party)}: {account.label.lower()}", [-float(value) for value in model.run.single(name)])
                )
    return _table(model, rows, only_used=True)


def _funding(model: Model) -> dict[str, Any] | None:
    """Sources beside uses, line by line, with their shares."""
    found = sources_and_uses(model)
    if found is None or not found.total:
        return None
    blank = ("", "", "")
    sides = [
        [(label, _cell(amount), figure(amount / found.total, "%")) for label, amount in side]
        for side in (found.sources, found.uses)
    ]
    return {"until": found.until, "total": _cell(found.total), "rows": list(zip_longest(*sides, fillvalue=blank))}


def _state(model: Model) -> dict[str, Any] | None:
    """What the state takes, line by line, and its shares and effects."""
    found = take(model)
    if found is None:
        return None
    lines = [(label, _cell(amount), _cell(value)) for label, amount, value in found.lines]
    effects = [
        ("Share of cash flow before the state takes anything", _share(found.take), _share(found.aetr)),
        ("Rate of return of the project, before and after", _share(found.irr_before), _share(found.irr_after)),
    ]
    owner = (
        "Dividends and other receipts of the state and its companies as owners, net",
        _cell(found.as_owner[0]),
        _cell(found.as_owner[1]),
    )
    return {
        "rate": figure(model.deal.discount_rate, "%"), "lines": lines, "total": (_cell(found.total[0]), _cell(found.total[1])),
        "effects": effects, "owner": owner if abs(found.as_owner[0]) > 0.05 else None,
    }  # fmt: skip


def _yearly(model: Model) -> dict[str, Any]:
    rows: list[tuple[str, list[float]]] = []
    for account in Account:
        name = f"party.{VENTURE}.{account.value}"
        if name in model.graph.rows and not account.financing:
            rows.append((account.label, [float(value) for value in model.run.single(name)]))
    rows.append(("Net cash flow", [float(value) for value in model.run.single(f"party.{VENTURE}.cash")]))
    others = [party for party in model.parties if party != VENTURE]
    rows += [(model.label(party), [float(value) for value in model.run.single(f"party.{party}.cash")]) for party in others]
    return _table(model, rows, total="Net cash flow")


def _table(model: Model, rows: list[tuple[str, list[float]]], *, only_used: bool = False, total: str = "") -> dict[str, Any]:
    labels = model.graph.timeline.labels
    used = [t for t in range(len(labels)) if not only_used or any(abs(values[t]) > 1e-9 for _, values in rows)]
    return {
        "labels": [labels[t] for t in used],
        "rows": [
            {
                "label": label, "figures": [_cell(values[t]) for t in used], "sum": _cell(sum(values)),
                "total": label == total,
            }
            for label, values in rows
        ],
    }  # fmt: skip


def _chapters(model: Model) -> list[tuple[str, list[dict[str, Any]]]]:
    chapters: dict[str, list[dict[str, Any]]] = {}
    for term in model.deal.terms:
        title = CHAPTERS.get(term.chapter, term.chapter.capitalize())
        about = " ".join(filter(None, [(type(term).__doc__ or "").strip().split("\n")[0], term.worked_example]))
        entry = {"heading": term.heading, "about": about, "note": term.note, "lines": list(_lines(model, term))}
        chapters.setdefault(title, []).append(entry)
    return list(chapters.items())


def _lines(model: Model, term: Term) -> list[tuple[str, str]]:
    """Label and value of everything that the deal says in a term, names of parties in full."""
    lines = []
    measured = {path: (label, value, unit) for path, label, value, unit in numbers(term)}
    for name, field in type(term).model_fields.items():
        value = getattr(term, name)
        if name in NO_NUMBERS or value is None or name not in term.model_fields_set or name in measured:
            continue
        if isinstance(value, str | bool | int) or type(value).__name__ == "Month":
            shown = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            party = model.deal.ventures.get(shown) if name == "venture" else model.deal.parties.get(shown)
            lines.append((label_of(field.description or name), party.name if party else shown.replace("_", " ")))
    for path, (label, value, unit) in measured.items():
        if _said(term, path.split(".")):
            symbol = unit.text(model.deal.currency)
            shown = _series(value, symbol) if isinstance(value, Series) else text(value, symbol)
            lines.append((_named(model, label), shown))
    return lines


def _said(record: Any, path: list[str]) -> bool:
    """Whether the deal file says the number at a path, rather than leaving it at its default."""
    for step in path:
        if isinstance(record, Record):
            if step not in record.model_fields_set:
                return False
            record = getattr(record, step)
        elif isinstance(record, dict):
            record = record[step]
        else:
            record = record[int(step)]
    return True


def _named(model: Model, label: str) -> str:
    """A label that ends in a party's short name, with its full name instead."""
    head, colon, last = label.rpartition(": ")
    return f"{head}{colon}{model.deal.parties[last].name}" if last in model.deal.parties else label


def _series(value: Series, unit: str) -> str:
    if value.flat is not None:
        return text(value.flat, unit)
    years = value.by_year or {}
    first, last = next(iter(years)), list(years)[-1]
    return f"by year, {text(years[first], unit)} ({first}) to {text(years[last], unit)} ({last})"


def _assumptions(model: Model) -> list[dict[str, str]]:
    rows = []
    for given in model.graph.params.values():
        if given.source != "deal":
            continue
        if isinstance(given.value, tuple):
            used = [value for value in given.value if value]
            value = f"{_exact(min(used), given.unit)} to {_exact(max(used), given.unit)}" if used else _exact(0.0, given.unit)
        else:
            value = _exact(given.value, given.unit)
        unit = "" if given.unit in ("1", "%") else given.unit
        rows.append({"label": given.label, "value": value, "unit": unit, "path": given.path, "note": given.note})
    return rows


def _exact(value: float, unit: str) -> str:
    """A figure without its unit; rates and plain numbers in as many digits as they need."""
    return text(value, unit) if unit in ("%", "1") else figure(value, unit)


def _conventions(model: Model) -> list[str]:
    deal, timeline = model.deal, model.graph.timeline
    return [
        f"Money in {deal.currency} millions, {deal.basis}; flows discounted at the {timeline.discounting} of each period from"
        f" {timeline.valued_at}; effective annual rates. Value after royalties and tax, to each party before its own taxes.",
        "The rate of return shown is the one that a spreadsheet's IRR finds from 10%; where there are several, all are listed."
        " A figure that does not exist is n/a, never nil.",
        "Indicative and for discussion; figures follow from the inputs listed and from nothing else."
        f" Made with jvmodel {__version__}.",
    ]


def _money(value: float | None) -> str:
    return "n/a" if value is None else figure(value, "USDm")


def _cell(value: float) -> str:
    return "–" if abs(value) < 0.05 else figure(value, "USDm")


def _plain(value: float | None, places: int) -> str:
    return "n/a" if value is None else f"{value:,.{places}f}"


def _share(value: float | None) -> str:
    return "n/a" if value is None else figure(value, "%")


def _irr(found: dict[str, Any]) -> str:
    roots = found["irr_roots"]
    return f"{figure(found['irr'], '%') if found['irr'] is not None else 'n/a'}{'*' if len(roots) > 1 else ''}"
