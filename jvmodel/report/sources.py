"""Sources and uses of the money that is spent before production (terms.md D1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jvmodel.account import VENTURE, Account

if TYPE_CHECKING:
    from jvmodel.backends.arrays import Run
    from jvmodel.model import Model

FUNDING = (
    Account.CALLS, Account.SUBSCRIPTION, Account.PARTNER_LOANS, Account.DEBT_DRAWN, Account.GRANTS, Account.STREAM_DEPOSIT,
)  # fmt: skip
NIL = 1e-9


@dataclass(frozen=True)
class SourcesAndUses:
    """Amounts in millions before the first period of operation, by where they come from and what they are for.

    The two sides are equal; what is left in hand when production begins is a use, in the money of when it was put by.
    """

    until: str
    sources: tuple[tuple[str, float], ...]
    uses: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """The sum of either side."""
        return sum(amount for _, amount in self.sources)


@dataclass(frozen=True)
class Line:
    """One source or use: what it is called, and the rows whose sum until production it is, with their sign, less other rows."""

    label: str
    rows: tuple[str, ...]
    sign: int
    less: tuple[str, ...] = ()

    def amount(self, run: Run, before: int) -> float:
        """The amount in millions over the first `before` periods."""
        added, taken = (sum(float(run.single(name)[:before].sum()) for name in names) for names in (self.rows, self.less))
        return self.sign * (added - taken)


def periods_before_production(model: Model) -> int:
    """How many periods pass before the first with operation in it."""
    operation = model.graph.params.get("time.phase_operation")
    shares = operation.value if operation is not None and isinstance(operation.value, tuple) else ()
    return next((t for t, share in enumerate(shares) if share), 0)


def lines(model: Model) -> tuple[list[Line], list[Line]]:
    """The sources and the uses of the money until production.

    What is nil in the base is one line on either side, as another scenario may bring money there.
    """
    run, before = model.run, periods_before_production(model)
    ventures = [VENTURE, *model.deal.ventures]

    def booked(parties: list[str], account: Account) -> tuple[str, ...]:
        names = (f"party.{party}.{account.value}" for party in parties)
        return tuple(name for name in names if name in model.graph.rows)

    sources = [
        Line(f"{model.label(party)}: {account.label.lower()}", booked([party], account), -1)
        for account in FUNDING for party in model.deal.parties
    ]  # fmt: skip
    others = [Line(account.label, booked(ventures, account), 1) for account in Account if account not in FUNDING]
    sources += [line for line in others if line.amount(run, before) > NIL]
    uses = [Line(line.label, line.rows, -1) for line in others if line.amount(run, before) <= NIL]
    fillings = {f"{term.name}.filling": term.heading for term in model.deal.terms if f"{term.name}.filling" in model.graph.rows}
    uses += [Line(f"{heading}: first filling", (row,), 1) for row, heading in fillings.items()]
    kept = tuple(f"party.{one}.change" for one in ventures)
    uses.append(Line("Cash in hand when production begins", kept, 1, tuple(fillings)))
    return _gathered(sources, "Other sources", run, before), _gathered(uses, "Other uses, net", run, before)


def _gathered(side: list[Line], label: str, run: Run, before: int) -> list[Line]:
    """The lines that are not nil, and one of all others, which have the sign -1 but for cash in hand."""
    shown = [line for line in side if line.sign > 0 or abs(line.amount(run, before)) > NIL]
    rest = tuple(name for line in side if line not in shown for name in line.rows)
    return [*shown, *([Line(label, rest, -1)] if rest else [])]


def sources_and_uses(model: Model) -> SourcesAndUses | None:
    """What funds the ventures, all together, until production, and what for; None where it produces from the first period on."""
    before = periods_before_production(model)
    if not before:
        return None
    sources, uses = (
        tuple((line.label, amount) for line in side if abs(amount := line.amount(model.run, before)) > NIL)
        for side in lines(model)
    )
    return SourcesAndUses(model.graph.timeline.labels[before], sources, uses)
