"""Small deals for tests, written as the data of a deal file."""

from __future__ import annotations

from typing import Any

import numpy as np

from jvmodel.deal import Deal
from jvmodel.model import Model, build

VENTURE = """
deal: Small venture
description: A mine and a mill.
timeline: {start: 2027, periods: 2}
discount_rate: 10%
parties:
  ann: {name: Ann, role: operator, discount_rate: 10%}
  bob: {name: Bob, role: partner, discount_rate: 10%}
  state: {name: State, role: state, discount_rate: 10%}
terms:
  - {kind: other_revenue, name: tolls, title: Tolls, amount: 100}
  - {kind: gross_royalty, name: royalty, title: Royalty, rate: 5%, base: invoiced, holder: state}
  - {kind: incorporated_venture, name: company, title: Company, interests: {ann: 60%, bob: 40%}, dividend_test: none}
clauses:
  governing_law: The law of England applies.
"""
"""A deal file of two versions: ann and bob share tolls of 100 a year, less a royalty."""


def small(*terms: dict[str, Any], periods: int = 4, **settings: Any) -> Model:
    """The model of a deal from 2027 on with partners ann, bob and a state, a price of copper, and the terms given."""
    data: dict[str, Any] = {
        "deal": "Small", "timeline": {"start": 2027, "periods": periods}, "discount_rate": "10%",
        "parties": {
            name: {"name": name.capitalize(), "role": "state" if name == "state" else "partner", "discount_rate": "10%"}
            for name in ("ann", "bob", "state")
        },
        "prices": {"copper": {"unit": "USD/t", "flat": 9000}},
        "terms": [{"name": f"t{number}"} | term for number, term in enumerate(terms)],
    }  # fmt: skip
    timeline = settings.pop("timeline", {})
    data["timeline"] |= timeline
    return build(Deal.model_validate(data | settings, context={"currency": settings.get("currency", "USD")}))


def company(interests: dict[str, Any], *terms: dict[str, Any], spent: list[float], income: list[float], **settings: Any) -> Model:
    """The model of a company that spends and earns amounts by year, with clauses named clause0, clause1 and so on."""
    return small(
        {"kind": "capital_cost", "name": "build", "amount": by_year(spent)},
        {"kind": "other_revenue", "name": "income", "amount": by_year(income)},
        {"kind": "incorporated_venture", "name": "company", "interests": interests} | settings,
        *({"name": f"clause{number}"} | term for number, term in enumerate(terms)), periods=len(spent),
    )  # fmt: skip


def by_year(values: list[float], first: int = 2027) -> dict[str, float]:
    """Amounts by year, without the nils."""
    return {str(first + number): value for number, value in enumerate(values) if value} or {str(first): 0.0}


def rows(model: Model, name: str) -> list[float]:
    """A row of the model, rounded to 9 places."""
    return [float(value) + 0.0 for value in np.round(model.run.single(name), 9)]
