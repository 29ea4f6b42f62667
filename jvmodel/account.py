"""What payments are for, what terms share besides money, and who stands outside every deal."""

from __future__ import annotations

from enum import Enum, StrEnum

VENTURE = "venture"
CUSTOMERS = "customers"
SUPPLIERS = "suppliers"
BANKS = "banks"
MARKET = (CUSTOMERS, SUPPLIERS, BANKS)
"""Everybody outside the deal: buyers at market price, contractors and staff, banks that hold deposits or give bonds."""


class Account(StrEnum):
    """What a payment is for."""

    REVENUE = "revenue"
    SELLING = "selling"
    OFFTAKE = "offtake"
    STREAM = "stream"
    OWN_SALES = "own_sales"
    SUPPORT = "support"
    ROYALTIES = "royalties"
    LEVIES = "levies"
    PRODUCTION_SHARE = "production_share"
    OPERATING = "operating"
    CAPEX = "capex"
    GRANTS = "grants"
    SUSTAINING = "sustaining"
    CLOSURE = "closure"
    WORKING_CAPITAL = "working_capital"
    VAT = "vat"
    TAX = "tax"
    RENT_TAX = "rent_tax"
    COMPENSATION = "compensation"
    STREAM_DEPOSIT = "stream_deposit"
    DEBT_DRAWN = "debt_drawn"
    INTEREST = "interest"
    FINANCE_FEES = "finance_fees"
    DEBT_REPAID = "debt_repaid"
    INTEREST_EARNED = "interest_earned"
    SUBORDINATED = "subordinated"
    PARTNER_LOANS = "partner_loans"
    PARTNER_INTEREST = "partner_interest"
    PARTNER_LOANS_REPAID = "partner_loans_repaid"
    CALLS = "calls"
    DIVIDENDS = "dividends"
    CAPITAL_RETURN = "capital_return"
    PROMOTE = "promote"
    SUBSCRIPTION = "subscription"
    INTEREST_SALE = "interest_sale"
    GAINS_TAX = "gains_tax"
    HOME_TAX = "home_tax"
    EARN_IN = "earn_in"
    IN_KIND = "in_kind"
    OVERRUN = "overrun"
    STANDBY = "standby"
    LATE_INTEREST = "late_interest"
    PARTNER_PAYMENT = "partner_payment"
    ESCROW = "escrow"
    DOWNSTREAM = "downstream"
    STOCKPILE = "stockpile"
    EXPROPRIATION = "expropriation"
    INSURANCE = "insurance"
    LIFTING = "lifting"
    RESEARCH = "research"
    HELD_UP = "held_up"
    OWN_COST = "own_cost"
    COVER = "cover"
    CARRY_ADVANCE = "carry_advance"
    CARRY_REPAYMENT = "carry_repayment"
    WITHHOLDING = "withholding"

    @property
    def label(self) -> str:
        """What the account is called in outputs."""
        return LABELS[self]

    @property
    def financing(self) -> bool:
        """Whether it moves money between a venture and those who fund it, or among them."""
        return self in FINANCING


DEBT = (
    Account.DEBT_DRAWN, Account.INTEREST, Account.FINANCE_FEES, Account.DEBT_REPAID, Account.INTEREST_EARNED, Account.WITHHOLDING,
)  # fmt: skip
PARTNERS = (
    Account.SUBORDINATED, Account.PARTNER_LOANS, Account.PARTNER_INTEREST, Account.PARTNER_LOANS_REPAID,
    Account.CALLS, Account.DIVIDENDS, Account.CAPITAL_RETURN, Account.PROMOTE, Account.COVER,
    Account.SUBSCRIPTION, Account.INTEREST_SALE, Account.GAINS_TAX, Account.EARN_IN, Account.IN_KIND, Account.OVERRUN,
    Account.STANDBY, Account.LATE_INTEREST, Account.OWN_COST, Account.PARTNER_PAYMENT, Account.ESCROW, Account.DOWNSTREAM,
    Account.STOCKPILE, Account.EXPROPRIATION, Account.INSURANCE, Account.LIFTING, Account.RESEARCH, Account.HELD_UP,
    Account.CARRY_ADVANCE, Account.CARRY_REPAYMENT, Account.HOME_TAX,
)  # fmt: skip
CAPITAL = (
    Account.CALLS, Account.PARTNER_LOANS, Account.SUBSCRIPTION, Account.COVER, Account.EARN_IN, Account.IN_KIND, Account.OVERRUN,
    Account.STANDBY, Account.CARRY_ADVANCE,
)  # fmt: skip
"""What partners put in, for the venture or for one another."""
BESIDE = (
    Account.OWN_COST, Account.PARTNER_PAYMENT, Account.DOWNSTREAM, Account.STOCKPILE, Account.EXPROPRIATION, Account.INSURANCE,
    Account.LIFTING, Account.RESEARCH, Account.HELD_UP, Account.SUBORDINATED,
)  # fmt: skip
"""What parties owe one another beside their part in a venture: by contracts, covers and risks."""
OWNED = tuple(account for account in (*PARTNERS, Account.WITHHOLDING) if account not in BESIDE)
"""What a partner pays and receives as an owner."""
FINANCING = frozenset({*DEBT, *PARTNERS})


class Group(Enum):
    """Accounts that are looked at together: what the venture receives on them less what it pays."""

    DEBT = ("debt", "Debt drawn and interest earned, less debt service, fees and gross-up", DEBT)
    OPERATING_CASH = (
        "operating_cash", "Revenue less selling and operating costs",
        (Account.REVENUE, Account.SELLING, Account.OFFTAKE, Account.STREAM, Account.SUPPORT, Account.OPERATING),
    )  # fmt: skip
    RECEIPTS = (
        "receipts", "Revenue and support, less selling costs, discounts and streams",
        (Account.REVENUE, Account.SELLING, Account.OFFTAKE, Account.STREAM, Account.SUPPORT),
    )  # fmt: skip
    COSTS = (
        "costs", "Operating, capital and closure costs, less grants (as a negative amount)",
        (Account.OPERATING, Account.CAPEX, Account.GRANTS, Account.SUSTAINING, Account.CLOSURE),
    )  # fmt: skip
    TAKEN = (
        "taken", "Royalties, levies, production share and income tax (as a negative amount)",
        (Account.ROYALTIES, Account.LEVIES, Account.PRODUCTION_SHARE, Account.TAX, Account.COMPENSATION),
    )  # fmt: skip
    LEVIED = (
        "levied", "Royalties, levies and production share, before income tax (as a negative amount)",
        (Account.ROYALTIES, Account.LEVIES, Account.PRODUCTION_SHARE, Account.COMPENSATION),
    )  # fmt: skip
    EARNED = (
        "earned", "Revenue less costs, royalties, levies and interest",
        (
            Account.REVENUE, Account.SELLING, Account.OFFTAKE, Account.STREAM, Account.SUPPORT, Account.ROYALTIES, Account.LEVIES,
            Account.PRODUCTION_SHARE, Account.OPERATING, Account.RENT_TAX, Account.COMPENSATION, Account.INTEREST_EARNED,
            Account.WITHHOLDING,
        ),
    )  # fmt: skip
    CFADS = (
        "cfads", "Cash flow available for debt service",
        tuple(
            account for account in Account
            if account not in FINANCING and account not in (Account.CAPEX, Account.GRANTS, Account.STREAM_DEPOSIT)
        ),
    )  # fmt: skip
    BEFORE_TAX = (
        "before_tax", "Cash flow available for debt service, before income and rent tax",
        tuple(account for account in CFADS[2] if account not in (Account.TAX, Account.RENT_TAX)),
    )  # fmt: skip

    def __init__(self, key: str, label: str, accounts: tuple[Account, ...]) -> None:
        self.key = key
        self.label = label
        self.accounts = accounts


LABELS: dict[Account, str] = {
    Account.REVENUE: "Revenue",
    Account.SELLING: "Treatment, refining and selling costs",
    Account.OFFTAKE: "Offtake discounts",
    Account.STREAM: "Discount on metal delivered under streams",
    Account.OWN_SALES: "Product taken in kind, above market price",
    Account.SUPPORT: "Subsidies and claims under guarantees",
    Account.ROYALTIES: "Royalties",
    Account.LEVIES: "Levies and duties",
    Account.PRODUCTION_SHARE: "State's share of production",
    Account.OPERATING: "Operating costs",
    Account.CAPEX: "Initial capital cost",
    Account.GRANTS: "Grants",
    Account.SUSTAINING: "Sustaining capital cost",
    Account.CLOSURE: "Closure and rehabilitation",
    Account.WORKING_CAPITAL: "Change in working capital",
    Account.VAT: "Value-added tax",
    Account.TAX: "Income tax",
    Account.RENT_TAX: "Resource rent tax",
    Account.COMPENSATION: "Compensation under stabilisation",
    Account.STREAM_DEPOSIT: "Deposits under streams",
    Account.DEBT_DRAWN: "Debt drawn",
    Account.INTEREST: "Interest",
    Account.FINANCE_FEES: "Financing fees",
    Account.DEBT_REPAID: "Debt repaid",
    Account.INTEREST_EARNED: "Interest earned",
    Account.SUBORDINATED: "Subordinated fees and royalties",
    Account.PARTNER_LOANS: "Shareholder loans",
    Account.PARTNER_INTEREST: "Interest on shareholder loans",
    Account.PARTNER_LOANS_REPAID: "Shareholder loans repaid",
    Account.CALLS: "Cash calls",
    Account.DIVIDENDS: "Dividends",
    Account.CAPITAL_RETURN: "Capital returned",
    Account.PROMOTE: "Promote and priority payments",
    Account.SUBSCRIPTION: "Paid in for new interests",
    Account.INTEREST_SALE: "Interests bought and sold",
    Account.GAINS_TAX: "Tax on gains from interests sold",
    Account.HOME_TAX: "Tax at home on what is received from the venture",
    Account.EARN_IN: "Spending to earn an interest",
    Account.IN_KIND: "Calls met for contributions in kind",
    Account.OVERRUN: "Overruns borne for others",
    Account.STANDBY: "Calls paid under standby equity",
    Account.LATE_INTEREST: "Interest on late calls",
    Account.PARTNER_PAYMENT: "Payments between parties",
    Account.ESCROW: "Promote held in escrow",
    Account.EXPROPRIATION: "Taken by a state less compensation, in expectation",
    Account.INSURANCE: "Premiums and claims, in expectation",
    Account.DOWNSTREAM: "Margin on what a buyer makes of its offtake",
    Account.STOCKPILE: "Metal bought and sold by a stockpile",
    Account.LIFTING: "Metal lifted beyond entitlements, and its settlement",
    Account.RESEARCH: "Joint research and licences of what it found",
    Account.HELD_UP: "Distributions held up or lost in transfer, in expectation",
    Account.OWN_COST: "Own costs of fees and contributions",
    Account.COVER: "Calls covered for others",
    Account.CARRY_ADVANCE: "Carry advances",
    Account.CARRY_REPAYMENT: "Carry repayments",
    Account.WITHHOLDING: "Withholding tax",
}


class Measure(StrEnum):
    """What terms share besides money; those about a metal or product are recorded with its name."""

    ORE = "ore"
    ORE_LEFT = "ore_left"
    WASTE = "waste"
    MILLED = "milled"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CONCENTRATE = "concentrate"
    IN_CONCENTRATE = "in_concentrate"
    TREATED = "treated"
    REFINED = "refined"
    PRICE = "price"
    PAYABLE = "payable"
    GROSS_VALUE = "gross_value"
    METAL_VALUE = "metal_value"
    REFINED_VALUE = "refined_value"
    NET_SMELTER_RETURN = "net_smelter_return"
    DEPRECIATION = "depreciation"
    TAX_CHARGE = "tax_charge"
    PROVISION = "provision"
    TAX_INCOME = "tax_income"
    WRITTEN_DOWN = "written_down"
    LEVY_RATE = "levy_rate"
    LEVY_BASE = "levy_base"
    FED = "fed"
    FED_METAL = "fed_metal"
    STOPPED = "stopped"
    OUTAGE = "outage"
    DEFERRED = "deferred"
    DELAY = "delay"
    SUSPENDED = "suspended"
    LICENSED = "licensed"
    SURVIVAL = "survival"
    RECOVERY_GAIN = "recovery_gain"
    FEED_VALUE = "feed_value"
    WITHHELD = "withheld"
    AT_CONTRACT = "at_contract"
    BOOKED = "booked"
    CARRIED = "carried"
    LOCKED = "locked"
    RESERVED = "reserved"
    SENIOR_DEBT = "senior_debt"
    GRANTED = "granted"
    BUILDING_COST = "building_cost"
    DEBT_SERVICE = "debt_service"
    FIXED_SERVICE = "fixed_service"
    SCHEDULED = "scheduled"
    INTEREST_CHARGE = "interest_charge"
    RELATED_INTEREST = "related_interest"
    RELATED_DEBT = "related_debt"
    EQUITY = "equity"
    LEASED = "leased"
    DEPOSIT_EARNED = "deposit_earned"
    HELD = "held"
    CLOSURE_FUND = "closure_fund"
    FUND_INCOME = "fund_income"
    INTEREST = "interest"
    TRANSFER = "transfer"
    DEEMED = "deemed"
    LOANS_SOLD = "loans_sold"
    EQUITY_FLOW = "equity_flow"
    BUDGET = "budget"
    OVERRUN = "overrun"
    DISTRIBUTABLE = "distributable"
    ENTITLEMENT = "entitlement"

    @property
    def label(self) -> str:
        """What the measure is called in outputs."""
        return MEASURES[self]

    @property
    def adds_up(self) -> bool:
        """Whether several terms may record it (tonnes add up, prices do not)."""
        return self not in SINGLE


SINGLE = (
    Measure.PRICE, Measure.LEVY_RATE, Measure.LEVY_BASE, Measure.OUTAGE, Measure.DEFERRED, Measure.SURVIVAL, Measure.DELAY,
    Measure.SUSPENDED, Measure.INTEREST,
)  # fmt: skip
"""Measures that one term alone may record."""
MEASURES: dict[Measure, str] = {
    Measure.ORE: "Ore mined",
    Measure.ORE_LEFT: "Ore left to mine in later periods",
    Measure.WASTE: "Waste mined",
    Measure.MILLED: "Ore milled",
    Measure.CONTAINED: "Metal contained in ore milled",
    Measure.RECOVERED: "Metal recovered",
    Measure.CONCENTRATE: "Concentrate produced",
    Measure.IN_CONCENTRATE: "Metal in concentrate",
    Measure.TREATED: "Concentrate refined by the venture",
    Measure.REFINED: "Refined metal produced",
    Measure.PRICE: "Price",
    Measure.PAYABLE: "Payable metal sold",
    Measure.GROSS_VALUE: "Gross value of metal sold, at reference price",
    Measure.METAL_VALUE: "Value of metal sold",
    Measure.REFINED_VALUE: "Value of metal sold that the venture has refined itself",
    Measure.NET_SMELTER_RETURN: "Net smelter return",
    Measure.DEPRECIATION: "Tax depreciation",
    Measure.TAX_CHARGE: "Income tax charge",
    Measure.PROVISION: "Charge for closure provision",
    Measure.TAX_INCOME: "Income before losses, for tax",
    Measure.WRITTEN_DOWN: "Written-down value of assets",
    Measure.LEVY_RATE: "Rate in force",
    Measure.LEVY_BASE: "Base of the rate",
    Measure.FED: "Ore fed to the plant",
    Measure.FED_METAL: "Metal contained in ore fed to the plant",
    Measure.DELAY: "Months late",
    Measure.LICENSED: "Share of the period in which mining is allowed",
    Measure.OUTAGE: "Share of output lost to disruptions",
    Measure.DEFERRED: "Share of it that is put off, not lost for good",
    Measure.SUSPENDED: "The mine rests",
    Measure.SURVIVAL: "Chance that the venture has not been taken",
    Measure.RECOVERY_GAIN: "Points of recovery gained by technology",
    Measure.FEED_VALUE: "Market value of metal bought from other ventures",
    Measure.STOPPED: "The mine has stopped for good",
    Measure.WITHHELD: "Metal that a ban keeps from contracts, less what it releases",
    Measure.BOOKED: "Capacity reserved by all users",
    Measure.CARRIED: "Moved for all users",
    Measure.AT_CONTRACT: "Tax or royalty follows the price of contracts, not the market's",
    Measure.LOCKED: "Distributions are locked up",
    Measure.RESERVED: "Cash to be held in reserve accounts",
    Measure.SENIOR_DEBT: "Debt outstanding",
    Measure.GRANTED: "Grant on the cost of the period",
    Measure.BUILDING_COST: "Use of funds before production",
    Measure.DEBT_SERVICE: "Debt service due",
    Measure.FIXED_SERVICE: "Debt service due on debt without a sweep",
    Measure.SCHEDULED: "Debt service to come if nothing more is swept, by periods ahead",
    Measure.INTEREST_CHARGE: "Interest and financing fees charged",
    Measure.RELATED_INTEREST: "Interest charged by partners",
    Measure.RELATED_DEBT: "Shareholder loans outstanding",
    Measure.EQUITY: "Share capital paid in",
    Measure.DEPOSIT_EARNED: "Stream deposits taken to income",
    Measure.LEASED: "Equipment bought on lease",
    Measure.HELD: "Cash held in reserve accounts",
    Measure.CLOSURE_FUND: "Increase in the closure fund",
    Measure.FUND_INCOME: "Interest earned by the closure fund",
    Measure.INTEREST: "Participating interest",
    Measure.TRANSFER: "Interest received from others, from the next period on",
    Measure.LOANS_SOLD: "Share of a partner's shareholder loans that goes along with an interest sold",
    Measure.DEEMED: "Accounts of all partners that an earn-in deems, where it vests",
    Measure.EQUITY_FLOW: "Distributions to all partners less calls",
    Measure.BUDGET: "Capital cost as budgeted, with contingency",
    Measure.OVERRUN: "Overrun of capital cost",
    Measure.DISTRIBUTABLE: "Cash to be distributed",
    Measure.ENTITLEMENT: "Distribution by the waterfall",
}

TONNES = (
    Measure.ORE, Measure.ORE_LEFT, Measure.WASTE, Measure.MILLED, Measure.CONCENTRATE, Measure.TREATED, Measure.FED,
    Measure.WITHHELD, Measure.BOOKED, Measure.CARRIED,
)  # fmt: skip
METAL = (
    Measure.CONTAINED, Measure.FED_METAL, Measure.RECOVERED, Measure.IN_CONCENTRATE, Measure.REFINED, Measure.PAYABLE,
)  # fmt: skip
SHARES = (
    Measure.LEVY_RATE, Measure.STOPPED, Measure.SUSPENDED, Measure.OUTAGE, Measure.DEFERRED, Measure.LICENSED, Measure.SURVIVAL,
    Measure.RECOVERY_GAIN, Measure.LOCKED, Measure.INTEREST, Measure.TRANSFER, Measure.LOANS_SOLD,
)  # fmt: skip
"""Measures by what they are measured in: dry tonnes, the mass of a metal's price, and plain shares."""
