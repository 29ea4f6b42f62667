"""Questions that a deal answers by itself, by the command that asks them: they may go with a term sheet and a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from jvmodel.errors import OutputError
from jvmodel.graph.graph import did_you_mean
from jvmodel.report import questions
from jvmodel.report.findings import Findings
from jvmodel.report.listing import Answer
from jvmodel.report.negotiation import questions as table


def _sensitivity(deal: str, changes: tuple[str, ...]) -> Findings:
    from jvmodel.analysis.study import Study

    return questions.sensitivity(Study(deal, changes))


def _simulation(deal: str, changes: tuple[str, ...]) -> Findings:
    from jvmodel.analysis.scenarios import Scenarios
    from jvmodel.analysis.simulate import simulate

    return questions.simulation(simulate(Scenarios.of(deal, changes)))


def _risk(deal: str, changes: tuple[str, ...]) -> Findings:
    from jvmodel.analysis.risk import risk_table
    from jvmodel.analysis.scenarios import Scenarios

    return questions.risk_shares(risk_table(Scenarios.of(deal, changes)))


def _clauses(deal: str, changes: tuple[str, ...]) -> Findings:
    from jvmodel.analysis.risk import clause_menu
    from jvmodel.analysis.scenarios import Scenarios

    return questions.menu(clause_menu(Scenarios.of(deal, changes)))


def _drivers(deal: str, changes: tuple[str, ...]) -> Findings:
    from jvmodel.analysis.drivers import drivers
    from jvmodel.analysis.scenarios import Scenarios

    return questions.drivers(drivers(Scenarios.of(deal, changes), "venture.npv", limit=0.0))


ASKED: dict[str, Callable[[str, tuple[str, ...]], Findings]] = {
    "sensitivity": _sensitivity, "simulate": _simulation, "risk": _risk, "clauses": _clauses, "drivers": _drivers,
    "compare": table.against_base, "rounds": lambda deal, changes: table.rounds([deal], changes),
    "negotiate": table.negotiation, "trade": table.trade, "coalition": table.coalition, "calls": table.calls,
    "gates": table.gates, "options": table.options,
}  # fmt: skip
"""What a deal and changes (as `--set`) are answered, by command; `clauses` is `risk --clauses`."""


def asked(names: Iterable[str], deal: str, changes: Sequence[str] = ()) -> tuple[Answer, ...]:
    """The answers of commands to a deal, in the order named; raises OutputError for a command that answers nothing by itself."""
    found = []
    for name in dict.fromkeys(names):
        if name not in ASKED:
            raise OutputError(f"--with {name}: not an answer; choose from {', '.join(ASKED)}{did_you_mean(name, ASKED)}")
        found.append(replace(ASKED[name](deal, tuple(changes)).answer(), command=name))
    return tuple(found)
