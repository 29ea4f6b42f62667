"""What deleting a clause would do to each party: the deal without it, all clauses in one vectorised run.

For most kinds a term whose numbers are all nil does what its absence does; tests hold that against deals built anew without the
term, in every example (`GONE_AT_NIL`). For any other kind the deal is built anew, which takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jvmodel.errors import JvmodelError
from jvmodel.model import build

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.term import Term

FACTS = frozenset({
    "mine_plan", "metal_plan", "mine_schedule", "cut_off", "stockpile", "plant", "refinery", "metal_sale", "concentrate_sale",
    "other_revenue", "capital_cost", "sustaining_capital", "operating_cost", "unit_cost", "consumable_cost", "working_capital",
    "cost_report", "criticality", "supply_security",
    "sourcing", "trade_disruption", "incorporated_venture", "unincorporated_venture",
})  # fmt: skip
"""Kinds that say what the project is, who owns it, or what is merely measured: nobody could agree to delete them."""
GONE_AT_NIL = frozenset({
    "buffer_stock", "buy_in", "carbon_price", "closure", "community_levy", "completion_delay", "corporate_tax",
    "counterparty_default", "dispute", "disruption", "earn_in", "equipment_lease", "export_ban",
    "export_duty", "expropriation", "free_carry", "grant", "gross_royalty", "guarantee", "import_duty",
    "in_kind_contribution", "interest_option", "intermediate_sale", "joint_research", "late_calls", "learning_curve",
    "licence_fee", "loan_carry", "local_content", "margin_royalty", "net_profits_interest", "nsr_royalty", "offtake",
    "operator_fee", "output_subsidy", "overrun_sharing", "partner_payment", "prepayment", "price_support",
    "procurement", "production_sharing", "r_factor_tax", "refinery_feed", "reserve_account", "resource_rent_tax",
    "revenue_guarantee", "reversion", "risk_insurance", "routes", "safety_stock", "scheduled_payment", "senior_loan",
    "shared_data", "sliding_royalty", "standby_equity", "stoppage", "stream", "suspension", "take_or_pay", "tax_change",
    "technology",
    "top_up_tax", "transfer_risk", "unit_royalty", "value_added_tax", "verification", "voting", "waterfall",
    "withholding_tax",
})  # fmt: skip
"""Kinds that are gone when their numbers are nil."""


@dataclass(frozen=True)
class Deletion:
    """The change of each party's net present value, in millions, when a term is deleted; or why that cannot be said."""

    effects: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


def deletions(model: Model) -> dict[str, Deletion]:
    """The deletion of every clause of the deal, by name; facts of the project (`FACTS`) are not clauses."""
    clauses = [term for term in model.deal.terms if term.kind not in FACTS]
    found = _at_nil(model, [term for term in clauses if term.kind in GONE_AT_NIL])
    return {term.name: found.get(term.name) or _built_without(model, term) for term in clauses}


def _at_nil(model: Model, terms: list[Term]) -> dict[str, Deletion]:
    """Deletions worked out with all numbers of a term at nil, a scenario each; those that give no numbers are missing."""
    from jvmodel.backends.arrays import evaluate

    if not terms:
        return {}
    changes: dict[str, NDArray[np.float64]] = {}
    for scenario, term in enumerate(terms):
        for name, given in model.graph.params.items():
            if name.startswith(f"{term.path}.") and name not in model.graph.solved:
                value = np.atleast_1d(np.asarray(given.value, dtype=np.float64))
                changes[name] = np.repeat(value[None, :], len(terms), axis=0)
                changes[name][scenario] = 0.0
    try:
        run = evaluate(
            model.graph, {name: value if value.shape[1] > 1 else value[:, 0] for name, value in changes.items()}, check=False
        )
    except JvmodelError:
        return {}
    values = {party: run[f"party.{party}.value"].sum(axis=1) for party in model.parties}
    now = {party: float(model.run.single(f"party.{party}.value").sum()) for party in model.parties}
    return {
        term.name: Deletion({party: float(found[scenario]) - now[party] for party, found in values.items()})
        for scenario, term in enumerate(terms)
        if all(np.isfinite(found[scenario]) for found in values.values())
    }


def _built_without(model: Model, term: Term) -> Deletion:
    """The deletion worked out by building the deal anew."""
    left = tuple(one for one in model.deal.terms if one.name != term.name)
    try:
        other = build(model.deal.model_copy(update={"terms": left}))
        effects = {
            party: float(other.run.single(f"party.{party}.value").sum() - model.run.single(f"party.{party}.value").sum())
            for party in model.parties
        }
    except JvmodelError as error:
        return Deletion(why=str(error))
    return Deletion(effects)
