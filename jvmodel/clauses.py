"""The outline of a term sheet: its headings, and under each what parties settle there (terms.md, chapter J).

A topic is settled by a term of the deal, by a text under the topic's name in the deal's `clauses`, or not at all: then the
term sheet says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from jvmodel.inputs import Record, fault

LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Topic:
    """Something to be settled under a heading: what it is called, and the kinds of term that settle it."""

    label: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A numbered heading of the term sheet, its topics, and the kinds of term that are shown there."""

    title: str
    topics: dict[str, Topic]
    kinds: tuple[str, ...] = ()

    @property
    def shown(self) -> frozenset[str]:
        """Kinds of term that stand under this heading."""
        return frozenset(self.kinds)


def _topics(**topics: str | tuple[str, ...]) -> dict[str, Topic]:
    return {key: Topic(one) if isinstance(one, str) else Topic(one[0], one[1:]) for key, one in topics.items()}


HEADINGS: dict[str, Heading] = {
    "parties": Heading("Parties and recitals", _topics(registered_form="Registered form and guarantors", purpose="Purpose")),
    "project": Heading(
        "Project and area",
        _topics(licences="Licences, numbers and expiry", area="Area of interest and excluded areas", data_package="Data package"),
        ("mine_plan", "metal_plan", "mine_schedule", "cut_off", "stockpile", "plant"),
    ),
    "structure": Heading(
        "Structure",
        _topics(
            vehicle=("Vehicle", "incorporated_venture", "unincorporated_venture"), jurisdiction="Holding jurisdiction",
            formation="Formation date and tax transparency",
        ),
        ("incorporated_venture", "unincorporated_venture"),
    ),
    "interests": Heading(
        "Interests",
        _topics(
            shares=("Economic and funding shares", "incorporated_venture", "unincorporated_venture"),
            state_share="Free, carried or paid share of the state, and its protection from dilution",
        ),
    ),
    "contributions": Heading(
        "Consideration and contributions",
        _topics(
            buy_in_price=("Buy-in price and back costs", "buy_in"),
            in_kind=("Contributions in kind, agreed value and valuer", "in_kind_contribution"),
            milestones=("Milestone payments", "partner_payment"),
        ),
        ("buy_in", "in_kind_contribution", "partner_payment"),
    ),
    "earn_in": Heading(
        "Earn-in", _topics(earn_in_stages=("Stages, spending, deadlines", "earn_in"), earn_in_operator="Operator and reporting"),
        ("earn_in",),
    ),
    "carry": Heading(
        "Carry", _topics(carry_terms=("Free or loan, cap, rate, repayment", "loan_carry", "free_carry")),
        ("loan_carry", "free_carry"),
    ),
    "funding": Heading(
        "Funding",
        _topics(
            cash_calls=("Programme, cash calls and notice", "late_calls"),
            debt=("Debt and gearing", "senior_loan", "equipment_lease", "prepayment"),
            sponsor_support=("Sponsor support and completion guarantee", "overrun_sharing", "standby_equity"),
        ),
        ("senior_loan", "reserve_account", "equipment_lease", "overrun_sharing", "standby_equity"),
    ),
    "default": Heading(
        "Default and dilution",
        _topics(
            cure=("Cure period and default interest", "late_calls"),
            dilution=("Remedy and dilution formula", "missed_calls", "default_remedy"),
            penalty="Penalty and relief",
        ),
        ("late_calls", "missed_calls", "default_remedy"),
    ),
    "governance": Heading(
        "Governance",
        _topics(
            board=("Board seats and thresholds", "voting"), quorum="Quorum and casting vote", reserved_matters="Reserved matters",
            deadlock="Deadlock: steps and days", minority="Minority information rights",
        ),
        ("voting",),
    ),
    "operator": Heading(
        "Operator",
        _topics(
            appointment="Appointment, standard and removal", fees=("Fees and overhead", "operator_fee"),
            secondees="Secondees and training", audit="Audit",
        ),
        ("operator_fee",),
    ),
    "budgets": Heading(
        "Programmes, budgets, gates",
        _topics(gates="Gates with go and no-go metrics", overruns=("Overrun tolerance", "overrun_sharing"),
                sole_risk="Sole risk and back-in rights"),
        (
            "capital_cost", "sustaining_capital", "operating_cost", "unit_cost", "consumable_cost", "working_capital",
            "cost_report",
        ),
    ),
    "offtake": Heading(
        "Product, offtake and marketing",
        _topics(
            entitlement=("Entitlement and tenor", "offtake", "prepayment", "stream"),
            pricing=("Price formula, floor and cap", "offtake", "price_support"),
            take_or_pay=("Take-or-pay and make-up", "take_or_pay"),
            domestic_supply=("First refusal, destination, domestic obligation", "routes"),
            stockpile=("Stockpile supply", "buffer_stock"),
            force_majeure="Force majeure and allocation of bans",
        ),
        (
            "metal_sale", "concentrate_sale", "other_revenue", "offtake", "take_or_pay", "price_support", "buffer_stock",
            "stream", "prepayment", "lifting", "routes", "sourcing", "trade_disruption", "criticality", "supply_security",
        ),
    ),
    "downstream": Heading(
        "Downstream",
        _topics(
            refinery_option=("Refinery: capacity and exclusivity", "refinery"),
            transfer_price=("Transfer price or toll", "intermediate_sale"),
            recycling=("Recycling feed and feed of others", "refinery_feed"),
        ),
        ("refinery", "intermediate_sale", "refinery_feed"),
    ),
    "distributions": Heading(
        "Distributions",
        _topics(
            priority=("Priority of payments and hurdles", "waterfall", "incorporated_venture", "unincorporated_venture"),
            distribution_tests=("Tests before distribution", "covenants"), payout="Minimum payout and currency",
        ),
        ("waterfall", "covenants"),
    ),
    "fiscal": Heading(
        "Fiscal and stabilisation",
        _topics(law_date="Date of the law applied", stabilisation=("Stabilisation: type, list, years", "stabilisation")),
        (
            "nsr_royalty", "gross_royalty", "unit_royalty", "sliding_royalty", "margin_royalty", "net_profits_interest",
            "scheduled_payment", "corporate_tax", "resource_rent_tax", "r_factor_tax", "production_sharing", "withholding_tax",
            "export_duty", "import_duty", "value_added_tax", "top_up_tax", "stabilisation", "tax_change", "expropriation",
        ),
    ),
    "support": Heading(
        "Public support",
        _topics(grants=("Grants and concessional loans", "grant", "output_subsidy"),
                guarantees=("Guarantees and insurance", "guarantee", "risk_insurance", "revenue_guarantee"),
                clawback="Conditions and clawback"),
        ("grant", "output_subsidy", "revenue_guarantee", "guarantee", "risk_insurance"),
    ),
    "infrastructure": Heading(
        "Infrastructure", _topics(capacity=("Capacity, tariff, third-party access", "facility_tariff")), ("facility_tariff",)
    ),
    "technology": Heading(
        "Technology and intellectual property",
        _topics(
            licence=("Licence: field, territory, royalty", "licence_fee"), ownership="Background and foreground ownership",
            know_how="Transfer of know-how and training", improvements="Improvements, escrow, exit licence, open access",
        ),
        ("technology", "licence_fee", "joint_research", "learning_curve"),
    ),
    "data": Heading(
        "Data",
        _topics(
            geological_data="Data room and ownership of geological data",
            independent_audit=("Independent audit of reserves and index", "verification"),
            monitoring="Digital monitoring and security",
        ),
        ("shared_data", "verification", "safety_stock"),
    ),
    "local_content": Heading(
        "Local content and procurement",
        _topics(
            local_targets=("Targets, price preference, penalty", "local_content"),
            transparency=("Transparency", "procurement"),
        ),
        ("local_content", "procurement"),
    ),
    "community": Heading(
        "Community",
        _topics(
            community_share=("Levy or share of the community", "community_levy"), consent="Consent and indigenous terms",
            grievance="Grievance", disclosure="Disclosure standard",
        ),
        ("community_levy", "stoppage"),
    ),
    "environment": Heading(
        "Environment and closure",
        _topics(
            environmental_standard="Standard, water and tailings", closure_fund=("Closure fund or bond", "closure"),
            carbon=("Carbon", "carbon_price"), exit_liability="Liability on exit",
        ),
        ("closure", "carbon_price"),
    ),
    "transfer": Heading(
        "Transfer and exit",
        _topics(
            lock_up="Lock-in", first_refusal="First refusal, sale along", change_of_control="Change of control",
            options=("Put and call, reversion", "interest_option", "reversion"), listing="Listing",
        ),
        ("interest_option", "reversion"),
    ),
    "exclusivity": Heading(
        "Non-compete, area of interest, exclusivity",
        _topics(exclusive_period="Exclusivity", non_compete="Non-compete: period and area"),
    ),
    "conditions": Heading(
        "Conditions precedent, long-stop",
        _topics(approvals="Approvals, licences, financing, due diligence", long_stop="Long-stop date", break_fee="Break fee"),
        ("completion_delay",),
    ),
    "liability": Heading(
        "Representations, indemnity, liability cap", _topics(liability_cap="Representations, indemnity and cap")
    ),
    "compliance": Heading("Sanctions, anti-corruption, compliance", _topics(compliance_rules="Sanctions and anti-corruption")),
    "disputes": Heading(
        "Dispute resolution",
        _topics(
            expert="Expert, mediation, dispute board", arbitration="Arbitration: seat and rules",
            continued_performance="Continued performance",
        ),
        ("dispute",),
    ),
    "law": Heading(
        "Governing law and general terms",
        _topics(
            governing_law="Governing law and language", confidentiality="Confidentiality and announcements", costs="Costs",
            termination="Term, termination and termination payments",
        ),
    ),
    "annexes": Heading(
        "Annexes", {}, ("suspension", "transfer_risk", "disruption", "export_ban", "counterparty_default"),
    ),
}  # fmt: skip
"""Every heading by its key, in the order of a term sheet."""

FALLBACK = {"mine": "budgets", "offtake": "offtake", "fiscal": "fiscal", "finance": "funding", "venture": "structure"}
"""Where terms stand whose kind no heading names, by chapter; all others stand in the annexes."""

TOPICS: dict[str, tuple[str, Topic]] = {
    key: (heading, one) for heading, found in HEADINGS.items() for key, one in found.topics.items()
}
"""Every topic by its key, with the key of its heading."""


def heading_of(kind: str, chapter: str) -> str:
    """The key of the heading that a term stands under.

    >>> heading_of("loan_carry", "venture"), heading_of("something_new", "fiscal"), heading_of("stoppage", "risk")
    ('carry', 'fiscal', 'community')
    """
    return next((key for key, one in HEADINGS.items() if kind in one.kinds), FALLBACK.get(chapter, "annexes"))


def _topic(value: Any) -> Any:
    known = [*HEADINGS, *TOPICS]
    if value in known:
        return value
    near = get_close_matches(str(value), known, n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else f"; they are: {', '.join(known)}"
    raise fault(f"'{value}' is not a heading or topic of a term sheet{hint}")


TopicKey = Annotated[str, BeforeValidator(_topic), WithJsonSchema({"enum": [*HEADINGS, *TOPICS]})]
"""A heading of the term sheet, or a topic under one."""


class Clause(Record):
    """Words of the term sheet that move no number."""

    text: str | None = Field(default=None, min_length=1, max_length=LONGEST_TEXT)
    """The clause; blank lines part paragraphs"""
    binding: bool = False
    """Whether it binds from signature; nothing else in a term sheet does"""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text alone, or text and whether it binds."""
        return {"anyOf": [{"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, dict):
            raise fault("a clause is text, or {text: ..., binding: true}")
        cut = [key for key, entry in value.items() if key not in cls.model_fields and entry is None]
        if cut:
            raise fault(f"the text ends before the comma and '{cut[0]}'; put the text in quotes: {{text: '...', binding: true}}")
        return value
