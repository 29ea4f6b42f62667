"""Earn-in: a partner earns its interest by spending, stage by stage (terms.md C3)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jvmodel.graph import Block, Const, Expr, Param, Ref, Row, add_up, lag, max_, min_, ratio, where
from jvmodel.inputs import Date, Money, Party, Record, Share, fault
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.partners import calls_on, meets
from jvmodel.term import Term
from jvmodel.timeline import Month


class Stage(Record):
    """What must be spent by when, for which interest."""

    spend: Money = Field(gt=0)
    """spending in all, with earlier stages"""
    by: Date
    """month before which it must be spent"""
    interest: Share = Field(gt=0)
    """interest earned in all, with earlier stages"""
    milestone: str | None = Field(default=None, max_length=120)
    """what must be reached besides, such as a feasibility study"""
    reached: bool = True
    """whether the milestone is reached by then"""
    reached_on: Date | None = None
    """month in which the milestone is reached; the interest is not earned before; with the spending when not given"""
    vesting: Literal["step", "pro_rata"] | None = None
    """how this stage vests, where it differs from the others"""


class EarnIn(Term):
    """The earner pays the owner's calls until it has spent what each stage asks, and then receives its interest."""

    kind: Literal["earn_in"] = "earn_in"
    earner: Party
    """Partner that spends to earn"""
    owner: Party
    """Partner whose interest is earned"""
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=10)
    """Stage"""
    vesting: Literal["step", "pro_rata"] = "step"
    """Whether a stage vests when it is complete, or as it is spent"""
    share: Share = 1.0
    """Share of the owner's calls that the earner pays; below 100% the owner pays the rest, as in a third for a quarter"""
    withdraws: Date | None = None
    """Month from which the earner no longer spends; it keeps what has vested"""
    commitment: Money = 0.0
    """Least that the earner spends; the rest is paid to the owner when it withdraws"""

    @model_validator(mode="after")
    def _rising(self) -> EarnIn:
        if self.earner == self.owner:
            raise fault(f"'{self.earner}' cannot earn from itself")
        for before, after in zip(self.stages, self.stages[1:], strict=False):
            if after.spend <= before.spend or after.interest <= before.interest or after.by.index < before.by.index:
                raise fault("stages: spend and interest are in all, and rise from stage to stage; dates do not go back")
        if self.commitment and self.withdraws is None:
            raise fault("commitment matters only where the earner withdraws; give withdraws, or leave it out")
        return self

    def announces(self) -> tuple[Account | Measure, ...]:
        """Spending for the owner, and interests that move."""
        return (Account.EARN_IN, Measure.TRANSFER)

    class Rows(Block):
        active = Row("Earning", unit="1", total="none")
        owner_calls = Row("Cash calls on the owner")
        own_calls = Row("Cash calls on the earner")
        room = Row("Spending left to the last stage, in nominal money", total="none")
        wanted = Row("Owner's calls that the earner would pay")
        carried = Row("Owner's calls paid by the earner")
        spent = Row("Spent to date by the earner, in nominal money", total="last")
        missed = Row("A stage has been missed", unit="1", total="none")
        vested = Row("Interest vested", unit="%", total="none")
        moves = Row("Interest that moves to the earner", unit="%", total="none")
        implied = Row("Value of the whole that the spending implies, in nominal money", total="none")
        deemed = Row("Deemed contribution of the owner, in nominal money", total="none")
        topped_up = Row("Commitment paid out on withdrawal")

    def apply(self, ledger: Ledger) -> None:
        """Vested = interest of the last stage met by its date; a stage missed ends the earning and keeps what has vested."""
        rows = self.Rows(ledger.graph, self.name, self.heading)
        within = Const(1.0) if self.withdraws is None else ledger.flagged(None, self.withdraws)
        rows.active = (1 - lag(rows.missed)) * within
        rows.owner_calls = calls_on(ledger, self.owner) + 0
        rows.own_calls = calls_on(ledger, self.earner) + 0
        last = self.given(ledger, f"stages.{len(self.stages) - 1}.spend")
        rows.room = max_(last - lag(rows.spent), 0)
        part = rows.owner_calls if self.share >= 1 else rows.owner_calls * self.given(ledger, "share")
        wanted: Expr = min_(part, max_(ledger.todays_money(rows.room) - rows.own_calls, 0)) * rows.active
        if ledger.has_several(Account.EARN_IN):
            rows.wanted = wanted
            wanted = meets(ledger, self.owner, Account.EARN_IN, rows.wanted, rows.owner_calls)
        rows.carried = wanted
        rows.spent = lag(rows.spent) + ledger.face_value(rows.own_calls * rows.active + rows.carried)
        met = [self._met(ledger, rows, number) for number in range(len(self.stages))]
        overdue = [self._after(ledger, number) * (1 - flag) for number, flag in enumerate(met)]
        failed: Expr = overdue[0]
        for one in overdue[1:]:
            failed = max_(failed, one)
        rows.missed = max_(lag(rows.missed), failed)
        self._vest(ledger, rows, met)
        rows.moves = rows.vested - lag(rows.vested)
        rows.implied = ratio(rows.spent, rows.vested)
        rows.deemed = ratio(rows.spent * (1 - rows.vested), rows.vested)
        ledger.record(Measure.DEEMED, where(rows.moves > 0, rows.spent + rows.deemed, 0), by=self.name)
        ledger.record(Measure.TRANSFER, rows.moves, of=self.earner, by=self.name)
        given_up = rows.define("gives_up", "Interest that moves from the owner", 0 - rows.moves, "%", "none")
        ledger.record(Measure.TRANSFER, given_up, of=self.owner, by=self.name)
        ledger.post(Account.EARN_IN, rows.carried, payer=self.earner, payee=self.owner, meets="calls")
        if self.commitment and self.withdraws is not None:
            short = max_(self.given(ledger, "commitment") - rows.spent, 0)
            rows.topped_up = ledger.todays_money(short) * ledger.at(self.withdraws)
            ledger.post(Account.EARN_IN, rows.topped_up, payer=self.earner, payee=self.owner)

    def _met(self, ledger: Ledger, rows: Rows, number: int) -> Ref:
        """1 from the period on in which the stage's spending is reached, if that is by its date."""
        row = rows.ref(f"met_{number + 1}")
        reached = rows.spent + ledger.trifle >= self.given(ledger, f"stages.{number}.spend")
        stage = self.stages[number]
        in_time: Expr = self._before(ledger, stage.by) if stage.reached else Const(0.0)
        if stage.reached_on is not None:
            in_time = in_time * self._reached(ledger, stage.reached_on)
        label = f"Stage {number + 1} is met"
        return rows.define(f"met_{number + 1}", label, max_(lag(row), reached * in_time * rows.active), "1", "none")

    def _vest(self, ledger: Ledger, rows: Rows, met: list[Ref]) -> None:
        parts: list[Expr] = []
        before: Expr = Const(0.0)
        spent_before: Expr = Const(0.0)
        for number, flag in enumerate(met):
            interest, spend = (self.given(ledger, f"stages.{number}.{field}") for field in ("interest", "spend"))
            share: Expr = flag
            if (self.stages[number].vesting or self.vesting) == "pro_rata":
                done = ratio(max_(min_(rows.spent, spend) - spent_before, 0), spend - spent_before)
                share = rows.define(f"done_{number + 1}", f"Stage {number + 1}: share spent", done, "%", "none")
            parts.append((interest - before) * share)
            before, spent_before = interest, spend
        rows.vested = add_up(parts)

    @staticmethod
    def _before(ledger: Ledger, date: Month) -> Param:
        flags = tuple(float(end.index <= date.index) for end in ledger.graph.timeline.ends)
        return ledger.graph.fact(f"ends_by_{date}", f"Ends by {date}", flags)

    @staticmethod
    def _reached(ledger: Ledger, date: Month) -> Param:
        flags = tuple(float(end.index > date.index) for end in ledger.graph.timeline.ends)
        return ledger.graph.fact(f"reached_{date}", f"Milestone of {date} is reached", flags)

    def _after(self, ledger: Ledger, number: int) -> Param:
        date = self.stages[number].by
        flags = tuple(float(end.index >= date.index) for end in ledger.graph.timeline.ends)
        return ledger.graph.fact(f"ends_from_{date}", f"Ends in or after {date}", flags)
