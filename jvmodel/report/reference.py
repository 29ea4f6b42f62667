"""The reference of deal terms, made from the terms themselves: fields, formulas in words and in Excel, a worked example."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from jvmodel.analysis.stakes import stakes
from jvmodel.backends.words import in_words
from jvmodel.dealfile.regimes import known_regimes, read_regime
from jvmodel.inputs import Measured, Record
from jvmodel.report.cases import layout_of
from jvmodel.report.sources import sources_and_uses
from jvmodel.report.summary import summary
from jvmodel.shipped import deals
from jvmodel.shown import figure
from jvmodel.term import Term
from jvmodel.terms import terms

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from jvmodel.model import Model

COMMON = ("kind", "name", "title", "venture", "note")


def rows_of(model: Model, term: Term) -> list[str]:
    """The rows that a term wrote: its own block and blocks within it."""
    return [name for name in model.graph.rows if name.split(".")[0] == term.name]


def golden(model: Model, term: Term) -> str:
    """Row | unit | words | Excel formula of the second period, one line for each row of a term."""
    layout = layout_of(model)
    lines = []
    for name in rows_of(model, term):
        info = model.graph.rows[name]
        words = in_words(model.graph, info.formula, info.block)
        lines.append(f"{name} | {model.graph.display_unit(name)} | {info.label} = {words} | {layout.formula(name, 1)}")
    return "\n".join(lines) + "\n"


def page(kind: str, model: Model, source: str) -> str:
    """The reference page of a term, with the deal that `model` was built from as its example."""
    term_type = terms()[kind]
    about = (term_type.__doc__ or "").strip()
    origin = (__import__(term_type.__module__, fromlist=["x"]).__doc__ or "").strip().split("\n")[0]
    parts = [
        f"# {kind}", "", about, "", origin, "", "## Fields", "", "| field | what it is | unit | default |", "|---|---|---|---|",
        *_fields(term_type), "", "## Worked example", "",
        f"`docs/terms/{kind}.yaml` is a whole deal; run it with `jvmodel run docs/terms/{kind}.yaml`. The term in it:", "",
        "```yaml", _fragment(source, kind), "```", "",
    ]  # fmt: skip
    for term in model.deal.terms:
        if term.kind == kind:
            parts += _worked(model, term)
    return "\n".join(parts) + "\n"


def index() -> str:
    """The list of all terms, by chapter."""
    lines = ["# Deal terms", "", "Made from the code by `python -m pytest tests/test_reference.py --regenerate`.", ""]
    for chapter in dict.fromkeys(term.chapter for term in terms().values()):
        lines += [f"## {chapter.capitalize()}", ""]
        for kind, term in terms().items():
            if term.chapter == chapter:
                lines.append(f"- [{kind}]({kind}.md): {(term.__doc__ or '').strip().split(chr(10))[0]}")
        lines.append("")
    return "\n".join(lines)


BOTH = 0.05
"""Millions from which a part of a value is told."""
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def deal_page(model: Model, text: str) -> str:
    """The page of an example deal, its figures between the marks brought up to date."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    found = summary(model)
    money = model.deal.currency
    lines = [
        f"| party | part | NPV, {money}m | IRR | peak funding, {money}m | share of capital | share of value |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    held = {stake.party: stake for stake in stakes(model)}
    for name in model.parties:
        metrics, stake = found["parties"][name], held.get(name)
        cells = [
            figure(metrics["npv"], f"{money}m"), _or_none(metrics["irr"]), figure(metrics["peak_funding"], f"{money}m"),
            _or_none(stake.share_of_capital if stake else None), _or_none(stake.share_of_value if stake else None),
        ]  # fmt: skip
        lines.append(f"| {model.label(name)} | {model.role(name)} | " + " | ".join(cells) + " |")
    lines += _as_owners(model, found["parties"])
    funding = sources_and_uses(model)
    if funding is not None:
        lines += [
            "",
            f"Sources and uses before {funding.until}, {money}m:",
            "",
            "| source | amount | use | amount |",
            "|---|---:|---|---:|",
        ]
        for source, use in zip_longest(funding.sources, funding.uses, fillvalue=("", 0.0)):
            pairs = [one[0] + " | " + (figure(one[1], f"{money}m") if one[0] else "") for one in (source, use)]
            lines.append(f"| {pairs[0]} | {pairs[1]} |")
    return head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + tail


def _as_owners(model: Model, found: dict[str, dict[str, Any]]) -> list[str]:
    """The value of those who gain twice, as owners and by contracts; nothing where nobody does."""
    money = f"{model.deal.currency}m"
    keys = ("npv_as_owner", "npv_by_contract")
    both = [name for name in model.deal.parties if all(abs(found[name][key]) > BOTH for key in keys)]
    if not both or any(term.kind == "unincorporated_venture" for term in model.deal.terms):
        return []
    head = [
        "",
        f"Of those values, {money}:",
        "",
        "| party | as owner | by contracts, taxes, covers and risks |",
        "|---|---:|---:|",
    ]
    return head + [f"| {model.label(one)} | " + " | ".join(figure(found[one][key], money) for key in keys) + " |" for one in both]


def _or_none(value: float | None) -> str:
    return "" if value is None else figure(value, "%")


def regimes_page() -> str:
    """The list of shipped fiscal regimes, with their sources."""
    lines = [
        "# Fiscal regimes", "", "Made from `deals/regimes` by `python -m pytest tests/test_reference.py --regenerate`.", "",
        "A deal names a regime and says who is who in it; the regime's terms are then part of the deal, and `--set` reaches",
        "them:", "", "```yaml", "regimes:", "  senegal_gold_2026: {state: treasury, community: villages}", "```", "",
        "A file of the same form in the folder `regimes` beside the deal adds a regime, or replaces one. Laws change: check a",
        "regime against the law before you rely on it.", "",
    ]  # fmt: skip
    for name, path in known_regimes(deals()).items():
        regime = read_regime(path)
        lines += [f"## {name}", "", f"{regime.regime}, as of {regime.date}.", ""]
        lines += [f"- {one.get('title', one['name'])} ([{one['kind']}](terms/{one['kind']}.md))" for one in regime.terms]
        lines += ["", f"Source: {regime.source.strip()}", "", (regime.note or "").strip(), "", "Fill in:", ""]
        lines += [f"- `{hole}`: {meaning}" for hole, meaning in regime.fill.items()]
        lines.append("")
    return "\n".join(lines)


def _fragment(source: str, kind: str) -> str:
    """The lines of a deal file that hold the term of a kind."""
    lines = source.split("\n")
    start = next(number for number, line in enumerate(lines) if f"kind: {kind}" in line)
    end = next((n for n in range(start + 1, len(lines)) if lines[n].startswith("  - ") or not lines[n].strip()), len(lines))
    return "\n".join(line[2:] for line in lines[start:end])


def _worked(model: Model, term: Term) -> Iterator[str]:
    labels = model.graph.timeline.labels
    yield "| row | unit | " + " | ".join(labels) + " |"
    yield "|---|---|" + "---:|" * len(labels)
    names = rows_of(model, term)
    for name in names:
        info, unit = model.graph.rows[name], model.graph.display_unit(name)
        figures = " | ".join(figure(float(value), unit) for value in model.run.single(name))
        yield f"| {info.label} | {'' if unit == '1' else unit} | {figures} |"
    yield ""
    yield "In words:"
    yield ""
    for name in names:
        info = model.graph.rows[name]
        yield f"- {info.label} = {in_words(model.graph, info.formula, info.block)}"
    yield ""


def _fields(record: type[Record], prefix: str = "") -> Iterator[str]:
    for name, field in record.model_fields.items():
        if name in COMMON and not prefix:
            continue
        inner, many = _record_in(field)
        path = f"{prefix}{name}" + (".NAME" if many else "")
        default = "needed" if field.is_required() else _default(field)
        choices = _choices(field)
        words = f"; {', '.join(f'`{one}`' for one in choices)}" if choices else ""
        yield f"| `{path}` | {field.description}{words} | {_unit(field)} | {default} |"
        if inner is not None:
            yield from _fields(inner, f"{path}.")


def _record_in(field: FieldInfo) -> tuple[type[Record] | None, bool]:
    """The record that a field holds, and whether it holds many by name."""
    waiting, many = [field.annotation], False
    while waiting:
        one: Any = waiting.pop()
        if isinstance(one, type) and issubclass(one, Record) and one.__name__ != "Series":
            return one, many
        origin = getattr(one, "__origin__", None)
        many = many or origin is dict
        waiting += getattr(one, "__args__", ())
    return None, many


def _choices(field: FieldInfo) -> tuple[str, ...]:
    """The words that a field may have, where a deal file chooses one of a few."""
    waiting: list[Any] = [field.annotation]
    while waiting:
        one = waiting.pop()
        if get_origin(one) is Literal:
            return tuple(str(word) for word in get_args(one))
        waiting += [inner for inner in get_args(one) if get_origin(one) is not dict]
    return ()


def _unit(field: FieldInfo) -> str:
    waiting: list[Any] = [field.annotation, *field.metadata]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Measured):
            unit = one.text("USD")
            return "" if unit == "1" else unit
        waiting += [*getattr(one, "__metadata__", ()), *getattr(one, "__args__", ())]
    return ""


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None or field.default is None or field.default == ():
        return ""
    default = getattr(field.default, "flat", None) if isinstance(field.default, Record) else field.default
    if default is None:
        return ""
    if isinstance(default, float):
        return f"{default * 100:g}%" if _unit(field) == "%" else f"{default:g}"
    return {"True": "true", "False": "false"}.get(str(field.default), str(field.default))
