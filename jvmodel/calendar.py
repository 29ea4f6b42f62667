"""Calendar: facts of the timeline and the phases of a deal, as inputs that formulas may use."""

from __future__ import annotations

from jvmodel.errors import GraphError
from jvmodel.graph import Const, Expr, Graph, Param
from jvmodel.timeline import Month


class Calendar:
    """When things happen, on one graph: shares of periods within phases and dates, and flags of periods."""

    def __init__(self, graph: Graph, phases: dict[str, tuple[float, ...]] | None = None) -> None:
        """`phases` gives the share of each period in each phase."""
        self.graph = graph
        timeline = graph.timeline
        self.period_years = graph.fact("years", "Length of the period", (timeline.years,) * timeline.periods, "year")
        self.number = graph.fact("number", "Period number", tuple(float(t + 1) for t in range(timeline.periods)))
        self.last = graph.fact("last", "Last period", (0.0,) * (timeline.periods - 1) + (1.0,))
        self.phases = {
            name: graph.fact(f"phase_{name}", f"Share of the period in phase {name}", shares)
            for name, shares in (phases or {}).items()
        }

    def phase(self, name: str) -> Expr:
        """The share of each period that lies in a phase of the deal; a deal without phases is all operation."""
        if name in self.phases:
            return self.phases[name]
        if name == "operation":
            return self.graph.fact("phase_operation", "Share of the period in operation", (1.0,) * self.graph.timeline.periods)
        known = ", ".join(self.phases) or "none"
        raise GraphError(f"the deal has no phase '{name}'; its phases are: {known}")

    def window(self, until: Month | None, during: str | None) -> Expr:
        """The share of each period before a date, or in a phase; all of it when neither is given."""
        if during is not None:
            return self.phase(during)
        timeline = self.graph.timeline
        if until is None:
            return Const(1.0)
        return self.graph.fact(f"until_{until}", f"Before {until}", timeline.overlap(timeline.start, until))

    def year(self, year: str) -> Param:
        """The share of a calendar year that lies in each period."""
        first = Month(int(year))
        timeline = self.graph.timeline
        shares = tuple(share * timeline.years for share in timeline.overlap(first, first.plus(12)))
        if abs(sum(shares) - 1) > 1e-9:
            raise GraphError(f"{year} is outside the timeline, which runs from {timeline.labels[0]} to {timeline.labels[-1]}")
        return self.graph.fact(f"year_{year}", f"Share of {year}", shares)

    def spread(self, phase: str, curve: str) -> Param:
        """Weights of an amount spread over a phase, `even` or as an `s_curve` 3x² − 2x³; they add up to 1 (terms.md A11)."""
        shares = self.shares_of(phase)
        whole = sum(shares)
        if not whole:
            raise GraphError(f"phase '{phase}' lies outside the timeline")
        gone = [sum(shares[: t + 1]) / whole for t in range(len(shares))]
        reached = gone if curve == "even" else [3 * x**2 - 2 * x**3 for x in gone]
        weights = tuple(now - before for now, before in zip(reached, [0.0, *reached[:-1]], strict=True))
        return self.graph.fact(f"{curve}_{phase}", f"Spending over {phase} ({curve.replace('_', '-')})", weights)

    def until_end(self, years: float) -> Expr:
        """The share of each period in operation, without the last `years` of it."""
        if not years:
            return self.phase("operation")
        left, shares = years / self.graph.timeline.years, list(self.shares_of("operation"))
        for t in reversed(range(len(shares))):
            cut = min(shares[t], left)
            shares[t], left = shares[t] - cut, left - cut
        return self.graph.fact(f"until_{years:g}_before_end", f"Operation without its last {years:g} years", tuple(shares))

    def between(self, start: Month, end: Month) -> Param:
        """The share of each period between two dates."""
        return self.graph.fact(f"between_{start}_{end}", f"From {start} to {end}", self.graph.timeline.overlap(start, end))

    def flagged(self, start: Month | None, end: Month | None = None) -> Param:
        """1 in every period that begins at or after `start` and before `end`."""
        first = start.index if start else -1
        last = end.index if end else self.graph.timeline.ends[-1].index
        flags = tuple(float(first <= begin.index < last) for begin in self.graph.timeline.starts)
        return self.graph.fact(
            f"flag_{start or 'start'}_{end or 'end'}", f"From {start or 'the start'} to {end or 'the end'}", flags
        )

    def at(self, date: Month) -> Param:
        """1 in the period that a date lies in."""
        timeline = self.graph.timeline
        flags = tuple(
            float(begin.index <= date.index < end.index) for begin, end in zip(timeline.starts, timeline.ends, strict=True)
        )
        if not any(flags):
            raise GraphError(f"{date} is outside the timeline, which runs from {timeline.labels[0]} to {timeline.labels[-1]}")
        return self.graph.fact(f"at_{date}", f"Period of {date}", flags)

    @property
    def started(self) -> Param:
        """1 from the first period of operation on."""
        shares = self.shares_of("operation")
        first = next((t for t, share in enumerate(shares) if share), len(shares))
        return self.graph.fact("started", "Operation has begun", tuple(float(t >= first) for t in range(len(shares))))

    @property
    def completed(self) -> Param:
        """1 in the last period before operation."""
        shares = self.shares_of("operation")
        first = next((t for t, share in enumerate(shares) if share), len(shares))
        return self.graph.fact(
            "completed", "Last period before operation", tuple(float(t == first - 1) for t in range(len(shares)))
        )

    @property
    def months(self) -> Param:
        """Months in each period."""
        timeline = self.graph.timeline
        return self.graph.fact("months", "Months in the period", (12 * timeline.years,) * timeline.periods, "month")

    @property
    def ended(self) -> Param:
        """1 from the last period of operation on."""
        shares = self.shares_of("operation")
        last = max((t for t, share in enumerate(shares) if share), default=len(shares) - 1)
        return self.graph.fact(
            "ended", "Last period of operation, and later", tuple(float(t >= last) for t in range(len(shares)))
        )

    def shares_of(self, phase: str) -> tuple[float, ...]:
        """The share of each period that lies in a phase, as numbers."""
        self.phase(phase)
        value = self.graph.params[f"time.phase_{phase}"].value
        assert isinstance(value, tuple)
        return value

    @property
    def year_begins(self) -> Param:
        """1 in the first period of each year of the model, which may begin in any month."""
        return self._of_year("year_begins", "First period of a year", 0)

    @property
    def year_ends(self) -> Param:
        """1 in the last period of each year of the model, and in the last period of all."""
        return self._of_year("year_ends", "Last period of a year", self.graph.timeline.per_year - 1)

    def _of_year(self, name: str, label: str, place: int) -> Param:
        timeline = self.graph.timeline
        last = timeline.periods - 1 if place else -1
        flags = tuple(float(t % timeline.per_year == place or t == last) for t in range(timeline.periods))
        return self.graph.fact(name, label, flags)

    @property
    def share_of_year(self) -> Param:
        """Length of each period as a share of a year, for simple interest."""
        timeline = self.graph.timeline
        return self.graph.fact("share_of_year", "Period as a share of a year", (timeline.years,) * timeline.periods)
