"""Scenarios: the trials of a deal's risk register as values of its levers, the same for every version of the deal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jvmodel.analysis.distributions import draws, expected
from jvmodel.analysis.price_paths import PricePath, rotation
from jvmodel.analysis.sampling import BLOCK, Sampling
from jvmodel.analysis.study import Study
from jvmodel.correlation import Correlations, nearest, possible, reordered, root, score_correlation
from jvmodel.deal import Deal
from jvmodel.dealfile import load
from jvmodel.errors import GraphError
from jvmodel.lever import Kind
from jvmodel.phrase import Phrase
from jvmodel.terms.mine.capital_cost import CapitalCost
from jvmodel.uncertainty import RiskFactor, Uncertainty

Array = NDArray[np.float64]
HOW = """the deal does not say what is uncertain; give it a risk register, such as

uncertainty:
  factors:
    copper: {of: prices.copper, gbm: {sigma: 22%}}
    capital: {of: terms.mine_capital.overrun, triangular: {low: -10%, mode: 0%, high: 40%}}

(the example kasanga has one of every kind)"""


@dataclass(frozen=True)
class Trials:
    """Draws of some trials: `values` (S,) of single numbers, `paths` (S, T) of prices as factors on their decks, by risk."""

    start: int
    stop: int
    values: dict[str, Array]
    paths: dict[str, Array]

    def part(self, start: int, stop: int) -> Trials:
        """Some of the trials."""
        place = slice(start - self.start, stop - self.start)
        values = {name: one[place] for name, one in self.values.items()}
        return Trials(start, stop, values, {name: one[place] for name, one in self.paths.items()})

    def column(self, risk: str) -> Array:
        """One number (S,) a trial for a risk: its draw, or the mean over time of its price's factor."""
        found: Array = self.values[risk] if risk in self.values else self.paths[risk].mean(axis=1)
        return found


@dataclass(frozen=True)
class Scenarios:
    """A deal's uncertain numbers and prices, drawn. `study` is open on the deal with such prices laid out by period."""

    study: Study
    register: Uncertainty
    certain: frozenset[str] = frozenset()
    """Risks that are held at what is expected of them; the trials of all others stay the same"""

    @classmethod
    def of(
        cls, path: str | Path, changes: Iterable[str] = (), *, trials: int | None = None, seed: int | None = None,
        sampling: str | None = None,
    ) -> Scenarios:  # fmt: skip
        """Of a deal file, with the trials, seed and sampling that its register says unless told otherwise."""
        changes = tuple(changes)
        register = load(path, changes).uncertainty
        if register is None:
            raise GraphError(HOW)
        told = {key: value for key, value in (("trials", trials), ("seed", seed), ("sampling", sampling)) if value is not None}
        register = register.model_copy(update=told)
        metals = tuple(one.split(".")[1] for factor in register.factors.values() if factor.process for one in factor.of)
        return cls(Study(path, changes, metals), register)

    def onto(self, changes: Iterable[str] = (), *, without: Iterable[str] = ()) -> Scenarios:
        """The same trials for the deal with other changes, or without some terms: common random numbers across proposals."""
        before = self.study
        return replace(self, study=Study(before.path, (*before.changes, *changes), before.by_period, tuple(without)))

    def holding(self, risks: Iterable[str]) -> Scenarios:
        """The same trials with some risks held at what is expected of them."""
        return replace(self, certain=frozenset(risks))

    @cached_property
    def single(self) -> tuple[str, ...]:
        """Risks that are one number."""
        return tuple(name for name, one in self.register.factors.items() if one.distribution is not None)

    @cached_property
    def priced(self) -> tuple[str, ...]:
        """Risks that are prices over time."""
        return tuple(name for name, one in self.register.factors.items() if one.process is not None)

    @cached_property
    def sampling(self) -> Sampling:
        """Where scores come from: single numbers first, then prices, the first direction of each before the second."""
        periods = len(self.study.model.graph.timeline.labels)
        dimensions = len(self.single) + len(self.priced) * periods
        return Sampling(self.register.sampling, self.register.seed, dimensions, self.register.trials)

    @cached_property
    def players(self) -> tuple[str, ...]:
        """The risk that each dimension of the scores belongs to."""
        periods = len(self.study.model.graph.timeline.labels)
        return (*self.single, *(name for _ in range(periods) for name in self.priced))

    @cached_property
    def _roots(self) -> tuple[Array, Array]:
        return tuple(root(Correlations.of(self.register, names).scores) if names else np.eye(0)
                     for names in (self.single, self.priced))  # type: ignore[return-value]  # fmt: skip

    @cached_property
    def _joint(self) -> Array | None:
        """The root of the correlation of single numbers and the first score of each price; None where no two are correlated.

        The first score is the direction in which a whole path moves most. A number is so correlated with it that its rank
        correlation with the mean over time of the price is the one that is given.
        """
        count = len(self.single)
        given = Correlations.of(self.register, (*self.single, *self.priced)) if self.single and self.priced else None
        if given is None or not given.rank[:count, count:].any():
            return None
        wanted = score_correlation(given.rank)
        np.fill_diagonal(wanted, 1.0)
        tilts = np.array([self.paths[name].tilt(self.deck(name)) for name in self.priced])
        across = wanted[:count, count:]
        wanted[:count, count:] = np.divide(across, tilts, out=np.zeros_like(across), where=across != 0)
        wanted[count:, :count] = wanted[:count, count:].T
        if possible(wanted):
            return root(wanted)
        if self.register.nearest_correlation:
            return root(nearest(wanted))
        asked = ", ".join(
            f"{number} and {price} {given.rank[a, count + b]:.3g}"
            for a, number in enumerate(self.single) for b, price in enumerate(self.priced) if given.rank[a, count + b]
        )  # fmt: skip
        raise GraphError(
            f"correlations of numbers with prices over time ({asked}) cannot all hold: part of a path moves by itself in each"
            " period; give smaller ones, or nearest_correlation: true"
        )

    @cached_property
    def paths(self) -> dict[str, PricePath]:
        """The process of each price risk on the model's timeline."""
        found = {}
        for name in self.priced:
            process = self.register.factors[name].process
            assert process is not None
            found[name] = PricePath.on(self.study.model.graph.timeline, process)
        return found

    def deck(self, risk: str) -> Array:
        """The deck (T,) of the first price of a risk."""
        metal = self.register.factors[risk].of[0].split(".")[1]
        given = self.study.model.graph.params[f"prices.{metal}"].value
        return np.asarray(given, dtype=np.float64)

    def draw(self, start: int, stop: int) -> Trials:
        """The trials from `start` to `stop`, counted from 0."""
        if self.register.correlated_by == "copula":
            return self.drawn(self.sampling.scores(start, stop), start)
        # draws are re-ordered among 4096 trials, so that all of those are needed
        first, last = start // BLOCK * BLOCK, -(-stop // BLOCK) * BLOCK
        return self.drawn(self.sampling.scores(first, last), first).part(start, stop)

    def drawn(self, scores: Array, start: int = 0) -> Trials:
        """The trials whose independent standard normal scores (S, dimensions) are given."""
        stop = start + len(scores)
        numbers, prices = self._roots
        count, periods = len(self.single), len(self.study.model.graph.timeline.labels)
        independent = scores[:, :count]
        if self.register.correlated_by == "iman_conover":
            together = np.concatenate(
                [reordered(independent[at : at + BLOCK], numbers) for at in range(0, stop - start, BLOCK)]
            ) if count else independent  # fmt: skip
        else:
            together = np.einsum("sk,jk->sj", independent, numbers if self._joint is None else self._joint[:count, :count])
            # not by BLAS, whose threads wait for one another
        values = {}
        for number, name in enumerate(self.single):
            distribution = self.register.factors[name].distribution
            assert distribution is not None
            values[name] = draws(distribution, np.ascontiguousarray(together[:, number]))
        paths = {}
        if self.priced:
            from jvmodel.analysis.shocks import shocks

            of_prices = np.ascontiguousarray(scores[:, count:])
            if self._joint is not None:
                by_step = of_prices.reshape(len(scores), periods, len(self.priced))
                mixed = np.einsum("stk,jk->stj", by_step, prices)
                first = np.concatenate([independent, by_step[:, 0]], axis=1)
                mixed[:, 0] = np.einsum("sk,jk->sj", first, self._joint[count:])
                of_prices, prices = mixed.reshape(len(scores), -1), np.eye(len(self.priced))
            moved = shocks(of_prices, rotation(periods), prices)
            paths = {name: self.paths[name].relatives(moved[number], self.deck(name)) for number, name in enumerate(self.priced)}
        return Trials(start, stop, values, paths)

    def levers(self, trials: Trials) -> dict[str, Array]:
        """Values of the deal's levers in some trials, by their paths."""
        found: dict[str, Array] = {}
        size = trials.stop - trials.start
        gone = tuple(f"terms.{term}." for term in self.study.without)
        for name, factor in self.register.factors.items():
            held = name in self.certain
            for path in factor.of:
                if path.startswith(gone):
                    continue
                if factor.process:
                    deck = self.deck(name)
                    found[path] = np.tile(self.paths[name].expected(deck) / deck, (size, 1)) if held else trials.paths[name]
                    continue
                found[path] = self._applied(factor, path, np.full(size, self.mean(name)) if held else trials.values[name])
                if factor.without_contingency:
                    found[f"{path.removesuffix('overrun')}contingency"] = np.zeros(size)
        return found

    def _applied(self, factor: RiskFactor, path: str, drawn: Array) -> Array:
        base = self.study.lever(path).base
        return base * drawn if factor.drawn == "factor" else base + drawn if factor.drawn == "addition" else drawn

    def inputs(self, trials: Trials) -> dict[str, Array]:
        """Inputs of the model in some trials; raises GraphError with the trial and its draws where one is out of bounds."""
        return self.study.inputs(self.levers(trials), trials.stop - trials.start)

    def mean(self, risk: str) -> float:
        """The expected draw of a risk; of a price, the mean over time of its expected factor on the deck."""
        factor = self.register.factors[risk]
        if factor.distribution is not None:
            return expected(factor.distribution)
        deck = self.deck(risk)
        return float((self.paths[risk].expected(deck) / deck).mean())

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results should know: contingency on top of overruns, correlations replaced."""
        register, deal = self.register, self.study.model.deal
        paths = [(name, path) for name, one in register.factors.items() if not one.without_contingency for path in one.of]
        found = [
            Phrase(
                "'{risk}' draws the cost of {term}, which has a contingency of {share:.3g} on top: the same overrun may be"
                " counted twice; if the draw is on the bare budget, say without_contingency: true",
                risk=name, term=term.name, share=term.contingency,
            )
            for name, path in paths if (term := _capital(deal, path)) is not None and term.contingency > 0
        ]  # fmt: skip
        found += [
            Phrase("'{risk}': {warning}", risk=name, warning=one.calibrated.warning) for name, one in register.factors.items()
            if one.calibrated is not None and one.calibrated.warning
        ]  # fmt: skip
        for a, b, given, instead in Correlations.of(register).changes() if register.correlations else []:
            nearest = "the correlation of {a} and {b} is {instead:.1%} instead of {given:.1%}, the nearest that is possible"
            found.append(Phrase(nearest, a=a, b=b, instead=instead, given=given))
        return tuple(found)

    def said(self, trials: Trials, trial: int) -> str:
        """The draws of one trial in words, for errors."""
        place = trial - trials.start
        parts = [f"{name} {float(trials.column(name)[place]):.6g}" for name in self.register.factors]
        return f"trial {trial + 1} ({', '.join(parts)})"

    def moves(self, path: str) -> bool:
        """Whether a lever can be moved without building the model anew."""
        return self.study.lever(path).kind is not Kind.SHAPE


def _capital(deal: Deal, path: str) -> CapitalCost | None:
    """The capital cost whose amount or overrun a path leads to."""
    first, _, rest = path.partition(".")
    name, _, field = rest.partition(".")
    term = next((one for one in deal.terms if first == "terms" and one.name == name), None)
    return term if isinstance(term, CapitalCost) and field.split(".")[0] in ("overrun", "budget", "amount") else None
